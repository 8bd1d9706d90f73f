/* SPDX-License-Identifier: MIT */
/* Zinc: regions, the same bytes of memory in several processes.
 *
 * A region has a name, a capacity in bytes, and one notification. A process creates it, others
 * open it by name, all of them read and write the bytes at zinc_ptr() directly, and zinc_notify()
 * wakes whoever waits in zinc_wait(). Nothing is copied and nothing is serialised.
 *
 *     creator                              opener (any language)
 *     zinc_create("frames", 1 << 20, &r)
 *     write into zinc_ptr(r)               zinc_open("frames", &r)
 *     zinc_notify(r)            ------->   zinc_wait(r, 1000) == 0, read zinc_ptr(r)
 *     zinc_close(r)                        zinc_close(r)        the last one removes the name
 *
 * Names are 1 to 200 bytes of [A-Za-z0-9._-] without a leading dot; one leading slash is dropped.
 * A region is a file in ZINC_DIR (default /dev/shm), zinc_<name>, or zinc_<domain>@<name> where
 * the environment names a ZINC_DOMAIN (1 to 48 bytes of the same letters).
 *
 * Who is alive is known from the kernel, not from a count: a participant that dies at any moment,
 * by any signal, takes its participation with it, and a region that nobody uses any more is
 * removed by the next create, open or gc that meets its name (see the lifetimes below).
 *
 * What is visible. Writes made before zinc_notify() are visible to whoever returns from a wait
 * that this notification ended. The bytes themselves are yours: two processes that write the same
 * bytes at the same time need an object that orders them.
 *
 * Trust. Whoever may map a region writable can spoil its bytes, stall its users, and in a *named*
 * region truncate the file, which ends a process that touches it with SIGBUS. Peers that do not
 * trust each other use zinc_region_create_private with ZINC_REGION_SEALED.
 *
 * Threads. A handle may be used by all threads. zinc_close() is safe while other threads wait, grow
 * or ask for facts on it; waits then end with ZINC_E_CLOSED. Calls that only look (zinc_notify,
 * zinc_ptr, zinc_capacity, zinc_view_acquire, zinc_region_status), and every call that begins after
 * zinc_close() has returned, need a reference of their own (zinc_region_retain) to be safe beside
 * it, as the handle is gone like memory after free().
 *
 * Fork. A child's inherited handles answer ZINC_E_FORKED; the bytes stay readable and writable
 * through pointers that it has. Children made past the atfork handlers (_Fork, clone) keep the
 * parent's participation alive until they exec or exit. */
#ifndef ZINC_REGION_H
#define ZINC_REGION_H

#include <zinc/wait.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct zinc_region zinc_region;

enum zinc_limits {
    ZINC_NAME_MAX = 200,
    ZINC_DOMAIN_MAX = 48,
    ZINC_ROWS_DEFAULT = 128,
    ZINC_ROWS_MAX = 1023
};

/* When the name goes. */
enum zinc_lifetime {
    ZINC_LIFETIME_AUTO = 0,      /* with the last participant (also if all of them were killed) */
    ZINC_LIFETIME_CREATOR = 1,   /* with the creator's handle; mappings live on */
    ZINC_LIFETIME_PERSISTENT = 2 /* by unlink or remove only; may be opened with nobody alive */
};

/* How a wait spends the time before it parks in the kernel. */
enum zinc_wait_policy {
    ZINC_WAIT_ADAPTIVE = 0, /* spin while waits have been short, 40 us at most */
    ZINC_WAIT_SPIN = 1,     /* never park: lowest latency, one busy core */
    ZINC_WAIT_PARK = 2      /* never spin */
};

enum zinc_region_flags {
    ZINC_REGION_READ_ONLY = 1,  /* open, attach: map read-only; the handle can read and wait */
    ZINC_REGION_PREFAULT = 2,   /* bring every page in now, not at first touch */
    ZINC_REGION_SPARSE = 4,     /* create: do not allocate; a full file system is then a
                                          SIGBUS at first touch instead of ZINC_E_NOSPC here */
    ZINC_REGION_HUGE_PAGES = 8, /* ask for huge pages; zinc_info says how many came */
    ZINC_REGION_SEALED = 16,    /* private regions: only this handle can ever write */
    ZINC_REGION_READ_ONLY_WAITERS = 32, /* create: read-only handles are woken at once, for a
                                          system call in every notify; without it within 50 ms */
    ZINC_REGION_SET_GROUP = 64,         /* create: give the file to `group` */
    ZINC_REGION_ANY_OWNER = 128,        /* open: accept a file of any owner */
    ZINC_REGION_HUGETLB = 256           /* private regions: pages from the hugetlb pool, or NOSPC */
};

