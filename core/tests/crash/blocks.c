/* SPDX-License-Identifier: MIT */
/* The building blocks under death: somebody is killed or stopped at every labelled point, another
 * goes on within the time that the documents promise, and in the end everything adds up. */
#define _GNU_SOURCE
#include <zinc.h>

#include <pthread.h>

#include "base/claim_cell.h"
#include "base/owned_word.h"
#include "base/version_cell.h"
#include "child.h"
#include "region/handle.h"

#define PROMISED_MS 100 /* from the moment that the dead owner's row is free */
#define SLACK_MS 400    /* for a machine that does other things as well */
#define WORDS 4
#define LOG_MAX 100000
#define CHAOS_WRITERS 4

typedef struct table {
    zinc__owned_word word;
    zinc__claim_cell cell;
    zinc__version_cell version;
    zinc__u32 sequence;
    zinc__u32 parked;
    zinc__u32 taken; /* set by a child that holds something */
    zinc__u64 bytes[WORDS];
    zinc__u64 log[LOG_MAX]; /* writer and number of each entry; the word's value is its length */
} table;

typedef struct user {
    zinc_region *region;
    const zinc__participant *self;
    table *table;
    zinc__wait_cell cell;
} user;

static user of(zinc_region *region) {
    user u = {.region = region, .self = &region->participant};
    u.table = (table *)(void *)zinc_ptr(region);
    u.cell = (zinc__wait_cell){
        .sequence = &u.table->sequence, .parked = &u.table->parked, .shared = true};
    return u;
}

static user first_user(uint32_t rows, uint32_t value) {
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .rows = rows};
    verify(zinc_region_create("blocks", sizeof(table), &options, &region, NULL) == ZINC_OK);
    user u = of(region);
    zinc__owned_word_init(&u.table->word, (zinc__owned_content){value, 3});
    zinc__claim_cell_init(&u.table->cell, 10);
    zinc__version_cell_init(&u.table->version, 0);
    return u;
}

static user next_user(void) {
    zinc_region *region = NULL;
    verify(zinc_open("blocks", &region) == ZINC_OK);
    return of(region);
}

static int32_t try_take(const user *u, zinc__owned_content *out) {
    return zinc__owned_word_try_take(&u->table->word, u->self, out);
}

static int32_t take(const user *u, int64_t deadline_ns, zinc__owned_content *out) {
    zinc__wait_request request = {.cell = u->cell, .deadline_ns = deadline_ns};
    return zinc__owned_word_take(&u->table->word, u->self, &request, out);
}

static int32_t commit(const user *u, uint32_t value) {
    return zinc__owned_word_commit(&u->table->word, u->self, (zinc__owned_content){value, 3},
                                   &u->cell);
}

/* What the children do; each opens the region for itself. */
static void take_and_commit(void *context) {
    user u = next_user();
    zinc__owned_content content;
    (void)context;
    verify(take(&u, ZINC_FOREVER, &content) >= ZINC_OK);
    zinc__store32_release(&u.table->taken, 1);
    verify(commit(&u, content.value + 1) == ZINC_OK);
    zinc_close(u.region);
}

static void take_and_keep(void *context) {
    user u = next_user();
    zinc__owned_content content;
    (void)context;
    verify(take(&u, ZINC_FOREVER, &content) >= ZINC_OK);
    zinc__store32_release(&u.table->taken, 1);
    child_forever();
}

static bool is(const user *u, int32_t status, int32_t expected, const zinc__owned_content *content,
               uint32_t value) {
    (void)u;
    return status == expected && content->value == value && content->flags == 3;
}

/* ---- Owned word ----------------------------------------------------------------------------- */

