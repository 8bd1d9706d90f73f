/* SPDX-License-Identifier: MIT */
/* Waits for event loops: queues, tokens, watches and the helper threads.
 *
 *       loop A                loop B                      helper (a thread of this process)
 *   +--------------+      +--------------+       words that it sleeps on, in one system call
 *   | queue        |      | queue        |      +------+--------+--------+--------+-----
 *   |  by token    |      |  by token    |      | bell | watch  | watch  | watch  | ... to 127
 *   |  done  fd    |      |  done  fd    |      +------+---+----+---+----+---+----+-----
 *   +---+------+---+      +------+-------+                 |        |        |
 *       |      |                 |                       region   region   region
 *     token  token             token                     heap: its tokens by deadline
 *       |      |                 |
 *       |      +----- watch -----+    one watch a region handle, shared by all queues
 *       +------------ watch
 *
 *   token    one wait: pending (in its queue's table, its watch's list and, with a deadline, its
 *            helper's heap), then completing (in one thread's batch), then done (in its queue's
 *            list), then free. The record is allocated when the wait begins, so that completing
 *            cannot fail.
 *   watch    what a helper knows of one region handle: the words, the sequence that it last saw,
 *            the pending tokens. With tokens it has a use of the handle (participation goes on) and
 *            a reference; it always has a view, since its helper may be asleep on its words. A
 *            watch without tokens lingers for a moment: a loop that waits again finds it in place.
 *   helper   one thread for all queues and up to 127 watches; started at need, ends after a second
 *            without a watch. The bell is a private word that tells it to look again. Where one
 *            system call waits for one word, a helper has one watch and looks at the bell every
 *            50 ms.
 *
 * A helper's pass: look at the sequence of each watch and at the top of the heap; take out what
 * completes; give back the uses and references of watches without tokens; deliver to the queues;
 * call each queue's callback once; plan the sleep; sleep. Uses and references go before the
 * delivery: whoever has taken a token and closes the region finds no trace of the wait.
 *
 * Invariant of sleeping: whatever changes what a helper should sleep on (a new watch, an earlier
 * deadline, a watch that has to go, a callback that is due) either happens before the helper
 * plans, under the helpers' lock, or rings the bell, whose value is part of the plan.
 *
 * Locks: the helpers' lock (helpers, watches, tokens that are not done), then a queue's lock (done
 * and free records, descriptor). Under the helpers' lock nothing gives up a reference or a view
 * and no callback runs, since both may come back here. Uses are given back under it: that cannot
 * end participation, since shutdown has a use of its own until it has been here.
 *
 *   edge     release                       acquire                       carries
 *   V1->V1'  helpers_make: publish         helpers_load: load            the helpers
 *   N1->V2   notify: advance the sequence  look, add: load the sequence  what was written before
 *   V3->N2   sleep: set *parked*           notify: look at *parked*      "somebody sleeps"
 *   V4->V4'  shutdown: store closed        look, add: load closed        the region's end
 *
 * V3 is sequentially consistent (wait.c says why). Everything else goes through the two locks.
 *
 * Fork. A child shares none of this: queues remember the epoch of their process, and a child makes
 * helpers of its own at its first need. What the parent had may be in the middle of a change at
 * the fork, so a child never looks into it; waits that were pending keep the memory of their
 * handles in the child.
 *
 * A crash takes everything here with it; the regions see only that a participant died. A notifier
 * that dies between advance and wake is made good by the bounded sleep: 50 ms, doubling to 1 s. */
#ifndef ZINC_REGION_WATCH_H
#define ZINC_REGION_WATCH_H

#include <zinc/events.h>

#include "region/handle.h"

#define ZINC__WATCHES_MAX 127
#define ZINC__HELPER_AWAKE INT64_MIN

typedef struct zinc__helpers zinc__helpers;
typedef struct zinc__helper zinc__helper;
typedef struct zinc__watch zinc__watch;
typedef struct zinc__token zinc__token;

struct zinc__token {
    zinc_events *queue;
    zinc__watch *watch;
    zinc_region *region;  /* completing: the reference to give back before the delivery, or NULL */
    zinc__token *next;    /* in the queue's table, then in a batch, then in done or free */
    zinc__token *earlier; /* in the watch's list */
    zinc__token *later;
    uint64_t number; /* the caller's token */
    int64_t deadline_ns;
    uint64_t order;    /* equal deadlines complete in the order in which they began */
    size_t heap_index; /* from 1; 0: not in the heap */
    uint32_t cursor;
    int32_t status;
};

typedef struct zinc__token_list {
    zinc__token *first;
    zinc__token *last;
} zinc__token_list;

/* Records of one queue, freed with it. */
typedef struct zinc__token_block {
    struct zinc__token_block *older;
    uint32_t count;
    zinc__token tokens[];
} zinc__token_block;

struct zinc__watch {
    zinc_region *region; /* the key; may be looked into only while there are tokens */
    zinc__watch *next;   /* in the table; then in a batch's list of those to be freed */
    zinc__helper *helper;
    zinc__token *first;
    zinc__token *last;
    uint64_t count;
    void *view; /* keeps the mapping */
    zinc__wait_cell cell;
    uint32_t expected;     /* the sequence that the helper last saw */
    bool late;             /* nobody is sure to wake this handle: look every 50 ms */
    bool dead;             /* the handle is shut down: out of the table, to be let go */
    int64_t idle_since_ns; /* without tokens, when the helper found that; 0: it has not yet */
};

