/* SPDX-License-Identifier: MIT */
/* zinc ls: the regions of the domain. */
#include <string.h>

#include "cli.h"

static void row_print(table *t, int32_t status, const zinc_info *info) {
    char name[ESCAPED_MAX];
    char text[TEXT_MAX];
    bool whole = status == ZINC_OK;
    enum colour colour = PLAIN;
    const char *state = state_text(status, info, &colour);
    table_cell(t, escape(name, info->name, sizeof info->name, ESCAPE_ASCII), BOLD);
    table_cell(t, size_text(text, info->allocated), PLAIN);
    table_cell(t, size_text(text, info->capacity), PLAIN);
    if (whole) {
        table_number(t, info->participants_alive);
        table_number(t, info->participants_dead);
        table_number(t, info->waiters);
        table_cell(t, age_text(text, realtime_ns() - info->created_ns), PLAIN);
        table_cell(t, lifetime_text(info->lifetime), PLAIN);
    } else {
        for (int i = 0; i < 5; i++) {
            table_cell(t, "-", DIM);
        }
    }
    table_cell(t, state, colour);
}

enum form { AS_TABLE, AS_NAMES, AS_JSON };

static bool list_print(zinc_list *list, enum form form, uint64_t *count) {
    table *t = form == AS_TABLE ? table_begin("name|>size|>capacity|>alive|>dead|>waiters|>age|"
                                              "lifetime|state")
                                : NULL;
    if (form == AS_TABLE && t == NULL) {
        return false;
    }
    progress p;
    progress_begin(&p, "ls: regions", 0, false);
    for (;;) {
        zinc_info info = {.size = sizeof info};
        int32_t status = zinc_list_next(list, &info);
        if (status == ZINC_E_NOENT) {
            break;
        }
        ++*count;
        if (form == AS_JSON) {
            json_region(NULL, status, &info);
        } else if (form == AS_NAMES) {
            char name[ESCAPED_MAX];
            (void)puts(escape(name, info.name, sizeof info.name, ESCAPE_ASCII));
        } else {
            row_print(t, status, &info);
        }
        progress_at(&p, *count);
    }
    progress_end(&p);
    if (t != NULL) {
        table_end(t);
    }
    return true;
}

int verb_ls(const arguments *given) {
    zinc_list *list = NULL;
    zinc_error error = {.status = 0};
    int32_t status = zinc_list_begin(&list, &error);
    if (status != ZINC_OK) {
        return say_error(status, "", &error);
    }
    enum form form = cli.json ? AS_JSON : argument(given, "names") != NULL ? AS_NAMES : AS_TABLE;
    uint64_t count = 0;
    if (form == AS_JSON) {
        json_open(NULL, '{');
        json_open("regions", '[');
    }
    bool done = list_print(list, form, &count);
    if (form == AS_JSON) {
        json_close(']');
        json_close('}');
        json_end();
    }
    zinc_list_end(list);
    return done ? EXIT_DONE : say(EXIT_NOSPACE, "no memory for the table");
}
