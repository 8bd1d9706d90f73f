/* SPDX-License-Identifier: MIT */
/* Waits for event loops, on each wait back-end. */
#define _GNU_SOURCE

#include <zinc.h>

#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>

#include "child.h"

/* ThreadSanitizer refuses threads in a forked child unless it is asked. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void) {
    return "die_after_fork=0";
}

#define MS INT64_C(1000000)
#define MANY 1000

/* This back-end needs a thread a region. */
static bool one_word(void) {
    return getenv("ZINC_NO_WAITV") != NULL;
}

static const char *name_of(const char *label) {
    static char name[64];
    snprintf(name, sizeof name, "events-%d-%s", (int)getpid(), label);
    return name;
}

static zinc_region *created(const char *label) {
    zinc_region *region = NULL;
    verify(zinc_create(name_of(label), 64, &region) == ZINC_OK);
    return region;
}

static zinc_region *opened(const char *label) {
    zinc_region *region = NULL;
    verify(zinc_open(name_of(label), &region) == ZINC_OK);
    return region;
}

static bool exists(const char *label) {
    zinc_region *region = NULL;
    int32_t status = zinc_open(name_of(label), &region);
    zinc_close(region);
    verify(status == ZINC_OK || status == ZINC_E_NOENT);
    return status == ZINC_OK;
}

static zinc_events *queue_made(void) {
    zinc_events *queue = NULL;
    verify(zinc_events_create(&queue) == ZINC_OK);
    return queue;
}

static int64_t after_ms(int64_t ms) {
    return zinc_deadline_ns(ms * MS);
}

static uint64_t pending(zinc_events *queue) {
    uint64_t count = 12345;
    verify(zinc_events_pending(queue, &count) == ZINC_OK);
    return count;
}

/* zinc_events_next, called again after INTR, as it asks for. */
static int32_t next(zinc_events *queue, zinc_event *out, uint32_t capacity, int64_t deadline_ns) {
    int32_t count = ZINC_E_INTR;
    while (count == ZINC_E_INTR) {
        count = zinc_events_next(queue, out, capacity, deadline_ns);
    }
    return count;
}

/* The next completion must be this one. */
static void expect(zinc_events *queue, uint64_t token, int32_t status) {
    zinc_event event = {0};
    verify(next(queue, &event, 1, after_ms(4000)) == 1);
    verify(event.token == token);
    verify(event.status == status);
    verify(event.reserved == 0);
}

static void expect_nothing(zinc_events *queue) {
    zinc_event event;
    verify(zinc_events_drain(queue, &event, 1) == 0);
}

/* Exactly the tokens first .. first + count - 1, each once, in any order, all with this status. */
static void expect_all(zinc_events *queue, uint64_t first, uint32_t count, int32_t status) {
    static unsigned char seen[16384];
    zinc_event events[97];
    verify(count <= sizeof seen);
    memset(seen, 0, sizeof seen);
    for (uint32_t got = 0; got < count;) {
        int32_t taken = next(queue, events, 97, after_ms(4000));
        verify(taken >= 1);
        for (int32_t i = 0; i < taken; i++) {
            verify(events[i].status == status);
            verify(events[i].token >= first && events[i].token < first + count);
            verify(seen[events[i].token - first]++ == 0);
        }
        got += (uint32_t)taken;
    }
    expect_nothing(queue);
}

static unsigned threads_now(void) {
    unsigned count = 0;
    DIR *directory = opendir("/proc/self/task");
    verify(directory != NULL);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}

static void *nothing(void *context) {
    return context;
}

/* Sanitizers start a thread of their own beside the first one of the program. */
static unsigned threads_without_helpers(void) {
    pthread_t thread;
    verify(pthread_create(&thread, NULL, nothing, NULL) == 0);
    verify(pthread_join(thread, NULL) == 0);
    nap_ms(20);
    return threads_now();
}

/* ---- One token ----------------------------------------------------------------------------- */

static void wrong_arguments_are_refused(void) {
    verify_step("wrong arguments are refused");
    zinc_region *region = created("arguments");
    zinc_events *queue = queue_made();
    zinc_event event;
    int32_t fd = -5;
    uint64_t count = 0;
    verify(zinc_events_create(NULL) == ZINC_E_INVAL);
    verify(zinc_events_wait(NULL, region, 1, ZINC_FOREVER) == ZINC_E_INVAL);
    verify(zinc_events_wait(queue, NULL, 1, ZINC_FOREVER) == ZINC_E_INVAL);
    verify(zinc_events_cancel(NULL, 1) == ZINC_E_INVAL);
    verify(zinc_events_cancel(queue, 1) == ZINC_E_NOENT);
    verify(zinc_events_next(NULL, &event, 1, 0) == ZINC_E_INVAL);
    verify(zinc_events_next(queue, NULL, 1, 0) == ZINC_E_INVAL);
    verify(zinc_events_next(queue, &event, 0, 0) == ZINC_E_INVAL);
    verify(zinc_events_next(queue, &event, 1, 0) == ZINC_E_TIMEDOUT);
    verify(zinc_events_drain(NULL, &event, 1) == ZINC_E_INVAL);
    verify(zinc_events_drain(queue, NULL, 1) == ZINC_E_INVAL);
    verify(zinc_events_drain(queue, NULL, 0) == 0);
    verify(zinc_events_fd(NULL, &fd) == ZINC_E_INVAL);
    verify(zinc_events_fd(queue, NULL) == ZINC_E_INVAL);
    verify(zinc_events_callback(NULL, NULL, NULL) == ZINC_E_INVAL);
    verify(zinc_events_callback(queue, NULL, NULL) == ZINC_OK);
    verify(zinc_events_pending(NULL, &count) == ZINC_E_INVAL);
    verify(zinc_events_pending(queue, NULL) == ZINC_E_INVAL);
    verify(zinc_events_close(NULL) == ZINC_E_INVAL);
    zinc_events_destroy(NULL);
    zinc_events_destroy(queue);
    zinc_close(region);
    verify(fd == -5);
}

