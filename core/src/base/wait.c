/* SPDX-License-Identifier: MIT */
/* The wait engine; see wait.h.
 *
 *   wait = look, spin a little, park in slices, look again after each
 *
 *   edge     release / ordered store       acquire / ordered load       carries
 *   N1->W1   notify: advance the sequence  look: load the sequence      what was written before
 *   W2->N2   park: set *parked*            notify: look at *parked*     "somebody sleeps"
 *   C1->C1'  shutdown: store closed        look: load closed            nothing but itself
 *   K1->K1'  fire: store fired             look: load fired             what the firer wrote before
 *
 * N1, W1 (after W2), W2 and N2 are sequentially consistent: each side stores its own word and then
 * looks at the other's, and at least one of them must see the other (Dekker).
 *
 * A notifier that is killed between advance and wake leaves sleepers behind, so no sleep is
 * unbounded: slices of 50 ms, doubling to 1 s where only an event can be late. No slice is
 * infinite, also because the kernel restarts an infinite wait under SA_RESTART without telling
 * anybody; and a wait that has parked for 1 s or more ends with INTR after its slice, since a
 * signal can always have been missed. */
#include "base/wait.h"

#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/mutant.h"

#define SLICE_FIRST_NS INT64_C(50000000)
#define SLICE_LAST_NS INT64_C(1000000000)
#define SPIN_MOST_NS 40000u
#define TRY_MOST_NS (4 * SPIN_MOST_NS)
#define TRY_EVERY 64u
#define TRY_WAITS 4u
#define LEARN_MOST_NS INT64_C(320000)
#define PAUSES_WITHOUT_CLOCK 64
#define PAUSES_A_CLOCK 8
#define NOT_YET 1 /* internal: neither a result nor an error */

struct zinc_cancel {
    zinc__u32 fired;
};

/* ---- Back-ends ------------------------------------------------------------------------------ */

enum backend { BACKEND_UNKNOWN = 0, BACKEND_FUTEX = 1, BACKEND_POLL = 2 };

static zinc__u32 backend_chosen;

static enum backend backend(void) {
    uint32_t chosen = zinc__load32_relaxed(&backend_chosen); /* every thread computes the same */
    if (chosen == BACKEND_UNKNOWN) {
        const char *asked = zinc__os_environment("ZINC_WAIT");
        bool poll = zinc__os_wait_words_max() == 0 || (asked != NULL && strcmp(asked, "poll") == 0);
        chosen = poll ? BACKEND_POLL : BACKEND_FUTEX;
        zinc__store32_relaxed(&backend_chosen, chosen);
    }
    return (enum backend)chosen;
}

static bool any_differs(const zinc__os_word *words, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        /* Relaxed: only a hint to look properly. */
        if (zinc__load32_relaxed((const zinc__u32 *)words[i].address) != words[i].expected) {
            return true;
        }
    }
    return false;
}

static int32_t poll_wait(const zinc__os_word *words, uint32_t count, int64_t deadline_ns) {
    int64_t nap = 50000;
    for (;;) {
        if (any_differs(words, count)) {
            return ZINC_E_AGAIN;
        }
        int64_t left = deadline_ns - zinc__os_monotonic_ns();
        if (left <= 0) {
            return ZINC_E_TIMEDOUT;
        }
        if (zinc__os_sleep_ns(left < nap ? left : nap) == ZINC_E_INTR) {
            return ZINC_E_INTR;
        }
        nap = nap < 1000000 ? 2 * nap : 1000000;
    }
}

int32_t zinc__backend_wait(const zinc__os_word *words, uint32_t count, int64_t deadline_ns) {
    return backend() == BACKEND_POLL ? poll_wait(words, count, deadline_ns)
                                     : zinc__os_wait_words(words, count, deadline_ns);
}

void zinc__backend_wake(const void *address, bool shared) {
    /* Also from a process that polls: those it wakes may sleep in the kernel. */
    zinc__os_wake_word(address, shared);
}

uint32_t zinc__backend_words_max(void) {
    return backend() == BACKEND_POLL ? 128 : zinc__os_wait_words_max();
}

const char *zinc__backend_name(void) {
    return backend() == BACKEND_POLL ? "poll" : "futex";
}

/* ---- Cancellation --------------------------------------------------------------------------- */

int32_t zinc_cancel_create(zinc_cancel **out) {
    if (out == NULL) {
        return ZINC_E_INVAL;
    }
    *out = calloc(1, sizeof **out);
    return *out == NULL ? ZINC_E_NOMEM : ZINC_OK;
}

void zinc_cancel_fire(zinc_cancel *cancel) {
    if (cancel != NULL) {
        zinc__store32_ordered(&cancel->fired, 1); /* K1->K1' */
        if (!ZINC_MUTATED(CANCEL_SILENT)) {
            zinc__backend_wake(&cancel->fired, false);
        }
    }
}

int32_t zinc_cancel_fired(zinc_cancel *cancel) {
    return cancel != NULL && zinc__load32_acquire(&cancel->fired) != 0; /* K1->K1' */
}

