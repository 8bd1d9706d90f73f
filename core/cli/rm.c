/* SPDX-License-Identifier: MIT */
/* zinc rm: unbind names, whoever uses the regions. */
#include "cli.h"

int verb_rm(const arguments *given) {
    int code = EXIT_DONE;
    for (int i = 0; i < given->count; i++) {
        zinc_error error = {.status = 0};
        int32_t status = zinc_region_remove(given->words[i], &error);
        if (status != ZINC_OK) {
            int one = say_error(status, given->words[i], &error);
            code = code == EXIT_DONE || code == one ? one : EXIT_FAILED;
        }
    }
    return code;
}
