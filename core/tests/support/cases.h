/* SPDX-License-Identifier: MIT */
/* A test program as a table of named cases.
 *
 *     static const test_case cases[] = {
 *         {"close.last", close_last},
 *         ...
 *     };
 *     int main(int argc, char **argv) {
 *         return cases_main(argc, argv, cases, CASES_COUNT(cases));
 *     }
 *
 * Without arguments all cases run, one line each; with names as arguments those alone; with --list
 * the names are printed. Each case runs in a process of its own, in an empty directory of regions
 * of its own, with an empty environment as far as Zinc reads it. When it ends, whatever processes
 * it has left are killed, and then the directory must be empty and its file system have as many
 * free bytes and inodes as before: a case that leaves something behind has failed. */
#ifndef ZINC_TESTS_CASES_H
#define ZINC_TESTS_CASES_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>

#include "verify.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CASES_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CASES_SANITIZED 1
#endif
#endif
#ifndef CASES_SANITIZED
#define CASES_SANITIZED 0
#endif

/* Added to every deadline that is asserted: the machines that run this are shared and noisy, and
 * sanitizers make everything several times slower. */
#define CASES_SLACK_MS (CASES_SANITIZED ? 5000 : 900)

#define CASES_COUNT(cases) (sizeof(cases) / sizeof(cases)[0])
#define CASES_SKIPPED 77

typedef struct test_case {
    const char *name;
    void (*run)(void);
} test_case;

static char cases_directory[64]; /* where regions are */
static bool cases_own_mount;     /* it is a tmpfs of this program alone, called /dev/shm */

/* Begin a step of a case, with time for slow machines. */
static inline void step(const char *name) {
    verify_long_step(name, CASES_SANITIZED ? 55 : 0);
}
static inline void long_step(const char *name, unsigned seconds) {
    verify_long_step(name, CASES_SANITIZED ? 3 * seconds + 55 : seconds);
}

/* End the case as not run. */
static inline void case_skip(const char *why) {
    printf("  skipped: %s\n", why);
    fflush(NULL);
    _exit(CASES_SKIPPED);
}

static inline int64_t cases_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A private tmpfs over /dev/shm where this may be done, so that nothing can be left behind and the
 * accounting is exact; else a directory of our own in it. */
static inline void cases_directory_make(void) {
    unsetenv("ZINC_DIR");
    unsetenv("ZINC_DOMAIN");
    if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777") == 0) {
        cases_own_mount = true;
        strcpy(cases_directory, "/dev/shm");
        return;
    }
    strcpy(cases_directory, "/dev/shm/zinc-test-XXXXXX");
    if (mkdtemp(cases_directory) == NULL) {
        perror("mkdtemp in /dev/shm");
        exit(2);
    }
    setenv("ZINC_DIR", cases_directory, 1);
}

static inline void cases_directory_remove(void) {
    if (!cases_own_mount) {
        rmdir(cases_directory);
    }
}

/* How many files the directory of regions holds; prints them if asked. */
static inline int cases_files(bool print) {
    DIR *directory = opendir(cases_directory);
    struct dirent *entry = NULL;
    int count = 0;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            count++;
            if (print) {
                printf("  left behind: %s/%s\n", cases_directory, entry->d_name);
            }
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return count;
}

static inline void cases_directory_clear(void) {
    DIR *directory = opendir(cases_directory);
    struct dirent *entry = NULL;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
        (void)unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR);
    }
    if (directory != NULL) {
        closedir(directory);
    }
}

typedef struct cases_space {
    uint64_t bytes;
    uint64_t inodes;
} cases_space;

/* What the files of the directory's file system occupy. */
static inline cases_space cases_space_used(void) {
    struct statvfs facts;
    cases_space used = {0, 0};
    if (statvfs(cases_directory, &facts) == 0) {
        used.bytes = (uint64_t)(facts.f_blocks - facts.f_bfree) * facts.f_frsize;
        used.inodes = (uint64_t)(facts.f_files - facts.f_ffree);
    }
    return used;
}

