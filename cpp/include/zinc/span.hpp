// SPDX-License-Identifier: MIT
// Zinc: zinc::span is std::span where there is one, else its dynamic half, with the same names.
#ifndef ZINC_SPAN_HPP
#define ZINC_SPAN_HPP

#include <zinc/version.hpp>

#include <cstddef>
#include <memory>
#include <utility>

#if ZINC_HAS_SPAN
#include <span>
#else
#include <iterator>
#include <type_traits>
#endif

namespace zinc {
inline namespace ZINC_MODE {

#if ZINC_HAS_SPAN

template <class T> using span = std::span<T>;

#else

// Borrowed elements in a row: a pointer and a number, cheap to copy, owns nothing.
template <class T> class span {
  public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using pointer = T *;
    using reference = T &;
    using iterator = T *;
    using reverse_iterator = std::reverse_iterator<iterator>;

    constexpr span() noexcept = default;
    constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}

    // A span of T is also one of const T.
    template <class U, std::enable_if_t<std::is_convertible_v<U (*)[], T (*)[]>, int> = 0>
    constexpr span(const span<U> &other) noexcept : data_(other.data()), size_(other.size()) {}

    constexpr T *data() const noexcept {
        return data_;
    }
    constexpr std::size_t size() const noexcept {
        return size_;
    }
    constexpr std::size_t size_bytes() const noexcept {
        return size_ * sizeof(T);
    }
    constexpr bool empty() const noexcept {
        return size_ == 0;
    }
    constexpr T &operator[](std::size_t index) const noexcept {
        return data_[index];
    }
    constexpr T &front() const noexcept {
        return data_[0];
    }
    constexpr T &back() const noexcept {
        return data_[size_ - 1];
    }
    constexpr iterator begin() const noexcept {
        return data_;
    }
    constexpr iterator end() const noexcept {
        return data_ + size_;
    }
    constexpr reverse_iterator rbegin() const noexcept {
        return reverse_iterator(end());
    }
    constexpr reverse_iterator rend() const noexcept {
        return reverse_iterator(begin());
    }
    constexpr span first(std::size_t count) const noexcept {
        return {data_, count};
    }
    constexpr span last(std::size_t count) const noexcept {
        return {data_ + (size_ - count), count};
    }
    constexpr span subspan(std::size_t offset) const noexcept {
        return {data_ + offset, size_ - offset};
    }
    constexpr span subspan(std::size_t offset, std::size_t count) const noexcept {
        return {data_ + offset, count};
    }

  private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

#endif

// Elements that are kept: copies share them, and the memory is unmapped after the last one, however
// long the region has been closed by then.
template <class T> class owned_span {
  public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using iterator = T *;

    owned_span() noexcept = default;
    owned_span(std::shared_ptr<T[]> elements, std::size_t size) noexcept
        : elements_(std::move(elements)), size_(size) {}

    T *data() const noexcept {
        return elements_.get();
    }
    std::size_t size() const noexcept {
        return size_;
    }
    bool empty() const noexcept {
        return size_ == 0;
    }
    T &operator[](std::size_t index) const noexcept {
        return elements_.get()[index];
    }
    iterator begin() const noexcept {
        return data();
    }
    iterator end() const noexcept {
        return data() + size_;
    }

    // Borrowed from this object: valid while a copy of it lives.
    zinc::span<T> view() const &noexcept {
        return {data(), size_};
    }
    zinc::span<T> view() const && = delete;

    // The owner by itself, for code that speaks std::shared_ptr.
    const std::shared_ptr<T[]> &pointer() const noexcept {
        return elements_;
    }

  private:
    std::shared_ptr<T[]> elements_;
    std::size_t size_ = 0;
};

} // namespace ZINC_MODE
} // namespace zinc

#endif
