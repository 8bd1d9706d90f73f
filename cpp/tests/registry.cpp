// SPDX-License-Identifier: MIT
// Regions seen from outside: list, lookup, participants, gc, doctor.
#include "support.hpp"

#include <zinc/region.hpp>

using zinc::SharedRegion;

TEST_CASE("list: the regions of the domain, sorted") {
    CHECK(SharedRegion::list().empty());
    auto b = SharedRegion::create("b", 20);
    auto a = SharedRegion::create("a", 10);
    const auto found = SharedRegion::list();
    REQUIRE(found.size() == 2);
    CHECK(found[0].name == "a");
    CHECK(found[0].capacity == 10);
    CHECK(found[0].status == ZINC_OK);
    CHECK(found[1].name == "b");
    CHECK(found[1].domain == std::getenv("ZINC_DOMAIN"));
    a.close();
    CHECK(SharedRegion::list().size() == 1);
}

TEST_CASE("lookup: facts without taking part") {
    auto region = SharedRegion::create("looked-up", 300);
    const auto info = SharedRegion::lookup("looked-up");
    CHECK(info.capacity == 300);
    CHECK(info.participants_alive == 1);
    CHECK_FALSE(info.created_here);
    CHECK(info.inode == region.info().inode);
    CHECK_THROWS_AS(SharedRegion::lookup("nowhere"), zinc::not_found);
}

TEST_CASE("participants: one row a handle") {
    auto region = SharedRegion::create("rows", 300);
    auto second = SharedRegion::open("rows");
    const auto rows = SharedRegion::participants("rows");
    REQUIRE(rows.size() == 2);
    for (const auto &row : rows) {
        CHECK(row.alive);
        CHECK(row.pid == static_cast<std::uint32_t>(getpid()));
        CHECK(row.same_namespace);
        CHECK_FALSE(row.program.empty());
    }
    CHECK(rows[0].creator != rows[1].creator);
    CHECK_THROWS_AS(SharedRegion::participants("nowhere"), zinc::not_found);
}

TEST_CASE("gc: removes what the dead left, and says so, the living stay") {
    auto mine = SharedRegion::create("living", 64);
    {
        support::peer other({"hold", "orphan"});
        REQUIRE(other.line() == "ready");
        CHECK(SharedRegion::lookup("orphan").participants_alive == 1);
        other.kill();
    }
    REQUIRE(support::eventually([] { return SharedRegion::lookup("orphan").reclaimable; }));
    CHECK_THROWS_AS(SharedRegion::open("orphan"), zinc::not_found);
    // open unbinds a dead name that it meets, too: leave another one for gc.
    {
        support::peer other({"hold", "orphan"});
        REQUIRE(other.line() == "ready");
        other.kill();
    }
    REQUIRE(support::eventually([] { return SharedRegion::lookup("orphan").reclaimable; }));
    const auto seen = SharedRegion::gc(zinc::gc_mode::dry_run);
    CHECK(seen.regions_seen == 2);
    CHECK(seen.regions_removed == 1);
    REQUIRE(seen.items.size() == 1);
    CHECK(seen.items[0].name == "orphan");
    CHECK(SharedRegion::list().size() == 2);

    const auto done = SharedRegion::gc();
    CHECK(done.regions_removed == 1);
    CHECK(done.failures == 0);
    REQUIRE(done.items.size() == 1);
    CHECK(done.items[0].name == "orphan");
    CHECK(done.items[0].status == ZINC_OK);
    CHECK_FALSE(done.items[0].temporary);
    const auto left = SharedRegion::list();
    REQUIRE(left.size() == 1);
    CHECK(left[0].name == "living");
}

TEST_CASE("persistent: stays with nobody alive, until it is removed") {
    zinc::options with;
    with.lifetime = zinc::lifetime::persistent;
    {
        auto region = SharedRegion::create("lasting", 64, with);
        region.bytes()[0] = std::byte{5};
    }
    SharedRegion::gc();
    {
        auto region = SharedRegion::open("lasting");
        CHECK(region.cbytes()[0] == std::byte{5});
    }
    SharedRegion::remove("lasting");
    CHECK_THROWS_AS(SharedRegion::open("lasting"), zinc::not_found);
}

TEST_CASE("doctor: facts about the machine") {
    const auto facts = zinc::doctor();
    CHECK(facts.directory_status == ZINC_OK);
    CHECK(facts.page_size >= 4096);
    CHECK(facts.processors >= 1);
    CHECK(std::string(facts.domain) == std::getenv("ZINC_DOMAIN"));
}