struct zinc__helper {
    zinc__helpers *all;
    zinc__helper *before; /* in the list of all, those with room first */
    zinc__helper *after;
    zinc__watch *watches[ZINC__WATCHES_MAX];
    uint32_t count;
    uint32_t pins;      /* batches that may still need this helper for callbacks */
    zinc__token **heap; /* by deadline, from 1 */
    size_t heap_count;
    size_t heap_capacity;
    zinc_events *calls_first; /* queues whose callback is due */
    zinc_events *calls_last;
    uint32_t calls;
    zinc__u32 bell;
    zinc__u32 bell_parked;
    int64_t wakes_at_ns; /* the end of the sleep that it has planned, or ZINC__HELPER_AWAKE */
    int64_t park_ns;
    int64_t idle_since_ns;
    bool fresh; /* something began or completed since the last plan */
};

/* All helpers of one process. */
struct zinc__helpers {
    uint64_t epoch;
    zinc__helpers *inherited; /* a forked child's: its parent's, never looked into */
    zinc__os_mutex lock;
    uint32_t room; /* how many watches a helper can have */
    bool one_word; /* one call waits for one word: the bell only where there is no watch */
    zinc__helper *first;
    zinc__helper *last;
    zinc__watch **buckets; /* watches by region */
    size_t bucket_count;
    size_t watch_count;
    uint64_t order;
    zinc__u32 progress; /* advances when a delivery or a callback is over */
    zinc__u32 progress_parked;
};

struct zinc_events {
    uint64_t epoch;
    zinc__helpers *all;
    /* under the helpers' lock */
    zinc__token **buckets; /* pending tokens by number */
    size_t bucket_count;
    size_t token_count;
    zinc_events_ready ready;
    void *ready_context;
    zinc__helper *caller;   /* in whose list of calls this queue is, or NULL */
    zinc_events *next_call; /* in that list */
    bool calling;           /* the callback is running */
    bool call_again;        /* and is due once more */
    zinc__token_list arrived;
    uint64_t arrived_count;
    zinc_events *next_arrived; /* while a batch is delivered */
    /* written under both locks */
    bool closed;
    uint64_t pending; /* waits that are not done */
    /* under the queue's lock */
    zinc__os_mutex lock;
    zinc__token_list done;
    zinc__token *free;
    zinc__token_block *blocks;
    int32_t flag; /* the descriptor, or -1 */
    bool raised;
    zinc__u32 sequence; /* what zinc_events_next sleeps on */
    zinc__u32 parked;
};

/* What one thread takes out under the lock and completes. */
typedef struct zinc__batch {
    zinc__token_list tokens;
    zinc__watch *gone;    /* watches to be freed */
    zinc__helper *helper; /* who calls callbacks; pinned */
    bool unlock;          /* something has to be given back outside of the lock */
} zinc__batch;

static inline uint64_t zinc__token_hash(uint64_t key) {
    key = (key ^ (key >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    key = (key ^ (key >> 27)) * UINT64_C(0x94d049bb133111eb);
    return key ^ (key >> 31);
}

static inline void zinc__token_append(zinc__token_list *list, zinc__token *token) {
    token->next = NULL;
    if (list->first == NULL) {
        list->first = token;
    } else {
        list->last->next = token;
    }
    list->last = token;
}

/* ---- watch.c; except the first, all with the helpers' lock held ---------------------------- */

/* The helpers of this process, made at the first need; NULL without memory. */
zinc__helpers *zinc__helpers_make(void);

/* Wait, with the lock given up meanwhile, until some delivery or callback is over. */
void zinc__helpers_await(zinc__helpers *all);
void zinc__helpers_progress(zinc__helpers *all);

/* A helper that can take one more watch, or, if that does not matter, any one. ZINC_OK,
 * ZINC_E_NOMEM, ZINC_E_AGAIN. */
int32_t zinc__helper_find(zinc__helpers *all, bool with_room, zinc__helper **out);

/* The watch of this region, made if there is none, with room for one more deadline. The caller has
 * a use of the region. ZINC_OK, ZINC_E_NOMEM, ZINC_E_AGAIN, ZINC_E_CLOSED. */
int32_t zinc__watch_get(zinc__helpers *all, zinc_region *region, uint32_t cursor,
                        zinc__watch **out);

/* Let the watch have this token, whose number, deadline and cursor are set. */
void zinc__watch_begin(zinc__watch *watch, zinc__token *token);

/* Take a pending token out of everything that knows it; its status is decided. */
void zinc__batch_take(zinc__batch *batch, zinc__token *token, int32_t status);

/* Give back what the batch has, and deliver it. The lock may be given up in between. */
void zinc__batch_finish(zinc__helpers *all, zinc__batch *batch);

/* The queue's callback, if it has one, is due: by this helper, unless another one calls it now. */
void zinc__call_due(zinc_events *queue, zinc__helper *helper);
void zinc__call_revoke(zinc_events *queue);

/* ---- events.c; with the helpers' lock held ------------------------------------------------- */

/* Take a pending token out of its queue's table. */
void zinc__events_forget(zinc__token *token);

/* Deliver completed tokens to their queues, and tell each queue once. */
void zinc__events_deliver(zinc__helpers *all, zinc__token *first, zinc__helper *helper);

#endif
