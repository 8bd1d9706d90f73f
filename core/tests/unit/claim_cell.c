/* SPDX-License-Identifier: MIT */
/* Claim cell: bits, every step from every state, taking over, and cells that mean harm. */
#define _GNU_SOURCE
#include <zinc.h>

#include "base/claim_cell.h"
#include "child.h"
#include "region/handle.h"

#define TAG_MAX UINT64_C(0x3ffffffff)

/* Three users of a region of 4 rows, and one cell. */
static zinc_region *regions[3];
static const zinc__participant *a, *b, *c;
static zinc__claim_cell *cell;

static void begin(uint64_t tag) {
    zinc_region_options options = {.size = sizeof options, .rows = 4};
    verify(zinc_region_create("cell", 64, &options, &regions[0], NULL) == ZINC_OK);
    verify(zinc_open("cell", &regions[1]) == ZINC_OK);
    verify(zinc_open("cell", &regions[2]) == ZINC_OK);
    a = &regions[0]->participant;
    b = &regions[1]->participant;
    c = &regions[2]->participant;
    cell = (zinc__claim_cell *)(void *)zinc_ptr(regions[0]);
    zinc__claim_cell_init(cell, tag);
}

static void end(void) {
    for (int i = 2; i >= 0; i--) {
        zinc_close(regions[i]);
    }
}

static uint64_t bits(void) {
    return zinc__load64_relaxed(&cell->cell);
}

static void set_bits(uint64_t value) {
    zinc__store64_relaxed(&cell->cell, value);
}

static bool is(uint32_t state, uint32_t row, uint32_t generation, uint64_t tag) {
    zinc__claim_view view = zinc__claim_cell_read(cell);
    return view.state == state && view.owner.row == row && view.owner.generation == generation &&
           view.tag == tag;
}

static int32_t take_over(const zinc__participant *who, uint64_t next) {
    return zinc__claim_cell_take_over(cell, who, zinc__claim_cell_read(cell), next);
}

static void layout(void) {
    begin(TAG_MAX);
    verify(bits() == UINT64_C(0x00000003ffffffff));
    verify(is(ZINC__CLAIM_FREE, 0, 0, TAG_MAX));
    verify(zinc__claim_cell_claim(cell, b, TAG_MAX, 5) == ZINC_OK);
    verify(bits() == UINT64_C(0x4000100800000005));
    verify(is(ZINC__CLAIM_CLAIMED, 2, 1, 5));
    verify(zinc__claim_cell_publish(cell, b, 5, 6) == ZINC_OK);
    verify(bits() == UINT64_C(0x8000000000000006));
    verify(is(ZINC__CLAIM_READY, 0, 0, 6));
    verify(zinc__claim_cell_reclaim(cell, c, 6, 7) == ZINC_OK);
    verify(bits() == UINT64_C(0x4000100c00000007));
    verify(zinc__claim_cell_release(cell, c, 7, 8) == ZINC_OK);
    verify(bits() == 8);
    set_bits(UINT64_MAX);
    verify(is(3, 1023, 262143, TAG_MAX));
    end();
}

