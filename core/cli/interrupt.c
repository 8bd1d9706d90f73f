/* SPDX-License-Identifier: MIT */
/* Signals. A handler notes the signal and fires the cancellation of every wait. A blocking call
 * that began just after somebody asked interrupted() would not end by that, so the handler sets an
 * alarm that comes again every second: none of the handlers restarts system calls. */
#define _XOPEN_SOURCE 700
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

static zinc_cancel *cancel;
static _Atomic int caught;

static void on_ending(int number) {
    caught = number;
    zinc_cancel_fire(cancel);
    (void)alarm(1);
}

static void on_alarm(int number) {
    (void)number;
    (void)alarm(1);
}

static void handle(int number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

bool interrupt_begin(void) {
    if (cancel != NULL) {
        return true;
    }
    if (zinc_cancel_create(&cancel) != ZINC_OK) {
        (void)say(EXIT_NOSPACE, "no memory for a cancellation");
        return false;
    }
    handle(SIGPIPE, SIG_IGN);
    handle(SIGALRM, on_alarm);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct sigaction before;
        /* What somebody had us ignore (nohup) stays ignored. */
        if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            handle(ending[i], on_ending);
        }
    }
    return true;
}

zinc_cancel *interrupt_cancel(void) {
    return cancel;
}

int interrupted(void) {
    return caught;
}

void interrupt_pipe(void) {
    if (caught == 0) {
        caught = SIGPIPE;
    }
}

void interrupt_forget(void) {
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        handle(ending[i], SIG_IGN);
    }
    (void)alarm(0);
    caught = 0;
}

int interrupt_end(int code) {
    int number = caught;
    if (number == 0) {
        return code;
    }
    /* By the signal itself, so that a shell that runs a script or a loop sees what ended us. */
    (void)alarm(0);
    handle(number, SIG_DFL);
    sigset_t one;
    (void)sigemptyset(&one);
    (void)sigaddset(&one, number);
    (void)sigprocmask(SIG_UNBLOCK, &one, NULL);
    (void)raise(number);
    return 128 + number;
}
