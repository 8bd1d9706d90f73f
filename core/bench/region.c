/* SPDX-License-Identifier: MIT */
/* Regions: their bytes against private memory, making and opening them, and what it costs when
 * there are many of them or many participants. */
#include "bench.h"

#include <fcntl.h>
#include <sys/resource.h>

/* ---- Bytes --------------------------------------------------------------------------------- */

#define BYTES_SIZE (UINT64_C(100) << 20)

static volatile uint64_t sink;

static double bytes_read(uint64_t *at, uint64_t *scratch) {
    (void)scratch;
    int64_t began = bench_now();
    uint64_t sum[4] = {0};
    for (size_t i = 0; i < BYTES_SIZE / 8; i += 4) {
        sum[0] += at[i];
        sum[1] += at[i + 1];
        sum[2] += at[i + 2];
        sum[3] += at[i + 3];
    }
    sink = sum[0] + sum[1] + sum[2] + sum[3];
    return (double)BYTES_SIZE / (double)(bench_now() - began);
}

static double bytes_write(uint64_t *at, uint64_t *scratch) {
    (void)scratch;
    int64_t began = bench_now();
    memset(at, (int)(began & 0xff), BYTES_SIZE);
    return (double)BYTES_SIZE / (double)(bench_now() - began);
}

static double bytes_copy(uint64_t *at, uint64_t *scratch) {
    int64_t began = bench_now();
    memcpy(scratch, at, BYTES_SIZE);
    sink = scratch[began & 0xff];
    return (double)BYTES_SIZE / (double)(bench_now() - began);
}

static uint64_t *private_mapping(void) {
    void *memory = mmap(NULL, BYTES_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        bench_stop("mmap");
    }
    /* The same page size on both sides: regions have small pages unless huge ones are asked for.
     */
    (void)madvise(memory, BYTES_SIZE, MADV_NOHUGEPAGE);
    return memory;
}

static void bytes(bench *b) {
    zinc_region_options options = {.size = sizeof options, .flags = ZINC_REGION_PREFAULT};
    zinc_region *region = NULL;
    bench_ok(zinc_region_create("bench-bytes", BYTES_SIZE, &options, &region, NULL), "create");
    uint64_t *shared = (uint64_t *)(void *)zinc_ptr(region);
    void *reserve = mmap(NULL, BYTES_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(reserve, BYTES_SIZE);
    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); /* before the private pages come */
    uint64_t *own = private_mapping();
    uint64_t *scratch = private_mapping();
    static const struct {
        const char *row;
        double (*run)(uint64_t *at, uint64_t *scratch);
    } kinds[] = {
        {"read 100 MiB", bytes_read}, {"write 100 MiB", bytes_write}, {"copy 100 MiB", bytes_copy}};
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        double ours[BENCH_REPEATS], raw[BENCH_REPEATS];
        kinds[kind].run(shared, scratch);
        kinds[kind].run(own, scratch);
        for (int i = 0; i < BENCH_REPEATS; i++) {
            double best[2] = {0, 0};
            for (int turn = 0; turn < 10; turn++) {
                int which = (turn + i) % 2;
                double rate = kinds[kind].run(which == 0 ? shared : own, scratch);
                best[which] = rate > best[which] ? rate : best[which];
            }
            ours[i] = best[0];
            raw[i] = best[1];
        }
        bench_pair(b, kinds[kind].row, ours, raw, "private memory", "GB/s", AT_LEAST, 0.97);
    }
    munmap(own, BYTES_SIZE);
    munmap(scratch, BYTES_SIZE);
    zinc_close(region);
    (void)prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
}

/* ---- Making -------------------------------------------------------------------------------- */

static double raw_make(uint32_t rounds) {
    int64_t began = bench_now();
    for (uint32_t i = 0; i < rounds; i++) {
        int file = shm_open("/zinc-bench-raw", O_RDWR | O_CREAT | O_EXCL, 0600);
        if (file < 0 || posix_fallocate(file, 0, 4096) != 0) {
            bench_stop("shm_open");
        }
        int again = shm_open("/zinc-bench-raw", O_RDWR, 0);
        void *first = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        void *second = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
        close(file);
        close(again);
        munmap(first, 4096);
        munmap(second, 4096);
        shm_unlink("/zinc-bench-raw");
    }
    return (double)(bench_now() - began) / rounds / 1e3;
}

static double zinc_make(uint32_t rounds, double *open_close_us) {
    int64_t opening = 0;
    int64_t began = bench_now();
    for (uint32_t i = 0; i < rounds; i++) {
        zinc_region *creator = NULL, *opener = NULL;
        bench_ok(zinc_create("bench-make", 4096, &creator), "create");
        int64_t at = bench_now();
        bench_ok(zinc_open("bench-make", &opener), "open");
        zinc_close(opener);
        opening += bench_now() - at;
        zinc_close(creator);
    }
    *open_close_us = (double)opening / rounds / 1e3;
    return (double)(bench_now() - began) / rounds / 1e3;
}

static void making(bench *b) {
    const uint32_t rounds = b->quick ? 200 : 2000;
    double ours[BENCH_REPEATS], raw[BENCH_REPEATS], opening[BENCH_REPEATS];
    for (int i = 0; i < BENCH_REPEATS; i++) {
        raw[i] = raw_make(rounds);
        ours[i] = zinc_make(rounds, &opening[i]);
    }
    bench_absolute(b, "create + open + close of 4 KiB", bench_median(ours, BENCH_REPEATS), "us",
                   100);
    bench_figure(b, "  of it open + close", bench_median(opening, BENCH_REPEATS), "us");
    bench_figure(b, "  raw shm_open, fallocate, mmap, both sides, unlink",
                 bench_median(raw, BENCH_REPEATS), "us");
}

