// SPDX-License-Identifier: MIT
// Making, bytes, closing, facts, sizes.
#include "support.hpp"

#include <zinc/region.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <thread>

#include <sys/socket.h>

using Catch::Matchers::Contains;
using zinc::SharedRegion;

TEST_CASE("create: zeroed bytes, exact capacity, and an opener sees the same bytes") {
    auto made = SharedRegion::create("bytes", 5000);
    CHECK(made.capacity() == 5000);
    CHECK(made.name() == "bytes");
    CHECK_FALSE(made.closed());
    CHECK(made.bytes().size() == 5000);
    CHECK(std::all_of(made.bytes().begin(), made.bytes().end(),
                      [](std::byte b) { return b == std::byte{0}; }));

    auto opened = SharedRegion::open("bytes");
    CHECK(opened.capacity() == 5000);
    made.bytes()[4999] = std::byte{42};
    CHECK(opened.bytes()[4999] == std::byte{42});
    opened.data()[0] = std::byte{7};
    CHECK(made.cbytes()[0] == std::byte{7});
}

TEST_CASE("address: what bytes() and data() give is what the core gave") {
    auto region = SharedRegion::create("address", 64);
    CHECK(region.address() == reinterpret_cast<std::uintptr_t>(zinc_ptr(region.native_handle())));
    CHECK(region.address() == reinterpret_cast<std::uintptr_t>(region.data()));
    CHECK(region.address() == reinterpret_cast<std::uintptr_t>(region.bytes().data()));
    CHECK(region.address() == reinterpret_cast<std::uintptr_t>(region.shared_bytes().data()));
}

TEST_CASE("name: std::string, string_view and C strings, a leading slash is dropped") {
    auto region = SharedRegion::create(std::string("/slash"), 1);
    CHECK(region.name() == "slash");
    const auto other = SharedRegion::open(std::string_view("slash!!", 5));
    CHECK(other.name() == "slash");
    CHECK(SharedRegion::open("/slash").capacity() == 1);
}

TEST_CASE("options: set by name, and seen in info") {
    zinc::options with;
    with.lifetime = zinc::lifetime::creator;
    with.mode = 0640;
    with.rows = 7;
    with.max_capacity = 1 << 20;
    with.sparse = true;
    with.wait_policy = zinc::wait_policy::park;
    auto region = SharedRegion::create("options", 4096, with);
    const auto info = region.info();
    CHECK(info.name == "options");
    CHECK(info.capacity == 4096);
    CHECK(info.max_capacity == 1048576);
    CHECK(info.lifetime == zinc::lifetime::creator);
    CHECK(info.mode == 0640);
    CHECK(info.rows == 7);
    CHECK(info.sparse);
    CHECK(info.wait_policy == zinc::wait_policy::park);
    CHECK(info.created_here);
    CHECK(info.creator_alive);
    CHECK(info.participants_alive == 1);
    CHECK(info.creator_pid == static_cast<std::uint32_t>(getpid()));
    CHECK(std::chrono::system_clock::now() - info.created < std::chrono::minutes(1));
#if __cplusplus >= 202002L
    auto other = SharedRegion::create("designated", 64, {.rows = 3, .prefault = true});
    CHECK(other.info().rows == 3);
    CHECK(other.info().prefaulted >= 64);
#endif
}

TEST_CASE("open_or_create: one creates, the other opens, a smaller one is refused") {
    auto first = SharedRegion::open_or_create("either", 100);
    auto second = SharedRegion::open_or_create("either", 50);
    CHECK(first.info().created_here);
    CHECK_FALSE(second.info().created_here);
    CHECK(second.capacity() == 100);
    CHECK(SharedRegion::open_or_create(std::nothrow, "either", 101).status() == ZINC_E_OVERFLOW);
}

TEST_CASE("replace: the name means the new region, old users keep theirs and are told") {
    auto old = SharedRegion::create("replaced", 64);
    old.bytes()[0] = std::byte{1};
    old.try_wait();
    auto fresh = SharedRegion::replace("replaced", 128);
    CHECK(old.wait(1000));
    CHECK(old.info().stale);
    CHECK_FALSE(fresh.info().stale);
    CHECK(old.bytes()[0] == std::byte{1});
    CHECK(SharedRegion::open("replaced").capacity() == 128);
}

