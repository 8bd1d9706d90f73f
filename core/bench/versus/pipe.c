/* SPDX-License-Identifier: MIT */
/* Two pipes: a length, then the bytes. */
#include "stream.h"

static void make(int ends[2][2]) {
    int there[2];
    int back[2];
    if (pipe(there) != 0 || pipe(back) != 0) {
        versus_stop("pipe");
    }
    ends[0][0] = back[0];
    ends[0][1] = there[1];
    ends[1][0] = there[0];
    ends[1][1] = back[1];
}

STREAM_PEER("pipe", "pipe", make);
