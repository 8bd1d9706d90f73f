/* SPDX-License-Identifier: MIT */
/* zinc info: all facts about one region, and who takes part in it. */
#define _XOPEN_SOURCE 700
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "cli.h"

static void fact(table *t, const char *key, const char *value, enum colour colour) {
    table_cell(t, key, DIM);
    table_cell(t, value, colour);
}

static void fact_number(table *t, const char *key, uint64_t value) {
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    fact(t, key, text, PLAIN);
}

/* On a terminal "1.0 MiB (1048576 bytes)". */
static void fact_size(table *t, const char *key, uint64_t value) {
    char units[TEXT_MAX];
    char text[2 * TEXT_MAX];
    (void)snprintf(text, sizeof text, "%s", size_text(units, value));
    if (cli.human && value >= 1024) {
        (void)snprintf(text, sizeof text, "%s (%" PRIu64 " bytes)", units, value);
    }
    fact(t, key, text, PLAIN);
}

static void fact_flag(table *t, const char *key, const zinc_info *info, uint32_t flag) {
    fact(t, key, (info->flags & flag) != 0 ? "yes" : "no", PLAIN);
}

static void facts_file(table *t, const zinc_info *info) {
    char text[ESCAPED_MAX];
    char shown[ESCAPED_MAX];
    const struct passwd *user = cli.human ? getpwuid(info->owner) : NULL;
    (void)snprintf(text, sizeof text, "%" PRIu32 "%s%.200s%s", info->owner,
                   user != NULL ? " (" : "", user != NULL ? user->pw_name : "",
                   user != NULL ? ")" : "");
    fact(t, "owner", escape(shown, text, sizeof text, ESCAPE_ASCII), PLAIN);
    const struct group *group = cli.human ? getgrgid(info->group) : NULL;
    (void)snprintf(text, sizeof text, "%" PRIu32 "%s%.200s%s", info->group,
                   group != NULL ? " (" : "", group != NULL ? group->gr_name : "",
                   group != NULL ? ")" : "");
    fact(t, "group", escape(shown, text, sizeof text, ESCAPE_ASCII), PLAIN);
    (void)snprintf(text, sizeof text, "%04o", (unsigned)(info->mode & 07777u));
    fact(t, "mode", text, PLAIN);
    fact_number(t, "device", info->device);
    fact_number(t, "inode", info->inode);
}

static void facts_print(const zinc_info *info) {
    char text[ESCAPED_MAX];
    char small[TEXT_MAX];
    enum colour colour = PLAIN;
    const char *state = state_text(ZINC_OK, info, &colour);
    table *t = table_begin("field|value");
    if (t == NULL) {
        return;
    }
    fact(t, "name", escape(text, info->name, sizeof info->name, ESCAPE_ASCII), BOLD);
    escape(text, info->domain, sizeof info->domain, ESCAPE_ASCII);
    fact(t, "domain", text[0] != '\0' ? text : "-", PLAIN);
    fact(t, "state", state, colour);
    fact(t, "lifetime", lifetime_text(info->lifetime), PLAIN);
    fact_size(t, "capacity", info->capacity);
    fact_size(t, "max_capacity", info->max_capacity);
    fact_size(t, "data_offset", info->data_offset);
    fact_size(t, "allocated", info->allocated);
    fact(t, "created", time_text(small, info->created_ns), PLAIN);
    fact(t, "age", age_text(small, realtime_ns() - info->created_ns), PLAIN);
    fact_number(t, "creator_pid", info->creator_pid);
    fact_flag(t, "creator_alive", info, ZINC_INFO_CREATOR_ALIVE);
    fact_number(t, "rows", info->rows);
    fact_number(t, "alive", info->participants_alive);
    fact_number(t, "dead", info->participants_dead);
    fact_number(t, "waiters", info->waiters);
    fact_number(t, "notifications", info->notifications);
    facts_file(t, info);
    fact_flag(t, "sealed", info, ZINC_INFO_SEALED);
    fact_flag(t, "sparse", info, ZINC_INFO_SPARSE);
    fact_flag(t, "read_only_waiters", info, ZINC_INFO_READ_ONLY_WAITERS);
    fact_flag(t, "stale", info, ZINC_INFO_STALE);
    fact_flag(t, "truncated", info, ZINC_INFO_GONE);
    fact_flag(t, "reclaimable", info, ZINC_INFO_RECLAIMABLE);
    fact_number(t, "layout", info->layout);
    table_end(t);
}

static void participants_print(const zinc_participant *rows, uint64_t count) {
    table *t =
        table_begin(">row|>generation|state|role|>pid|namespace|>waits|>started_ticks|program");
    if (t == NULL) {
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        const zinc_participant *p = &rows[i];
        char program[ESCAPED_MAX];
        table_number(t, p->row);
        table_number(t, p->generation);
        table_cell(t, p->alive != 0 ? "alive" : "dead", p->alive != 0 ? GREEN : YELLOW);
        table_cell(t, p->creator != 0 ? "creator" : "user", PLAIN);
        table_number(t, p->pid);
        table_cell(t, p->same_namespace != 0 ? "same" : "other", PLAIN);
        table_number(t, p->waits);
        table_number(t, p->started_ticks);
        escape(program, p->program, sizeof p->program, ESCAPE_ASCII);
        table_cell(t, program[0] != '\0' ? program : "-", PLAIN);
    }
    table_end(t);
}

static void participants_json(const zinc_participant *rows, uint64_t count) {
    json_open("participants", '[');
    for (uint64_t i = 0; i < count; i++) {
        const zinc_participant *p = &rows[i];
        json_open(NULL, '{');
        json_number("row", p->row);
        json_number("generation", p->generation);
        json_flag("alive", p->alive != 0);
        json_flag("creator", p->creator != 0);
        json_number("pid", p->pid);
        json_flag("same_namespace", p->same_namespace != 0);
        json_number("waits", p->waits);
        json_number("started_ticks", p->started_ticks);
        json_text("program", p->program, sizeof p->program);
        json_close('}');
    }
    json_close(']');
}

int verb_info(const arguments *given) {
    const char *name = given->words[0];
    zinc_error error = {.status = 0};
    zinc_info info = {.size = sizeof info};
    int32_t status = zinc_region_lookup(name, &info, &error);
    if (status != ZINC_OK) {
        return say_error(status, name, &error);
    }
    uint64_t count = 0;
    zinc_participant *rows = calloc(ZINC_ROWS_MAX, sizeof *rows);
    if (rows == NULL) {
        return say(EXIT_NOSPACE, "no memory for the participants");
    }
    rows[0].size = sizeof *rows;
    status = zinc_region_participants(name, rows, ZINC_ROWS_MAX, &count, &error);
    if (status != ZINC_OK) {
        free(rows);
        return say_error(status, name, &error);
    }
    count = count < ZINC_ROWS_MAX ? count : ZINC_ROWS_MAX;
    if (cli.json) {
        json_open(NULL, '{');
        json_region("region", status, &info);
        participants_json(rows, count);
        json_close('}');
        json_end();
    } else {
        facts_print(&info);
        (void)putchar('\n');
        participants_print(rows, count);
    }
    free(rows);
    return EXIT_DONE;
}
