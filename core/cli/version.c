/* SPDX-License-Identifier: MIT */
/* zinc version: release, ABI and layout. */
#include <inttypes.h>

#include "cli.h"

int verb_version(const arguments *given) {
    (void)given;
    if (cli.json) {
        json_open(NULL, '{');
        json_text("version", zinc_version_text(), SIZE_MAX);
        json_number("abi", ZINC_ABI);
        json_number("layout", zinc_layout());
        json_close('}');
        json_end();
    } else {
        (void)printf("zinc %s (ABI %d, layout %" PRIu32 ")\n", zinc_version_text(), ZINC_ABI,
                     zinc_layout());
    }
    return EXIT_DONE;
}
