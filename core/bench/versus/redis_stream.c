/* SPDX-License-Identifier: MIT */
/* Redis streams: XADD by one, XREAD BLOCK by the other; the stream keeps some 16 entries. The
 * writer goes on only while the reader, who writes down what it has read, is at most 8 behind. */
#include "redis.h"

#define AHEAD 8

static uint8_t *begin(void *context, uint64_t bytes) {
    redis_peer *peer = context;
    (void)bytes;
    for (uint64_t taken = 0; peer->sent >= AHEAD && taken + AHEAD <= peer->sent;) {
        redisReply *reply =
            redis_checked(peer, redisCommand(peer->connection, "GET taken:%d", peer->role));
        taken = reply->type == REDIS_REPLY_STRING ? strtoull(reply->str, NULL, 10) : 0;
        freeReplyObject(reply);
    }
    return peer->out;
}

static void send(void *context, uint64_t bytes) {
    redis_peer *peer = context;
    freeReplyObject(
        redis_checked(peer, redisCommand(peer->connection, "XADD s:%d MAXLEN %d * v %b", peer->role,
                                         2 * AHEAD, peer->out, (size_t)bytes)));
    peer->sent++;
}

static const uint8_t *receive(void *context, uint64_t *bytes) {
    redis_peer *peer = context;
    do {
        peer->reply = redis_checked(peer, redisCommand(peer->connection,
                                                       "XREAD COUNT 1 BLOCK 60000 STREAMS s:%d %s",
                                                       1 - peer->role, peer->last));
    } while (peer->reply->type == REDIS_REPLY_NIL);
    /* [[stream, [[id, [field, value]]]]] */
    const redisReply *entry = peer->reply->element[0]->element[1]->element[0];
    snprintf(peer->last, sizeof peer->last, "%s", entry->element[0]->str);
    const redisReply *value = entry->element[1]->element[1];
    *bytes = value->len;
    return (const uint8_t *)value->str;
}

static void release(void *context) {
    redis_peer *peer = context;
    redis_release(peer);
    peer->received++;
    if (peer->received % (AHEAD / 2) == 0) {
        freeReplyObject(redis_checked(peer, redisCommand(peer->connection, "SET taken:%d %" PRIu64,
                                                         1 - peer->role, peer->received)));
    }
}

const versus_peer versus_this = {
    .name = "redis-stream",
    .title = "Redis XADD/XREAD",
    .max_bytes = UINT64_C(512) << 20,
    .fans_out = true,
    .prepare = redis_prepare,
    .join = redis_join,
    .begin = begin,
    .send = send,
    .receive = receive,
    .release = release,
    .leave = redis_leave,
    .finish = redis_finish,
    .servers = redis_servers,
};
