/* SPDX-License-Identifier: MIT */
/* Looking from outside; see look.h. Shared bytes are read through the descriptor, never through a
 * mapping: a file that is cut meanwhile gives zeros instead of a signal. */
#include "region/look.h"

#include <string.h>

#include "base/participant.h"
#include "region/lifecycle.h"

/* Find living rows in [first, last]: the kernel names some lock in a range, not the lowest, so
 * split at what it names. Depth is bounded by the rows: each level takes one away. */
typedef struct search {
    int32_t file;
    uint32_t rows;
    uint8_t alive[ZINC_ROWS_MAX + 1];
} search;

static void search_range(search *s, uint32_t first, uint32_t last) {
    while (first <= last) {
        enum zinc__os_lock_kind kind = ZINC__OS_UNLOCK;
        uint32_t byte = 0;
        if (zinc__os_lock_probe(s->file, ZINC__LOCK_ROW + first, last - first + 1,
                                ZINC__OS_LOCK_READ, &kind, &byte) != ZINC_OK ||
            kind == ZINC__OS_UNLOCK || byte < ZINC__LOCK_ROW + first ||
            byte > ZINC__LOCK_ROW + last) {
            return;
        }
        uint32_t row = byte - ZINC__LOCK_ROW;
        s->alive[row] = 1;
        if (row > first) {
            search_range(s, first, row - 1);
        }
        first = row + 1;
    }
}

uint32_t zinc__look_alive(int32_t file, uint32_t rows, uint32_t own, uint16_t *out) {
    search s;
    memset(&s, 0, sizeof s);
    s.file = file;
    s.rows = rows;
    search_range(&s, 1, rows);
    if (own >= 1 && own <= rows) {
        s.alive[own] = 1;
    }
    uint32_t count = 0;
    for (uint32_t row = 1; row <= rows; row++) {
        if (s.alive[row] != 0) {
            out[count++] = (uint16_t)row;
        }
    }
    return count;
}

#define ROWS_A_READ 32u

void zinc__look_rows(int32_t file, uint32_t rows, uint32_t own, zinc_info *info) {
    uint16_t alive[ZINC_ROWS_MAX];
    uint32_t count = zinc__look_alive(file, rows, own, alive);
    info->rows = rows;
    info->participants_alive = count;
    uint32_t next = 0;
    for (uint32_t first = 1; first <= rows; first += ROWS_A_READ) {
        zinc__row lines[ROWS_A_READ];
        uint32_t some = rows - first + 1 < ROWS_A_READ ? rows - first + 1 : ROWS_A_READ;
        if (zinc__look_read_rows(file, first, some, lines) != ZINC_OK) {
            return;
        }
        for (uint32_t i = 0; i < some; i++) {
            if (next < count && alive[next] == first + i) {
                next++;
                info->waiters += zinc__load32_relaxed(&lines[i].waits); /* a private copy */
            } else if (zinc__row_state(zinc__load32_relaxed(&lines[i].word)) == ZINC__ROW_USED) {
                info->participants_dead++;
            }
        }
    }
}

int32_t zinc__look_read_rows(int32_t file, uint32_t first, uint32_t count, zinc__row *out) {
    uint64_t offset = offsetof(zinc__region_bytes, rows) + sizeof(zinc__row) * (first - 1);
    return zinc__os_file_read(file, offset, out, count * sizeof *out);
}

static bool creator_lives(int32_t file) {
    enum zinc__os_lock_kind kind = ZINC__OS_UNLOCK;
    uint32_t byte = 0;
    return zinc__os_lock_probe(file, ZINC__LOCK_CREATOR, 1, ZINC__OS_LOCK_READ, &kind, &byte) ==
               ZINC_OK &&
           kind == ZINC__OS_LOCK_WRITE;
}

static uint32_t flags_of(int32_t file, const zinc__os_stat *stat, const zinc__header *header,
                         uint32_t state, uint64_t capacity) {
    uint32_t flags = 0;
    bool private_file = (header->flags & ZINC__HEADER_PRIVATE) != 0;
    flags |= private_file ? (uint32_t)ZINC_INFO_PRIVATE : 0;
    flags |= (header->flags & ZINC__HEADER_SEALED) != 0 ? (uint32_t)ZINC_INFO_SEALED : 0;
    flags |= (header->flags & ZINC__HEADER_SPARSE) != 0 ? (uint32_t)ZINC_INFO_SPARSE : 0;
    flags |= (header->flags & ZINC__HEADER_READ_ONLY_WAITERS) != 0
                 ? (uint32_t)ZINC_INFO_READ_ONLY_WAITERS
                 : 0;
    flags |= !private_file && stat->links == 0 ? (uint32_t)ZINC_INFO_STALE : 0;
    flags |= creator_lives(file) ? (uint32_t)ZINC_INFO_CREATOR_ALIVE : 0;
    flags |= state == ZINC__STATE_DEAD ? (uint32_t)ZINC_INFO_DEAD : 0;
    flags |= stat->size < header->data_offset + capacity ? (uint32_t)ZINC_INFO_GONE : 0;
    flags |= !private_file && zinc__life_is_over(file, header->lifetime)
                 ? (uint32_t)ZINC_INFO_RECLAIMABLE
                 : 0;
    return flags;
}

void zinc__look_fill(int32_t file, const zinc__os_stat *stat, const zinc__header *header,
                     uint64_t capacity, zinc_info *info) {
    uint32_t sequence = 0;
    uint32_t state = 0;
    (void)zinc__os_file_read(file, offsetof(zinc__region_bytes, notify.sequence), &sequence,
                             sizeof sequence);
    (void)zinc__os_file_read(file, offsetof(zinc__region_bytes, state.state), &state, sizeof state);
    info->capacity = capacity;
    info->flags = flags_of(file, stat, header, state, capacity);
    info->max_capacity = header->max_capacity;
    info->data_offset = header->data_offset;
    info->allocated = stat->allocated;
    info->created_ns = header->created_ns;
    info->device = stat->device;
    info->inode = stat->inode;
    info->lifetime = header->lifetime;
    info->mode = stat->mode;
    info->owner = stat->owner;
    info->group = stat->group;
    info->creator_pid = header->creator_pid;
    info->notifications = sequence;
    info->layout = header->layout;
}

void zinc__look_give(const zinc_info *info, zinc_info *out) {
    uint32_t size = out->size;
    memcpy(out, info, size < sizeof *info ? size : sizeof *info);
    out->size = size;
}
