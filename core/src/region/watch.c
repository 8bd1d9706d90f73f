/* SPDX-License-Identifier: MIT */
/* Watches and helper threads; see watch.h. */
#include "region/watch.h"

#include <stdlib.h>

#include "base/fault.h"
#include "base/mutant.h"

#define PARK_FIRST_NS INT64_C(50000000)
#define PARK_LAST_NS INT64_C(1000000000)
#define LINGER_NS INT64_C(100000000)
#define RETIRE_NS INT64_C(1000000000) /* a helper without a watch ends after this */

/* The helpers of this process, or of the one from which it was forked: V1->V1'. An address in a
 * 64-bit word. */
static zinc__u64 published;

/* ---- Watches by region --------------------------------------------------------------------- */

static zinc__watch **watch_bucket(const zinc__helpers *all, const zinc_region *region) {
    return &all->buckets[zinc__token_hash((uintptr_t)region) & (all->bucket_count - 1)];
}

static zinc__watch *watch_find(const zinc__helpers *all, const zinc_region *region) {
    if (all->bucket_count == 0) {
        return NULL;
    }
    zinc__watch *found = *watch_bucket(all, region);
    while (found != NULL && found->region != region) {
        found = found->next;
    }
    return found;
}

static int32_t watch_reserve(zinc__helpers *all) {
    if (all->watch_count < all->bucket_count) {
        return ZINC_OK;
    }
    size_t larger = all->bucket_count == 0 ? 16 : 2 * all->bucket_count;
    zinc__watch **buckets = calloc(larger, sizeof *buckets);
    if (buckets == NULL) {
        return all->bucket_count == 0 ? ZINC_E_NOMEM : ZINC_OK;
    }
    for (size_t i = 0; i < all->bucket_count; i++) {
        for (zinc__watch *watch = all->buckets[i], *next; watch != NULL; watch = next) {
            zinc__watch **bucket =
                &buckets[zinc__token_hash((uintptr_t)watch->region) & (larger - 1)];
            next = watch->next;
            watch->next = *bucket;
            *bucket = watch;
        }
    }
    free(all->buckets);
    all->buckets = buckets;
    all->bucket_count = larger;
    return ZINC_OK;
}

static void watch_forget(zinc__helpers *all, zinc__watch *watch) {
    zinc__watch **link = watch_bucket(all, watch->region);
    while (*link != watch) {
        link = &(*link)->next;
    }
    *link = watch->next;
    watch->next = NULL;
    all->watch_count--;
}

/* ---- Tokens by deadline: a binary heap a helper -------------------------------------------- */

static bool heap_before(const zinc__token *a, const zinc__token *b) {
    return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns : a->order < b->order;
}

static void heap_put(zinc__helper *helper, size_t index, zinc__token *token) {
    helper->heap[index] = token;
    token->heap_index = index;
}

static void heap_up(zinc__helper *helper, size_t index, zinc__token *token) {
    while (index > 1 && heap_before(token, helper->heap[index / 2])) {
        heap_put(helper, index, helper->heap[index / 2]);
        index /= 2;
    }
    heap_put(helper, index, token);
}

static void heap_down(zinc__helper *helper, size_t index, zinc__token *token) {
    for (;;) {
        size_t child = 2 * index;
        if (child < helper->heap_count &&
            heap_before(helper->heap[child + 1], helper->heap[child])) {
            child++;
        }
        if (child > helper->heap_count || !heap_before(helper->heap[child], token)) {
            break;
        }
        heap_put(helper, index, helper->heap[child]);
        index = child;
    }
    heap_put(helper, index, token);
}

static void heap_remove(zinc__helper *helper, zinc__token *token) {
    size_t index = token->heap_index;
    if (index == 0) {
        return;
    }
    zinc__token *moved = helper->heap[helper->heap_count--];
    token->heap_index = 0;
    if (moved == token) {
        return;
    }
    if (index > 1 && heap_before(moved, helper->heap[index / 2])) {
        heap_up(helper, index, moved);
    } else {
        heap_down(helper, index, moved);
    }
}

