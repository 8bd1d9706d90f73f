/* SPDX-License-Identifier: MIT */
/* Opening regions by name, and attaching to descriptors.
 *
 *   open (this is the lock descriptor) -> owner and mode -> header, a private copy -> does anybody
 *   live? -> alive byte -> state and link count again -> map through another descriptor -> row
 *
 * Between "somebody lives" and our own alive byte the last user may go: it then marks the region
 * dead before it lets the byte go, so the second look at the state decides. Whoever fails after it
 * had the alive byte may have been the last one for a moment, and closes like one. */
#include "region/make.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/mutant.h"

static bool owner_accepted(const zinc__os_stat *stat, const zinc_region_options *options) {
    if (stat->owner == zinc__os_user() || stat->owner == 0 ||
        (options->flags & ZINC_REGION_ANY_OWNER) != 0) {
        return true;
    }
    for (uint64_t i = 0; i < options->accept_owner_count; i++) {
        if (options->accept_owners[i] == stat->owner) {
            return true;
        }
    }
    return false;
}

static int32_t rights_check(const zinc__place *place, const zinc__os_stat *stat,
                            const zinc_region_options *options, zinc_error *error) {
    if (!stat->regular) {
        return zinc__report(error, ZINC_E_LAYOUT, "region \"%s\": %s/%s is not a regular file",
                            place->name, place->path, place->file);
    }
    if (ZINC_MUTATED(OPEN_TRUSTS_ANYBODY)) {
        return ZINC_OK;
    }
    if (!owner_accepted(stat, options)) {
        return zinc__report(error, ZINC_E_ACCES,
                            "region \"%s\" belongs to user %" PRIu32
                            ": accept that owner in the options "
                            "of open if you trust it",
                            place->name, stat->owner);
    }
    if ((stat->mode & UINT32_C(022) & ~options->accept_mode) != 0) {
        return zinc__report(error, ZINC_E_ACCES,
                            "region \"%s\" has mode 0%" PRIo32
                            ", so others may write it: accept that "
                            "mode in the options of open if you trust them",
                            place->name, stat->mode);
    }
    return ZINC_OK;
}

static int32_t absent(const zinc__place *place, zinc_error *error) {
    return zinc__report(
        error, ZINC_E_NOENT,
        "no region \"%s\"%s%s in %s: start its creator first, or compare ZINC_DIR and "
        "ZINC_DOMAIN of both sides",
        place->name, place->domain[0] != '\0' ? " of domain " : "", place->domain, place->path);
}

static int32_t unreadable(const zinc__place *place, int32_t status, const char *reason,
                          zinc_error *error) {
    return zinc__report(error, status, "region \"%s\" (%s/%s): %s: %s", place->name, place->path,
                        place->file, reason, zinc_error_remedy(status));
}

/* Take the alive byte, and see what the region is now that we count as alive. ZINC_E_AGAIN: it is
 * going or gone; look at the name anew. */
static int32_t alive_take(int32_t lock_file, bool named, zinc__facts *facts, const char **reason) {
    *reason = "its alive byte cannot be locked";
    int32_t status = zinc__os_lock(lock_file, ZINC__LOCK_ALIVE, ZINC__OS_LOCK_READ);
    if (status != ZINC_OK) {
        return status;
    }
    ZINC_FAULT("open.alive_locked");
    status = zinc__facts_read(lock_file, facts, reason);
    if (status == ZINC_OK && !ZINC_MUTATED(OPEN_ATTACHES_DEAD) &&
        (facts->state != ZINC__STATE_READY || (named && facts->stat.links == 0))) {
        status = ZINC_E_AGAIN;
    }
    if (status != ZINC_OK) {
        (void)zinc__os_lock(lock_file, ZINC__LOCK_ALIVE, ZINC__OS_UNLOCK);
    }
    return status;
}

/* A second descriptor of the same inode, for the mapping. */
static int32_t map_file_open(zinc__made *made, const zinc__place *place) {
    int32_t status = zinc__os_file_reopen(made->lock_file, !made->read_only, &made->map_file);
    if (status != ZINC_E_NOTSUP || place->directory < 0) {
        return status;
    }
    status = zinc__os_file_open(place->directory, place->file, !made->read_only, &made->map_file);
    zinc__os_stat stat;
    if (status == ZINC_OK) {
        status = zinc__os_file_stat(made->map_file, &stat);
        if (status == ZINC_OK && (stat.inode != made->inode || stat.device != made->device)) {
            status = ZINC_E_STALE;
        }
    }
    return status;
}

