// SPDX-License-Identifier: MIT
// zinc::span under both standards: the part of std::span that the library promises.
#include "support.hpp"

#include <zinc/span.hpp>

#include <numeric>

TEST_CASE("span: elements, parts, iteration, const") {
    int values[] = {1, 2, 3, 4, 5};
    const zinc::span<int> all(values, 5);
    CHECK(all.size() == 5);
    CHECK(all.size_bytes() == 5 * sizeof(int));
    CHECK(all.data() == values);
    CHECK(all.front() == 1);
    CHECK(all.back() == 5);
    CHECK(all[2] == 3);
    CHECK_FALSE(all.empty());
    CHECK(std::accumulate(all.begin(), all.end(), 0) == 15);
    CHECK(*all.rbegin() == 5);
    CHECK(all.first(2).back() == 2);
    CHECK(all.last(2).front() == 4);
    CHECK(all.subspan(3).size() == 2);
    CHECK(all.subspan(1, 3).back() == 4);
    const zinc::span<const int> looked_at = all;
    CHECK(looked_at[4] == 5);
    all[4] = 6;
    CHECK(looked_at[4] == 6);
    CHECK(zinc::span<int>().empty());
    static_assert(!std::is_convertible_v<zinc::span<const int>, zinc::span<int>>);
}

TEST_CASE("owned_span: empty by default") {
    const zinc::owned_span<int> none;
    CHECK(none.empty());
    CHECK(none.data() == nullptr);
    CHECK(none.begin() == none.end());
}
