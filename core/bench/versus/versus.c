/* SPDX-License-Identifier: MIT */
/* The harness of the comparison: two processes, one peer, one workload, one line of JSON.
 *
 * The payload is written and read by the same code for every peer: its first 8 bytes are the time
 * at which it was handed over, the rest is one byte repeated, whose sum the reader checks. A peer
 * that loses, repeats or damages anything ends the run. */
#define _GNU_SOURCE
#include "versus.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_S 300
#define ROUNDS_MAX (1u << 20)
#define ANSWER_BYTES 8
#define SERVERS_MAX 8
#define WAKE_PAUSE_NS 2000000
#define IDLE_NS INT64_C(3000000000)

#define READERS_MAX 8
#define NAMES_KEPT 100

typedef enum workload {
    ROUND_TRIP,
    ONE_WAY,
    HAND_OVER,
    WAKE_UP,
    IDLE,
    COLD,
    FAN_OUT,
    NAMES
} workload;
static const char *const workload_names[] = {"round-trip", "one-way", "hand-over", "wake-up",
                                             "idle",       "cold",    "fan-out",   "names"};
#define WORKLOADS (sizeof workload_names / sizeof *workload_names)

/* What both processes see; the samples are nanoseconds. */
typedef struct board {
    _Atomic uint32_t joined;
    _Atomic uint32_t ready;
    _Atomic uint32_t done; /* fan-out: payloads read, by all readers */
    int64_t started_ns;
    int64_t answerer_cpu_ns;
    uint64_t answerer_memory;
    uint32_t samples;
    int64_t sample[ROUNDS_MAX];
} board;

typedef struct run {
    workload workload;
    uint64_t bytes;
    uint32_t rounds;
    uint32_t warm_up;
    uint32_t count; /* of readers, or of names */
    void *peer;
    void *peers[READERS_MAX]; /* fan-out: one, or one a reader */
    board *board;
} run;

void versus_stop(const char *what) {
    fprintf(stderr, "versus %s: ", versus_this.name);
    perror(what);
    exit(1);
}

void *versus_memory(uint64_t bytes) {
    void *memory = calloc(1, (size_t)bytes);
    if (memory == NULL) {
        versus_stop("calloc");
    }
    return memory;
}

void versus_nap(void) {
    struct timespec nap = {.tv_nsec = 1000000};
    nanosleep(&nap, NULL);
}

int versus_server(const char *const argv[]) {
    pid_t parent = getpid();
    pid_t server = fork();
    if (server < 0) {
        versus_stop("fork");
    }
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(1);
        }
        int nowhere = open("/dev/null", O_RDWR);
        dup2(nowhere, 0);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return server;
}