static int32_t attach_alive(zinc__made *made, const zinc__place *place, const zinc__facts *facts,
                            const zinc_region_options *options, zinc_region **out,
                            zinc_error *error) {
    made->header = facts->header;
    made->capacity = facts->capacity;
    made->sequence = facts->sequence;
    made->device = facts->stat.device;
    made->inode = facts->stat.inode;
    int32_t status = map_file_open(made, place);
    if (status != ZINC_OK) {
        return zinc__report(error, status, "region \"%s\": opening it for mapping failed: %s",
                            place->name, zinc_strerror(status));
    }
    status = zinc__made_map(made, options, place->name, error);
    ZINC_FAULT("open.mapped");
    return status == ZINC_OK ? zinc__made_handle(made, place, options, out, error) : status;
}

/* With the alive byte held: from facts to a handle. On failure we close like the last one, if we
 * are. */
static int32_t attach(zinc__made *made, const zinc__place *place, const zinc__facts *facts,
                      const zinc_region_options *options, zinc_region **out, zinc_error *error) {
    int32_t status = attach_alive(made, place, facts, options, out, error);
    if (status != ZINC_OK && made->lock_file >= 0) {
        (void)zinc__os_lock(made->lock_file, ZINC__LOCK_ALIVE, ZINC__OS_UNLOCK);
        if (facts->header.lifetime == ZINC_LIFETIME_AUTO && !made->read_only &&
            (facts->header.flags & ZINC__HEADER_PRIVATE) == 0 && place->directory >= 0 &&
            !zinc__life_anybody(made->lock_file)) {
            (void)zinc__unbind(place, made->lock_file, facts->header.lifetime, ZINC__UNBIND_LAST);
        }
    }
    return status;
}

/* Does the name still mean the file that was examined? */
static bool name_is(const zinc__place *place, const zinc__os_stat *examined) {
    zinc__os_stat named;
    return zinc__os_file_stat_name(place->directory, place->file, &named) == ZINC_OK &&
           named.inode == examined->inode && named.device == examined->device;
}

/* One look at the name. ZINC_E_AGAIN: it changed under our eyes. */
static int32_t open_once(const zinc__place *place, const zinc_region_options *options,
                         zinc__made *made, zinc_region **out, zinc_error *error) {
    made->read_only = (options->flags & ZINC_REGION_READ_ONLY) != 0;
    int32_t status =
        zinc__lock_file_open(place->directory, place->file, !made->read_only, &made->lock_file);
    if (status == ZINC_E_NOENT) {
        return absent(place, error);
    }
    if (status != ZINC_OK) {
        return zinc__report(error, status, "region \"%s\": opening %s/%s: %s", place->name,
                            place->path, place->file, zinc_strerror(status));
    }
    zinc__facts facts;
    const char *reason = "";
    status = zinc__facts_read(made->lock_file, &facts, &reason);
    int32_t rights = rights_check(place, &facts.stat, options, error);
    ZINC_FAULT("open.statted");
    if (rights != ZINC_OK) {
        return rights;
    }
    if (status != ZINC_OK) {
        return unreadable(place, status, reason, error);
    }
    bool over = zinc__life_is_over(made->lock_file, facts.header.lifetime);
    if ((facts.state != ZINC__STATE_READY || over) && !ZINC_MUTATED(OPEN_ATTACHES_DEAD)) {
        zinc__lock_file_close(made->lock_file);
        made->lock_file = -1;
        /* The name may mean a living one by now: EXIST says so, and BUSY may come from one that is
         * being replaced in its turn. Not being allowed to clear a dead one away, or being held up
         * by another who does, does not make it less dead. */
        status = zinc__reclaim(place, 0);
        bool again =
            status == ZINC_OK || ((status == ZINC_E_EXIST || !name_is(place, &facts.stat)) &&
                                  !ZINC_MUTATED(OPEN_FORGETS_REPLACED));
        return again ? ZINC_E_AGAIN : absent(place, error);
    }
    ZINC_FAULT("open.judged");
    status = alive_take(made->lock_file, true, &facts, &reason);
    if (status != ZINC_OK) {
        return status == ZINC_E_AGAIN ? status : unreadable(place, status, reason, error);
    }
    status = attach(made, place, &facts, options, out, error);
    return status;
}