/* ---- Many regions -------------------------------------------------------------------------- */

static void list_all(uint64_t expected) {
    zinc_list *list = NULL;
    bench_ok(zinc_list_begin(&list, NULL), "list");
    zinc_info info = {.size = sizeof info};
    uint64_t count = 0;
    while (zinc_list_next(list, &info) == ZINC_OK) {
        count++;
    }
    zinc_list_end(list);
    if (count != expected) {
        fprintf(stderr, "bench: %" PRIu64 " regions listed, %" PRIu64 " expected\n", count,
                expected);
        exit(1);
    }
}

/* Persistent ones, so that they are there without a descriptor each. */
static void many_regions(bench *b, uint32_t count) {
    zinc_region_options options = {
        .size = sizeof options, .lifetime = ZINC_LIFETIME_PERSISTENT, .rows = 8};
    char name[32], row[64];
    int64_t began = bench_now();
    for (uint32_t i = 0; i < count; i++) {
        zinc_region *region = NULL;
        snprintf(name, sizeof name, "many-%u", i);
        bench_ok(zinc_region_create(name, 4096, &options, &region, NULL), name);
        zinc_close(region);
    }
    double created = (double)(bench_now() - began) / count / 1e3;
    const uint32_t rounds = 200;
    int64_t opened = 0, notified = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        zinc_region *region = NULL;
        snprintf(name, sizeof name, "many-%u", i * 7919 % count);
        int64_t at = bench_now();
        bench_ok(zinc_open(name, &region), name);
        opened += bench_now() - at;
        at = bench_now();
        zinc_notify(region);
        notified += bench_now() - at;
        zinc_close(region);
    }
    int64_t at = bench_now();
    list_all(count);
    double listed = (double)(bench_now() - at) / count / 1e3;
    at = bench_now();
    bench_ok(zinc_gc(ZINC_GC_DRY_RUN, NULL, NULL, NULL, NULL), "gc");
    double collected = (double)(bench_now() - at) / count / 1e3;
    snprintf(row, sizeof row, "%u regions: create + close, each", count);
    bench_figure(b, row, created, "us");
    snprintf(row, sizeof row, "%u regions: open one", count);
    bench_figure(b, row, (double)opened / rounds / 1e3, "us");
    snprintf(row, sizeof row, "%u regions: notify one", count);
    bench_figure(b, row, (double)notified / rounds, "ns");
    snprintf(row, sizeof row, "%u regions: list, each", count);
    bench_figure(b, row, listed, "us");
    snprintf(row, sizeof row, "%u regions: gc, each", count);
    bench_figure(b, row, collected, "us");
    for (uint32_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "many-%u", i);
        bench_ok(zinc_region_remove(name, NULL), name);
    }
}

/* ---- Many participants --------------------------------------------------------------------- */

static void many_participants(bench *b, uint32_t count) {
    zinc_region *region = NULL, *others[64] = {NULL};
    char row[64];
    bench_ok(zinc_create("bench-party", 4096, &region), "create");
    for (uint32_t i = 0; i + 1 < count; i++) {
        bench_ok(zinc_open("bench-party", &others[i]), "open");
    }
    const uint32_t rounds = 500;
    int64_t opened = 0, told = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        zinc_region *one = NULL;
        int64_t at = bench_now();
        bench_ok(zinc_open("bench-party", &one), "open");
        opened += bench_now() - at;
        zinc_close(one);
        zinc_info info = {.size = sizeof info};
        at = bench_now();
        bench_ok(zinc_region_lookup("bench-party", &info, NULL), "lookup");
        told += bench_now() - at;
        if (info.participants_alive != count) {
            fprintf(stderr, "bench: %u participants, %u expected\n", info.participants_alive,
                    count);
            exit(1);
        }
    }
    int64_t at = bench_now();
    for (uint32_t i = 0; i < 1000000; i++) {
        zinc_notify(region);
    }
    snprintf(row, sizeof row, "%u participants: open one more", count);
    bench_figure(b, row, (double)opened / rounds / 1e3, "us");
    snprintf(row, sizeof row, "%u participants: notify", count);
    bench_figure(b, row, (double)(bench_now() - at) / 1e6, "ns");
    snprintf(row, sizeof row, "%u participants: look-up (as ls, info)", count);
    bench_figure(b, row, (double)told / rounds / 1e3, "us");
    for (uint32_t i = 0; i + 1 < count; i++) {
        zinc_close(others[i]);
    }
    zinc_close(region);
}

int main(int argc, char **argv) {
    bench b;
    bench_begin(&b, "region", argc, argv);
    bench_pin(0);
    bytes(&b);
    making(&b);
    static const uint32_t regions[] = {1, 10, 100, 1000, 10000};
    for (size_t i = 0; i < sizeof regions / sizeof *regions - (b.quick ? 1 : 0); i++) {
        many_regions(&b, regions[i]);
    }
    static const uint32_t parties[] = {1, 2, 4, 16, 64};
    for (size_t i = 0; i < sizeof parties / sizeof *parties; i++) {
        many_participants(&b, parties[i]);
    }
    return bench_end(&b);
}
