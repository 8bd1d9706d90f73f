/* SPDX-License-Identifier: MIT */
/* Prints the core's table of statuses: a record a status, its five fields each ended by a NUL.
 * Compiled with core/src/base/error.c alone, so that it needs no built library. */
#include <stdio.h>
#include <zinc/error.h>

#include "os/os.h"

/* Asked only for statuses that are not in the table. */
const char *zinc__os_error_text(int32_t system_errno) {
    (void)system_errno;
    return "";
}

int main(void) {
    int32_t status = 0;
    for (uint32_t index = 0; zinc_error_list(index, &status) == ZINC_OK; index++) {
        printf("%s%c%d%c%s%c%s%c%s%c", zinc_error_name(status), 0, (int)status, 0,
               zinc_strerror(status), 0, zinc_error_cause(status), 0, zinc_error_remedy(status), 0);
    }
    return ferror(stdout) || fflush(stdout) != 0;
}
