/* SPDX-License-Identifier: MIT */
/* The contract of os.h with nothing behind it: what a port to another system begins with. Compiles
 * with any C11 compiler. Copy it, name it after the system, and fill it from the top; each comment
 * says what has to be done. Where a system cannot do something, what stands here is the answer that
 * the layers above expect: they then answer ZINC_E_NOTSUP themselves, or do without.
 *
 * A port is done when the tests of this folder pass. Begin with time, mutexes, files, locks and
 * mappings: with these, regions work, and waits poll. */
#include "os/os.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Time ----------------------------------------------------------------------------------- */

/* Read a clock that never goes back, is the same in all processes, and stands still for no longer
 * than the machine sleeps. C has none: this one is the wall clock. */
int64_t zinc__os_monotonic_ns(void) {
    return zinc__os_realtime_ns();
}

/* Read the wall clock. */
int64_t zinc__os_realtime_ns(void) {
    struct timespec now = {0};
    (void)timespec_get(&now, TIME_UTC);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Give the processor away for this long; end early, with ZINC_E_INTR, after a signal handler. */
int32_t zinc__os_sleep_ns(int64_t ns) {
    int64_t end = zinc__os_monotonic_ns() + ns;
    while (zinc__os_monotonic_ns() < end) {
    }
    return ZINC_OK;
}

/* ---- Process -------------------------------------------------------------------------------- */

/* Say which process this is, for people: number, start time, name. Nothing is decided by it. */
void zinc__os_identify(zinc__os_identity *out) {
    memset(out, 0, sizeof *out);
}

/* Count the processors that this process may run on; 1 makes waits park without spinning. */
uint32_t zinc__os_processors(void) {
    return 1;
}

/* The unit of mappings: at least the system's page, or allocation granularity. */
size_t zinc__os_page_size(void) {
    return 4096;
}

/* The user by whom files are made; a number from the account's identity where users have none. */
uint32_t zinc__os_user(void) {
    return 0;
}

/* Fill with bytes that nobody can guess: temporary names are made of them. */
void zinc__os_random(void *bytes, size_t size) {
    static uint64_t state;
    unsigned char *at = bytes;
    state ^= (uint64_t)zinc__os_realtime_ns() ^ (uint64_t)(uintptr_t)bytes;
    for (size_t i = 0; i < size; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        at[i] = (unsigned char)(state >> 56);
    }
}

/* Look a variable up, but not in a program that runs with more rights than its caller. */
const char *zinc__os_environment(const char *name) {
    return getenv(name);
}

/* Register handlers around fork; a system without fork answers ZINC_OK and never calls them. */
int32_t zinc__os_at_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    (void)prepare;
    (void)parent;
    (void)child;
    return ZINC_E_NOTSUP;
}

/* Make a page that reads as zero in forked children; NULL leaves it to the handlers above. */
void *zinc__os_page_wiped_on_fork(void) {
    return NULL;
}

/* Take a reference to the library that holds this code, and keep it. */
void zinc__os_pin_image(void) {}

/* ---- Threads and private locks -------------------------------------------------------------- */

/* Build a lock of this process in the union's bytes. A port without threads keeps these empty. */
void zinc__os_mutex_init(zinc__os_mutex *mutex) {
    memset(mutex, 0, sizeof *mutex);
}

/* Block until the lock is had. */
void zinc__os_mutex_lock(zinc__os_mutex *mutex) {
    (void)mutex;
}

/* Give the lock back. */
void zinc__os_mutex_unlock(zinc__os_mutex *mutex) {
    (void)mutex;
}

/* Undo _init; nobody holds the lock. */
void zinc__os_mutex_destroy(zinc__os_mutex *mutex) {
    (void)mutex;
}

/* Start a thread that nobody joins, with signals blocked: queues of events need one. */
int32_t zinc__os_thread_start(void (*function)(void *context), void *context) {
    (void)function;
    (void)context;
    return ZINC_E_NOTSUP;
}