/* Options; all zero are the defaults. Set `size` to sizeof(zinc_region_options). */
typedef struct zinc_region_options {
    uint32_t size;
    uint32_t flags;        /* enum zinc_region_flags */
    uint32_t lifetime;     /* create: enum zinc_lifetime */
    uint32_t wait_policy;  /* this handle: enum zinc_wait_policy */
    uint32_t mode;         /* create: permission bits exactly as given, 0 means 0600 */
    uint32_t group;        /* create: with ZINC_REGION_SET_GROUP */
    uint32_t rows;         /* create: participants at one time, 1 to 1023, 0 means 128 */
    uint32_t accept_mode;  /* open: group/other write bits (0022) that a file may have; none by
                              default, and any bit outside is ZINC_E_ACCES */
    uint64_t max_capacity; /* create: how far zinc_region_grow may go, 0 means capacity */
    const uint32_t *accept_owners; /* open: further user ids that may own the file (besides the
                                      caller's effective one and root) */
    uint64_t accept_owner_count;
} zinc_region_options;

enum zinc_info_flags {
    ZINC_INFO_CREATED = 1,   /* this handle created the region */
    ZINC_INFO_READ_ONLY = 2, /* this handle is read-only */
    ZINC_INFO_PRIVATE = 4,   /* a memory file without a name */
    ZINC_INFO_SEALED = 8,    /* no further writer, no growth */
    ZINC_INFO_STALE = 16,    /* the name was unbound, or means another region now */
    ZINC_INFO_CREATOR_ALIVE = 32,
    ZINC_INFO_DEAD = 64,  /* the last participant has left; only the file remains */
    ZINC_INFO_GONE = 128, /* the file is shorter than the capacity */
    ZINC_INFO_RECLAIMABLE =
        256, /* nobody lives, and by its lifetime the name may go: gc removes it */
    ZINC_INFO_READ_ONLY_WAITERS = 512,
    ZINC_INFO_SPARSE = 1024
};

/* Facts about a region. Times are nanoseconds since 1970-01-01 UTC; sizes are bytes. */
typedef struct zinc_info {
    uint32_t size;   /* sizeof(zinc_info), set by the caller before the call */
    uint32_t flags;  /* enum zinc_info_flags */
    char name[208];  /* without prefix and domain; a private region's label */
    char domain[56]; /* "" outside a domain */
    uint64_t capacity;
    uint64_t max_capacity;
    uint64_t data_offset; /* where the data begins in the file */
    uint64_t allocated;   /* memory that the file occupies */
    uint64_t prefaulted;  /* this handle: bytes brought in by ZINC_REGION_PREFAULT */
    uint64_t huge_bytes;  /* this handle: bytes mapped by huge pages now */
    int64_t created_ns;
    uint64_t device;
    uint64_t inode;
    uint32_t lifetime;           /* enum zinc_lifetime */
    uint32_t mode;               /* permission bits */
    uint32_t owner;              /* user id */
    uint32_t group;              /* group id */
    uint32_t creator_pid;        /* in the creator's own PID namespace */
    uint32_t rows;               /* participants that fit */
    uint32_t participants_alive; /* handles, all processes; read-only ones have no row and are not
                                     in this number */
    uint32_t participants_dead;  /* rows whose owner died and that nobody has taken again yet */
    uint32_t waiters;            /* waits in progress in all live rows */
    uint32_t notifications;      /* the notify sequence, which wraps */
    uint32_t wait_policy;        /* this handle */
    uint32_t layout;
} zinc_info;

/* ---- The eight functions ------------------------------------------------------------------- */

/* Create a region of `capacity` bytes, zeroed; *out is a handle to be closed.
 * The region is whole when its name appears. Returns ZINC_OK; ZINC_E_EXIST while a participant of
 * the same name lives; ZINC_E_INVAL or ZINC_E_NAMETOOLONG for the arguments; ZINC_E_NOSPC,
 * ZINC_E_NOMEM, ZINC_E_MFILE, ZINC_E_OVERFLOW, ZINC_E_BUSY, ZINC_E_NOTSUP and others, all of which
 * leave nothing behind. On failure *out is NULL. Any thread; blocks for at most about 1 s.
 * Since 0.1 */
ZINC_API int32_t zinc_create(const char *name, size_t capacity, zinc_region **out);

