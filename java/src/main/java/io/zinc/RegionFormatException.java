// SPDX-License-Identifier: MIT
package io.zinc;

/** The file is no region of this layout, or its bytes are damaged. */
public final class RegionFormatException extends ZincException {
    private static final long serialVersionUID = 1L;

    RegionFormatException(ErrorTable.Row row, int status, int systemErrno, String message) {
        super(row, status, systemErrno, message);
    }
}
