/* SPDX-License-Identifier: MIT */
/* Owners that die or stop, in every way a process can; rows, growth, and what is left
 * afterwards. */
#define _GNU_SOURCE
#include <zinc.h>

#include <pthread.h>
#include <sys/resource.h>

#include "base/participant.h"
#include "child.h"
#include "region/handle.h"

#define NAME "crash"
#define NEVER ((zinc_region *)&not_null)
static int not_null;

static zinc_region *created_with(zinc_region_options options) {
    zinc_region *region = NULL;
    options.size = sizeof options;
    verify(zinc_region_create(NAME, 4096, &options, &region, NULL) == ZINC_OK);
    return region;
}

static zinc_region *created(void) {
    return created_with((zinc_region_options){0});
}

static zinc_region *opened(void) {
    zinc_region *region = NULL;
    verify(zinc_open(NAME, &region) == ZINC_OK);
    return region;
}

static int32_t create_status(void) {
    zinc_region *region = NEVER;
    int32_t status = zinc_create(NAME, 10, &region);
    verify((status == ZINC_OK) == (region != NULL));
    zinc_close(region);
    return status;
}

static zinc_info info_of(zinc_region *region) {
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(region, &info) == ZINC_OK);
    return info;
}

static zinc_info looked_up(void) {
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_lookup(NAME, &info, NULL) == ZINC_OK);
    return info;
}

static zinc__owner owner_of(const zinc_region *region) {
    return region->participant.owner;
}

static bool dead(const zinc_region *region, zinc__owner owner) {
    return zinc__participant_dead(&region->participant, owner);
}

/* What a child tells its parent. */
typedef struct record {
    _Atomic(int) ready;
    _Atomic(int) go;
    zinc__owner owner;
    uint64_t bytes;
} record;

static void open_and_hold(void *context) {
    record *mine = context;
    zinc_region *region = opened();
    mine->owner = owner_of(region);
    mine->ready = 1;
    child_forever();
}

static void create_and_hold(void *context) {
    record *mine = context;
    zinc_region *region = created();
    mine->owner = owner_of(region);
    mine->ready = 1;
    child_forever();
}

static void open_and_close(void *context) {
    (void)context;
    zinc_close(opened());
}

/* ---- row.* ---------------------------------------------------------------------------------- */

/* A row's owner dies, and a new process takes the row while somebody recovers what the dead one
 * held: the words of the two differ. */
static void row_reuse(void) {
    record *first = child_shared(sizeof *first);
    record *second = child_shared(sizeof *second);
    zinc_region *region = created_with((zinc_region_options){.rows = 2});
    pid_t pid = child_start(open_and_hold, first);
    until(first->ready);
    zinc__owner gone = first->owner;
    verify(!dead(region, gone));
    verify(child_kill(pid) == -SIGKILL);
    verify(dead(region, gone));
    /* The heir stands between taking the byte and showing its generation. */
    pid = child_start_at("open.row_locked:1:stop", open_and_hold, second);
    verify(child_stopped(pid));
    verify(!dead(region, owner_of(region)));
    verify(info_of(region).participants_alive == 2);
    child_continue(pid);
    until(second->ready);
    verify(second->owner.row == gone.row && second->owner.generation == gone.generation + 1);
    verify(dead(region, gone));
    verify(!dead(region, second->owner));
    verify(info_of(region).participants_dead == 0);
    verify(child_kill(pid) == -SIGKILL);
    verify(dead(region, second->owner));
    zinc_close(region);
}

/* A row comes to the end of its generations while processes die in it, one after the other. */
static void row_wrap(void) {
    long_step("600 processes die in one row", 20);
    zinc_region *region = created_with((zinc_region_options){.rows = 2});
    zinc__row *row = &region->bytes->rows[1];
    zinc__store32_relaxed(&row->word, zinc__row_word(ZINC__ROW_FREE, ZINC__GENERATION_MAX - 300));
    record *mine = child_shared(sizeof *mine);
    uint32_t expected = ZINC__GENERATION_MAX - 299;
    zinc__owner last = {0};
    for (int i = 0; i < 600; i++) {
        mine->ready = 0;
        pid_t pid = child_start(open_and_hold, mine);
        until(mine->ready);
        verify(mine->owner.row == 2 && mine->owner.generation == expected);
        verify(
            !dead(region, mine->owner)); /* no claim of the living is taken for one of the dead */
        verify(last.row == 0 || dead(region, last));
        verify(!dead(region, owner_of(region)));
        last = mine->owner;
        verify(child_kill(pid) == -SIGKILL);
        verify(dead(region, last));
        expected = expected == ZINC__GENERATION_MAX ? 1 : expected + 1;
    }
    zinc_close(region);
}

