/* SPDX-License-Identifier: MIT */
/* Creators, openers, reclaimers and closers that die or stop at each of their steps. What must
 * hold: no living name is lost, nothing of the dead stays past the next create, open or gc, nobody
 * waits for more than about a second for a process that does not go on. */
#define _GNU_SOURCE
#include <zinc.h>

#include "child.h"

#define NAME "life"
#define FILE_NAME "zinc_life"
#define NEVER ((zinc_region *)&not_null)
static int not_null;

static bool file_exists(const char *file) {
    char path[512];
    struct stat facts;
    snprintf(path, sizeof path, "%s/%s", cases_directory, file);
    return lstat(path, &facts) == 0;
}

static zinc_region *created(void) {
    zinc_region *region = NULL;
    verify(zinc_create(NAME, 1000, &region) == ZINC_OK);
    return region;
}

static zinc_region *opened(void) {
    zinc_region *region = NULL;
    verify(zinc_open(NAME, &region) == ZINC_OK);
    return region;
}

static int32_t open_status(void) {
    zinc_region *region = NEVER;
    int32_t status = zinc_open(NAME, &region);
    verify((status == ZINC_OK) == (region != NULL));
    zinc_close(region);
    return status;
}

static int32_t create_status(void) {
    zinc_region *region = NEVER;
    int32_t status = zinc_create(NAME, 1000, &region);
    verify((status == ZINC_OK) == (region != NULL));
    zinc_close(region);
    return status;
}

static zinc_info info_of(zinc_region *region) {
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(region, &info) == ZINC_OK);
    return info;
}

static bool bound(zinc_region *region) {
    zinc_info named = {.size = sizeof named};
    return zinc_region_lookup(NAME, &named, NULL) == ZINC_OK &&
           named.inode == info_of(region).inode;
}

static void gc(void) {
    verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
}

/* ---- What children do ----------------------------------------------------------------------- */

static void do_create(void *context) {
    zinc_region *region = NULL;
    int32_t status = zinc_create(NAME, 1000, &region);
    (void)context;
    zinc_close(region);
    _exit(status == ZINC_OK ? 0 : -status);
}

static void do_open(void *context) {
    zinc_region *region = NULL;
    int32_t status = zinc_open(NAME, &region);
    (void)context;
    zinc_close(region);
    _exit(status == ZINC_OK ? 0 : -status);
}

static void do_replace(void *context) {
    zinc_region *region = NULL;
    int32_t status = zinc_region_replace(NAME, 2000, NULL, &region, NULL);
    (void)context;
    zinc_close(region);
    _exit(status == ZINC_OK ? 0 : -status);
}

static void do_remove(void *context) {
    (void)context;
    _exit(-zinc_region_remove(NAME, NULL));
}

static void do_gc(void *context) {
    (void)context;
    _exit(-zinc_gc(0, NULL, NULL, NULL, NULL));
}

static void hold_created(void *context) {
    const uint32_t *lifetime = context;
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options,
                                   .lifetime = lifetime == NULL ? 0 : *lifetime};
    verify(zinc_region_create(NAME, 1000, &options, &region, NULL) == ZINC_OK);
    raise(SIGSTOP);
    child_forever();
}

/* A region under the name whose only participant was killed. */
static void orphan(void) {
    pid_t pid = child_start(hold_created, NULL);
    verify(child_stopped(pid));
    verify(child_kill(pid) == -SIGKILL);
    verify(file_exists(FILE_NAME));
}

static const char *kill_at(const char *point) {
    static char text[80];
    snprintf(text, sizeof text, "%s:1:kill", point);
    return text;
}

static const char *stop_at(const char *point) {
    static char text[80];
    snprintf(text, sizeof text, "%s:1:stop", point);
    return text;
}

/* ---- create.* ------------------------------------------------------------------------------- */

/* Killed before the name exists: nothing was there, nothing is left, and nobody is held up. */
static void create_killed(const char *point) {
    cases_space before = cases_space_used();
    verify(child_end(child_start_at(kill_at(point), do_create, NULL)) == -SIGKILL);
    verify(cases_files(true) == 0);
    cases_space after = cases_space_used();
    verify(!cases_own_mount || (before.bytes == after.bytes && before.inodes == after.inodes));
    verify(open_status() == ZINC_E_NOENT);
    int64_t began = cases_now_ms();
    verify(create_status() == ZINC_OK);
    verify(cases_now_ms() - began <= 100 + CASES_SLACK_MS);
}

