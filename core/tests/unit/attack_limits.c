/* SPDX-License-Identifier: MIT */
/* Regions where something is short or in the way: space, descriptors, rights, patience. */
#define _GNU_SOURCE
#include <zinc.h>

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>

#include "base/layout.h"
#include "child.h"

static char path_text[512];

static const char *path_of(const char *file) {
    snprintf(path_text, sizeof path_text, "%s/%s", cases_directory, file);
    return path_text;
}

/* Hold one of the region's bytes as a stranger would. */
static int byte_hold(const char *file, uint32_t byte) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    lock.l_start = ((off_t)1 << 62) + (off_t)byte;
    int held = open(path_of(file), O_RDWR | O_CLOEXEC);
    verify(held >= 0 && fcntl(held, F_OFD_SETLK, &lock) == 0);
    return held;
}

static void create_and_die(void *context) {
    const zinc_region_options *options = context;
    zinc_region *region = NULL;
    verify(zinc_region_create("dead", 100, options, &region, NULL) == ZINC_OK);
    raise(SIGKILL);
}

static void leave_dead(const zinc_region_options *options) {
    verify(child_end(child_start(create_and_die, (void *)(uintptr_t)options)) == -SIGKILL);
}

/* ---- Messages ------------------------------------------------------------------------------- */

static void error_only_on_failure(void) {
    zinc_error error = {.status = 77, .system_errno = 78, .message = "as it was"};
    zinc_region *region = NULL;
    verify(zinc_region_open_or_create("fresh", 10, NULL, &region, &error) == ZINC_OK);
    verify(error.status == 77 && error.system_errno == 78);
    verify(strcmp(error.message, "as it was") == 0);
    zinc_region *small = NULL;
    verify(zinc_region_open_or_create("fresh", 11, NULL, &small, &error) == ZINC_E_OVERFLOW);
    verify(error.status == ZINC_E_OVERFLOW && strstr(error.message, "\"fresh\"") != NULL);
    zinc_close(region);
}

static void expect_message(const char *name, const char *shown) {
    zinc_error error;
    zinc_region *region = NULL;
    verify(zinc_region_open(name, NULL, &region, &error) == ZINC_E_INVAL);
    verify(strncmp(error.message, shown, strlen(shown)) == 0);
}

static void messages_are_utf8(void) {
    expect_message("\xff\xfe", "region name \"\?\?\": ");
    expect_message("b\xc3\xa4r", "region name \"b\xc3\xa4r\": ");
    expect_message("\xc3", "region name \"?\": "); /* ends within a character */
    expect_message("\xe2\x82\xac\xe2\x82", "region name \"\xe2\x82\xac\?\?\": ");
    expect_message("\xc0\xaf", "region name \"\?\?\": ");       /* overlong */
    expect_message("\xed\xa0\x80", "region name \"\?\?\?\": "); /* a surrogate */
    expect_message("\xf4\x90\x80\x80", "region name \"\?\?\?\?\": ");
    char cut[64];
    memset(cut, 'a', sizeof cut);
    memcpy(cut + 59, "\xc3\xa4", 3); /* the message shows 60 bytes of it */
    zinc_error error;
    zinc_region *region = NULL;
    verify(zinc_region_open(cut, NULL, &region, &error) == ZINC_E_INVAL);
    verify(strstr(error.message, "a\?\": ") != NULL);
}

/* ---- Space ---------------------------------------------------------------------------------- */

