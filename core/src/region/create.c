/* SPDX-License-Identifier: MIT */
/* Creating regions, born whole: a name is bound to a file only when everything in it is ready, so
 * nobody ever sees half of one.
 *
 *   unnamed file -> allocate -> map, lines 0 to 3 -> lock descriptor
 *   -> alive, creator and row bytes -> mode -> bind the name
 *
 * A creator that is killed on the way leaves an unnamed file, which the kernel frees. Where a file
 * cannot be born unnamed (no /proc to bind it through, or a file system without O_TMPFILE) it has
 * a random temporary name until then, which gc sweeps once its creator does not count as alive. */
#include "region/make.h"

#include <inttypes.h>
#include <string.h>

#include "base/fault.h"
#include "base/mutant.h"

/* A file on its way to a name. */
typedef struct birth {
    zinc__made made;
    const zinc__place *place;
    char temporary[ZINC__FILE_MAX + 1]; /* "" while the file is unnamed */
} birth;

static int32_t no_space(zinc_error *error, const zinc__place *place, uint64_t size) {
    uint64_t free_bytes = 0;
    uint64_t total = 0;
    if (place->directory < 0 || !zinc__os_space(place->directory, &free_bytes, &total)) {
        return zinc__report(error, ZINC_E_NOSPC, "region \"%s\": no space for %" PRIu64 " bytes",
                            place->name, size);
    }
    return zinc__report(error, ZINC_E_NOSPC,
                        "region \"%s\" needs %" PRIu64 " bytes, but %s has %" PRIu64
                        " free of %" PRIu64
                        ": remove stale regions (zinc gc), enlarge it (docker run --shm-size=...), "
                        "set ZINC_DIR, or use a private region",
                        place->name, size, place->path, free_bytes, total);
}

static int32_t header_init(const zinc__place *place, size_t capacity,
                           const zinc_region_options *options, zinc__header *header,
                           zinc_error *error) {
    uint64_t most = options->max_capacity == 0 ? capacity : options->max_capacity;
    uint64_t data_offset = zinc__data_offset(options->rows, zinc__os_page_size());
    if (capacity == 0) {
        return zinc__report(error, ZINC_E_INVAL,
                            "region \"%s\": the capacity is 0 bytes: give 1 or more", place->name);
    }
    if (most < capacity) {
        return zinc__report(error, ZINC_E_INVAL,
                            "region \"%s\": maximum capacity %" PRIu64 " is below the capacity %zu",
                            place->name, most, capacity);
    }
    if (most > (uint64_t)INT64_MAX / 2 || most > SIZE_MAX / 2 - data_offset) {
        return zinc__report(error, ZINC_E_OVERFLOW,
                            "region \"%s\": %" PRIu64
                            " bytes do not fit this process's address space",
                            place->name, most);
    }
    *header = (zinc__header){
        .magic = ZINC__MAGIC,
        .layout = ZINC_LAYOUT,
        .byte_order = ZINC__BYTE_ORDER,
        .lifetime = (uint16_t)options->lifetime,
        .rows = (uint16_t)options->rows,
        .max_capacity = most,
        .data_offset = data_offset,
        .created_ns = zinc__os_realtime_ns(),
    };
    zinc__os_identity self;
    zinc__os_identify(&self);
    header->creator_pid = self.pid;
    if ((options->flags & ZINC_REGION_READ_ONLY_WAITERS) != 0) {
        header->flags |= ZINC__HEADER_READ_ONLY_WAITERS;
    }
    if ((options->flags & ZINC_REGION_SPARSE) != 0) {
        header->flags |= ZINC__HEADER_SPARSE;
    }
    return ZINC_OK;
}

/* The file, unnamed if that can be, and its two descriptors. */
static int32_t file_make(birth *b) {
    zinc__made *made = &b->made;
    int32_t status = zinc__os_file_create_unnamed(b->place->directory, &made->map_file);
    ZINC_FAULT("create.tmpfile");
    if (status == ZINC_OK) {
        status = zinc__lock_file_reopen(made->map_file, true, &made->lock_file);
        if (status == ZINC_OK) {
            return ZINC_OK;
        }
        zinc__os_file_close(made->map_file);
        made->map_file = -1;
    }
    if (status != ZINC_E_NOTSUP) {
        return status;
    }
    zinc__name_temporary(b->temporary);
    status = zinc__lock_file_create_named(b->place->directory, b->temporary, &made->lock_file);
    if (status != ZINC_OK) {
        b->temporary[0] = '\0';
        return status;
    }
    return zinc__os_file_open(b->place->directory, b->temporary, true, &made->map_file);
}