void versus_server_end(int pid) {
    if (pid > 0) {
        kill(pid, SIGTERM);
        for (int i = 0; i < 2000; i++) {
            if (waitpid(pid, NULL, WNOHANG) != 0) {
                return;
            }
            versus_nap();
        }
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- The payload ---------------------------------------------------------------------------- */

static void write_payload(uint8_t *bytes, uint64_t length, uint32_t round) {
    memset(bytes + 8, (int)(round & 0xff), (size_t)(length - 8));
    int64_t stamp = now_ns();
    memcpy(bytes, &stamp, 8);
}

/* Read every byte; answers the stamp. */
static int64_t read_payload(const uint8_t *bytes, uint64_t length, uint32_t round) {
    uint64_t sum = 0;
    uint64_t at = 8;
    for (; at + 8 <= length; at += 8) {
        uint64_t word;
        memcpy(&word, bytes + at, 8);
        sum += word;
    }
    uint64_t expected = UINT64_C(0x0101010101010101) * (round & 0xff) * ((length - 8) / 8);
    for (; at < length; at++) {
        sum += bytes[at];
        expected += round & 0xff;
    }
    if (sum != expected) {
        fprintf(stderr, "versus %s: payload %" PRIu32 " of %" PRIu64 " bytes is damaged\n",
                versus_this.name, round, length);
        exit(1);
    }
    int64_t stamp;
    memcpy(&stamp, bytes, 8);
    return stamp;
}

static void hand_over(const run *r, uint64_t bytes, uint32_t round) {
    write_payload(versus_this.begin(r->peer, bytes), bytes, round);
    versus_this.send(r->peer, bytes);
}

/* Answers how long the payload took until it could be read. */
static int64_t take(const run *r, uint64_t bytes, uint32_t round) {
    uint64_t length = 0;
    const uint8_t *payload = versus_this.receive(r->peer, &length);
    int64_t arrived = now_ns();
    if (length != bytes) {
        fprintf(stderr, "versus %s: %" PRIu64 " bytes came instead of %" PRIu64 "\n",
                versus_this.name, length, bytes);
        exit(1);
    }
    int64_t stamp = read_payload(payload, length, round);
    versus_this.release(r->peer);
    return arrived - stamp;
}

/* ---- The workloads -------------------------------------------------------------------------- */

static uint64_t answer_bytes(const run *r) {
    return r->workload == ROUND_TRIP ? r->bytes : ANSWER_BYTES;
}

static void sleep_ns(int64_t duration) {
    struct timespec nap = {.tv_sec = duration / 1000000000, .tv_nsec = duration % 1000000000};
    nanosleep(&nap, NULL);
}

/* Everything from the first call to the answer of the last. */
static void ask_each(const run *r, uint32_t rounds, bool keep) {
    for (uint32_t i = 0; i < rounds; i++) {
        if (r->workload == WAKE_UP) {
            sleep_ns(WAKE_PAUSE_NS);
        }
        int64_t before = now_ns();
        hand_over(r, r->bytes, i);
        take(r, answer_bytes(r), i);
        if (keep && r->workload == ROUND_TRIP) {
            r->board->sample[i] = now_ns() - before;
        }
    }
}

static void answer_each(const run *r, uint32_t rounds, bool keep) {
    for (uint32_t i = 0; i < rounds; i++) {
        int64_t took = take(r, r->bytes, i);
        if (keep && r->workload != ROUND_TRIP) {
            r->board->sample[i] = took;
        }
        hand_over(r, answer_bytes(r), i);
    }
}

/* One sample: a message's share of the time for all. */
static void ask_stream(const run *r, uint32_t rounds, bool keep) {
    int64_t before = now_ns();
    for (uint32_t i = 0; i < rounds; i++) {
        hand_over(r, r->bytes, i);
    }
    take(r, ANSWER_BYTES, rounds);
    if (keep) {
        r->board->sample[0] = (now_ns() - before) / rounds;
        r->board->samples = 1;
    }
}

static void answer_stream(const run *r, uint32_t rounds) {
    for (uint32_t i = 0; i < rounds; i++) {
        take(r, r->bytes, i);
    }
    hand_over(r, ANSWER_BYTES, rounds);
}

static int64_t cpu_ns(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * INT64_C(1000000000) +
           (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * INT64_C(1000);
}

/* What the process's memory counts for, shared pages by their share; bytes. */
static uint64_t memory_of(int pid) {
    char path[64];
    char line[256];
    unsigned long kilobytes = 0;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "Pss: %lu", &kilobytes) == 1) {
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return (uint64_t)kilobytes * 1024;
}

static int64_t server_cpu_ns(int pid) {
    char path[64];
    char text[1024];
    unsigned long user = 0;
    unsigned long kernel = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    const char *behind = strrchr(text, ')');
    if (behind == NULL || sscanf(behind + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                                 &user, &kernel) != 2) {
        return 0;
    }
    return (int64_t)(user + kernel) * (1000000000 / sysconf(_SC_CLK_TCK));
}

static void wait_for(const _Atomic uint32_t *number, uint32_t wanted) {
    while (atomic_load(number) < wanted) {
        sched_yield();
    }
}

static void meet(const run *r, uint32_t number) {
    atomic_fetch_add(&r->board->ready, 1);
    wait_for(&r->board->ready, number);
}

static void answerer(const run *r) {
    while (atomic_load(&r->board->joined) == 0) {
        versus_nap();
    }
    versus_this.join(r->peer, 1);
    meet(r, 2);
    if (r->workload == HAND_OVER) {
        answer_stream(r, r->warm_up);
    } else {
        answer_each(r, r->warm_up, false);
    }
    int64_t before = cpu_ns();
    if (r->workload == HAND_OVER) {
        answer_stream(r, r->rounds);
    } else {
        answer_each(r, r->rounds, true);
    }
    r->board->answerer_cpu_ns = cpu_ns() - before;
    r->board->answerer_memory = memory_of(getpid());
    meet(r, 4);
    versus_this.leave(r->peer);
}

/* ---- The result ----------------------------------------------------------------------------- */

static int by_size(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static double share(const board *b, double part) {
    uint32_t at = (uint32_t)(part * (double)(b->samples - 1) + 0.5);
    return (double)b->sample[at];
}

typedef struct cost {
    int64_t asker_cpu_ns;
    int64_t servers_cpu_ns;
    uint64_t memory;
    int64_t wall_ns;
} cost;

static void print(const run *r, cost spent) {
    board *b = r->board;
    qsort(b->sample, b->samples, sizeof *b->sample, by_size);
    printf("{\"peer\": \"%s\", \"title\": \"%s\", \"workload\": \"%s\", \"bytes\": %" PRIu64
           ", \"count\": %" PRIu32 ", \"rounds\": %" PRIu32
           ", \"p50_ns\": %.0f, \"p99_ns\": %.0f, \"p999_ns\": %.0f, "
           "\"max_ns\": %.0f, \"wall_ns\": %" PRId64 ", \"asker_cpu_ns\": %" PRId64
           ", \"answerer_cpu_ns\": %" PRId64 ", \"servers_cpu_ns\": %" PRId64
           ", \"memory_bytes\": %" PRIu64 "}\n",
           versus_this.name, versus_this.title, workload_names[r->workload], r->bytes, r->count,
           r->rounds, share(b, 0.5), share(b, 0.99), share(b, 0.999), share(b, 1), spent.wall_ns,
           spent.asker_cpu_ns, b->answerer_cpu_ns, spent.servers_cpu_ns, spent.memory);
}

static int64_t all_servers_cpu(const int *pids, int count) {
    int64_t sum = 0;
    for (int i = 0; i < count; i++) {
        sum += server_cpu_ns(pids[i]);
    }
    return sum;
}

/* The asker's side, which measures and prints. */
static void asker(const run *r) {
    int servers[SERVERS_MAX];
    int count =
        versus_this.servers != NULL ? versus_this.servers(r->peer, servers, SERVERS_MAX) : 0;
    versus_this.join(r->peer, 0);
    atomic_store(&r->board->joined, 1);
    meet(r, 2);
    r->board->samples = r->rounds;
    if (r->workload == HAND_OVER) {
        ask_stream(r, r->warm_up, false);
    } else {
        ask_each(r, r->warm_up, false);
    }
    cost spent = {.asker_cpu_ns = -cpu_ns(), .wall_ns = -now_ns()};
    spent.servers_cpu_ns = -all_servers_cpu(servers, count);
    if (r->workload == IDLE) {
        sleep_ns(IDLE_NS);
    }
    if (r->workload == HAND_OVER) {
        ask_stream(r, r->rounds, true);
    } else {
        ask_each(r, r->rounds, true);
    }
    if (r->workload == COLD) {
        r->board->sample[0] = now_ns() - r->board->started_ns;
    }
    spent.wall_ns += now_ns();
    spent.asker_cpu_ns += cpu_ns();
    spent.servers_cpu_ns += all_servers_cpu(servers, count);
    spent.memory = memory_of(getpid());
    for (int i = 0; i < count; i++) {
        spent.memory += memory_of(servers[i]);
    }
    meet(r, 4);
    spent.memory += r->board->answerer_memory;
    versus_this.leave(r->peer);
    print(r, spent);
}

/* ---- One writer, several readers ------------------------------------------------------------ */

static uint32_t channels(const run *r) {
    return versus_this.fans_out ? 1 : r->count;
}

/* A sample: from the hand-over to the first reader until the last one has read. The acknowledgement
 * is the harness's own, the same for every peer. */
static void write_to_all(const run *r) {
    run one = *r;
    for (uint32_t i = 0; i < channels(r); i++) {
        versus_this.join(r->peers[i], 0);
    }
    atomic_store(&r->board->joined, 1);
    wait_for(&r->board->ready, r->count);
    r->board->samples = r->rounds;
    for (uint32_t i = 0; i < r->warm_up + r->rounds; i++) {
        int64_t before = now_ns();
        for (uint32_t k = 0; k < channels(r); k++) {
            one.peer = r->peers[k];
            hand_over(&one, r->bytes, i);
        }
        wait_for(&r->board->done, (i + 1) * r->count);
        if (i >= r->warm_up) {
            r->board->sample[i - r->warm_up] = now_ns() - before;
        }
    }
    wait_for(&r->board->ready, 2 * r->count);
    for (uint32_t i = 0; i < channels(r); i++) {
        versus_this.leave(r->peers[i]);
    }
    print(r, (cost){.wall_ns = 0});
}

static void read_with_others(const run *r, uint32_t reader) {
    run one = *r;
    one.peer = r->peers[versus_this.fans_out ? 0 : reader];
    while (atomic_load(&r->board->joined) == 0) {
        versus_nap();
    }
    versus_this.join(one.peer, 1);
    atomic_fetch_add(&r->board->ready, 1);
    for (uint32_t i = 0; i < r->warm_up + r->rounds; i++) {
        take(&one, r->bytes, i);
        atomic_fetch_add(&r->board->done, 1);
    }
    atomic_fetch_add(&r->board->ready, 1);
    wait_for(&r->board->ready, 2 * r->count);
    versus_this.leave(one.peer);
}

/* ---- Many names ----------------------------------------------------------------------------- */

/* A sample: making one more when `count` are there. */
static void many_names(const run *r) {
    uint32_t all = r->count + NAMES_KEPT;
    void **peers = versus_memory(all * sizeof *peers);
    char unique[64];
    for (uint32_t i = 0; i < all; i++) {
        snprintf(unique, sizeof unique, "zinc-versus-%d-%" PRIu32, (int)getpid(), i);
        int64_t before = now_ns();
        peers[i] = versus_this.prepare(unique, r->bytes);
        versus_this.join(peers[i], 0);
        if (i >= r->count) {
            r->board->sample[i - r->count] = now_ns() - before;
        }
    }
    r->board->samples = NAMES_KEPT;
    uint64_t memory = memory_of(getpid());
    for (uint32_t i = 0; i < all; i++) {
        versus_this.leave(peers[i]);
        versus_this.finish(peers[i]);
    }
    free(peers);
    print(r, (cost){.memory = memory});
}

/* Role 0, and the others, as processes; answers 0 if all of them ended well. */
static int processes(const run *r) {
    pid_t sides[1 + READERS_MAX];
    uint32_t count = 1 + (r->workload == FAN_OUT ? r->count : 1);
    for (uint32_t side = 0; side < count; side++) {
        sides[side] = fork();
        if (sides[side] < 0) {
            versus_stop("fork");
        }
        if (sides[side] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            alarm(LIMIT_S);
            if (r->workload == FAN_OUT) {
                side == 0 ? write_to_all(r) : read_with_others(r, side - 1);
            } else {
                side == 0 ? asker(r) : answerer(r);
            }
            exit(0);
        }
    }
    int failed = 0;
    for (uint32_t left = count; left > 0;) {
        int status = 0;
        pid_t ended = waitpid(-1, &status, 0);
        bool ours = false; /* servers are children, too */
        for (uint32_t side = 0; side < count; side++) {
            if (sides[side] == ended) {
                sides[side] = 0;
                ours = true;
                left--;
            }
        }
        if (ours && status != 0) { /* the others may wait for ever */
            failed = 1;
            for (uint32_t side = 0; side < count; side++) {
                if (sides[side] != 0) {
                    kill(sides[side], SIGKILL);
                }
            }
        }
    }
    if (failed) {
        fprintf(stderr, "versus %s: a process failed\n", versus_this.name);
    }
    return failed;
}

/* ---- The command line ----------------------------------------------------------------------- */

static void usage(void) {
    fputs("usage: versus-PEER --workload W --bytes N [--rounds N] [--count N]\n"
          "W: round-trip  payload there and back, written and read on both sides\n"
          "   one-way     from the hand-over until it can be read; answered by 8 bytes\n"
          "   hand-over   payloads one behind the other; a payload's share of the whole time\n"
          "   wake-up     one-way, to a receiver that has been idle for 2 ms\n"
          "   idle        CPU of both sides while one waits for 3 s\n"
          "   cold        from nothing (servers, names, processes) to the first answer\n"
          "   fan-out     to --count readers (1 to 8), until the last one has read\n"
          "   names       making one more when --count are there\n"
          "Prints one line of JSON; times are nanoseconds.\n",
          stdout);
}

static run arguments(int argc, char **argv) {
    static const struct option options[] = {
        {"workload", required_argument, NULL, 'w'}, {"bytes", required_argument, NULL, 'b'},
        {"rounds", required_argument, NULL, 'r'},   {"count", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    run r = {.bytes = ANSWER_BYTES, .rounds = 1000, .count = 1};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'w':
            r.workload = WORKLOADS;
            for (unsigned i = 0; i < WORKLOADS; i++) {
                if (strcmp(optarg, workload_names[i]) == 0) {
                    r.workload = (workload)i;
                }
            }
            break;
        case 'b':
            r.bytes = strtoull(optarg, NULL, 10);
            break;
        case 'r':
            r.rounds = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'c':
            r.count = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        default:
            usage();
            exit(option == 'h' ? 0 : 2);
        }
    }
    if ((unsigned)r.workload >= WORKLOADS || r.bytes < ANSWER_BYTES || r.rounds == 0 ||
        r.rounds > ROUNDS_MAX || r.count == 0 || optind != argc ||
        (r.workload == FAN_OUT && r.count > READERS_MAX)) {
        usage();
        exit(2);
    }
    if (r.workload == IDLE || r.workload == COLD) {
        r.rounds = 1;
    }
    r.warm_up = r.workload == COLD ? 0 : r.rounds / 10 + 1;
    return r;
}

int main(int argc, char **argv) {
    run r = arguments(argc, argv);
    if (versus_this.max_bytes != 0 && r.bytes > versus_this.max_bytes) {
        printf("{\"peer\": \"%s\", \"title\": \"%s\", \"workload\": \"%s\", \"bytes\": %" PRIu64
               ", \"refused\": \"at most %" PRIu64 " bytes\"}\n",
               versus_this.name, versus_this.title, workload_names[r.workload], r.bytes,
               versus_this.max_bytes);
        return 0;
    }
    r.board =
        mmap(NULL, sizeof *r.board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (r.board == MAP_FAILED) {
        versus_stop("mmap");
    }
    r.board->started_ns = now_ns();
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing goes on without whoever asked for it */
    if (r.workload == NAMES) {
        many_names(&r);
        return 0;
    }
    uint32_t prepared = r.workload == FAN_OUT ? channels(&r) : 1;
    for (uint32_t i = 0; i < prepared; i++) {
        char unique[64];
        snprintf(unique, sizeof unique, "zinc-versus-%d-%" PRIu32, (int)getpid(), i);
        r.peers[i] = versus_this.prepare(unique, r.bytes);
    }
    r.peer = r.peers[0];
    fflush(NULL);
    int failed = processes(&r);
    for (uint32_t i = 0; i < prepared; i++) {
        versus_this.finish(r.peers[i]);
    }
    return failed;
}
