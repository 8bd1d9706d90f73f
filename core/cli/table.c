/* SPDX-License-Identifier: MIT */
/* Columns. On a terminal every row is kept until the widths are known. */
#define _XOPEN_SOURCE 700
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum { COLUMNS_MAX = 16, COLUMN_NAME_MAX = 24 };

typedef struct cell {
    char *text;
    enum colour colour;
} cell;

struct table {
    char names[COLUMNS_MAX][COLUMN_NAME_MAX];
    bool right[COLUMNS_MAX];
    size_t width[COLUMNS_MAX];
    size_t columns;
    size_t at; /* the next cell's column */
    cell *cells;
    size_t count;
    size_t room;
    bool lost; /* memory ran out */
};

static void header(const table *t) {
    for (size_t i = 0; i < t->columns; i++) {
        (void)printf("%s%s", i > 0 ? "\t" : "", t->names[i]);
    }
    (void)putchar('\n');
}

table *table_begin(const char *columns) {
    table *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    for (const char *at = columns; *at != '\0' && t->columns < COLUMNS_MAX; t->columns++) {
        t->right[t->columns] = *at == '>';
        at += *at == '>';
        size_t length = strcspn(at, "|");
        (void)snprintf(t->names[t->columns], COLUMN_NAME_MAX, "%.*s", (int)length, at);
        t->width[t->columns] = strlen(t->names[t->columns]);
        at += length + (at[length] == '|');
    }
    if (!cli.human) {
        header(t);
    }
    return t;
}

/* A heading for people: "created_ns" becomes "CREATED NS". */
static void heading(char *name) {
    for (char *c = name; *c != '\0'; c++) {
        if (*c == '_') {
            *c = ' ';
        } else if (*c >= 'a' && *c <= 'z') {
            *c -= 'a' - 'A';
        }
    }
}

static bool room_for_one(table *t) {
    if (t->count < t->room) {
        return true;
    }
    size_t larger = t->room == 0 ? 256 : 2 * t->room;
    cell *moved = realloc(t->cells, larger * sizeof *moved);
    if (moved == NULL) {
        return false;
    }
    t->cells = moved;
    t->room = larger;
    return true;
}

void table_cell(table *t, const char *text, enum colour colour) {
    size_t column = t->at;
    t->at = (column + 1) % t->columns;
    if (!cli.human) {
        (void)printf("%s%s%s%s%s", column > 0 ? "\t" : "", colour_on(colour), text,
                     colour != PLAIN ? colour_off() : "", t->at == 0 ? "\n" : "");
        return;
    }
    char *copy = room_for_one(t) ? strdup(text) : NULL;
    if (copy == NULL) {
        t->lost = true;
        return;
    }
    t->cells[t->count++] = (cell){copy, colour};
    size_t length = strlen(text);
    if (length > t->width[column]) {
        t->width[column] = length;
    }
}

void table_number(table *t, uint64_t number) {
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    table_cell(t, text, PLAIN);
}

static void print_cell(const table *t, size_t column, const char *text, enum colour colour) {
    size_t length = strlen(text);
    size_t blanks = t->width[column] > length ? t->width[column] - length : 0;
    bool last = column + 1 == t->columns;
    (void)printf("%*s%s%s%s%*s%s", t->right[column] ? (int)blanks : 0, "", colour_on(colour), text,
                 colour != PLAIN ? colour_off() : "", t->right[column] || last ? 0 : (int)blanks,
                 "", last ? "\n" : "  ");
}

void table_end(table *t) {
    if (cli.human) {
        for (size_t i = 0; i < t->columns; i++) {
            heading(t->names[i]);
            print_cell(t, i, t->names[i], BOLD);
        }
        size_t column = 0;
        for (size_t i = 0; i < t->count && !t->lost; i++) {
            print_cell(t, column, t->cells[i].text, t->cells[i].colour);
            column = column + 1 == t->columns ? 0 : column + 1;
        }
        for (size_t i = 0; i < t->count; i++) {
            free(t->cells[i].text);
        }
        if (t->lost) {
            say(EXIT_FAILED, "no memory for the table: ask for --json, or through a pipe");
        }
    }
    free(t->cells);
    free(t);
}
