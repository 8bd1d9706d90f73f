/* SPDX-License-Identifier: MIT */
/* The one table of statuses: identifier, what happened, why, what to do. Documents, the command
 * line and the adapters' tables are made from it. */
#include <zinc/error.h>

#include "os/os.h"

typedef struct row {
    int32_t status;
    const char *name;
    const char *what;
    const char *cause;
    const char *remedy;
} row;

static const row table[] = {
    {ZINC_OK, "ZINC_OK", "success", "", ""},
    {ZINC_RECOVERED, "ZINC_RECOVERED", "taken over from a dead owner",
     "The process that held the lock died; the caller holds it now.",
     "Check the data that the lock guards, then go on."},
    {ZINC_E_PERM, "ZINC_E_PERM", "not permitted",
     "The handle is read-only or not the creator's, the region is sealed, or the directory lets "
     "only "
     "the owner remove the file.",
     "Use the creator's handle, open for writing, or act as the file's owner."},
    {ZINC_E_NOENT, "ZINC_E_NOENT", "no such region",
     "Nobody has created it in this directory and domain, or everybody who used it has gone.",
     "Start the creator first, or compare ZINC_DIR and ZINC_DOMAIN of both sides; 'zinc ls' shows "
     "what is there."},
    {ZINC_E_INTR, "ZINC_E_INTR", "interrupted by a signal",
     "A signal handler ran, or may have run, while the call waited.",
     "Handle the signal and call again with the same deadline."},
    {ZINC_E_IO, "ZINC_E_IO", "input/output error", "The file system failed to read or write.",
     "Look into the kernel's log."},
    {ZINC_E_BADF, "ZINC_E_BADF", "not a usable descriptor",
     "The descriptor is closed or of the wrong kind, or the message carried none.",
     "Pass a descriptor that zinc_region_descriptor or zinc_region_send made."},
    {ZINC_E_AGAIN, "ZINC_E_AGAIN", "try again",
     "There is nothing to take or no room, or no thread could be made.", "Try again later."},
    {ZINC_E_NOMEM, "ZINC_E_NOMEM", "out of memory or address space",
     "Memory, address space, mappings, or pages of the asked size do not suffice.",
     "Ask for less, or raise ulimit -v or vm.max_map_count; 'zinc doctor' shows the limits."},
    {ZINC_E_ACCES, "ZINC_E_ACCES", "access denied",
     "The file belongs to another user, others may write it, the directory is closed, or the name "
     "is "
     "a symbolic link.",
     "Create it with the right mode, or accept its owner or mode with the options of open."},
    {ZINC_E_BUSY, "ZINC_E_BUSY", "held up by another process",
     "Another process kept a lock for more than a second; it may be stopped.",
     "Look for a stopped process ('zinc info'), continue or end it, and try again."},
    {ZINC_E_EXIST, "ZINC_E_EXIST", "the name is taken",
     "A region of this name is in use, or persistent, or a foreign file has its file name.",
     "Open it, choose another name, or replace or remove it."},
    {ZINC_E_INVAL, "ZINC_E_INVAL", "invalid argument",
     "A null handle, a wrong name, a size of 0, or an option outside its range.",
     "Correct the argument; names are 1 to 200 of A-Z a-z 0-9 . _ - without a leading dot."},
    {ZINC_E_MFILE, "ZINC_E_MFILE", "too many open descriptors",
     "The process or the system has reached its limit; an open region needs one.",
     "Close handles, or raise ulimit -n."},
    {ZINC_E_NOSPC, "ZINC_E_NOSPC", "no space",
     "The file system of the directory is full (in containers /dev/shm is often 64 MiB).",
     "Remove stale regions ('zinc gc'), enlarge it (docker run --shm-size=...), set ZINC_DIR to "
     "another file system, or use a private region."},
    {ZINC_E_CLOSED, "ZINC_E_CLOSED", "the handle is closed",
     "It was closed before the call or while it waited.", "Open the region again."},
    {ZINC_E_NAMETOOLONG, "ZINC_E_NAMETOOLONG", "the name is too long",
     "Names have at most 200 bytes, domains at most 48.", "Use a shorter one."},
    {ZINC_E_LAYOUT, "ZINC_E_LAYOUT", "not a region of this layout",
     "The file is none of Zinc's, or was made by a release with another layout or byte order.",
     "Use releases with the same layout on all sides ('zinc version'), or another name."},
    {ZINC_E_CORRUPT, "ZINC_E_CORRUPT", "the region is damaged",
     "Its file was truncated or its header overwritten.",
     "Remove it ('zinc rm') and create it anew."},
    {ZINC_E_OVERFLOW, "ZINC_E_OVERFLOW", "does not fit",
     "A size is above the capacity, the maximum capacity or the address space, or the existing "
     "region is smaller than asked for.",
     "Ask for less, or create the region with a larger (maximum) capacity."},
    {ZINC_E_USERS, "ZINC_E_USERS", "every participant row is taken",
     "As many handles as the region was made for are open.",
     "Close some, or create the region with more rows (at most 1023)."},
    {ZINC_E_TOOLONG, "ZINC_E_TOOLONG", "the message is too long",
     "It is above the maximum that was stated at creation.", "Send less, or state more."},
    {ZINC_E_TYPE, "ZINC_E_TYPE", "another type",
     "The object is of another kind, element type or shape than was asked for.",
     "Open it as what it is."},
    {ZINC_E_NOTSUP, "ZINC_E_NOTSUP", "not supported here",
     "ZINC_DIR is not on a local file system, /proc is not mounted, or the system lacks a "
     "feature.",
     "Set ZINC_DIR to a tmpfs, or mount /proc; 'zinc doctor' shows what is missing."},
    {ZINC_E_TIMEDOUT, "ZINC_E_TIMEDOUT", "timed out", "The deadline passed first.",
     "Wait longer, or look whether the other side is alive ('zinc info')."},
    {ZINC_E_STALE, "ZINC_E_STALE", "stale",
     "The name now means something else than when the handle was made.", "Open the name again."},
    {ZINC_E_CANCELED, "ZINC_E_CANCELED", "canceled", "The caller's cancellation was fired.", ""},
    {ZINC_E_OWNER_DEAD, "ZINC_E_OWNER_DEAD", "the owner died",
     "The process that had to finish this died before it did.", "Begin it again."},
    {ZINC_E_POISONED, "ZINC_E_POISONED", "poisoned",
     "An owner died and nobody declared the data consistent again.", "Create the object anew."},
    {ZINC_E_FORKED, "ZINC_E_FORKED", "the handle is the parent's",
     "It was made before fork, and handles do not pass to children.",
     "Open the region in the child."},
    {ZINC_E_PEER_DEAD, "ZINC_E_PEER_DEAD", "the other side died",
     "Its process ended without closing.", "Start it again."},
    {ZINC_E_GONE, "ZINC_E_GONE", "the region's file was truncated",
     "A process that may write the file cut it.",
     "Close it and create it anew; for peers that do not trust each other use a sealed private "
     "region."},
};

static const row *find(int32_t status) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].status == status) {
            return &table[i];
        }
    }
    return NULL;
}

const char *zinc_strerror(int32_t status) {
    const row *found = find(status);
    return found != NULL                  ? found->what
           : status < 0 && status > -4096 ? zinc__os_error_text(-status)
                                          : "unknown status";
}

const char *zinc_error_name(int32_t status) {
    const row *found = find(status);
    return found != NULL ? found->name : "ZINC_E_?";
}

const char *zinc_error_cause(int32_t status) {
    const row *found = find(status);
    return found != NULL ? found->cause : "";
}

const char *zinc_error_remedy(int32_t status) {
    const row *found = find(status);
    return found != NULL ? found->remedy : "";
}

int32_t zinc_error_list(uint32_t index, int32_t *status_out) {
    if (status_out == NULL) {
        return ZINC_E_INVAL;
    }
    if (index >= sizeof table / sizeof *table) {
        return ZINC_E_NOENT;
    }
    *status_out = table[index].status;
    return ZINC_OK;
}