int32_t zinc__open_place(const zinc__place *place, const zinc_region_options *options,
                         zinc_region **out, zinc_error *error) {
    int64_t deadline = zinc__os_monotonic_ns() + ZINC__PATIENCE_NS;
    for (;;) {
        zinc__made made = ZINC__MADE_NONE;
        int32_t status = open_once(place, options, &made, out, error);
        zinc__made_discard(&made);
        if (status != ZINC_E_AGAIN) {
            return status;
        }
        if (zinc__os_monotonic_ns() >= deadline) {
            return zinc__report(
                error, ZINC_E_BUSY,
                "region \"%s\" has been going away for more than a second: a process "
                "that removes it may be stopped ('zinc info %s')",
                place->name, place->name);
        }
        (void)zinc__os_sleep_ns(20000);
    }
}

int32_t zinc_open(const char *name, zinc_region **out) {
    return zinc_region_open(name, NULL, out, NULL);
}

/* What open and attach ask of their arguments; *full becomes the options with their defaults. */
static int32_t arguments_check(const zinc_region_options *options, zinc_region_options *full,
                               zinc_region **out, zinc_error *error) {
    if (out == NULL) {
        (void)zinc__report(error, ZINC_E_INVAL, "out is NULL");
        return ZINC_E_INVAL;
    }
    *out = NULL;
    int32_t status = zinc__options_read(options, full, error);
    if (status != ZINC_OK) {
        return status;
    }
    const uint32_t wrong = ZINC_REGION_SEALED | ZINC_REGION_SPARSE | (uint32_t)ZINC_REGION_HUGETLB |
                           ZINC_REGION_READ_ONLY_WAITERS | ZINC_REGION_SET_GROUP;
    if ((full->flags & wrong) != 0) {
        return zinc__report(error, ZINC_E_INVAL,
                            "option flags 0x%" PRIx32
                            " are for creating a region, not for opening one",
                            full->flags & wrong);
    }
    return ZINC_OK;
}

int32_t zinc_region_open(const char *name, const zinc_region_options *options, zinc_region **out,
                         zinc_error *error) {
    zinc_region_options full;
    int32_t status = arguments_check(options, &full, out, error);
    if (status != ZINC_OK) {
        return status;
    }
    zinc__place place;
    status = zinc__place_name(&place, name, error);
    if (status == ZINC_OK) {
        status = zinc__open_place(&place, &full, out, error);
    }
    zinc__place_close(&place);
    return status;
}

/* ---- Descriptors ---------------------------------------------------------------------------- */

/* Name and directory of a received file, as far as they are known: the last closer needs them. */
static void place_of_file(int32_t file, const zinc__facts *facts, zinc__place *place) {
    char path[512];
    memset(place, 0, sizeof *place);
    place->directory = -1;
    (void)snprintf(place->name, sizeof place->name, "attached");
    if (zinc__os_file_path(file, path, sizeof path) != ZINC_OK) {
        return;
    }
    char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    char domain[ZINC_DOMAIN_MAX + 1];
    char name[ZINC_NAME_MAX + 1];
    if (!zinc__name_split(base, domain, name)) {
        return;
    }
    memcpy(place->name, name, sizeof name);
    if ((facts->header.flags & ZINC__HEADER_PRIVATE) == 0 && slash != NULL && slash != path) {
        *slash = '\0';
        zinc__place known;
        if (zinc__place_known(&known, path, domain, name) == ZINC_OK) {
            *place = known;
        }
    }
}

/* Memory files: what their seals say about writing. */
static int32_t seals_check(int32_t file, zinc__made *made, zinc_error *error) {
    uint32_t seals = 0;
    int32_t status = zinc__os_memory_file_seals(file, &seals);
    if (status != ZINC_OK) {
        return zinc__report(error, status, "the memory file's seals cannot be read: %s",
                            zinc_strerror(status));
    }
    if ((seals & ZINC__OS_SEAL_SHRINK) == 0) {
        return zinc__report(
            error, ZINC_E_PERM,
            "the memory file is not sealed against shrinking, so its sender could end "
            "this process: make it with zinc_region_create_private");
    }
    if ((seals & ZINC__OS_SEAL_WRITE) != 0) {
        made->read_only = true;
    }
    return ZINC_OK;
}

