/* SPDX-License-Identifier: MIT */
/* zinc bench, two processes. A game is a number of round trips: the parent serves and takes the
 * times, a forked child returns. All games go over two regions (or two pipes), one a direction.
 *
 * The raw hand-off uses plain atomic objects in the region's bytes: the command may not use the
 * library's wrappers, and an order that is too strong only makes the counterpart slower by the
 * few nanoseconds of one locked instruction. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define PATIENCE_NS INT64_C(5000000000) /* a peer that is silent for so long is dead */

enum { LINE = 128, SPINS = 4096, WARM = 10 }; /* one WARM-th of the trips is not counted */

enum game_kind { HANDOFF, HOT, PARKED, PIPE };

typedef struct player {
    zinc_region *send;
    zinc_region *take;
    int pipe_send;
    int pipe_take;
} player;

static bool spin_until(const _Atomic uint64_t *word, uint64_t value) {
    uint32_t spins = 0;
    int64_t deadline = 0;
    while (*word != value) {
        if (++spins < SPINS) {
            continue;
        }
        spins = 0;
        int64_t now = zinc_clock_ns();
        deadline = deadline == 0 ? now + PATIENCE_NS : deadline;
        if (now > deadline || interrupted() != 0) {
            return false;
        }
        (void)sched_yield(); /* the peer may need this very processor */
    }
    return true;
}

static bool send_one(const player *p, enum game_kind kind, uint64_t trip) {
    char byte = 'z';
    switch (kind) {
    case HANDOFF:
        *(_Atomic uint64_t *)(void *)zinc_ptr(p->send) = trip;
        return true;
    case PIPE:
        return write(p->pipe_send, &byte, 1) == 1;
    default:
        return zinc_region_notify(p->send) == ZINC_OK;
    }
}

static bool take_one(const player *p, enum game_kind kind, uint64_t trip) {
    char byte = 0;
    ssize_t got = 0;
    switch (kind) {
    case HANDOFF:
        return spin_until((const _Atomic uint64_t *)(void *)zinc_ptr(p->take), trip);
    case PIPE:
        do {
            got = read(p->pipe_take, &byte, 1);
        } while (got < 0 && errno == EINTR && interrupted() == 0);
        return got == 1;
    default:
        return zinc_region_wait(p->take, zinc_deadline_ns(PATIENCE_NS), interrupt_cancel()) ==
               ZINC_OK;
    }
}

/* ---- The child ------------------------------------------------------------------------------ */

static int32_t open_with(const char *name, uint32_t policy, zinc_region **out) {
    zinc_region_options options = {.size = sizeof options, .wait_policy = policy};
    return zinc_region_open(name, &options, out, NULL);
}

/* `last` trips; the first thing sent says that the child is there. */
static bool child_play(const char *there, const char *back, enum game_kind kind, uint64_t trips,
                       player *p) {
    uint32_t policy = kind == HOT ? ZINC_WAIT_SPIN : ZINC_WAIT_PARK;
    bool well = open_with(there, policy, &p->take) == ZINC_OK &&
                open_with(back, policy, &p->send) == ZINC_OK && send_one(p, kind, 1);
    for (uint64_t trip = 2; well && trip < trips + 2; trip++) {
        well = take_one(p, kind, trip) && send_one(p, kind, trip);
    }
    zinc_close(p->take);
    zinc_close(p->send);
    return well;
}

/* ---- The parent ----------------------------------------------------------------------------- */

typedef struct court {
    char there[64];
    char back[64];
    int64_t *times;
    size_t trips;
} court;

static bool parent_play(const player *p, enum game_kind kind, court *c) {
    size_t warm = c->trips / WARM;
    if (!take_one(p, kind, 1)) {
        return false;
    }
    for (size_t i = 0; i < c->trips; i++) {
        int64_t begun = zinc_clock_ns();
        if (!send_one(p, kind, i + 2) || !take_one(p, kind, i + 2)) {
            return false;
        }
        c->times[i < warm ? 0 : i - warm] = zinc_clock_ns() - begun;
    }
    c->trips -= warm;
    return true;
}

