/* SPDX-License-Identifier: MIT */
/* Atomic operations with their memory order in the name. The only file in src that spells
 * memory_order_*.
 *
 * Relaxed carries nothing but the word; every other use names its partner where it stands (style:
 * labels). `ordered` is sequentially consistent, for the two places where a store must not pass a
 * later load of another word (the wait cell). Every word here may lie in memory that other
 * processes write, so they must be lock-free: a lock of libatomic's would be one per process. */
#ifndef ZINC_BASE_ATOMIC_H
#define ZINC_BASE_ATOMIC_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

static_assert(ATOMIC_INT_LOCK_FREE == 2, "32-bit words of a region are used by several processes");
static_assert(ATOMIC_LLONG_LOCK_FREE == 2,
              "64-bit words of a region are used by several processes");

typedef _Atomic(uint32_t) zinc__u32;
typedef struct zinc__u64 {
    _Alignas(8) _Atomic(uint64_t) word; /* i386 would align it to 4 inside structs */
} zinc__u64;

#define ZINC__CACHE_LINE 64

static inline uint32_t zinc__load32_relaxed(const zinc__u32 *word) {
    return atomic_load_explicit(word, memory_order_relaxed);
}
static inline uint32_t zinc__load32_acquire(const zinc__u32 *word) {
    return atomic_load_explicit(word, memory_order_acquire);
}
static inline uint32_t zinc__load32_ordered(const zinc__u32 *word) {
    return atomic_load_explicit(word, memory_order_seq_cst);
}
static inline void zinc__store32_relaxed(zinc__u32 *word, uint32_t value) {
    atomic_store_explicit(word, value, memory_order_relaxed);
}
static inline void zinc__store32_release(zinc__u32 *word, uint32_t value) {
    atomic_store_explicit(word, value, memory_order_release);
}
static inline void zinc__store32_ordered(zinc__u32 *word, uint32_t value) {
    atomic_store_explicit(word, value, memory_order_seq_cst);
}
static inline uint32_t zinc__add32_relaxed(zinc__u32 *word, uint32_t value) {
    return atomic_fetch_add_explicit(word, value, memory_order_relaxed);
}
static inline uint32_t zinc__add32_acq_rel(zinc__u32 *word, uint32_t value) {
    return atomic_fetch_add_explicit(word, value, memory_order_acq_rel);
}
static inline uint32_t zinc__add32_ordered(zinc__u32 *word, uint32_t value) {
    return atomic_fetch_add_explicit(word, value, memory_order_seq_cst);
}
static inline uint32_t zinc__sub32_acq_rel(zinc__u32 *word, uint32_t value) {
    return atomic_fetch_sub_explicit(word, value, memory_order_acq_rel);
}
static inline uint32_t zinc__or32_acq_rel(zinc__u32 *word, uint32_t bits) {
    return atomic_fetch_or_explicit(word, bits, memory_order_acq_rel);
}
static inline uint32_t zinc__exchange32_ordered(zinc__u32 *word, uint32_t value) {
    return atomic_exchange_explicit(word, value, memory_order_seq_cst);
}
static inline bool zinc__cas32_acq_rel(zinc__u32 *word, uint32_t *expected, uint32_t desired) {
    return atomic_compare_exchange_strong_explicit(word, expected, desired, memory_order_acq_rel,
                                                   memory_order_acquire);
}
static inline bool zinc__cas32_relaxed(zinc__u32 *word, uint32_t *expected, uint32_t desired) {
    return atomic_compare_exchange_strong_explicit(word, expected, desired, memory_order_relaxed,
                                                   memory_order_relaxed);
}

static inline uint64_t zinc__load64_relaxed(const zinc__u64 *cell) {
    return atomic_load_explicit(&cell->word, memory_order_relaxed);
}
static inline uint64_t zinc__load64_acquire(const zinc__u64 *cell) {
    return atomic_load_explicit(&cell->word, memory_order_acquire);
}
static inline void zinc__store64_relaxed(zinc__u64 *cell, uint64_t value) {
    atomic_store_explicit(&cell->word, value, memory_order_relaxed);
}
static inline void zinc__store64_release(zinc__u64 *cell, uint64_t value) {
    atomic_store_explicit(&cell->word, value, memory_order_release);
}
static inline uint64_t zinc__add64_relaxed(zinc__u64 *cell, uint64_t value) {
    return atomic_fetch_add_explicit(&cell->word, value, memory_order_relaxed);
}
static inline bool zinc__cas64_acq_rel(zinc__u64 *cell, uint64_t *expected, uint64_t desired) {
    return atomic_compare_exchange_strong_explicit(&cell->word, expected, desired,
                                                   memory_order_acq_rel, memory_order_acquire);
}

static inline void zinc__fence_acquire(void) {
    atomic_thread_fence(memory_order_acquire);
}
static inline void zinc__fence_release(void) {
    atomic_thread_fence(memory_order_release);
}

/* Tell the core that this is a spin loop. */
static inline void zinc__pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#elif defined(__arm__)
    __asm__ volatile("yield" ::: "memory");
#endif
}

#endif
