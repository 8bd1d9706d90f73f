// SPDX-License-Identifier: MIT
// Errors as exceptions, as codes, and as results.
#include <zinc/region.hpp>

#include <cstdio>

int main() {
    int seen = 0;
    // [section:errors]
    try {
        auto region = zinc::SharedRegion::open("nowhere");
    } catch (const zinc::not_found &error) { // a zinc::error, which is a std::system_error
        std::puts(error.what());             // the region, the reason, the remedy
        seen += error.code() == std::errc::no_such_file_or_directory ? 1 : 0;
    }
    // [end:errors]
    // [section:result]
    auto region = zinc::SharedRegion::open(std::nothrow, "nowhere");
    if (!region) {
        std::puts(region.error().message());
        seen += region.error() == zinc::errc::not_found ? 1 : 0;
    }
    // [end:result]
    return seen == 2 ? 0 : 1;
}
