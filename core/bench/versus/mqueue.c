/* SPDX-License-Identifier: MIT */
/* POSIX message queues. The kernel's default limits hold: 10 messages of 8,192 bytes; longer
 * payloads are sent in pieces, of which the first is the length. */
#include "versus.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 8192

typedef struct mqueue_peer {
    char names[2][80];
    mqd_t queues[2];
    mqd_t to;
    mqd_t from;
    uint8_t *out;
    uint8_t *in;
    uint64_t capacity;
} mqueue_peer;

static void *prepare(const char *unique, uint64_t bytes) {
    mqueue_peer *peer = versus_memory(sizeof *peer);
    peer->capacity = bytes;
    for (int i = 0; i < 2; i++) {
        snprintf(peer->names[i], sizeof peer->names[i], "/%s-%d", unique, i);
    }
    return peer;
}

static void join(void *context, int role) {
    mqueue_peer *peer = context;
    struct mq_attr limits = {.mq_maxmsg = 10, .mq_msgsize = PIECE};
    for (int i = 0; i < 2; i++) {
        peer->queues[i] =
            mq_open(peer->names[i], O_RDWR | (role == 0 ? O_CREAT | O_EXCL : 0), 0600, &limits);
        if (peer->queues[i] == (mqd_t)-1) {
            versus_stop("mq_open");
        }
    }
    peer->to = peer->queues[role];
    peer->from = peer->queues[1 - role];
    peer->out = versus_memory(peer->capacity + 8);
    peer->in = versus_memory(peer->capacity + PIECE + 8);
}

static uint8_t *begin(void *context, uint64_t bytes) {
    (void)bytes;
    return ((mqueue_peer *)context)->out + 8;
}

/* The length stands in front of the bytes, in the first piece. */
static void send(void *context, uint64_t bytes) {
    mqueue_peer *peer = context;
    memcpy(peer->out, &bytes, 8);
    for (uint64_t at = 0; at < bytes + 8; at += PIECE) {
        uint64_t left = bytes + 8 - at;
        while (mq_send(peer->to, (const char *)peer->out + at,
                       (size_t)(left < PIECE ? left : PIECE), 0) != 0) {
            if (errno != EINTR) {
                versus_stop("mq_send");
            }
        }
    }
}

static const uint8_t *receive(void *context, uint64_t *bytes) {
    mqueue_peer *peer = context;
    uint64_t at = 0;
    uint64_t total = 8;
    while (at < total) {
        ssize_t got = mq_receive(peer->from, (char *)peer->in + at, PIECE, NULL);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            versus_stop("mq_receive");
        }
        if (at == 0) {
            memcpy(bytes, peer->in, 8);
            total = *bytes + 8;
            if (*bytes > peer->capacity) {
                versus_stop("a length out of range");
            }
        }
        at += (uint64_t)got;
    }
    return peer->in + 8;
}

static void release(void *context) {
    (void)context;
}

static void leave(void *context) {
    mqueue_peer *peer = context;
    free(peer->out);
    free(peer->in);
    mq_close(peer->queues[0]);
    mq_close(peer->queues[1]);
}

static void finish(void *context) {
    mqueue_peer *peer = context;
    mq_unlink(peer->names[0]);
    mq_unlink(peer->names[1]);
}

const versus_peer versus_this = {
    .name = "mqueue",
    .title = "POSIX message queue",
    .prepare = prepare,
    .join = join,
    .begin = begin,
    .send = send,
    .receive = receive,
    .release = release,
    .leave = leave,
    .finish = finish,
};
