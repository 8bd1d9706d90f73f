/* SPDX-License-Identifier: MIT */
/* Names under contention: processes create, open, replace and close the same ones at the same
 * time. */
#define _GNU_SOURCE
#include <zinc.h>

#include <pthread.h>

#include "child.h"

#define NAME "race"
#define PEOPLE_MAX 6

/* Several processes that begin each round at the same moment. */
typedef struct race {
    _Atomic(uint32_t) round; /* 2i - 1: get ready for round i; 2i: go */
    _Atomic(uint32_t) ready;
    _Atomic(uint32_t) done;
    _Atomic(uint32_t) created;
    _Atomic(uint64_t) inode;
    _Atomic(bool) over;
    _Atomic(uint64_t) counts[8];
} race;

typedef void race_step(race *r, uint32_t round);

typedef struct racer {
    race *shared;
    race_step *prepare;
    race_step *act;
} racer;

static void racer_run(void *context) {
    const racer *me = context;
    race *r = me->shared;
    long_step("a racer", 120);
    for (uint32_t i = 1;; i++) {
        while (r->round < 2 * i - 1) {
            if (r->over) {
                return;
            }
            sched_yield();
        }
        me->prepare(r, i);
        r->ready++;
        while (r->round < 2 * i) {
            sched_yield();
        }
        me->act(r, i);
        r->done++;
    }
}

typedef struct referee {
    race *shared;
    int count;
    pid_t pids[PEOPLE_MAX];
    racer racer;
} referee;

static void race_begin(referee *ref, int count, race_step *prepare, race_step *act) {
    ref->shared = child_shared(sizeof *ref->shared);
    ref->count = count;
    ref->racer = (racer){ref->shared, prepare, act};
    for (int i = 0; i < count; i++) {
        ref->pids[i] = child_start(racer_run, &ref->racer);
    }
}

/* One round, from ready to done. `between` runs when all are ready and nobody has gone. */
static void race_round(referee *ref, uint32_t round, void (*between)(race *)) {
    race *r = ref->shared;
    uint32_t all = (uint32_t)ref->count * round;
    r->round = 2 * round - 1;
    while (r->ready < all) {
        sched_yield();
    }
    if (between != NULL) {
        between(r);
    }
    r->round = 2 * round;
    while (r->done < all) {
        sched_yield();
    }
}

static void race_end(referee *ref) {
    ref->shared->over = true;
    for (int i = 0; i < ref->count; i++) {
        verify(child_end(ref->pids[i]) == 0);
    }
}

static zinc_region *mine; /* a racer's handle, or the referee's */

static uint64_t inode_of(zinc_region *region) {
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(region, &info) == ZINC_OK);
    return info.inode;
}

static void nothing(race *r, uint32_t round) {
    (void)r;
    (void)round;
}

static void open_mine(race *r, uint32_t round) {
    (void)r;
    (void)round;
    verify(zinc_open(NAME, &mine) == ZINC_OK);
}

static void close_mine(race *r, uint32_t round) {
    (void)r;
    (void)round;
    zinc_close(mine);
    mine = NULL;
}

static void close_referees(race *r) {
    close_mine(r, 0);
}

/* ---- close.two_last ------------------------------------------------------------------------- */

/* Two last closers at once, 3,000 times: the name is gone each time. */
static void two_last(void) {
    referee ref;
    race_begin(&ref, 2, open_mine, close_mine);
    int left = 0;
    for (uint32_t round = 1; round <= 3000; round++) {
        if (round % 100 == 1) {
            step("two last closers");
        }
        verify(zinc_create(NAME, 10, &mine) == ZINC_OK);
        race_round(&ref, round, close_referees);
        left += cases_files(false) != 0;
        cases_directory_clear();
    }
    verify(left == 0);
    race_end(&ref);
}