/* Open the region of this name, readable and writable; *out is a handle to be closed.
 * Returns ZINC_OK; ZINC_E_NOENT if there is none or nobody in it lives (except persistent ones);
 * ZINC_E_ACCES for a foreign or loosely writable file; ZINC_E_LAYOUT, ZINC_E_CORRUPT for a file
 * that is none of ours or damaged; ZINC_E_USERS when all rows are taken; and as zinc_create. Any
 * thread; blocks for at most about 1 s. Since 0.1 */
ZINC_API int32_t zinc_open(const char *name, zinc_region **out);

/* Return the address of the first byte; the bytes are valid until the handle's last reference or
 * view is given up. NULL for NULL, closed and forked handles.
 * Any thread; wait-free. Since 0.1 */
ZINC_API uint8_t *zinc_ptr(zinc_region *region);

/* Return the capacity in bytes, as grown by whichever process. 0 for NULL, closed and forked
 * handles. Any thread; wait-free. Since 0.1 */
ZINC_API size_t zinc_capacity(zinc_region *region);

/* Close the handle: zinc_region_shutdown and zinc_region_release. Waits of other threads on it end
 * with ZINC_E_CLOSED. NULL does nothing. In a forked child only the child's copy goes. Since 0.1
 */
ZINC_API void zinc_close(zinc_region *region);

/* Wake every wait in progress on this region, in all processes, and let the next wait of every
 * handle (this one, too) return at once if it has not seen this notification. Notifications that
 * nobody has seen become one. What was written before is visible to those who return. Does nothing
 * for NULL, closed, forked and read-only handles. Any thread; wait-free; no system call when nobody
 * is parked. Since 0.1 */
ZINC_API void zinc_notify(zinc_region *region);

/* Wait until a notification that this handle has not seen. timeout_ms 0 asks once, UINT32_MAX
 * waits for ever. Returns ZINC_OK when notified, ZINC_E_TIMEDOUT (-110) at the timeout,
 * ZINC_E_CLOSED, ZINC_E_FORKED, ZINC_E_INVAL (NULL). Signals are handled and the wait goes on. Any
 * thread; blocks. Since 0.1 */
ZINC_API int32_t zinc_wait(zinc_region *region, uint32_t timeout_ms);

/* zinc_version() is in <zinc/version.h>. */

/* ---- The same verbs with options ----------------------------------------------------------- */

/* Create, as zinc_create. options may be NULL; error, if not NULL, is filled on failure. Since 0.1
 */
ZINC_API int32_t zinc_region_create(const char *name, size_t capacity,
                                    const zinc_region_options *options, zinc_region **out,
                                    zinc_error *error);

/* Open, as zinc_open. options may be NULL; error, if not NULL, is filled on failure. Since 0.1 */
ZINC_API int32_t zinc_region_open(const char *name, const zinc_region_options *options,
                                  zinc_region **out, zinc_error *error);

/* Open the region of this name, or create it where there is none, in one atomic step: of several
 * callers one creates and all get the same region (zinc_info says who: ZINC_INFO_CREATED). An
 * existing region keeps its own capacity and lifetime; one smaller than `capacity` is
 * ZINC_E_OVERFLOW. Otherwise as zinc_region_create and zinc_region_open. Since 0.1 */
ZINC_API int32_t zinc_region_open_or_create(const char *name, size_t capacity,
                                            const zinc_region_options *options, zinc_region **out,
                                            zinc_error *error);

/* Create a region and bind the name to it even if another region has it. Participants of the old
 * one keep its bytes, are notified once, and read ZINC_INFO_STALE. Needs what create needs, and
 * the right to unlink the old file: else ZINC_E_PERM. Otherwise as zinc_region_create. Since 0.1
 */
ZINC_API int32_t zinc_region_replace(const char *name, size_t capacity,
                                     const zinc_region_options *options, zinc_region **out,
                                     zinc_error *error);

/* Create a region without a name (a memory file), sealed against shrinking; `label` is what people
 * see (the name grammar; NULL is "private"). With ZINC_REGION_SEALED only this handle can ever
 * write or notify, mode is 0644 unless given, and others attach read-only. Hand it over with
 * zinc_region_send or zinc_region_descriptor. ZINC_E_NOTSUP where there is no /proc. Otherwise as
 * zinc_region_create. Since 0.1 */
ZINC_API int32_t zinc_region_create_private(const char *label, size_t capacity,
                                            const zinc_region_options *options, zinc_region **out,
                                            zinc_error *error);

