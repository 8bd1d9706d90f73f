/* SPDX-License-Identifier: MIT */
/* The handle: its bytes, notifications, growth, facts, and its two lifetimes (see handle.h).
 *
 *   edge     release / ordered               acquire / ordered            carries
 *   U1->U1'  leave: give a use back          the one that departs         what the call did
 *   R1->R1'  release: give a reference back  the one that frees           what its holder did
 *   G1->G1'  grow: store the capacity        capacity: load it            the allocation behind it
 *   N1->W1   see base/wait.c
 */
#include "region/handle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/mutant.h"
#include "region/lifecycle.h"
#include "region/look.h"
#include "region/name.h"

/* ---- Memory: mapping and handle ------------------------------------------------------------- */

static void mapping_release(zinc__mapping *mapping) {
    if (zinc__sub32_acq_rel(&mapping->references, 1) != 1) { /* R1->R1' */
        return;
    }
    /* Relaxed: set before the reference of whoever set it was given back (R1->R1'). */
    if (zinc__load32_relaxed(&mapping->retire) == 0 ||
        zinc__os_map_zeros(mapping->address, mapping->size) != ZINC_OK) {
        zinc__os_unmap(mapping->address, mapping->size);
    }
    free(mapping);
}

static void hold_release(zinc_region *region) {
    if (zinc__sub32_acq_rel(&region->holds, 1) == 1) { /* R1->R1' */
        mapping_release(region->mapping);
        zinc__os_mutex_destroy(&region->growing);
        free(region);
    }
}

/* ---- Participation -------------------------------------------------------------------------- */

/* Unbind our name, if it is still ours to unbind. */
static void unbind(zinc_region *region, enum zinc__unbind how) {
    zinc__place place;
    int32_t file = region->participant.lock_file;
    int32_t fresh = -1;
    zinc__os_stat stat;
    if (zinc__place_known(&place, region->directory, region->domain, region->name) != ZINC_OK) {
        return;
    }
    if (region->read_only) {
        /* A reader's descriptor cannot take write locks: through a fresh one, where permitted; else
         * the next create, open or gc does it. */
        if (zinc__unbind_open(&place, &fresh) != ZINC_OK ||
            zinc__os_file_stat(fresh, &stat) != ZINC_OK || stat.inode != region->inode ||
            stat.device != region->device) {
            file = -1;
        } else {
            file = fresh;
        }
    }
    if (file >= 0) {
        (void)zinc__unbind(&place, file, region->header.lifetime, how);
    }
    zinc__lock_file_close(fresh);
    zinc__place_close(&place);
}

/* Give up the row, the locks, and, if this was the last one, the name. */
static void leave_region(zinc_region *region) {
    int32_t file = region->participant.lock_file;
    uint32_t lifetime = region->header.lifetime;
    zinc__os_stat stat;
    bool known = zinc__os_file_stat(file, &stat) == ZINC_OK;
    if (known && stat.size >= region->header.data_offset) {
        zinc__participant_leave(&region->participant);
    } /* else the row is no longer there to be cleared: closing drops its lock */
    bool bound = known && stat.links != 0 && region->directory[0] != '\0' &&
                 (region->header.flags & ZINC__HEADER_PRIVATE) == 0;
    if (ZINC_MUTATED(CLOSE_WITHOUT_NAME) && bound && lifetime == ZINC_LIFETIME_AUTO) {
        unbind(region, ZINC__UNBIND_LAST);
        return;
    }
    if (bound && region->creator && lifetime == ZINC_LIFETIME_CREATOR) {
        unbind(region, ZINC__UNBIND_FORCED);
    }
    (void)zinc__os_lock(file, ZINC__LOCK_ALIVE, ZINC__OS_UNLOCK);
    /* Asked after our own byte is free: of two last closers the later one sees nobody. */
    if (bound && lifetime == ZINC_LIFETIME_AUTO && !zinc__life_anybody(file)) {
        unbind(region, ZINC__UNBIND_LAST);
    }
}

/* By the last call in progress after the handle was closed; exactly once. */
static void depart(zinc_region *region) {
    leave_region(region);
    ZINC_FAULT("close.left");
    zinc__lock_file_close(region->participant.lock_file);
    hold_release(region);
}

