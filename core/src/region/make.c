/* SPDX-License-Identifier: MIT */
/* From a file to a handle; see make.h. */
#include "region/make.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/mutant.h"

#define FLAGS_KNOWN                                                                                \
    ((uint32_t)(ZINC_REGION_READ_ONLY | ZINC_REGION_PREFAULT | ZINC_REGION_SPARSE |                \
                ZINC_REGION_HUGE_PAGES | ZINC_REGION_SEALED | ZINC_REGION_READ_ONLY_WAITERS |      \
                ZINC_REGION_SET_GROUP | ZINC_REGION_ANY_OWNER | ZINC_REGION_HUGETLB))

static int32_t options_check(const zinc_region_options *options, zinc_error *error) {
    if ((options->flags & ~FLAGS_KNOWN) != 0) {
        return zinc__report(error, ZINC_E_INVAL,
                            "option flags 0x%" PRIx32 ": unknown bits 0x%" PRIx32, options->flags,
                            options->flags & ~FLAGS_KNOWN);
    }
    if (options->lifetime > ZINC_LIFETIME_PERSISTENT) {
        return zinc__report(error, ZINC_E_INVAL, "lifetime %" PRIu32 " is not 0, 1 or 2",
                            options->lifetime);
    }
    if (options->wait_policy > ZINC_WAIT_PARK) {
        return zinc__report(error, ZINC_E_INVAL, "wait policy %" PRIu32 " is not 0, 1 or 2",
                            options->wait_policy);
    }
    if ((options->mode & ~UINT32_C(0777)) != 0) {
        return zinc__report(error, ZINC_E_INVAL, "mode 0%" PRIo32 " has more than permission bits",
                            options->mode);
    }
    if ((options->accept_mode & ~UINT32_C(022)) != 0) {
        return zinc__report(error, ZINC_E_INVAL,
                            "accepted mode 0%" PRIo32
                            ": only group and other write (022) are asked",
                            options->accept_mode);
    }
    if ((options->flags & ZINC_REGION_SET_GROUP) != 0 && options->group == UINT32_MAX) {
        return zinc__report(error, ZINC_E_INVAL, "group %" PRIu32 " is none: give a group id",
                            options->group);
    }
    if (options->rows > ZINC_ROWS_MAX) {
        return zinc__report(error, ZINC_E_INVAL, "%" PRIu32 " rows: at most %d participants fit",
                            options->rows, (int)ZINC_ROWS_MAX);
    }
    if (options->accept_owner_count != 0 && options->accept_owners == NULL) {
        return zinc__report(error, ZINC_E_INVAL, "accept_owners is NULL but has a count");
    }
    return ZINC_OK;
}

int32_t zinc__options_read(const zinc_region_options *options, zinc_region_options *out,
                           zinc_error *error) {
    memset(out, 0, sizeof *out);
    if (options != NULL) {
        if (options->size < 8 || options->size > 4096) {
            return zinc__report(error, ZINC_E_INVAL,
                                "options.size is %" PRIu32
                                ": set it to sizeof(zinc_region_options)",
                                options->size);
        }
        /* A caller that was compiled with a newer, longer struct may only use what we know. */
        for (size_t i = sizeof *out; i < options->size; i++) {
            if (((const unsigned char *)options)[i] != 0) {
                return zinc__report(error, ZINC_E_NOTSUP,
                                    "the options have a field that this release does not know");
            }
        }
        memcpy(out, options, options->size < sizeof *out ? options->size : sizeof *out);
    }
    out->size = sizeof *out;
    int32_t status = options_check(out, error);
    if (status == ZINC_OK) {
        out->rows = out->rows == 0 ? ZINC_ROWS_DEFAULT : out->rows;
    }
    return status;
}

int32_t zinc__made_map(zinc__made *made, const zinc_region_options *options, const char *name,
                       zinc_error *error) {
    uint64_t unit = zinc__os_page_size();
    if ((options->flags & ZINC_REGION_HUGETLB) != 0) {
        unit = UINT64_C(2) << 20;
    }
    uint64_t end = made->header.data_offset + made->header.max_capacity;
    uint64_t rounded = (end + unit - 1) / unit * unit;
    if (rounded < end || rounded > SIZE_MAX / 2) {
        return zinc__report(error, ZINC_E_OVERFLOW,
                            "region \"%s\": %" PRIu64
                            " bytes do not fit this process's address space",
                            name, made->header.max_capacity);
    }
    bool aligned = (options->flags & (ZINC_REGION_HUGE_PAGES | ZINC_REGION_HUGETLB)) != 0;
    int32_t status =
        zinc__os_map(made->map_file, (size_t)rounded, !made->read_only, aligned, &made->address);
    if (status != ZINC_OK) {
        return zinc__report(error, status,
                            "region \"%s\": mapping %" PRIu64
                            " bytes failed (%s): lower the (maximum) capacity, or raise the limits "
                            "that 'zinc doctor' shows",
                            name, rounded, zinc_strerror(status));
    }
    made->mapped = (size_t)rounded;
    zinc__os_file_close(made->map_file);
    made->map_file = -1;
    return ZINC_OK;
}

