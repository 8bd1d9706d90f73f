/* SPDX-License-Identifier: MIT */
/* Processes that do everything to a few names at the same time, and are killed at random moments
 * and at labelled points. While it goes on: no region that lives is lost, nobody is held up, no
 * waiter sleeps on past a notification. Afterwards: what is dead goes with one gc, and the
 * accounting is exact.
 *
 * CHAOS_SECONDS says for how long (60), CHAOS_SEED repeats a run as far as the scheduler does. */
#define _GNU_SOURCE
#include <zinc.h>

#include <stdarg.h>

#include "child.h"

#define WORKERS 6
#define HANDLES 4
#define STRICT_NAMES 2 /* auto regions that nobody removes by force */
#define NAMES 5
#define WAITERS 3

static const char *const names[NAMES] = {"strict-0", "strict-1", "free-0", "free-1", "free-2"};

static const char *const points[] = {
    "create.tmpfile",      "create.fallocate",
    "create.init_half",    "create.ready",
    "create.locked",       "create.linked",
    "replace.linked",      "reclaim.opened",
    "reclaim.name_locked", "reclaim.alive_locked",
    "reclaim.marked_dead", "close.last_before_unlink",
    "reclaim.unlinked",    "open.statted",
    "open.judged",         "open.alive_locked",
    "open.mapped",         "open.row_locked",
    "open.row_filled",     "close.closed",
    "close.row_cleared",   "close.left",
    "grow.locked",         "grow.allocated",
    "grow.stored",         "notify.stored_no_wake",
    "wait.counted",        "wait.flagged",
    "wait.woken",
};
#define POINTS (sizeof points / sizeof *points)

enum count {
    CREATED,
    EXISTED,
    OPENED,
    ABSENT,
    HELD_UP,
    REPLACED,
    REMOVED,
    GROWN,
    WAITED,
    LOOKED,
    COUNTS
};

typedef struct board {
    _Atomic(uint64_t) counts[COUNTS];
    _Atomic(int) wrong; /* how often an invariant did not hold */
    _Atomic(bool) over;
    char message[400];
    uint32_t used_names;   /* the first so many */
    uint32_t used_handles; /* of each worker: the fewer, the more often a region is left by all */
    struct {
        _Atomic(int64_t) since_ms; /* 0 while not waiting */
        _Atomic(uint64_t) returns;
        _Atomic(int) pid;
    } waiters[WAITERS];
} board;

static board *b;

static void wrong(const char *format, ...) {
    va_list arguments;
    if (b->wrong++ == 0) {
        va_start(arguments, format);
        vsnprintf(b->message, sizeof b->message, format, arguments);
        va_end(arguments);
    }
}

static uint64_t random_state;

static uint32_t random_below(uint32_t most) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % most;
}

/* ---- Workers -------------------------------------------------------------------------------- */

typedef struct held {
    zinc_region *region;
    uint32_t name;
    uint64_t inode;
} held;

typedef struct worker {
    uint64_t seed;
    char faults[64];
} worker;

/* 32 bits, so that every machine stores them in one piece. */
static uint32_t signature(uint64_t inode) {
    return (uint32_t)inode * UINT32_C(2654435761) | 1;
}

/* The bytes are this region's and no other's, as long as it is open. */
static void check_held(const held *h) {
    zinc_info info = {.size = sizeof info};
    zinc_info named = {.size = sizeof named};
    if (zinc_region_info(h->region, &info) != ZINC_OK || info.inode != h->inode) {
        wrong("%s: info of an open handle failed", names[h->name]);
        return;
    }
    uint32_t word = *(volatile uint32_t *)(void *)zinc_ptr(h->region);
    if (word != 0 && word != signature(h->inode)) {
        wrong("%s: foreign bytes %x", names[h->name], (unsigned)word);
    }
    uint64_t capacity = zinc_capacity(h->region);
    if (capacity < 4096 || capacity > 65536 || zinc_ptr(h->region)[capacity - 1] > 1) {
        wrong("%s: capacity %llu", names[h->name], (unsigned long long)capacity);
    }
    zinc_ptr(h->region)[capacity - 1] = 1;
    if ((info.flags & (ZINC_INFO_DEAD | ZINC_INFO_GONE)) != 0) {
        wrong("%s: a region in use is marked dead (flags %x)", names[h->name], info.flags);
    }
    if (h->name < STRICT_NAMES) {
        int32_t status = zinc_region_lookup(names[h->name], &named, NULL);
        if (status != ZINC_OK || named.inode != h->inode || (info.flags & ZINC_INFO_STALE) != 0) {
            wrong("%s: a living region was lost (lookup %d, inode %llu, mine %llu, flags %x)",
                  names[h->name], status, (unsigned long long)named.inode,
                  (unsigned long long)h->inode, info.flags);
        }
    }
    b->counts[LOOKED]++;
}

