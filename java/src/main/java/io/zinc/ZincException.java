// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/**
 * Anything that the core refused or that failed in it. The message names the region, the numbers
 * and the remedy.
 *
 * <p>Common ones are classes of their own; {@link #kind} tells all of them apart. Three things are
 * what Java has for them instead: use of a closed handle is a {@link RegionClosedException}, which
 * is an {@link IllegalStateException}; a wrong argument, such as a name with other letters than
 * {@code A-Z a-z 0-9 . _ -}, is an {@link IllegalArgumentException}; and a range outside the region
 * is an {@link IndexOutOfBoundsException}.
 */
public class ZincException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The core's number. */
    private final int status;
    /** The operating system's number, or 0. */
    private final int systemErrno;
    /** What went wrong. */
    private final ErrorKind kind;
    /** The core's name for the status. */
    private final String statusName;
    /** Why such an error comes about. */
    private final String reason;
    /** What to do about it. */
    private final String remedy;

    ZincException(ErrorTable.Row row, int status, int systemErrno, String message) {
        super(message);
        this.status = status;
        this.systemErrno = systemErrno;
        kind = row.kind();
        statusName = row.name();
        reason = row.cause();
        remedy = row.remedy();
    }

    /**
     * Says what went wrong, in the words that all languages share.
     *
     * @return the kind
     */
    public final ErrorKind kind() {
        return kind;
    }

    /**
     * Gives the core's number.
     *
     * @return a negative number, the same in every language and on every system
     */
    public final int status() {
        return status;
    }

    /**
     * Gives the core's name for the status.
     *
     * @return the name, such as {@code ZINC_E_NOSPC}; {@code ZINC_E_?} for an errno without one
     */
    public final String statusName() {
        return statusName;
    }

    /**
     * Gives the operating system's number for it.
     *
     * @return the errno, 0 for a status that has none
     */
    public final int systemErrno() {
        return systemErrno;
    }

    /**
     * Says why such an error comes about.
     *
     * @return a sentence, or an empty text
     */
    public final String reason() {
        return reason;
    }

    /**
     * Says what to do about it.
     *
     * @return a sentence, or an empty text
     */
    public final String remedy() {
        return remedy;
    }

    /** The exception for a status: Java's own where it has one. */
    static RuntimeException of(int status, int systemErrno, String message) {
        ErrorTable.Row row = row(status);
        String text = message.isEmpty() ? text(status, row) : message;
        return switch (row.kind()) {
            case CLOSED -> new RegionClosedException(text);
            case INVALID -> new IllegalArgumentException(text);
            case NOT_FOUND -> new RegionNotFoundException(row, status, systemErrno, text);
            case EXISTS -> new RegionExistsException(row, status, systemErrno, text);
            case DENIED -> new RegionAccessException(row, status, systemErrno, text);
            case LAYOUT, CORRUPT, TYPE ->
                new RegionFormatException(row, status, systemErrno, text);
            default -> new ZincException(row, status, systemErrno, text);
        };
    }

    static RuntimeException of(int status) {
        return of(status, errno(status), "");
    }

    /** The exception of a call that has filled in {@code error}, a zinc_error. */
    static RuntimeException ofCall(int status, Pointer error) {
        boolean filled = error.getInt(Native.zinc_error.status) == status;
        int errno = filled ? error.getInt(Native.zinc_error.system_errno) : errno(status);
        String message = filled
                ? error.getString(Native.zinc_error.message, StandardCharsets.UTF_8.name()) : "";
        if (status == Native.ZINC_E_CLOSED) {
            // No handle was closed here: a socket was at its end.
            ErrorTable.Row row = row(status);
            return new ZincException(row, status, errno, message.isEmpty() ? row.text() : message);
        }
        return of(status, errno, message);
    }

    private static int errno(int status) {
        return status < 0 && status > -1000 ? -status : 0;
    }

    private static ErrorTable.Row row(int status) {
        for (ErrorTable.Row row : ErrorTable.ROWS) {
            if (row.status() == status) {
                return row;
            }
        }
        // An errno that the core passed on.
        return new ErrorTable.Row(status, "ZINC_E_?", ErrorKind.SYSTEM, "", "", "");
    }

    private static String text(int status, ErrorTable.Row row) {
        return row.text().isEmpty() ? "the operating system's errno " + -status : row.text();
    }
}