/* The last closer against an opener: the opener gets a region that lives, or none. */
static void open_and_check(race *r, uint32_t round) {
    (void)round;
    zinc_region *region = NULL;
    int32_t status = zinc_open(NAME, &region);
    verify(status == ZINC_OK || status == ZINC_E_NOENT);
    if (status == ZINC_OK) {
        zinc_info info = {.size = sizeof info};
        verify(zinc_region_lookup(NAME, &info, NULL) == ZINC_OK); /* bound while we live */
        verify(info.inode == inode_of(region));
        verify(zinc_region_info(region, &info) == ZINC_OK);
        verify((info.flags & (ZINC_INFO_DEAD | ZINC_INFO_STALE)) == 0);
        r->counts[0]++;
        zinc_close(region);
    } else {
        r->counts[1]++;
    }
}

static void close_and_open(void) {
    referee ref;
    race_begin(&ref, 2, nothing, open_and_check);
    for (uint32_t round = 1; round <= 2000; round++) {
        if (round % 100 == 1) {
            step("an opener meets the last closer");
        }
        verify(zinc_create(NAME, 10, &mine) == ZINC_OK);
        /* The referee closes while the racers open. */
        race *r = ref.shared;
        r->round = 2 * round - 1;
        while (r->ready < 2 * round) {
            sched_yield();
        }
        r->round = 2 * round;
        for (uint32_t i = 0; i < round % 40; i++) {
            sched_yield();
        }
        zinc_close(mine);
        while (r->done < 2 * round) {
            sched_yield();
        }
        verify(cases_files(true) == 0);
    }
    verify(ref.shared->counts[0] + ref.shared->counts[1] == 4000);
    race_end(&ref);
}

/* ---- Creating at once ----------------------------------------------------------------------- */

static void create_mine(race *r, uint32_t round) {
    (void)round;
    int32_t status = zinc_create(NAME, 10, &mine);
    verify(status == ZINC_OK || status == ZINC_E_EXIST);
    r->created += status == ZINC_OK;
}

/* Handles stay open until the next round is prepared, so that each round has one winner. */
static void create_race(void) {
    referee ref;
    race_begin(&ref, 3, close_mine, create_mine);
    for (uint32_t round = 1; round <= 700; round++) {
        if (round % 50 == 1) {
            step("three create");
        }
        ref.shared->created = 0;
        race_round(&ref, round, NULL);
        verify(ref.shared->created == 1);
    }
    race_round(&ref, 701, NULL);
    race_end(&ref);
    verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK); /* the racers ended without closing */
}

static void open_or_create_mine(race *r, uint32_t round) {
    (void)round;
    verify(zinc_region_open_or_create(NAME, 10, NULL, &mine, NULL) == ZINC_OK);
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(mine, &info) == ZINC_OK);
    r->created += (info.flags & ZINC_INFO_CREATED) != 0;
    uint64_t none = 0;
    if (!atomic_compare_exchange_strong(&r->inode, &none, info.inode)) {
        verify(none == info.inode); /* all get the same region */
    }
}

static void forget_inode(race *r) {
    r->created = 0;
    r->inode = 0;
}

static void open_or_create_race(void) {
    referee ref;
    race_begin(&ref, 4, close_mine, open_or_create_mine);
    for (uint32_t round = 1; round <= 500; round++) {
        if (round % 50 == 1) {
            step("four open or create");
        }
        race_round(&ref, round, forget_inode);
        verify(ref.shared->created == 1);
    }
    race_end(&ref);
    verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
}

/* ---- Replacing under readers ---------------------------------------------------------------- */

static void replace_often(void *context) {
    race *r = context;
    long_step("a replacer", 30);
    zinc_region *current = NULL;
    while (!r->over) {
        zinc_region *next = NULL;
        int32_t status = zinc_region_replace(NAME, 64, NULL, &next, NULL);
        verify(status == ZINC_OK || status == ZINC_E_BUSY);
        if (status == ZINC_OK) {
            r->counts[0]++;
            /* Our former one may be closed only if another has its name: else it would end it. */
            zinc_info info = {.size = sizeof info};
            if (current != NULL) {
                verify(zinc_region_info(current, &info) == ZINC_OK);
                verify((info.flags & ZINC_INFO_STALE) != 0);
                zinc_close(current);
            }
            current = next;
            ((uint32_t *)(void *)zinc_ptr(current))[0] = 12345;
        }
    }
    /* Whoever has the name keeps it until the referee has seen it. */
    r->done++;
    until(r->round == 1);
    zinc_close(current);
}