static zinc_region *allocate(const zinc__made *made, const zinc__place *place,
                             const zinc_region_options *options) {
    zinc_region *region = calloc(1, sizeof *region);
    zinc__mapping *mapping = calloc(1, sizeof *mapping);
    if (region == NULL || mapping == NULL) {
        free(region);
        free(mapping);
        return NULL;
    }
    /* Relaxed stores: no other thread knows the handle yet. */
    zinc__store32_relaxed(&mapping->references, 1);
    mapping->address = made->address;
    mapping->size = made->mapped;
    region->mapping = mapping;
    region->epoch = zinc__process_enter();
    region->bytes = (zinc__region_bytes *)(void *)made->address;
    region->data = made->address + made->header.data_offset;
    zinc__store64_relaxed(&region->capacity, made->capacity);
    zinc__store32_relaxed(&region->references, 1);
    zinc__store32_relaxed(&region->holds, 2);
    zinc__store32_relaxed(&region->cursor, made->sequence == 0 || ZINC_MUTATED(WAIT_FRESH_HAS_SEEN)
                                               ? made->sequence
                                               : made->sequence - 1);
    zinc__wait_habits_init(&region->habits, options->wait_policy);
    zinc__os_mutex_init(&region->growing);
    region->header = made->header;
    region->device = made->device;
    region->inode = made->inode;
    region->creator = made->creator;
    region->read_only = made->read_only;
    region->huge_pages = (options->flags & (ZINC_REGION_HUGE_PAGES | ZINC_REGION_HUGETLB)) != 0;
    memcpy(region->name, place->name, sizeof region->name);
    memcpy(region->domain, place->domain, sizeof region->domain);
    memcpy(region->directory, place->path, sizeof region->directory);
    return region;
}

static int32_t join(zinc_region *region, const zinc__made *made, zinc_error *error) {
    region->participant = (zinc__participant){
        .bytes = region->bytes,
        .lock_file = made->lock_file,
        .rows = made->header.rows,
    };
    if (made->read_only) {
        return ZINC_OK;
    }
    int32_t status = zinc__participant_join(&region->participant);
    if (status == ZINC_E_USERS) {
        return zinc__report(
            error, status,
            "region \"%s\": all %u participant rows are taken: close some handles, or "
            "create it with more rows (at most %d)",
            region->name, (unsigned)made->header.rows, (int)ZINC_ROWS_MAX);
    }
    if (status != ZINC_OK) {
        return zinc__report(error, status, "region \"%s\": no participant row could be taken: %s",
                            region->name, zinc_strerror(status));
    }
    return ZINC_OK;
}

/* Best efforts, whose effect zinc_info reports. */
static void bring_in(zinc_region *region, const zinc_region_options *options) {
    size_t size = (size_t)(region->header.data_offset + zinc__load64_relaxed(&region->capacity));
    uint8_t *address = region->mapping->address;
    bool writable = !region->read_only;
    if ((options->flags & ZINC_REGION_HUGE_PAGES) != 0) {
        (void)zinc__os_huge_pages(address, size);
    }
    if ((options->flags & (ZINC_REGION_PREFAULT | ZINC_REGION_HUGE_PAGES)) != 0 &&
        zinc__os_prefault(address, size, writable) == ZINC_OK) {
        region->prefaulted = zinc__load64_relaxed(&region->capacity);
    }
    if ((options->flags & ZINC_REGION_HUGE_PAGES) != 0) {
        (void)zinc__os_huge_pages(address, size); /* populated pages can be collapsed now */
    }
}

int32_t zinc__made_handle(zinc__made *made, const zinc__place *place,
                          const zinc_region_options *options, zinc_region **out,
                          zinc_error *error) {
    zinc_region *region = allocate(made, place, options);
    if (region == NULL) {
        return zinc__report(error, ZINC_E_NOMEM, "region \"%s\": no memory for the handle",
                            place->name);
    }
    int32_t status = join(region, made, error);
    if (status != ZINC_OK) {
        zinc__os_mutex_destroy(&region->growing);
        free(region->mapping);
        free(region);
        return status;
    }
    bring_in(region, options);
    *made = ZINC__MADE_NONE;
    *out = region;
    return ZINC_OK;
}

void zinc__made_discard(zinc__made *made) {
    if (made->address != NULL) {
        zinc__os_unmap(made->address, made->mapped);
    }
    if (made->map_file >= 0) {
        zinc__os_file_close(made->map_file);
    }
    zinc__lock_file_close(made->lock_file);
    *made = ZINC__MADE_NONE;
}
