/* SPDX-License-Identifier: MIT */
/* Waiters and notifiers that die or stop at each of their steps. */
#define _GNU_SOURCE
#include <zinc.h>

#include <pthread.h>

#include "base/wait.h"
#include "child.h"

#define NAME "wait"
#define MS INT64_C(1000000)

static zinc_region *created(void) {
    zinc_region *region = NULL;
    verify(zinc_create(NAME, 64, &region) == ZINC_OK);
    return region;
}

static zinc_region *opened(uint32_t flags) {
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .flags = flags};
    verify(zinc_region_open(NAME, &options, &region, NULL) == ZINC_OK);
    return region;
}

static zinc_info info_of(zinc_region *region) {
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(region, &info) == ZINC_OK);
    return info;
}

typedef struct record {
    _Atomic(int) ready;
    _Atomic(int64_t) returned_ms;
    uint32_t flags;
    bool later; /* wait for a notification that comes after the opening */
} record;

static void wait_once(void *context) {
    record *mine = context;
    zinc_region *region = opened(mine->flags);
    if (mine->later) {
        (void)zinc_wait(region, 0);
    }
    mine->ready++;
    verify(zinc_wait(region, 30000) == ZINC_OK);
    mine->returned_ms = cases_now_ms();
    zinc_close(region);
}

static void notify_once(void *context) {
    (void)context;
    zinc_region *region = opened(0);
    zinc_notify(region);
    zinc_close(region);
}

/* A notifier is killed between its store and its wake. No waiter sleeps on for more than a second:
 * the park on an event doubles from 50 ms to 1 s. */
static void stored_no_wake(void) {
    long_step("a notifier dies before its wake", 10);
    record *waiters[3];
    pid_t pids[3];
    zinc_region *region = created();
    static const int64_t ages_ms[] = {10, 400, 1600};
    for (size_t age = 0; age < 3; age++) {
        for (int i = 0; i < 3; i++) {
            waiters[i] = child_shared(sizeof *waiters[i]);
            waiters[i]->later = true;
            waiters[i]->flags = i == 2 ? ZINC_REGION_READ_ONLY : 0;
            pids[i] = child_start(wait_once, waiters[i]);
        }
        until(info_of(region).waiters == 2 && waiters[2]->ready == 1);
        nap_ms(ages_ms[age]);
        int64_t before = cases_now_ms();
        verify(child_end(child_start_at("notify.stored_no_wake:1:kill", notify_once, NULL)) ==
               -SIGKILL);
        for (int i = 0; i < 3; i++) {
            verify(child_end(pids[i]) == 0);
            verify(waiters[i]->returned_ms - before <= 1000 + CASES_SLACK_MS);
        }
    }
    zinc_close(region);
}

/* A notifier that stands still there holds nobody up either, and the next one wakes as usual. */
static void notifier_stopped(void) {
    record *waiter = child_shared(sizeof *waiter);
    zinc_region *region = created();
    pid_t pid = child_start(wait_once, waiter);
    until(info_of(region).waiters == 1);
    int64_t before = cases_now_ms();
    pid_t notifier = child_start_at("notify.stored_no_wake:1:stop", notify_once, NULL);
    verify(child_stopped(notifier));
    verify(child_end(pid) == 0);
    verify(waiter->returned_ms - before <= 1000 + CASES_SLACK_MS);
    verify(zinc_wait(region, 0) == ZINC_OK);
    pid = child_start(wait_once, waiter);
    verify(child_end(pid) == 0); /* a fresh handle sees it */
    zinc_notify(region);
    verify(zinc_wait(region, 0) == ZINC_OK);
    child_continue(notifier);
    verify(child_end(notifier) == 0);
    zinc_close(region);
}

