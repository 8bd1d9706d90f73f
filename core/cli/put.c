/* SPDX-License-Identifier: MIT */
/* zinc put: a region from a file or from standard input.
 *
 * Input of unknown length is read to its end before the region is made, since a region cannot
 * shrink; a regular file goes straight into the region. The notification comes when the last byte
 * is in place, so whoever opens the region earlier waits once and then reads it whole. A put that
 * fails or is interrupted unbinds what it made: the handle is the creator's. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

enum { CHUNK = 4 << 20 };

/* Input in memory: pieces, so that it never has to be moved. */
typedef struct piece {
    struct piece *next;
    size_t length;
    uint8_t bytes[CHUNK];
} piece;

typedef struct source {
    const char *shown; /* for messages */
    int descriptor;
    uint64_t length;
    piece *first; /* NULL: not read yet, a regular file */
    bool regular;
} source;

static void source_free(source *in) {
    while (in->first != NULL) {
        piece *next = in->first->next;
        free(in->first);
        in->first = next;
    }
    if (in->descriptor > STDERR_FILENO) {
        (void)close(in->descriptor);
    }
}

static int unreadable(const source *in) {
    return say(EXIT_FAILED, "reading %s: %s", in->shown, strerror(errno));
}

/* Read until `length` bytes or the end; *got says how many. */
static int read_some(const source *in, uint8_t *to, size_t length, size_t *got) {
    *got = 0;
    while (*got < length && interrupted() == 0) {
        ssize_t some = read(in->descriptor, to + *got, length - *got);
        if (some == 0) {
            break;
        }
        if (some > 0) {
            *got += (size_t)some;
        } else if (errno != EINTR) {
            return errno == EFAULT ? EXIT_DAMAGED : unreadable(in);
        }
    }
    return EXIT_DONE;
}

/* Nothing has been made yet: a signal may simply end the process here. */
static int source_spool(source *in) {
    progress p;
    piece **end = &in->first;
    int code = EXIT_DONE;
    bool more = true;
    progress_begin(&p, "put: read", 0, true);
    while (more && code == EXIT_DONE) {
        piece *next = malloc(sizeof *next);
        if (next == NULL) {
            code = say(EXIT_NOSPACE, "no memory to hold %s: put it from a regular file", in->shown);
            break;
        }
        next->next = NULL;
        next->length = 0;
        *end = next;
        end = &next->next;
        code = read_some(in, next->bytes, CHUNK, &next->length);
        more = next->length == CHUNK;
        in->length += next->length;
        progress_at(&p, in->length);
    }
    progress_end(&p);
    return code;
}

static int source_open(const char *path, source *in) {
    *in = (source){.shown = path, .descriptor = STDIN_FILENO};
    if (path == NULL || strcmp(path, "-") == 0) {
        in->shown = "standard input";
    } else {
        in->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (in->descriptor < 0) {
            return say(EXIT_FAILED, "%s: %s", path, strerror(errno));
        }
    }
    struct stat facts;
    off_t at = 0;
    if (fstat(in->descriptor, &facts) != 0) {
        return unreadable(in);
    }
    /* Files of /proc say that they are empty: those are read to see. */
    in->regular = S_ISREG(facts.st_mode) && facts.st_size > 0;
    if (in->regular) {
        at = lseek(in->descriptor, 0, SEEK_CUR);
        at = at < 0 ? 0 : at;
        in->length = facts.st_size > at ? (uint64_t)(facts.st_size - at) : 0;
        return EXIT_DONE;
    }
    return source_spool(in);
}

static int fill_from_file(source *in, uint8_t *to, progress *p) {
    uint64_t done = 0;
    while (done < in->length && interrupted() == 0) {
        uint64_t left = in->length - done;
        size_t want = left < CHUNK ? (size_t)left : CHUNK;
        size_t got = 0;
        int code = read_some(in, to + done, want, &got);
        if (code != EXIT_DONE) {
            return code;
        }
        done += got;
        progress_at(p, done);
        if (got < want && interrupted() == 0) {
            return say(EXIT_FAILED, "%s became shorter while it was read: put it again", in->shown);
        }
    }
    return EXIT_DONE;
}

static int fill_from_pieces(source *in, uint8_t *to, progress *p) {
    uint64_t done = 0;
    while (in->first != NULL && interrupted() == 0) {
        piece *this = in->first;
        memcpy(to + done, this->bytes, this->length);
        done += this->length;
        in->first = this->next;
        free(this);
        progress_at(p, done);
    }
    return EXIT_DONE;
}

static bool mode_take(const arguments *given, zinc_region_options *options) {
    const char *text = argument(given, "mode");
    char *end = NULL;
    if (text == NULL) {
        return true;
    }
    unsigned long mode = strtoul(text, &end, 8);
    if (text[0] < '0' || text[0] > '7' || *end != '\0' || mode == 0 || mode > 0777) {
        say(EXIT_USAGE, "--mode %s: give permissions in octal, as 0640", text);
        return false;
    }
    options->mode = (uint32_t)mode;
    return true;
}