/* Make room for one more deadline. */
static int32_t heap_reserve(zinc__helper *helper) {
    if (helper->heap_count + 1 < helper->heap_capacity) {
        return ZINC_OK;
    }
    size_t larger = helper->heap_capacity == 0 ? 16 : 2 * helper->heap_capacity;
    zinc__token **heap = realloc(helper->heap, larger * sizeof *heap);
    if (heap == NULL) {
        return ZINC_E_NOMEM;
    }
    helper->heap = heap;
    helper->heap_capacity = larger;
    return ZINC_OK;
}

/* ---- Ringing ------------------------------------------------------------------------------- */

static zinc__wait_cell helper_bell(zinc__helper *helper) {
    return (zinc__wait_cell){&helper->bell, &helper->bell_parked, false, false};
}

/* Let a helper that sleeps, or is about to, make another pass. */
static void helper_ring(zinc__helper *helper) {
    if (helper->wakes_at_ns == ZINC__HELPER_AWAKE || ZINC_MUTATED(EVENTS_NO_BELL)) {
        return; /* it plans after this, under the lock */
    }
    zinc__wait_cell bell = helper_bell(helper);
    zinc__wait_cell_notify(&bell);
    if (helper->all->one_word && helper->count > 0) {
        /* It cannot sleep on the bell as well. */
        zinc__wait_cell_rouse(&helper->watches[0]->cell);
    }
}

/* ---- Progress: what a destroyer waits for -------------------------------------------------- */

static zinc__wait_cell progress_cell(zinc__helpers *all) {
    return (zinc__wait_cell){&all->progress, &all->progress_parked, false, false};
}

void zinc__helpers_await(zinc__helpers *all) {
    zinc__wait_request request = {.cell = progress_cell(all), .deadline_ns = ZINC_FOREVER};
    uint32_t sequence = 0;
    request.seen = zinc__load32_relaxed(&all->progress); /* advanced under the lock only */
    zinc__os_mutex_unlock(&all->lock);
    (void)zinc__wait(&request, &sequence); /* also after a signal: the caller looks again */
    zinc__os_mutex_lock(&all->lock);
}

void zinc__helpers_progress(zinc__helpers *all) {
    zinc__wait_cell progress = progress_cell(all);
    zinc__wait_cell_notify(&progress);
}

/* ---- Callbacks ----------------------------------------------------------------------------- */

void zinc__call_due(zinc_events *queue, zinc__helper *helper) {
    if (queue->ready == NULL || queue->caller != NULL) {
        return;
    }
    if (queue->calling) {
        queue->call_again = true;
        return;
    }
    queue->caller = helper;
    queue->next_call = NULL;
    if (helper->calls_first == NULL) {
        helper->calls_first = queue;
    } else {
        helper->calls_last->next_call = queue;
    }
    helper->calls_last = queue;
    helper->calls++;
    helper_ring(helper);
}

void zinc__call_revoke(zinc_events *queue) {
    zinc__helper *helper = queue->caller;
    if (helper == NULL) {
        return;
    }
    zinc_events *before = NULL;
    for (zinc_events *other = helper->calls_first; other != queue; other = other->next_call) {
        before = other;
    }
    if (before == NULL) {
        helper->calls_first = queue->next_call;
    } else {
        before->next_call = queue->next_call;
    }
    if (helper->calls_last == queue) {
        helper->calls_last = before;
    }
    helper->calls--;
    queue->caller = NULL;
}

/* Call the callbacks that were due when this began, each once; without the lock. */
static void helper_call(zinc__helper *helper) {
    zinc__helpers *all = helper->all;
    for (uint32_t left = helper->calls; left > 0 && helper->calls_first != NULL; left--) {
        zinc_events *queue = helper->calls_first;
        zinc_events_ready ready = queue->ready;
        void *context = queue->ready_context;
        zinc__call_revoke(queue);
        queue->calling = true;
        zinc__os_mutex_unlock(&all->lock);
        ZINC_FAULT("helper.calling");
        ready(context);
        ZINC_FAULT("helper.called");
        zinc__os_mutex_lock(&all->lock);
        queue->calling = false;
        if (queue->call_again) {
            queue->call_again = false;
            zinc__call_due(queue, helper);
        }
        zinc__helpers_progress(all);
    }
}

/* ---- Batches ------------------------------------------------------------------------------- */