/* Killed at a point, an owner has changed nothing before the commit and everything after it. */
static void word_owner_killed(void) {
    static const struct {
        const char *fault;
        int32_t status;
        uint32_t value;
    } points[] = {
        {"owned_word.taken:1:kill", ZINC_RECOVERED, 41},
        {"owned_word.committing:1:kill", ZINC_RECOVERED, 41},
        {"owned_word.committed:1:kill", ZINC_OK, 42},
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        step(points[i].fault);
        user u = first_user(4, 41);
        zinc__owned_content content;
        verify(child_end(child_start_at(points[i].fault, take_and_commit, NULL)) == -SIGKILL);
        int64_t began = cases_now_ms();
        int32_t status = try_take(&u, &content);
        verify(cases_now_ms() - began < PROMISED_MS + SLACK_MS);
        verify(is(&u, status, points[i].status, &content, points[i].value));
        verify(commit(&u, 50) == ZINC_OK);
        verify(try_take(&u, &content) == ZINC_OK && content.value == 50);
        zinc_close(u.region);
    }
}

typedef struct waiter {
    user u;
    zinc__owned_content content;
    int32_t status;
    int64_t ended_ms;
} waiter;

static void *wait_for_word(void *context) {
    waiter *w = context;
    w->status = take(&w->u, ZINC_FOREVER, &w->content);
    w->ended_ms = cases_now_ms();
    return NULL;
}

/* Who waits without a deadline gets the word of an owner who is killed meanwhile. */
static void word_waiter_outlives_owner(void) {
    user u = first_user(4, 41);
    pid_t owner = child_start(take_and_keep, NULL);
    until(zinc__load32_acquire(&u.table->taken) != 0);
    waiter w = {.u = u};
    pthread_t thread;
    verify(pthread_create(&thread, NULL, wait_for_word, &w) == 0);
    until(zinc__owned_word_read(&u.table->word).waited);
    verify(child_kill(owner) == -SIGKILL);
    int64_t died_ms = cases_now_ms();
    pthread_join(thread, NULL);
    verify(is(&u, w.status, ZINC_RECOVERED, &w.content, 41));
    verify(w.ended_ms - died_ms < PROMISED_MS + SLACK_MS);
    zinc_close(u.region);
}

/* Killed between commit and notification, an owner has committed; the waiter looks again. */
static void word_committed_no_wake(void) {
    user u = first_user(4, 41);
    pid_t owner = child_start_at("owned_word.taken:1:stop,owned_word.committed:1:kill",
                                 take_and_commit, NULL);
    verify(child_stopped(owner));
    waiter w = {.u = u};
    pthread_t thread;
    verify(pthread_create(&thread, NULL, wait_for_word, &w) == 0);
    until(zinc__owned_word_read(&u.table->word).waited);
    child_continue(owner);
    verify(child_end(owner) == -SIGKILL);
    int64_t died_ms = cases_now_ms();
    pthread_join(thread, NULL);
    verify(is(&u, w.status, ZINC_OK, &w.content, 42));
    verify(w.ended_ms - died_ms < PROMISED_MS + SLACK_MS);
    zinc_close(u.region);
}

/* A waiter that is killed leaves its mark behind, and nobody the worse. */
static void word_waiter_killed(void) {
    user u = first_user(4, 41);
    zinc__owned_content content;
    verify(try_take(&u, &content) == ZINC_OK);
    verify(child_end(child_start_at("owned_word.waiting:1:kill", take_and_commit, NULL)) ==
           -SIGKILL);
    verify(zinc__owned_word_read(&u.table->word).waited);
    verify(commit(&u, 42) == ZINC_OK);
    verify(!zinc__owned_word_read(&u.table->word).waited);
    verify(try_take(&u, &content) == ZINC_OK && content.value == 42);
    zinc_close(u.region);
}

/* A recoverer that dies leaves what it found: before its exchange under the first owner's name,
 * after it under its own. */