static bool group_take(const arguments *given, zinc_region_options *options) {
    const char *text = argument(given, "group");
    char *end = NULL;
    if (text == NULL) {
        return true;
    }
    const struct group *known = getgrnam(text);
    unsigned long number = strtoul(text, &end, 10);
    if (known == NULL && (text[0] < '0' || text[0] > '9' || *end != '\0' || number >= UINT32_MAX)) {
        say(EXIT_USAGE, "--group %s: there is no such group", text);
        return false;
    }
    options->group = known != NULL ? known->gr_gid : (uint32_t)number;
    options->flags |= ZINC_REGION_SET_GROUP;
    return true;
}

static bool options_take(const arguments *given, zinc_region_options *options, uint64_t *capacity) {
    const char *lifetime = argument(given, "lifetime");
    uint64_t rows = 0;
    *options = (zinc_region_options){.size = sizeof *options, .lifetime = ZINC_LIFETIME_PERSISTENT};
    if (lifetime != NULL) {
        options->lifetime = lifetime[0] == 'a'   ? ZINC_LIFETIME_AUTO
                            : lifetime[0] == 'c' ? ZINC_LIFETIME_CREATOR
                                                 : ZINC_LIFETIME_PERSISTENT;
    }
    if (!mode_take(given, options) || !group_take(given, options) ||
        !argument_size(given, "capacity", capacity) ||
        !argument_size(given, "max-capacity", &options->max_capacity) ||
        !argument_size(given, "rows", &rows)) {
        return false;
    }
    if (argument(given, "rows") != NULL && (rows < 1 || rows > ZINC_ROWS_MAX)) {
        say(EXIT_USAGE, "--rows: choose 1 to %d", (int)ZINC_ROWS_MAX);
        return false;
    }
    options->rows = (uint32_t)rows;
    return true;
}

/* An auto or creator region ends with us: stay until a signal, or until the name is gone. */
static void hold(zinc_region *region) {
    if (cli.progress) {
        (void)fprintf(stderr, "zinc: put: \"%s\" is ready; Ctrl-C removes it\n",
                      zinc_region_name(region));
    }
    zinc_info info = {.size = sizeof info};
    while (interrupted() == 0 && zinc_region_info(region, &info) == ZINC_OK) {
        if ((info.flags & ZINC_INFO_STALE) != 0) {
            (void)say(EXIT_DONE, "the name \"%s\" was taken away", zinc_region_name(region));
            return;
        }
        (void)zinc_region_wait(region, zinc_deadline_ns(INT64_C(1000000000)), interrupt_cancel());
    }
    interrupt_forget(); /* that is how it is meant to end */
}

static int region_fill(zinc_region *region, source *in, const zinc_region_options *options) {
    progress p;
    progress_begin(&p, "put", in->length, true);
    uint8_t *to = zinc_ptr(region);
    int code = in->first == NULL ? fill_from_file(in, to, &p) : fill_from_pieces(in, to, &p);
    progress_end(&p);
    if (code == EXIT_DAMAGED) {
        code = say_region(ZINC_E_GONE, region);
    }
    if (code != EXIT_DONE || interrupted() != 0) {
        int32_t status = zinc_region_unlink(region);
        return status == ZINC_OK ? code : say_region(status, region);
    }
    int32_t status = zinc_region_notify(region);
    if (status != ZINC_OK) {
        return say_region(status, region);
    }
    if (options->lifetime == ZINC_LIFETIME_PERSISTENT) {
        interrupt_forget(); /* it came too late */
    } else {
        hold(region);
    }
    return EXIT_DONE;
}

static int region_make(const arguments *given, source *in, const zinc_region_options *options,
                       uint64_t capacity) {
    const char *name = given->words[0];
    if (argument(given, "capacity") == NULL) {
        capacity = in->length;
    }
    if (capacity == 0) {
        return say(EXIT_USAGE, "%s is empty, and a region has at least 1 byte: give --capacity",
                   in->shown);
    }
    if (capacity < in->length || capacity > SIZE_MAX) {
        return say(EXIT_USAGE, "--capacity %" PRIu64 " is less than the %" PRIu64 " bytes of %s",
                   capacity, in->length, in->shown);
    }
    if (!interrupt_begin()) {
        return EXIT_NOSPACE;
    }
    zinc_region *region = NULL;
    zinc_error error = {.status = 0};
    int32_t status = argument(given, "replace") != NULL
                         ? zinc_region_replace(name, (size_t)capacity, options, &region, &error)
                         : zinc_region_create(name, (size_t)capacity, options, &region, &error);
    if (status != ZINC_OK) {
        return say_error(status, name, &error);
    }
    int code = region_fill(region, in, options);
    zinc_close(region);
    return code;
}

int verb_put(const arguments *given) {
    zinc_region_options options;
    uint64_t capacity = 0;
    source in;
    if (!options_take(given, &options, &capacity)) {
        return EXIT_USAGE;
    }
    int code = source_open(given->count > 1 ? given->words[1] : NULL, &in);
    if (code == EXIT_DONE) {
        code = region_make(given, &in, &options, capacity);
    }
    source_free(&in);
    return code;
}
