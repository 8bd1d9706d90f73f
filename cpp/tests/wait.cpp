// SPDX-License-Identifier: MIT
// Waiting: every form of timeout, notifications, cancellation, signals, closing.
#include "support.hpp"

#include <zinc/region.hpp>

#include <atomic>
#include <csignal>
#include <limits>

#include <pthread.h>

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using std::chrono::steady_clock;
using zinc::SharedRegion;

namespace {

// Until a wait on this region is in progress: the core counts them.
void until_waiting(const char *name, std::uint32_t waits = 1) {
    REQUIRE(support::eventually([=] { return SharedRegion::lookup(name).waiters >= waits; }));
}

struct outcome {
    std::atomic<int> answer{-1}; // 0 false, 1 true, 2 closed
    std::thread thread;

    template <class Wait> explicit outcome(Wait wait) {
        thread = std::thread([this, wait] {
            try {
                answer = wait() ? 1 : 0;
            } catch (const zinc::closed_error &) {
                answer = 2;
            }
        });
    }
    int ended() {
        thread.join();
        return answer;
    }
};

} // namespace

TEST_CASE("wait: false at the timeout, not before it") {
    auto region = SharedRegion::create("timeout", 64);
    const auto start = steady_clock::now();
    CHECK_FALSE(region.wait(30));
    CHECK(steady_clock::now() - start >= 30ms);

    const auto second = steady_clock::now();
    CHECK_FALSE(region.wait(30ms));
    CHECK_FALSE(region.wait(1500us));
    CHECK_FALSE(region.wait(std::chrono::duration<double>(0.01)));
    CHECK(steady_clock::now() - second >= 41500us);

    const auto until = steady_clock::now() + 30ms;
    CHECK_FALSE(region.wait(until));
    CHECK(steady_clock::now() >= until);
    const auto wall = std::chrono::system_clock::now() + 30ms;
    CHECK_FALSE(region.wait(wall));
    CHECK(std::chrono::system_clock::now() >= wall);
}

TEST_CASE("wait: zero, and times that have passed, ask once") {
    auto region = SharedRegion::create("once", 64);
    CHECK_FALSE(region.wait(0));
    CHECK_FALSE(region.try_wait());
    CHECK_FALSE(region.wait(0ns));
    CHECK_FALSE(region.wait(steady_clock::now() - 1h));
    CHECK_FALSE(region.wait(steady_clock::time_point::min()));
    region.notify();
    CHECK(region.wait(0));
    CHECK_FALSE(region.wait(0));
    region.notify();
    CHECK(region.try_wait());
    CHECK_FALSE(region.try_wait());
    region.notify();
    CHECK(region.wait(steady_clock::now() - 1h));
}

TEST_CASE("wait: the largest timeouts mean for ever and do not overflow") {
    auto region = SharedRegion::create("largest", 64);
    region.notify();
    CHECK(region.wait(std::numeric_limits<std::uint64_t>::max()));
    region.notify();
    CHECK(region.wait(std::numeric_limits<std::int64_t>::max()));
    region.notify();
    CHECK(region.wait(std::chrono::nanoseconds::max()));
    region.notify();
    CHECK(region.wait(std::chrono::hours::max()));
    region.notify();
    CHECK(region.wait(steady_clock::time_point::max()));
    region.notify();
    CHECK(region.wait(std::chrono::system_clock::time_point::max()));
    region.notify();
    CHECK(region.wait(std::chrono::duration<double>(1e300)));
    region.notify();
    CHECK(region.wait());
    CHECK(zinc::timeout().deadline_ns() == ZINC_FOREVER);
    CHECK(zinc::timeout(std::chrono::hours::max()).deadline_ns() == ZINC_FOREVER);
    CHECK(zinc::timeout(std::numeric_limits<std::int64_t>::max()).deadline_ns() == ZINC_FOREVER);
}