TEST_CASE("unlink: belongs to the creator, remove is the force") {
    auto made = SharedRegion::create("unlinked", 64);
    auto opened = SharedRegion::open("unlinked");
    CHECK_THROWS_AS(opened.unlink(), zinc::access_denied);
    made.unlink();
    CHECK_THROWS_AS(SharedRegion::open("unlinked"), zinc::not_found);
    opened.bytes()[3] = std::byte{9};
    CHECK(made.bytes()[3] == std::byte{9});

    auto third = SharedRegion::create("unlinked", 64);
    SharedRegion::remove("unlinked");
    CHECK(third.info().stale);
    CHECK_THROWS_AS(SharedRegion::remove("unlinked"), zinc::not_found);
}

TEST_CASE("move: the handle goes along, the old object is closed") {
    auto first = SharedRegion::create("moved", 64);
    first.bytes()[0] = std::byte{5};
    SharedRegion second = std::move(first);
    CHECK(first.closed()); // NOLINT: what is left behind is closed, that is the point
    CHECK_THROWS_AS(first.bytes(), zinc::closed_error);
    CHECK(second.bytes()[0] == std::byte{5});

    SharedRegion third = SharedRegion::create("overwritten", 64);
    third = std::move(second);
    CHECK(third.name() == "moved");
    CHECK_THROWS_AS(SharedRegion::open("overwritten"), zinc::not_found);

    std::vector<SharedRegion> many;
    for (int i = 0; i < 10; ++i) {
        many.push_back(SharedRegion::create("many-" + std::to_string(i), 64));
    }
    CHECK(many[9].name() == "many-9");
    swap(many[0], many[9]);
    CHECK(many[9].name() == "many-0");
}

TEST_CASE("close: twice is harmless, and everything afterwards says closed") {
    auto region = SharedRegion::create("closing", 64);
    region.close();
    region.close();
    CHECK(region.closed());
    CHECK_FALSE(static_cast<bool>(region));
    CHECK(region.name() == "closing");
    CHECK(region.native_handle() == nullptr);
    CHECK_THROWS_AS(SharedRegion::open("closing"), zinc::not_found);

    CHECK_THROWS_AS(region.bytes(), zinc::closed_error);
    CHECK_THROWS_AS(region.cbytes(), zinc::closed_error);
    CHECK_THROWS_AS(region.data(), zinc::closed_error);
    CHECK_THROWS_AS(region.cdata(), zinc::closed_error);
    CHECK_THROWS_AS(region.as<float>(), zinc::closed_error);
    CHECK_THROWS_AS(region.as<float>(0, 1), zinc::closed_error);
    CHECK_THROWS_AS(region.shared_bytes(), zinc::closed_error);
    CHECK_THROWS_AS(region.shared_cbytes(0, 1), zinc::closed_error);
    CHECK_THROWS_AS(region.notify(), zinc::closed_error);
    CHECK_THROWS_AS(region.wait(), zinc::closed_error);
    CHECK_THROWS_AS(region.wait(10), zinc::closed_error);
    CHECK_THROWS_AS(region.try_wait(), zinc::closed_error);
    CHECK_THROWS_AS(region.capacity(), zinc::closed_error);
    CHECK_THROWS_AS(region.address(), zinc::closed_error);
    CHECK_THROWS_AS(region.info(), zinc::closed_error);
    CHECK_THROWS_AS(region.grow(128), zinc::closed_error);
    CHECK_THROWS_AS(region.unlink(), zinc::closed_error);
    CHECK_THROWS_AS(region.descriptor(), zinc::closed_error);
    CHECK_THROWS_AS(region.send(0), zinc::closed_error);

    CHECK_THROWS_AS(region.notify(), std::logic_error);
    CHECK_THROWS_WITH(region.notify(), Contains("closed") && Contains("closing"));
    CHECK_THROWS_WITH(SharedRegion().notify(), Contains("closed"));
    CHECK(SharedRegion().closed());
    CHECK(region.notify(std::nothrow).error() == zinc::errc::closed);
}

