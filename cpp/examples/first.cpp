// SPDX-License-Identifier: MIT
// The first lines: one handle writes and tells, another one waits and reads.
#include <cstdio>

// [section:first]
#include <zinc.hpp>

int main() {
    auto region = zinc::SharedRegion::create("first", 4096);
    region.as<float>()[0] = 23.5f;
    region.notify();

    // Usually in another process, in any language:
    auto reader = zinc::SharedRegion::open("first");
    if (reader.wait(1000)) {
        std::printf("%.1f\n", reader.as<const float>()[0]);
    }
}
// [end:first]
