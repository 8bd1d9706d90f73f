// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One reference to a zinc_region, and the calls that are in progress on it. close() shuts the
 * region down at once; the reference goes when the last call has left. Knows nothing of the
 * SharedRegion that has it, so that the collector can take that one.
 */
final class Handle implements Runnable {
    private static final int CLOSED = Integer.MIN_VALUE;
    private static final VarHandle USERS;
    private static final VarHandle RELEASED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            USERS = lookup.findVarHandle(Handle.class, "users", int.class);
            RELEASED = lookup.findVarHandle(Handle.class, "released", boolean.class);
        } catch (ReflectiveOperationException error) {
            throw new ExceptionInInitializerError(error);
        }
    }

    // With the platform's own thread, which keeps no class loader from being unloaded.
    static final Cleaner CLEANER = Cleaner.create();

    /** Views that buffers still hold. */
    private static final AtomicInteger VIEWS = new AtomicInteger();

    private final long region;
    private final String name;
    private final boolean readOnly;
    private final String origin;
    /** Calls in progress, and CLOSED. Leaving with CLOSED and nobody inside gives up the
     * reference, exactly once: a late comer may be the last to leave several times. */
    private volatile int users;
    private volatile boolean released;
    /** The newest notification that users were told of while futures waited; how many were. */
    private int taken;
    private int takers = 1;
    /** One came to a future that had ended meanwhile, and to nobody else; and which. */
    private volatile boolean owed;
    private int owedNumber;
    private final Object takingLock = new Object();
    private final AtomicInteger laterWaits = new AtomicInteger();
    private final Set<Interruptor> blocked = ConcurrentHashMap.newKeySet();
    /** The buffer of the whole region, of which users get duplicates; null when closed. Its
     * duplicates and their slices refer to it, so the view lasts as long as any of them. */
    private ByteBuffer root;
    private Cleaner.Cleanable cleanable;

    Handle(long region) {
        this.region = region;
        name = new Pointer(Native.zinc_region_name(region))
                .getString(0, StandardCharsets.UTF_8.name());
        try (Memory info = RegionInfo.memory()) {
            int status = Native.zinc_region_info(region, Pointer.nativeValue(info));
            if (status != Native.ZINC_OK) {
                RuntimeException error = failure(status);
                Native.zinc_region_release(region);
                throw error;
            }
            readOnly = (info.getInt(Native.zinc_info.flags) & Native.ZINC_INFO_READ_ONLY) != 0;
        }
        taken = Native.zinc_region_seen(region);
        origin = Leaks.origin();
    }

    /** Close this handle when {@code owner} is collected. */
    void watch(Object owner) {
        Leaks.opened(this);
        cleanable = CLEANER.register(owner, this);
    }

    String name() {
        return name;
    }

    String origin() {
        return origin;
    }

    boolean closed() {
        return users < 0;
    }

    /** Begin a call: the region's address, which is valid until {@link #leave}. */
    long enter() {
        if (!tryEnter()) {
            throw closedException();
        }
        return region;
    }

    private boolean tryEnter() {
        if (users < 0) {
            return false;
        }
        if ((int) USERS.getAndAdd(this, 1) < 0) {
            leave();
            return false;
        }
        return true;
    }

    void leave() {
        if ((int) USERS.getAndAdd(this, -1) == CLOSED + 1) {
            release();
        }
    }

    private void release() {
        if (RELEASED.compareAndSet(this, false, true)) {
            Native.zinc_region_release(region);
        }
    }

    /** End the participation; true the first time. */
    boolean close() {
        if (users < 0) {
            return false;
        }
        boolean first = (int) USERS.getAndAdd(this, 1) >= 0
                && (int) USERS.getAndBitwiseOr(this, CLOSED) >= 0;
        try {
            if (first) {
                Native.zinc_region_shutdown(region);
                synchronized (this) {
                    root = null;
                }
            }
        } finally {
            leave();
        }
        if (first) {
            Leaks.closed(this);
            cleanable.clean();
        }
        return first;
    }

    /** The net: the owner was collected (or has closed, and then there is nothing to do). */
    @Override
    public void run() {
        if (users >= 0) {
            Leaks.report(this);
            close();
        }
    }

    RuntimeException closedException() {
        return new RegionClosedException("region '" + name + "' is closed");
    }

    /** The exception for what a call on this handle answered; the caller is inside. */
    RuntimeException failure(int status) {
        if (status == Native.ZINC_E_CLOSED) {
            return closedException();
        }
        try (Memory error = new Memory(Native.zinc_error.SIZE)) {
            if (Native.zinc_region_explain(region, status, Pointer.nativeValue(error))
                    != Native.ZINC_OK) {
                return ZincException.of(status);
            }
            return ZincException.ofCall(status, error);
        }
    }

    /** Why a call on this handle gave nothing; the caller is inside. */
    RuntimeException refusal() {
        int status = Native.zinc_region_status(region);
        return status == Native.ZINC_OK ? closedException() : failure(status);
    }

    // ---- Notifications that a canceled future took -------------------------------------------

    /** A future's wait begins, or has ended, and what it took is owed. */
    void laterWaits(int change) {
        laterWaits.addAndGet(change);
    }

    /** A blocking wait begins. Without futures nobody can owe it anything. */
    void waiting(Interruptor wait) {
        if (laterWaits.get() > 0) {
            blocked.add(wait);
        }
    }

    void waited(Interruptor wait) {
        if (laterWaits.get() > 0 || !blocked.isEmpty()) {
            blocked.remove(wait);
        }
    }

    /**
     * A wait is about to answer that a notification came: those that have come by now are taken,
     * and none of them is owed to anybody. Without futures nobody asks for that.
     *
     * @return whether it has been counted
     */
    boolean taken() {
        if ((laterWaits.get() == 0 && !owed) || !tryEnter()) {
            return false;
        }
        try {
            synchronized (takingLock) {
                take(Native.zinc_region_seen(region));
                owed = owed && owedNumber - taken > 0;
            }
            return true;
        } finally {
            leave();
        }
    }

    private void take(int number) {
        takers = number == taken ? takers + 1 : 1;
        taken = number;
    }

    /**
     * A future took a notification, but had ended. Unless another wait answers with the same one,
     * the next wait is owed it; and one that has begun meanwhile, which looks when it is woken.
     *
     * @param counted that one has been counted as taken by this future itself
     */
    void owe(boolean counted) {
        if (!tryEnter()) {
            return;
        }
        try {
            synchronized (takingLock) {
                int seen = Native.zinc_region_seen(region);
                if (seen == taken) {
                    takers -= counted ? 1 : 0;
                    if (takers > 0) {
                        return;
                    }
                }
                owedNumber = seen;
                owed = true;
            }
        } finally {
            leave();
        }
        blocked.forEach(Interruptor::wakeup);
    }

    boolean takeOwed() {
        if (!owed) {
            return false;
        }
        synchronized (takingLock) {
            boolean had = owed;
            if (had) {
                take(owedNumber);
                owed = false;
            }
            return had;
        }
    }

    // ---- Bytes ---------------------------------------------------------------------------------

    ByteBuffer buffer() {
        long region = enter();
        try {
            long capacity = Native.zinc_capacity(region);
            if (capacity == 0) {
                throw refusal();
            }
            if (capacity > Integer.MAX_VALUE) {
                throw new IndexOutOfBoundsException("region '" + name + "' has " + capacity
                        + " bytes, and a ByteBuffer spans at most " + Integer.MAX_VALUE
                        + ": use buffer(offset, length) for windows");
            }
            return ordered(whole(region, (int) capacity).duplicate());
        } finally {
            leave();
        }
    }

    ByteBuffer buffer(long offset, long length) {
        long region = enter();
        try {
            long capacity = Native.zinc_capacity(region);
            if (capacity == 0) {
                throw refusal();
            }
            if (length > Integer.MAX_VALUE) {
                throw new IndexOutOfBoundsException("length " + length
                        + " is more than a ByteBuffer spans (" + Integer.MAX_VALUE + ")");
            }
            if (offset < 0 || length < 0 || offset > capacity - length) {
                throw new IndexOutOfBoundsException("offset " + offset + " with length " + length
                        + " is not within the " + capacity + " bytes of region '" + name + "'");
            }
            if (capacity <= Integer.MAX_VALUE) {
                ByteBuffer all = whole(region, (int) capacity);
                return ordered(all.slice((int) offset, (int) length));
            }
            return ordered(view(region, offset, length).duplicate());
        } finally {
            leave();
        }
    }

    /** The root buffer; a new one when there is none yet, or when the region has grown. */
    private synchronized ByteBuffer whole(long region, int capacity) {
        if (users < 0) {
            throw closedException();
        }
        if (root == null || root.capacity() < capacity) {
            root = view(region, 0, capacity);
        }
        return root;
    }

    private static ByteBuffer ordered(ByteBuffer buffer) {
        return buffer.order(ByteOrder.nativeOrder());
    }

    /** A buffer that owns a view of the core's. Those of read-only handles are read-only: the
     * pages cannot be written. */
    private ByteBuffer view(long region, long offset, long size) {
        long bytes;
        long context;
        try (Memory out = new Memory(2L * Long.BYTES)) {
            long first = Pointer.nativeValue(out);
            int status = Native.zinc_view_acquire(
                    region, offset, size, first, first + Long.BYTES);
            if (status != Native.ZINC_OK) {
                throw failure(status);
            }
            bytes = out.getLong(0);
            context = out.getLong(Long.BYTES);
        }
        VIEWS.incrementAndGet();
        Runnable end = () -> {
            Native.zinc_view_release(bytes, context);
            VIEWS.decrementAndGet();
        };
        try {
            ByteBuffer made = new Pointer(bytes).getByteBuffer(0, size);
            CLEANER.register(made, end);
            // All that is made from this buffer refers to it, the read-only one, too.
            return readOnly ? made.asReadOnlyBuffer() : made;
        } catch (Throwable error) {
            end.run();
            throw error;
        }
    }

    /**
     * Memory that closed regions still hold is given back when the collector finds their buffers,
     * of whose size it knows nothing. Where memory has run out it is asked to look; true if that
     * gave something back.
     */
    static boolean collectViews() {
        int before = VIEWS.get();
        if (before == 0) {
            return false;
        }
        System.gc();
        for (int tries = 0; tries < 20 && VIEWS.get() == before; tries++) {
            try {
                Thread.sleep(5);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        return VIEWS.get() < before;
    }

    /** Something else that nobody closed was collected. */
    static void reportLeak(String what) {
        if (Leaks.ASKED) {
            System.err.println("zinc: leak: " + what);
        }
    }

    /** For tests: views that buffers still hold. */
    static int views() {
        return VIEWS.get();
    }

    /** Reports of handles that nobody closed, where ZINC_DEBUG_LEAKS asks for them. */
    private static final class Leaks {
        private static final boolean ASKED = asked(System.getenv("ZINC_DEBUG_LEAKS"));
        private static final Set<Handle> OPEN = ConcurrentHashMap.newKeySet();

        static {
            if (ASKED) {
                Runtime.getRuntime().addShutdownHook(
                        new Thread(() -> OPEN.forEach(Leaks::report), "zinc-leaks"));
            }
        }

        private static boolean asked(String value) {
            return value != null && !value.isEmpty() && !value.equals("0");
        }

        /** Where the user's code made a handle. */
        static String origin() {
            if (!ASKED) {
                return "";
            }
            String own = Handle.class.getPackageName() + ".";
            return StackWalker.getInstance().walk(frames -> frames
                    .filter(frame -> !frame.getClassName().startsWith(own + "SharedRegion")
                            && !frame.getClassName().startsWith(own + "Handle"))
                    .findFirst()
                    .map(frame -> "; opened at " + frame)
                    .orElse(""));
        }

        static void opened(Handle handle) {
            if (ASKED) {
                OPEN.add(handle);
            }
        }

        static void closed(Handle handle) {
            if (ASKED) {
                OPEN.remove(handle);
            }
        }

        static void report(Handle handle) {
            if (ASKED && OPEN.remove(handle)) {
                System.err.println("zinc: leak: region '" + handle.name() + "' was never closed; "
                        + "call close() or use try-with-resources" + handle.origin());
            }
        }
    }
}