/* Attach to the region behind a descriptor, which stays the caller's. Having it is the permission:
 * owner and mode are not looked at. A sealed one, or one that may not be written, is attached
 * read-only (as with ZINC_REGION_READ_ONLY). Memory files must be sealed against shrinking
 * (ZINC_E_PERM). Otherwise as zinc_region_open, and ZINC_E_BADF. Since 0.1 */
ZINC_API int32_t zinc_region_attach(int32_t descriptor, const zinc_region_options *options,
                                    zinc_region **out, zinc_error *error);

/* Make a new descriptor of the region (close-on-exec, the caller's to close), to be handed to
 * another process; it carries no participation. Read-only handles give read-only ones. Returns
 * ZINC_OK, ZINC_E_INVAL, ZINC_E_CLOSED, ZINC_E_FORKED, ZINC_E_MFILE, ZINC_E_NOTSUP (no /proc),
 * ZINC_E_ACCES (the file's mode shuts its owner out). Since 0.1 */
ZINC_API int32_t zinc_region_descriptor(zinc_region *region, int32_t *out);

/* Send the region over a unix socket, as one message of 1 byte with a descriptor. Returns ZINC_OK,
 * ZINC_E_PEER_DEAD (nobody has the other end), or the errors of zinc_region_descriptor and of
 * sendmsg. Blocks as the socket does. Since 0.1 */
ZINC_API int32_t zinc_region_send(zinc_region *region, int32_t socket);

/* Receive a region that zinc_region_send sent, and attach to it. Returns ZINC_OK, the errors of
 * recvmsg and of zinc_region_attach, ZINC_E_BADF if no descriptor came, ZINC_E_CLOSED at the end
 * of the stream. Blocks as the socket does. Since 0.1 */
ZINC_API int32_t zinc_region_receive(int32_t socket, const zinc_region_options *options,
                                     zinc_region **out, zinc_error *error);

/* ---- Names --------------------------------------------------------------------------------- */

/* Unbind the name of this region; participants keep the bytes. Belongs to the creator's handle,
 * else ZINC_E_PERM. ZINC_OK also if the name is unbound already; ZINC_E_BUSY, ZINC_E_CLOSED,
 * ZINC_E_FORKED, ZINC_E_INVAL, ZINC_E_MFILE; ZINC_E_ACCES or ZINC_E_NOTSUP where the directory has
 * changed meanwhile. Since 0.1 */
ZINC_API int32_t zinc_region_unlink(zinc_region *region);

/* Unbind a name by force, whoever uses the region; for whoever may unlink the file. Participants
 * keep the bytes. ZINC_OK, ZINC_E_NOENT, ZINC_E_PERM or ZINC_E_ACCES, ZINC_E_BUSY, and the errors
 * of a wrong name. A file that is no region is ZINC_E_LAYOUT and stays. Since 0.1 */
ZINC_API int32_t zinc_region_remove(const char *name, zinc_error *error);

/* ---- Waiting ------------------------------------------------------------------------------- */

/* Notify, as zinc_notify. ZINC_OK, ZINC_E_INVAL, ZINC_E_CLOSED, ZINC_E_FORKED, ZINC_E_PERM
 * (read-only). Since 0.1 */
ZINC_API int32_t zinc_region_notify(zinc_region *region);

/* Wait until a notification that this handle has not seen, the deadline (see <zinc/wait.h>), or
 * the cancellation (NULL: none). Every wait that had begun is ended by one notification, also of
 * several threads on one handle. Returns ZINC_OK, ZINC_E_TIMEDOUT, ZINC_E_CANCELED, ZINC_E_CLOSED,
 * ZINC_E_INTR (a signal handler ran, or may have while spinning: handle it and wait again with the
 * same deadline), ZINC_E_FORKED, ZINC_E_INVAL, ZINC_E_GONE (the file was truncated while waiting).
 * Any thread; blocks. Since 0.1 */
ZINC_API int32_t zinc_region_wait(zinc_region *region, int64_t deadline_ns, zinc_cancel *cancel);

/* Return the newest notification that a wait of this handle has seen, for zinc_region_wait_from.
 * 0 for NULL, closed and forked handles. Any thread; wait-free. Since 0.1 */
ZINC_API uint32_t zinc_region_seen(zinc_region *region);

/* Wait as zinc_region_wait does, but until a notification other than `seen`. For one wait that is
 * made in several calls, after ZINC_E_INTR or in slices: with `seen` taken before the first of
 * them, a notification that another thread's wait took in between still ends it. Since 0.1 */
