/* SPDX-License-Identifier: MIT */
/* A program that loads the shared library, lets a helper work, and unloads it: the helper's code
 * must stay, since nothing stops the helper. */
#define _GNU_SOURCE

#include <zinc.h>

#include <dlfcn.h>

#include "child.h"

/* What is called, by its address in the library: the program's own copy of Zinc is not meant. */
typedef struct functions {
    __typeof__(zinc_create) *create;
    __typeof__(zinc_close) *close;
    __typeof__(zinc_deadline_ns) *deadline_ns;
    __typeof__(zinc_events_create) *events_create;
    __typeof__(zinc_events_callback) *events_callback;
    __typeof__(zinc_events_wait) *events_wait;
    __typeof__(zinc_events_drain) *events_drain;
    __typeof__(zinc_events_destroy) *events_destroy;
} functions;

static void find(void *library, const char *name, void *function_out) {
    void *address = dlsym(library, name);
    verify(address != NULL);
    memcpy(function_out, &address, sizeof address);
}

static functions functions_of(void *library) {
    functions zinc;
    find(library, "zinc_create", &zinc.create);
    find(library, "zinc_close", &zinc.close);
    find(library, "zinc_deadline_ns", &zinc.deadline_ns);
    find(library, "zinc_events_create", &zinc.events_create);
    find(library, "zinc_events_callback", &zinc.events_callback);
    find(library, "zinc_events_wait", &zinc.events_wait);
    find(library, "zinc_events_drain", &zinc.events_drain);
    find(library, "zinc_events_destroy", &zinc.events_destroy);
    return zinc;
}

/* The library of this build: lib/ stands beside tests/. */
static void *library_loaded(void) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
    verify(length > 0);
    path[length] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');
        verify(slash != NULL);
        *slash = '\0';
    }
    strcat(path, "/lib/libzinc.so");
    if (access(path, R_OK) != 0) {
        case_skip("this build has no shared library");
    }
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    verify(library != NULL);
    return library;
}

static atomic_uint calls;
static zinc_events *queue; /* in sight of the leak checker until the end */

static void count_call(void *context) {
    (void)context;
    atomic_fetch_add(&calls, 1);
}

static void helper_outlives_dlclose(void) {
    void *library = library_loaded();
    functions zinc = functions_of(library);
    zinc_region *region = NULL;
    verify(zinc.create("dlclose", 64, &region) == ZINC_OK);
    verify(zinc.events_create(&queue) == ZINC_OK);
    verify(zinc.events_callback(queue, count_call, NULL) == ZINC_OK);
    int64_t deadline = zinc.deadline_ns(300 * INT64_C(1000000));
    verify(zinc.events_wait(queue, region, 1, deadline) == ZINC_OK);
    verify(dlclose(library) == 0);
    step("the helper goes on after dlclose");
    until(atomic_load(&calls) == 1);
    nap_ms(1500); /* and ends */
    library = library_loaded();
    zinc = functions_of(library);
    zinc_event event;
    verify(zinc.events_drain(queue, &event, 1) == 1);
    verify(event.token == 1 && event.status == ZINC_E_TIMEDOUT);
    zinc.events_destroy(queue);
    verify(zinc.events_create(&queue) == ZINC_OK);
    verify(zinc.events_wait(queue, region, 2, ZINC_FOREVER) == ZINC_OK);
    zinc.close(region);
    verify(dlclose(library) == 0);
    /* The program ends here with a helper at work in a library that it has given up. */
}

static const test_case cases[] = {
    {"helper-outlives-dlclose", helper_outlives_dlclose},
};

int main(int argc, char **argv) {
    return cases_main(argc, argv, cases, CASES_COUNT(cases));
}
