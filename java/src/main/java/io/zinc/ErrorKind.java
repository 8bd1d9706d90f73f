// SPDX-License-Identifier: MIT
package io.zinc;

/** What went wrong, in the words that all languages share. */
public enum ErrorKind {
    /** The handle is closed ({@link RegionClosedException}). */
    CLOSED,
    /** No such region, or nobody in it lives ({@link RegionNotFoundException}). */
    NOT_FOUND,
    /** Somebody uses a region of this name ({@link RegionExistsException}). */
    EXISTS,
    /** Owner, mode, seal or right forbids it ({@link RegionAccessException}). */
    DENIED,
    /** A wrong argument ({@link IllegalArgumentException}). */
    INVALID,
    /** A size or range that does not fit. */
    OVERFLOW,
    /** Not a region, or of another layout or byte order ({@link RegionFormatException}). */
    LAYOUT,
    /** A region whose bytes are damaged or truncated ({@link RegionFormatException}). */
    CORRUPT,
    /** Another kind, type or shape than expected ({@link RegionFormatException}). */
    TYPE,
    /** The deadline passed, in a call that had to give a value. */
    TIMEOUT,
    /** The wait was canceled. */
    CANCELED,
    /** A signal arrived; waits handle it and go on, so nobody is shown this one. */
    INTERRUPTED,
    /** Nothing to take or no room at this moment. */
    AGAIN,
    /** The file system of the regions is full. */
    FULL,
    /** No memory, or no address space. */
    MEMORY,
    /** Another process held it up for a second. */
    BUSY,
    /** Every participant row is taken (see {@link RegionOptions.Builder#rows}). */
    USERS,
    /** A message above the stated maximum. */
    TOO_LONG,
    /** Not available on this system or file system. */
    NOT_SUPPORTED,
    /** The name is gone or means another region now. */
    STALE,
    /** The handle belongs to the parent process. */
    FORKED,
    /** The region's file was truncated under its users. */
    GONE,
    /** The owner died before it finished. */
    OWNER_DEAD,
    /** Given up after a death that nobody mended. */
    POISONED,
    /** The other side died, or closed its end. */
    PEER_DEAD,
    /** The operating system failed: {@link ZincException#systemErrno} is its number. */
    SYSTEM
}
