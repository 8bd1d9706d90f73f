/* SPDX-License-Identifier: MIT */
/* What is printed: escaped, coloured, with units, and how it ends. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

cli_state cli = {.colour_choice = "auto"};

void output_begin(void) {
    const char *plain = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    bool able = terminal != NULL && strcmp(terminal, "dumb") != 0;
    cli.human = isatty(STDOUT_FILENO) == 1;
    cli.progress = isatty(STDERR_FILENO) == 1 && able;
    cli.colour = strcmp(cli.colour_choice, "always") == 0 ||
                 (strcmp(cli.colour_choice, "auto") == 0 && cli.human && able &&
                  (plain == NULL || plain[0] == '\0'));
}

const char *colour_on(enum colour colour) {
    static const char *const codes[] = {"",         "\033[1m",  "\033[2m",
                                        "\033[31m", "\033[32m", "\033[33m"};
    return cli.colour ? codes[colour] : "";
}

const char *colour_off(void) {
    return cli.colour ? "\033[0m" : "";
}

/* ---- Escaping ------------------------------------------------------------------------------- */

static bool continues(const unsigned char *at, size_t left, size_t count) {
    for (size_t i = 1; i <= count; i++) {
        if (i >= left || (at[i] & 0xC0) != 0x80) {
            return false;
        }
    }
    return true;
}

/* The length of the valid UTF-8 sequence at `at` that shows something, or 0. */
static size_t utf8_length(const unsigned char *at, size_t left) {
    unsigned char first = at[0];
    if (first >= 0x20 && first < 0x7F) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF && continues(at, left, 1)) {
        return first == 0xC2 && at[1] < 0xA0 ? 0 : 2; /* control characters of Latin 1 */
    }
    if (first >= 0xE0 && first <= 0xEF && continues(at, left, 2)) {
        bool overlong = first == 0xE0 && at[1] < 0xA0;
        bool surrogate = first == 0xED && at[1] >= 0xA0;
        bool direction = first == 0xE2 && (at[1] == 0x80 || at[1] == 0x81); /* turns text around */
        return overlong || surrogate || direction ? 0 : 3;
    }
    if (first >= 0xF0 && first <= 0xF4 && continues(at, left, 3)) {
        return (first == 0xF0 && at[1] < 0x90) || (first == 0xF4 && at[1] >= 0x90) ? 0 : 4;
    }
    return 0;
}

const char *escape(char out[ESCAPED_MAX], const char *text, size_t most, enum escape_mode mode) {
    const unsigned char *at = (const unsigned char *)text;
    size_t left = strnlen(text, most);
    size_t length = 0;
    while (left > 0 && length + 5 < ESCAPED_MAX) {
        size_t valid = utf8_length(at, left);
        if (at[0] == '\\' && mode != ESCAPE_TEXT) {
            out[length++] = '\\';
            out[length++] = '\\';
            valid = 1;
        } else if (valid == 1 || (valid > 1 && mode != ESCAPE_ASCII)) {
            memcpy(out + length, at, valid);
            length += valid;
        } else {
            valid = 1;
            length += (size_t)snprintf(out + length, ESCAPED_MAX - length, "\\x%02x", at[0]);
        }
        at += valid;
        left -= valid;
    }
    out[length] = '\0';
    return out;
}

/* ---- Units ---------------------------------------------------------------------------------- */

const char *human_size(char out[TEXT_MAX], uint64_t bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double number = (double)bytes;
    size_t unit = 0;
    while (number >= 1023.95 && unit + 1 < sizeof units / sizeof *units) {
        number /= 1024;
        unit++;
    }
    if (unit == 0) {
        (void)snprintf(out, TEXT_MAX, "%" PRIu64 " B", bytes);
    } else {
        (void)snprintf(out, TEXT_MAX, "%.1f %s", number, units[unit]);
    }
    return out;
}

const char *size_text(char out[TEXT_MAX], uint64_t bytes) {
    if (cli.human) {
        return human_size(out, bytes);
    }
    (void)snprintf(out, TEXT_MAX, "%" PRIu64, bytes);
    return out;
}

const char *age_text(char out[TEXT_MAX], int64_t ns) {
    int64_t seconds = ns / 1000000000;
    if (ns < 0) {
        (void)snprintf(out, TEXT_MAX, "%s", "0");
    } else if (!cli.human) {
        (void)snprintf(out, TEXT_MAX, "%" PRId64 ".%03d", seconds,
                       (int)(ns % 1000000000 / 1000000));
    } else if (seconds < 60) {
        (void)snprintf(out, TEXT_MAX, "%" PRId64 " s", seconds);
    } else if (seconds < 3600) {
        (void)snprintf(out, TEXT_MAX, "%" PRId64 " min", seconds / 60);
    } else if (seconds < 48 * 3600) {
        (void)snprintf(out, TEXT_MAX, "%" PRId64 " h", seconds / 3600);
    } else {
        (void)snprintf(out, TEXT_MAX, "%" PRId64 " d", seconds / 86400);
    }
    return out;
}

const char *time_text(char out[TEXT_MAX], int64_t since_1970_ns) {
    time_t seconds = (time_t)(since_1970_ns / 1000000000);
    struct tm fields;
    char date[24];
    if (since_1970_ns < 0 || gmtime_r(&seconds, &fields) == NULL ||
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &fields) == 0) {
        (void)snprintf(out, TEXT_MAX, "-");
    } else {
        (void)snprintf(out, TEXT_MAX, "%s.%03dZ", date,
                       (int)(since_1970_ns % 1000000000 / 1000000));
    }
    return out;
}