static int32_t file_allocate(birth *b, const zinc_region_options *options, size_t capacity,
                             zinc_error *error) {
    uint64_t size = b->made.header.data_offset + capacity;
    if ((options->flags & ZINC_REGION_HUGETLB) != 0) {
        uint64_t huge = UINT64_C(2) << 20;
        size = (size + huge - 1) / huge * huge;
    }
    bool sparse = (options->flags & ZINC_REGION_SPARSE) != 0;
    int32_t status = ZINC_FAULT_STATUS("create.enospc");
    if (status == ZINC_OK) {
        /* Header and rows also of sparse ones: a full file system is then NOSPC here, and no
         * signal in a creator or opener that has not touched a byte of its data. */
        uint64_t now = sparse ? b->made.header.data_offset : size;
        status = zinc__os_file_allocate(b->made.map_file, now, false);
        if (status == ZINC_OK && sparse) {
            status = zinc__os_file_allocate(b->made.map_file, size, true);
        }
    }
    ZINC_FAULT("create.fallocate");
    if (status == ZINC_E_NOSPC) {
        return no_space(error, b->place, sparse ? b->made.header.data_offset : size);
    }
    if (status != ZINC_OK) {
        return zinc__report(error, status, "region \"%s\": allocating %" PRIu64 " bytes failed: %s",
                            b->place->name, size, zinc_strerror(status));
    }
    return ZINC_OK;
}

/* Write lines 0 to 3 through the mapping; nobody else can see them yet. */
static void bytes_init(birth *b, size_t capacity) {
    zinc__region_bytes *bytes = (zinc__region_bytes *)(void *)b->made.address;
    zinc__header_seal(&b->made.header);
    ZINC_FAULT("create.init_half");
    bytes->header = b->made.header;
    /* Relaxed: binding the name, a system call, publishes all of this. */
    zinc__store64_relaxed(&bytes->state.capacity, capacity);
    zinc__store32_relaxed(&bytes->state.state, ZINC__STATE_READY);
    ZINC_FAULT("create.ready");
    b->made.capacity = capacity;
}

static int32_t locks_take(birth *b, zinc_error *error) {
    int32_t status = ZINC_MUTATED(CREATE_NOT_ALIVE)
                         ? ZINC_OK
                         : zinc__os_lock(b->made.lock_file, ZINC__LOCK_ALIVE, ZINC__OS_LOCK_READ);
    if (status == ZINC_OK) {
        status = zinc__os_lock(b->made.lock_file, ZINC__LOCK_CREATOR, ZINC__OS_LOCK_WRITE);
    }
    if (status == ZINC_E_AGAIN) {
        status = ZINC_E_BUSY; /* a sweeper is looking at our temporary name */
    }
    return status == ZINC_OK ? ZINC_OK
                             : zinc__report(error, status, "region \"%s\": locking failed: %s",
                                            b->place->name, zinc_strerror(status));
}

static int32_t rights_set(const birth *b, const zinc_region_options *options, uint32_t default_mode,
                          zinc_error *error) {
    int32_t status = ZINC_OK;
    if ((options->flags & ZINC_REGION_SET_GROUP) != 0) {
        status = zinc__os_file_set_group(b->made.lock_file, options->group);
    }
    if (status == ZINC_OK) {
        status = zinc__os_file_set_mode(b->made.lock_file,
                                        options->mode == 0 ? default_mode : options->mode);
    }
    return status == ZINC_OK
               ? ZINC_OK
               : zinc__report(error, status, "region \"%s\": setting mode or group: %s",
                              b->place->name, zinc_strerror(status));
}

