/* SPDX-License-Identifier: MIT */
/* The contract of os.h on Linux (glibc from 2.28, musl; kernels from 3.17).
 *
 * Which feature of the kernel carries which promise
 *
 *   promise                                feature                            where it is missing
 *   a lock dies with its holder            F_OFD_SETLK (3.15)                 nothing works
 *   a region is whole when it has a name   O_TMPFILE, linkat (3.11)           NOTSUP
 *   a lock has a description of its own    open of /proc/thread-self/fd/N     NOTSUP
 *   a full file system fails the create,   fallocate                          a byte is written to
 *     and does not raise SIGBUS later                                         each page (ramfs)
 *   memory that a peer cannot shrink       memfd_create, F_ADD_SEALS (3.17)   NOTSUP
 *   memory that a peer cannot write        F_SEAL_FUTURE_WRITE (5.1)          NOTSUP
 *   pages brought in without a signal      MADV_POPULATE_READ, _WRITE (5.14)  NOTSUP
 *   huge pages in every mode of a system   MADV_COLLAPSE (6.1)                advice alone
 *   a child knows that it is one           MADV_WIPEONFORK (4.14)             fork handlers alone
 *   one thread waits for many words        futex_waitv (5.16)                 one word a call
 *   deadlines that 32 bits cannot hold     futex_time64 (5.1), where longs    seconds are clamped
 *                                          have 32 bits
 *
 * A sandbox answers EPERM for calls that it does not know, so EPERM of such a call means "missing"
 * just as ENOSYS does. Constants that the oldest headers lack are spelled here.
 *
 * Waiting. Deadlines are absolute and on CLOCK_MONOTONIC, so what the kernel restarts after a
 * signal keeps its end. A wait for one word ends at every signal handler, because FUTEX_WAIT with a
 * deadline is never restarted behind one. A wait for several words ends only at handlers without
 * SA_RESTART: behind the others the kernel restarts futex_waitv, unseen. Whoever must answer to
 * every handler waits for one word. */
#define _GNU_SOURCE
#include "os/os.h"

#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

static_assert(sizeof(off_t) == 8, "locks lie at 2^62: compile with _FILE_OFFSET_BITS=64");
static_assert(sizeof(pthread_mutex_t) <= sizeof(zinc__os_mutex), "it is kept inside");

#define LOCK_BASE (INT64_C(1) << 62)
#define HUGE_PAGE ((size_t)2 << 20)

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x10
#endif
#ifndef MFD_HUGETLB
#define MFD_HUGETLB 4U
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

/* ---- Answers -------------------------------------------------------------------------------- */

/* errno as a status. Statuses are Linux's numbers negated, but for a few that mean more here. */
static int32_t failure(void) {
    switch (errno) {
    case ELOOP:
        return ZINC_E_ACCES; /* only O_NOFOLLOW makes it: a symlink where a file should be */
    case ENFILE:
        return ZINC_E_MFILE;
    case EDQUOT:
        return ZINC_E_NOSPC;
    case EFBIG:
        return ZINC_E_OVERFLOW;
    case ENOSYS:
        return ZINC_E_NOTSUP;
    default:
        return -errno;
    }
}

static int32_t status_of(int result) {
    return result == 0 ? ZINC_OK : failure();
}

/* open and its sisters, past signals that interrupt them (slow file systems). */
static int32_t opened(int32_t directory, const char *path, int flags, int32_t *out) {
    for (int tries = 0;; tries++) {
        int file = openat(directory, path, flags | O_CLOEXEC | O_NOCTTY, 0600);
        if (file >= 0) {
            *out = file;
            return ZINC_OK;
        }
        if (errno == EWOULDBLOCK) {
            return ZINC_E_BUSY; /* somebody holds a lease on the file (F_SETLEASE) */
        }
        if (errno != EINTR || tries == 1000) {
            return failure();
        }
    }
}

/* ---- Small files of the kernel -------------------------------------------------------------- */

/* The whole text of a small file, cut to size - 1 bytes; false if it cannot be read. */
static bool read_text(const char *path, char *out, size_t size) {
    int32_t file = -1;
    if (opened(AT_FDCWD, path, O_RDONLY, &file) != ZINC_OK) {
        return false;
    }
    size_t used = 0;
    while (used < size - 1) {
        ssize_t got = read(file, out + used, size - 1 - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        used += (size_t)got;
    }
    out[used] = '\0';
    close(file);
    return used > 0;
}

static uint64_t read_number(const char *path) {
    char text[64];
    char *end = NULL;
    if (!read_text(path, text, sizeof text)) {
        return UINT64_MAX;
    }
    unsigned long long value = strtoull(text, &end, 10);
    return end == text ? UINT64_MAX : value;
}

/* Call visit for each line of a file of any length, without its newline and cut at 511 bytes. */
static void each_line(const char *path, void (*visit)(void *context, const char *line),
                      void *context) {
    char buffer[4096];
    char line[512];
    size_t length = 0;
    int32_t file = -1;
    if (opened(AT_FDCWD, path, O_RDONLY, &file) != ZINC_OK) {
        return;
    }
    for (;;) {
        ssize_t got = read(file, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        for (ssize_t i = 0; i < got; i++) {
            if (buffer[i] == '\n') {
                line[length] = '\0';
                visit(context, line);
                length = 0;
            } else if (length < sizeof line - 1) {
                line[length++] = buffer[i];
            }
        }
    }
    if (length > 0) {
        line[length] = '\0';
        visit(context, line);
    }
    close(file);
}

/* Call visit for each name in a directory, without the heap (readdir has its own buffer there). */
static void each_name(const char *path, void (*visit)(void *context, const char *name),
                      void *context) {
    struct entry { /* of getdents64 */
        uint64_t inode;
        int64_t offset;
        unsigned short length;
        unsigned char type;
        char name[];
    };
    _Alignas(8) char buffer[4096];
    int32_t directory = -1;
    if (opened(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, &directory) != ZINC_OK) {
        return;
    }
    for (;;) {
        long got = syscall(SYS_getdents64, directory, buffer, sizeof buffer);
        if (got <= 0) {
            break;
        }
        for (long at = 0; at < got;) {
            const struct entry *entry = (const void *)(buffer + at);
            if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0) {
                visit(context, entry->name);
            }
            at += entry->length;
        }
    }
    close(directory);
}

/* The name of a descriptor below /proc. The thread's own folder: that of the process shows nothing
 * once its first thread has ended. */
typedef struct proc_path {
    char text[48];
} proc_path;

static proc_path proc_path_of(int32_t file) {
    proc_path path;
    (void)snprintf(path.text, sizeof path.text, "/proc/thread-self/fd/%d", (int)file);
    return path;
}

static bool has_proc(void) {
    return access("/proc/thread-self/fd", X_OK) == 0;
}

/* ---- Time ----------------------------------------------------------------------------------- */

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t zinc__os_monotonic_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t zinc__os_realtime_ns(void) {
    return clock_ns(CLOCK_REALTIME);
}

int32_t zinc__os_sleep_ns(int64_t ns) {
    if (ns <= 0) {
        return ZINC_OK;
    }
    int64_t seconds = ns / 1000000000;
    struct timespec span = {.tv_nsec = (long)(ns % 1000000000)};
    span.tv_sec = (time_t)(seconds > INT32_MAX ? INT32_MAX : seconds);
    return -clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL);
}

/* ---- Process -------------------------------------------------------------------------------- */

