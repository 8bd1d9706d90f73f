/* SPDX-License-Identifier: MIT */
/* The contract with the operating system: everything that the layers above may ask of it, and the
 * only way in which they ask. One file per system fills it (linux.c; stub.c shows what a port must
 * fill). No file above this folder names a system call or tests for an operating system.
 *
 * Rules for an implementation
 *   - int32_t answers are 0 or a negative ZINC_E_* / negated errno; outputs are untouched on
 * failure.
 *   - Nothing here retries for ever, and nothing blocks unless its comment says so. EINTR is
 * retried inside, except by the two waits, which report it.
 *   - Nothing here allocates from the heap, except zinc__os_directory_read (scandir-like) and
 * threads.
 *   - Descriptors are close-on-exec. A descriptor is an int32_t; -1 is "none".
 *
 * Locks are the truth about life and death: a byte lock belongs to one open description, dies with
 * the process whatever kills it, and is never shared by fork children that close the descriptor.
 */
#ifndef ZINC_OS_H
#define ZINC_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zinc/registry.h>

/* ---- Time ---------------------------------------------------------------------------------- */

int64_t zinc__os_monotonic_ns(void); /* the clock of deadlines */
int64_t zinc__os_realtime_ns(void);  /* since 1970-01-01 UTC */
/* Sleep; ZINC_E_INTR if a signal handler ended it early, else ZINC_OK. */
int32_t zinc__os_sleep_ns(int64_t ns);

/* ---- Process ------------------------------------------------------------------------------- */

typedef struct zinc__os_identity {
    uint32_t pid;           /* in the process's own PID namespace */
    uint64_t started_ticks; /* /proc/self/stat field 22; 0 if unknown */
    uint64_t pid_namespace; /* a number that differs between namespaces; 0 if unknown */
    uint64_t boot;          /* a hash of the boot id; 0 if unknown */
    char program[24];       /* the command's name, cut, NUL-padded */
} zinc__os_identity;

/* Of the calling process; cached, and refreshed in a forked child. */
void zinc__os_identify(zinc__os_identity *out);
uint32_t zinc__os_processors(void); /* that this process may run on, at least 1 */
size_t zinc__os_page_size(void);
uint32_t zinc__os_user(void); /* effective user id */
void zinc__os_random(void *bytes, size_t size);
/* getenv, but NULL in a program that runs with more rights than its caller (set-uid). */
const char *zinc__os_environment(const char *name);

/* Register handlers as pthread_atfork does; once per process. */
int32_t zinc__os_at_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
/* A page (at least 8 bytes are used) that reads as zero in every child, however it was made, and
 * keeps its bytes in this process; NULL where the system has none. Each call makes a new one. */
void *zinc__os_page_wiped_on_fork(void);
/* Keep the image that contains this code loaded until exit. */
void zinc__os_pin_image(void);

/* ---- Threads and private locks (of this process; nothing of this kind goes into a region) -- */

typedef union zinc__os_mutex {
    void *align;
    uint64_t align64;
    unsigned char bytes[64];
} zinc__os_mutex;

void zinc__os_mutex_init(zinc__os_mutex *mutex);
void zinc__os_mutex_lock(zinc__os_mutex *mutex);
void zinc__os_mutex_unlock(zinc__os_mutex *mutex);
void zinc__os_mutex_destroy(zinc__os_mutex *mutex);
/* Start a detached thread with every signal blocked and a small stack (64 KiB or more). */
int32_t zinc__os_thread_start(void (*function)(void *context), void *context);

/* ---- Directory ----------------------------------------------------------------------------- */

/* Open a directory; ZINC_E_NOTSUP if it is not on a local file system (tmpfs, ramfs, ext4, xfs,
 * btrfs, overlayfs). */
int32_t zinc__os_directory_open(const char *path, int32_t *out);
/* Call visit for every entry whose name begins with `prefix` ("" for all), in any order; a visit
 * that answers nonzero ends the walk with that answer. The directory's offset is not shared with
 * others. */
int32_t zinc__os_directory_read(int32_t directory, const char *prefix,
                                int32_t (*visit)(void *context, const char *name), void *context);

/* ---- Files --------------------------------------------------------------------------------- */

