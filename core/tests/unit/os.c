/* SPDX-License-Identifier: MIT */
/* The contract of os/os.h, asked of the real system: each promise that the layers above rely on, by
 * files, processes, signals and mounts. Runs as any user; what only root can arrange (a full file
 * system, a foreign user, a system without /proc) are cases of their own. */
#define _GNU_SOURCE
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "base/atomic.h"
#include "cases.h"

#define MS INT64_C(1000000)
#define MIB ((size_t)1 << 20)
#define NOBODY 65534

static char folder_path[80]; /* of the case */
static int32_t folder = -1;

/* ---- Helpers -------------------------------------------------------------------------------- */

static void needs_root(void) {
    if (geteuid() != 0) {
        case_skip("needs root");
    }
}

/* What a child begins with: it ends with its parent, and by a watchdog of its own. */
static void begin_child(void) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    step(verify_current_step);
}

/* Run `body` in a child and expect it to return. */
static void in_child(void (*body)(void)) {
    pid_t child = fork();
    verify(child >= 0);
    if (child == 0) {
        begin_child();
        body();
        _exit(0);
    }
    int how = -1;
    verify(waitpid(child, &how, 0) == child);
    verify(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

static int32_t named(const char *name, uint64_t size) {
    int32_t file = -1;
    verify(zinc__os_file_create_named(folder, name, &file) == ZINC_OK);
    verify(zinc__os_file_allocate(file, size, false) == ZINC_OK);
    return file;
}

static void remove_named(const char *name, int32_t file) {
    zinc__os_file_close(file);
    verify(zinc__os_file_unlink(folder, name) == ZINC_OK);
}

static int32_t memory(uint64_t size) {
    int32_t file = -1;
    verify(zinc__os_memory_file("unit", false, &file) == ZINC_OK);
    verify(zinc__os_file_allocate(file, size, false) == ZINC_OK);
    return file;
}

static uint8_t *mapped(int32_t file, size_t size, bool writable) {
    uint8_t *address = NULL;
    verify(zinc__os_map(file, size, writable, false, &address) == ZINC_OK);
    verify(address != NULL);
    return address;
}

static bool closes_on_exec(int32_t file) {
    return (fcntl(file, F_GETFD) & FD_CLOEXEC) != 0;
}

static uint64_t descriptors(void) {
    zinc_doctor_facts facts;
    memset(&facts, 0, sizeof facts);
    zinc__os_doctor(folder, &facts);
    return facts.descriptors_used;
}

/* Let a system call fail with this error, in this process and what it executes; where `mask` is not
 * 0 only if the argument of this index has one of the mask's bits. */
static void refuse(long number, uint32_t argument, uint32_t mask, int error) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 (uint32_t)offsetof(struct seccomp_data, args) + 8 * argument),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, mask, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    program[1].jt = mask == 0 ? 2 : 0;
    struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
    verify(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    verify(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

/* A thread that sends SIGUSR1 to another one each millisecond. */
typedef struct pest {
    pthread_t victim;
    pthread_t thread;
    zinc__u32 stop;
} pest;

static zinc__u32 signals_seen;

static void on_signal(int number) {
    (void)number;
    (void)zinc__add32_relaxed(&signals_seen, 1);
}

static void *pest_main(void *argument) {
    pest *self = argument;
    while (zinc__load32_acquire(&self->stop) == 0) {
        (void)zinc__os_sleep_ns(MS);
        (void)pthread_kill(self->victim, SIGUSR1);
    }
    return NULL;
}

static void pest_start(pest *self, int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = flags;
    verify(sigaction(SIGUSR1, &action, NULL) == 0);
    zinc__store32_relaxed(&signals_seen, 0);
    zinc__store32_relaxed(&self->stop, 0);
    self->victim = pthread_self();
    verify(pthread_create(&self->thread, NULL, pest_main, self) == 0);
}

static void pest_stop(pest *self) {
    zinc__store32_release(&self->stop, 1);
    verify(pthread_join(self->thread, NULL) == 0);
}

/* ---- Time ----------------------------------------------------------------------------------- */

static void time_goes_on(void) {
    int64_t before = zinc__os_monotonic_ns();
    struct timespec system_clock;
    verify(clock_gettime(CLOCK_MONOTONIC, &system_clock) == 0);
    int64_t same = (int64_t)system_clock.tv_sec * 1000000000 + system_clock.tv_nsec;
    verify(same >= before && same - before < 1000 * MS);
    verify(zinc__os_sleep_ns(20 * MS) == ZINC_OK);
    verify(zinc__os_monotonic_ns() - before >= 20 * MS);
    verify(zinc__os_sleep_ns(0) == ZINC_OK && zinc__os_sleep_ns(-5) == ZINC_OK);

    int64_t away = zinc__os_realtime_ns() / 1000000000 - (int64_t)time(NULL);
    verify(away >= -2 && away <= 2);
}

static void sleep_ends_at_a_signal(void) {
    pest signals;
    pest_start(&signals, SA_RESTART);
    verify(zinc__os_sleep_ns(INT64_MAX) == ZINC_E_INTR);
    pest_stop(&signals);
}

/* ---- Process -------------------------------------------------------------------------------- */

static zinc__os_identity parents;

static void child_is_another(void) {
    zinc__os_identity mine;
    zinc__os_identify(&mine);
    verify(mine.pid == (uint32_t)getpid() && mine.pid != parents.pid);
    verify(mine.pid_namespace == parents.pid_namespace && mine.boot == parents.boot);
    verify(mine.started_ticks >= parents.started_ticks);
}

static void identity(void) {
    zinc__os_identity again;
    memset(&parents, 0xff, sizeof parents);
    memset(&again, 0, sizeof again);
    zinc__os_identify(&parents);
    zinc__os_identify(&again);
    verify(memcmp(&parents, &again, sizeof again) == 0);
    verify(parents.pid == (uint32_t)getpid());
    verify(parents.started_ticks > 0 && parents.pid_namespace > 0 && parents.boot > 0);
    char name[17] = "";
    verify(prctl(PR_GET_NAME, name) == 0); /* this is the first thread */
    verify(strcmp(parents.program, name) == 0);
    verify(parents.program[23] == '\0');
    in_child(child_is_another);

    long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL); /* past the fork handlers */
    verify(child >= 0);
    if (child == 0) {
        child_is_another();
        _exit(0);
    }
    int how = -1;
    verify(waitpid((pid_t)child, &how, 0) == child && how == 0);
}

static void on_one_processor(void) {
    cpu_set_t all;
    cpu_set_t one;
    verify(sched_getaffinity(0, sizeof all, &all) == 0);
    verify(zinc__os_processors() == (uint32_t)CPU_COUNT(&all));
    size_t first = 0;
    while (!CPU_ISSET(first, &all)) {
        first++;
    }
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    verify(sched_setaffinity(0, sizeof one, &one) == 0);
    verify(zinc__os_processors() == 1);
}

static void system_numbers(void) {
    in_child(on_one_processor);
    verify(zinc__os_page_size() == (size_t)sysconf(_SC_PAGESIZE));
    verify(zinc__os_user() == geteuid());
    unsigned char one[40] = {0};
    unsigned char two[40] = {0};
    zinc__os_random(one, 32);
    zinc__os_random(two, 32);
    verify(memcmp(one, two, 32) != 0);
    for (size_t i = 32; i < 40; i++) {
        verify(one[i] == 0);
    }
}

/* As another program run by a less privileged user would see the environment. */
static void exec_privileged(void) {
    verify(setenv("ZINC_UNIT_OS", "set", 1) == 0);
    verify(setresuid(NOBODY, 0, 0) == 0);
    execl("/proc/self/exe", "os", "environment", "hidden", (char *)NULL);
    verify(false);
}

static void exec_plain(void) {
    verify(setenv("ZINC_UNIT_OS", "set", 1) == 0);
    execl("/proc/self/exe", "os", "environment", "seen", (char *)NULL);
    verify(false);
}

static void environment(void) {
    verify(zinc__os_environment("ZINC_UNIT_OS") == NULL);
    in_child(exec_plain);
}

static void environment_of_the_privileged(void) {
    needs_root();
    in_child(exec_privileged);
}

static int prepared;
static int parent_called;
static int child_called;
static void on_prepare(void) {
    prepared++;
}
static void on_parent(void) {
    parent_called++;
}
static void on_child(void) {
    child_called++;
}
static void handlers_ran_in_child(void) {
    verify(prepared == 1 && parent_called == 0 && child_called == 1);
}

static void fork_handlers(void) {
    verify(zinc__os_at_fork(on_prepare, on_parent, on_child) == ZINC_OK);
    in_child(handlers_ran_in_child);
    verify(prepared == 1 && parent_called == 1 && child_called == 0);
}

static uint64_t *wiped;
static void wiped_is_zero(void) {
    verify(wiped[0] == 0);
    wiped[0] = 3; /* and the child's to use */
    verify(wiped[0] == 3);
}

static void wiped_page(void) {
    wiped = zinc__os_page_wiped_on_fork();
    verify(wiped != NULL && wiped[0] == 0);
    void *another = zinc__os_page_wiped_on_fork();
    verify(another != NULL && another != (void *)wiped);
    wiped[0] = 7;
    in_child(wiped_is_zero);
    verify(wiped[0] == 7);
    long child = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    verify(child >= 0);
    if (child == 0) {
        wiped_is_zero();
        _exit(0);
    }
    int how = -1;
    verify(waitpid((pid_t)child, &how, 0) == child && how == 0);
    verify(wiped[0] == 7);
}

/* ---- Threads -------------------------------------------------------------------------------- */

static zinc__os_mutex mutex;
static uint64_t guarded;
static zinc__u32 ended;

static void count_guarded(void *context) {
    uint32_t rounds = *(uint32_t *)context;
    for (uint32_t i = 0; i < rounds; i++) {
        zinc__os_mutex_lock(&mutex);
        guarded++;
        zinc__os_mutex_unlock(&mutex);
    }
    (void)zinc__add32_acq_rel(&ended, 1);
}

static void look_around(void *context) {
    sigset_t blocked;
    char name[17] = "";
    verify(pthread_sigmask(SIG_BLOCK, NULL, &blocked) == 0);
    verify(sigismember(&blocked, SIGINT) == 1 && sigismember(&blocked, SIGALRM) == 1);
    verify(sigismember(&blocked, SIGUSR1) == 1 && sigismember(&blocked, SIGCHLD) == 1);
    verify(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "zinc-events") == 0);
    unsigned char stack[48 * 1024];
    memset(stack, *(unsigned char *)context, sizeof stack);
    verify(stack[0] == 5 && stack[sizeof stack - 1] == 5);
    (void)zinc__add32_acq_rel(&ended, 1);
}

static void wait_for_ended(uint32_t count) {
    while (zinc__load32_acquire(&ended) != count) {
        (void)zinc__os_sleep_ns(MS);
    }
}

static void threads(void) {
    uint32_t rounds = 100000;
    zinc__os_mutex_init(&mutex);
    verify(zinc__os_thread_start(count_guarded, &rounds) == ZINC_OK);
    verify(zinc__os_thread_start(count_guarded, &rounds) == ZINC_OK);
    wait_for_ended(2);
    zinc__os_mutex_lock(&mutex);
    verify(guarded == 200000);
    zinc__os_mutex_unlock(&mutex);
    zinc__os_mutex_destroy(&mutex);

    unsigned char five = 5;
    verify(zinc__os_thread_start(look_around, &five) == ZINC_OK);
    wait_for_ended(3);
    sigset_t blocked;
    verify(pthread_sigmask(SIG_BLOCK, NULL, &blocked) == 0);
    verify(sigismember(&blocked, SIGUSR1) == 0); /* the starter's own mask is as before */
}

/* ---- Directory ------------------------------------------------------------------------------ */

typedef struct names {
    uint32_t count;
    uint32_t end_at;
    char last[64];
} names;

static int32_t count_name(void *context, const char *name) {
    names *seen = context;
    seen->count++;
    (void)snprintf(seen->last, sizeof seen->last, "%s", name);
    return seen->count == seen->end_at ? ZINC_E_BUSY : ZINC_OK;
}

static int32_t read_inside(void *context, const char *name) {
    names inner = {0};
    (void)count_name(context, name);
    verify(zinc__os_directory_read(folder, "", count_name, &inner) == ZINC_OK);
    verify(inner.count == 3); /* not what the walk around it has left */
    return ZINC_OK;
}

static void directories(void) {
    int32_t out = -77;
    verify(zinc__os_directory_open("/proc", &out) == ZINC_E_NOTSUP);
    verify(zinc__os_directory_open("/dev/shm/zinc-unit-os-none", &out) == ZINC_E_NOENT);
    verify(zinc__os_directory_open("/etc/passwd", &out) == -ENOTDIR);
    verify(out == -77);
    verify(closes_on_exec(folder));

    zinc__os_file_close(named("a.one", 1));
    zinc__os_file_close(named("a.two", 1));
    zinc__os_file_close(named("b.one", 1));
    names seen = {0};
    verify(zinc__os_directory_read(folder, "", count_name, &seen) == ZINC_OK);
    verify(seen.count == 3); /* without . and .. */
    seen = (names){0};
    verify(zinc__os_directory_read(folder, "b", count_name, &seen) == ZINC_OK);
    verify(seen.count == 1 && strcmp(seen.last, "b.one") == 0);
    seen = (names){0};
    verify(zinc__os_directory_read(folder, "c", count_name, &seen) == ZINC_OK);
    verify(seen.count == 0);
    seen = (names){.end_at = 2};
    verify(zinc__os_directory_read(folder, "", count_name, &seen) == ZINC_E_BUSY);
    verify(seen.count == 2);
    seen = (names){0};
    verify(zinc__os_directory_read(folder, "", read_inside, &seen) == ZINC_OK);
    verify(seen.count == 3);
    verify(zinc__os_file_unlink(folder, "a.one") == ZINC_OK);
    verify(zinc__os_file_unlink(folder, "a.two") == ZINC_OK);
    verify(zinc__os_file_unlink(folder, "b.one") == ZINC_OK);
    verify(zinc__os_file_unlink(folder, "b.one") == ZINC_E_NOENT);

    uint64_t space_free = 0;
    uint64_t space = 0;
    verify(zinc__os_space(folder, &space_free, &space));
    verify(space > 0 && space_free <= space);
}

/* ---- Files ---------------------------------------------------------------------------------- */

static void opens_what_is_there(void) {
    int32_t out = -77;
    char path[128];
    verify(zinc__os_file_open(folder, "none", true, &out) == ZINC_E_NOENT);
    verify(symlinkat("/dev/null", folder, "link") == 0);
    verify(zinc__os_file_open(folder, "link", false, &out) == ZINC_E_ACCES);
    verify(zinc__os_file_open(folder, "link", true, &out) == ZINC_E_ACCES);
    verify(zinc__os_file_unlink(folder, "link") == ZINC_OK);
    verify(mkdirat(folder, "folder", 0700) == 0);
    verify(zinc__os_file_open(folder, "folder", true, &out) == ZINC_E_LAYOUT);
    verify(unlinkat(folder, "folder", AT_REMOVEDIR) == 0);

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(path, sizeof path, "%s/socket", folder_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    verify(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    verify(zinc__os_file_open(folder, "socket", true, &out) == ZINC_E_LAYOUT);
    verify(close(listener) == 0 && unlinkat(folder, "socket", 0) == 0);
    verify(out == -77);

    verify(mkfifoat(folder, "fifo", 0600) == 0);
    for (int writable = 0; writable < 2; writable++) {
        zinc__os_stat stat;
        verify(zinc__os_file_open(folder, "fifo", writable == 1, &out) == ZINC_OK);
        verify(zinc__os_file_stat(out, &stat) == ZINC_OK && !stat.regular);
        zinc__os_file_close(out);
    }
    verify(unlinkat(folder, "fifo", 0) == 0);

    int32_t made = named("file", 10);
    verify(closes_on_exec(made) && zinc__os_file_writable(made));
    verify(zinc__os_file_create_named(folder, "file", &out) == ZINC_E_EXIST);
    verify(zinc__os_file_open(folder, "file", false, &out) == ZINC_OK);
    verify(closes_on_exec(out) && !zinc__os_file_writable(out));
    zinc__os_file_close(out);
    verify(zinc__os_file_open(folder, "file", true, &out) == ZINC_OK);
    verify(zinc__os_file_writable(out));
    zinc__os_file_close(out);
    remove_named("file", made);
    zinc__os_file_close(-1);
}

static void names_bind(void) {
    zinc__os_stat stat;
    zinc__os_stat other;
    int32_t file = -1;
    mode_t before = umask(0777);
    verify(zinc__os_file_create_unnamed(folder, &file) == ZINC_OK);
    int32_t second = named("second", 5);
    (void)umask(before);
    verify(closes_on_exec(file) && zinc__os_file_writable(file));
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK);
    verify(stat.mode == 0600 && stat.links == 0 && stat.regular && !stat.memory_file);
    verify(zinc__os_file_stat_name(folder, "second", &other) == ZINC_OK);
    verify(other.mode == 0600 && other.links == 1 && other.size == 5 && other.regular);
    verify(other.inode != stat.inode && other.device == stat.device);
    verify(other.owner == geteuid() && other.group == getegid());

    verify(zinc__os_file_link(file, folder, "second") == ZINC_E_EXIST);
    verify(zinc__os_file_link(file, folder, "first") == ZINC_OK);
    verify(zinc__os_file_stat_name(folder, "first", &other) == ZINC_OK);
    verify(other.inode == stat.inode && other.links == 1);
    verify(zinc__os_file_link_name(folder, "first", "second") == ZINC_E_EXIST);
    verify(zinc__os_file_link_name(folder, "none", "third") == ZINC_E_NOENT);
    verify(zinc__os_file_link_name(folder, "first", "third") == ZINC_OK);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK && stat.links == 2);
    verify(zinc__os_file_rename(folder, "third", "second") == ZINC_OK);
    verify(zinc__os_file_stat_name(folder, "third", &other) == ZINC_E_NOENT);
    verify(zinc__os_file_stat_name(folder, "second", &other) == ZINC_OK);
    verify(other.inode == stat.inode);
    verify(zinc__os_file_stat(second, &other) == ZINC_OK && other.links == 0);
    verify(!other.memory_file); /* unbound, but it had a name */

    verify(zinc__os_file_set_mode(file, 0640) == ZINC_OK);
    verify(zinc__os_file_set_group(file, getegid()) == ZINC_OK);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK);
    verify(stat.mode == 0640 && stat.group == getegid());
    verify(zinc__os_file_unlink(folder, "first") == ZINC_OK);
    verify(zinc__os_file_unlink(folder, "second") == ZINC_OK);
    zinc__os_file_close(file);
    zinc__os_file_close(second);
    verify(zinc__os_file_stat(file, &stat) == ZINC_E_BADF);
}

