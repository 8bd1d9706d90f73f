/* SPDX-License-Identifier: MIT */
/* Regions: bytes, names, lifetimes, growth, views, private files, and every wrong use of them. */
#define _GNU_SOURCE
#include <zinc.h>

#include <sys/resource.h>
#include <sys/socket.h>

#include "child.h"
#include "region/handle.h"

#define NEVER ((zinc_region *)&not_null) /* what *out must not keep after a failure */
static int not_null;

static zinc_region *created(const char *name, size_t capacity) {
    zinc_region *region = NULL;
    verify(zinc_create(name, capacity, &region) == ZINC_OK);
    verify(region != NULL);
    return region;
}

static zinc_region *created_with(const char *name, size_t capacity, zinc_region_options options) {
    zinc_region *region = NULL;
    zinc_error error = {0};
    options.size = sizeof options;
    if (zinc_region_create(name, capacity, &options, &region, &error) != ZINC_OK) {
        fprintf(stderr, "%s\n", error.message);
        verify(false);
    }
    return region;
}

static zinc_region *opened(const char *name) {
    zinc_region *region = NULL;
    verify(zinc_open(name, &region) == ZINC_OK);
    return region;
}

static zinc_region *opened_with(const char *name, zinc_region_options options) {
    zinc_region *region = NULL;
    options.size = sizeof options;
    verify(zinc_region_open(name, &options, &region, NULL) == ZINC_OK);
    return region;
}

static int32_t open_status(const char *name) {
    zinc_region *region = NEVER;
    int32_t status = zinc_open(name, &region);
    verify((status == ZINC_OK) == (region != NULL));
    zinc_close(region);
    return status;
}

static int32_t create_status(const char *name, size_t capacity) {
    zinc_region *region = NEVER;
    int32_t status = zinc_create(name, capacity, &region);
    verify((status == ZINC_OK) == (region != NULL));
    zinc_close(region);
    return status;
}

static zinc_info info_of(zinc_region *region) {
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(region, &info) == ZINC_OK);
    return info;
}

static bool file_exists(const char *file) {
    char path[512];
    struct stat facts;
    snprintf(path, sizeof path, "%s/%s", cases_directory, file);
    return lstat(path, &facts) == 0;
}

static void fill(uint8_t *bytes, size_t size, uint32_t seed) {
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(i * 31 + seed);
    }
}

static bool filled(const uint8_t *bytes, size_t size, uint32_t seed) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (uint8_t)(i * 31 + seed)) {
            return false;
        }
    }
    return true;
}

/* ---- Create and open ------------------------------------------------------------------------ */

static void same_bytes(void) {
    zinc_region *region = created("same", 100000);
    verify(file_exists("zinc_same"));
    for (size_t i = 0; i < 100000; i++) {
        verify(zinc_ptr(region)[i] == 0);
    }
    zinc_region *other = opened("same");
    verify(zinc_ptr(other) != NULL && zinc_ptr(other) != zinc_ptr(region));
    fill(zinc_ptr(region), 100000, 7);
    verify(filled(zinc_ptr(other), 100000, 7));
    verify((uintptr_t)zinc_ptr(region) % 4096 == 0);
    zinc_close(region); /* the opener keeps it alive */
    verify(filled(zinc_ptr(other), 100000, 7));
    verify(open_status("same") == ZINC_OK);
    zinc_close(other);
    verify(!file_exists("zinc_same"));
    verify(open_status("same") == ZINC_E_NOENT);
}

static void capacities(void) {
    static const size_t sizes[] = {1, 2, 63, 64, 4095, 4096, 4097, 16384, 16385, 1000003};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        zinc_region *region = created("exact", sizes[i]);
        zinc_region *other = opened("exact");
        verify(zinc_capacity(region) == sizes[i]);
        verify(zinc_capacity(other) == sizes[i]);
        verify(info_of(other).capacity == sizes[i] && info_of(other).max_capacity == sizes[i]);
        zinc_ptr(region)[sizes[i] - 1] = 99;
        verify(zinc_ptr(other)[sizes[i] - 1] == 99);
        zinc_close(other);
        zinc_close(region);
    }
    footprint before = footprint_now();
    verify(create_status("wrong", 0) == ZINC_E_INVAL);
    verify(create_status("wrong", SIZE_MAX) == ZINC_E_OVERFLOW);
    verify(create_status("wrong", SIZE_MAX / 2) == ZINC_E_OVERFLOW);
    verify_footprint(before);
}

static void taken(void) {
    zinc_region *region = created("taken", 10);
    footprint before = footprint_now();
    verify(create_status("taken", 10) == ZINC_E_EXIST);
    verify(create_status("/taken", 20) == ZINC_E_EXIST);
    verify_footprint(before);
    zinc_region *other = opened("taken");
    zinc_close(region);
    verify(create_status("taken", 10) == ZINC_E_EXIST); /* the opener lives */
    zinc_close(other);
    verify(create_status("taken", 10) == ZINC_OK);
}

/* What lies in the file: the map of layout 1. */
static void layout(void) {
    zinc_region *region = created_with(
        "layout", 300, (zinc_region_options){.rows = 5, .max_capacity = 1000, .lifetime = 1});
    char path[512];
    snprintf(path, sizeof path, "%s/zinc_layout", cases_directory);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    verify(file >= 0);
    unsigned char lines[256 + 64];
    verify(pread(file, lines, sizeof lines, 0) == (ssize_t)sizeof lines);
    verify(memcmp(lines, "\x89ZINC\x0d\x1a\x0a", 8) == 0);
    verify(memcmp(lines + 8, "\1\0\0\0", 4) == 0);             /* layout */
    verify(memcmp(lines + 12, "\4\3\2\1", 4) == 0);            /* byte order */
    verify(memcmp(lines + 16, "\0\0\0\0", 4) == 0);            /* flags */
    verify(memcmp(lines + 20, "\1\0\5\0", 4) == 0);            /* lifetime, rows */
    verify(memcmp(lines + 24, "\xe8\3\0\0\0\0\0\0", 8) == 0);  /* max capacity */
    verify(memcmp(lines + 32, "\0\x40\0\0\0\0\0\0", 8) == 0);  /* data offset */
    verify(memcmp(lines + 64, "\0\0\0\0", 4) == 0);            /* sequence */
    verify(memcmp(lines + 192, "\1\0\0\0", 4) == 0);           /* ready */
    verify(memcmp(lines + 200, "\x2c\1\0\0\0\0\0\0", 8) == 0); /* capacity */
    verify(memcmp(lines + 256, "\1\1\0\0", 4) == 0);           /* row 1: used, generation 1 */
    fill(zinc_ptr(region), 300, 3);
    unsigned char data[300];
    verify(pread(file, data, 300, 16384) == 300);
    verify(filled(data, 300, 3));
    close(file);
    zinc_close(region);
}