int32_t zinc__region_enter(zinc_region *region) {
    if (region == NULL) {
        return ZINC_E_INVAL;
    }
    if (!zinc__process_is(region->epoch)) {
        return ZINC_E_FORKED;
    }
    uint32_t uses = zinc__load32_relaxed(&region->uses); /* the exchange decides */
    do {
        if ((uses & ZINC__USES_CLOSED) != 0) {
            return ZINC_E_CLOSED;
        }
    } while (!zinc__cas32_acq_rel(&region->uses, &uses, uses + 1)); /* U1->U1' */
    return ZINC_OK;
}

void zinc__region_leave(zinc_region *region) {
    if (zinc__sub32_acq_rel(&region->uses, 1) == (ZINC__USES_CLOSED | 1)) { /* U1->U1' */
        depart(region);
    }
}

int32_t zinc_region_shutdown(zinc_region *region) {
    int32_t status = zinc__region_enter(region);
    if (status != ZINC_OK) {
        return status == ZINC_E_CLOSED ? ZINC_OK : status;
    }
    zinc__store32_ordered(&region->closed, 1); /* C1->C1', so that whoever is refused sees why */
    zinc__or32_acq_rel(&region->uses, ZINC__USES_CLOSED); /* U1->U1' */
    ZINC_FAULT("close.closed");
    /* Parked waits of this handle watch `closed`; where the system cannot wait for two words they
     * look every 50 ms, and rousing the shared word makes that sooner. */
    if (!ZINC_MUTATED(CLOSE_SILENT)) {
        zinc__backend_wake(&region->closed, false);
    }
    if (zinc__backend_words_max() < 3) {
        zinc__wait_cell cell = zinc__region_cell(region);
        zinc__wait_cell_rouse(&cell);
    }
    zinc__events_region_closed(region);
    zinc__region_leave(region);
    return ZINC_OK;
}

zinc_region *zinc_region_retain(zinc_region *region) {
    if (region != NULL) {
        zinc__add32_relaxed(&region->references, 1); /* the caller holds one: nothing to order */
    }
    return region;
}

/* A child has copies of handle and mapping, and no part in anything shared. */
static void forget_in_child(zinc_region *region) {
    mapping_release(region->mapping);
    free(region);
}

void zinc_region_release(zinc_region *region) {
    if (region == NULL || zinc__sub32_acq_rel(&region->references, 1) != 1) { /* R1->R1' */
        return;
    }
    if (!zinc__process_is(region->epoch)) {
        forget_in_child(region);
        return;
    }
    (void)zinc_region_shutdown(region);
    hold_release(region);
}

void zinc_close(zinc_region *region) {
    if (region != NULL) {
        (void)zinc_region_shutdown(region);
        zinc_region_release(region);
    }
}

void zinc_region_retire(zinc_region *region) {
    if (region != NULL) {
        /* Relaxed: carried by giving the reference back (R1->R1'). */
        zinc__store32_relaxed(&region->mapping->retire, 1);
        zinc_close(region);
    }
}

/* ---- Bytes ---------------------------------------------------------------------------------- */

uint8_t *zinc_ptr(zinc_region *region) {
    return zinc__region_check(region) == ZINC_OK ? region->data : NULL;
}

/* Let the verified capacity rise to `capacity`; it never falls. */
static void capacity_verified(zinc_region *region, uint64_t capacity) {
    uint64_t known = zinc__load64_relaxed(&region->capacity); /* the exchange decides */
    /* G1->G1': hands on what the load of the shared capacity brought. */
    while (known < capacity && !zinc__cas64_acq_rel(&region->capacity, &known, capacity)) {
    }
}

/* Believe a larger capacity only within our own bound and if the file is that long. */
static void capacity_refresh(zinc_region *region, uint64_t claimed) {
    if (claimed > region->header.max_capacity || zinc__region_enter(region) != ZINC_OK) {
        return;
    }
    zinc__os_stat stat;
    if (ZINC_MUTATED(GROW_BELIEVES) ||
        (zinc__os_file_stat(region->participant.lock_file, &stat) == ZINC_OK &&
         stat.size >= region->header.data_offset + claimed)) {
        capacity_verified(region, claimed);
    }
    zinc__region_leave(region);
}

static uint64_t capacity_now(zinc_region *region) {
    /* G1->G1': what is allocated behind a capacity is there before the capacity. */
    uint64_t claimed = zinc__load64_acquire(&region->bytes->state.capacity);
    uint64_t known = zinc__load64_relaxed(&region->capacity);
    if (claimed > known) {
        capacity_refresh(region, claimed);
        known = zinc__load64_relaxed(&region->capacity);
    }
    return known;
}

