/* SPDX-License-Identifier: MIT */
/* The wait engine: everything in Zinc that blocks for another process blocks here.
 *
 * A wait cell is a sequence and a *parked* word. A notifier clears *parked*, advances the sequence,
 * and wakes every waiter if *parked* was or is set; a waiter sets *parked*, looks at the sequence
 * again, and only then sleeps. A wake is a hint, never a grant: nothing is handed to a sleeper, and
 * whoever wakes looks and takes by its own compare-exchange. */
#ifndef ZINC_BASE_WAIT_H
#define ZINC_BASE_WAIT_H

#include "base/fault.h"
#include "base/layout.h"
#include "base/mutant.h"
#include "os/os.h"

/* Where a cell's two words are. They may lie in shared memory; this struct never does. */
typedef struct zinc__wait_cell {
    zinc__u32 *sequence;
    zinc__u32 *parked; /* NULL: this handle cannot write it, and may learn up to 50 ms late */
    bool shared;       /* false: all users are threads of this process */
    bool always_wake;  /* notify wakes without looking at *parked* */
} zinc__wait_cell;

/* One handle's habits, kept in private memory; any thread may use them. */
typedef struct zinc__wait_habits {
    zinc__u32 average_ns; /* how long recent waits took, an exponential average */
    zinc__u32 slow_waits; /* those that were too long to spin, and short enough to try it */
    uint32_t policy;      /* enum zinc_wait_policy */
    bool may_spin;        /* more than one processor */
} zinc__wait_habits;

typedef struct zinc__wait_request {
    zinc__wait_cell cell;
    uint32_t seen;             /* wait until the sequence differs from this */
    int64_t deadline_ns;       /* CLOCK_MONOTONIC; INT64_MAX: for ever */
    zinc_cancel *cancel;       /* or NULL */
    zinc__u32 *closed;         /* private word, nonzero once the handle is closed; or NULL */
    zinc__u32 *waits;          /* this row's count of waits in progress; or NULL */
    zinc__wait_habits *habits; /* or NULL: no spinning */
    bool owned; /* what is waited for has an owner who may be dead: the wait ends with
                                  ZINC_E_AGAIN within 50 ms, so that the caller probes */
} zinc__wait_request;

/* Wake every waiter on the cell without advancing its sequence: they look again. */
void zinc__wait_cell_rouse(const zinc__wait_cell *cell);

/* ZINC_OK: the sequence differs from `seen`, and *sequence_out is what it is. Otherwise
 * ZINC_E_TIMEDOUT, ZINC_E_CANCELED, ZINC_E_CLOSED, ZINC_E_INTR, ZINC_E_AGAIN (owned). A sequence
 * that differs wins over a deadline that passed; closed and canceled win over both. */
int32_t zinc__wait(const zinc__wait_request *request, uint32_t *sequence_out);

void zinc__wait_habits_init(zinc__wait_habits *habits, uint32_t policy);

/* How long the next wait spins, in ns; 0 is not at all, UINT32_MAX for ever. */
uint32_t zinc__wait_spin_budget(zinc__wait_habits *habits);

/* Block until one of the words differs, or the deadline. The engine's back-end: "futex" where the
 * system has one, "poll" by ZINC_WAIT=poll in the environment. As zinc__os_wait_words. */
int32_t zinc__backend_wait(const zinc__os_word *words, uint32_t count, int64_t deadline_ns);
void zinc__backend_wake(const void *address, bool shared);
uint32_t zinc__backend_words_max(void);
const char *zinc__backend_name(void);

/* Advance the sequence (it skips 0 when it wraps) and wake who is parked. Everything written
 * before is visible to a wait that this ends. No system call when nobody is parked. Inline, since
 * it is the whole cost of a notification. */
static inline void zinc__wait_cell_notify(const zinc__wait_cell *cell) {
    /* The flag is cleared before the sequence moves. A waiter whose flag goes here is asleep, and
     * is woken below, or falls asleep after the advance, which it notices. Behind the advance the
     * flag could be that of a waiter who has seen it and is about to sleep: the next notifier would
     * not wake that one. Relaxed: a flag that is missed here is seen by the look below. The
     * exchange lets one of several notifiers pay for the wake. */
    bool wake = cell->always_wake || (zinc__load32_relaxed(cell->parked) != 0 &&
                                      zinc__exchange32_ordered(cell->parked, 0) != 0);
    ZINC_FAULT("notify.cleared_no_store");
    /* N1->W1, ordered: the advance must not pass the look at *parked*, or a waiter that set
     * *parked* and saw the old sequence would sleep unseen. It also publishes what was written
     * before. */
    if (zinc__add32_ordered(cell->sequence, 1) == UINT32_MAX) {
        zinc__add32_ordered(cell->sequence, 1);
    }
    ZINC_FAULT("notify.stored_no_wake");
    if (ZINC_MUTATED(WAIT_NEVER_WAKE)) {
        return;
    }
    /* N2<-W2, ordered: see N1. This flag stays for the next notifier to clear. */
    if (wake || zinc__load32_ordered(cell->parked) != 0) {
        if (ZINC_MUTATED(WAIT_CLEARS_LATE)) {
            zinc__store32_ordered(cell->parked, 0);
        }
        zinc__backend_wake(cell->sequence, cell->shared);
    }
}

#endif
