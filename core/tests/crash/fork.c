/* SPDX-License-Identifier: MIT */
/* Forked children: they have no part in their parent's regions, and hold nothing of it. */
#define _GNU_SOURCE
#include <zinc.h>

#include <pthread.h>
#include <sys/syscall.h>

#include "base/process.h"
#include "child.h"
#include "region/handle.h"

#define NAME "fork"

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

static zinc_info looked_up(void) {
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_lookup(NAME, &info, NULL) == ZINC_OK);
    return info;
}

/* ---- fork.child_uses ------------------------------------------------------------------------ */

typedef struct inherited {
    zinc_region *region;
    uint8_t *bytes;
    void *context;
    zinc_cancel *cancel;
} inherited;

static void use_all(void *context) {
    inherited *from = context;
    zinc_region *region = from->region;
    unsigned char before[256 + 64 * 4];
    unsigned char after[sizeof before];
    memcpy(before, region->bytes, sizeof before);
    uint8_t *bytes = NULL;
    void *view = NULL;
    int32_t descriptor = -1;
    zinc_info info = {.size = sizeof info};
    zinc_error error;
    verify(zinc_region_status(region) == ZINC_E_FORKED);
    verify(zinc_ptr(region) == NULL);
    verify(zinc_capacity(region) == 0);
    verify(strcmp(zinc_region_name(region), NAME) == 0);
    verify(zinc_region_notify(region) == ZINC_E_FORKED);
    zinc_notify(region);
    verify(zinc_wait(region, UINT32_MAX) == ZINC_E_FORKED);
    verify(zinc_region_wait(region, ZINC_FOREVER, from->cancel) == ZINC_E_FORKED);
    verify(zinc_region_grow(region, 5000) == ZINC_E_FORKED);
    verify(zinc_region_info(region, &info) == ZINC_E_FORKED);
    verify(zinc_region_unlink(region) == ZINC_E_FORKED);
    verify(zinc_region_descriptor(region, &descriptor) == ZINC_E_FORKED);
    verify(zinc_region_send(region, 0) == ZINC_E_FORKED);
    verify(zinc_view_acquire(region, 0, 1, &bytes, &view) == ZINC_E_FORKED);
    verify(zinc_region_shutdown(region) == ZINC_E_FORKED);
    verify(zinc_region_explain(region, ZINC_E_FORKED, &error) == ZINC_OK);
    verify(strstr(error.message, NAME) != NULL);
    memcpy(after, region->bytes, sizeof after);
    verify(memcmp(before, after, sizeof before) == 0); /* nothing shared was written */

    /* Views that it has stay readable and writable. */
    verify(from->bytes[7] == 77);
    from->bytes[8] = 88;

    /* It may take part by itself. */
    zinc_region *mine = opened();
    verify(zinc_region_status(mine) == ZINC_OK);
    verify(zinc_ptr(mine)[8] == 88);
    verify(mine->participant.owner.row != region->participant.owner.row);
    verify(looked_up().participants_alive == 3);
    zinc_notify(mine);
    verify(zinc_wait(mine, 0) == ZINC_OK);
    zinc_region_retain(region);
    zinc_region_release(region);
    zinc_close(region); /* the child's copy goes */
    verify(from->bytes[7] == 77);
    zinc_view_release(from->bytes, from->context);
    verify(looked_up().participants_alive == 3);
    zinc_close(mine);
    verify(looked_up().participants_alive == 2);
}

static void child_uses(void) {
    inherited from = {.region = created()};
    zinc_region *other = opened();
    verify(zinc_view_acquire(from.region, 0, 1000, &from.bytes, &from.context) == ZINC_OK);
    verify(zinc_cancel_create(&from.cancel) == ZINC_OK);
    from.bytes[7] = 77;
    for (int i = 0; i < 3; i++) {
        verify(child_end(child_start(use_all, &from)) == 0);
        verify(from.bytes[8] == 88);
        from.bytes[8] = 0;
        verify(zinc_region_status(from.region) == ZINC_OK);
        verify(zinc_wait(from.region, 0) == ZINC_OK);
        verify(looked_up().participants_alive == 2);
    }
    zinc_view_release(from.bytes, from.context);
    zinc_cancel_destroy(from.cancel);
    zinc_close(from.region);
    verify(looked_up().participants_alive == 1);
    zinc_close(other);
}

static void nested_child(void *context) {
    zinc_region *region = context;
    verify(zinc_region_status(region) == ZINC_E_FORKED);
}