static void facts(void) {
    int64_t began = (int64_t)time(NULL);
    zinc_region *region = created_with(
        "facts", 5000, (zinc_region_options){.rows = 7, .max_capacity = 90000, .mode = 0640});
    zinc_region *other = opened("facts");
    zinc_info info = info_of(region);
    verify(info.size == sizeof info);
    verify(strcmp(info.name, "facts") == 0 && strcmp(info.domain, "") == 0);
    verify(info.flags == (ZINC_INFO_CREATED | ZINC_INFO_CREATOR_ALIVE));
    verify(info.capacity == 5000 && info.max_capacity == 90000 && info.data_offset == 16384);
    verify(info.allocated >= 16384 + 5000 && info.allocated < 16384 + 5000 + 8192);
    verify(info.prefaulted == 0 && info.huge_bytes == 0);
    verify(info.created_ns / 1000000000 >= began - 1);
    verify(info.created_ns / 1000000000 <= (int64_t)time(NULL) + 1);
    verify(info.lifetime == ZINC_LIFETIME_AUTO && info.mode == 0640);
    verify(info.owner == geteuid() && info.creator_pid == (uint32_t)getpid());
    verify(info.rows == 7 && info.participants_alive == 2 && info.participants_dead == 0);
    verify(info.waiters == 0 && info.notifications == 0 && info.layout == 1);
    struct stat file;
    char path[512];
    snprintf(path, sizeof path, "%s/zinc_facts", cases_directory);
    verify(stat(path, &file) == 0);
    verify(info.inode == file.st_ino && info.device == file.st_dev);
    verify(info_of(other).flags == ZINC_INFO_CREATOR_ALIVE);
    zinc_info seen = {.size = sizeof seen};
    verify(zinc_region_lookup("facts", &seen, NULL) == ZINC_OK);
    verify(seen.inode == info.inode && seen.participants_alive == 2);
    verify(seen.flags == ZINC_INFO_CREATOR_ALIVE);
    zinc_close(region);
    verify(info_of(other).flags == 0);
    verify(info_of(other).participants_alive == 1);
    zinc_close(other);
}

/* The mode is what was asked for, whatever the umask. */
static void modes(void) {
    umask(077);
    zinc_region *region = created_with("mode", 10, (zinc_region_options){.mode = 0666});
    verify(info_of(region).mode == 0666);
    footprint before = footprint_now();
    verify(open_status("mode") == ZINC_E_ACCES); /* others may write it */
    verify_footprint(before);
    zinc_close(opened_with("mode", (zinc_region_options){.accept_mode = 022}));
    zinc_region *out = NEVER;
    zinc_region_options half = {.size = sizeof half, .accept_mode = 020};
    verify(zinc_region_open("mode", &half, &out, NULL) == ZINC_E_ACCES);
    verify(out == NULL);
    zinc_close(region);
    region = created("mode", 10);
    verify(info_of(region).mode == 0600);
    zinc_close(region);
    /* Even one that its owner may not write. */
    region = created_with("mode", 10, (zinc_region_options){.mode = 0444});
    verify(info_of(region).mode == 0444);
    zinc_close(region);
    region = created_with("mode", 10,
                          (zinc_region_options){.flags = ZINC_REGION_SET_GROUP, .group = getgid()});
    verify(info_of(region).group == getgid());
    zinc_close(region);
}

typedef struct wrong_options {
    const char *what;
    zinc_region_options options;
    int32_t create;
    int32_t open;
} wrong_options;

static void option_errors(void) {
    zinc_region *region = created("options", 10);
    footprint before = footprint_now();
    const uint32_t good = sizeof(zinc_region_options);
    const wrong_options wrong[] = {
        {"size 0", {.size = 0}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"size 7", {.size = 7}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"size 4097", {.size = 4097}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"flag 512", {.size = good, .flags = 512}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"lifetime", {.size = good, .lifetime = 3}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"policy", {.size = good, .wait_policy = 3}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"mode", {.size = good, .mode = 01000}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"set-uid", {.size = good, .mode = 04700}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"rows", {.size = good, .rows = 1024}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"group",
         {.size = good, .flags = ZINC_REGION_SET_GROUP, .group = UINT32_MAX},
         ZINC_E_INVAL,
         ZINC_E_INVAL},
        {"accept", {.size = good, .accept_mode = 0100}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"owners", {.size = good, .accept_owner_count = 1}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"max", {.size = good, .max_capacity = 9}, ZINC_E_INVAL, ZINC_OK},
        {"max", {.size = good, .max_capacity = UINT64_MAX}, ZINC_E_OVERFLOW, ZINC_OK},
        {"read-only", {.size = good, .flags = ZINC_REGION_READ_ONLY}, ZINC_E_INVAL, ZINC_OK},
        {"sealed", {.size = good, .flags = ZINC_REGION_SEALED}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"hugetlb", {.size = good, .flags = ZINC_REGION_HUGETLB}, ZINC_E_INVAL, ZINC_E_INVAL},
        {"sparse", {.size = good, .flags = ZINC_REGION_SPARSE}, ZINC_OK, ZINC_E_INVAL},
        {"group",
         {.size = good, .flags = ZINC_REGION_SET_GROUP, .group = getgid()},
         ZINC_OK,
         ZINC_E_INVAL},
        {"waiters", {.size = good, .flags = ZINC_REGION_READ_ONLY_WAITERS}, 0, ZINC_E_INVAL},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        verify_step(wrong[i].what);
        zinc_region *out = NEVER;
        verify(zinc_region_create("other", 10, &wrong[i].options, &out, NULL) == wrong[i].create);
        verify((wrong[i].create == ZINC_OK) == (out != NULL));
        zinc_close(out);
        out = NEVER;
        verify(zinc_region_open("options", &wrong[i].options, &out, NULL) == wrong[i].open);
        verify((wrong[i].open == ZINC_OK) == (out != NULL));
        zinc_close(out);
        if (wrong[i].create != ZINC_OK) {
            out = NEVER;
            verify(zinc_region_open_or_create("other", 10, &wrong[i].options, &out, NULL) ==
                   wrong[i].create);
            verify(out == NULL);
            out = NEVER;
            verify(zinc_region_replace("options", 10, &wrong[i].options, &out, NULL) ==
                   wrong[i].create);
            verify(out == NULL);
        }
        verify_footprint(before);
    }
    /* The struct of a newer release: fine while what we do not know is zero. */
    struct {
        zinc_region_options options;
        uint64_t newer;
    } longer = {.options = {.size = sizeof longer}};
    zinc_region *out = NEVER;
    verify(zinc_region_open("options", &longer.options, &out, NULL) == ZINC_OK);
    zinc_close(out);
    longer.newer = 1;
    out = NEVER;
    verify(zinc_region_open("options", &longer.options, &out, NULL) == ZINC_E_NOTSUP);
    verify(out == NULL);
    verify_footprint(before);
    zinc_close(region);
}

