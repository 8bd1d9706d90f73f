/* SPDX-License-Identifier: MIT */
/* The regions of a domain, seen from outside: listing, look-up, participants, gc, doctor. */
#include "region/make.h"

#include <stdlib.h>
#include <string.h>

#include "base/participant.h"
#include "region/look.h"
#include <zinc/registry.h>

/* ---- Names of a directory ------------------------------------------------------------------ */

typedef char entry_name[ZINC__FILE_MAX + 1];

struct zinc_list {
    zinc__place place; /* its directory stays open */
    entry_name *files; /* sorted */
    size_t count;
    size_t capacity;
    size_t next;
};

static int32_t collect(void *context, const char *name) {
    zinc_list *list = context;
    char domain[ZINC_DOMAIN_MAX + 1];
    char bare[ZINC_NAME_MAX + 1];
    bool temporary = name[0] == '.';
    if (strlen(name) > ZINC__FILE_MAX ||
        (!temporary &&
         (!zinc__name_split(name, domain, bare) || strcmp(domain, list->place.domain) != 0))) {
        return ZINC_OK;
    }
    if (list->count == list->capacity) {
        size_t larger = list->capacity == 0 ? 64 : 2 * list->capacity;
        entry_name *moved = realloc(list->files, larger * sizeof *moved);
        if (moved == NULL) {
            return ZINC_E_NOMEM;
        }
        list->files = moved;
        list->capacity = larger;
    }
    memcpy(list->files[list->count++], name, strlen(name) + 1);
    return ZINC_OK;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(const entry_name *)a, *(const entry_name *)b);
}

static int32_t list_make(const char *prefix, zinc_list **out, zinc_error *error) {
    zinc_list *list = calloc(1, sizeof *list);
    if (list == NULL) {
        return zinc__report(error, ZINC_E_NOMEM, "no memory for the list");
    }
    int32_t status = zinc__place_directory(&list->place, error);
    if (status == ZINC_OK) {
        status = zinc__os_directory_read(list->place.directory, prefix, collect, list);
        if (status != ZINC_OK) {
            (void)zinc__report(error, status, "reading %s: %s", list->place.path,
                               zinc_strerror(status));
        }
    }
    if (status != ZINC_OK) {
        zinc_list_end(list);
        return status;
    }
    if (list->count > 1) {
        qsort(list->files, list->count, sizeof *list->files, by_name);
    }
    *out = list;
    return ZINC_OK;
}

int32_t zinc_list_begin(zinc_list **out, zinc_error *error) {
    if (out == NULL) {
        return zinc__report(error, ZINC_E_INVAL, "out is NULL");
    }
    *out = NULL;
    return list_make(ZINC__PREFIX, out, error);
}

void zinc_list_end(zinc_list *list) {
    if (list != NULL) {
        zinc__place_close(&list->place);
        free(list->files);
        free(list);
    }
}

/* ---- One region, from outside -------------------------------------------------------------- */

/* Open the place's file for looking; with write access where that can be had, since probing for a
 * writer needs none, but reclaiming does. */
static int32_t look_open(const zinc__place *place, zinc__facts *facts, const char **reason,
                         int32_t *out) {
    int32_t status = zinc__lock_file_open(place->directory, place->file, false, out);
    if (status != ZINC_OK) {
        *reason = zinc_strerror(status);
        return status;
    }
    status = zinc__facts_read(*out, facts, reason);
    if (status != ZINC_OK) {
        zinc__lock_file_close(*out);
        *out = -1;
    }
    return status;
}

/* Facts, or what stat alone says about a file that is no whole or no readable region. */
static int32_t look_at(const zinc__place *place, zinc_info *out, const char **reason) {
    zinc_info info;
    memset(&info, 0, sizeof info);
    zinc__facts facts;
    memset(&facts, 0, sizeof facts);
    int32_t file = -1;
    int32_t status = look_open(place, &facts, reason, &file);
    if (status == ZINC_OK) {
        zinc__look_fill(file, &facts.stat, &facts.header, facts.capacity, &info);
        zinc__look_rows(file, facts.header.rows, 0, &info);
        zinc__lock_file_close(file);
    } else {
        zinc__os_stat stat;
        int32_t found = zinc__os_file_stat_name(place->directory, place->file, &stat);
        if (found != ZINC_OK) {
            return found;
        }
        info.capacity = stat.size;
        info.allocated = stat.allocated;
        info.mode = stat.mode;
        info.owner = stat.owner;
        info.group = stat.group;
        info.device = stat.device;
        info.inode = stat.inode;
    }
    memcpy(info.name, place->name, sizeof place->name);
    memcpy(info.domain, place->domain, sizeof place->domain);
    zinc__look_give(&info, out);
    return status;
}

