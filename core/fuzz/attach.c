/* SPDX-License-Identifier: MIT */
/* Any bytes in a memory file that a peer hands over, sealed as it likes. */
#define _GNU_SOURCE
#include "hostile.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    hostile_directory_make();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int seals[4] = {
        F_SEAL_SHRINK,
        F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL,
        F_SEAL_SHRINK | 0x10, /* F_SEAL_FUTURE_WRITE */
        0,
    };
    if (size == 0) {
        return 0;
    }
    uint8_t bits = data[0];
    int file = memfd_create("zinc_fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) {
        abort();
    }
    int locks = hostile_fill(file, data, size);
    if (fcntl(file, F_ADD_SEALS, seals[bits >> 6]) != 0) {
        abort();
    }
    zinc_region *region = NULL;
    zinc_error error;
    zinc_region_options options = {.size = sizeof options};
    if ((bits & HOSTILE_READ_ONLY) != 0) {
        options.flags = ZINC_REGION_READ_ONLY;
    }
    int32_t status = zinc_region_attach(file, &options, &region, &error);
    hostile_sane(status);
    if ((status == ZINC_OK) != (region != NULL) || (status != ZINC_OK && error.status != status) ||
        (bits >> 6 == 3 && status == ZINC_OK)) {
        abort(); /* an unsealed one, for instance, that is attached to */
    }
    if (region != NULL) {
        hostile_use(region, bits);
        zinc_close(region);
    }
    if (locks >= 0) {
        close(locks);
    }
    close(file);
    return 0;
}
