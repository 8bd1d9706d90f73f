/* SPDX-License-Identifier: MIT */
/* The regions of a domain, seen from outside. */
#define _GNU_SOURCE
#include <zinc.h>

#include "child.h"
#include "region/handle.h"
#include "region/name.h"

static zinc_region *created(const char *name, uint32_t lifetime) {
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .lifetime = lifetime};
    verify(zinc_region_create(name, 100, &options, &region, NULL) == ZINC_OK);
    return region;
}

static void create_and_hold(void *context) {
    _Atomic(int) *ready = context;
    (void)created("orphan", ZINC_LIFETIME_AUTO);
    *ready = 1;
    child_forever();
}

/* A region whose only participant was killed. */
static void orphan_make(void) {
    _Atomic(int) *ready = child_shared(sizeof *ready);
    pid_t pid = child_start(create_and_hold, (void *)ready);
    until(*ready == 1);
    verify(child_kill(pid) == -SIGKILL);
    munmap((void *)ready, sizeof *ready);
}

static void plant(const char *file, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", cases_directory, file);
    FILE *stream = fopen(path, "w");
    verify(stream != NULL && fputs(text, stream) >= 0 && fclose(stream) == 0);
}

static bool file_exists(const char *file) {
    char path[512];
    struct stat facts;
    snprintf(path, sizeof path, "%s/%s", cases_directory, file);
    return lstat(path, &facts) == 0;
}

static void empty(void) {
    zinc_list *list = NULL;
    zinc_info info = {.size = sizeof info};
    verify(zinc_list_begin(&list, NULL) == ZINC_OK);
    verify(zinc_list_next(list, &info) == ZINC_E_NOENT);
    verify(zinc_list_next(list, &info) == ZINC_E_NOENT);
    zinc_list_end(list);
    zinc_list_end(NULL);
    verify(zinc_list_begin(NULL, NULL) == ZINC_E_INVAL);
    verify(zinc_list_next(NULL, &info) == ZINC_E_INVAL);
}

static void sorted(void) {
    zinc_region *b = created("b", ZINC_LIFETIME_AUTO);
    zinc_region *c = created("c", ZINC_LIFETIME_CREATOR);
    zinc_region *a = created("a", ZINC_LIFETIME_PERSISTENT);
    setenv("ZINC_DOMAIN", "elsewhere", 1);
    zinc_region *foreign = created("a0", ZINC_LIFETIME_AUTO);
    unsetenv("ZINC_DOMAIN");
    plant("zinc_junk", "not a region at all, but long enough for a header of 64 bytes: 0123456789");
    plant("zinc_short", "short");
    plant("other", "not in the list");
    plant("zinc_not a name", "not in the list");

    zinc_list *list = NULL;
    zinc_info info = {.size = sizeof info};
    verify(zinc_list_begin(&list, NULL) == ZINC_OK);
    verify(zinc_list_next(list, &info) == ZINC_OK);
    verify(strcmp(info.name, "a") == 0 && info.lifetime == ZINC_LIFETIME_PERSISTENT);
    verify(info.size == sizeof info && info.capacity == 100 && info.participants_alive == 1);
    verify(zinc_list_next(list, &info) == ZINC_OK);
    verify(strcmp(info.name, "b") == 0 && info.lifetime == ZINC_LIFETIME_AUTO);
    verify((info.flags & ZINC_INFO_CREATOR_ALIVE) != 0);
    verify((info.flags & ZINC_INFO_RECLAIMABLE) == 0);
    verify(zinc_list_next(list, &info) == ZINC_OK);
    verify(strcmp(info.name, "c") == 0 && info.lifetime == ZINC_LIFETIME_CREATOR);
    verify(zinc_list_next(list, &info) == ZINC_E_LAYOUT);
    verify(strcmp(info.name, "junk") == 0 && info.capacity == 73 && info.owner == geteuid());
    verify(zinc_list_next(list, &info) == ZINC_E_LAYOUT);
    verify(strcmp(info.name, "short") == 0 && info.capacity == 5);
    verify(zinc_list_next(list, &info) == ZINC_E_NOENT);
    zinc_list_end(list);

    setenv("ZINC_DOMAIN", "elsewhere", 1);
    verify(zinc_list_begin(&list, NULL) == ZINC_OK);
    verify(zinc_list_next(list, &info) == ZINC_OK);
    verify(strcmp(info.name, "a0") == 0 && strcmp(info.domain, "elsewhere") == 0);
    verify(zinc_list_next(list, &info) == ZINC_E_NOENT);
    zinc_list_end(list);
    zinc_close(foreign);
    unsetenv("ZINC_DOMAIN");
    zinc_close(a);
    zinc_close(b);
    zinc_close(c);
    verify(zinc_region_remove("a", NULL) == ZINC_OK);
    cases_directory_clear();
}