static void null_out(void) {
    verify(zinc_create("null", 10, NULL) == ZINC_E_INVAL);
    verify(zinc_open("null", NULL) == ZINC_E_INVAL);
    verify(zinc_region_create("null", 10, NULL, NULL, NULL) == ZINC_E_INVAL);
    verify(zinc_region_open("null", NULL, NULL, NULL) == ZINC_E_INVAL);
    verify(zinc_region_open_or_create("null", 10, NULL, NULL, NULL) == ZINC_E_INVAL);
    verify(zinc_region_replace("null", 10, NULL, NULL, NULL) == ZINC_E_INVAL);
    verify(zinc_region_create_private("null", 10, NULL, NULL, NULL) == ZINC_E_INVAL);
    verify(zinc_region_attach(0, NULL, NULL, NULL) == ZINC_E_INVAL);
    verify(zinc_region_receive(0, NULL, NULL, NULL) == ZINC_E_INVAL);
}

static void null_handle(void) {
    uint8_t *bytes = NULL;
    void *context = NULL;
    int32_t descriptor = 0;
    zinc_info info = {.size = sizeof info};
    verify(zinc_ptr(NULL) == NULL);
    verify(zinc_capacity(NULL) == 0);
    verify(zinc_region_name(NULL) == NULL);
    verify(zinc_region_status(NULL) == ZINC_E_INVAL);
    verify(zinc_region_grow(NULL, 10) == ZINC_E_INVAL);
    verify(zinc_region_info(NULL, &info) == ZINC_E_INVAL);
    verify(zinc_region_unlink(NULL) == ZINC_E_INVAL);
    verify(zinc_region_shutdown(NULL) == ZINC_E_INVAL);
    verify(zinc_region_descriptor(NULL, &descriptor) == ZINC_E_INVAL);
    verify(zinc_region_send(NULL, 0) == ZINC_E_INVAL);
    verify(zinc_view_acquire(NULL, 0, 0, &bytes, &context) == ZINC_E_INVAL);
    verify(zinc_region_retain(NULL) == NULL);
    zinc_region_release(NULL);
    zinc_region_retire(NULL);
    zinc_close(NULL);
    zinc_notify(NULL);
    zinc_view_release(NULL, NULL);
}

static void closed_handle(void) {
    footprint before = footprint_now();
    uint8_t *bytes = NULL;
    void *context = NULL;
    int32_t descriptor = 0;
    zinc_info info = {.size = sizeof info};
    zinc_region *region = created("closed", 10);
    verify(zinc_region_status(region) == ZINC_OK);
    verify(zinc_region_retain(region) == region);
    zinc_close(region);
    verify(zinc_region_status(region) == ZINC_E_CLOSED);
    verify(zinc_ptr(region) == NULL);
    verify(zinc_capacity(region) == 0);
    verify(strcmp(zinc_region_name(region), "closed") == 0);
    verify(zinc_region_grow(region, 10) == ZINC_E_CLOSED);
    verify(zinc_region_info(region, &info) == ZINC_E_CLOSED);
    verify(zinc_region_unlink(region) == ZINC_E_CLOSED);
    verify(zinc_region_notify(region) == ZINC_E_CLOSED);
    verify(zinc_region_wait(region, ZINC_FOREVER, NULL) == ZINC_E_CLOSED);
    verify(zinc_wait(region, 10) == ZINC_E_CLOSED);
    verify(zinc_region_descriptor(region, &descriptor) == ZINC_E_CLOSED);
    verify(zinc_region_send(region, 0) == ZINC_E_CLOSED);
    verify(zinc_view_acquire(region, 0, 1, &bytes, &context) == ZINC_E_CLOSED);
    verify(zinc_region_shutdown(region) == ZINC_OK); /* idempotent */
    zinc_notify(region);
    zinc_region_release(region);
    verify_footprint(before);
}

/* ---- Lifetimes ------------------------------------------------------------------------------ */

static void lifetime_creator(void) {
    zinc_region *region =
        created_with("creator", 10, (zinc_region_options){.lifetime = ZINC_LIFETIME_CREATOR});
    zinc_region *other = opened("creator");
    zinc_ptr(region)[3] = 42;
    zinc_close(region);
    verify(!file_exists("zinc_creator")); /* the name goes at once, the bytes stay */
    verify(open_status("creator") == ZINC_E_NOENT);
    verify(zinc_ptr(other)[3] == 42);
    verify(info_of(other).flags == ZINC_INFO_STALE);
    zinc_notify(other);
    verify(zinc_wait(other, 0) == 0);
    zinc_region *next = created("creator", 20);
    zinc_close(other);
    verify(open_status("creator") == ZINC_OK); /* the old one's last close does not touch it */
    zinc_close(next);
}

static void lifetime_persistent(void) {
    zinc_region *region =
        created_with("lasting", 10, (zinc_region_options){.lifetime = ZINC_LIFETIME_PERSISTENT});
    fill(zinc_ptr(region), 10, 1);
    zinc_close(region);
    verify(file_exists("zinc_lasting"));
    region = opened("lasting"); /* with nobody alive */
    verify(filled(zinc_ptr(region), 10, 1));
    verify(info_of(region).flags == 0);
    verify(create_status("lasting", 10) == ZINC_E_EXIST);
    verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
    zinc_close(region);
    verify(create_status("lasting", 10) == ZINC_E_EXIST);
    verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
    verify(file_exists("zinc_lasting"));
    verify(zinc_region_remove("lasting", NULL) == ZINC_OK);
    verify(zinc_region_remove("lasting", NULL) == ZINC_E_NOENT);
}

