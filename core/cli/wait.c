/* SPDX-License-Identifier: MIT */
/* zinc wait: until a region is notified. Takes part like any other process, so it is shown as a
 * waiter and woken at once; who may only read the region waits read-only. */
#include "cli.h"

static int32_t region_open(const arguments *given, zinc_region **out, zinc_error *error) {
    zinc_region_options options = open_options(given, 0);
    int32_t status = zinc_region_open(given->words[0], &options, out, error);
    if (status == ZINC_E_ACCES || status == ZINC_E_PERM || status == ZINC_E_USERS) {
        zinc_error first = *error;
        options = open_options(given, ZINC_REGION_READ_ONLY);
        status = zinc_region_open(given->words[0], &options, out, error);
        if (status != ZINC_OK) {
            *error = first;
            status = first.status;
        }
    }
    return status;
}

static int32_t region_wait(zinc_region *region, int64_t deadline) {
    int32_t status = ZINC_OK;
    do {
        status = zinc_region_wait(region, deadline, interrupt_cancel());
    } while (status == ZINC_E_INTR && interrupted() == 0);
    return status;
}

int verb_wait(const arguments *given) {
    int64_t timeout_ns = INT64_MAX;
    if (!argument_duration(given, "timeout", &timeout_ns)) {
        return EXIT_USAGE;
    }
    int64_t deadline = timeout_ns == INT64_MAX ? ZINC_FOREVER : zinc_deadline_ns(timeout_ns);
    if (!interrupt_begin()) {
        return EXIT_NOSPACE;
    }
    zinc_region *region = NULL;
    zinc_error error = {.status = 0};
    int32_t status = region_open(given, &region, &error);
    if (status != ZINC_OK) {
        return say_error(status, given->words[0], &error);
    }
    if (argument(given, "next") != NULL) {
        (void)region_wait(region, 0); /* what came before we looked does not count */
    }
    status = region_wait(region, deadline);
    int code = EXIT_DONE;
    if (status != ZINC_OK && interrupted() == 0) {
        code = say_region(status, region);
    }
    zinc_close(region);
    return code;
}