static void create_tmpfile(void) {
    create_killed("create.tmpfile");
}
static void create_fallocate(void) {
    create_killed("create.fallocate");
}
static void create_init_half(void) {
    create_killed("create.init_half");
}
static void create_ready(void) {
    create_killed("create.ready");
}
static void create_locked(void) {
    create_killed("create.locked");
}

static void create_linked(void) {
    verify(child_end(child_start_at("create.linked:1:kill", do_create, NULL)) == -SIGKILL);
    verify(file_exists(FILE_NAME));
    verify(open_status() == ZINC_E_NOENT);
    verify(!file_exists(FILE_NAME)); /* the open cleared it away */
    verify(child_end(child_start_at("create.linked:1:kill", do_create, NULL)) == -SIGKILL);
    int64_t began = cases_now_ms();
    verify(create_status() == ZINC_OK);
    verify(cases_now_ms() - began <= 100 + CASES_SLACK_MS);
    verify(child_end(child_start_at("create.linked:1:kill", do_create, NULL)) == -SIGKILL);
    gc();
}

/* The directory's file system is full: an error now, not a signal later. */
static void create_enospc(void) {
    char small[300];
    snprintf(small, sizeof small, "%s/small", cases_directory);
    verify(mkdir(small, 0700) == 0);
    if (mount("tmpfs", small, "tmpfs", 0, "size=64m") != 0) {
        rmdir(small);
        case_skip("mounting a small tmpfs needs privileges");
    }
    setenv("ZINC_DIR", small, 1);
    struct statvfs before;
    struct statvfs after;
    verify(statvfs(small, &before) == 0);
    footprint held = footprint_now();
    zinc_region *region = NEVER;
    zinc_error error;
    verify(zinc_region_create(NAME, 100 << 20, NULL, &region, &error) == ZINC_E_NOSPC);
    verify(region == NULL);
    verify(strstr(error.message, small) != NULL);
    verify(strstr(error.message, "67108864") != NULL); /* the size of the file system */
    verify(strstr(error.message, "--shm-size") != NULL);
    region = NEVER;
    verify(zinc_region_open_or_create(NAME, 100 << 20, NULL, &region, NULL) == ZINC_E_NOSPC);
    verify(region == NULL);
    region = NEVER;
    verify(zinc_region_replace(NAME, 100 << 20, NULL, &region, NULL) == ZINC_E_NOSPC);
    verify(region == NULL);
    verify_footprint(held);
    verify(statvfs(small, &after) == 0);
    verify(before.f_bfree == after.f_bfree && before.f_ffree == after.f_ffree);

    /* Growth: the same, and what was there is as it was. */
    zinc_region_options options = {.size = sizeof options, .max_capacity = 100 << 20};
    verify(zinc_region_create(NAME, 30 << 20, &options, &region, NULL) == ZINC_OK);
    memset(zinc_ptr(region), 7, 30 << 20);
    verify(statvfs(small, &before) == 0);
    verify(zinc_region_grow(region, 100 << 20) == ZINC_E_NOSPC);
    verify(zinc_capacity(region) == 30 << 20);
    verify(statvfs(small, &after) == 0);
    verify(before.f_bfree == after.f_bfree);
    verify(zinc_ptr(region)[(30 << 20) - 1] == 7);
    verify(zinc_region_grow(region, 50 << 20) == ZINC_OK);
    memset(zinc_ptr(region), 8, 50 << 20);
    zinc_close(region);

    /* Memory files are not limited by the directory. */
    verify(zinc_region_create_private(NAME, 100 << 20, NULL, &region, NULL) == ZINC_OK);
    zinc_ptr(region)[(100 << 20) - 1] = 1;
    zinc_close(region);
    verify(umount(small) == 0 && rmdir(small) == 0);
}

/* The same answer where no file system can be filled. */
static void create_enospc_injected(void) {
    zinc__fault_plant("create.enospc:1:fail=-28");
    footprint before = footprint_now();
    zinc_region *region = NEVER;
    verify(zinc_create(NAME, 1000, &region) == ZINC_E_NOSPC);
    verify(region == NULL);
    verify_footprint(before);
    verify(create_status() == ZINC_OK);
}

/* ---- reclaim.* ------------------------------------------------------------------------------ */

static const char *const reclaim_points[] = {
    "reclaim.opened",      "reclaim.name_locked",      "reclaim.alive_locked",
    "reclaim.marked_dead", "close.last_before_unlink", "reclaim.unlinked",
};
#define RECLAIM_POINTS (sizeof reclaim_points / sizeof *reclaim_points)