typedef struct zinc__os_stat {
    uint64_t device;
    uint64_t inode;
    uint64_t size;      /* bytes */
    uint64_t allocated; /* bytes of memory or disk in use */
    uint32_t mode;      /* permission bits only */
    uint32_t owner;
    uint32_t group;
    uint32_t links;
    bool regular;     /* a regular file (memory files are) */
    bool memory_file; /* made by zinc__os_memory_file (no name can ever be bound) */
} zinc__os_stat;

/* Below, a name that begins with a slash is a whole path, and `directory` is not looked at. */

/* Open an existing name: no symlinks (ZINC_E_ACCES), never blocking on a FIFO, never creating. */
int32_t zinc__os_file_open(int32_t directory, const char *name, bool writable, int32_t *out);
/* Make an unnamed file of mode 0600, read-write; ZINC_E_NOTSUP where the file system has none. */
int32_t zinc__os_file_create_unnamed(int32_t directory, int32_t *out);
/* Make a named file of mode 0600, read-write, exclusively (ZINC_E_EXIST). */
int32_t zinc__os_file_create_named(int32_t directory, const char *name, int32_t *out);
/* Open the file behind a descriptor again: an open description of its own, with its own locks.
 * ZINC_E_NOTSUP without /proc; ZINC_E_ACCES where the mode forbids it. */
int32_t zinc__os_file_reopen(int32_t file, bool writable, int32_t *out);
/* Bind a name to an unnamed file (ZINC_E_EXIST if taken, ZINC_E_NOTSUP if this cannot be done). */
int32_t zinc__os_file_link(int32_t file, int32_t directory, const char *name);
/* Bind a second name to a named file (ZINC_E_EXIST, ZINC_E_NOENT). */
int32_t zinc__os_file_link_name(int32_t directory, const char *from, const char *to);
/* Let `to` name the file that `from` names, in one step; `from` is unbound. */
int32_t zinc__os_file_rename(int32_t directory, const char *from, const char *to);
int32_t zinc__os_file_unlink(int32_t directory, const char *name);
int32_t zinc__os_file_stat(int32_t file, zinc__os_stat *out);
int32_t zinc__os_file_stat_name(int32_t directory, const char *name, zinc__os_stat *out);
int32_t zinc__os_file_set_mode(int32_t file, uint32_t mode);
int32_t zinc__os_file_set_group(int32_t file, uint32_t group);
/* Make the file at least `size` bytes long: allocated (ZINC_E_NOSPC now instead of SIGBUS later),
 * or only long when sparse. On failure the file may be longer, with nothing allocated. */
int32_t zinc__os_file_allocate(int32_t file, uint64_t size, bool sparse);
/* Read or write exactly `size` bytes; a shorter file is ZINC_E_CORRUPT. */
int32_t zinc__os_file_read(int32_t file, uint64_t offset, void *bytes, size_t size);
int32_t zinc__os_file_write(int32_t file, uint64_t offset, const void *bytes, size_t size);
void zinc__os_file_close(int32_t file);
bool zinc__os_file_writable(int32_t file); /* by the descriptor's own access mode */
/* The path by which the file was opened, or a memory file's label, as far as the system knows; cut
 * at a later unlink's mark. ZINC_E_NOTSUP without /proc, ZINC_E_NAMETOOLONG. */
int32_t zinc__os_file_path(int32_t file, char *out, size_t size);
/* Free and total bytes of the file system of a directory; false if unknown. */
bool zinc__os_space(int32_t directory, uint64_t *free_out, uint64_t *total_out);

/* ---- Memory files -------------------------------------------------------------------------- */

enum zinc__os_seal {
    ZINC__OS_SEAL_SHRINK = 1,
    ZINC__OS_SEAL_GROW = 2,
    ZINC__OS_SEAL_WRITE = 4, /* no further writable mapping; existing ones go on (FUTURE_WRITE) */
    ZINC__OS_SEAL_SEALS = 8
};

int32_t zinc__os_memory_file(const char *label, bool hugetlb, int32_t *out);
int32_t zinc__os_memory_file_seal(int32_t file, uint32_t seals);
/* ZINC_E_NOTSUP for a file that cannot be sealed. */
int32_t zinc__os_memory_file_seals(int32_t file, uint32_t *out);