/* Everything up to the name: allocated, mapped, written, locked, with its rights. */
static int32_t born(birth *b, size_t capacity, const zinc_region_options *options,
                    uint32_t default_mode, zinc_error *error) {
    b->made.creator = true;
    int32_t status = file_allocate(b, options, capacity, error);
    if (status == ZINC_OK) {
        status = zinc__made_map(&b->made, options, b->place->name, error);
    }
    if (status == ZINC_OK) {
        bytes_init(b, capacity);
        status = locks_take(b, error);
    }
    ZINC_FAULT("create.locked");
    zinc__os_stat stat;
    if (status == ZINC_OK) {
        status = zinc__os_file_stat(b->made.lock_file, &stat);
        b->made.device = stat.device;
        b->made.inode = stat.inode;
    }
    return status == ZINC_OK ? rights_set(b, options, default_mode, error) : status;
}

static void birth_discard(birth *b) {
    if (b->temporary[0] != '\0') {
        (void)zinc__os_file_unlink(b->place->directory, b->temporary);
    }
    zinc__made_discard(&b->made);
}

/* Make the file and everything in it; on failure nothing is left. */
static int32_t birth_begin(birth *b, const zinc__place *place, size_t capacity,
                           const zinc_region_options *options, zinc_error *error) {
    memset(b, 0, sizeof *b);
    b->made = ZINC__MADE_NONE;
    b->place = place;
    int32_t status = header_init(place, capacity, options, &b->made.header, error);
    if (status != ZINC_OK) {
        return status;
    }
    status = file_make(b);
    if (status != ZINC_OK) {
        (void)zinc__report(error, status, "region \"%s\": making a file in %s failed: %s",
                           place->name, place->path, zinc_strerror(status));
    } else {
        status = born(b, capacity, options, 0600, error);
    }
    if (status != ZINC_OK) {
        birth_discard(b);
    }
    return status;
}

/* Bind `name` to the finished file. ZINC_E_EXIST if it is taken. */
static int32_t name_bind(birth *b, const char *name) {
    int32_t directory = b->place->directory;
    if (b->temporary[0] == '\0') {
        return zinc__os_file_link(b->made.lock_file, directory, name);
    }
    int32_t status = zinc__os_file_link_name(directory, b->temporary, name);
    if (status == ZINC_OK) {
        (void)zinc__os_file_unlink(directory, b->temporary);
        b->temporary[0] = '\0';
    }
    return status;
}

static int32_t taken(const zinc__place *place, int32_t status, zinc_error *error) {
    switch (status) {
    case ZINC_E_EXIST:
        return zinc__report(error, status,
                            "region \"%s\" exists and is in use (or persistent): open it, choose "
                            "another name, or replace or remove it",
                            place->name);
    case ZINC_E_LAYOUT:
    case ZINC_E_CORRUPT:
        return zinc__report(error, ZINC_E_EXIST,
                            "region \"%s\": the file %s/%s is in the way and is no region of this "
                            "layout: remove it, or choose another name",
                            place->name, place->path, place->file);
    case ZINC_E_BUSY:
        return zinc__report(error, status,
                            "region \"%s\": another process holds its name for more than a second; "
                            "it may be stopped ('zinc info %s')",
                            place->name, place->name);
    case ZINC_E_PERM:
    case ZINC_E_ACCES:
        return zinc__report(error, ZINC_E_PERM,
                            "region \"%s\" belongs to another user and may not be removed from %s: "
                            "ask its owner, or choose another name",
                            place->name, place->path);
    default:
        return zinc__report(error, status, "region \"%s\": %s", place->name, zinc_strerror(status));
    }
}

/* Bind the place's name, clearing away what is dead under it. */
static int32_t name_take(birth *b, zinc_error *error) {
    int64_t deadline = zinc__os_monotonic_ns() + ZINC__PATIENCE_NS;
    for (;;) {
        int32_t status = name_bind(b, b->place->file);
        if (status == ZINC_OK) {
            ZINC_FAULT("create.linked");
            return ZINC_OK;
        }
        if (status != ZINC_E_EXIST) {
            return taken(b->place, status == ZINC_E_NOENT ? ZINC_E_BUSY : status, error);
        }
        status = zinc__reclaim(b->place, deadline);
        if (status != ZINC_OK) {
            return taken(b->place, status, error);
        }
        if (zinc__os_monotonic_ns() >= deadline) {
            return taken(b->place, ZINC_E_BUSY, error);
        }
    }
}

