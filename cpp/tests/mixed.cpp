// SPDX-License-Identifier: MIT
// One program of several translation units, each compiled in another way: this file is compiled
// once as C++17, once as C++20 and once without exceptions, and main() calls all three. It fails to
// link, or misbehaves, if their classes are taken for one another.
#include <zinc.hpp>

#if defined(ZINC_MIXED_MAIN)

#include <cstdlib>
#include <string>

#include <unistd.h>

int with_17();
int with_20();
int without_exceptions();

int main() {
    setenv("ZINC_DOMAIN", ("cpp-mixed-" + std::to_string(getpid())).c_str(), 1);
    auto region = zinc::SharedRegion::create("mixed", 64);
    region.as<int>()[0] = 1;
    const int sum = with_17() + with_20() + without_exceptions();
    return sum == 7 && region.as<int>()[0] == 4 && region.info().participants_alive == 1 ? 0 : 1;
}

#else

int ZINC_MIXED_NAME();

int ZINC_MIXED_NAME() {
    zinc::options with;
    with.wait_policy = zinc::wait_policy::park;
    auto region = zinc::SharedRegion::open(std::nothrow, "mixed", with);
    if (!region) {
        return 0;
    }
    auto numbers = region->as<int>(std::nothrow);
    ++(*numbers)[0];
    zinc::result<zinc::events> queue = zinc::events::create(std::nothrow);
    bool told = false;
    auto started = region->wait_async(std::nothrow, *queue, 1000, [&](zinc::result<bool> ended) {
        told = ended.has_value() && *ended;
    });
    if (!started || !region->notify(std::nothrow) || !queue->run(std::nothrow) || !told) {
        return 0;
    }
    return ZINC_MIXED_VALUE;
}

#endif