size_t zinc_capacity(zinc_region *region) {
    return zinc__region_check(region) == ZINC_OK ? (size_t)capacity_now(region) : 0;
}

int32_t zinc_view_acquire(zinc_region *region, size_t offset, size_t size, uint8_t **bytes,
                          void **context) {
    if (bytes == NULL || context == NULL) {
        return ZINC_E_INVAL;
    }
    int32_t status = zinc__region_check(region);
    if (status != ZINC_OK) {
        return status;
    }
    uint64_t capacity = capacity_now(region);
    if (offset > capacity || size > capacity - offset) {
        return ZINC_E_OVERFLOW;
    }
    zinc__add32_relaxed(&region->mapping->references, 1); /* the handle holds one */
    *bytes = region->data + offset;
    *context = region->mapping;
    return ZINC_OK;
}

void zinc_view_release(void *bytes, void *context) {
    (void)bytes;
    if (context != NULL) {
        mapping_release(context);
    }
}

/* With the growth byte held. *grown tells whether this call, and no earlier one, did it. */
static int32_t grow_held(zinc_region *region, uint64_t capacity, bool *grown) {
    int32_t file = region->participant.lock_file;
    zinc__os_stat stat;
    int32_t status = zinc__os_file_stat(file, &stat);
    if (status != ZINC_OK) {
        return status;
    }
    uint64_t known = zinc__load64_relaxed(&region->capacity);
    uint64_t file_holds =
        stat.size > region->header.data_offset ? stat.size - region->header.data_offset : 0;
    if (file_holds < known) {
        return ZINC_E_GONE; /* before the mapping is touched, whose pages may be gone as well */
    }
    /* G1->G1'; a peer's lie above our bound is ignored by everybody, and overwritten here. */
    uint64_t shared = zinc__load64_acquire(&region->bytes->state.capacity);
    if (shared >= capacity && shared <= region->header.max_capacity && shared <= file_holds) {
        capacity_verified(region, shared);
        return ZINC_OK;
    }
    bool sparse = (region->header.flags & ZINC__HEADER_SPARSE) != 0;
    status = zinc__os_file_allocate(file, region->header.data_offset + capacity, sparse);
    ZINC_FAULT("grow.allocated");
    if (status != ZINC_OK) {
        return status;
    }
    zinc__store64_release(&region->bytes->state.capacity, capacity); /* G1->G1' */
    capacity_verified(region, capacity);
    *grown = true;
    ZINC_FAULT("grow.stored");
    return ZINC_OK;
}

int32_t zinc_region_grow(zinc_region *region, size_t capacity) {
    int32_t status = zinc__region_enter(region);
    if (status != ZINC_OK) {
        return status;
    }
    bool grown = false;
    if (region->read_only || (region->header.flags & ZINC__HEADER_SEALED) != 0) {
        status = ZINC_E_PERM;
    } else if (capacity > region->header.max_capacity) {
        status = ZINC_E_OVERFLOW;
    } else if (capacity > zinc__load64_relaxed(&region->capacity)) { /* it never falls */
        /* Of several threads that a stranger holds up, each waits as long as the first. */
        int64_t deadline = zinc__os_monotonic_ns() + ZINC__PATIENCE_NS;
        zinc__os_mutex_lock(&region->growing);
        int32_t file = region->participant.lock_file;
        status = ZINC_MUTATED(GROW_UNLOCKED)
                     ? ZINC_OK
                     : zinc__lock_until(file, ZINC__LOCK_GROWTH, ZINC__OS_LOCK_WRITE, deadline);
        if (status == ZINC_OK) {
            ZINC_FAULT("grow.locked");
            status = grow_held(region, capacity, &grown);
            (void)zinc__os_lock(file, ZINC__LOCK_GROWTH, ZINC__OS_UNLOCK);
        }
        zinc__os_mutex_unlock(&region->growing);
    }
    if (grown) { /* also when another thread has closed the handle meanwhile */
        zinc__wait_cell cell = zinc__region_cell(region);
        zinc__wait_cell_notify(&cell);
    }
    zinc__region_leave(region);
    return status;
}

/* ---- Notify and wait ------------------------------------------------------------------------ */