/* A struct of an older, shorter release gets what it has room for. */
static void sizes(void) {
    zinc_region *region = created("sizes", ZINC_LIFETIME_AUTO);
    zinc_info info;
    memset(&info, 'x', sizeof info);
    info.size = offsetof(zinc_info, capacity) + 4;
    verify(zinc_region_lookup("sizes", &info, NULL) == ZINC_OK);
    verify(strcmp(info.name, "sizes") == 0);
    verify(info.size == offsetof(zinc_info, capacity) + 4);
    verify((uint32_t)info.capacity == 100 && info.capacity >> 32 == 0x78787878);
    verify(info.rows == 0x78787878);
    info.size = 3;
    verify(zinc_region_lookup("sizes", &info, NULL) == ZINC_E_INVAL);
    verify(zinc_region_info(region, &info) == ZINC_E_INVAL);
    verify(zinc_region_lookup("sizes", NULL, NULL) == ZINC_E_INVAL);
    verify(zinc_region_info(region, NULL) == ZINC_E_INVAL);
    struct {
        zinc_info info;
        char behind[8];
    } longer;
    memset(&longer, 'x', sizeof longer);
    longer.info.size = sizeof longer;
    verify(zinc_region_lookup("sizes", &longer.info, NULL) == ZINC_OK);
    verify(longer.info.capacity == 100 && memcmp(longer.behind, "xxxxxxxx", 8) == 0);
    zinc_close(region);
}

/* Looking never makes a participant, so it never keeps a region alive. */
static void looking(void) {
    orphan_make();
    zinc_list *list = NULL;
    zinc_info info = {.size = sizeof info};
    verify(zinc_list_begin(&list, NULL) == ZINC_OK);
    verify(zinc_list_next(list, &info) == ZINC_OK);
    verify(strcmp(info.name, "orphan") == 0);
    verify(info.participants_alive == 0 && info.participants_dead == 1);
    verify((info.flags & ZINC_INFO_RECLAIMABLE) != 0);
    verify((info.flags & ZINC_INFO_CREATOR_ALIVE) == 0);
    zinc_list_end(list);
    verify(zinc_region_lookup("orphan", &info, NULL) == ZINC_OK); /* shown, not removed */
    zinc_participant row = {.size = sizeof row};
    uint64_t count = 0;
    verify(zinc_region_participants("orphan", &row, 1, &count, NULL) == ZINC_OK);
    verify(count == 1 && row.alive == 0 && row.row == 1 && row.creator == 0);
    verify(file_exists("zinc_orphan"));
    zinc_region *region = NULL;
    verify(zinc_open("orphan", &region) == ZINC_E_NOENT);
    verify(!file_exists("zinc_orphan"));
    verify(zinc_region_lookup("orphan", &info, NULL) == ZINC_E_NOENT);
}

typedef struct told {
    int calls;
    char name[300];
    uint32_t kind;
    int32_t status;
    uint64_t allocated;
} told;

static void tell(void *context, uint32_t kind, const char *name, uint64_t allocated,
                 int32_t status) {
    told *all = context;
    all->calls++;
    all->kind = kind;
    all->status = status;
    all->allocated = allocated;
    snprintf(all->name, sizeof all->name, "%s", name);
}

static void gc(void) {
    zinc_region *living = created("living", ZINC_LIFETIME_AUTO);
    zinc_region *lasting = created("lasting", ZINC_LIFETIME_PERSISTENT);
    zinc_close(lasting);
    orphan_make();
    plant("zinc_junk", "not ours");
    told all = {0};
    zinc_gc_report report = {.size = sizeof report};
    verify(zinc_gc(ZINC_GC_DRY_RUN, tell, &all, &report, NULL) == ZINC_OK);
    verify(all.calls == 1 && strcmp(all.name, "orphan") == 0 && all.kind == ZINC_GC_REGION);
    verify(report.flags == ZINC_GC_DRY_RUN && report.regions_removed == 1);
    verify(report.regions_seen == 3 && report.failures == 0);
    verify(file_exists("zinc_orphan"));
    memset(&all, 0, sizeof all);
    verify(zinc_gc(0, tell, &all, &report, NULL) == ZINC_OK);
    verify(all.calls == 1 && strcmp(all.name, "orphan") == 0 && all.status == ZINC_OK);
    verify(all.allocated >= 16384 + 100 && report.bytes_removed == all.allocated);
    verify(report.regions_removed == 1 && report.temporaries_removed == 0);
    verify(!file_exists("zinc_orphan"));
    verify(file_exists("zinc_living") && file_exists("zinc_lasting") && file_exists("zinc_junk"));
    verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
    verify(zinc_gc(2, NULL, NULL, NULL, NULL) == ZINC_E_INVAL);
    report.size = 3;
    verify(zinc_gc(0, NULL, NULL, &report, NULL) == ZINC_E_INVAL);
    zinc_close(living);
    verify(zinc_region_remove("lasting", NULL) == ZINC_OK);
    cases_directory_clear();
}