static uint64_t hash(const char *text) {
    uint64_t value = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *text != '\0' && *text != '\n'; text++) {
        value = (value ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return value;
}

static void copy_name(char out[static 24], const char *from, size_t length) {
    memset(out, 0, 24);
    memcpy(out, from, length < 23 ? length : 23);
}

/* Field 22 and the name out of "pid (name) state ...": the name may hold spaces and brackets. */
static void read_stat(zinc__os_identity *out) {
    char text[1024];
    if (!read_text("/proc/self/stat", text, sizeof text)) {
        return;
    }
    const char *open = strchr(text, '(');
    const char *close_at = strrchr(text, ')');
    if (open == NULL || close_at == NULL) {
        return;
    }
    copy_name(out->program, open + 1, (size_t)(close_at - open - 1));
    const char *at = close_at + 1;
    for (int field = 3; field <= 22 && at != NULL; field++) {
        at = strchr(at, ' ');
        at = at == NULL ? NULL : at + 1;
    }
    out->started_ticks = at == NULL ? 0 : strtoull(at, NULL, 10);
}

static void identify(zinc__os_identity *out) {
    memset(out, 0, sizeof *out);
    out->pid = (uint32_t)getpid();
    copy_name(out->program, program_invocation_short_name, strlen(program_invocation_short_name));
    read_stat(out);
    struct stat namespace;
    if (stat("/proc/self/ns/pid", &namespace) == 0) {
        out->pid_namespace = namespace.st_ino;
    }
    char boot[64];
    if (read_text("/proc/sys/kernel/random/boot_id", boot, sizeof boot)) {
        out->boot = hash(boot);
    }
}

static pthread_once_t identity_once = PTHREAD_ONCE_INIT;
static pthread_mutex_t identity_mutex = PTHREAD_MUTEX_INITIALIZER;
static zinc__os_identity identity; /* pid 0: not known yet */

static void identity_forget(void) {
    (void)pthread_mutex_init(&identity_mutex, NULL);
    identity.pid = 0;
}

static void identity_prepare(void) {
    (void)pthread_atfork(NULL, NULL, identity_forget);
}

void zinc__os_identify(zinc__os_identity *out) {
    (void)pthread_once(&identity_once, identity_prepare);
    /* Never a lock: a child made past the fork handlers may have inherited it taken. */
    if (pthread_mutex_trylock(&identity_mutex) != 0) {
        identify(out);
        return;
    }
    if (identity.pid != (uint32_t)getpid()) {
        identify(&identity);
    }
    *out = identity;
    (void)pthread_mutex_unlock(&identity_mutex);
}

uint32_t zinc__os_processors(void) {
    unsigned long set[128]; /* the library's cpu_set_t ends at 1024 processors */
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof set, set);
    uint32_t count = 0;
    for (long i = 0; i < bytes / (long)sizeof set[0]; i++) {
        for (unsigned long bits = set[i]; bits != 0; bits &= bits - 1) {
            count++;
        }
    }
    if (count == 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        count = online > 0 ? (uint32_t)online : 1;
    }
    return count;
}

size_t zinc__os_page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

uint32_t zinc__os_user(void) {
    return geteuid();
}

static bool random_from_device(unsigned char *bytes, size_t size) {
    int32_t file = -1;
    if (opened(AT_FDCWD, "/dev/urandom", O_RDONLY, &file) != ZINC_OK) {
        return false;
    }
    size_t used = 0;
    while (used < size) {
        ssize_t got = read(file, bytes + used, size - used);
        if (got <= 0 && errno != EINTR) {
            break;
        }
        used += got > 0 ? (size_t)got : 0;
    }
    close(file);
    return used == size;
}

void zinc__os_random(void *bytes, size_t size) {
    unsigned char *at = bytes;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        } else if (errno != EINTR) {
            break;
        }
    }
    if (size == 0 || random_from_device(at, size)) {
        return;
    }
    /* Neither the call nor the device: names that do not repeat are still better than none. */
    uint64_t state = (uint64_t)clock_ns(CLOCK_MONOTONIC) ^ ((uint64_t)getpid() << 40) ^
                     (uint64_t)(uintptr_t)bytes;
    for (; size > 0; size--) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        *at++ = (unsigned char)(state >> 56);
    }
}

const char *zinc__os_environment(const char *name) {
    return secure_getenv(name);
}

int32_t zinc__os_at_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    return -pthread_atfork(prepare, parent, child);
}

/* Emulators (qemu) take any advice and do nothing: whoever accepts one that does not exist. */
static bool advice_is_followed(void *address) {
    return madvise(address, zinc__os_page_size(), -1) != 0 && errno == EINVAL;
}

void *zinc__os_page_wiped_on_fork(void) {
    size_t size = zinc__os_page_size();
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return NULL;
    }
    if (!advice_is_followed(page) || madvise(page, size, MADV_WIPEONFORK) != 0) {
        (void)munmap(page, size);
        return NULL;
    }
    return page;
}

/* Weak, and the rest looked up by name: a static program neither needs nor gets a dynamic loader,
 * is never unloaded, and is not warned by the linker of what it does not do. */
extern void *dlsym(void *restrict handle, const char *restrict name) __attribute__((weak));

