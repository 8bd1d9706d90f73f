/* SPDX-License-Identifier: MIT */
/* The bytes of a region of frames; docs/example-frames.md has them as a table.
 *
 *     | header, 64 bytes | slot 0 | slot 1 | ... |    slot: 64 bytes, width * height * 4 of RGBA
 *
 * Frame number n, from 1, lies in slot n % slots. While a slot is being written its number is 0:
 * who copies pixels out looks at the number before and behind, and drops what changed under it. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct frames_header {
    uint32_t width;
    uint32_t height;
    uint32_t slots;
    uint32_t reserved;
    _Atomic uint64_t newest; /* the number of the newest whole frame; 0: none yet */
    uint8_t gap[40];
} frames_header;

typedef struct frames_slot {
    _Atomic uint64_t number;
    int64_t taken_ns; /* CLOCK_MONOTONIC */
    uint8_t gap[48];
    uint8_t pixels[]; /* rows from the top; red, green, blue, 255 */
} frames_slot;

_Static_assert(sizeof(frames_header) == 64, "other languages know the header by its offsets");
_Static_assert(sizeof(frames_slot) == 64, "other languages know the slots by their offsets");

#endif
