/* SPDX-License-Identifier: MIT */
/* zinc bench, one process: what calls cost, and how fast the bytes are. Passes over the region and
 * over private memory alternate, so that both meet the same moments of the machine. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

enum { BATCH = 1000, BATCHES = 500, NAMES = 1000, SMALL = 4096, PASSES = 101 };

/* Small enough to be run over a hundred times, so that some passes are undisturbed. */
#define BUFFER_MOST (UINT64_C(8) << 20)
#define BUFFER_LEAST (UINT64_C(1) << 20)

static void name_make(char out[64], const char *what) {
    (void)snprintf(out, 64, "zinc-bench-%ld-%s", (long)getpid(), what);
}

static int create(const char *name, size_t capacity, uint32_t flags, zinc_region **out) {
    zinc_region_options options = {.size = sizeof options, .flags = flags};
    zinc_error error = {.status = 0};
    int32_t status = zinc_region_create(name, capacity, &options, out, &error);
    return status == ZINC_OK ? EXIT_DONE : say_error(status, name, &error);
}

/* ---- Calls ---------------------------------------------------------------------------------- */

static int notify_alone(figure *out) {
    static int64_t notifying[BATCHES];
    static int64_t adding[BATCHES];
    static _Atomic uint64_t counter;
    char name[64];
    zinc_region *region = NULL;
    double unused = 0;
    *out = (figure){.name = "notify with nobody waiting", .unit = "ns", .against = "atomic add"};
    name_make(name, "notify");
    int code = create(name, SMALL, 0, &region);
    if (code != EXIT_DONE) {
        return code;
    }
    for (size_t batch = 0; batch < BATCHES; batch++) {
        int64_t begun = zinc_clock_ns();
        for (int i = 0; i < BATCH; i++) {
            zinc_notify(region);
        }
        int64_t between = zinc_clock_ns();
        for (int i = 0; i < BATCH; i++) {
            counter++;
        }
        adding[batch] = zinc_clock_ns() - between;
        notifying[batch] = between - begun;
    }
    bench_percentiles(notifying, BATCHES, &out->value, &out->p99);
    bench_percentiles(adding, BATCHES, &out->raw, &unused);
    out->value /= BATCH;
    out->p99 /= BATCH;
    out->raw /= BATCH;
    zinc_close(region);
    return EXIT_DONE;
}

static int names_alone(figure *whole, figure *opening) {
    static int64_t all[NAMES];
    static int64_t part[NAMES];
    char name[64];
    int code = EXIT_DONE;
    *whole = (figure){.name = "create + open + close, 4 KiB", .unit = "ns", .against = ""};
    *opening = (figure){.name = "open + close, 4 KiB", .unit = "ns", .against = ""};
    name_make(name, "names");
    for (size_t i = 0; i < NAMES && code == EXIT_DONE && interrupted() == 0; i++) {
        zinc_region *first = NULL;
        zinc_region *second = NULL;
        zinc_error error = {.status = 0};
        int64_t begun = zinc_clock_ns();
        code = create(name, SMALL, 0, &first);
        int64_t made = zinc_clock_ns();
        if (code == EXIT_DONE) {
            int32_t status = zinc_region_open(name, NULL, &second, &error);
            code = status == ZINC_OK ? EXIT_DONE : say_error(status, name, &error);
        }
        zinc_close(second);
        part[i] = zinc_clock_ns() - made;
        zinc_close(first);
        all[i] = zinc_clock_ns() - begun;
    }
    bench_percentiles(all, NAMES, &whole->value, &whole->p99);
    bench_percentiles(part, NAMES, &opening->value, &opening->p99);
    return code;
}

/* ---- Bytes ---------------------------------------------------------------------------------- */

enum work { WRITE, READ, COPY };

static uint64_t sink; /* what is read has to go somewhere */

static int64_t pass(enum work work, uint8_t *bytes, size_t size, int round) {
    int64_t begun = zinc_clock_ns();
    if (work == WRITE) {
        memset(bytes, round, size);
    } else if (work == COPY) {
        memcpy(bytes, bytes + size / 2, size / 2);
    } else {
        uint64_t sum = 0;
        const uint64_t *words = (const uint64_t *)(const void *)bytes;
        for (size_t i = 0; i < size / sizeof *words; i++) {
            sum += words[i];
        }
        sink += sum;
    }
    return zinc_clock_ns() - begun;
}

/* The others were disturbed by what else the machine does. */
static int64_t shortest(const int64_t times[PASSES]) {
    int64_t best = INT64_MAX;
    for (int i = 0; i < PASSES; i++) {
        best = times[i] < best ? times[i] : best;
    }
    return best > 0 ? best : 1;
}

static void bandwidth(enum work work, uint8_t *shared, uint8_t *own, size_t size, figure *out) {
    int64_t shared_ns[PASSES];
    int64_t own_ns[PASSES];
    for (int i = 0; i < PASSES; i++) {
        bool shared_first = i % 2 == 0;
        if (shared_first) {
            shared_ns[i] = pass(work, shared, size, i);
        }
        own_ns[i] = pass(work, own, size, i);
        if (!shared_first) {
            shared_ns[i] = pass(work, shared, size, i);
        }
    }
    double gib = (double)(work == COPY ? size / 2 : size) / (1 << 30) * 1e9;
    out->unit = "GiB/s";
    out->against = "private memory";
    out->value = gib / (double)shortest(shared_ns);
    out->raw = gib / (double)shortest(own_ns);
}

/* Private memory with pages of the region's size: huge ones would compare pages, not regions. */
static uint8_t *own_memory(size_t size) {
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) {
        return NULL;
    }
#ifdef MADV_NOHUGEPAGE
    (void)madvise(bytes, size, MADV_NOHUGEPAGE);
#endif
    return bytes;
}

static size_t buffer_size(void) {
    zinc_doctor_facts facts = {.size = sizeof facts};
    uint64_t size = BUFFER_MOST;
    if (zinc_doctor(&facts) == ZINC_OK && facts.directory_free != UINT64_MAX &&
        facts.directory_total > 0) {
        while (size > BUFFER_LEAST && size > facts.directory_free / 4) {
            size /= 2;
        }
    }
    return (size_t)size;
}

static int bytes_alone(figure out[3]) {
    char name[64];
    zinc_region *region = NULL;
    size_t size = buffer_size();
    name_make(name, "bytes");
    int code = create(name, size, ZINC_REGION_PREFAULT, &region);
    if (code != EXIT_DONE) {
        return code;
    }
    uint8_t *own = own_memory(size);
    if (own == NULL) {
        code = say(EXIT_NOSPACE, "no private memory: %s", strerror(errno));
    } else {
        out[0].name = "write";
        out[1].name = "read";
        out[2].name = "copy";
        (void)pass(WRITE, own, size, 1); /* bring the pages in */
        (void)pass(WRITE, zinc_ptr(region), size, 1);
        for (enum work work = WRITE; work <= COPY && interrupted() == 0; work++) {
            bandwidth(work, zinc_ptr(region), own, size, &out[work]);
        }
        (void)munmap(own, size);
    }
    zinc_close(region);
    return code;
}

int bench_alone(figure out[6]) {
    int code = notify_alone(&out[0]);
    if (code == EXIT_DONE && interrupted() == 0) {
        code = names_alone(&out[1], &out[2]);
    }
    if (code == EXIT_DONE && interrupted() == 0) {
        code = bytes_alone(&out[3]);
    }
    return code;
}