static void a_notification_completes(void) {
    verify_step("a notification completes a token");
    zinc_region *region = created("notified");
    zinc_region *peer = opened("notified");
    zinc_events *queue = queue_made();
    /* Of another handle, then of the handle itself. */
    verify(zinc_events_wait(queue, region, 7, ZINC_FOREVER) == ZINC_OK);
    verify(pending(queue) == 1);
    expect_nothing(queue);
    zinc_notify(peer);
    expect(queue, 7, ZINC_OK);
    verify(pending(queue) == 0);
    verify(zinc_events_wait(queue, region, UINT64_MAX, ZINC_FOREVER) == ZINC_OK);
    zinc_notify(region);
    expect(queue, UINT64_MAX, ZINC_OK);
    /* One that nobody has seen completes at once, also past its deadline; and is then seen. */
    zinc_notify(peer);
    verify(zinc_events_wait(queue, region, 0, 0) == ZINC_OK);
    zinc_event event;
    verify(zinc_events_drain(queue, &event, 1) == 1);
    verify(event.token == 0 && event.status == ZINC_OK);
    verify(zinc_wait(region, 0) == ZINC_E_TIMEDOUT);
    verify(zinc_events_wait(queue, region, 0, 0) == ZINC_OK);
    expect(queue, 0, ZINC_E_TIMEDOUT);
    /* What a token has seen, a wait has seen. */
    verify(zinc_events_wait(queue, region, 3, ZINC_FOREVER) == ZINC_OK);
    zinc_notify(peer);
    expect(queue, 3, ZINC_OK);
    verify(zinc_wait(region, 0) == ZINC_E_TIMEDOUT);
    zinc_events_destroy(queue);
    zinc_close(peer);
    zinc_close(region);
    verify(!exists("notified"));
}

#define ALL_BEGUN_MS (CASES_SANITIZED ? 2000 : 200)

static void deadlines_come_in_order(void) {
    static const int64_t timeouts_ms[6] = {120, 40, 200, 80, 160, 1};
    static const uint64_t order[6] = {5, 1, 3, 0, 4, 2};
    verify_step("deadlines come in order, and not too early");
    zinc_region *region = created("deadlines");
    zinc_events *queue = queue_made();
    int64_t began = after_ms(ALL_BEGUN_MS); /* before it, all six have begun */
    for (uint64_t i = 0; i < 6; i++) {
        verify(zinc_events_wait(queue, region, i, began + timeouts_ms[i] * MS) == ZINC_OK);
    }
    for (int i = 0; i < 6; i++) {
        expect(queue, order[i], ZINC_E_TIMEDOUT);
        int64_t took = zinc_clock_ns() - began;
        verify(took >= timeouts_ms[order[i]] * MS);
        verify(took < (timeouts_ms[order[i]] + CASES_SLACK_MS) * MS);
    }
    /* Equal deadlines: as they began. A deadline that has passed completes at once. */
    int64_t same = after_ms(ALL_BEGUN_MS);
    for (uint64_t i = 0; i < 50; i++) {
        verify(zinc_events_wait(queue, region, i, same) == ZINC_OK);
    }
    for (uint64_t i = 0; i < 50; i++) {
        expect(queue, i, ZINC_E_TIMEDOUT);
    }
    zinc_event event;
    verify(zinc_events_wait(queue, region, 1, began) == ZINC_OK);
    verify(zinc_events_wait(queue, region, 2, -1) == ZINC_OK);
    verify(zinc_events_drain(queue, &event, 1) == 1);
    verify(event.token == 1 && event.status == ZINC_E_TIMEDOUT);
    verify(zinc_events_drain(queue, &event, 1) == 1);
    verify(event.token == 2 && event.status == ZINC_E_TIMEDOUT);
    zinc_events_destroy(queue);
    zinc_close(region);
}

/* After this the helper, left alone, is at the beginning of a sleep of a second. */
static void let_the_helper_sleep_long(void) {
    nap_ms(1600); /* 50 + 100 + 200 + 400 + 800 = 1550 */
}