int32_t zinc_list_next(zinc_list *list, zinc_info *out) {
    if (list == NULL || out == NULL || out->size < sizeof out->size) {
        return ZINC_E_INVAL;
    }
    while (list->next < list->count) {
        const char *file = list->files[list->next++];
        memcpy(list->place.file, file, strlen(file) + 1);
        char domain[ZINC_DOMAIN_MAX + 1];
        (void)zinc__name_split(file, domain, list->place.name);
        const char *reason = "";
        int32_t status = look_at(&list->place, out, &reason);
        if (status != ZINC_E_NOENT) { /* it went meanwhile: not part of the list any more */
            return status;
        }
    }
    return ZINC_E_NOENT;
}

static int32_t look_failed(const zinc__place *place, int32_t status, const char *reason,
                           zinc_error *error) {
    if (status == ZINC_E_NOENT) {
        return zinc__report(
            error, status, "no region \"%s\"%s%s in %s: 'zinc ls' shows what is there", place->name,
            place->domain[0] != '\0' ? " of domain " : "", place->domain, place->path);
    }
    return zinc__report(error, status, "region \"%s\" (%s/%s): %s: %s", place->name, place->path,
                        place->file, reason, zinc_error_remedy(status));
}

int32_t zinc_region_lookup(const char *name, zinc_info *out, zinc_error *error) {
    if (out == NULL || out->size < sizeof out->size) {
        return zinc__report(error, ZINC_E_INVAL, "out is NULL, or its size is not set");
    }
    zinc__place place;
    int32_t status = zinc__place_name(&place, name, error);
    if (status == ZINC_OK) {
        const char *reason = "";
        status = look_at(&place, out, &reason);
        if (status != ZINC_OK) {
            (void)look_failed(&place, status, reason, error);
        }
    }
    zinc__place_close(&place);
    return status;
}

int32_t zinc_region_remove(const char *name, zinc_error *error) {
    zinc__place place;
    int32_t status = zinc__place_name(&place, name, error);
    if (status != ZINC_OK) {
        return status;
    }
    int32_t file = -1;
    const char *reason = "";
    status = zinc__unbind_open(&place, &file);
    if (status == ZINC_OK) {
        zinc__facts facts;
        status = zinc__facts_read(file, &facts, &reason);
        if (status == ZINC_OK || status == ZINC_E_CORRUPT) {
            status = zinc__unbind(&place, file, facts.header.lifetime, ZINC__UNBIND_FORCED);
            reason = zinc_strerror(status);
        }
    } else {
        reason = zinc_strerror(status);
    }
    zinc__lock_file_close(file);
    if (status != ZINC_OK) {
        (void)look_failed(&place, status, reason, error);
    }
    zinc__place_close(&place);
    return status;
}

/* ---- Participants -------------------------------------------------------------------------- */

static void participant_fill(const zinc__row *line, uint32_t row, bool alive, uint32_t creator_pid,
                             bool creator_alive, uint64_t pid_namespace, zinc_participant *out) {
    uint32_t word = zinc__load32_relaxed(&line->word); /* a private copy */
    *out = (zinc_participant){
        .size = sizeof *out,
        .row = row,
        .generation = zinc__row_generation(word),
        .alive = alive,
        .creator = creator_alive && row == 1 && line->pid == creator_pid,
        .pid = line->pid,
        .waits = zinc__load32_relaxed(&line->waits),
        .same_namespace = line->pid_namespace != 0 && line->pid_namespace == pid_namespace,
        .started_ticks = line->started_ticks,
    };
    memcpy(out->program, line->program, sizeof out->program);
    out->program[sizeof out->program - 1] = '\0';
}

static uint64_t participants_read(int32_t file, const zinc__facts *facts, zinc_participant *out,
                                  uint64_t capacity) {
    uint16_t alive[ZINC_ROWS_MAX];
    uint32_t living = zinc__look_alive(file, facts->header.rows, 0, alive);
    zinc_info info = {.size = sizeof info};
    zinc__look_fill(file, &facts->stat, &facts->header, facts->capacity, &info);
    zinc__os_identity self;
    zinc__os_identify(&self);
    uint64_t count = 0;
    uint32_t next = 0;
    for (uint32_t row = 1; row <= facts->header.rows; row++) {
        zinc__row line;
        if (zinc__look_read_rows(file, row, 1, &line) != ZINC_OK) {
            break;
        }
        bool lives = next < living && alive[next] == row;
        next += lives;
        if (!lives && zinc__row_state(zinc__load32_relaxed(&line.word)) != ZINC__ROW_USED) {
            continue;
        }
        if (count < capacity) {
            participant_fill(&line, row, lives, facts->header.creator_pid,
                             (info.flags & ZINC_INFO_CREATOR_ALIVE) != 0, self.pid_namespace,
                             &out[count]);
        }
        count++;
    }
    return count;
}

