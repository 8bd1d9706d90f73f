// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Waits that cost no thread: one queue of the core for the process, one daemon thread that takes
 * from it, and a few that complete the futures, so that what users hang on them does not hold up
 * the queue.
 */
final class Events {
    private static final int BATCH = 256;
    private static final int COMPLETERS = 2;

    private static Events instance;

    private final long queue;
    private final AtomicLong tokens = new AtomicLong();
    private final ConcurrentHashMap<Long, Wait> pending = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor completers = new ThreadPoolExecutor(
            COMPLETERS, COMPLETERS, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
            task -> daemon(task, "zinc-completer"));

    /** One wait. Until its token has come out of the queue it is in {@code pending}, which keeps
     * the region from being collected. */
    private final class Wait extends CompletableFuture<Boolean> {
        private final SharedRegion region;
        private final long token = tokens.getAndIncrement();
        private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.WAITING);

        Wait(SharedRegion region) {
            this.region = region;
            // However it ends before its token comes (canceled, completed by the user, timed out):
            // the core's wait ends, too.
            whenComplete((notified, error) -> {
                if (stage.get() == Stage.WAITING) {
                    Native.zinc_events_cancel(queue, token);
                }
                passOn();
            });
        }

        /** Its token has come. That the future has ended is seen here, or by what that runs. */
        void arrived(int status) {
            stage.set(status == Native.ZINC_OK ? Stage.TOLD : Stage.ENDED);
            if (isDone()) {
                passOn();
            }
        }

        /** The future has ended: what it was told, and nobody has taken from it, is for others. */
        private void passOn() {
            if (stage.compareAndSet(Stage.TOLD, Stage.ENDED)) {
                region.handle().owe(false);
                completers.execute(() -> settle(region));
            }
        }

        /** What hangs on this future does not end the wait. */
        @Override
        public <T> CompletableFuture<T> newIncompleteFuture() {
            return new CompletableFuture<>();
        }

        void deliver(int status) {
            switch (status) {
                case Native.ZINC_OK -> {
                    // Not if the future has ended: then what it was told has been passed on.
                    if (stage.compareAndSet(Stage.TOLD, Stage.ENDED)) {
                        answer(this, false);
                    }
                }
                case Native.ZINC_E_TIMEDOUT -> complete(false);
                case Native.ZINC_E_CANCELED -> cancel(false);
                case Native.ZINC_E_CLOSED ->
                    completeExceptionally(region.handle().closedException());
                default -> completeExceptionally(ZincException.of(status));
            }
            region.handle().laterWaits(-1);
        }
    }

    /** How far a wait is: its token has not come; it says notified, to nobody yet; all is done. */
    private enum Stage { WAITING, TOLD, ENDED }

    private Events() {
        try (Memory out = new Memory(Long.BYTES)) {
            int status = Native.zinc_events_create(Pointer.nativeValue(out));
            if (status != Native.ZINC_OK) {
                throw ZincException.of(status);
            }
            queue = out.getLong(0);
        }
        try {
            // All threads that there will be: one that cannot be made later would end all waits.
            completers.prestartAllCoreThreads();
            daemon(this::take, "zinc-events").start();
        } catch (OutOfMemoryError error) {
            completers.shutdown();
            Native.zinc_events_destroy(queue);
            throw error;
        }
    }

    static synchronized Events get() {
        if (instance == null) {
            instance = new Events();
        }
        return instance;
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(null, task, name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        return thread;
    }

    CompletableFuture<Boolean> start(SharedRegion region, long handle, long deadline) {
        Wait wait = new Wait(region);
        // First the entry: the token may come out before the call returns.
        pending.put(wait.token, wait);
        region.handle().laterWaits(1);
        int status = Native.zinc_events_wait(queue, handle, wait.token, deadline);
        if (status != Native.ZINC_OK) {
            pending.remove(wait.token);
            region.handle().laterWaits(-1);
            throw region.handle().failure(status);
        }
        if (wait.isDone()) {
            // It was given what is owed before there was anything to cancel.
            Native.zinc_events_cancel(queue, wait.token);
        } else if (region.handle().takeOwed()) {
            answer(wait, true);
        }
        return wait;
    }

    /**
     * Completes a wait with a notification, which is owed to others if it has ended meanwhile.
     *
     * @param owed it was owed, and so it has been counted as taken
     */
    private void answer(Wait wait, boolean owed) {
        Handle handle = wait.region.handle();
        boolean counted = owed || handle.taken();
        if (!wait.complete(true)) {
            handle.owe(counted);
            settle(wait.region);
        }
    }

    /** Gives what is owed to a wait that began too late to see it itself. */
    private void settle(SharedRegion region) {
        for (Wait wait : pending.values()) {
            if (wait.region == region && !wait.isDone() && region.handle().takeOwed()) {
                answer(wait, true);
            }
        }
    }

    private void take() {
        try (Memory memory = new Memory((long) BATCH * Native.zinc_event.SIZE)) {
            ByteBuffer events = memory.getByteBuffer(0, memory.size())
                    .order(ByteOrder.nativeOrder());
            for (;;) {
                int count = Native.zinc_events_next(
                        queue, Pointer.nativeValue(memory), BATCH, Native.ZINC_FOREVER);
                if (count < 0 && count != Native.ZINC_E_INTR) {
                    // The queue itself has failed (a forked child's): nobody will be told more.
                    RuntimeException error = ZincException.of(count);
                    pending.values().forEach(wait -> wait.completeExceptionally(error));
                    return;
                }
                for (int index = 0; index < count; index++) {
                    int at = index * Native.zinc_event.SIZE;
                    Wait wait = pending.remove(events.getLong(at + Native.zinc_event.token));
                    if (wait != null) {
                        int status = events.getInt(at + Native.zinc_event.status);
                        wait.arrived(status);
                        completers.execute(() -> wait.deliver(status));
                    }
                }
            }
        }
    }
}