ZINC_API int32_t zinc_region_wait_from(zinc_region *region, uint32_t seen, int64_t deadline_ns,
                                       zinc_cancel *cancel);

/* ---- Size ---------------------------------------------------------------------------------- */

/* Make the region `capacity` bytes long, up to its max_capacity, in place: no pointer moves, the
 * new bytes are zero, all participants see the new capacity and are notified. A capacity not above
 * the present one changes nothing and is ZINC_OK. ZINC_E_OVERFLOW above max_capacity,
 * ZINC_E_NOSPC, ZINC_E_PERM (read-only, sealed), ZINC_E_GONE (truncated), ZINC_E_BUSY,
 * ZINC_E_CLOSED, ZINC_E_FORKED, ZINC_E_INVAL. Any thread; blocks for at most about 1 s and the
 * allocation. Since 0.1 */
ZINC_API int32_t zinc_region_grow(zinc_region *region, size_t capacity);

/* ---- Facts --------------------------------------------------------------------------------- */

/* Fill *out with facts about the region and this handle; out->size must be set. ZINC_OK,
 * ZINC_E_INVAL, ZINC_E_CLOSED, ZINC_E_FORKED. Any thread; a few system calls. Since 0.1 */
ZINC_API int32_t zinc_region_info(zinc_region *region, zinc_info *out);

/* Return the name (or label); the text lives as long as the caller's reference. NULL for NULL;
 * closed and forked handles still have it. Any thread; wait-free. Since 0.1 */
ZINC_API const char *zinc_region_name(zinc_region *region);

/* Return ZINC_OK while the handle works, else ZINC_E_CLOSED, ZINC_E_FORKED or ZINC_E_INVAL (NULL).
 * Any thread; wait-free. Since 0.1 */
ZINC_API int32_t zinc_region_status(zinc_region *region);

/* Write into *out the message for `status`, as answered by a call on this handle: the region's
 * name, the numbers, the remedy. Works on closed and forked handles and on NULL. ZINC_OK,
 * ZINC_E_INVAL (out is NULL). Any thread. Since 0.1 */
ZINC_API int32_t zinc_region_explain(zinc_region *region, int32_t status, zinc_error *out);

/* ---- Lifetimes inside a process, for adapters ---------------------------------------------- */

/* End this handle's participation: its waits end with ZINC_E_CLOSED, new calls are refused, and
 * row and name go when the last call in progress has ended; the memory of the handle and its
 * mapping stay until the references and views are gone. Idempotent; safe against calls in
 * progress; never blocks on them. ZINC_OK (also the second time), ZINC_E_INVAL, ZINC_E_FORKED
 * (then nothing shared was touched). Any thread. Since 0.1 */
ZINC_API int32_t zinc_region_shutdown(zinc_region *region);

/* Add a reference; the caller must hold one. Returns its argument. Any thread; wait-free.
 * Since 0.1 */
ZINC_API zinc_region *zinc_region_retain(zinc_region *region);

/* Give a reference up; the last one shuts down (if nobody has) and frees the handle. NULL does
 * nothing. Any thread. Since 0.1 */
ZINC_API void zinc_region_release(zinc_region *region);

/* Take an owning view: `size` bytes from `offset`; *bytes is their address, *context is what
 * zinc_view_release needs. The mapping, and nothing else, lives until then, whatever becomes of
 * the handle. ZINC_OK; ZINC_E_OVERFLOW if the range is not within the capacity; ZINC_E_CLOSED,
 * ZINC_E_FORKED, ZINC_E_INVAL. Any thread; wait-free. Since 0.1 */
ZINC_API int32_t zinc_view_acquire(zinc_region *region, size_t offset, size_t size, uint8_t **bytes,
                                   void **context);

/* Give an owning view back; the last of handle and views unmaps. `bytes` is not looked at: the
 * signature is the one of JavaScript's deallocators. NULL context does nothing. Any thread, any
 * time, also in a forked child. Since 0.1 */
ZINC_API void zinc_view_release(void *bytes, void *context);

/* Shut down and release like zinc_close, and leave the addresses mapped to private zero pages for
 * ever instead of unmapping them, once the last view and reference are gone: a stale slice then
 * reads zeros, never faults, and never sees other memory. Costs address space, no memory. NULL
 * does nothing. Any thread. Since 0.1 */
ZINC_API void zinc_region_retire(zinc_region *region);

#ifdef __cplusplus
}
#endif
#endif
