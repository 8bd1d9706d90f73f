/* SPDX-License-Identifier: MIT */
/* Owned word: bits, taking, committing, taking over, waiting, and words that mean harm. */
#define _GNU_SOURCE
#include <zinc.h>

#include <pthread.h>

#include "base/owned_word.h"
#include "child.h"
#include "region/handle.h"

/* One word and its wait cell, in the data of a region of 4 rows. */
typedef struct table {
    zinc__owned_word word;
    zinc__u32 sequence;
    zinc__u32 parked;
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

static user first_user(uint32_t value, uint32_t flags) {
    zinc_region *region = NULL;
    zinc_region_options options = {.size = sizeof options, .rows = 4};
    verify(zinc_region_create("word", sizeof(table), &options, &region, NULL) == ZINC_OK);
    user u = of(region);
    zinc__owned_word_init(&u.table->word, (zinc__owned_content){value, flags});
    return u;
}

static user next_user(void) {
    zinc_region *region = NULL;
    verify(zinc_open("word", &region) == ZINC_OK);
    return of(region);
}

static uint64_t bits(const user *u) {
    return zinc__load64_relaxed(&u->table->word.cell);
}

static void set_bits(const user *u, uint64_t value) {
    zinc__store64_relaxed(&u->table->word.cell, value);
}

static int32_t try_take(const user *u, zinc__owned_content *out) {
    return zinc__owned_word_try_take(&u->table->word, u->self, out);
}

static int32_t commit(const user *u, uint32_t value, uint32_t flags) {
    return zinc__owned_word_commit(&u->table->word, u->self, (zinc__owned_content){value, flags},
                                   &u->cell);
}

static zinc__wait_request request_of(const user *u, int64_t deadline_ns) {
    return (zinc__wait_request){.cell = u->cell, .deadline_ns = deadline_ns};
}

static void layout(void) {
    user a = first_user(7, 5);
    zinc__owned_content content;
    verify(a.self->owner.row == 1 && a.self->owner.generation == 1);
    verify(bits(&a) == UINT64_C(0x5000000000000007));
    verify(try_take(&a, &content) == ZINC_OK);
    verify(content.value == 7 && content.flags == 5);
    verify(bits(&a) == UINT64_C(0x5000040100000007));
    zinc__owned_view view = zinc__owned_word_read(&a.table->word);
    verify(view.owner.row == 1 && view.owner.generation == 1);
    verify(view.content.value == 7 && view.content.flags == 5 && !view.waited);
    verify(commit(&a, UINT32_MAX, 2) == ZINC_OK);
    verify(bits(&a) == UINT64_C(0x20000000ffffffff));
    set_bits(&a, UINT64_C(0xffffffffffffffff));
    view = zinc__owned_word_read(&a.table->word);
    verify(view.owner.row == 1023 && view.owner.generation == 262143);
    verify(view.content.value == UINT32_MAX && view.content.flags == 7 && view.waited);
    zinc_close(a.region);
}

static void one_at_a_time(void) {
    user a = first_user(0, 0);
    user b = next_user();
    zinc__owned_content content = {77, 7};
    verify(try_take(&a, &content) == ZINC_OK && content.value == 0);
    content.value = 77;
    verify(try_take(&b, &content) == ZINC_E_BUSY);
    verify(content.value == 77);
    verify(commit(&a, 1, 0) == ZINC_OK);
    verify(try_take(&b, &content) == ZINC_OK && content.value == 1);
    verify(try_take(&a, &content) == ZINC_E_BUSY);
    verify(commit(&b, 2, 4) == ZINC_OK);
    verify(try_take(&a, &content) == ZINC_OK && content.value == 2 && content.flags == 4);
    zinc_close(b.region);
    zinc_close(a.region);
}

/* Another thread of the same handle has the same name, and is not taken for dead. */
static void own_name(void) {
    user a = first_user(3, 0);
    zinc__owned_content content;
    verify(try_take(&a, &content) == ZINC_OK);
    verify(try_take(&a, &content) == ZINC_E_BUSY);
    verify(zinc__owned_word_take(&a.table->word, a.self, NULL, &content) == ZINC_E_BUSY);
    verify(commit(&a, 4, 0) == ZINC_OK);
    verify(try_take(&a, &content) == ZINC_OK && content.value == 4);
    zinc_close(a.region);
}

/* A handle that has left is as dead as a process: what it held is taken over, value and flags
 * stay. */
static void owner_left(void) {
    user a = first_user(11, 6);
    user b = next_user();
    zinc__owned_content content;
    verify(try_take(&b, &content) == ZINC_OK);
    verify(try_take(&a, &content) == ZINC_E_BUSY);
    zinc_close(b.region);
    verify(try_take(&a, &content) == ZINC_RECOVERED);
    verify(content.value == 11 && content.flags == 6);
    verify(commit(&a, 12, 0) == ZINC_OK);
    verify(try_take(&a, &content) == ZINC_OK && content.value == 12);
    zinc_close(a.region);
}

static void not_the_owner(void) {
    user a = first_user(5, 0);
    user b = next_user();
    zinc__owned_content content;
    verify(commit(&a, 6, 0) == ZINC_E_STALE);
    verify(bits(&a) == 5);
    verify(try_take(&a, &content) == ZINC_OK);
    uint64_t held = bits(&a);
    verify(commit(&b, 6, 0) == ZINC_E_STALE);
    verify(bits(&a) == held);
    verify(commit(&a, 6, 8) == ZINC_E_INVAL);
    verify(bits(&a) == held);
    verify(commit(&a, 6, 7) == ZINC_OK);
    verify(commit(&a, 7, 0) == ZINC_E_STALE);
    verify(bits(&a) == UINT64_C(0x7000000000000006));
    zinc_close(b.region);
    zinc_close(a.region);
}

/* A participant without a row (a read-only handle) has no name to put into the word. */
static void without_row(void) {
    user a = first_user(5, 0);
    zinc__participant reader = *a.self;
    zinc__owned_content content;
    reader.owner.row = 0;
    verify(zinc__owned_word_try_take(&a.table->word, &reader, &content) == ZINC_E_PERM);
    verify(zinc__owned_word_take(&a.table->word, &reader, NULL, &content) == ZINC_E_PERM);
    verify(bits(&a) == 5);
    zinc_close(a.region);
}

/* Rows that the region does not have are nobody alive, and nothing is read where they would be. */
static void hostile_rows(void) {
    user a = first_user(0, 0);
    zinc__owned_content content;
    static const uint64_t rows[] = {5, 6, 100, 1023};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        set_bits(&a, UINT64_C(0x1000040000000009) | rows[i] << 32);
        verify(try_take(&a, &content) == ZINC_RECOVERED);
        verify(content.value == 9 && content.flags == 1);
        verify(commit(&a, 0, 0) == ZINC_OK);
    }
    set_bits(&a, UINT64_MAX);
    verify(try_take(&a, &content) == ZINC_RECOVERED);
    verify(content.value == UINT32_MAX && content.flags == 7);
    verify(commit(&a, 1, 0) == ZINC_OK);
    verify(bits(&a) == 1);
    /* A row that exists and was never taken. */
    set_bits(&a, UINT64_C(0x0000040400000009));
    verify(try_take(&a, &content) == ZINC_RECOVERED && content.value == 9);
    /* Row 0 is nobody, whatever the generation says. */
    set_bits(&a, UINT64_C(0x0ffffc0000000002));
    verify(try_take(&a, &content) == ZINC_OK && content.value == 2);
    zinc_close(a.region);
}

