// SPDX-License-Identifier: MIT
#include "bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t make_once(int32_t verb, const char *name, size_t capacity, int32_t descriptor,
                         const zinc_region_options *options, zinc_region **out, zinc_error *error) {
    switch (verb) {
    case ZINC_GO_CREATE:
        return zinc_region_create(name, capacity, options, out, error);
    case ZINC_GO_OPEN:
        return zinc_region_open(name, options, out, error);
    case ZINC_GO_OPEN_OR_CREATE:
        return zinc_region_open_or_create(name, capacity, options, out, error);
    case ZINC_GO_REPLACE:
        return zinc_region_replace(name, capacity, options, out, error);
    case ZINC_GO_CREATE_PRIVATE:
        return zinc_region_create_private(name, capacity, options, out, error);
    case ZINC_GO_ATTACH:
        return zinc_region_attach(descriptor, options, out, error);
    default:
        return ZINC_E_INVAL;
    }
}

static void set_owners(zinc_region_options *options, const uint32_t *owners, size_t owner_count) {
    options->size = sizeof *options;
    options->accept_owners = owner_count != 0 ? owners : NULL;
    options->accept_owner_count = owner_count;
}

int32_t zinc_go_make(int32_t verb, const char *name, size_t capacity, int32_t descriptor,
                     zinc_region_options *options, const uint32_t *owners, size_t owner_count,
                     zinc_region **out, zinc_error *error) {
    int32_t status = ZINC_E_INTR;
    set_owners(options, owners, owner_count);
    while (status == ZINC_E_INTR) {
        status = make_once(verb, name, capacity, descriptor, options, out, error);
    }
    options->accept_owners = NULL; /* the options are Go's again */
    return status;
}

int32_t zinc_go_receive(int32_t socket, zinc_region_options *options, const uint32_t *owners,
                        size_t owner_count, zinc_region **out, zinc_error *error) {
    set_owners(options, owners, owner_count);
    int32_t status = zinc_region_receive(socket, options, out, error);
    options->accept_owners = NULL;
    return status;
}

int32_t zinc_go_wait(zinc_region *region, int64_t timeout_ns) {
    int64_t deadline_ns = timeout_ns < 0    ? ZINC_FOREVER
                          : timeout_ns == 0 ? 0
                                            : zinc_deadline_ns(timeout_ns);
    /* What another goroutine's wait takes in between two calls still ends this one. */
    uint32_t seen = zinc_region_seen(region);
    int32_t status = ZINC_E_INTR;
    while (status == ZINC_E_INTR) {
        status = zinc_region_wait_from(region, seen, deadline_ns, NULL);
    }
    return status;
}

/* Room for one more of `count` items of `size` bytes, or NULL. */
static void *room_for_one(void *items, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) {
        return items;
    }
    size_t larger = *capacity * 2 + 16;
    void *moved = realloc(items, larger * size);
    if (moved != NULL) {
        *capacity = larger;
    }
    return moved;
}

static void note_removal(void *context, uint32_t kind, const char *name, uint64_t allocated,
                         int32_t status) {
    zinc_go_removals *all = context;
    void *items = room_for_one(all->items, all->count, &all->capacity, sizeof *all->items);
    if (items == NULL) {
        return; /* the report still counts it */
    }
    all->items = items;
    zinc_go_removal *item = &all->items[all->count++];
    item->kind = kind;
    item->allocated = allocated;
    item->status = status;
    snprintf(item->name, sizeof item->name, "%s", name);
}

int32_t zinc_go_gc(uint32_t flags, zinc_go_removals *out, zinc_gc_report *report,
                   zinc_error *error) {
    report->size = sizeof *report;
    return zinc_gc(flags, note_removal, out, report, error);
}

int32_t zinc_go_list(zinc_go_listed **items, size_t *count, zinc_error *error) {
    zinc_list *list = NULL;
    size_t capacity = 0;
    *items = NULL;
    *count = 0;
    int32_t status = zinc_list_begin(&list, error);
    while (status == ZINC_OK) {
        void *moved = room_for_one(*items, *count, &capacity, sizeof **items);
        if (moved == NULL) {
            status = ZINC_E_NOMEM;
            snprintf(error->message, sizeof error->message, "no memory for the list of regions");
            break;
        }
        *items = moved;
        zinc_go_listed *next = &(*items)[*count];
        memset(next, 0, sizeof *next);
        next->info.size = sizeof next->info;
        next->status = zinc_list_next(list, &next->info);
        if (next->status == ZINC_E_NOENT) {
            break;
        }
        ++*count;
    }
    zinc_list_end(list);
    return status;
}