#define SOON (CASES_SANITIZED ? 5000 * MS : 700 * MS)

static void a_later_wait_rings_a_sleeping_helper(void) {
    verify_step("a helper that sleeps learns of an earlier deadline");
    zinc_region *region = created("earlier");
    zinc_region *another = created("another");
    zinc_events *queue = queue_made();
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
    let_the_helper_sleep_long();
    int64_t began = zinc_clock_ns();
    verify(zinc_events_wait(queue, region, 2, began + 20 * MS) == ZINC_OK);
    expect(queue, 2, ZINC_E_TIMEDOUT);
    verify(zinc_clock_ns() - began < SOON);
    verify_step("a helper that sleeps learns of another region");
    let_the_helper_sleep_long();
    began = zinc_clock_ns();
    verify(zinc_events_wait(queue, another, 2, ZINC_FOREVER) == ZINC_OK);
    zinc_notify(another);
    expect(queue, 2, ZINC_OK);
    verify(zinc_clock_ns() - began < SOON);
    verify(pending(queue) == 1);
    zinc_notify(region);
    expect(queue, 1, ZINC_OK);
    zinc_events_destroy(queue);
    zinc_close(another);
    zinc_close(region);
}

static void a_notification_wakes_the_helper(void) {
    verify_step("300 notifications of a sleeping helper");
    zinc_region *region = created("wakes");
    zinc_events *queue = queue_made();
    for (uint64_t i = 0; i < 300; i++) { /* 50 ms each, were it found by the bounded sleep only */
        verify(zinc_events_wait(queue, region, i, ZINC_FOREVER) == ZINC_OK);
        nap_ms(1);
        zinc_notify(region);
        expect(queue, i, ZINC_OK);
    }
    zinc_events_destroy(queue);
    zinc_close(region);
}

static void a_closed_region_is_let_go(void) {
    verify_step("a helper lets the memory of a closed region go");
    zinc_events *queue = queue_made();
    zinc_region *other = created("other");
    verify(zinc_events_wait(queue, other, 99, ZINC_FOREVER) == ZINC_OK);
    footprint before = footprint_now();
    for (int round = 0; round < 5; round++) {
        zinc_region *region = created("let-go");
        verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
        verify(footprint_now().mappings == before.mappings + 1);
        zinc_close(region);
        expect(queue, 1, ZINC_E_CLOSED);
        until(footprint_now().mappings == before.mappings);
        verify_footprint(before);
    }
    zinc_events_destroy(queue);
    zinc_close(other);
}

static void cancel_ends_one_token(void) {
    verify_step("cancel ends one token");
    zinc_region *region = created("cancel");
    zinc_events *queue = queue_made();
    zinc_events *other = queue_made();
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
    verify(zinc_events_wait(queue, region, 2, ZINC_FOREVER) == ZINC_OK);
    verify(zinc_events_wait(other, region, 1, ZINC_FOREVER) == ZINC_OK);
    verify(zinc_events_cancel(queue, 1) == ZINC_OK);
    verify(zinc_events_cancel(queue, 1) == ZINC_E_NOENT);
    expect(queue, 1, ZINC_E_CANCELED);
    verify(zinc_events_cancel(other, 2) == ZINC_E_NOENT);
    verify(pending(queue) == 1 && pending(other) == 1);
    zinc_notify(region);
    expect(queue, 2, ZINC_OK);
    expect(other, 1, ZINC_OK);
    verify(zinc_events_cancel(queue, 2) == ZINC_E_NOENT);
    expect_nothing(queue);
    expect_nothing(other);
    zinc_events_destroy(other);
    zinc_events_destroy(queue);
    zinc_close(region);
}

static void a_pending_token_is_unique(void) {
    verify_step("a token is unique in its queue while it is pending");
    zinc_region *region = created("unique");
    zinc_region *another = created("unique-too");
    zinc_events *queue = queue_made();
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_E_EXIST);
    verify(zinc_events_wait(queue, another, 1, 0) == ZINC_E_EXIST);
    verify(zinc_events_cancel(queue, 1) == ZINC_OK);
    /* Completed, though not taken: free again. */
    verify(zinc_events_wait(queue, region, 1, 0) == ZINC_OK);
    expect(queue, 1, ZINC_E_CANCELED);
    expect(queue, 1, ZINC_E_TIMEDOUT);
    zinc_events_destroy(queue);
    zinc_close(another);
    zinc_close(region);
}

/* ---- Many tokens --------------------------------------------------------------------------- */

static void one_notify_completes_many_on_one_handle(void) {
    verify_step("one notify completes 1,000 tokens on one handle");
    zinc_region *region = created("many");
    zinc_events *queue = queue_made();
    for (int round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < MANY; i++) {
            int64_t deadline = i % 2 == 0 ? ZINC_FOREVER : after_ms(60000 - (int64_t)i);
            verify(zinc_events_wait(queue, region, 5000 + i, deadline) == ZINC_OK);
        }
        verify(pending(queue) == MANY);
        zinc_notify(region);
        expect_all(queue, 5000, MANY, ZINC_OK);
        verify(pending(queue) == 0);
    }
    zinc_events_destroy(queue);
    zinc_close(region);
}

