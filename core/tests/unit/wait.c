/* SPDX-License-Identifier: MIT */
/* Notifying and waiting, on every back-end. */
#define _GNU_SOURCE
#include <zinc.h>

#include <pthread.h>

#include "child.h"
#include "region/handle.h"

#define MS INT64_C(1000000)
#define S (1000 * MS)

static zinc_region *created(const char *name) {
    zinc_region *region = NULL;
    verify(zinc_create(name, 64, &region) == ZINC_OK);
    return region;
}

static zinc_region *opened(const char *name) {
    zinc_region *region = NULL;
    verify(zinc_open(name, &region) == ZINC_OK);
    return region;
}

static zinc_region *reading(const char *name) {
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .flags = ZINC_REGION_READ_ONLY};
    verify(zinc_region_open(name, &options, &region, NULL) == ZINC_OK);
    return region;
}

static zinc_info info_of(zinc_region *region) {
    zinc_info info = {.size = sizeof info};
    verify(zinc_region_info(region, &info) == ZINC_OK);
    return info;
}

static bool polling(void) {
    return getenv("ZINC_WAIT") != NULL;
}

/* A wait in a thread of its own. */
typedef struct waiter {
    pthread_t thread;
    zinc_region *region;
    int64_t deadline_ns;
    zinc_cancel *cancel;
    _Atomic(bool) began;
    _Atomic(bool) ended;
    int32_t status;
    int64_t ended_ms;
} waiter;

static void *wait_run(void *context) {
    waiter *w = context;
    w->began = true;
    do {
        w->status = zinc_region_wait(w->region, w->deadline_ns, w->cancel);
    } while (w->status == ZINC_E_INTR);
    w->ended_ms = cases_now_ms();
    w->ended = true;
    return NULL;
}

static void wait_start(waiter *w, zinc_region *region, int64_t deadline_ns, zinc_cancel *cancel) {
    *w = (waiter){.region = region, .deadline_ns = deadline_ns, .cancel = cancel};
    verify(pthread_create(&w->thread, NULL, wait_run, w) == 0);
    until(w->began);
}

static int32_t wait_join(waiter *w) {
    verify(pthread_join(w->thread, NULL) == 0);
    return w->status;
}

/* ---- What a handle has seen ----------------------------------------------------------------- */

static void times_out(void) {
    zinc_region *region = created("out");
    verify(zinc_wait(region, 0) == -110);
    int64_t began = cases_now_ms();
    verify(zinc_wait(region, 120) == -110);
    int64_t took = cases_now_ms() - began;
    verify(took >= 119 && took <= 120 + CASES_SLACK_MS);
    verify(zinc_region_wait(region, 0, NULL) == ZINC_E_TIMEDOUT);
    verify(zinc_region_wait(region, -5, NULL) == ZINC_E_TIMEDOUT);
    verify(zinc_region_wait(region, zinc_clock_ns() - 1, NULL) == ZINC_E_TIMEDOUT);
    zinc_close(region);
}

static void seen_once(void) {
    zinc_region *region = created("once");
    zinc_notify(region);
    verify(zinc_wait(region, 0) == 0); /* also by the notifier's own handle */
    verify(zinc_wait(region, 0) == -110);
    for (int i = 0; i < 5; i++) {
        zinc_notify(region);
    }
    verify(zinc_wait(region, 1000) == 0); /* those that nobody has seen become one */
    verify(zinc_wait(region, 0) == -110);
    verify(info_of(region).notifications == 6);
    zinc_close(region);
}

static void before_open(void) {
    zinc_region *region = created("before");
    zinc_region *fresh = opened("before");
    verify(zinc_wait(fresh, 0) == -110); /* nothing has happened yet */
    zinc_notify(region);
    zinc_region *late = opened("before");
    zinc_region *reader = reading("before");
    verify(zinc_wait(late, 0) == 0); /* it came before this handle was there */
    verify(zinc_wait(late, 0) == -110);
    verify(zinc_wait(reader, 0) == 0);
    verify(zinc_wait(reader, 0) == -110);
    verify(zinc_wait(fresh, 0) == 0);
    verify(zinc_wait(region, 0) == 0);
    zinc_close(reader);
    zinc_close(late);
    zinc_close(fresh);
    zinc_close(region);
}

