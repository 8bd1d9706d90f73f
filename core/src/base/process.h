/* SPDX-License-Identifier: MIT */
/* What this process must know about itself: whether it is the one that made a handle (or a forked
 * child of it), and which lock descriptors it owns.
 *
 * Epoch. A page that reads as zero in every child, however the child was made, holds the process's
 * epoch; a handle remembers the epoch in which it was made. One load tells a child that a handle
 * is not its own. The child gets an epoch when it first makes something of its own.
 *
 * Lock descriptors. A lock must not live in two processes, so every descriptor that carries locks
 * is opened and entered in a list under one mutex, which the fork handlers hold: the child closes
 * them all and never unlocks, so the parent's locks stay the parent's. */
#ifndef ZINC_BASE_PROCESS_H
#define ZINC_BASE_PROCESS_H

#include "base/atomic.h"
#include "os/os.h"

extern const zinc__u64 *zinc__process_page; /* never NULL */

/* Make sure that this process has an epoch, and return it; 0 where memory does not suffice. */
uint64_t zinc__process_enter(void);

static inline bool zinc__process_is(uint64_t epoch) {
    /* Relaxed: the kernel changes it, at fork, before any thread of the child runs. */
    return zinc__load64_relaxed(zinc__process_page) == epoch;
}

/* Open a descriptor that will carry locks (and is closed in forked children), as
 * zinc__os_file_open / zinc__os_file_reopen / zinc__os_file_create_*; `directory` is ignored by
 * the last two forms where they need none. */
int32_t zinc__lock_file_open(int32_t directory, const char *name, bool writable, int32_t *out);
int32_t zinc__lock_file_reopen(int32_t file, bool writable, int32_t *out);
int32_t zinc__lock_file_create_named(int32_t directory, const char *name, int32_t *out);
void zinc__lock_file_close(int32_t file);

/* How long a call may be held up by others. */
#define ZINC__PATIENCE_NS INT64_C(1000000000)

/* Try a byte lock until it is had, at least once: ZINC_E_BUSY at the deadline, or after 1 s. */
int32_t zinc__lock_until(int32_t file, uint32_t byte, enum zinc__os_lock_kind kind,
                         int64_t deadline_ns);
int32_t zinc__lock_within_1s(int32_t file, uint32_t byte, enum zinc__os_lock_kind kind);

#endif