TEST_CASE("wait: negative timeouts are refused") {
    auto region = SharedRegion::create("negative", 64);
    region.notify();
    CHECK_THROWS_AS(region.wait(-1), zinc::argument_error);
    CHECK_THROWS_AS(region.wait(std::int64_t{-1}), zinc::argument_error);
    CHECK_THROWS_AS(region.wait(-1ms), zinc::argument_error);
    CHECK_THROWS_AS(region.wait(std::chrono::duration<double>(-0.5)), zinc::argument_error);
    CHECK_THROWS_AS(
        region.wait(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())),
        zinc::argument_error);
    CHECK_THROWS_WITH(region.wait(-1), Contains("negative"));
    CHECK(region.wait(std::nothrow, -1).error() == zinc::errc::invalid_argument);
    CHECK(region.try_wait());
    static_assert(!std::is_constructible_v<zinc::timeout, double>);
    static_assert(!std::is_constructible_v<zinc::timeout, float>);
}

TEST_CASE("notify: ends every wait of every handle and thread once, unseen ones become one") {
    auto region = SharedRegion::create("all", 64);
    auto second = SharedRegion::open("all");
    outcome a([&] { return region.wait(); });
    outcome b([&] { return region.wait(5s); });
    outcome c([&] { return second.wait(5000); });
    until_waiting("all", 3);
    region.notify();
    CHECK(a.ended() == 1);
    CHECK(b.ended() == 1);
    CHECK(c.ended() == 1);
    CHECK_FALSE(region.try_wait());
    region.notify();
    region.notify();
    CHECK(second.try_wait());
    CHECK_FALSE(second.try_wait());
    CHECK(region.try_wait());
}

TEST_CASE("notify: a handle that opens later sees what came before") {
    auto region = SharedRegion::create("before", 64);
    region.notify();
    auto late = SharedRegion::open("before");
    CHECK(late.wait(1000));
}

TEST_CASE("cancel: ends waits before, during, and no stranger's") {
    auto region = SharedRegion::create("cancel", 64);
    zinc::cancel stop;
    CHECK_FALSE(stop.fired());
    outcome canceled([&] { return region.wait(stop); });
    outcome timed([&] { return region.wait(5000, stop); });
    outcome stranger([&] { return region.wait(5000); });
    until_waiting("cancel", 3);
    const auto start = steady_clock::now();
    stop.fire();
    CHECK(canceled.ended() == 0);
    CHECK(timed.ended() == 0);
    CHECK(steady_clock::now() - start < support::at_once);
    CHECK(stop.fired());
    region.notify();
    CHECK(stranger.ended() == 1);

    CHECK_FALSE(region.wait(stop));
    zinc::cancel moved = std::move(stop);
    CHECK(moved.fired());
    auto made = zinc::cancel::create(std::nothrow);
    REQUIRE(made);
    CHECK_FALSE(made->fired());
    CHECK_FALSE(region.wait(std::nothrow, 10, *made).value());
}

TEST_CASE("close: ends the waits of other threads, which say closed") {
    auto region = SharedRegion::create("closed", 64);
    auto survivor = SharedRegion::open("closed");
    outcome a([&] { return region.wait(); });
    outcome b([&] { return region.wait(1h); });
    until_waiting("closed", 2);
    const auto start = steady_clock::now();
    region.close();
    CHECK(a.ended() == 2);
    CHECK(b.ended() == 2);
    CHECK(steady_clock::now() - start < support::at_once);
    CHECK_FALSE(survivor.try_wait());
    CHECK(survivor.info().participants_alive == 1);
}