/* ---- Directory ------------------------------------------------------------------------------ */

/* Open a directory, so that later calls are relative to it and no other can take its place; refuse
 * file systems of other machines, as locks and mappings are not shared with them. */
int32_t zinc__os_directory_open(const char *path, int32_t *out) {
    (void)path;
    (void)out;
    return ZINC_E_NOTSUP;
}

/* List the names, each call from the beginning, and stop when visit says so. */
int32_t zinc__os_directory_read(int32_t directory, const char *prefix,
                                int32_t (*visit)(void *context, const char *name), void *context) {
    (void)directory;
    (void)prefix;
    (void)visit;
    (void)context;
    return ZINC_E_NOTSUP;
}

/* ---- Files ---------------------------------------------------------------------------------- */

/* Open an existing file; a link is ZINC_E_ACCES, a pipe or device must not block. */
int32_t zinc__os_file_open(int32_t directory, const char *name, bool writable, int32_t *out) {
    (void)directory;
    (void)name;
    (void)writable;
    (void)out;
    return ZINC_E_NOTSUP;
}

/* Make a file without a name; where there is none, regions are made under a temporary name. */
int32_t zinc__os_file_create_unnamed(int32_t directory, int32_t *out) {
    (void)directory;
    (void)out;
    return ZINC_E_NOTSUP;
}

/* Make a file that only its owner may open, and fail if the name is taken. */
int32_t zinc__os_file_create_named(int32_t directory, const char *name, int32_t *out) {
    (void)directory;
    (void)name;
    (void)out;
    return ZINC_E_NOTSUP;
}

/* Open the same file again such that locks of the two are foreign to each other. */
int32_t zinc__os_file_reopen(int32_t file, bool writable, int32_t *out) {
    (void)file;
    (void)writable;
    (void)out;
    return ZINC_E_NOTSUP;
}

/* Give an unnamed file its name, in one step and never over another. */
int32_t zinc__os_file_link(int32_t file, int32_t directory, const char *name) {
    (void)file;
    (void)directory;
    (void)name;
    return ZINC_E_NOTSUP;
}

/* Give a named file a second name, in one step and never over another. */
int32_t zinc__os_file_link_name(int32_t directory, const char *from, const char *to) {
    (void)directory;
    (void)from;
    (void)to;
    return ZINC_E_NOTSUP;
}

/* Let a name mean another file, in one step: nobody may see it missing. */
int32_t zinc__os_file_rename(int32_t directory, const char *from, const char *to) {
    (void)directory;
    (void)from;
    (void)to;
    return ZINC_E_NOTSUP;
}

/* Unbind a name; open files and mappings live on. */
int32_t zinc__os_file_unlink(int32_t directory, const char *name) {
    (void)directory;
    (void)name;
    return ZINC_E_NOTSUP;
}

/* Tell a file's identity, size, owner and rights; device and inode together are never the same for
 * two files that exist at one time. */
int32_t zinc__os_file_stat(int32_t file, zinc__os_stat *out) {
    (void)file;
    (void)out;
    return ZINC_E_NOTSUP;
}

/* The same of a name, without following a link. */
int32_t zinc__os_file_stat_name(int32_t directory, const char *name, zinc__os_stat *out) {
    (void)directory;
    (void)name;
    (void)out;
    return ZINC_E_NOTSUP;
}

/* Set the permission bits exactly as given. */
int32_t zinc__os_file_set_mode(int32_t file, uint32_t mode) {
    (void)file;
    (void)mode;
    return ZINC_E_NOTSUP;
}

/* Give the file to a group. */
int32_t zinc__os_file_set_group(int32_t file, uint32_t group) {
    (void)file;
    (void)group;
    return ZINC_E_NOTSUP;
}

/* Make the file longer, with its memory or disk space taken now: a full file system must be an
 * error here, and must not become a fault when the bytes are touched. */