static void paths(void) {
    char expected[128];
    char path[256];
    int32_t file = named("path", 1);
    (void)snprintf(expected, sizeof expected, "%s/path", folder_path);
    verify(zinc__os_file_path(file, path, sizeof path) == ZINC_OK);
    verify(strcmp(path, expected) == 0);
    verify(zinc__os_file_path(file, path, strlen(expected)) == ZINC_E_NAMETOOLONG);
    verify(zinc__os_file_path(file, path, strlen(expected) + 1) == ZINC_OK);
    verify(zinc__os_file_unlink(folder, "path") == ZINC_OK);
    verify(zinc__os_file_path(file, path, sizeof path) == ZINC_OK);
    verify(strcmp(path, expected) == 0);
    zinc__os_file_close(file);
    verify(zinc__os_file_path(file, path, sizeof path) == ZINC_E_BADF);

    file = memory(1);
    verify(zinc__os_file_path(file, path, sizeof path) == ZINC_OK && strcmp(path, "unit") == 0);
    zinc__os_file_close(file);
}

static void bytes_of_files(void) {
    char bytes[16] = "";
    int32_t file = named("bytes", 10);
    verify(zinc__os_file_write(file, 2, "ABCDEFGH", 8) == ZINC_OK);
    verify(zinc__os_file_read(file, 0, bytes, 10) == ZINC_OK);
    verify(memcmp(bytes, "\0\0ABCDEFGH", 10) == 0);
    verify(zinc__os_file_read(file, 3, bytes, 8) == ZINC_E_CORRUPT);
    verify(zinc__os_file_read(file, 100, bytes, 1) == ZINC_E_CORRUPT);
    verify(zinc__os_file_write(file, 3, bytes, 8) == ZINC_E_CORRUPT);
    verify(zinc__os_file_write(file, 100, bytes, 1) == ZINC_E_CORRUPT);
    verify(zinc__os_file_write(file, 10, bytes, 0) == ZINC_OK);
    zinc__os_stat stat;
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK && stat.size == 10);
    int32_t reader = -1;
    verify(zinc__os_file_reopen(file, false, &reader) == ZINC_OK);
    verify(zinc__os_file_write(reader, 0, bytes, 1) == ZINC_E_BADF);
    zinc__os_file_close(reader);
    remove_named("bytes", file);
}

