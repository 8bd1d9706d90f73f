/* SPDX-License-Identifier: MIT */
/* A C function with the signature of zinc_capacity that does nothing else. */
#include <stddef.h>

size_t zinc_bare(void *region);

size_t zinc_bare(void *region) {
    return region != NULL;
}
