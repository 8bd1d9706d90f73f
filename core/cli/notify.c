/* SPDX-License-Identifier: MIT */
/* zinc notify: wake whoever waits on a region. */
#include "cli.h"

int verb_notify(const arguments *given) {
    if (!interrupt_begin()) {
        return EXIT_NOSPACE;
    }
    zinc_region_options options = open_options(given, 0);
    zinc_region *region = NULL;
    zinc_error error = {.status = 0};
    int32_t status = zinc_region_open(given->words[0], &options, &region, &error);
    if (status != ZINC_OK) {
        return say_error(status, given->words[0], &error);
    }
    status = zinc_region_notify(region);
    int code = status == ZINC_OK ? EXIT_DONE : say_region(status, region);
    zinc_close(region);
    return code;
}