/* The sequence skips 0 when it wraps, as 0 means that nothing has ever been notified. */
static void wraps(void) {
    zinc_region *region = created("wraps");
    zinc__store32_relaxed(&region->bytes->notify.sequence, UINT32_MAX - 1);
    zinc_region *other = opened("wraps");
    verify(zinc_wait(other, 0) == 0);
    verify(zinc_wait(other, 0) == -110);
    zinc_notify(region);
    verify(info_of(region).notifications == UINT32_MAX);
    verify(zinc_wait(other, 0) == 0);
    verify(zinc_wait(other, 0) == -110);
    zinc_notify(region);
    verify(info_of(region).notifications == 1);
    verify(zinc_wait(other, 0) == 0);
    verify(zinc_wait(other, 0) == -110);
    zinc_close(other);
    zinc_close(region);
}

/* ---- Who wakes ------------------------------------------------------------------------------ */

/* A waiter that parked 0.8 s ago looks by itself again only at 1.55 s: that it returns at once
 * shows that it was woken. */
static void wakes_parked(void) {
    zinc_region *region = created("parked");
    zinc_region *other = opened("parked");
    waiter w;
    wait_start(&w, other, ZINC_FOREVER, NULL);
    nap_ms(800);
    verify(!w.ended);
    verify(info_of(region).waiters == 1);
    int64_t notified = cases_now_ms();
    zinc_notify(region);
    verify(wait_join(&w) == ZINC_OK);
    verify(w.ended_ms - notified <= 400);
    verify(info_of(region).waiters == 0);
    zinc_close(other);
    zinc_close(region);
}

static void two_handles(void) {
    zinc_region *region = created("two");
    zinc_region *other = opened("two");
    waiter one;
    waiter two;
    wait_start(&one, region, ZINC_FOREVER, NULL);
    wait_start(&two, other, ZINC_FOREVER, NULL);
    until(info_of(region).waiters == 2);
    zinc_notify(region);
    verify(wait_join(&one) == ZINC_OK);
    verify(wait_join(&two) == ZINC_OK);
    zinc_close(other);
    zinc_close(region);
}

/* One notification ends every wait that had begun on one handle. */
static void eight_threads(void) {
    zinc_region *region = created("eight");
    zinc_region *other = opened("eight");
    waiter w[8];
    for (int round = 0; round < 20; round++) {
        step("eight threads wait on one handle");
        for (int i = 0; i < 8; i++) {
            wait_start(&w[i], other, ZINC_FOREVER, NULL);
        }
        until(info_of(region).waiters == 8);
        zinc_notify(region);
        for (int i = 0; i < 8; i++) {
            verify(wait_join(&w[i]) == ZINC_OK);
        }
        verify(zinc_wait(other, 0) == -110);
    }
    zinc_close(other);
    zinc_close(region);
}

static void policies(void) {
    for (uint32_t policy = ZINC_WAIT_ADAPTIVE; policy <= ZINC_WAIT_PARK; policy++) {
        zinc_region *region = created("policy");
        zinc_region *other = NULL;
        zinc_region_options options = {.size = sizeof options, .wait_policy = policy};
        verify(zinc_region_open("policy", &options, &other, NULL) == ZINC_OK);
        verify(info_of(other).wait_policy == policy);
        verify(zinc_wait(other, 20) == -110);
        waiter w;
        wait_start(&w, other, zinc_deadline_ns(4 * S), NULL);
        nap_ms(120);
        zinc_notify(region);
        verify(wait_join(&w) == ZINC_OK);
        wait_start(&w, other, zinc_deadline_ns(130 * MS), NULL);
        verify(wait_join(&w) == ZINC_E_TIMEDOUT);
        zinc_close(other);
        zinc_close(region);
    }
}

