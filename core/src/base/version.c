/* SPDX-License-Identifier: MIT */
/* The numbers of <zinc/version.h>, as functions. */
#include <zinc/version.h>

uint32_t zinc_version(void) {
    return (uint32_t)ZINC_VERSION_MAJOR << 16 | (uint32_t)ZINC_VERSION_MINOR << 8 |
           (uint32_t)ZINC_VERSION_PATCH;
}

const char *zinc_version_text(void) {
    return ZINC_VERSION_TEXT;
}

uint32_t zinc_layout(void) {
    return ZINC_LAYOUT;
}
