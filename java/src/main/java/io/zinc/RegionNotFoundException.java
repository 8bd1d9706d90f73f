// SPDX-License-Identifier: MIT
package io.zinc;

/** There is no region of this name, or nobody in it is alive. */
public final class RegionNotFoundException extends ZincException {
    private static final long serialVersionUID = 1L;

    RegionNotFoundException(ErrorTable.Row row, int status, int systemErrno, String message) {
        super(row, status, systemErrno, message);
    }
}