static void keep(held *h, uint32_t name, zinc_region *region) {
    zinc_info info = {.size = sizeof info};
    if (zinc_region_info(region, &info) != ZINC_OK) {
        wrong("%s: info of a fresh handle failed", names[name]);
    }
    *h = (held){region, name, info.inode};
    if ((info.flags & ZINC_INFO_CREATED) != 0) {
        *(volatile uint32_t *)(void *)zinc_ptr(region) = signature(info.inode);
    }
    check_held(h);
}

static void count_status(int32_t status, enum count done, const char *what) {
    switch (status) {
    case ZINC_OK:
        b->counts[done]++;
        break;
    case ZINC_E_EXIST:
        b->counts[EXISTED]++;
        break;
    case ZINC_E_NOENT:
        b->counts[ABSENT]++;
        break;
    case ZINC_E_BUSY:
    case ZINC_E_USERS:
        b->counts[HELD_UP]++;
        break;
    default:
        wrong("%s answered %s", what, zinc_error_name(status));
        break;
    }
}

/* A free slot gets a handle. */
static void come(held *h) {
    uint32_t name = random_below(b->used_names);
    bool strict = name < STRICT_NAMES;
    zinc_region_options options = {
        .size = sizeof options,
        .lifetime = strict ? 0 : random_below(3),
        .max_capacity = 65536,
        .rows = 4 + random_below(12),
    };
    zinc_region *region = NULL;
    int32_t status = 0;
    switch (random_below(strict ? 8 : 10)) {
    case 0:
    case 1:
    case 2:
        status = zinc_region_create(names[name], 4096, &options, &region, NULL);
        count_status(status, CREATED, "create");
        break;
    case 3:
        status = zinc_region_open_or_create(names[name], 4096, &options, &region, NULL);
        count_status(status, OPENED, "open or create");
        break;
    case 8:
    case 9:
        status = zinc_region_replace(names[name], 4096, &options, &region, NULL);
        count_status(status, REPLACED, "replace");
        break;
    default:
        status = zinc_region_open(names[name], NULL, &region, NULL);
        count_status(status, OPENED, "open");
        break;
    }
    if (region != NULL) {
        keep(h, name, region);
    }
}

static void act(held *h) {
    int32_t status = 0;
    switch (random_below(12)) {
    case 0:
    case 1:
    case 2:
        zinc_close(h->region);
        h->region = NULL;
        break;
    case 3:
    case 4:
        zinc_notify(h->region);
        break;
    case 5:
        status = zinc_wait(h->region, random_below(3));
        b->counts[WAITED]++;
        if (status != ZINC_OK && status != ZINC_E_TIMEDOUT) {
            wrong("wait answered %s", zinc_error_name(status));
        }
        break;
    case 6:
        status = zinc_region_grow(h->region, 4096 + random_below(65536 - 4096 + 1));
        count_status(status, GROWN, "grow");
        break;
    case 7:
        if (h->name >= STRICT_NAMES) {
            status = zinc_region_unlink(h->region);
            if (status != ZINC_E_PERM) {
                count_status(status, REMOVED, "unlink");
            }
        }
        break;
    case 8:
        if (h->name >= STRICT_NAMES && random_below(4) == 0) {
            count_status(zinc_region_remove(names[h->name], NULL), REMOVED, "remove");
        }
        break;
    case 9:
        if (random_below(8) == 0) {
            status = zinc_gc(0, NULL, NULL, NULL, NULL);
            count_status(status, LOOKED, "gc");
        }
        break;
    default:
        check_held(h);
        break;
    }
}

static void work(void *context) {
    const worker *me = context;
    held handles[HANDLES] = {{0}};
    alarm(0);
    random_state = me->seed;
    zinc__fault_plant(me->faults);
    while (!b->over && b->wrong == 0) {
        held *h = &handles[random_below(b->used_handles)];
        if (h->region == NULL) {
            come(h);
        } else {
            act(h);
        }
    }
    for (int i = 0; i < HANDLES; i++) {
        zinc_close(handles[i].region);
    }
}

static worker plan(void) {
    worker w = {.seed = (uint64_t)random_below(UINT32_MAX) << 32 | random_below(UINT32_MAX)};
    if (random_below(2) == 0) {
        snprintf(w.faults, sizeof w.faults, "%s:%u:kill", points[random_below(POINTS)],
                 1 + random_below(30));
    }
    return w;
}