/* End what a case has left running, and wait for it. */
static inline void cases_end_group(pid_t group) {
    while (kill(-group, SIGKILL) == 0 || errno == EPERM) {
        if (waitpid(-group, NULL, 0) < 0 && errno == ECHILD) {
            break;
        }
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}

/* 0 passed, 1 failed, 77 skipped. */
static inline int cases_run_one(const test_case *one, const char *prefix) {
    cases_space before = cases_space_used();
    int64_t began = cases_now_ms();
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        step(one->name);
        one->run();
        alarm(0);
        exit(0);
    }
    setpgid(pid, pid);
    int status = 0;
    while (waitpid(pid, &status, 0) != pid) {
    }
    cases_end_group(pid);
    int result = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    if (WIFSIGNALED(status)) {
        printf("  ended by signal %d\n", WTERMSIG(status));
    }
    cases_space after = cases_space_used();
    if (result == 0 && cases_files(true) != 0) {
        result = 1;
    }
    if (result == 0 && cases_own_mount &&
        (after.bytes != before.bytes || after.inodes != before.inodes)) {
        printf("  left behind: %lld bytes, %lld inodes without a name\n",
               (long long)(after.bytes - before.bytes), (long long)(after.inodes - before.inodes));
        result = 1;
    }
    cases_directory_clear();
    printf("%s %s%s (%lld ms)\n",
           result == 0               ? "ok     "
           : result == CASES_SKIPPED ? "skipped"
                                     : "FAILED ",
           prefix, one->name, (long long)(cases_now_ms() - began));
    fflush(stdout);
    return result == 0 || result == CASES_SKIPPED ? result : 1;
}

static inline bool cases_asked(int argc, char **argv, const char *prefix, const char *name) {
    char full[128];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], full) == 0 || strcmp(argv[i], name) == 0) {
            return true;
        }
    }
    return argc <= 1;
}

typedef struct cases_tally {
    int passed;
    int failed;
    int skipped;
} cases_tally;

static inline void cases_run_all(int argc, char **argv, const test_case *cases, size_t count,
                                 const char *prefix, cases_tally *tally) {
    for (size_t i = 0; i < count; i++) {
        if (cases_asked(argc, argv, prefix, cases[i].name)) {
            int result = cases_run_one(&cases[i], prefix);
            tally->passed += result == 0;
            tally->skipped += result == CASES_SKIPPED;
            tally->failed += result == 1;
        }
    }
}

static inline bool cases_listed(int argc, char **argv, const test_case *cases, size_t count) {
    if (argc != 2 || strcmp(argv[1], "--list") != 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        puts(cases[i].name);
    }
    return true;
}

static inline int cases_verdict(const char *program, const cases_tally *tally) {
    cases_directory_remove();
    printf("%d passed, %d failed, %d skipped\n", tally->passed, tally->failed, tally->skipped);
    if (tally->passed + tally->failed + tally->skipped == 0) {
        fprintf(stderr, "%s: no such case (--list shows them)\n", program);
        return 2;
    }
    return tally->failed != 0 ? 1 : tally->passed == 0 ? CASES_SKIPPED : 0;
}

static inline int cases_main(int argc, char **argv, const test_case *cases, size_t count) {
    cases_tally tally = {0, 0, 0};
    if (cases_listed(argc, argv, cases, count)) {
        return 0;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    cases_directory_make();
    cases_run_all(argc, argv, cases, count, "", &tally);
    return cases_verdict(argv[0], &tally);
}

/* The same three times: with the best wait back-end of this system, with one word a system call,
 * and with polling. The names of the second and third begin with "one-word:" and "poll:". */
static inline int cases_main_backends(int argc, char **argv, const test_case *cases, size_t count) {
    cases_tally tally = {0, 0, 0};
    if (cases_listed(argc, argv, cases, count)) {
        return 0;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    cases_directory_make();
    cases_run_all(argc, argv, cases, count, "", &tally);
    setenv("ZINC_NO_WAITV", "1", 1);
    cases_run_all(argc, argv, cases, count, "one-word:", &tally);
    unsetenv("ZINC_NO_WAITV");
    setenv("ZINC_WAIT", "poll", 1);
    cases_run_all(argc, argv, cases, count, "poll:", &tally);
    return cases_verdict(argv[0], &tally);
}

#endif