static void create_and_hold(void *context) {
    zinc_region_options *options = context;
    options->size = sizeof *options;
    zinc_region *region = NULL;
    verify(zinc_region_create("orphan", 10, options, &region, NULL) == ZINC_OK);
    zinc_ptr(region)[0] = 77;
    options->group = 4711; /* tells the parent */
    child_forever();
}

/* Leave a region behind whose creator was killed. */
static void orphan(uint32_t lifetime) {
    volatile zinc_region_options *options = child_shared(sizeof *options);
    options->lifetime = lifetime;
    pid_t pid = child_start(create_and_hold, (void *)(uintptr_t)options);
    until(options->group == 4711);
    verify(child_kill(pid) == -SIGKILL);
    verify(file_exists("zinc_orphan"));
}

static void nobody_lives(void) {
    orphan(ZINC_LIFETIME_AUTO);
    verify(open_status("orphan") == ZINC_E_NOENT);
    verify(!file_exists("zinc_orphan"));
    orphan(ZINC_LIFETIME_AUTO);
    zinc_region *region = created("orphan", 20);
    verify(zinc_ptr(region)[0] == 0 && zinc_capacity(region) == 20);
    zinc_close(region);
    orphan(ZINC_LIFETIME_CREATOR);
    verify(open_status("orphan") == ZINC_E_NOENT);
    orphan(ZINC_LIFETIME_CREATOR);
    verify(create_status("orphan", 1) == ZINC_OK);
    orphan(ZINC_LIFETIME_PERSISTENT);
    region = opened("orphan");
    verify(zinc_ptr(region)[0] == 77);
    zinc_close(region);
    verify(zinc_region_remove("orphan", NULL) == ZINC_OK);
}

static void unlinking(void) {
    zinc_region *region = created("unlink", 10);
    zinc_region *other = opened("unlink");
    verify(zinc_region_unlink(other) == ZINC_E_PERM); /* an opener is never promoted */
    verify(zinc_region_unlink(region) == ZINC_OK);
    verify(!file_exists("zinc_unlink"));
    verify(zinc_region_unlink(region) == ZINC_OK);
    verify((info_of(region).flags & ZINC_INFO_STALE) != 0);
    verify((info_of(other).flags & ZINC_INFO_STALE) != 0);
    zinc_ptr(region)[0] = 5;
    verify(zinc_ptr(other)[0] == 5);
    zinc_region *next = created("unlink", 20);
    verify(zinc_region_unlink(region) == ZINC_OK); /* its own name only */
    verify(file_exists("zinc_unlink"));
    zinc_close(region);
    zinc_close(other);
    verify(open_status("unlink") == ZINC_OK);
    zinc_close(next);
}

static void removing(void) {
    zinc_region *region = created("remove", 10);
    verify(zinc_region_remove("remove", NULL) == ZINC_OK); /* by force, whoever uses it */
    verify(zinc_region_remove("remove", NULL) == ZINC_E_NOENT);
    verify((info_of(region).flags & ZINC_INFO_STALE) != 0);
    verify(zinc_ptr(region) != NULL);
    zinc_close(region);
}

static void open_or_create(void) {
    zinc_region *first = NULL;
    zinc_region *second = NULL;
    verify(zinc_region_open_or_create("either", 10, NULL, &first, NULL) == ZINC_OK);
    verify((info_of(first).flags & ZINC_INFO_CREATED) != 0);
    zinc_region_options options = {.size = sizeof options, .lifetime = ZINC_LIFETIME_PERSISTENT};
    verify(zinc_region_open_or_create("either", 5, &options, &second, NULL) == ZINC_OK);
    verify((info_of(second).flags & ZINC_INFO_CREATED) == 0);
    verify(zinc_capacity(second) == 10 && info_of(second).lifetime == ZINC_LIFETIME_AUTO);
    verify(info_of(first).inode == info_of(second).inode);
    zinc_close(second);
    footprint before = footprint_now();
    second = NEVER;
    verify(zinc_region_open_or_create("either", 11, NULL, &second, NULL) == ZINC_E_OVERFLOW);
    verify(second == NULL);
    verify_footprint(before);
    zinc_close(first);
    orphan(ZINC_LIFETIME_AUTO);
    verify(zinc_region_open_or_create("orphan", 30, NULL, &first, NULL) == ZINC_OK);
    verify((info_of(first).flags & ZINC_INFO_CREATED) != 0 && zinc_capacity(first) == 30);
    zinc_close(first);
}

static void replacing(void) {
    zinc_region *none = NULL;
    verify(zinc_region_replace("replace", 10, NULL, &none, NULL) == ZINC_OK); /* nothing there */
    fill(zinc_ptr(none), 10, 1);
    zinc_region *user = opened("replace");
    verify(zinc_wait(user, 0) == ZINC_E_TIMEDOUT);
    zinc_region *next = NULL;
    verify(zinc_region_replace("replace", 20, NULL, &next, NULL) == ZINC_OK);
    verify(zinc_wait(user, 0) == ZINC_OK); /* told once */
    verify(zinc_wait(user, 0) == ZINC_E_TIMEDOUT);
    verify((info_of(user).flags & ZINC_INFO_STALE) != 0);
    verify((info_of(next).flags & ZINC_INFO_STALE) == 0);
    verify(filled(zinc_ptr(user), 10, 1) && zinc_capacity(user) == 10);
    zinc_region *late = opened("replace");
    verify(zinc_capacity(late) == 20 && info_of(late).inode == info_of(next).inode);
    zinc_close(none);
    zinc_close(user);
    verify(open_status("replace") == ZINC_OK); /* the old ones' last close spares the new one */
    zinc_close(late);
    zinc_close(next);
    /* Also a persistent one, and one that nobody uses. */
    zinc_close(created_with("replace", 5, (zinc_region_options){.lifetime = 2}));
    verify(zinc_region_replace("replace", 20, NULL, &next, NULL) == ZINC_OK);
    verify(zinc_capacity(next) == 20);
    zinc_close(next);
}