static void watch_link(zinc__watch *watch, zinc__token *token) {
    token->later = NULL;
    token->earlier = watch->last;
    if (watch->last == NULL) {
        watch->first = token;
    } else {
        watch->last->later = token;
    }
    watch->last = token;
    watch->count++;
}

static void watch_unlink(zinc__watch *watch, zinc__token *token) {
    if (token->earlier == NULL) {
        watch->first = token->later;
    } else {
        token->earlier->later = token->later;
    }
    if (token->later == NULL) {
        watch->last = token->earlier;
    } else {
        token->later->earlier = token->earlier;
    }
    watch->count--;
}

void zinc__batch_take(zinc__batch *batch, zinc__token *token, int32_t status) {
    zinc__watch *watch = token->watch;
    zinc_region *region = watch->region;
    zinc__events_forget(token);
    watch_unlink(watch, token);
    heap_remove(watch->helper, token);
    if (batch->helper == NULL) {
        batch->helper = watch->helper;
        batch->helper->pins++;
    }
    zinc__u32 *waits = zinc__region_waits(region);
    if (waits != NULL) {
        zinc__add32_relaxed(waits, UINT32_MAX); /* a figure for people */
    }
    if (watch->count == 0) {
        watch->idle_since_ns = 0;
        token->region = region;
        batch->unlock = true;
        if (!ZINC_MUTATED(EVENTS_LEAVE_LATE)) {
            zinc__region_leave(region); /* not the last use: see watch.h */
        }
    }
    token->status = status;
    zinc__token_append(&batch->tokens, token);
}

void zinc__batch_finish(zinc__helpers *all, zinc__batch *batch) {
    if (batch->unlock) {
        zinc__os_mutex_unlock(&all->lock);
        ZINC_FAULT("helper.taken");
        for (zinc__token *token = batch->tokens.first; token != NULL; token = token->next) {
            if (token->region != NULL) {
                if (ZINC_MUTATED(EVENTS_LEAVE_LATE)) {
                    zinc__region_leave(token->region);
                }
                zinc_region_release(token->region);
                token->region = NULL;
            }
        }
        for (zinc__watch *watch = batch->gone, *next; watch != NULL; watch = next) {
            next = watch->next;
            zinc_view_release(NULL, watch->view);
            free(watch);
        }
        ZINC_FAULT("helper.given_back");
        zinc__os_mutex_lock(&all->lock);
    }
    if (batch->tokens.first != NULL) {
        zinc__events_deliver(all, batch->tokens.first, batch->helper);
    }
    if (batch->helper != NULL) {
        batch->helper->pins--;
    }
}

/* ---- A helper's pass ----------------------------------------------------------------------- */

/* What a helper sleeps on. */
typedef struct sleep_plan {
    zinc__os_word words[ZINC__WATCHES_MAX + 1];
    zinc__u32 *parked[ZINC__WATCHES_MAX + 1]; /* NULL: cannot be set */
    uint32_t count;
    int64_t deadline_ns;
} sleep_plan;

static void helper_unlink(zinc__helper *helper) {
    zinc__helpers *all = helper->all;
    if (helper->before == NULL) {
        all->first = helper->after;
    } else {
        helper->before->after = helper->after;
    }
    if (helper->after == NULL) {
        all->last = helper->before;
    } else {
        helper->after->before = helper->before;
    }
}

static void helper_link_first(zinc__helper *helper) {
    zinc__helpers *all = helper->all;
    helper->before = NULL;
    helper->after = all->first;
    if (all->first == NULL) {
        all->last = helper;
    } else {
        all->first->before = helper;
    }
    all->first = helper;
}

static void helper_link_last(zinc__helper *helper) {
    zinc__helpers *all = helper->all;
    helper->before = all->last;
    helper->after = NULL;
    if (all->last == NULL) {
        all->first = helper;
    } else {
        all->last->after = helper;
    }
    all->last = helper;
}

