// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;

/**
 * A descriptor of a region, made by {@link SharedRegion#descriptor}, for a process that shall
 * {@link SharedRegion#attach} to it. It carries no participation: the name may go while only
 * descriptors are left.
 *
 * <p>One that is collected without {@link #close} is closed then, and reported on standard error
 * where {@code ZINC_DEBUG_LEAKS=1} is set. So keep this object for as long as the number is used.
 */
public final class Descriptor implements AutoCloseable {
    private final Open open;
    private final Cleaner.Cleanable cleanable;

    /** What is left when the descriptor has been collected. */
    private static final class Open implements Runnable {
        private final String region;
        private int number;

        Open(int number, String region) {
            this.number = number;
            this.region = region;
        }

        synchronized int number() {
            return number;
        }

        synchronized void close() {
            if (number >= 0) {
                Function close = NativeLibrary.getProcess().getFunction("close");
                close.invokeInt(new Object[] {number});
                number = -1;
            }
        }

        @Override
        public void run() {
            if (number() >= 0) {
                Handle.reportLeak("a descriptor of region '" + region + "' was never closed; "
                        + "call close() or use try-with-resources");
                close();
            }
        }
    }

    Descriptor(int number, String region) {
        open = new Open(number, region);
        cleanable = Handle.CLEANER.register(this, open);
    }

    /**
     * Gives the number.
     *
     * @return the number, for as long as this object is kept and open
     * @throws IllegalStateException if it is closed
     */
    public int number() {
        int number = open.number();
        Reference.reachabilityFence(this);
        if (number < 0) {
            throw new IllegalStateException("the descriptor is closed");
        }
        return number;
    }

    /** Closes the descriptor. Closing twice is harmless. */
    @Override
    public void close() {
        open.close();
        cleanable.clean();
        Reference.reachabilityFence(this);
    }

    @Override
    public String toString() {
        int number = open.number();
        return number < 0 ? "Descriptor[closed]" : "Descriptor[" + number + "]";
    }
}
