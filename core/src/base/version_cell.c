/* SPDX-License-Identifier: MIT */
/* Version cell; version_cell.h explains it, and names the labels. */
#include "base/version_cell.h"

#include "base/fault.h"
#include "base/mutant.h"

#define VERSION_WRITING UINT64_C(1)

/* Looks at a version that says "writing", with a pause between: some microseconds, the time of a
 * write; and copies that a reader makes before it gives up. */
#define VERSION_LOOKS 256
#define VERSION_COPIES 64

void zinc__version_cell_init(zinc__version_cell *cell, uint64_t version) {
    /* Relaxed: whatever makes the cell reachable publishes it. */
    zinc__store64_relaxed(&cell->cell, version & ~VERSION_WRITING);
}

uint64_t zinc__version_cell_peek(const zinc__version_cell *cell) {
    return zinc__load64_relaxed(&cell->cell);
}

int32_t zinc__version_cell_read_begin(const zinc__version_cell *cell, uint64_t *version_out) {
    for (int looks = 0; looks < VERSION_LOOKS || ZINC_MUTATED(VERSION_CELL_UNBOUNDED); looks++) {
        uint64_t version = zinc__load64_acquire(&cell->cell); /* V1->R1 */
        if (!(version & VERSION_WRITING)) {
            *version_out = version;
            return ZINC_OK;
        }
        zinc__pause();
    }
    return ZINC_E_BUSY;
}

bool zinc__version_cell_read_retry(const zinc__version_cell *cell, uint64_t version) {
    if (ZINC_MUTATED(VERSION_CELL_NO_RECHECK)) {
        return false;
    }
    zinc__fence_acquire(); /* B1->R2: the copy stays before the look below */
    return zinc__load64_relaxed(&cell->cell) != version;
}

int32_t zinc__version_cell_read(const zinc__version_cell *cell, const zinc__u64 *from, size_t words,
                                uint64_t *to, uint64_t *version_out) {
    for (int copies = 0; copies < VERSION_COPIES; copies++) {
        uint64_t version;
        int32_t status = zinc__version_cell_read_begin(cell, &version);
        if (status != ZINC_OK) {
            return status;
        }
        zinc__version_cell_copy_out(to, from, words);
        ZINC_FAULT("version_cell.copied");
        if (!zinc__version_cell_read_retry(cell, version)) {
            *version_out = version;
            return ZINC_OK;
        }
    }
    return ZINC_E_BUSY;
}

int32_t zinc__version_cell_write_begin(zinc__version_cell *cell) {
    /* Relaxed: only the holder of the owned word writes here; its take carried the last. */
    uint64_t version = zinc__load64_relaxed(&cell->cell);
    bool died = (version & VERSION_WRITING) != 0;
    uint64_t writing = version | VERSION_WRITING;
    if (ZINC_MUTATED(VERSION_CELL_TOGGLES)) {
        writing = version + 1;
    }
    if (ZINC_MUTATED(VERSION_CELL_NO_MARK)) {
        writing = version;
    }
    zinc__store64_relaxed(&cell->cell, writing);
    zinc__fence_release(); /* B1->R2: the mark stays before the bytes */
    ZINC_FAULT("version_cell.writing");
    return died ? ZINC_RECOVERED : ZINC_OK;
}

uint64_t zinc__version_cell_write_commit(zinc__version_cell *cell) {
    uint64_t version = zinc__load64_relaxed(&cell->cell); /* our own store */
    uint64_t next = (version | VERSION_WRITING) + 1;
    ZINC_FAULT("version_cell.committing");
    zinc__store64_release(&cell->cell, next); /* V1->R1 */
    ZINC_FAULT("version_cell.committed");
    return next;
}

uint64_t zinc__version_cell_advance(zinc__version_cell *cell) {
    uint64_t next = zinc__load64_relaxed(&cell->cell) + 2; /* as in write_begin */
    zinc__store64_release(&cell->cell, next);              /* V1->R1 */
    zinc__fence_release(); /* B1->R2, for bytes that are written again after this */
    ZINC_FAULT("version_cell.advanced");
    return next;
}
