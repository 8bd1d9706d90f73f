/* SPDX-License-Identifier: MIT */
/* Epochs and lock descriptors of this process; see process.h.
 *
 *   page (wiped on fork)     [0] epoch   [1] progress of a process's own initialisation
 *   parent                        1           READY
 *   child, just forked            0           0          every inherited handle answers FORKED
 *   child, after its first need   2           READY      its own mutex, list and descriptors
 *
 *   edge     release                            acquire                    carries
 *   E1->E1'  initialise: store READY            enter: load READY          mutex, list, epoch
 */
#include "base/process.h"

#include <stdlib.h>

#include "base/mutant.h"

enum progress { PROGRESS_NONE = 0, PROGRESS_BUSY = 1, PROGRESS_READY = 2 };

static zinc__u64 resting_page[2]; /* before the first need, and where nothing is wiped on fork */
const zinc__u64 *zinc__process_page = resting_page;
static zinc__u64 *page = resting_page;

static zinc__u32 page_progress; /* of making the page: once for a process and all its children */
static uint64_t epochs;         /* given out so far, in this process and its ancestors */

static zinc__os_mutex mutex; /* guards the list below; held while a lock descriptor is opened */
static int32_t *files;
static size_t file_count;
static size_t file_capacity;

static void before_fork(void) {
    /* Makes sure that there is a mutex, so that the handler behind the fork can unlock it. */
    (void)zinc__process_enter();
    zinc__os_mutex_lock(&mutex);
}

static void after_fork_in_parent(void) {
    zinc__os_mutex_unlock(&mutex);
}

static void close_inherited(void) {
    for (size_t i = 0; i < file_count; i++) {
        zinc__os_file_close(files[i]);
    }
    file_count = 0;
}

static void after_fork_in_child(void) {
    if (!ZINC_MUTATED(FORK_KEEPS_LOCKS)) {
        close_inherited();
    }
    zinc__os_mutex_unlock(&mutex); /* locked before the fork, by the thread that goes on here */
    /* Already zero where the system wipes the page. Relaxed: the child has one thread. */
    zinc__store64_relaxed(&page[0], 0);
    zinc__store64_relaxed(&page[1], PROGRESS_NONE);
}

/* Make the page and register the handlers, once. */
static void prepare_page(void) {
    uint32_t none = PROGRESS_NONE;
    if (zinc__load32_acquire(&page_progress) == PROGRESS_READY) { /* E1->E1' */
        return;
    }
    if (zinc__cas32_acq_rel(&page_progress, &none, PROGRESS_BUSY)) {
        zinc__u64 *wiped = zinc__os_page_wiped_on_fork();
        if (wiped != NULL) {
            page = wiped;
            zinc__process_page = wiped;
        }
        (void)zinc__os_at_fork(before_fork, after_fork_in_parent, after_fork_in_child);
        zinc__store32_release(&page_progress, PROGRESS_READY); /* E1->E1' */
        return;
    }
    while (zinc__load32_acquire(&page_progress) != PROGRESS_READY) { /* E1->E1' */
        (void)zinc__os_sleep_ns(10000);
    }
}

uint64_t zinc__process_enter(void) {
    prepare_page();
    for (;;) {
        uint64_t progress = zinc__load64_acquire(&page[1]); /* E1->E1' */
        if (progress == PROGRESS_READY) {
            return zinc__load64_relaxed(&page[0]);
        }
        if (progress == PROGRESS_NONE && zinc__cas64_acq_rel(&page[1], &progress, PROGRESS_BUSY)) {
            /* A child made past the fork handlers still has its parent's list: the mutex may be
             * held by a thread that does not exist here, so it is made anew. */
            close_inherited();
            zinc__os_mutex_init(&mutex);
            zinc__store64_relaxed(&page[0], ++epochs);
            zinc__store64_release(&page[1], PROGRESS_READY); /* E1->E1' */
            continue;
        }
        (void)zinc__os_sleep_ns(10000);
    }
}

/* With the mutex held: make room for one more, so that what is opened can be entered. */
static int32_t reserve_one(void) {
    if (file_count < file_capacity) {
        return ZINC_OK;
    }
    size_t larger = file_capacity == 0 ? 16 : 2 * file_capacity;
    int32_t *moved = realloc(files, larger * sizeof *moved);
    if (moved == NULL) {
        return ZINC_E_NOMEM;
    }
    files = moved;
    file_capacity = larger;
    return ZINC_OK;
}

enum how { OPEN, REOPEN, CREATE_NAMED };

static int32_t open_entered(enum how how, int32_t from, const char *name, bool writable,
                            int32_t *out) {
    if (zinc__process_enter() == 0) {
        return ZINC_E_NOMEM;
    }
    zinc__os_mutex_lock(&mutex);
    int32_t file = -1;
    int32_t status = reserve_one();
    if (status == ZINC_OK) {
        switch (how) {
        case OPEN:
            status = zinc__os_file_open(from, name, writable, &file);
            break;
        case REOPEN:
            status = zinc__os_file_reopen(from, writable, &file);
            break;
        case CREATE_NAMED:
            status = zinc__os_file_create_named(from, name, &file);
            break;
        }
    }
    if (status == ZINC_OK) {
        files[file_count++] = file;
        *out = file;
    }
    zinc__os_mutex_unlock(&mutex);
    return status;
}

int32_t zinc__lock_file_open(int32_t directory, const char *name, bool writable, int32_t *out) {
    return open_entered(OPEN, directory, name, writable, out);
}

int32_t zinc__lock_file_reopen(int32_t file, bool writable, int32_t *out) {
    return open_entered(REOPEN, file, NULL, writable, out);
}

int32_t zinc__lock_file_create_named(int32_t directory, const char *name, int32_t *out) {
    return open_entered(CREATE_NAMED, directory, name, true, out);
}

void zinc__lock_file_close(int32_t file) {
    if (file < 0) {
        return;
    }
    zinc__os_mutex_lock(&mutex);
    for (size_t i = 0; i < file_count; i++) {
        if (files[i] == file) {
            files[i] = files[--file_count];
            zinc__os_file_close(file);
            break;
        }
    }
    zinc__os_mutex_unlock(&mutex);
}

int32_t zinc__lock_within_1s(int32_t file, uint32_t byte, enum zinc__os_lock_kind kind) {
    return zinc__lock_until(file, byte, kind, zinc__os_monotonic_ns() + ZINC__PATIENCE_NS);
}

int32_t zinc__lock_until(int32_t file, uint32_t byte, enum zinc__os_lock_kind kind,
                         int64_t deadline_ns) {
    int64_t nap = 20000;
    for (;;) {
        int32_t status = zinc__os_lock(file, byte, kind);
        if (status != ZINC_E_AGAIN) {
            return status;
        }
        if (zinc__os_monotonic_ns() >= deadline_ns) {
            return ZINC_E_BUSY;
        }
        (void)zinc__os_sleep_ns(nap);
        nap = nap < 2000000 ? 2 * nap : nap;
    }
}
