/* SPDX-License-Identifier: MIT */
/* One line on a terminal, from the second second on, ten times a second, gone at the end. */
#include <inttypes.h>

#include "cli.h"

#define FIRST_NS INT64_C(1000000000)
#define EVERY_NS INT64_C(100000000)

void progress_begin(progress *p, const char *what, uint64_t total, bool bytes) {
    *p = (progress){.what = what, .total = total, .bytes = bytes, .begun_ns = zinc_clock_ns()};
}

static void amount(const progress *p, uint64_t number, char out[TEXT_MAX]) {
    if (p->bytes) {
        (void)human_size(out, number);
    } else {
        (void)snprintf(out, TEXT_MAX, "%" PRIu64, number);
    }
}

void progress_at(progress *p, uint64_t done) {
    int64_t now = zinc_clock_ns();
    if (!cli.progress || now - p->begun_ns < FIRST_NS || now - p->last_ns < EVERY_NS) {
        return;
    }
    char have[TEXT_MAX];
    char all[TEXT_MAX + 8] = "";
    char rate[TEXT_MAX];
    double seconds = (double)(now - p->begun_ns) / 1e9;
    amount(p, done, have);
    amount(p, (uint64_t)((double)done / seconds), rate);
    if (p->total > 0) {
        char total[TEXT_MAX];
        amount(p, p->total, total);
        (void)snprintf(all, sizeof all, " of %s", total);
    }
    (void)fprintf(stderr, "\r\033[Kzinc: %s: %s%s, %s/s", p->what, have, all, rate);
    if (p->total > 0 && p->total >= done) {
        (void)fprintf(stderr, ", %d %%", (int)(100.0 * (double)done / (double)p->total));
    }
    (void)fflush(stderr);
    p->shown = true;
    p->last_ns = now;
}

void progress_end(progress *p) {
    if (p->shown) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        p->shown = false;
    }
}
