// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;

/**
 * A descriptor of a region, made by {@link SharedRegion#descriptor}, for a process that shall
 * {@link SharedRegion#attach} to it. It carries no participation: the name may go while only
 * descriptors are left.
 */
public final class Descriptor implements AutoCloseable {
    private int number;

    Descriptor(int number) {
        this.number = number;
    }

    /**
     * Gives the number.
     *
     * @return the number, for as long as this object is open
     * @throws IllegalStateException if it is closed
     */
    public synchronized int number() {
        if (number < 0) {
            throw new IllegalStateException("the descriptor is closed");
        }
        return number;
    }

    /** Closes the descriptor. Closing twice is harmless. */
    @Override
    public synchronized void close() {
        if (number >= 0) {
            Function close = NativeLibrary.getProcess().getFunction("close");
            close.invokeInt(new Object[] {number});
            number = -1;
        }
    }

    @Override
    public synchronized String toString() {
        return number < 0 ? "Descriptor[closed]" : "Descriptor[" + number + "]";
    }
}
