/* SPDX-License-Identifier: MIT */
/* One handle and many threads: calls against shutdown, views against close, growth against growth;
 * and many regions in one process. */
#define _GNU_SOURCE
#include <zinc.h>

#include <pthread.h>

#include "child.h"

#define NAME "stress"
#define THREADS 4

/* ---- Calls in progress while the handle is closed ------------------------------------------- */

typedef struct together {
    zinc_region *region;
    _Atomic(int) begun;
    _Atomic(int) calls;
} together;

static bool works_or_closed(int32_t status) {
    verify(status == ZINC_OK || status == ZINC_E_CLOSED || status == ZINC_E_TIMEDOUT ||
           status == ZINC_E_INTR);
    return status != ZINC_E_CLOSED;
}

static void *call_until_closed(void *context) {
    together *all = context;
    zinc_region *region = all->region; /* each thread has a reference of its own */
    bool open = true;
    all->begun++;
    while (open) {
        zinc_info info = {.size = sizeof info};
        uint8_t *bytes = NULL;
        void *view = NULL;
        int32_t descriptor = -1;
        open = works_or_closed(zinc_region_notify(region)) && open;
        open = works_or_closed(zinc_region_wait(region, 0, NULL)) && open;
        open = works_or_closed(zinc_wait(region, 1)) && open;
        open = works_or_closed(zinc_region_info(region, &info)) && open;
        open = works_or_closed(zinc_region_grow(region, 8000)) && open;
        int32_t status = zinc_view_acquire(region, 0, 1000, &bytes, &view);
        if (works_or_closed(status)) {
            (void)((volatile uint8_t *)bytes)[999];
            zinc_view_release(bytes, view);
        }
        if (zinc_region_descriptor(region, &descriptor) == ZINC_OK) {
            close(descriptor);
        }
        size_t capacity = zinc_capacity(region);
        verify(capacity == 0 || capacity == 1000 || capacity == 8000);
        uint8_t *address = zinc_ptr(region);
        verify(address == NULL || (uintptr_t)address % 4096 == 0);
        all->calls++;
    }
    verify(zinc_region_status(region) == ZINC_E_CLOSED);
    zinc_region_release(region);
    return NULL;
}

static void close_under_calls(void) {
    footprint before = footprint_now();
    int calls = 0;
    for (int round = 0; round < 150; round++) {
        step("a handle is closed under its callers");
        together all = {0};
        zinc_region_options options = {.size = sizeof options, .max_capacity = 8000};
        verify(zinc_region_create(NAME, 1000, &options, &all.region, NULL) == ZINC_OK);
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            zinc_region_retain(all.region);
            verify(pthread_create(&threads[i], NULL, call_until_closed, &all) == 0);
        }
        until(all.begun == THREADS);
        while (all.calls < round % 7) {
            sched_yield();
        }
        zinc_close(all.region);
        for (int i = 0; i < THREADS; i++) {
            verify(pthread_join(threads[i], NULL) == 0);
        }
        calls += all.calls;
        verify(cases_files(true) == 0); /* the last call took the name with it */
    }
    verify(calls >= 150 * 3);
    verify_footprint(before);
}

/* ---- Several shut down at once -------------------------------------------------------------- */

static void *shut_down(void *context) {
    together *all = context;
    all->begun++;
    while (all->begun < THREADS) {
        sched_yield();
    }
    verify(zinc_region_shutdown(all->region) == ZINC_OK);
    zinc_region_release(all->region);
    return NULL;
}

static void shutdown_race(void) {
    footprint before = footprint_now();
    for (int round = 0; round < 300; round++) {
        step("four threads shut one handle down");
        together all = {0};
        verify(zinc_create(NAME, 10, &all.region) == ZINC_OK);
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            zinc_region_retain(all.region);
            verify(pthread_create(&threads[i], NULL, shut_down, &all) == 0);
        }
        zinc_region_release(all.region);
        for (int i = 0; i < THREADS; i++) {
            verify(pthread_join(threads[i], NULL) == 0);
        }
    }
    verify_footprint(before);
}

/* ---- Views against close -------------------------------------------------------------------- */

static void *view_until_closed(void *context) {
    together *all = context;
    uint8_t *bytes = NULL;
    void *last = NULL;
    all->begun++;
    for (;;) {
        uint8_t *now = NULL;
        void *view = NULL;
        int32_t status = zinc_view_acquire(all->region, 0, 100000, &now, &view);
        if (status == ZINC_E_CLOSED) {
            break;
        }
        verify(status == ZINC_OK && now[99999] == 7);
        zinc_view_release(bytes, last); /* NULL at first */
        bytes = now;
        last = view;
        all->calls++;
    }
    zinc_region_release(all->region);
    if (last != NULL) {
        verify(bytes[0] == 7 &&
               bytes[99999] == 7); /* handle and name are gone, the bytes are not */
        zinc_view_release(bytes, last);
    }
    return NULL;
}