typedef int32_t name_function(birth *b, zinc_error *error);

/* Make the file, then the handle with its row, and bind the name last: what can fail has happened
 * by then, but for the binding itself. */
static int32_t make_bound(const zinc__place *place, size_t capacity,
                          const zinc_region_options *options, name_function *name_it,
                          zinc_region **out, zinc_error *error) {
    birth b;
    int32_t status = birth_begin(&b, place, capacity, options, error);
    if (status != ZINC_OK) {
        return status;
    }
    zinc__made kept = b.made;
    zinc_region *region = NULL;
    status = zinc__made_handle(&b.made, place, options, &region, error);
    if (status != ZINC_OK) {
        birth_discard(&b);
        return status;
    }
    b.made = kept;
    status = name_it(&b, error);
    if (status != ZINC_OK) {
        if (b.temporary[0] != '\0') {
            (void)zinc__os_file_unlink(place->directory, b.temporary);
        }
        zinc_close(region);
        return status;
    }
    *out = region;
    return ZINC_OK;
}

int32_t zinc__create_place(const zinc__place *place, size_t capacity,
                           const zinc_region_options *options, zinc_region **out,
                           zinc_error *error) {
    return make_bound(place, capacity, options, name_take, out, error);
}

/* Let the name mean the new file instead of the old one, whose name byte is held. */
static int32_t rename_over(birth *b) {
    char temporary[ZINC__FILE_MAX + 1];
    const char *from = b->temporary;
    if (from[0] == '\0') {
        zinc__name_temporary(temporary);
        int32_t status = name_bind(b, temporary);
        if (status != ZINC_OK) {
            return status;
        }
        from = temporary;
    }
    ZINC_FAULT("replace.linked");
    int32_t status = zinc__os_file_rename(b->place->directory, from, b->place->file);
    if (status != ZINC_OK) {
        (void)zinc__os_file_unlink(b->place->directory, from);
    }
    b->temporary[0] = '\0';
    return status;
}

/* Tell the users of a replaced region. Their file may have been cut: then there is nobody to
 * tell. */
static void notify_file(int32_t file, const zinc__facts *facts) {
    uint8_t *address = NULL;
    size_t lines = sizeof(zinc__region_bytes);
    if (zinc__os_map(file, lines, true, false, &address) != ZINC_OK) {
        return;
    }
    if (zinc__os_prefault(address, lines, true) != ZINC_E_GONE) {
        zinc__region_bytes *bytes = (zinc__region_bytes *)(void *)address;
        zinc__wait_cell cell = {
            .sequence = &bytes->notify.sequence,
            .parked = &bytes->park.parked,
            .shared = true,
            .always_wake = (facts->header.flags & ZINC__HEADER_READ_ONLY_WAITERS) != 0,
        };
        zinc__wait_cell_notify(&cell);
    }
    zinc__os_unmap(address, lines);
}

/* One attempt: ZINC_E_AGAIN if the name came to mean something else meanwhile. */
static int32_t replace_once(birth *b) {
    int32_t old = -1;
    const zinc__place *place = b->place;
    int32_t status = zinc__unbind_open(place, &old);
    if (status == ZINC_E_NOENT) {
        status = name_bind(b, place->file);
        return status == ZINC_E_EXIST ? ZINC_E_AGAIN : status;
    }
    if (status != ZINC_OK) {
        return status;
    }
    zinc__facts facts;
    status = zinc__facts_read(old, &facts, NULL);
    if (status == ZINC_OK || status == ZINC_E_CORRUPT) {
        status = ZINC_MUTATED(REPLACE_WITHOUT_NAME)
                     ? ZINC_OK
                     : zinc__lock_within_1s(old, ZINC__LOCK_NAME, ZINC__OS_LOCK_WRITE);
    }
    if (status == ZINC_OK) {
        zinc__os_stat named;
        status = zinc__os_file_stat_name(place->directory, place->file, &named);
        bool same = status == ZINC_OK && named.inode == facts.stat.inode &&
                    named.device == facts.stat.device;
        status = same ? rename_over(b) : ZINC_E_AGAIN;
    }
    int32_t map_file = -1;
    if (status == ZINC_OK && facts.header.magic == ZINC__MAGIC) {
        /* Mapping the lock descriptor itself, where the mode refuses another one, is harmless
         * here: a name byte whose file has lost its name. */
        bool other = zinc__lock_file_reopen(old, true, &map_file) == ZINC_OK;
        notify_file(other ? map_file : old, &facts);
        zinc__lock_file_close(map_file);
    }
    zinc__lock_file_close(old);
    return status;
}

