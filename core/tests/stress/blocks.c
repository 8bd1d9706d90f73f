/* SPDX-License-Identifier: MIT */
/* The building blocks under load: threads on one mapping (so that a thread sanitizer sees what they
 * do), some of them with a handle of their own and some sharing one, and processes; invariants are
 * checked all the time, sums at the end. A run prints its seed. */
#define _GNU_SOURCE
#include <zinc.h>

#include <pthread.h>

#include "base/claim_cell.h"
#include "base/owned_word.h"
#include "base/version_cell.h"
#include "child.h"
#include "region/handle.h"

#define WORKERS 4
#define HANDLES 3 /* workers 0 and 3 share the first */
#define ROUNDS (CASES_SANITIZED ? 2000u : 20000u)
#define CHANGES (ROUNDS / 4)
#define CELLS 8
#define WORDS 8

/* What is claimed, filled and published. Plain bytes: the cell carries them. */
typedef struct slot {
    zinc__claim_cell cell;
    uint64_t first;
    uint64_t last;
} slot;

typedef struct table {
    zinc__owned_word word;
    zinc__u32 sequence;
    zinc__u32 parked;
    uint64_t total; /* plain: only the word's owner touches it */
    uint64_t total_again;
    slot slots[CELLS];
    zinc__u64 produced;
    zinc__u64 consumed;
    zinc__u64 produced_sum;
    zinc__u64 consumed_sum;
    zinc__version_cell version;
    zinc__u64 bytes[WORDS];
    zinc__u32 writers_left;
    zinc__u32 readers_without; /* a whole copy so far */
} table;

typedef struct worker {
    const zinc__participant *self;
    table *table;
    unsigned seed;
    bool writes;
} worker;

static zinc_region *regions[HANDLES];
static worker workers[WORKERS];
static unsigned seed;

static void begin(void) {
    verify(zinc_create("stress", sizeof(table), &regions[0]) == ZINC_OK);
    for (int i = 1; i < HANDLES; i++) {
        verify(zinc_open("stress", &regions[i]) == ZINC_OK);
    }
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (worker){.self = &regions[i % HANDLES]->participant,
                              .table = (table *)(void *)zinc_ptr(regions[0]),
                              .seed = seed + (unsigned)i,
                              .writes = i % 2 == 0};
    }
    printf("  seed %u\n", seed);
}

static void end(void) {
    for (int i = HANDLES - 1; i >= 0; i--) {
        zinc_close(regions[i]);
    }
}

