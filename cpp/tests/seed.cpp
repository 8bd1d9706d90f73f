// SPDX-License-Identifier: MIT
// The lines that users have read, as they stand: the eight functions, and the region's part in C++.
#include "support.hpp"

#include <zinc.h>
#include <zinc.hpp>

TEST_CASE("seed: the eight functions from C++, with their numbers") {
    zinc_region *writer = nullptr;
    zinc_region *reader = nullptr;
    REQUIRE(zinc_create("pipeline", std::size_t{64} * 1024 * 1024, &writer) == 0);
    CHECK(zinc_create("pipeline", 4096, &reader) == -17);
    CHECK(zinc_open("nowhere", &reader) == -2);
    REQUIRE(zinc_open("pipeline", &reader) == 0);
    CHECK(zinc_capacity(reader) == 67108864);
    zinc_ptr(writer)[0] = 42;
    zinc_notify(writer);
    CHECK(zinc_wait(reader, 1000) == 0);
    CHECK(zinc_wait(reader, 10) == -110);
    CHECK(zinc_ptr(reader)[0] == 42);
    CHECK(zinc_version() == 0x000100);
    zinc_close(reader);
    zinc_close(writer);
}

TEST_CASE("seed: one writes, one reads") {
    auto region = zinc::SharedRegion::create("pipeline", 64 * 1024 * 1024);
    auto arr = region.as<float>();
    arr[0] = 23.5f;
    region.notify();

    auto reader = zinc::SharedRegion::open("pipeline");
    CHECK(reader.wait(1000));
    auto ptr = reinterpret_cast<const float *>(reader.data());
    CHECK(ptr[0] == 23.5f);
    CHECK(arr.size() == 16777216);
}

TEST_CASE("seed: a leading slash means the same name") {
    auto test = zinc::SharedRegion::create("/sensor_data", 10 * 1024 * 1024);
    CHECK(zinc::SharedRegion::open("sensor_data").capacity() == 10485760);
}
