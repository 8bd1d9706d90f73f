// SPDX-License-Identifier: MIT
// What the tests need of the operating system, the same for all three runtimes: processes, files,
// threads, the environment. An addon, because Deno runs the tests with --allow-ffi alone.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <node_api.h>

#define MOST 8
#define TEXT 4096

extern char **environ;

// A C function of the shape of zinc_capacity, for the price of a bare call.
__attribute__((visibility("default"))) size_t host_bare(void *handle) {
    return *(size_t *)handle;
}

static void arguments(napi_env env, napi_callback_info info, napi_value *out) {
    size_t count = MOST;
    napi_get_cb_info(env, info, &count, out, NULL, NULL);
}

static const char *text(napi_env env, napi_value value, char *into) {
    size_t length = 0;
    if (napi_get_value_string_utf8(env, value, into, TEXT, &length) != napi_ok) {
        into[0] = '\0';
    }
    return into;
}

static int64_t number(napi_env env, napi_value value) {
    double out = -1;
    napi_get_value_double(env, value, &out);
    return (int64_t)out;
}

static napi_value undefined(napi_env env) {
    napi_value out = NULL;
    napi_get_undefined(env, &out);
    return out;
}

static napi_value of_number(napi_env env, double value) {
    napi_value out = NULL;
    napi_create_double(env, value, &out);
    return out;
}

// Throws when a system call failed.
static napi_value done(napi_env env, int result, const char *what) {
    if (result < 0) {
        char why[TEXT];
        snprintf(why, sizeof why, "%s: %s", what, strerror(errno));
        napi_throw_error(env, "HOST", why);
        return NULL;
    }
    return of_number(env, result);
}

// The texts of an array, followed by NULL; the caller's to free, never many.
static char **texts(napi_env env, napi_value array, char **before) {
    uint32_t length = 0, at = 0;
    napi_get_array_length(env, array, &length);
    size_t kept = 0;
    while (before != NULL && before[kept] != NULL) {
        kept++;
    }
    char **out = calloc(kept + length + 1, sizeof *out);
    for (at = 0; at < length; at++) {
        napi_value element = NULL;
        char *copy = malloc(TEXT * 16);
        size_t size = 0;
        napi_get_element(env, array, at, &element);
        napi_get_value_string_utf8(env, element, copy, TEXT * 16, &size);
        out[at] = copy;
    }
    // What comes first wins, so the given ones hide those that were there before.
    for (size_t i = 0; i < kept; i++) {
        out[at + i] = before[i];
    }
    return out;
}

