/* SPDX-License-Identifier: MIT */
/* Descriptors that carry a stream: what the socket and the pipe have in common. */
#ifndef ZINC_VERSUS_STREAM_H
#define ZINC_VERSUS_STREAM_H

#include "versus.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

typedef struct stream_peer {
    int ends[2][2]; /* by role: to read from, to write to */
    int role;
    uint8_t *out;
    uint8_t *in;
    uint64_t capacity;
} stream_peer;

static void stream_join(void *context, int role) {
    stream_peer *peer = context;
    peer->role = role;
    peer->out = versus_memory(peer->capacity);
    peer->in = versus_memory(peer->capacity);
    int *others = peer->ends[1 - role]; /* so that an end is seen when the other process dies */
    close(others[0]);
    if (others[1] != others[0]) {
        close(others[1]);
    }
}

static uint8_t *stream_begin(void *context, uint64_t bytes) {
    (void)bytes;
    return ((stream_peer *)context)->out;
}

static void stream_send(void *context, uint64_t bytes) {
    stream_peer *peer = context;
    struct iovec parts[2] = {{&bytes, sizeof bytes}, {peer->out, (size_t)bytes}};
    struct iovec *part = parts;
    while (part < parts + 2) {
        ssize_t written = writev(peer->ends[peer->role][1], part, (int)(parts + 2 - part));
        if (written < 0 && errno != EINTR) {
            versus_stop("writev");
        }
        for (; part < parts + 2 && written >= (ssize_t)part->iov_len; part++) {
            written -= (ssize_t)part->iov_len;
        }
        if (part < parts + 2 && written > 0) {
            part->iov_base = (uint8_t *)part->iov_base + written;
            part->iov_len -= (size_t)written;
        }
    }
}

static void stream_read(const stream_peer *peer, void *bytes, uint64_t length) {
    uint8_t *at = bytes;
    while (length != 0) {
        ssize_t got = read(peer->ends[peer->role][0], at, (size_t)length);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            versus_stop("read");
        }
        if (got > 0) {
            at += got;
            length -= (uint64_t)got;
        }
    }
}

static const uint8_t *stream_receive(void *context, uint64_t *bytes) {
    stream_peer *peer = context;
    stream_read(peer, bytes, sizeof *bytes);
    if (*bytes > peer->capacity) {
        versus_stop("a length out of range");
    }
    stream_read(peer, peer->in, *bytes);
    return peer->in;
}

static void stream_release(void *context) {
    (void)context;
}

static void stream_leave(void *context) {
    stream_peer *peer = context;
    free(peer->out);
    free(peer->in);
}

static void stream_finish(void *context) {
    (void)context; /* the descriptors go with the process */
}

/* The table of a peer whose function make fills in the ends. */
#define STREAM_PEER(name_text, title_text, make)                                                   \
    static void *prepare(const char *unique, uint64_t bytes) {                                     \
        stream_peer *peer = versus_memory(sizeof *peer);                                           \
        (void)unique;                                                                              \
        peer->capacity = bytes;                                                                    \
        make(peer->ends);                                                                          \
        return peer;                                                                               \
    }                                                                                              \
    const versus_peer versus_this = {.name = name_text,                                            \
                                     .title = title_text,                                          \
                                     .prepare = prepare,                                           \
                                     .join = stream_join,                                          \
                                     .begin = stream_begin,                                        \
                                     .send = stream_send,                                          \
                                     .receive = stream_receive,                                    \
                                     .release = stream_release,                                    \
                                     .leave = stream_leave,                                        \
                                     .finish = stream_finish}

#endif
