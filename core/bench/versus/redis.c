/* SPDX-License-Identifier: MIT */
/* Redis as a place for values: SET by one, GET by the other. Nothing tells a reader that a
 * value changed, so it asks until there is one; a key a message, deleted as it is taken (GETDEL). A
 * writer is at most 8 messages ahead. */
#include "redis.h"

#define AHEAD 8

static uint8_t *begin(void *context, uint64_t bytes) {
    redis_peer *peer = context;
    (void)bytes;
    while (peer->sent >= AHEAD) {
        redisReply *reply =
            redis_checked(peer, redisCommand(peer->connection, "EXISTS m:%d:%" PRIu64, peer->role,
                                             peer->sent - AHEAD));
        bool there = reply->integer != 0;
        freeReplyObject(reply);
        if (!there) {
            break;
        }
    }
    return peer->out;
}

static void send(void *context, uint64_t bytes) {
    redis_peer *peer = context;
    freeReplyObject(
        redis_checked(peer, redisCommand(peer->connection, "SET m:%d:%" PRIu64 " %b", peer->role,
                                         peer->sent++, peer->out, (size_t)bytes)));
}

static const uint8_t *receive(void *context, uint64_t *bytes) {
    redis_peer *peer = context;
    for (;;) {
        peer->reply = redis_checked(peer, redisCommand(peer->connection, "GETDEL m:%d:%" PRIu64,
                                                       1 - peer->role, peer->received));
        if (peer->reply->type == REDIS_REPLY_STRING) {
            peer->received++;
            *bytes = peer->reply->len;
            return (const uint8_t *)peer->reply->str;
        }
        freeReplyObject(peer->reply);
    }
}

const versus_peer versus_this = {
    .name = "redis",
    .title = "Redis SET/GET",
    .max_bytes = UINT64_C(512) << 20,
    .prepare = redis_prepare,
    .join = redis_join,
    .begin = begin,
    .send = send,
    .receive = receive,
    .release = redis_release,
    .leave = redis_leave,
    .finish = redis_finish,
    .servers = redis_servers,
};