/* Waiters are killed where they stand; the notifier and the other waiters do not notice. */
static void waiter_killed(const char *point) {
    record *dying = child_shared(sizeof *dying);
    record *other = child_shared(sizeof *other);
    zinc_region *region = created();
    for (int i = 0; i < 3; i++) {
        step(point);
        char faults[64];
        snprintf(faults, sizeof faults, "%s:1:kill", point);
        pid_t pid = child_start(wait_once, other);
        until(info_of(region).waiters == 1);
        pid_t victim = child_start_at(faults, wait_once, dying);
        if (strcmp(point, "wait.woken") == 0) {
            until(info_of(region).waiters == 2 || kill(victim, 0) != 0);
            zinc_notify(region);
        }
        verify(child_end(victim) == -SIGKILL);
        zinc_info info = info_of(region);
        verify(info.participants_dead >= 1);
        if (strcmp(point, "wait.woken") != 0) {
            verify(info.waiters == 1); /* the dead do not wait */
            int64_t before = cases_now_ms();
            zinc_notify(region);
            verify(cases_now_ms() - before <= CASES_SLACK_MS);
        }
        verify(child_end(pid) == 0);
        verify(zinc_wait(region, 0) == ZINC_OK);
        /* Its row serves the next one. */
        pid = child_start(notify_once, NULL);
        verify(child_end(pid) == 0);
        verify(zinc_wait(region, 0) == ZINC_OK);
        zinc_close(region);
        verify(cases_files(true) == 0);
        region = created();
    }
    zinc_close(region);
}

static void wait_counted(void) {
    waiter_killed("wait.counted");
}
static void wait_flagged(void) {
    waiter_killed("wait.flagged");
}
static void wait_woken(void) {
    waiter_killed("wait.woken");
}

/* Killed in the kernel's sleep, where no point can be. */
static void wait_parked(void) {
    record *dying = child_shared(sizeof *dying);
    record *other = child_shared(sizeof *other);
    zinc_region *region = created();
    pid_t victim = child_start(wait_once, dying);
    pid_t pid = child_start(wait_once, other);
    until(info_of(region).waiters == 2);
    nap_ms(200);
    verify(child_kill(victim) == -SIGKILL);
    verify(info_of(region).waiters == 1);
    zinc_notify(region);
    verify(child_end(pid) == 0);
    zinc_notify(region); /* nobody is there: *parked* of the dead costs one wake */
    zinc_close(region);
}

/* A waiter stands still after it was woken; the others go on. */
static void waiter_stopped(void) {
    static const char *const points[] = {"wait.counted", "wait.flagged", "wait.woken"};
    record *still = child_shared(sizeof *still);
    record *other = child_shared(sizeof *other);
    for (size_t i = 0; i < 3; i++) {
        step(points[i]);
        zinc_region *region = created();
        char faults[64];
        snprintf(faults, sizeof faults, "%s:1:stop", points[i]);
        pid_t pid = child_start(wait_once, other);
        pid_t stopped = child_start_at(faults, wait_once, still);
        until(info_of(region).waiters == 2);
        if (i < 2) {
            verify(child_stopped(stopped));
        }
        int64_t before = cases_now_ms();
        zinc_notify(region);
        verify(child_end(pid) == 0);
        verify(other->returned_ms - before <= 1000 + CASES_SLACK_MS);
        if (i == 2) {
            verify(child_stopped(stopped));
        }
        child_continue(stopped);
        verify(child_end(stopped) == 0); /* it finds the notification, although the wake is gone */
        zinc_close(region);
    }
}

/* The region's last other user dies: a wait does not report it, and its deadline still holds. */
static void peer_dies(void) {
    record *dying = child_shared(sizeof *dying);
    zinc_region *region = created();
    pid_t victim = child_start(wait_once, dying);
    until(info_of(region).waiters == 1);
    verify(child_kill(victim) == -SIGKILL);
    int64_t began = cases_now_ms();
    verify(zinc_wait(region, 300) == ZINC_E_TIMEDOUT);
    int64_t took = cases_now_ms() - began;
    verify(took >= 299 && took <= 300 + CASES_SLACK_MS);
    verify(info_of(region).participants_dead == 1);
    zinc_close(region);
}