static int game_over(pid_t child, bool well) {
    int ended = 0;
    while (waitpid(child, &ended, 0) < 0 && errno == EINTR) {
    }
    if (interrupted() != 0 || (well && ended == 0)) {
        return EXIT_DONE;
    }
    return say(EXIT_FAILED, "the second process %s: is the machine short of memory?",
               WIFSIGNALED(ended) ? "was killed" : "did not answer");
}

static int make(const char *name, uint32_t policy, zinc_region **out) {
    zinc_region_options options = {.size = sizeof options, .wait_policy = policy};
    zinc_error error = {.status = 0};
    int32_t status = zinc_region_create(name, LINE, &options, out, &error);
    return status == ZINC_OK ? EXIT_DONE : say_error(status, name, &error);
}

static int fork_and_play(player *p, enum game_kind kind, court *c, int toward[2], int from[2]) {
    (void)fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        return say(EXIT_FAILED, "no second process: %s", strerror(errno));
    }
    if (child == 0) {
        player other = {.pipe_send = from[1], .pipe_take = toward[0]};
        (void)close(toward[1]);
        (void)close(from[0]);
        _exit(child_play(c->there, c->back, kind, c->trips, &other) ? 0 : 1);
    }
    (void)close(toward[0]);
    (void)close(from[1]);
    p->pipe_send = toward[1];
    p->pipe_take = from[0];
    bool well = parent_play(p, kind, c);
    (void)close(toward[1]);
    (void)close(from[0]);
    return game_over(child, well);
}

/* One game with regions of its own, which end with it. */
static int play(enum game_kind kind, size_t trips, double *p50, double *p99) {
    court c = {.trips = trips, .times = calloc(trips, sizeof *c.times)};
    player p = {.send = NULL};
    int toward[2] = {-1, -1};
    int from[2] = {-1, -1};
    uint32_t policy = kind == HOT ? ZINC_WAIT_SPIN : ZINC_WAIT_PARK;
    (void)snprintf(c.there, sizeof c.there, "zinc-bench-%ld-there", (long)getpid());
    (void)snprintf(c.back, sizeof c.back, "zinc-bench-%ld-back", (long)getpid());
    int code = c.times != NULL ? make(c.there, policy, &p.send) : say(EXIT_NOSPACE, "no memory");
    if (code == EXIT_DONE) {
        code = make(c.back, policy, &p.take);
    }
    if (code == EXIT_DONE && (pipe(toward) != 0 || pipe(from) != 0)) {
        code = say(EXIT_FAILED, "no pipe: %s", strerror(errno));
    }
    if (code == EXIT_DONE) {
        code = fork_and_play(&p, kind, &c, toward, from);
    }
    if (code == EXIT_DONE && interrupted() == 0) {
        bench_percentiles(c.times, c.trips, p50, p99);
    }
    zinc_close(p.send);
    zinc_close(p.take);
    free(c.times);
    return code;
}

int bench_pair(figure out[3]) {
    double pipe50 = 0;
    double pipe99 = 0;
    out[0] = (figure){.name = "hand-off round trip", .unit = "ns", .against = ""};
    out[1] = (figure){.name = "notify-wait round trip, hot", .unit = "ns", .against = "hand-off"};
    out[2] = (figure){.name = "notify-wait round trip, parked", .unit = "ns", .against = "pipe"};
    int code = play(HANDOFF, 100000, &out[0].p50, &out[0].p99);
    if (code == EXIT_DONE && interrupted() == 0) {
        code = play(HOT, 100000, &out[1].p50, &out[1].p99);
    }
    if (code == EXIT_DONE && interrupted() == 0) {
        code = play(PARKED, 5000, &out[2].p50, &out[2].p99);
    }
    if (code == EXIT_DONE && interrupted() == 0) {
        code = play(PIPE, 5000, &pipe50, &pipe99);
    }
    out[1].raw = out[0].p50;
    out[2].raw = pipe50;
    return code;
}