static int32_t name_replace(birth *b, zinc_error *error) {
    int64_t deadline = zinc__os_monotonic_ns() + ZINC__PATIENCE_NS;
    int32_t status = ZINC_OK;
    do {
        status = replace_once(b);
    } while (status == ZINC_E_AGAIN && zinc__os_monotonic_ns() < deadline);
    return status == ZINC_OK
               ? ZINC_OK
               : taken(b->place, status == ZINC_E_AGAIN ? ZINC_E_BUSY : status, error);
}

static int32_t replace_place(const zinc__place *place, size_t capacity,
                             const zinc_region_options *options, zinc_region **out,
                             zinc_error *error) {
    return make_bound(place, capacity, options, name_replace, out, error);
}

/* ---- Memory files --------------------------------------------------------------------------- */

static int32_t private_seal(int32_t file, const zinc__header *header, size_t capacity) {
    uint32_t seals = ZINC__OS_SEAL_SHRINK | ZINC__OS_SEAL_SEALS;
    if (header->max_capacity == capacity) {
        seals |= ZINC__OS_SEAL_GROW;
    }
    if ((header->flags & ZINC__HEADER_SEALED) != 0) {
        seals |= ZINC__OS_SEAL_WRITE;
    }
    return zinc__os_memory_file_seal(file, seals);
}

static int32_t private_make(birth *b, size_t capacity, const zinc_region_options *options,
                            zinc_region **out, zinc_error *error) {
    bool sealed = (options->flags & ZINC_REGION_SEALED) != 0;
    int32_t status = header_init(b->place, capacity, options, &b->made.header, error);
    if (status != ZINC_OK) {
        return status;
    }
    b->made.header.flags |= ZINC__HEADER_PRIVATE | (sealed ? (uint32_t)ZINC__HEADER_SEALED : 0);
    status = zinc__os_memory_file(b->place->file, (options->flags & ZINC_REGION_HUGETLB) != 0,
                                  &b->made.map_file);
    if (status == ZINC_OK) {
        status = zinc__lock_file_reopen(b->made.map_file, true, &b->made.lock_file);
    }
    if (status != ZINC_OK) {
        return zinc__report(error, status, "private region \"%s\": %s: %s", b->place->name,
                            zinc_strerror(status), zinc_error_remedy(status));
    }
    status = born(b, capacity, options, sealed ? 0644 : 0600, error);
    if (status == ZINC_OK) {
        status = private_seal(b->made.lock_file, &b->made.header, capacity);
        if (status != ZINC_OK) {
            (void)zinc__report(error, status, "private region \"%s\" could not be sealed: %s",
                               b->place->name, zinc_strerror(status));
        }
    }
    return status == ZINC_OK ? zinc__made_handle(&b->made, b->place, options, out, error) : status;
}

/* ---- Public functions ----------------------------------------------------------------------- */

typedef int32_t make_function(const zinc__place *place, size_t capacity,
                              const zinc_region_options *options, zinc_region **out,
                              zinc_error *error);

static int32_t named(make_function *make, const char *name, size_t capacity,
                     const zinc_region_options *options, zinc_region **out, zinc_error *error) {
    if (out == NULL) {
        return zinc__report(error, ZINC_E_INVAL, "out is NULL");
    }
    *out = NULL;
    zinc_region_options full;
    int32_t status = zinc__options_read(options, &full, error);
    const uint32_t wrong =
        ZINC_REGION_READ_ONLY | ZINC_REGION_SEALED | (uint32_t)ZINC_REGION_HUGETLB;
    if (status == ZINC_OK && (full.flags & wrong) != 0) {
        status =
            zinc__report(error, ZINC_E_INVAL,
                         "a named region cannot be created read-only, sealed or in hugetlb pages: "
                         "use zinc_region_open or zinc_region_create_private");
    }
    if (status != ZINC_OK) {
        return status;
    }
    zinc__place place;
    status = zinc__place_name(&place, name, error);
    if (status == ZINC_OK) {
        status = zinc__process_enter() == 0 ? zinc__report(error, ZINC_E_NOMEM, "no memory")
                                            : make(&place, capacity, &full, out, error);
    }
    zinc__place_close(&place);
    return status;
}

