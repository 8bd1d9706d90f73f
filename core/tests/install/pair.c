/* SPDX-License-Identifier: MIT */
/* Two processes and one region: create, notify, wait, verify, by the public headers alone.
 *
 *     pair                 both roles, the second one in a child process
 *     pair create NAME     the first role; ends when the other side has answered every round
 *     pair open NAME       the second role; waits up to 5 s for the region to appear
 *
 * The consumers of the installed tree build it, and so do builds for other word sizes and C
 * libraries, whose two roles then meet in one region. */
#define _POSIX_C_SOURCE 200809L

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zinc.h>

enum { ROUNDS = 1000, PAYLOAD = 4096, TIMEOUT_MS = 5000 };

/* What both sides see at the beginning of the region. */
typedef struct shared_bytes {
    _Atomic(uint32_t) asked;    /* the round that the creator has written */
    _Atomic(uint32_t) answered; /* the round that the opener has verified */
    uint8_t payload[PAYLOAD];
} shared_bytes;

static int fail(const char *what, int32_t status) {
    fprintf(stderr, "pair: %s: %s (%s)\n", what, zinc_strerror(status), zinc_error_name(status));
    return 1;
}

static uint8_t pattern(uint32_t round, uint32_t index) {
    return (uint8_t)(round * 31 + index * 7 + 1);
}

/* Wait until *word is `round`; notifications of either side end a wait, so it looks again. */
static int32_t await_round(zinc_region *region, const _Atomic(uint32_t) *word, uint32_t round) {
    int64_t deadline = zinc_deadline_ns(INT64_C(1000000) * TIMEOUT_MS);
    while (atomic_load(word) != round) {
        int32_t status = zinc_region_wait(region, deadline, NULL);
        if (status != ZINC_OK && status != ZINC_E_INTR) {
            return status;
        }
    }
    return ZINC_OK;
}

static int create_role(const char *name) {
    zinc_region *region = NULL;
    int32_t status = zinc_create(name, sizeof(shared_bytes), &region);
    if (status != ZINC_OK) {
        return fail("create", status);
    }
    shared_bytes *bytes = (shared_bytes *)(void *)zinc_ptr(region);
    for (uint32_t round = 1; round <= ROUNDS && status == ZINC_OK; round++) {
        for (uint32_t i = 0; i < PAYLOAD; i++) {
            bytes->payload[i] = pattern(round, i);
        }
        atomic_store(&bytes->asked, round);
        zinc_notify(region);
        status = await_round(region, &bytes->answered, round);
    }
    zinc_close(region);
    return status == ZINC_OK ? 0 : fail("wait for the answer", status);
}

static int open_role(const char *name) {
    zinc_region *region = NULL;
    int32_t status = zinc_open(name, &region);
    for (int tries = 0; status == ZINC_E_NOENT && tries < TIMEOUT_MS; tries++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        status = zinc_open(name, &region);
    }
    if (status != ZINC_OK) {
        return fail("open", status);
    }
    if (zinc_capacity(region) != sizeof(shared_bytes)) {
        fprintf(stderr, "pair: the capacity is %zu, not %zu\n", zinc_capacity(region),
                sizeof(shared_bytes));
        return 1;
    }
    shared_bytes *bytes = (shared_bytes *)(void *)zinc_ptr(region);
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        status = await_round(region, &bytes->asked, round);
        if (status != ZINC_OK) {
            return fail("wait for the question", status);
        }
        for (uint32_t i = 0; i < PAYLOAD; i++) {
            if (bytes->payload[i] != pattern(round, i)) {
                fprintf(stderr, "pair: round %u: byte %u is wrong\n", round, i);
                return 1;
            }
        }
        atomic_store(&bytes->answered, round);
        zinc_notify(region);
    }
    zinc_close(region);
    printf("pair: %d rounds verified with zinc %s\n", ROUNDS, zinc_version_text());
    return 0;
}

static int both_roles(void) {
    char name[64];
    snprintf(name, sizeof name, "pair-%ld", (long)getpid());
    pid_t child = fork();
    if (child < 0) {
        perror("pair: fork");
        return 1;
    }
    if (child == 0) {
        return open_role(name);
    }
    int failed = create_role(name);
    int status = 0;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "pair: the other process failed\n");
        failed = 1;
    }
    zinc_region *left = NULL;
    if (zinc_open(name, &left) != ZINC_E_NOENT) {
        fprintf(stderr, "pair: the name outlived its users\n");
        failed = 1;
    }
    return failed;
}

int main(int count, char **arguments) {
    if (count == 1) {
        return both_roles();
    }
    if (count == 3 && strcmp(arguments[1], "create") == 0) {
        return create_role(arguments[2]);
    }
    if (count == 3 && strcmp(arguments[1], "open") == 0) {
        return open_role(arguments[2]);
    }
    fprintf(stderr, "usage: pair [create NAME | open NAME]\n");
    return 2;
}
