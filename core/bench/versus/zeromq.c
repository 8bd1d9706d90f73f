/* SPDX-License-Identifier: MIT */
/* ZeroMQ: a PAIR of sockets over its ipc transport. The payload is written into the message that is
 * sent and read in the one that came, so that it copies no more than it must. */
#include "versus.h"

#include <stdio.h>
#include <unistd.h>
#include <zmq.h>

typedef struct zeromq_peer {
    char address[128];
    void *context;
    void *socket;
    zmq_msg_t out;
    zmq_msg_t in;
} zeromq_peer;

static void must(int result, const char *what) {
    if (result < 0) {
        fprintf(stderr, "versus zeromq: %s\n", zmq_strerror(zmq_errno()));
        versus_stop(what);
    }
}

static void *prepare(const char *unique, uint64_t bytes) {
    zeromq_peer *peer = versus_memory(sizeof *peer);
    (void)bytes;
    snprintf(peer->address, sizeof peer->address, "ipc:///tmp/%s.ipc", unique);
    return peer;
}

static void join(void *context, int role) {
    zeromq_peer *peer = context;
    peer->context = zmq_ctx_new();
    peer->socket = zmq_socket(peer->context, ZMQ_PAIR);
    if (peer->socket == NULL) {
        versus_stop("zmq_socket");
    }
    if (role == 0) {
        must(zmq_bind(peer->socket, peer->address), "zmq_bind");
    } else {
        must(zmq_connect(peer->socket, peer->address), "zmq_connect");
    }
}

static uint8_t *begin(void *context, uint64_t bytes) {
    zeromq_peer *peer = context;
    must(zmq_msg_init_size(&peer->out, (size_t)bytes), "zmq_msg_init_size");
    return zmq_msg_data(&peer->out);
}

static void send(void *context, uint64_t bytes) {
    zeromq_peer *peer = context;
    (void)bytes;
    must(zmq_msg_send(&peer->out, peer->socket, 0), "zmq_msg_send");
}

static const uint8_t *receive(void *context, uint64_t *bytes) {
    zeromq_peer *peer = context;
    must(zmq_msg_init(&peer->in), "zmq_msg_init");
    must(zmq_msg_recv(&peer->in, peer->socket, 0), "zmq_msg_recv");
    *bytes = zmq_msg_size(&peer->in);
    return zmq_msg_data(&peer->in);
}

static void release(void *context) {
    zmq_msg_close(&((zeromq_peer *)context)->in);
}

static void leave(void *context) {
    zeromq_peer *peer = context;
    zmq_close(peer->socket);
    zmq_ctx_term(peer->context);
}

static void finish(void *context) {
    zeromq_peer *peer = context;
    unlink(peer->address + 6); /* behind "ipc://" */
}

const versus_peer versus_this = {
    .name = "zeromq",
    .title = "ZeroMQ ipc",
    .prepare = prepare,
    .join = join,
    .begin = begin,
    .send = send,
    .receive = receive,
    .release = release,
    .leave = leave,
    .finish = finish,
};