/* ---- Options that act ----------------------------------------------------------------------- */

static void write_first_byte(void *context) {
    zinc_region *region = opened_with("reader", (zinc_region_options){.flags = 1});
    signal(SIGSEGV, SIG_DFL);
    *(volatile uint8_t *)zinc_ptr(region) = 1;
    (void)context;
}

static void read_only(void) {
    zinc_region *region = created_with("reader", 100, (zinc_region_options){.max_capacity = 200});
    fill(zinc_ptr(region), 100, 9);
    zinc_region *reader =
        opened_with("reader", (zinc_region_options){.flags = ZINC_REGION_READ_ONLY});
    verify(filled(zinc_ptr(reader), 100, 9));
    verify(info_of(reader).flags == (ZINC_INFO_READ_ONLY | ZINC_INFO_CREATOR_ALIVE));
    verify(info_of(reader).participants_alive == 1); /* it has no row */
    verify(zinc_region_notify(reader) == ZINC_E_PERM);
    verify(zinc_region_grow(reader, 150) == ZINC_E_PERM);
    verify(zinc_region_unlink(reader) == ZINC_E_PERM);
    zinc_notify(region);
    verify(zinc_wait(reader, 1000) == ZINC_OK);
    verify(child_end(child_start(write_first_byte, NULL)) == -SIGSEGV);
    int32_t descriptor = -1;
    verify(zinc_region_descriptor(reader, &descriptor) == ZINC_OK);
    verify((fcntl(descriptor, F_GETFL) & O_ACCMODE) == O_RDONLY);
    close(descriptor);
    zinc_close(region);
    verify(file_exists("zinc_reader")); /* a reader keeps it alive as well */
    verify(filled(zinc_ptr(reader), 100, 9));
    zinc_close(reader); /* and unbinds the name, as it is permitted to */
    verify(!file_exists("zinc_reader"));
}

static void sparse(void) {
    zinc_region *region =
        created_with("sparse", 64 << 20, (zinc_region_options){.flags = ZINC_REGION_SPARSE});
    verify((info_of(region).flags & ZINC_INFO_SPARSE) != 0);
    verify(info_of(region).allocated < 1 << 20);
    zinc_ptr(region)[50 << 20] = 1;
    verify(info_of(region).allocated < 1 << 20);
    zinc_close(region);
    region = created("full", 4 << 20);
    verify(info_of(region).allocated >= 4 << 20);
    zinc_close(region);
}

static void prefault(void) {
    zinc_region *region =
        created_with("touched", 3 << 20, (zinc_region_options){.flags = ZINC_REGION_PREFAULT});
    verify(info_of(region).prefaulted == 3 << 20);
    zinc_region *reader = opened_with(
        "touched", (zinc_region_options){.flags = ZINC_REGION_PREFAULT | ZINC_REGION_READ_ONLY});
    verify(info_of(reader).prefaulted == 3 << 20);
    zinc_close(reader);
    zinc_close(region);
}

/* Whether huge pages come is the machine's decision; that what is reported is true is ours. */
static void huge_pages(void) {
    zinc_region *region =
        created_with("huge", 8 << 20, (zinc_region_options){.flags = ZINC_REGION_HUGE_PAGES});
    uint64_t huge = info_of(region).huge_bytes;
    verify(huge % (2 << 20) == 0 && huge <= (8 << 20) + (2 << 20));
    fill(zinc_ptr(region), 8 << 20, 4);
    zinc_region *other = opened("huge");
    verify(filled(zinc_ptr(other), 8 << 20, 4));
    zinc_close(other);
    zinc_close(region);
}

/* ---- Growth --------------------------------------------------------------------------------- */

static void growing(void) {
    zinc_region *region =
        created_with("grow", 1000, (zinc_region_options){.max_capacity = 3 << 20});
    zinc_region *other = opened("grow");
    uint8_t *mine = zinc_ptr(region);
    uint8_t *theirs = zinc_ptr(other);
    uint64_t before = info_of(region).allocated;
    verify(before < 1 << 20);
    fill(mine, 1000, 2);
    verify(zinc_region_grow(other, 2 << 20) == ZINC_OK);
    verify(zinc_capacity(region) == 2 << 20 && zinc_capacity(other) == 2 << 20);
    verify(zinc_ptr(region) == mine && zinc_ptr(other) == theirs); /* no pointer moves */
    verify(filled(mine, 1000, 2));
    for (size_t i = 1000; i < 2 << 20; i++) {
        verify(theirs[i] == 0);
    }
    mine[(2 << 20) - 1] = 8;
    verify(theirs[(2 << 20) - 1] == 8);
    verify(info_of(region).allocated >= 2 << 20);
    verify(zinc_wait(region, 0) == ZINC_OK); /* all participants are told */
    verify(zinc_wait(other, 0) == ZINC_OK);
    verify(zinc_region_grow(region, 2 << 20) == ZINC_OK); /* changes nothing */
    verify(zinc_region_grow(region, 5) == ZINC_OK);
    verify(zinc_region_grow(region, 0) == ZINC_OK);
    verify(zinc_capacity(region) == 2 << 20);
    verify(zinc_wait(region, 0) == ZINC_E_TIMEDOUT);
    verify(zinc_region_grow(region, (3 << 20) + 1) == ZINC_E_OVERFLOW);
    verify(zinc_region_grow(region, SIZE_MAX) == ZINC_E_OVERFLOW);
    verify(zinc_region_grow(region, 3 << 20) == ZINC_OK);
    zinc_region *late = opened("grow");
    verify(zinc_capacity(late) == 3 << 20);
    zinc_close(late);
    zinc_close(other);
    zinc_close(region);
}

/* A peer that lies about the capacity is not believed: neither above the bound, nor without a file
 * that is as long. */
