/* SPDX-License-Identifier: MIT */
/* Notifications between two processes: hot, parked, from idle, with nobody waiting, and with many
 * waiters; each against its raw counterpart in the same run. */
#include "bench.h"

#include <linux/futex.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* ---- Raw counterparts ---------------------------------------------------------------------- */

typedef struct raw_lines {
    _Alignas(128) zinc__u32 ping;
    _Alignas(128) zinc__u32 pong;
    _Alignas(128) uint32_t rounds;
} raw_lines;

static void raw_spin(zinc__u32 *word, uint32_t until) {
    while (zinc__load32_acquire(word) != until) {
        zinc__pause();
    }
}

static void raw_spin_peer(void *context) {
    raw_lines *lines = context;
    for (uint32_t i = 1; i <= lines->rounds; i++) {
        raw_spin(&lines->ping, i);
        zinc__store32_release(&lines->pong, i);
    }
}

static void futex_wait_until(zinc__u32 *word, uint32_t until) {
    uint32_t now = zinc__load32_acquire(word);
    while (now != until) {
        syscall(SYS_futex, word, FUTEX_WAIT, now, NULL, NULL, 0);
        now = zinc__load32_acquire(word);
    }
}

static void futex_tell(zinc__u32 *word, uint32_t value) {
    zinc__store32_release(word, value);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void raw_futex_peer(void *context) {
    raw_lines *lines = context;
    for (uint32_t i = 1; i <= lines->rounds; i++) {
        futex_wait_until(&lines->ping, i);
        futex_tell(&lines->pong, i);
    }
}

static percentiles raw_round_trips(bool parked, uint32_t rounds, uint32_t *samples) {
    raw_lines *lines = bench_shared(sizeof *lines);
    lines->rounds = rounds;
    pid_t peer = bench_child(parked ? raw_futex_peer : raw_spin_peer, lines, 1);
    bench_pin(0);
    for (uint32_t i = 1; i <= rounds; i++) {
        int64_t began = bench_now();
        if (parked) {
            futex_tell(&lines->ping, i);
            futex_wait_until(&lines->pong, i);
        } else {
            zinc__store32_release(&lines->ping, i);
            raw_spin(&lines->pong, i);
        }
        samples[i - 1] = (uint32_t)(bench_now() - began);
    }
    bench_join(peer);
    bench_pin(-1);
    munmap(lines, sizeof *lines);
    return bench_percentiles(samples + rounds / 10, rounds - rounds / 10);
}

/* ---- Zinc ---------------------------------------------------------------------------------- */

typedef struct pair {
    uint32_t policy;
    uint32_t rounds;
    zinc_region *ping;
    zinc_region *pong;
} pair;

static zinc_region *open_with(const char *name, uint32_t policy) {
    zinc_region_options options = {.size = sizeof options, .wait_policy = policy};
    zinc_region *region = NULL;
    bench_ok(zinc_region_open(name, &options, &region, NULL), name);
    return region;
}

static zinc_region *create_with(const char *name, uint32_t policy) {
    zinc_region_options options = {.size = sizeof options, .wait_policy = policy};
    zinc_region *region = NULL;
    bench_ok(zinc_region_create(name, 4096, &options, &region, NULL), name);
    return region;
}

static void zinc_peer(void *context) {
    pair *p = context;
    zinc_region *ping = open_with("bench-ping", p->policy);
    zinc_region *pong = open_with("bench-pong", p->policy);
    bench_pin(1);
    zinc_notify(pong);
    for (uint32_t i = 0; i < p->rounds; i++) {
        bench_ok(zinc_wait(ping, UINT32_MAX), "wait");
        zinc_notify(pong);
    }
    zinc_close(ping);
    zinc_close(pong);
}

static percentiles zinc_round_trips(uint32_t policy, uint32_t rounds, uint32_t *samples) {
    pair p = {.policy = policy, .rounds = rounds};
    p.ping = create_with("bench-ping", policy);
    p.pong = create_with("bench-pong", policy);
    pid_t peer = bench_child(zinc_peer, &p, -1);
    bench_pin(0);
    bench_ok(zinc_wait(p.pong, UINT32_MAX), "first wait");
    for (uint32_t i = 0; i < rounds; i++) {
        int64_t began = bench_now();
        zinc_notify(p.ping);
        bench_ok(zinc_wait(p.pong, UINT32_MAX), "wait");
        samples[i] = (uint32_t)(bench_now() - began);
    }
    bench_join(peer);
    bench_pin(-1);
    zinc_close(p.ping);
    zinc_close(p.pong);
    return bench_percentiles(samples + rounds / 10, rounds - rounds / 10);
}

static void round_trips(bench *b, bool parked, uint32_t rounds) {
    uint32_t *samples = calloc(rounds, sizeof *samples);
    double ours[BENCH_REPEATS], raw[BENCH_REPEATS];
    percentiles mine = {0}, theirs = {0};
    uint32_t policy = parked ? ZINC_WAIT_PARK : ZINC_WAIT_ADAPTIVE;
    for (int i = 0; i < BENCH_REPEATS; i++) {
        for (int turn = 0; turn < 2; turn++) {
            if ((turn + i) % 2 == 0) {
                theirs = raw_round_trips(parked, rounds, samples);
                raw[i] = theirs.p50;
            } else {
                mine = zinc_round_trips(policy, rounds, samples);
                ours[i] = mine.p50;
            }
        }
    }
    bench_distribution(b, parked ? "round trip, parked" : "round trip, hot", mine);
    bench_distribution(b, parked ? "  raw futex" : "  raw, one line a direction", theirs);
    bench_pair(b, parked ? "round trip p50, parked" : "round trip p50, hot", ours, raw,
               parked ? "raw futex" : "raw lines", "ns", AT_MOST, parked ? 1.1 : 1.3);
    if (!parked) {
        bench_absolute(b, "one way, hot, p50 (half a round trip)", mine.p50 / 2, "ns", 1000);
        bench_absolute(b, "one way, hot, p99 (half a round trip)", mine.p99 / 2, "ns", 3000);
    }
    free(samples);
}

/* ---- Nobody waiting ------------------------------------------------------------------------ */

static void nobody_waiting(bench *b) {
    const uint32_t rounds = b->quick ? 2000000 : 20000000;
    zinc_region *region = create_with("bench-nobody", ZINC_WAIT_ADAPTIVE);
    zinc__u32 *word = bench_shared(4096);
    double ours[BENCH_REPEATS], raw[BENCH_REPEATS];
    for (int i = 0; i < BENCH_REPEATS; i++) {
        int64_t began = bench_now();
        for (uint32_t k = 0; k < rounds; k++) {
            zinc__add32_ordered(word, 1);
        }
        raw[i] = (double)(bench_now() - began) / rounds;
        began = bench_now();
        for (uint32_t k = 0; k < rounds; k++) {
            zinc_notify(region);
        }
        ours[i] = (double)(bench_now() - began) / rounds;
    }
    bench_pair(b, "notify, nobody waiting", ours, raw, "atomic add", "ns", AT_MOST, 4.0);
    zinc_close(region);
    munmap(word, 4096);
}

/* ---- Idle ---------------------------------------------------------------------------------- */

static void idle_peer(void *context) {
    double *cpu_ns = context;
    zinc_region *region = open_with("bench-idle", ZINC_WAIT_ADAPTIVE);
    struct timespec began, ended;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
    bench_ok(zinc_wait(region, UINT32_MAX), "wait");
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
    *cpu_ns = (double)(ended.tv_sec - began.tv_sec) * 1e9 + (double)(ended.tv_nsec - began.tv_nsec);
    zinc_close(region);
}

static void idle(bench *b) {
    const double seconds = b->quick ? 2 : 10;
    zinc_region *region = create_with("bench-idle", ZINC_WAIT_ADAPTIVE);
    double *cpu_ns = bench_shared(4096);
    pid_t peer = bench_child(idle_peer, cpu_ns, 1);
    usleep((useconds_t)(seconds * 1e6));
    zinc_notify(region);
    bench_join(peer);
    bench_absolute(b, "CPU of a blocked process", *cpu_ns / (seconds * 1e9) * 100, "%", 0.05);
    zinc_close(region);
    munmap(cpu_ns, 4096);
}

static void wake_peer(void *context) {
    int64_t *stamps = context; /* [0]: when told; [1]: number of rounds; [2...]: latencies */
    zinc_region *region = open_with("bench-wake", ZINC_WAIT_ADAPTIVE);
    zinc_region *ready = open_with("bench-wake-ready", ZINC_WAIT_ADAPTIVE);
    for (int64_t i = 0; i < stamps[1]; i++) {
        zinc_notify(ready);
        bench_ok(zinc_wait(region, UINT32_MAX), "wait");
        stamps[2 + i] = bench_now() - stamps[0];
    }
    zinc_close(region);
    zinc_close(ready);
}

static void from_idle(bench *b) {
    const uint32_t rounds = b->quick ? 100 : 1000;
    zinc_region *region = create_with("bench-wake", ZINC_WAIT_ADAPTIVE);
    zinc_region *ready = create_with("bench-wake-ready", ZINC_WAIT_ADAPTIVE);
    int64_t *stamps = bench_shared(sizeof *stamps * (rounds + 2));
    stamps[1] = rounds;
    pid_t peer = bench_child(wake_peer, stamps, 1);
    for (uint32_t i = 0; i < rounds; i++) {
        bench_ok(zinc_wait(ready, UINT32_MAX), "ready");
        usleep(1000);
        stamps[0] = bench_now();
        zinc_notify(region);
    }
    bench_join(peer);
    uint32_t *samples = calloc(rounds, sizeof *samples);
    for (uint32_t i = 0; i < rounds; i++) {
        samples[i] = (uint32_t)stamps[2 + i];
    }
    bench_distribution(b, "one way, woken after 1 ms of idleness",
                       bench_percentiles(samples, rounds));
    free(samples);
    zinc_close(region);
    zinc_close(ready);
    munmap(stamps, sizeof *stamps * (rounds + 2));
}

/* ---- Many waiters -------------------------------------------------------------------------- */

typedef struct crowd {
    zinc__u32 waiting;
    zinc__u32 woken;
    uint32_t rounds;
} crowd;

static void crowd_peer(void *context) {
    crowd *c = context;
    zinc_region *region = open_with("bench-crowd", ZINC_WAIT_PARK);
    for (uint32_t i = 0; i < c->rounds; i++) {
        zinc__add32_ordered(&c->waiting, 1);
        bench_ok(zinc_wait(region, UINT32_MAX), "wait");
        zinc__add32_ordered(&c->woken, 1);
        while (zinc__load32_ordered(&c->woken) != 0) {
            usleep(50); /* until the next round begins */
        }
    }
    zinc_close(region);
}

static void many_waiters(bench *b, uint32_t count) {
    crowd *c = bench_shared(sizeof *c);
    c->rounds = b->quick ? 5 : 30;
    zinc_region *region = create_with("bench-crowd", ZINC_WAIT_PARK);
    pid_t peers[64];
    for (uint32_t i = 0; i < count; i++) {
        peers[i] = bench_child(crowd_peer, c, (int)i);
    }
    double times[64] = {0}, calls[64] = {0};
    for (uint32_t round = 0; round < c->rounds; round++) {
        while (zinc__load32_ordered(&c->waiting) != (round + 1) * count) {
            usleep(100);
        }
        usleep(2000); /* let the last one park */
        int64_t began = bench_now();
        zinc_notify(region);
        calls[round] = (double)(bench_now() - began) / 1e3;
        while (zinc__load32_ordered(&c->woken) != count) {
            sched_yield();
        }
        times[round] = (double)(bench_now() - began) / 1e3;
        zinc__store32_ordered(&c->woken, 0);
    }
    for (uint32_t i = 0; i < count; i++) {
        bench_join(peers[i]);
    }
    char row[64];
    snprintf(row, sizeof row, "notify until %u parked waiters have run", count);
    bench_figure(b, row, bench_median(times, (int)c->rounds), "us");
    snprintf(row, sizeof row, "  the call itself, %u parked waiters", count);
    bench_figure(b, row, bench_median(calls, (int)c->rounds), "us");
    zinc_close(region);
    munmap(c, sizeof *c);
}

int main(int argc, char **argv) {
    bench b;
    bench_begin(&b, "wait", argc, argv);
    round_trips(&b, false, b.quick ? 20000 : 200000);
    round_trips(&b, true, b.quick ? 500 : 5000);
    from_idle(&b);
    nobody_waiting(&b);
    idle(&b);
    static const uint32_t crowds[] = {1, 2, 4, 16, 64};
    for (size_t i = 0; i < sizeof crowds / sizeof *crowds; i++) {
        many_waiters(&b, crowds[i]);
    }
    return bench_end(&b);
}