/* What a creator left that was killed before its region had its name. */
static void temporaries(void) {
    char temporary[ZINC__FILE_MAX + 1];
    zinc__name_temporary(temporary);
    plant(temporary, "half of something");
    plant(".other", "none of ours");
    told all = {0};
    zinc_gc_report report = {.size = sizeof report};
    verify(zinc_gc(ZINC_GC_DRY_RUN, tell, &all, &report, NULL) == ZINC_OK);
    verify(all.calls == 1 && all.kind == ZINC_GC_TEMPORARY && strcmp(all.name, temporary) == 0);
    verify(file_exists(temporary));
    verify(zinc_gc(0, NULL, NULL, &report, NULL) == ZINC_OK);
    verify(report.temporaries_removed == 1 && report.regions_removed == 0);
    verify(report.bytes_removed == 4096);
    verify(!file_exists(temporary) && file_exists(".other"));

    /* One whose maker lives stays. */
    zinc_region *region = created("maker", ZINC_LIFETIME_AUTO);
    char from[512];
    char to[512];
    snprintf(from, sizeof from, "%s/zinc_maker", cases_directory);
    snprintf(to, sizeof to, "%s/%s", cases_directory, temporary);
    verify(rename(from, to) == 0);
    verify(zinc_gc(0, NULL, NULL, &report, NULL) == ZINC_OK);
    verify(report.temporaries_removed == 0 && file_exists(temporary));
    verify(rename(to, from) == 0);
    zinc_close(region);
    cases_directory_clear();
}

static void doctor(void) {
    zinc_region *living = created("living", ZINC_LIFETIME_AUTO);
    orphan_make();
    unsetenv("ZINC_WAIT");
    zinc_doctor_facts facts;
    memset(&facts, 0xaa, sizeof facts);
    facts.size = sizeof facts;
    setenv("ZINC_DOMAIN", "", 1);
    verify(zinc_doctor(&facts) == ZINC_OK);
    verify(facts.directory_status == ZINC_OK);
    verify(strcmp(facts.directory, cases_directory) == 0);
    verify(strcmp(facts.filesystem, "tmpfs") == 0);
    verify(strcmp(facts.domain, "") == 0);
    verify(strcmp(facts.wait_backend, "futex") == 0);
    verify(facts.regions == 2 && facts.regions_stale == 1);
    verify(facts.bytes_stale >= 16384);
    verify(facts.has_proc == 1 && facts.has_tmpfile == 1 && facts.has_memfd == 1);
    verify(facts.page_size >= 4096 && facts.processors >= 1);
    verify(facts.directory_free <= facts.directory_total && facts.directory_total > 0);
    verify(facts.descriptors_used > 3 && facts.descriptors_used < facts.descriptors_limit);
    verify(facts.maps_used > 3 && facts.maps_used < facts.maps_limit);
    verify(facts.remove_ipc <= 2);
    verify(facts.directory_sticky == (cases_own_mount ? 1u : 0u));
    facts.size = 3;
    verify(zinc_doctor(&facts) == ZINC_E_INVAL);
    verify(zinc_doctor(NULL) == ZINC_E_INVAL);
    zinc_close(living);
    verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
}

static void doctor_polling(void) {
    setenv("ZINC_WAIT", "poll", 1);
    zinc_doctor_facts facts = {.size = sizeof facts};
    verify(zinc_doctor(&facts) == ZINC_OK);
    verify(strcmp(facts.wait_backend, "poll") == 0);
}

static const test_case cases[] = {
    {"registry.empty", empty},   {"registry.sorted", sorted},
    {"registry.sizes", sizes},   {"registry.looking", looking},
    {"registry.gc", gc},         {"registry.temporaries", temporaries},
    {"registry.doctor", doctor}, {"registry.doctor_polling", doctor_polling},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