typedef struct flipper {
    user u;
    atomic_bool stop;
} flipper;

static void *flip(void *context) {
    flipper *f = context;
    while (!atomic_load(&f->stop)) {
        set_bits(&f->u, UINT64_C(0x0000040100000001)); /* row 1, generation 1: alive */
        set_bits(&f->u, UINT64_C(0x0000040100000002));
    }
    return NULL;
}

/* A word that changes all the time costs time, and no more than the caller gave. */
static void hostile_flipping(void) {
    user a = first_user(0, 0);
    user b = next_user();
    flipper f = {.u = b};
    zinc__owned_content content;
    pthread_t thread;
    verify(try_take(&a, &content) == ZINC_OK);
    verify(pthread_create(&thread, NULL, flip, &f) == 0);
    for (int i = 0; i < 100; i++) {
        verify(zinc__owned_word_take(&b.table->word, b.self, NULL, &content) == ZINC_E_BUSY);
    }
    zinc__wait_request request = request_of(&b, zinc_deadline_ns(100000000));
    verify(zinc__owned_word_take(&b.table->word, b.self, &request, &content) == ZINC_E_TIMEDOUT);
    atomic_store(&f.stop, true);
    pthread_join(thread, NULL);
    zinc_close(b.region);
    zinc_close(a.region);
}

