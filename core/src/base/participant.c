/* SPDX-License-Identifier: MIT */
/* Rows: taking, leaving, and telling the dead; see participant.h.
 *
 *   join    lock byte 64+i -> facts -> word = USED, generation + 1
 *   leave   word = FREE, same generation -> unlock byte
 *   killed  the word says USED, the byte is free: dead, until the next joiner takes the row
 *
 * A killed joiner leaves at most a free byte and stale facts; the next one overwrites both.
 *
 *   edge     release                   acquire                       carries
 *   J1->J1'  join: store the word      dead, listing: load the word  the row's facts
 *   J2->J2'  leave: store the word     dead: load the word           everything the owner did
 */
#include "base/participant.h"

#include <string.h>

#include "base/fault.h"
#include "base/mutant.h"
#include "os/os.h"

#define PATIENCE_NS INT64_C(1000000000)

/* With the row's byte locked: make it ours. False: its generation is used up and words of its
 * earlier owners still stand in the region. */
static bool take(zinc__participant *participant, uint32_t number) {
    zinc__row *row = &participant->bytes->rows[number - 1];
    uint32_t word = zinc__load32_acquire(&row->word); /* J2->J2' */
    uint32_t generation = zinc__row_generation(word) + 1;
    if (generation > ZINC__GENERATION_MAX) {
        /* Release, J2->J2': as leaving. */
        zinc__store32_release(&row->word, zinc__row_word(ZINC__ROW_RETIRED, generation - 1));
        if (participant->walk != NULL &&
            participant->walk(participant->walk_context, number) != 0) {
            return false;
        }
        generation = 1;
    }
    if (ZINC_MUTATED(ROW_SAME_GENERATION)) {
        generation = 1;
    }
    zinc__os_identity self;
    zinc__os_identify(&self);
    row->pid = self.pid;
    row->started_ticks = self.started_ticks;
    row->pid_namespace = self.pid_namespace;
    row->boot = self.boot;
    memcpy(row->program, self.program, sizeof row->program);
    zinc__store32_relaxed(&row->waits, 0); /* carried by the store below */
    ZINC_FAULT("open.row_locked");
    zinc__store32_release(&row->word, zinc__row_word(ZINC__ROW_USED, generation)); /* J1->J1' */
    participant->owner.row = number;
    participant->owner.generation = generation;
    ZINC_FAULT("open.row_filled");
    return true;
}

/* Try every row once. ZINC_E_AGAIN: some row is held up by a foreign read lock. */
static int32_t join_once(zinc__participant *participant) {
    /* Relaxed: a hint, so that joiners do not all begin at row 1. */
    uint32_t first = zinc__add32_relaxed(&participant->bytes->state.row_hint, 1);
    int32_t answer = ZINC_E_USERS;
    for (uint32_t i = 0; i < participant->rows; i++) {
        uint32_t number = (first % participant->rows + i) % participant->rows + 1;
        uint32_t byte = ZINC__LOCK_ROW + number;
        int32_t status = zinc__os_lock(participant->lock_file, byte, ZINC__OS_LOCK_WRITE);
        if (status == ZINC_OK) {
            if (take(participant, number)) {
                return ZINC_OK;
            }
            (void)zinc__os_lock(participant->lock_file, byte, ZINC__OS_UNLOCK);
        } else if (status == ZINC_E_AGAIN) {
            enum zinc__os_lock_kind kind = ZINC__OS_LOCK_WRITE;
            uint32_t where = 0;
            (void)zinc__os_lock_probe(participant->lock_file, byte, 1, ZINC__OS_LOCK_READ, &kind,
                                      &where);
            if (kind != ZINC__OS_LOCK_WRITE) {
                answer = ZINC_E_AGAIN;
            }
        } else {
            return status;
        }
    }
    return answer;
}

int32_t zinc__participant_join(zinc__participant *participant) {
    int64_t deadline = zinc__os_monotonic_ns() + PATIENCE_NS;
    for (;;) {
        int32_t status = join_once(participant);
        if (status != ZINC_E_AGAIN) {
            return status;
        }
        if (zinc__os_monotonic_ns() >= deadline) {
            return ZINC_E_BUSY;
        }
        (void)zinc__os_sleep_ns(2000000);
    }
}

void zinc__participant_leave(zinc__participant *participant) {
    uint32_t number = participant->owner.row;
    if (number == 0) {
        return;
    }
    zinc__row *row = &participant->bytes->rows[number - 1];
    /* J2->J2': whoever sees the row free sees all that its owner did. */
    zinc__store32_release(
        &row->word, zinc__row_word(ZINC_MUTATED(ROW_STAYS_USED) ? ZINC__ROW_USED : ZINC__ROW_FREE,
                                   participant->owner.generation));
    ZINC_FAULT("close.row_cleared");
    (void)zinc__os_lock(participant->lock_file, ZINC__LOCK_ROW + number, ZINC__OS_UNLOCK);
    participant->owner.row = 0;
}

bool zinc__participant_dead(const zinc__participant *participant, zinc__owner owner) {
    if (owner.row == 0 || owner.row > participant->rows) {
        return false;
    }
    if (owner.row == participant->owner.row && owner.generation == participant->owner.generation &&
        !ZINC_MUTATED(ROW_PROBES_ITSELF)) {
        return false; /* own row: alive by definition, and the probe would say "free" */
    }
    /* J1->J1', J2->J2' */
    uint32_t word = zinc__load32_acquire(&participant->bytes->rows[owner.row - 1].word);
    if (zinc__row_generation(word) != owner.generation || zinc__row_state(word) != ZINC__ROW_USED) {
        return true;
    }
    enum zinc__os_lock_kind kind = ZINC__OS_LOCK_WRITE;
    uint32_t where = 0;
    enum zinc__os_lock_kind as =
        ZINC_MUTATED(ROW_READ_LOCK_LIVES) ? ZINC__OS_LOCK_WRITE : ZINC__OS_LOCK_READ;
    int32_t status = zinc__os_lock_probe(participant->lock_file, ZINC__LOCK_ROW + owner.row, 1, as,
                                         &kind, &where);
    return status == ZINC_OK && kind == ZINC__OS_UNLOCK;
}
