/* SPDX-License-Identifier: MIT */
/* Zinc: deadlines and cancellation, shared by everything that waits.
 *
 * A deadline is an absolute time of CLOCK_MONOTONIC in nanoseconds; ZINC_FOREVER never passes, and
 * a deadline that has passed (0, for instance) makes a wait ask once and return.
 *
 * A zinc_cancel ends waits from outside. It is sticky: fired once, every wait that is given it,
 * then or later, answers ZINC_E_CANCELED. It may be fired before, during and after a wait, from
 * any thread and from a signal handler, and disturbs no wait but its own. */
#ifndef ZINC_WAIT_H
#define ZINC_WAIT_H

#include <zinc/error.h>

#define ZINC_FOREVER INT64_MAX

#ifdef __cplusplus
extern "C" {
#endif

typedef struct zinc_cancel zinc_cancel;

/* Return the present time of the deadline clock, in nanoseconds.
 * Any thread; wait-free. Since 0.1 */
ZINC_API int64_t zinc_clock_ns(void);

/* Return the deadline timeout_ns nanoseconds from now: ZINC_FOREVER where that does not fit, and
 * for negative timeouts 0, which has passed. Any thread; wait-free. Since 0.1 */
ZINC_API int64_t zinc_deadline_ns(int64_t timeout_ns);

/* Make a cancellation that has not been fired; *out is the caller's until zinc_cancel_destroy.
 * Returns ZINC_OK, ZINC_E_INVAL (NULL), ZINC_E_NOMEM. Any thread. Since 0.1 */
ZINC_API int32_t zinc_cancel_create(zinc_cancel **out);

/* End every wait that has, or will be given, this cancellation. Idempotent; NULL does nothing.
 * Any thread, and signal handlers. Wait-free. Since 0.1 */
ZINC_API void zinc_cancel_fire(zinc_cancel *cancel);

/* Return 1 once fired, else 0 (also for NULL). Any thread; wait-free. Since 0.1 */
ZINC_API int32_t zinc_cancel_fired(zinc_cancel *cancel);

/* Free a cancellation. No wait may still have it; NULL does nothing.
 * One thread, after the last use. Since 0.1 */
ZINC_API void zinc_cancel_destroy(zinc_cancel *cancel);

#ifdef __cplusplus
}
#endif
#endif
