/* SPDX-License-Identifier: MIT */
/* Looking at a region without taking part in it: facts from the file and from its locks. */
#ifndef ZINC_REGION_LOOK_H
#define ZINC_REGION_LOOK_H

#include "region/header.h"
#include <zinc/registry.h>

/* The numbers of the rows whose owner lives, ascending, in out[0 .. rows-1]; returns how many. It
 * costs a few probes a living row, whatever the size of the table. `own` (0: none) is added: a
 * description does not see its own locks. */
uint32_t zinc__look_alive(int32_t file, uint32_t rows, uint32_t own, uint16_t *out);

/* Fill what stat, header and locks say, for a verified capacity: all but name, domain, and a
 * handle's own fields. */
void zinc__look_fill(int32_t file, const zinc__os_stat *stat, const zinc__header *header,
                     uint64_t capacity, zinc_info *info);

/* Fill the fields that count rows. */
void zinc__look_rows(int32_t file, uint32_t rows, uint32_t own, zinc_info *info);

/* Copy the lines of rows first .. first+count-1. */
int32_t zinc__look_read_rows(int32_t file, uint32_t first, uint32_t count, zinc__row *out);

/* Copy as much as the caller's struct has room for; out->size stays the caller's. */
void zinc__look_give(const zinc_info *info, zinc_info *out);

#endif