static child_function *const reclaimers[] = {do_create, do_open, do_gc};

/* A reclaimer is killed; another one finishes what it began. */
static void reclaim_killed(const char *point) {
    for (size_t i = 0; i < sizeof reclaimers / sizeof *reclaimers; i++) {
        for (int finisher = 0; finisher < 3; finisher++) {
            step(point);
            orphan();
            verify(child_end(child_start_at(kill_at(point), reclaimers[i], NULL)) == -SIGKILL);
            int64_t began = cases_now_ms();
            if (finisher == 0) {
                verify(create_status() == ZINC_OK);
            } else if (finisher == 1) {
                verify(open_status() == ZINC_E_NOENT);
            } else {
                gc();
            }
            verify(cases_now_ms() - began <= CASES_SLACK_MS);
            verify(cases_files(true) == 0);
        }
    }
}

static void reclaim_opened(void) {
    reclaim_killed("reclaim.opened");
}
static void reclaim_name_locked(void) {
    reclaim_killed("reclaim.name_locked");
}
static void reclaim_alive_locked(void) {
    reclaim_killed("reclaim.alive_locked");
}
static void reclaim_marked_dead(void) {
    reclaim_killed("reclaim.marked_dead");
}
static void reclaim_unlinked(void) {
    reclaim_killed("reclaim.unlinked");
}

/* A reclaimer that stands still between finding a dead region and locking it, while the name comes
 * to mean a living one: it must leave that one alone. */
static void reclaim_other_inode(void) {
    for (size_t i = 0; i < sizeof reclaimers / sizeof *reclaimers; i++) {
        step("a reclaimer stands before the name byte");
        orphan();
        pid_t pid = child_start_at("reclaim.opened:1:stop", reclaimers[i], NULL);
        verify(child_stopped(pid));
        zinc_region *region = created();
        child_continue(pid);
        int code = child_end(pid);
        verify(code == (reclaimers[i] == do_create ? -ZINC_E_EXIST : 0));
        verify(bound(region));
        verify((info_of(region).flags & ZINC_INFO_STALE) == 0);
        zinc_close(region);
    }
}

/* The creator is killed, but somebody has just begun to open: the region goes on with them. */
static void reclaim_meets_opener(void) {
    pid_t owner = child_start(hold_created, NULL);
    verify(child_stopped(owner));
    pid_t opener = child_start_at("open.alive_locked:1:stop", do_open, NULL);
    verify(child_stopped(opener)); /* counts as alive */
    verify(child_kill(owner) == -SIGKILL);
    verify(create_status() == ZINC_E_EXIST);
    gc();
    verify(file_exists(FILE_NAME));
    child_continue(opener);
    verify(child_end(opener) == 0); /* and was the last one, so the name is gone */
    verify(!file_exists(FILE_NAME));
}

/* Owner and reclaimer die, and so does the next reclaimer, wherever it is; the third one
 * finishes. */
static void two_deaths(void) {
    for (size_t i = 0; i < RECLAIM_POINTS; i++) {
        for (size_t j = 0; j < RECLAIM_POINTS; j++) {
            step(reclaim_points[i]);
            orphan();
            char faults[80];
            verify(child_end(child_start_at(kill_at(reclaim_points[i]), do_create, NULL)) ==
                   -SIGKILL);
            snprintf(faults, sizeof faults, "%s:1:kill", reclaim_points[j]);
            int code = child_end(child_start_at(faults, do_create, NULL));
            /* Where the first one had unlinked already, the second has nothing to reclaim: it
             * passes the points when it closes its own region. */
            verify(code == -SIGKILL);
            verify(create_status() == ZINC_OK);
            verify(cases_files(true) == 0);
        }
    }
}

/* ---- open.* --------------------------------------------------------------------------------- */

