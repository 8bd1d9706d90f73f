// SPDX-License-Identifier: MIT
// Waits that cost no thread: handlers, coroutines, cancellation, many of them.
#include "support.hpp"

#include <zinc/region.hpp>

#include <atomic>
#include <memory>
#include <optional>

#include <poll.h>

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using std::chrono::steady_clock;
using zinc::SharedRegion;

TEST_CASE("handler: called once, in run, with what wait would say") {
    auto region = SharedRegion::create("handler", 64);
    zinc::events queue;
    std::vector<std::string> said;
    const auto say = [&](const zinc::result<bool> &ended) {
        said.push_back(!ended.has_value() ? ended.error().message() : *ended ? "true" : "false");
    };
    CHECK(queue.run() == 0);
    region.wait_async(queue, say);
    CHECK(queue.pending() == 1);
    CHECK(queue.poll() == 0);
    region.notify();
    CHECK(queue.run() == 1);
    CHECK(said == std::vector<std::string>{"true"});
    CHECK(queue.pending() == 0);

    region.wait_async(queue, 5ms, say);
    CHECK(queue.run() == 1);
    CHECK(said.back() == "false");
    CHECK(said.size() == 2);

    region.notify();
    region.wait_async(queue, 0, say);
    region.wait_async(queue, 0, say);
    CHECK(queue.run() == 2);
    CHECK(said[2] == "true");

    region.wait_async(queue, say);
    CHECK(queue.run(20) == 0);
    CHECK(queue.pending() == 1);
    region.close();
    CHECK(queue.run() == 1);
    CHECK_THAT(said.back(), Contains("closed") && Contains("handler"));
    CHECK_THROWS_AS(region.wait_async(queue, say), zinc::closed_error);
}

TEST_CASE("handler: negative timeouts are refused, and cancel ends one wait only") {
    auto region = SharedRegion::create("one-wait", 64);
    zinc::events queue;
    int falses = 0;
    int trues = 0;
    const auto count = [&](const zinc::result<bool> &ended) { *ended ? ++trues : ++falses; };
    CHECK_THROWS_AS(region.wait_async(queue, -1, count), zinc::argument_error);
    CHECK(region.wait_async(std::nothrow, queue, -1ms, count).error() ==
          zinc::errc::invalid_argument);
    CHECK_THROWS_AS(queue.run(-1), zinc::argument_error);
    const auto first = region.wait_async(queue, count);
    const auto second = region.wait_async(queue, count);
    CHECK(first != second);
    CHECK(queue.cancel(first));
    CHECK(support::eventually([&] { return queue.poll() == 1; }));
    CHECK(falses == 1);
    CHECK(trues == 0);
    CHECK_FALSE(queue.cancel(first));
    CHECK_FALSE(queue.cancel(12345));
    region.notify();
    CHECK(queue.run(5s) == 1);
    CHECK(trues == 1);
}

TEST_CASE("queue: what a handler throws comes out of run, and costs nobody a completion") {
    auto region = SharedRegion::create("throwing", 64);
    zinc::events queue;
    int calls = 0;
    for (int i = 0; i < 3; ++i) {
        region.wait_async(queue, [&](const zinc::result<bool> &) {
            if (++calls == 2) {
                throw std::runtime_error("handler");
            }
        });
    }
    region.notify();
    CHECK_THROWS_WITH(queue.run(), "handler");
    CHECK(calls == 2);
    CHECK(queue.pending() == 1);
    CHECK(queue.run() == 1);
    CHECK(calls == 3);
}

TEST_CASE("queue: a descriptor for other loops") {
    auto region = SharedRegion::create("descriptor", 64);
    zinc::events queue;
    bool told = false;
    region.wait_async(queue, [&](const zinc::result<bool> &ended) { told = *ended; });
    pollfd watched{queue.descriptor(), POLLIN, 0};
    CHECK(poll(&watched, 1, 10) == 0);
    region.notify();
    CHECK(poll(&watched, 1, 5000) == 1);
    CHECK(queue.poll() == 1);
    CHECK(told);
    watched.revents = 0;
    CHECK(poll(&watched, 1, 0) == 0);
}

TEST_CASE("queue: one thread at a time, close ends run") {
    auto region = SharedRegion::create("runner", 64);
    zinc::events queue;
    std::atomic<int> falses{0};
    for (int i = 0; i < 3; ++i) {
        region.wait_async(queue,
                          [&](const zinc::result<bool> &ended) { falses += *ended ? 0 : 1; });
    }
    std::atomic<std::size_t> delivered{0};
    std::thread runner([&] { delivered = queue.run(); });
    REQUIRE(support::eventually(
        [&] { return queue.run(std::nothrow, 0).error() == zinc::errc::busy; }));
    queue.close();
    runner.join();
    CHECK(delivered == 3);
    CHECK(falses == 3);
    CHECK_THROWS_AS(region.wait_async(queue, [](const zinc::result<bool> &) {}),
                    zinc::closed_error);
    CHECK(region.notify(std::nothrow).has_value());
}

