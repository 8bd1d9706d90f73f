// SPDX-License-Identifier: MIT
// The runner: every test process has a domain of its own, and fails if it leaves anything there.
#define CATCH_CONFIG_RUNNER
#include "support.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fcntl.h>

namespace support {

std::size_t threads() {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

int exit_code(pid_t child) {
    int status = 0;
    const bool ended = eventually([&] { return waitpid(child, &status, WNOHANG) != 0; });
    if (!ended) {
        ::kill(child, SIGKILL);
        waitpid(child, &status, 0);
        return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

peer::peer(std::vector<std::string> arguments) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        std::abort();
    }
    std::vector<char *> argv;
    std::string program = ZINC_TEST_PEER;
    argv.push_back(program.data());
    for (auto &argument : arguments) {
        argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execv(argv[0], argv.data());
        _exit(127);
    }
    close(ends[1]);
    output_ = ends[0];
}

peer::~peer() {
    kill();
    close(output_);
}

std::string peer::line() {
    std::string text;
    char letter = 0;
    while (read(output_, &letter, 1) == 1 && letter != '\n') {
        text += letter;
    }
    return text;
}

void peer::kill() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
}

int peer::finish() {
    const int code = exit_code(pid_);
    pid_ = -1;
    return code;
}

pid_t in_child(const std::function<int()> &body) {
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        int code = 99;
        try {
            code = body();
        } catch (const std::exception &thrown) {
            std::fprintf(stderr, "child: %s\n", thrown.what());
        }
        _exit(code);
    }
    return child;
}

namespace {

int leftovers(const std::string &domain) {
    const char *const given = std::getenv("ZINC_DIR");
    int found = 0;
    for (const auto &entry :
         std::filesystem::directory_iterator(given != nullptr ? given : "/dev/shm")) {
        const std::string name = entry.path().filename();
        if (name.find(domain + "@") != std::string::npos) {
            std::fprintf(stderr, "left behind: %s\n", entry.path().c_str());
            ++found;
        }
    }
    return found;
}

} // namespace
} // namespace support

int main(int argc, char **argv) {
    const char *const given = std::getenv("ZINC_DOMAIN");
    const std::string domain = std::string(given != nullptr ? given : "cpp").substr(0, 36) + "-" +
                               std::to_string(getpid());
    setenv("ZINC_DOMAIN", domain.c_str(), 1);
    const int failed = Catch::Session().run(argc, argv);
    const int left = support::leftovers(domain);
    return failed != 0 ? failed : left;
}
