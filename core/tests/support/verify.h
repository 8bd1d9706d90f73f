/* SPDX-License-Identifier: MIT */
/* What every test of the core starts from: a check that says where it failed, and a watchdog that
 * says where a test hung.
 *
 *     verify(zinc_create("frames", 64, &region) == ZINC_OK);
 *     verify_step("close while another thread waits");   // from here on, 5 s without a step fail
 *
 * The checks work in threads and forked children: they print and leave at once with exit code 1. */
#ifndef ZINC_TESTS_VERIFY_H
#define ZINC_TESTS_VERIFY_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define VERIFY_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(VERIFY_SANITIZED)
#define VERIFY_STEP_SECONDS 30 /* sanitizers slow everything down */
#else
#define VERIFY_STEP_SECONDS 5
#endif

#define verify(condition) ((condition) ? (void)0 : verify_failed(__FILE__, __LINE__, #condition))

static const char *verify_current_step = "the first step";

static inline void verify_failed(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s:%d: not true: %s (in: %s)\n", file, line, condition, verify_current_step);
    fflush(NULL);
    _exit(1);
}

static inline void verify_hung(int signal_number) {
    static const char text[] = "no progress for seconds in: ";
    (void)signal_number;
    /* Only what a signal handler may call. */
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0 ||
        write(STDERR_FILENO, verify_current_step, strlen(verify_current_step)) < 0 ||
        write(STDERR_FILENO, "\n", 1) < 0) {
        _exit(2);
    }
    _exit(1);
}

/* Begin a step: the watchdog starts again, for this process. */
static inline void verify_step(const char *name) {
    verify_current_step = name;
    signal(SIGALRM, verify_hung);
    alarm(VERIFY_STEP_SECONDS);
}

/* The same with a length of its own, for a step that takes long by nature. */
static inline void verify_long_step(const char *name, unsigned seconds) {
    verify_step(name);
    alarm(seconds + VERIFY_STEP_SECONDS);
}

#endif
