/* SPDX-License-Identifier: MIT */
/* Unbinding names; see lifecycle.h.
 *
 *   order of an unbinding            killed there, the next one finds
 *   open the file
 *   lock the name byte               a free byte
 *   does the name mean this inode?
 *   lock alive for writing           free bytes; an opener that came first keeps the region
 *   state = DEAD                     a dead file under the name: unbinds it
 *   unlink                           nothing
 *   close (drops the locks)
 *
 * An opener takes the alive byte for reading and looks at the state afterwards, so it either stops
 * the unbinding or sees DEAD. No lock is ever upgraded: a closer gives its alive byte back before
 * it asks for it in writing, since two closers that both upgrade refuse each other and leave the
 * name. */
#include "region/lifecycle.h"

#include "base/fault.h"
#include "base/mutant.h"
#include "base/process.h"

static enum zinc__os_lock_kind in_the_way(int32_t file, uint32_t byte,
                                          enum zinc__os_lock_kind kind) {
    enum zinc__os_lock_kind found = ZINC__OS_UNLOCK;
    uint32_t where = 0;
    if (zinc__os_lock_probe(file, byte, 1, kind, &found, &where) != ZINC_OK) {
        return ZINC__OS_LOCK_WRITE; /* unknown: as if alive */
    }
    return found;
}

bool zinc__life_anybody(int32_t file) {
    return in_the_way(file, ZINC__LOCK_ALIVE, ZINC__OS_LOCK_WRITE) != ZINC__OS_UNLOCK;
}

bool zinc__life_is_over(int32_t file, uint32_t lifetime) {
    if (lifetime == ZINC_LIFETIME_PERSISTENT) {
        return false;
    }
    if (ZINC_MUTATED(RECLAIM_THE_LIVING)) {
        return true;
    }
    if (lifetime == ZINC_LIFETIME_CREATOR) {
        /* Asked as a reader: only the creator's write lock answers, not a reader's forgery. */
        return in_the_way(file, ZINC__LOCK_CREATOR, ZINC__OS_LOCK_READ) != ZINC__OS_LOCK_WRITE;
    }
    return !zinc__life_anybody(file);
}

static bool name_means(const zinc__place *place, int32_t file) {
    zinc__os_stat mine;
    zinc__os_stat named;
    return zinc__os_file_stat(file, &mine) == ZINC_OK &&
           zinc__os_file_stat_name(place->directory, place->file, &named) == ZINC_OK &&
           mine.device == named.device && mine.inode == named.inode;
}

/* Whoever marked it held the alive byte for writing, so nobody has attached since, and nobody will:
 * who has that byte now only looks. Killed before its unlink, it left the rest to us. */
static bool marked_dead(int32_t file, uint32_t lifetime) {
    uint32_t state = 0;
    return lifetime == ZINC_LIFETIME_AUTO &&
           zinc__os_file_read(file, offsetof(zinc__region_bytes, state.state), &state,
                              sizeof state) == ZINC_OK &&
           state == ZINC__STATE_DEAD;
}

/* With the name byte held and the name known to mean this inode. */
static int32_t unbind_held(const zinc__place *place, int32_t file, uint32_t lifetime,
                           enum zinc__unbind how) {
    bool marked = marked_dead(file, lifetime) && !ZINC_MUTATED(RECLAIM_DEAD_LIVES);
    bool mark = !marked && (how == ZINC__UNBIND_LAST ||
                            (how == ZINC__UNBIND_IF_OVER && lifetime == ZINC_LIFETIME_AUTO));
    if (how == ZINC__UNBIND_IF_OVER && !marked && !zinc__life_is_over(file, lifetime)) {
        return ZINC_E_EXIST;
    }
    if (mark) {
        int32_t status = zinc__os_lock(file, ZINC__LOCK_ALIVE, ZINC__OS_LOCK_WRITE);
        if (status != ZINC_OK && !ZINC_MUTATED(RECLAIM_THE_LIVING)) {
            return status == ZINC_E_AGAIN ? ZINC_E_EXIST : status;
        }
        ZINC_FAULT("reclaim.alive_locked");
        uint32_t dead = ZINC__STATE_DEAD;
        (void)zinc__os_file_write(file, offsetof(zinc__region_bytes, state.state), &dead,
                                  sizeof dead);
        ZINC_FAULT("reclaim.marked_dead");
    }
    ZINC_FAULT("close.last_before_unlink");
    int32_t status = zinc__os_file_unlink(place->directory, place->file);
    ZINC_FAULT("reclaim.unlinked");
    if (mark) {
        (void)zinc__os_lock(file, ZINC__LOCK_ALIVE, ZINC__OS_UNLOCK);
    }
    return status == ZINC_E_NOENT ? ZINC_OK : status;
}