/* From each state only its own steps can be made, and only with the tag that the cell has. */
static void refusals(void) {
    begin(10);
    const uint64_t free10 = 10;
    verify(zinc__claim_cell_claim(cell, a, 11, 11) == ZINC_E_AGAIN);
    verify(zinc__claim_cell_claim(cell, a, 9, 10) == ZINC_E_AGAIN);
    verify(zinc__claim_cell_publish(cell, a, 10, 10) == ZINC_E_STALE);
    verify(zinc__claim_cell_release(cell, a, 10, 10) == ZINC_E_STALE);
    verify(zinc__claim_cell_reclaim(cell, a, 10, 10) == ZINC_E_AGAIN);
    verify(take_over(a, 10) == ZINC_E_AGAIN);
    verify(bits() == free10);

    verify(zinc__claim_cell_claim(cell, a, 10, 10) == ZINC_OK);
    const uint64_t claimed10 = UINT64_C(0x400010040000000a);
    verify(bits() == claimed10);
    verify(zinc__claim_cell_claim(cell, a, 10, 10) == ZINC_E_AGAIN);
    verify(zinc__claim_cell_claim(cell, b, 10, 10) == ZINC_E_AGAIN);
    verify(zinc__claim_cell_publish(cell, b, 10, 10) == ZINC_E_STALE);
    verify(zinc__claim_cell_release(cell, b, 10, 10) == ZINC_E_STALE);
    verify(zinc__claim_cell_publish(cell, a, 11, 11) == ZINC_E_STALE);
    verify(zinc__claim_cell_release(cell, a, 9, 11) == ZINC_E_STALE);
    verify(zinc__claim_cell_reclaim(cell, a, 10, 10) == ZINC_E_AGAIN);
    verify(bits() == claimed10);

    verify(zinc__claim_cell_publish(cell, a, 10, 10) == ZINC_OK);
    const uint64_t ready10 = UINT64_C(0x800000000000000a);
    verify(bits() == ready10);
    verify(zinc__claim_cell_claim(cell, a, 10, 10) == ZINC_E_AGAIN);
    verify(zinc__claim_cell_publish(cell, a, 10, 10) == ZINC_E_STALE);
    verify(zinc__claim_cell_release(cell, a, 10, 10) == ZINC_E_STALE);
    verify(zinc__claim_cell_reclaim(cell, b, 11, 10) == ZINC_E_AGAIN);
    verify(take_over(b, 10) == ZINC_E_AGAIN);
    verify(bits() == ready10);
    end();
}

static void wrong_tags(void) {
    begin(0);
    verify(zinc__claim_cell_claim(cell, a, 0, TAG_MAX + 1) == ZINC_E_INVAL);
    verify(zinc__claim_cell_claim(cell, a, UINT64_MAX, 0) == ZINC_E_INVAL);
    verify(bits() == 0);
    verify(zinc__claim_cell_claim(cell, a, 0, TAG_MAX) == ZINC_OK);
    verify(zinc__claim_cell_publish(cell, a, TAG_MAX, TAG_MAX + 1) == ZINC_E_INVAL);
    verify(zinc__claim_cell_release(cell, a, TAG_MAX, TAG_MAX + 1) == ZINC_E_INVAL);
    verify(take_over(b, TAG_MAX + 1) == ZINC_E_INVAL);
    verify(is(ZINC__CLAIM_CLAIMED, 1, 1, TAG_MAX));
    end();
}

static void without_row(void) {
    begin(0);
    zinc__participant reader = *a;
    reader.owner.row = 0;
    verify(zinc__claim_cell_claim(cell, &reader, 0, 0) == ZINC_E_PERM);
    verify(zinc__claim_cell_publish(cell, &reader, 0, 0) == ZINC_E_PERM);
    verify(zinc__claim_cell_release(cell, &reader, 0, 0) == ZINC_E_PERM);
    verify(zinc__claim_cell_reclaim(cell, &reader, 0, 0) == ZINC_E_PERM);
    verify(take_over(&reader, 0) == ZINC_E_PERM);
    verify(bits() == 0);
    end();
}

static void the_living_keep_theirs(void) {
    begin(0);
    verify(zinc__claim_cell_claim(cell, a, 0, 4) == ZINC_OK);
    verify(take_over(b, 5) == ZINC_E_BUSY);
    verify(take_over(a, 5) == ZINC_E_BUSY); /* another thread of the same handle */
    verify(is(ZINC__CLAIM_CLAIMED, 1, 1, 4));
    verify(zinc__claim_cell_publish(cell, a, 4, 4) == ZINC_OK);
    end();
}

