// SPDX-License-Identifier: MIT
package io.zinc;

/** The region's handle is closed: by this thread before, or by another one during the call. */
public final class RegionClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    RegionClosedException(String message) {
        super(message);
    }
}