zinc__wait_cell zinc__region_cell(const zinc_region *region) {
    return (zinc__wait_cell){
        .sequence = &region->bytes->notify.sequence,
        .parked = region->read_only ? NULL : &region->bytes->park.parked,
        .shared = true,
        .always_wake = (region->header.flags & ZINC__HEADER_READ_ONLY_WAITERS) != 0,
    };
}

zinc__u32 *zinc__region_waits(const zinc_region *region) {
    uint32_t row = region->participant.owner.row;
    return row == 0 ? NULL : &region->bytes->rows[row - 1].waits;
}

void zinc__region_saw(zinc_region *region, uint32_t seen, uint32_t sequence) {
    /* Relaxed: the cursor is this handle's own memory of the past and carries nothing. Which of two
     * is newer shows in their difference only among waits of one time; behind the cursor from which
     * the wait began, any number of notifications may have come. */
    uint32_t cursor = zinc__load32_relaxed(&region->cursor);
    while ((cursor == seen || (int32_t)(sequence - cursor) > 0) &&
           !zinc__cas32_relaxed(&region->cursor, &cursor, sequence)) {
    }
}

int32_t zinc_region_notify(zinc_region *region) {
    int32_t status = zinc__region_check(region);
    if (status != ZINC_OK) {
        return status;
    }
    if (region->read_only) {
        return ZINC_E_PERM;
    }
    zinc__wait_cell cell = zinc__region_cell(region);
    zinc__wait_cell_notify(&cell);
    return ZINC_OK;
}

void zinc_notify(zinc_region *region) {
    (void)zinc_region_notify(region);
}

int32_t zinc_region_wait_from(zinc_region *region, uint32_t seen, int64_t deadline_ns,
                              zinc_cancel *cancel) {
    int32_t status = zinc__region_enter(region);
    if (status != ZINC_OK) {
        return status;
    }
    zinc__wait_request request = {
        .cell = zinc__region_cell(region),
        .seen = seen,
        .deadline_ns = deadline_ns,
        .cancel = cancel,
        .closed = &region->closed,
        .waits = zinc__region_waits(region),
        .habits = &region->habits,
    };
    uint32_t sequence = 0;
    status = zinc__wait(&request, &sequence);
    if (status == ZINC_OK) {
        zinc__region_saw(region, seen, sequence);
    }
    zinc__region_leave(region);
    return status;
}

uint32_t zinc_region_seen(zinc_region *region) {
    /* Relaxed: the handle's own memory of the past. */
    return zinc__region_check(region) == ZINC_OK ? zinc__load32_relaxed(&region->cursor) : 0;
}

int32_t zinc_region_wait(zinc_region *region, int64_t deadline_ns, zinc_cancel *cancel) {
    return zinc_region_wait_from(region, zinc_region_seen(region), deadline_ns, cancel);
}

int32_t zinc_wait(zinc_region *region, uint32_t timeout_ms) {
    int64_t deadline = timeout_ms == 0            ? 0
                       : timeout_ms == UINT32_MAX ? ZINC_FOREVER
                                                  : zinc_deadline_ns((int64_t)timeout_ms * 1000000);
    uint32_t seen = zinc_region_seen(region);
    int32_t status = 0;
    do {
        status = zinc_region_wait_from(region, seen, deadline, NULL);
    } while (status == ZINC_E_INTR);
    return status;
}

/* ---- Names ---------------------------------------------------------------------------------- */

int32_t zinc_region_unlink(zinc_region *region) {
    int32_t status = zinc__region_enter(region);
    if (status != ZINC_OK) {
        return status;
    }
    zinc__os_stat stat;
    if (!region->creator) {
        status = ZINC_E_PERM;
    } else if ((region->header.flags & ZINC__HEADER_PRIVATE) == 0 &&
               zinc__os_file_stat(region->participant.lock_file, &stat) == ZINC_OK &&
               stat.links != 0) {
        zinc__place place;
        status = zinc__place_known(&place, region->directory, region->domain, region->name);
        if (status == ZINC_OK) {
            /* A descriptor of its own: threads that share one would not exclude each other. */
            int32_t file = -1;
            status = zinc__unbind_open(&place, &file);
            if (status == ZINC_OK && zinc__os_file_stat(file, &stat) == ZINC_OK &&
                stat.inode == region->inode && stat.device == region->device) {
                status = zinc__unbind(&place, file, region->header.lifetime, ZINC__UNBIND_FORCED);
            }
            status = status == ZINC_E_NOENT ? ZINC_OK : status;
            zinc__lock_file_close(file);
        }
        zinc__place_close(&place);
    }
    zinc__region_leave(region);
    return status;
}

