/* SPDX-License-Identifier: MIT */
/* Claim cell: a place that one participant at a time may claim, fill and publish.
 *
 *    63  62 61              44 43       34 33                                  0
 *   +------+------------------+-----------+------------------------------------+
 *   | state|    generation    |    row    |                tag                 |
 *   +------+------------------+-----------+------------------------------------+
 *      2           18              10                       34
 *
 *   state             FREE 0, CLAIMED 1, READY 2
 *   row, generation   who claimed it (participant.h); row 0, nobody, in the other states
 *   tag               the object's: a sequence, an index, an epoch; every step may change it
 *
 *             claim               publish
 *     FREE ----------> CLAIMED ------------> READY
 *       ^              |  ^  ^                 |
 *       +-- release ---+  |  +---- reclaim ----+
 *                         take over, from the dead
 *
 * Each step is one compare-exchange from the exact cell that the caller names: state, tag, and in
 * the two steps that end a claim its own name. So a step that succeeds was made on what the
 * caller had looked at, and a claim that somebody took away cannot publish. What stands between
 * FREE and READY belongs to the claimer alone; what is READY belongs to nobody and may be read by
 * all.
 *
 * The tag keeps old looks apart from new ones: a cell that is used over and over should move its
 * tag when it becomes FREE, or a step whose caller slept through a whole round would succeed. 34
 * bits, moved a million times a second, come round after about 5 hours.
 *
 * Death. A claimer may be dead at any instruction; the cell then says CLAIMED for ever, until
 * somebody takes the claim over. The bytes that it covers are whatever the dead wrote: a new
 * claimer writes them again. Taking over is one exchange on the cell that was probed, under the
 * new claimer's name, so two recoverers do not both get it, and one that dies in turn is
 * recovered like the first. A claimer that died before publish has published nothing; after it,
 * everything.
 *
 * A stopped claimer is alive, and holds its claim. Two threads of one handle are one claimer to
 * this block: keep tags apart, or let only one thread work on a claim.
 *
 * Hostile cells. A claim by row 0, or by a row above the region's number of rows, is nobody's and
 * may be taken over; no such row's bytes are looked at. The fourth state is ZINC_E_CORRUPT. Tags
 * are whatever was written: objects check them before use.
 *
 *   edge     release                acquire                  carries
 *   P1->A1   publish                read, reclaim            every byte that was claimed
 *   F1->C1   release                read, claim              that the last claimer is done
 *   K1->O1   the kernel frees the   the probe before the     that the dead claimer writes no more
 *            dead claimer's byte    take over
 *
 * Every step is a read-modify-write, so an edge reaches through the steps between. */
#ifndef ZINC_BASE_CLAIM_CELL_H
#define ZINC_BASE_CLAIM_CELL_H

#include "base/participant.h"

enum zinc__claim_state { ZINC__CLAIM_FREE = 0, ZINC__CLAIM_CLAIMED = 1, ZINC__CLAIM_READY = 2 };

#define ZINC__CLAIM_TAG_BITS 34
#define ZINC__CLAIM_TAG_MAX ((UINT64_C(1) << ZINC__CLAIM_TAG_BITS) - 1)
#define ZINC__CLAIM_ROW_SHIFT ZINC__CLAIM_TAG_BITS
#define ZINC__CLAIM_GENERATION_SHIFT (ZINC__CLAIM_ROW_SHIFT + ZINC__OWNER_ROW_BITS)
#define ZINC__CLAIM_STATE_SHIFT (ZINC__CLAIM_GENERATION_SHIFT + ZINC__OWNER_GENERATION_BITS)

typedef struct zinc__claim_cell {
    zinc__u64 cell;
} zinc__claim_cell;

static_assert(sizeof(zinc__claim_cell) == 8, "one compare-exchange sees the whole state");
static_assert(ZINC__CLAIM_GENERATION_SHIFT == 44, "the tag is 34 bits, the row 10");
static_assert(ZINC__CLAIM_STATE_SHIFT + 2 == 64, "the four fields fill the word");

/* A cell as somebody saw it. */
typedef struct zinc__claim_view {
    uint32_t state; /* enum zinc__claim_state, or 3: broken */
    zinc__owner owner;
    uint64_t tag;
} zinc__claim_view;

/* Make a FREE cell, before anybody else can reach it. Tags above ZINC__CLAIM_TAG_MAX are cut. */
void zinc__claim_cell_init(zinc__claim_cell *cell, uint64_t tag);

/* What the cell says now; where it says READY, with every byte that was published (A1).
 * Wait-free. */
zinc__claim_view zinc__claim_cell_read(const zinc__claim_cell *cell);

/* The steps. `tag` is what the cell must carry, `next` what it carries afterwards. All are
 * wait-free, and answer ZINC_OK when the step was made; nothing was changed otherwise:
 * ZINC_E_INVAL for a tag above ZINC__CLAIM_TAG_MAX, ZINC_E_PERM for a participant without a row,
 * and as stated. */

/* FREE(tag) -> CLAIMED(next) by this participant. ZINC_E_AGAIN: it is not FREE with this tag. */
int32_t zinc__claim_cell_claim(zinc__claim_cell *cell, const zinc__participant *participant,
                               uint64_t tag, uint64_t next);

/* CLAIMED(tag) by this participant -> READY(next). ZINC_E_STALE: the claim is not this one's. */
int32_t zinc__claim_cell_publish(zinc__claim_cell *cell, const zinc__participant *participant,
                                 uint64_t tag, uint64_t next);

/* CLAIMED(tag) by this participant -> FREE(next). ZINC_E_STALE: the claim is not this one's. */
int32_t zinc__claim_cell_release(zinc__claim_cell *cell, const zinc__participant *participant,
                                 uint64_t tag, uint64_t next);

/* READY(tag) -> CLAIMED(next) by this participant. ZINC_E_AGAIN: it is not READY with this tag. */
int32_t zinc__claim_cell_reclaim(zinc__claim_cell *cell, const zinc__participant *participant,
                                 uint64_t tag, uint64_t next);

/* CLAIMED by one who is dead -> CLAIMED(next) by this participant. `seen` is the caller's look at
 * the cell. ZINC_RECOVERED: the claim is the caller's now. ZINC_E_BUSY: the claimer lives (also
 * when it is this participant); ZINC_E_AGAIN: the cell is not as seen, or not CLAIMED;
 * ZINC_E_CORRUPT: the state is none. One probe (a system call). */
int32_t zinc__claim_cell_take_over(zinc__claim_cell *cell, const zinc__participant *participant,
                                   zinc__claim_view seen, uint64_t next);

#endif