void zinc_cancel_destroy(zinc_cancel *cancel) {
    free(cancel);
}

/* ---- Clock ---------------------------------------------------------------------------------- */

int64_t zinc_clock_ns(void) {
    return zinc__os_monotonic_ns();
}

int64_t zinc_deadline_ns(int64_t timeout_ns) {
    int64_t now = zinc__os_monotonic_ns();
    if (timeout_ns < 0) {
        return 0;
    }
    return timeout_ns > ZINC_FOREVER - now ? ZINC_FOREVER : now + timeout_ns;
}

/* ---- The engine ----------------------------------------------------------------------------- */

void zinc__wait_cell_rouse(const zinc__wait_cell *cell) {
    zinc__backend_wake(cell->sequence, cell->shared);
}

void zinc__wait_habits_init(zinc__wait_habits *habits, uint32_t policy) {
    zinc__store32_relaxed(&habits->average_ns, 0); /* not shared yet */
    zinc__store32_relaxed(&habits->slow_waits, 0);
    habits->policy = policy;
    habits->may_spin = zinc__os_processors() > 1;
}

/* Relaxed: the average is a habit, and a lost update of it costs nothing. */
static void habits_learn(zinc__wait_habits *habits, int64_t waited_ns) {
    uint32_t average = zinc__load32_relaxed(&habits->average_ns);
    uint64_t capped = waited_ns > LEARN_MOST_NS ? (uint64_t)LEARN_MOST_NS : (uint64_t)waited_ns;
    uint32_t next = (uint32_t)((7 * (uint64_t)average + capped) / 8);
    if (next != average) {
        zinc__store32_relaxed(&habits->average_ns, next);
    }
}

uint32_t zinc__wait_spin_budget(zinc__wait_habits *habits) {
    if (habits == NULL || habits->policy == ZINC_WAIT_PARK) {
        return 0;
    }
    if (habits->policy == ZINC_WAIT_SPIN) {
        return UINT32_MAX;
    }
    uint32_t average = zinc__load32_relaxed(&habits->average_ns);
    if (!habits->may_spin || average > TRY_MOST_NS ||
        (average > SPIN_MOST_NS && ZINC_MUTATED(WAIT_NEVER_TRIES))) {
        return 0;
    }
    if (average > SPIN_MOST_NS) {
        /* Two who park for each other wait for two wake-ups each time, which is longer than they
         * would spin: they would never find out that the other one is quick. So each tries it for
         * a few waits now and then; one side's spinning shortens the other's waits, too. Relaxed: a
         * habit, like the average. */
        uint32_t number = zinc__add32_relaxed(&habits->slow_waits, 1);
        return number % TRY_EVERY < TRY_WAITS ? SPIN_MOST_NS : 0;
    }
    uint32_t budget = 2 * average + 1000;
    return budget < SPIN_MOST_NS ? budget : SPIN_MOST_NS;
}

/* One look. NOT_YET, or the wait's answer. */
static int32_t look(const zinc__wait_request *request, uint32_t *sequence_out) {
    if (request->closed != NULL && zinc__load32_acquire(request->closed) != 0) { /* C1->C1' */
        return ZINC_E_CLOSED;
    }
    if (request->cancel != NULL &&
        zinc__load32_acquire(&request->cancel->fired) != 0) { /* K1->K1' */
        return ZINC_E_CANCELED;
    }
    /* N1->W1, ordered: behind the store of *parked*, see the table. On x86 a plain load. */
    uint32_t sequence = zinc__load32_ordered(request->cell.sequence);
    if (sequence != request->seen) {
        *sequence_out = sequence;
        return ZINC_OK;
    }
    return NOT_YET;
}

static int32_t look_after_pauses(const zinc__wait_request *request, int pauses,
                                 uint32_t *sequence_out) {
    for (int i = 0; i < pauses; i++) {
        zinc__pause();
        int32_t status = look(request, sequence_out);
        if (status != NOT_YET) {
            return status;
        }
    }
    return NOT_YET;
}

/* Spin from *began_ns on, within the budget and the deadline. */
static int32_t spin(const zinc__wait_request *request, uint32_t budget_ns, int64_t began_ns,
                    uint32_t *sequence_out) {
    for (;;) {
        int32_t status = look_after_pauses(request, PAUSES_A_CLOCK, sequence_out);
        if (status != NOT_YET) {
            return status;
        }
        int64_t now = zinc__os_monotonic_ns();
        if (now >= request->deadline_ns) {
            return look(request, sequence_out);
        }
        if (budget_ns != UINT32_MAX && now - began_ns >= (int64_t)budget_ns) {
            return NOT_YET;
        }
        if (budget_ns == UINT32_MAX && now - began_ns >= SLICE_FIRST_NS) {
            /* A spinning thread cannot know whether a signal handler ran: let the caller look. */
            return ZINC_E_INTR;
        }
    }
}