TEST_CASE("queue: the destructor ends what is waited for") {
    auto region = SharedRegion::create("destroyed-queue", 64);
    int falses = 0;
    {
        zinc::events queue;
        for (int i = 0; i < 3; ++i) {
            region.wait_async(queue, [&](const zinc::result<bool> &ended) {
                ++falses;
                if (!*ended && falses == 1) {
                    throw std::runtime_error("lost");
                }
            });
        }
    }
    CHECK(falses == 3);
    zinc::events first;
    zinc::events second = std::move(first);
    CHECK(second.poll() == 0);
    CHECK(first.run(std::nothrow).error() == zinc::errc::closed); // NOLINT: what is left behind
    CHECK(first.pending() == 0);
}

TEST_CASE("many: 1000 waits on one region, one notify") {
    auto region = SharedRegion::create("thousand", 64);
    const std::size_t before = support::threads();
    zinc::events queue;
    int trues = 0;
    for (int i = 0; i < 1000; ++i) {
        region.wait_async(queue, [&](const zinc::result<bool> &ended) { trues += *ended ? 1 : 0; });
    }
    CHECK(queue.pending() == 1000);
    CHECK(support::threads() <= before + 8);
    region.notify();
    CHECK(queue.run(5s) == 1000);
    CHECK(trues == 1000);
}

TEST_CASE("many: ten waits on each of 100 regions, notified one by one") {
    const std::size_t before = support::threads();
    zinc::events queue;
    std::vector<SharedRegion> regions;
    std::vector<int> trues(100, 0);
    for (std::size_t i = 0; i < 100; ++i) {
        regions.push_back(SharedRegion::create("hundred-" + std::to_string(i), 64));
        for (int n = 0; n < 10; ++n) {
            regions[i].wait_async(queue, [&trues, i](const zinc::result<bool> &ended) {
                trues[i] += *ended ? 1 : 0;
            });
        }
    }
    CHECK(support::threads() <= before + 8);
    for (std::size_t i = 0; i < 50; ++i) {
        regions[i].notify();
    }
    REQUIRE(support::eventually([&] {
        queue.poll();
        return queue.pending() == 500;
    }));
    for (std::size_t i = 0; i < 100; ++i) {
        CHECK(trues[i] == (i < 50 ? 10 : 0));
    }
    for (std::size_t i = 50; i < 100; ++i) {
        regions[i].notify();
    }
    CHECK(queue.run(5s) == 500);
    CHECK(std::count(trues.begin(), trues.end(), 10) == 100);
}

TEST_CASE("many: cancelling 1000 waits is prompt") {
    auto region = SharedRegion::create("cancelled", 64);
    zinc::events queue;
    std::vector<std::uint64_t> tokens;
    int falses = 0;
    for (int i = 0; i < 1000; ++i) {
        tokens.push_back(region.wait_async(
            queue, [&](const zinc::result<bool> &ended) { falses += *ended ? 0 : 1; }));
    }
    const auto start = steady_clock::now();
    for (const auto token : tokens) {
        CHECK(queue.cancel(token));
    }
    CHECK(queue.run(5s) == 1000);
    CHECK(steady_clock::now() - start < support::at_once);
    CHECK(falses == 1000);
}

#if ZINC_HAS_COROUTINES

namespace {

// A coroutine that starts at once and belongs to nobody.
struct detached {
    struct promise_type {
        detached get_return_object() {
            return {};
        }
        std::suspend_never initial_suspend() noexcept {
            return {};
        }
        std::suspend_never final_suspend() noexcept {
            return {};
        }
        void return_void() {}
        void unhandled_exception() {
            std::terminate();
        }
    };
};

// One that its handle owns, so that it can be destroyed while it waits.
struct owned {
    struct promise_type {
        owned get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_never initial_suspend() noexcept {
            return {};
        }
        std::suspend_always final_suspend() noexcept {
            return {};
        }
        void return_void() {}
        void unhandled_exception() {
            std::terminate();
        }
    };
    std::coroutine_handle<promise_type> handle;
};

detached wait_once(SharedRegion &region, zinc::events &queue, zinc::timeout limit,
                   std::stop_token stop, std::string &said) {
    try {
        said = co_await region.wait_async(queue, limit, stop) ? "true" : "false";
    } catch (const std::exception &thrown) {
        said = thrown.what();
    }
}

owned wait_owned(SharedRegion &region, zinc::events &queue, bool &resumed) {
    co_await region.wait_async(queue);
    resumed = true;
}

detached ping(SharedRegion &region, zinc::events &queue, int rounds, int &done) {
    for (int i = 0; i < rounds; ++i) {
        if (co_await region.wait_async(queue, 5s)) {
            ++done;
            region.notify();
        }
    }
}

detached quiet(SharedRegion &region, zinc::events &queue, std::int32_t &status, bool &answer) {
    const zinc::result<bool> ended = co_await region.wait_async(std::nothrow, queue, 5ms);
    status = ended.status();
    answer = ended.has_value() && *ended;
}

} // namespace

