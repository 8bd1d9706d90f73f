/* SPDX-License-Identifier: MIT */
/* One JSON value a line. Strings are escaped as escape() does (so that bytes that are no UTF-8 stay
 * readable and different), then as JSON does. */
#define _XOPEN_SOURCE 700
#include <inttypes.h>
#include <string.h>

#include "cli.h"

enum { DEPTH_MAX = 8 };
static bool filled[DEPTH_MAX]; /* by depth: a comma comes first */
static size_t depth;

static void quoted(const char *text) {
    (void)putchar('"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            (void)putchar('\\');
        }
        (void)putchar(*c);
    }
    (void)putchar('"');
}

static void begin(const char *key) {
    if (filled[depth]) {
        (void)putchar(',');
    }
    filled[depth] = depth > 0;
    if (key != NULL) {
        quoted(key);
        (void)putchar(':');
    }
}

void json_open(const char *key, char bracket) {
    begin(key);
    (void)putchar(bracket);
    depth += depth + 1 < DEPTH_MAX;
    filled[depth] = false;
}

void json_close(char bracket) {
    depth -= depth > 0;
    (void)putchar(bracket);
}

void json_text(const char *key, const char *value, size_t most) {
    char safe[ESCAPED_MAX];
    begin(key);
    quoted(escape(safe, value, most, ESCAPE_UTF8));
}

void json_number(const char *key, uint64_t value) {
    begin(key);
    (void)printf("%" PRIu64, value);
}

void json_signed(const char *key, int64_t value) {
    begin(key);
    (void)printf("%" PRId64, value);
}

void json_real(const char *key, double value) {
    begin(key);
    (void)printf("%.3f", value);
}

void json_flag(const char *key, bool value) {
    begin(key);
    (void)fputs(value ? "true" : "false", stdout);
}

void json_size(const char *key, uint64_t value) {
    if (value != UINT64_MAX) {
        json_number(key, value);
        return;
    }
    begin(key);
    (void)fputs("null", stdout);
}

void json_end(void) {
    (void)putchar('\n');
    filled[0] = false;
}

static void region_flags(const zinc_info *info) {
    static const struct {
        uint32_t flag;
        const char *key;
    } names[] = {{ZINC_INFO_PRIVATE, "private"},
                 {ZINC_INFO_SEALED, "sealed"},
                 {ZINC_INFO_STALE, "stale"},
                 {ZINC_INFO_CREATOR_ALIVE, "creator_alive"},
                 {ZINC_INFO_DEAD, "dead"},
                 {ZINC_INFO_GONE, "truncated"},
                 {ZINC_INFO_RECLAIMABLE, "reclaimable"},
                 {ZINC_INFO_READ_ONLY_WAITERS, "read_only_waiters"},
                 {ZINC_INFO_SPARSE, "sparse"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_flag(names[i].key, (info->flags & names[i].flag) != 0);
    }
}

void json_region(const char *key, int32_t status, const zinc_info *info) {
    enum colour unused = PLAIN;
    char mode[8];
    (void)snprintf(mode, sizeof mode, "%04o", (unsigned)(info->mode & 07777u));
    json_open(key, '{');
    json_text("name", info->name, sizeof info->name);
    json_text("domain", info->domain, sizeof info->domain);
    json_text("state", state_text(status, info, &unused), SIZE_MAX);
    json_signed("status", status);
    json_text("status_name", zinc_error_name(status), SIZE_MAX);
    json_number("capacity", info->capacity);
    json_number("allocated", info->allocated);
    json_text("mode", mode, sizeof mode);
    json_number("owner", info->owner);
    json_number("group", info->group);
    json_number("device", info->device);
    json_number("inode", info->inode);
    if (status == ZINC_OK) {
        json_number("max_capacity", info->max_capacity);
        json_number("data_offset", info->data_offset);
        json_text("lifetime", lifetime_text(info->lifetime), SIZE_MAX);
        json_signed("created_ns", info->created_ns);
        json_signed("age_ns", realtime_ns() - info->created_ns);
        json_number("creator_pid", info->creator_pid);
        json_number("rows", info->rows);
        json_number("alive", info->participants_alive);
        json_number("dead_rows", info->participants_dead);
        json_number("waiters", info->waiters);
        json_number("notifications", info->notifications);
        json_number("layout", info->layout);
        region_flags(info);
    }
    json_close('}');
}