/* Look at one watch; true if it should be let go. */
static bool watch_look(zinc__watch *watch, int64_t now, zinc__batch *batch) {
    if (watch->dead) {
        return !ZINC_MUTATED(EVENTS_KEEP_CLOSED);
    }
    uint32_t sequence = zinc__load32_acquire(watch->cell.sequence); /* N1->V2 */
    bool changed = sequence != watch->expected;
    watch->expected = sequence;
    if (watch->count == 0) {
        if (watch->idle_since_ns == 0) {
            watch->idle_since_ns = now;
            return false;
        }
        /* A watch that nobody wants costs each notifier a wake: one is enough. */
        return changed || now - watch->idle_since_ns >= LINGER_NS;
    }
    if (!changed || zinc__load32_acquire(&watch->region->closed) != 0) { /* V4->V4' */
        return false; /* closed: shutdown completes them */
    }
    zinc__region_saw(watch->region, watch->first->cursor, sequence);
    for (zinc__token *token = watch->first, *later; token != NULL; token = later) {
        later = token->later; /* taking the last token leaves the watch in place */
        if (token->cursor != sequence) {
            zinc__batch_take(batch, token, ZINC_OK);
        }
    }
    return false;
}

static void helper_scan(zinc__helper *helper, int64_t now, zinc__batch *batch) {
    zinc__helpers *all = helper->all;
    bool was_full = helper->count == all->room;
    for (uint32_t i = 0; i < helper->count;) {
        zinc__watch *watch = helper->watches[i];
        if (!watch_look(watch, now, batch)) {
            i++;
            continue;
        }
        if (!watch->dead) {
            watch_forget(all, watch);
        }
        helper->watches[i] = helper->watches[--helper->count];
        watch->next = batch->gone;
        batch->gone = watch;
        batch->unlock = true;
    }
    if (was_full && helper->count < all->room) {
        helper_unlink(helper);
        helper_link_first(helper);
    }
    while (helper->heap_count > 0 && helper->heap[1]->deadline_ns <= now) {
        zinc__batch_take(batch, helper->heap[1], ZINC_E_TIMEDOUT);
    }
}

/* Decide what to sleep on and until when. */
static void helper_plan(zinc__helper *helper, bool slept_out, sleep_plan *sleep) {
    zinc__helpers *all = helper->all;
    int64_t now = zinc__os_monotonic_ns();
    bool late = all->one_word;
    bool dead = false;
    sleep->count = 0;
    if (!all->one_word || helper->count == 0) {
        /* Relaxed: rung under the lock only, or after this plan. */
        uint32_t rung = zinc__load32_relaxed(&helper->bell);
        sleep->words[0] = (zinc__os_word){&helper->bell, rung, false};
        sleep->parked[0] = &helper->bell_parked;
        sleep->count = 1;
    }
    for (uint32_t i = 0; i < helper->count; i++) {
        const zinc__watch *watch = helper->watches[i];
        sleep->words[sleep->count] = (zinc__os_word){watch->cell.sequence, watch->expected, true};
        sleep->parked[sleep->count++] = watch->cell.parked;
        late = late || (watch->late && watch->count > 0);
        dead = dead || watch->dead;
    }
    if (helper->fresh || !slept_out) {
        helper->park_ns = PARK_FIRST_NS;
    } else if (helper->park_ns < PARK_LAST_NS / 2) {
        helper->park_ns *= 2;
    } else {
        helper->park_ns = PARK_LAST_NS;
    }
    helper->fresh = false;
    sleep->deadline_ns = now + (late ? PARK_FIRST_NS : helper->park_ns);
    if (helper->count == 0) {
        sleep->deadline_ns = helper->idle_since_ns + RETIRE_NS;
    }
    if (helper->heap_count > 0 && helper->heap[1]->deadline_ns < sleep->deadline_ns) {
        sleep->deadline_ns = helper->heap[1]->deadline_ns;
    }
    if (helper->calls > 0 || dead) {
        sleep->deadline_ns = now; /* became due, or died, while the lock was given up */
    }
    helper->wakes_at_ns = sleep->deadline_ns;
}

/* One pass, with the lock held. False: nothing to do for a second, so it ends. */
static bool helper_pass(zinc__helper *helper, bool slept_out, sleep_plan *sleep) {
    zinc__helpers *all = helper->all;
    zinc__batch batch = {.helper = NULL};
    int64_t now = zinc__os_monotonic_ns();
    helper->wakes_at_ns = ZINC__HELPER_AWAKE;
    helper_scan(helper, now, &batch);
    helper->fresh = helper->fresh || batch.tokens.first != NULL;
    zinc__batch_finish(all, &batch);
    helper_call(helper);
    if (helper->count > 0 || helper->calls > 0 || helper->pins > 0) {
        helper->idle_since_ns = now;
    } else if (now - helper->idle_since_ns >= RETIRE_NS) {
        return false;
    }
    helper_plan(helper, slept_out, sleep);
    return true;
}