// spawn([program, ...words], ["NAME=value", ...], socket or -1): [pid, stdout, stderr]. The socket
// becomes descriptor 3 of the child.
static napi_value spawn(napi_env env, napi_callback_info info) {
    napi_value words[MOST], out = NULL;
    arguments(env, info, words);
    char **command = texts(env, words[0], NULL);
    char **settings = texts(env, words[1], environ);
    int socket = (int)number(env, words[2]);
    int output[2], errors[2];
    pid_t pid = -1;
    if (pipe2(output, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0) {
        return done(env, -1, "pipe");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    posix_spawn_file_actions_adddup2(&actions, errors[1], 2);
    if (socket >= 0) {
        posix_spawn_file_actions_adddup2(&actions, socket, 3);
    }
    errno = posix_spawnp(&pid, command[0], &actions, NULL, command, settings);
    posix_spawn_file_actions_destroy(&actions);
    close(output[1]);
    close(errors[1]);
    if (errno != 0) {
        return done(env, -1, command[0]);
    }
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    fcntl(errors[0], F_SETFL, O_NONBLOCK);
    napi_create_array_with_length(env, 3, &out);
    napi_set_element(env, out, 0, of_number(env, pid));
    napi_set_element(env, out, 1, of_number(env, output[0]));
    napi_set_element(env, out, 2, of_number(env, errors[0]));
    return out;
}

// ended(pid): undefined while it runs, then its exit code, or the negative number of its signal.
static napi_value ended(napi_env env, napi_callback_info info) {
    napi_value words[MOST];
    arguments(env, info, words);
    int status = 0;
    pid_t pid = waitpid((pid_t)number(env, words[0]), &status, WNOHANG);
    if (pid == 0) {
        return undefined(env);
    }
    return of_number(env, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static napi_value send_signal(napi_env env, napi_callback_info info) {
    napi_value words[MOST];
    arguments(env, info, words);
    return done(env, kill((pid_t)number(env, words[0]), (int)number(env, words[1])), "kill");
}

// take(descriptor): text that is there, undefined if there is none yet, null at the end.
static napi_value take(napi_env env, napi_callback_info info) {
    napi_value words[MOST], out = NULL;
    char some[TEXT];
    arguments(env, info, words);
    ssize_t got = read((int)number(env, words[0]), some, sizeof some);
    if (got < 0) {
        return undefined(env);
    }
    if (got == 0) {
        napi_get_null(env, &out);
    } else {
        napi_create_string_utf8(env, some, (size_t)got, &out);
    }
    return out;
}

static napi_value close_descriptor(napi_env env, napi_callback_info info) {
    napi_value words[MOST];
    arguments(env, info, words);
    return done(env, close((int)number(env, words[0])), "close");
}

static napi_value socket_pair(napi_env env, napi_callback_info info) {
    napi_value out = NULL;
    int both[2];
    (void)info;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) != 0) {
        return done(env, -1, "socketpair");
    }
    napi_create_array_with_length(env, 2, &out);
    napi_set_element(env, out, 0, of_number(env, both[0]));
    napi_set_element(env, out, 1, of_number(env, both[1]));
    return out;
}

// file(verb, path, argument): what one would do in a shell.
static napi_value file(napi_env env, napi_callback_info info) {
    napi_value words[MOST];
    char verb[TEXT], path[TEXT], other[TEXT];
    arguments(env, info, words);
    text(env, words[0], verb);
    text(env, words[1], path);
    struct stat facts;
    int result = -1;
    errno = EINVAL;
    if (strcmp(verb, "unlink") == 0) {
        result = unlink(path);
    } else if (strcmp(verb, "rmdir") == 0) {
        result = rmdir(path);
    } else if (strcmp(verb, "mkdir") == 0) {
        result = mkdir(path, 0700);
    } else if (strcmp(verb, "mkfifo") == 0) {
        result = mkfifo(path, 0600);
    } else if (strcmp(verb, "symlink") == 0) {
        result = symlink(text(env, words[2], other), path);
    } else if (strcmp(verb, "truncate") == 0) {
        result = truncate(path, (off_t)number(env, words[2]));
    } else if (strcmp(verb, "chown") == 0) {
        result = chown(path, (uid_t)number(env, words[2]), (gid_t)-1);
    } else if (strcmp(verb, "exists") == 0) {
        return of_number(env, lstat(path, &facts) == 0);
    } else if (strcmp(verb, "mode") == 0) {
        result = stat(path, &facts) == 0 ? (int)(facts.st_mode & 07777) : -1;
    }
    return done(env, result, path);
}

static napi_value write_file(napi_env env, napi_callback_info info) {
    napi_value words[MOST];
    char path[TEXT];
    void *bytes = NULL;
    size_t size = 0;
    arguments(env, info, words);
    text(env, words[0], path);
    napi_get_typedarray_info(env, words[1], NULL, &size, &bytes, NULL, NULL);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0 || write(descriptor, bytes, size) != (ssize_t)size) {
        return done(env, -1, path);
    }
    return done(env, close(descriptor), path);
}

// writeDescriptor(descriptor, bytes): all of them; blocks.
static napi_value write_descriptor(napi_env env, napi_callback_info info) {
    napi_value words[MOST];
    void *bytes = NULL;
    size_t size = 0, written = 0;
    arguments(env, info, words);
    napi_get_typedarray_info(env, words[1], NULL, &size, &bytes, NULL, NULL);
    while (written < size) {
        ssize_t some = write((int)number(env, words[0]), (char *)bytes + written, size - written);
        if (some < 0) {
            return done(env, -1, "write");
        }
        written += (size_t)some;
    }
    return undefined(env);
}

// Read a whole file, of /proc too, as bytes.
static napi_value read_file(napi_env env, napi_callback_info info) {
    napi_value words[MOST], buffer = NULL, out = NULL;
    char path[TEXT];
    arguments(env, info, words);
    int descriptor = open(text(env, words[0], path), O_RDONLY | O_CLOEXEC);
    size_t size = 0, room = 1 << 16;
    char *all = malloc(room);
    ssize_t got = descriptor < 0 ? -1 : 0;
    while (descriptor >= 0 && (got = read(descriptor, all + size, room - size)) > 0) {
        size += (size_t)got;
        if (size == room) {
            all = realloc(all, room *= 2);
        }
    }
    if (got < 0) {
        free(all);
        return done(env, -1, path);
    }
    close(descriptor);
    void *bytes = NULL;
    napi_create_arraybuffer(env, size, &bytes, &buffer);
    memcpy(bytes, all, size);
    free(all);
    napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &out);
    return out;
}

// The threads of this process.
static napi_value threads(napi_env env, napi_callback_info info) {
    int count = 0;
    (void)info;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *one; tasks != NULL && (one = readdir(tasks)) != NULL;) {
        count += one->d_name[0] != '.';
    }
    closedir(tasks);
    return of_number(env, count);
}

static napi_value environment(napi_env env, napi_callback_info info) {
    napi_value words[MOST], out = NULL;
    char name[TEXT];
    arguments(env, info, words);
    const char *value = getenv(text(env, words[0], name));
    napi_create_string_utf8(env, value == NULL ? "" : value, NAPI_AUTO_LENGTH, &out);
    return out;
}

static napi_value user(napi_env env, napi_callback_info info) {
    (void)info;
    return of_number(env, geteuid());
}

static napi_value bare(napi_env env, napi_callback_info info) {
    size_t count = 1;
    napi_value handle = NULL, out = NULL;
    double value = 0;
    napi_get_cb_info(env, info, &count, &handle, NULL, NULL);
    napi_get_value_double(env, handle, &value);
    napi_create_double(env, (double)host_bare((void *)(uintptr_t)value), &out);
    return out;
}

// A place for host_bare to look at.
static napi_value place(napi_env env, napi_callback_info info) {
    (void)info;
    size_t *made = malloc(sizeof *made);
    *made = 4096;
    return of_number(env, (double)(uintptr_t)made);
}

NAPI_MODULE_INIT() {
    const struct {
        const char *name;
        napi_callback function;
    } all[] = {
        {"spawn", spawn},
        {"ended", ended},
        {"kill", send_signal},
        {"take", take},
        {"closeDescriptor", close_descriptor},
        {"socketPair", socket_pair},
        {"file", file},
        {"writeFile", write_file},
        {"writeDescriptor", write_descriptor},
        {"readFile", read_file},
        {"threads", threads},
        {"environment", environment},
        {"user", user},
        {"bare", bare},
        {"place", place},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        napi_value function = NULL;
        napi_create_function(env, all[i].name, NAPI_AUTO_LENGTH, all[i].function, NULL, &function);
        napi_set_named_property(env, exports, all[i].name, function);
    }
    return exports;
}