/* An opener is killed; the creator does not notice, and the row can be taken again. */
static void open_killed(const char *point) {
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .rows = 2};
    verify(zinc_region_create(NAME, 1000, &options, &region, NULL) == ZINC_OK);
    zinc_ptr(region)[0] = 55;
    for (int i = 0; i < 5; i++) { /* more deaths than rows */
        verify(child_end(child_start_at(kill_at(point), do_open, NULL)) == -SIGKILL);
        zinc_info info = info_of(region);
        verify(info.participants_alive == 1);
        verify(info.participants_dead == (strcmp(point, "open.row_filled") == 0 ? 1 : 0));
        verify(info.flags == (ZINC_INFO_CREATED | ZINC_INFO_CREATOR_ALIVE));
    }
    zinc_region *other = opened();
    verify(info_of(other).participants_alive == 2 && info_of(other).participants_dead == 0);
    verify(zinc_ptr(other)[0] == 55);
    zinc_close(other);
    zinc_close(region);
    verify(!file_exists(FILE_NAME));

    /* The creator goes while the opener counts as alive, and then the opener dies. */
    region = created();
    pid_t pid = child_start_at(stop_at(point), do_open, NULL);
    verify(child_stopped(pid));
    zinc_close(region);
    verify(child_kill(pid) == -SIGKILL);
    verify(open_status() == ZINC_E_NOENT);
    verify(!file_exists(FILE_NAME));
}

static void open_statted(void) {
    open_killed("open.statted");
}
static void open_judged(void) {
    open_killed("open.judged");
}
static void open_alive_locked(void) {
    open_killed("open.alive_locked");
}
static void open_mapped(void) {
    open_killed("open.mapped");
}
static void open_row_locked(void) {
    open_killed("open.row_locked");
}
static void open_row_filled(void) {
    open_killed("open.row_filled");
}

/* The last user leaves between the opener's look and its lock: the opener must see that. */
static void open_too_late(void) {
    zinc_region *region = created();
    pid_t pid = child_start_at("open.judged:1:stop", do_open, NULL);
    verify(child_stopped(pid));
    zinc_close(region);
    verify(!file_exists(FILE_NAME));
    child_continue(pid);
    verify(child_end(pid) == -ZINC_E_NOENT);

    /* The same, and a new region has the name by then: the opener gets that one. */
    region = created();
    pid = child_start_at("open.judged:1:stop", do_open, NULL);
    verify(child_stopped(pid));
    zinc_close(region);
    region = created();
    child_continue(pid);
    verify(child_end(pid) == 0);
    verify(bound(region));
    zinc_close(region);
}

/* The region that an opener has found is replaced, and its users go: the name has always meant a
 * living region, so the opener gets the new one. */
static void open_replaced(void) {
    zinc_region *region = created();
    pid_t pid = child_start_at("open.statted:1:stop", do_open, NULL);
    verify(child_stopped(pid));
    zinc_region *next = NULL;
    verify(zinc_region_replace(NAME, 2000, NULL, &next, NULL) == ZINC_OK);
    zinc_close(region);
    child_continue(pid);
    verify(child_end(pid) == 0);
    verify(bound(next));

    /* The same while the new one is being replaced in its turn, and so has its name byte taken. */
    pid = child_start_at("open.statted:1:stop", do_open, NULL);
    verify(child_stopped(pid));
    zinc_region *third = NULL;
    verify(zinc_region_replace(NAME, 2000, NULL, &third, NULL) == ZINC_OK);
    zinc_close(next);
    pid_t replacer = child_start_at("replace.linked:1:stop", do_replace, NULL);
    verify(child_stopped(replacer));
    child_continue(pid);
    verify(child_end(pid) == 0);
    child_continue(replacer);
    verify(child_end(replacer) == 0);
    zinc_close(third);
}

/* ---- close.* -------------------------------------------------------------------------------- */

static void close_killed(const char *point) {
    for (int finisher = 0; finisher < 3; finisher++) {
        verify(child_end(child_start_at(kill_at(point), do_create, NULL)) == -SIGKILL);
        if (finisher == 0) {
            verify(create_status() == ZINC_OK);
        } else if (finisher == 1) {
            verify(open_status() == ZINC_E_NOENT);
        } else {
            gc();
        }
        verify(cases_files(true) == 0);
    }
    if (strcmp(point, "close.last_before_unlink") == 0) {
        return; /* who is not the last does not come there */
    }
    /* Somebody else has it open: the dead closer changes nothing for them. */
    zinc_region *region = created();
    verify(child_end(child_start_at(kill_at(point), do_open, NULL)) == -SIGKILL);
    verify(info_of(region).participants_alive == 1);
    verify(bound(region));
    zinc_close(region);
    verify(cases_files(true) == 0);
}

