/* SPDX-License-Identifier: MIT */
/* zinc: look at regions, fill, follow, wake and remove them from the command line. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"

/* Descriptors 0 to 2 must be taken: else the file of a region could become standard output, and
 * what is printed would overwrite it. The wrong direction makes every use of them fail, as closed
 * ones do. */
static void descriptors_fill(void) {
    for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
            (void)open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

int main(int argc, char **argv) {
    descriptors_fill();
    arguments given = {.words = NULL};
    bool right = arguments_parse(argc - 1, argv + 1, &given);
    output_begin();
    if (!right) {
        return EXIT_USAGE;
    }
    int code = EXIT_DONE;
    if (given.help) {
        help_print(stdout, given.verb);
    } else if (given.version) {
        code = verb_version(&given);
    } else if (given.verb == NULL) {
        help_print(stderr, NULL);
        return EXIT_USAGE;
    } else {
        code = given.verb->run(&given);
    }
    return interrupt_end(output_end(code));
}
