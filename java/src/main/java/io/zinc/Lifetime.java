// SPDX-License-Identifier: MIT
package io.zinc;

/** When a region's name goes. */
public enum Lifetime {
    /** With the last participant, also if all of them were killed. */
    AUTO,
    /** With the creator's handle; others keep the bytes that they have. */
    CREATOR,
    /** By {@link SharedRegion#unlink} or {@link Registry#remove} only; may be opened with nobody
     * alive. */
    PERSISTENT
}
