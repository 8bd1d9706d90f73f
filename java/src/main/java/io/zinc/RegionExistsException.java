// SPDX-License-Identifier: MIT
package io.zinc;

/** The name is taken by a region that somebody uses. */
public final class RegionExistsException extends ZincException {
    private static final long serialVersionUID = 1L;

    RegionExistsException(ErrorTable.Row row, int status, int systemErrno, String message) {
        super(row, status, systemErrno, message);
    }
}