typedef struct taker {
    user u;
    zinc__wait_request request;
    zinc__owned_content content;
    int32_t status;
} taker;

static void *take(void *context) {
    taker *t = context;
    t->status = zinc__owned_word_take(&t->u.table->word, t->u.self, &t->request, &t->content);
    return NULL;
}

/* A waiter leaves its mark; the commit finds it, clears it, and notifies. Without a mark it does
 * not. */
static void waiting(void) {
    user a = first_user(1, 0);
    user b = next_user();
    zinc__owned_content content;
    verify(try_take(&a, &content) == ZINC_OK);
    verify(commit(&a, 1, 0) == ZINC_OK);
    verify(zinc__load32_relaxed(&a.table->sequence) == 0);

    verify(try_take(&a, &content) == ZINC_OK);
    taker t = {.u = b, .request = request_of(&b, ZINC_FOREVER)};
    pthread_t thread;
    verify(pthread_create(&thread, NULL, take, &t) == 0);
    until(zinc__owned_word_read(&a.table->word).waited);
    verify(zinc__load32_relaxed(&a.table->sequence) == 0);
    verify(commit(&a, 2, 3) == ZINC_OK);
    verify(zinc__load32_relaxed(&a.table->sequence) == 1);
    pthread_join(thread, NULL);
    verify(t.status == ZINC_OK && t.content.value == 2 && t.content.flags == 3);
    zinc__owned_view view = zinc__owned_word_read(&a.table->word);
    verify(view.owner.row == 2 && !view.waited);
    verify(commit(&b, 3, 0) == ZINC_OK);
    verify(zinc__load32_relaxed(&a.table->sequence) == 1);
    zinc_close(b.region);
    zinc_close(a.region);
}

static void *fire_soon(void *context) {
    nap_ms(20);
    zinc_cancel_fire(context);
    return NULL;
}

static void waiting_ends(void) {
    user a = first_user(1, 0);
    user b = next_user();
    zinc__owned_content content;
    verify(try_take(&a, &content) == ZINC_OK);
    taker t = {.u = b, .request = request_of(&b, 0)};
    take(&t);
    verify(t.status == ZINC_E_TIMEDOUT);
    t.request.deadline_ns = zinc_deadline_ns(120000000); /* more than one park */
    take(&t);
    verify(t.status == ZINC_E_TIMEDOUT);
    verify(zinc_clock_ns() >= t.request.deadline_ns);

    t.request.deadline_ns = ZINC_FOREVER;
    verify(zinc_cancel_create(&t.request.cancel) == ZINC_OK);
    pthread_t thread;
    verify(pthread_create(&thread, NULL, fire_soon, t.request.cancel) == 0);
    take(&t);
    verify(t.status == ZINC_E_CANCELED);
    pthread_join(thread, NULL);
    zinc_cancel_destroy(t.request.cancel);

    zinc__u32 closed = 1;
    t.request.cancel = NULL;
    t.request.closed = &closed;
    take(&t);
    verify(t.status == ZINC_E_CLOSED);
    /* Whoever waited in vain has taken nothing. */
    verify(commit(&a, 2, 0) == ZINC_OK);
    verify(bits(&a) == 2);
    zinc_close(b.region);
    zinc_close(a.region);
}

/* A free word is taken without a look at deadline or cancellation. */
static void free_needs_no_wait(void) {
    user a = first_user(1, 0);
    taker t = {.u = a, .request = request_of(&a, 0)};
    take(&t);
    verify(t.status == ZINC_OK && t.content.value == 1);
    zinc_close(a.region);
}

int main(int argc, char **argv) {
    static const test_case cases[] = {
        {"layout", layout},
        {"one-at-a-time", one_at_a_time},
        {"own-name", own_name},
        {"owner-left", owner_left},
        {"not-the-owner", not_the_owner},
        {"without-row", without_row},
        {"hostile-rows", hostile_rows},
        {"hostile-flipping", hostile_flipping},
        {"waiting", waiting},
        {"waiting-ends", waiting_ends},
        {"free-needs-no-wait", free_needs_no_wait},
    };
    return cases_main_backends(argc, argv, cases, sizeof cases / sizeof *cases);
}