int64_t realtime_ns(void) {
    struct timespec now = {.tv_sec = 0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- Words ---------------------------------------------------------------------------------- */

const char *lifetime_text(uint32_t lifetime) {
    static const char *const words[] = {"auto", "creator", "persistent"};
    return lifetime < sizeof words / sizeof *words ? words[lifetime] : "?";
}

static const char *file_state(int32_t status, enum colour *colour) {
    *colour = RED;
    switch (status) {
    case ZINC_E_ACCES:
    case ZINC_E_PERM:
        *colour = DIM;
        return "denied";
    case ZINC_E_LAYOUT:
        *colour = YELLOW;
        return "foreign";
    case ZINC_E_CORRUPT:
        return "damaged";
    default:
        return "error";
    }
}

const char *state_text(int32_t status, const zinc_info *info, enum colour *colour) {
    if (status != ZINC_OK) {
        return file_state(status, colour);
    }
    if ((info->flags & ZINC_INFO_GONE) != 0) {
        *colour = RED;
        return "damaged";
    }
    if ((info->flags & ZINC_INFO_STALE) != 0) {
        *colour = YELLOW;
        return "stale";
    }
    if ((info->flags & (ZINC_INFO_DEAD | ZINC_INFO_RECLAIMABLE)) != 0) {
        *colour = YELLOW;
        return "dead";
    }
    /* Readers have no row: an auto region that gc would keep has somebody in it. */
    bool live = info->participants_alive > 0 || info->lifetime == ZINC_LIFETIME_AUTO;
    *colour = live ? GREEN : PLAIN;
    return live ? "live" : "idle";
}

/* ---- Exit codes and errors ------------------------------------------------------------------ */

const exit_meaning exit_meanings[] = {
    {EXIT_DONE, "done"},
    {EXIT_FAILED, "failed for another reason; doctor: something is wrong"},
    {EXIT_USAGE, "wrong verb, option, number, name or size"},
    {EXIT_ABSENT, "no such region"},
    {EXIT_EXISTS, "the name is taken"},
    {EXIT_DENIED, "access denied by owner, mode or directory"},
    {EXIT_TIMEOUT, "wait: not notified in time"},
    {EXIT_NOSPACE, "no memory, or no room in the directory"},
    {EXIT_DAMAGED, "not a region of this layout, damaged, or truncated"},
    {EXIT_BUSY, "held up by another process, or every participant row taken"},
    {129, "ended by a hang-up (SIGHUP)"},
    {130, "interrupted (SIGINT)"},
    {141, "whoever read standard output went away (SIGPIPE)"},
    {143, "terminated (SIGTERM)"},
    {0, NULL},
};

int exit_code_of(int32_t status) {
    switch (status) {
    case ZINC_OK:
        return EXIT_DONE;
    case ZINC_E_NOENT:
        return EXIT_ABSENT;
    case ZINC_E_EXIST:
        return EXIT_EXISTS;
    case ZINC_E_ACCES:
    case ZINC_E_PERM:
        return EXIT_DENIED;
    case ZINC_E_TIMEDOUT:
        return EXIT_TIMEOUT;
    case ZINC_E_NOSPC:
    case ZINC_E_NOMEM:
        return EXIT_NOSPACE;
    case ZINC_E_LAYOUT:
    case ZINC_E_CORRUPT:
    case ZINC_E_GONE:
        return EXIT_DAMAGED;
    case ZINC_E_BUSY:
    case ZINC_E_USERS:
        return EXIT_BUSY;
    case ZINC_E_INVAL:
    case ZINC_E_NAMETOOLONG:
    case ZINC_E_OVERFLOW:
        return EXIT_USAGE;
    default:
        return EXIT_FAILED;
    }
}

int say(int code, const char *format, ...) {
    char message[ESCAPED_MAX];
    char shown[ESCAPED_MAX];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(message, sizeof message, format, list);
    va_end(list);
    (void)output_flush(); /* what came before comes first, also where both are one file */
    (void)fprintf(stderr, "zinc: %s%s%s\n", cli.verb != NULL ? cli.verb : "",
                  cli.verb != NULL ? ": " : "",
                  length < 0 ? "" : escape(shown, message, sizeof message, ESCAPE_TEXT));
    return code;
}

int say_error(int32_t status, const char *name, const zinc_error *error) {
    if (error->status != status || error->message[0] == '\0') {
        return say(exit_code_of(status), "region \"%s\": %s: %s", name, zinc_strerror(status),
                   zinc_error_remedy(status));
    }
    return say(exit_code_of(status), "%s", error->message);
}

int say_region(int32_t status, zinc_region *region) {
    zinc_error error = {.status = 0};
    (void)zinc_region_explain(region, status, &error);
    const char *name = zinc_region_name(region);
    return say_error(status, name != NULL ? name : "?", &error);
}

static int output_errno; /* of the first flush that failed */

bool output_flush(void) {
    errno = 0;
    if (fflush(stdout) != 0 && output_errno == 0) {
        output_errno = errno;
    }
    return output_errno == 0 && ferror(stdout) == 0;
}

int output_end(int code) {
    if (output_flush()) {
        return code;
    }
    if (output_errno == EPIPE) {
        interrupt_pipe();
        return code;
    }
    return say(EXIT_FAILED, "writing standard output: %s",
               output_errno != 0 ? strerror(output_errno) : "failed");
}
