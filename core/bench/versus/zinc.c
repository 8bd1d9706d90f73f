/* SPDX-License-Identifier: MIT */
/* Zinc itself: a region a direction, whose slots are written and read where they are. */
#include "ring.h"
#include "versus.h"

#include <stdio.h>
#include <zinc.h>

typedef struct zinc_peer {
    char names[2][80];
    zinc_region *regions[2];
    ring_side out;
    ring_side in;
    uint64_t bytes;
} zinc_peer;

static void must(int32_t status, const char *what) {
    if (status != ZINC_OK) {
        fprintf(stderr, "versus zinc: %s: %s\n", what, zinc_strerror(status));
        versus_stop(what);
    }
}

static void *prepare(const char *unique, uint64_t bytes) {
    zinc_peer *peer = versus_memory(sizeof *peer);
    peer->bytes = bytes;
    for (int i = 0; i < 2; i++) {
        snprintf(peer->names[i], sizeof peer->names[i], "%s-%d", unique, i);
    }
    return peer;
}

static void join(void *context, int role) {
    zinc_peer *peer = context;
    uint64_t size = ring_size(peer->bytes);
    for (int i = 0; i < 2; i++) {
        if (role == 0) {
            zinc_region_options options = {.size = sizeof options, .flags = ZINC_REGION_PREFAULT};
            must(
                zinc_region_create(peer->names[i], (size_t)size, &options, &peer->regions[i], NULL),
                "create");
        } else {
            must(zinc_open(peer->names[i], &peer->regions[i]), "open");
        }
    }
    ring_join(&peer->out, zinc_ptr(peer->regions[role]), peer->bytes);
    ring_join(&peer->in, zinc_ptr(peer->regions[1 - role]), peer->bytes);
    peer->out.token = peer->regions[role];
    peer->in.token = peer->regions[1 - role];
}

static uint8_t *begin(void *context, uint64_t bytes) {
    zinc_peer *peer = context;
    (void)bytes;
    while (ring_full(&peer->out)) {
        must(zinc_wait(peer->out.token, UINT32_MAX), "wait");
    }
    return ring_to_write(&peer->out);
}

static void send(void *context, uint64_t bytes) {
    zinc_peer *peer = context;
    ring_sent(&peer->out, bytes);
    zinc_notify(peer->out.token);
}

static const uint8_t *receive(void *context, uint64_t *bytes) {
    zinc_peer *peer = context;
    while (ring_empty(&peer->in)) {
        must(zinc_wait(peer->in.token, UINT32_MAX), "wait");
    }
    return ring_to_read(&peer->in, bytes);
}

static void release(void *context) {
    zinc_peer *peer = context;
    if (ring_taken(&peer->in)) {
        zinc_notify(peer->in.token);
    }
}

static void leave(void *context) {
    zinc_peer *peer = context;
    zinc_close(peer->regions[0]);
    zinc_close(peer->regions[1]);
}

static void finish(void *context) {
    (void)context; /* the last one to close has removed the names */
}

const versus_peer versus_this = {
    .name = "zinc",
    .title = "Zinc region",
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
