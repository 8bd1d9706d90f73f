/* SPDX-License-Identifier: MIT */
/* Notifications by the ten thousand: none is lost, whoever waits how, and nobody sleeps on. */
#define _GNU_SOURCE
#include <zinc.h>

#include <pthread.h>

#include "child.h"

#define NAME "wait"
#define MS INT64_C(1000000)

static zinc_region *opened(const char *name, uint32_t policy, uint32_t flags) {
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .wait_policy = policy, .flags = flags};
    verify(zinc_region_open(name, &options, &region, NULL) == ZINC_OK);
    return region;
}

static bool polling(void) {
    return getenv("ZINC_WAIT") != NULL;
}

/* ---- Ping and pong -------------------------------------------------------------------------- */

typedef struct ball {
    _Atomic(uint32_t) ping;
    _Atomic(uint32_t) pong;
} ball;

typedef struct game {
    uint32_t rounds;
    uint32_t policy;
} game;

static void pong(void *context) {
    const game *g = context;
    long_step("pong", 60);
    zinc_region *there = opened("there", g->policy, 0);
    zinc_region *back = opened("back", g->policy, 0);
    ball *b = (ball *)(void *)zinc_ptr(there);
    for (uint32_t i = 1; i <= g->rounds; i++) {
        while (b->ping < i) {
            verify(zinc_wait(there, 4000) == ZINC_OK);
        }
        b->pong = i;
        zinc_notify(back);
    }
    zinc_close(there);
    zinc_close(back);
}

static void ping_pong(uint32_t policy, uint32_t rounds) {
    long_step("ping and pong", 60);
    game g = {.rounds = rounds, .policy = policy};
    zinc_region *there = NULL;
    zinc_region *back = NULL;
    verify(zinc_create("there", sizeof(ball), &there) == ZINC_OK);
    verify(zinc_create("back", 1, &back) == ZINC_OK);
    zinc_region *mine = opened("back", policy, 0);
    ball *b = (ball *)(void *)zinc_ptr(there);
    pid_t pid = child_start(pong, &g);
    for (uint32_t i = 1; i <= rounds; i++) {
        b->ping = i;
        zinc_notify(there);
        while (b->pong < i) {
            verify(zinc_wait(mine, 4000) == ZINC_OK);
        }
    }
    verify(child_end(pid) == 0);
    zinc_close(mine);
    zinc_close(back);
    zinc_close(there);
}

static void ping_pong_adaptive(void) {
    ping_pong(ZINC_WAIT_ADAPTIVE, polling() ? 2000 : 20000);
}
static void ping_pong_park(void) {
    ping_pong(ZINC_WAIT_PARK, polling() ? 2000 : 10000);
}
static void ping_pong_spin(void) {
    ping_pong(ZINC_WAIT_SPIN, CASES_SANITIZED || polling() ? 2000 : 10000);
}

/* ---- One notifier, several waiters ---------------------------------------------------------- */

#define WAITERS 3

typedef struct crowd {
    _Atomic(uint32_t) number;
    _Atomic(uint32_t) seen[WAITERS];
    _Atomic(int64_t) longest_ms[WAITERS];
    _Atomic(int) ready;
    uint32_t rounds;
} crowd;

typedef struct member {
    crowd *all;
    int index;
} member;

/* Each waits until the number is there; the wait's deadline is far, so a lost wake shows as a late
 * one. */
static void follow(void *context) {
    member *me = context;
    crowd *c = me->all;
    long_step("a follower", 60);
    zinc_region *region = opened(NAME, ZINC_WAIT_PARK, me->index == 2 ? ZINC_REGION_READ_ONLY : 0);
    c->ready++;
    for (uint32_t i = 1; i <= c->rounds; i++) {
        while (c->number < i) {
            verify(zinc_wait(region, 30000) == ZINC_OK);
        }
        c->seen[me->index] = i;
    }
    zinc_close(region);
}

/* Every notification is followed at once by all: one that was lost would cost the rest of a sleep
 * of 50 ms at least, and the sum of the rounds would show it. */
static void nobody_misses(void) {
    long_step("one notifies, three follow", 60);
    crowd *c = child_shared(sizeof *c);
    c->rounds = polling() ? 500 : 3000;
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .flags = ZINC_REGION_READ_ONLY_WAITERS};
    verify(zinc_region_create(NAME, 1, &options, &region, NULL) == ZINC_OK);
    member members[WAITERS];
    pid_t pids[WAITERS];
    for (int i = 0; i < WAITERS; i++) {
        members[i] = (member){c, i};
        pids[i] = child_start(follow, &members[i]);
    }
    until(c->ready == WAITERS);
    int late = 0;
    for (uint32_t n = 1; n <= c->rounds; n++) {
        c->number = n;
        zinc_notify(region);
        int64_t notified = cases_now_ms();
        for (int i = 0; i < WAITERS; i++) {
            while (c->seen[i] < n) {
                if (n % 2 == 0) {
                    sched_yield();
                }
            }
        }
        late += cases_now_ms() - notified >= 40;
    }
    for (int i = 0; i < WAITERS; i++) {
        verify(child_end(pids[i]) == 0);
    }
    /* A preempted process may be late by itself, but not in one round of fifty. */
    verify(late <= (int)c->rounds / 50);
    zinc_close(region);
}

