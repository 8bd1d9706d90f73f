/* SPDX-License-Identifier: MIT */
/* Checking what a file says about itself; see header.h. Nothing here maps the file, so a file that
 * is cut while it is read gives a status, not a signal. */
#include "region/header.h"

#include <string.h>

#include "base/mutant.h"

/* CRC-32C (Castagnoli), four bits at a time: 60 bytes need no table of 1 KiB. */
static uint32_t crc32c(const void *bytes, size_t size) {
    static const uint32_t nibble[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    const unsigned char *byte = bytes;
    uint32_t crc = ~UINT32_C(0);
    for (size_t i = 0; i < size; i++) {
        crc ^= byte[i];
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return ~crc;
}

void zinc__header_seal(zinc__header *header) {
    header->crc = crc32c(header, offsetof(zinc__header, crc));
}

static int32_t failed(int32_t status, const char **reason, const char *text) {
    if (reason != NULL) {
        *reason = text;
    }
    return status;
}

static int32_t header_check(const zinc__header *header, const char **reason) {
    if (header->byte_order != ZINC__BYTE_ORDER) {
        return failed(ZINC_E_LAYOUT, reason, "it was made with another byte order");
    }
    if (header->layout != ZINC_LAYOUT) {
        return failed(ZINC_E_LAYOUT, reason, "it was made by a release with another layout");
    }
    if (header->crc != crc32c(header, offsetof(zinc__header, crc)) &&
        !ZINC_MUTATED(HEADER_NO_CRC)) {
        return failed(ZINC_E_CORRUPT, reason, "the checksum of its header is wrong");
    }
    /* From here on the bytes are what some creator meant; they may still be hostile. */
    bool sound = header->rows >= 1 && header->rows <= ZINC_ROWS_MAX &&
                 header->lifetime <= ZINC_LIFETIME_PERSISTENT &&
                 (header->flags & ~ZINC__HEADER_FLAGS_KNOWN) == 0 &&
                 (header->data_offset == zinc__data_offset(header->rows, 16384) ||
                  header->data_offset == zinc__data_offset(header->rows, 65536)) &&
                 header->max_capacity >= 1 &&
                 header->max_capacity <= (uint64_t)INT64_MAX - header->data_offset;
    return sound ? ZINC_OK : failed(ZINC_E_CORRUPT, reason, "its header contradicts itself");
}

int32_t zinc__facts_read(int32_t file, zinc__facts *facts, const char **reason) {
    memset(facts, 0, sizeof *facts);
    int32_t status = zinc__os_file_stat(file, &facts->stat);
    if (status != ZINC_OK) {
        return failed(status, reason, "the file cannot be examined");
    }
    if (!facts->stat.regular) {
        return failed(ZINC_E_LAYOUT, reason, "it is not a regular file");
    }
    /* Lines 0 to 3 in one read, so that they are of one moment as far as that can be. */
    struct {
        zinc__header header;
        uint32_t sequence;
        uint32_t padding[31];
        uint32_t state;
        uint32_t row_hint;
        uint64_t capacity;
    } lines;
    static_assert(offsetof(zinc__region_bytes, state.capacity) == 200,
                  "the struct above is a picture of lines 0 to 3");
    memset(&lines, 0, sizeof lines);
    uint64_t have = facts->stat.size < sizeof lines ? facts->stat.size : sizeof lines;
    status = zinc__os_file_read(file, 0, &lines, (size_t)have);
    if (status != ZINC_OK && status != ZINC_E_CORRUPT) {
        return failed(status, reason, "the file cannot be read");
    }
    /* Cut short, it still begins as a region does; whatever else is somebody's own. Where not all
     * could be read the file is being cut, and the rest of the bytes says nothing. */
    uint64_t magic = ZINC__MAGIC;
    size_t begun = have < sizeof magic ? (size_t)have : sizeof magic;
    if (status == ZINC_OK && memcmp(&lines.header.magic, &magic, begun) != 0) {
        return failed(ZINC_E_LAYOUT, reason, "the file does not begin as a region does");
    }
    if (status != ZINC_OK || have < sizeof lines.header) {
        return failed(ZINC_E_CORRUPT, reason, "the file is too short for a header");
    }
    facts->header = lines.header;
    status = header_check(&facts->header, reason);
    if (status != ZINC_OK) {
        return status;
    }
    facts->sequence = lines.sequence;
    facts->state = lines.state;
    facts->capacity = lines.capacity;
    if (lines.state != ZINC__STATE_READY && lines.state != ZINC__STATE_DEAD) {
        return failed(ZINC_E_CORRUPT, reason, "its state is none");
    }
    if (lines.capacity < 1 || lines.capacity > facts->header.max_capacity) {
        return failed(ZINC_E_CORRUPT, reason, "its capacity is outside its own bounds");
    }
    /* A growing file is long first and says so afterwards, so its length may be of an earlier
     * moment than its capacity: look again before calling it short. */
    uint64_t end = facts->header.data_offset + lines.capacity;
    if (facts->stat.size < end && !ZINC_MUTATED(HEADER_OLD_SIZE)) {
        status = zinc__os_file_stat(file, &facts->stat);
        if (status != ZINC_OK) {
            return failed(status, reason, "the file cannot be examined");
        }
    }
    if (facts->stat.size < end && !ZINC_MUTATED(HEADER_ANY_SIZE)) {
        return failed(ZINC_E_CORRUPT, reason, "the file is shorter than its capacity");
    }
    return ZINC_OK;
}
