/* SPDX-License-Identifier: MIT */
/* The other side of every language's round trip: ffi_echo NAME opens the regions NAME and NAME-back
 * that the program has created, says `ready`, answers each notification of NAME by one of
 * NAME-back, and ends when byte 0 of NAME is 1 and it is notified. There are two regions, one a
 * direction, because a handle sees its own notifications, too. It gives up after 20 s of silence,
 * so that it does not outlive a peer that died. */
#include <stdio.h>
#include <stdlib.h>

#include <zinc.h>

static zinc_region *opened(const char *name) {
    zinc_region *region = NULL;
    zinc_error error;
    if (zinc_region_open(name, NULL, &region, &error) != ZINC_OK) {
        fprintf(stderr, "ffi_echo: %s\nusage: ffi_echo NAME, where NAME and NAME-back are there\n",
                error.message);
        exit(1);
    }
    return region;
}

int main(int argc, char **argv) {
    char name[ZINC_NAME_MAX + 8];
    if (argc != 2) {
        fprintf(stderr, "usage: ffi_echo NAME\n");
        return 2;
    }
    zinc_region *ping = opened(argv[1]);
    snprintf(name, sizeof name, "%s-back", argv[1]);
    zinc_region *pong = opened(name);
    /* A notification from before is not one of the rounds. */
    (void)zinc_wait(ping, 0);
    const volatile uint8_t *end = zinc_ptr(ping);
    puts("ready");
    fflush(stdout);
    int32_t status = ZINC_OK;
    while ((status = zinc_wait(ping, 20000)) == ZINC_OK && *end != 1) {
        zinc_notify(pong);
    }
    if (status != ZINC_OK) {
        fprintf(stderr, "ffi_echo: %s\n", zinc_strerror(status));
    }
    zinc_close(ping);
    zinc_close(pong);
    return status == ZINC_OK ? 0 : 1;
}