void zinc__os_pin_image(void) {
    static const char here = 0;
    Dl_info info;
    void *(*look_up)(void *restrict, const char *restrict) = dlsym;
    int (*find)(const void *, Dl_info *) = NULL;
    void *(*load)(const char *, int) = NULL;
    if (look_up == NULL) {
        return;
    }
    void *found = look_up(RTLD_DEFAULT, "dladdr");
    memcpy(&find, &found, sizeof find); /* C has no conversion between the two kinds of pointers */
    found = look_up(RTLD_DEFAULT, "dlopen");
    memcpy(&load, &found, sizeof load);
    if (find != NULL && load != NULL && find(&here, &info) != 0 && info.dli_fname != NULL) {
        /* The main program is not found under its path, and is never unloaded. */
        (void)load(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    }
}

/* ---- Threads and private locks -------------------------------------------------------------- */

static pthread_mutex_t *mutex_of(zinc__os_mutex *mutex) {
    return (pthread_mutex_t *)(void *)mutex->bytes;
}

void zinc__os_mutex_init(zinc__os_mutex *mutex) {
    (void)pthread_mutex_init(mutex_of(mutex), NULL);
}

void zinc__os_mutex_lock(zinc__os_mutex *mutex) {
    (void)pthread_mutex_lock(mutex_of(mutex));
}

void zinc__os_mutex_unlock(zinc__os_mutex *mutex) {
    (void)pthread_mutex_unlock(mutex_of(mutex));
}

void zinc__os_mutex_destroy(zinc__os_mutex *mutex) {
    (void)pthread_mutex_destroy(mutex_of(mutex));
}

typedef struct start {
    void (*function)(void *context);
    void *context;
} start;

static void *thread_main(void *argument) {
    start begun = *(start *)argument;
    free(argument);
    (void)prctl(PR_SET_NAME, "zinc-events", 0, 0, 0);
    begun.function(begun.context);
    return NULL;
}

static int thread_create(start *begin, size_t stack_bytes) {
    pthread_attr_t attributes;
    pthread_t thread;
    int error = pthread_attr_init(&attributes);
    if (error != 0) {
        return error;
    }
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (stack_bytes != 0) {
        (void)pthread_attr_setstacksize(&attributes, stack_bytes);
    }
    error = pthread_create(&thread, &attributes, thread_main, begin);
    (void)pthread_attr_destroy(&attributes);
    return error;
}

int32_t zinc__os_thread_start(void (*function)(void *context), void *context) {
    start *begin = malloc(sizeof *begin);
    if (begin == NULL) {
        return ZINC_E_NOMEM;
    }
    *begin = (start){.function = function, .context = context};
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    size_t minimum = (size_t)PTHREAD_STACK_MIN;
    int error = thread_create(begin, minimum > 262144 ? minimum : 262144);
    if (error == EINVAL) {
        error = thread_create(begin, 0); /* the program's thread-local data need a larger one */
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        free(begin);
    }
    return -error;
}

/* ---- Directory ------------------------------------------------------------------------------ */

#define TYPE_TMPFS UINT32_C(0x01021994)
#define TYPE_HUGETLBFS UINT32_C(0x958458f6)

typedef struct file_system {
    uint32_t type;
    bool local; /* locks, mappings and unnamed files work, and all users are on this machine */
    char name[16];
} file_system;

static const file_system file_systems[] = {
    {TYPE_TMPFS, true, "tmpfs"},
    {UINT32_C(0x858458f6), true, "ramfs"},
    {UINT32_C(0xEF53), true, "ext4"}, /* and ext2, ext3 */
    {UINT32_C(0x58465342), true, "xfs"},
    {UINT32_C(0x9123683E), true, "btrfs"},
    {UINT32_C(0x794c7630), true, "overlayfs"},
    {TYPE_HUGETLBFS, false, "hugetlbfs"},
    {UINT32_C(0x6969), false, "nfs"},
    {UINT32_C(0xFF534D42), false, "cifs"},
    {UINT32_C(0xFE534D42), false, "smb2"},
    {UINT32_C(0x01021997), false, "9p"},
    {UINT32_C(0x65735546), false, "fuse"},
    {UINT32_C(0x00C36400), false, "ceph"},
    {UINT32_C(0x9fa0), false, "proc"},
    {UINT32_C(0x62656572), false, "sysfs"},
    {UINT32_C(0x4d44), false, "vfat"},
    {UINT32_C(0xF2F52010), false, "f2fs"},
    {UINT32_C(0x2fc12fc1), false, "zfs"},
};

static const file_system *file_system_of(const struct statfs *facts) {
    for (size_t i = 0; i < sizeof file_systems / sizeof file_systems[0]; i++) {
        if (file_systems[i].type == (uint32_t)facts->f_type) { /* signed where longs have 32 bits */
            return &file_systems[i];
        }
    }
    return NULL;
}

int32_t zinc__os_directory_open(const char *path, int32_t *out) {
    int32_t directory = -1;
    int32_t status = opened(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, &directory);
    if (status != ZINC_OK) {
        return status;
    }
    struct statfs facts;
    if (fstatfs(directory, &facts) != 0) {
        status = failure();
    } else {
        const file_system *known = file_system_of(&facts);
        status = known != NULL && known->local ? ZINC_OK : ZINC_E_NOTSUP;
    }
    if (status != ZINC_OK) {
        close(directory);
        return status;
    }
    *out = directory;
    return ZINC_OK;
}

int32_t zinc__os_directory_read(int32_t directory, const char *prefix,
                                int32_t (*visit)(void *context, const char *name), void *context) {
    int32_t own = -1; /* an offset of its own: a duplicate would share it */
    int32_t status = opened(directory, ".", O_RDONLY | O_DIRECTORY, &own);
    if (status != ZINC_OK) {
        return status;
    }
    DIR *stream = fdopendir(own);
    if (stream == NULL) {
        status = failure();
        close(own);
        return status;
    }
    size_t length = strlen(prefix);
    while (status == ZINC_OK) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL) {
            status = errno == 0 ? ZINC_OK : failure();
            break;
        }
        bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!dots && strncmp(entry->d_name, prefix, length) == 0) {
            status = visit(context, entry->d_name);
        }
    }
    (void)closedir(stream);
    return status;
}

/* ---- Files ---------------------------------------------------------------------------------- */