TEST_CASE("as: typed elements that fill the region, aligned and in bounds") {
    auto region = SharedRegion::create("typed", 4096);
    zinc::span<float> floats = region.as<float>();
    CHECK(floats.size() == 1024);
    floats[1023] = 2.5F;
    auto other = SharedRegion::open("typed");
    CHECK(other.as<const float>()[1023] == 2.5F);

    struct sample {
        double time;
        std::int32_t value;
        std::int32_t unit;
    };
    zinc::span<sample> samples = region.as<sample>(16, 3);
    CHECK(samples.size() == 3);
    samples[2] = {1.5, 7, 8};
    CHECK(reinterpret_cast<std::byte *>(&samples[2]) == region.data() + 48);
    CHECK(region.as<double>(48, 1)[0] == 1.5);

    CHECK(region.as<float>(4096, 0).empty());
    CHECK(region.as<float>(4092, 1).size() == 1);
    CHECK_THROWS_AS(region.as<float>(4092, 2), zinc::argument_error);
    CHECK_THROWS_AS(region.as<float>(4100, 0), zinc::argument_error);
    CHECK_THROWS_AS(region.as<float>(2, 1), zinc::argument_error);
    CHECK_THROWS_WITH(region.as<float>(2, 1), Contains("offset 2") && Contains("multiple of 4"));
    CHECK_THROWS_AS(region.as<float>(0, std::numeric_limits<std::size_t>::max()),
                    zinc::argument_error);
    CHECK_THROWS_AS(region.as<float>(-4, 1), zinc::argument_error);
    CHECK_THROWS_AS(region.as<float>(0, -1), zinc::argument_error);

    auto odd = SharedRegion::create("odd", 4097);
    CHECK_THROWS_AS(odd.as<float>(), zinc::argument_error);
    CHECK_THROWS_WITH(odd.as<float>(), Contains("4097") && Contains("odd"));
    CHECK(odd.as<float>(0, 1024).size() == 1024);
}

TEST_CASE("const: a const region gives const bytes") {
    auto region = SharedRegion::create("const", 16);
    const SharedRegion &looked_at = region;
    static_assert(std::is_same_v<decltype(looked_at.bytes()), zinc::span<const std::byte>>);
    static_assert(std::is_same_v<decltype(looked_at.as<int>()), zinc::span<const int>>);
    static_assert(std::is_same_v<decltype(looked_at.data()), const std::byte *>);
    static_assert(std::is_same_v<decltype(region.bytes()), zinc::span<std::byte>>);
    region.as<int>()[3] = 12;
    CHECK(looked_at.as<int>()[3] == 12);
    CHECK(looked_at.data() == region.data());
}

TEST_CASE("shared_bytes: owns its bytes beyond close, copies share") {
    zinc::owned_span<std::byte> kept;
    zinc::owned_span<std::byte> part;
    {
        auto region = SharedRegion::create("kept", 100);
        region.bytes()[50] = std::byte{77};
        kept = region.shared_bytes();
        part = region.shared_bytes(50, 10);
        region.close();
        CHECK_THROWS_AS(SharedRegion::open("kept"), zinc::not_found);
    }
    CHECK(kept.size() == 100);
    CHECK(kept[50] == std::byte{77});
    CHECK(part.size() == 10);
    CHECK(part[0] == std::byte{77});
    part[1] = std::byte{78};
    CHECK(kept[51] == std::byte{78});
    const auto copy = kept;
    kept = {};
    part = {};
    CHECK(copy.view()[51] == std::byte{78});
    CHECK(std::count(copy.begin(), copy.end(), std::byte{77}) == 1);
    const std::shared_ptr<std::byte[]> pointer = copy.pointer();
    CHECK(pointer[51] == std::byte{78});

    auto region = SharedRegion::create("kept", 100);
    CHECK_THROWS_AS(region.shared_bytes(90, 11), zinc::argument_error);
    CHECK_THROWS_AS(region.shared_bytes(-1, 11), zinc::argument_error);
    CHECK_THROWS_AS(region.shared_bytes(0, -1), zinc::argument_error);
    CHECK(region.shared_bytes(100, 0).empty());
}