static int32_t shared_file;

static void as_nobody(void) {
    int32_t out = -1;
    verify(setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0);
    (void)prctl(PR_SET_DUMPABLE, 1); /* else its own /proc belongs to root */
    verify(zinc__os_file_reopen(shared_file, true, &out) == ZINC_E_ACCES);
    verify(zinc__os_file_open(folder, "reopen", true, &out) == ZINC_E_ACCES);
    verify(zinc__os_file_reopen(shared_file, false, &out) == ZINC_OK);
    verify(zinc__os_file_set_mode(shared_file, 0777) == ZINC_E_PERM);
    verify(zinc__os_file_unlink(folder, "reopen") == ZINC_E_ACCES);
    verify(out >= 0);
}

static void without_proc(void) {
    int32_t out = -77;
    char path[64];
    verify(unshare(CLONE_NEWNS) == 0);
    verify(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    verify(umount2("/proc", MNT_DETACH) == 0);
    verify(zinc__os_file_reopen(shared_file, true, &out) == ZINC_E_NOTSUP);
    verify(zinc__os_file_reopen(9999, true, &out) == ZINC_E_BADF);
    verify(zinc__os_file_path(shared_file, path, sizeof path) == ZINC_E_NOTSUP);
    verify(out == -77);
    int32_t file = memory(1);
    verify(zinc__os_file_link(file, folder, "memory") == ZINC_E_NOTSUP);
    zinc__os_identity self;
    zinc__os_identify(&self);
    verify(self.pid == (uint32_t)getpid());
    zinc_doctor_facts facts;
    memset(&facts, 0, sizeof facts);
    zinc__os_doctor(folder, &facts);
    verify(facts.has_proc == 0 && facts.maps_used == UINT64_MAX);
    verify(facts.descriptors_used == UINT64_MAX && facts.maps_limit == UINT64_MAX);
}

static void *reopen_later(void *argument) {
    int32_t out = -1;
    (void)argument;
    (void)zinc__os_sleep_ns(50 * MS); /* the first thread is gone */
    verify(zinc__os_file_reopen(shared_file, true, &out) == ZINC_OK);
    _exit(0);
}

static void first_thread_ends(void) {
    pthread_t thread;
    verify(pthread_create(&thread, NULL, reopen_later, NULL) == 0);
    pthread_exit(NULL);
}

static void reopening(void) {
    int32_t again = -1;
    shared_file = named("reopen", 1);
    verify(zinc__os_file_reopen(shared_file, true, &again) == ZINC_OK);
    verify(closes_on_exec(again) && zinc__os_file_writable(again));
    verify(zinc__os_lock(shared_file, 0, ZINC__OS_LOCK_WRITE) == ZINC_OK);
    verify(zinc__os_lock(again, 0, ZINC__OS_LOCK_WRITE) == ZINC_E_AGAIN); /* of its own */
    zinc__os_file_close(again);
    verify(zinc__os_file_reopen(shared_file, false, &again) == ZINC_OK);
    verify(!zinc__os_file_writable(again));
    zinc__os_file_close(again);
    verify(zinc__os_file_reopen(again, true, &again) == ZINC_E_BADF);
    in_child(first_thread_ends);
    remove_named("reopen", shared_file);
}

static void files_of_another_user(void) {
    needs_root();
    shared_file = named("reopen", 1);
    verify(zinc__os_file_set_mode(shared_file, 0644) == ZINC_OK);
    verify(chmod(folder_path, 0755) == 0);
    in_child(as_nobody);
    remove_named("reopen", shared_file);
}

static void systems_without_proc(void) {
    needs_root();
    shared_file = named("reopen", 1);
    in_child(without_proc);
    remove_named("reopen", shared_file);
}

/* ---- Allocation ----------------------------------------------------------------------------- */

static void allocation(void) {
    zinc__os_stat stat;
    int32_t file = named("allocated", 100000);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK);
    verify(stat.size == 100000 && stat.allocated >= 100000);
    verify(zinc__os_file_allocate(file, 300000, true) == ZINC_OK);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK);
    verify(stat.size == 300000 && stat.allocated >= 100000 && stat.allocated < 200000);
    verify(zinc__os_file_allocate(file, 300000, false) == ZINC_OK);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK);
    verify(stat.size == 300000 && stat.allocated >= 300000);
    verify(zinc__os_file_allocate(file, 50, true) == ZINC_OK); /* at least: never shorter */
    verify(zinc__os_file_allocate(file, 50, false) == ZINC_OK);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK && stat.size == 300000);
    verify(zinc__os_file_allocate(file, UINT64_MAX, false) == ZINC_E_OVERFLOW);
    verify(zinc__os_file_allocate(file, UINT64_MAX, true) == ZINC_E_OVERFLOW);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK && stat.size == 300000);
    remove_named("allocated", file);
}