int32_t zinc__os_file_open(int32_t directory, const char *name, bool writable, int32_t *out) {
    int flags = (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK;
    int32_t status = opened(directory, name, flags, out);
    /* A socket or a directory does not open like that. What does open and is not a regular file
     * is told apart by zinc__os_file_stat, and is no region either. */
    return status == -ENXIO || status == -EISDIR ? ZINC_E_LAYOUT : status;
}

/* The creating calls take away the umask's bits; an owner's right taken here would be missed when
 * the file is opened again. */
static int32_t made_0600(int32_t file, int32_t *out) {
    if (fchmod(file, 0600) != 0) {
        int32_t status = failure();
        close(file);
        return status;
    }
    *out = file;
    return ZINC_OK;
}

int32_t zinc__os_file_create_unnamed(int32_t directory, int32_t *out) {
    int32_t file = -1;
    int32_t status = opened(directory, ".", O_TMPFILE | O_RDWR, &file);
    if (status == -EISDIR || status == ZINC_E_INVAL || status == -EOPNOTSUPP) {
        return ZINC_E_NOTSUP; /* an older kernel or file system sees an open of a directory */
    }
    return status == ZINC_OK ? made_0600(file, out) : status;
}

int32_t zinc__os_file_create_named(int32_t directory, const char *name, int32_t *out) {
    int32_t file = -1;
    int32_t status = opened(directory, name, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, &file);
    return status == ZINC_OK ? made_0600(file, out) : status;
}

int32_t zinc__os_file_reopen(int32_t file, bool writable, int32_t *out) {
    if (fcntl(file, F_GETFD) < 0) {
        return failure();
    }
    proc_path path = proc_path_of(file);
    int32_t status = opened(AT_FDCWD, path.text, (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK, out);
    if ((status == ZINC_E_NOENT || status == -ENOTDIR) && !has_proc()) {
        return ZINC_E_NOTSUP;
    }
    return status;
}

int32_t zinc__os_file_link(int32_t file, int32_t directory, const char *name) {
    if (linkat(file, "", directory, name, AT_EMPTY_PATH) == 0) {
        return ZINC_OK;
    }
    if (errno == EBADF || errno == EEXIST) {
        return failure();
    }
    /* The first form is for privileged processes, or (from 6.10) for who opened the file. */
    proc_path path = proc_path_of(file);
    if (linkat(AT_FDCWD, path.text, directory, name, AT_SYMLINK_FOLLOW) == 0) {
        return ZINC_OK;
    }
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return has_proc() ? failure() : ZINC_E_NOTSUP;
    case EXDEV: /* a memory file, or one of another file system */
    case EPERM: /* a file system without links */
    case EOPNOTSUPP:
        return ZINC_E_NOTSUP;
    default:
        return failure();
    }
}

int32_t zinc__os_file_link_name(int32_t directory, const char *from, const char *to) {
    return status_of(linkat(directory, from, directory, to, 0));
}

int32_t zinc__os_file_rename(int32_t directory, const char *from, const char *to) {
    return status_of(renameat(directory, from, directory, to));
}

int32_t zinc__os_file_unlink(int32_t directory, const char *name) {
    return status_of(unlinkat(directory, name, 0));
}

#define MEMORY_FILE_PREFIX "/memfd:"

/* Every file of tmpfs knows seals, but a file that was not made as a memory file begins with
 * F_SEAL_SEAL and can get no other: any other answer proves a memory file. That very answer also
 * comes from memory files made without sealing; their link below /proc tells. */
static bool is_memory_file(int32_t file, const struct stat *facts) {
    if (facts->st_nlink != 0 || !S_ISREG(facts->st_mode)) {
        return false;
    }
    int seals = fcntl(file, F_GET_SEALS);
    if (seals < 0 || seals != F_SEAL_SEAL) {
        return seals >= 0;
    }
    proc_path path = proc_path_of(file);
    char link[sizeof MEMORY_FILE_PREFIX];
    ssize_t length = readlink(path.text, link, sizeof link - 1);
    return length == (ssize_t)sizeof link - 1 &&
           memcmp(link, MEMORY_FILE_PREFIX, sizeof link - 1) == 0;
}

static void stat_from(const struct stat *facts, zinc__os_stat *out) {
    *out = (zinc__os_stat){
        .device = (uint64_t)facts->st_dev,
        .inode = (uint64_t)facts->st_ino,
        .size = (uint64_t)facts->st_size,
        .allocated = (uint64_t)facts->st_blocks * 512,
        .mode = facts->st_mode & 07777,
        .owner = facts->st_uid,
        .group = facts->st_gid,
        .links = (uint32_t)facts->st_nlink,
        .regular = S_ISREG(facts->st_mode),
    };
}

int32_t zinc__os_file_stat(int32_t file, zinc__os_stat *out) {
    struct stat facts;
    if (fstat(file, &facts) != 0) {
        return failure();
    }
    stat_from(&facts, out);
    out->memory_file = is_memory_file(file, &facts);
    return ZINC_OK;
}

int32_t zinc__os_file_stat_name(int32_t directory, const char *name, zinc__os_stat *out) {
    struct stat facts;
    if (fstatat(directory, name, &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        return failure();
    }
    stat_from(&facts, out);
    return ZINC_OK;
}

int32_t zinc__os_file_set_mode(int32_t file, uint32_t mode) {
    return status_of(fchmod(file, (mode_t)mode));
}

int32_t zinc__os_file_set_group(int32_t file, uint32_t group) {
    return status_of(fchown(file, (uid_t)-1, (gid_t)group));
}

/* Write a zero to each page behind the old end, where the file system cannot allocate (ramfs). Only
 * behind the end: others may be writing before it. */
static int32_t allocate_by_writing(int32_t file, off_t from, off_t to) {
    const char zero = 0;
    off_t page = (off_t)zinc__os_page_size();
    for (off_t at = from; at < to;) {
        off_t next = at - at % page + page;
        off_t last = (next < to ? next : to) - 1;
        ssize_t put = pwrite(file, &zero, 1, last);
        if (put != 1 && errno != EINTR) {
            return put < 0 ? failure() : ZINC_E_NOSPC;
        }
        at = put == 1 ? next : at;
    }
    return ZINC_OK;
}

/* Signals undo an allocation in progress, so a large one could be interrupted for ever: after the
 * first time, in pieces of a few milliseconds that signals wait for. */
static int allocate_in_pieces(int32_t file, off_t size) {
    const off_t piece = (off_t)16 << 20;
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    for (off_t at = 0; at < size; at += piece) {
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        int result = fallocate(file, 0, at, size - at < piece ? size - at : piece);
        int error = errno;
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (result != 0) {
            errno = error;
            return -1;
        }
    }
    return 0;
}

/* Files of huge pages must be whole pages long: the rest of the last one could not be mapped. */
static int32_t whole_pages(int32_t file, uint64_t *size) {
    struct statfs facts;
    if (fstatfs(file, &facts) != 0) {
        return failure();
    }
    if ((uint32_t)facts.f_type == TYPE_HUGETLBFS && facts.f_bsize > 0) {
        uint64_t unit = (uint64_t)facts.f_bsize;
        *size = (*size + unit - 1) / unit * unit;
    }
    return ZINC_OK;
}

int32_t zinc__os_file_allocate(int32_t file, uint64_t size, bool sparse) {
    struct stat before;
    struct rlimit limit;
    if (size > (uint64_t)INT64_MAX / 2) {
        return ZINC_E_OVERFLOW;
    }
    int32_t status = whole_pages(file, &size);
    if (status != ZINC_OK) {
        return status;
    }
    if (fstat(file, &before) != 0) {
        return failure();
    }
    bool longer = (uint64_t)before.st_size < size;
    /* Beyond this limit the kernel sends SIGXFSZ. */
    if (longer && getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        size > limit.rlim_cur) {
        return ZINC_E_OVERFLOW;
    }
    if (sparse) {
        return longer ? status_of(ftruncate(file, (off_t)size)) : ZINC_OK;
    }
    int result = fallocate(file, 0, 0, (off_t)size);
    if (result != 0 && errno == EINTR) {
        result = allocate_in_pieces(file, (off_t)size);
    }
    if (result == 0) {
        return ZINC_OK;
    }
    status = failure();
    if (status == -EOPNOTSUPP) {
        status = longer ? allocate_by_writing(file, before.st_size, (off_t)size) : ZINC_OK;
    }
    if (status != ZINC_OK && longer) {
        (void)ftruncate(file, before.st_size); /* give back what came before the failure */
    }
    return status;
}

int32_t zinc__os_file_read(int32_t file, uint64_t offset, void *bytes, size_t size) {
    unsigned char *at = bytes;
    while (size > 0) {
        ssize_t got = pread(file, at, size, (off_t)offset);
        if (got < 0 && errno != EINTR) {
            return failure();
        }
        if (got == 0) {
            return ZINC_E_CORRUPT;
        }
        if (got > 0) {
            at += got;
            offset += (uint64_t)got;
            size -= (size_t)got;
        }
    }
    return ZINC_OK;
}

/* Files of huge pages cannot be written by calls, only through a mapping. */
static int32_t write_mapped(int32_t file, uint64_t offset, const void *bytes, size_t size) {
    struct statfs facts;
    if (fstatfs(file, &facts) != 0 || (uint32_t)facts.f_type != TYPE_HUGETLBFS) {
        return ZINC_E_INVAL;
    }
    uint64_t unit = (uint64_t)facts.f_bsize;
    uint64_t first = offset - offset % unit;
    uint64_t span = (offset - first + size + unit - 1) / unit * unit;
    if (span > SIZE_MAX / 2) {
        return ZINC_E_OVERFLOW;
    }
    unsigned char *at =
        mmap(NULL, (size_t)span, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)first);
    if (at == MAP_FAILED) {
        return failure();
    }
    memcpy(at + (offset - first), bytes, size);
    (void)munmap(at, (size_t)span);
    return ZINC_OK;
}

int32_t zinc__os_file_write(int32_t file, uint64_t offset, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    struct stat facts;
    if (fstat(file, &facts) != 0) {
        return failure();
    }
    if (offset > (uint64_t)facts.st_size || size > (uint64_t)facts.st_size - offset) {
        return ZINC_E_CORRUPT; /* writing on would make the file longer */
    }
    while (size > 0) {
        ssize_t put = pwrite(file, at, size, (off_t)offset);
        if (put < 0 && errno == EINVAL) {
            return write_mapped(file, offset, at, size);
        }
        if (put < 0 && errno != EINTR) {
            return failure();
        }
        if (put > 0) {
            at += put;
            offset += (uint64_t)put;
            size -= (size_t)put;
        }
    }
    return ZINC_OK;
}

void zinc__os_file_close(int32_t file) {
    if (file >= 0) {
        (void)close(file); /* the descriptor is gone even when a signal interrupts this */
    }
}

bool zinc__os_file_writable(int32_t file) {
    int flags = fcntl(file, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) == O_RDWR;
}

int32_t zinc__os_file_path(int32_t file, char *out, size_t size) {
    static const char mark[] = " (deleted)";
    struct stat facts;
    char text[PATH_MAX + sizeof mark];
    if (fstat(file, &facts) != 0) {
        return failure();
    }
    proc_path path = proc_path_of(file);
    ssize_t got = readlink(path.text, text, sizeof text);
    if (got < 0) {
        return errno == ENOENT || errno == ENOTDIR ? ZINC_E_NOTSUP : failure();
    }
    size_t length = (size_t)got;
    if (length == sizeof text) {
        return ZINC_E_NAMETOOLONG;
    }
    if (length > sizeof mark - 1 &&
        memcmp(text + length - (sizeof mark - 1), mark, sizeof mark - 1) == 0) {
        length -= sizeof mark - 1;
    }
    size_t from = is_memory_file(file, &facts) ? sizeof MEMORY_FILE_PREFIX - 1 : 0;
    from = from <= length ? from : 0;
    if (length - from >= size) {
        return ZINC_E_NAMETOOLONG;
    }
    memcpy(out, text + from, length - from);
    out[length - from] = '\0';
    return ZINC_OK;
}

bool zinc__os_space(int32_t directory, uint64_t *free_out, uint64_t *total_out) {
    struct statfs facts;
    if (fstatfs(directory, &facts) != 0 || facts.f_blocks == 0) {
        return false; /* no blocks: without a limit */
    }
    *free_out = (uint64_t)facts.f_bavail * (uint64_t)facts.f_bsize;
    *total_out = (uint64_t)facts.f_blocks * (uint64_t)facts.f_bsize;
    return true;
}

/* ---- Memory files --------------------------------------------------------------------------- */

int32_t zinc__os_memory_file(const char *label, bool hugetlb, int32_t *out) {
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | (hugetlb ? MFD_HUGETLB : 0U);
    int file = memfd_create(label, flags | MFD_NOEXEC_SEAL);
    if (file < 0 && errno == EINVAL) {
        file = memfd_create(label, flags); /* kernels before 6.3 */
    }
    if (file < 0) {
        bool missing =
            errno == EPERM || errno == ENOENT || errno == ENODEV || (hugetlb && errno == EINVAL);
        return missing ? ZINC_E_NOTSUP : failure();
    }
    return made_0600(file, out);
}

int32_t zinc__os_memory_file_seal(int32_t file, uint32_t seals) {
    int bits = ((seals & ZINC__OS_SEAL_SHRINK) != 0 ? F_SEAL_SHRINK : 0) |
               ((seals & ZINC__OS_SEAL_GROW) != 0 ? F_SEAL_GROW : 0) |
               ((seals & ZINC__OS_SEAL_WRITE) != 0 ? F_SEAL_FUTURE_WRITE : 0) |
               ((seals & ZINC__OS_SEAL_SEALS) != 0 ? F_SEAL_SEAL : 0);
    if (fcntl(file, F_ADD_SEALS, bits) != 0) {
        return errno == EINVAL ? ZINC_E_NOTSUP : failure();
    }
    return ZINC_OK;
}

int32_t zinc__os_memory_file_seals(int32_t file, uint32_t *out) {
    struct stat facts;
    int bits = fcntl(file, F_GET_SEALS);
    if (bits < 0) {
        return errno == EINVAL ? ZINC_E_NOTSUP : failure();
    }
    if (fstat(file, &facts) != 0) {
        return failure();
    }
    if (!is_memory_file(file, &facts)) {
        return ZINC_E_NOTSUP;
    }
    *out =
        ((bits & F_SEAL_SHRINK) != 0 ? (uint32_t)ZINC__OS_SEAL_SHRINK : 0) |
        ((bits & F_SEAL_GROW) != 0 ? (uint32_t)ZINC__OS_SEAL_GROW : 0) |
        ((bits & (F_SEAL_FUTURE_WRITE | F_SEAL_WRITE)) != 0 ? (uint32_t)ZINC__OS_SEAL_WRITE : 0) |
        ((bits & F_SEAL_SEAL) != 0 ? (uint32_t)ZINC__OS_SEAL_SEALS : 0);
    return ZINC_OK;
}

/* ---- Byte locks ----------------------------------------------------------------------------- */

static struct flock range_of(uint32_t byte, uint32_t count, enum zinc__os_lock_kind kind) {
    struct flock range;
    memset(&range, 0, sizeof range); /* l_pid must be 0 */
    range.l_type = (short)(kind == ZINC__OS_LOCK_WRITE  ? F_WRLCK
                           : kind == ZINC__OS_LOCK_READ ? F_RDLCK
                                                        : F_UNLCK);
    range.l_whence = SEEK_SET;
    range.l_start = LOCK_BASE + (off_t)byte;
    range.l_len = (off_t)count;
    return range;
}

int32_t zinc__os_lock(int32_t file, uint32_t byte, enum zinc__os_lock_kind kind) {
    struct flock range = range_of(byte, 1, kind);
    if (fcntl(file, F_OFD_SETLK, &range) == 0) {
        return ZINC_OK;
    }
    return errno == EACCES || errno == EAGAIN ? ZINC_E_AGAIN : failure();
}

int32_t zinc__os_lock_probe(int32_t file, uint32_t byte, uint32_t count,
                            enum zinc__os_lock_kind kind, enum zinc__os_lock_kind *kind_out,
                            uint32_t *byte_out) {
    struct flock range = range_of(byte, count, kind);
    if (fcntl(file, F_OFD_GETLK, &range) != 0) {
        return failure();
    }
    if (range.l_type == F_UNLCK) {
        *kind_out = ZINC__OS_UNLOCK;
        return ZINC_OK;
    }
    /* A foreign lock may begin before the range. */
    off_t first = range.l_start - LOCK_BASE;
    *byte_out = first < (off_t)byte ? byte : (uint32_t)first;
    *kind_out = range.l_type == F_WRLCK ? ZINC__OS_LOCK_WRITE : ZINC__OS_LOCK_READ;
    return ZINC_OK;
}

/* ---- Mappings ------------------------------------------------------------------------------- */

static size_t rounded(size_t size, size_t unit) {
    return (size + unit - 1) / unit * unit;
}

/* Try an operation on a range that may be of huge pages, which want it rounded to a size that only
 * the file knows: no other mapping can lie in the rest of a huge page. */
static int on_whole_pages(int (*operation)(void *address, size_t size), uint8_t *address,
                          size_t size) {
    int result = operation(address, rounded(size, zinc__os_page_size()));
    for (size_t unit = 65536; result != 0 && errno == EINVAL && unit <= (size_t)1 << 30;
         unit *= 2) {
        result = operation(address, rounded(size, unit));
    }
    return result;
}

static int leave_out_of_dumps(void *address, size_t size) {
    return madvise(address, size, MADV_DONTDUMP);
}

static int lay_zeros(void *address, size_t size) {
    void *zeros = mmap(address, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    return zeros == MAP_FAILED ? -1 : 0;
}

/* At a huge page's boundary: more than needed is reserved, and the ends are given back. */
static void *map_aligned(int32_t file, size_t size, int protection) {
    size_t room = size + HUGE_PAGE;
    if (room < size) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    uint8_t *reserved =
        mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED) {
        return MAP_FAILED;
    }
    size_t before = (HUGE_PAGE - (uintptr_t)reserved % HUGE_PAGE) % HUGE_PAGE;
    uint8_t *address = reserved + before;
    if (mmap(address, size, protection, MAP_SHARED | MAP_NORESERVE | MAP_FIXED, file, 0) ==
        MAP_FAILED) {
        int error = errno;
        (void)munmap(reserved, room);
        errno = error;
        return MAP_FAILED;
    }
    if (before > 0) {
        (void)munmap(reserved, before);
    }
    if (room - before > size) {
        (void)munmap(address + size, room - before - size);
    }
    return address;
}

int32_t zinc__os_map(int32_t file, size_t size, bool writable, bool huge_aligned, uint8_t **out) {
    int protection = PROT_READ | (writable ? PROT_WRITE : 0);
    struct statfs facts;
    size_t length = rounded(size, zinc__os_page_size());
    if (size == 0) {
        return ZINC_E_INVAL;
    }
    if (length < size) {
        return ZINC_E_OVERFLOW;
    }
    /* Files of huge pages are aligned by the kernel, to their own page size. */
    bool align =
        huge_aligned && fstatfs(file, &facts) == 0 && (uint32_t)facts.f_type != TYPE_HUGETLBFS;
    void *address = align ? map_aligned(file, length, protection)
                          : mmap(NULL, size, protection, MAP_SHARED | MAP_NORESERVE, file, 0);
    if (address == MAP_FAILED) {
        return errno == EINVAL || errno == EOVERFLOW ? ZINC_E_OVERFLOW : failure();
    }
    (void)on_whole_pages(leave_out_of_dumps, address, size);
    *out = address;
    return ZINC_OK;
}

void zinc__os_unmap(uint8_t *address, size_t size) {
    if (address != NULL && size > 0) {
        (void)on_whole_pages(munmap, address, size);
    }
}

int32_t zinc__os_map_zeros(uint8_t *address, size_t size) {
    if (on_whole_pages(lay_zeros, address, size) != 0) {
        return failure();
    }
    (void)leave_out_of_dumps(address, rounded(size, zinc__os_page_size()));
    return ZINC_OK;
}

int32_t zinc__os_prefault(uint8_t *address, size_t size, bool writable) {
    int advice = writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
    size_t length = rounded(size, zinc__os_page_size());
    if (!advice_is_followed(address)) {
        return ZINC_E_NOTSUP;
    }
    for (int tries = 0; madvise(address, length, advice) != 0; tries++) {
        switch (errno) {
        case EFAULT:
            return ZINC_E_GONE; /* behind the file's end, or its file system is full */
        case EINVAL:            /* touching the pages instead could raise the signal */
            return ZINC_E_NOTSUP;
        case EINTR:
        case EAGAIN:
            if (tries < 100) {
                continue;
            }
            return failure();
        default:
            return failure();
        }
    }
    return ZINC_OK;
}

int32_t zinc__os_huge_pages(uint8_t *address, size_t size) {
    size_t length = rounded(size, zinc__os_page_size());
    if (madvise(address, length, MADV_HUGEPAGE) != 0) {
        return errno == EINVAL ? ZINC_E_NOTSUP : failure();
    }
    for (int tries = 0; madvise(address, length, MADV_COLLAPSE) != 0; tries++) {
        if (errno == EINVAL) {
            return ZINC_E_NOTSUP;
        }
        if ((errno != EAGAIN && errno != EINTR) || tries == 3) {
            return failure();
        }
    }
    return ZINC_OK;
}

typedef struct huge_count {
    uintptr_t begin;
    uintptr_t end;
    bool inside; /* the lines that come now are about a mapping in the range */
    uint64_t kilobytes;
} huge_count;

static void count_huge(void *context, const char *line) {
    static const char *const fields[] = {
        "ShmemPmdMapped:", "FilePmdMapped:", "Shared_Hugetlb:", "Private_Hugetlb:"};
    huge_count *count = context;
    char *end = NULL;
    unsigned long long from = strtoull(line, &end, 16);
    if (end != line && *end == '-') {
        unsigned long long to = strtoull(end + 1, NULL, 16);
        count->inside = from < count->end && to > count->begin;
        return;
    }
    for (size_t i = 0; count->inside && i < sizeof fields / sizeof fields[0]; i++) {
        size_t length = strlen(fields[i]);
        if (strncmp(line, fields[i], length) == 0) {
            count->kilobytes += strtoull(line + length, NULL, 10);
        }
    }
}

uint64_t zinc__os_huge_bytes(uint8_t *address, size_t size) {
    huge_count count = {.begin = (uintptr_t)address, .end = (uintptr_t)address + size};
    each_line("/proc/thread-self/smaps", count_huge, &count);
    return count.kilobytes * 1024;
}

/* ---- Waiting for a word to change ----------------------------------------------------------- */

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#if !defined(SYS_futex) && defined(SYS_futex_time64)
#define SYS_futex SYS_futex_time64 /* systems that never had seconds of 32 bits */
#endif
#if LONG_MAX == INT32_MAX && !defined(__x86_64__)
#define OLD_SECONDS 1 /* SYS_futex takes two 32-bit numbers, whatever the library's time_t is */
#ifndef SYS_futex_time64
#define SYS_futex_time64 422
#endif
#endif

enum {
    WAIT_BITSET = 9, /* FUTEX_WAIT_BITSET: the deadline is absolute and monotonic */
    WAKE = 1,        /* FUTEX_WAKE */
    PRIVATE = 128,   /* FUTEX_PRIVATE_FLAG and FUTEX2_PRIVATE */
    SIZE_32 = 2,     /* FUTEX2_SIZE_U32 */
    WORDS_MAX = 128  /* FUTEX_WAITV_MAX */
};

typedef struct deadline {
    int64_t seconds;
    int64_t nanoseconds;
} deadline;

typedef struct waitv_word { /* struct futex_waitv */
    uint64_t expected;
    uint64_t address;
    uint32_t flags;
    uint32_t reserved;
} waitv_word;

static pthread_once_t words_once = PTHREAD_ONCE_INIT;
static uint32_t words_max = 1;

static void find_words_max(void) {
    const char *off = zinc__os_environment("ZINC_NO_WAITV");
    if (off != NULL && strcmp(off, "1") == 0) {
        return;
    }
    /* No words: EINVAL where the call exists. */
    if (syscall(SYS_futex_waitv, NULL, 0, 0, NULL, 0) < 0 && errno == EINVAL) {
        words_max = WORDS_MAX;
    }
}

uint32_t zinc__os_wait_words_max(void) {
    (void)pthread_once(&words_once, find_words_max);
    return words_max;
}

static long wait_one(const zinc__os_word *word, const deadline *end) {
    int operation = WAIT_BITSET | (word->shared ? 0 : PRIVATE);
#ifdef OLD_SECONDS
    long result =
        syscall(SYS_futex_time64, word->address, operation, word->expected, end, NULL, UINT32_MAX);
    if (result == 0 || (errno != ENOSYS && errno != EPERM)) {
        return result;
    }
    struct {
        int32_t seconds;
        int32_t nanoseconds;
    } old = {
        .seconds = end->seconds > INT32_MAX ? INT32_MAX : (int32_t)end->seconds,
        .nanoseconds = (int32_t)end->nanoseconds,
    };
    return syscall(SYS_futex, word->address, operation, word->expected, &old, NULL, UINT32_MAX);
#else
    return syscall(SYS_futex, word->address, operation, word->expected, end, NULL, UINT32_MAX);
#endif
}

static long wait_several(const zinc__os_word *words, uint32_t count, const deadline *end) {
    waitv_word list[WORDS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        list[i] = (waitv_word){
            .expected = words[i].expected,
            .address = (uintptr_t)words[i].address,
            .flags = SIZE_32 | (words[i].shared ? 0U : (uint32_t)PRIVATE),
        };
    }
    return syscall(SYS_futex_waitv, list, count, 0, end, CLOCK_MONOTONIC);
}

int32_t zinc__os_wait_words(const zinc__os_word *words, uint32_t count, int64_t deadline_ns) {
    if (count == 0 || count > zinc__os_wait_words_max()) {
        return ZINC_E_INVAL;
    }
    deadline_ns = deadline_ns < 0 ? 0 : deadline_ns;
    deadline end = {.seconds = deadline_ns / 1000000000, .nanoseconds = deadline_ns % 1000000000};
    long result = count == 1 ? wait_one(words, &end) : wait_several(words, count, &end);
    if (result >= 0) {
        return ZINC_OK;
    }
    return errno == EFAULT ? ZINC_E_GONE : failure();
}

void zinc__os_wake_word(const void *address, bool shared) {
    int before = errno; /* a signal handler may call this */
    (void)syscall(SYS_futex, address, WAKE | (shared ? 0 : PRIVATE), INT_MAX, NULL, NULL, 0);
    errno = before;
}

/* ---- Telling an event loop ------------------------------------------------------------------ */

int32_t zinc__os_flag_create(int32_t *out) {
    int flag = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (flag < 0) {
        return failure();
    }
    *out = flag;
    return ZINC_OK;
}

void zinc__os_flag_raise(int32_t flag) {
    uint64_t one = 1; /* a count at its end is readable all the same */
    ssize_t put = write(flag, &one, sizeof one);
    (void)put;
}

void zinc__os_flag_lower(int32_t flag) {
    uint64_t count = 0;
    ssize_t got = read(flag, &count, sizeof count);
    (void)got;
}

/* ---- Handing descriptors over --------------------------------------------------------------- */

int32_t zinc__os_send_descriptor(int32_t socket, int32_t file) {
    char byte = 'z'; /* a stream carries a descriptor only along with a byte */
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr header;
        unsigned char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    int descriptor = file;
    memset(&control, 0, sizeof control);
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = &control;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    for (;;) {
        if (sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) {
            return ZINC_OK;
        }
        if (errno != EINTR) {
            return errno == ECONNRESET ? ZINC_E_CLOSED : failure();
        }
    }
}

/* The first descriptor of a message, all others closed; -1 if there is none. */
static int take_descriptors(const unsigned char *control, size_t size) {
    int first = -1;
    struct cmsghdr header;
    for (size_t at = 0; at + sizeof header <= size;) {
        memcpy(&header, control + at, sizeof header);
        size_t length = (size_t)header.cmsg_len;
        if (length < CMSG_LEN(0) || length > size - at) {
            break;
        }
        bool rights = header.cmsg_level == SOL_SOCKET && header.cmsg_type == SCM_RIGHTS;
        for (size_t i = CMSG_LEN(0); rights && i + sizeof(int) <= length; i += sizeof(int)) {
            int descriptor = -1;
            memcpy(&descriptor, control + at + i, sizeof descriptor);
            if (first < 0) {
                first = descriptor;
            } else {
                close(descriptor);
            }
        }
        at += CMSG_SPACE(length - CMSG_LEN(0));
    }
    return first;
}

int32_t zinc__os_receive_descriptor(int32_t socket, int32_t *out) {
    char byte = 0;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    _Alignas(8) unsigned char control[512]; /* what does not fit, the kernel closes */
    for (;;) {
        struct msghdr message;
        memset(&message, 0, sizeof message);
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno == ECONNRESET ? ZINC_E_CLOSED : failure();
        }
        int descriptor = take_descriptors(control, (size_t)message.msg_controllen);
        if (descriptor >= 0) {
            *out = descriptor;
            return ZINC_OK;
        }
        return got == 0 ? ZINC_E_CLOSED : ZINC_E_BADF;
    }
}

