// SPDX-License-Identifier: MIT
// Zinc: how long a wait may take, and what ends it from outside. Shared by everything that waits.
#ifndef ZINC_WAIT_HPP
#define ZINC_WAIT_HPP

#include <zinc/result.hpp>
#include <zinc/wait.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>

#if ZINC_HAS_STOP_TOKEN
#include <stop_token>
#endif

namespace zinc {
inline namespace ZINC_MODE {

// How long a wait may take. Made by the call itself from what it is given:
//
//     wait()                                   for ever
//     wait(1000)                               milliseconds, any integer
//     wait(250us)                              any std::chrono duration
//     wait(std::chrono::steady_clock::now() + 1s)   a time of any clock
//
// The clock starts to run when the call is made. Zero, and a time that has passed, ask once. A
// negative number or duration is refused (INVAL) before anything is waited for; bool and floating
// point numbers do not compile, as their unit could only be guessed.
class timeout {
  public:
    constexpr timeout() noexcept = default;

    template <class Integer, std::enable_if_t<std::is_integral_v<Integer>, int> = 0>
    timeout(Integer milliseconds) noexcept {
        static_assert(!std::is_same_v<Integer, bool>, "a timeout is a number of milliseconds");
        if constexpr (std::is_signed_v<Integer>) {
            if (milliseconds < 0) {
                valid_ = false;
                return;
            }
        }
        if (milliseconds == 0) {
            deadline_ns_ = 0; // has passed: the clock need not be asked, nor the wait begun
            return;
        }
        constexpr std::uint64_t most = static_cast<std::uint64_t>(ZINC_FOREVER) / 1000000U;
        const auto count = static_cast<std::uint64_t>(milliseconds);
        deadline_ns_ = count > most ? ZINC_FOREVER
                                    : zinc_deadline_ns(static_cast<std::int64_t>(count * 1000000U));
    }

    template <class Float, std::enable_if_t<std::is_floating_point_v<Float>, int> = 0>
    timeout(Float) = delete;

    template <class Rep, class Period> timeout(std::chrono::duration<Rep, Period> length) noexcept {
        // NaN, too, is not at least zero; durations of C++17 would say that it is.
        if (!(length.count() >= std::chrono::duration_values<Rep>::zero())) {
            valid_ = false;
            return;
        }
        deadline_ns_ = length == std::chrono::duration<Rep, Period>::zero() ? 0 : after(length);
    }

    template <class Clock, class Duration>
    timeout(std::chrono::time_point<Clock, Duration> when) noexcept {
        const auto now = Clock::now();
        if (when <= now) {
            deadline_ns_ = 0;
            return;
        }
        if (seconds(when.time_since_epoch()) - seconds(now.time_since_epoch()) >= longest) {
            return;
        }
        deadline_ns_ = after(when - now);
        if constexpr (!Clock::is_steady) {
            // A clock that people set may stand before `when` although the time has gone by.
            target_ns_ =
                std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch())
                    .count();
            clock_ns_ = [] {
                return static_cast<std::int64_t>(
                    std::chrono::duration_cast<std::chrono::nanoseconds>(
                        Clock::now().time_since_epoch())
                        .count());
            };
        }
    }

    bool valid() const noexcept {
        return valid_;
    }
    // Nanoseconds of the monotonic clock; ZINC_FOREVER for none.
    std::int64_t deadline_ns() const noexcept {
        return deadline_ns_;
    }
    // Called when the deadline has passed: false if the clock that it was given in disagrees, and
    // the deadline is then a new one.
    bool passed() noexcept {
        if (clock_ns_ == nullptr) {
            return true;
        }
        const std::int64_t left = target_ns_ - clock_ns_();
        if (left <= 0) {
            return true;
        }
        deadline_ns_ = zinc_deadline_ns(left);
        return false;
    }

  private:
    static constexpr double longest = 9.0e9; // seconds that fit into 64-bit nanoseconds

    template <class Rep, class Period>
    static double seconds(std::chrono::duration<Rep, Period> length) noexcept {
        return std::chrono::duration_cast<std::chrono::duration<double>>(length).count();
    }
    // Rounded up, so that a wait never ends before its time.
    template <class Rep, class Period>
    static std::int64_t after(std::chrono::duration<Rep, Period> length) noexcept {
        if (seconds(length) >= longest) {
            return ZINC_FOREVER;
        }
        return zinc_deadline_ns(std::chrono::ceil<std::chrono::nanoseconds>(length).count());
    }

    std::int64_t deadline_ns_ = ZINC_FOREVER;
    std::int64_t target_ns_ = 0;
    std::int64_t (*clock_ns_)() = nullptr;
    bool valid_ = true;
};

// Ends waits from outside: sticky, so it may be fired before, during and after the wait, from any
// thread and from a signal handler; every wait that is given it then ends with false. It must live
// as long as the waits that have it. Where std::stop_token exists, that does the same.
class cancel {
  public:
#if ZINC_HAS_EXCEPTIONS
    cancel() : cancel(create(std::nothrow).value()) {}
#endif
    static result<cancel> create(const std::nothrow_t &) noexcept {
        zinc_cancel *made = nullptr;
        const std::int32_t status = zinc_cancel_create(&made);
        if (status != ZINC_OK) {
            return failure(status);
        }
        return cancel(made);
    }

    cancel(cancel &&) noexcept = default;
    cancel &operator=(cancel &&) noexcept = default;

    void fire() noexcept {
        zinc_cancel_fire(handle_.get());
    }
    bool fired() const noexcept {
        return zinc_cancel_fired(handle_.get()) != 0;
    }
    zinc_cancel *native_handle() noexcept {
        return handle_.get();
    }

  private:
    struct destroyer {
        void operator()(zinc_cancel *handle) const noexcept {
            zinc_cancel_destroy(handle);
        }
    };

    explicit cancel(zinc_cancel *handle) noexcept : handle_(handle) {}

    std::unique_ptr<zinc_cancel, destroyer> handle_;
};

} // namespace ZINC_MODE
} // namespace zinc

#endif
