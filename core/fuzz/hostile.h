/* SPDX-License-Identifier: MIT */
/* What the fuzzers of regions share: from an input to a file, and from a handle to everything that
 * can be done with it.
 *
 *   byte 0   bits: 1 make magic, layout, byte order and CRC right
 *                  2 a lock says that somebody lives     4 a lock says that the creator lives
 *                  8 make the file as long as it says    16 open it read-only
 *                  32 lie about the capacity afterwards
 *   bytes 1  the file, from its beginning */
#ifndef ZINC_FUZZ_HOSTILE_H
#define ZINC_FUZZ_HOSTILE_H

#include <zinc.h>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "region/handle.h"
#include "region/header.h"

enum hostile_bits {
    HOSTILE_MENDED = 1,
    HOSTILE_ALIVE = 2,
    HOSTILE_CREATOR = 4,
    HOSTILE_LONG = 8,
    HOSTILE_READ_ONLY = 16,
    HOSTILE_LIES = 32
};

#define HOSTILE_BYTES_MOST 8192
#define HOSTILE_FILE_MOST (1 << 20)

static char hostile_directory[64];

static inline void hostile_directory_remove(void) {
    rmdir(hostile_directory);
}

/* A tmpfs of our own over /dev/shm where that may be done, else a directory of our own in it. */
static inline void hostile_directory_make(void) {
    unsetenv("ZINC_DOMAIN");
    if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777") == 0) {
        strcpy(hostile_directory, "/dev/shm");
    } else {
        strcpy(hostile_directory, "/dev/shm/zinc-fuzz-XXXXXX");
        if (mkdtemp(hostile_directory) == NULL) {
            abort();
        }
        atexit(hostile_directory_remove);
    }
    setenv("ZINC_DIR", hostile_directory, 1);
}

/* Write the input to a file; the lock descriptor that makes it look alive is the answer, or -1. */
static inline int hostile_fill(int file, const uint8_t *data, size_t size) {
    uint8_t bits = data[0];
    static uint8_t bytes[HOSTILE_BYTES_MOST];
    size = size - 1 < sizeof bytes ? size - 1 : sizeof bytes;
    memcpy(bytes, data + 1, size);
    zinc__header *header = (zinc__header *)(void *)bytes;
    if (size >= sizeof *header && (bits & HOSTILE_MENDED) != 0) {
        header->magic = ZINC__MAGIC;
        header->layout = ZINC_LAYOUT;
        header->byte_order = ZINC__BYTE_ORDER;
        zinc__header_seal(header);
    }
    if (write(file, bytes, size) != (ssize_t)size) {
        abort();
    }
    if ((bits & HOSTILE_LONG) != 0 && size >= 208) {
        uint64_t capacity = 0;
        memcpy(&capacity, bytes + 200, sizeof capacity);
        uint64_t end = header->data_offset + capacity;
        if (end >= size && end <= HOSTILE_FILE_MOST && ftruncate(file, (off_t)end) != 0) {
            abort();
        }
    }
    int32_t locks = -1;
    if ((bits & (HOSTILE_ALIVE | HOSTILE_CREATOR)) != 0 &&
        zinc__os_file_reopen(file, true, &locks) == ZINC_OK) {
        if ((bits & HOSTILE_ALIVE) != 0) {
            (void)zinc__os_lock(locks, ZINC__LOCK_ALIVE, ZINC__OS_LOCK_READ);
        }
        if ((bits & HOSTILE_CREATOR) != 0) {
            (void)zinc__os_lock(locks, ZINC__LOCK_CREATOR, ZINC__OS_LOCK_WRITE);
        }
    }
    return locks;
}

/* Every answer must be one of the documented ones. */
static inline void hostile_sane(int32_t status) {
    if (status > 1 || strcmp(zinc_error_name(status), "ZINC_E_?") == 0) {
        fprintf(stderr, "status %d\n", status);
        abort();
    }
}

/* Use a handle, and touch the ends of what it says is ours. */
static inline void hostile_use(zinc_region *region, uint8_t bits) {
    zinc_info info = {.size = sizeof info};
    zinc_error error;
    uint8_t *bytes = NULL;
    void *context = NULL;
    hostile_sane(zinc_region_info(region, &info));
    if ((bits & HOSTILE_LIES) != 0 && (info.flags & ZINC_INFO_READ_ONLY) == 0) {
        zinc__store64_relaxed(&region->bytes->state.capacity, info.max_capacity);
    }
    size_t capacity = zinc_capacity(region);
    if (capacity == 0 || capacity > HOSTILE_FILE_MOST) {
        abort(); /* no file here is as long */
    }
    if (zinc_view_acquire(region, 0, capacity, &bytes, &context) != ZINC_OK) {
        abort();
    }
    (void)*(volatile uint8_t *)bytes;
    (void)*(volatile uint8_t *)(bytes + capacity - 1);
    if (zinc_view_acquire(region, capacity, 1, &bytes, &context) != ZINC_E_OVERFLOW) {
        abort();
    }
    zinc_view_release(bytes, context);
    hostile_sane(zinc_region_notify(region));
    hostile_sane(zinc_region_wait(region, 0, NULL));
    hostile_sane(zinc_region_grow(region, capacity + 5000));
    hostile_sane(zinc_region_unlink(region));
    hostile_sane(zinc_region_explain(region, ZINC_E_CORRUPT, &error));
    hostile_sane(zinc_region_info(region, &info));
}

#endif