static void false_capacity(void) {
    zinc_region *region =
        created_with("false", 1000, (zinc_region_options){.max_capacity = 1 << 20});
    zinc_region *liar = opened("false");
    static const uint64_t lies[] = {1 << 20, (1 << 20) + 1, 500000, UINT64_MAX, 999, 1, 0};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        zinc__store64_release(&liar->bytes->state.capacity, lies[i]);
        verify(zinc_capacity(region) == 1000);
        uint8_t *bytes = NULL;
        void *context = NULL;
        verify(zinc_view_acquire(region, 0, 1001, &bytes, &context) == ZINC_E_OVERFLOW);
        verify(zinc_view_acquire(region, 0, 1000, &bytes, &context) == ZINC_OK);
        verify(bytes[999] == 0);
        zinc_view_release(bytes, context);
    }
    zinc__store64_release(&liar->bytes->state.capacity, 1 << 20);
    verify(zinc_region_grow(region, 2000) == ZINC_OK); /* puts it right */
    verify(zinc_capacity(region) == 2000 && zinc_capacity(liar) == 2000);
    zinc_close(liar);
    zinc_close(region);
}

/* ---- Handles and views ---------------------------------------------------------------------- */

static void views(void) {
    footprint before = footprint_now();
    zinc_region *region = created("view", 5000);
    fill(zinc_ptr(region), 5000, 6);
    uint8_t *bytes = NULL;
    void *context = NULL;
    verify(zinc_view_acquire(region, 4000, 1001, &bytes, &context) == ZINC_E_OVERFLOW);
    verify(zinc_view_acquire(region, 5001, 0, &bytes, &context) == ZINC_E_OVERFLOW);
    verify(zinc_view_acquire(region, SIZE_MAX, SIZE_MAX, &bytes, &context) == ZINC_E_OVERFLOW);
    verify(zinc_view_acquire(region, 1, SIZE_MAX, &bytes, &context) == ZINC_E_OVERFLOW);
    verify(zinc_view_acquire(region, 0, 1, NULL, &context) == ZINC_E_INVAL);
    verify(zinc_view_acquire(region, 0, 1, &bytes, NULL) == ZINC_E_INVAL);
    verify(bytes == NULL && context == NULL);
    verify(zinc_view_acquire(region, 5000, 0, &bytes, &context) == ZINC_OK);
    zinc_view_release(bytes, context);
    uint8_t *first = NULL;
    void *first_context = NULL;
    verify(zinc_view_acquire(region, 100, 200, &first, &first_context) == ZINC_OK);
    verify(zinc_view_acquire(region, 0, 5000, &bytes, &context) == ZINC_OK);
    verify(first == zinc_ptr(region) + 100 && bytes == zinc_ptr(region));
    zinc_close(region);
    verify(cases_files(false) == 0); /* a view holds bytes, not the region */
    verify(filled(bytes, 5000, 6));
    bytes[100] = 1;
    verify(first[0] == 1);
    zinc_view_release(NULL, context); /* the address is not looked at */
    verify(first[0] == 1 && first[199] == (uint8_t)(299 * 31 + 6));
    verify(footprint_now().mappings == before.mappings + 1);
    zinc_view_release(first, first_context);
    verify_footprint(before);
}

/* A stale slice reads zeros; it never faults and never sees other memory. */
static void retiring(void) {
    footprint before = footprint_now();
    zinc_region *region = created("retire", 100000);
    volatile uint8_t *stale = zinc_ptr(region);
    fill(zinc_ptr(region), 100000, 5);
    uint8_t *bytes = NULL;
    void *context = NULL;
    verify(zinc_view_acquire(region, 0, 100000, &bytes, &context) == ZINC_OK);
    zinc_region_retire(region);
    verify(cases_files(false) == 0);
    verify(filled(bytes, 100000, 5)); /* not before the last owning view */
    zinc_view_release(bytes, context);
    for (size_t i = 0; i < 100000; i += 501) {
        verify(stale[i] == 0);
    }
    verify(footprint_now().mappings == before.mappings); /* of regions */
    zinc_region *next = created("retire", 100000);
    verify(zinc_ptr(next) != stale); /* the addresses are never used again */
    fill(zinc_ptr(next), 100000, 5);
    verify(stale[501] == 0);
    zinc_close(next);
}

static void references(void) {
    footprint before = footprint_now();
    zinc_region *region = created("count", 10);
    zinc_region_retain(region);
    zinc_region_retain(region);
    zinc_region_release(region);
    verify(zinc_region_status(region) == ZINC_OK);
    zinc_region_release(region);
    verify(zinc_region_status(region) == ZINC_OK);
    verify(file_exists("zinc_count"));
    zinc_region_release(region); /* the last one shuts down */
    verify_footprint(before);
    region = created("count", 10);
    verify(zinc_region_shutdown(region) == ZINC_OK);
    verify(!file_exists("zinc_count"));
    verify(zinc_region_shutdown(region) == ZINC_OK);
    verify(zinc_region_status(region) == ZINC_E_CLOSED);
    zinc_region_release(region);
    verify_footprint(before);
}

/* Two opens in one process are two participants. */
static void two_handles(void) {
    zinc_region *region = created("twice", 10);
    zinc_region *same = opened("twice");
    verify(info_of(region).participants_alive == 2);
    zinc_close(region);
    verify(info_of(same).participants_alive == 1 && info_of(same).participants_dead == 0);
    verify(open_status("twice") == ZINC_OK);
    zinc_close(same);
}

/* Every part of a handle goes with it. */
static void nothing_left(void) {
    footprint before = footprint_now();
    for (int i = 0; i < 200; i++) {
        zinc_region *region = created("churn", 10000);
        zinc_region *other = opened("churn");
        zinc_region *reader = opened_with("churn", (zinc_region_options){.flags = 1});
        zinc_close(i % 3 == 0 ? region : i % 3 == 1 ? other : reader);
        zinc_close(i % 3 == 1 ? region : i % 3 == 2 ? other : reader);
        zinc_close(i % 3 == 2 ? region : i % 3 == 0 ? other : reader);
    }
    verify_footprint(before);
}

/* Descriptors are close-on-exec, and mappings are left out of core dumps. */
static void hygiene(void) {
    footprint empty = footprint_now();
    bool inherited[64];
    for (int fd = 3; fd < 64; fd++) {
        inherited[fd] = fcntl(fd, F_GETFD) >= 0;
    }
    zinc_region *region = created("hygiene", 10);
    verify(footprint_now().descriptors == empty.descriptors + 1); /* the lock descriptor alone */
    verify(footprint_now().mappings == empty.mappings + 1);
    for (int fd = 3; fd < 64; fd++) {
        int flags = fcntl(fd, F_GETFD);
        verify(inherited[fd] || flags < 0 || (flags & FD_CLOEXEC) != 0);
    }
    FILE *maps = fopen("/proc/self/smaps", "re");
    verify(maps != NULL);
    char line[512];
    bool ours = false;
    bool undumped = false;
    while (fgets(line, sizeof line, maps) != NULL) {
        if (strchr(line, '-') != NULL && strstr(line, "rw-s ") != NULL) {
            ours = strstr(line, "/dev/shm/") != NULL;
        } else if (ours && strncmp(line, "VmFlags:", 8) == 0) {
            undumped = strstr(line, " dd") != NULL;
            ours = false;
        }
    }
    fclose(maps);
    verify(undumped);
    zinc_close(region);
}

