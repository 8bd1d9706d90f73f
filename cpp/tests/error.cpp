// SPDX-License-Identifier: MIT
// Errors: which exception, which code, what it says; results.
#include "support.hpp"

#include <zinc/region.hpp>

#include <cstdio>
#include <set>

#include <sys/stat.h>

using Catch::Matchers::Contains;
using zinc::SharedRegion;

TEST_CASE("category: codes compare with std::errc and zinc::errc") {
    const std::error_code missing = zinc::errc::not_found;
    CHECK(missing.value() == -2);
    CHECK(missing.category() == zinc::error_category());
    CHECK(std::string(missing.category().name()) == "zinc");
    CHECK(missing == std::errc::no_such_file_or_directory);
    CHECK(missing == zinc::errc::not_found);
    CHECK_FALSE(missing == zinc::errc::already_exists);
    CHECK(missing.message() == zinc_strerror(ZINC_E_NOENT));
    CHECK(std::error_code(zinc::errc::timed_out) == std::errc::timed_out);
    CHECK(std::error_code(zinc::errc::no_space) == std::errc::no_space_on_device);
    const std::error_code forked = zinc::errc::forked;
    CHECK(forked.value() == -1001);
    CHECK(forked.default_error_condition().category() == zinc::error_category());
}

TEST_CASE("errc: names every status of the core") {
    const std::set<zinc::errc> named{zinc::errc::not_permitted,
                                     zinc::errc::not_found,
                                     zinc::errc::interrupted,
                                     zinc::errc::io,
                                     zinc::errc::bad_descriptor,
                                     zinc::errc::again,
                                     zinc::errc::no_memory,
                                     zinc::errc::access_denied,
                                     zinc::errc::busy,
                                     zinc::errc::already_exists,
                                     zinc::errc::invalid_argument,
                                     zinc::errc::too_many_files,
                                     zinc::errc::no_space,
                                     zinc::errc::closed,
                                     zinc::errc::name_too_long,
                                     zinc::errc::layout,
                                     zinc::errc::corrupt,
                                     zinc::errc::overflow,
                                     zinc::errc::too_many_users,
                                     zinc::errc::message_too_long,
                                     zinc::errc::wrong_type,
                                     zinc::errc::not_supported,
                                     zinc::errc::timed_out,
                                     zinc::errc::stale,
                                     zinc::errc::canceled,
                                     zinc::errc::owner_dead,
                                     zinc::errc::poisoned,
                                     zinc::errc::forked,
                                     zinc::errc::peer_dead,
                                     zinc::errc::gone};
    std::int32_t status = 0;
    std::size_t negative = 0;
    for (std::uint32_t i = 0; zinc_error_list(i, &status) == ZINC_OK; ++i) {
        if (status < 0) {
            CAPTURE(status);
            CHECK(named.count(static_cast<zinc::errc>(status)) == 1);
            ++negative;
        }
    }
    CHECK(negative == named.size());
}

template <class Thrown> static void raises(std::int32_t status) {
    CAPTURE(status);
    CHECK_THROWS_AS(zinc::raise(zinc::failure(status)), Thrown);
}

TEST_CASE("raise: each status has its exception") {
    raises<zinc::not_found>(ZINC_E_NOENT);
    raises<zinc::already_exists>(ZINC_E_EXIST);
    raises<zinc::access_denied>(ZINC_E_PERM);
    raises<zinc::access_denied>(ZINC_E_ACCES);
    raises<zinc::argument_error>(ZINC_E_INVAL);
    raises<zinc::argument_error>(ZINC_E_NAMETOOLONG);
    raises<zinc::argument_error>(ZINC_E_OVERFLOW);
    raises<zinc::format_error>(ZINC_E_LAYOUT);
    raises<zinc::format_error>(ZINC_E_CORRUPT);
    raises<zinc::format_error>(ZINC_E_TYPE);
    raises<zinc::forked_error>(ZINC_E_FORKED);
    raises<zinc::timeout_error>(ZINC_E_TIMEDOUT);
    raises<zinc::canceled_error>(ZINC_E_CANCELED);
    raises<zinc::error>(ZINC_E_NOSPC);
    raises<std::system_error>(ZINC_E_NOENT);
    raises<zinc::closed_error>(ZINC_E_CLOSED);
    raises<std::logic_error>(ZINC_E_CLOSED);
}

