/* SPDX-License-Identifier: MIT */
/* Waits for event loops under everything at once: threads that begin, cancel, notify and close at
 * random on shared queues and regions, loops of each kind that take the completions, and another
 * process that notifies. The books must balance: each token that was accepted comes out exactly
 * once, one that was refused never, and one that was cancelled as cancelled.
 *
 * STRESS_SEED repeats a run as far as threads allow, STRESS_SECONDS makes it longer than 3 s. */
#define _GNU_SOURCE

#include <zinc.h>

#include <poll.h>
#include <pthread.h>

#include "child.h"

#define MS INT64_C(1000000)
#define REGIONS 12
#define QUEUES 3
#define WORKERS 4
#define TOKENS_MAX 400000u

/* ThreadSanitizer refuses threads in a forked child unless it is asked. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void) {
    return "die_after_fork=0";
}

enum { ACCEPTED = 1, REFUSED = 2, CANCELLED = 4 };

typedef struct slot {
    pthread_mutex_t lock;
    zinc_region *region;
    char name[64];
} slot;

static slot slots[REGIONS];
static zinc_events *queues[QUEUES];
static unsigned char fate[TOKENS_MAX];    /* written by the worker that owns the token */
static atomic_uchar came_out[TOKENS_MAX]; /* how often */
static _Atomic int32_t came_as[TOKENS_MAX];
static atomic_uint next_token;
static atomic_bool stop;
static atomic_uint ready_calls;

static uint32_t random_below(uint64_t *state, uint32_t bound) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % bound);
}

static void nap_us(uint32_t us) {
    struct timespec time = {0, (long)us * 1000};
    nanosleep(&time, NULL);
}

/* A reference to the slot's present handle. */
static zinc_region *borrow(slot *from) {
    pthread_mutex_lock(&from->lock);
    zinc_region *region = zinc_region_retain(from->region);
    pthread_mutex_unlock(&from->lock);
    return region;
}

static void reopen(slot *from) {
    zinc_region *fresh = NULL;
    verify(zinc_open(from->name, &fresh) == ZINC_OK);
    pthread_mutex_lock(&from->lock);
    zinc_region *old = from->region;
    from->region = fresh;
    pthread_mutex_unlock(&from->lock);
    zinc_close(old);
}

/* Begin a wait under a token of its own; true if it was accepted. */
static bool begin(zinc_events *queue, uint64_t *seed, uint64_t *token_out) {
    static const int64_t timeouts_ms[6] = {-1, 0, 1, 3, 20, 60000};
    uint64_t token = atomic_fetch_add(&next_token, 1);
    if (token >= TOKENS_MAX) {
        atomic_store(&stop, true);
        return false;
    }
    zinc_region *region = borrow(&slots[random_below(seed, REGIONS)]);
    int64_t timeout = timeouts_ms[random_below(seed, 6)];
    int64_t deadline = timeout < 0 ? ZINC_FOREVER : zinc_deadline_ns(timeout * MS);
    int32_t status = zinc_events_wait(queue, region, token, deadline);
    verify(status == ZINC_OK || status == ZINC_E_CLOSED);
    fate[token] = status == ZINC_OK ? ACCEPTED : REFUSED;
    zinc_region_release(region);
    *token_out = token;
    return status == ZINC_OK;
}

static void *work(void *context) {
    uint64_t seed = *(uint64_t *)context;
    uint64_t mine[64] = {0};
    uint32_t queue_of[64] = {0};
    bool known[64] = {false};
    while (!atomic_load(&stop)) {
        uint32_t what = random_below(&seed, 100);
        uint32_t place = random_below(&seed, 64);
        uint32_t queue = random_below(&seed, QUEUES);
        if (what < 55) {
            queue_of[place] = queue;
            known[place] = begin(queues[queue], &seed, &mine[place]);
        } else if (what < 75 && known[place]) {
            int32_t status = zinc_events_cancel(queues[queue_of[place]], mine[place]);
            verify(status == ZINC_OK || status == ZINC_E_NOENT);
            fate[mine[place]] |= status == ZINC_OK ? CANCELLED : 0;
            known[place] = false;
        } else if (what < 93) {
            zinc_region *region = borrow(&slots[random_below(&seed, REGIONS)]);
            zinc_notify(region);
            zinc_region_release(region);
        } else if (what < 96) {
            reopen(&slots[random_below(&seed, REGIONS)]);
        } else if (what < 98) {
            nap_us(random_below(&seed, 2000));
        }
    }
    return NULL;
}

static void account(const zinc_event *events, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        verify(events[i].token < TOKENS_MAX);
        atomic_store(&came_as[events[i].token], events[i].status);
        atomic_fetch_add(&came_out[events[i].token], 1);
    }
}

/* A loop that blocks. */
static void *take_by_next(void *queue) {
    zinc_event events[16];
    for (;;) {
        int32_t count = zinc_events_next(queue, events, 16, ZINC_FOREVER);
        if (count == ZINC_E_CLOSED) {
            return NULL;
        }
        if (count == ZINC_E_INTR) {
            continue;
        }
        verify(count > 0);
        account(events, count);
    }
}

/* A loop that watches the descriptor. */
static void *take_by_descriptor(void *queue) {
    zinc_event events[16];
    int32_t fd = -1;
    verify(zinc_events_fd(queue, &fd) == ZINC_OK);
    while (!atomic_load(&stop)) {
        struct pollfd entry = {.fd = fd, .events = POLLIN};
        int ready = poll(&entry, 1, 100);
        verify(ready >= 0 || errno == EINTR);
        if (ready == 1) {
            int32_t count = zinc_events_drain(queue, events, 16);
            verify(count > 0); /* this thread is the only one that takes from it */
            account(events, count);
        }
    }
    return NULL;
}