static void claimer_left(void) {
    begin(0);
    verify(zinc__claim_cell_claim(cell, c, 0, 4) == ZINC_OK);
    zinc__claim_view seen = zinc__claim_cell_read(cell);
    zinc_close(regions[2]);
    regions[2] = NULL;
    verify(zinc__claim_cell_take_over(cell, a, seen, 5) == ZINC_RECOVERED);
    verify(is(ZINC__CLAIM_CLAIMED, 1, 1, 5));
    /* The second who had seen the dead claimer comes too late. */
    verify(zinc__claim_cell_take_over(cell, b, seen, 6) == ZINC_E_AGAIN);
    verify(is(ZINC__CLAIM_CLAIMED, 1, 1, 5));
    verify(zinc__claim_cell_release(cell, a, 5, 6) == ZINC_OK);
    verify(is(ZINC__CLAIM_FREE, 0, 0, 6));
    end();
}

/* A claim that somebody took away does not publish over what has come since. */
static void taken_away(void) {
    begin(0);
    verify(zinc__claim_cell_claim(cell, a, 0, 1) == ZINC_OK);
    set_bits(UINT64_C(0x4000100800000001)); /* claimed by row 2 */
    verify(zinc__claim_cell_publish(cell, a, 1, 2) == ZINC_E_STALE);
    verify(zinc__claim_cell_release(cell, a, 1, 2) == ZINC_E_STALE);
    verify(bits() == UINT64_C(0x4000100800000001));
    verify(zinc__claim_cell_publish(cell, b, 1, 2) == ZINC_OK);
    verify(zinc__claim_cell_publish(cell, a, 1, 2) == ZINC_E_STALE);
    verify(is(ZINC__CLAIM_READY, 0, 0, 2));
    end();
}

/* A look from an earlier round is not good enough for a step of this one. */
static void earlier_round(void) {
    begin(0);
    zinc__claim_view seen = zinc__claim_cell_read(cell);
    verify(zinc__claim_cell_claim(cell, a, 0, 0) == ZINC_OK);
    verify(zinc__claim_cell_publish(cell, a, 0, 0) == ZINC_OK);
    verify(zinc__claim_cell_reclaim(cell, a, 0, 0) == ZINC_OK);
    verify(zinc__claim_cell_release(cell, a, 0, 1) == ZINC_OK);
    verify(zinc__claim_cell_claim(cell, b, seen.tag, 0) == ZINC_E_AGAIN);
    verify(is(ZINC__CLAIM_FREE, 0, 0, 1));
    end();
}

static void hostile_cells(void) {
    begin(0);
    static const uint64_t rows[] = {0, 5, 6, 1023};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        set_bits(UINT64_C(0x4000100000000003) | rows[i] << 34);
        verify(take_over(a, 3) == ZINC_RECOVERED);
        verify(is(ZINC__CLAIM_CLAIMED, 1, 1, 3));
    }
    set_bits(UINT64_C(0xc000000000000003));
    verify(take_over(a, 3) == ZINC_E_CORRUPT);
    verify(zinc__claim_cell_claim(cell, a, 3, 3) == ZINC_E_AGAIN);
    verify(zinc__claim_cell_reclaim(cell, a, 3, 3) == ZINC_E_AGAIN);
    verify(zinc__claim_cell_publish(cell, a, 3, 3) == ZINC_E_STALE);
    verify(bits() == UINT64_C(0xc000000000000003));
    /* READY with an owner is nothing that a step leaves; no step takes it for READY. */
    set_bits(UINT64_C(0x8000100400000003));
    verify(zinc__claim_cell_reclaim(cell, a, 3, 3) == ZINC_E_AGAIN);
    end();
}

int main(int argc, char **argv) {
    static const test_case cases[] = {
        {"layout", layout},
        {"refusals", refusals},
        {"wrong-tags", wrong_tags},
        {"without-row", without_row},
        {"the-living-keep-theirs", the_living_keep_theirs},
        {"claimer-left", claimer_left},
        {"taken-away", taken_away},
        {"earlier-round", earlier_round},
        {"hostile-cells", hostile_cells},
    };
    return cases_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
