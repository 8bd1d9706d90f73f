// SPDX-License-Identifier: MIT
package io.zinc;

/**
 * Owner or mode of the file forbids it or is looser than the caller accepts, or it is not this
 * handle's right.
 */
public final class RegionAccessException extends ZincException {
    private static final long serialVersionUID = 1L;

    RegionAccessException(ErrorTable.Row row, int status, int systemErrno, String message) {
        super(row, status, systemErrno, message);
    }
}
