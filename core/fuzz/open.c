/* SPDX-License-Identifier: MIT */
/* Any bytes under a region's name: looked up, listed, opened, used, swept and removed. */
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

static void look(void) {
    zinc_info info = {.size = sizeof info};
    zinc_participant rows[8] = {{.size = sizeof rows[0]}};
    uint64_t count = 0;
    zinc_list *list = NULL;
    hostile_sane(zinc_region_lookup("fuzz", &info, NULL));
    hostile_sane(zinc_region_participants("fuzz", rows, 8, &count, NULL));
    if (zinc_list_begin(&list, NULL) == ZINC_OK) {
        hostile_sane(zinc_list_next(list, &info));
        zinc_list_end(list);
    }
    hostile_sane(zinc_gc(ZINC_GC_DRY_RUN, NULL, NULL, NULL, NULL));
}

static void use(uint8_t bits) {
    zinc_region *region = NULL;
    zinc_error error;
    zinc_region_options options = {.size = sizeof options};
    if ((bits & HOSTILE_READ_ONLY) != 0) {
        options.flags = ZINC_REGION_READ_ONLY;
    }
    int32_t status = zinc_region_open("fuzz", &options, &region, &error);
    hostile_sane(status);
    if ((status == ZINC_OK) != (region != NULL) || (status != ZINC_OK && error.status != status)) {
        abort();
    }
    if (region != NULL) {
        hostile_use(region, bits);
        zinc_close(region);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    char path[96];
    snprintf(path, sizeof path, "%s/zinc_fuzz", hostile_directory);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        abort();
    }
    int locks = hostile_fill(file, data, size);
    close(file);
    look();
    use(data[0]);
    if (locks >= 0) {
        close(locks);
    }
    hostile_sane(zinc_gc(0, NULL, NULL, NULL, NULL));
    hostile_sane(zinc_region_remove("fuzz", NULL));
    unlink(path);
    return 0;
}