/* ---- Waiters on a region that is rarely notified -------------------------------------------- */

static void wait_for_quiet(void *context) {
    int index = *(int *)context;
    zinc_region *region = NULL;
    alarm(0);
    verify(zinc_open("quiet", &region) == ZINC_OK);
    (void)zinc_wait(region, 0);
    b->waiters[index].pid = (int)getpid();
    while (!b->over) {
        b->waiters[index].since_ms = cases_now_ms();
        int32_t status = zinc_wait(region, 8000);
        b->waiters[index].since_ms = 0;
        b->waiters[index].returns++;
        if (status != ZINC_OK && !b->over) {
            wrong("a waiter on a quiet region got %s", zinc_error_name(status));
        }
    }
    zinc_close(region);
}

static void notify_quiet(void *context) {
    (void)context;
    zinc_region *region = NULL;
    verify(zinc_open("quiet", &region) == ZINC_OK);
    zinc_notify(region);
    zinc_close(region);
}

typedef struct quiet {
    int64_t notified_ms; /* 0: the next one is due */
    int64_t next_ms;
    uint64_t returns[WAITERS];
    uint64_t rounds;
    pid_t notifier;
} quiet;

/* Every 1.5 s one notification, whose maker is killed before its wake half of the time: 1 s (and
 * slack) later everybody who waited has returned. */
static void quiet_step(quiet *q) {
    int64_t now = cases_now_ms();
    if (q->notified_ms == 0 && now >= q->next_ms) {
        for (int i = 0; i < WAITERS; i++) {
            int64_t since = b->waiters[i].since_ms;
            q->returns[i] = b->waiters[i].returns;
            if (since == 0 || now - since < 20) {
                q->returns[i] = UINT64_MAX; /* may not wait yet */
            }
        }
        const char *faults = random_below(2) == 0 ? "notify.stored_no_wake:1:kill" : "";
        q->notifier = child_start_at(faults, notify_quiet, NULL);
        (void)child_end(q->notifier);
        q->notified_ms = cases_now_ms();
        q->rounds++;
    } else if (q->notified_ms != 0 && now - q->notified_ms > 1000 + CASES_SLACK_MS) {
        for (int i = 0; i < WAITERS; i++) {
            if (q->returns[i] != UINT64_MAX && b->waiters[i].returns == q->returns[i]) {
                wrong("waiter %d sleeps on %lld ms after a notification", i,
                      (long long)(now - q->notified_ms));
            }
        }
        q->notified_ms = 0;
        q->next_ms = now + 100;
    }
}

/* ---- The run -------------------------------------------------------------------------------- */

static int chaos_seconds(void) {
    const char *text = getenv("CHAOS_SECONDS");
    int seconds = text == NULL ? 60 : atoi(text);
    return seconds < 1 ? 1 : seconds;
}

static void seed(void) {
    const char *text = getenv("CHAOS_SEED");
    random_state = text == NULL ? (uint64_t)cases_now_ms() * 2654435761u + (uint64_t)getpid()
                                : strtoull(text, NULL, 10);
    printf("  CHAOS_SEED=%llu\n", (unsigned long long)random_state);
    fflush(stdout);
}

static uint64_t progress(void) {
    uint64_t sum = 0;
    for (int i = 0; i < COUNTS; i++) {
        sum += b->counts[i];
    }
    return sum;
}

static void tell(int kills, int self, uint64_t quiet_rounds) {
    printf(
        "  %d killed, %d killed themselves; created %llu, opened %llu, replaced %llu, removed "
        "%llu, grown %llu, waits %llu; taken %llu, absent %llu, held up %llu; quiet rounds %llu\n",
        kills, self, (unsigned long long)b->counts[CREATED], (unsigned long long)b->counts[OPENED],
        (unsigned long long)b->counts[REPLACED], (unsigned long long)b->counts[REMOVED],
        (unsigned long long)b->counts[GROWN], (unsigned long long)b->counts[WAITED],
        (unsigned long long)b->counts[EXISTED], (unsigned long long)b->counts[ABSENT],
        (unsigned long long)b->counts[HELD_UP], (unsigned long long)quiet_rounds);
}

