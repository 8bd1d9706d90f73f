/* SPDX-License-Identifier: MIT */
/* Zinc: waits for event loops.
 *
 * A zinc_events is a queue of completions, one an event loop. zinc_events_wait starts a wait that
 * costs no thread (the library's helper threads watch up to 127 regions each, for all queues);
 * when it ends, its token comes out of the queue, exactly once, with a status. A loop learns of
 * tokens in one of three ways: it blocks in zinc_events_next, it watches zinc_events_fd and
 * drains, or it gives a callback that tells it to drain.
 *
 * Queues are for all threads of one process. In a forked child they answer ZINC_E_FORKED. */
#ifndef ZINC_EVENTS_H
#define ZINC_EVENTS_H

#include <zinc/region.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct zinc_events zinc_events;

typedef struct zinc_event {
    uint64_t token;
    int32_t status; /* ZINC_OK (notified), ZINC_E_TIMEDOUT, ZINC_E_CANCELED, ZINC_E_CLOSED */
    uint32_t reserved;
} zinc_event;

/* Says that the queue has something to drain. Runs on a helper thread, once a batch; must not
 * block and must not call zinc: it only hands over to its loop. */
typedef void (*zinc_events_ready)(void *context);

/* Make a queue. ZINC_OK, ZINC_E_INVAL, ZINC_E_NOMEM. Any thread. Since 0.1 */
ZINC_API int32_t zinc_events_create(zinc_events **out);

/* Start a wait, as zinc_region_wait with this deadline; the queue holds a reference to the region
 * until the token completes. A region that has already been notified completes at once. The token
 * is the caller's; one that is still pending in this queue is ZINC_E_EXIST. ZINC_OK, ZINC_E_INVAL,
 * ZINC_E_CLOSED, ZINC_E_FORKED, ZINC_E_NOMEM, ZINC_E_AGAIN (no thread could be made).
 * Any thread; does not block. Since 0.1 */
ZINC_API int32_t zinc_events_wait(zinc_events *queue, zinc_region *region, uint64_t token,
                                  int64_t deadline_ns);

/* End a pending wait: its token completes with ZINC_E_CANCELED unless it has completed already.
 * ZINC_OK; ZINC_E_NOENT if no such token is pending: then its completion has been taken, or is in
 * the queue, or will be in a moment; ZINC_E_INVAL, ZINC_E_FORKED. Since 0.1 */
ZINC_API int32_t zinc_events_cancel(zinc_events *queue, uint64_t token);

/* Block until something completed, and take up to `capacity` completions; returns their number (1
 * or more), ZINC_E_TIMEDOUT at the deadline, ZINC_E_CLOSED once zinc_events_close was called and
 * everything is taken, ZINC_E_INTR, ZINC_E_INVAL, ZINC_E_FORKED. Any thread; blocks. Since 0.1 */
ZINC_API int32_t zinc_events_next(zinc_events *queue, zinc_event *out, uint32_t capacity,
                                  int64_t deadline_ns);

/* Take up to `capacity` completions without blocking; returns their number, 0 if there are none,
 * ZINC_E_INVAL, ZINC_E_FORKED. Any thread. Since 0.1 */
ZINC_API int32_t zinc_events_drain(zinc_events *queue, zinc_event *out, uint32_t capacity);

/* Store in *out a descriptor, the queue's own, that is readable while zinc_events_drain would give
 * something. Do not read from it. ZINC_OK, ZINC_E_INVAL, ZINC_E_MFILE, ZINC_E_FORKED. Since 0.1 */
ZINC_API int32_t zinc_events_fd(zinc_events *queue, int32_t *out);

/* Call `ready` when something has completed, once a batch, from now on (and once now if there is
 * something to drain already); NULL stops it. Blocks while a call of the former one is in progress.
 * ZINC_OK, ZINC_E_INVAL, ZINC_E_FORKED, ZINC_E_AGAIN (no thread could be made). Any thread but the
 * callback's. Since 0.1 */
ZINC_API int32_t zinc_events_callback(zinc_events *queue, zinc_events_ready ready, void *context);

/* Store in *out the number of waits that have not completed. ZINC_OK, ZINC_E_INVAL, ZINC_E_FORKED.
 * Since 0.1 */
ZINC_API int32_t zinc_events_pending(zinc_events *queue, uint64_t *out);

/* Cancel what is pending and end calls of zinc_events_next with ZINC_E_CLOSED once all is taken;
 * new waits are ZINC_E_CLOSED. Idempotent. ZINC_OK, ZINC_E_INVAL, ZINC_E_FORKED. Any thread.
 * Since 0.1 */
ZINC_API int32_t zinc_events_close(zinc_events *queue);

/* Close and free a queue. After the return the callback is never called again. No other thread may
 * use the queue; NULL does nothing. Not from the callback. Since 0.1 */
ZINC_API void zinc_events_destroy(zinc_events *queue);

#ifdef __cplusplus
}
#endif
#endif
