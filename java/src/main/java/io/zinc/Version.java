// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Pointer;

/** The numbers of the loaded C library. */
public final class Version {
    private Version() {}

    /**
     * Gives the release as text.
     *
     * @return for example {@code 0.1.0}
     */
    public static String text() {
        Library.require();
        return new Pointer(Native.zinc_version_text()).getString(0, "UTF-8");
    }

    /**
     * Gives the release as a number.
     *
     * @return {@code major << 16 | minor << 8 | patch}
     */
    public static int number() {
        Library.require();
        return Native.zinc_version();
    }

    /**
     * Gives the number of the layout that the library writes into regions and accepts in them.
     *
     * @return the layout
     */
    public static int layout() {
        Library.require();
        return Native.zinc_layout();
    }
}
