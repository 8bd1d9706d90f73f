/* SPDX-License-Identifier: MIT */
/* The bytes of a region, layout 1. Everything that lies in shared memory is declared here, and
 * only here; docs/how-it-works.md shows the map below.
 *
 *   byte          line  what                               written by
 *   0      ..63   0     immutable header under a CRC       the creator, before the name exists
 *   64     ..127  1     notify sequence (the futex word)   notifiers
 *   128    ..191  2     parked                             waiters set, notifiers clear
 *   192    ..255  3     state, row hint, capacity          joiners, growers, the last closer
 *   256    ..     4..   participant rows, one line each    each row by its owner alone
 *   data offset   ..    the user's bytes                   users
 *
 * The data offset is the end of the row table rounded up to 16 KiB (64 KiB where pages are that
 * large), so that data begins on a page in every process. All numbers are little-endian.
 *
 * Locks (byte numbers count from 2^62 of the same file, see os.h): the kernel drops them with the
 * process, so they, and nothing in the bytes above, decide who is alive. */
#ifndef ZINC_BASE_LAYOUT_H
#define ZINC_BASE_LAYOUT_H

#include <stddef.h>

#include "base/atomic.h"
#include <zinc/region.h>

#define ZINC__MAGIC                                                                                \
    UINT64_C(0x0a1a0d434e495a89) /* 89 'Z' 'I' 'N' 'C' 0d 1a 0a: not text, not cut */
#define ZINC__BYTE_ORDER UINT32_C(0x01020304)

enum zinc__lock_byte {
    ZINC__LOCK_NAME = 0,    /* write: may unbind the name of this inode */
    ZINC__LOCK_ALIVE = 1,   /* read: every handle; write: nobody is left */
    ZINC__LOCK_CREATOR = 2, /* write: the creator's handle */
    ZINC__LOCK_GROWTH = 3,  /* write: changing the capacity */
    ZINC__LOCK_ROW = 64     /* write, 64 + i: the owner of row i, rows count from 1 */
};

enum zinc__header_flags {
    ZINC__HEADER_READ_ONLY_WAITERS = 1, /* notifiers always make the system call */
    ZINC__HEADER_PRIVATE = 2,           /* a memory file: no name to unbind */
    ZINC__HEADER_SEALED = 4,            /* nobody but the creator writes */
    ZINC__HEADER_SPARSE = 8             /* not allocated at creation */
};
#define ZINC__HEADER_FLAGS_KNOWN 15u

/* Line 0. */
typedef struct zinc__header {
    uint64_t magic;
    uint32_t layout;
    uint32_t byte_order;
    uint32_t flags;
    uint16_t lifetime;
    uint16_t rows;
    uint64_t max_capacity;
    uint64_t data_offset;
    int64_t created_ns;
    uint32_t creator_pid;
    uint32_t reserved;
    uint32_t reserved_too;
    uint32_t crc; /* CRC-32C of the 60 bytes before it */
} zinc__header;

static_assert(sizeof(zinc__header) == 64, "line 0 is one cache line, so a copy of it is one read");
static_assert(offsetof(zinc__header, layout) == 8, "an older reader finds the layout number here");
static_assert(offsetof(zinc__header, max_capacity) == 24, "8-aligned also on i386");
static_assert(offsetof(zinc__header, created_ns) == 40, "8-aligned also on i386");
static_assert(offsetof(zinc__header, crc) == 60, "the CRC covers what stands before it");

enum zinc__state {
    ZINC__STATE_READY = 1, /* set before the name exists */
    ZINC__STATE_DEAD = 2   /* the last closer has unbound the name: never attach again */
};

/* Lines 1 to 3. */
typedef struct zinc__notify_line {
    _Alignas(ZINC__CACHE_LINE) zinc__u32 sequence;
    uint32_t padding[15];
} zinc__notify_line;

typedef struct zinc__parked_line {
    _Alignas(ZINC__CACHE_LINE) zinc__u32 parked;
    uint32_t padding[15];
} zinc__parked_line;

typedef struct zinc__state_line {
    _Alignas(ZINC__CACHE_LINE) zinc__u32 state;
    zinc__u32 row_hint; /* where the next joiner looks first; any value is harmless */
    zinc__u64 capacity;
    uint64_t padding[6];
} zinc__state_line;

enum zinc__row_state {
    ZINC__ROW_FREE = 0,
    ZINC__ROW_USED = 1,
    ZINC__ROW_RETIRED = 2 /* its generation is at the end: waits for a pass over the region */
};

/* One participant. `word` is state (bits 0 to 7) and generation (bits 8 to 25). */
typedef struct zinc__row {
    _Alignas(ZINC__CACHE_LINE) zinc__u32 word;
    zinc__u32 waits; /* waits in progress */
    uint32_t pid;
    uint32_t reserved;
    uint64_t started_ticks;
    uint64_t pid_namespace;
    uint64_t boot;
    char program[24];
} zinc__row;

typedef struct zinc__region_bytes {
    zinc__header header;
    zinc__notify_line notify;
    zinc__parked_line park;
    zinc__state_line state;
    zinc__row rows[]; /* header.rows of them; rows[i - 1] is row i */
} zinc__region_bytes;

static_assert(offsetof(zinc__region_bytes, notify) == 64, "notifiers write a line of their own");
static_assert(offsetof(zinc__region_bytes, park) == 128, "waiters write a line of their own");
static_assert(offsetof(zinc__region_bytes, state) == 192, "state and capacity are read-mostly");
static_assert(offsetof(zinc__state_line, capacity) == 8, "8-aligned also on i386");
static_assert(offsetof(zinc__region_bytes, rows) == 256, "row i is at 256 + 64 (i - 1)");
static_assert(sizeof(zinc__row) == 64, "each participant writes a line of its own");
static_assert(offsetof(zinc__row, started_ticks) == 16, "8-aligned also on i386");
static_assert(offsetof(zinc__row, program) == 40, "the last 24 bytes of the line");

/* The owner of a claimed word: who may finish what it began. Row 0 is nobody. */
#define ZINC__OWNER_ROW_BITS 10
#define ZINC__OWNER_GENERATION_BITS 18
#define ZINC__GENERATION_MAX ((UINT32_C(1) << ZINC__OWNER_GENERATION_BITS) - 1)

typedef struct zinc__owner {
    uint32_t row;        /* 1 to 1023; 0 is nobody */
    uint32_t generation; /* 1 to 2^18 - 1 */
} zinc__owner;

static inline uint64_t zinc__data_offset(uint32_t rows, uint64_t page_size) {
    uint64_t unit = page_size > UINT64_C(16384) ? page_size : UINT64_C(16384);
    uint64_t end = 256 + UINT64_C(64) * rows;
    return (end + unit - 1) / unit * unit;
}

#endif
