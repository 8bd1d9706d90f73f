// SPDX-License-Identifier: MIT
// What the tests share: Catch2 of either major release, waiting with a limit, child processes.
#ifndef ZINC_TESTS_SUPPORT_HPP
#define ZINC_TESTS_SUPPORT_HPP

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#define ZINC_CATCH_3 1
#else
#include <catch2/catch.hpp>
#endif

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace support {

// How long something may take that should take no time: a machine that is busy is no bug.
constexpr std::chrono::seconds soon{5};
// What the documents promise about cancellation is 100 ms; the rest is slack for sanitizers.
constexpr std::chrono::milliseconds at_once{1500};

// Poll until it holds; false after `soon`.
inline bool eventually(const std::function<bool()> &holds) {
    const auto limit = std::chrono::steady_clock::now() + soon;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > limit) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

// Threads of this process.
std::size_t threads();

// The exit code of a child; -1 if it is still running after `soon` (and then it is killed),
// 128 + n if signal n ended it.
int exit_code(pid_t child);

// Start the helper program; its standard output arrives in lines.
class peer {
  public:
    explicit peer(std::vector<std::string> arguments);
    peer(const peer &) = delete;
    peer &operator=(const peer &) = delete;
    ~peer();

    std::string line();
    void kill();
    int finish(); // exit code
    pid_t pid() const {
        return pid_;
    }

  private:
    pid_t pid_ = -1;
    int output_ = -1;
};

// Run `body` in a forked child; its answer is the exit code.
pid_t in_child(const std::function<int()> &body);

} // namespace support

#endif