/* ---- Facts for people ----------------------------------------------------------------------- */

static void count_one(void *context, const char *unused) {
    (void)unused;
    ++*(uint64_t *)context;
}

typedef struct setting {
    char name
        [256]; /* of the last drop-in that says something: they are read in their names' order */
    uint32_t value;
    const char *folder;
    const char *file;
} setting;

static void read_setting(void *context, const char *line) {
    static const char key[] = "RemoveIPC=";
    setting *found = context;
    line += strspn(line, " \t");
    if (strncmp(line, key, sizeof key - 1) != 0) {
        return;
    }
    line += sizeof key - 1;
    bool yes = strncmp(line, "yes", 3) == 0 || strncmp(line, "true", 4) == 0 ||
               strncmp(line, "on", 2) == 0 || *line == '1';
    found->value = yes ? 1 : 0;
    (void)snprintf(found->name, sizeof found->name, "%s", found->file);
}

static void read_drop_in(void *context, const char *name) {
    setting *found = context;
    size_t length = strlen(name);
    char path[512];
    if (length < 6 || strcmp(name + length - 5, ".conf") != 0 || strcmp(name, found->name) <= 0) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s.d/%s", found->folder, name);
    found->file = name;
    each_line(path, read_setting, found);
    found->file = "";
}

/* Whether logind removes a user's files in /dev/shm at the end of the last login. */
static uint32_t remove_ipc(void) {
    static const char *const files[] = {"/etc/systemd/logind.conf", "/run/systemd/logind.conf",
                                        "/usr/local/lib/systemd/logind.conf",
                                        "/usr/lib/systemd/logind.conf"};
    if (access("/run/systemd/seats", F_OK) != 0) {
        return 2;
    }
    setting found = {.value = 1, .file = ""}; /* logind's own default */
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (access(files[i], R_OK) == 0) {
            each_line(files[i], read_setting, &found); /* the first main file counts alone */
            break;
        }
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char folder[128];
        found.folder = files[i];
        (void)snprintf(folder, sizeof folder, "%s.d", files[i]);
        each_name(folder, read_drop_in, &found);
    }
    return found.value;
}