int32_t zinc__os_file_allocate(int32_t file, uint64_t size, bool sparse) {
    (void)file;
    (void)size;
    (void)sparse;
    return ZINC_E_NOTSUP;
}

/* Read without a mapping: the way to look at a file that may be cut short meanwhile. */
int32_t zinc__os_file_read(int32_t file, uint64_t offset, void *bytes, size_t size) {
    (void)file;
    (void)offset;
    (void)bytes;
    (void)size;
    return ZINC_E_NOTSUP;
}

/* Write without a mapping; never make the file longer. Mappings must see the bytes at once. */
int32_t zinc__os_file_write(int32_t file, uint64_t offset, const void *bytes, size_t size) {
    (void)file;
    (void)offset;
    (void)bytes;
    (void)size;
    return ZINC_E_NOTSUP;
}

/* Close, and release the description's locks; -1 does nothing. */
void zinc__os_file_close(int32_t file) {
    (void)file;
}

/* Whether the descriptor itself may write, whatever the file's mode. */
bool zinc__os_file_writable(int32_t file) {
    (void)file;
    return false;
}

/* Find the path again by which a descriptor was opened. */
int32_t zinc__os_file_path(int32_t file, char *out, size_t size) {
    (void)file;
    (void)out;
    (void)size;
    return ZINC_E_NOTSUP;
}

/* Tell how full the directory's file system is. */
bool zinc__os_space(int32_t directory, uint64_t *free_out, uint64_t *total_out) {
    (void)directory;
    (void)free_out;
    (void)total_out;
    return false;
}

/* ---- Memory files --------------------------------------------------------------------------- */

/* Make a file of memory that can never have a name and ends with its last user. */
int32_t zinc__os_memory_file(const char *label, bool hugetlb, int32_t *out) {
    (void)label;
    (void)hugetlb;
    (void)out;
    return ZINC_E_NOTSUP;
}

/* Promise for ever that nobody shrinks, grows or newly maps the file writable. A system without
 * such promises has no private regions for peers that do not trust each other. */
int32_t zinc__os_memory_file_seal(int32_t file, uint32_t seals) {
    (void)file;
    (void)seals;
    return ZINC_E_NOTSUP;
}

/* Read the promises back: a receiver relies on nothing else. */
int32_t zinc__os_memory_file_seals(int32_t file, uint32_t *out) {
    (void)file;
    (void)out;
    return ZINC_E_NOTSUP;
}

/* ---- Byte locks ----------------------------------------------------------------------------- */

/* Lock one byte for this description, without waiting. The system must free it when the process
 * ends, however it ends: all that Zinc knows about life and death comes from here. Where files have
 * no such locks, a companion object whose existence the system ends will do. */
int32_t zinc__os_lock(int32_t file, uint32_t byte, enum zinc__os_lock_kind kind) {
    (void)file;
    (void)byte;
    (void)kind;
    return ZINC_E_NOTSUP;
}

/* Tell who is in the way, without taking a lock: a probe must never look like a holder. */
int32_t zinc__os_lock_probe(int32_t file, uint32_t byte, uint32_t count,
                            enum zinc__os_lock_kind kind, enum zinc__os_lock_kind *kind_out,
                            uint32_t *byte_out) {
    (void)file;
    (void)byte;
    (void)count;
    (void)kind;
    (void)kind_out;
    (void)byte_out;
    return ZINC_E_NOTSUP;
}

/* ---- Mappings ------------------------------------------------------------------------------- */

/* Map the file so that all processes see each other's stores, at any address; what lies behind the
 * file's end must become usable when the file grows, without moving. */
int32_t zinc__os_map(int32_t file, size_t size, bool writable, bool huge_aligned, uint8_t **out) {
    (void)file;
    (void)size;
    (void)writable;
    (void)huge_aligned;
    (void)out;
    return ZINC_E_NOTSUP;
}

/* Undo _map. */
void zinc__os_unmap(uint8_t *address, size_t size) {
    (void)address;
    (void)size;
}