static void views_against_close(void) {
    footprint before = footprint_now();
    for (int round = 0; round < 150; round++) {
        step("views are taken while the handle is closed");
        together all = {0};
        verify(zinc_create(NAME, 100000, &all.region) == ZINC_OK);
        memset(zinc_ptr(all.region), 7, 100000);
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            zinc_region_retain(all.region);
            verify(pthread_create(&threads[i], NULL, view_until_closed, &all) == 0);
        }
        until(all.begun == THREADS);
        while (all.calls < round) {
            sched_yield();
        }
        if (round % 2 == 0) {
            zinc_close(all.region);
        } else {
            zinc_region_retire(all.region);
        }
        for (int i = 0; i < THREADS; i++) {
            verify(pthread_join(threads[i], NULL) == 0);
        }
    }
    footprint after = footprint_now();
    verify(after.descriptors == before.descriptors && after.mappings == before.mappings);
}

/* ---- Growth --------------------------------------------------------------------------------- */

static void *grow_bit_by_bit(void *context) {
    together *all = context;
    size_t last = 0;
    for (size_t size = 4096; size <= 1 << 20; size += 4096) {
        verify(zinc_region_grow(all->region, size) == ZINC_OK);
        size_t now = zinc_capacity(all->region);
        verify(now >= size && now >= last && now <= 1 << 20);
        (void)((volatile uint8_t *)zinc_ptr(all->region))[now - 1]; /* it is there */
        last = now;
    }
    return NULL;
}

static void growth(void) {
    for (int round = 0; round < 4; round++) {
        long_step("four threads grow one region", 10);
        together all = {0};
        zinc_region_options options = {.size = sizeof options, .max_capacity = 1 << 20};
        verify(zinc_region_create(NAME, 1, &options, &all.region, NULL) == ZINC_OK);
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            verify(pthread_create(&threads[i], NULL, grow_bit_by_bit, &all) == 0);
        }
        for (int i = 0; i < THREADS; i++) {
            verify(pthread_join(threads[i], NULL) == 0);
        }
        verify(zinc_capacity(all.region) == 1 << 20);
        zinc_close(all.region);
    }
}

/* ---- Many ----------------------------------------------------------------------------------- */

#define MANY 500

static void many_regions(void) {
    long_step("500 regions in one process", 20);
    static zinc_region *all[MANY];
    footprint before = footprint_now();
    for (int i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof name, "many-%04d", i);
        verify(zinc_create(name, 100 + (size_t)i, &all[i]) == ZINC_OK);
        zinc_ptr(all[i])[99] = (uint8_t)i;
    }
    zinc_list *list = NULL;
    verify(zinc_list_begin(&list, NULL) == ZINC_OK);
    for (uint64_t i = 0; i < MANY; i++) {
        zinc_info info = {.size = sizeof info};
        verify(zinc_list_next(list, &info) == ZINC_OK);
        verify(info.capacity == 100 + i && info.participants_alive == 1);
    }
    zinc_list_end(list);
    for (int i = MANY - 1; i >= 0; i--) {
        verify(zinc_ptr(all[i])[99] == (uint8_t)i);
        zinc_close(all[i]);
    }
    verify_footprint(before);
}

/* ---- Bytes between processes ---------------------------------------------------------------- */

#define BLOCK 65536
#define BLOCKS 400

static uint64_t mixed(uint64_t x) {
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

typedef struct block {
    _Atomic(uint64_t) written; /* number of blocks that were written */
    _Atomic(uint64_t) read;
    uint64_t words[BLOCK / 8];
} block;

static void consume(void *context) {
    (void)context;
    long_step("a consumer", 40);
    zinc_region *data = NULL;
    zinc_region *answers = NULL;
    verify(zinc_open("data", &data) == ZINC_OK && zinc_open("answers", &answers) == ZINC_OK);
    block *b = (block *)(void *)zinc_ptr(data);
    for (uint64_t n = 1; n <= BLOCKS; n++) {
        while (b->written < n) {
            verify(zinc_wait(data, 4000) == ZINC_OK);
        }
        for (size_t i = 0; i < BLOCK / 8; i++) {
            verify(b->words[i] == mixed(n * BLOCK + i));
        }
        b->read = n;
        zinc_notify(answers);
    }
    zinc_close(data);
    zinc_close(answers);
}

/* What was written before a notification is what the woken side reads. */
static void bytes_across(void) {
    long_step("400 blocks of 64 KiB", 20);
    zinc_region *data = NULL;
    zinc_region *answers = NULL;
    verify(zinc_create("data", sizeof(block), &data) == ZINC_OK);
    verify(zinc_create("answers", 1, &answers) == ZINC_OK);
    block *b = (block *)(void *)zinc_ptr(data);
    pid_t pid = child_start(consume, NULL);
    for (uint64_t n = 1; n <= BLOCKS; n++) {
        for (size_t i = 0; i < BLOCK / 8; i++) {
            b->words[i] = mixed(n * BLOCK + i);
        }
        b->written = n;
        zinc_notify(data);
        while (b->read < n) {
            verify(zinc_wait(answers, 4000) == ZINC_OK);
        }
    }
    verify(child_end(pid) == 0);
    zinc_close(data);
    zinc_close(answers);
}

static const test_case cases[] = {
    {"region.close_under_calls", close_under_calls},
    {"region.shutdown_race", shutdown_race},
    {"region.views_against_close", views_against_close},
    {"region.growth", growth},
    {"region.many", many_regions},
    {"region.bytes_across", bytes_across},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
