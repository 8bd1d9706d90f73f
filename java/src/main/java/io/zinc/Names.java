// SPDX-License-Identifier: MIT
package io.zinc;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/** Names on their way to C. Their grammar is the core's business. */
final class Names {
    private Names() {}

    static byte[] bytes(String name, String what) {
        Objects.requireNonNull(name, what);
        int nul = name.indexOf('\0');
        if (nul >= 0) {
            throw new IllegalArgumentException(
                    what + " has a NUL character at index " + nul + ", where C would end it");
        }
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(text, text.length + 1);
    }
}