/* Whatever the workers left: one gc takes all that is dead, and what remains is persistent. */
static void account(void) {
    verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
    zinc_list *list = NULL;
    verify(zinc_list_begin(&list, NULL) == ZINC_OK);
    zinc_info info = {.size = sizeof info};
    int32_t status = 0;
    while ((status = zinc_list_next(list, &info)) != ZINC_E_NOENT) {
        verify(status == ZINC_OK);
        verify(info.lifetime == ZINC_LIFETIME_PERSISTENT);
        verify(info.participants_alive == 0);
        verify(zinc_region_remove(info.name, NULL) == ZINC_OK);
    }
    zinc_list_end(list);
    verify(cases_files(true) == 0);
    for (uint32_t i = 0; i < NAMES; i++) {
        zinc_region *region = NULL;
        verify(zinc_create(names[i], 10, &region) == ZINC_OK);
        zinc_close(region);
    }
    verify(cases_files(true) == 0); /* and the bytes of the file system, by the runner */
}

static void check_progress(uint64_t *last, int64_t *last_ms) {
    uint64_t now = progress();
    if (now != *last) {
        *last = now;
        *last_ms = cases_now_ms();
    } else if (cases_now_ms() - *last_ms > 2000 + CASES_SLACK_MS) {
        wrong("nobody came anywhere for %lld ms", (long long)(cases_now_ms() - *last_ms));
    }
}

typedef struct crew {
    worker plans[WORKERS];
    pid_t pids[WORKERS];
    int killed;
    int self; /* killed at a labelled point */
} crew;

static void hire(crew *c, int i) {
    c->plans[i] = plan();
    c->pids[i] = child_start(work, &c->plans[i]);
}

/* Replace who died, and kill somebody now and then. */
static void crew_step(crew *c) {
    struct timespec pause = {0, 300000 + (long)random_below(1500000)};
    nanosleep(&pause, NULL);
    for (int i = 0; i < WORKERS; i++) {
        int status = 0;
        if (waitpid(c->pids[i], &status, WNOHANG) == c->pids[i]) {
            verify(b->wrong != 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
            c->self++;
            hire(c, i);
        }
    }
    if (random_below(4) == 0) {
        int i = (int)random_below(WORKERS);
        (void)child_kill(c->pids[i]);
        c->killed++;
        hire(c, i);
    }
}

typedef struct audience {
    zinc_region *region;
    int indices[WAITERS];
    pid_t pids[WAITERS];
} audience;

static void audience_begin(audience *a) {
    verify(zinc_create("quiet", 10, &a->region) == ZINC_OK);
    for (int i = 0; i < WAITERS; i++) {
        a->indices[i] = i;
        a->pids[i] = child_start(wait_for_quiet, &a->indices[i]);
    }
}

static void audience_end(audience *a) {
    b->over = true;
    zinc_notify(a->region);
    for (int i = 0; i < WAITERS; i++) {
        verify(child_end(a->pids[i]) == 0);
    }
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(a->region, &info) == ZINC_OK);
    verify(info.participants_alive == 1 && info.waiters == 0);
    zinc_close(a->region);
}

static void run(int seconds, uint32_t used_names, bool waiters) {
    long_step("chaos", (unsigned)seconds + 30);
    seed();
    b = child_shared(sizeof *b);
    b->used_names = used_names;
    b->used_handles = waiters ? HANDLES : 1;
    audience watching = {0};
    if (waiters) {
        audience_begin(&watching);
    }
    crew workers = {0};
    for (int i = 0; i < WORKERS; i++) {
        hire(&workers, i);
    }
    quiet q = {.next_ms = cases_now_ms() + 100};
    uint64_t last = 0;
    int64_t last_ms = cases_now_ms();
    int64_t end_ms = last_ms + (int64_t)seconds * 1000;
    while (cases_now_ms() < end_ms && b->wrong == 0) {
        crew_step(&workers);
        if (waiters) {
            quiet_step(&q);
        }
        check_progress(&last, &last_ms);
    }
    step("the end of chaos");
    for (int i = 0; i < WORKERS; i++) {
        (void)child_kill(workers.pids[i]);
    }
    tell(workers.killed, workers.self, q.rounds);
    if (b->wrong != 0) {
        fprintf(stderr, "%s\n", b->message);
    }
    verify(b->wrong == 0);
    verify(workers.killed > seconds && b->counts[CREATED] > (uint64_t)seconds);
    if (waiters) {
        audience_end(&watching);
    }
    account();
}

/* Six processes on auto regions alone: whatever dies where, no living name is lost. */
static void reclaim_race(void) {
    int seconds = chaos_seconds();
    run(seconds < 8 ? seconds : 8, STRICT_NAMES, false);
}

static void everything(void) {
    run(chaos_seconds(), NAMES, true);
}

static const test_case cases[] = {
    {"reclaim.race", reclaim_race},
    {"chaos.everything", everything},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
