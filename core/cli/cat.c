/* SPDX-License-Identifier: MIT */
/* zinc cat: the bytes of a region to standard output. They are written from the mapping itself: if
 * somebody truncates the file meanwhile, write() answers EFAULT, and no signal comes. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { CHUNK = 1 << 20 };

static int bytes_write(zinc_region *region, const uint8_t *bytes, uint64_t length, progress *p) {
    uint64_t done = 0;
    while (done < length && interrupted() == 0) {
        uint64_t left = length - done;
        ssize_t written = write(STDOUT_FILENO, bytes + done, left < CHUNK ? (size_t)left : CHUNK);
        if (written >= 0) {
            done += (uint64_t)written;
            progress_at(p, done);
        } else if (errno == EPIPE) {
            interrupt_pipe();
        } else if (errno == EFAULT) {
            return say_region(ZINC_E_GONE, region);
        } else if (errno == EAGAIN) {
            /* somebody made the descriptor non-blocking */
            struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
            (void)poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            progress_end(p);
            return say(EXIT_FAILED, "writing standard output: %s", strerror(errno));
        }
    }
    return EXIT_DONE;
}

static int region_write(zinc_region *region, uint64_t offset, uint64_t length, bool all) {
    uint64_t capacity = zinc_capacity(region);
    if (offset > capacity || (!all && length > capacity - offset)) {
        char range[64] = "its end";
        if (!all) {
            (void)snprintf(range, sizeof range, "%" PRIu64 " bytes from there", length);
        }
        return say(EXIT_USAGE,
                   "region \"%s\" has %" PRIu64 " bytes: it does not hold offset %" PRIu64 " to %s",
                   zinc_region_name(region), capacity, offset, range);
    }
    uint8_t *bytes = NULL;
    void *context = NULL;
    length = all ? capacity - offset : length;
    int32_t status = zinc_view_acquire(region, (size_t)offset, (size_t)length, &bytes, &context);
    if (status != ZINC_OK) {
        return say_region(status, region);
    }
    progress p;
    progress_begin(&p, "cat", length, true);
    p.last_ns = isatty(STDOUT_FILENO) == 1 ? INT64_MAX / 2 : 0; /* not amid the bytes */
    int code = bytes_write(region, bytes, length, &p);
    progress_end(&p);
    zinc_view_release(bytes, context);
    return code;
}

int verb_cat(const arguments *given) {
    uint64_t offset = 0;
    uint64_t length = 0;
    if (!argument_size(given, "offset", &offset) || !argument_size(given, "length", &length)) {
        return EXIT_USAGE;
    }
    if (!interrupt_begin()) {
        return EXIT_NOSPACE;
    }
    zinc_region_options options = open_options(given, ZINC_REGION_READ_ONLY);
    zinc_region *region = NULL;
    zinc_error error = {.status = 0};
    int32_t status = zinc_region_open(given->words[0], &options, &region, &error);
    if (status != ZINC_OK) {
        return say_error(status, given->words[0], &error);
    }
    int code = region_write(region, offset, length, argument(given, "length") == NULL);
    zinc_close(region);
    return code;
}
