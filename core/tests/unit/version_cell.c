/* SPDX-License-Identifier: MIT */
/* Version cell: what readers are told before, during and after a change, and after a death. */
#define _GNU_SOURCE
#include "base/version_cell.h"

#include <zinc.h>

#include "child.h"

static zinc__version_cell cell;

static void numbers(void) {
    uint64_t version = 99;
    zinc__version_cell_init(&cell, 6);
    verify(zinc__version_cell_peek(&cell) == 6);
    verify(zinc__version_cell_read_begin(&cell, &version) == ZINC_OK && version == 6);
    verify(!zinc__version_cell_read_retry(&cell, 6));
    verify(zinc__version_cell_write_begin(&cell) == ZINC_OK);
    verify(zinc__version_cell_peek(&cell) == 7);
    verify(zinc__version_cell_write_commit(&cell) == 8);
    verify(zinc__version_cell_peek(&cell) == 8);
    verify(zinc__version_cell_advance(&cell) == 10);
    verify(zinc__version_cell_peek(&cell) == 10);
    zinc__version_cell_init(&cell, 13); /* the lowest bit is the writer's */
    verify(zinc__version_cell_peek(&cell) == 12);
}

static void number_wraps(void) {
    uint64_t version = 99;
    zinc__version_cell_init(&cell, UINT64_C(0xfffffffffffffffe));
    verify(zinc__version_cell_write_begin(&cell) == ZINC_OK);
    verify(zinc__version_cell_peek(&cell) == UINT64_MAX);
    verify(zinc__version_cell_write_commit(&cell) == 0);
    verify(zinc__version_cell_read_retry(&cell, UINT64_C(0xfffffffffffffffe)));
    verify(zinc__version_cell_read_begin(&cell, &version) == ZINC_OK && version == 0);
    zinc__version_cell_init(&cell, UINT64_C(0xfffffffffffffffe));
    verify(zinc__version_cell_advance(&cell) == 0);
}

/* A reader gives up on a writer that does not end; it writes nothing and waits for nobody. */
static void during_a_change(void) {
    uint64_t version = 99;
    zinc__version_cell_init(&cell, 0);
    verify(zinc__version_cell_write_begin(&cell) == ZINC_OK);
    verify(zinc__version_cell_read_begin(&cell, &version) == ZINC_E_BUSY);
    verify(version == 99);
    verify(zinc__version_cell_read_retry(&cell, 0));
    verify(zinc__version_cell_write_commit(&cell) == 2);
    verify(zinc__version_cell_read_retry(&cell, 0));
    verify(zinc__version_cell_read_begin(&cell, &version) == ZINC_OK && version == 2);
}

/* The mark of a writer that died stays until a change is complete. */
static void after_a_death(void) {
    uint64_t version = 99;
    zinc__version_cell_init(&cell, 4);
    verify(zinc__version_cell_write_begin(&cell) == ZINC_OK);
    verify(zinc__version_cell_write_begin(&cell) == ZINC_RECOVERED);
    verify(zinc__version_cell_peek(&cell) == 5);
    verify(zinc__version_cell_read_begin(&cell, &version) == ZINC_E_BUSY);
    verify(zinc__version_cell_write_begin(&cell) == ZINC_RECOVERED);
    verify(zinc__version_cell_advance(&cell) == 7);
    verify(zinc__version_cell_read_begin(&cell, &version) == ZINC_E_BUSY);
    verify(zinc__version_cell_write_commit(&cell) == 8);
    verify(zinc__version_cell_read_begin(&cell, &version) == ZINC_OK && version == 8);
    verify(zinc__version_cell_write_begin(&cell) == ZINC_OK);
}

static void copies(void) {
    static zinc__u64 shared[3];
    const uint64_t from[3] = {1, UINT64_MAX, UINT64_C(0x0123456789abcdef)};
    uint64_t to[3] = {0, 0, 0};
    uint64_t version = 99;
    zinc__version_cell_init(&cell, 0);
    verify(zinc__version_cell_write_begin(&cell) == ZINC_OK);
    zinc__version_cell_copy_in(shared, from, 3);
    verify(zinc__version_cell_read(&cell, shared, 3, to, &version) == ZINC_E_BUSY);
    verify(zinc__version_cell_write_commit(&cell) == 2);
    verify(zinc__version_cell_read(&cell, shared, 3, to, &version) == ZINC_OK);
    verify(version == 2);
    verify(to[0] == 1 && to[1] == UINT64_MAX && to[2] == UINT64_C(0x0123456789abcdef));
    verify(zinc__version_cell_read(&cell, shared, 0, to, &version) == ZINC_OK);
}

int main(int argc, char **argv) {
    static const test_case cases[] = {
        {"numbers", numbers},
        {"number-wraps", number_wraps},
        {"during-a-change", during_a_change},
        {"after-a-death", after_a_death},
        {"copies", copies},
    };
    return cases_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
