// SPDX-License-Identifier: MIT
// Coroutines that wait for regions without a thread each.
#include <zinc/region.hpp>

#include <cstdio>

#if !ZINC_HAS_COROUTINES
int main() {
    std::puts("skipped: this compiler has no coroutines of C++20");
    return 77;
}
#else

using namespace std::chrono_literals;

// The usual smallest coroutine type; any other (asio's, cppcoro's, your own) does as well.
struct task {
    struct promise_type {
        task get_return_object() {
            return {};
        }
        std::suspend_never initial_suspend() noexcept {
            return {};
        }
        std::suspend_never final_suspend() noexcept {
            return {};
        }
        void return_void() {}
        void unhandled_exception() {
            std::terminate();
        }
    };
};

static int notified = 0;

// [section:async]
task reader(zinc::SharedRegion &region, zinc::events &queue) {
    int count = 0;
    while (co_await region.wait_async(queue, 500ms)) { // false: time ran out
        std::printf("%d: %.1f\n", ++count, region.as<const float>()[0]);
    }
    notified = count;
}
// [end:async]

int main() {
    auto writer = zinc::SharedRegion::create("async", 4096);
    writer.as<float>()[0] = 23.5F;
    // [section:run]
    auto region = zinc::SharedRegion::open("async");
    zinc::events queue;
    reader(region, queue); // runs up to its first co_await
    writer.notify();
    queue.run(); // resumes it; returns when nothing waits any more
    // [end:run]
    return notified == 1 ? 0 : 1;
}
#endif
