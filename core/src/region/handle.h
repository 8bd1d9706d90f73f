/* SPDX-License-Identifier: MIT */
/* The inside of a region handle, shared by the files of this folder.
 *
 * Two lifetimes, kept apart. Participation (row, locks, name) ends at shutdown, once the last call
 * in progress has left. Memory (this struct and the mapping) ends with the last reference, so a
 * call by somebody who holds a reference may touch the mapping at any time, closed or not. Owning
 * views hold the mapping alone.
 *
 *   word         counts                                         at zero
 *   uses         calls in progress that need row or lock file;  with the closed bit: depart
 *                its top bit says closed
 *   references   the user's                                     shut down
 *   holds        one for the references, one for participation  the handle is freed
 *   mapping's    the handle, and each owning view               unmapped, or zeroed if retired
 */
#ifndef ZINC_REGION_HANDLE_H
#define ZINC_REGION_HANDLE_H

#include "base/participant.h"
#include "base/process.h"
#include "base/wait.h"

#define ZINC__USES_CLOSED UINT32_C(0x80000000)

typedef struct zinc__mapping {
    zinc__u32 references;
    zinc__u32 retire; /* leave zero pages behind instead of unmapping */
    uint8_t *address;
    size_t size;
} zinc__mapping;

struct zinc_region {
    uint64_t epoch; /* of the process that made the handle */
    zinc__region_bytes *bytes;
    uint8_t *data;
    zinc__u64 capacity; /* the largest that this handle has verified */
    zinc__u32 closed;   /* 0, then 1: the word that parked waits watch */
    zinc__u32 uses;
    zinc__u32 references;
    zinc__u32 holds;
    zinc__u32 cursor; /* the newest notification that this handle has seen */
    zinc__wait_habits habits;
    zinc__participant participant;
    zinc__header header; /* the private, validated copy; the shared one is never read again */
    zinc__mapping *mapping;
    zinc__os_mutex
        growing; /* one thread of this handle at a time: they share one lock descriptor */
    uint64_t device;
    uint64_t inode;
    uint64_t prefaulted;
    bool read_only;
    bool creator;
    bool huge_pages;
    char name[ZINC_NAME_MAX + 1];
    char domain[ZINC_DOMAIN_MAX + 1];
    char directory[256]; /* ZINC_DIR as it was when the handle was made */
};

/* ZINC_OK, or why the handle refuses calls: ZINC_E_INVAL (NULL), ZINC_E_FORKED, ZINC_E_CLOSED. */
static inline int32_t zinc__region_check(const zinc_region *region) {
    if (region == NULL) {
        return ZINC_E_INVAL;
    }
    if (!zinc__process_is(region->epoch)) {
        return ZINC_E_FORKED;
    }
    /* C1->C1' of base/wait.c */
    return zinc__load32_acquire(&region->closed) != 0 ? ZINC_E_CLOSED : ZINC_OK;
}

/* Begin a call that needs row or lock file; ZINC_OK means that zinc__region_leave must follow.
 * Until then the handle keeps its participation, and with it its memory. */
int32_t zinc__region_enter(zinc_region *region);
void zinc__region_leave(zinc_region *region);

/* The notify sequence and parked word of this region. */
zinc__wait_cell zinc__region_cell(const zinc_region *region);

/* Let the cursor advance to what a wait that began at `seen` has found; it never goes back behind
 * what another thread's wait found meanwhile. */
void zinc__region_saw(zinc_region *region, uint32_t seen, uint32_t sequence);

/* This handle's count of waits in progress, or NULL for a read-only one. */
zinc__u32 *zinc__region_waits(const zinc_region *region);

/* Called by shutdown, after `closed` is set and before participation ends: complete every pending
 * event of this handle with ZINC_E_CLOSED and give back what they hold. In events.c. */
void zinc__events_region_closed(zinc_region *region);

#endif
