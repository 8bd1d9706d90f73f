/* SPDX-License-Identifier: MIT */
/* zinc doctor: what may go wrong on this machine, and what to do about it. */
#define _XOPEN_SOURCE 700
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum level { OK_, ADVICE, WRONG };
enum { FINDINGS_MAX = 24, FINDING_TEXT = 512, FIRST_SYSTEM_USER = 1000 };

typedef struct finding {
    enum level level;
    const char *check;
    char text[FINDING_TEXT];
    const char *remedy; /* "" if there is nothing to do */
} finding;

typedef struct diagnosis {
    zinc_doctor_facts facts;
    finding found[FINDINGS_MAX];
    size_t count;
} diagnosis;

static const char *level_text(enum level level) {
    return level == OK_ ? "ok" : (level == ADVICE ? "advice" : "wrong");
}

static void note(diagnosis *d, enum level level, const char *check, const char *remedy,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

static void note(diagnosis *d, enum level level, const char *check, const char *remedy,
                 const char *format, ...) {
    if (d->count == FINDINGS_MAX) {
        return;
    }
    finding *f = &d->found[d->count++];
    *f = (finding){.level = level, .check = check, .remedy = level == OK_ ? "" : remedy};
    va_list list;
    va_start(list, format);
    (void)vsnprintf(f->text, sizeof f->text, format, list);
    va_end(list);
}

/* ---- The directory -------------------------------------------------------------------------- */

static void check_directory(diagnosis *d) {
    const zinc_doctor_facts *f = &d->facts;
    if (f->directory_status != ZINC_OK) {
        note(d, WRONG, "directory",
             "Set ZINC_DIR (or --dir) to an existing directory on a local file system, and "
             "ZINC_DOMAIN (or --domain) to a valid word or to nothing.",
             "%s cannot be used: %s", f->directory[0] != '\0' ? f->directory : "the directory",
             zinc_error_name(f->directory_status));
        return;
    }
    note(d, OK_, "directory", "", "%s (%s)%s%s%s", f->directory, f->filesystem,
         f->domain[0] != '\0' ? ", domain " : "", f->domain,
         f->directory_sticky != 0 ? ", sticky: only owners and root remove files" : "");
}

static void check_space(diagnosis *d) {
    const zinc_doctor_facts *f = &d->facts;
    const char *remedy = "Remove stale regions ('zinc gc') and unused ones ('zinc rm'), enlarge it "
                         "(mount -o remount,size=..., docker run --shm-size=...), or set ZINC_DIR "
                         "to another file system.";
    char free_text[TEXT_MAX];
    char total_text[TEXT_MAX];
    if (f->directory_status != ZINC_OK || f->directory_total == UINT64_MAX ||
        f->directory_free == UINT64_MAX) {
        return;
    }
    uint64_t percent = f->directory_total / 100;
    enum level level =
        f->directory_free < (UINT64_C(1) << 20) || f->directory_free < percent         ? WRONG
        : f->directory_free < (UINT64_C(64) << 20) || f->directory_free < 10 * percent ? ADVICE
                                                                                       : OK_;
    /* A file system without a size of its own says 0 of 0. */
    level = f->directory_total == 0 ? OK_ : level;
    note(d, level, "space", remedy, "%s free of %s in %s", human_size(free_text, f->directory_free),
         human_size(total_text, f->directory_total), f->directory);
}

static void check_inodes(diagnosis *d) {
    const zinc_doctor_facts *f = &d->facts;
    if (f->directory_status != ZINC_OK || f->inodes_total == UINT64_MAX || f->inodes_total == 0 ||
        f->inodes_free == UINT64_MAX) {
        return;
    }
    enum level level = f->inodes_free < 16 ? WRONG : (f->inodes_free < 1000 ? ADVICE : OK_);
    note(d, level, "inodes",
         "Remove files from the directory, or mount it with a larger nr_inodes.",
         "%" PRIu64 " free of %" PRIu64 ": each region needs one", f->inodes_free, f->inodes_total);
}

static void check_removal(diagnosis *d) {
    bool shared_memory = strncmp(d->facts.directory, "/dev/shm", 8) == 0;
    bool person = geteuid() >= FIRST_SYSTEM_USER;
    if (d->facts.remove_ipc == 1 && shared_memory) {
        note(d, person ? ADVICE : OK_, "logind",
             "Set RemoveIPC=no in /etc/systemd/logind.conf and restart systemd-logind, run the "
             "processes as a system user, or set ZINC_DIR to a directory of your own.",
             "RemoveIPC=yes: at logout logind removes a person's files from /dev/shm%s",
             person ? "" : ", not those of system users as you are");
    } else {
        note(d, OK_, "logind", "", "%s",
             d->facts.remove_ipc == 0   ? "RemoveIPC=no: regions survive a logout"
             : d->facts.remove_ipc == 1 ? "RemoveIPC=yes does not concern this directory"
                                        : "no logind, or its settings cannot be read");
    }
}

/* ---- Limits --------------------------------------------------------------------------------- */

static void check_limit(diagnosis *d, const char *check, uint64_t limit, uint64_t used,
                        uint64_t few, const char *remedy, const char *what) {
    if (limit == UINT64_MAX) {
        note(d, OK_, check, "", "no limit: %s", what);
        return;
    }
    uint64_t taken = used == UINT64_MAX ? 0 : used;
    uint64_t left = limit > taken ? limit - taken : 0;
    enum level level = left < few / 8 ? WRONG : (left < few ? ADVICE : OK_);
    note(d, level, check, remedy, "%" PRIu64 " of %" PRIu64 " left: %s", left, limit, what);
}

static void check_limits(diagnosis *d) {
    const zinc_doctor_facts *f = &d->facts;
    check_limit(d, "descriptors", f->descriptors_limit, f->descriptors_used, 256,
                "Raise it: ulimit -n, LimitNOFILE= in a systemd unit, or docker run --ulimit "
                "nofile=...",
                "an open region needs one");
    check_limit(d, "maps", f->maps_limit, f->maps_used, 8192,
                "Raise it: sysctl vm.max_map_count=262144", "an open region needs one");
    if (f->address_space_limit != UINT64_MAX) {
        char text[TEXT_MAX];
        note(d, f->address_space_limit < (UINT64_C(1) << 30) ? WRONG : ADVICE, "address space",
             "Raise it: ulimit -v unlimited. A handle maps the region's maximum capacity at once.",
             "limited to %s", human_size(text, f->address_space_limit));
    } else {
        note(d, OK_, "address space", "", "no limit");
    }
}

/* ---- The system ----------------------------------------------------------------------------- */

static void check_offer(diagnosis *d, bool there, const char *check, const char *with,
                        const char *without, const char *remedy) {
    note(d, there ? OK_ : ADVICE, check, remedy, "%s", there ? with : without);
}

static void check_system(diagnosis *d) {
    const zinc_doctor_facts *f = &d->facts;
    bool polls = strcmp(f->wait_backend, "poll") == 0;
    note(d, polls ? ADVICE : OK_, "waiting",
         "Unset ZINC_WAIT, or use a system with futexes: polling costs processor time and up to "
         "a millisecond a wake.",
         "back-end %s", f->wait_backend);
    check_offer(d, f->has_waitv != 0, "many waits", "one thread can wait on many regions",
                "event loops need a thread for each region that they wait on",
                "Use Linux 5.16 or later if you wait on many regions in event loops.");
    note(d, f->processors > 1 ? OK_ : ADVICE, "processors",
         "Nothing, if that is meant; else give the process a second one.", "%" PRIu64 "%s",
         f->processors,
         f->processors > 1 ? "" : ": waits never spin, so every hand-over is a switch");
    note(d, OK_, "huge pages", "",
         "shared memory: %s; page size %" PRIu64 ". Regions ask for them with an option",
         f->huge_pages[0] != '\0' ? f->huge_pages : "not offered", f->page_size);
    check_offer(d, f->has_tmpfile != 0, "creation", "regions appear in one step",
                "regions are made under a temporary name that 'zinc gc' sweeps after a death",
                "Set ZINC_DIR to a file system with O_TMPFILE, as tmpfs, ext4, xfs or btrfs.");
    check_offer(d, f->has_proc != 0, "proc", "/proc is mounted",
                "/proc is not mounted, so there are no private regions",
                "Mount it: mount -t proc proc /proc");
    check_offer(d, f->has_memfd != 0, "memory files", "private and sealed regions are possible",
                "private and sealed regions are not possible here",
                "Use Linux 3.17 or later, and allow memfd_create in the sandbox.");
}

/* ---- The regions ---------------------------------------------------------------------------- */

typedef struct tally {
    uint64_t count;
    char names[200];
} tally;

static void tally_add(tally *t, const zinc_info *info) {
    char name[ESCAPED_MAX];
    size_t length = strlen(t->names);
    escape(name, info->name, sizeof info->name, ESCAPE_ASCII);
    if (length + strlen(name) + 9 < sizeof t->names) { /* ", " and ", ..." */
        (void)snprintf(t->names + length, sizeof t->names - length, "%s%s",
                       t->count > 0 ? ", " : "", name);
    } else if (strstr(t->names, ", ...") == NULL && length + 6 < sizeof t->names) {
        memcpy(t->names + length, ", ...", sizeof ", ...");
    }
    t->count++;
}

static void check_regions(diagnosis *d) {
    tally damaged = {.count = 0};
    tally foreign = {.count = 0};
    zinc_list *list = NULL;
    if (zinc_list_begin(&list, NULL) != ZINC_OK) {
        return;
    }
    for (;;) {
        zinc_info info = {.size = sizeof info};
        int32_t status = zinc_list_next(list, &info);
        if (status == ZINC_E_NOENT) {
            break;
        }
        if (status == ZINC_E_CORRUPT || (status == ZINC_OK && (info.flags & ZINC_INFO_GONE) != 0)) {
            tally_add(&damaged, &info);
        } else if (status == ZINC_E_LAYOUT) {
            tally_add(&foreign, &info);
        }
    }
    zinc_list_end(list);
    char size[TEXT_MAX];
    note(d, d->facts.regions_stale > 0 ? ADVICE : OK_, "stale regions",
         "'zinc gc' removes them; so does the next create or open of each name.",
         "%" PRIu64 " of %" PRIu64 " regions have no living user: %s", d->facts.regions_stale,
         d->facts.regions, human_size(size, d->facts.bytes_stale));
    if (damaged.count > 0) {
        note(d, WRONG, "damaged regions",
             "Find out who truncates or overwrites them, end their users, and remove them: 'zinc "
             "rm NAME'.",
             "%" PRIu64 ": %s", damaged.count, damaged.names);
    }
    if (foreign.count > 0) {
        note(d, ADVICE, "foreign files",
             "Use releases with the same layout on all sides ('zinc version'), or move the files "
             "away: their names cannot be used.",
             "%" PRIu64 " files with names of regions are of another layout or none: %s",
             foreign.count, foreign.names);
    }
}

/* ---- Output --------------------------------------------------------------------------------- */

static void print_human(const diagnosis *d) {
    static const enum colour colours[] = {GREEN, YELLOW, RED};
    for (size_t i = 0; i < d->count; i++) {
        const finding *f = &d->found[i];
        char text[ESCAPED_MAX];
        (void)printf("%s%-6s%s  %-15s %s\n", colour_on(colours[f->level]), level_text(f->level),
                     colour_off(), f->check, escape(text, f->text, sizeof f->text, ESCAPE_TEXT));
        if (f->remedy[0] != '\0') {
            (void)printf("%*s%s\n", 24, "", f->remedy);
        }
    }
}

static void print_table(const diagnosis *d) {
    (void)puts("level\tcheck\tfinding\tremedy");
    for (size_t i = 0; i < d->count; i++) {
        const finding *f = &d->found[i];
        char text[ESCAPED_MAX];
        (void)printf("%s\t%s\t%s\t%s\n", level_text(f->level), f->check,
                     escape(text, f->text, sizeof f->text, ESCAPE_UTF8), f->remedy);
    }
}

static void facts_json(const zinc_doctor_facts *f) {
    json_open("facts", '{');
    json_text("directory", f->directory, sizeof f->directory);
    json_signed("directory_status", f->directory_status);
    json_text("filesystem", f->filesystem, sizeof f->filesystem);
    json_text("domain", f->domain, sizeof f->domain);
    json_text("wait_backend", f->wait_backend, sizeof f->wait_backend);
    json_text("huge_pages", f->huge_pages, sizeof f->huge_pages);
    json_size("directory_total", f->directory_total);
    json_size("directory_free", f->directory_free);
    json_size("inodes_total", f->inodes_total);
    json_size("inodes_free", f->inodes_free);
    json_size("descriptors_limit", f->descriptors_limit);
    json_size("descriptors_used", f->descriptors_used);
    json_size("maps_limit", f->maps_limit);
    json_size("maps_used", f->maps_used);
    json_size("address_space_limit", f->address_space_limit);
    json_size("page_size", f->page_size);
    json_size("processors", f->processors);
    json_size("regions", f->regions);
    json_size("regions_stale", f->regions_stale);
    json_size("bytes_stale", f->bytes_stale);
    json_flag("has_proc", f->has_proc != 0);
    json_flag("has_tmpfile", f->has_tmpfile != 0);
    json_flag("has_waitv", f->has_waitv != 0);
    json_flag("has_memfd", f->has_memfd != 0);
    json_text("remove_ipc", f->remove_ipc == 1 ? "yes" : (f->remove_ipc == 0 ? "no" : "unknown"),
              SIZE_MAX);
    json_flag("directory_sticky", f->directory_sticky != 0);
    json_close('}');
}

static void print_json(const diagnosis *d, bool healthy) {
    json_open(NULL, '{');
    json_flag("healthy", healthy);
    facts_json(&d->facts);
    json_open("findings", '[');
    for (size_t i = 0; i < d->count; i++) {
        const finding *f = &d->found[i];
        json_open(NULL, '{');
        json_text("level", level_text(f->level), SIZE_MAX);
        json_text("check", f->check, SIZE_MAX);
        json_text("finding", f->text, sizeof f->text);
        json_text("remedy", f->remedy, SIZE_MAX);
        json_close('}');
    }
    json_close(']');
    json_close('}');
    json_end();
}

int verb_doctor(const arguments *given) {
    (void)given;
    diagnosis *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return say(EXIT_NOSPACE, "no memory");
    }
    d->facts.size = sizeof d->facts;
    int32_t status = zinc_doctor(&d->facts);
    if (status != ZINC_OK) {
        free(d);
        return say(EXIT_FAILED, "%s: %s", zinc_strerror(status), zinc_error_remedy(status));
    }
    check_directory(d);
    check_space(d);
    check_inodes(d);
    check_limits(d);
    check_system(d);
    check_removal(d);
    check_regions(d);
    bool healthy = true;
    for (size_t i = 0; i < d->count; i++) {
        healthy = healthy && d->found[i].level != WRONG;
    }
    if (cli.json) {
        print_json(d, healthy);
    } else if (cli.human) {
        print_human(d);
    } else {
        print_table(d);
    }
    free(d);
    return healthy ? EXIT_DONE : EXIT_FAILED;
}