static void sparse_on_a_full_file_system(void) {
    if (!cases_own_mount || mount(NULL, "/dev/shm", NULL, MS_REMOUNT, "size=64k") != 0) {
        case_skip("needs a file system of its own, of a small size");
    }
    zinc_region_options options = {.size = sizeof options, .flags = ZINC_REGION_SPARSE};
    zinc_region *region = NULL;
    zinc_error error;
    verify(zinc_region_create("larger", 1 << 20, &options, &region, NULL) == ZINC_OK);
    char page[4096] = {1};
    int filler = open(path_of("filler"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    verify(filler >= 0);
    while (write(filler, page, sizeof page) > 0) {
    }
    zinc_region *other = NULL; /* rows were allocated, so opening needs no page */
    verify(zinc_open("larger", &other) == ZINC_OK);
    zinc_close(other);
    verify(zinc_region_create("none", 1 << 20, &options, &other, &error) == ZINC_E_NOSPC);
    verify(other == NULL && strstr(error.message, "\"none\"") != NULL);
    close(filler);
    verify(unlink(path_of("filler")) == 0);
    zinc_close(region);
}

/* ---- Rights --------------------------------------------------------------------------------- */

static void become_nobody(void) {
    if (geteuid() == 0) {
        verify(setgid(65534) == 0 && setuid(65534) == 0);
        prctl(PR_SET_DUMPABLE, 1);
    }
}

static void own_read_only_files(void) {
    become_nobody();
    zinc_region_options options = {.size = sizeof options, .mode = 0444};
    zinc_info info = {.size = sizeof info};
    zinc_region *region = NULL;
    step("create over a dead one");
    leave_dead(&options);
    verify(zinc_region_create("dead", 100, &options, &region, NULL) == ZINC_OK);
    verify(zinc_region_info(region, &info) == ZINC_OK && info.mode == 0444);
    step("unlink");
    verify(zinc_region_unlink(region) == ZINC_OK);
    zinc_close(region);
    step("gc");
    leave_dead(&options);
    zinc_gc_report report = {.size = sizeof report};
    verify(zinc_gc(0, NULL, NULL, &report, NULL) == ZINC_OK);
    verify(report.regions_removed == 1 && report.failures == 0);
    step("remove, and replace");
    leave_dead(&options);
    verify(zinc_region_remove("dead", NULL) == ZINC_OK);
    verify(zinc_region_create("dead", 100, &options, &region, NULL) == ZINC_OK);
    zinc_region *second = NULL;
    verify(zinc_region_replace("dead", 100, &options, &second, NULL) == ZINC_OK);
    verify(zinc_wait(region, 1000) == ZINC_OK); /* told that it was replaced */
    zinc_close(region);
    step("the last reader closes");
    zinc_region_options reading = {.size = sizeof reading, .flags = ZINC_REGION_READ_ONLY};
    verify(zinc_region_open("dead", &reading, &region, NULL) == ZINC_OK);
    zinc_close(second);
    verify(zinc_region_lookup("dead", &info, NULL) == ZINC_OK && info.mode == 0444);
    zinc_close(region);
    verify(zinc_region_lookup("dead", &info, NULL) == ZINC_E_NOENT);
}

/* ---- Descriptors ---------------------------------------------------------------------------- */

static void close_without_a_descriptor_to_spare(void) {
    zinc_region *region = NULL;
    struct rlimit before;
    struct rlimit none;
    verify(zinc_create("last", 100, &region) == ZINC_OK);
    verify(getrlimit(RLIMIT_NOFILE, &before) == 0);
    none = before;
    none.rlim_cur = 3;
    verify(setrlimit(RLIMIT_NOFILE, &none) == 0);
    zinc_close(region);
    verify(setrlimit(RLIMIT_NOFILE, &before) == 0);
    verify(access(path_of("zinc_last"), F_OK) != 0);
}

static void failed_attach_closes_like_the_last(void) {
    zinc_region_options options = {.size = sizeof options, .rows = 1};
    zinc_region *region = NULL;
    int32_t descriptor = -1;
    leave_dead(&options);
    descriptor = open(path_of("zinc_dead"), O_RDWR | O_CLOEXEC);
    verify(descriptor >= 0);
    int row = byte_hold("zinc_dead", ZINC__LOCK_ROW + 1);
    verify(zinc_region_attach(descriptor, NULL, &region, NULL) == ZINC_E_USERS);
    verify(access(path_of("zinc_dead"), F_OK) != 0);
    close(row);
    close(descriptor);
}

static void attach_says_why(void) {
    zinc_region *region = NULL;
    zinc_error error;
    verify(zinc_create("why", 100, &region) == ZINC_OK);
    int write_only = open(path_of("zinc_why"), O_WRONLY | O_CLOEXEC);
    int path_only = open(path_of("zinc_why"), O_PATH | O_CLOEXEC);
    int wrong[] = {-1, 1000, write_only, path_only};
    for (size_t i = 0; i < 4; i++) {
        char number[32];
        zinc_region *other = NULL;
        snprintf(number, sizeof number, "descriptor %d", wrong[i]);
        verify(zinc_region_attach(wrong[i], NULL, &other, &error) == ZINC_E_BADF && other == NULL);
        verify(strstr(error.message, number) != NULL);
        verify(strstr(error.message, "too short") == NULL);
        verify(strstr(error.message, zinc_error_remedy(ZINC_E_BADF)) != NULL);
    }
    close(write_only);
    close(path_only);
    zinc_close(region);
}

/* ---- Patience ------------------------------------------------------------------------------- */

static void *grow_in_vain(void *region) {
    verify(zinc_region_grow(region, 8192) == ZINC_E_BUSY);
    return NULL;
}

static void growing_threads_wait_together(void) {
    zinc_region_options options = {.size = sizeof options, .max_capacity = 65536};
    zinc_region *region = NULL;
    pthread_t threads[6];
    verify(zinc_region_create("held", 4096, &options, &region, NULL) == ZINC_OK);
    int held = byte_hold("zinc_held", ZINC__LOCK_GROWTH);
    int64_t began = cases_now_ms();
    for (size_t i = 0; i < 6; i++) {
        verify(pthread_create(&threads[i], NULL, grow_in_vain, region) == 0);
    }
    for (size_t i = 0; i < 6; i++) {
        verify(pthread_join(threads[i], NULL) == 0);
    }
    verify(cases_now_ms() - began <= 1000 + CASES_SLACK_MS);
    close(held);
    zinc_close(region);
}

static void open_or_create_waits_once(void) {
    zinc_region *region = NULL;
    leave_dead(NULL);
    int held = byte_hold("zinc_dead", ZINC__LOCK_NAME);
    int64_t began = cases_now_ms();
    verify(zinc_open("dead", &region) == ZINC_E_NOENT);
    verify(cases_now_ms() - began <= CASES_SLACK_MS); /* held up or not, it is dead */
    began = cases_now_ms();
    verify(zinc_region_open_or_create("dead", 100, NULL, &region, NULL) == ZINC_E_BUSY);
    verify(cases_now_ms() - began <= 1000 + CASES_SLACK_MS);
    close(held);
    verify(zinc_region_open_or_create("dead", 100, NULL, &region, NULL) == ZINC_OK);
    zinc_close(region);
}

static void leases_hold_up(void) {
    zinc_region *region = NULL;
    leave_dead(NULL);
    int held = open(path_of("zinc_dead"), O_RDONLY | O_CLOEXEC);
    signal(SIGIO, SIG_IGN);
    if (fcntl(held, F_SETLEASE, F_RDLCK) != 0) {
        close(held);
        verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
        case_skip("this file system has no leases");
    }
    verify(zinc_open("dead", &region) == ZINC_E_BUSY);
    verify(zinc_create("dead", 10, &region) == ZINC_E_BUSY);
    verify(zinc_region_remove("dead", NULL) == ZINC_E_BUSY);
    close(held);
    verify(zinc_create("dead", 10, &region) == ZINC_OK);
    zinc_close(region);
}

static const test_case cases[] = {
    {"error-is-written-on-failure-only", error_only_on_failure},
    {"messages-are-utf-8", messages_are_utf8},
    {"sparse-on-a-full-file-system", sparse_on_a_full_file_system},
    {"own-files-of-mode-0444-can-be-unbound", own_read_only_files},
    {"last-close-without-a-descriptor-to-spare", close_without_a_descriptor_to_spare},
    {"a-failed-attach-closes-like-the-last", failed_attach_closes_like_the_last},
    {"attach-says-why", attach_says_why},
    {"growing-threads-wait-together", growing_threads_wait_together},
    {"open-or-create-waits-once", open_or_create_waits_once},
    {"leases-hold-up", leases_hold_up},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