/* Let the addresses read as zeros from now on, in one step: a reader must not fault in between. */
int32_t zinc__os_map_zeros(uint8_t *address, size_t size) {
    (void)address;
    (void)size;
    return ZINC_E_NOTSUP;
}

/* Bring pages in by a call that reports failure; touching them is no substitute. */
int32_t zinc__os_prefault(uint8_t *address, size_t size, bool writable) {
    (void)address;
    (void)size;
    (void)writable;
    return ZINC_E_NOTSUP;
}

/* Ask for large pages. */
int32_t zinc__os_huge_pages(uint8_t *address, size_t size) {
    (void)address;
    (void)size;
    return ZINC_E_NOTSUP;
}

/* Count what large pages map now. */
uint64_t zinc__os_huge_bytes(uint8_t *address, size_t size) {
    (void)address;
    (void)size;
    return 0;
}

/* ---- Waiting for a word to change ----------------------------------------------------------- */

/* How many words _wait_words can watch; 0 without such a call, and then waits poll. */
uint32_t zinc__os_wait_words_max(void) {
    return 0;
}

/* Sleep until a word's value may have changed. Between the comparison and the sleep no wake may be
 * lost, not even one of another process. */
int32_t zinc__os_wait_words(const zinc__os_word *words, uint32_t count, int64_t deadline_ns) {
    (void)words;
    (void)count;
    (void)deadline_ns;
    return ZINC_E_NOTSUP;
}

/* Wake all who sleep on the word's memory, at whatever address they have it mapped. */
void zinc__os_wake_word(const void *address, bool shared) {
    (void)address;
    (void)shared;
}

/* ---- Telling an event loop ------------------------------------------------------------------ */

/* Make something that the system's event loops can watch: a descriptor, or a handle's number. */
int32_t zinc__os_flag_create(int32_t *out) {
    (void)out;
    return ZINC_E_NOTSUP;
}

/* Let it be ready; any number of calls count as one. */
void zinc__os_flag_raise(int32_t flag) {
    (void)flag;
}

/* Let it be ready no longer; never blocks. */
void zinc__os_flag_lower(int32_t flag) {
    (void)flag;
}

/* ---- Handing descriptors over --------------------------------------------------------------- */

/* Give a descriptor to the process at the other end of a local socket. */
int32_t zinc__os_send_descriptor(int32_t socket, int32_t file) {
    (void)socket;
    (void)file;
    return ZINC_E_NOTSUP;
}

/* Take one that was given, close-on-exec; close what came beyond it. */
int32_t zinc__os_receive_descriptor(int32_t socket, int32_t *out) {
    (void)socket;
    (void)out;
    return ZINC_E_NOTSUP;
}

/* ---- Facts for people ----------------------------------------------------------------------- */

/* Fill what the system can tell about its limits. */
void zinc__os_doctor(int32_t directory, zinc_doctor_facts *out) {
    (void)directory;
    memset(out->filesystem, 0, sizeof out->filesystem);
    memset(out->huge_pages, 0, sizeof out->huge_pages);
    out->directory_total = UINT64_MAX;
    out->directory_free = UINT64_MAX;
    out->inodes_total = UINT64_MAX;
    out->inodes_free = UINT64_MAX;
    out->descriptors_limit = UINT64_MAX;
    out->descriptors_used = UINT64_MAX;
    out->maps_limit = UINT64_MAX;
    out->maps_used = UINT64_MAX;
    out->address_space_limit = UINT64_MAX;
    out->page_size = zinc__os_page_size();
    out->processors = zinc__os_processors();
    out->has_proc = 0;
    out->has_tmpfile = 0;
    out->has_waitv = 0;
    out->has_memfd = 0;
    out->remove_ipc = 2;
    out->directory_sticky = 0;
}

/* The system's text for its error number, that no thread can change. */
const char *zinc__os_error_text(int32_t system_errno) {
    (void)system_errno;
    return "Unknown system error";
}
