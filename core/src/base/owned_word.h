/* SPDX-License-Identifier: MIT */
/* Owned word: a value that one participant at a time may change, and that a death cannot lock.
 *
 * The word is the whole state. Who changes it, takes it (its own name goes into the word), writes
 * only bytes that the value does not reach yet, and commits the new value; that one step
 * publishes, releases, and is the moment at which the change has happened. A position in a queue
 * is such a value: the slot behind the position belongs to whoever holds the word, and to
 * nobody's readers.
 *
 *    63    60 59              42 41       32 31                                0
 *   +--------+------------------+-----------+----------------------------------+
 *   | flags  |    generation    |    row    |              value               |
 *   +--------+------------------+-----------+----------------------------------+
 *       4             18             10                      32
 *
 *   value, flags 0 to 2   the object's; only a commit changes them
 *   row, generation       the owner (participant.h); row 0 is nobody
 *   flag 3, WAITED        the block's: somebody waits until this owner commits
 *
 *   free(value) --take--> owned(me, value) --commit--> free(new value)
 *                            |      ^
 *                     owner dies    +-- take over: owned(another, value), ZINC_RECOVERED
 *
 * Death. The owner of an owned word may be dead at any instruction. Whoever meets the word loads
 * it, asks zinc__participant_dead about the owner it read, and compare-exchanges the very word
 * that it read: if anybody else was faster, the exchange fails. The value stays, since nothing
 * that the dead owner wrote is reachable from it: there is nothing to undo, and a recoverer that
 * dies in turn leaves what it found, under its own name. An owner that died just before its
 * commit has changed nothing; one that died just after it has changed everything. ZINC_RECOVERED
 * tells the new owner of a death, for objects whose bytes beside the value must be mended.
 *
 * A stopped owner is alive: try_take answers ZINC_E_BUSY, a take with a deadline ZINC_E_TIMEDOUT.
 * Two threads of one handle are the same owner to this block. The second finds its own name in
 * the word, which is never probed (participant.h), and so it waits like everybody else. Commit
 * cannot tell the two apart: only the thread that took may commit.
 *
 * There is no ABA: an exchange that succeeds found the same owner and the same value, and these
 * are the whole state. (A generation comes back only after a pass over the region found none of
 * its words.)
 *
 * Hostile words. A row above the region's number of rows does not exist and is nobody alive: the
 * word is taken over, and no such row's bytes are looked at. A word that names a living
 * participant who does not hold it can be written by whoever may write the region; it holds this
 * object up, as that peer could with a take. Values are whatever was written: objects check them
 * before use.
 *
 *   edge     release                acquire                  carries
 *   C1->T1   commit                 take, take over          every byte that earlier owners wrote
 *   C1->R1   commit                 read                     every byte that the value reaches
 *   M1->C1   a waiter's mark        the commit that finds    that the waiter read the sequence
 *                                   it and notifies          before that notification
 *   S1->S1'  notification           take: load sequence      that the commit before it is past
 *   K1->T1   the kernel frees the   the probe before the     that the dead owner writes no more
 *            dead owner's byte      take over
 *
 * A take over leaves C1's chain unbroken: T1 is a read-modify-write of the word. */
#ifndef ZINC_BASE_OWNED_WORD_H
#define ZINC_BASE_OWNED_WORD_H

#include "base/participant.h"
#include "base/wait.h"

#define ZINC__OWNED_VALUE_BITS 32
#define ZINC__OWNED_FLAG_BITS 4
#define ZINC__OWNED_ROW_SHIFT ZINC__OWNED_VALUE_BITS
#define ZINC__OWNED_GENERATION_SHIFT (ZINC__OWNED_ROW_SHIFT + ZINC__OWNER_ROW_BITS)
#define ZINC__OWNED_FLAG_SHIFT (ZINC__OWNED_GENERATION_SHIFT + ZINC__OWNER_GENERATION_BITS)

/* The flags that an object may use. */
#define ZINC__OWNED_FLAGS 7u
#define ZINC__OWNED_WAITED (UINT64_C(8) << ZINC__OWNED_FLAG_SHIFT)

typedef struct zinc__owned_word {
    zinc__u64 cell;
} zinc__owned_word;

static_assert(sizeof(zinc__owned_word) == 8, "one compare-exchange sees the whole state");
static_assert(ZINC__OWNED_GENERATION_SHIFT == 42, "the value is 32 bits, the row 10");
static_assert(ZINC__OWNED_FLAG_SHIFT == 60, "the generation is 18 bits");
static_assert(ZINC__OWNED_FLAG_SHIFT + ZINC__OWNED_FLAG_BITS == 64,
              "the four fields fill the word");

/* The object's part of a word. */
typedef struct zinc__owned_content {
    uint32_t value;
    uint32_t flags; /* within ZINC__OWNED_FLAGS */
} zinc__owned_content;

/* A word as somebody saw it. */
typedef struct zinc__owned_view {
    zinc__owned_content content;
    zinc__owner owner; /* row 0: free */
    bool waited;
} zinc__owned_view;

/* Make a free word, before anybody else can reach it. */
void zinc__owned_word_init(zinc__owned_word *word, zinc__owned_content content);

/* What the word says now, with everything that its value reaches (R1). Wait-free. */
zinc__owned_view zinc__owned_word_read(const zinc__owned_word *word);

/* Take the word if it is free or its owner is dead; never waits. ZINC_OK or ZINC_RECOVERED: the
 * caller holds it, and *out is what it contains. ZINC_E_BUSY: a living participant holds it (also
 * another thread of this handle), or it changed hands too often. ZINC_E_PERM: a participant
 * without a row. One probe (a system call) where the word is owned by another. */
int32_t zinc__owned_word_try_take(zinc__owned_word *word, const zinc__participant *participant,
                                  zinc__owned_content *out);

/* Take the word, waiting for a living owner: spins for a bounded time, probes, then waits as
 * `request` says (cell, deadline, cancel, closed, waits, habits; `seen` and `owned` are set here)
 * with a probe every 50 ms. request->cell must be the cell that every commit to this word is
 * given. With NULL the answer after the spin and the probe is ZINC_E_BUSY. Otherwise as try_take,
 * and the answers of zinc__wait: ZINC_E_TIMEDOUT, ZINC_E_CANCELED, ZINC_E_CLOSED, ZINC_E_INTR. */
int32_t zinc__owned_word_take(zinc__owned_word *word, const zinc__participant *participant,
                              const zinc__wait_request *request, zinc__owned_content *out);

/* Publish `content` and release the word in one step (C1), then tell those who wait on `cell`
 * (NULL: nobody takes this word with a request). ZINC_OK; ZINC_E_STALE: the word does not name
 * this participant, nothing was changed (misuse, or hostile bytes); ZINC_E_INVAL: unknown flags.
 * A system call only where somebody is parked. */
int32_t zinc__owned_word_commit(zinc__owned_word *word, const zinc__participant *participant,
                                zinc__owned_content content, const zinc__wait_cell *cell);

#endif