/* The word in brackets of "always within_size [never] deny". */
static void huge_pages_mode(char out[static 24]) {
    char text[256];
    memset(out, 0, 24);
    if (!read_text("/sys/kernel/mm/transparent_hugepage/shmem_enabled", text, sizeof text)) {
        return;
    }
    const char *from = strchr(text, '[');
    const char *to = from == NULL ? NULL : strchr(from, ']');
    if (to != NULL) {
        copy_name(out, from + 1, (size_t)(to - from - 1));
    }
}

/* From getrlimit, whose first parameter has another type in each C library. */
static uint64_t limit_from(int result, const struct rlimit *limit) {
    return result != 0 || limit->rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit->rlim_cur;
}

static void doctor_directory(int32_t directory, zinc_doctor_facts *out) {
    struct statfs facts;
    struct stat stat;
    int32_t file = -1;
    if (fstatfs(directory, &facts) == 0) {
        const file_system *known = file_system_of(&facts);
        if (known != NULL) {
            copy_name(out->filesystem, known->name, strlen(known->name));
        } else {
            (void)snprintf(out->filesystem, sizeof out->filesystem, "0x%x", (unsigned)facts.f_type);
        }
        (void)zinc__os_space(directory, &out->directory_free, &out->directory_total);
        if (facts.f_files != 0) {
            out->inodes_total = facts.f_files;
            out->inodes_free = facts.f_ffree;
        }
    }
    if (fstat(directory, &stat) == 0) {
        out->directory_sticky = (stat.st_mode & S_ISVTX) != 0;
    }
    if (zinc__os_file_create_unnamed(directory, &file) == ZINC_OK) {
        out->has_tmpfile = 1;
        zinc__os_file_close(file);
    }
}

