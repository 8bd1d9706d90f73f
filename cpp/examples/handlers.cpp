// SPDX-License-Identifier: MIT
// The same for C++17 and for other event loops: handlers, and a descriptor to watch.
#include <zinc/region.hpp>

#include <cstdio>

#include <poll.h>

int main() {
    auto region = zinc::SharedRegion::create("handlers", 4096);
    bool came = false;
    // [section:handlers]
    zinc::events queue;
    region.wait_async(queue, 5000,
                      [&](zinc::result<bool> ended) { came = ended.has_value() && *ended; });
    region.notify();

    pollfd watched{queue.descriptor(), POLLIN, 0}; // or epoll, asio, Qt, libuv
    while (queue.pending() > 0) {
        ::poll(&watched, 1, -1);
        queue.poll(); // calls the handlers, never blocks
    }
    // [end:handlers]
    return came ? 0 : 1;
}