static void close_closed(void) {
    close_killed("close.closed");
}
static void close_row_cleared(void) {
    close_killed("close.row_cleared");
}
static void close_left(void) {
    for (int i = 0; i < 2; i++) {
        zinc_region *region = created();
        verify(child_end(child_start_at("close.left:1:kill", do_open, NULL)) == -SIGKILL);
        verify(bound(region));
        zinc_close(region);
        verify(cases_files(true) == 0);
        verify(child_end(child_start_at("close.left:1:kill", do_create, NULL)) == -SIGKILL);
        verify(cases_files(true) == 0);
    }
}
static void close_last_before_unlink(void) {
    close_killed("close.last_before_unlink");
}

/* A closer stands after giving its row back: it still counts as alive. */
static void close_half_way(void) {
    zinc_region *region = created();
    pid_t pid = child_start_at("close.row_cleared:1:stop", do_open, NULL);
    verify(child_stopped(pid));
    zinc_close(region);
    verify(file_exists(FILE_NAME));
    verify(create_status() == ZINC_E_EXIST);
    child_continue(pid);
    verify(child_end(pid) == 0);
    verify(cases_files(true) == 0);
}

/* Of two closers the first stands with its descriptor still open, having found that it was not the
 * last: it counts no more, so the second one is the last, and the name goes. */
static void close_two_last(void) {
    zinc_region *region = created();
    pid_t pid = child_start_at("close.left:1:stop", do_open, NULL);
    verify(child_stopped(pid));
    zinc_close(region);
    verify(cases_files(true) == 0);
    child_continue(pid);
    verify(child_end(pid) == 0);
}

/* The last closer stands before the name byte, and meanwhile the name comes to mean a new region,
 * which it must leave alone. */
static void close_meets_new_region(void) {
    zinc_region *region = created();
    pid_t pid = child_start_at("open.row_filled:1:stop,reclaim.opened:1:stop", do_open, NULL);
    verify(child_stopped(pid));
    zinc_close(region); /* not the last */
    child_continue(pid);
    verify(child_stopped(pid));
    verify(file_exists(FILE_NAME));
    region = created(); /* finds nobody alive */
    child_continue(pid);
    verify(child_end(pid) == 0);
    verify(bound(region));
    zinc_close(region);
}

/* ---- Lifetimes ------------------------------------------------------------------------------ */

/* The creator is killed: the name goes with the next who looks, mappings live on. */
static void creator_killed(void) {
    uint32_t lifetime = ZINC_LIFETIME_CREATOR;
    for (int finisher = 0; finisher < 3; finisher++) {
        pid_t pid = child_start(hold_created, &lifetime);
        verify(child_stopped(pid));
        zinc_region *region = opened();
        zinc_ptr(region)[9] = 9;
        verify((info_of(region).flags & ZINC_INFO_CREATOR_ALIVE) != 0);
        verify(child_kill(pid) == -SIGKILL);
        verify((info_of(region).flags & ZINC_INFO_CREATOR_ALIVE) == 0);
        if (finisher == 0) {
            verify(create_status() == ZINC_OK);
        } else if (finisher == 1) {
            verify(open_status() == ZINC_E_NOENT);
        } else {
            gc();
        }
        verify(!file_exists(FILE_NAME));
        verify(zinc_ptr(region)[9] == 9);
        verify(info_of(region).flags == ZINC_INFO_STALE);
        zinc_close(region);
    }
}

/* Killed at each step of unbinding: whoever comes next finishes. */
static void creator_killed_closing(void) {
    uint32_t lifetime = ZINC_LIFETIME_CREATOR;
    for (size_t i = 0; i < RECLAIM_POINTS; i++) {
        if (strcmp(reclaim_points[i], "reclaim.alive_locked") == 0 ||
            strcmp(reclaim_points[i], "reclaim.marked_dead") == 0) {
            continue; /* a region that others may go on using is not marked */
        }
        pid_t pid = child_start(hold_created, &lifetime);
        verify(child_stopped(pid));
        verify(child_kill(pid) == -SIGKILL);
        verify(child_end(child_start_at(kill_at(reclaim_points[i]), do_gc, NULL)) == -SIGKILL);
        verify(create_status() == ZINC_OK);
        verify(cases_files(true) == 0);
    }
}

/* ---- replace -------------------------------------------------------------------------------- */

/* Killed between making the new region and binding the name: the old one is untouched, and gc takes
 * what is left of the new one. */
