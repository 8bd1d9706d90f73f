/* SPDX-License-Identifier: MIT */
/* zinc gc: remove what the dead have left. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

typedef struct sweep {
    bool begun;
    table *t; /* NULL for JSON, or without memory */
    progress p;
    uint64_t told;
    bool dry;
} sweep;

/* At the first thing, or at the end: a gc that cannot begin prints nothing. */
static void begin(sweep *s) {
    if (s->begun) {
        return;
    }
    s->begun = true;
    if (cli.json) {
        json_open(NULL, '{');
        json_open("things", '[');
    } else {
        s->t = table_begin("name|kind|>size|result");
    }
}

static void on_thing(void *context, uint32_t kind, const char *name, uint64_t allocated,
                     int32_t status) {
    sweep *s = context;
    char text[ESCAPED_MAX];
    char size[TEXT_MAX];
    const char *what = kind == ZINC_GC_REGION ? "region" : "temporary";
    begin(s);
    progress_at(&s->p, ++s->told);
    if (cli.json) {
        json_open(NULL, '{');
        json_text("kind", what, SIZE_MAX);
        json_text("name", name, 256);
        json_number("allocated", allocated);
        json_signed("status", status);
        json_text("status_name", zinc_error_name(status), SIZE_MAX);
        json_close('}');
        return;
    }
    if (s->t == NULL) {
        return;
    }
    table_cell(s->t, escape(text, name, 256, ESCAPE_ASCII), BOLD);
    table_cell(s->t, what, PLAIN);
    table_cell(s->t, size_text(size, allocated), PLAIN);
    if (status == ZINC_OK) {
        table_cell(s->t, s->dry ? "would be removed" : "removed", GREEN);
    } else {
        (void)snprintf(text, sizeof text, "kept: %s", zinc_strerror(status));
        table_cell(s->t, text, RED);
    }
}

static void report_json(const zinc_gc_report *report, bool dry) {
    json_close(']');
    json_flag("dry_run", dry);
    json_number("regions_seen", report->regions_seen);
    json_number("regions_removed", report->regions_removed);
    json_number("temporaries_removed", report->temporaries_removed);
    json_number("failures", report->failures);
    json_number("bytes_removed", report->bytes_removed);
    json_close('}');
    json_end();
}

static void report_print(const zinc_gc_report *report, bool dry) {
    char size[TEXT_MAX];
    if (!cli.human) {
        return; /* the rows say it all */
    }
    (void)printf("%s %" PRIu64 " of %" PRIu64 " regions and %" PRIu64 " half-made ones: %s\n",
                 dry ? "would remove" : "removed", report->regions_removed, report->regions_seen,
                 report->temporaries_removed, human_size(size, report->bytes_removed));
}

static void finish(sweep *s, const zinc_gc_report *report) {
    if (cli.json) {
        report_json(report, s->dry);
        return;
    }
    if (s->t != NULL) {
        table_end(s->t);
    }
    report_print(report, s->dry);
}

int verb_gc(const arguments *given) {
    sweep s = {.dry = argument(given, "dry-run") != NULL};
    zinc_gc_report report = {.size = sizeof report};
    zinc_error error = {.status = 0};
    progress_begin(&s.p, s.dry ? "gc: found" : "gc: removed", 0, false);
    int32_t status = zinc_gc(s.dry ? (uint32_t)ZINC_GC_DRY_RUN : 0, on_thing, &s, &report, &error);
    progress_end(&s.p);
    if (status == ZINC_OK) {
        begin(&s);
    }
    if (s.begun) {
        finish(&s, &report);
    }
    if (status != ZINC_OK) {
        return say_error(status, "", &error);
    }
    if (report.failures > 0) {
        return say(EXIT_FAILED,
                   "%" PRIu64 " could not be removed: act as the owner of the files, or as root",
                   report.failures);
    }
    return EXIT_DONE;
}