void zinc__os_doctor(int32_t directory, zinc_doctor_facts *out) {
    int32_t file = -1;
    uint64_t count = 0;
    struct rlimit limit;
    memset(out->filesystem, 0, sizeof out->filesystem);
    out->directory_total = out->directory_free = UINT64_MAX;
    out->inodes_total = out->inodes_free = UINT64_MAX;
    out->has_tmpfile = 0;
    out->directory_sticky = 0;
    doctor_directory(directory, out);
    huge_pages_mode(out->huge_pages);
    out->descriptors_limit = limit_from(getrlimit(RLIMIT_NOFILE, &limit), &limit);
    out->address_space_limit = limit_from(getrlimit(RLIMIT_AS, &limit), &limit);
    each_name("/proc/thread-self/fd", count_one, &count);
    out->descriptors_used = count == 0 ? UINT64_MAX : count - 1; /* one was the folder's */
    count = 0;
    each_line("/proc/thread-self/maps", count_one, &count);
    out->maps_used = count == 0 ? UINT64_MAX : count;
    out->maps_limit = read_number("/proc/sys/vm/max_map_count");
    out->page_size = zinc__os_page_size();
    out->processors = zinc__os_processors();
    out->has_proc = has_proc();
    out->has_waitv = zinc__os_wait_words_max() > 1;
    out->has_memfd = zinc__os_memory_file("doctor", false, &file) == ZINC_OK;
    zinc__os_file_close(file);
    out->remove_ipc = remove_ipc();
}

