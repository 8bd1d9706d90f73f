/* SPDX-License-Identifier: MIT */
/* Line 0 of a region, read once, validated, and then used from the private copy for ever. */
#ifndef ZINC_REGION_HEADER_H
#define ZINC_REGION_HEADER_H

#include "base/layout.h"
#include "os/os.h"

/* What a file says about itself, read without mapping it. */
typedef struct zinc__facts {
    zinc__os_stat stat;
    zinc__header header;
    uint32_t state;    /* enum zinc__state */
    uint64_t capacity; /* as the file says; checked against header and size */
    uint32_t sequence;
} zinc__facts;

/* Fill in the CRC. */
void zinc__header_seal(zinc__header *header);

/* Read and check a whole file. ZINC_OK; ZINC_E_LAYOUT: none of ours, or of another layout or byte
 * order; ZINC_E_CORRUPT: ours, but truncated, or line 0 is damaged. `stat` is filled in all cases
 * but those of a failing fstat. `reason` (may be NULL) becomes a short text on failure. */
int32_t zinc__facts_read(int32_t file, zinc__facts *facts, const char **reason);

#endif