const char *zinc_region_name(zinc_region *region) {
    return region == NULL ? NULL : region->name;
}

int32_t zinc_region_status(zinc_region *region) {
    return zinc__region_check(region);
}

/* ---- Facts ---------------------------------------------------------------------------------- */

int32_t zinc_region_info(zinc_region *region, zinc_info *out) {
    if (out == NULL || out->size < sizeof out->size) {
        return ZINC_E_INVAL;
    }
    int32_t status = zinc__region_enter(region);
    if (status != ZINC_OK) {
        return status;
    }
    zinc_info info;
    memset(&info, 0, sizeof info);
    zinc__os_stat stat;
    status = zinc__os_file_stat(region->participant.lock_file, &stat);
    if (status == ZINC_OK) {
        /* In a file that was cut the shared capacity may have no page any more. */
        bool whole = stat.size >= region->header.data_offset;
        uint64_t capacity = whole ? capacity_now(region) : zinc__load64_relaxed(&region->capacity);
        /* A peer may have grown it between the two looks: only what is short now is short. */
        if (stat.size < region->header.data_offset + capacity) {
            (void)zinc__os_file_stat(region->participant.lock_file, &stat);
        }
        zinc__look_fill(region->participant.lock_file, &stat, &region->header, capacity, &info);
        zinc__look_rows(region->participant.lock_file, region->header.rows,
                        region->participant.owner.row, &info);
        info.flags |= region->creator ? (uint32_t)ZINC_INFO_CREATED : 0;
        info.flags |= region->creator ? (uint32_t)ZINC_INFO_CREATOR_ALIVE : 0;
        info.flags |= region->read_only ? (uint32_t)ZINC_INFO_READ_ONLY : 0;
        info.flags &= ~(uint32_t)ZINC_INFO_RECLAIMABLE; /* this handle lives */
        info.prefaulted = region->prefaulted;
        if (region->huge_pages) {
            info.huge_bytes = zinc__os_huge_bytes(region->mapping->address, region->mapping->size);
        }
        info.wait_policy = region->habits.policy;
        memcpy(info.name, region->name, sizeof region->name);
        memcpy(info.domain, region->domain, sizeof region->domain);
        zinc__look_give(&info, out);
    }
    zinc__region_leave(region);
    return status;
}

/* What a status means for this handle, where there is more to say than the table says. */
static void explain_here(zinc_region *region, int32_t status, zinc_error *out) {
    const char *name = region->name;
    switch (status) {
    case ZINC_E_OVERFLOW:
        (void)zinc__report(out, status,
                           "region \"%s\": outside its %" PRIu64 " bytes (maximum %" PRIu64
                           "): ask for less, or create it with a larger max_capacity",
                           name, zinc__load64_relaxed(&region->capacity),
                           region->header.max_capacity);
        break;
    case ZINC_E_PERM:
        (void)zinc__report(out, status, "region \"%s\": %s", name,
                           region->read_only ? "this handle is read-only: open it for writing"
                           : (region->header.flags & ZINC__HEADER_SEALED) != 0
                               ? "it is sealed, so it cannot grow or change hands"
                               : "only the creator's handle may do this: use zinc_region_remove");
        break;
    case ZINC_E_CLOSED:
        (void)zinc__report(out, status, "region \"%s\": the handle is closed: open it again", name);
        break;
    case ZINC_E_FORKED:
        (void)zinc__report(
            out, status,
            "region \"%s\": the handle was made before fork and stays the parent's: open "
            "the region in the child",
            name);
        break;
    default:
        (void)zinc__report(out, status, "region \"%s\" (%" PRIu64 " bytes in %s): %s: %s", name,
                           zinc__load64_relaxed(&region->capacity),
                           region->directory[0] != '\0' ? region->directory : "memory",
                           zinc_strerror(status), zinc_error_remedy(status));
        break;
    }
}

int32_t zinc_region_explain(zinc_region *region, int32_t status, zinc_error *out) {
    if (out == NULL) {
        return ZINC_E_INVAL;
    }
    if (region == NULL) {
        (void)zinc__report(out, status, "%s: %s", zinc_strerror(status), zinc_error_remedy(status));
    } else {
        explain_here(region, status, out);
    }
    return ZINC_OK;
}