/* ---- Several notifiers ---------------------------------------------------------------------- */

static void notify_often(void *context) {
    crowd *c = context;
    zinc_region *region = opened(NAME, 0, 0);
    c->ready++;
    until(c->ready == 3);
    for (uint32_t i = 0; i < c->rounds; i++) {
        c->number++;
        zinc_notify(region);
    }
    zinc_close(region);
}

/* The sequence counts them all, and the last one is always seen. */
static void many_notifiers(void) {
    long_step("three notify at once", 30);
    crowd *c = child_shared(sizeof *c);
    c->rounds = 20000;
    zinc_region *region = NULL;
    verify(zinc_create(NAME, 1, &region) == ZINC_OK);
    pid_t pids[3];
    for (int i = 0; i < 3; i++) {
        pids[i] = child_start(notify_often, c);
    }
    while (c->number < 60000) {
        int32_t status = zinc_wait(region, 4000);
        verify(status == ZINC_OK);
    }
    for (int i = 0; i < 3; i++) {
        verify(child_end(pids[i]) == 0);
    }
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(region, &info) == ZINC_OK);
    verify(info.notifications == 60000);
    verify(info.waiters == 0);
    (void)zinc_wait(region, 0);
    verify(zinc_wait(region, 0) == ZINC_E_TIMEDOUT);
    zinc_close(region);
}

/* ---- Threads, cancellations, closing -------------------------------------------------------- */

typedef struct sleeper {
    zinc_region *region;
    zinc_cancel *cancel;
    _Atomic(int) *begun;
    int32_t status;
} sleeper;

static void *sleep_once(void *context) {
    sleeper *s = context;
    (*s->begun)++;
    do {
        s->status = zinc_region_wait(s->region, ZINC_FOREVER, s->cancel);
    } while (s->status == ZINC_E_INTR);
    if (s->cancel == NULL) {
        zinc_region_release(s->region);
    }
    return NULL;
}

/* Eight threads on one handle, half of them with a cancellation; cancelled, notified or closed at a
 * moment of its own in each round, each ends with the status that is its due. */
static void storm(void) {
    _Atomic(int) begun;
    for (int round = 0; round < 120; round++) {
        step("eight threads wait, and are ended");
        zinc_region *region = NULL;
        zinc_cancel *cancel = NULL;
        verify(zinc_create(NAME, 1, &region) == ZINC_OK);
        verify(zinc_cancel_create(&cancel) == ZINC_OK);
        sleeper s[8];
        pthread_t threads[8];
        begun = 0;
        for (int i = 0; i < 8; i++) {
            s[i] = (sleeper){region, i % 2 == 0 ? cancel : NULL, &begun, 99};
            if (i % 2 != 0) {
                zinc_region_retain(region);
            }
            verify(pthread_create(&threads[i], NULL, sleep_once, &s[i]) == 0);
        }
        while (begun < round % 9) {
            sched_yield();
        }
        if (round % 3 == 0) {
            zinc_cancel_fire(cancel);
        } else {
            zinc_notify(region);
        }
        for (int i = 0; i < 8; i += 2) {
            /* One that had not begun when it was notified goes on: a second one ends it. */
            zinc_cancel_fire(cancel);
            verify(pthread_join(threads[i], NULL) == 0);
            verify(s[i].status == ZINC_E_CANCELED || (round % 3 != 0 && s[i].status == ZINC_OK));
        }
        zinc_close(region);
        for (int i = 1; i < 8; i += 2) {
            verify(pthread_join(threads[i], NULL) == 0);
            verify(s[i].status == ZINC_E_CLOSED || (round % 3 != 0 && s[i].status == ZINC_OK));
        }
        zinc_cancel_destroy(cancel);
        verify(cases_files(true) == 0);
    }
}

static const test_case cases[] = {
    {"wait.ping_pong_adaptive", ping_pong_adaptive}, {"wait.ping_pong_park", ping_pong_park},
    {"wait.ping_pong_spin", ping_pong_spin},         {"wait.nobody_misses", nobody_misses},
    {"wait.many_notifiers", many_notifiers},         {"wait.storm", storm},
};

int main(int argc, char **argv) {
    return cases_main_backends(argc, argv, cases, CASES_COUNT(cases));
}