static void replace_killed(void) {
    zinc_region *region = created();
    verify(child_end(child_start_at("replace.linked:1:kill", do_replace, NULL)) == -SIGKILL);
    verify(bound(region));
    verify(zinc_wait(region, 0) == ZINC_E_TIMEDOUT);
    verify(cases_files(false) == 2);
    zinc_gc_report report = {.size = sizeof report};
    verify(zinc_gc(0, NULL, NULL, &report, NULL) == ZINC_OK);
    verify(report.temporaries_removed == 1 && report.regions_removed == 0);
    verify(cases_files(false) == 1);
    verify(child_end(child_start(do_replace, NULL)) == 0);
    verify(!bound(region));
    zinc_close(region);
}

/* gc does not take the half-made region of a replacer that lives. */
static void replace_stopped(void) {
    zinc_region *region = created();
    pid_t pid = child_start_at("replace.linked:1:stop", do_replace, NULL);
    verify(child_stopped(pid));
    gc();
    verify(cases_files(false) == 2);
    child_continue(pid);
    verify(child_end(pid) == 0);
    verify(!bound(region));
    verify(zinc_wait(region, 0) == ZINC_OK);
    zinc_close(region);
}

/* Two replace at once: both succeed, one after the other, and the name means the later one. */
static void replace_twice(void) {
    zinc_region *region = created();
    pid_t pid = child_start_at("replace.linked:1:stop", do_replace, NULL);
    verify(child_stopped(pid));
    zinc_region *mine = NEVER;
    int64_t began = cases_now_ms();
    verify(zinc_region_replace(NAME, 3000, NULL, &mine, NULL) == ZINC_E_BUSY);
    verify(mine == NULL);
    int64_t took = cases_now_ms() - began;
    verify(took >= 990 && took <= 1000 + CASES_SLACK_MS);
    child_continue(pid);
    verify(child_end(pid) == 0);
    verify(zinc_region_replace(NAME, 3000, NULL, &mine, NULL) == ZINC_OK);
    verify(bound(mine));
    zinc_close(region);
    verify(bound(mine));
    zinc_close(mine);
}

/* ---- stop.everywhere ------------------------------------------------------------------------ */

typedef struct stop_point {
    const char *point;
    child_function *run;
    bool orphaned; /* begins with a region that nobody lives in, else with one that we use */
} stop_point;

static void timed(child_function *run, int64_t most_ms) {
    int64_t began = cases_now_ms();
    int code = child_end(child_start(run, NULL));
    verify(code == 0 || code == -ZINC_E_NOENT || code == -ZINC_E_EXIST || code == -ZINC_E_BUSY);
    verify(cases_now_ms() - began <= most_ms);
}

static void look_around(void *context) {
    zinc_list *list = NULL;
    zinc_info info = {.size = sizeof info};
    (void)context;
    verify(zinc_list_begin(&list, NULL) == ZINC_OK);
    while (zinc_list_next(list, &info) == ZINC_OK) {
    }
    zinc_list_end(list);
    int32_t status = zinc_region_lookup(NAME, &info, NULL);
    verify(status == ZINC_OK || status == ZINC_E_NOENT);
}

/* One process stands still at a point; all others are served, or answered within about a second;
 * then it goes on, and all is accounted for. */
static void stopped_at(const stop_point *where) {
    long_step(where->point, 10);
    zinc_region *region = NULL;
    if (where->orphaned) {
        orphan();
    } else if (strncmp(where->point, "create.", 7) != 0) {
        region = created();
    }
    pid_t pid = child_start_at(stop_at(where->point), where->run, NULL);
    verify(child_stopped(pid));
    timed(look_around, CASES_SLACK_MS); /* lookers never wait */
    pid_t others[3];
    child_function *const runs[3] = {do_open, do_create, do_gc};
    int64_t began = cases_now_ms();
    for (int i = 0; i < 3; i++) {
        others[i] = child_start(runs[i], NULL);
    }
    for (int i = 0; i < 3; i++) {
        int code = child_end(others[i]);
        verify(code == 0 || code == -ZINC_E_NOENT || code == -ZINC_E_EXIST || code == -ZINC_E_BUSY);
    }
    /* The open may wait 1 s for the name, and 1 s more for a region that was made meanwhile. */
    verify(cases_now_ms() - began <= 2000 + CASES_SLACK_MS);
    if (region != NULL) {
        began = cases_now_ms();
        zinc_notify(region);
        verify(zinc_wait(region, 0) == ZINC_OK);
        zinc_close(region);
        verify(cases_now_ms() - began <= 1000 + CASES_SLACK_MS);
    }
    child_continue(pid);
    int code = child_end(pid);
    verify(code == 0 || code == -ZINC_E_NOENT || code == -ZINC_E_EXIST || code == -ZINC_E_BUSY);
    verify(create_status() == ZINC_OK);
    gc();
    verify(cases_files(true) == 0);
}

