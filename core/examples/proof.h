/* SPDX-License-Identifier: MIT */
/* Which memory is behind an address, as the system itself tells it: what the programs of
 * adapters/scenarios/ use to prove that two processes work on the same bytes. */
#ifndef PROOF_H
#define PROOF_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

typedef struct mapping {
    uint64_t device; /* major << 32 | minor */
    uint64_t inode;
    uint64_t offset; /* in the file, of the address */
} mapping;

/* Which file is mapped at `address`, and where in it; zeros if none is. */
static inline mapping find_mapping(uintptr_t address) {
    mapping found = {0, 0, 0};
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        uint64_t first = 0, last = 0, offset = 0, inode = 0;
        unsigned int major = 0, minor = 0;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %x:%x %" SCNu64, &first, &last,
                   &offset, &major, &minor, &inode) == 6 &&
            address >= first && address < last) {
            found.device = (uint64_t)major << 32 | minor;
            found.inode = inode;
            found.offset = offset + (address - first);
        }
    }
    if (maps != NULL) {
        fclose(maps);
    }
    return found;
}

/* The frame that holds `address`, or 0 where that is not shown to us. */
static inline uint64_t find_frame(uintptr_t address) {
    uint64_t entry = 0;
    (void)*(const volatile char *)address; /* a page not touched yet has no frame in our table */
    int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        off_t at = (off_t)(address / (uintptr_t)sysconf(_SC_PAGESIZE) * sizeof entry);
        if (pread(file, &entry, sizeof entry, at) != (ssize_t)sizeof entry) {
            entry = 0;
        }
        close(file);
    }
    return entry & ((UINT64_C(1) << 55) - 1);
}

#endif
