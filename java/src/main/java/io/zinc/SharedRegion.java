// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A region of memory that other processes, in any language, open by its name.
 *
 * <pre>{@code
 * try (SharedRegion region = SharedRegion.create("frames", 1 << 20)) {
 *     region.buffer().put("hello".getBytes(UTF_8));
 *     region.signal();
 * }
 * }</pre>
 *
 * <p>Names are 1 to 200 of {@code A-Z a-z 0-9 . _ -} without a leading dot; one leading slash is
 * dropped. Sizes are bytes.
 *
 * <p>A handle may be used by all threads. Buffers keep their bytes when the handle is closed. A
 * handle that is collected without {@link #close} is closed then, and reported on standard error
 * where {@code ZINC_DEBUG_LEAKS=1} is set. After close every call but {@link #name},
 * {@link #closed} and close itself throws {@link RegionClosedException}.
 *
 * <p>Two processes that write the same bytes at the same time need something that orders them; a
 * notification orders what was written before it with what is read behind the wait that it ended.
 */
public final class SharedRegion implements AutoCloseable {
    private final Handle handle;

    private SharedRegion(Handle handle) {
        this.handle = handle;
        handle.watch(this);
    }

    /** A function of the core that makes a handle: addresses of options, result and error. */
    private interface Maker {
        int make(long options, long out, long error);
    }

    private static SharedRegion make(RegionOptions options, Maker maker) {
        Objects.requireNonNull(options, "options");
        Library.require();
        boolean collected = false;
        try (Memory chosen = options.memory();
                Memory out = new Memory(Long.BYTES);
                Memory error = new Memory(Native.zinc_error.SIZE)) {
            for (;;) {
                int status = maker.make(Pointer.nativeValue(chosen), Pointer.nativeValue(out),
                        Pointer.nativeValue(error));
                switch (status) {
                    case Native.ZINC_OK:
                        return new SharedRegion(new Handle(out.getLong(0)));
                    case Native.ZINC_E_INTR:
                        continue;
                    case Native.ZINC_E_NOMEM, Native.ZINC_E_NOSPC:
                        // Buffers that nobody has any more may hold what is missing.
                        if (!collected && Handle.collectViews()) {
                            collected = true;
                            continue;
                        }
                        throw ZincException.ofCall(status, error);
                    default:
                        throw ZincException.ofCall(status, error);
                }
            }
        }
    }

    private static long size(long capacity) {
        if (capacity <= 0) {
            throw new IllegalArgumentException(
                    "capacity must be 1 or more bytes, not " + capacity);
        }
        return capacity;
    }

    // ---- Making handles ------------------------------------------------------------------------

    /**
     * Creates a region of {@code capacity} bytes, all zero.
     *
     * @param name its name
     * @param capacity bytes, exactly
     * @return a handle, to be closed
     * @throws RegionExistsException if somebody uses a region of this name
     * @throws IllegalArgumentException for a wrong name or capacity
     * @throws ZincException if there is no room, and others; then nothing is left behind
     */
    public static SharedRegion create(String name, long capacity) {
        return create(name, capacity, RegionOptions.DEFAULTS);
    }

    /**
     * Creates a region of {@code capacity} bytes, all zero.
     *
     * @param name its name
     * @param capacity bytes, exactly
     * @param options lifetime, mode and others
     * @return a handle, to be closed
     * @throws RegionExistsException if somebody uses a region of this name
     * @throws IllegalArgumentException for a wrong name, capacity or option
     * @throws ZincException if there is no room, and others; then nothing is left behind
     */
    public static SharedRegion create(String name, long capacity, RegionOptions options) {
        byte[] text = Names.bytes(name, "name");
        long size = size(capacity);
        return make(options, (chosen, out, error) ->
                Native.zinc_region_create(text, size, chosen, out, error));
    }

    /**
     * Opens the region of this name.
     *
     * @param name its name
     * @return a handle, to be closed
     * @throws RegionNotFoundException if there is none, or nobody who uses it is alive
     * @throws RegionAccessException if the file's owner or mode is not accepted
     * @throws RegionFormatException if the file is no region, or a damaged one
     * @throws IllegalArgumentException for a wrong name
     * @throws ZincException if all rows are taken, and others
     */
    public static SharedRegion open(String name) {
        return open(name, RegionOptions.DEFAULTS);
    }

    /**
     * Opens the region of this name.
     *
     * @param name its name
     * @param options read-only and others
     * @return a handle, to be closed
     * @throws RegionNotFoundException if there is none, or nobody who uses it is alive
     * @throws RegionAccessException if the file's owner or mode is not accepted
     * @throws RegionFormatException if the file is no region, or a damaged one
     * @throws IllegalArgumentException for a wrong name or option
     * @throws ZincException if all rows are taken, and others
     */
    public static SharedRegion open(String name, RegionOptions options) {
        byte[] text = Names.bytes(name, "name");
        return make(options, (chosen, out, error) ->
                Native.zinc_region_open(text, chosen, out, error));
    }

    /**
     * Opens the region of this name, or creates it where there is none, in one atomic step: of
     * several callers one creates ({@link RegionInfo#created}) and all get the same region.
     *
     * @param name its name
     * @param capacity bytes; an existing region keeps its own, if that is not less
     * @return a handle, to be closed
     * @throws ZincException of kind {@link ErrorKind#OVERFLOW} if the region is smaller, and those
     *     of create and open
     */
    public static SharedRegion openOrCreate(String name, long capacity) {
        return openOrCreate(name, capacity, RegionOptions.DEFAULTS);
    }

    /**
     * Opens the region of this name, or creates it where there is none, in one atomic step: of
     * several callers one creates ({@link RegionInfo#created}) and all get the same region.
     *
     * @param name its name
     * @param capacity bytes; an existing region keeps its own, if that is not less
     * @param options those of a region and of opening
     * @return a handle, to be closed
     * @throws ZincException of kind {@link ErrorKind#OVERFLOW} if the region is smaller, and those
     *     of create and open
     */
    public static SharedRegion openOrCreate(String name, long capacity, RegionOptions options) {
        byte[] text = Names.bytes(name, "name");
        long size = size(capacity);
        return make(options, (chosen, out, error) ->
                Native.zinc_region_open_or_create(text, size, chosen, out, error));
    }

    /**
     * Creates a region and binds the name to it even if another region has it. Users of that one
     * keep its bytes, are notified once, and see {@link RegionInfo#stale}.
     *
     * @param name its name
     * @param capacity bytes, exactly
     * @return a handle, to be closed
     * @throws RegionAccessException without the right to unlink the old file
     * @throws ZincException those of create
     */
    public static SharedRegion replace(String name, long capacity) {
        return replace(name, capacity, RegionOptions.DEFAULTS);
    }

    /**
     * Creates a region and binds the name to it even if another region has it. Users of that one
     * keep its bytes, are notified once, and see {@link RegionInfo#stale}.
     *
     * @param name its name
     * @param capacity bytes, exactly
     * @param options lifetime, mode and others
     * @return a handle, to be closed
     * @throws RegionAccessException without the right to unlink the old file
     * @throws ZincException those of create
     */
    public static SharedRegion replace(String name, long capacity, RegionOptions options) {
        byte[] text = Names.bytes(name, "name");
        long size = size(capacity);
        return make(options, (chosen, out, error) ->
                Native.zinc_region_replace(text, size, chosen, out, error));
    }

    /**
     * Creates a region without a name, which others get by {@link #send} or {@link #descriptor}.
     *
     * @param label what people see; the grammar of names, or null
     * @param capacity bytes, exactly
     * @return a handle, to be closed
     * @throws ZincException those of create
     */
    public static SharedRegion createPrivate(String label, long capacity) {
        return createPrivate(label, capacity, RegionOptions.DEFAULTS);
    }

    /**
     * Creates a region without a name, which others get by {@link #send} or {@link #descriptor}.
     *
     * @param label what people see; the grammar of names, or null
     * @param capacity bytes, exactly
     * @param options {@link RegionOptions.Builder#sealed} and others
     * @return a handle, to be closed
     * @throws ZincException those of create
     */
    public static SharedRegion createPrivate(String label, long capacity, RegionOptions options) {
        byte[] text = label == null ? null : Names.bytes(label, "label");
        long size = size(capacity);
        return make(options, (chosen, out, error) ->
                Native.zinc_region_create_private(text, size, chosen, out, error));
    }

    /**
     * Attaches to the region behind a descriptor, which stays the caller's. Having it is the
     * permission: owner and mode are not looked at. A sealed region is read-only.
     *
     * @param descriptor its number
     * @return a handle, to be closed
     * @throws RegionFormatException if it is no region, or a damaged one
     * @throws ZincException if it is no usable descriptor, and those of open
     */
    public static SharedRegion attach(int descriptor) {
        return attach(descriptor, RegionOptions.DEFAULTS);
    }

    /**
     * Attaches to the region behind a descriptor, which stays the caller's. Having it is the
     * permission: owner and mode are not looked at. A sealed region is read-only.
     *
     * @param descriptor its number
     * @param options read-only and others
     * @return a handle, to be closed
     * @throws RegionFormatException if it is no region, or a damaged one
     * @throws ZincException if it is no usable descriptor, and those of open
     */
    public static SharedRegion attach(int descriptor, RegionOptions options) {
        return make(options, (chosen, out, error) ->
                Native.zinc_region_attach(descriptor, chosen, out, error));
    }

    /**
     * Receives a region that {@link #send} sent over a unix socket, and attaches to it. Blocks as
     * the socket does.
     *
     * @param socket the number of the socket's descriptor
     * @return a handle, to be closed
     * @throws ZincException of kind {@link ErrorKind#CLOSED} at the end of the stream; if no
     *     descriptor came; and those of attach
     */
    public static SharedRegion receive(int socket) {
        return receive(socket, RegionOptions.DEFAULTS);
    }

    /**
     * Receives a region that {@link #send} sent over a unix socket, and attaches to it. Blocks as
     * the socket does.
     *
     * @param socket the number of the socket's descriptor
     * @param options read-only and others
     * @return a handle, to be closed
     * @throws ZincException of kind {@link ErrorKind#CLOSED} at the end of the stream; if no
     *     descriptor came; and those of attach
     */
    public static SharedRegion receive(int socket, RegionOptions options) {
        return make(options, (chosen, out, error) ->
                Native.zinc_region_receive(socket, chosen, out, error));
    }

    // ---- Bytes ---------------------------------------------------------------------------------

    /**
     * Gives all bytes of the region, without a copy: a direct buffer in native order, from
     * position 0 to the present capacity. It, and whatever is sliced or duplicated from it, keeps
     * the bytes, also after close. Buffers of read-only handles are read-only. A buffer keeps its
     * length when the region grows.
     *
     * @return a buffer of the caller's own
     * @throws IndexOutOfBoundsException if the region is larger than 2,147,483,647 bytes
     */
    public ByteBuffer buffer() {
        try {
            return handle.buffer();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Gives some bytes of the region, as {@link #buffer()} does: {@code length} of them from
     * {@code offset}. Regions larger than a buffer can span are seen through such windows.
     *
     * @param offset of the first byte
     * @param length bytes, 2,147,483,647 at most
     * @return a buffer of the caller's own
     * @throws IndexOutOfBoundsException if the range is not within the capacity, or too long
     */
    public ByteBuffer buffer(long offset, long length) {
        try {
            return handle.buffer(offset, length);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    // ---- Telling and waiting -------------------------------------------------------------------

    /**
     * Tells: wakes every wait in progress on this region, in all processes, and lets the next wait
     * of every other handle return at once if it has not seen this notification. What was written
     * before is visible to those who return. (The other languages call this notify, a name that
     * {@link Object} has taken.)
     *
     * @throws RegionAccessException if the handle is read-only
     */
    public void signal() {
        long region = handle.enter();
        try {
            int status = Native.zinc_region_notify(region);
            if (status != Native.ZINC_OK) {
                throw handle.failure(status);
            }
        } finally {
            handle.leave();
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Waits for a notification that this handle has not seen, for ever.
     *
     * @throws InterruptedException if the thread is interrupted, also before the wait began
     * @throws RegionClosedException if the handle is closed, also by another thread meanwhile
     */
    public void await() throws InterruptedException {
        awaitUntil(Native.ZINC_FOREVER);
    }

    /**
     * Waits for a notification that this handle has not seen.
     *
     * @param timeoutMillis milliseconds; 0 asks once
     * @return true when it came, false when the time has passed
     * @throws InterruptedException if the thread is interrupted, also before the wait began
     * @throws RegionClosedException if the handle is closed, also by another thread meanwhile
     * @throws IllegalArgumentException for a negative timeout
     */
    public boolean await(long timeoutMillis) throws InterruptedException {
        return awaitUntil(deadline(nanos(timeoutMillis)));
    }

    /**
     * Waits for a notification that this handle has not seen.
     *
     * @param timeout a duration; zero asks once
     * @return true when it came, false when the time has passed
     * @throws InterruptedException if the thread is interrupted, also before the wait began
     * @throws RegionClosedException if the handle is closed, also by another thread meanwhile
     * @throws IllegalArgumentException for a negative timeout
     */
    public boolean await(Duration timeout) throws InterruptedException {
        return awaitUntil(deadline(nanos(timeout)));
    }

    /**
     * Says whether a notification came that this handle has not seen, without waiting.
     *
     * @return true if one came
     */
    public boolean tryAwait() {
        long region = handle.enter();
        try {
            if (handle.takeOwed()) {
                return true;
            }
            int seen = Native.zinc_region_seen(region);
            for (;;) {
                int status = Native.zinc_region_wait_from(region, seen, 0, 0);
                switch (status) {
                    case Native.ZINC_OK:
                        handle.taken();
                        return true;
                    case Native.ZINC_E_TIMEDOUT:
                        return false;
                    case Native.ZINC_E_INTR:
                        continue;
                    default:
                        throw handle.failure(status);
                }
            }
        } finally {
            handle.leave();
            Reference.reachabilityFence(this);
        }
    }

    private boolean awaitUntil(long deadline) throws InterruptedException {
        long region = handle.enter();
        try {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            // What another thread's wait takes in between two of these calls still ends this one.
            int seen = Native.zinc_region_seen(region);
            Interruptor interruptor = Interruptor.take();
            handle.waiting(interruptor);
            try {
                for (;;) {
                    if (handle.takeOwed()) {
                        return true;
                    }
                    int status = interruptor.await(region, seen, deadline);
                    switch (status) {
                        case Native.ZINC_OK:
                            handle.taken();
                            return true;
                        case Native.ZINC_E_TIMEDOUT:
                            return false;
                        case Native.ZINC_E_INTR:
                            continue;
                        case Native.ZINC_E_CANCELED:
                            if (Thread.interrupted()) {
                                throw new InterruptedException();
                            }
                            // Something is owed, or it is the late wakeup of an earlier wait.
                            interruptor.renew();
                            continue;
                        default:
                            throw handle.failure(status);
                    }
                }
            } finally {
                handle.waited(interruptor);
                interruptor.giveBack();
            }
        } finally {
            handle.leave();
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Waits as {@link #await()} does, without a thread.
     *
     * @return completes with true; canceling it ends the wait
     */
    public CompletableFuture<Boolean> awaitAsync() {
        return start(Native.ZINC_FOREVER);
    }

    /**
     * Waits as {@link #await(long)} does, without a thread: a thousand waits cost a few threads of
     * the library, not one each. The future completes on one of them; what takes long or blocks
     * belongs into the {@code ...Async} methods with an executor.
     *
     * @param timeoutMillis milliseconds; 0 asks once
     * @return completes with true when a notification came, false when the time has passed, or with
     *     {@link RegionClosedException}; canceling it ends the wait
     * @throws RegionClosedException if the handle is closed already
     * @throws IllegalArgumentException for a negative timeout
     */
    public CompletableFuture<Boolean> awaitAsync(long timeoutMillis) {
        return start(deadline(nanos(timeoutMillis)));
    }

    /**
     * Waits as {@link #await(Duration)} does, without a thread: a thousand waits cost a few threads
     * of the library, not one each. The future completes on one of them; what takes long or blocks
     * belongs into the {@code ...Async} methods with an executor.
     *
     * @param timeout a duration; zero asks once
     * @return completes with true when a notification came, false when the time has passed, or with
     *     {@link RegionClosedException}; canceling it ends the wait
     * @throws RegionClosedException if the handle is closed already
     * @throws IllegalArgumentException for a negative timeout
     */
    public CompletableFuture<Boolean> awaitAsync(Duration timeout) {
        return start(deadline(nanos(timeout)));
    }

    private CompletableFuture<Boolean> start(long deadline) {
        if (deadline == 0) {
            return CompletableFuture.completedFuture(tryAwait());
        }
        long region = handle.enter();
        try {
            if (handle.takeOwed()) {
                return CompletableFuture.completedFuture(true);
            }
            return Events.get().start(this, region, deadline);
        } finally {
            handle.leave();
            Reference.reachabilityFence(this);
        }
    }

    private static long nanos(long timeoutMillis) {
        if (timeoutMillis < 0) {
            throw new IllegalArgumentException(
                    "a timeout cannot be negative: " + timeoutMillis + " ms");
        }
        // Long.MAX_VALUE where that does not fit.
        return TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    }

    private static long nanos(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("a timeout cannot be negative: " + timeout);
        }
        return TimeUnit.NANOSECONDS.convert(timeout);
    }

    /** A time that has passed asks once. */
    private static long deadline(long nanos) {
        return nanos == 0 ? 0 : Native.zinc_deadline_ns(nanos);
    }

    // ---- Facts ---------------------------------------------------------------------------------

    /**
     * Gives the bytes of the region now, as grown by whichever process.
     *
     * @return bytes
     */
    public long capacity() {
        long region = handle.enter();
        try {
            long capacity = Native.zinc_capacity(region);
            if (capacity == 0) {
                throw handle.refusal();
            }
            return capacity;
        } finally {
            handle.leave();
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Gives the region's name, without slash and domain; a private region's label.
     *
     * @return the name, also after close
     */
    public String name() {
        return handle.name();
    }

    /**
     * Says whether {@link #close} was called.
     *
     * @return true once it was
     */
    public boolean closed() {
        return handle.closed();
    }

    /**
     * Gives the address of the first byte in this process, valid until {@link #close}; buffers keep
     * their bytes longer.
     *
     * @return the address
     */
    public long address() {
        long region = handle.enter();
        try {
            long address = Native.zinc_ptr(region);
            if (address == 0) {
                throw handle.refusal();
            }
            return address;
        } finally {
            handle.leave();
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Gives facts about the region and this handle, as they are now; costs a few system calls.
     *
     * @return the facts
     */
    public RegionInfo info() {
        long region = handle.enter();
        try (Memory info = RegionInfo.memory()) {
            int status = Native.zinc_region_info(region, Pointer.nativeValue(info));
            if (status != Native.ZINC_OK) {
                throw handle.failure(status);
            }
            return RegionInfo.read(info, Native.ZINC_OK);
        } finally {
            handle.leave();
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Lists all regions of the domain; the same as {@link Registry#list}.
     *
     * @return facts, sorted by name
     */
    public static List<RegionInfo> list() {
        return Registry.list();
    }

    // ---- More ----------------------------------------------------------------------------------

    /**
     * Makes the region {@code capacity} bytes long, in place and for all participants, up to its
     * {@link RegionInfo#maxCapacity}. The new bytes are zero; everybody is notified; buffers that
     * were made before keep their length. A capacity not above the present one changes nothing.
     *
     * @param capacity bytes
     * @throws ZincException of kind {@link ErrorKind#OVERFLOW} above the maximum, of kind
     *     {@link ErrorKind#FULL} if there is no room
     * @throws RegionAccessException if the handle is read-only or the region is sealed
     */
    public void grow(long capacity) {
        long size = size(capacity);
        call(region -> Native.zinc_region_grow(region, size));
    }

    /**
     * Unbinds the region's name; participants keep the bytes.
     *
     * @throws RegionAccessException if this is not the creator's handle ({@link Registry#remove}
     *     does it by force)
     */
    public void unlink() {
        call(Native::zinc_region_unlink);
    }

    /**
     * Sends the region over a unix socket, to be received with {@link #receive}.
     *
     * @param socket the number of the socket's descriptor
     * @throws ZincException of kind {@link ErrorKind#PEER_DEAD} if the other end is closed, and
     *     those of the system
     */
    public void send(int socket) {
        call(region -> Native.zinc_region_send(region, socket));
    }

    /**
     * Makes a descriptor of the region, for another process. Those of read-only handles are
     * read-only.
     *
     * @return a descriptor, to be closed
     * @throws ZincException if this process has no descriptor left, and others
     */
    public Descriptor descriptor() {
        try (Memory out = new Memory(Integer.BYTES)) {
            call(region -> Native.zinc_region_descriptor(region, Pointer.nativeValue(out)));
            return new Descriptor(out.getInt(0), handle.name());
        }
    }

    private interface Call {
        int on(long region);
    }

    private void call(Call call) {
        long region = handle.enter();
        try {
            int status;
            do {
                status = call.on(region);
            } while (status == Native.ZINC_E_INTR);
            if (status != Native.ZINC_OK) {
                throw handle.failure(status);
            }
        } finally {
            handle.leave();
            Reference.reachabilityFence(this);
        }
    }

    // ---- The end -------------------------------------------------------------------------------

    /**
     * Ends this handle: it leaves the region, and the name goes by its lifetime. Waits of other
     * threads and futures on it end with {@link RegionClosedException}. Buffers keep their bytes.
     * Closing twice is harmless, and so is closing while other threads are inside a call.
     */
    @Override
    public void close() {
        try {
            handle.close();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** For futures, whose waits outlive the call that started them. */
    Handle handle() {
        return handle;
    }

    @Override
    public String toString() {
        return "SharedRegion[" + handle.name() + (handle.closed() ? ", closed]" : "]");
    }
}
