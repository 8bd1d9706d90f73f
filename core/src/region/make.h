/* SPDX-License-Identifier: MIT */
/* From a file to a handle: the steps that create and open share. */
#ifndef ZINC_REGION_MAKE_H
#define ZINC_REGION_MAKE_H

#include "region/handle.h"
#include "region/header.h"
#include "region/lifecycle.h"
#include "region/name.h"

/* A region on its way to becoming a handle. `map_file` is for mapping and carries no lock;
 * `lock_file` carries the locks and is never mapped. */
typedef struct zinc__made {
    int32_t map_file;
    int32_t lock_file;
    zinc__header header;
    uint64_t capacity;
    uint32_t sequence;
    uint64_t device;
    uint64_t inode;
    bool creator;
    bool read_only;
    uint8_t *address; /* NULL until mapped */
    size_t mapped;
} zinc__made;

#define ZINC__MADE_NONE                                                                            \
    (zinc__made) {                                                                                 \
        .map_file = -1, .lock_file = -1                                                            \
    }

/* The caller's options with everything defaulted and checked; `size` may be smaller than ours. */
int32_t zinc__options_read(const zinc_region_options *options, zinc_region_options *out,
                           zinc_error *error);

/* Map all of max capacity through map_file, which is then closed. */
int32_t zinc__made_map(zinc__made *made, const zinc_region_options *options, const char *name,
                       zinc_error *error);

/* Turn a mapped region, whose alive byte is locked, into a handle: allocate it, take a row (unless
 * it is read-only), apply prefault and huge pages. On success `made` is used up. On failure
 * everything is still in `made`. */
int32_t zinc__made_handle(zinc__made *made, const zinc__place *place,
                          const zinc_region_options *options, zinc_region **out, zinc_error *error);

/* Give back whatever `made` holds: the mapping, the locks, the descriptors. */
void zinc__made_discard(zinc__made *made);

/* Open by place, without the message. Used by open and open_or_create. `how` of open.c. */
int32_t zinc__open_place(const zinc__place *place, const zinc_region_options *options,
                         zinc_region **out, zinc_error *error);
int32_t zinc__create_place(const zinc__place *place, size_t capacity,
                           const zinc_region_options *options, zinc_region **out,
                           zinc_error *error);

#endif