TEST_CASE("close: by many threads at once, while others call") {
    for (int round = 0; round < 50; ++round) {
        auto region = SharedRegion::create("storm", 64);
        std::atomic<bool> go{false};
        std::atomic<int> wrong{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back([&, i] {
                while (!go) {
                }
                for (int n = 0; n < 200; ++n) {
                    if (i < 2 && n > 20 * i) {
                        region.close();
                    }
                    const auto notified = region.notify(std::nothrow);
                    const auto waited = region.wait(std::nothrow, 0);
                    const auto bytes = region.capacity(std::nothrow);
                    const auto kept = region.shared_bytes(std::nothrow);
                    for (const std::int32_t status :
                         {notified.status(), waited.status(), bytes.status(), kept.status()}) {
                        wrong += status != ZINC_OK && status != ZINC_E_CLOSED ? 1 : 0;
                    }
                    if (kept.has_value() && (*kept).data()[63] != std::byte{0}) {
                        ++wrong;
                    }
                }
            });
        }
        go = true;
        for (auto &thread : threads) {
            thread.join();
        }
        CHECK(wrong == 0);
        CHECK(region.closed());
        CHECK(SharedRegion::open(std::nothrow, "storm").status() == ZINC_E_NOENT);
    }
}

TEST_CASE("destructor: a wait in progress ends with closed") {
    auto region = std::make_unique<SharedRegion>(SharedRegion::create("destroyed", 64));
    SharedRegion *const seen = region.get();
    outcome waiting([seen] { return seen->wait(); });
    until_waiting("destroyed");
    region.reset();
    CHECK(waiting.ended() == 2);
    CHECK_THROWS_AS(SharedRegion::open("destroyed"), zinc::not_found);
}

namespace {
std::atomic<int> signals_seen{0};
}

TEST_CASE("signals: handlers run, and the wait goes on until its time") {
    struct sigaction action {};
    action.sa_handler = [](int) { ++signals_seen; };
    struct sigaction before {};
    REQUIRE(sigaction(SIGUSR1, &action, &before) == 0); // no SA_RESTART
    auto region = SharedRegion::create("signals", 64);
    const auto start = steady_clock::now();
    outcome timed([&] { return region.wait(400ms); });
    outcome notified([&] { return region.wait(); });
    until_waiting("signals", 2);
    for (int i = 0; i < 5; ++i) {
        pthread_kill(timed.thread.native_handle(), SIGUSR1);
        pthread_kill(notified.thread.native_handle(), SIGUSR1);
        std::this_thread::sleep_for(10ms);
    }
    CHECK(timed.ended() == 0);
    CHECK(steady_clock::now() - start >= 400ms);
    CHECK(signals_seen >= 2);
    region.notify();
    CHECK(notified.ended() == 1);
    sigaction(SIGUSR1, &before, nullptr);
}

#if ZINC_HAS_STOP_TOKEN
TEST_CASE("stop_token: ends the wait at once, during it and before it") {
    auto region = SharedRegion::create("stop", 64);
    std::stop_source source;
    outcome forever([&, token = source.get_token()] { return region.wait(token); });
    outcome timed([&, token = source.get_token()] { return region.wait(1h, token); });
    until_waiting("stop", 2);
    const auto start = steady_clock::now();
    source.request_stop();
    CHECK(forever.ended() == 0);
    CHECK(timed.ended() == 0);
    CHECK_FALSE(region.wait(source.get_token()));
    CHECK_FALSE(region.wait(std::nothrow, 1h, source.get_token()).value());
    CHECK(steady_clock::now() - start < support::at_once);

    region.notify();
    std::stop_source other;
    CHECK(region.wait(1000, other.get_token()));
    CHECK_FALSE(region.wait(10, other.get_token()));
    CHECK_FALSE(region.wait(10, std::stop_token()));
    region.close();
    CHECK_THROWS_AS(region.wait(other.get_token()), zinc::closed_error);
}

TEST_CASE("jthread: its stop token ends the wait when it is destroyed") {
    auto region = SharedRegion::create("jthread", 64);
    std::atomic<int> answer{-1};
    {
        const std::jthread thread(
            [&](const std::stop_token &stop) { answer = region.wait(stop) ? 1 : 0; });
        until_waiting("jthread");
    }
    CHECK(answer == 0);
}
#endif