static void *wait_in_thread(void *context) {
    int32_t *status = context;
    zinc_region *region = opened(0);
    *status = zinc_region_wait(region, ZINC_FOREVER, NULL);
    zinc_close(region);
    return NULL;
}

/* A process with waiting threads is stopped for two seconds, and misses nothing. */
static void stopped_process(void *context) {
    record *mine = context;
    pthread_t threads[4];
    int32_t statuses[4] = {99, 99, 99, 99};
    for (int i = 0; i < 4; i++) {
        verify(pthread_create(&threads[i], NULL, wait_in_thread, &statuses[i]) == 0);
    }
    mine->ready = 1;
    for (int i = 0; i < 4; i++) {
        verify(pthread_join(threads[i], NULL) == 0);
        verify(statuses[i] == ZINC_OK || statuses[i] == ZINC_E_INTR);
    }
}

static void sigstop_waiters(void) {
    record *mine = child_shared(sizeof *mine);
    zinc_region *region = created();
    pid_t pid = child_start(stopped_process, mine);
    until(info_of(region).waiters == 4);
    verify(kill(pid, SIGSTOP) == 0);
    verify(child_stopped(pid));
    zinc_notify(region);
    long_step("two seconds of standstill", 2);
    nap_ms(2000);
    verify(info_of(region).participants_alive == 5);
    child_continue(pid);
    verify(child_end(pid) == 0);
    zinc_close(region);
}

/* A slow notifier must not take away the flag of a waiter who has seen its advance already. */

static zinc__u32 late_sequence;
static zinc__u32 late_parked;
static const zinc__wait_cell late_cell = {.sequence = &late_sequence, .parked = &late_parked};
static int64_t late_ended_ms;

static void *late_waiter(void *context) {
    uint32_t sequence = 0;
    zinc__wait_request request = {.cell = late_cell, .seen = 1, .deadline_ns = ZINC_FOREVER};
    (void)context;
    verify(zinc__wait(&request, &sequence) == ZINC_OK);
    verify(sequence == 2);
    late_ended_ms = cases_now_ms();
    return NULL;
}

static void *late_notifier(void *context) {
    (void)context;
    zinc__wait_cell_notify(&late_cell);
    return NULL;
}

static void late_process(void *context) {
    pthread_t slow;
    pthread_t sleeper;
    (void)context;
    verify(pthread_create(&slow, NULL, late_notifier, NULL) == 0);
    until(zinc__load32_acquire(&late_sequence) == 1);
    verify(pthread_create(&sleeper, NULL, late_waiter, NULL) == 0);
    verify(pthread_join(slow, NULL) == 0); /* while the waiter is between its flag and its sleep */
    nap_ms(120);
    int64_t told_ms = cases_now_ms();
    zinc__wait_cell_notify(&late_cell);
    verify(pthread_join(sleeper, NULL) == 0);
    verify(late_ended_ms - told_ms < 150); /* woken, not at the end of a slice of 200 ms or more */
}

static void notify_late_clear(void) {
    const char *plan = "notify.stored_no_wake:1:sleep=400,wait.flagged:4:sleep=100";
    verify(child_end(child_start_at(plan, late_process, NULL)) == 0);
}

static const test_case cases[] = {
    {"notify.late_clear", notify_late_clear},
    {"notify.stored_no_wake", stored_no_wake},
    {"notify.stopped", notifier_stopped},
    {"wait.counted", wait_counted},
    {"wait.flagged", wait_flagged},
    {"wait.woken", wait_woken},
    {"wait.parked", wait_parked},
    {"wait.stopped", waiter_stopped},
    {"wait.peer_dies", peer_dies},
    {"sigstop.waiters", sigstop_waiters},
};

int main(int argc, char **argv) {
    return cases_main_backends(argc, argv, cases, CASES_COUNT(cases));
}
