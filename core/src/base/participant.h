/* SPDX-License-Identifier: MIT */
/* Participants: who takes part in a region, and who of them is dead.
 *
 * A handle that may write owns one row: a line of shared memory for facts, and the write lock on
 * the row's byte for truth. A process is dead when its byte is free, not when a pid is gone or
 * time has passed; a stopped process is alive. A handle's own row is alive by definition and never
 * probed: the probe through one's own description answers "free", and a process would take its own
 * threads for dead.
 *
 * Every take of a row advances its generation, so an owner (row, generation) that was written into
 * a shared word is dead if the row's generation differs now, or if it matches and the byte is
 * free.
 *
 * Left open: who has read an owner's word and sleeps before its compare-exchange while that row is
 * taken 2^18 - 1 times more, and the word returns to the same value, would take it from the
 * living. */
#ifndef ZINC_BASE_PARTICIPANT_H
#define ZINC_BASE_PARTICIPANT_H

#include "base/layout.h"

/* Looks through the whole region for words that name this row as owner, and answers how many there
 * are; the layer that has such words registers it. Needed before a row's generation may start
 * over. */
typedef uint64_t (*zinc__participant_walk)(void *context, uint32_t row);

typedef struct zinc__participant {
    zinc__region_bytes *bytes; /* the mapping */
    int32_t lock_file; /* this handle's own description; never mapped, dup'ed or handed out */
    uint32_t rows;     /* private copy of header.rows */
    zinc__owner owner; /* this handle's row and generation; row 0: none (read-only) */
    zinc__participant_walk walk; /* NULL: no layer has owner words */
    void *walk_context;
} zinc__participant;

/* Take a row: `lock_file` must be read-write, and the alive byte read-locked through it. ZINC_OK;
 * ZINC_E_USERS when living participants have them all; ZINC_E_BUSY when somebody's read locks are
 * in the way for 1 s; errors of the lock call. Blocks for at most about 1 s. */
int32_t zinc__participant_join(zinc__participant *participant);

/* Give the row up: the facts first, then the byte. */
void zinc__participant_leave(zinc__participant *participant);

/* True if this owner will never finish what it began. False for nobody (row 0), for this handle's
 * own owner, and for rows that do not exist. One load, and one system call where the generation
 * matches. */
bool zinc__participant_dead(const zinc__participant *participant, zinc__owner owner);

static inline uint32_t zinc__row_word(uint32_t state, uint32_t generation) {
    return state | generation << 8;
}
static inline uint32_t zinc__row_state(uint32_t word) {
    return word & 0xff;
}
static inline uint32_t zinc__row_generation(uint32_t word) {
    return (word >> 8) & ZINC__GENERATION_MAX;
}

#endif
