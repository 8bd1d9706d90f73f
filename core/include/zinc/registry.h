/* SPDX-License-Identifier: MIT */
/* Zinc: the regions of a domain, seen from outside. Nothing here becomes a participant, so looking
 * never keeps a region alive. */
#ifndef ZINC_REGISTRY_H
#define ZINC_REGISTRY_H

#include <zinc/region.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct zinc_list zinc_list;

/* Start a listing of the regions in ZINC_DIR that belong to the environment's ZINC_DOMAIN (or to
 * none). ZINC_OK, ZINC_E_INVAL, ZINC_E_NOMEM, ZINC_E_NOTSUP (not a local file system), and errors
 * of opening the directory. One thread a listing. Since 0.1 */
ZINC_API int32_t zinc_list_begin(zinc_list **out, zinc_error *error);

/* Fill *out with the next region, sorted by name; out->size must be set. Files that cannot be read
 * or are no regions are listed too, and for them the status says so: ZINC_E_ACCES, ZINC_E_LAYOUT,
 * ZINC_E_CORRUPT, with name, owner, mode and size of the file filled in. ZINC_E_NOENT behind the
 * last one. Since 0.1 */
ZINC_API int32_t zinc_list_next(zinc_list *list, zinc_info *out);

/* End a listing; NULL does nothing. Since 0.1 */
ZINC_API void zinc_list_end(zinc_list *list);

/* Fill *out with facts about the region of this name, without taking part in it; out->size must be
 * set. ZINC_OK, ZINC_E_NOENT, ZINC_E_ACCES, ZINC_E_LAYOUT, ZINC_E_CORRUPT, ZINC_E_INVAL.
 * Regions whose users are all dead are shown (ZINC_INFO_RECLAIMABLE), not removed. Since 0.1 */
ZINC_API int32_t zinc_region_lookup(const char *name, zinc_info *out, zinc_error *error);

/* One participant row. Process facts are hints for people: ids are those of the participant's own
 * PID namespace, and never decide who is alive. */
typedef struct zinc_participant {
    uint32_t size;       /* sizeof(zinc_participant), set by the caller in the first element */
    uint32_t row;        /* from 1 */
    uint32_t generation; /* how often the row has been taken */
    uint32_t alive;      /* 1 or 0 */
    uint32_t creator;    /* 1 for the creator's handle while it lives */
    uint32_t pid;
    uint32_t waits;          /* waits in progress */
    uint32_t same_namespace; /* 1 if pid means something in the caller's PID namespace */
    uint64_t started_ticks;  /* start time of the process, as in /proc/PID/stat field 22 */
    char program[24];
} zinc_participant;

/* Store the rows that are in use, or whose owner died, in out[0 .. capacity-1] and their number
 * (which may be larger than capacity) in *count_out. Statuses as zinc_region_lookup. Since 0.1 */
ZINC_API int32_t zinc_region_participants(const char *name, zinc_participant *out,
                                          uint64_t capacity, uint64_t *count_out,
                                          zinc_error *error);

enum zinc_gc_flags {
    ZINC_GC_DRY_RUN = 1 /* tell, do not remove */
};

enum zinc_gc_kind {
    ZINC_GC_REGION = 0,   /* a region that nobody alive uses */
    ZINC_GC_TEMPORARY = 1 /* a half-made region of a creator that died */
};

/* Called for each thing that gc removes (or would remove); name is NUL-terminated, status is
 * ZINC_OK or why it could not be removed. Must not call zinc. */
typedef void (*zinc_gc_callback)(void *context, uint32_t kind, const char *name, uint64_t allocated,
                                 int32_t status);

typedef struct zinc_gc_report {
    uint32_t size;  /* sizeof(zinc_gc_report), set by the caller */
    uint32_t flags; /* enum zinc_gc_flags, as asked */
    uint64_t regions_seen;
    uint64_t regions_removed; /* or that would be */
    uint64_t temporaries_removed;
    uint64_t failures;
    uint64_t bytes_removed; /* memory of what was removed */
} zinc_gc_report;

/* Remove every region of the domain that nobody alive uses and whose lifetime allows it, and what
 * creators left that died half-way. Living regions and persistent ones stay. callback and report
 * may be NULL. ZINC_OK also if single removals failed (the report counts them); errors of
 * zinc_list_begin. Any thread of any process. Since 0.1 */
ZINC_API int32_t zinc_gc(uint32_t flags, zinc_gc_callback callback, void *context,
                         zinc_gc_report *report, zinc_error *error);

/* What the machine offers. Sizes are bytes; a value that cannot be had is UINT64_MAX. */
typedef struct zinc_doctor_facts {
    uint32_t size;            /* sizeof(zinc_doctor_facts), set by the caller */
    int32_t directory_status; /* ZINC_OK, or why ZINC_DIR cannot be used */
    char directory[256];
    char filesystem[24]; /* "tmpfs", "ext4", ... or a number in hexadecimal */
    char domain[56];
    char wait_backend[24]; /* "futex", "poll", ... */
    char huge_pages[24];   /* shmem_enabled: "never", "advise", ... or "" */
    uint64_t directory_total;
    uint64_t directory_free;
    uint64_t inodes_total;
    uint64_t inodes_free;
    uint64_t descriptors_limit;
    uint64_t descriptors_used;
    uint64_t maps_limit; /* vm.max_map_count */
    uint64_t maps_used;
    uint64_t address_space_limit;
    uint64_t page_size;
    uint64_t processors;    /* that this process may run on */
    uint64_t regions;       /* in the domain */
    uint64_t regions_stale; /* that gc would remove */
    uint64_t bytes_stale;
    uint32_t has_proc;    /* 1 if /proc is mounted: needed by private regions */
    uint32_t has_tmpfile; /* 1 if the directory makes unnamed files: creation in one step */
    uint32_t has_waitv;   /* 1 if one thread can wait on many words */
    uint32_t has_memfd;
    uint32_t remove_ipc;       /* logind: 1 RemoveIPC=yes, 0 no, 2 unknown or no logind */
    uint32_t directory_sticky; /* 1: only a file's owner and root can remove it */
} zinc_doctor_facts;

/* Fill *out; out->size must be set. ZINC_OK, ZINC_E_INVAL. Since 0.1 */
ZINC_API int32_t zinc_doctor(zinc_doctor_facts *out);

#ifdef __cplusplus
}
#endif
#endif
