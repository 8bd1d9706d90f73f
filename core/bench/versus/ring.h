/* SPDX-License-Identifier: MIT */
/* Slots in shared memory, for the peers that are nothing but memory and a way to wait: a writer, a
 * reader, and two counters on lines of their own. */
#ifndef ZINC_VERSUS_RING_H
#define ZINC_VERSUS_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RING_SLOTS_MAX 64
#define RING_MEMORY (UINT64_C(4) << 20) /* aimed at; two slots at least */
#define RING_LINE 64

typedef struct ring_head {
    _Alignas(RING_LINE) _Atomic uint64_t sent;
    _Alignas(RING_LINE) _Atomic uint64_t taken;
} ring_head;

typedef struct ring_side {
    ring_head *head;
    uint8_t *slots;
    uint64_t count;
    uint64_t stride;
    uint64_t next;  /* this side's own counter */
    uint64_t other; /* the other side's, as last seen */
    void *token;    /* what the peer waits on */
} ring_side;

static inline uint64_t ring_stride(uint64_t bytes) {
    return (bytes + 2 * RING_LINE - 1) / RING_LINE * RING_LINE; /* a line for the length */
}

static inline uint64_t ring_count(uint64_t bytes) {
    uint64_t count = RING_MEMORY / ring_stride(bytes);
    return count < 2 ? 2 : count > RING_SLOTS_MAX ? RING_SLOTS_MAX : count;
}

static inline uint64_t ring_size(uint64_t bytes) {
    return sizeof(ring_head) + ring_count(bytes) * ring_stride(bytes);
}

static inline void ring_join(ring_side *side, void *memory, uint64_t bytes) {
    side->head = (ring_head *)memory;
    side->slots = (uint8_t *)memory + sizeof(ring_head);
    side->count = ring_count(bytes);
    side->stride = ring_stride(bytes);
}

static inline uint8_t *ring_slot(const ring_side *side) {
    return side->slots + side->next % side->count * side->stride;
}

static inline bool ring_full(ring_side *side) {
    if (side->next - side->other == side->count) {
        side->other = atomic_load_explicit(&side->head->taken, memory_order_acquire);
    }
    return side->next - side->other == side->count;
}

static inline uint8_t *ring_to_write(ring_side *side) {
    return ring_slot(side) + RING_LINE;
}

static inline void ring_sent(ring_side *side, uint64_t bytes) {
    *(uint64_t *)(void *)ring_slot(side) = bytes;
    side->next++;
    atomic_store_explicit(&side->head->sent, side->next, memory_order_release);
}

static inline bool ring_empty(ring_side *side) {
    if (side->next == side->other) {
        side->other = atomic_load_explicit(&side->head->sent, memory_order_acquire);
    }
    return side->next == side->other;
}

static inline const uint8_t *ring_to_read(const ring_side *side, uint64_t *bytes) {
    *bytes = *(uint64_t *)(void *)ring_slot(side);
    return ring_slot(side) + RING_LINE;
}

/* True if the writer may be waiting for room: it was full, as far as this side knows. */
static inline bool ring_taken(ring_side *side) {
    side->next++;
    atomic_store_explicit(&side->head->taken, side->next, memory_order_seq_cst);
    return atomic_load_explicit(&side->head->sent, memory_order_seq_cst) - side->next >=
           side->count - 1;
}

#endif
