/* SPDX-License-Identifier: MIT */
/* Waits for event loops when a process dies, stops or forks at each labelled point of its helper,
 * and when a batch is in a helper's hands. On each wait back-end. */
#define _GNU_SOURCE

#include <zinc.h>

#include <pthread.h>

#include "child.h"

/* ThreadSanitizer refuses threads in a forked child unless it is asked. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void) {
    return "die_after_fork=0";
}

#define NAME "crash-events"
#define MS INT64_C(1000000)

static const char *const points[] = {
    "events.begun",      "helper.parked",      "helper.futex_woken",
    "helper.delivered",  "helper.flag_raised", "helper.taken",
    "helper.given_back", "helper.calling",     "helper.called",
};

static zinc_region *created(void) {
    zinc_region *region = NULL;
    verify(zinc_create(NAME, 64, &region) == ZINC_OK);
    return region;
}

static zinc_region *opened(void) {
    zinc_region *region = NULL;
    verify(zinc_open(NAME, &region) == ZINC_OK);
    return region;
}

static bool exists(void) {
    zinc_region *region = NULL;
    int32_t status = zinc_open(NAME, &region);
    zinc_close(region);
    verify(status == ZINC_OK || status == ZINC_E_NOENT);
    return status == ZINC_OK;
}

static zinc_events *queue_made(void) {
    zinc_events *queue = NULL;
    verify(zinc_events_create(&queue) == ZINC_OK);
    return queue;
}

/* zinc_events_next, called again after INTR, as it asks for. */
static int32_t next(zinc_events *queue, zinc_event *out, uint32_t capacity, int64_t deadline_ns) {
    int32_t count = ZINC_E_INTR;
    while (count == ZINC_E_INTR) {
        count = zinc_events_next(queue, out, capacity, deadline_ns);
    }
    return count;
}

static void expect(zinc_events *queue, uint64_t token, int32_t status) {
    zinc_event event = {0};
    verify(next(queue, &event, 1, zinc_deadline_ns(4000 * MS)) == 1);
    verify(event.token == token);
    verify(event.status == status);
}

static uint64_t pending(zinc_events *queue) {
    uint64_t count = 12345;
    verify(zinc_events_pending(queue, &count) == ZINC_OK);
    return count;
}

static void nothing(void *context) {
    (void)context;
}

/* ---- A process that goes round and round through all points -------------------------------- */

typedef struct rounds {
    atomic_uint begun;
    atomic_uint over;
    unsigned limit; /* 0: until it dies */
    bool create;
} rounds;

static void go_round(void *context) {
    rounds *shared = context;
    zinc_region *region = shared->create ? created() : opened();
    zinc_events *queue = queue_made();
    int32_t fd = -1;
    verify(zinc_events_fd(queue, &fd) == ZINC_OK);
    verify(zinc_events_callback(queue, nothing, NULL) == ZINC_OK);
    for (unsigned round = 1; shared->limit == 0 || round <= shared->limit; round++) {
        for (uint64_t i = 0; i < 3; i++) {
            verify(zinc_events_wait(queue, region, i, ZINC_FOREVER) == ZINC_OK);
        }
        atomic_store(&shared->begun, round);
        if (shared->create) {
            zinc_notify(region);
        }
        for (int32_t taken = 0; taken < 3;) {
            zinc_event events[3];
            int32_t count = next(queue, events, 3, zinc_deadline_ns(4000 * MS));
            verify(count > 0);
            taken += count;
        }
        atomic_store(&shared->over, round);
    }
    zinc_events_destroy(queue);
    zinc_close(region);
}

static const char *fault_at(const char *point, const char *action) {
    static char text[64];
    snprintf(text, sizeof text, "%s:2:%s", point, action);
    return text;
}

static bool ended(pid_t pid) {
    siginfo_t info = {0};
    verify(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0);
    return info.si_pid == pid;
}

static void killed_helper_leaves_others_alone(void) {
    rounds *shared = child_shared(sizeof *shared);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        step(points[i]);
        zinc_region *region = created();
        zinc_events *queue = queue_made();
        memset(shared, 0, sizeof *shared);
        pid_t victim = child_start_at(fault_at(points[i], "kill"), go_round, shared);
        until(atomic_load(&shared->begun) > 0 || ended(victim));
        for (uint64_t token = 0; !ended(victim); token++) {
            verify(zinc_events_wait(queue, region, token, ZINC_FOREVER) == ZINC_OK);
            zinc_notify(region);
            expect(queue, token, ZINC_OK);
            nap_ms(1);
        }
        verify(child_end(victim) == -SIGKILL);
        verify(zinc_events_wait(queue, region, 7, ZINC_FOREVER) == ZINC_OK);
        zinc_info info = {.size = sizeof info};
        verify(zinc_region_info(region, &info) == ZINC_OK);
        verify(info.participants_alive == 1);
        verify(info.waiters == 1);
        zinc_region *peer = opened();
        zinc_notify(peer);
        expect(queue, 7, ZINC_OK);
        zinc_close(peer);
        zinc_events_destroy(queue);
        zinc_close(region);
        verify(!exists());
    }
}

