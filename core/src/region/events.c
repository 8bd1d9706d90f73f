/* SPDX-License-Identifier: MIT */
/* Queues of completions for event loops. What they are made of, and who does the waiting, is told
 * in watch.h. */
#include <zinc/events.h>

#include <stdlib.h>

#include "base/fault.h"
#include "base/mutant.h"
#include "region/watch.h"

/* ---- Pending tokens by number -------------------------------------------------------------- */

static zinc__token **token_bucket(const zinc_events *queue, uint64_t number) {
    return &queue->buckets[zinc__token_hash(number) & (queue->bucket_count - 1)];
}

static zinc__token *token_find(const zinc_events *queue, uint64_t number) {
    if (queue->bucket_count == 0) {
        return NULL;
    }
    zinc__token *found = *token_bucket(queue, number);
    while (found != NULL && found->number != number) {
        found = found->next;
    }
    return found;
}

static void token_enter(zinc_events *queue, zinc__token *token) {
    zinc__token **bucket = token_bucket(queue, token->number);
    token->next = *bucket;
    *bucket = token;
    queue->token_count++;
}

void zinc__events_forget(zinc__token *token) {
    zinc_events *queue = token->queue;
    zinc__token **link = token_bucket(queue, token->number);
    while (*link != token) {
        link = &(*link)->next;
    }
    *link = token->next;
    queue->token_count--;
}

/* Make room for one more pending token. A table that cannot grow gets longer chains. */
static int32_t token_reserve(zinc_events *queue) {
    if (queue->token_count < queue->bucket_count) {
        return ZINC_OK;
    }
    size_t larger = queue->bucket_count == 0 ? 16 : 2 * queue->bucket_count;
    zinc__token **buckets = calloc(larger, sizeof *buckets);
    if (buckets == NULL) {
        return queue->bucket_count == 0 ? ZINC_E_NOMEM : ZINC_OK;
    }
    for (size_t i = 0; i < queue->bucket_count; i++) {
        for (zinc__token *token = queue->buckets[i], *next; token != NULL; token = next) {
            zinc__token **bucket = &buckets[zinc__token_hash(token->number) & (larger - 1)];
            next = token->next;
            token->next = *bucket;
            *bucket = token;
        }
    }
    zinc__token **old = queue->buckets;
    /* The lock orders the store before the free: a child forked now frees one of the two. */
    zinc__os_mutex_lock(&queue->lock);
    queue->buckets = buckets;
    zinc__os_mutex_unlock(&queue->lock);
    queue->bucket_count = larger;
    free(old);
    return ZINC_OK;
}

/* ---- Delivery ------------------------------------------------------------------------------ */

/* With the queue's lock: let the descriptor say whether there is something to drain. */
static void queue_flag(zinc_events *queue) {
    bool something = queue->done.first != NULL;
    if (queue->flag < 0 || queue->raised == something) {
        return;
    }
    if (something) {
        zinc__os_flag_raise(queue->flag);
        ZINC_FAULT("helper.flag_raised");
    } else {
        zinc__os_flag_lower(queue->flag);
    }
    queue->raised = something;
}

static zinc__wait_cell queue_cell(zinc_events *queue) {
    return (zinc__wait_cell){&queue->sequence, &queue->parked, false, false};
}

/* Move what has arrived to where it can be drained, and tell everyone who waits for it. */
static void queue_receive(zinc_events *queue, zinc__helper *helper) {
    zinc__os_mutex_lock(&queue->lock);
    if (queue->done.first == NULL) {
        queue->done = queue->arrived;
    } else {
        queue->done.last->next = queue->arrived.first;
        queue->done.last = queue->arrived.last;
    }
    queue->pending -= queue->arrived_count;
    ZINC_FAULT("helper.delivered");
    queue_flag(queue);
    zinc__wait_cell cell = queue_cell(queue);
    zinc__wait_cell_notify(&cell);
    zinc__os_mutex_unlock(&queue->lock);
    queue->arrived = (zinc__token_list){NULL, NULL};
    queue->arrived_count = 0;
    zinc__call_due(queue, helper);
}

