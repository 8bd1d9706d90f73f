/* SPDX-License-Identifier: MIT */
/* A Redis server of one's own on a unix socket, without persistence. */
#ifndef ZINC_VERSUS_REDIS_H
#define ZINC_VERSUS_REDIS_H

#include "versus.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct redis_peer {
    char socket[128];
    int server;
    int role;
    redisContext *connection;
    redisReply *reply;
    uint8_t *out;
    uint64_t capacity;
    uint64_t sent;
    uint64_t received;
    char last[64]; /* streams: the id of the last entry taken */
} redis_peer;

static void *redis_prepare(const char *unique, uint64_t bytes) {
    redis_peer *peer = versus_memory(sizeof *peer);
    peer->capacity = bytes;
    strcpy(peer->last, "0");
    snprintf(peer->socket, sizeof peer->socket, "/tmp/%s.redis", unique);
    const char *const server[] = {"redis-server",
                                  "--port",
                                  "0",
                                  "--unixsocket",
                                  peer->socket,
                                  "--save",
                                  "",
                                  "--dir",
                                  "/tmp",
                                  "--appendonly",
                                  "no",
                                  "--proto-max-bulk-len",
                                  "1gb",
                                  "--client-query-buffer-limit",
                                  "1gb",
                                  NULL};
    peer->server = versus_server(server);
    for (int i = 0; i < 5000 && access(peer->socket, W_OK) != 0; i++) {
        versus_nap();
    }
    return peer;
}

static void redis_join(void *context, int role) {
    redis_peer *peer = context;
    peer->role = role;
    for (int i = 0; i < 1000; i++) {
        peer->connection = redisConnectUnix(peer->socket);
        if (peer->connection != NULL && peer->connection->err == 0) {
            peer->out = versus_memory(peer->capacity);
            return;
        }
        redisFree(peer->connection);
        versus_nap();
    }
    versus_stop("redisConnectUnix");
}

/* The reply, which is the caller's to free; errors end the process. */
static redisReply *redis_checked(redis_peer *peer, void *answer) {
    redisReply *reply = answer;
    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        fprintf(stderr, "versus redis: %s\n",
                reply != NULL ? reply->str : peer->connection->errstr);
        versus_stop("redis");
    }
    return reply;
}

static void redis_release(void *context) {
    redis_peer *peer = context;
    freeReplyObject(peer->reply);
    peer->reply = NULL;
}

static void redis_leave(void *context) {
    redis_peer *peer = context;
    redisFree(peer->connection);
    free(peer->out);
}

static void redis_finish(void *context) {
    redis_peer *peer = context;
    versus_server_end(peer->server);
    unlink(peer->socket);
}

static int redis_servers(void *context, int *pids, int capacity) {
    pids[0] = ((redis_peer *)context)->server;
    return capacity > 0 ? 1 : 0;
}

#endif