static void child_with_child(void *context) {
    zinc_region *parents = context;
    verify(zinc_region_status(parents) == ZINC_E_FORKED);
    zinc_region *mine = opened();
    verify(child_end(child_start(nested_child, mine)) == 0);
    verify(child_end(child_start(nested_child, parents)) == 0);
    verify(zinc_region_status(mine) == ZINC_OK);
    zinc_close(mine);
}

static void grandchildren(void) {
    zinc_region *region = created();
    verify(child_end(child_start(child_with_child, region)) == 0);
    verify(zinc_region_status(region) == ZINC_OK);
    zinc_close(region);
}

/* ---- fork.child_exits, fork.parent_killed --------------------------------------------------- */

static void just_exit(void *context) {
    (void)context;
}

static void close_and_exit(void *context) {
    zinc_close(context);
}

/* A child that ends, or closes its copy, takes nothing of its parent's with it. */
static void child_exits(void) {
    zinc_region *region = created();
    child_function *const ends[] = {just_exit, close_and_exit};
    for (int i = 0; i < 2; i++) {
        verify(child_end(child_start(ends[i], region)) == 0);
        zinc_info info = looked_up();
        verify(info.participants_alive == 1 && info.participants_dead == 0);
        verify((info.flags & ZINC_INFO_CREATOR_ALIVE) != 0);
        zinc_region *none = NULL;
        verify(zinc_create(NAME, 10, &none) == ZINC_E_EXIST);
    }
    zinc_close(region);
}

typedef struct family {
    _Atomic(int) grandchild; /* its pid */
    _Atomic(int) runs;       /* the grandchild has come back from the fork */
    _Atomic(int) released;
    int how;
} family;

enum how { BY_FORK, BY_RAW_FORK, BY_CLONE };

static pid_t fork_somehow(int how) {
    switch (how) {
    case BY_RAW_FORK:
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
        return _Fork();
#else
        return (pid_t)syscall(SYS_fork);
#endif
    case BY_CLONE:
        return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    default:
        return fork();
    }
}

/* Create, fork a child that lives on, and be killed. */
static void parent(void *context) {
    family *all = context;
    zinc_region *region = created();
    (void)region;
    pid_t pid = fork_somehow(all->how);
    if (pid == 0) {
        all->runs = 1;
        while (all->released == 0) {
            nap_ms(1);
        }
        _exit(0);
    }
    all->grandchild = pid;
    child_forever();
}

/* The row is free as soon as the parent is dead, although its child lives. */
static void parent_killed(void) {
    family *all = child_shared(sizeof *all);
    all->how = BY_FORK;
    pid_t pid = child_start(parent, all);
    until(all->grandchild != 0 && all->runs != 0);
    verify(looked_up().participants_alive == 1);
    verify(child_kill(pid) == -SIGKILL);
    zinc_info info = looked_up();
    verify(info.participants_alive == 0 && info.participants_dead == 1);
    verify((info.flags & ZINC_INFO_CREATOR_ALIVE) == 0);
    verify((info.flags & ZINC_INFO_RECLAIMABLE) != 0);
    zinc_region *region = created();
    zinc_close(region);
    verify(kill(all->grandchild, 0) == 0); /* it still lives */
    all->released = 1;
}

/* ---- fork.raw ------------------------------------------------------------------------------- */

/* A child made past the fork handlers keeps the parent's participation until it ends or execs:
 * this is documented, and all that is promised is that it ends then. */
static void raw(void) {
    for (int how = BY_RAW_FORK; how <= BY_CLONE; how++) {
        family *all = child_shared(sizeof *all);
        all->how = how;
        pid_t pid = child_start(parent, all);
        until(all->grandchild != 0);
        verify(child_kill(pid) == -SIGKILL);
        verify(looked_up().participants_alive == 1);
        zinc_region *none = NULL;
        verify(zinc_create(NAME, 10, &none) == ZINC_E_EXIST);
        all->released = 1;
        until(looked_up().participants_alive == 0);
        zinc_close(created());
    }
}

static void exec_soon(void *context) {
    family *all = context;
    (void)created();
    pid_t pid = fork_somehow(BY_CLONE);
    if (pid == 0) {
        while (all->released == 0) {
            nap_ms(1);
        }
        execl("/bin/sleep", "sleep", "30", (char *)NULL);
        _exit(127);
    }
    all->grandchild = pid;
    child_forever();
}

