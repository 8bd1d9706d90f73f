/* SPDX-License-Identifier: MIT */
/* zinc bench: prints what bench_pair.c and bench_alone.c measure. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { PAIR = 3, ALONE = 6 };

static int ascending(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

void bench_percentiles(int64_t *samples, size_t count, double *p50, double *p99) {
    qsort(samples, count, sizeof *samples, ascending);
    size_t middle = count / 2;
    size_t late = count - 1 - count / 100;
    *p50 = (double)samples[middle];
    *p99 = (double)samples[late];
}

static void print_json(const figure *figures, size_t count) {
    json_open(NULL, '{');
    json_text("version", zinc_version_text(), SIZE_MAX);
    json_real("handoff_ns", figures[0].value / 2);
    json_open("figures", '[');
    for (size_t i = 0; i < count; i++) {
        const figure *f = &figures[i];
        json_open(NULL, '{');
        json_text("name", f->name, SIZE_MAX);
        json_text("unit", f->unit, SIZE_MAX);
        json_real("value", f->value);
        if (f->p99 > 0) {
            json_real("p99", f->p99);
        }
        if (f->raw > 0) {
            json_real("raw", f->raw);
            json_real("ratio", f->value / f->raw);
            json_text("against", f->against, SIZE_MAX);
        }
        json_close('}');
    }
    json_close(']');
    json_close('}');
    json_end();
}

static void number_cell(table *t, double number) {
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof text, number < 100 ? "%.2f" : "%.0f", number);
    table_cell(t, number > 0 ? text : "-", number > 0 ? PLAIN : DIM);
}

static void print_table(const figure *figures, size_t count) {
    if (cli.human) {
        (void)printf("hand-off between two processors: %.0f ns one way\n\n", figures[0].value / 2);
    }
    table *t = table_begin("figure|unit|>value|>p99|>raw|>ratio|against");
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const figure *f = &figures[i];
        table_cell(t, f->name, BOLD);
        table_cell(t, f->unit, PLAIN);
        number_cell(t, f->value);
        number_cell(t, f->p99);
        number_cell(t, f->raw);
        number_cell(t, f->raw > 0 ? f->value / f->raw : 0);
        table_cell(t, f->raw > 0 ? f->against : "-", DIM);
    }
    table_end(t);
}

int verb_bench(const arguments *given) {
    (void)given;
    figure figures[PAIR + ALONE];
    memset(figures, 0, sizeof figures);
    if (!interrupt_begin()) {
        return EXIT_NOSPACE;
    }
    if (cli.progress) {
        (void)fputs("zinc: bench: measuring for a few seconds ...", stderr);
    }
    int code = bench_pair(figures);
    if (code == EXIT_DONE && interrupted() == 0) {
        code = bench_alone(figures + PAIR);
    }
    if (cli.progress) {
        (void)fputs("\r\033[K", stderr);
    }
    if (code != EXIT_DONE || interrupted() != 0) {
        return code;
    }
    if (cli.json) {
        print_json(figures, PAIR + ALONE);
    } else {
        print_table(figures, PAIR + ALONE);
    }
    return EXIT_DONE;
}
