/* SPDX-License-Identifier: MIT */
/* zinc bench: what its two halves share. */
#ifndef ZINC_CLI_BENCH_H
#define ZINC_CLI_BENCH_H

#include "cli.h"

/* A figure beside its raw counterpart of the same run. */
typedef struct figure {
    const char *name;
    const char *unit;    /* "ns" or "GiB/s" */
    double value;        /* the median; of bandwidths, the best pass */
    double p99;          /* 0: not measured */
    double raw;          /* the counterpart's value; 0: there is none */
    const char *against; /* what the counterpart is; "" without one */
} figure;

/* Sort the samples; store median and 99th percentile. */
void bench_percentiles(int64_t *samples, size_t count, double *p50, double *p99);

/* Two processes: hand-off of a line, notify and wait hot and parked, against hand-off and pipe.
 * Three figures, the hand-off first; an exit code. */
int bench_pair(figure out[3]);

/* One process: idle notify, create + open + close, open + close, and write, read, copy. */
int bench_alone(figure out[6]);

#endif