TEST_CASE("messages: name the region and say what to do") {
    try {
        SharedRegion::open("nowhere");
        FAIL("opened what is not there");
    } catch (const zinc::not_found &missing) {
        CHECK(missing.status() == ZINC_E_NOENT);
        CHECK(missing.code() == std::errc::no_such_file_or_directory);
        CHECK_THAT(missing.what(), Contains("nowhere"));
        const zinc::not_found copy = missing;
        CHECK(std::string(copy.what()) == missing.what());
    }
    auto region = SharedRegion::create("taken", 64);
    CHECK_THROWS_AS(SharedRegion::create("taken", 64), zinc::already_exists);
    CHECK_THROWS_WITH(SharedRegion::create("taken", 64), Contains("taken"));
    CHECK_THROWS_WITH(SharedRegion::open("taken").unlink(), Contains("taken"));
}

TEST_CASE("foreign files: the documented error, and the file stays") {
    const char *const given = std::getenv("ZINC_DIR");
    const std::string path = std::string(given != nullptr ? given : "/dev/shm") + "/zinc_" +
                             std::getenv("ZINC_DOMAIN") + "@foreign";
    std::FILE *const file = std::fopen(path.c_str(), "w");
    REQUIRE(file != nullptr);
    for (int i = 0; i < 1000; ++i) {
        std::fputs("this is no region, this is text\n", file);
    }
    std::fclose(file);
    REQUIRE(chmod(path.c_str(), 0600) == 0);
    CHECK_THROWS_AS(SharedRegion::open("foreign"), zinc::format_error);
    CHECK_THROWS_AS(SharedRegion::lookup("foreign"), zinc::format_error);
    CHECK_THROWS_AS(SharedRegion::remove("foreign"), zinc::format_error);
    const auto listed = SharedRegion::list();
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].name == "foreign");
    CHECK(listed[0].status == ZINC_E_LAYOUT);
    CHECK(std::remove(path.c_str()) == 0);
}

TEST_CASE("result: a value or a failure") {
    auto missing = SharedRegion::open(std::nothrow, "nowhere");
    CHECK_FALSE(missing);
    CHECK_FALSE(missing.has_value());
    CHECK(missing.status() == ZINC_E_NOENT);
    CHECK(missing.error() == zinc::errc::not_found);
    CHECK(missing.error() != zinc::errc::closed);
    CHECK_THAT(missing.error().message(), Contains("nowhere"));
    CHECK_THROWS_AS(missing.value(), zinc::not_found);
    CHECK_THROWS_AS(missing->name(), zinc::not_found);

    auto made = SharedRegion::create(std::nothrow, "result", 64);
    REQUIRE(made);
    CHECK(made.status() == ZINC_OK);
    CHECK(made->name() == "result");
    CHECK(made->notify(std::nothrow).has_value());
    missing = std::move(made);
    REQUIRE(missing);
    SharedRegion region = std::move(*missing);
    CHECK(region.name() == "result");
    CHECK(region.capacity(std::nothrow).value_or(0) == 64);
    region.close();
    CHECK(region.capacity(std::nothrow).value_or(7) == 7);
    CHECK(region.grow(std::nothrow, 1).error() == zinc::errc::closed);

    static_assert(!std::is_constructible_v<bool, zinc::result<bool>>,
                  "`if (result<bool>)` would not ask what people read");
}

TEST_CASE("version: release and layout of the loaded library") {
    CHECK(std::string(zinc::version_text()) == ZINC_VERSION_TEXT);
    CHECK(zinc::version().major_part == ZINC_VERSION_MAJOR);
    CHECK(zinc::version().minor_part == ZINC_VERSION_MINOR);
    CHECK(zinc::version().patch_part == ZINC_VERSION_PATCH);
    CHECK(zinc::layout() == ZINC_LAYOUT);
}