static void raw_exec(void) {
    family *all = child_shared(sizeof *all);
    pid_t pid = child_start(exec_soon, all);
    until(all->grandchild != 0);
    verify(child_kill(pid) == -SIGKILL);
    verify(looked_up().participants_alive == 1);
    all->released = 1;
    until(looked_up().participants_alive == 0); /* while it sleeps on */
    verify(kill(all->grandchild, SIGKILL) == 0);
    zinc_close(created());
}

/* It knows that it is a child, too, and what it opens is its own. */
static void raw_child_uses(void) {
    zinc_region *region = created();
    fflush(NULL);
    for (int how = BY_RAW_FORK; how <= BY_CLONE; how++) {
        pid_t pid = fork_somehow(how);
        if (pid == 0) {
            verify(zinc_region_status(region) == ZINC_E_FORKED);
            verify(zinc_ptr(region) == NULL);
            zinc_notify(region);
            zinc_region *mine = opened();
            verify(mine->participant.owner.row != region->participant.owner.row);
            verify(zinc_wait(mine, 0) == ZINC_E_TIMEDOUT);
            zinc_close(mine);
            zinc_close(region);
            _exit(0);
        }
        verify(child_end(pid) == 0);
        verify(zinc_region_status(region) == ZINC_OK);
        verify(looked_up().participants_alive == 1);
    }
    zinc_close(region);
}

/* ---- fork.race ------------------------------------------------------------------------------ */

static _Atomic(bool) race_over;

static void *race_thread(void *context) {
    (void)context;
    while (!race_over) {
        zinc_region *region = NULL;
        verify(zinc_region_open_or_create(NAME, 100, NULL, &region, NULL) == ZINC_OK);
        zinc_region *other = opened();
        zinc_close(other);
        zinc_close(region);
    }
    return NULL;
}

/* How many of this process's descriptors carry a lock, by what the kernel says about each. */
static int locks_held(void) {
    int count = 0;
    for (int fd = 0; fd < 40; fd++) {
        char path[64];
        char text[1024];
        snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) {
            continue;
        }
        ssize_t length = read(file, text, sizeof text - 1);
        text[length > 0 ? length : 0] = '\0';
        count += strstr(text, "lock:") != NULL;
        close(file);
    }
    return count;
}

/* Fork while another thread opens and closes, 1,500 times: no child keeps a lock descriptor. */
static void race(void) {
    long_step("1,500 forks while another thread opens", 20);
    zinc_region *keep = created();
    verify(locks_held() == 1);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        verify(pthread_create(&threads[i], NULL, race_thread, NULL) == 0);
    }
    int kept = 0;
    for (int i = 0; i < 1500; i++) {
        fflush(NULL);
        pid_t pid = fork();
        verify(pid >= 0);
        if (pid == 0) {
            int held = locks_held();
            _exit(held == 0 && zinc_region_status(keep) == ZINC_E_FORKED ? 0 : 3);
        }
        kept += child_end(pid) != 0;
    }
    verify(kept == 0);
    race_over = true;
    for (int i = 0; i < 2; i++) {
        verify(pthread_join(threads[i], NULL) == 0);
    }
    zinc_close(keep);
}

/* Children that work at once, while the parent's other threads hold the library's locks. */
static void race_child_works(void) {
    long_step("200 children that open, while another thread opens", 20);
    zinc_region *keep = created();
    pthread_t thread;
    verify(pthread_create(&thread, NULL, race_thread, NULL) == 0);
    for (int i = 0; i < 200; i++) {
        fflush(NULL);
        pid_t pid = fork();
        verify(pid >= 0);
        if (pid == 0) {
            zinc_region *mine = opened();
            verify(zinc_region_notify(mine) == ZINC_OK);
            zinc_close(mine);
            zinc_close(keep);
            _exit(0);
        }
        verify(child_end(pid) == 0);
    }
    race_over = true;
    verify(pthread_join(thread, NULL) == 0);
    zinc_close(keep);
}

static const test_case cases[] = {
    {"fork.child_uses", child_uses},
    {"fork.grandchildren", grandchildren},
    {"fork.child_exits", child_exits},
    {"fork.parent_killed", parent_killed},
    {"fork.raw", raw},
    {"fork.raw_exec", raw_exec},
    {"fork.raw_child_uses", raw_child_uses},
    {"fork.race", race},
    {"fork.race_child_works", race_child_works},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
