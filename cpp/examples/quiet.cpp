// SPDX-License-Identifier: MIT
// A program compiled with -fno-exceptions.
#include <zinc/region.hpp>

#include <cstdio>

// [section:quiet]
int main() {
    auto region = zinc::SharedRegion::create(std::nothrow, "quiet", 4096);
    if (!region) {
        std::fprintf(stderr, "%s\n", region.error().message());
        return 1;
    }
    auto numbers = region->as<int>(std::nothrow);
    (*numbers)[0] = 42;
    if (!region->notify(std::nothrow)) {
        return 1;
    }
    auto came = region->wait(std::nothrow, 1000);
    return came.has_value() && *came ? 0 : 1;
}
// [end:quiet]
