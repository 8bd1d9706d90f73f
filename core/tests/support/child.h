/* SPDX-License-Identifier: MIT */
/* Processes for tests: children that run a function, with faults planted, and what became of them.
 *
 *     pid_t pid = child_start_at("open.mapped:1:kill", open_it, NULL);
 *     verify(child_end(pid) == -SIGKILL);
 *
 * A child stopped at a labelled point is an interleaving chosen by hand: child_stopped() waits
 * until it stands there, the test does something else, child_continue() lets it go on. */
#ifndef ZINC_TESTS_CHILD_H
#define ZINC_TESTS_CHILD_H

#include <stdatomic.h>
#include <sys/mman.h>

#include "cases.h"

typedef void child_function(void *context);

static inline void nap_ms(int64_t ms) {
    struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    while (nanosleep(&time, &time) != 0 && errno == EINTR) {
    }
}

/* Wait for something that another thread or process brings about; the watchdog bounds it. */
#define until(condition)                                                                           \
    do {                                                                                           \
        while (!(condition)) {                                                                     \
            nap_ms(1);                                                                             \
        }                                                                                          \
    } while (0)

/* Zeroed memory that children share with their parent. */
static inline void *child_shared(size_t size) {
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    verify(bytes != MAP_FAILED);
    return bytes;
}

#ifdef ZINC_FAULTS
#include "base/fault.h"
#endif

/* Start a child. It dies with its parent, and its watchdog is as long as that of a long case. */
static inline pid_t child_start_at(const char *faults, child_function *run, void *context) {
    fflush(NULL);
    pid_t pid = fork();
    verify(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        long_step("a child process", 55);
#ifdef ZINC_FAULTS
        zinc__fault_plant(faults);
#else
        verify(faults[0] == '\0');
#endif
        run(context);
        _exit(0);
    }
    return pid;
}

static inline pid_t child_start(child_function *run, void *context) {
    return child_start_at("", run, context);
}

/* Wait for its end: the exit code, or the signal's number negated. */
static inline int child_end(pid_t pid) {
    int status = 0;
    pid_t got = 0;
    do {
        got = waitpid(pid, &status, 0);
    } while (got < 0 && errno == EINTR);
    verify(got == pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Wait until it stands at a point where the action is stop; false if it ended instead. */
static inline bool child_stopped(pid_t pid) {
    int status = 0;
    pid_t got = 0;
    do {
        got = waitpid(pid, &status, WUNTRACED);
    } while (got < 0 && errno == EINTR);
    verify(got == pid);
    return WIFSTOPPED(status);
}

static inline void child_continue(pid_t pid) {
    verify(kill(pid, SIGCONT) == 0);
}

static inline int child_kill(pid_t pid) {
    verify(kill(pid, SIGKILL) == 0);
    return child_end(pid);
}

static inline void child_forever(void) {
    alarm(0);
    for (;;) {
        pause();
    }
}

/* What this process holds that a failed call must have given back. */
typedef struct footprint {
    int descriptors;
    int mappings; /* of regions */
    int files;    /* in the directory of regions */
} footprint;

static inline footprint footprint_now(void) {
    footprint print = {0, 0, cases_files(false)};
    DIR *directory = opendir("/proc/self/fd");
    verify(directory != NULL);
    while (readdir(directory) != NULL) {
        print.descriptors++;
    }
    closedir(directory);
    FILE *maps = fopen("/proc/self/maps", "r");
    verify(maps != NULL);
    char line[512];
    while (fgets(line, sizeof line, maps) != NULL) {
        print.mappings +=
            strstr(line, " /dev/shm/") != NULL || strstr(line, "/memfd:zinc_") != NULL;
    }
    fclose(maps);
    return print;
}

#define verify_footprint(before)                                                                   \
    do {                                                                                           \
        footprint now_held = footprint_now();                                                      \
        verify(now_held.descriptors == (before).descriptors);                                      \
        verify(now_held.mappings == (before).mappings);                                            \
        verify(now_held.files == (before).files);                                                  \
    } while (0)

#endif
