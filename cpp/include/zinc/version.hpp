// SPDX-License-Identifier: MIT
// Zinc: what this compiler offers, and the version numbers.
//
// Everything here is header-only and follows the compiler: std::span, std::stop_token and
// coroutines are used where they exist, exceptions where they are on. Two translation units of one
// program may be compiled differently; so that their classes, which then differ, are never taken
// for the same, they live in an inline namespace named after what is on. Users never write its
// name.
#ifndef ZINC_VERSION_HPP
#define ZINC_VERSION_HPP

#include <zinc/version.h>

#include <cstdint>

#if !defined(_MSC_VER) && __cplusplus < 201703L
#error "zinc.hpp needs C++17 or later: compile with -std=c++17"
#endif

#if defined(__has_include)
#if __has_include(<version>)
#include <version>
#endif
#endif

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define ZINC_HAS_EXCEPTIONS 1
#define ZINC_MODE_EXCEPTIONS e
#else
#define ZINC_HAS_EXCEPTIONS 0
#define ZINC_MODE_EXCEPTIONS n
#endif

#if defined(__cpp_lib_span)
#define ZINC_HAS_SPAN 1
#define ZINC_MODE_SPAN s
#else
#define ZINC_HAS_SPAN 0
#define ZINC_MODE_SPAN o
#endif

#if defined(__cpp_lib_jthread)
#define ZINC_HAS_STOP_TOKEN 1
#define ZINC_MODE_STOP t
#else
#define ZINC_HAS_STOP_TOKEN 0
#define ZINC_MODE_STOP o
#endif

#if defined(__cpp_impl_coroutine) && defined(__cpp_lib_coroutine)
#define ZINC_HAS_COROUTINES 1
#define ZINC_MODE_COROUTINES c
#else
#define ZINC_HAS_COROUTINES 0
#define ZINC_MODE_COROUTINES o
#endif

#define ZINC_MODE_JOIN_(a, b, c, d) v1##a##b##c##d
#define ZINC_MODE_JOIN(a, b, c, d) ZINC_MODE_JOIN_(a, b, c, d)
#define ZINC_MODE                                                                                  \
    ZINC_MODE_JOIN(ZINC_MODE_EXCEPTIONS, ZINC_MODE_SPAN, ZINC_MODE_STOP, ZINC_MODE_COROUTINES)

// Types that cross the border of a shared library as exceptions or by address stay visible there,
// whatever -fvisibility says.
#if defined(__GNUC__)
#define ZINC_VISIBLE __attribute__((visibility("default")))
#define ZINC_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define ZINC_VISIBLE
#define ZINC_PRINTF(text, first)
#endif

namespace zinc {

struct version_number {
    unsigned major_part;
    unsigned minor_part;
    unsigned patch_part;
};

// The release of the library that is loaded; the headers' own is ZINC_VERSION_TEXT.
inline version_number version() noexcept {
    const std::uint32_t packed = zinc_version();
    return {packed >> 16U, (packed >> 8U) & 0xffU, packed & 0xffU};
}

inline const char *version_text() noexcept {
    return zinc_version_text();
}

// The layout number that the loaded library writes into regions and accepts in them.
inline std::uint32_t layout() noexcept {
    return zinc_layout();
}

} // namespace zinc

#endif
