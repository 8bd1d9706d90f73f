/* SPDX-License-Identifier: MIT */
/* A unix stream socket: a length, then the bytes. */
#include "stream.h"

#include <sys/socket.h>

static void make(int ends[2][2]) {
    int both[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, both) != 0) {
        versus_stop("socketpair");
    }
    ends[0][0] = ends[0][1] = both[0];
    ends[1][0] = ends[1][1] = both[1];
}

STREAM_PEER("socket", "unix stream socket", make);