static void word_recoverer_killed(void) {
    static const char *const points[] = {"owned_word.recovering:1:kill", "owned_word.taken:1:kill",
                                         "owned_word.committing:1:kill"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        step(points[i]);
        user u = first_user(8, 41);
        zinc__owned_content content;
        verify(child_end(child_start_at("owned_word.taken:1:kill", take_and_commit, NULL)) ==
               -SIGKILL);
        verify(child_end(child_start_at(points[i], take_and_commit, NULL)) == -SIGKILL);
        verify(child_end(child_start_at(points[i], take_and_commit, NULL)) == -SIGKILL);
        int32_t status = try_take(&u, &content);
        verify(is(&u, status, ZINC_RECOVERED, &content, 41));
        zinc_close(u.region);
    }
}

/* A recoverer that slept between probe and exchange finds that another was faster. */
static void word_two_recoverers(void) {
    user u = first_user(8, 41);
    zinc__owned_content content;
    verify(child_end(child_start_at("owned_word.taken:1:kill", take_and_commit, NULL)) == -SIGKILL);
    pid_t slow = child_start_at("owned_word.recovering:1:stop", take_and_commit, NULL);
    verify(child_stopped(slow));
    verify(is(&u, try_take(&u, &content), ZINC_RECOVERED, &content, 41));
    child_continue(slow);
    until(zinc__owned_word_read(&u.table->word).waited);
    verify(zinc__owned_word_read(&u.table->word).owner.row == u.self->owner.row);
    verify(zinc__load32_acquire(&u.table->taken) == 0);
    verify(commit(&u, 60) == ZINC_OK);
    verify(child_end(slow) == 0);
    verify(try_take(&u, &content) == ZINC_OK && content.value == 61);
    zinc_close(u.region);
}

static void open_and_stay(void *context) {
    user u = next_user();
    (void)context;
    zinc__store32_release(&u.table->taken, u.self->owner.row);
    child_forever();
}

/* The dead owner's row belongs to a living process by now: its generation tells them apart. */
static void word_row_reused(void) {
    user u = first_user(2, 41);
    zinc__owned_content content;
    verify(child_end(child_start_at("owned_word.taken:1:kill", take_and_commit, NULL)) == -SIGKILL);
    verify(zinc__owned_word_read(&u.table->word).owner.row == 2);
    pid_t living = child_start(open_and_stay, NULL);
    until(zinc__load32_acquire(&u.table->taken) == 2);
    verify(is(&u, try_take(&u, &content), ZINC_RECOVERED, &content, 41));
    verify(child_kill(living) == -SIGKILL);
    zinc_close(u.region);
}

/* A stopped owner is alive wherever it stands, and what it does afterwards counts. */
static void word_owner_stopped(void) {
    static const char *const points[] = {"owned_word.taken:1:stop", "owned_word.committing:1:stop"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        step(points[i]);
        user u = first_user(4, 41);
        zinc__owned_content content;
        pid_t owner = child_start_at(points[i], take_and_commit, NULL);
        verify(child_stopped(owner));
        verify(try_take(&u, &content) == ZINC_E_BUSY);
        verify(take(&u, zinc_deadline_ns(INT64_C(200000000)), &content) == ZINC_E_TIMEDOUT);
        verify(try_take(&u, &content) == ZINC_E_BUSY);
        child_continue(owner);
        verify(child_end(owner) == 0);
        verify(is(&u, try_take(&u, &content), ZINC_OK, &content, 42));
        zinc_close(u.region);
    }
}

static void *take_and_commit_once(void *context) {
    waiter *w = context;
    w->status = take(&w->u, ZINC_FOREVER, &w->content);
    verify(w->status == ZINC_OK);
    verify(commit(&w->u, w->content.value + 1) == ZINC_OK);
    return NULL;
}

