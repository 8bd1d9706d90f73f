// SPDX-License-Identifier: MIT
// Waiting: timeouts, stop tokens, cancellation.
#include <zinc/region.hpp>

#include <cstdio>
#include <thread>

using namespace std::chrono_literals;

int main() {
    auto region = zinc::SharedRegion::create("waiting", 4096);
    auto other = zinc::SharedRegion::open("waiting");
    // [section:wait]
    region.notify();
    bool came = other.wait();          // for ever
    came = came && !other.wait(10);    // milliseconds: false, time ran out
    came = came && !other.wait(250us); // any std::chrono duration
    came = came && !other.wait(std::chrono::steady_clock::now() + 1ms);
    came = came && !other.try_wait(); // asks once
    // [end:wait]

    bool stopped = false;
#if ZINC_HAS_STOP_TOKEN
    // [section:stop]
    std::jthread worker([&](std::stop_token stop) {
        while (!stop.stop_requested()) {
            if (other.wait(stop)) {
                std::puts("notified");
            }
        }
    }); // its destructor requests the stop, which ends the wait at once
    // [end:stop]
    region.notify();
    worker.request_stop();
    worker.join();
#endif
    // [section:cancel]
    zinc::cancel cancel; // C++17, and signal handlers
    std::thread waiter([&] { stopped = !other.wait(1h, cancel); });
    cancel.fire();
    waiter.join();
    // [end:cancel]
    return came && stopped ? 0 : 1;
}