static void under_a_limit(void) {
    struct rlimit limit = {.rlim_cur = 65536, .rlim_max = 65536};
    verify(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    int32_t file = memory(65536);
    verify(zinc__os_file_allocate(file, 65537, false) == ZINC_E_OVERFLOW);
    verify(zinc__os_file_allocate(file, 65537, true) == ZINC_E_OVERFLOW);
}

static void limit_is_no_signal(void) {
    in_child(under_a_limit);
}

static void on_a_full_tmpfs(void) {
    verify(unshare(CLONE_NEWNS) == 0);
    verify(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    verify(mount("none", folder_path, "tmpfs", 0, "size=1m") == 0);
    int32_t small = -1;
    int32_t file = -1;
    uint64_t free_before = 0;
    uint64_t free_after = 0;
    uint64_t total = 0;
    zinc__os_stat stat;
    verify(zinc__os_directory_open(folder_path, &small) == ZINC_OK);
    verify(zinc__os_file_create_unnamed(small, &file) == ZINC_OK);
    verify(zinc__os_file_allocate(file, 65536, false) == ZINC_OK);
    verify(zinc__os_space(small, &free_before, &total));
    verify(total == 1048576 && free_before == 1048576 - 65536);
    verify(zinc__os_file_allocate(file, 1048576 + 1, false) == ZINC_E_NOSPC);
    verify(zinc__os_file_allocate(file, 100 * MIB, false) == ZINC_E_NOSPC);
    verify(zinc__os_space(small, &free_after, &total) && free_after == free_before);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK && stat.allocated == 65536);
    verify(zinc__os_file_allocate(file, 1048576, false) == ZINC_OK);

    int32_t sparse = -1; /* what the full file system does to who did not allocate */
    verify(zinc__os_file_create_unnamed(small, &sparse) == ZINC_OK);
    verify(zinc__os_file_allocate(sparse, 65536, true) == ZINC_OK);
    verify(zinc__os_prefault(mapped(sparse, 65536, true), 65536, true) == ZINC_E_GONE);
}

static void on_ramfs(void) {
    verify(unshare(CLONE_NEWNS) == 0);
    verify(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    verify(mount("none", folder_path, "ramfs", 0, NULL) == 0);
    int32_t ram = -1;
    int32_t file = -1;
    uint64_t unknown = 0;
    char bytes[2] = "";
    zinc__os_stat stat;
    verify(zinc__os_directory_open(folder_path, &ram) == ZINC_OK);
    verify(!zinc__os_space(ram, &unknown, &unknown));
    verify(zinc__os_file_create_named(ram, "file", &file) == ZINC_OK);
    verify(zinc__os_file_allocate(file, 10, false) == ZINC_OK); /* fallocate is missing here */
    verify(zinc__os_file_write(file, 8, "yz", 2) == ZINC_OK);
    verify(zinc__os_file_allocate(file, 100001, false) == ZINC_OK);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK && stat.size == 100001);
    verify(zinc__os_file_read(file, 8, bytes, 2) == ZINC_OK && memcmp(bytes, "yz", 2) == 0);
    verify(zinc__os_file_read(file, 99999, bytes, 2) == ZINC_OK && bytes[0] == 0 && bytes[1] == 0);
}

/* A tmpfs of 40 MiB, of the calling process alone. */
static int32_t tmpfs_40m(void) {
    int32_t out = -1;
    verify(unshare(CLONE_NEWNS) == 0);
    verify(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    verify(mount("none", folder_path, "tmpfs", 0, "size=40m") == 0);
    verify(zinc__os_directory_open(folder_path, &out) == ZINC_OK);
    return out;
}

static void allocate_too_much(int32_t directory) {
    int32_t file = -1;
    uint64_t before = 0;
    uint64_t after = 0;
    uint64_t total = 0;
    zinc__os_stat stat;
    verify(zinc__os_file_create_unnamed(directory, &file) == ZINC_OK);
    verify(zinc__os_file_allocate(file, 5000, false) == ZINC_OK);
    verify(zinc__os_space(directory, &before, &total) && total == 40 * MIB);
    verify(zinc__os_file_allocate(file, 64 * MIB, false) == ZINC_E_NOSPC);
    verify(zinc__os_space(directory, &after, &total) && after == before);
    verify(zinc__os_file_allocate(file, 33 * MIB + 100, false) == ZINC_OK);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK);
    verify(stat.size == 33 * MIB + 100 && stat.allocated >= 33 * MIB + 100);
    zinc__os_file_close(file);
}

#define FALLOCATE_LENGTH (sizeof(long) == 8 ? 3 : 4) /* where its low half stands */

static void interrupted_allocation(void) {
    int32_t directory = tmpfs_40m();
    /* As a signal would: whatever is 32 MiB or longer is never done in one call. */
    refuse(SYS_fallocate, FALLOCATE_LENGTH, UINT32_C(0xfe000000), EINTR);
    allocate_too_much(directory);
}

static void allocation_by_writing(void) {
    int32_t directory = tmpfs_40m();
    refuse(SYS_fallocate, 0, 0, EOPNOTSUPP);
    allocate_too_much(directory);
}

static void full_file_system(void) {
    needs_root();
    in_child(on_a_full_tmpfs);
}

static void file_system_that_cannot_allocate(void) {
    needs_root();
    in_child(on_ramfs);
    step("allocation by writing");
    in_child(allocation_by_writing);
}

static void allocation_in_pieces(void) {
    needs_root();
    in_child(interrupted_allocation);
}

static void allocation_among_signals(void) {
    long_step("a large allocation among signals", 20);
    pest signals;
    zinc__os_stat stat;
    pest_start(&signals, 0);
    int32_t file = memory(256 * MIB);
    pest_stop(&signals);
    verify(zinc__load32_relaxed(&signals_seen) > 0);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK);
    verify(stat.size == 256 * MIB && stat.allocated == 256 * MIB);
    zinc__os_file_close(file);
}

/* ---- Memory files --------------------------------------------------------------------------- */

static void memory_files(void) {
    zinc__os_stat stat;
    uint32_t seals = 99;
    int32_t file = memory(4096);
    verify(closes_on_exec(file) && zinc__os_file_writable(file));
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK);
    verify(stat.memory_file && stat.regular && stat.links == 0 && stat.mode == 0600);
    verify(zinc__os_file_link(file, folder, "memory") == ZINC_E_NOTSUP);
    verify(zinc__os_memory_file_seals(file, &seals) == ZINC_OK && seals == 0);
    verify(zinc__os_memory_file_seal(file, ZINC__OS_SEAL_SHRINK) == ZINC_OK);
    verify(zinc__os_memory_file_seals(file, &seals) == ZINC_OK && seals == ZINC__OS_SEAL_SHRINK);
    verify(ftruncate(file, 0) == -1 && errno == EPERM);
    verify(zinc__os_file_allocate(file, 8192, false) == ZINC_OK);

    uint8_t *writer = mapped(file, 8192, true);
    uint32_t rest = ZINC__OS_SEAL_GROW | ZINC__OS_SEAL_WRITE | ZINC__OS_SEAL_SEALS;
    verify(zinc__os_memory_file_seal(file, rest) == ZINC_OK);
    verify(zinc__os_memory_file_seals(file, &seals) == ZINC_OK && seals == (rest | 1));
    verify(zinc__os_memory_file_seal(file, ZINC__OS_SEAL_SHRINK) == ZINC_E_PERM);
    verify(zinc__os_file_allocate(file, 16384, false) == ZINC_E_PERM);
    verify(zinc__os_file_allocate(file, 16384, true) == ZINC_E_PERM);
    verify(zinc__os_file_write(file, 0, "x", 1) == ZINC_E_PERM);
    uint8_t *refused = NULL;
    verify(zinc__os_map(file, 8192, true, false, &refused) == ZINC_E_PERM && refused == NULL);
    uint8_t *reader = mapped(file, 8192, false);
    writer[5000] = 42; /* mapped before the seal */
    verify(reader[5000] == 42);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK && stat.memory_file);
    zinc__os_unmap(writer, 8192);
    zinc__os_unmap(reader, 8192);
    zinc__os_file_close(file);
}

static void memory_files_of_others(void) {
    zinc__os_stat stat;
    uint32_t seals = 99;
    int32_t foreign = memfd_create("foreign", MFD_CLOEXEC); /* that cannot be sealed */
    verify(zinc__os_file_stat(foreign, &stat) == ZINC_OK && stat.memory_file);
    verify(zinc__os_memory_file_seals(foreign, &seals) == ZINC_OK && seals == ZINC__OS_SEAL_SEALS);
    verify(zinc__os_memory_file_seal(foreign, ZINC__OS_SEAL_SHRINK) == ZINC_E_PERM);
    zinc__os_file_close(foreign);

    int32_t file = named("plain", 1);
    seals = 99;
    verify(zinc__os_memory_file_seals(file, &seals) == ZINC_E_NOTSUP);
    remove_named("plain", file);
    verify(zinc__os_file_create_unnamed(folder, &file) == ZINC_OK);
    verify(zinc__os_memory_file_seals(file, &seals) == ZINC_E_NOTSUP && seals == 99);
    zinc__os_file_close(file);
    verify(zinc__os_memory_file_seals(file, &seals) == ZINC_E_BADF);
}

static uint64_t huge_pages_to_have(void) {
    uint64_t sum = 0;
    static const char *const files[] = {
        "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages",
        "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_overcommit_hugepages"};
    for (size_t i = 0; i < 2; i++) {
        unsigned long long value = 0;
        FILE *file = fopen(files[i], "r");
        if (file != NULL) {
            verify(fscanf(file, "%llu", &value) == 1);
            sum += value;
            (void)fclose(file);
        }
    }
    return sum;
}

static void files_of_huge_pages(void) {
    int32_t file = -1;
    zinc__os_stat stat;
    int32_t status = zinc__os_memory_file("unit", true, &file);
    if (status == ZINC_E_NOTSUP) {
        case_skip("needs hugetlb in the kernel");
    }
    verify(status == ZINC_OK);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK && stat.memory_file);
    if (huge_pages_to_have() == 0) {
        verify(zinc__os_file_allocate(file, 100, false) == ZINC_E_NOSPC);
        verify(zinc__os_file_stat(file, &stat) == ZINC_OK && stat.allocated == 0);
        case_skip("the rest needs a pool of huge pages");
    }
    char bytes[4] = "";
    verify(zinc__os_file_allocate(file, 100, false) == ZINC_OK);
    verify(zinc__os_file_stat(file, &stat) == ZINC_OK && stat.size == 2 * MIB);
    verify(zinc__os_file_write(file, 50, "huge", 4) == ZINC_OK);
    verify(zinc__os_file_read(file, 50, bytes, 4) == ZINC_OK && memcmp(bytes, "huge", 4) == 0);
    for (int aligned = 0; aligned < 2; aligned++) {
        uint8_t *address = NULL;
        verify(zinc__os_map(file, 4096, true, aligned == 1, &address) == ZINC_OK);
        verify(memcmp(address + 50, "huge", 4) == 0);
        verify(zinc__os_huge_bytes(address, 4096) == 2 * MIB);
        verify(zinc__os_map_zeros(address, 4096) == ZINC_OK);
        verify(address[50] == 0 && address[2 * MIB - 1] == 0);
        zinc__os_unmap(address, 2 * MIB);
        verify(zinc__os_map(file, 4096, true, aligned == 1, &address) == ZINC_OK);
        zinc__os_unmap(address, 4096); /* all of the page */
        unsigned char in_core = 0;
        verify(mincore(address + MIB, 4096, &in_core) == -1 && errno == ENOMEM);
    }
    zinc__os_file_close(file);
}

/* ---- Byte locks ----------------------------------------------------------------------------- */

