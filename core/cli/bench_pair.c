/* SPDX-License-Identifier: MIT */
/* zinc bench, two processes. A game is a number of round trips: the parent serves and takes the
 * times, a forked child returns. All games go over two regions (or two pipes), one a direction.
 *
 * The raw hand-off uses plain atomic objects in the region's bytes: the command may not use the
 * library's wrappers, and an order that is too strong only makes the counterpart slower by the
 * few nanoseconds of one locked instruction. */
#define _GNU_SOURCE /* CPU_SET, where there is one */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define GAME_NS INT64_C(500000000)      /* a game is over after so long, or all its trips */
#define PATIENCE_NS INT64_C(5000000000) /* a peer that is silent for so long is dead */

enum { LINE = 128, SPINS = 4096, WARM = 10 }; /* one WARM-th of the trips is not counted */
enum { TRIP_WORD = 0, STOP_WORD = LINE / 8, BYTES = 2 * LINE };

enum game_kind { HANDOFF, HOT, PARKED, PIPE };

typedef struct player {
    zinc_region *send;
    zinc_region *take;
    int pipe_send;
    int pipe_take;
} player;

static _Atomic uint64_t *word_of(zinc_region *region, size_t index) {
    return (_Atomic uint64_t *)(void *)zinc_ptr(region) + index;
}

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
        *word_of(p->send, TRIP_WORD) = trip;
        return true;
    case PIPE:
        return write(p->pipe_send, &byte, 1) == 1;
    default:
        return zinc_region_notify(p->send) == ZINC_OK;
    }
}

static bool wait_one(zinc_region *region) {
    int64_t deadline = zinc_deadline_ns(PATIENCE_NS);
    int32_t status = ZINC_OK;
    do {
        status = zinc_region_wait(region, deadline, interrupt_cancel());
    } while (status == ZINC_E_INTR && interrupted() == 0);
    return status == ZINC_OK;
}

static bool read_one(int descriptor) {
    char byte = 0;
    ssize_t got = 0;
    do {
        got = read(descriptor, &byte, 1);
    } while (got < 0 && errno == EINTR && interrupted() == 0);
    return got == 1;
}

static bool take_one(const player *p, enum game_kind kind, uint64_t trip) {
    switch (kind) {
    case HANDOFF:
        return spin_until(word_of(p->take, TRIP_WORD), trip);
    case PIPE:
        return read_one(p->pipe_take);
    default:
        return wait_one(p->take);
    }
}

/* Each player stays on a processor of its own, so that a figure is about both: 0 and 1 are the
 * first two that the process may use, ANYWHERE is as it was. Where there are not two, or no way to
 * choose, the system decides. */
#define ANYWHERE (-1)

static void settle(int player_number) {
#ifdef CPU_SET
    static cpu_set_t allowed;
    static bool known;
    cpu_set_t one;
    if (!known && sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return;
    }
    known = true;
    one = allowed;
    int wanted = CPU_COUNT(&allowed) < 2 ? ANYWHERE : player_number;
    for (size_t cpu = 0; wanted >= 0 && cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && wanted-- == 0) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
        }
    }
    (void)sched_setaffinity(0, sizeof one, &one);
#else
    (void)player_number;
#endif
}

/* ---- The child ------------------------------------------------------------------------------ */

static int32_t open_with(const char *name, uint32_t policy, zinc_region **out) {
    zinc_region_options options = {.size = sizeof options, .wait_policy = policy};
    return zinc_region_open(name, &options, out, NULL);
}

/* The first thing sent says that the child is there; the parent stops the game before its last
 * trip. */
static bool child_play(const char *there, const char *back, enum game_kind kind, player *p) {
    uint32_t policy = kind == HOT ? ZINC_WAIT_SPIN : ZINC_WAIT_PARK;
    bool well = open_with(there, policy, &p->take) == ZINC_OK &&
                open_with(back, policy, &p->send) == ZINC_OK && send_one(p, kind, 1);
    bool last = false;
    for (uint64_t trip = 2; well && !last; trip++) {
        well = take_one(p, kind, trip);
        last = well && *word_of(p->take, STOP_WORD) != 0;
        well = well && send_one(p, kind, trip);
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
    size_t trips; /* at most */
    size_t count; /* played */
} court;

static bool parent_play(const player *p, enum game_kind kind, court *c) {
    if (c->times == NULL || !take_one(p, kind, 1)) {
        return false;
    }
    int64_t over = zinc_deadline_ns(GAME_NS);
    int64_t begun = zinc_clock_ns();
    bool last = false;
    for (c->count = 0; !last; c->count++) {
        last = c->count + 1 == c->trips || begun >= over;
        if (last) {
            *word_of(p->send, STOP_WORD) = 1;
            begun = zinc_clock_ns();
        }
        if (!send_one(p, kind, c->count + 2) || !take_one(p, kind, c->count + 2)) {
            return false;
        }
        int64_t now = zinc_clock_ns();
        c->times[c->count] = now - begun;
        begun = now;
    }
    return true;
}

static int game_over(pid_t child, bool well) {
    int ended = 0;
    if (!well) {
        (void)kill(child, SIGTERM); /* it may be waiting for us */
    }
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
    int32_t status = zinc_region_create(name, BYTES, &options, out, &error);
    return status == ZINC_OK ? EXIT_DONE : say_error(status, name, &error);
}

static int fork_and_play(player *p, enum game_kind kind, court *c, int toward[2], int from[2]) {
    (void)fflush(NULL);
    settle(ANYWHERE); /* the child remembers this set as the one to choose from */
    pid_t child = fork();
    if (child < 0) {
        return say(EXIT_FAILED, "no second process: %s", strerror(errno));
    }
    if (child == 0) {
        player other = {.pipe_send = from[1], .pipe_take = toward[0]};
        (void)close(toward[1]);
        (void)close(from[0]);
        settle(1);
        _exit(child_play(c->there, c->back, kind, &other) ? 0 : 1);
    }
    (void)close(toward[0]);
    (void)close(from[1]);
    p->pipe_send = toward[1];
    p->pipe_take = from[0];
    settle(0);
    bool well = parent_play(p, kind, c);
    settle(ANYWHERE);
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
        size_t warm = c.count / WARM;
        bench_percentiles(c.times + warm, c.count - warm, p50, p99);
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
    int code = play(HANDOFF, 100000, &out[0].value, &out[0].p99);
    if (code == EXIT_DONE && interrupted() == 0) {
        code = play(HOT, 100000, &out[1].value, &out[1].p99);
    }
    if (code == EXIT_DONE && interrupted() == 0) {
        code = play(PARKED, 5000, &out[2].value, &out[2].p99);
    }
    if (code == EXIT_DONE && interrupted() == 0) {
        code = play(PIPE, 5000, &pipe50, &pipe99);
    }
    out[1].raw = out[0].value;
    out[2].raw = pipe50;
    return code;
}