static void one_notify_completes_many_handles(void) {
    verify_long_step("one notify completes a token on each of 1,000 handles", 60);
    static zinc_region *handles[MANY];
    struct rlimit limit;
    verify(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    verify(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    unsigned before = threads_without_helpers();
    uint32_t count = limit.rlim_max < MANY + 64 ? (uint32_t)limit.rlim_max - 64 : MANY;
    zinc_region_options options = {.size = sizeof options, .rows = 1023};
    verify(zinc_region_create(name_of("handles"), 64, &options, &handles[0], NULL) == ZINC_OK);
    for (uint32_t i = 1; i < count; i++) {
        handles[i] = opened("handles");
    }
    zinc_events *queue = queue_made();
    for (uint32_t i = 0; i < count; i++) {
        verify(zinc_events_wait(queue, handles[i], i, ZINC_FOREVER) == ZINC_OK);
    }
    if (!one_word()) {
        verify(threads_now() <= before + (count + 126) / 127);
    }
    zinc_notify(handles[count / 2]);
    expect_all(queue, 0, count, ZINC_OK);
    zinc_events_destroy(queue);
    for (uint32_t i = 0; i < count; i++) {
        zinc_close(handles[i]);
    }
    verify(!exists("handles"));
}

static void hundred_regions_need_few_threads(void) {
    verify_step("ten tokens on each of 100 regions, at most 8 threads more");
    zinc_region *regions[100];
    char label[16];
    unsigned before = threads_without_helpers();
    zinc_events *queue = queue_made();
    for (uint64_t i = 0; i < 100; i++) {
        snprintf(label, sizeof label, "r%d", (int)i);
        regions[i] = created(label);
        for (uint64_t j = 0; j < 10; j++) {
            verify(zinc_events_wait(queue, regions[i], 10 * i + j, ZINC_FOREVER) == ZINC_OK);
        }
    }
    verify(pending(queue) == 1000);
    verify(threads_now() <= before + (one_word() ? 100 : 8));
    zinc_notify(regions[42]);
    expect_all(queue, 420, 10, ZINC_OK);
    verify(pending(queue) == 990);
    for (uint64_t i = 0; i < 100; i++) {
        zinc_notify(regions[i]);
    }
    zinc_event events[64];
    uint32_t got = 0;
    while (got < 990) {
        int32_t taken = next(queue, events, 64, after_ms(4000));
        verify(taken >= 1);
        got += (uint32_t)taken;
    }
    verify(got == 990);
    expect_nothing(queue);
    zinc_events_destroy(queue);
    for (int i = 0; i < 100; i++) {
        zinc_close(regions[i]);
    }
}

static void helpers_end_when_there_is_nothing_to_watch(void) {
    verify_long_step("helpers end when there is nothing to watch", 10);
    unsigned before = threads_without_helpers();
    zinc_region *region = created("ended");
    zinc_events *queue = queue_made();
    for (int round = 0; round < 2; round++) {
        verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
        verify(threads_now() == before + 1);
        zinc_notify(region);
        expect(queue, 1, ZINC_OK);
        until(threads_now() == before);
    }
    zinc_events_destroy(queue);
    zinc_close(region);
}

/* ---- The region's end ---------------------------------------------------------------------- */

static void *close_region(void *region) {
    zinc_close(region);
    return NULL;
}

static void closing_completes_with_closed(void) {
    verify_step("closing a handle completes its tokens, and its name is gone at once");
    zinc_events *queue = queue_made();
    zinc_events *other = queue_made();
    for (int round = 0; round < 50; round++) {
        zinc_region *region = created("closed");
        for (uint64_t i = 0; i < 20; i++) {
            verify(zinc_events_wait(i < 15 ? queue : other, region, i, after_ms(60000)) == 0);
        }
        if (round % 2 == 0) {
            zinc_close(region);
            verify(!exists("closed"));
        } else {
            pthread_t thread;
            verify(pthread_create(&thread, NULL, close_region, region) == 0);
            verify(pthread_join(thread, NULL) == 0);
        }
        expect_all(queue, 0, 15, ZINC_E_CLOSED);
        expect_all(other, 15, 5, ZINC_E_CLOSED);
        verify(!exists("closed"));
    }
    /* A handle that is closed already, but still referred to. */
    zinc_region *region = created("closed");
    (void)zinc_region_retain(region);
    zinc_close(region);
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_E_CLOSED);
    zinc_region_release(region);
    zinc_events_destroy(other);
    zinc_events_destroy(queue);
}

static void a_pending_token_keeps_the_region(void) {
    verify_step("a pending token keeps its region, a completed one does not");
    zinc_events *queue = queue_made();
    for (int round = 0; round < 50; round++) {
        zinc_region *region = created("kept");
        verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
        verify(zinc_events_wait(queue, region, 2, ZINC_FOREVER) == ZINC_OK);
        zinc_region_release(region); /* the queue's reference is the last one now */
        if (round % 2 == 0) {
            zinc_region *peer = opened("kept");
            zinc_notify(peer);
            zinc_close(peer);
            expect(queue, 1, ZINC_OK);
            expect(queue, 2, ZINC_OK);
        } else {
            verify(zinc_events_cancel(queue, 2) == ZINC_OK);
            verify(exists("kept"));
            verify(zinc_events_cancel(queue, 1) == ZINC_OK);
            expect(queue, 2, ZINC_E_CANCELED);
            expect(queue, 1, ZINC_E_CANCELED);
        }
        verify(!exists("kept"));
    }
    zinc_events_destroy(queue);
}

static void pending_tokens_are_waits_in_progress(void) {
    verify_step("info counts pending tokens as waits in progress");
    zinc_region *region = created("counted");
    zinc_events *queue = queue_made();
    zinc_info info = {.size = sizeof info};
    for (uint64_t i = 0; i < 3; i++) {
        verify(zinc_events_wait(queue, region, i, ZINC_FOREVER) == ZINC_OK);
    }
    verify(zinc_region_info(region, &info) == ZINC_OK);
    verify(info.waiters == 3);
    verify(zinc_events_cancel(queue, 1) == ZINC_OK);
    verify(zinc_region_info(region, &info) == ZINC_OK);
    verify(info.waiters == 2);
    expect(queue, 1, ZINC_E_CANCELED);
    zinc_notify(region);
    expect(queue, 0, ZINC_OK);
    expect(queue, 2, ZINC_OK);
    verify(zinc_region_info(region, &info) == ZINC_OK);
    verify(info.waiters == 0);
    zinc_events_destroy(queue);
    zinc_close(region);
}

/* ---- How a loop learns of it --------------------------------------------------------------- */

static bool readable(int32_t fd, int timeout_ms) {
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    int count = poll(&entry, 1, timeout_ms);
    verify(count >= 0);
    return count == 1 && (entry.revents & POLLIN) != 0;
}

static void fd_is_readable_while_there_is_something(void) {
    verify_step("the descriptor is readable exactly while there is something to drain");
    zinc_region *region = created("fd");
    zinc_events *queue = queue_made();
    zinc_event event;
    int32_t fd = -1;
    int32_t again = -1;
    verify(zinc_events_fd(queue, &fd) == ZINC_OK && fd >= 0);
    verify(zinc_events_fd(queue, &again) == ZINC_OK && again == fd);
    verify(!readable(fd, 0));
    for (uint64_t round = 0; round < 20; round++) {
        for (uint64_t i = 0; i < 3; i++) {
            verify(zinc_events_wait(queue, region, i, ZINC_FOREVER) == ZINC_OK);
        }
        verify(!readable(fd, 0));
        zinc_notify(region);
        verify(readable(fd, 4000));
        verify(zinc_events_drain(queue, &event, 1) == 1);
        verify(readable(fd, 0));
        verify(zinc_events_drain(queue, &event, 1) == 1);
        verify(readable(fd, 0));
        verify(zinc_events_drain(queue, &event, 1) == 1);
        verify(!readable(fd, 0));
        /* _next takes as well; a wait that completes at once raises as well. */
        zinc_notify(region);
        verify(zinc_events_wait(queue, region, 1, 0) == ZINC_OK);
        verify(readable(fd, 0));
        expect(queue, 1, ZINC_OK);
        verify(!readable(fd, 0));
    }
    zinc_events_destroy(queue);
    /* A descriptor that is asked for when there is something already. */
    queue = queue_made();
    verify(zinc_events_wait(queue, region, 1, 0) == ZINC_OK);
    verify(zinc_events_fd(queue, &fd) == ZINC_OK);
    verify(readable(fd, 0));
    expect(queue, 1, ZINC_E_TIMEDOUT);
    verify(!readable(fd, 0));
    zinc_events_destroy(queue);
    verify(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
    zinc_close(region);
}

typedef struct called {
    atomic_uint count;
    atomic_uint inside;
    atomic_uint overlapped;
    atomic_bool here; /* in the thread that began the wait */
    pthread_t thread;
    atomic_bool held; /* a call stays inside */
    int64_t slow_ms;
} called;

static void count_call(void *context) {
    called *calls = context;
    if (atomic_fetch_add(&calls->inside, 1) != 0) {
        atomic_fetch_add(&calls->overlapped, 1);
    }
    if (pthread_equal(pthread_self(), calls->thread)) {
        atomic_store(&calls->here, true);
    }
    while (atomic_load(&calls->held)) {
        nap_ms(1);
    }
    if (calls->slow_ms > 0) {
        nap_ms(calls->slow_ms);
    }
    atomic_fetch_sub(&calls->inside, 1);
    atomic_fetch_add(&calls->count, 1);
}

static void until_called(called *calls, unsigned count) {
    while (atomic_load(&calls->count) < count) { /* the watchdog ends a loop that does not */
        nap_ms(1);
    }
}

static void callback_once_a_batch(void) {
    verify_step("the callback is called on another thread, once a batch");
    zinc_region *region = created("callback");
    zinc_events *queue = queue_made();
    called calls = {.thread = pthread_self()};
    verify(zinc_events_callback(queue, count_call, &calls) == ZINC_OK);
    for (unsigned round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < MANY; i++) {
            verify(zinc_events_wait(queue, region, i, ZINC_FOREVER) == ZINC_OK);
        }
        zinc_notify(region);
        until_called(&calls, round + 1);
        expect_all(queue, 0, MANY, ZINC_OK);
    }
    nap_ms(20);
    verify(atomic_load(&calls.count) == 5);
    /* Also for what completes in a call of this thread. */
    verify(zinc_events_wait(queue, region, 1, 0) == ZINC_OK);
    until_called(&calls, 6);
    expect(queue, 1, ZINC_E_TIMEDOUT);
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
    verify(zinc_events_cancel(queue, 1) == ZINC_OK);
    until_called(&calls, 7);
    expect(queue, 1, ZINC_E_CANCELED);
    /* Stopped; and for what was there before it is set. */
    verify(zinc_events_callback(queue, NULL, NULL) == ZINC_OK);
    verify(zinc_events_wait(queue, region, 1, 0) == ZINC_OK);
    nap_ms(20);
    verify(atomic_load(&calls.count) == 7);
    verify(zinc_events_callback(queue, count_call, &calls) == ZINC_OK);
    until_called(&calls, 8);
    expect(queue, 1, ZINC_E_TIMEDOUT);
    verify(!atomic_load(&calls.here));
    verify(atomic_load(&calls.overlapped) == 0);
    zinc_events_destroy(queue);
    zinc_close(region);
}

static void no_callback_after_destroy(void) {
    verify_step("no callback after destroy, and none is cut off");
    zinc_region *region = created("destroy");
    for (int round = 0; round < 100; round++) {
        zinc_events *queue = queue_made();
        called *calls = calloc(1, sizeof *calls);
        verify(calls != NULL);
        calls->slow_ms = round % 3 == 1 ? 10 : 0;
        atomic_store(&calls->held, round % 3 == 1);
        verify(zinc_events_callback(queue, count_call, calls) == ZINC_OK);
        for (uint64_t i = 0; i < 10; i++) {
            verify(zinc_events_wait(queue, region, i, ZINC_FOREVER) == ZINC_OK);
        }
        zinc_notify(region);
        if (round % 3 == 1) {
            until(atomic_load(&calls->inside) == 1); /* in the middle of a call */
            atomic_store(&calls->held, false);
        } else if (round % 3 == 2) {
            until_called(calls, 1);
        } /* else before, during or after it, as it comes */
        zinc_events_destroy(queue);
        verify(atomic_load(&calls->inside) == 0);
        memset(calls, 0xff, sizeof *calls);
        free(calls); /* a late call would touch it: the sanitizers look */
    }
    zinc_close(region);
}

static void destroy_with_pending_tokens(void) {
    verify_step("destroy with pending tokens gives everything back");
    for (int round = 0; round < 50; round++) {
        zinc_region *region = created("left");
        zinc_events *queue = queue_made();
        int32_t fd = -1;
        verify(zinc_events_fd(queue, &fd) == ZINC_OK);
        for (uint64_t i = 0; i < 30; i++) {
            verify(zinc_events_wait(queue, region, i, after_ms(60000)) == ZINC_OK);
        }
        if (round % 2 == 0) {
            zinc_notify(region);
        }
        zinc_events_destroy(queue);
        zinc_info info = {.size = sizeof info};
        verify(zinc_region_info(region, &info) == ZINC_OK);
        verify(info.waiters == 0);
        zinc_close(region);
        verify(!exists("left"));
    }
}

/* ---- next and close ------------------------------------------------------------------------ */

static void close_ends_next_once_all_is_taken(void) {
    verify_step("close cancels what is pending and ends next once all is taken");
    zinc_region *region = created("queue-close");
    zinc_events *queue = queue_made();
    zinc_event events[4];
    for (uint64_t i = 0; i < 10; i++) {
        verify(zinc_events_wait(queue, region, i, ZINC_FOREVER) == ZINC_OK);
    }
    verify(zinc_events_close(queue) == ZINC_OK);
    verify(zinc_events_close(queue) == ZINC_OK);
    verify(zinc_events_wait(queue, region, 77, ZINC_FOREVER) == ZINC_E_CLOSED);
    verify(pending(queue) == 0);
    int32_t taken = 0;
    for (int32_t got; (got = next(queue, events, 4, ZINC_FOREVER)) > 0;) {
        for (int32_t i = 0; i < got; i++) {
            verify(events[i].status == ZINC_E_CANCELED);
        }
        taken += got;
    }
    verify(taken == 10);
    verify(next(queue, events, 4, ZINC_FOREVER) == ZINC_E_CLOSED);
    verify(zinc_events_drain(queue, events, 4) == 0);
    zinc_events_destroy(queue);
    zinc_close(region);
}

static atomic_uint taken_by_all;

static void *take_until_closed(void *context) {
    zinc_event events[3];
    int32_t got = 0;
    while ((got = next(context, events, 3, ZINC_FOREVER)) > 0) {
        atomic_fetch_add(&taken_by_all, (unsigned)got);
    }
    verify(got == ZINC_E_CLOSED);
    return NULL;
}

static void several_threads_take(void) {
    verify_step("several threads take from one queue, and all end with its close");
    zinc_region *region = created("threads");
    zinc_events *queue = queue_made();
    pthread_t threads[4];
    atomic_store(&taken_by_all, 0);
    for (int i = 0; i < 4; i++) {
        verify(pthread_create(&threads[i], NULL, take_until_closed, queue) == 0);
    }
    for (unsigned round = 1; round <= 20; round++) {
        for (uint64_t i = 0; i < 50; i++) {
            verify(zinc_events_wait(queue, region, i, ZINC_FOREVER) == ZINC_OK);
        }
        zinc_notify(region);
        while (atomic_load(&taken_by_all) < 50 * round) {
            nap_ms(1);
        }
    }
    verify(zinc_events_close(queue) == ZINC_OK);
    for (int i = 0; i < 4; i++) {
        verify(pthread_join(threads[i], NULL) == 0);
    }
    verify(atomic_load(&taken_by_all) == 1000);
    zinc_events_destroy(queue);
    zinc_close(region);
}

static void on_signal(int number) {
    (void)number;
}

static pthread_t interrupted_thread;
static atomic_bool interrupted;

/* More than once: a signal that comes between two naps of a polling wait is not noticed. */
static void *signal_until_noticed(void *context) {
    while (!atomic_load(&interrupted)) {
        nap_ms(7);
        verify(pthread_kill(interrupted_thread, SIGUSR1) == 0);
    }
    return context;
}

static void a_signal_ends_next(void) {
    verify_step("a signal handler ends next with INTR");
    pthread_t thread;
    zinc_event event;
    zinc_events *queue = queue_made();
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    verify(sigaction(SIGUSR1, &action, NULL) == 0);
    interrupted_thread = pthread_self();
    atomic_store(&interrupted, false);
    verify(pthread_create(&thread, NULL, signal_until_noticed, NULL) == 0);
    verify(zinc_events_next(queue, &event, 1, ZINC_FOREVER) == ZINC_E_INTR);
    atomic_store(&interrupted, true);
    verify(pthread_join(thread, NULL) == 0);
    zinc_events_destroy(queue);
}

/* ---- Read-only handles --------------------------------------------------------------------- */

static void read_only_learns(bool waiters) {
    verify_step("a read-only handle learns within its 50 ms");
    zinc_region *writer = NULL;
    zinc_region *reader = NULL;
    zinc_region_options options = {.size = sizeof options};
    options.flags = waiters ? ZINC_REGION_READ_ONLY_WAITERS : 0;
    verify(zinc_region_create(name_of("reader"), 64, &options, &writer, NULL) == ZINC_OK);
    options.flags = ZINC_REGION_READ_ONLY;
    verify(zinc_region_open(name_of("reader"), &options, &reader, NULL) == ZINC_OK);
    zinc_events *queue = queue_made();
    for (uint64_t i = 0; i < 10; i++) {
        verify(zinc_events_wait(queue, reader, i, ZINC_FOREVER) == ZINC_OK);
        if (i == 0) {
            let_the_helper_sleep_long(); /* it must not, for this handle */
        } else {
            nap_ms(1);
        }
        int64_t began = zinc_clock_ns();
        zinc_notify(writer);
        expect(queue, i, ZINC_OK);
        verify(zinc_clock_ns() - began < SOON);
    }
    zinc_events_destroy(queue);
    zinc_close(reader);
    zinc_close(writer);
    verify(!exists("reader"));
}

static void read_only_handles_learn_within_50_ms(void) {
    read_only_learns(false);
}

static void read_only_waiters_are_woken(void) {
    read_only_learns(true);
}

/* ---- Fork and exit ------------------------------------------------------------------------- */

static void child_waits_for_itself(void) {
    zinc_region *region = created("child");
    zinc_events *queue = queue_made();
    called calls = {.thread = pthread_self()};
    int32_t fd = -1;
    verify(zinc_events_callback(queue, count_call, &calls) == ZINC_OK);
    verify(zinc_events_fd(queue, &fd) == ZINC_OK);
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
    verify(zinc_events_wait(queue, region, 2, after_ms(20)) == ZINC_OK);
    expect(queue, 2, ZINC_E_TIMEDOUT);
    zinc_notify(region);
    verify(readable(fd, 4000));
    expect(queue, 1, ZINC_OK);
    until_called(&calls, 2);
    zinc_events_destroy(queue);
    zinc_close(region);
    verify(!exists("child"));
}

static void in_child(zinc_events *queue, zinc_region *region) {
    zinc_event event;
    int32_t fd = -1;
    uint64_t count = 0;
    verify(zinc_events_wait(queue, region, 9, ZINC_FOREVER) == ZINC_E_FORKED);
    verify(zinc_events_cancel(queue, 1) == ZINC_E_FORKED);
    verify(zinc_events_next(queue, &event, 1, ZINC_FOREVER) == ZINC_E_FORKED);
    verify(zinc_events_drain(queue, &event, 1) == ZINC_E_FORKED);
    verify(zinc_events_fd(queue, &fd) == ZINC_E_FORKED);
    verify(zinc_events_callback(queue, NULL, NULL) == ZINC_E_FORKED);
    verify(zinc_events_pending(queue, &count) == ZINC_E_FORKED);
    verify(zinc_events_close(queue) == ZINC_E_FORKED);
    zinc_events *own = queue_made();
    verify(zinc_events_wait(own, region, 1, ZINC_FOREVER) == ZINC_E_FORKED);
    zinc_events_destroy(own);
    child_waits_for_itself();
    zinc_events_destroy(queue);
    zinc_close(region);
    child_waits_for_itself();
}

static void a_forked_child_has_its_own(void) {
    verify_step("a forked child is refused the parent's queue and has its own");
    zinc_region *region = created("parent");
    zinc_events *queue = queue_made();
    int32_t fd = -1;
    verify(zinc_events_fd(queue, &fd) == ZINC_OK);
    for (int round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < 100; i++) {
            verify(zinc_events_wait(queue, region, i, ZINC_FOREVER) == ZINC_OK);
        }
        if (CASES_SANITIZED) {
            nap_ms(20); /* a helper inside of their allocator would leave its lock to the child */
        }
        pid_t child = fork();
        verify(child >= 0);
        if (child == 0) {
            in_child(queue, region);
            _exit(0);
        }
        verify(child_end(child) == 0);
        verify(pending(queue) == 100);
        verify(!readable(fd, 0));
        zinc_notify(region);
        expect_all(queue, 0, 100, ZINC_OK);
    }
    zinc_events_destroy(queue);
    zinc_close(region);
    verify(!exists("parent"));
}