static enum zinc__os_lock_kind in_the_way(int32_t file, uint32_t byte, uint32_t count,
                                          enum zinc__os_lock_kind kind, uint32_t *where) {
    enum zinc__os_lock_kind found = ZINC__OS_LOCK_WRITE;
    verify(zinc__os_lock_probe(file, byte, count, kind, &found, where) == ZINC_OK);
    return found;
}

static void locks_between_descriptions(void) {
    int32_t one = named("locks", 1);
    int32_t two = -1;
    int32_t reader = -1;
    uint32_t at = 77;
    verify(zinc__os_file_open(folder, "locks", true, &two) == ZINC_OK);
    verify(zinc__os_file_open(folder, "locks", false, &reader) == ZINC_OK);

    verify(zinc__os_lock(one, 5, ZINC__OS_LOCK_READ) == ZINC_OK);
    verify(zinc__os_lock(two, 5, ZINC__OS_LOCK_READ) == ZINC_OK);
    verify(zinc__os_lock(reader, 5, ZINC__OS_LOCK_READ) == ZINC_OK);
    verify(zinc__os_lock(two, 5, ZINC__OS_LOCK_WRITE) == ZINC_E_AGAIN);
    verify(in_the_way(two, 5, 1, ZINC__OS_LOCK_READ, &at) == ZINC__OS_UNLOCK && at == 77);
    verify(in_the_way(two, 5, 1, ZINC__OS_LOCK_WRITE, &at) == ZINC__OS_LOCK_READ && at == 5);
    verify(zinc__os_lock(one, 5, ZINC__OS_UNLOCK) == ZINC_OK);
    verify(zinc__os_lock(reader, 5, ZINC__OS_UNLOCK) == ZINC_OK);
    verify(zinc__os_lock(two, 5, ZINC__OS_LOCK_WRITE) == ZINC_OK); /* its own gives way */
    verify(zinc__os_lock(one, 5, ZINC__OS_LOCK_READ) == ZINC_E_AGAIN);
    verify(in_the_way(two, 5, 1, ZINC__OS_LOCK_WRITE, &at) == ZINC__OS_UNLOCK); /* not one's own */
    verify(in_the_way(one, 5, 1, ZINC__OS_LOCK_READ, &at) == ZINC__OS_LOCK_WRITE && at == 5);
    verify(zinc__os_lock(reader, 6, ZINC__OS_LOCK_WRITE) == ZINC_E_BADF);
    verify(in_the_way(reader, 5, 1, ZINC__OS_LOCK_WRITE, &at) == ZINC__OS_LOCK_WRITE);

    /* Neighbours, and the ends of the numbers. */
    verify(zinc__os_lock(one, 4, ZINC__OS_LOCK_WRITE) == ZINC_OK);
    verify(zinc__os_lock(two, 6, ZINC__OS_LOCK_WRITE) == ZINC_OK);
    verify(zinc__os_lock(one, 0, ZINC__OS_LOCK_WRITE) == ZINC_OK);
    verify(zinc__os_lock(two, 0, ZINC__OS_LOCK_WRITE) == ZINC_E_AGAIN);
    verify(zinc__os_lock(one, UINT32_MAX, ZINC__OS_LOCK_WRITE) == ZINC_OK);
    verify(zinc__os_lock(two, UINT32_MAX, ZINC__OS_LOCK_WRITE) == ZINC_E_AGAIN);
    verify(in_the_way(one, 1, 100, ZINC__OS_LOCK_READ, &at) == ZINC__OS_LOCK_WRITE && at == 5);
    verify(in_the_way(one, 6, 100, ZINC__OS_LOCK_READ, &at) == ZINC__OS_LOCK_WRITE && at == 6);
    at = 77;
    verify(in_the_way(one, 7, 100, ZINC__OS_LOCK_READ, &at) == ZINC__OS_UNLOCK && at == 77);

    /* Closing a stranger's descriptor of the same file frees nothing; closing one's own does. */
    int32_t third = -1;
    verify(zinc__os_file_open(folder, "locks", true, &third) == ZINC_OK);
    zinc__os_file_close(third);
    verify(zinc__os_lock(one, 5, ZINC__OS_LOCK_WRITE) == ZINC_E_AGAIN);
    zinc__os_file_close(two);
    verify(zinc__os_lock(one, 5, ZINC__OS_LOCK_WRITE) == ZINC_OK);
    zinc__os_file_close(reader);
    remove_named("locks", one);
    verify(zinc__os_lock(one, 5, ZINC__OS_LOCK_WRITE) == ZINC_E_BADF);
}

static int locked_pipe[2];

/* A child that locks byte 9 through a description of its own, tells so, and stays. */
static pid_t start_locker(void) {
    pid_t child = fork();
    verify(child >= 0);
    if (child == 0) {
        begin_child();
        int32_t own = -1;
        verify(zinc__os_file_open(folder, "life", true, &own) == ZINC_OK);
        verify(zinc__os_lock(own, 9, ZINC__OS_LOCK_WRITE) == ZINC_OK);
        verify(write(locked_pipe[1], "L", 1) == 1);
        for (;;) {
            pause();
        }
    }
    char byte = 0;
    verify(read(locked_pipe[0], &byte, 1) == 1);
    return child;
}

static void closes_and_ends(void) {
    zinc__os_file_close(shared_file);
}

static void locks_and_death(void) {
    uint32_t at = 0;
    int32_t file = named("life", 1);
    verify(pipe2(locked_pipe, O_CLOEXEC) == 0);
    pid_t child = start_locker();
    verify(zinc__os_lock(file, 9, ZINC__OS_LOCK_WRITE) == ZINC_E_AGAIN);
    verify(kill(child, SIGSTOP) == 0); /* a stopped process is alive */
    verify(waitpid(child, NULL, WUNTRACED) == child);
    verify(in_the_way(file, 9, 1, ZINC__OS_LOCK_READ, &at) == ZINC__OS_LOCK_WRITE);
    verify(kill(child, SIGKILL) == 0);
    int64_t killed = zinc__os_monotonic_ns();
    while (in_the_way(file, 9, 1, ZINC__OS_LOCK_READ, &at) != ZINC__OS_UNLOCK) {
        verify(zinc__os_monotonic_ns() - killed < 1000 * MS); /* 100 ms are promised */
        (void)zinc__os_sleep_ns(MS / 10);
    }
    verify(zinc__os_lock(file, 9, ZINC__OS_LOCK_WRITE) == ZINC_OK); /* and it is not even reaped */
    verify(waitpid(child, NULL, 0) == child);

    /* A forked child that closes what it inherited frees nothing. */
    shared_file = file;
    int32_t other = -1;
    verify(zinc__os_file_open(folder, "life", true, &other) == ZINC_OK);
    in_child(closes_and_ends);
    verify(zinc__os_lock(other, 9, ZINC__OS_LOCK_WRITE) == ZINC_E_AGAIN);
    zinc__os_file_close(other);
    verify(close(locked_pipe[0]) == 0 && close(locked_pipe[1]) == 0);
    remove_named("life", file);
}

/* ---- Mappings ------------------------------------------------------------------------------- */

/* Whether the flags of the mapping at this address, in smaps, contain `flag`. */
static bool has_flag(const void *address, const char *flag) {
    char line[512];
    bool inside = false;
    bool found = false;
    FILE *file = fopen("/proc/self/smaps", "r");
    verify(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long long from = 0;
        unsigned long long to = 0;
        if (sscanf(line, "%llx-%llx ", &from, &to) == 2) {
            inside = from <= (uintptr_t)address && (uintptr_t)address < to;
        } else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            found = strstr(line, flag) != NULL;
        }
    }
    (void)fclose(file);
    return found;
}

static bool is_mapped(const uint8_t *address) {
    unsigned char in_core = 0;
    return mincore((void *)(uintptr_t)address, 1, &in_core) == 0;
}

static void mappings(void) {
    size_t page = zinc__os_page_size();
    int32_t file = named("map", 2 * page);
    uint8_t *one = mapped(file, 8 * page, true);
    uint8_t *two = mapped(file, 8 * page - 5, false);
    one[page] = 1;
    verify(two[page] == 1);
    verify(has_flag(one, " dd") && has_flag(two, " dd")); /* in no core dump */
    verify(zinc__os_file_write(file, 7, "\x09", 1) == ZINC_OK && two[7] == 9);

    verify(zinc__os_prefault(one, 2 * page, true) == ZINC_OK);
    verify(zinc__os_prefault(two, 2 * page, false) == ZINC_OK);
    verify(zinc__os_prefault(two, 2 * page, true) == ZINC_E_NOTSUP); /* a read-only mapping */
    verify(zinc__os_prefault(one, 8 * page, true) == ZINC_E_GONE);   /* behind the end */
    verify(zinc__os_prefault(two, 8 * page, false) == ZINC_E_GONE);
    verify(zinc__os_file_allocate(file, 8 * page, false) == ZINC_OK);
    one[7 * page] = 3; /* the file has grown under the mapping */
    verify(two[7 * page] == 3 && two[page] == 1);
    verify(zinc__os_prefault(one, 8 * page, true) == ZINC_OK);

    verify(zinc__os_map_zeros(two, 8 * page - 5) == ZINC_OK);
    verify(two[page] == 0 && two[7 * page] == 0 && two[8 * page - 1] == 0);
    verify(one[page] == 1);
    two[page] = 8; /* private */
    verify(one[page] == 1);
    zinc__os_unmap(two, 8 * page - 5);
    verify(!is_mapped(two) && !is_mapped(two + 7 * page) && is_mapped(one));
    zinc__os_unmap(one, 8 * page);
    verify(!is_mapped(one));
    zinc__os_unmap(NULL, 4096);
    remove_named("map", file);
}

