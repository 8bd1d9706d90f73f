// SPDX-License-Identifier: MIT
// Closing: by the destructor, by hand, twice, and from under a wait.
#include <zinc/region.hpp>

#include <cstdio>
#include <thread>

int main() {
    int closed = 0;
    // [section:closing]
    auto region = zinc::SharedRegion::create("closing", 4096);
    std::thread waiter([&] {
        try {
            region.wait();
        } catch (const zinc::closed_error &error) {
            std::puts(error.what());
            ++closed;
        }
    });
    region.close(); // also from another thread: the wait ends with closed_error
    region.close(); // harmless
    waiter.join();

    try {
        region.bytes();
    } catch (const zinc::closed_error &) { // a std::logic_error
        ++closed;
    }
    // [end:closing]
    return closed == 2 ? 0 : 1;
}
