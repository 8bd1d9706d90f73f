/* SPDX-License-Identifier: MIT */
/* The verifier of the scenario "file" (adapters/scenarios/file.md), in C. */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>

#include <openssl/evp.h>
#include <zinc.h>

#include "proof.h"

enum { PATIENCE_MS = 120000 };

typedef struct answer {
    uint64_t state;
    uint64_t ready_ns;
    uint64_t done_ns;
    uint64_t socket_ready_ns;
    uint64_t socket_done_ns;
    uint64_t core_address;
    uint64_t view_address;
    uint64_t device;
    uint64_t inode;
    uint64_t offset;
    uint64_t frame;
    uint64_t length;
    uint8_t sha256[32];
    uint8_t socket_sha256[32];
} answer;

static void stop(const char *what, const char *why) {
    fprintf(stderr, "verify (C): %s: %s\n", what, why);
    exit(1);
}

static zinc_region *open_region(const char *name) {
    zinc_region *region = NULL;
    zinc_error error;
    if (zinc_region_open(name, NULL, &region, &error) != ZINC_OK) {
        stop("open", error.message);
    }
    return region;
}

static void sha256(const void *bytes, size_t size, uint8_t digest[32]) {
    unsigned int length = 0;
    if (EVP_Digest(bytes, size, digest, &length, EVP_sha256(), NULL) != 1 || length != 32) {
        stop("SHA-256", "libcrypto failed");
    }
}

static void read_socket(int socket, uint8_t *into, size_t size) {
    size_t have = 0;
    while (have < size) {
        ssize_t got = read(socket, into + have, size - have);
        if (got <= 0) {
            stop("socket", "it ended early");
        }
        have += (size_t)got;
    }
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: verify DATA ANSWER SOCKET\n");
        return 1;
    }
    /* [section:open] */
    zinc_region *data = open_region(argv[1]);
    const uint8_t *bytes = zinc_ptr(data);
    size_t size = zinc_capacity(data);
    /* [end:open] */
    zinc_region *reply = open_region(argv[2]);
    answer *out = (answer *)(void *)zinc_ptr(reply);
    (void)zinc_wait(data, 0); /* a fresh handle sees the last notification: that one is not ours */
    out->state = 1;
    zinc_notify(reply);

    /* [section:wait] */
    if (zinc_wait(data, PATIENCE_MS) != ZINC_OK) {
        stop("wait", "no notification came");
    }
    /* [end:wait] */
    out->ready_ns = (uint64_t)zinc_clock_ns();
    sha256(bytes, size, out->sha256);
    out->done_ns = (uint64_t)zinc_clock_ns();
    out->core_address = (uint64_t)(uintptr_t)zinc_ptr(data);
    out->view_address = (uint64_t)(uintptr_t)bytes;
    out->length = size;
    mapping found = find_mapping((uintptr_t)bytes);
    out->device = found.device;
    out->inode = found.inode;
    out->offset = found.offset;
    out->frame = find_frame((uintptr_t)bytes);
    out->state = 2;
    zinc_notify(reply);

    uint8_t *copy = malloc(size);
    if (copy == NULL) {
        stop("socket", "no memory for the copy");
    }
    read_socket(atoi(argv[3]), copy, size);
    out->socket_ready_ns = (uint64_t)zinc_clock_ns();
    sha256(copy, size, out->socket_sha256);
    out->socket_done_ns = (uint64_t)zinc_clock_ns();
    out->state = 3;
    zinc_notify(reply);
    free(copy);
    zinc_close(reply);
    zinc_close(data);
    return 0;
}