static void killed_alone_leaves_nothing_in_the_way(void) {
    rounds *shared = child_shared(sizeof *shared);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        step(points[i]);
        memset(shared, 0, sizeof *shared);
        shared->create = true;
        pid_t victim = child_start_at(fault_at(points[i], "kill"), go_round, shared);
        verify(child_end(victim) == -SIGKILL);
        zinc_region *region = created();
        zinc_close(region);
        verify(!exists());
    }
}

static void stopped_helper_holds_nobody_up(void) {
    rounds *shared = child_shared(sizeof *shared);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        step(points[i]);
        zinc_region *region = created();
        zinc_events *queue = queue_made();
        memset(shared, 0, sizeof *shared);
        shared->limit = 20;
        pid_t other = child_start_at(fault_at(points[i], "stop"), go_round, shared);
        int status = 0;
        while (waitpid(other, &status, WUNTRACED | WNOHANG) == 0) {
            zinc_notify(region);
            nap_ms(1);
        }
        verify(WIFSTOPPED(status));
        for (uint64_t token = 0; token < 20; token++) {
            verify(zinc_events_wait(queue, region, token, ZINC_FOREVER) == ZINC_OK);
            zinc_notify(region);
            expect(queue, token, ZINC_OK);
        }
        child_continue(other);
        while (!ended(other)) {
            zinc_notify(region);
            nap_ms(1);
        }
        verify(child_end(other) == 0);
        verify(atomic_load(&shared->over) == 20);
        zinc_events_destroy(queue);
        zinc_close(region);
    }
}

/* ---- A notifier that dies before it wakes -------------------------------------------------- */

static void notify_once(void *context) {
    (void)context;
    zinc_region *region = opened();
    zinc_notify(region);
}

static void lost_wake_is_found_within_a_second(void) {
    static const int64_t asleep_ms[3] = {0, 120, 2000}; /* in the first slices, and in one of 1 s */
    zinc_region *region = created();
    zinc_events *queue = queue_made();
    for (int i = 0; i < 3; i++) {
        step("a notifier is killed between advance and wake");
        verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
        nap_ms(asleep_ms[i]);
        pid_t notifier = child_start_at("notify.stored_no_wake:1:kill", notify_once, NULL);
        verify(child_end(notifier) == -SIGKILL);
        int64_t began = zinc_clock_ns();
        expect(queue, 1, ZINC_OK);
        verify(zinc_clock_ns() - began < (1000 + CASES_SLACK_MS) * MS);
    }
    zinc_events_destroy(queue);
    zinc_close(region);
}

/* ---- While a batch is in the helper's hands ------------------------------------------------ */

/* Lets a child of the case do it, so that each has its own faults. */
static void with_fault(const char *faults, child_function *run) {
    verify(child_end(child_start_at(faults, run, NULL)) == 0);
}

/* A token that has been taken out and is not delivered yet: the helper sleeps in between. */
static zinc_events *in_flight(zinc_region *region) {
    zinc_events *queue = queue_made();
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
    zinc_notify(region);
    until(zinc_events_cancel(queue, 2) == ZINC_E_NOENT && zinc_wait(region, 0) != ZINC_OK);
    nap_ms(100);
    return queue;
}

static void close_the_region(void *context) {
    (void)context;
    zinc_region *region = created();
    zinc_events *queue = in_flight(region);
    verify(pending(queue) == 1);
    verify(zinc_events_cancel(queue, 1) == ZINC_E_NOENT);
    zinc_close(region);
    verify(!exists()); /* the helper has no use of it any more */
    expect(queue, 1, ZINC_OK);
    zinc_events_destroy(queue);
}

static void close_the_queue(void *context) {
    (void)context;
    zinc_event event;
    zinc_region *region = created();
    zinc_events *queue = in_flight(region);
    verify(zinc_events_close(queue) == ZINC_OK);
    expect(queue, 1, ZINC_OK);
    verify(next(queue, &event, 1, ZINC_FOREVER) == ZINC_E_CLOSED);
    zinc_events_destroy(queue);
    zinc_close(region);
}

static void destroy_the_queue(void *context) {
    (void)context;
    zinc_region *region = created();
    zinc_events_destroy(in_flight(region));
    zinc_close(region);
    verify(!exists());
}

static void begin_again(void *context) {
    (void)context;
    zinc_region *region = created();
    zinc_events *queue = in_flight(region);
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK); /* free again */
    verify(pending(queue) == 2);
    zinc_notify(region);
    expect(queue, 1, ZINC_OK);
    expect(queue, 1, ZINC_OK);
    verify(pending(queue) == 0);
    zinc_events_destroy(queue);
    zinc_close(region);
    verify(!exists());
}