/* Readers cannot say that they sleep: without the option they may learn 50 ms late, not later. */
/* Waits that spun, of the next `count`; all that spin do so for `expected` ns. */
static unsigned spun(zinc__wait_habits *habits, unsigned count, uint32_t expected) {
    unsigned spinning = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t budget = zinc__wait_spin_budget(habits);
        verify(budget == 0 || budget == expected);
        spinning += budget != 0;
    }
    return spinning;
}

static void habits(void) {
    zinc__wait_habits mine;
    zinc__wait_habits_init(&mine, ZINC_WAIT_ADAPTIVE);
    mine.may_spin = true;
    step("short waits spin, twice as long as the last ones were");
    verify(spun(&mine, 100, 1000) == 100);
    zinc__store32_relaxed(&mine.average_ns, 5000);
    verify(spun(&mine, 100, 11000) == 100);
    zinc__store32_relaxed(&mine.average_ns, 40000);
    verify(spun(&mine, 100, 40000) == 100);
    step("longer ones try it now and then, as both sides may only be parking for each other");
    zinc__store32_relaxed(&mine.average_ns, 48000);
    verify(spun(&mine, 640, 40000) == 40);
    zinc__store32_relaxed(&mine.average_ns, 160000);
    verify(spun(&mine, 640, 40000) == 40);
    step("long ones never spin");
    zinc__store32_relaxed(&mine.average_ns, 160001);
    verify(spun(&mine, 640, 0) == 0);
    step("nor does anybody on one processor, or by choice");
    zinc__store32_relaxed(&mine.average_ns, 48000);
    mine.may_spin = false;
    verify(spun(&mine, 640, 0) == 0);
    zinc__wait_habits_init(&mine, ZINC_WAIT_PARK);
    verify(spun(&mine, 640, 0) == 0);
    zinc__wait_habits_init(&mine, ZINC_WAIT_SPIN);
    verify(spun(&mine, 640, UINT32_MAX) == 640);
    verify(zinc__wait_spin_budget(NULL) == 0);
}

static void readers(void) {
    zinc_region *region = created("readers");
    zinc_region *reader = reading("readers");
    verify(zinc_region_notify(reader) == ZINC_E_PERM);
    zinc_notify(reader);
    verify(info_of(region).notifications == 0);
    waiter w;
    wait_start(&w, reader, ZINC_FOREVER, NULL);
    nap_ms(800);
    int64_t notified = cases_now_ms();
    zinc_notify(region);
    verify(wait_join(&w) == ZINC_OK);
    verify(w.ended_ms - notified <= 50 + 400); /* a writer's next look would be 750 ms away */
    zinc_close(reader);
    zinc_close(region);
}

static void readers_woken(void) {
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .flags = ZINC_REGION_READ_ONLY_WAITERS};
    verify(zinc_region_create("woken", 64, &options, &region, NULL) == ZINC_OK);
    verify((info_of(region).flags & ZINC_INFO_READ_ONLY_WAITERS) != 0);
    zinc_region *reader = reading("woken");
    int quick = 0;
    for (int i = 0; i < 9; i++) {
        waiter w;
        wait_start(&w, reader, ZINC_FOREVER, NULL);
        nap_ms(57); /* past the first look */
        int64_t notified = cases_now_ms();
        zinc_notify(region);
        verify(wait_join(&w) == ZINC_OK);
        quick += w.ended_ms - notified < 25;
    }
    verify(quick >= 5 || CASES_SANITIZED); /* the next look is 43 ms away */
    zinc_close(reader);
    zinc_close(region);
}

/* ---- What ends a wait from outside ---------------------------------------------------------- */

static void cancel_before(void) {
    zinc_region *region = created("cancel");
    zinc_cancel *cancel = NULL;
    verify(zinc_cancel_create(&cancel) == ZINC_OK);
    verify(zinc_cancel_fired(cancel) == 0);
    zinc_cancel_fire(cancel);
    zinc_cancel_fire(cancel);
    verify(zinc_cancel_fired(cancel) == 1);
    zinc_notify(region);
    verify(zinc_region_wait(region, ZINC_FOREVER, cancel) == ZINC_E_CANCELED);
    verify(zinc_region_wait(region, 0, cancel) == ZINC_E_CANCELED); /* it is sticky */
    verify(zinc_region_wait(region, 0, NULL) == ZINC_OK);           /* and others' waits go on */
    zinc_cancel_destroy(cancel);
    zinc_cancel_destroy(NULL);
    zinc_cancel_fire(NULL);
    verify(zinc_cancel_fired(NULL) == 0);
    verify(zinc_cancel_create(NULL) == ZINC_E_INVAL);
    zinc_close(region);
}