/* ---- Byte locks on an open description ----------------------------------------------------- */

enum zinc__os_lock_kind { ZINC__OS_UNLOCK = 0, ZINC__OS_LOCK_READ = 1, ZINC__OS_LOCK_WRITE = 2 };

/* `byte` counts from a base far behind every file's end (2^62). Never blocks: ZINC_E_AGAIN while
 * another description is in the way. Replaces this description's own lock on the byte. */
int32_t zinc__os_lock(int32_t file, uint32_t byte, enum zinc__os_lock_kind kind);
/* Which lock of another description would be in the way of taking [byte, byte+count) as `kind`:
 * its kind in *kind_out (ZINC__OS_UNLOCK: none) and its first byte inside the range in *byte_out.
 */
int32_t zinc__os_lock_probe(int32_t file, uint32_t byte, uint32_t count,
                            enum zinc__os_lock_kind kind, enum zinc__os_lock_kind *kind_out,
                            uint32_t *byte_out);

/* ---- Mappings ------------------------------------------------------------------------------ */

/* Map `size` bytes from the file's beginning, shared, left out of core dumps; huge_aligned asks
 * for an address that huge pages need. Behind the file's end the addresses are reserved for
 * growth. ZINC_E_NOMEM where the address space does not suffice. */
int32_t zinc__os_map(int32_t file, size_t size, bool writable, bool huge_aligned, uint8_t **out);
void zinc__os_unmap(uint8_t *address, size_t size);
/* Lay private zero pages over a mapping, for ever. */
int32_t zinc__os_map_zeros(uint8_t *address, size_t size);
/* Bring pages in; ZINC_E_NOTSUP or ZINC_E_GONE where not all came. Never raises a signal. */
int32_t zinc__os_prefault(uint8_t *address, size_t size, bool writable);
/* Ask for huge pages over a populated range (advice and collapse); the effect is what
 * zinc__os_huge_bytes reads afterwards. */
int32_t zinc__os_huge_pages(uint8_t *address, size_t size);
uint64_t zinc__os_huge_bytes(uint8_t *address, size_t size);

/* ---- Waiting for a word to change ---------------------------------------------------------- */

typedef struct zinc__os_word {
    const void *address; /* of 32 bits, aligned */
    uint32_t expected;
    bool shared; /* may be in memory of several processes */
} zinc__os_word;

/* How many words one call may wait for: 0 (none: the engine polls), 1, or up to 128. */
uint32_t zinc__os_wait_words_max(void);
/* Block until any of the words may have changed, or the deadline (always finite). ZINC_OK: look
 * again (also spuriously); ZINC_E_AGAIN: a word differed already; ZINC_E_TIMEDOUT; ZINC_E_INTR: a
 * signal handler ran (with several words: one without SA_RESTART, since Linux restarts the
 * others); ZINC_E_GONE: a word's page is no longer there. */
int32_t zinc__os_wait_words(const zinc__os_word *words, uint32_t count, int64_t deadline_ns);
/* Wake every waiter on this word, in all processes if shared. Async-signal-safe. */
void zinc__os_wake_word(const void *address, bool shared);

/* ---- Telling an event loop ----------------------------------------------------------------- */

/* A descriptor that is readable from _raise until _lower. */
int32_t zinc__os_flag_create(int32_t *out);
void zinc__os_flag_raise(int32_t flag);
void zinc__os_flag_lower(int32_t flag);

/* ---- Handing descriptors over -------------------------------------------------------------- */

int32_t zinc__os_send_descriptor(int32_t socket, int32_t file);    /* blocks as the socket does */
int32_t zinc__os_receive_descriptor(int32_t socket, int32_t *out); /* ZINC_E_CLOSED at the end,
                                                                       ZINC_E_BADF if none came */

/* ---- Facts for people ---------------------------------------------------------------------- */

/* Fill every field that concerns the system and `directory`: not domain, regions*, bytes_stale,
 * wait_backend. Values that cannot be had are UINT64_MAX. */
void zinc__os_doctor(int32_t directory, zinc_doctor_facts *out);
/* strerror without its races; never NULL. The text lives for ever. */
const char *zinc__os_error_text(int32_t system_errno);

#endif