static void batch_in_flight(void) {
    step("a batch in flight: close the region");
    with_fault("helper.taken:1:sleep=400", close_the_region);
    with_fault("helper.given_back:1:sleep=400", close_the_region);
    step("a batch in flight: close the queue");
    with_fault("helper.given_back:1:sleep=400", close_the_queue);
    step("a batch in flight: destroy the queue");
    with_fault("helper.given_back:1:sleep=400", destroy_the_queue);
    step("a batch in flight: begin again");
    with_fault("helper.given_back:1:sleep=400", begin_again);
}

static void notified_before_it_sleeps(void *context) {
    (void)context;
    zinc_region *region = created();
    zinc_events *queue = queue_made();
    for (uint64_t token = 0; token < 5; token++) {
        verify(zinc_events_wait(queue, region, token, ZINC_FOREVER) == ZINC_OK);
        nap_ms(20); /* the helper stands between its store of *parked* and its look */
        zinc_notify(region);
        int64_t began = zinc_clock_ns();
        expect(queue, token, ZINC_OK);
        verify(zinc_clock_ns() - began < (150 + CASES_SLACK_MS) * MS);
    }
    zinc_events_destroy(queue);
    zinc_close(region);
}

static void no_wake_is_lost_before_the_sleep(void) {
    step("a notification between store and sleep");
    with_fault("helper.parked:0:sleep=60", notified_before_it_sleeps);
}

/* ---- Fork ---------------------------------------------------------------------------------- */

static void wait_for_oneself(const char *name) {
    zinc_region *region = NULL;
    verify(zinc_create(name, 64, &region) == ZINC_OK);
    zinc_events *queue = queue_made();
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
    zinc_notify(region);
    expect(queue, 1, ZINC_OK);
    zinc_events_destroy(queue);
    zinc_close(region);
}

/* The child is born while its parent's helper stands at a point, with its locks. */
static void fork_at_the_point(void *context) {
    (void)context;
    zinc_region *region = created();
    zinc_events *queue = queue_made();
    int32_t fd = -1;
    verify(zinc_events_fd(queue, &fd) == ZINC_OK);
    verify(zinc_events_callback(queue, nothing, NULL) == ZINC_OK);
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
    zinc_notify(region);
    nap_ms(50);
    pid_t child = fork();
    verify(child >= 0);
    if (child == 0) {
        zinc_event event;
        verify(zinc_events_drain(queue, &event, 1) == ZINC_E_FORKED);
        wait_for_oneself("crash-events-child");
        zinc_events_destroy(queue);
        zinc_close(region);
        wait_for_oneself("crash-events-child");
        _exit(0);
    }
    verify(child_end(child) == 0);
    expect(queue, 1, ZINC_OK);
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_OK);
    zinc_notify(region);
    expect(queue, 1, ZINC_OK);
    zinc_events_destroy(queue);
    zinc_close(region);
    verify(!exists());
}

static void forked_child_needs_no_lock_of_its_parent(void) {
    for (size_t i = 1; i < sizeof points / sizeof points[0]; i++) {
        char fault[64];
        step(points[i]);
        snprintf(fault, sizeof fault, "%s:1:sleep=200", points[i]);
        with_fault(fault, fork_at_the_point);
    }
}

/* ---- No thread ----------------------------------------------------------------------------- */

static void without_threads(void *context) {
    (void)context;
    zinc_region *region = created();
    zinc_events *queue = queue_made();
    verify(zinc_events_wait(queue, region, 1, ZINC_FOREVER) == ZINC_E_AGAIN);
    verify(pending(queue) == 0);
    verify(zinc_events_callback(queue, nothing, NULL) == ZINC_OK);
    /* What completes at once needs one for the callback, and must not lose the notification. */
    zinc_notify(region);
    verify(zinc_events_wait(queue, region, 1, 0) == ZINC_E_AGAIN);
    verify(zinc_events_wait(queue, region, 1, 0) == ZINC_OK);
    expect(queue, 1, ZINC_OK);
    zinc_events_destroy(queue);
    zinc_close(region);
    verify(!exists());
}

static void no_thread_can_be_made(void) {
    step("no thread can be made");
    /* The first time and the second: an entry does not count while one before it acts. */
    with_fault("events.helper_start:1:fail=-11,events.helper_start:1:fail=-11", without_threads);
}

static const test_case cases[] = {
    {"killed-helper-leaves-others-alone", killed_helper_leaves_others_alone},
    {"killed-alone-leaves-nothing-in-the-way", killed_alone_leaves_nothing_in_the_way},
    {"stopped-helper-holds-nobody-up", stopped_helper_holds_nobody_up},
    {"lost-wake-is-found-within-a-second", lost_wake_is_found_within_a_second},
    {"batch-in-flight", batch_in_flight},
    {"no-wake-is-lost-before-the-sleep", no_wake_is_lost_before_the_sleep},
    {"forked-child-needs-no-lock-of-its-parent", forked_child_needs_no_lock_of_its_parent},
    {"no-thread-can-be-made", no_thread_can_be_made},
};

int main(int argc, char **argv) {
    return cases_main_backends(argc, argv, cases, CASES_COUNT(cases));
}
