/* SPDX-License-Identifier: MIT */
/* What native.go sees of the core: the public C ABI, and the few steps that are better made in C,
 * because a call from Go costs more than the step, or because C calls back. */
#ifndef ZINC_GO_BRIDGE_H
#define ZINC_GO_BRIDGE_H

#ifdef ZINC_GO_SYSTEM
#include <zinc/events.h>
#include <zinc/region.h>
#include <zinc/registry.h>
#else
#include "zinc.h"
#endif

/* The functions that make a handle. */
enum zinc_go_verb {
    ZINC_GO_CREATE = 0,
    ZINC_GO_OPEN = 1,
    ZINC_GO_OPEN_OR_CREATE = 2,
    ZINC_GO_REPLACE = 3,
    ZINC_GO_CREATE_PRIVATE = 4,
    ZINC_GO_ATTACH = 5
};

/* Make a handle by one of the verbs, again after signals. The owners stand apart from the options,
 * so that no memory of Go's points to other memory of Go's. */
int32_t zinc_go_make(int32_t verb, const char *name, size_t capacity, int32_t descriptor,
                     zinc_region_options *options, const uint32_t *owners, size_t owner_count,
                     zinc_region **out, zinc_error *error);

/* Receive over a socket, without trying again: Go waits for the socket. */
int32_t zinc_go_receive(int32_t socket, zinc_region_options *options, const uint32_t *owners,
                        size_t owner_count, zinc_region **out, zinc_error *error);

/* Wait, through signals, until a notification or the timeout; a negative timeout never ends. */
int32_t zinc_go_wait(zinc_region *region, int64_t timeout_ns);

typedef struct zinc_go_removal {
    uint64_t allocated;
    uint32_t kind;
    int32_t status;
    char name[256];
} zinc_go_removal;

/* What gc told, in memory of C's that the caller frees. */
typedef struct zinc_go_removals {
    zinc_go_removal *items;
    size_t count;
    size_t capacity;
} zinc_go_removals;

int32_t zinc_go_gc(uint32_t flags, zinc_go_removals *out, zinc_gc_report *report,
                   zinc_error *error);

/* All regions of the domain, in memory of C's that the caller frees; each with its own status. */
typedef struct zinc_go_listed {
    zinc_info info;
    int32_t status;
    uint32_t reserved;
} zinc_go_listed;

int32_t zinc_go_list(zinc_go_listed **items, size_t *count, zinc_error *error);

#endif