static void *open_in_thread(void *context) {
    record *mine = context;
    zinc_region *region = opened();
    mine->owner = owner_of(region);
    mine->ready = 1;
    until(mine->go);
    zinc_close(region);
    return NULL;
}

/* Two threads of one process, one of them held at each point of taking a row: the other neither
 * takes that row nor takes its owner for dead. */
static void own_row_points(void *context) {
    const char *const *point = context;
    char faults[64];
    snprintf(faults, sizeof faults, "%s:1:sleep=400", *point);
    zinc_region *region = created();
    zinc__fault_plant(faults);
    record slow = {0};
    record quick = {0};
    slow.go = quick.go = 0;
    pthread_t threads[2];
    verify(pthread_create(&threads[0], NULL, open_in_thread, &slow) == 0);
    nap_ms(100);
    verify(pthread_create(&threads[1], NULL, open_in_thread, &quick) == 0);
    until(quick.ready);
    verify(!slow.ready);
    verify(!dead(region, quick.owner));
    until(slow.ready);
    verify(slow.owner.row != quick.owner.row);
    verify(slow.owner.row != owner_of(region).row);
    verify(!dead(region, slow.owner) && !dead(region, quick.owner));
    verify(info_of(region).participants_alive == 3 && info_of(region).participants_dead == 0);
    slow.go = quick.go = 1;
    verify(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
    zinc_close(region);
}

static void own_row(void) {
    static const char *const points[] = {"open.statted", "open.alive_locked", "open.mapped",
                                         "open.row_locked"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        step(points[i]);
        verify(child_end(child_start(own_row_points, (void *)(uintptr_t)&points[i])) == 0);
    }
}

/* ---- sigstop.owner -------------------------------------------------------------------------- */

/* A stopped process is alive: nobody takes anything from it, however long it stands. */
static void sigstop_owner(void) {
    long_step("an owner stands still for two seconds", 4);
    record *mine = child_shared(sizeof *mine);
    pid_t pid = child_start(create_and_hold, mine);
    until(mine->ready);
    verify(kill(pid, SIGSTOP) == 0);
    verify(child_stopped(pid));
    for (int i = 0; i < 20; i++) {
        verify(create_status() == ZINC_E_EXIST);
        verify(zinc_gc(0, NULL, NULL, NULL, NULL) == ZINC_OK);
        zinc_region *region = opened();
        verify(!dead(region, mine->owner));
        verify(info_of(region).participants_alive == 2);
        zinc_notify(region);
        zinc_close(region);
        nap_ms(100);
    }
    child_continue(pid);
    verify(looked_up().participants_alive == 1);
    verify(child_kill(pid) == -SIGKILL);
    verify(create_status() == ZINC_OK);
}

/* ---- How processes die ---------------------------------------------------------------------- */

static void die_of(void *context) {
    const int *number = context;
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(*number, SIG_DFL);
    (void)created();
    raise(*number);
    child_forever();
}

static void exit_quietly(void *context) {
    (void)context;
    (void)created();
}

static void exec_away(void *context) {
    (void)context;
    (void)created();
    execl("/bin/true", "true", (char *)NULL);
    _exit(127);
}

/* By any signal, by _exit, by exec: the participation ends with the process. */
static void any_death(void) {
    static int numbers[] = {SIGKILL, SIGSEGV, SIGBUS, SIGABRT, SIGTERM, SIGINT, SIGHUP, SIGPIPE};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        verify(child_end(child_start(die_of, &numbers[i])) == -numbers[i]);
        verify(looked_up().participants_alive == 0);
        verify(create_status() == ZINC_OK);
    }
    verify(child_end(child_start(exit_quietly, NULL)) == 0);
    verify(create_status() == ZINC_OK);
    verify(child_end(child_start(exec_away, NULL)) == 0);
    verify(create_status() == ZINC_OK);
}

#define GIB ((size_t)1 << 30)