/* A loop that is told by a callback. */
static void ready(void *context) {
    (void)context;
    atomic_fetch_add(&ready_calls, 1);
}

static void *take_when_called(void *queue) {
    zinc_event events[16];
    unsigned handled = 0;
    while (!atomic_load(&stop)) {
        unsigned calls = atomic_load(&ready_calls);
        if (calls == handled) {
            nap_us(200);
            continue;
        }
        handled = calls;
        for (int32_t count; (count = zinc_events_drain(queue, events, 16)) > 0;) {
            account(events, count);
        }
    }
    return NULL;
}

/* Another process, which only notifies, until it is killed. */
static void notify_on(void *context) {
    uint64_t seed = *(uint64_t *)context;
    zinc_region *regions[REGIONS];
    alarm(0);
    for (int i = 0; i < REGIONS; i++) {
        verify(zinc_open(slots[i].name, &regions[i]) == ZINC_OK);
    }
    for (;;) {
        zinc_notify(regions[random_below(&seed, REGIONS)]);
        nap_us(random_below(&seed, 300));
    }
}

static void drain_rest(zinc_events *queue) {
    zinc_event events[64];
    for (int32_t count; (count = zinc_events_drain(queue, events, 64)) > 0;) {
        account(events, count);
    }
    uint64_t pending = 1;
    verify(zinc_events_pending(queue, &pending) == ZINC_OK);
    verify(pending == 0);
}

static void balance(void) {
    uint32_t given = atomic_load(&next_token);
    uint32_t by_status[5] = {0};
    given = given < TOKENS_MAX ? given : TOKENS_MAX;
    for (uint32_t token = 0; token < given; token++) {
        uint32_t times = atomic_load(&came_out[token]);
        int32_t status = atomic_load(&came_as[token]);
        if ((fate[token] & ACCEPTED) == 0) {
            verify(times == 0);
            by_status[4]++;
            continue;
        }
        verify(times == 1);
        verify(status == ZINC_OK || status == ZINC_E_TIMEDOUT || status == ZINC_E_CANCELED ||
               status == ZINC_E_CLOSED);
        if ((fate[token] & CANCELLED) != 0) {
            verify(status == ZINC_E_CANCELED);
        }
        by_status[status == ZINC_OK           ? 0
                  : status == ZINC_E_TIMEDOUT ? 1
                  : status == ZINC_E_CANCELED ? 2
                                              : 3]++;
    }
    printf("  %u tokens: %u notified, %u timed out, %u cancelled, %u closed, %u refused\n", given,
           by_status[0], by_status[1], by_status[2], by_status[3], by_status[4]);
    verify(by_status[0] > 0 && by_status[1] > 0 && by_status[2] > 0 && by_status[3] > 0);
}

static void run(uint64_t seed, unsigned seconds) {
    static uint64_t seeds[WORKERS];
    static void *(*const loops[QUEUES])(void *) = {take_by_next, take_by_descriptor,
                                                   take_when_called};
    pthread_t workers[WORKERS];
    pthread_t takers[QUEUES];
    verify_long_step("threads begin, cancel, notify and close at random", seconds + 10);
    for (int i = 0; i < REGIONS; i++) {
        snprintf(slots[i].name, sizeof slots[i].name, "stress-events-%d-%d", (int)getpid(), i);
        verify(pthread_mutex_init(&slots[i].lock, NULL) == 0);
        verify(zinc_create(slots[i].name, 64, &slots[i].region) == ZINC_OK);
    }
    uint64_t other_seed = seed ^ 99;
    pid_t child = child_start(notify_on, &other_seed);
    for (int i = 0; i < QUEUES; i++) {
        verify(zinc_events_create(&queues[i]) == ZINC_OK);
        verify(i != 2 || zinc_events_callback(queues[i], ready, NULL) == ZINC_OK);
        verify(pthread_create(&takers[i], NULL, loops[i], queues[i]) == 0);
    }
    for (uint64_t i = 0; i < WORKERS; i++) {
        seeds[i] = seed + i * 7919;
        verify(pthread_create(&workers[i], NULL, work, &seeds[i]) == 0);
    }
    int64_t end = zinc_deadline_ns((int64_t)seconds * 1000 * MS);
    while (zinc_clock_ns() < end && !atomic_load(&stop)) {
        nap_ms(20);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < WORKERS; i++) {
        verify(pthread_join(workers[i], NULL) == 0);
    }
    verify(child_kill(child) == -SIGKILL);
    for (int i = 0; i < QUEUES; i++) {
        verify(zinc_events_close(queues[i]) == ZINC_OK);
        verify(pthread_join(takers[i], NULL) == 0);
        drain_rest(queues[i]);
        zinc_events_destroy(queues[i]);
    }
    balance();
    verify_step("after everything, no waits and no names are left");
    for (int i = 0; i < REGIONS; i++) {
        zinc_info info = {.size = sizeof info};
        verify(zinc_region_info(slots[i].region, &info) == ZINC_OK);
        verify(info.waiters == 0);
        verify(info.participants_alive == 1);
        zinc_close(slots[i].region);
        verify(zinc_open(slots[i].name, &slots[i].region) == ZINC_E_NOENT);
    }
}

static void random_operations(void) {
    const char *seed = getenv("STRESS_SEED");
    const char *seconds = getenv("STRESS_SECONDS");
    uint64_t number = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)zinc_clock_ns();
    printf("  STRESS_SEED=%llu\n", (unsigned long long)number);
    fflush(stdout);
    run(number, seconds != NULL ? (unsigned)strtoul(seconds, NULL, 10) : 3);
}

static const test_case cases[] = {
    {"random-operations", random_operations},
};

int main(int argc, char **argv) {
    return cases_main_backends(argc, argv, cases, CASES_COUNT(cases));
}