static uint32_t fill_words(const zinc__wait_request *request, zinc__os_word words[3]) {
    uint32_t count = 0;
    words[count++] = (zinc__os_word){request->cell.sequence, request->seen, request->cell.shared};
    if (zinc__backend_words_max() >= 3) {
        if (request->closed != NULL) {
            words[count++] = (zinc__os_word){request->closed, 0, false};
        }
        if (request->cancel != NULL) {
            words[count++] = (zinc__os_word){&request->cancel->fired, 0, false};
        }
    }
    return count;
}

/* Where neither *parked* can be set nor closing and cancellation be waited for, somebody has to
 * look every 50 ms. */
static int64_t next_slice(const zinc__wait_request *request, uint32_t words, int64_t slice) {
    bool deaf = (request->closed != NULL || request->cancel != NULL) && words == 1;
    if (request->cell.parked == NULL || deaf) {
        return SLICE_FIRST_NS;
    }
    return 2 * slice < SLICE_LAST_NS ? 2 * slice : SLICE_LAST_NS;
}

static int32_t park(const zinc__wait_request *request, uint32_t *sequence_out) {
    zinc__os_word words[3];
    uint32_t count = fill_words(request, words);
    int64_t slice = SLICE_FIRST_NS;
    int64_t began = zinc__os_monotonic_ns();
    for (;;) {
        if (request->cell.parked != NULL && !ZINC_MUTATED(WAIT_NOT_FLAGGED)) {
            /* W2->N2, ordered: before the look that decides to sleep. */
            zinc__store32_ordered(request->cell.parked, 1);
        }
        ZINC_FAULT("wait.flagged");
        int32_t status = look(request, sequence_out);
        if (status != NOT_YET) {
            return status;
        }
        int64_t now = zinc__os_monotonic_ns();
        if (now >= request->deadline_ns) {
            return ZINC_E_TIMEDOUT;
        }
        int64_t left = request->deadline_ns - now;
        bool whole = left < slice || ZINC_MUTATED(WAIT_UNBOUNDED_SLICE);
        status = zinc__backend_wait(words, count, whole ? request->deadline_ns : now + slice);
        ZINC_FAULT("wait.woken");
        if (status == ZINC_E_INTR || status == ZINC_E_GONE) {
            int32_t last = status == ZINC_E_GONE ? NOT_YET : look(request, sequence_out);
            return last == NOT_YET ? status : last;
        }
        if (status == ZINC_E_TIMEDOUT) {
            if (request->owned) {
                status = look(request, sequence_out);
                bool passed = zinc__os_monotonic_ns() >= request->deadline_ns;
                return status != NOT_YET ? status : passed ? ZINC_E_TIMEDOUT : ZINC_E_AGAIN;
            }
            now = zinc__os_monotonic_ns();
            if (now < request->deadline_ns && now - began >= SLICE_LAST_NS &&
                !ZINC_MUTATED(WAIT_DEAF_TO_SIGNALS)) {
                /* A handler that ran between the look and the sleep, or behind which the kernel
                 * restarted the sleep, was not noticed here: let the caller look. */
                return ZINC_E_INTR;
            }
            slice = next_slice(request, count, slice);
            /* Asks the kernel, which answers where a load would be a SIGBUS: is the page still
             * there? */
            if (!ZINC_MUTATED(WAIT_TOUCHES_GONE) &&
                zinc__backend_wait(words, 1, 0) == ZINC_E_GONE) {
                return ZINC_E_GONE;
            }
        }
    }
}

/* The part of a wait that takes time: count it in the row, spin, park. */
static int32_t wait_longer(const zinc__wait_request *request, uint32_t budget_ns,
                           uint32_t *sequence_out) {
    int64_t began = zinc__os_monotonic_ns();
    if (began >= request->deadline_ns) {
        int32_t status = look(request, sequence_out);
        return status == NOT_YET ? ZINC_E_TIMEDOUT : status;
    }
    if (request->waits != NULL) {
        zinc__add32_relaxed(request->waits, 1); /* a figure for people */
    }
    ZINC_FAULT("wait.counted");
    int32_t status = budget_ns == 0 ? NOT_YET : spin(request, budget_ns, began, sequence_out);
    if (status == NOT_YET) {
        status = park(request, sequence_out);
    }
    if (request->waits != NULL && status != ZINC_E_GONE) { /* the row went with the page */
        zinc__add32_relaxed(request->waits, UINT32_MAX);
    }
    if (request->habits != NULL) {
        habits_learn(request->habits, zinc__os_monotonic_ns() - began);
    }
    return status;
}

int32_t zinc__wait(const zinc__wait_request *request, uint32_t *sequence_out) {
    int32_t status = look(request, sequence_out);
    if (status != NOT_YET) {
        if (request->habits != NULL) {
            habits_learn(request->habits, 0);
        }
        return status;
    }
    if (request->deadline_ns <= 0) {
        return ZINC_E_TIMEDOUT;
    }
    uint32_t budget = zinc__wait_spin_budget(request->habits);
    if (budget != 0) {
        status = look_after_pauses(request, PAUSES_WITHOUT_CLOCK, sequence_out);
        if (status != NOT_YET) {
            habits_learn(request->habits, 500);
            return status;
        }
    }
    return wait_longer(request, budget, sequence_out);
}
