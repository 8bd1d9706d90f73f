// SPDX-License-Identifier: MIT
// Two processes: the same bytes, waking each other, dying, forking.
#include "support.hpp"

#include <zinc/region.hpp>

#include <csignal>

using zinc::SharedRegion;

TEST_CASE("two processes: a question in one region, the answer in another") {
    auto question = SharedRegion::create("question", 100000);
    auto reply = SharedRegion::create("reply", 8);
    support::peer other({"answer", "question", "reply"});
    REQUIRE(other.line() == "ready");
    for (auto &byte : question.as<std::uint8_t>()) {
        byte = 3;
    }
    question.notify();
    REQUIRE(reply.wait(5000));
    CHECK(reply.as<std::uint64_t>()[0] == 300000);
    CHECK(other.line() == "300000");
    CHECK(other.finish() == 0);
    CHECK(support::eventually([&] { return question.info().participants_alive == 1; }));
}

TEST_CASE("two processes: a wait for ever is woken by a notify of the other") {
    auto region = SharedRegion::create("wake", 64);
    support::peer other({"wait", "wake"});
    REQUIRE(other.line() == "ready");
    REQUIRE(support::eventually([&] { return region.info().waiters == 1; }));
    region.notify();
    CHECK(other.line() == "notified");
    CHECK(other.finish() == 0);
}

TEST_CASE("death: a killed participant is seen, and its region can be made again") {
    support::peer other({"hold", "dying"});
    REQUIRE(other.line() == "ready");
    auto region = SharedRegion::open("dying");
    CHECK(region.info().creator_alive);
    CHECK(region.info().participants_alive == 2);
    other.kill();
    REQUIRE(support::eventually([&] { return region.info().participants_alive == 1; }));
    CHECK_FALSE(region.info().creator_alive);
    region.close();
    CHECK_THROWS_AS(SharedRegion::open("dying"), zinc::not_found);
    CHECK(SharedRegion::create("dying", 64).capacity() == 64);
}

TEST_CASE("fork: the child's handles say so, its bytes stay, the parent notices nothing") {
    auto region = SharedRegion::create("forked", 64);
    region.bytes()[0] = std::byte{11};
    std::byte *const bytes = region.data();
    auto kept = region.shared_bytes();
    zinc::events queue;
    region.wait_async(queue, [](const zinc::result<bool> &) {});

    const pid_t child = support::in_child([&] {
        int wrong = 0;
        const auto expect = [&](bool holds, int bit) { wrong |= holds ? 0 : bit; };
        expect(bytes[0] == std::byte{11}, 1);
        expect(kept[0] == std::byte{11}, 2);
        bytes[1] = std::byte{12};
        expect(region.notify(std::nothrow).error() == zinc::errc::forked, 4);
        expect(region.wait(std::nothrow, 0).error() == zinc::errc::forked, 8);
        expect(region.capacity(std::nothrow).error() == zinc::errc::forked, 16);
        try {
            region.info();
            wrong |= 32;
        } catch (const zinc::forked_error &thrown) {
            expect(std::string(thrown.what()).find("forked") != std::string::npos, 32);
        }
        region.close();
        region = SharedRegion::open("forked");
        expect(region.cbytes()[1] == std::byte{12}, 64);
        return wrong;
    });
    CHECK(support::exit_code(child) == 0);
    CHECK(bytes[1] == std::byte{12});
    region.notify();
    CHECK(queue.run(5000) == 1);
    CHECK(region.info().participants_alive == 1);
    CHECK(SharedRegion::open("forked").capacity() == 64);
}

TEST_CASE("fork: a child that only exits takes nothing from the parent") {
    auto region = SharedRegion::create("kept-by-parent", 64);
    zinc::events queue;
    const pid_t child = support::in_child([&] {
        SharedRegion local = std::move(region);
        zinc::events inherited = std::move(queue);
        return 0;
    });
    CHECK(support::exit_code(child) == 0);
    CHECK(SharedRegion::lookup("kept-by-parent").participants_alive == 1);
    region.notify();
    CHECK(region.try_wait());
}