TEST_CASE("read_only: bytes can be read, writing is refused before it crashes") {
    auto made = SharedRegion::create("readable", 64);
    made.bytes()[1] = std::byte{3};
    zinc::options with;
    with.read_only = true;
    auto reader = SharedRegion::open("readable", with);
    CHECK(reader.read_only());
    CHECK_FALSE(made.read_only());
    CHECK(reader.cbytes()[1] == std::byte{3});
    CHECK(reader.cdata()[1] == std::byte{3});
    CHECK(reader.as<const std::uint8_t>()[1] == 3);
    CHECK(reader.shared_cbytes()[1] == std::byte{3});
    CHECK_THROWS_AS(reader.bytes(), zinc::access_denied);
    CHECK_THROWS_AS(reader.data(), zinc::access_denied);
    CHECK_THROWS_AS(reader.as<std::uint8_t>(), zinc::access_denied);
    CHECK_THROWS_AS(reader.as<std::uint8_t>(0, 1), zinc::access_denied);
    CHECK_THROWS_AS(reader.shared_bytes(), zinc::access_denied);
    CHECK_THROWS_AS(reader.notify(), zinc::access_denied);
    CHECK_THROWS_WITH(reader.bytes(), Contains("read-only") && Contains("cbytes()"));
    CHECK(reader.info().read_only);
    made.notify();
    CHECK(reader.wait(1000));
}

TEST_CASE("grow: in place, seen by everybody") {
    zinc::options with;
    with.max_capacity = 1 << 20;
    auto region = SharedRegion::create("growing", 4096, with);
    auto other = SharedRegion::open("growing");
    const auto before = region.address();
    other.try_wait();
    region.grow(100000);
    CHECK(region.capacity() == 100000);
    CHECK(other.capacity() == 100000);
    CHECK(region.address() == before);
    CHECK(other.wait(1000));
    region.bytes()[99999] = std::byte{1};
    CHECK(other.bytes()[99999] == std::byte{1});
    region.grow(50);
    CHECK(region.capacity() == 100000);
    CHECK_THROWS_AS(region.grow((1 << 20) + 1), zinc::argument_error);
    CHECK_THROWS_AS(region.grow(-1), zinc::argument_error);
}

TEST_CASE(
    "private: handed over by descriptor and by socket, sealed ones are read-only for others") {
    zinc::options with;
    with.sealed = true;
    auto made = SharedRegion::create_private("secret", 4096, with);
    CHECK(made.info().is_private);
    CHECK(made.info().sealed);
    CHECK(made.name() == "secret");
    made.bytes()[9] = std::byte{99};

    const int descriptor = made.descriptor();
    auto attached = SharedRegion::attach(descriptor);
    close(descriptor);
    CHECK(attached.read_only());
    CHECK(attached.cbytes()[9] == std::byte{99});
    CHECK_THROWS_AS(attached.bytes(), zinc::access_denied);

    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    made.send(ends[0]);
    auto received = SharedRegion::receive(ends[1]);
    CHECK(received.cbytes()[9] == std::byte{99});
    CHECK(received.read_only());
    made.bytes()[9] = std::byte{98};
    CHECK(received.cbytes()[9] == std::byte{98});
    close(ends[0]);
    CHECK(SharedRegion::receive(std::nothrow, ends[1]).error() == zinc::errc::closed);
    close(ends[1]);

    auto open_one = SharedRegion::create_private("open", 64);
    const int second = open_one.descriptor();
    auto writer = SharedRegion::attach(second);
    close(second);
    CHECK_FALSE(writer.read_only());
    writer.bytes()[0] = std::byte{1};
    CHECK(open_one.bytes()[0] == std::byte{1});
}