static void two_threads(void *context) {
    user u = next_user();
    waiter both[2] = {{.u = u}, {.u = u}};
    pthread_t threads[2];
    (void)context;
    for (int i = 0; i < 2; i++) {
        verify(pthread_create(&threads[i], NULL, take_and_commit_once, &both[i]) == 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    zinc_close(u.region);
}

/* Two threads of one handle, one held up at each point: the other waits, and never recovers. */
static void word_own_row(void) {
    static const char *const points[] = {"owned_word.taken:1:sleep=150",
                                         "owned_word.committing:1:sleep=150",
                                         "owned_word.committed:1:sleep=150"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        step(points[i]);
        user u = first_user(4, 41);
        verify(child_end(child_start_at(points[i], two_threads, NULL)) == 0);
        verify(zinc__owned_word_read(&u.table->word).content.value == 43);
        zinc_close(u.region);
    }
}

/* ---- Claim cell ----------------------------------------------------------------------------- */

static void a_round(void *context) {
    user u = next_user();
    zinc__claim_cell *cell = &u.table->cell;
    (void)context;
    verify(zinc__claim_cell_claim(cell, u.self, 10, 11) == ZINC_OK);
    verify(zinc__claim_cell_publish(cell, u.self, 11, 12) == ZINC_OK);
    verify(zinc__claim_cell_reclaim(cell, u.self, 12, 13) == ZINC_OK);
    verify(zinc__claim_cell_release(cell, u.self, 13, 14) == ZINC_OK);
    zinc_close(u.region);
}

static int32_t take_over(const user *u, uint64_t next) {
    return zinc__claim_cell_take_over(&u->table->cell, u->self,
                                      zinc__claim_cell_read(&u->table->cell), next);
}

static void cell_owner_killed(void) {
    static const struct {
        const char *fault;
        uint32_t state;
        uint64_t tag;
    } points[] = {
        {"claim_cell.claimed:1:kill", ZINC__CLAIM_CLAIMED, 11},
        {"claim_cell.publishing:1:kill", ZINC__CLAIM_CLAIMED, 11},
        {"claim_cell.published:1:kill", ZINC__CLAIM_READY, 12},
        {"claim_cell.reclaimed:1:kill", ZINC__CLAIM_CLAIMED, 13},
        {"claim_cell.releasing:1:kill", ZINC__CLAIM_CLAIMED, 13},
        {"claim_cell.released:1:kill", ZINC__CLAIM_FREE, 14},
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        step(points[i].fault);
        user u = first_user(4, 0);
        verify(child_end(child_start_at(points[i].fault, a_round, NULL)) == -SIGKILL);
        zinc__claim_view view = zinc__claim_cell_read(&u.table->cell);
        verify(view.state == points[i].state && view.tag == points[i].tag);
        bool claimed = points[i].state == ZINC__CLAIM_CLAIMED;
        verify(view.owner.row == (claimed ? 2u : 0u));
        int64_t began = cases_now_ms();
        verify(take_over(&u, 20) == (claimed ? ZINC_RECOVERED : ZINC_E_AGAIN));
        verify(cases_now_ms() - began < PROMISED_MS + SLACK_MS);
        view = zinc__claim_cell_read(&u.table->cell);
        verify(view.owner.row == (claimed ? 1u : 0u));
        verify(view.tag == (claimed ? 20 : points[i].tag));
        zinc_close(u.region);
    }
}

static void take_over_and_release(void *context) {
    user u = next_user();
    (void)context;
    int32_t status = take_over(&u, 20);
    if (status == ZINC_RECOVERED) {
        verify(zinc__claim_cell_release(&u.table->cell, u.self, 20, 21) == ZINC_OK);
    }
    zinc_close(u.region);
    _exit(status == ZINC_RECOVERED ? 0 : status == ZINC_E_AGAIN ? 10 : 11);
}

static void cell_recoverer_killed(void) {
    static const char *const points[] = {"claim_cell.recovering:1:kill",
                                         "claim_cell.taken_over:1:kill",
                                         "claim_cell.releasing:1:kill"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        step(points[i]);
        user u = first_user(4, 0);
        verify(child_end(child_start_at("claim_cell.claimed:1:kill", a_round, NULL)) == -SIGKILL);
        verify(child_end(child_start_at(points[i], take_over_and_release, NULL)) == -SIGKILL);
        verify(child_end(child_start(take_over_and_release, NULL)) == 0);
        zinc__claim_view view = zinc__claim_cell_read(&u.table->cell);
        verify(view.state == ZINC__CLAIM_FREE && view.tag == 21);
        zinc_close(u.region);
    }
}

static void cell_two_recoverers(void) {
    user u = first_user(4, 0);
    verify(child_end(child_start_at("claim_cell.claimed:1:kill", a_round, NULL)) == -SIGKILL);
    pid_t slow = child_start_at("claim_cell.recovering:1:stop", take_over_and_release, NULL);
    verify(child_stopped(slow));
    verify(take_over(&u, 30) == ZINC_RECOVERED);
    child_continue(slow);
    verify(child_end(slow) == 10);
    zinc__claim_view view = zinc__claim_cell_read(&u.table->cell);
    verify(view.state == ZINC__CLAIM_CLAIMED && view.tag == 30 && view.owner.row == 1);
    zinc_close(u.region);
}

static void cell_owner_stopped(void) {
    user u = first_user(4, 0);
    pid_t owner = child_start_at("claim_cell.publishing:1:stop", a_round, NULL);
    verify(child_stopped(owner));
    verify(take_over(&u, 30) == ZINC_E_BUSY);
    nap_ms(200);
    verify(take_over(&u, 30) == ZINC_E_BUSY);
    child_continue(owner);
    verify(child_end(owner) == 0);
    zinc__claim_view view = zinc__claim_cell_read(&u.table->cell);
    verify(view.state == ZINC__CLAIM_FREE && view.tag == 14);
    zinc_close(u.region);
}

/* ---- Version cell --------------------------------------------------------------------------- */

static void write_all(const user *u, uint64_t number) {
    uint64_t words[WORDS];
    for (size_t i = 0; i < WORDS; i++) {
        words[i] = number;
    }
    zinc__version_cell_copy_in(u->table->bytes, words, WORDS);
}

/* The change that the bytes show, or -1 if the reader answered BUSY. */
static int64_t read_all(const user *u) {
    uint64_t words[WORDS];
    uint64_t version = 0;
    int32_t status =
        zinc__version_cell_read(&u->table->version, u->table->bytes, WORDS, words, &version);
    if (status == ZINC_E_BUSY) {
        return -1;
    }
    verify(status == ZINC_OK);
    for (size_t i = 1; i < WORDS; i++) {
        verify(words[i] == words[0]);
    }
    return (int64_t)words[0];
}

/* A change in two halves, with the labelled points around them. */
static void change(void *context) {
    user u = next_user();
    zinc__owned_content content;
    (void)context;
    verify(take(&u, ZINC_FOREVER, &content) >= ZINC_OK);
    verify(zinc__version_cell_write_begin(&u.table->version) >= ZINC_OK);
    zinc__store64_relaxed(&u.table->bytes[0], content.value + 1);
    zinc__store64_relaxed(&u.table->bytes[1], content.value + 1);
    ZINC_FAULT("test.half_written");
    zinc__store64_relaxed(&u.table->bytes[2], content.value + 1);
    zinc__store64_relaxed(&u.table->bytes[3], content.value + 1);
    (void)zinc__version_cell_write_commit(&u.table->version);
    verify(commit(&u, content.value + 1) == ZINC_OK);
    zinc_close(u.region);
}

static void version_writer_killed(void) {
    static const struct {
        const char *fault;
        int64_t shown;
        int32_t begin;
        uint64_t version;
    } points[] = {
        {"version_cell.writing:1:kill", -1, ZINC_RECOVERED, 3},
        {"test.half_written:1:kill", -1, ZINC_RECOVERED, 3},
        {"version_cell.committing:1:kill", -1, ZINC_RECOVERED, 3},
        {"version_cell.committed:1:kill", 42, ZINC_OK, 4},
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        step(points[i].fault);
        user u = first_user(8, 40);
        zinc__owned_content content;
        verify(child_end(child_start(change, NULL)) == 0);
        verify(read_all(&u) == 41);
        verify(child_end(child_start_at(points[i].fault, change, NULL)) == -SIGKILL);
        int64_t began = cases_now_ms();
        verify(read_all(&u) == points[i].shown);
        verify(zinc__version_cell_peek(&u.table->version) == points[i].version);
        verify(try_take(&u, &content) == ZINC_RECOVERED && content.value == 41);
        verify(zinc__version_cell_write_begin(&u.table->version) == points[i].begin);
        verify(cases_now_ms() - began < PROMISED_MS + SLACK_MS);
        /* Until the change is complete nobody takes the bytes for whole. */
        verify(read_all(&u) == -1);
        write_all(&u, 50);
        verify(read_all(&u) == -1);
        verify(zinc__version_cell_write_commit(&u.table->version) ==
               (points[i].begin == ZINC_RECOVERED ? 4u : 6u));
        verify(read_all(&u) == 50);
        verify(commit(&u, 50) == ZINC_OK);
        zinc_close(u.region);
    }
}

static void version_repairer_killed(void) {
    user u = first_user(8, 40);
    zinc__owned_content content;
    verify(child_end(child_start_at("test.half_written:1:kill", change, NULL)) == -SIGKILL);
    verify(child_end(child_start_at("test.half_written:1:kill", change, NULL)) == -SIGKILL);
    verify(child_end(child_start_at("version_cell.writing:1:kill", change, NULL)) == -SIGKILL);
    verify(read_all(&u) == -1);
    verify(child_end(child_start(change, NULL)) == 0);
    verify(read_all(&u) == 41);
    verify(try_take(&u, &content) == ZINC_OK && content.value == 41);
    zinc_close(u.region);
}

static void version_writer_stopped(void) {
    user u = first_user(4, 40);
    pid_t writer = child_start_at("test.half_written:1:stop", change, NULL);
    verify(child_stopped(writer));
    verify(read_all(&u) == -1);
    verify(read_all(&u) == -1);
    child_continue(writer);
    verify(child_end(writer) == 0);
    verify(read_all(&u) == 41);
    zinc_close(u.region);
}

/* ---- Accounting ----------------------------------------------------------------------------- */

/* Append (writer, number) to the log for ever. A writer's first number is what the log says. */
static void append_for_ever(void *context) {
    user u = next_user();
    uint64_t writer = (uint64_t)(uintptr_t)context;
    zinc__owned_content content;
    for (;;) {
        int32_t status = take(&u, ZINC_FOREVER, &content);
        verify(status == ZINC_OK || status == ZINC_RECOVERED);
        if (content.value >= LOG_MAX) {
            verify(commit(&u, content.value) == ZINC_OK);
            child_forever();
        }
        /* The entry behind the value is this writer's alone; somebody dead may have begun it. */
        zinc__store64_relaxed(&u.table->log[content.value], 0);
        zinc__store64_relaxed(&u.table->log[content.value], writer << 32 | content.value);
        verify(commit(&u, content.value + 1) == ZINC_OK);
    }
}

static pid_t writer_start(int i, const char *fault) {
    return child_start_at(fault, append_for_ever, (void *)(uintptr_t)(i + 1));
}

/* Every entry below the length is one that a writer wrote for this place, and nothing is behind the
 * one place that a dead writer may have begun. */
static void log_verify(const user *u, uint32_t length) {
    for (uint32_t i = 0; i < length; i++) {
        uint64_t entry = zinc__load64_relaxed(&u->table->log[i]);
        verify((entry & UINT32_MAX) == i);
        verify(entry >> 32 >= 1 && entry >> 32 <= CHAOS_WRITERS);
    }
    for (uint32_t i = length + 1; i < LOG_MAX; i++) {
        verify(zinc__load64_relaxed(&u->table->log[i]) == 0);
    }
}

/* Four writers, one killed after the other at random moments and labelled points, until the log is
 * full. Returns how many were killed before that. */
static unsigned log_round(const user *u, unsigned *seed) {
    static const char *const points[] = {
        "owned_word.taken:%u:kill",     "owned_word.committing:%u:kill",
        "owned_word.committed:%u:kill", "owned_word.recovering:1:kill",
        "owned_word.waiting:1:kill",    ""};
    pid_t writers[CHAOS_WRITERS];
    unsigned killed = 0;
    uint32_t length = 0;
    zinc__owned_word_init(&u->table->word, (zinc__owned_content){0, 3});
    for (uint32_t i = 0; i < LOG_MAX; i++) {
        zinc__store64_relaxed(&u->table->log[i], 0);
    }
    for (int i = 0; i < CHAOS_WRITERS; i++) {
        writers[i] = writer_start(i, "");
    }
    while (length < LOG_MAX) {
        step("a writer dies, the others go on");
        int i = (int)((unsigned)rand_r(seed) % CHAOS_WRITERS);
        const char *point = points[(unsigned)rand_r(seed) % (sizeof points / sizeof *points)];
        char fault[64];
        snprintf(fault, sizeof fault, point, 1 + (unsigned)rand_r(seed) % 2000);
        nap_ms(rand_r(seed) % 4);
        kill(writers[i], SIGKILL);
        verify(child_end(writers[i]) == -SIGKILL);
        killed++;
        writers[i] = writer_start(i, fault);
        uint32_t now = zinc__owned_word_read(&u->table->word).content.value;
        verify(now >= length);
        length = now;
    }
    for (int i = 0; i < CHAOS_WRITERS; i++) {
        kill(writers[i], SIGKILL);
        verify(child_end(writers[i]) == -SIGKILL);
    }
    return killed;
}

/* No entry is lost, none is there twice or half, whoever was killed at whatever point. */
static void accounting(void) {
    unsigned seed = (unsigned)cases_now_ms();
    unsigned killed = 0;
    unsigned rounds = 0;
    int64_t end = cases_now_ms() + 2000;
    user u = first_user(CHAOS_WRITERS + 2, 0);
    printf("  seed %u\n", seed);
    for (; cases_now_ms() < end; rounds++) {
        zinc__owned_content content;
        killed += log_round(&u, &seed);
        int32_t status = try_take(&u, &content);
        verify(status == ZINC_OK || status == ZINC_RECOVERED);
        verify(content.value == LOG_MAX && content.flags == 3);
        log_verify(&u, content.value);
    }
    printf("  %u logs of %u entries, %u writers killed before they were full\n", rounds, LOG_MAX,
           killed);
    zinc_close(u.region);
}

int main(int argc, char **argv) {
    static const test_case cases[] = {
        {"word-owner-killed", word_owner_killed},
        {"word-waiter-outlives-owner", word_waiter_outlives_owner},
        {"word-committed-no-wake", word_committed_no_wake},
        {"word-waiter-killed", word_waiter_killed},
        {"word-recoverer-killed", word_recoverer_killed},
        {"word-two-recoverers", word_two_recoverers},
        {"word-row-reused", word_row_reused},
        {"word-owner-stopped", word_owner_stopped},
        {"word-own-row", word_own_row},
        {"cell-owner-killed", cell_owner_killed},
        {"cell-recoverer-killed", cell_recoverer_killed},
        {"cell-two-recoverers", cell_two_recoverers},
        {"cell-owner-stopped", cell_owner_stopped},
        {"version-writer-killed", version_writer_killed},
        {"version-repairer-killed", version_repairer_killed},
        {"version-writer-stopped", version_writer_stopped},
        {"accounting", accounting},
    };
    return cases_main_backends(argc, argv, cases, sizeof cases / sizeof *cases);
}