static void stop_everywhere(void) {
    static const stop_point points[] = {
        {"create.tmpfile", do_create, false},
        {"create.fallocate", do_create, false},
        {"create.init_half", do_create, false},
        {"create.ready", do_create, false},
        {"create.locked", do_create, false},
        {"create.linked", do_create, false},
        {"open.statted", do_open, false},
        {"open.judged", do_open, false},
        {"open.alive_locked", do_open, false},
        {"open.mapped", do_open, false},
        {"open.row_locked", do_open, false},
        {"open.row_filled", do_open, false},
        {"close.closed", do_open, false},
        {"close.row_cleared", do_open, false},
        {"close.left", do_open, false},
        {"close.closed", do_create, true},
        {"close.row_cleared", do_create, true},
        {"replace.linked", do_replace, false},
        {"reclaim.opened", do_remove, false},
        {"reclaim.name_locked", do_remove, false},
        {"close.last_before_unlink", do_remove, false},
        {"reclaim.unlinked", do_remove, false},
        {"reclaim.opened", do_create, true},
        {"reclaim.name_locked", do_create, true},
        {"reclaim.alive_locked", do_create, true},
        {"reclaim.marked_dead", do_create, true},
        {"close.last_before_unlink", do_create, true},
        {"reclaim.unlinked", do_create, true},
        {"reclaim.name_locked", do_gc, true},
        {"reclaim.marked_dead", do_open, true},
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        stopped_at(&points[i]);
    }
}

/* While a stopped process holds the name byte of a dead region, others are told so, in time. */
static void stopped_reclaimer(void) {
    orphan();
    pid_t pid = child_start_at("reclaim.name_locked:1:stop", do_create, NULL);
    verify(child_stopped(pid));
    int64_t began = cases_now_ms();
    zinc_error error;
    zinc_region *region = NEVER;
    verify(zinc_region_create(NAME, 10, NULL, &region, &error) == ZINC_E_BUSY);
    verify(region == NULL && strstr(error.message, "\"" NAME "\"") != NULL);
    int64_t took = cases_now_ms() - began;
    verify(took >= 990 && took <= 1000 + CASES_SLACK_MS);
    child_continue(pid);
    int code = child_end(pid); /* its own second has passed as well, if it looks at the clock */
    verify(code == 0 || code == -ZINC_E_BUSY);
    verify(create_status() == ZINC_OK);
}

/* SIGSTOP between check and store, the name is removed and made anew, SIGCONT: the new one is
 * unharmed. */
static void remove_stopped(void) {
    static const char *const points[] = {"open.row_locked", "open.row_filled", "open.mapped",
                                         "close.row_cleared"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        zinc_region *region = created();
        pid_t pid = child_start_at(stop_at(points[i]), do_open, NULL);
        verify(child_stopped(pid));
        verify(zinc_region_remove(NAME, NULL) == ZINC_OK);
        zinc_region *next = created();
        memset(zinc_ptr(next), 3, 1000);
        child_continue(pid);
        verify(child_end(pid) == 0);
        verify(bound(next));
        verify(info_of(next).participants_alive == 1 && info_of(next).participants_dead == 0);
        for (size_t j = 0; j < 1000; j++) {
            verify(zinc_ptr(next)[j] == 3);
        }
        zinc_close(region);
        verify(bound(next));
        zinc_close(next);
    }
}

/* ---- Without /proc -------------------------------------------------------------------------- */

/* Nothing can be opened through /proc: regions are made under a temporary name, which gc sweeps
 * when a creator dies, and memory files are not to be had. */