TEST_CASE("co_await: resumed in run, on the running thread") {
    auto region = SharedRegion::create("await", 64);
    zinc::events queue;
    std::string said;
    wait_once(region, queue, {}, {}, said);
    CHECK(said.empty());
    region.notify();
    CHECK(said.empty());
    CHECK(queue.run() == 1);
    CHECK(said == "true");

    wait_once(region, queue, 5ms, {}, said);
    CHECK(queue.run() == 1);
    CHECK(said == "false");

    wait_once(region, queue, -5, {}, said);
    CHECK_THAT(said, Contains("negative"));

    said.clear();
    wait_once(region, queue, {}, {}, said);
    region.close();
    CHECK(queue.run() == 1);
    CHECK_THAT(said, Contains("closed"));
    said.clear();
    wait_once(region, queue, {}, {}, said);
    CHECK_THAT(said, Contains("closed"));
}

TEST_CASE("co_await: a stop token ends it, before and during") {
    auto region = SharedRegion::create("await-stop", 64);
    zinc::events queue;
    std::stop_source source;
    std::string said;
    wait_once(region, queue, {}, source.get_token(), said);
    const auto start = steady_clock::now();
    source.request_stop();
    CHECK(queue.run(5s) == 1);
    CHECK(steady_clock::now() - start < support::at_once);
    CHECK(said == "false");
    said.clear();
    wait_once(region, queue, {}, source.get_token(), said);
    CHECK(said == "false");
    CHECK(queue.pending() == 0);
}

TEST_CASE("co_await: a stop from another thread, at any moment") {
    auto region = SharedRegion::create("await-race", 64);
    zinc::events queue;
    for (int i = 0; i < 300; ++i) {
        std::stop_source source;
        std::string said;
        std::atomic<bool> go{false};
        std::thread stopper([&] {
            while (!go) {
            }
            source.request_stop();
        });
        go = true;
        wait_once(region, queue, {}, source.get_token(), said);
        queue.run(5s);
        stopper.join();
        REQUIRE(said == "false");
    }
}

TEST_CASE("co_await: destroying a waiting coroutine gives the wait up") {
    auto region = SharedRegion::create("await-destroy", 64);
    zinc::events queue;
    bool resumed = false;
    owned first = wait_owned(region, queue, resumed);
    CHECK(queue.pending() == 1);
    first.handle.destroy();
    CHECK(queue.pending() == 0);
    region.notify();
    CHECK(queue.run() == 0);
    CHECK_FALSE(resumed);

    // Also when it has completed already and only waits to be delivered.
    owned second = wait_owned(region, queue, resumed);
    region.notify();
    pollfd watched{queue.descriptor(), POLLIN, 0};
    poll(&watched, 1, 5000);
    second.handle.destroy();
    CHECK(queue.poll() == 0);
    CHECK_FALSE(resumed);
}

TEST_CASE("co_await: a loop of waits, answered from another thread") {
    auto region = SharedRegion::create("await-loop", 64);
    auto other = SharedRegion::open("await-loop");
    zinc::events queue;
    int done = 0;
    ping(region, queue, 1, done);
    std::thread notifier([&] { other.notify(); });
    queue.run();
    notifier.join();
    CHECK(done == 1);
    // A notifier's own handle sees its own notification: the next rounds run by themselves.
    ping(region, queue, 20, done);
    queue.run();
    CHECK(done == 21);
}

TEST_CASE("co_await: the form without exceptions") {
    auto region = SharedRegion::create("await-quiet", 64);
    zinc::events queue;
    std::int32_t status = -1;
    bool answer = true;
    quiet(region, queue, status, answer);
    queue.run();
    CHECK(status == ZINC_OK);
    CHECK_FALSE(answer);
    region.close();
    quiet(region, queue, status, answer);
    CHECK(status == ZINC_E_CLOSED);
}

TEST_CASE("co_await: 1000 coroutines on one region") {
    auto region = SharedRegion::create("await-thousand", 64);
    zinc::events queue;
    std::vector<std::string> said(1000);
    const std::size_t before = support::threads();
    for (auto &text : said) {
        wait_once(region, queue, {}, {}, text);
    }
    CHECK(support::threads() <= before + 8);
    region.notify();
    CHECK(queue.run(5s) == 1000);
    CHECK(std::count(said.begin(), said.end(), "true") == 1000);
}

TEST_CASE("co_await: destroying the queue resumes with false") {
    auto region = SharedRegion::create("await-queue", 64);
    std::string said;
    {
        zinc::events queue;
        wait_once(region, queue, {}, {}, said);
    }
    CHECK(said == "false");
}

#endif