void zinc__events_deliver(zinc__helpers *all, zinc__token *first, zinc__helper *helper) {
    zinc_events *queues = NULL;
    for (zinc__token *token = first, *next; token != NULL; token = next) {
        zinc_events *queue = token->queue;
        next = token->next;
        if (queue->arrived_count++ == 0) {
            queue->next_arrived = queues;
            queues = queue;
        }
        zinc__token_append(&queue->arrived, token);
    }
    while (queues != NULL) {
        zinc_events *queue = queues;
        queues = queue->next_arrived;
        queue_receive(queue, helper);
    }
    zinc__helpers_progress(all);
}

/* ---- Beginning a wait ---------------------------------------------------------------------- */

static void block_enter(zinc_events *queue, zinc__token_block *block) {
    for (uint32_t i = 0; i < block->count; i++) {
        block->tokens[i].queue = queue;
        block->tokens[i].next = queue->free;
        queue->free = &block->tokens[i];
    }
    block->older = queue->blocks;
    queue->blocks = block;
}

/* A free record; counts as pending from now on. NULL without memory. */
static zinc__token *token_new(zinc_events *queue) {
    zinc__os_mutex_lock(&queue->lock);
    if (queue->free == NULL) {
        uint32_t count = queue->blocks == NULL ? 8 : 2 * queue->blocks->count;
        count = count < 1024 ? count : 1024;
        zinc__token_block *block = calloc(1, sizeof *block + count * sizeof block->tokens[0]);
        if (block != NULL) {
            block->count = count;
            block_enter(queue, block);
        }
    }
    zinc__token *token = queue->free;
    if (token != NULL) {
        queue->free = token->next;
        queue->pending++;
    }
    zinc__os_mutex_unlock(&queue->lock);
    return token;
}

/* A wait that ends as it begins. */
static int32_t add_completed(zinc_events *queue, uint64_t number, int32_t status) {
    zinc__helper *helper = NULL;
    if (queue->ready != NULL) { /* callbacks are called by a helper, whatever completes */
        int32_t found = zinc__helper_find(queue->all, false, &helper);
        if (found != ZINC_OK) {
            return found;
        }
    }
    zinc__token *token = token_new(queue);
    if (token == NULL) {
        return ZINC_E_NOMEM;
    }
    token->number = number;
    token->status = status;
    token->next = NULL;
    zinc__events_deliver(queue->all, token, helper);
    return ZINC_OK;
}

/* With the lock held and a use of the region; *kept: the watch keeps that use. */
static int32_t add(zinc_events *queue, zinc_region *region, uint64_t number, int64_t deadline_ns,
                   uint32_t cursor, bool *kept) {
    /* V4->V4': shutdown stores it before it takes the lock to complete what it finds. */
    if (queue->closed || zinc__load32_acquire(&region->closed) != 0) {
        return ZINC_E_CLOSED;
    }
    if (token_find(queue, number) != NULL) {
        return ZINC_E_EXIST;
    }
    uint32_t sequence = zinc__load32_acquire(zinc__region_cell(region).sequence); /* N1->V2 */
    if (sequence != cursor) {
        int32_t status = add_completed(queue, number, ZINC_OK);
        if (status == ZINC_OK) {
            zinc__region_saw(region, cursor, sequence);
        }
        return status;
    }
    if (deadline_ns != ZINC_FOREVER && deadline_ns <= zinc__os_monotonic_ns()) {
        return add_completed(queue, number, ZINC_E_TIMEDOUT);
    }
    zinc__watch *watch = NULL;
    int32_t status = token_reserve(queue);
    if (status == ZINC_OK) {
        status = zinc__watch_get(queue->all, region, cursor, &watch);
    }
    zinc__token *token = status == ZINC_OK ? token_new(queue) : NULL;
    if (token == NULL) {
        return status == ZINC_OK ? ZINC_E_NOMEM : status;
    }
    if (watch->count == 0) {
        (void)zinc_region_retain(region);
        *kept = true;
    }
    token->region = NULL;
    token->number = number;
    token->deadline_ns = deadline_ns;
    token->cursor = cursor;
    token_enter(queue, token);
    zinc__watch_begin(watch, token);
    ZINC_FAULT("events.begun");
    return ZINC_OK;
}

/* ---- Queues -------------------------------------------------------------------------------- */