int32_t zinc_create(const char *name, size_t capacity, zinc_region **out) {
    return zinc_region_create(name, capacity, NULL, out, NULL);
}

int32_t zinc_region_create(const char *name, size_t capacity, const zinc_region_options *options,
                           zinc_region **out, zinc_error *error) {
    return named(zinc__create_place, name, capacity, options, out, error);
}

static int32_t open_or_create_noting(const zinc__place *place, size_t capacity,
                                     const zinc_region_options *options, zinc_region **out,
                                     zinc_error *error) {
    int64_t deadline = zinc__os_monotonic_ns() + ZINC__PATIENCE_NS;
    for (;;) {
        int32_t status = zinc__open_place(place, options, out, error);
        if (status == ZINC_OK) {
            size_t has = zinc_capacity(*out);
            if (has >= capacity) {
                return ZINC_OK;
            }
            zinc_close(*out);
            *out = NULL;
            return zinc__report(
                error, ZINC_E_OVERFLOW,
                "region \"%s\" exists with %zu bytes, fewer than the %zu asked for: grow "
                "or replace it, or ask for less",
                place->name, has, capacity);
        }
        if (status == ZINC_E_NOENT) {
            status = zinc__create_place(place, capacity, options, out, error);
        }
        /* EXIST: somebody created it between the two; it can be opened now. */
        if (status != ZINC_E_EXIST || zinc__os_monotonic_ns() >= deadline) {
            return status;
        }
    }
}

/* The failure of one half is none if the other succeeds, so the caller's error is written last. */
static int32_t open_or_create(const zinc__place *place, size_t capacity,
                              const zinc_region_options *options, zinc_region **out,
                              zinc_error *error) {
    zinc_error last = {.status = ZINC_OK};
    int32_t status = open_or_create_noting(place, capacity, options, out, &last);
    if (status != ZINC_OK && error != NULL) {
        *error = last;
    }
    return status;
}

int32_t zinc_region_open_or_create(const char *name, size_t capacity,
                                   const zinc_region_options *options, zinc_region **out,
                                   zinc_error *error) {
    return named(open_or_create, name, capacity, options, out, error);
}

int32_t zinc_region_replace(const char *name, size_t capacity, const zinc_region_options *options,
                            zinc_region **out, zinc_error *error) {
    return named(replace_place, name, capacity, options, out, error);
}

int32_t zinc_region_create_private(const char *label, size_t capacity,
                                   const zinc_region_options *options, zinc_region **out,
                                   zinc_error *error) {
    if (out == NULL) {
        return zinc__report(error, ZINC_E_INVAL, "out is NULL");
    }
    *out = NULL;
    zinc_region_options full;
    int32_t status = zinc__options_read(options, &full, error);
    zinc__place place = {.directory = -1};
    if (status == ZINC_OK) {
        status = zinc__name_check(label == NULL ? "private" : label, place.name, error);
    }
    if (status != ZINC_OK) {
        return status;
    }
    if ((full.flags & ZINC_REGION_READ_ONLY) != 0) {
        return zinc__report(error, ZINC_E_INVAL, "a region cannot be created read-only");
    }
    if ((full.flags & ZINC_REGION_SEALED) != 0 && full.max_capacity > capacity) {
        return zinc__report(error, ZINC_E_INVAL,
                            "a sealed region cannot grow: leave max_capacity 0");
    }
    memcpy(place.file, ZINC__PREFIX, sizeof ZINC__PREFIX);
    memcpy(place.file + sizeof ZINC__PREFIX - 1, place.name, strlen(place.name) + 1);
    birth b = {.made = ZINC__MADE_NONE, .place = &place};
    if (zinc__process_enter() == 0) {
        return zinc__report(error, ZINC_E_NOMEM, "no memory");
    }
    status = private_make(&b, capacity, &full, out, error);
    if (status != ZINC_OK) {
        zinc__made_discard(&b.made);
    }
    return status;
}