static int32_t unbind_until(const zinc__place *place, int32_t lock_file, uint32_t lifetime,
                            enum zinc__unbind how, int64_t deadline_ns) {
    if (ZINC_MUTATED(CLOSE_WITHOUT_NAME) && how == ZINC__UNBIND_LAST) {
        return unbind_held(place, lock_file, lifetime, how);
    }
    ZINC_FAULT("reclaim.opened");
    int32_t status = zinc__lock_until(lock_file, ZINC__LOCK_NAME, ZINC__OS_LOCK_WRITE, deadline_ns);
    if (status != ZINC_OK) {
        return status;
    }
    ZINC_FAULT("reclaim.name_locked");
    if (name_means(place, lock_file) || ZINC_MUTATED(RECLAIM_ANY_INODE)) {
        status = unbind_held(place, lock_file, lifetime, how);
    }
    (void)zinc__os_lock(lock_file, ZINC__LOCK_NAME, ZINC__OS_UNLOCK);
    return status;
}

/* Let the owner write for as long as it takes to open the file. True: worth another try. */
static bool open_as_owner(const zinc__place *place, int32_t *out, int32_t *status) {
    int32_t reader = -1;
    zinc__os_stat stat;
    if (zinc__os_file_open(place->directory, place->file, false, &reader) != ZINC_OK) {
        return false;
    }
    bool ours = zinc__os_file_stat(reader, &stat) == ZINC_OK && stat.regular &&
                stat.owner == zinc__os_user();
    bool shut = (stat.mode & UINT32_C(0200)) == 0;
    if (ours && shut && zinc__os_file_set_mode(reader, stat.mode | UINT32_C(0200)) == ZINC_OK) {
        *status = zinc__lock_file_open(place->directory, place->file, true, out);
        (void)zinc__os_file_set_mode(reader, stat.mode);
    }
    zinc__os_file_close(reader);
    return ours; /* if it is not shut, somebody else has opened it just now */
}

int32_t zinc__unbind_open(const zinc__place *place, int32_t *out) {
    int32_t status = zinc__lock_file_open(place->directory, place->file, true, out);
    for (int tries = 0; status == ZINC_E_ACCES && tries < 8; tries++) {
        if (!open_as_owner(place, out, &status)) {
            break;
        }
    }
    return status;
}

int32_t zinc__unbind(const zinc__place *place, int32_t lock_file, uint32_t lifetime,
                     enum zinc__unbind how) {
    return unbind_until(place, lock_file, lifetime, how,
                        zinc__os_monotonic_ns() + ZINC__PATIENCE_NS);
}

int32_t zinc__reclaim(const zinc__place *place, int64_t deadline_ns) {
    int32_t file = -1;
    int32_t status = zinc__unbind_open(place, &file);
    if (status != ZINC_OK) {
        return status == ZINC_E_NOENT ? ZINC_OK : status;
    }
    zinc__facts facts;
    status = zinc__facts_read(file, &facts, NULL);
    if (status == ZINC_OK) {
        status =
            unbind_until(place, file, facts.header.lifetime, ZINC__UNBIND_IF_OVER, deadline_ns);
    }
    zinc__lock_file_close(file);
    return status;
}

int32_t zinc__sweep(int32_t directory, const char *temporary, bool dry_run) {
    int32_t file = -1;
    int32_t status = zinc__lock_file_open(directory, temporary, true, &file);
    if (status != ZINC_OK) {
        return status == ZINC_E_NOENT ? ZINC_OK : status;
    }
    zinc__os_stat stat;
    status = zinc__os_file_stat(file, &stat);
    if (status == ZINC_OK) {
        /* With two names the region is whole, and the temporary one is superfluous already. */
        bool half_made = stat.links < 2;
        if (half_made && zinc__life_anybody(file) && !ZINC_MUTATED(SWEEP_THE_LIVING)) {
            status = ZINC_E_EXIST;
        } else if (!dry_run) {
            status = zinc__os_file_unlink(directory, temporary);
        }
    }
    zinc__lock_file_close(file);
    return status == ZINC_E_NOENT ? ZINC_OK : status;
}