/* ZINC_OK, or why a queue refuses calls. */
static int32_t queue_check(const zinc_events *queue) {
    if (queue == NULL) {
        return ZINC_E_INVAL;
    }
    return zinc__process_is(queue->epoch) ? ZINC_OK : ZINC_E_FORKED;
}

int32_t zinc_events_create(zinc_events **out) {
    if (out == NULL) {
        return ZINC_E_INVAL;
    }
    *out = NULL;
    zinc__helpers *all = zinc__helpers_make();
    zinc_events *queue = all == NULL ? NULL : calloc(1, sizeof *queue);
    if (queue == NULL) {
        return ZINC_E_NOMEM;
    }
    queue->epoch = all->epoch;
    queue->all = all;
    queue->flag = -1;
    zinc__os_mutex_init(&queue->lock);
    *out = queue;
    return ZINC_OK;
}

int32_t zinc_events_wait(zinc_events *queue, zinc_region *region, uint64_t token,
                         int64_t deadline_ns) {
    int32_t status = queue_check(queue);
    if (status == ZINC_OK) {
        status = zinc__region_enter(region);
    }
    if (status != ZINC_OK) {
        return status;
    }
    /* Relaxed: an older cursor than that of another thread's wait makes this one end at once. */
    uint32_t cursor = zinc__load32_relaxed(&region->cursor);
    bool kept = false;
    zinc__os_mutex_lock(&queue->all->lock);
    status = add(queue, region, token, deadline_ns, cursor, &kept);
    zinc__os_mutex_unlock(&queue->all->lock);
    if (!kept) {
        zinc__region_leave(region);
    }
    return status;
}

int32_t zinc_events_cancel(zinc_events *queue, uint64_t token) {
    int32_t status = queue_check(queue);
    if (status != ZINC_OK) {
        return status;
    }
    zinc__batch batch = {.helper = NULL};
    zinc__os_mutex_lock(&queue->all->lock);
    zinc__token *found = token_find(queue, token);
    if (found != NULL) {
        zinc__batch_take(&batch, found, ZINC_E_CANCELED);
        zinc__batch_finish(queue->all, &batch);
    }
    zinc__os_mutex_unlock(&queue->all->lock);
    return found == NULL ? ZINC_E_NOENT : ZINC_OK;
}

/* With the queue's lock held. */
static uint32_t queue_take(zinc_events *queue, zinc_event *out, uint32_t capacity) {
    uint32_t count = 0;
    while (count < capacity && queue->done.first != NULL) {
        zinc__token *token = queue->done.first;
        queue->done.first = token->next;
        out[count++] = (zinc_event){.token = token->number, .status = token->status};
        token->next = queue->free;
        queue->free = token;
    }
    queue_flag(queue);
    return count;
}

/* The answer is a count in an int32_t. */
static uint32_t countable(uint32_t capacity) {
    return capacity < INT32_MAX ? capacity : INT32_MAX;
}

int32_t zinc_events_next(zinc_events *queue, zinc_event *out, uint32_t capacity,
                         int64_t deadline_ns) {
    int32_t status = queue_check(queue);
    if (status != ZINC_OK || out == NULL || capacity == 0) {
        return status != ZINC_OK ? status : ZINC_E_INVAL;
    }
    for (int32_t waited = ZINC_OK;;) {
        zinc__os_mutex_lock(&queue->lock);
        uint32_t count = queue_take(queue, out, countable(capacity));
        bool over = queue->closed && queue->pending == 0;
        uint32_t seen = zinc__load32_relaxed(&queue->sequence); /* advanced under the lock only */
        zinc__os_mutex_unlock(&queue->lock);
        if (count > 0) {
            return (int32_t)count;
        }
        if (over || waited != ZINC_OK) {
            return over ? ZINC_E_CLOSED : waited;
        }
        zinc__wait_request request = {
            .cell = queue_cell(queue), .seen = seen, .deadline_ns = deadline_ns};
        uint32_t sequence = 0;
        waited = zinc__wait(&request, &sequence);
    }
}

int32_t zinc_events_drain(zinc_events *queue, zinc_event *out, uint32_t capacity) {
    int32_t status = queue_check(queue);
    if (status != ZINC_OK || (out == NULL && capacity > 0)) {
        return status != ZINC_OK ? status : ZINC_E_INVAL;
    }
    zinc__os_mutex_lock(&queue->lock);
    uint32_t count = queue_take(queue, out, countable(capacity));
    zinc__os_mutex_unlock(&queue->lock);
    return (int32_t)count;
}

