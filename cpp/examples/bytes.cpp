// SPDX-License-Identifier: MIT
// The bytes of a region: borrowed and owned, as bytes and as elements, growing.
#include <zinc/region.hpp>

#include <cstdio>
#include <cstring>

struct header {
    std::uint32_t width;
    std::uint32_t height;
};

int main() {
    // [section:bytes]
    zinc::options with;
    with.max_capacity = 1 << 20;
    auto region = zinc::SharedRegion::create("bytes", 4096, with);

    std::memcpy(region.data(), "hello", 5);  // borrowed, as vector::data()
    for (std::byte &byte : region.bytes()) { // std::span<std::byte>
        byte ^= std::byte{0xff};
    }
    header &head = region.as<header>(0, 1)[0]; // elements at an offset
    head = {640, 480};
    zinc::span<float> samples = region.as<float>(64, 1000); // aligned and in bounds, or an error
    samples[0] = 23.5f;
    // [end:bytes]

    // [section:owned]
    zinc::owned_span<std::byte> kept = region.shared_bytes();
    region.close(); // name and participation go here
    float first = 0;
    std::memcpy(&first, kept.data() + 64, sizeof first); // the bytes when `kept` goes
    // [end:owned]

    // [section:grow]
    auto growing = zinc::SharedRegion::create("bytes", 4096, with);
    auto other = zinc::SharedRegion::open("bytes");
    growing.grow(65536); // in place: no pointer moves, everybody is notified
    std::printf("%zu\n", other.capacity());
    // [end:grow]
    return first == 23.5F && other.capacity() == 65536 ? 0 : 1;
}