/* Sleep until something differs from the plan; true if nothing did. */
static bool helper_sleep(zinc__helper *helper, const sleep_plan *sleep) {
    for (uint32_t i = 0; i < sleep->count; i++) {
        if (sleep->parked[i] != NULL && !ZINC_MUTATED(EVENTS_NOT_FLAGGED)) {
            zinc__store32_ordered(sleep->parked[i], 1); /* V3->N2: before the looks below */
        }
    }
    ZINC_FAULT("helper.parked");
    for (uint32_t i = 0; i < sleep->count; i++) {
        const zinc__u32 *word = sleep->words[i].address;
        if (zinc__load32_ordered(word) != sleep->words[i].expected) { /* V3->N2 */
            return false;
        }
    }
    int32_t status = zinc__backend_wait(sleep->words, sleep->count, sleep->deadline_ns);
    ZINC_FAULT("helper.futex_woken");
    if (status != ZINC_OK && status != ZINC_E_AGAIN && status != ZINC_E_TIMEDOUT &&
        status != ZINC_E_INTR) {
        /* One of the words cannot be slept on (its file was truncated). The others are looked at
         * every 50 ms from now on. */
        zinc__os_word bell = {&helper->bell, zinc__load32_relaxed(&helper->bell), false};
        int64_t soon = zinc__os_monotonic_ns() + PARK_FIRST_NS;
        int64_t end = sleep->deadline_ns < soon ? sleep->deadline_ns : soon;
        (void)zinc__backend_wait(&bell, 1, end);
    }
    return status == ZINC_E_TIMEDOUT;
}

static void helper_main(void *context) {
    zinc__helper *helper = context;
    zinc__helpers *all = helper->all;
    sleep_plan sleep;
    bool slept_out = false;
    zinc__os_mutex_lock(&all->lock);
    while (helper_pass(helper, slept_out, &sleep)) {
        zinc__os_mutex_unlock(&all->lock);
        slept_out = helper_sleep(helper, &sleep);
        zinc__os_mutex_lock(&all->lock);
    }
    helper_unlink(helper);
    zinc__os_mutex_unlock(&all->lock);
    free(helper->heap);
    free(helper);
}

/* ---- Helpers ------------------------------------------------------------------------------- */

static int32_t helper_start(zinc__helpers *all, zinc__helper **out) {
    zinc__helper *helper = calloc(1, sizeof *helper);
    if (helper == NULL) {
        return ZINC_E_NOMEM;
    }
    helper->all = all;
    helper->wakes_at_ns = ZINC__HELPER_AWAKE;
    helper->park_ns = PARK_FIRST_NS;
    helper->idle_since_ns = zinc__os_monotonic_ns();
    int32_t status = ZINC_FAULT_STATUS("events.helper_start");
    if (status == ZINC_OK) {
        status = zinc__os_thread_start(helper_main, helper);
    }
    if (status != ZINC_OK) {
        free(helper);
        return ZINC_E_AGAIN;
    }
    helper_link_first(helper); /* it waits for the lock, which we hold */
    *out = helper;
    return ZINC_OK;
}

int32_t zinc__helper_find(zinc__helpers *all, bool with_room, zinc__helper **out) {
    zinc__helper *first = all->first;
    if (first != NULL && (!with_room || first->count < all->room)) {
        *out = first;
        return ZINC_OK;
    }
    return helper_start(all, out);
}

static zinc__helpers *helpers_load(void) {
    return (zinc__helpers *)(uintptr_t)zinc__load64_acquire(&published); /* V1->V1' */
}