static size_t memory_available(void) {
    FILE *facts = fopen("/proc/meminfo", "re");
    char line[128];
    size_t kib = 0;
    while (facts != NULL && fgets(line, sizeof line, facts) != NULL) {
        (void)sscanf(line, "MemAvailable: %zu kB", &kib);
    }
    if (facts != NULL) {
        fclose(facts);
    }
    return kib * 1024;
}

static void crash_with_region(void *context) {
    record *mine = context;
    char folder[300];
    snprintf(folder, sizeof folder, "%s/cores", cases_directory);
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .flags = ZINC_REGION_PREFAULT};
    verify(zinc_region_create(NAME, (size_t)mine->bytes, &options, &region, NULL) == ZINC_OK);
    verify(chdir(folder) == 0 && setrlimit(RLIMIT_CORE, &all) == 0);
    signal(SIGSEGV, SIG_DFL);
    mine->ready = 1;
    raise(SIGSEGV);
}

/* A process that dumps core is noticed as quickly as another: regions are not in the dump. */
static void core_dump(void) {
    record *mine = child_shared(sizeof *mine);
    mine->bytes = memory_available() > 4 * GIB ? GIB : 64 << 20;
    char folder[300];
    snprintf(folder, sizeof folder, "%s/cores", cases_directory);
    verify(mkdir(folder, 0700) == 0);
    long_step("a process with 1 GiB mapped dumps core", 20);
    pid_t pid = child_start(crash_with_region, mine);
    until(mine->ready);
    int64_t began = cases_now_ms();
    int32_t status = 0;
    while ((status = create_status()) == ZINC_E_EXIST) {
        nap_ms(1);
    }
    verify(status == ZINC_OK);
    verify(cases_now_ms() - began <= 1000 + CASES_SLACK_MS);
    verify(child_end(pid) == -SIGSEGV);
    DIR *directory = opendir(folder);
    struct dirent *entry = NULL;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        struct stat facts;
        if (entry->d_name[0] != '.' && fstatat(dirfd(directory), entry->d_name, &facts, 0) == 0) {
            verify((uint64_t)facts.st_blocks * 512 < mine->bytes / 2 || CASES_SANITIZED);
            verify(unlinkat(dirfd(directory), entry->d_name, 0) == 0);
        }
    }
    closedir(directory);
    verify(rmdir(folder) == 0);
}

static void hold_memory(void *context) {
    record *mine = context;
    size_t size = (size_t)mine->bytes;
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    verify(memory != MAP_FAILED);
    zinc_region *region = created();
    mine->owner = owner_of(region);
    mine->ready = 1;
    child_forever();
}

/* A holder with much memory dies: the kernel frees the memory first, and from the moment in which
 * its byte is free, recovery takes no longer than for a small one. */
static void big_holder(void) {
    record *mine = child_shared(sizeof *mine);
    size_t room = memory_available();
    mine->bytes = room > 8 * GIB ? 2 * GIB : room / 4;
    long_step("a holder with much memory dies", 20);
    pid_t pid = child_start(hold_memory, mine);
    until(mine->ready);
    char path[300];
    snprintf(path, sizeof path, "%s/zinc_" NAME, cases_directory);
    int file = open(path, O_RDWR | O_CLOEXEC);
    verify(file >= 0);
    verify(kill(pid, SIGKILL) == 0);
    enum zinc__os_lock_kind kind = ZINC__OS_LOCK_WRITE;
    uint32_t where = 0;
    do {
        verify(zinc__os_lock_probe(file, ZINC__LOCK_ALIVE, 1, ZINC__OS_LOCK_WRITE, &kind, &where) ==
               ZINC_OK);
    } while (kind != ZINC__OS_UNLOCK);
    int64_t released = cases_now_ms();
    verify(create_status() == ZINC_OK);
    verify(cases_now_ms() - released <= 100 + CASES_SLACK_MS);
    verify(child_end(pid) == -SIGKILL);
    close(file);
}

/* ---- pidns, pidreuse ------------------------------------------------------------------------ */

static void in_namespace(void *context) {
    record *mine = context;
    if (unshare(CLONE_NEWPID) != 0) {
        _exit(CASES_SKIPPED);
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        verify(getpid() == 1);
        create_and_hold(mine);
    }
    until(mine->go || mine->ready);
    until(mine->go);
    verify(child_kill(pid) == -SIGKILL);
}