/* ---- Private regions and descriptors -------------------------------------------------------- */

static void privately(void) {
    footprint before = footprint_now();
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .max_capacity = 1 << 20};
    verify(zinc_region_create_private("frames", 1000, &options, &region, NULL) == ZINC_OK);
    verify(footprint_now().files == before.files);
    zinc_info info = info_of(region);
    verify(info.flags == (ZINC_INFO_CREATED | ZINC_INFO_PRIVATE | ZINC_INFO_CREATOR_ALIVE));
    verify(strcmp(info.name, "frames") == 0 && info.mode == 0600);
    int32_t descriptor = -1;
    verify(zinc_region_descriptor(region, &descriptor) == ZINC_OK);
    verify((fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
    verify(ftruncate(descriptor, 0) == -1 && errno == EPERM);
    zinc_region *other = NULL;
    verify(zinc_region_attach(descriptor, NULL, &other, NULL) == ZINC_OK);
    close(descriptor);
    verify(strcmp(zinc_region_name(other), "frames") == 0);
    verify(info_of(other).flags == (ZINC_INFO_PRIVATE | ZINC_INFO_CREATOR_ALIVE));
    verify(info_of(other).participants_alive == 2);
    fill(zinc_ptr(region), 1000, 8);
    verify(filled(zinc_ptr(other), 1000, 8));
    verify(zinc_region_grow(other, 500000) == ZINC_OK);
    verify(zinc_capacity(region) == 500000);
    zinc_notify(other);
    verify(zinc_wait(region, 0) == ZINC_OK);
    verify(zinc_region_unlink(region) == ZINC_OK); /* there is no name */
    zinc_close(region);
    verify(filled(zinc_ptr(other), 1000, 8));
    verify((info_of(other).flags & ZINC_INFO_STALE) == 0); /* never, without a name */
    zinc_close(other);
    verify(zinc_region_create_private(NULL, 1, NULL, &region, NULL) == ZINC_OK);
    verify(strcmp(zinc_region_name(region), "private") == 0);
    zinc_close(region);
    verify_footprint(before);
}

static void sealed(void) {
    footprint before = footprint_now();
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .flags = ZINC_REGION_SEALED};
    verify(zinc_region_create_private("seal", 1000, &options, &region, NULL) == ZINC_OK);
    verify((info_of(region).flags & ZINC_INFO_SEALED) != 0 && info_of(region).mode == 0644);
    fill(zinc_ptr(region), 1000, 8); /* its own mapping goes on */
    verify(zinc_region_grow(region, 2000) == ZINC_E_OVERFLOW ||
           zinc_region_grow(region, 2000) == ZINC_E_PERM);
    int32_t descriptor = -1;
    verify(zinc_region_descriptor(region, &descriptor) == ZINC_OK);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    int writable = open(path, O_RDWR | O_CLOEXEC);
    if (writable >= 0) { /* the file's mode may allow it; its seals do not */
        verify(pwrite(writable, "x", 1, 0) == -1 && errno == EPERM);
        verify(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, writable, 0) == MAP_FAILED);
        verify(ftruncate(writable, 0) == -1 && errno == EPERM);
        close(writable);
    }
    zinc_region *other = NULL;
    verify(zinc_region_attach(descriptor, NULL, &other, NULL) == ZINC_OK);
    close(descriptor);
    verify((info_of(other).flags & ZINC_INFO_READ_ONLY) != 0);
    verify(filled(zinc_ptr(other), 1000, 8));
    verify(zinc_region_notify(other) == ZINC_E_PERM);
    verify(zinc_wait(other, 0) == ZINC_E_TIMEDOUT);
    zinc_notify(region);
    verify(zinc_wait(other, 1000) == ZINC_OK);
    zinc_close(region);
    verify(filled(zinc_ptr(other), 1000, 8));
    zinc_close(other);
    options.max_capacity = 2000; /* what cannot be written cannot grow */
    region = NEVER;
    verify(zinc_region_create_private("seal", 1000, &options, &region, NULL) == ZINC_E_INVAL);
    verify(region == NULL);
    options.max_capacity = 0;
    options.flags = ZINC_REGION_READ_ONLY;
    region = NEVER;
    verify(zinc_region_create_private("seal", 1000, &options, &region, NULL) == ZINC_E_INVAL);
    verify(region == NULL);
    verify_footprint(before);
}