int32_t zinc_events_fd(zinc_events *queue, int32_t *out) {
    int32_t status = queue_check(queue);
    if (status != ZINC_OK || out == NULL) {
        return status != ZINC_OK ? status : ZINC_E_INVAL;
    }
    zinc__os_mutex_lock(&queue->lock);
    if (queue->flag < 0) {
        status = zinc__os_flag_create(&queue->flag);
    }
    if (status == ZINC_OK) {
        queue_flag(queue);
        *out = queue->flag;
    }
    zinc__os_mutex_unlock(&queue->lock);
    return status;
}

int32_t zinc_events_callback(zinc_events *queue, zinc_events_ready ready, void *context) {
    int32_t status = queue_check(queue);
    if (status != ZINC_OK) {
        return status;
    }
    zinc__helpers *all = queue->all;
    zinc__helper *helper = NULL;
    zinc__os_mutex_lock(&all->lock);
    zinc__os_mutex_lock(&queue->lock);
    bool something = queue->done.first != NULL;
    zinc__os_mutex_unlock(&queue->lock);
    if (ready != NULL && something) {
        /* What completed before would otherwise wait for the next batch. */
        status = zinc__helper_find(all, false, &helper);
    }
    if (status == ZINC_OK) {
        queue->ready = ready;
        queue->ready_context = context;
        if (ready == NULL) {
            zinc__call_revoke(queue);
            queue->call_again = false;
        } else if (something) {
            zinc__call_due(queue, helper);
        }
        while (queue->calling) { /* so that the caller may free the old context */
            zinc__helpers_await(all);
        }
    }
    zinc__os_mutex_unlock(&all->lock);
    return status;
}

int32_t zinc_events_pending(zinc_events *queue, uint64_t *out) {
    int32_t status = queue_check(queue);
    if (status != ZINC_OK || out == NULL) {
        return status != ZINC_OK ? status : ZINC_E_INVAL;
    }
    zinc__os_mutex_lock(&queue->lock);
    *out = queue->pending;
    zinc__os_mutex_unlock(&queue->lock);
    return ZINC_OK;
}

int32_t zinc_events_close(zinc_events *queue) {
    int32_t status = queue_check(queue);
    if (status != ZINC_OK) {
        return status;
    }
    zinc__helpers *all = queue->all;
    zinc__batch batch = {.helper = NULL};
    zinc__os_mutex_lock(&all->lock);
    zinc__os_mutex_lock(&queue->lock);
    queue->closed = true;
    zinc__os_mutex_unlock(&queue->lock);
    for (size_t i = 0; i < queue->bucket_count; i++) {
        while (queue->buckets[i] != NULL) {
            zinc__batch_take(&batch, queue->buckets[i], ZINC_E_CANCELED);
        }
    }
    zinc__batch_finish(all, &batch);
    zinc__os_mutex_lock(&queue->lock);
    zinc__wait_cell cell = queue_cell(queue);
    zinc__wait_cell_notify(&cell);
    zinc__os_mutex_unlock(&queue->lock);
    zinc__os_mutex_unlock(&all->lock);
    return ZINC_OK;
}

void zinc_events_destroy(zinc_events *queue) {
    if (queue == NULL) {
        return;
    }
    if (zinc_events_close(queue) == ZINC_OK) { /* else: a forked child, in which nobody uses it */
        zinc__helpers *all = queue->all;
        zinc__os_mutex_lock(&all->lock);
        queue->ready = NULL;
        queue->call_again = false;
        zinc__call_revoke(queue);
        while ((queue->calling || queue->pending > 0) && !ZINC_MUTATED(EVENTS_DESTROY_EARLY)) {
            zinc__helpers_await(all); /* a helper has it in its hands */
        }
        zinc__os_mutex_unlock(&all->lock);
        zinc__os_mutex_destroy(&queue->lock);
    }
    if (queue->flag >= 0) {
        zinc__os_file_close(queue->flag);
    }
    for (zinc__token_block *block = queue->blocks, *older; block != NULL; block = older) {
        older = block->older;
        free(block);
    }
    free(queue->buckets);
    free(queue);
}
