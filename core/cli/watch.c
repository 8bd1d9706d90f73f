/* SPDX-License-Identifier: MIT */
/* zinc watch: follow a name until it is gone.
 *
 * It looks (zinc_region_lookup) instead of opening: an opened auto region would live for as long as
 * somebody watches it, and its end is what people want to see. The sequence tells how many
 * notifications came between two looks; those of the last interval before the end are not seen. */
#define _XOPEN_SOURCE 700
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli.h"

#define INTERVAL_NS INT64_C(100000000)
#define RATE_NS INT64_C(1000000000) /* over which the rate is measured, at least */

typedef struct watcher {
    const char *name;
    zinc_info last;
    uint64_t total; /* notifications seen since the start */
    double rate;    /* a second */
    int64_t rate_since_ns;
    uint64_t rate_total;
} watcher;

/* What changed between two looks, as a word; NULL if nothing did. */
static const char *change(const zinc_info *before, const zinc_info *now) {
    if (before->inode != now->inode || before->device != now->device) {
        return "replaced";
    }
    if (now->participants_alive > before->participants_alive) {
        return "joined";
    }
    if (now->participants_alive < before->participants_alive) {
        return "left";
    }
    if (now->participants_dead > before->participants_dead) {
        return "died";
    }
    if (now->notifications != before->notifications) {
        return "notified";
    }
    if (now->capacity != before->capacity) {
        return "grown";
    }
    if (now->waiters != before->waiters || now->flags != before->flags ||
        now->participants_dead != before->participants_dead) {
        return "changed";
    }
    return NULL;
}

static void rate_update(watcher *w) {
    int64_t now = zinc_clock_ns();
    int64_t span = now - w->rate_since_ns;
    if (span >= RATE_NS) {
        w->rate = (double)(w->total - w->rate_total) * 1e9 / (double)span;
        w->rate_since_ns = now;
        w->rate_total = w->total;
    }
}

static void line_json(const watcher *w, const char *event, const zinc_info *info) {
    json_open(NULL, '{');
    json_signed("time_ns", realtime_ns());
    json_text("event", event, SIZE_MAX);
    json_number("seen", w->total);
    json_real("rate", w->rate);
    json_region("region", ZINC_OK, info);
    json_close('}');
    json_end();
}

static void line_plain(const watcher *w, const char *event, const zinc_info *info) {
    char when[TEXT_MAX];
    (void)printf("%s\t%s\t%" PRIu64 "\t%.1f\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu64 "\n",
                 time_text(when, realtime_ns()), event, w->total, w->rate, info->participants_alive,
                 info->participants_dead, info->waiters, info->capacity);
}

static void line_human(const watcher *w, const char *event, const zinc_info *info) {
    char name[ESCAPED_MAX];
    char size[TEXT_MAX];
    (void)printf("\r\033[K%s%s%s  %s%s%s  %" PRIu64 " notifications, %.1f/s  %" PRIu32
                 " alive, %" PRIu32 " dead, %" PRIu32 " waiting  %s",
                 colour_on(BOLD), escape(name, info->name, sizeof info->name, ESCAPE_ASCII),
                 colour_off(), colour_on(DIM), event, colour_off(), w->total, w->rate,
                 info->participants_alive, info->participants_dead, info->waiters,
                 human_size(size, info->capacity));
}

/* False when nobody takes the lines. */
static bool line(const watcher *w, const char *event, const zinc_info *info) {
    if (cli.json) {
        line_json(w, event, info);
    } else if (cli.human) {
        line_human(w, event, info);
    } else {
        line_plain(w, event, info);
    }
    return output_flush();
}

/* A look found the region: say what is new. */
static bool look_compare(watcher *w, const zinc_info *now) {
    const char *event = change(&w->last, now);
    bool same = now->inode == w->last.inode && now->device == w->last.device;
    /* The sequence wraps at 2^32, so the difference is right. */
    w->total += same ? now->notifications - w->last.notifications : now->notifications;
    rate_update(w);
    w->last = *now;
    if (event != NULL || (cli.human && !cli.json)) {
        return line(w, event != NULL ? event : "quiet", now);
    }
    return true;
}

static bool over(const zinc_info *info) {
    return (info->flags & (ZINC_INFO_DEAD | ZINC_INFO_RECLAIMABLE)) != 0;
}

static int follow(watcher *w, int64_t interval_ns) {
    struct timespec pause = {.tv_sec = (time_t)(interval_ns / 1000000000),
                             .tv_nsec = (long)(interval_ns % 1000000000)};
    int code = EXIT_DONE;
    bool more = line(w, "watching", &w->last);
    while (more && interrupted() == 0) {
        zinc_info now = {.size = sizeof now};
        zinc_error error = {.status = 0};
        int32_t status = zinc_region_lookup(w->name, &now, &error);
        if (status == ZINC_E_NOENT || (status == ZINC_OK && over(&now))) {
            (void)line(w, "gone", status == ZINC_OK ? &now : &w->last);
            break;
        }
        if (status == ZINC_OK) {
            more = look_compare(w, &now);
            (void)nanosleep(&pause, NULL);
        } else {
            code = say_error(status, w->name, &error);
            more = false;
        }
    }
    if (cli.human && !cli.json) {
        (void)putchar('\n');
    }
    return code;
}

int verb_watch(const arguments *given) {
    int64_t interval_ns = INTERVAL_NS;
    if (!argument_duration(given, "interval", &interval_ns)) {
        return EXIT_USAGE;
    }
    if (interval_ns < 1000000) {
        return say(EXIT_USAGE, "--interval: at least 1ms");
    }
    watcher w = {.name = given->words[0], .rate_since_ns = zinc_clock_ns()};
    w.last.size = sizeof w.last;
    zinc_error error = {.status = 0};
    int32_t status = zinc_region_lookup(w.name, &w.last, &error);
    if (status != ZINC_OK) {
        return say_error(status, w.name, &error);
    }
    if (!interrupt_begin()) {
        return EXIT_NOSPACE;
    }
    if (!cli.human && !cli.json) {
        (void)puts("time\tevent\tnotifications\trate\talive\tdead\twaiters\tcapacity");
    }
    return follow(&w, interval_ns);
}