/* A participant in another pid namespace: its pid says nothing here, its lock says everything. */
static void pid_namespace(void) {
    record *mine = child_shared(sizeof *mine);
    pid_t pid = child_start(in_namespace, mine);
    while (!mine->ready) {
        if (waitpid(pid, NULL, WNOHANG) == pid) {
            case_skip("making a pid namespace needs privileges");
        }
        nap_ms(1);
    }
    zinc_participant row = {.size = sizeof row};
    uint64_t count = 0;
    verify(zinc_region_participants(NAME, &row, 1, &count, NULL) == ZINC_OK);
    verify(count == 1 && row.alive == 1 && row.creator == 1);
    verify(row.pid == 1 && row.same_namespace == 0);
    verify(kill((pid_t)row.pid, 0) == 0 || errno == EPERM); /* somebody quite different */
    zinc_region *region = opened();
    verify(!dead(region, mine->owner));
    mine->go = 1;
    verify(child_end(pid) == 0);
    verify(dead(region, mine->owner)); /* although there still is a pid 1 */
    verify(info_of(region).participants_dead == 1);
    zinc_close(region);
}

static void just_wait(void *context) {
    (void)context;
    child_forever();
}

static bool next_pid_set(pid_t next) {
    char text[32];
    int length = snprintf(text, sizeof text, "%d", (int)next - 1);
    int file = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    bool done = file >= 0 && write(file, text, (size_t)length) == length;
    if (file >= 0) {
        close(file);
    }
    return done;
}

static void reuse_pids(void *context) {
    record *mine = context;
    if (unshare(CLONE_NEWPID) != 0) {
        _exit(CASES_SKIPPED);
    }
    fflush(NULL);
    pid_t init = fork();
    if (init != 0) {
        _exit(child_end(init));
    }
    verify(getpid() == 1);
    if (!next_pid_set(500)) {
        _exit(CASES_SKIPPED);
    }
    zinc_region *region = created();
    pid_t victim = child_start(open_and_hold, mine);
    verify(victim == 500);
    until(mine->ready);
    verify(child_kill(victim) == -SIGKILL);
    verify(next_pid_set(500));
    pid_t stranger = child_start(just_wait, NULL);
    verify(stranger == 500); /* the same pid, another process */
    verify(kill(500, 0) == 0);
    verify(dead(region, mine->owner));
    verify(info_of(region).participants_alive == 1 && info_of(region).participants_dead == 1);
    verify(child_kill(stranger) == -SIGKILL);
    zinc_close(region);
    _exit(0);
}

static void pid_reuse(void) {
    record *mine = child_shared(sizeof *mine);
    int code = child_end(child_start(reuse_pids, mine));
    if (code == CASES_SKIPPED) {
        case_skip("making a pid namespace and choosing pids needs privileges");
    }
    verify(code == 0);
}

/* ---- lock.forged ---------------------------------------------------------------------------- */

/* Read-lock every byte that locks may be on: all that somebody can do who may only read the
 * file. */
