/* SPDX-License-Identifier: MIT */
/* What the benchmarks share: pinned processes, percentiles, rows with their raw counterpart and
 * bar, and the JSON file.
 *
 * A row is judged by the ratio of two figures of the same run, taken in alternating order, because
 * the CPUs of a virtual machine may move between a near and a far cache without notice. That
 * hand-off is measured first and printed. Exit code 0 says that it ran, not that bars were met:
 * those are printed and stored. */
#ifndef ZINC_BENCH_H
#define ZINC_BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <zinc.h>

#include "base/atomic.h"

#define BENCH_REPEATS 5

typedef struct bench {
    const char *name;
    FILE *json; /* NULL: not asked for */
    int rows;
    int missed;
    bool quick;
} bench;

typedef struct percentiles {
    double p50, p99, p999, max;
} percentiles;

static inline int64_t bench_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline void bench_stop(const char *what) {
    perror(what);
    exit(1);
}

static inline void bench_ok(int32_t status, const char *what) {
    if (status != ZINC_OK) {
        fprintf(stderr, "bench: %s: %s\n", what, zinc_strerror(status));
        exit(1);
    }
}

/* CPU `index` of those that this process may use at first; the same one where there is only one;
 * all of them for a negative index. A region opened while pinned does not spin (it cannot know
 * that the other side has a CPU of its own), so handles are made first. */
static inline void bench_pin(int index) {
    static cpu_set_t allowed;
    static bool known;
    if (!known) {
        known = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    int seen = 0;
    int wanted = index < 0 ? 0 : index % CPU_COUNT(&allowed);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && (seen++ == wanted || index < 0)) {
            CPU_SET(cpu, &one);
        }
    }
    (void)sched_setaffinity(0, sizeof one, &one);
}

/* Memory that a forked child shares. */
static inline void *bench_shared(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        bench_stop("mmap");
    }
    return memory;
}

/* Fork; the child runs f on this CPU (negative: any), dies with its parent, and exits. */
static inline pid_t bench_child(void (*f)(void *), void *context, int cpu) {
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        bench_stop("fork");
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        bench_pin(cpu);
        f(context);
        _exit(0);
    }
    return child;
}

static inline void bench_join(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "bench: a child failed (status %#x)\n", status);
        exit(1);
    }
}

static inline int bench_compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline double bench_median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, bench_compare);
    return values[count / 2];
}

static inline int bench_compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static inline percentiles bench_percentiles(uint32_t *samples, size_t count) {
    qsort(samples, count, sizeof *samples, bench_compare_u32);
    return (percentiles){samples[count / 2], samples[count * 99 / 100], samples[count * 999 / 1000],
                         samples[count - 1]};
}

/* ---- Rows ---------------------------------------------------------------------------------- */