zinc__helpers *zinc__helpers_make(void) {
    uint64_t epoch = zinc__process_enter();
    if (epoch == 0) {
        return NULL;
    }
    for (;;) {
        zinc__helpers *all = helpers_load();
        if (all != NULL && (all->epoch == epoch || ZINC_MUTATED(EVENTS_INHERIT))) {
            return all;
        }
        zinc__helpers *made = calloc(1, sizeof *made);
        if (made == NULL) {
            return NULL;
        }
        uint32_t words = zinc__backend_words_max();
        made->epoch = epoch;
        made->inherited = all;
        made->one_word = words < 2;
        made->room = words < 2 ? 1 : words - 1;
        if (made->room > ZINC__WATCHES_MAX) {
            made->room = ZINC__WATCHES_MAX;
        }
        zinc__os_mutex_init(&made->lock);
        uint64_t expected = (uintptr_t)all;
        /* V1->V1' */
        if (zinc__cas64_acq_rel(&published, &expected, (uintptr_t)made)) {
            zinc__os_pin_image(); /* before there is a helper, and outside of the lock */
            return made;
        }
        zinc__os_mutex_destroy(&made->lock);
        free(made);
    }
}

void zinc__events_region_closed(zinc_region *region) {
    zinc__helpers *all = helpers_load();
    if (all == NULL || !zinc__process_is(all->epoch) || ZINC_MUTATED(EVENTS_MISS_CLOSE)) {
        return;
    }
    zinc__batch batch = {.helper = NULL};
    zinc__os_mutex_lock(&all->lock);
    zinc__watch *watch = watch_find(all, region);
    if (watch != NULL) {
        watch_forget(all, watch);
        watch->dead = true;
        for (zinc__token *token = watch->first, *later; token != NULL; token = later) {
            later = token->later;
            zinc__batch_take(&batch, token, ZINC_E_CLOSED);
        }
        helper_ring(watch->helper);
        zinc__batch_finish(all, &batch);
    }
    zinc__os_mutex_unlock(&all->lock);
}

/* ---- Beginning ----------------------------------------------------------------------------- */

static int32_t watch_make(zinc__helpers *all, zinc_region *region, uint32_t cursor,
                          zinc__watch **out) {
    zinc__helper *helper = NULL;
    int32_t status = watch_reserve(all);
    if (status == ZINC_OK) {
        status = zinc__helper_find(all, true, &helper);
    }
    if (status != ZINC_OK) {
        return status;
    }
    zinc__watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        return ZINC_E_NOMEM;
    }
    uint8_t *bytes = NULL;
    status = zinc_view_acquire(region, 0, 0, &bytes, &watch->view);
    if (status != ZINC_OK) {
        free(watch);
        return status;
    }
    watch->region = region;
    watch->helper = helper;
    watch->cell = zinc__region_cell(region);
    watch->expected = cursor;
    watch->late = watch->cell.parked == NULL && !watch->cell.always_wake &&
                  !ZINC_MUTATED(EVENTS_TRUST_READERS);
    zinc__watch **bucket = watch_bucket(all, region);
    watch->next = *bucket;
    *bucket = watch;
    all->watch_count++;
    helper_ring(helper);
    helper->watches[helper->count++] = watch;
    if (helper->count == all->room) {
        helper_unlink(helper);
        helper_link_last(helper);
    }
    *out = watch;
    return ZINC_OK;
}

int32_t zinc__watch_get(zinc__helpers *all, zinc_region *region, uint32_t cursor,
                        zinc__watch **out) {
    zinc__watch *watch = watch_find(all, region);
    int32_t status = watch != NULL ? ZINC_OK : watch_make(all, region, cursor, &watch);
    if (status == ZINC_OK) {
        status = heap_reserve(watch->helper); /* a watch that was made for nothing lingers */
    }
    if (status == ZINC_OK) {
        *out = watch;
    }
    return status;
}

void zinc__watch_begin(zinc__watch *watch, zinc__token *token) {
    zinc__helper *helper = watch->helper;
    token->watch = watch;
    watch_link(watch, token);
    token->order = helper->all->order++;
    token->heap_index = 0;
    if (token->deadline_ns != ZINC_FOREVER) {
        helper->heap_count++;
        heap_up(helper, helper->heap_count, token);
    }
    zinc__u32 *waits = zinc__region_waits(watch->region);
    if (waits != NULL) {
        zinc__add32_relaxed(waits, 1); /* a figure for people */
    }
    helper->fresh = true;
    if (watch->expected != token->cursor || token->deadline_ns < helper->wakes_at_ns ||
        (watch->late && watch->count == 1)) {
        helper_ring(helper);
    }
}
