// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Ends a wait in C when its thread is interrupted: Java calls {@link Selector#wakeup} of the
 * selector whose begin() a thread is behind, at once when it is interrupted already. Here that
 * fires a zinc_cancel. No polling, and nothing of a real selector.
 *
 * <p>A late wakeup may come when the wait has ended and the next one has begun. So a wait that was
 * canceled asks whether its thread was interrupted, and if not goes on with a fresh cancellation.
 */
final class Interruptor extends AbstractSelector {
    /** As many as threads have waited at one time; they are small and never freed. */
    private static final ConcurrentLinkedDeque<Interruptor> IDLE = new ConcurrentLinkedDeque<>();

    private long cancel;
    private boolean fired;

    private Interruptor() {
        super(null);
        cancel = create();
    }

    static Interruptor take() {
        Interruptor idle = IDLE.pollFirst();
        return idle == null ? new Interruptor() : idle;
    }

    void giveBack() {
        renew();
        IDLE.addFirst(this);
    }

    /** Wait as zinc_region_wait_from does; ZINC_E_CANCELED if the thread is interrupted. */
    int await(long region, int seen, long deadline) {
        begin();
        try {
            return Native.zinc_region_wait_from(region, seen, deadline, cancel);
        } finally {
            end();
        }
    }

    /** A cancellation that has not been fired. */
    synchronized void renew() {
        if (fired) {
            long fresh = create();
            Native.zinc_cancel_destroy(cancel);
            cancel = fresh;
            fired = false;
        }
    }

    @Override
    public synchronized Selector wakeup() {
        fired = true;
        Native.zinc_cancel_fire(cancel);
        return this;
    }

    private static long create() {
        try (Memory out = new Memory(Long.BYTES)) {
            int status = Native.zinc_cancel_create(Pointer.nativeValue(out));
            if (status != Native.ZINC_OK) {
                throw ZincException.of(status);
            }
            return out.getLong(0);
        }
    }

    @Override
    protected void implCloseSelector() {}

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SelectionKey> keys() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int selectNow() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int select(long timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int select() {
        throw new UnsupportedOperationException();
    }
}
