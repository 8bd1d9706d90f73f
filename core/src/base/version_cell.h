/* SPDX-License-Identifier: MIT */
/* Version cell: a number that tells readers whether what they copied was whole.
 *
 *    63                                                               1   0
 *   +------------------------------------------------------------------+---+
 *   |                      number of the change                        | w |
 *   +------------------------------------------------------------------+---+
 *
 *   w = 1: a writer is at work on the bytes under this version, or died at it
 *
 * Readers copy the bytes between two looks at the version, and throw the copy away if the looks
 * differ. They write nothing and keep nobody waiting. Writers exclude each other by an owned word
 * (owned_word.h), which each of them holds from write_begin to write_commit; this block does not
 * check that.
 *
 *      read_begin  ->  copy  ->  read_retry ?  ->  again, or the copy is whole
 *      take word   ->  write_begin  ->  write all  ->  write_commit  ->  commit word
 *
 * The bytes under a version are 64-bit words that are read and written one by one, relaxed: a
 * reader may copy while a writer writes, so plain bytes would be a data race, with all that
 * compilers make of one. copy_out and copy_in do it; a size that is no multiple of 8 is padded by
 * its owner.
 *
 * Death. A writer that dies between begin and commit leaves w = 1 and the bytes half written. No
 * reader takes them: all answer ZINC_E_BUSY. The next writer gets the owned word as
 * ZINC_RECOVERED, finds w = 1 in write_begin, which answers ZINC_RECOVERED too, and must write
 * *every* byte under the version before its commit; w stays 1 meanwhile, and stays 1 if that
 * writer dies as well. Objects that must give readers an answer in the meantime keep several
 * copies and a version each, or write where the present state does not reach and then only move
 * the version on.
 *
 * Bounded. A reader looks a fixed number of times, whatever is written here: a writer that is
 * stopped, that writes without pause, or that is hostile makes it answer ZINC_E_BUSY. The caller
 * may then ask whether the owned word's owner is dead, and repair. The copy of a hostile writer's
 * bytes may be torn and still look whole: bytes are checked before use like all bytes of a
 * region.
 *
 * The number wraps after 2^63 changes: 292 years at one a nanosecond.
 *
 *   edge     release                     acquire                    carries
 *   V1->R1   write_commit, advance:      read_begin: load version   the bytes of that change
 *            store version
 *   B1->R2   write_begin, advance: the   read_retry: the fence      that the version had moved, to
 *            fence behind the mark       before the second look     who saw a byte of the change
 */
#ifndef ZINC_BASE_VERSION_CELL_H
#define ZINC_BASE_VERSION_CELL_H

#include "base/layout.h"

typedef struct zinc__version_cell {
    zinc__u64 cell;
} zinc__version_cell;

static_assert(sizeof(zinc__version_cell) == 8, "read and compared as a whole");

/* Start at `version` (even; its lowest bit is cut), before anybody else can reach the cell. */
void zinc__version_cell_init(zinc__version_cell *cell, uint64_t version);

/* The version now, with or without a writer at work; carries nothing. */
uint64_t zinc__version_cell_peek(const zinc__version_cell *cell);

/* ---- Readers -------------------------------------------------------------------------------- */

/* Begin a copy: ZINC_OK and the version, or ZINC_E_BUSY: after a bounded spin a writer is still
 * at work, or dead. */
int32_t zinc__version_cell_read_begin(const zinc__version_cell *cell, uint64_t *version_out);

/* True if the copy that began at `version` may be torn: begin again. */
bool zinc__version_cell_read_retry(const zinc__version_cell *cell, uint64_t version);

/* Copy `words` 64-bit words out from under the version, whole, and store their version in
 * *version_out. ZINC_OK, or ZINC_E_BUSY after a fixed number of copies: `to` then holds rubbish. */
int32_t zinc__version_cell_read(const zinc__version_cell *cell, const zinc__u64 *from, size_t words,
                                uint64_t *to, uint64_t *version_out);

/* ---- Writers, who hold the owned word ------------------------------------------------------- */

/* Show that a change is under way. ZINC_OK, or ZINC_RECOVERED: the last writer died at its
 * change, and every byte under the version must be written. */
int32_t zinc__version_cell_write_begin(zinc__version_cell *cell);

/* Publish the change, and return the new version. */
uint64_t zinc__version_cell_write_commit(zinc__version_cell *cell);

/* Publish a change that was made where no reader of the present version looks: the version moves
 * in one step, and readers who began before it begin again. As write_begin and write_commit with
 * nothing between, except that a dead writer's mark stays. Returns the new version. */
uint64_t zinc__version_cell_advance(zinc__version_cell *cell);

/* ---- Bytes under a version ------------------------------------------------------------------ */

static inline void zinc__version_cell_copy_out(uint64_t *to, const zinc__u64 *from, size_t words) {
    for (size_t i = 0; i < words; i++) {
        to[i] = zinc__load64_relaxed(&from[i]); /* carried by V1->R1, judged by B1->R2 */
    }
}

static inline void zinc__version_cell_copy_in(zinc__u64 *to, const uint64_t *from, size_t words) {
    for (size_t i = 0; i < words; i++) {
        zinc__store64_relaxed(&to[i], from[i]); /* carried by V1->R1 and B1->R2 */
    }
}

#endif
