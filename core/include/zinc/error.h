/* SPDX-License-Identifier: MIT */
/* Zinc: statuses.
 *
 * Functions answer int32_t: 0 is success, negative is a status from the list below (the same
 * number on every system; Linux's errno negated where one fits) or another errno negated. The only
 * positive status is ZINC_RECOVERED. What a status means can be asked from the number alone
 * (zinc_strerror and its sisters); what happened to *this* call, with the region's name, the
 * numbers and the remedy, is in the zinc_error that calls by name fill in, and comes from
 * zinc_region_explain for calls on a handle. Nothing is kept per thread. */
#ifndef ZINC_ERROR_H
#define ZINC_ERROR_H

#include <zinc/version.h>

#ifdef __cplusplus
extern "C" {
#endif

enum zinc_status {
    ZINC_OK = 0,
    ZINC_RECOVERED = 1,       /* a lock was taken over from the dead: the caller holds it */
    ZINC_E_PERM = -1,         /* not this handle's right */
    ZINC_E_NOENT = -2,        /* no such region */
    ZINC_E_INTR = -4,         /* a signal arrived while waiting */
    ZINC_E_IO = -5,           /* the file system failed */
    ZINC_E_BADF = -9,         /* not a usable descriptor */
    ZINC_E_AGAIN = -11,       /* empty or full: try again */
    ZINC_E_NOMEM = -12,       /* no memory, or no address space */
    ZINC_E_ACCES = -13,       /* access denied by owner or mode */
    ZINC_E_BUSY = -16,        /* another process holds it up */
    ZINC_E_EXIST = -17,       /* the name is taken by a living region */
    ZINC_E_INVAL = -22,       /* a wrong argument */
    ZINC_E_MFILE = -24,       /* too many open descriptors */
    ZINC_E_NOSPC = -28,       /* the directory's file system is full */
    ZINC_E_CLOSED = -32,      /* the handle (or object) is closed */
    ZINC_E_NAMETOOLONG = -36, /* a name above 200 bytes, a domain above 48 */
    ZINC_E_LAYOUT = -71,      /* not a region of this layout and byte order */
    ZINC_E_CORRUPT = -74,     /* a region whose bytes are damaged or truncated */
    ZINC_E_OVERFLOW = -75,    /* a size that does not fit */
    ZINC_E_USERS = -87,       /* every participant row is taken */
    ZINC_E_TOOLONG = -90,     /* a message above the stated maximum */
    ZINC_E_TYPE = -91,        /* another kind, type or shape than expected */
    ZINC_E_NOTSUP = -95,      /* not available on this system or file system */
    ZINC_E_TIMEDOUT = -110,   /* the deadline passed */
    ZINC_E_STALE = -116,      /* the name now means something else */
    ZINC_E_CANCELED = -125,   /* the wait was canceled */
    ZINC_E_OWNER_DEAD = -130, /* the owner died before it finished */
    ZINC_E_POISONED = -131,   /* given up after a death that nobody mended */
    ZINC_E_FORKED = -1001,    /* the handle belongs to the parent process */
    ZINC_E_PEER_DEAD = -1002, /* the other side died */
    ZINC_E_GONE = -1003       /* the region's file was truncated under its users */
};

/* What happened to one call. Callers own the struct; every function that takes one accepts NULL.
 * It is written on failure only; `message` is UTF-8, ends with NUL, and names the region, the
 * numbers and the remedy. */
typedef struct zinc_error {
    int32_t status;       /* what the call returned */
    int32_t system_errno; /* the errno of the same number, 0 for a status that has none */
    char message[504];
} zinc_error;

/* Return what a status means, as a short sentence without its cause ("no such region").
 * Unknown numbers give the operating system's text for them. The text lives for ever.
 * Any thread of any process. Since 0.1 */
ZINC_API const char *zinc_strerror(int32_t status);

/* Return the identifier of a status, "ZINC_E_NOENT", or "ZINC_E_?" for a number not in the list.
 * Any thread of any process; wait-free. Since 0.1 */
ZINC_API const char *zinc_error_name(int32_t status);

/* Return why a status comes about, as a sentence; "" for a number not in the list.
 * Any thread of any process; wait-free. Since 0.1 */
ZINC_API const char *zinc_error_cause(int32_t status);

/* Return what to do about a status, as a sentence; "" for a number not in the list.
 * Any thread of any process; wait-free. Since 0.1 */
ZINC_API const char *zinc_error_remedy(int32_t status);

/* Walk the list of statuses: store the index-th status (from 0, in the order of the enum) in
 * *status_out. Returns ZINC_OK, or ZINC_E_NOENT behind the last one, ZINC_E_INVAL for NULL.
 * For documents and tables. Any thread of any process; wait-free. Since 0.1 */
ZINC_API int32_t zinc_error_list(uint32_t index, int32_t *status_out);

#ifdef __cplusplus
}
#endif
#endif
