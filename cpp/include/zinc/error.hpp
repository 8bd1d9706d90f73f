// SPDX-License-Identifier: MIT
// Zinc: what goes wrong, as C++ says it.
//
//     failure          what happened to one call: status, errno, message; needs no exceptions
//     error            the exception for it, a std::system_error of error_category()
//       not_found        NOENT            already_exists   EXIST
//       access_denied    PERM, ACCES      argument_error   INVAL, NAMETOOLONG, OVERFLOW
//       format_error     LAYOUT, CORRUPT, TYPE
//       forked_error     FORKED           timeout_error    TIMEDOUT
//       canceled_error   CANCELED
//     closed_error     use after close: a mistake of the program, so a std::logic_error
//
// A std::error_code compares with std::errc where the status is an errno
// (e.code() == std::errc::no_such_file_or_directory) and with zinc::errc always.
#ifndef ZINC_ERROR_HPP
#define ZINC_ERROR_HPP

#include <zinc/error.h>
#include <zinc/version.hpp>

#include <cstdarg>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>

namespace zinc {

enum class errc : int {
    not_permitted = ZINC_E_PERM,
    not_found = ZINC_E_NOENT,
    interrupted = ZINC_E_INTR,
    io = ZINC_E_IO,
    bad_descriptor = ZINC_E_BADF,
    again = ZINC_E_AGAIN,
    no_memory = ZINC_E_NOMEM,
    access_denied = ZINC_E_ACCES,
    busy = ZINC_E_BUSY,
    already_exists = ZINC_E_EXIST,
    invalid_argument = ZINC_E_INVAL,
    too_many_files = ZINC_E_MFILE,
    no_space = ZINC_E_NOSPC,
    closed = ZINC_E_CLOSED,
    name_too_long = ZINC_E_NAMETOOLONG,
    layout = ZINC_E_LAYOUT,
    corrupt = ZINC_E_CORRUPT,
    overflow = ZINC_E_OVERFLOW,
    too_many_users = ZINC_E_USERS,
    message_too_long = ZINC_E_TOOLONG,
    wrong_type = ZINC_E_TYPE,
    not_supported = ZINC_E_NOTSUP,
    timed_out = ZINC_E_TIMEDOUT,
    stale = ZINC_E_STALE,
    canceled = ZINC_E_CANCELED,
    owner_dead = ZINC_E_OWNER_DEAD,
    poisoned = ZINC_E_POISONED,
    forked = ZINC_E_FORKED,
    peer_dead = ZINC_E_PEER_DEAD,
    gone = ZINC_E_GONE
};

namespace error_detail {

class ZINC_VISIBLE category final : public std::error_category {
  public:
    const char *name() const noexcept override {
        return "zinc";
    }
    std::string message(int status) const override {
        return zinc_strerror(status);
    }
    // A status above -1000 is an errno with the sign changed.
    std::error_condition default_error_condition(int status) const noexcept override {
        if (status < 0 && status > -1000) {
            return {-status, std::generic_category()};
        }
        return {status, *this};
    }
};

} // namespace error_detail

ZINC_VISIBLE inline const std::error_category &error_category() noexcept {
    static const error_detail::category instance;
    return instance;
}

inline std::error_code make_error_code(errc status) noexcept {
    return {static_cast<int>(status), error_category()};
}

// What happened to one call. The message names the region, the numbers and the remedy where the
// call knew them, and else says what the status means.
class failure {
  public:
    explicit failure(const zinc_error &detail) noexcept : detail_(detail) {}
    explicit failure(std::int32_t status) noexcept {
        detail_.status = status;
        detail_.system_errno = 0;
        detail_.message[0] = '\0';
    }
    // A failure with a text of its own, as printf.
    ZINC_PRINTF(2, 3)
    static failure format(std::int32_t status, const char *text, ...) noexcept {
        failure made(status);
        std::va_list arguments;
        va_start(arguments, text);
        std::vsnprintf(made.detail_.message, sizeof made.detail_.message, text, arguments);
        va_end(arguments);
        return made;
    }

    std::int32_t status() const noexcept {
        return detail_.status;
    }
    std::error_code code() const noexcept {
        return {detail_.status, error_category()};
    }
    // The operating system's own number, 0 if none was involved.
    std::int32_t system_errno() const noexcept {
        return detail_.system_errno;
    }
    const char *message() const noexcept {
        return detail_.message[0] != '\0' ? detail_.message : zinc_strerror(detail_.status);
    }

    friend bool operator==(const failure &a, errc b) noexcept {
        return a.status() == static_cast<int>(b);
    }
    friend bool operator!=(const failure &a, errc b) noexcept {
        return a.status() != static_cast<int>(b);
    }

  private:
    zinc_error detail_;
};

#if ZINC_HAS_EXCEPTIONS

class ZINC_VISIBLE error : public std::system_error {
  public:
    explicit error(const failure &what) : std::system_error(what.code()), what_(what) {}

    const char *what() const noexcept override {
        return what_.message();
    }
    std::int32_t status() const noexcept {
        return what_.status();
    }
    std::int32_t system_errno() const noexcept {
        return what_.system_errno();
    }

  private:
    failure what_;
};

class ZINC_VISIBLE not_found : public error {
  public:
    using error::error;
};
class ZINC_VISIBLE already_exists : public error {
  public:
    using error::error;
};
class ZINC_VISIBLE access_denied : public error {
  public:
    using error::error;
};
class ZINC_VISIBLE argument_error : public error {
  public:
    using error::error;
};
class ZINC_VISIBLE format_error : public error {
  public:
    using error::error;
};
class ZINC_VISIBLE forked_error : public error {
  public:
    using error::error;
};
class ZINC_VISIBLE timeout_error : public error {
  public:
    using error::error;
};
class ZINC_VISIBLE canceled_error : public error {
  public:
    using error::error;
};

class ZINC_VISIBLE closed_error : public std::logic_error {
  public:
    explicit closed_error(const failure &what) : std::logic_error(what.message()) {}

    std::error_code code() const noexcept {
        return make_error_code(errc::closed);
    }
    std::int32_t status() const noexcept {
        return ZINC_E_CLOSED;
    }
};

// Throw the exception that belongs to a failure.
[[noreturn]] inline void raise(const failure &what) {
    switch (what.status()) {
    case ZINC_E_CLOSED:
        throw closed_error(what);
    case ZINC_E_NOENT:
        throw not_found(what);
    case ZINC_E_EXIST:
        throw already_exists(what);
    case ZINC_E_PERM:
    case ZINC_E_ACCES:
        throw access_denied(what);
    case ZINC_E_INVAL:
    case ZINC_E_NAMETOOLONG:
    case ZINC_E_OVERFLOW:
        throw argument_error(what);
    case ZINC_E_LAYOUT:
    case ZINC_E_CORRUPT:
    case ZINC_E_TYPE:
        throw format_error(what);
    case ZINC_E_FORKED:
        throw forked_error(what);
    case ZINC_E_TIMEDOUT:
        throw timeout_error(what);
    case ZINC_E_CANCELED:
        throw canceled_error(what);
    default:
        throw error(what);
    }
}

#endif

} // namespace zinc

template <> struct std::is_error_code_enum<zinc::errc> : std::true_type {};

#endif
