// SPDX-License-Identifier: MIT
// Zinc: a value, or the failure that stands in its place.
//
// One rule for the whole library: a function f(a, b) that can fail throws; its twin
// f(std::nothrow, a, b) returns zinc::result<T> instead and throws nothing. Where exceptions are
// off only the twins exist.
//
//     auto region = zinc::SharedRegion::open(std::nothrow, "frames");
//     if (!region) { std::fputs(region.error().message(), stderr); return 1; }
//     region->notify(std::nothrow);
#ifndef ZINC_RESULT_HPP
#define ZINC_RESULT_HPP

#include <zinc/error.hpp>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

namespace zinc {
inline namespace ZINC_MODE {

namespace detail {

// Asking a result for what it does not hold: throws where that is possible, else ends the program
// with the message, as there is nothing to return.
[[noreturn]] inline void refuse(const failure &what) {
#if ZINC_HAS_EXCEPTIONS
    raise(what);
#else
    std::fprintf(stderr, "zinc: %s\n", what.message());
    std::abort();
#endif
}

} // namespace detail

template <class T> class [[nodiscard]] result {
  public:
    using value_type = T;

    result(T value) noexcept : has_value_(true) {
        new (&value_) T(std::move(value));
    }
    result(const failure &what) noexcept : has_value_(false) {
        new (&failure_) failure(what);
    }
    result(result &&other) noexcept : has_value_(other.has_value_) {
        static_assert(std::is_nothrow_move_constructible_v<T>, "a result moves without throwing");
        if (has_value_) {
            new (&value_) T(std::move(other.value_));
        } else {
            new (&failure_) failure(other.failure_);
        }
    }
    result &operator=(result &&other) noexcept {
        if (this != &other) {
            this->~result();
            new (this) result(std::move(other));
        }
        return *this;
    }
    result(const result &) = delete;
    result &operator=(const result &) = delete;
    ~result() {
        if (has_value_) {
            value_.~T();
        }
    }

    bool has_value() const noexcept {
        return has_value_;
    }
    // Not for result<bool>, where `if (r)` would ask whether the call worked, not what it said.
    template <class U = T, std::enable_if_t<!std::is_same_v<U, bool>, int> = 0>
    explicit operator bool() const noexcept {
        return has_value_;
    }

    T &value() & {
        require();
        return value_;
    }
    const T &value() const & {
        require();
        return value_;
    }
    T value() && {
        require();
        return std::move(value_);
    }
    T &operator*() & {
        return value();
    }
    const T &operator*() const & {
        return value();
    }
    T operator*() && {
        return std::move(*this).value();
    }
    T *operator->() {
        return &value();
    }
    const T *operator->() const {
        return &value();
    }
    template <class U> T value_or(U &&other) && {
        return has_value_ ? std::move(value_) : static_cast<T>(std::forward<U>(other));
    }

    // What went wrong; ZINC_OK for a result that has a value.
    failure error() const noexcept {
        return has_value_ ? failure(ZINC_OK) : failure_;
    }
    std::int32_t status() const noexcept {
        return has_value_ ? ZINC_OK : failure_.status();
    }

  private:
    void require() const {
        if (!has_value_) {
            detail::refuse(failure_);
        }
    }

    union {
        T value_;
        failure failure_;
    };
    bool has_value_;
};

template <> class [[nodiscard]] result<void> {
  public:
    using value_type = void;

    result() noexcept : failure_(ZINC_OK) {}
    result(const failure &what) noexcept : failure_(what) {}

    bool has_value() const noexcept {
        return failure_.status() == ZINC_OK;
    }
    explicit operator bool() const noexcept {
        return has_value();
    }
    void value() const {
        if (!has_value()) {
            detail::refuse(failure_);
        }
    }
    failure error() const noexcept {
        return failure_;
    }
    std::int32_t status() const noexcept {
        return failure_.status();
    }

  private:
    failure failure_;
};

namespace detail {

// The twins throw nothing: what could not be allocated is NOMEM. (Without exceptions the standard
// library ends the program instead.)
template <class Call> auto without_throwing(Call &&call) noexcept -> decltype(call()) {
#if ZINC_HAS_EXCEPTIONS
    try {
        return call();
    } catch (...) {
        return failure(ZINC_E_NOMEM);
    }
#else
    return call();
#endif
}

} // namespace detail

} // namespace ZINC_MODE
} // namespace zinc

#endif
