/* SPDX-License-Identifier: MIT */
/* shm_open, mmap and futex by hand: what somebody writes who needs nothing of Zinc but the bytes.
 * It spins for a while before it sleeps, as Zinc does, and wakes only who sleeps. */
#define _GNU_SOURCE
#include "ring.h"
#include "versus.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPINS 4000

typedef struct bell {
    _Alignas(RING_LINE) _Atomic uint32_t rung;
    _Alignas(RING_LINE) _Atomic uint32_t asleep;
} bell;

typedef struct raw_peer {
    char names[2][80];
    void *maps[2];
    ring_side out;
    ring_side in;
    uint64_t bytes;
} raw_peer;

static void *prepare(const char *unique, uint64_t bytes) {
    raw_peer *peer = versus_memory(sizeof *peer);
    peer->bytes = bytes;
    for (int i = 0; i < 2; i++) {
        snprintf(peer->names[i], sizeof peer->names[i], "/%s-raw-%d", unique, i);
    }
    return peer;
}

static void join(void *context, int role) {
    raw_peer *peer = context;
    uint64_t size = sizeof(bell) + ring_size(peer->bytes);
    for (int i = 0; i < 2; i++) {
        int file = shm_open(peer->names[i], O_RDWR | (role == 0 ? O_CREAT | O_EXCL : 0), 0600);
        if (file < 0 || (role == 0 && ftruncate(file, (off_t)size) != 0)) {
            versus_stop("shm_open");
        }
        peer->maps[i] =
            mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
        if (peer->maps[i] == MAP_FAILED) {
            versus_stop("mmap");
        }
        close(file);
    }
    ring_join(&peer->out, (uint8_t *)peer->maps[role] + sizeof(bell), peer->bytes);
    ring_join(&peer->in, (uint8_t *)peer->maps[1 - role] + sizeof(bell), peer->bytes);
    peer->out.token = peer->maps[role];
    peer->in.token = peer->maps[1 - role];
}

static void ring_bell(bell *b) {
    atomic_fetch_add(&b->rung, 1);
    if (atomic_load(&b->asleep) != 0) {
        syscall(SYS_futex, &b->rung, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    }
}

static void await(ring_side *side, bool (*blocked)(ring_side *)) {
    bell *b = side->token;
    while (blocked(side)) {
        for (int i = 0; i < SPINS; i++) {
            if (!blocked(side)) {
                return;
            }
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
        }
        uint32_t seen = atomic_load(&b->rung);
        atomic_fetch_add(&b->asleep, 1);
        if (blocked(side)) {
            syscall(SYS_futex, &b->rung, FUTEX_WAIT, seen, NULL, NULL, 0);
        }
        atomic_fetch_sub(&b->asleep, 1);
    }
}

static uint8_t *begin(void *context, uint64_t bytes) {
    raw_peer *peer = context;
    (void)bytes;
    await(&peer->out, ring_full);
    return ring_to_write(&peer->out);
}

static void send(void *context, uint64_t bytes) {
    raw_peer *peer = context;
    ring_sent(&peer->out, bytes);
    ring_bell(peer->out.token);
}

static const uint8_t *receive(void *context, uint64_t *bytes) {
    raw_peer *peer = context;
    await(&peer->in, ring_empty);
    return ring_to_read(&peer->in, bytes);
}

static void release(void *context) {
    raw_peer *peer = context;
    if (ring_taken(&peer->in)) {
        ring_bell(peer->in.token);
    }
}

static void leave(void *context) {
    (void)context;
}

static void finish(void *context) {
    raw_peer *peer = context;
    shm_unlink(peer->names[0]);
    shm_unlink(peer->names[1]);
}

const versus_peer versus_this = {
    .name = "raw",
    .title = "shm_open + mmap + futex by hand",
    .fans_out = true,
    .prepare = prepare,
    .join = join,
    .begin = begin,
    .send = send,
    .receive = receive,
    .release = release,
    .leave = leave,
    .finish = finish,
};
