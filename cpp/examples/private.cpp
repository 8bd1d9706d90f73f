// SPDX-License-Identifier: MIT
// A region without a name, handed to a process that is not trusted: it can read, and never write.
#include <zinc/region.hpp>

#include <cstdio>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        return 1;
    }
    const pid_t child = fork();
    if (child == 0) {
        // [section:receive]
        auto region = zinc::SharedRegion::receive(ends[1]);
        const bool right = region.cbytes()[0] == std::byte{42} && region.read_only();
        // [end:receive]
        _exit(right ? 0 : 1);
    }
    // [section:private]
    zinc::options with;
    with.sealed = true; // nobody else can ever write, and nobody can truncate it
    auto region = zinc::SharedRegion::create_private("secret", 4096, with);
    region.bytes()[0] = std::byte{42};
    region.send(ends[0]); // over a connected unix socket
    // [end:private]
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}