/* The C library's own texts depend on the locale, or come in a buffer that the next call of another
 * thread may change. */
static const char *const error_texts[] = {
    [EPERM] = "Operation not permitted",
    [ENOENT] = "No such file or directory",
    [ESRCH] = "No such process",
    [EINTR] = "Interrupted system call",
    [EIO] = "Input/output error",
    [ENXIO] = "No such device or address",
    [E2BIG] = "Argument list too long",
    [ENOEXEC] = "Exec format error",
    [EBADF] = "Bad file descriptor",
    [ECHILD] = "No child processes",
    [EAGAIN] = "Resource temporarily unavailable",
    [ENOMEM] = "Cannot allocate memory",
    [EACCES] = "Permission denied",
    [EFAULT] = "Bad address",
    [ENOTBLK] = "Block device required",
    [EBUSY] = "Device or resource busy",
    [EEXIST] = "File exists",
    [EXDEV] = "Invalid cross-device link",
    [ENODEV] = "No such device",
    [ENOTDIR] = "Not a directory",
    [EISDIR] = "Is a directory",
    [EINVAL] = "Invalid argument",
    [ENFILE] = "Too many open files in system",
    [EMFILE] = "Too many open files",
    [ENOTTY] = "Inappropriate ioctl for device",
    [ETXTBSY] = "Text file busy",
    [EFBIG] = "File too large",
    [ENOSPC] = "No space left on device",
    [ESPIPE] = "Illegal seek",
    [EROFS] = "Read-only file system",
    [EMLINK] = "Too many links",
    [EPIPE] = "Broken pipe",
    [EDOM] = "Numerical argument out of domain",
    [ERANGE] = "Numerical result out of range",
    [EDEADLK] = "Resource deadlock avoided",
    [ENAMETOOLONG] = "File name too long",
    [ENOLCK] = "No locks available",
    [ENOSYS] = "Function not implemented",
    [ENOTEMPTY] = "Directory not empty",
    [ELOOP] = "Too many levels of symbolic links",
    [ENOMSG] = "No message of desired type",
    [EIDRM] = "Identifier removed",
    [ECHRNG] = "Channel number out of range",
    [EL2NSYNC] = "Level 2 not synchronized",
    [EL3HLT] = "Level 3 halted",
    [EL3RST] = "Level 3 reset",
    [ELNRNG] = "Link number out of range",
    [EUNATCH] = "Protocol driver not attached",
    [ENOCSI] = "No CSI structure available",
    [EL2HLT] = "Level 2 halted",
    [EBADE] = "Invalid exchange",
    [EBADR] = "Invalid request descriptor",
    [EXFULL] = "Exchange full",
    [ENOANO] = "No anode",
    [EBADRQC] = "Invalid request code",
    [EBADSLT] = "Invalid slot",
    [EBFONT] = "Bad font file format",
    [ENOSTR] = "Device not a stream",
    [ENODATA] = "No data available",
    [ETIME] = "Timer expired",
    [ENOSR] = "Out of streams resources",
    [ENONET] = "Machine is not on the network",
    [ENOPKG] = "Package not installed",
    [EREMOTE] = "Object is remote",
    [ENOLINK] = "Link has been severed",
    [EADV] = "Advertise error",
    [ESRMNT] = "Srmount error",
    [ECOMM] = "Communication error on send",
    [EPROTO] = "Protocol error",
    [EMULTIHOP] = "Multihop attempted",
    [EDOTDOT] = "RFS specific error",
    [EBADMSG] = "Bad message",
    [EOVERFLOW] = "Value too large for defined data type",
    [ENOTUNIQ] = "Name not unique on network",
    [EBADFD] = "File descriptor in bad state",
    [EREMCHG] = "Remote address changed",
    [ELIBACC] = "Can not access a needed shared library",
    [ELIBBAD] = "Accessing a corrupted shared library",
    [ELIBSCN] = ".lib section in a.out corrupted",
    [ELIBMAX] = "Attempting to link in too many shared libraries",
    [ELIBEXEC] = "Cannot exec a shared library directly",
    [EILSEQ] = "Invalid or incomplete multibyte or wide character",
    [ERESTART] = "Interrupted system call should be restarted",
    [ESTRPIPE] = "Streams pipe error",
    [EUSERS] = "Too many users",
    [ENOTSOCK] = "Socket operation on non-socket",
    [EDESTADDRREQ] = "Destination address required",
    [EMSGSIZE] = "Message too long",
    [EPROTOTYPE] = "Protocol wrong type for socket",
    [ENOPROTOOPT] = "Protocol not available",
    [EPROTONOSUPPORT] = "Protocol not supported",
    [ESOCKTNOSUPPORT] = "Socket type not supported",
    [EOPNOTSUPP] = "Operation not supported",
    [EPFNOSUPPORT] = "Protocol family not supported",
    [EAFNOSUPPORT] = "Address family not supported by protocol",
    [EADDRINUSE] = "Address already in use",
    [EADDRNOTAVAIL] = "Cannot assign requested address",
    [ENETDOWN] = "Network is down",
    [ENETUNREACH] = "Network is unreachable",
    [ENETRESET] = "Network dropped connection on reset",
    [ECONNABORTED] = "Software caused connection abort",
    [ECONNRESET] = "Connection reset by peer",
    [ENOBUFS] = "No buffer space available",
    [EISCONN] = "Transport endpoint is already connected",
    [ENOTCONN] = "Transport endpoint is not connected",
    [ESHUTDOWN] = "Cannot send after transport endpoint shutdown",
    [ETOOMANYREFS] = "Too many references: cannot splice",
    [ETIMEDOUT] = "Connection timed out",
    [ECONNREFUSED] = "Connection refused",
    [EHOSTDOWN] = "Host is down",
    [EHOSTUNREACH] = "No route to host",
    [EALREADY] = "Operation already in progress",
    [EINPROGRESS] = "Operation now in progress",
    [ESTALE] = "Stale file handle",
    [EUCLEAN] = "Structure needs cleaning",
    [ENOTNAM] = "Not a XENIX named type file",
    [ENAVAIL] = "No XENIX semaphores available",
    [EISNAM] = "Is a named type file",
    [EREMOTEIO] = "Remote I/O error",
    [EDQUOT] = "Disk quota exceeded",
    [ENOMEDIUM] = "No medium found",
    [EMEDIUMTYPE] = "Wrong medium type",
    [ECANCELED] = "Operation canceled",
    [ENOKEY] = "Required key not available",
    [EKEYEXPIRED] = "Key has expired",
    [EKEYREVOKED] = "Key has been revoked",
    [EKEYREJECTED] = "Key was rejected by service",
    [EOWNERDEAD] = "Owner died",
    [ENOTRECOVERABLE] = "State not recoverable",
    [ERFKILL] = "Operation not possible due to RF-kill",
};

const char *zinc__os_error_text(int32_t system_errno) {
    size_t count = sizeof error_texts / sizeof error_texts[0];
    if (system_errno > 0 && (size_t)system_errno < count && error_texts[system_errno] != NULL) {
        return error_texts[system_errno];
    }
    return "Unknown system error";
}