static void mappings_refused(void) {
    uint8_t *address = NULL;
    int32_t reader = -1;
    int32_t file = named("map", 4096);
    verify(zinc__os_map(file, 0, true, false, &address) == ZINC_E_INVAL);
    verify(zinc__os_map(file, SIZE_MAX, true, false, &address) == ZINC_E_OVERFLOW);
    verify(zinc__os_map(file, SIZE_MAX - 8191, true, false, &address) == ZINC_E_NOMEM);
    verify(zinc__os_map(file, SIZE_MAX - 8191, true, true, &address) == ZINC_E_NOMEM);
    verify(zinc__os_map(-1, 4096, true, false, &address) == ZINC_E_BADF);
    verify(zinc__os_map(-1, 4096, true, true, &address) == ZINC_E_BADF);
    verify(zinc__os_file_open(folder, "map", false, &reader) == ZINC_OK);
    verify(zinc__os_map(reader, 4096, true, false, &address) == ZINC_E_ACCES);
    verify(zinc__os_map(reader, 4096, true, true, &address) == ZINC_E_ACCES);
    verify(address == NULL);
    zinc__os_file_close(reader);
    remove_named("map", file);
}

static long pages_of_addresses(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    verify(file != NULL && fscanf(file, "%ld", &pages) == 1);
    (void)fclose(file);
    return pages;
}

static void aligned_mappings_are_exact(void) {
    int32_t file = memory(4096);
    long before = pages_of_addresses();
    for (int i = 0; i < 100; i++) {
        uint8_t *address = NULL;
        verify(zinc__os_map(file, 4096, true, true, &address) == ZINC_OK);
        zinc__os_unmap(address, 4096);
    }
    /* 200 MiB would be left otherwise; the allowance is for the C library's own. */
    int64_t more = pages_of_addresses() - before; /* fewer where the C library gave some back */
    verify(more * (int64_t)zinc__os_page_size() < (int64_t)(20 * MIB));
    zinc__os_file_close(file);
}

static void huge_pages(void) {
    uint8_t *address = NULL;
    int32_t file = memory(4 * MIB);
    verify(zinc__os_map(file, 4 * MIB, true, true, &address) == ZINC_OK);
    verify((uintptr_t)address % (2 * MIB) == 0);
    verify(has_flag(address, " dd"));
    verify(zinc__os_huge_bytes(address, 4 * MIB) == 0);
    address[4 * MIB - 1] = 4;
    verify(zinc__os_prefault(address, 4 * MIB, true) == ZINC_OK);
    int32_t status = zinc__os_huge_pages(address, 4 * MIB);
    if (status == ZINC_OK) {
        verify(zinc__os_huge_bytes(address, 4 * MIB) == 4 * MIB);
        verify(zinc__os_huge_bytes(address + 8 * MIB, 4 * MIB) == 0);
    }
    verify(address[4 * MIB - 1] == 4 && address[0] == 0);
    uint8_t *last = address + 4 * MIB - 4096;
    zinc__os_unmap(address, 4 * MIB);
    verify(!is_mapped(address) && !is_mapped(last));
    zinc__os_file_close(file);
    if (status != ZINC_OK) {
        case_skip("the rest needs MADV_COLLAPSE and unbroken memory");
    }
}

/* ---- Waiting for a word --------------------------------------------------------------------- */

static int64_t from_now(int64_t ms) {
    return zinc__os_monotonic_ns() + ms * MS;
}

static int32_t wait_for(const zinc__u32 *word, uint32_t expected, bool shared, int64_t deadline) {
    zinc__os_word one = {.address = word, .expected = expected, .shared = shared};
    return zinc__os_wait_words(&one, 1, deadline);
}

static void waits_that_end_at_once(void) {
    zinc__u32 word = 5;
    verify(wait_for(&word, 4, true, from_now(60000)) == ZINC_E_AGAIN);
    verify(wait_for(&word, 4, false, from_now(60000)) == ZINC_E_AGAIN);
    verify(wait_for(&word, 5, false, 0) == ZINC_E_TIMEDOUT);
    verify(wait_for(&word, 5, true, -1) == ZINC_E_TIMEDOUT);
    verify(wait_for(&word, 5, true, INT64_MIN) == ZINC_E_TIMEDOUT);
    verify(zinc__os_wait_words(NULL, 0, 0) == ZINC_E_INVAL);
    uint32_t most = zinc__os_wait_words_max();
    verify(most == 1 || most == 128);
    zinc__os_word words[129];
    for (size_t i = 0; i < 129; i++) {
        words[i] = (zinc__os_word){.address = &word, .expected = 5, .shared = true};
    }
    verify(zinc__os_wait_words(words, most + 1, 0) == ZINC_E_INVAL);
    errno = 1234;
    zinc__os_wake_word(&word, true);
    zinc__os_wake_word(NULL, true);
    verify(errno == 1234);
}

static void deadlines_last(void) {
    zinc__u32 word = 5;
    for (int shared = 0; shared < 2; shared++) {
        int64_t before = zinc__os_monotonic_ns();
        int32_t status = ZINC_OK; /* spurious wakes are allowed */
        while (status == ZINC_OK) {
            status = wait_for(&word, 5, shared == 1, before + 200 * MS);
        }
        verify(status == ZINC_E_TIMEDOUT);
        int64_t lasted = zinc__os_monotonic_ns() - before;
        verify(lasted >= 200 * MS && lasted < 2000 * MS);
    }
}

static void needs_several_words(void) {
    if (zinc__os_wait_words_max() == 1) {
        case_skip("needs futex_waitv");
    }
}

static void deadlines_of_several_words(void) {
    needs_several_words();
    zinc__u32 word = 5;
    zinc__os_word words[2] = {{.address = &word, .expected = 5, .shared = true},
                              {.address = &word, .expected = 5, .shared = false}};
    int64_t before = zinc__os_monotonic_ns();
    verify(zinc__os_wait_words(words, 2, before + 200 * MS) == ZINC_E_TIMEDOUT);
    int64_t lasted = zinc__os_monotonic_ns() - before;
    verify(lasted >= 200 * MS && lasted < 2000 * MS);
    words[1].expected = 6;
    verify(zinc__os_wait_words(words, 2, from_now(60000)) == ZINC_E_AGAIN);
}

static void truncated_words(void) {
    size_t page = zinc__os_page_size();
    int32_t file = memory(2 * page);
    uint8_t *bytes = mapped(file, 2 * page, true);
    zinc__u32 *word = (zinc__u32 *)(void *)(bytes + page);
    zinc__u32 *whole = (zinc__u32 *)(void *)bytes;
    verify(wait_for(word, 0, true, from_now(10)) == ZINC_E_TIMEDOUT);
    verify(ftruncate(file, (off_t)page) == 0);
    verify(wait_for(word, 0, true, from_now(60000)) == ZINC_E_GONE);
    if (zinc__os_wait_words_max() > 1) {
        zinc__os_word words[2] = {{.address = whole, .shared = true},
                                  {.address = word, .shared = true}};
        verify(zinc__os_wait_words(words, 2, from_now(60000)) == ZINC_E_GONE);
    }
    zinc__os_unmap(bytes, 2 * page);
    verify(wait_for(whole, 0, true, from_now(60000)) == ZINC_E_GONE);
    zinc__os_file_close(file);
}

static void signals_end_waits(void) {
    zinc__u32 word = 5;
    pest signals;
    pest_start(&signals, SA_RESTART);
    int32_t status = ZINC_OK;
    while (status == ZINC_OK) {
        status = wait_for(&word, 5, true, INT64_MAX);
    }
    verify(status == ZINC_E_INTR);
    pest_stop(&signals);
}

static void signals_and_several_words(void) {
    needs_several_words();
    zinc__u32 word = 5;
    zinc__u32 other = 6;
    pest signals;
    zinc__os_word words[2] = {{.address = &word, .expected = 5, .shared = true},
                              {.address = &other, .expected = 6, .shared = false}};
    pest_start(&signals, 0);
    verify(zinc__os_wait_words(words, 2, INT64_MAX) == ZINC_E_INTR);
    pest_stop(&signals);
    /* Here the kernel goes on behind the handler; the deadline stays what it was. */
    pest_start(&signals, SA_RESTART);
    int64_t before = zinc__os_monotonic_ns();
    verify(zinc__os_wait_words(words, 2, before + 100 * MS) == ZINC_E_TIMEDOUT);
    verify(zinc__os_monotonic_ns() - before >= 100 * MS);
    pest_stop(&signals);
    verify(zinc__load32_relaxed(&signals_seen) > 0);
}

static int32_t word_file;

/* Wait in a child for a word of the file to become 1, through a mapping of its own. */
static pid_t start_waiter(bool writable, size_t offset) {
    pid_t child = fork();
    verify(child >= 0);
    if (child == 0) {
        begin_child();
        const uint8_t *bytes = mapped(word_file, 4096, writable);
        const zinc__u32 *word = (const zinc__u32 *)(const void *)(bytes + offset);
        int32_t status = wait_for(word, 0, true, from_now(60000));
        while (status == ZINC_OK && zinc__load32_acquire(word) == 0) {
            status = wait_for(word, 0, true, from_now(60000));
        }
        verify(status == ZINC_OK || status == ZINC_E_AGAIN);
        verify(zinc__load32_acquire(word) == 1);
        _exit(0);
    }
    return child;
}