static void forge_locks(void *context) {
    record *mine = context;
    char path[300];
    snprintf(path, sizeof path, "%s/zinc_" NAME, cases_directory);
    if (geteuid() == 0) {
        verify(setgid(65534) == 0 && setuid(65534) == 0);
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    verify(file >= 0);
    for (uint32_t byte = 0; byte < 64 + 1024; byte++) {
        (void)zinc__os_lock(file, byte, ZINC__OS_LOCK_READ);
    }
    mine->ready = 1;
    child_forever();
}

static void forged_locks(void) {
    long_step("a reader locks every byte", 10);
    record *victim = child_shared(sizeof *victim);
    record *forger = child_shared(sizeof *forger);
    zinc_region *region = created_with((zinc_region_options){.mode = 0644, .rows = 4});
    pid_t pid = child_start(open_and_hold, victim);
    until(victim->ready);
    verify(child_kill(pid) == -SIGKILL);
    pid_t other = child_start(forge_locks, forger);
    until(forger->ready);
    verify(dead(region, victim->owner)); /* only a writer can look alive */
    zinc_info info = info_of(region);
    verify(info.participants_alive == 1 && info.participants_dead == 1);
    /* No row can be taken: said so in time. */
    footprint before = footprint_now();
    zinc_region *none = NEVER;
    int64_t began = cases_now_ms();
    verify(zinc_open(NAME, &none) == ZINC_E_BUSY);
    verify(none == NULL);
    int64_t took = cases_now_ms() - began;
    verify(took >= 990 && took <= 1000 + CASES_SLACK_MS);
    verify_footprint(before);
    began = cases_now_ms();
    verify(zinc_region_remove(NAME, NULL) == ZINC_E_BUSY);
    took = cases_now_ms() - began;
    verify(took >= 990 && took <= 1000 + CASES_SLACK_MS);
    began = cases_now_ms();
    verify(zinc_region_grow(region, 4096) == ZINC_OK);
    zinc_notify(region);
    verify(zinc_wait(region, 0) == ZINC_OK);
    zinc_close(region); /* does not hang; the name stays until the forger goes */
    verify(cases_now_ms() - began <= 1000 + CASES_SLACK_MS);
    began = cases_now_ms();
    verify(create_status() == ZINC_E_BUSY);
    took = cases_now_ms() - began;
    verify(took >= 990 && took <= 1000 + CASES_SLACK_MS);
    verify(child_kill(other) == -SIGKILL);
    verify(create_status() == ZINC_OK);
}

/* ---- grow.* --------------------------------------------------------------------------------- */

static void grow_to_2m(void *context) {
    (void)context;
    zinc_region *region = opened();
    _exit(-zinc_region_grow(region, 2 << 20));
}

/* A grower dies at each step: the capacity is the old one or the new one, and the next one
 * grows. */
static void grow_killed(void) {
    static const char *const points[] = {"grow.locked", "grow.allocated", "grow.stored"};
    for (size_t i = 0; i < 3; i++) {
        zinc_region *region = created_with((zinc_region_options){.max_capacity = 4 << 20});
        char faults[64];
        snprintf(faults, sizeof faults, "%s:1:kill", points[i]);
        verify(child_end(child_start_at(faults, grow_to_2m, NULL)) == -SIGKILL);
        verify(zinc_capacity(region) == (i == 2 ? 2 << 20 : 4096));
        zinc_ptr(region)[zinc_capacity(region) - 1] = 1;
        zinc_region *other = opened();
        verify(zinc_capacity(other) == zinc_capacity(region));
        verify(zinc_region_grow(other, 3 << 20) == ZINC_OK);
        verify(zinc_capacity(region) == 3 << 20);
        zinc_ptr(region)[(3 << 20) - 1] = 9;
        verify(zinc_ptr(other)[(3 << 20) - 1] == 9);
        zinc_close(other);
        zinc_close(region);
    }
}

/* Two grow at once: one after the other, so the capacity never falls; and one that stands still
 * with the growth byte delays others by no more than a second. */
static void grow_stopped(void) {
    static const char *const points[] = {"grow.locked", "grow.allocated", "grow.stored"};
    for (size_t i = 0; i < 3; i++) {
        step(points[i]);
        zinc_region *region = created_with((zinc_region_options){.max_capacity = 4 << 20});
        char faults[64];
        snprintf(faults, sizeof faults, "%s:1:stop", points[i]);
        pid_t pid = child_start_at(faults, grow_to_2m, NULL);
        verify(child_stopped(pid));
        int64_t began = cases_now_ms();
        verify(zinc_region_grow(region, 4 << 20) == ZINC_E_BUSY);
        int64_t took = cases_now_ms() - began;
        verify(took >= 990 && took <= 1000 + CASES_SLACK_MS);
        zinc_region *other = opened(); /* nothing else is held up */
        zinc_close(other);
        child_continue(pid);
        verify(child_end(pid) == 0);
        verify(zinc_capacity(region) == 2 << 20);
        verify(zinc_region_grow(region, 4 << 20) == ZINC_OK);
        verify(zinc_capacity(region) == 4 << 20);
        zinc_close(region);
    }
}

#define GROW_STEPS 64
#define GROW_STEP 65536

static void grow_steps(void *context) {
    record *mine = context;
    zinc_region *region = opened();
    uint8_t *bytes = zinc_ptr(region);
    size_t last = 0;
    mine->ready = 1;
    until(mine->go);
    for (size_t i = 1; i <= GROW_STEPS; i++) {
        int32_t status = ZINC_E_BUSY;
        while (status == ZINC_E_BUSY) { /* a second without a turn: possible, where CPUs are few */
            status = zinc_region_grow(region, i * GROW_STEP);
        }
        verify(status == ZINC_OK);
        size_t now = zinc_capacity(region);
        verify(now >= i * GROW_STEP && now >= last); /* it never falls */
        verify(zinc_ptr(region) == bytes);
        uint8_t *view = NULL;
        void *held = NULL;
        verify(zinc_view_acquire(region, now - 1, 1, &view, &held) == ZINC_OK);
        view[0] = 1;
        zinc_view_release(view, held);
        last = now;
    }
    zinc_close(region);
}

static void open_in_between(void *context) {
    record *mine = context;
    mine->ready = 1;
    until(mine->go);
    size_t last = 0;
    while (last < GROW_STEPS * GROW_STEP) {
        zinc_region *region = opened();
        size_t now = zinc_capacity(region);
        verify(now >= last);
        zinc_ptr(region)[now - 1] = 2;
        last = now;
        zinc_close(region);
    }
}

static void grow_racing(void) {
    long_step("three grow, two open", 10);
    for (int round = 0; round < 5; round++) {
        zinc_region *region =
            created_with((zinc_region_options){.max_capacity = GROW_STEPS * GROW_STEP});
        record *all[5];
        pid_t pids[5];
        for (int i = 0; i < 5; i++) {
            all[i] = child_shared(sizeof *all[i]);
            pids[i] = child_start(i < 3 ? grow_steps : open_in_between, all[i]);
        }
        for (int i = 0; i < 5; i++) {
            until(all[i]->ready);
        }
        for (int i = 0; i < 5; i++) {
            all[i]->go = 1;
        }
        for (int i = 0; i < 5; i++) {
            verify(child_end(pids[i]) == 0);
        }
        verify(zinc_capacity(region) == GROW_STEPS * GROW_STEP);
        zinc_close(region);
    }
}

/* ---- accounting ----------------------------------------------------------------------------- */

/* Many processes die in one region, at all points, and then it goes: nothing of them is left. */
static void accounting(void) {
    long_step("300 processes die everywhere", 20);
    static const char *const points[] = {
        "open.statted",    "open.judged",     "open.alive_locked", "open.mapped",
        "open.row_locked", "open.row_filled", "close.closed",      "close.row_cleared",
        "grow.locked",     "grow.allocated",  "grow.stored",       "notify.stored_no_wake",
    };
    zinc_region *region = created_with((zinc_region_options){.rows = 16, .max_capacity = 4 << 20});
    cases_space before = cases_space_used();
    for (int i = 0; i < 300; i++) {
        size_t point = (size_t)i % (sizeof points / sizeof *points);
        char faults[64];
        snprintf(faults, sizeof faults, "%s:1:kill", points[point]);
        child_function *run = point >= 8 ? grow_to_2m : open_and_close;
        int code = child_end(child_start_at(faults, run, NULL));
        verify(code == -SIGKILL || code == 0);
    }
    zinc_info info = info_of(region);
    verify(info.participants_alive == 1 && info.participants_dead <= 15);
    verify(info.waiters == 0 && info.capacity == 2 << 20);
    /* The growth is all that was added. */
    cases_space after = cases_space_used();
    verify(!cases_own_mount ||
           after.bytes - before.bytes == (uint64_t)((2 << 20) - 4096) / 4096 * 4096);
    zinc_region *all[15]; /* every other row can be taken */
    for (int i = 0; i < 15; i++) {
        all[i] = opened();
    }
    verify(info_of(region).participants_alive == 16 && info_of(region).participants_dead == 0);
    zinc_region *more = NEVER;
    verify(zinc_open(NAME, &more) == ZINC_E_USERS && more == NULL);
    for (int i = 0; i < 15; i++) {
        zinc_close(all[i]);
    }
    verify(looked_up().participants_alive == 1);
    zinc_close(region);
}

static const test_case cases[] = {
    {"row.reuse", row_reuse},         {"row.wrap", row_wrap},       {"own_row", own_row},
    {"sigstop.owner", sigstop_owner}, {"death.any", any_death},     {"core.dump", core_dump},
    {"big.holder", big_holder},       {"pidns", pid_namespace},     {"pidreuse", pid_reuse},
    {"lock.forged", forged_locks},    {"grow.killed", grow_killed}, {"grow.stopped", grow_stopped},
    {"grow.racing", grow_racing},     {"accounting", accounting},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