static inline void bench_json(bench *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline void bench_json(bench *b, const char *format, ...) {
    if (b->json != NULL) {
        va_list arguments;
        va_start(arguments, format);
        vfprintf(b->json, format, arguments);
        va_end(arguments);
    }
}

static inline void bench_row_begin(bench *b, const char *row) {
    bench_json(b, "%s\n    {\"row\": \"%s\"", b->rows++ == 0 ? "" : ",", row);
}

static inline void bench_row_end(bench *b) {
    bench_json(b, "}");
    fflush(stdout);
}

/* One figure without a counterpart. */
static inline void bench_figure(bench *b, const char *row, double value, const char *unit) {
    bench_row_begin(b, row);
    bench_json(b, ", \"value\": %.3f, \"unit\": \"%s\"", value, unit);
    printf("%-46s %12.3f %s\n", row, value, unit);
    bench_row_end(b);
}

enum bench_bar { AT_MOST, AT_LEAST };

/* Ours and the raw counterpart, one value a repeat; judged by the median of the pairs' ratios. */
static inline void bench_pair(bench *b, const char *row, double *ours, double *raw,
                              const char *raw_name, const char *unit, enum bench_bar bar,
                              double limit) {
    double ratios[BENCH_REPEATS];
    for (int i = 0; i < BENCH_REPEATS; i++) {
        ratios[i] = ours[i] / raw[i];
    }
    double ratio = bench_median(ratios, BENCH_REPEATS);
    double low = ratios[0], high = ratios[BENCH_REPEATS - 1];
    bool met = bar == AT_MOST ? ratio <= limit : ratio >= limit;
    b->missed += !met;
    double mine = bench_median(ours, BENCH_REPEATS), theirs = bench_median(raw, BENCH_REPEATS);
    printf("%-46s %12.3f %s   %s %.3f   ratio %.3f (%.3f to %.3f), bar %s %.2f: %s\n", row, mine,
           unit, raw_name, theirs, ratio, low, high, bar == AT_MOST ? "<=" : ">=", limit,
           met ? "met" : "MISSED");
    bench_row_begin(b, row);
    bench_json(b,
               ", \"value\": %.3f, \"raw\": %.3f, \"raw_name\": \"%s\", \"unit\": \"%s\", "
               "\"ratio\": %.4f, "
               "\"ratio_low\": %.4f, \"ratio_high\": %.4f, \"bar\": \"%s %.2f\", \"met\": %s",
               mine, theirs, raw_name, unit, ratio, low, high, bar == AT_MOST ? "<=" : ">=", limit,
               met ? "true" : "false");
    bench_row_end(b);
}

static inline void bench_absolute(bench *b, const char *row, double value, const char *unit,
                                  double most) {
    bool met = value <= most;
    b->missed += !met;
    printf("%-46s %12.3f %s   bar <= %.3f: %s\n", row, value, unit, most, met ? "met" : "MISSED");
    bench_row_begin(b, row);
    bench_json(b, ", \"value\": %.3f, \"unit\": \"%s\", \"bar\": \"<= %.3f\", \"met\": %s", value,
               unit, most, met ? "true" : "false");
    bench_row_end(b);
}

static inline void bench_distribution(bench *b, const char *row, percentiles p) {
    printf("%-46s p50 %9.0f   p99 %9.0f   p99.9 %9.0f   max %9.0f ns\n", row, p.p50, p.p99, p.p999,
           p.max);
    bench_row_begin(b, row);
    bench_json(b, ", \"p50_ns\": %.0f, \"p99_ns\": %.0f, \"p999_ns\": %.0f, \"max_ns\": %.0f",
               p.p50, p.p99, p.p999, p.max);
    bench_row_end(b);
}

/* ---- The hand-off of the two CPUs ---------------------------------------------------------- */

#define HANDOFF_ROUNDS 200000u

typedef struct handoff {
    _Alignas(128) zinc__u32 ball;
} handoff;

static inline void bench_handoff_peer(void *context) {
    handoff *h = context;
    for (uint32_t i = 0; i < HANDOFF_ROUNDS; i++) {
        while (zinc__load32_acquire(&h->ball) != 2 * i + 1) {
        }
        zinc__store32_release(&h->ball, 2 * i + 2);
    }
}

/* One way between CPU 0 and CPU 1, both spinning on one line, in ns; the best of a few runs. */
static inline double bench_handoff(void) {
    double best = 1e9;
    handoff *h = bench_shared(sizeof *h);
    bench_pin(0);
    for (int run = 0; run < 3; run++) {
        zinc__store32_release(&h->ball, 0);
        pid_t peer = bench_child(bench_handoff_peer, h, 1);
        usleep(2000);
        int64_t began = bench_now();
        for (uint32_t i = 0; i < HANDOFF_ROUNDS; i++) {
            zinc__store32_release(&h->ball, 2 * i + 1);
            while (zinc__load32_acquire(&h->ball) != 2 * i + 2) {
            }
        }
        double each = (double)(bench_now() - began) / (2.0 * HANDOFF_ROUNDS);
        best = each < best ? each : best;
        bench_join(peer);
    }
    bench_pin(-1);
    munmap(h, sizeof *h);
    return best;
}

/* ---- Begin and end ------------------------------------------------------------------------- */

static inline void bench_cpu_model(char model[128]) {
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];
    model[0] = '\0';
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "model name : %127[^\n]", model) == 1) {
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

static inline void bench_begin(bench *b, const char *name, int argc, char **argv) {
    *b = (bench){.name = name};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0) {
            b->quick = true;
        } else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
            b->json = fopen(argv[++i], "w");
            if (b->json == NULL) {
                bench_stop(argv[i]);
            }
        } else {
            printf("usage: %s [--quick] [--json FILE]\n", name);
            exit(strcmp(argv[i], "--help") == 0 ? 0 : 2);
        }
    }
    char model[128];
    struct utsname system;
    uname(&system);
    bench_cpu_model(model);
    printf("zinc %s, %s, %s %s, %ld CPUs, wait back-end %s\n", zinc_version_text(), model,
           system.sysname, system.release, sysconf(_SC_NPROCESSORS_ONLN),
           getenv("ZINC_WAIT") != NULL ? getenv("ZINC_WAIT") : "futex");
    bench_json(
        b,
        "{\"benchmark\": \"%s\", \"version\": \"%s\", \"cpu\": \"%s\", \"system\": \"%s %s\", "
        "\"cpus\": %ld,\n  \"rows\": [",
        name, zinc_version_text(), model, system.sysname, system.release,
        sysconf(_SC_NPROCESSORS_ONLN));
    bench_figure(b, "hand-off of the two CPUs, one way", bench_handoff(), "ns");
}

static inline int bench_end(bench *b) {
    bench_figure(b, "hand-off again, at the end", bench_handoff(), "ns");
    bench_json(b, "\n  ],\n  \"bars_missed\": %d}\n", b->missed);
    if (b->json != NULL && fclose(b->json) != 0) {
        bench_stop("writing the JSON file");
    }
    printf("%d rows, %d bars missed\n", b->rows, b->missed);
    return 0;
}

#endif