static void wake_one(const zinc__u32 *word, pid_t child) {
    int how = -1;
    (void)zinc__os_sleep_ns(50 * MS);
    zinc__os_wake_word(word, true);
    verify(waitpid(child, &how, 0) == child && how == 0);
}

static void wakes_between_processes(void) {
    int32_t file = named("word", 4096);
    uint8_t *bytes = mapped(file, 4096, true);
    int32_t reader = -1;
    verify(zinc__os_file_open(folder, "word", false, &reader) == ZINC_OK);
    for (size_t i = 0; i < 2; i++) {
        bool writable = i == 1;
        zinc__u32 *word = (zinc__u32 *)(void *)(bytes + 64 * i);
        word_file = writable ? file : reader;
        pid_t child = start_waiter(writable, 64 * i);
        (void)zinc__os_sleep_ns(50 * MS);
        zinc__store32_release(word, 1);
        wake_one(word, child);
    }
    zinc__os_file_close(reader);
    zinc__os_unmap(bytes, 4096);
    remove_named("word", file);
}

static void wakes_by_a_reader(void) {
    int32_t file = memory(4096);
    uint8_t *bytes = mapped(file, 4096, true);
    const uint8_t *only = mapped(file, 4096, false);
    zinc__u32 *word = (zinc__u32 *)(void *)bytes;
    word_file = file;
    pid_t one = start_waiter(true, 0);
    pid_t two = start_waiter(false, 0);
    (void)zinc__os_sleep_ns(50 * MS);
    zinc__store32_release(word, 1);
    wake_one((const zinc__u32 *)(const void *)only, one);
    int how = -1;
    verify(waitpid(two, &how, 0) == two && how == 0);
    zinc__os_file_close(file);
}

static zinc__u32 many[128];

static void *wake_later(void *argument) {
    zinc__u32 *word = argument;
    (void)zinc__os_sleep_ns(30 * MS);
    (void)zinc__add32_acq_rel(word, 1);
    zinc__os_wake_word(word, word == &many[127]);
    return NULL;
}

static void many_words(void) {
    needs_several_words();
    zinc__os_word words[128];
    static const size_t picks[] = {0, 64, 127};
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < 128; i++) {
            words[i] = (zinc__os_word){.address = &many[i],
                                       .expected = zinc__load32_relaxed(&many[i]),
                                       .shared = i == 127};
        }
        pthread_t thread;
        verify(pthread_create(&thread, NULL, wake_later, &many[picks[k]]) == 0);
        verify(zinc__os_wait_words(words, 128, from_now(60000)) == ZINC_OK);
        verify(zinc__load32_acquire(&many[picks[k]]) == 1);
        verify(pthread_join(thread, NULL) == 0);
    }
}

static void exec_without_waitv(void) {
    verify(setenv("ZINC_NO_WAITV", "1", 1) == 0);
    execl("/proc/self/exe", "os", "words", "1", (char *)NULL);
    verify(false);
}

static void exec_in_a_sandbox(void) {
    refuse(449, 0, 0, EPERM); /* as docker answers for calls that it does not know */
    execl("/proc/self/exe", "os", "words", "1", (char *)NULL);
    verify(false);
}

static void exec_on_an_old_kernel(void) {
    refuse(449, 0, 0, ENOSYS);
    execl("/proc/self/exe", "os", "words", "1", (char *)NULL);
    verify(false);
}

static void waitv_can_be_missing(void) {
    in_child(exec_without_waitv);
    in_child(exec_in_a_sandbox);
    in_child(exec_on_an_old_kernel);
}

static void on_an_old_kernel(void) {
    int32_t file = -1;
    refuse(SYS_linkat, 4, AT_EMPTY_PATH, ENOENT); /* an unprivileged process */
    refuse(SYS_memfd_create, 1, 8, EINVAL);       /* without MFD_NOEXEC_SEAL */
    refuse(SYS_madvise, 2, ~UINT32_C(0), EINVAL); /* without any advice */
    refuse(SYS_getrandom, 0, 0, ENOSYS);
#ifdef SYS_futex_time64
    refuse(SYS_futex_time64, 0, 0, ENOSYS);
#endif
    verify(zinc__os_file_create_unnamed(folder, &file) == ZINC_OK);
    verify(zinc__os_file_link(file, folder, "old") == ZINC_OK);
    verify(zinc__os_file_link(file, folder, "old") == ZINC_E_EXIST);
    remove_named("old", file);

    file = memory(4096);
    uint8_t *bytes = mapped(file, 4096, true);
    verify(zinc__os_file_link(file, folder, "memory") == ZINC_E_NOTSUP);
    verify(zinc__os_prefault(bytes, 4096, true) == ZINC_E_NOTSUP);
    verify(zinc__os_huge_pages(bytes, 4096) == ZINC_E_NOTSUP);
    verify(zinc__os_page_wiped_on_fork() == NULL);

    zinc__u32 word = 5;
    int64_t before = zinc__os_monotonic_ns();
    verify(wait_for(&word, 5, true, before + 100 * MS) == ZINC_E_TIMEDOUT);
    verify(zinc__os_monotonic_ns() - before >= 100 * MS);
    unsigned char one[16] = {0};
    unsigned char two[16] = {0};
    zinc__os_random(one, 16);
    zinc__os_random(two, 16);
    verify(memcmp(one, two, 16) != 0);
}

static void in_a_narrow_sandbox(void) {
    int32_t file = -77;
    refuse(SYS_memfd_create, 0, 0, EPERM);
    refuse(SYS_linkat, 0, 0, EPERM);
    verify(zinc__os_memory_file("unit", false, &file) == ZINC_E_NOTSUP && file == -77);
    verify(zinc__os_file_create_unnamed(folder, &file) == ZINC_OK);
    verify(zinc__os_file_link(file, folder, "old") == ZINC_E_NOTSUP);
    zinc_doctor_facts facts;
    memset(&facts, 0, sizeof facts);
    zinc__os_doctor(folder, &facts);
    verify(facts.has_memfd == 0 && facts.has_tmpfile == 1);
}

static void missing_features(void) {
    in_child(on_an_old_kernel);
    in_child(in_a_narrow_sandbox);
}

/* ---- Flags, sockets ------------------------------------------------------------------------- */

static bool readable(int32_t flag) {
    struct pollfd watch = {.fd = flag, .events = POLLIN};
    verify(poll(&watch, 1, 0) >= 0);
    return (watch.revents & POLLIN) != 0;
}

static void flags(void) {
    int32_t flag = -1;
    verify(zinc__os_flag_create(&flag) == ZINC_OK && closes_on_exec(flag));
    verify(!readable(flag));
    zinc__os_flag_lower(flag); /* does not block */
    zinc__os_flag_raise(flag);
    verify(readable(flag) && readable(flag));
    zinc__os_flag_raise(flag);
    zinc__os_flag_lower(flag);
    verify(!readable(flag));
    zinc__os_flag_raise(flag);
    verify(readable(flag));
    zinc__os_file_close(flag);
}

