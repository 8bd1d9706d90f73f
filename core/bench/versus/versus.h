/* SPDX-License-Identifier: MIT */
/* What a peer of the comparison is: two processes and a way to hand bytes from one to the other.
 *
 * Each peer is one file, which fills this table and is linked with versus.c into a program of its
 * own, so that no peer's library is in another one's process. The harness writes the payload where
 * `begin` says and reads it where `receive` says: a peer that needs a copy pays for it there, one
 * that does not need any has none to pay.
 *
 *     asker (role 0)                                   answerer (role 1)
 *     begin(bytes)    where to write                   receive(&bytes)   blocks; where to read
 *     ... payload written by the harness ...           ... payload read and checked ...
 *     send(bytes)     hand over            ------->    release()         it may be overwritten
 *     receive(&bytes)                      <-------    begin, send       the answer */
#ifndef ZINC_VERSUS_H
#define ZINC_VERSUS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct versus_peer {
    const char *name;   /* what people type: "redis-stream" */
    const char *title;  /* what people read: "Redis XADD/XREAD" */
    uint64_t max_bytes; /* the longest payload; 0: any */
    bool fans_out;      /* many may join as role 1, and what is sent once comes to all of them */

    /* Once, before the processes part: names, servers, memory. `unique` is the stem of names that
     * nobody else has; `bytes` the longest payload of this run. What it returns goes to all others.
     */
    void *(*prepare)(const char *unique, uint64_t bytes);
    /* In each process, before anything is measured. Role 0 makes what the other one opens; it is
     * called first, and role 1 once it has returned. */
    void (*join)(void *peer, int role);
    /* Answers where to write a payload of this size; blocks while the last one is unread and there
     * is no room for another. */
    uint8_t *(*begin)(void *peer, uint64_t bytes);
    void (*send)(void *peer, uint64_t bytes);
    const uint8_t *(*receive)(void *peer, uint64_t *bytes);
    void (*release)(void *peer);
    void (*leave)(void *peer);  /* in each process */
    void (*finish)(void *peer); /* once, at the end: nothing stays behind */
    /* Process ids of servers, for the CPU that they use; NULL: none. Answers how many. */
    int (*servers)(void *peer, int *pids, int capacity);
} versus_peer;

/* Each peer's file defines it. */
extern const versus_peer versus_this;

/* Say what failed, and end the process. */
void versus_stop(const char *what);

/* Memory, or the end. */
void *versus_memory(uint64_t bytes);

/* Start a server that dies with this process; its output goes nowhere. Answers its id. */
int versus_server(const char *const argv[]);

/* End a server that versus_server started, and wait for it. */
void versus_server_end(int pid);

/* Sleep for a millisecond: for whoever waits for a server to be there. */
void versus_nap(void);

#ifdef __cplusplus
}
#endif
#endif