TEST_CASE("adopt: a handle of the C functions becomes a SharedRegion") {
    zinc_region *handle = nullptr;
    REQUIRE(zinc_create("adopted", 64, &handle) == 0);
    auto region = SharedRegion::adopt(handle);
    CHECK(region.name() == "adopted");
    CHECK(region.native_handle() == handle);
    CHECK(SharedRegion::adopt(nullptr).closed());
}

TEST_CASE("large: a region above 4 GiB, at its far end") {
    constexpr std::uint64_t size = (std::uint64_t{5} << 30) + 3;
    zinc::options with;
    with.sparse = true;
    auto region = SharedRegion::create("large", size, with);
    CHECK(region.capacity() == 5368709123);
    region.bytes()[5368709122] = std::byte{17};
    auto other = SharedRegion::open("large");
    CHECK(other.bytes().size() == 5368709123);
    CHECK(other.cbytes()[5368709122] == std::byte{17});
    other.as<std::uint32_t>(5368709116, 1)[0] = 0xabcdef01U;
    CHECK(region.as<std::uint32_t>(5368709116, 1)[0] == 0xabcdef01U);
    CHECK(region.shared_bytes(5368709120, 3)[2] == std::byte{17});
    CHECK(region.info().capacity == 5368709123);
}

TEST_CASE("bad numbers: refused with a clear error before they reach the core") {
    CHECK_THROWS_AS(SharedRegion::create("bad", -1), zinc::argument_error);
    CHECK_THROWS_WITH(SharedRegion::create("bad", -1),
                      Contains("capacity") && Contains("negative"));
    CHECK_THROWS_AS(SharedRegion::create("bad", std::int64_t{-5}), zinc::argument_error);
    CHECK_THROWS_AS(SharedRegion::create("bad", 0), zinc::argument_error);
    CHECK_THROWS_AS(SharedRegion::create("bad", std::numeric_limits<std::uint64_t>::max()),
                    zinc::argument_error);
    zinc::options with;
    with.max_capacity = -1;
    CHECK_THROWS_WITH(SharedRegion::create("bad", 1, with), Contains("max_capacity"));
    static_assert(!std::is_constructible_v<zinc::byte_count, double>);
    static_assert(!std::is_constructible_v<zinc::byte_count, float>);
    CHECK(SharedRegion::list().empty());
}

TEST_CASE("bad names: refused, and leave nothing behind") {
    for (const char *name : {"", "/", ".hidden", "a/b", "a b", "a\n", "\xc3\xa4", "//x"}) {
        CAPTURE(name);
        CHECK_THROWS_AS(SharedRegion::create(name, 64), zinc::argument_error);
        CHECK_THROWS_AS(SharedRegion::open(name), zinc::argument_error);
        CHECK_THROWS_AS(SharedRegion::remove(name), zinc::argument_error);
        CHECK_THROWS_AS(SharedRegion::lookup(name), zinc::argument_error);
    }
    CHECK(SharedRegion::create(std::nothrow, std::string(201, 'a'), 64).status() ==
          ZINC_E_NAMETOOLONG);
    CHECK(SharedRegion::create(std::nothrow, std::string(100000, 'a'), 64).status() ==
          ZINC_E_NAMETOOLONG);
    const auto longest = SharedRegion::create(std::string(200, 'a'), 64);
    CHECK(longest.name() == std::string(200, 'a'));
    const char *const none = nullptr;
    CHECK_THROWS_AS(SharedRegion::open(none), zinc::argument_error);
    CHECK_THROWS_AS(SharedRegion::create(std::string_view("a\0b", 3), 64), zinc::argument_error);
    CHECK_THROWS_WITH(SharedRegion::open(std::string("a\0b", 3)), Contains("zero byte"));
    CHECK(SharedRegion::list().size() == 1);
}

TEST_CASE("bad descriptors and sockets: an error, no crash") {
    CHECK_THROWS_AS(SharedRegion::attach(-1), zinc::error);
    CHECK(SharedRegion::attach(std::nothrow, -1).error() == zinc::errc::bad_descriptor);
    CHECK_THROWS_AS(SharedRegion::receive(-1), zinc::error);
    CHECK_THROWS_AS(SharedRegion::create("x", 1).send(-1), zinc::error);
}
