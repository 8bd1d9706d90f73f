// SPDX-License-Identifier: MIT
// The program `peer` of adapters/scenarios/README.md, in C++: one side of one scenario.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <iostream>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include <zinc.hpp>

#include "proof.hpp"

namespace {

using namespace std::chrono_literals;
using zinc::SharedRegion;

constexpr auto patience = 10s;

void expect(bool as_stated, const char *what) {
    if (!as_stated) {
        throw std::runtime_error(what);
    }
}

void say(const std::string &line) {
    std::cout << line << std::endl; // the other side is started, or killed, by what it reads here
}

void wait_for_notification(SharedRegion &region) {
    expect(region.wait(patience), "no notification came");
}

// A handle sees its own notification, too: so that the next wait is for the other side's.
void notify_and_take(SharedRegion &region) {
    region.notify();
    expect(region.try_wait(), "a handle does not see its own notification");
}

// Waits, again and again, until another process has stored `value` in a byte.
void wait_for_byte(SharedRegion &region, std::size_t offset, std::uint8_t value) {
    while (region.as<std::uint8_t>(offset, 1)[0] != value) {
        wait_for_notification(region);
    }
}

void prove(SharedRegion &region) {
    const auto view = reinterpret_cast<std::uintptr_t>(region.bytes().data());
    const mapping found = find_mapping(view);
    std::ostringstream line;
    line << "proof " << region.address() << ' ' << view << ' ' << found.device << ' ' << found.inode
         << ' ' << found.offset << ' ' << find_frame(view);
    say(line.str());
}

// ---- relay --------------------------------------------------------------------------------------

std::uint8_t relay_byte(std::size_t i) {
    return static_cast<std::uint8_t>(7 * i + 3);
}

void relay_first(const char *name) {
    auto region = SharedRegion::create(name, 4096);
    const auto bytes = region.as<std::uint8_t>();
    for (std::size_t i = 0; i < bytes.size(); i++) {
        bytes[i] = relay_byte(i);
    }
    notify_and_take(region);
    prove(region);
    say("ready");
    wait_for_notification(region);
    for (std::size_t i = 0; i < bytes.size(); i++) {
        expect(bytes[i] == 255 - relay_byte(i), "a byte of the answer is not as stated");
    }
}

void relay_second(const char *name) {
    auto region = SharedRegion::open(name);
    prove(region);
    wait_for_notification(region); // a fresh handle sees the last notification
    const auto bytes = region.as<std::uint8_t>();
    for (std::size_t i = 0; i < bytes.size(); i++) {
        expect(bytes[i] == relay_byte(i), "a byte is not as stated");
        bytes[i] = static_cast<std::uint8_t>(255 - bytes[i]);
    }
    region.notify();
}

// ---- tensor -------------------------------------------------------------------------------------

constexpr std::size_t element_count = std::size_t{4} * 3 * 32 * 32;
constexpr std::size_t record_offset = 49152;

struct record { // 48 bytes, as the scenario places them
    std::int8_t i8 = -100;
    std::uint8_t u8 = 200;
    std::int16_t i16 = -30000;
    std::uint16_t u16 = 60000;
    std::uint8_t gap[2] = {};
    std::int32_t i32 = -2000000000;
    std::uint32_t u32 = 4000000000;
    std::int64_t i64 = -9007199254740993;
    std::uint64_t u64 = 18446744073709551557U;
    float f32 = 0.1F;
    bool yes = true;
    std::uint8_t end[3] = {};
    double f64 = 0.1;
};
static_assert(sizeof(record) == 48 && alignof(record) == 8, "without hidden gaps");

record turned(record from) {
    from.i8 = static_cast<std::int8_t>(~from.i8);
    from.u8 = static_cast<std::uint8_t>(~from.u8);
    from.i16 = static_cast<std::int16_t>(~from.i16);
    from.u16 = static_cast<std::uint16_t>(~from.u16);
    from.i32 = ~from.i32;
    from.u32 = ~from.u32;
    from.i64 = ~from.i64;
    from.u64 = ~from.u64;
    from.yes = false;
    from.f32 = -from.f32;
    from.f64 = -from.f64;
    return from;
}

void expect_record(const record &found, const record &stated) {
    expect(std::memcmp(&found, &stated, sizeof stated) == 0, "the record is not as stated");
}

void say_sum(zinc::span<float> elements) {
    const double sum = std::accumulate(elements.begin(), elements.end(), 0.0);
    expect(sum == std::floor(sum), "the sum is no whole number");
    say("sum " + std::to_string(static_cast<std::int64_t>(sum)));
}

void tensor_first(const char *name) {
    auto region = SharedRegion::create(name, 65536);
    const auto elements = region.as<float>(0, element_count);
    record &fields = region.as<record>(record_offset, 1)[0];
    for (std::size_t k = 0; k < elements.size(); k++) {
        elements[k] = 0.25F * static_cast<float>(k) - 100;
    }
    fields = record{};
    notify_and_take(region);
    prove(region);
    say("ready");
    wait_for_notification(region);
    say_sum(elements);
    expect_record(fields, turned(record{}));
}

void tensor_second(const char *name) {
    auto region = SharedRegion::open(name);
    const auto elements = region.as<float>(0, element_count);
    record &fields = region.as<record>(record_offset, 1)[0];
    prove(region);
    wait_for_notification(region);
    say_sum(elements);
    expect_record(fields, record{});
    for (float &element : elements) {
        element += 1;
    }
    fields = turned(fields);
    region.notify();
}

// ---- grow ---------------------------------------------------------------------------------------

constexpr std::size_t grow_from = 4096;
constexpr std::size_t grow_to = 1048576;

void grow_first(const char *name) {
    zinc::options with;
    with.max_capacity = grow_to;
    auto region = SharedRegion::create(name, grow_from, with);
    region.as<std::uint8_t>()[0] = 1;
    prove(region);
    say("ready");
    wait_for_byte(region, 2, 1);
    region.grow(grow_to);
    const auto bytes = region.as<std::uint8_t>();
    bytes[grow_to - 1] = 77;
    bytes[0] = 2;
    region.notify();
    wait_for_byte(region, 1, 3);
    expect(bytes[grow_to - 2] == 78, "the last byte but one is not 78");
}

void grow_second(const char *name) {
    auto region = SharedRegion::open(name);
    const auto before = region.as<std::uint8_t>();
    prove(region);
    say("capacity " + std::to_string(region.capacity()));
    before[2] = 1;
    region.notify();
    wait_for_byte(region, 0, 2);
    const auto whole = region.as<std::uint8_t>();
    expect(whole.size() == grow_to, "the view is not of the whole");
    say("capacity " + std::to_string(region.capacity()));
    expect(whole[grow_to - 1] == 77, "the last byte is not 77");
    whole[grow_to - 2] = 78;
    before[1] = 3; // the view that was made before the growth stays valid
    region.notify();
}

// ---- death --------------------------------------------------------------------------------------

void death_first(const char *name) {
    auto region = SharedRegion::create(name, 4096);
    region.as<std::uint8_t>()[0] = 42;
    region.notify();
    prove(region);
    say("ready");
    for (;;) {
        wait_for_notification(region);
    }
}

void death_second(const char *name) {
    auto region = SharedRegion::open(name);
    const auto bytes = region.as<std::uint8_t>();
    prove(region);
    wait_for_notification(region);
    expect(bytes[0] == 42, "byte 0 is not 42");
    expect(region.info().creator_alive, "the creator counts as dead while it lives");
    say("alive");
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (region.info().creator_alive) {
        expect(std::chrono::steady_clock::now() < deadline, "the creator counts as alive too long");
        static_cast<void>(region.wait(50ms));
    }
    expect(bytes[0] == 42, "byte 0 is not 42 any more");
    say("dead");
    region.close(); // the last participant: the name goes
    try {
        region = SharedRegion::open(name);
        expect(false, "the name is still there");
    } catch (const zinc::not_found &) {
        say("gone");
    }
    region = SharedRegion::create(name, 8192);
    const auto fresh = region.as<std::uint8_t>();
    expect(fresh.size() == 8192 &&
               std::all_of(fresh.begin(), fresh.end(), [](std::uint8_t byte) { return byte == 0; }),
           "the new region is not 8192 zeros");
    say("again");
}

} // namespace

int main(int argc, char **argv) {
    const std::map<std::pair<std::string, std::string>, void (*)(const char *)> parts = {
        {{"relay", "first"}, relay_first},   {{"relay", "second"}, relay_second},
        {{"tensor", "first"}, tensor_first}, {{"tensor", "second"}, tensor_second},
        {{"grow", "first"}, grow_first},     {{"grow", "second"}, grow_second},
        {{"death", "first"}, death_first},   {{"death", "second"}, death_second}};
    try {
        const auto part = argc == 4 ? parts.find({argv[1], argv[2]}) : parts.end();
        if (part == parts.end()) {
            throw std::runtime_error("usage: peer relay|tensor|grow|death first|second NAME");
        }
        part->second(argv[3]); // its region closes where the function ends
        say("done");
        return 0;
    } catch (const std::exception &error) {
        std::cerr << "peer (C++): " << error.what() << '\n';
        return 1;
    }
}