static void send_two(int socket, int32_t file) {
    char byte = 'z';
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    union {
        struct cmsghdr header;
        unsigned char bytes[CMSG_SPACE(3 * sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    int both[3] = {file, file, file};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = &control;
    message.msg_controllen = sizeof control.bytes;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof both);
    memcpy(CMSG_DATA(header), both, sizeof both);
    verify(sendmsg(socket, &message, 0) == 1);
}

static void descriptors_over(int type) {
    int ends[2];
    int32_t got = -77;
    zinc__os_stat sent;
    zinc__os_stat received;
    int32_t file = memory(4096);
    verify(zinc__os_file_stat(file, &sent) == ZINC_OK);
    verify(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0);
    uint64_t before = descriptors();

    verify(zinc__os_send_descriptor(ends[0], file) == ZINC_OK);
    verify(zinc__os_receive_descriptor(ends[1], &got) == ZINC_OK);
    verify(got != file && closes_on_exec(got));
    verify(zinc__os_file_stat(got, &received) == ZINC_OK && received.inode == sent.inode);
    zinc__os_file_close(got);
    got = -77;

    int yes = 1; /* another control message comes first then */
    verify(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == 0);
    send_two(ends[0], file);
    verify(zinc__os_receive_descriptor(ends[1], &got) == ZINC_OK && closes_on_exec(got));
    zinc__os_file_close(got);
    got = -77;
    verify(descriptors() == before); /* the two others were closed */

    verify(zinc__os_send_descriptor(ends[0], -1) == ZINC_E_BADF);
    verify(send(ends[0], "z", 1, 0) == 1);
    verify(zinc__os_receive_descriptor(ends[1], &got) == ZINC_E_BADF);
    verify(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    verify(zinc__os_receive_descriptor(ends[1], &got) == ZINC_E_AGAIN);
    verify(close(ends[0]) == 0);
    verify(zinc__os_receive_descriptor(ends[1], &got) == ZINC_E_CLOSED);
    verify(zinc__os_send_descriptor(ends[1], file) == ZINC_E_CLOSED); /* and no signal */
    verify(got == -77);
    verify(close(ends[1]) == 0);
    verify(zinc__os_receive_descriptor(file, &got) == -ENOTSOCK);
    zinc__os_file_close(file);
}

static int slow_ends[2];

static void *send_late(void *argument) {
    (void)argument;
    (void)zinc__os_sleep_ns(50 * MS);
    verify(zinc__os_send_descriptor(slow_ends[0], folder) == ZINC_OK);
    return NULL;
}

static void handing_over(void) {
    descriptors_over(SOCK_STREAM);
    descriptors_over(SOCK_SEQPACKET);

    step("handing over among signals");
    pthread_t thread;
    pest signals;
    int32_t got = -1;
    verify(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, slow_ends) == 0);
    verify(pthread_create(&thread, NULL, send_late, NULL) == 0);
    pest_start(&signals, 0);
    verify(zinc__os_receive_descriptor(slow_ends[1], &got) == ZINC_OK);
    pest_stop(&signals);
    verify(zinc__load32_relaxed(&signals_seen) > 0);
    verify(pthread_join(thread, NULL) == 0);
    zinc__os_file_close(got);
    verify(close(slow_ends[0]) == 0 && close(slow_ends[1]) == 0);
}

/* ---- Facts ---------------------------------------------------------------------------------- */

static void doctor(void) {
    zinc_doctor_facts facts;
    struct rlimit files;
    struct statvfs space;
    memset(&facts, 0, sizeof facts);
    zinc__os_doctor(folder, &facts);
    verify(strcmp(facts.filesystem, "tmpfs") == 0);
    verify(statvfs(folder_path, &space) == 0);
    verify(facts.directory_total == (uint64_t)space.f_blocks * space.f_frsize);
    verify(facts.directory_free <= facts.directory_total);
    verify(facts.inodes_total == space.f_files && facts.inodes_free <= facts.inodes_total);
    verify(getrlimit(RLIMIT_NOFILE, &files) == 0 && facts.descriptors_limit == files.rlim_cur);
    verify(facts.descriptors_used >= 4 && facts.descriptors_used < 100);
    uint64_t used = facts.descriptors_used;
    int32_t more = memory(1);
    zinc__os_doctor(folder, &facts);
    verify(facts.descriptors_used == used + 1);
    zinc__os_file_close(more);
    verify(facts.maps_limit != UINT64_MAX && facts.maps_used > 5 &&
           facts.maps_used < facts.maps_limit);
    verify(facts.page_size == zinc__os_page_size());
    verify(facts.processors == zinc__os_processors());
    verify(facts.has_proc == 1 && facts.has_tmpfile == 1 && facts.has_memfd == 1);
    verify(facts.has_waitv == (zinc__os_wait_words_max() > 1 ? 1 : 0));
    verify(facts.remove_ipc <= 2 && facts.directory_sticky == 0);
    verify(chmod(folder_path, 01700) == 0);
    zinc__os_doctor(folder, &facts);
    verify(facts.directory_sticky == 1);

    memset(&facts, 0xff, sizeof facts);
    zinc__os_doctor(-1, &facts); /* a directory that could not be opened */
    verify(facts.filesystem[0] == '\0' && facts.directory_total == UINT64_MAX);
    verify(facts.inodes_free == UINT64_MAX && facts.has_tmpfile == 0);
    verify(facts.has_proc == 1 && facts.directory_sticky == 0);
}

static void error_texts(void) {
    verify(strcmp(zinc__os_error_text(ENOENT), "No such file or directory") == 0);
    verify(strcmp(zinc__os_error_text(EXDEV), "Invalid cross-device link") == 0);
    verify(zinc__os_error_text(EIO) == zinc__os_error_text(EIO));
    verify(strcmp(zinc__os_error_text(0), "Unknown system error") == 0);
    verify(strcmp(zinc__os_error_text(-5), "Unknown system error") == 0);
    verify(strcmp(zinc__os_error_text(99999), "Unknown system error") == 0);
    for (int32_t i = -10; i < 5000; i++) {
        verify(zinc__os_error_text(i) != NULL);
    }
}

/* ---- Begin ---------------------------------------------------------------------------------- */

/* What this program answers when it is started by its own tests. */
static int answer(const char *question, const char *expected) {
    if (strcmp(question, "environment") == 0) {
        const char *value = zinc__os_environment("ZINC_UNIT_OS");
        const char *seen = value == NULL ? "hidden" : strcmp(value, "set") == 0 ? "seen" : "wrong";
        return strcmp(seen, expected) == 0 ? 0 : 1;
    }
    return zinc__os_wait_words_max() == (uint32_t)strtoul(expected, NULL, 10) ? 0 : 1;
}

/* A case works in the empty directory that it was given. */
static void with_folder(void (*body)(void)) {
    (void)snprintf(folder_path, sizeof folder_path, "%s", cases_directory);
    verify(chmod(folder_path, 0700) == 0);
    verify(zinc__os_directory_open(folder_path, &folder) == ZINC_OK);
    zinc__os_pin_image(); /* of a program: without effect, and without harm */
    body();
    zinc__os_file_close(folder);
}

#define IN_FOLDER(body)                                                                            \
    static void case_##body(void) {                                                                \
        with_folder(body);                                                                         \
    }
IN_FOLDER(time_goes_on)
IN_FOLDER(sleep_ends_at_a_signal)
IN_FOLDER(identity)
IN_FOLDER(system_numbers)
IN_FOLDER(environment)
IN_FOLDER(environment_of_the_privileged)
IN_FOLDER(fork_handlers)
IN_FOLDER(wiped_page)
IN_FOLDER(threads)
IN_FOLDER(directories)
IN_FOLDER(opens_what_is_there)
IN_FOLDER(names_bind)
IN_FOLDER(paths)
IN_FOLDER(bytes_of_files)
IN_FOLDER(reopening)
IN_FOLDER(files_of_another_user)
IN_FOLDER(systems_without_proc)
IN_FOLDER(allocation)
IN_FOLDER(limit_is_no_signal)
IN_FOLDER(full_file_system)
IN_FOLDER(file_system_that_cannot_allocate)
IN_FOLDER(allocation_in_pieces)
IN_FOLDER(allocation_among_signals)
IN_FOLDER(memory_files)
IN_FOLDER(memory_files_of_others)
IN_FOLDER(files_of_huge_pages)
IN_FOLDER(locks_between_descriptions)
IN_FOLDER(locks_and_death)
IN_FOLDER(mappings)
IN_FOLDER(mappings_refused)
IN_FOLDER(aligned_mappings_are_exact)
IN_FOLDER(huge_pages)
IN_FOLDER(waits_that_end_at_once)
IN_FOLDER(deadlines_last)
IN_FOLDER(deadlines_of_several_words)
IN_FOLDER(truncated_words)
IN_FOLDER(signals_end_waits)
IN_FOLDER(signals_and_several_words)
IN_FOLDER(wakes_between_processes)
IN_FOLDER(wakes_by_a_reader)
IN_FOLDER(many_words)
IN_FOLDER(waitv_can_be_missing)
IN_FOLDER(missing_features)
IN_FOLDER(flags)
IN_FOLDER(handing_over)
IN_FOLDER(doctor)
IN_FOLDER(error_texts)

static const test_case cases[] = {
    {"time", case_time_goes_on},
    {"time.sleep_and_signals", case_sleep_ends_at_a_signal},
    {"process.identity", case_identity},
    {"process.numbers", case_system_numbers},
    {"process.environment", case_environment},
    {"process.environment_of_the_privileged", case_environment_of_the_privileged},
    {"process.fork_handlers", case_fork_handlers},
    {"process.page_wiped_on_fork", case_wiped_page},
    {"threads", case_threads},
    {"directory", case_directories},
    {"file.open", case_opens_what_is_there},
    {"file.names", case_names_bind},
    {"file.path", case_paths},
    {"file.bytes", case_bytes_of_files},
    {"file.reopen", case_reopening},
    {"file.of_another_user", case_files_of_another_user},
    {"file.without_proc", case_systems_without_proc},
    {"allocate", case_allocation},
    {"allocate.limit_is_no_signal", case_limit_is_no_signal},
    {"allocate.full", case_full_file_system},
    {"allocate.by_writing", case_file_system_that_cannot_allocate},
    {"allocate.interrupted", case_allocation_in_pieces},
    {"allocate.among_signals", case_allocation_among_signals},
    {"memory_file", case_memory_files},
    {"memory_file.of_others", case_memory_files_of_others},
    {"memory_file.huge_pages", case_files_of_huge_pages},
    {"lock", case_locks_between_descriptions},
    {"lock.death", case_locks_and_death},
    {"map", case_mappings},
    {"map.refused", case_mappings_refused},
    {"map.aligned_exactly", case_aligned_mappings_are_exact},
    {"map.huge_pages", case_huge_pages},
    {"wait.at_once", case_waits_that_end_at_once},
    {"wait.deadline", case_deadlines_last},
    {"wait.deadline_several", case_deadlines_of_several_words},
    {"wait.truncated", case_truncated_words},
    {"wait.signal", case_signals_end_waits},
    {"wait.signal_several", case_signals_and_several_words},
    {"wait.processes", case_wakes_between_processes},
    {"wait.woken_by_a_reader", case_wakes_by_a_reader},
    {"wait.many", case_many_words},
    {"wait.without_waitv", case_waitv_can_be_missing},
    {"missing_features", case_missing_features},
    {"flag", case_flags},
    {"descriptors", case_handing_over},
    {"doctor", case_doctor},
    {"error_texts", case_error_texts},
};

int main(int argc, char **argv) {
    if (argc == 3 && (strcmp(argv[1], "environment") == 0 || strcmp(argv[1], "words") == 0)) {
        return answer(argv[1], argv[2]);
    }
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