static int memory_file(size_t size) {
    int file = memfd_create("zinc_foreign", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    verify(file >= 0 && ftruncate(file, (off_t)size) == 0);
    return file;
}

static void attach_errors(void) {
    zinc_region *region = NEVER;
    int file = memory_file(100000);
    int short_file = memory_file(10);
    int pair[2];
    verify(pipe2(pair, O_CLOEXEC) == 0);
    footprint before = footprint_now();
    verify(zinc_region_attach(-1, NULL, &region, NULL) == ZINC_E_BADF);
    verify(region == NULL);
    region = NEVER;
    verify(zinc_region_attach(1000, NULL, &region, NULL) == ZINC_E_BADF);
    verify(region == NULL);
    region = NEVER;
    verify(zinc_region_attach(file, NULL, &region, NULL) == ZINC_E_LAYOUT);
    verify(region == NULL);
    region = NEVER;
    verify(zinc_region_attach(short_file, NULL, &region, NULL) == ZINC_E_LAYOUT);
    verify(region == NULL);
    region = NEVER;
    verify(zinc_region_attach(pair[0], NULL, &region, NULL) == ZINC_E_LAYOUT);
    verify(region == NULL);
    verify_footprint(before);

    /* The bytes of a region in a memory file that its sender could cut. */
    zinc_region *whole = NULL;
    verify(zinc_region_create_private("whole", 100, NULL, &whole, NULL) == ZINC_OK);
    verify(pwrite(file, whole->bytes, 256 + 64, 0) == 256 + 64);
    verify(zinc_region_attach(file, NULL, &region, NULL) == ZINC_E_PERM);
    verify(region == NULL);
    verify(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    verify(zinc_region_attach(file, NULL, &region, NULL) == ZINC_OK);
    zinc_close(region);
    zinc_close(whole);
    close(file);
    close(short_file);
    close(pair[0]);
    close(pair[1]);
}

/* A named region may be handed over by descriptor as well. */
static void attach_named(void) {
    zinc_region *region = created("handed", 100);
    int32_t descriptor = -1;
    verify(zinc_region_descriptor(region, &descriptor) == ZINC_OK);
    verify(zinc_region_descriptor(region, NULL) == ZINC_E_INVAL);
    zinc_region *other = NULL;
    verify(zinc_region_attach(descriptor, NULL, &other, NULL) == ZINC_OK);
    verify(strcmp(zinc_region_name(other), "handed") == 0);
    verify(info_of(other).participants_alive == 2);
    zinc_close(region);
    verify(file_exists("zinc_handed"));
    zinc_close(other); /* the last closer knows the name */
    verify(!file_exists("zinc_handed"));
    other = NEVER;
    verify(zinc_region_attach(descriptor, NULL, &other, NULL) == ZINC_E_NOENT);
    verify(other == NULL);
    close(descriptor);

    /* A read-only descriptor gives a read-only handle. */
    region = created("handed", 100);
    char path[512];
    snprintf(path, sizeof path, "%s/zinc_handed", cases_directory);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    verify(zinc_region_attach(file, NULL, &other, NULL) == ZINC_OK);
    verify((info_of(other).flags & ZINC_INFO_READ_ONLY) != 0);
    zinc_close(other);
    zinc_close(region);
    close(file);
}

static void receive_and_answer(void *context) {
    int socket = *(int *)context;
    zinc_region *region = NULL;
    verify(zinc_region_receive(socket, NULL, &region, NULL) == ZINC_OK);
    verify(filled(zinc_ptr(region), 1000, 8));
    verify(strcmp(zinc_region_name(region), "sent") == 0);
    fill(zinc_ptr(region), 1000, 9);
    zinc_notify(region);
    zinc_close(region);
}

static void sending(void) {
    int ends[2];
    verify(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    footprint before = footprint_now();
    zinc_region *region = NULL;
    verify(zinc_region_create_private("sent", 1000, NULL, &region, NULL) == ZINC_OK);
    fill(zinc_ptr(region), 1000, 8);
    pid_t pid = child_start(receive_and_answer, &ends[1]);
    verify(zinc_region_send(region, ends[0]) == ZINC_OK);
    verify(zinc_wait(region, 4000) == ZINC_OK);
    verify(filled(zinc_ptr(region), 1000, 9));
    verify(child_end(pid) == 0);
    zinc_close(region);
    zinc_region *other = NEVER;
    verify(write(ends[0], "x", 1) == 1);
    verify(zinc_region_receive(ends[1], NULL, &other, NULL) == ZINC_E_BADF); /* none came */
    verify(other == NULL);
    other = NEVER;
    verify(zinc_region_receive(1000, NULL, &other, NULL) == ZINC_E_BADF);
    verify(other == NULL);
    verify(shutdown(ends[0], SHUT_WR) == 0);
    other = NEVER;
    verify(zinc_region_receive(ends[1], NULL, &other, NULL) == ZINC_E_CLOSED);
    verify(other == NULL);
    verify_footprint(before);
    close(ends[0]);
    close(ends[1]);
}

/* A process at its limit: each call either works or answers MFILE, and nothing is left. */
static void out_of_descriptors(void) {
    zinc_region *region = created("limit", 10);
    footprint before = footprint_now();
    const struct rlimit few = {.rlim_cur = 48, .rlim_max = 48};
    verify(setrlimit(RLIMIT_NOFILE, &few) == 0);
    int files[48];
    int count = 0;
    while ((files[count] = dup(0)) >= 0) {
        count++;
    }
    int refused = 0;
    for (int room = 0; room < 6; room++) {
        zinc_region *out = NEVER;
        int32_t status = zinc_create("other", 10, &out);
        verify(status == ZINC_OK || status == ZINC_E_MFILE);
        verify((status == ZINC_OK) == (out != NULL));
        refused += status != ZINC_OK;
        zinc_close(out);
        out = NEVER;
        status = zinc_open("limit", &out);
        verify(status == ZINC_OK || status == ZINC_E_MFILE);
        verify((status == ZINC_OK) == (out != NULL));
        refused += status != ZINC_OK;
        zinc_close(out);
        close(files[--count]);
    }
    verify(refused >= 2 && refused <= 10); /* none at first, some in the end */
    while (count > 0) {
        close(files[--count]);
    }
    verify_footprint(before);
    zinc_close(region);
}

static const test_case cases[] = {
    {"region.same_bytes", same_bytes},
    {"region.capacities", capacities},
    {"region.taken", taken},
    {"region.layout", layout},
    {"region.facts", facts},
    {"region.modes", modes},
    {"region.option_errors", option_errors},
    {"region.null_out", null_out},
    {"region.null_handle", null_handle},
    {"region.closed_handle", closed_handle},
    {"region.lifetime_creator", lifetime_creator},
    {"region.lifetime_persistent", lifetime_persistent},
    {"region.nobody_lives", nobody_lives},
    {"region.unlink", unlinking},
    {"region.remove", removing},
    {"region.open_or_create", open_or_create},
    {"replace.old_users", replacing},
    {"region.read_only", read_only},
    {"region.sparse", sparse},
    {"region.prefault", prefault},
    {"region.huge_pages", huge_pages},
    {"region.grow", growing},
    {"grow.false_capacity", false_capacity},
    {"close.live_view", views},
    {"region.retire", retiring},
    {"region.references", references},
    {"region.two_handles", two_handles},
    {"region.nothing_left", nothing_left},
    {"region.hygiene", hygiene},
    {"region.private", privately},
    {"region.sealed", sealed},
    {"region.attach_errors", attach_errors},
    {"region.attach_named", attach_named},
    {"region.send", sending},
    {"region.out_of_descriptors", out_of_descriptors},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
