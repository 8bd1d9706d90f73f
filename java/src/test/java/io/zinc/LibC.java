// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;

/** What tests need of the C library, and Java does not have. */
final class LibC {
    static {
        com.sun.jna.Native.register("c");
    }

    private LibC() {}

    private static native int socketpair(int domain, int type, int protocol, Pointer out);

    static native int close(int descriptor);

    /** Two connected unix stream sockets. */
    static int[] socketPair() {
        try (Memory out = new Memory(8)) {
            if (socketpair(1, 1, 0, out) != 0) {
                throw new AssertionError("socketpair failed");
            }
            return out.getIntArray(0, 2);
        }
    }
}