static void without_proc(void) {
    if (!cases_own_mount || mount("tmpfs", "/proc", "tmpfs", 0, "size=64k") != 0) {
        case_skip("covering /proc needs privileges");
    }
    zinc_region *region = created();
    zinc_region *other = opened();
    zinc_ptr(region)[5] = 5;
    verify(zinc_ptr(other)[5] == 5);
    verify(cases_files(false) == 1); /* no temporary name is left */
    verify(info_of(region).participants_alive == 2);
    zinc_notify(region);
    verify(zinc_wait(other, 0) == ZINC_OK);
    zinc_region *next = NULL;
    verify(zinc_region_replace(NAME, 10, NULL, &next, NULL) == ZINC_OK);
    verify(bound(next));
    zinc_close(next);
    zinc_close(region);
    zinc_close(other);
    verify(cases_files(true) == 0);
    zinc_region *none = NEVER;
    verify(zinc_region_create_private(NAME, 10, NULL, &none, NULL) == ZINC_E_NOTSUP);
    verify(none == NULL);
    zinc_doctor_facts facts = {.size = sizeof facts};
    verify(zinc_doctor(&facts) == ZINC_OK);
    verify(facts.has_proc == 0);

    static const char *const points[] = {"create.fallocate", "create.init_half", "create.ready",
                                         "create.locked"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        verify(child_end(child_start_at(kill_at(points[i]), do_create, NULL)) == -SIGKILL);
        verify(open_status() == ZINC_E_NOENT);
        verify(create_status() == ZINC_OK);
        verify(cases_files(false) == 1);
        gc();
        verify(cases_files(true) == 0);
    }
    verify(child_end(child_start_at("create.linked:1:kill", do_create, NULL)) == -SIGKILL);
    verify(create_status() == ZINC_OK);
    gc();
    verify(umount("/proc") == 0);
}

/* An opener that only looks must not make a region live that is marked dead. */

static void looked_at_creator(void *context) {
    zinc_region *region = NULL;
    atomic_int *step = context;
    verify(zinc_create("looked-at", 64, &region) == ZINC_OK);
    atomic_store(step, 1);
    until(atomic_load(step) == 2);
    zinc_close(region);
}

static void looked_at_opener(void *context) {
    zinc_region *region = NULL;
    (void)context;
    _exit(zinc_open("looked-at", &region) == ZINC_OK ? 0 : 1);
}

static void reclaim_dead_looked_at(void) {
    atomic_int *step = child_shared(sizeof *step);
    pid_t creator = child_start_at("reclaim.marked_dead:1:kill", looked_at_creator, step);
    until(atomic_load(step) == 1);
    pid_t opener =
        child_start_at("open.judged:1:stop,open.alive_locked:1:stop", looked_at_opener, NULL);
    verify(child_stopped(opener));
    atomic_store(step, 2);
    verify(child_end(creator) == -SIGKILL);
    child_continue(opener);
    verify(child_stopped(opener)); /* it has the alive byte of the dead region now */
    zinc_region *region = NULL;
    verify(zinc_create("looked-at", 64, &region) == ZINC_OK);
    child_continue(opener);
    verify(child_end(opener) == 0); /* it opens the new one */
    zinc_close(region);
}

static const test_case cases[] = {
    {"reclaim.dead_looked_at", reclaim_dead_looked_at},
    {"create.tmpfile", create_tmpfile},
    {"create.fallocate", create_fallocate},
    {"create.init_half", create_init_half},
    {"create.ready", create_ready},
    {"create.locked", create_locked},
    {"create.linked", create_linked},
    {"create.enospc", create_enospc},
    {"create.enospc_injected", create_enospc_injected},
    {"reclaim.opened", reclaim_opened},
    {"reclaim.name_locked", reclaim_name_locked},
    {"reclaim.alive_locked", reclaim_alive_locked},
    {"reclaim.marked_dead", reclaim_marked_dead},
    {"reclaim.unlinked", reclaim_unlinked},
    {"reclaim.other_inode", reclaim_other_inode},
    {"reclaim.meets_opener", reclaim_meets_opener},
    {"two.deaths", two_deaths},
    {"open.statted", open_statted},
    {"open.judged", open_judged},
    {"open.alive_locked", open_alive_locked},
    {"open.mapped", open_mapped},
    {"open.row_locked", open_row_locked},
    {"open.row_filled", open_row_filled},
    {"open.too_late", open_too_late},
    {"open.replaced", open_replaced},
    {"close.closed", close_closed},
    {"close.row_cleared", close_row_cleared},
    {"close.left", close_left},
    {"close.last_before_unlink", close_last_before_unlink},
    {"close.half_way", close_half_way},
    {"close.two_last_stopped", close_two_last},
    {"close.meets_new_region", close_meets_new_region},
    {"creator.killed", creator_killed},
    {"creator.killed_closing", creator_killed_closing},
    {"replace.killed", replace_killed},
    {"replace.stopped", replace_stopped},
    {"replace.twice", replace_twice},
    {"stop.everywhere", stop_everywhere},
    {"stop.reclaimer", stopped_reclaimer},
    {"remove.stopped", remove_stopped},
    {"noproc", without_proc},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