static void run_threads(void *(*function)(void *)) {
    pthread_t threads[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        verify(pthread_create(&threads[i], NULL, function, &workers[i]) == 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* ---- Owned word ----------------------------------------------------------------------------- */

/* Count under the word, sometimes for a while, so that others park. */
static void *count(void *context) {
    worker *w = context;
    zinc__wait_cell cell = {
        .sequence = &w->table->sequence, .parked = &w->table->parked, .shared = true};
    for (unsigned i = 0; i < ROUNDS; i++) {
        zinc__owned_content content;
        zinc__wait_request request = {.cell = cell, .deadline_ns = ZINC_FOREVER};
        int32_t status = rand_r(&w->seed) % 4 == 0
                             ? zinc__owned_word_try_take(&w->table->word, w->self, &content)
                             : zinc__owned_word_take(&w->table->word, w->self, &request, &content);
        if (status == ZINC_E_BUSY) {
            i--;
            continue;
        }
        verify(status == ZINC_OK);
        verify(w->table->total == w->table->total_again);
        verify(content.value == (uint32_t)w->table->total);
        w->table->total++;
        if (rand_r(&w->seed) % 512 == 0) {
            nap_ms(1);
        }
        w->table->total_again++;
        content.value++;
        verify(zinc__owned_word_commit(&w->table->word, w->self, content, &cell) == ZINC_OK);
    }
    return NULL;
}

static void word_verify(const table *t, uint64_t expected) {
    zinc__owned_view view = zinc__owned_word_read(&t->word);
    verify(view.owner.row == 0 && !view.waited);
    verify(view.content.value == (uint32_t)expected);
    verify(t->total == expected && t->total_again == expected);
}

/* The value goes once around on the way. */
static void word_threads(void) {
    long_step("counting under the word", 60);
    begin();
    table *t = workers[0].table;
    t->total = UINT32_MAX - 1000;
    t->total_again = t->total;
    zinc__owned_word_init(&t->word, (zinc__owned_content){(uint32_t)t->total, 1});
    run_threads(count);
    word_verify(t, UINT64_C(0xffffffff) - 1000 + UINT64_C(4) * ROUNDS);
    end();
}

static void count_in_child(void *context) {
    zinc_region *region = NULL;
    verify(zinc_open("stress", &region) == ZINC_OK);
    worker w = {.self = &region->participant,
                .table = (table *)(void *)zinc_ptr(region),
                .seed = (unsigned)(uintptr_t)context};
    count(&w);
    zinc_close(region);
}

static void word_processes(void) {
    long_step("processes count under the word", 60);
    begin();
    pid_t children[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        children[i] = child_start(count_in_child, (void *)(uintptr_t)(seed + (unsigned)i));
    }
    for (int i = 0; i < WORKERS; i++) {
        verify(child_end(children[i]) == 0);
    }
    word_verify(workers[0].table, UINT64_C(4) * ROUNDS);
    end();
}

/* ---- Claim cell ----------------------------------------------------------------------------- */

/* Do what a cell asks for: fill and publish a FREE one, consume a READY one. */
static void step_of(worker *w, slot *s, bool produce) {
    zinc__claim_view view = zinc__claim_cell_read(&s->cell);
    if (view.state == ZINC__CLAIM_FREE && produce &&
        zinc__claim_cell_claim(&s->cell, w->self, view.tag, view.tag) == ZINC_OK) {
        uint64_t value = zinc__add64_relaxed(&w->table->produced, 1) + 1;
        s->first = value;
        s->last = value;
        zinc__add64_relaxed(&w->table->produced_sum, value);
        verify(zinc__claim_cell_publish(&s->cell, w->self, view.tag, view.tag) == ZINC_OK);
    } else if (view.state == ZINC__CLAIM_READY &&
               zinc__claim_cell_reclaim(&s->cell, w->self, view.tag, view.tag) == ZINC_OK) {
        verify(s->first == s->last && s->first != 0);
        zinc__add64_relaxed(&w->table->consumed, 1);
        zinc__add64_relaxed(&w->table->consumed_sum, s->first);
        s->first = 0;
        s->last = 0;
        uint64_t next = (view.tag + 1) & ZINC__CLAIM_TAG_MAX;
        verify(zinc__claim_cell_release(&s->cell, w->self, view.tag, next) == ZINC_OK);
    } else if (view.state == ZINC__CLAIM_CLAIMED) {
        /* Everybody lives. */
        int32_t status = zinc__claim_cell_take_over(&s->cell, w->self, view, view.tag);
        verify(status == ZINC_E_BUSY || status == ZINC_E_AGAIN);
    }
}

static void *pass_on(void *context) {
    worker *w = context;
    for (unsigned i = 0; i < ROUNDS; i++) {
        step_of(w, &w->table->slots[(unsigned)rand_r(&w->seed) % CELLS], true);
    }
    return NULL;
}

static void cells_init(table *t) {
    for (int i = 0; i < CELLS; i++) {
        zinc__claim_cell_init(&t->slots[i].cell, ZINC__CLAIM_TAG_MAX - 20); /* they wrap */
    }
}

static void cells_verify(worker *w) {
    for (int i = 0; i < CELLS; i++) {
        step_of(w, &w->table->slots[i], false);
        verify(zinc__claim_cell_read(&w->table->slots[i].cell).state == ZINC__CLAIM_FREE);
    }
    uint64_t produced = zinc__load64_relaxed(&w->table->produced);
    verify(produced >= ROUNDS / 10);
    verify(zinc__load64_relaxed(&w->table->consumed) == produced);
    verify(zinc__load64_relaxed(&w->table->produced_sum) == produced * (produced + 1) / 2);
    verify(zinc__load64_relaxed(&w->table->consumed_sum) == produced * (produced + 1) / 2);
}

static void cell_threads(void) {
    long_step("messages through claim cells", 60);
    begin();
    cells_init(workers[0].table);
    run_threads(pass_on);
    cells_verify(&workers[0]);
    end();
}

static void pass_on_in_child(void *context) {
    zinc_region *region = NULL;
    verify(zinc_open("stress", &region) == ZINC_OK);
    worker w = {.self = &region->participant,
                .table = (table *)(void *)zinc_ptr(region),
                .seed = (unsigned)(uintptr_t)context};
    pass_on(&w);
    zinc_close(region);
}

static void cell_processes(void) {
    long_step("messages between processes", 60);
    begin();
    cells_init(workers[0].table);
    pid_t children[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        children[i] = child_start(pass_on_in_child, (void *)(uintptr_t)(seed + (unsigned)i));
    }
    for (int i = 0; i < WORKERS; i++) {
        verify(child_end(children[i]) == 0);
    }
    cells_verify(&workers[0]);
    end();
}

/* ---- Version cell --------------------------------------------------------------------------- */

/* Write one number into all words, with room for a reader between them. */
static void write_version(worker *w) {
    zinc__owned_content content;
    int32_t status = ZINC_E_BUSY;
    while (status == ZINC_E_BUSY) {
        status = zinc__owned_word_take(&w->table->word, w->self, NULL, &content);
    }
    verify(status == ZINC_OK);
    content.value++;
    verify(zinc__version_cell_write_begin(&w->table->version) == ZINC_OK);
    for (size_t i = 0; i < WORDS; i++) {
        zinc__store64_relaxed(&w->table->bytes[i], content.value);
        if (i == WORDS / 2 && rand_r(&w->seed) % 64 == 0) {
            sched_yield();
        }
    }
    verify(zinc__version_cell_write_commit(&w->table->version) == 2 * (uint64_t)content.value);
    verify(zinc__owned_word_commit(&w->table->word, w->self, content, NULL) == ZINC_OK);
}

/* True if a whole copy was had. */
static bool read_version(worker *w, uint64_t *last) {
    uint64_t words[WORDS];
    uint64_t version = 0;
    int32_t status =
        zinc__version_cell_read(&w->table->version, w->table->bytes, WORDS, words, &version);
    if (status == ZINC_E_BUSY) {
        return false;
    }
    verify(status == ZINC_OK);
    for (size_t i = 0; i < WORDS; i++) {
        verify(words[i] == version / 2);
    }
    verify(version >= *last);
    *last = version;
    return true;
}

static void *versions(void *context) {
    worker *w = context;
    uint64_t last = 0;
    unsigned whole = 0;
    for (unsigned i = 0; w->writes && i < CHANGES; i++) {
        write_version(w);
        while (i == CHANGES / 2 && zinc__load32_acquire(&w->table->readers_without) != 0) {
            sched_yield(); /* so that both halves have readers, however late these begin */
        }
    }
    if (w->writes) {
        zinc__sub32_acq_rel(&w->table->writers_left, 1);
        return NULL;
    }
    while (zinc__load32_acquire(&w->table->writers_left) != 0) {
        if (read_version(w, &last) && ++whole == 1) {
            zinc__sub32_acq_rel(&w->table->readers_without, 1);
        }
    }
    verify(read_version(w, &last));
    verify(last == UINT64_C(2) * 2 * CHANGES);
    verify(whole > 0);
    return NULL;
}

static void version_threads(void) {
    long_step("copies under a version", 60);
    begin();
    zinc__version_cell_init(&workers[0].table->version, 0);
    zinc__store32_relaxed(&workers[0].table->writers_left, 2);
    zinc__store32_relaxed(&workers[0].table->readers_without, 2);
    run_threads(versions);
    end();
}

static void versions_in_child(void *context) {
    zinc_region *region = NULL;
    verify(zinc_open("stress", &region) == ZINC_OK);
    unsigned number = (unsigned)(uintptr_t)context;
    worker w = {.self = &region->participant,
                .table = (table *)(void *)zinc_ptr(region),
                .seed = seed + number,
                .writes = number % 2 == 0};
    versions(&w);
    zinc_close(region);
}

static void version_processes(void) {
    long_step("copies between processes", 60);
    begin();
    zinc__version_cell_init(&workers[0].table->version, 0);
    zinc__store32_relaxed(&workers[0].table->writers_left, 2);
    zinc__store32_relaxed(&workers[0].table->readers_without, 2);
    pid_t children[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        children[i] = child_start(versions_in_child, (void *)(uintptr_t)i);
    }
    for (int i = 0; i < WORKERS; i++) {
        verify(child_end(children[i]) == 0);
    }
    end();
}

int main(int argc, char **argv) {
    static const test_case cases[] = {
        {"word-threads", word_threads},       {"word-processes", word_processes},
        {"cell-threads", cell_threads},       {"cell-processes", cell_processes},
        {"version-threads", version_threads}, {"version-processes", version_processes},
    };
    const char *given = getenv("ZINC_TEST_SEED");
    seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)cases_now_ms();
    return cases_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