/* It ends its own waits at once, and no other. */
static void cancel_during(void) {
    zinc_region *region = created("cancel");
    zinc_cancel *mine = NULL;
    zinc_cancel *theirs = NULL;
    verify(zinc_cancel_create(&mine) == ZINC_OK);
    verify(zinc_cancel_create(&theirs) == ZINC_OK);
    waiter w[3];
    wait_start(&w[0], region, ZINC_FOREVER, mine);
    wait_start(&w[1], region, ZINC_FOREVER, theirs);
    wait_start(&w[2], region, ZINC_FOREVER, NULL);
    nap_ms(800);
    int64_t fired = cases_now_ms();
    zinc_cancel_fire(mine);
    verify(wait_join(&w[0]) == ZINC_E_CANCELED);
    verify(w[0].ended_ms - fired <= 400);
    nap_ms(60);
    verify(!w[1].ended && !w[2].ended);
    zinc_notify(region);
    verify(wait_join(&w[1]) == ZINC_OK);
    verify(wait_join(&w[2]) == ZINC_OK);
    zinc_cancel_destroy(mine);
    zinc_cancel_destroy(theirs);
    zinc_close(region);
}

static void closing(void) {
    for (int i = 0; i < 10; i++) {
        step("close while another thread waits");
        zinc_region *region = created("closing");
        waiter w;
        zinc_region_retain(region);
        wait_start(&w, region, ZINC_FOREVER, NULL);
        nap_ms(i == 0 ? 800 : i);
        int64_t closed = cases_now_ms();
        zinc_close(region);
        verify(wait_join(&w) == ZINC_E_CLOSED);
        verify(w.ended_ms - closed <= 400);
        verify(zinc_wait(region, UINT32_MAX) == ZINC_E_CLOSED);
        verify(zinc_region_notify(region) == ZINC_E_CLOSED);
        zinc_region_release(region);
        verify(cases_files(false) == 0); /* the wait was its last use */
    }
}

/* ---- Signals -------------------------------------------------------------------------------- */

static _Atomic(int) signals;

static void count_signal(int number) {
    (void)number;
    signals++;
}

/* An endless wait ends at a signal, also where the handler was installed by signal(), which asks
 * the kernel to restart calls: a language's own handlers could not run otherwise. */
static void sa_restart(void) {
    zinc_region *region = created("signal");
    for (int flags = 0; flags < 2; flags++) {
        struct sigaction action = {.sa_handler = count_signal};
        action.sa_flags = flags == 0 ? SA_RESTART : 0;
        sigaction(SIGUSR1, &action, NULL);
        signals = 0;
        pid_t target = getpid();
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            nap_ms(300);
            kill(target, SIGUSR1);
            _exit(0);
        }
        int64_t began = cases_now_ms();
        verify(zinc_region_wait(region, ZINC_FOREVER, NULL) == ZINC_E_INTR);
        verify(signals == 1);
        verify(cases_now_ms() - began >= 290);
        verify(child_end(pid) == 0);
    }
    zinc_close(region);
}

/* zinc_wait goes on, with the same deadline. */
static void resumed(void) {
    zinc_region *region = created("resumed");
    struct sigaction action = {.sa_handler = count_signal};
    sigaction(SIGUSR1, &action, NULL);
    pid_t target = getpid();
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 5; i++) {
            nap_ms(60);
            kill(target, SIGUSR1);
        }
        _exit(0);
    }
    int64_t began = cases_now_ms();
    verify(zinc_wait(region, 500) == ZINC_E_TIMEDOUT);
    int64_t took = cases_now_ms() - began;
    verify(signals >= 3);
    verify(took >= 499 && took <= 500 + CASES_SLACK_MS);
    verify(child_end(pid) == 0);
    zinc_close(region);
}

