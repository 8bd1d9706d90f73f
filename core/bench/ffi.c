/* SPDX-License-Identifier: MIT */
/* What every language measures of its own border (docs/extending.md), measured in C: one line of
 * JSON. The bare call is one of a function of another translation unit that does nothing. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <zinc.h>

#define REPEATS 11
#define CALLS 5000000
#define ROUNDS 20000
#define FLOATS 25000000 /* 100 MB */

static int64_t now(void) {
    return zinc_clock_ns();
}

/* This thread's own time: what it is kept waiting by others is not counted. */
static int64_t spent(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void ok(int32_t status, const char *what) {
    if (status != ZINC_OK) {
        fprintf(stderr, "ffi: %s: %s\n", what, zinc_strerror(status));
        exit(1);
    }
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

/* Not inlined, and the compiler is not told what it does. */
__attribute__((noinline)) static size_t bare(zinc_region *region) {
    __asm__ volatile("" : "+r"(region));
    return (size_t)(uintptr_t)region;
}

static double nanoseconds_each(size_t (*call)(zinc_region *), zinc_region *region) {
    static volatile size_t seen;
    int64_t began = spent();
    for (int i = 0; i < CALLS; i++) {
        seen = call(region);
    }
    (void)seen;
    return (double)(spent() - began) / CALLS;
}

static double notify_each(zinc_region *region) {
    int64_t began = spent();
    for (int i = 0; i < CALLS; i++) {
        zinc_notify(region);
    }
    return (double)(spent() - began) / CALLS;
}

static pid_t start_echo(const char *name) {
    const char *program = getenv("ZINC_ECHO");
    int pipes[2];
    if (program == NULL || pipe(pipes) != 0) {
        fprintf(stderr, "ffi: ZINC_ECHO names no program\n");
        exit(1);
    }
    pid_t child = fork();
    if (child == 0) {
        dup2(pipes[1], 1);
        close(pipes[0]);
        close(pipes[1]);
        execl(program, program, name, (char *)NULL);
        perror(program);
        _exit(127);
    }
    close(pipes[1]);
    char said[6];
    for (size_t got = 0; got < sizeof said;) {
        ssize_t count = read(pipes[0], said + got, sizeof said - got);
        if (count <= 0) {
            fprintf(stderr, "ffi: %s is not ready\n", program);
            exit(1);
        }
        got += (size_t)count;
    }
    close(pipes[0]);
    return child;
}

static double round_trip(zinc_region *region, const char *name) {
    static double each[ROUNDS];
    char back_name[80];
    zinc_region *back = NULL;
    snprintf(back_name, sizeof back_name, "%s-back", name);
    ok(zinc_create(back_name, 4096, &back), "create");
    pid_t echo = start_echo(name);
    for (int i = -ROUNDS / 10; i < ROUNDS; i++) {
        int64_t began = now();
        zinc_notify(region);
        ok(zinc_wait(back, 5000), "wait");
        if (i >= 0) {
            each[i] = (double)(now() - began);
        }
    }
    *zinc_ptr(region) = 1;
    zinc_notify(region);
    int status = 0;
    waitpid(echo, &status, 0);
    if (status != 0) {
        fprintf(stderr, "ffi: the echo program failed\n");
        exit(1);
    }
    zinc_close(back);
    return median(each, ROUNDS);
}

static double seconds_to_sum(const float *values) {
    static volatile float total;
    int64_t began = spent();
    float sum = 0;
    for (size_t i = 0; i < FLOATS; i++) {
        sum += values[i];
    }
    total = sum;
    (void)total;
    return (double)(spent() - began) / 1e9;
}

int main(void) {
    char name[64];
    snprintf(name, sizeof name, "ffi-%ld", (long)getpid());
    zinc_region *region = NULL;
    ok(zinc_create(name, FLOATS * sizeof(float), &region), "create");
    float *view = (float *)(void *)zinc_ptr(region);
    float *own = malloc(FLOATS * sizeof *own);
    if (own == NULL) {
        perror("malloc");
        return 1;
    }
    for (size_t i = 0; i < FLOATS; i++) {
        view[i] = own[i] = (float)(i % 1000) / 1000;
    }
    double call[REPEATS], plain[REPEATS], notify[REPEATS], of_view[REPEATS], of_own[REPEATS];
    for (int i = -1; i < REPEATS; i++) { /* the first is for warmth */
        size_t at = i < 0 ? 0 : (size_t)i;
        call[at] = nanoseconds_each(zinc_capacity, region);
        plain[at] = nanoseconds_each(bare, region);
        notify[at] = notify_each(region);
        of_view[at] = seconds_to_sum(view);
        of_own[at] = seconds_to_sum(own);
    }
    *zinc_ptr(region) = 0;
    double trip = round_trip(region, name);
    zinc_close(region);
    printf("{\"language\": \"C\", \"call_ns\": %.2f, \"bare_ns\": %.2f, \"notify_ns\": %.2f, "
           "\"round_trip_ns\": %.0f, \"sum_view_s\": %.6f, \"sum_own_s\": %.6f}\n",
           median(call, REPEATS), median(plain, REPEATS), median(notify, REPEATS), trip,
           median(of_view, REPEATS), median(of_own, REPEATS));
    return 0;
}