int32_t zinc_region_participants(const char *name, zinc_participant *out, uint64_t capacity,
                                 uint64_t *count_out, zinc_error *error) {
    if (count_out == NULL || (capacity != 0 && (out == NULL || out[0].size != sizeof *out))) {
        return zinc__report(error, ZINC_E_INVAL,
                            "count_out or out is NULL, or the first element's size is not set");
    }
    zinc__place place;
    int32_t status = zinc__place_name(&place, name, error);
    if (status == ZINC_OK) {
        zinc__facts facts;
        int32_t file = -1;
        const char *reason = "";
        status = look_open(&place, &facts, &reason, &file);
        if (status == ZINC_OK) {
            *count_out = participants_read(file, &facts, out, capacity);
            zinc__lock_file_close(file);
        } else {
            (void)look_failed(&place, status, reason, error);
        }
    }
    zinc__place_close(&place);
    return status;
}

/* ---- gc ------------------------------------------------------------------------------------ */

typedef struct sweep {
    bool dry_run;
    zinc_gc_callback callback;
    void *context;
    zinc_gc_report report;
} sweep;

static void tell(sweep *s, uint32_t kind, const char *name, uint64_t allocated, int32_t status) {
    if (status == ZINC_OK) {
        s->report.regions_removed += kind == ZINC_GC_REGION;
        s->report.temporaries_removed += kind == ZINC_GC_TEMPORARY;
        s->report.bytes_removed += allocated;
    } else {
        s->report.failures++;
    }
    if (s->callback != NULL) {
        s->callback(s->context, kind, name, allocated, status);
    }
}

static void sweep_regions(sweep *s, zinc_list *list) {
    for (;;) {
        zinc_info info = {.size = sizeof info};
        int32_t status = zinc_list_next(list, &info);
        if (status == ZINC_E_NOENT) {
            return;
        }
        s->report.regions_seen += status == ZINC_OK;
        if (status != ZINC_OK || (info.flags & ZINC_INFO_RECLAIMABLE) == 0) {
            continue;
        }
        status = s->dry_run
                     ? ZINC_OK
                     : zinc__reclaim(&list->place, zinc__os_monotonic_ns() + ZINC__PATIENCE_NS);
        if (status != ZINC_E_EXIST) { /* else somebody came meanwhile */
            tell(s, ZINC_GC_REGION, info.name, info.allocated, status);
        }
    }
}

static void sweep_temporaries(sweep *s, const zinc_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        zinc__os_stat stat;
        if (zinc__os_file_stat_name(list->place.directory, list->files[i], &stat) != ZINC_OK ||
            stat.owner != zinc__os_user()) {
            continue;
        }
        int32_t status = zinc__sweep(list->place.directory, list->files[i], s->dry_run);
        if (status != ZINC_E_EXIST) {
            tell(s, ZINC_GC_TEMPORARY, list->files[i], stat.links < 2 ? stat.allocated : 0, status);
        }
    }
}

int32_t zinc_gc(uint32_t flags, zinc_gc_callback callback, void *context, zinc_gc_report *report,
                zinc_error *error) {
    if ((flags & ~(uint32_t)ZINC_GC_DRY_RUN) != 0 ||
        (report != NULL && report->size < sizeof report->size)) {
        return zinc__report(error, ZINC_E_INVAL,
                            "unknown gc flags, or the report's size is not set");
    }
    sweep s = {.dry_run = (flags & ZINC_GC_DRY_RUN) != 0, .callback = callback, .context = context};
    s.report.flags = flags;
    zinc_list *list = NULL;
    int32_t status = list_make(ZINC__PREFIX, &list, error);
    if (status == ZINC_OK) {
        sweep_regions(&s, list);
        zinc_list_end(list);
        status = list_make(ZINC__TEMPORARY_PREFIX, &list, error);
    }
    if (status == ZINC_OK) {
        sweep_temporaries(&s, list);
        zinc_list_end(list);
    }
    if (status == ZINC_OK && report != NULL) {
        uint32_t size = report->size;
        memcpy(report, &s.report, size < sizeof s.report ? size : sizeof s.report);
        report->size = size;
    }
    return status;
}

/* ---- doctor -------------------------------------------------------------------------------- */

int32_t zinc_doctor(zinc_doctor_facts *out) {
    if (out == NULL || out->size < sizeof out->size) {
        return ZINC_E_INVAL;
    }
    zinc_doctor_facts facts;
    memset(&facts, 0, sizeof facts);
    zinc__place place;
    facts.directory_status = zinc__place_directory(&place, NULL);
    zinc__os_doctor(place.directory, &facts);
    memcpy(facts.directory, place.path, sizeof facts.directory);
    memcpy(facts.domain, place.domain, sizeof place.domain);
    zinc__place_close(&place);
    const char *backend = zinc__backend_name();
    memcpy(facts.wait_backend, backend, strlen(backend) + 1);
    zinc_gc_report report = {.size = sizeof report};
    if (zinc_gc(ZINC_GC_DRY_RUN, NULL, NULL, &report, NULL) == ZINC_OK) {
        facts.regions = report.regions_seen;
        facts.regions_stale = report.regions_removed;
        facts.bytes_stale = report.bytes_removed;
    }
    uint32_t size = out->size;
    memcpy(out, &facts, size < sizeof facts ? size : sizeof facts);
    out->size = size;
    return ZINC_OK;
}