/* ---- Arguments ------------------------------------------------------------------------------ */

static void arguments(void) {
    verify(zinc_wait(NULL, 0) == ZINC_E_INVAL);
    verify(zinc_wait(NULL, UINT32_MAX) == ZINC_E_INVAL);
    verify(zinc_region_wait(NULL, ZINC_FOREVER, NULL) == ZINC_E_INVAL);
    verify(zinc_region_notify(NULL) == ZINC_E_INVAL);
    zinc_notify(NULL);
}

static void deadlines(void) {
    int64_t now = zinc_clock_ns();
    int64_t later = zinc_deadline_ns(5 * S);
    verify(later - now >= 5 * S && later - now <= 5 * S + CASES_SLACK_MS * MS);
    verify(zinc_deadline_ns(INT64_MAX) == ZINC_FOREVER);
    verify(zinc_deadline_ns(INT64_MAX - 5) == ZINC_FOREVER);
    verify(zinc_deadline_ns(-1) == 0);
    verify(zinc_deadline_ns(INT64_MIN) == 0);
    int64_t soon = zinc_deadline_ns(0);
    verify(soon >= later - 5 * S && soon <= zinc_clock_ns());
}

/* ---- Between processes ---------------------------------------------------------------------- */

static void answer(void *context) {
    (void)context;
    zinc_region *region = opened("across");
    uint32_t *word = (uint32_t *)(void *)zinc_ptr(region);
    verify(zinc_wait(region, 4000) == 0);
    verify(word[0] == 12345); /* written before the notification */
    word[1] = 54321;
    zinc_notify(region);
    zinc_close(region);
}

static void across(void) {
    zinc_region *region = created("across");
    uint32_t *word = (uint32_t *)(void *)zinc_ptr(region);
    pid_t pid = child_start(answer, NULL);
    until(info_of(region).waiters == 1);
    word[0] = 12345;
    zinc_notify(region);
    verify(zinc_wait(region, 0) == 0); /* our own */
    while (word[1] != 54321) {
        verify(zinc_wait(region, 4000) == 0);
    }
    verify(child_end(pid) == 0);
    zinc_close(region);
}

/* Two sides on different back-ends: one that polls still wakes those that sleep in the kernel. */
static void mixed(void) {
    /* The back-end is chosen at the first need: the child's must not be chosen here. */
    _Atomic(int64_t) *times = child_shared(sizeof *times);
    pid_t pid = fork();
    if (pid == 0) {
        if (polling()) {
            unsetenv("ZINC_WAIT");
        } else {
            setenv("ZINC_WAIT", "poll", 1);
        }
        nap_ms(200);
        zinc_region *region = opened("mixed");
        nap_ms(800);
        *times = cases_now_ms();
        zinc_notify(region);
        zinc_close(region);
        _exit(0);
    }
    zinc_region *region = created("mixed");
    verify(zinc_wait(region, 4000) == 0);
    verify(cases_now_ms() - *times <= 400);
    verify(child_end(pid) == 0);
    zinc_close(region);
}

static const test_case cases[] = {
    {"wait.times_out", times_out},
    {"wait.seen_once", seen_once},
    {"wait.before_open", before_open},
    {"wait.wraps", wraps},
    {"wait.wakes_parked", wakes_parked},
    {"wait.two_handles", two_handles},
    {"wait.eight_threads", eight_threads},
    {"wait.policies", policies},
    {"wait.habits", habits},
    {"wait.readers", readers},
    {"wait.readers_woken", readers_woken},
    {"wait.cancel_before", cancel_before},
    {"wait.cancel_during", cancel_during},
    {"close.while_waiting", closing},
    {"wait.sa_restart", sa_restart},
    {"wait.resumed", resumed},
    {"wait.arguments", arguments},
    {"wait.deadlines", deadlines},
    {"wait.across", across},
    {"wait.mixed", mixed},
};

int main(int argc, char **argv) {
    return cases_main_backends(argc, argv, cases, CASES_COUNT(cases));
}