static void read_often(void *context) {
    race *r = context;
    long_step("a reader of what is replaced", 30);
    while (!r->over) {
        zinc_region *region = NULL;
        int32_t status = zinc_open(NAME, &region);
        if (status != ZINC_OK && status != ZINC_E_BUSY) {
            fprintf(stderr, "open answered %s\n", zinc_error_name(status));
            verify(false); /* there always is one */
        }
        if (status == ZINC_OK) {
            uint32_t word = ((volatile uint32_t *)(void *)zinc_ptr(region))[0];
            verify(word == 0 || word == 12345);
            r->counts[1]++;
            zinc_close(region);
        }
    }
    r->done++;
}

static void replace_race(void) {
    long_step("two replace, two open", 20);
    race *r = child_shared(sizeof *r);
    verify(zinc_create(NAME, 64, &mine) == ZINC_OK);
    pid_t pids[4];
    for (int i = 0; i < 4; i++) {
        pids[i] = child_start(i < 2 ? replace_often : read_often, r);
    }
    until(r->counts[0] >= 1500 && r->counts[1] >= 500);
    r->over = true;
    until(r->done == 4);
    verify(cases_files(false) == 1);
    r->round = 1;
    for (int i = 0; i < 4; i++) {
        verify(child_end(pids[i]) == 0);
    }
    zinc_close(mine);
    verify(cases_files(true) == 0);
}

/* ---- Everything at once, in threads --------------------------------------------------------- */

static _Atomic(bool) threads_over;
static _Atomic(uint32_t) threads_opened;

static void *live(void *context) {
    uint32_t seed = (uint32_t)(uintptr_t)context;
    while (!threads_over) {
        char name[16];
        seed = seed * 1664525u + 1013904223u;
        snprintf(name, sizeof name, "t%u", (unsigned)(seed >> 20) % 3);
        zinc_region *region = NULL;
        int32_t status = 0;
        switch ((seed >> 10) % 5) {
        case 0:
            status = zinc_create(name, 10, &region);
            verify(status == ZINC_OK || status == ZINC_E_EXIST || status == ZINC_E_BUSY);
            break;
        case 1:
            status = zinc_region_open_or_create(name, 10, NULL, &region, NULL);
            verify(status == ZINC_OK || status == ZINC_E_EXIST || status == ZINC_E_BUSY);
            break;
        case 2:
            status = zinc_region_remove(name, NULL);
            verify(status == ZINC_OK || status == ZINC_E_NOENT || status == ZINC_E_BUSY);
            break;
        case 3:
            verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
            break;
        default:
            status = zinc_open(name, &region);
            verify(status == ZINC_OK || status == ZINC_E_NOENT || status == ZINC_E_BUSY);
            break;
        }
        if (region != NULL) {
            threads_opened++;
            verify(zinc_capacity(region) == 10);
            zinc_notify(region);
            verify(zinc_wait(region, 0) == ZINC_OK);
            zinc_close(region);
        }
    }
    return NULL;
}

static void threads(void) {
    long_step("four threads do everything", 20);
    footprint before = footprint_now();
    pthread_t all[4];
    for (uintptr_t i = 0; i < 4; i++) {
        verify(pthread_create(&all[i], NULL, live, (void *)(i * 7919 + 1)) == 0);
    }
    int64_t began = cases_now_ms();
    until(cases_now_ms() - began >= 1500 && threads_opened >= 500);
    threads_over = true;
    for (int i = 0; i < 4; i++) {
        verify(pthread_join(all[i], NULL) == 0);
    }
    verify_footprint(before);
}

static const test_case cases[] = {
    {"close.two_last", two_last},   {"close.and_open", close_and_open},
    {"create.race", create_race},   {"open_or_create.race", open_or_create_race},
    {"replace.race", replace_race}, {"lifecycle.threads", threads},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
