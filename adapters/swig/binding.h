/* SPDX-License-Identifier: MIT */
/* What the six generated bindings share: a handle that may be closed at any moment, arguments that
 * are checked once for all languages, facts as pairs of a name and a value, and waits in steps.
 *
 * A language's thin file tells SWIG how its own values become a binding_value and back, and how a
 * zinc_error becomes its own error; everything else is here.
 *
 * A handle holds one reference of the core's handle until it is closed; every call takes another
 * for its own time, so that a close beside it (another thread, a signal's handler) frees nothing
 * under it. Whoever collects a handle that nobody closed closes it, and says so when
 * ZINC_DEBUG_LEAKS is set; so does the end of the process. */
#ifndef ZINC_SWIG_BINDING_H
#define ZINC_SWIG_BINDING_H

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zinc.h>

#include "error_table.h"

/* ---- Errors -------------------------------------------------------------------------------- */

/* Refused before it reached the core: no status of the core is as large. */
enum binding_refusal {
    BINDING_TYPE = 10001, /* a value of the wrong type */
    BINDING_VALUE = 10002 /* of the right type, but outside of what is allowed */
};

static void binding_refuse(zinc_error *failure, int32_t status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void binding_refuse(zinc_error *failure, int32_t status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    failure->status = status;
    failure->system_errno = 0;
    (void)vsnprintf(failure->message, sizeof failure->message, format, arguments);
    va_end(arguments);
}

/* The class of an error in all languages: "closed", "not_found", ... */
static const char *binding_error_kind(int32_t status) {
    if (status == BINDING_TYPE || status == BINDING_VALUE) {
        return status == BINDING_TYPE ? "type" : "value";
    }
    return binding_status_kind(status);
}

/* The identifier of an error's status; "" where the core was not asked. */
static const char *binding_error_name(int32_t status) {
    return status > 0 ? "" : zinc_error_name(status);
}

/* What languages show as the status: 0 where the core was not asked. */
static int32_t binding_error_status(int32_t status) {
    return status > 0 ? 0 : status;
}

/* ---- Values -------------------------------------------------------------------------------- */

enum binding_kind {
    BINDING_NONE,    /* nil, undef, null, NULL */
    BINDING_BOOLEAN, /* whole: 0 or 1 */
    BINDING_WHOLE,   /* whole */
    BINDING_NATURAL, /* natural: a number above INT64_MAX; from the core only */
    BINDING_BROKEN,  /* number: of a type that has fractions */
    BINDING_BIG,     /* a whole number beyond 64 bits */
    BINDING_TEXT,    /* text, length */
    BINDING_OTHER    /* text: what it is, for messages */
};

/* A value of a language. `text` may be there beside a number in languages where it is both. */
typedef struct binding_value {
    enum binding_kind kind;
    int64_t whole;
    uint64_t natural;
    double number;
    const char *text;
    size_t length;
} binding_value;

static binding_value binding_none(void) {
    binding_value value;
    memset(&value, 0, sizeof value);
    return value;
}

static binding_value binding_boolean(int set) {
    binding_value value = binding_none();
    value.kind = BINDING_BOOLEAN;
    value.whole = set != 0;
    return value;
}

static binding_value binding_whole(int64_t whole) {
    binding_value value = binding_none();
    value.kind = BINDING_WHOLE;
    value.whole = whole;
    return value;
}

static binding_value binding_natural(uint64_t natural) {
    binding_value value = binding_none();
    value.kind = natural > INT64_MAX ? BINDING_NATURAL : BINDING_WHOLE;
    value.natural = natural;
    value.whole = (int64_t)natural;
    return value;
}

static binding_value binding_broken(double number) {
    binding_value value = binding_none();
    value.kind = BINDING_BROKEN;
    value.number = number;
    return value;
}

static binding_value binding_big(void) {
    binding_value value = binding_none();
    value.kind = BINDING_BIG;
    return value;
}

static binding_value binding_text(const char *text, size_t length) {
    binding_value value = binding_none();
    value.kind = BINDING_TEXT;
    value.text = text;
    value.length = length;
    return value;
}

static binding_value binding_other(const char *type) {
    binding_value value = binding_none();
    value.kind = BINDING_OTHER;
    value.text = type;
    return value;
}

/* What a value of the wrong type is called in a message. */
static const char *binding_called(binding_value value) {
    static const char *const names[] = {"nothing",  "a boolean", "a number", "a number",
                                        "a number", "a number",  "text",     "another type"};
    return value.kind == BINDING_OTHER && value.text != NULL ? value.text : names[value.kind];
}

/* The whole number in a value, between low and high; -1 and a failure if it is none. Doubles count
 * where they are whole and exact. */
static int64_t binding_number(binding_value value, const char *what, int64_t low, int64_t high,
                              zinc_error *failure) {
    int64_t number = value.whole;
    if (value.kind == BINDING_BROKEN) {
        if (!(fabs(value.number) <= 9007199254740992.0) || floor(value.number) != value.number) {
            binding_refuse(failure, BINDING_VALUE, "%s must be an exact whole number, not %.17g",
                           what, value.number);
            return -1;
        }
        number = (int64_t)value.number;
    } else if (value.kind == BINDING_BIG || value.kind == BINDING_NATURAL) {
        binding_refuse(failure, BINDING_VALUE, "%s is a number beyond 63 bits", what);
        return -1;
    } else if (value.kind != BINDING_WHOLE) {
        binding_refuse(failure, BINDING_TYPE, "%s must be a whole number, not %s", what,
                       binding_called(value));
        return -1;
    }
    if (number < low || number > high) {
        if (high == INT64_MAX) {
            binding_refuse(failure, BINDING_VALUE, "%s must be at least %" PRId64 ", not %" PRId64,
                           what, low, number);
        } else {
            binding_refuse(failure, BINDING_VALUE,
                           "%s must be between %" PRId64 " and %" PRId64 ", not %" PRId64, what,
                           low, high, number);
        }
        return -1;
    }
    return number;
}

/* A text as C takes it. Long enough for every name, and for one that is too long. */
typedef struct binding_name {
    char text[1024];
} binding_name;

/* The text in a value; NULL and a failure if it is none. Its grammar is the core's to judge; a NUL
 * would cut it short. */
static const char *binding_string(binding_value value, const char *what, binding_name *name,
                                  zinc_error *failure) {
    if (value.text == NULL || value.kind == BINDING_OTHER) {
        binding_refuse(failure, BINDING_TYPE, "%s must be text, not %s", what,
                       binding_called(value));
        return NULL;
    }
    if (memchr(value.text, 0, value.length) != NULL) {
        binding_refuse(failure, BINDING_VALUE, "%s has a NUL in it", what);
        return NULL;
    }
    size_t length = value.length < sizeof name->text ? value.length : sizeof name->text - 1;
    memcpy(name->text, value.text, length);
    name->text[length] = 0;
    return name->text;
}

/* Bytes that a language gives; `refused` says why they are none. */
typedef struct binding_bytes {
    const void *data;
    size_t size;
    const char *refused;
} binding_bytes;

/* ---- Options ------------------------------------------------------------------------------- */

typedef struct binding_options {
    zinc_region_options core;
    uint32_t owner;
} binding_options;

static binding_options *new_binding_options(void) {
    binding_options *options = (binding_options *)calloc(1, sizeof *options);
    if (options != NULL) {
        options->core.size = sizeof options->core;
    }
    return options;
}

static void delete_binding_options(binding_options *options) {
    free(options);
}

static const char *const binding_lifetimes[] = {"auto", "creator", "persistent", NULL};
static const char *const binding_wait_policies[] = {"adaptive", "spin", "park", NULL};

static const struct {
    const char *name;
    uint32_t flag;
} binding_flags[] = {
    {"read_only", ZINC_REGION_READ_ONLY},
    {"prefault", ZINC_REGION_PREFAULT},
    {"sparse", ZINC_REGION_SPARSE},
    {"huge_pages", ZINC_REGION_HUGE_PAGES},
    {"read_only_waiters", ZINC_REGION_READ_ONLY_WAITERS},
    {"accept_any_owner", ZINC_REGION_ANY_OWNER},
};

static const char binding_option_names[] =
    "lifetime, mode, max_capacity, rows, wait_policy, group, accept_mode, accept_owner, read_only, "
    "prefault, sparse, huge_pages, read_only_waiters, accept_any_owner";

static uint32_t binding_choice(binding_value value, const char *what, const char *const *choices,
                               zinc_error *failure) {
    binding_name name;
    const char *text = binding_string(value, what, &name, failure);
    for (uint32_t i = 0; text != NULL && choices[i] != NULL; i++) {
        if (strcmp(choices[i], text) == 0) {
            return i;
        }
    }
    if (text != NULL) {
        binding_refuse(failure, BINDING_VALUE, "%s must be %s, %s or %s, not \"%.40s\"", what,
                       choices[0], choices[1], choices[2], text);
    }
    return 0;
}

/* Truth, in languages that have it, or 0 and 1. */
static int binding_truth(binding_value value, const char *what, zinc_error *failure) {
    if (value.kind == BINDING_BOOLEAN ||
        (value.kind == BINDING_WHOLE && (value.whole == 0 || value.whole == 1))) {
        return (int)value.whole;
    }
    binding_refuse(failure, BINDING_TYPE, "%s must be true or false, not %s", what,
                   binding_called(value));
    return 0;
}

/* Set one option by its name. */
static void binding_options_set(binding_options *options, binding_value option, binding_value value,
                                zinc_error *failure) {
    binding_name given;
    const char *name = binding_string(option, "an option's name", &given, failure);
    if (name == NULL || options == NULL) {
        return;
    }
    zinc_region_options *core = &options->core;
    int64_t number = 0;
    if (strcmp(name, "lifetime") == 0) {
        core->lifetime = binding_choice(value, name, binding_lifetimes, failure);
    } else if (strcmp(name, "wait_policy") == 0) {
        core->wait_policy = binding_choice(value, name, binding_wait_policies, failure);
    } else if (strcmp(name, "max_capacity") == 0) {
        number = binding_number(value, name, 1, INT64_MAX, failure);
        core->max_capacity = (uint64_t)number;
    } else if (strcmp(name, "mode") == 0) {
        number = binding_number(value, name, 1, 07777, failure);
        core->mode = (uint32_t)number;
    } else if (strcmp(name, "rows") == 0) {
        number = binding_number(value, name, 1, ZINC_ROWS_MAX, failure);
        core->rows = (uint32_t)number;
    } else if (strcmp(name, "group") == 0) {
        number = binding_number(value, name, 0, UINT32_MAX - 1, failure);
        core->group = (uint32_t)number;
        core->flags |= ZINC_REGION_SET_GROUP;
    } else if (strcmp(name, "accept_mode") == 0) {
        number = binding_number(value, name, 0, 07777, failure);
        core->accept_mode = (uint32_t)number;
    } else if (strcmp(name, "accept_owner") == 0) {
        number = binding_number(value, name, 0, UINT32_MAX - 1, failure);
        options->owner = (uint32_t)number;
        core->accept_owners = &options->owner;
        core->accept_owner_count = 1;
    } else {
        for (size_t i = 0; i < sizeof binding_flags / sizeof *binding_flags; i++) {
            if (strcmp(name, binding_flags[i].name) == 0) {
                uint32_t flag = binding_flags[i].flag;
                int set = binding_truth(value, name, failure);
                core->flags = set ? core->flags | flag : core->flags & ~flag;
                return;
            }
        }
        binding_refuse(failure, BINDING_VALUE, "no option \"%.40s\"; there are %s", name,
                       binding_option_names);
    }
}

/* ---- Handles ------------------------------------------------------------------------------- */

typedef struct binding_handle {
    struct binding_handle *next; /* in the list of those that are open */
    struct binding_handle *previous;
    zinc_region *region;  /* one reference; NULL once closed */
    pthread_mutex_t lock; /* guards `region` */
    pid_t process;
    int read_only;
    char name[ZINC_NAME_MAX + 8];
} binding_handle;

static binding_handle *binding_open_handles;
static pthread_mutex_t binding_open_lock = PTHREAD_MUTEX_INITIALIZER;

static int binding_leaks_wanted(void) {
    const char *wanted = getenv("ZINC_DEBUG_LEAKS");
    return wanted != NULL && *wanted != 0 && strcmp(wanted, "0") != 0;
}

static void binding_leak_report(const binding_handle *handle) {
    if (binding_leaks_wanted() && handle->process == getpid()) {
        fprintf(stderr, "zinc: leak: region '%s' was never closed\n", handle->name);
        fflush(stderr);
    }
}

/* The net below the net: interpreters that end without collecting. The mappings stay, as threads
 * may still be in them. */
__attribute__((destructor)) static void binding_end(void) {
    if (pthread_mutex_trylock(&binding_open_lock) != 0) {
        return;
    }
    for (binding_handle *handle = binding_open_handles; handle != NULL; handle = handle->next) {
        if (handle->process == getpid()) {
            binding_leak_report(handle);
            (void)zinc_region_shutdown(handle->region);
        }
    }
    pthread_mutex_unlock(&binding_open_lock);
}

static void binding_listed(binding_handle *handle) {
    pthread_mutex_lock(&binding_open_lock);
    handle->next = binding_open_handles;
    handle->previous = NULL;
    if (handle->next != NULL) {
        handle->next->previous = handle;
    }
    binding_open_handles = handle;
    pthread_mutex_unlock(&binding_open_lock);
}

static void binding_unlisted(binding_handle *handle) {
    pthread_mutex_lock(&binding_open_lock);
    if (handle->next != NULL) {
        handle->next->previous = handle->previous;
    }
    if (handle->previous != NULL) {
        handle->previous->next = handle->next;
    } else {
        binding_open_handles = handle->next;
    }
    pthread_mutex_unlock(&binding_open_lock);
}

static binding_handle *binding_handle_of(zinc_region *region, zinc_error *failure) {
    binding_handle *handle = (binding_handle *)calloc(1, sizeof *handle);
    if (handle == NULL) {
        zinc_close(region);
        binding_refuse(failure, ZINC_E_NOMEM, "no memory for a handle");
        return NULL;
    }
    handle->region = region;
    handle->process = getpid();
    (void)snprintf(handle->name, sizeof handle->name, "%s", zinc_region_name(region));
    zinc_info info;
    info.size = sizeof info;
    if (zinc_region_info(region, &info) == ZINC_OK) {
        handle->read_only = (info.flags & ZINC_INFO_READ_ONLY) != 0;
    }
    (void)pthread_mutex_init(&handle->lock, NULL);
    binding_listed(handle);
    return handle;
}

typedef int32_t (*binding_maker)(const char *, size_t, const zinc_region_options *, zinc_region **,
                                 zinc_error *);

/* A call that may block: on memory to be allocated, on another process that holds a region up. */
typedef struct binding_call {
    binding_maker make;
    const char *name;
    size_t size;
    const zinc_region_options *options;
    zinc_region *region;
    zinc_error *failure;
    int32_t status;
} binding_call;

typedef void (*binding_runner)(binding_call *);

static void binding_directly(binding_runner run, binding_call *call) {
    run(call);
}

/* A language that has a lock for all threads sets this, to give the lock up meanwhile. */
static void (*binding_blocking)(binding_runner run, binding_call *call) = binding_directly;

static void binding_run_make(binding_call *call) {
    call->status = call->make(call->name, call->size, call->options, &call->region, call->failure);
}

static void binding_run_open(binding_call *call) {
    call->status = zinc_region_open(call->name, call->options, &call->region, call->failure);
}

static void binding_run_grow(binding_call *call) {
    call->status = zinc_region_grow(call->region, call->size);
}

static void binding_run_unlink(binding_call *call) {
    call->status = zinc_region_unlink(call->region);
}

static void binding_run_remove(binding_call *call) {
    call->status = zinc_region_remove(call->name, call->failure);
}

static binding_handle *binding_make(binding_maker make, binding_value name, binding_value capacity,
                                    const binding_options *options, zinc_error *failure) {
    binding_name given;
    const char *text = binding_string(name, "name", &given, failure);
    if (text == NULL) {
        return NULL;
    }
    int64_t size = binding_number(capacity, "capacity", 1, INT64_MAX, failure);
    if (size < 0) {
        return NULL;
    }
    const zinc_region_options *core = options == NULL ? NULL : &options->core;
    binding_call call = {make, text, (size_t)size, core, NULL, failure, ZINC_OK};
    binding_blocking(binding_run_make, &call);
    return call.status == ZINC_OK ? binding_handle_of(call.region, failure) : NULL;
}

static binding_handle *binding_create(binding_value name, binding_value capacity,
                                      const binding_options *options, zinc_error *failure) {
    return binding_make(zinc_region_create, name, capacity, options, failure);
}

static binding_handle *binding_open_or_create(binding_value name, binding_value capacity,
                                              const binding_options *options, zinc_error *failure) {
    return binding_make(zinc_region_open_or_create, name, capacity, options, failure);
}

static binding_handle *binding_replace(binding_value name, binding_value capacity,
                                       const binding_options *options, zinc_error *failure) {
    return binding_make(zinc_region_replace, name, capacity, options, failure);
}

static binding_handle *binding_open(binding_value name, const binding_options *options,
                                    zinc_error *failure) {
    binding_name given;
    const char *text = binding_string(name, "name", &given, failure);
    if (text == NULL) {
        return NULL;
    }
    const zinc_region_options *core = options == NULL ? NULL : &options->core;
    binding_call call = {NULL, text, 0, core, NULL, failure, ZINC_OK};
    binding_blocking(binding_run_open, &call);
    return call.status == ZINC_OK ? binding_handle_of(call.region, failure) : NULL;
}

/* Close: name and participation go at once, the mapping with the last call in progress. */
static void binding_handle_close(binding_handle *handle) {
    if (handle == NULL) {
        return;
    }
    pthread_mutex_lock(&handle->lock);
    zinc_region *region = handle->region;
    handle->region = NULL;
    pthread_mutex_unlock(&handle->lock);
    if (region != NULL) {
        /* Before the region goes: the end of the process walks over what is listed. */
        binding_unlisted(handle);
        zinc_close(region);
    }
}

static int binding_handle_closed(binding_handle *handle) {
    if (handle == NULL) {
        return 1;
    }
    pthread_mutex_lock(&handle->lock);
    int closed = handle->region == NULL;
    pthread_mutex_unlock(&handle->lock);
    return closed;
}

/* What the language's collector calls. */
static void delete_binding_handle(binding_handle *handle) {
    if (handle == NULL) {
        return;
    }
    if (!binding_handle_closed(handle)) {
        binding_leak_report(handle);
        binding_handle_close(handle);
    }
    (void)pthread_mutex_destroy(&handle->lock);
    free(handle);
}

/* A reference for the time of one call, or NULL and a failure. */
static zinc_region *binding_pin(binding_handle *handle, zinc_error *failure) {
    if (handle == NULL) {
        binding_refuse(failure, BINDING_TYPE, "not a region that was created or opened here");
        return NULL;
    }
    pthread_mutex_lock(&handle->lock);
    zinc_region *region = handle->region;
    if (region != NULL) {
        region = zinc_region_retain(region);
    }
    pthread_mutex_unlock(&handle->lock);
    if (region == NULL) {
        binding_refuse(failure, ZINC_E_CLOSED, "region \"%s\": the handle is closed: open it again",
                       handle->name);
    }
    return region;
}

/* Give the reference of a call up; a status that is an error becomes the failure. */
static void binding_unpin(zinc_region *region, int32_t status, zinc_error *failure) {
    if (status < 0) {
        if (zinc_region_explain(region, status, failure) != ZINC_OK) {
            binding_refuse(failure, status, "%s", zinc_strerror(status));
        }
        failure->status = status;
    }
    zinc_region_release(region);
}

/* ---- Bytes --------------------------------------------------------------------------------- */

/* What a read is to bring. The language makes a byte string of this size, and binding_reading_into
 * fills it in: so nothing of the core is held while the language asks for memory, which may fail.
 */
typedef struct binding_reading {
    binding_handle *handle;
    size_t offset;
    size_t size;
} binding_reading;

static int32_t binding_view(zinc_region *region, size_t offset, size_t size, const void **bytes,
                            void **context) {
    uint8_t *found = NULL;
    int32_t status = zinc_view_acquire(region, offset, size, &found, context);
    *bytes = found;
    return status;
}

/* The bytes are looked at in binding_reading_into; here it is known that they are there. */
static binding_reading binding_handle_read(binding_handle *handle, binding_value offset,
                                           binding_value length, zinc_error *failure) {
    binding_reading reading = {handle, 0, 0};
    const void *bytes = NULL;
    void *context = NULL;
    int64_t from = binding_number(offset, "offset", 0, INT64_MAX, failure);
    int64_t count = 0;
    zinc_region *region = from < 0 ? NULL : binding_pin(handle, failure);
    if (region == NULL) {
        return reading;
    }
    int32_t status = ZINC_OK;
    if (length.kind == BINDING_NONE) {
        /* To the end: an offset behind it is refused by the view. */
        int64_t capacity = (int64_t)zinc_capacity(region);
        count = capacity > from ? capacity - from : 0;
    } else {
        count = binding_number(length, "length", 0, INT64_MAX, failure);
    }
    if (count >= 0) {
        status = binding_view(region, (size_t)from, (size_t)count, &bytes, &context);
        if (status == ZINC_OK) {
            reading.offset = (size_t)from;
            reading.size = (size_t)count;
        }
        zinc_view_release(NULL, context);
    }
    binding_unpin(region, status, failure);
    return reading;
}

/* Copy what was asked for. False, and a failure, if the handle was closed since. */
static int binding_reading_into(binding_reading reading, void *bytes, zinc_error *failure) {
    const void *from = NULL;
    void *context = NULL;
    if (reading.size == 0) {
        return 1;
    }
    zinc_region *region = binding_pin(reading.handle, failure);
    if (region == NULL) {
        return 0;
    }
    int32_t status = binding_view(region, reading.offset, reading.size, &from, &context);
    if (status == ZINC_OK) {
        memcpy(bytes, from, reading.size);
    }
    zinc_view_release(NULL, context);
    binding_unpin(region, status, failure);
    return status == ZINC_OK;
}

static void binding_handle_write(binding_handle *handle, binding_value offset, binding_bytes bytes,
                                 zinc_error *failure) {
    uint8_t *into = NULL;
    void *context = NULL;
    if (bytes.refused != NULL) {
        binding_refuse(failure, BINDING_TYPE, "bytes must be %s", bytes.refused);
        return;
    }
    int64_t at = binding_number(offset, "offset", 0, INT64_MAX, failure);
    zinc_region *region = at < 0 ? NULL : binding_pin(handle, failure);
    if (region == NULL) {
        return;
    }
    int32_t status = ZINC_E_PERM;
    if (!handle->read_only) {
        status = zinc_view_acquire(region, (size_t)at, bytes.size, &into, &context);
    }
    if (status == ZINC_OK && bytes.size != 0) {
        memcpy(into, bytes.data, bytes.size);
    }
    zinc_view_release(NULL, context);
    binding_unpin(region, status, failure);
}

/* ---- Telling, waiting ---------------------------------------------------------------------- */

static void binding_handle_notify(binding_handle *handle, zinc_error *failure) {
    zinc_region *region = binding_pin(handle, failure);
    if (region != NULL) {
        binding_unpin(region, zinc_region_notify(region), failure);
    }
}

/* One wait in several steps, between which the language looks at its signals. It has a reference of
 * its own, and goes on from the same notification to the same deadline. */
typedef struct binding_wait {
    zinc_region *region;
    int64_t deadline;
    uint32_t seen;
} binding_wait;

/* The kernel goes on with a wait behind handlers of signal() and SA_RESTART (those of Lua, PHP and
 * R), and a signal that arrives just before the thread blocks ends no wait at all. So a wait comes
 * back this often, and the language sees what it noted. */
enum { BINDING_SLICE_MS = 50 };

enum binding_step { BINDING_TIMED_OUT = 0, BINDING_NOTIFIED = 1, BINDING_AGAIN = 2 };

/* The absolute deadline of a timeout in milliseconds; nothing is for ever. */
static int64_t binding_deadline(binding_value timeout, zinc_error *failure) {
    if (timeout.kind == BINDING_NONE ||
        (timeout.kind == BINDING_BROKEN && isinf(timeout.number) && timeout.number > 0)) {
        return ZINC_FOREVER;
    }
    int64_t ms = binding_number(timeout, "timeout", 0, INT64_MAX, failure);
    if (ms <= 0) {
        return ms;
    }
    return ms > INT64_MAX / 1000000 ? ZINC_FOREVER : zinc_deadline_ns(ms * 1000000);
}

static binding_wait *binding_handle_start(binding_handle *handle, binding_value timeout,
                                          zinc_error *failure) {
    int64_t deadline = binding_deadline(timeout, failure);
    zinc_region *region = deadline < 0 ? NULL : binding_pin(handle, failure);
    if (region == NULL) {
        return NULL;
    }
    binding_wait *wait = (binding_wait *)calloc(1, sizeof *wait);
    if (wait == NULL) {
        binding_unpin(region, ZINC_E_NOMEM, failure);
        return NULL;
    }
    wait->region = region;
    wait->deadline = deadline;
    wait->seen = zinc_region_seen(region);
    return wait;
}

static void delete_binding_wait(binding_wait *wait) {
    if (wait != NULL) {
        zinc_region_release(wait->region);
        free(wait);
    }
}

static void binding_explain(zinc_region *region, int32_t status, zinc_error *failure) {
    binding_unpin(zinc_region_retain(region), status, failure);
}

/* Wait for one slice. 1: notified, 0: the deadline passed, 2: look at the signals, step again. */
static int binding_wait_step(binding_wait *wait, zinc_error *failure) {
    if (wait == NULL) {
        binding_refuse(failure, BINDING_TYPE, "not a wait");
        return BINDING_TIMED_OUT;
    }
    int64_t until = zinc_deadline_ns(BINDING_SLICE_MS * INT64_C(1000000));
    if (until > wait->deadline) {
        until = wait->deadline;
    }
    int32_t status = zinc_region_wait_from(wait->region, wait->seen, until, NULL);
    if (status == ZINC_OK) {
        return BINDING_NOTIFIED;
    }
    if (status == ZINC_E_INTR || (status == ZINC_E_TIMEDOUT && until != wait->deadline)) {
        return BINDING_AGAIN;
    }
    if (status != ZINC_E_TIMEDOUT) {
        binding_explain(wait->region, status, failure);
    }
    return BINDING_TIMED_OUT;
}

static int binding_handle_try_wait(binding_handle *handle, zinc_error *failure) {
    zinc_region *region = binding_pin(handle, failure);
    int32_t status = ZINC_E_CLOSED;
    if (region != NULL) {
        do {
            status = zinc_region_wait(region, 0, NULL);
        } while (status == ZINC_E_INTR);
        binding_unpin(region, status == ZINC_E_TIMEDOUT ? ZINC_OK : status, failure);
    }
    return status == ZINC_OK;
}

/* ---- Facts --------------------------------------------------------------------------------- */

enum { BINDING_FACTS_MAX = 48 };

/* Names and values, in a fixed order: what languages make a hash, table, dictionary, list of. */
typedef struct binding_facts {
    uint32_t count;
    struct {
        const char *name;
        binding_value value;
    } row[BINDING_FACTS_MAX];
    union {
        zinc_info info;
        zinc_gc_report gc;
        zinc_doctor_facts doctor;
    } of;
} binding_facts;

static void delete_binding_facts(binding_facts *facts) {
    free(facts);
}

static int binding_facts_size(binding_facts *facts) {
    return facts == NULL ? 0 : (int)facts->count;
}

static const char *binding_facts_name(binding_facts *facts, int index) {
    return index >= 0 && index < binding_facts_size(facts) ? facts->row[index].name : "";
}

static binding_value binding_facts_value(binding_facts *facts, int index) {
    return index >= 0 && index < binding_facts_size(facts) ? facts->row[index].value
                                                           : binding_none();
}

static void binding_fact(binding_facts *facts, const char *name, binding_value value) {
    if (facts->count < BINDING_FACTS_MAX) {
        facts->row[facts->count].name = name;
        facts->row[facts->count].value = value;
        facts->count++;
    }
}

static binding_value binding_words(const char *text) {
    return binding_text(text, strlen(text));
}

static binding_value binding_word(const char *const *words, uint32_t number) {
    return number < 3 ? binding_words(words[number]) : binding_natural(number);
}

static const struct {
    const char *name;
    uint32_t flag;
} binding_info_flags[] = {
    {"created", ZINC_INFO_CREATED},
    {"read_only", ZINC_INFO_READ_ONLY},
    {"private", ZINC_INFO_PRIVATE},
    {"sealed", ZINC_INFO_SEALED},
    {"stale", ZINC_INFO_STALE},
    {"creator_alive", ZINC_INFO_CREATOR_ALIVE},
    {"dead", ZINC_INFO_DEAD},
    {"gone", ZINC_INFO_GONE},
    {"reclaimable", ZINC_INFO_RECLAIMABLE},
    {"read_only_waiters", ZINC_INFO_READ_ONLY_WAITERS},
    {"sparse", ZINC_INFO_SPARSE},
};

static void binding_facts_of_info(binding_facts *facts, int32_t status) {
    const zinc_info *info = &facts->of.info;
    binding_fact(facts, "name", binding_words(info->name));
    binding_fact(facts, "domain", binding_words(info->domain));
    binding_fact(facts, "capacity", binding_natural(info->capacity));
    binding_fact(facts, "max_capacity", binding_natural(info->max_capacity));
    binding_fact(facts, "data_offset", binding_natural(info->data_offset));
    binding_fact(facts, "allocated", binding_natural(info->allocated));
    binding_fact(facts, "prefaulted", binding_natural(info->prefaulted));
    binding_fact(facts, "huge_bytes", binding_natural(info->huge_bytes));
    binding_fact(facts, "created_ns", binding_whole(info->created_ns));
    binding_fact(facts, "device", binding_natural(info->device));
    binding_fact(facts, "inode", binding_natural(info->inode));
    binding_fact(facts, "lifetime", binding_word(binding_lifetimes, info->lifetime));
    binding_fact(facts, "mode", binding_natural(info->mode));
    binding_fact(facts, "owner", binding_natural(info->owner));
    binding_fact(facts, "group", binding_natural(info->group));
    binding_fact(facts, "creator_pid", binding_natural(info->creator_pid));
    binding_fact(facts, "rows", binding_natural(info->rows));
    binding_fact(facts, "participants_alive", binding_natural(info->participants_alive));
    binding_fact(facts, "participants_dead", binding_natural(info->participants_dead));
    binding_fact(facts, "waiters", binding_natural(info->waiters));
    binding_fact(facts, "notifications", binding_natural(info->notifications));
    binding_fact(facts, "wait_policy", binding_word(binding_wait_policies, info->wait_policy));
    binding_fact(facts, "layout", binding_natural(info->layout));
    for (size_t i = 0; i < sizeof binding_info_flags / sizeof *binding_info_flags; i++) {
        int set = (info->flags & binding_info_flags[i].flag) != 0;
        binding_fact(facts, binding_info_flags[i].name, binding_boolean(set));
    }
    binding_fact(facts, "status", binding_words(zinc_error_name(status)));
}

static binding_facts *binding_facts_new(zinc_error *failure) {
    binding_facts *facts = (binding_facts *)calloc(1, sizeof *facts);
    if (facts == NULL) {
        binding_refuse(failure, ZINC_E_NOMEM, "no memory for facts");
    }
    return facts;
}

/* The facts if the call that filled them in succeeded, else nothing. */
static binding_facts *binding_facts_if(int32_t status, binding_facts *facts) {
    if (status != ZINC_OK) {
        delete_binding_facts(facts);
        return NULL;
    }
    return facts;
}

static binding_facts *binding_handle_info(binding_handle *handle, zinc_error *failure) {
    zinc_region *region = binding_pin(handle, failure);
    if (region == NULL) {
        return NULL;
    }
    binding_facts *facts = binding_facts_new(failure);
    int32_t status = ZINC_E_NOMEM;
    if (facts != NULL) {
        facts->of.info.size = sizeof facts->of.info;
        status = zinc_region_info(region, &facts->of.info);
        binding_facts_of_info(facts, status);
    }
    binding_unpin(region, status, failure);
    return binding_facts_if(status, facts);
}

static uint64_t binding_handle_capacity(binding_handle *handle, zinc_error *failure) {
    zinc_region *region = binding_pin(handle, failure);
    uint64_t capacity = 0;
    if (region != NULL) {
        capacity = zinc_capacity(region);
        binding_unpin(region, capacity != 0 ? ZINC_OK : zinc_region_status(region), failure);
    }
    return capacity;
}

static uint64_t binding_handle_address(binding_handle *handle, zinc_error *failure) {
    zinc_region *region = binding_pin(handle, failure);
    uint64_t address = 0;
    if (region != NULL) {
        address = (uint64_t)(uintptr_t)zinc_ptr(region);
        binding_unpin(region, address != 0 ? ZINC_OK : zinc_region_status(region), failure);
    }
    return address;
}

static const char *binding_handle_name(binding_handle *handle) {
    return handle == NULL ? "" : handle->name;
}

static void binding_handle_grow(binding_handle *handle, binding_value capacity,
                                zinc_error *failure) {
    int64_t size = binding_number(capacity, "capacity", 1, INT64_MAX, failure);
    zinc_region *region = size < 0 ? NULL : binding_pin(handle, failure);
    if (region != NULL) {
        binding_call call = {NULL, NULL, (size_t)size, NULL, region, failure, ZINC_OK};
        binding_blocking(binding_run_grow, &call);
        binding_unpin(region, call.status, failure);
    }
}

static void binding_handle_unlink(binding_handle *handle, zinc_error *failure) {
    zinc_region *region = binding_pin(handle, failure);
    if (region != NULL) {
        binding_call call = {NULL, NULL, 0, NULL, region, failure, ZINC_OK};
        binding_blocking(binding_run_unlink, &call);
        binding_unpin(region, call.status, failure);
    }
}

/* ---- The regions of the domain -------------------------------------------------------------- */

typedef struct binding_list {
    zinc_list *core;
} binding_list;

static binding_list *binding_list_begin(zinc_error *failure) {
    binding_list *list = (binding_list *)calloc(1, sizeof *list);
    if (list == NULL) {
        binding_refuse(failure, ZINC_E_NOMEM, "no memory for a listing");
        return NULL;
    }
    if (zinc_list_begin(&list->core, failure) != ZINC_OK) {
        free(list);
        return NULL;
    }
    return list;
}

static void delete_binding_list(binding_list *list) {
    if (list != NULL) {
        zinc_list_end(list->core);
        free(list);
    }
}

/* The facts of the next region; nothing behind the last one. */
static binding_facts *binding_list_following(binding_list *list, zinc_error *failure) {
    binding_facts *facts = list == NULL ? NULL : binding_facts_new(failure);
    if (facts == NULL) {
        return NULL;
    }
    facts->of.info.size = sizeof facts->of.info;
    int32_t status = zinc_list_next(list->core, &facts->of.info);
    if (status == ZINC_E_NOENT) {
        delete_binding_facts(facts);
        return NULL;
    }
    binding_facts_of_info(facts, status);
    return facts;
}

static binding_facts *binding_lookup(binding_value name, zinc_error *failure) {
    binding_name given;
    const char *text = binding_string(name, "name", &given, failure);
    binding_facts *facts = text == NULL ? NULL : binding_facts_new(failure);
    if (facts == NULL) {
        return NULL;
    }
    facts->of.info.size = sizeof facts->of.info;
    int32_t status = zinc_region_lookup(text, &facts->of.info, failure);
    binding_facts_of_info(facts, status);
    return binding_facts_if(status, facts);
}

static void binding_remove(binding_value name, zinc_error *failure) {
    binding_name given;
    const char *text = binding_string(name, "name", &given, failure);
    if (text != NULL) {
        binding_call call = {NULL, text, 0, NULL, NULL, failure, ZINC_OK};
        binding_blocking(binding_run_remove, &call);
    }
}

static binding_facts *binding_gc(binding_value dry_run, zinc_error *failure) {
    int dry = binding_truth(dry_run, "dry_run", failure);
    binding_facts *facts = failure->status != 0 ? NULL : binding_facts_new(failure);
    if (facts == NULL) {
        return NULL;
    }
    zinc_gc_report *report = &facts->of.gc;
    report->size = sizeof *report;
    int32_t status = zinc_gc(dry ? ZINC_GC_DRY_RUN : 0, NULL, NULL, report, failure);
    binding_fact(facts, "regions_seen", binding_natural(report->regions_seen));
    binding_fact(facts, "regions_removed", binding_natural(report->regions_removed));
    binding_fact(facts, "temporaries_removed", binding_natural(report->temporaries_removed));
    binding_fact(facts, "failures", binding_natural(report->failures));
    binding_fact(facts, "bytes_removed", binding_natural(report->bytes_removed));
    return binding_facts_if(status, facts);
}

/* What cannot be had is nothing. */
static binding_value binding_known(uint64_t number) {
    return number == UINT64_MAX ? binding_none() : binding_natural(number);
}

static binding_facts *binding_doctor(zinc_error *failure) {
    binding_facts *facts = binding_facts_new(failure);
    if (facts == NULL) {
        return NULL;
    }
    zinc_doctor_facts *found = &facts->of.doctor;
    found->size = sizeof *found;
    (void)zinc_doctor(found);
    binding_fact(facts, "directory", binding_words(found->directory));
    binding_fact(facts, "directory_status",
                 binding_words(zinc_error_name(found->directory_status)));
    binding_fact(facts, "filesystem", binding_words(found->filesystem));
    binding_fact(facts, "domain", binding_words(found->domain));
    binding_fact(facts, "wait_backend", binding_words(found->wait_backend));
    binding_fact(facts, "huge_pages", binding_words(found->huge_pages));
    binding_fact(facts, "directory_total", binding_known(found->directory_total));
    binding_fact(facts, "directory_free", binding_known(found->directory_free));
    binding_fact(facts, "descriptors_limit", binding_known(found->descriptors_limit));
    binding_fact(facts, "descriptors_used", binding_known(found->descriptors_used));
    binding_fact(facts, "maps_limit", binding_known(found->maps_limit));
    binding_fact(facts, "maps_used", binding_known(found->maps_used));
    binding_fact(facts, "page_size", binding_known(found->page_size));
    binding_fact(facts, "processors", binding_known(found->processors));
    binding_fact(facts, "regions", binding_natural(found->regions));
    binding_fact(facts, "regions_stale", binding_natural(found->regions_stale));
    binding_fact(facts, "bytes_stale", binding_natural(found->bytes_stale));
    return facts;
}

#endif