static int32_t attach_once(int32_t descriptor, const zinc_region_options *options, zinc__made *made,
                           zinc_region **out, zinc_error *error) {
    made->read_only =
        (options->flags & ZINC_REGION_READ_ONLY) != 0 || !zinc__os_file_writable(descriptor);
    zinc__facts facts;
    const char *reason = "";
    int32_t status = zinc__facts_read(descriptor, &facts, &reason);
    if (status == ZINC_OK && facts.stat.memory_file) {
        status = seals_check(descriptor, made, error);
        if (status != ZINC_OK) {
            return status;
        }
    }
    if (status != ZINC_OK) {
        return zinc__report(error, status, "descriptor %" PRId32 ": %s: %s", descriptor, reason,
                            zinc_error_remedy(status));
    }
    status = zinc__lock_file_reopen(descriptor, !made->read_only, &made->lock_file);
    if (status == ZINC_E_ACCES && !made->read_only) {
        made->read_only = true;
        status = zinc__lock_file_reopen(descriptor, false, &made->lock_file);
    }
    if (status != ZINC_OK) {
        return zinc__report(error, status, "descriptor %" PRId32 " cannot be opened again: %s",
                            descriptor, zinc_strerror(status));
    }
    zinc__place place;
    place_of_file(descriptor, &facts, &place);
    status = alive_take(made->lock_file, false, &facts, &reason);
    if (status == ZINC_E_AGAIN) {
        status = zinc__report(
            error, ZINC_E_NOENT,
            "region \"%s\": its last participant has left, and the region with it", place.name);
    } else if (status != ZINC_OK) {
        (void)zinc__report(error, status, "descriptor %" PRId32 ": %s: %s", descriptor, reason,
                           zinc_error_remedy(status));
    }
    if (status == ZINC_OK) {
        status = attach(made, &place, &facts, options, out, error);
    }
    zinc__place_close(&place);
    return status;
}

int32_t zinc_region_attach(int32_t descriptor, const zinc_region_options *options,
                           zinc_region **out, zinc_error *error) {
    zinc_region_options full;
    int32_t status = arguments_check(options, &full, out, error);
    if (status != ZINC_OK) {
        return status;
    }
    if (descriptor < 0) {
        return zinc__report(error, ZINC_E_BADF, "descriptor %" PRId32 " is none: %s", descriptor,
                            zinc_error_remedy(ZINC_E_BADF));
    }
    zinc__made made = ZINC__MADE_NONE;
    status = attach_once(descriptor, &full, &made, out, error);
    zinc__made_discard(&made);
    return status;
}

/* Through the name, if there is one and it still means this file: a file that was born unnamed has
 * no path otherwise, and whoever attaches to the descriptor learns the name from its path. */
static int32_t named_descriptor(const zinc_region *region, bool writable, int32_t *out) {
    zinc__place place;
    zinc__os_stat stat;
    int32_t file = -1;
    if ((region->header.flags & ZINC__HEADER_PRIVATE) != 0 || region->directory[0] == '\0') {
        return ZINC_E_NOENT;
    }
    int32_t status = zinc__place_known(&place, region->directory, region->domain, region->name);
    if (status == ZINC_OK) {
        status = zinc__os_file_open(place.directory, place.file, writable, &file);
    }
    if (status == ZINC_OK) {
        if (zinc__os_file_stat(file, &stat) == ZINC_OK && stat.inode == region->inode &&
            stat.device == region->device) {
            *out = file;
        } else {
            zinc__os_file_close(file);
            status = ZINC_E_STALE;
        }
    }
    zinc__place_close(&place);
    return status;
}

int32_t zinc_region_descriptor(zinc_region *region, int32_t *out) {
    if (out == NULL) {
        return ZINC_E_INVAL;
    }
    int32_t status = zinc__region_enter(region);
    if (status == ZINC_OK) {
        bool writable = !region->read_only && (region->header.flags & ZINC__HEADER_SEALED) == 0;
        status = named_descriptor(region, writable, out);
        if (status != ZINC_OK) {
            status = zinc__os_file_reopen(region->participant.lock_file, writable, out);
        }
        zinc__region_leave(region);
    }
    return status;
}

int32_t zinc_region_send(zinc_region *region, int32_t socket) {
    int32_t descriptor = -1;
    int32_t status = zinc_region_descriptor(region, &descriptor);
    if (status == ZINC_OK) {
        status = zinc__os_send_descriptor(socket, descriptor);
        if (status == ZINC_E_CLOSED) {
            status = ZINC_E_PEER_DEAD; /* EPIPE has the number of "the handle is closed" */
        }
        zinc__os_file_close(descriptor);
    }
    return status;
}

int32_t zinc_region_receive(int32_t socket, const zinc_region_options *options, zinc_region **out,
                            zinc_error *error) {
    if (out == NULL) {
        return zinc__report(error, ZINC_E_INVAL, "out is NULL");
    }
    *out = NULL;
    int32_t descriptor = -1;
    int32_t status = zinc__os_receive_descriptor(socket, &descriptor);
    if (status != ZINC_OK) {
        return zinc__report(error, status, "receiving a region from descriptor %" PRId32 ": %s",
                            socket, zinc_strerror(status));
    }
    status = zinc_region_attach(descriptor, options, out, error);
    zinc__os_file_close(descriptor);
    return status;
}