static void exit_with_helpers_is_clean(void) {
    verify_step("a process may exit with tokens pending");
    for (int round = 0; round < 10; round++) {
        pid_t child = fork();
        verify(child >= 0);
        if (child == 0) {
            zinc_region *region = created("exit");
            zinc_events *queue = queue_made();
            for (uint64_t i = 0; i < 10; i++) {
                verify(zinc_events_wait(queue, region, i, after_ms(5)) == ZINC_OK);
            }
            nap_ms(round);
            zinc_notify(region);
            verify(zinc_region_remove(name_of("exit"), NULL) == ZINC_OK);
            exit(0); /* through the exit handlers, with the helper at work */
        }
        verify(child_end(child) == 0);
    }
}

static const test_case cases[] = {
    {"wrong-arguments-are-refused", wrong_arguments_are_refused},
    {"a-notification-completes", a_notification_completes},
    {"deadlines-come-in-order", deadlines_come_in_order},
    {"a-later-wait-rings-a-sleeping-helper", a_later_wait_rings_a_sleeping_helper},
    {"a-notification-wakes-the-helper", a_notification_wakes_the_helper},
    {"a-closed-region-is-let-go", a_closed_region_is_let_go},
    {"cancel-ends-one-token", cancel_ends_one_token},
    {"a-pending-token-is-unique", a_pending_token_is_unique},
    {"one-notify-completes-many-on-one-handle", one_notify_completes_many_on_one_handle},
    {"hundred-regions-need-few-threads", hundred_regions_need_few_threads},
    {"closing-completes-with-closed", closing_completes_with_closed},
    {"a-pending-token-keeps-the-region", a_pending_token_keeps_the_region},
    {"pending-tokens-are-waits-in-progress", pending_tokens_are_waits_in_progress},
    {"fd-is-readable-while-there-is-something", fd_is_readable_while_there_is_something},
    {"callback-once-a-batch", callback_once_a_batch},
    {"no-callback-after-destroy", no_callback_after_destroy},
    {"destroy-with-pending-tokens", destroy_with_pending_tokens},
    {"close-ends-next-once-all-is-taken", close_ends_next_once_all_is_taken},
    {"several-threads-take", several_threads_take},
    {"a-signal-ends-next", a_signal_ends_next},
    {"read-only-handles-learn-within-50-ms", read_only_handles_learn_within_50_ms},
    {"read-only-waiters-are-woken", read_only_waiters_are_woken},
    {"one-notify-completes-many-handles", one_notify_completes_many_handles},
    {"helpers-end-when-there-is-nothing-to-watch", helpers_end_when_there_is_nothing_to_watch},
    {"a-forked-child-has-its-own", a_forked_child_has_its_own},
    {"exit-with-helpers-is-clean", exit_with_helpers_is_clean},
};

int main(int argc, char **argv) {
    return cases_main_backends(argc, argv, cases, CASES_COUNT(cases));
}
