// SPDX-License-Identifier: MIT
using System;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Zinc;

/// <summary>
/// A region: the same bytes of memory in several processes, written in any language.
/// </summary>
/// <remarks>
/// <para>A handle is one participant of the region; <see cref="Dispose"/> ends it. All members may
/// be used by all threads at any time, also while another thread disposes the handle: they then
/// throw <see cref="ObjectDisposedException"/>.</para>
/// <para>What was written before <see cref="Notify"/> is visible to whoever returns from the wait
/// that it ended. Bytes that several processes write at the same time need an order of their own,
/// for instance <see cref="Interlocked"/> on a reference into <see cref="As{T}()"/>.</para>
/// </remarks>
public sealed unsafe partial class SharedRegion : IDisposable
{
    private readonly RegionHandle _handle;
    private readonly bool _readOnly;

    private SharedRegion(nint region)
    {
        Name = Error.Text(Native.zinc_region_name(region));
        _handle = new RegionHandle(region, Name);
        Native.zinc_info info = default;
        info.size = (uint)sizeof(Native.zinc_info);
        int status = Native.zinc_region_info(region, &info);
        if (status != Native.ZINC_OK)
        {
            Exception error = Error.FromHandle(region, status, Name);
            Dispose();
            throw error;
        }
        _readOnly = (info.flags & Native.ZINC_INFO_READ_ONLY) != 0;
    }

    private enum Verb
    {
        Create,
        Open,
        OpenOrCreate,
        Replace,
        CreatePrivate,
        Attach,
        Receive,
    }

    // ---- Make -----------------------------------------------------------------------------------

    /// <summary>Create a region of zeroed bytes that others can open by its name.</summary>
    /// <param name="name">1 to 200 of A-Z a-z 0-9 . _ - without a leading dot; one leading slash is
    /// dropped.</param>
    /// <param name="capacity">Its size in bytes, above 0.</param>
    /// <param name="options">Lifetime, mode, growth and more.</param>
    /// <exception cref="RegionExistsException">The name is taken by a living region.</exception>
    /// <exception cref="ArgumentException">The name or an option is wrong.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not above 0, or does not fit.
    /// </exception>
    /// <exception cref="ZincException">There is no space, no descriptor, no right.</exception>
    /// <exception cref="DllNotFoundException">There is no usable native library.</exception>
    public static SharedRegion Create(string name, long capacity, RegionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return Make(Verb.Create, name, capacity, -1, options);
    }

    /// <summary>Open the region of this name, readable and writable unless
    /// <see cref="RegionOptions.ReadOnly"/> is set.</summary>
    /// <param name="name">As for <see cref="Create"/>.</param>
    /// <param name="options">Rights and waiting.</param>
    /// <exception cref="RegionNotFoundException">There is none, or nobody in it lives.</exception>
    /// <exception cref="RegionAccessException">A foreign or loosely writable file.</exception>
    /// <exception cref="RegionFormatException">The file is no region, or a damaged one.</exception>
    /// <exception cref="ArgumentException">The name or an option is wrong.</exception>
    /// <exception cref="ZincException">Too many participants, no descriptor, and others.
    /// </exception>
    /// <exception cref="DllNotFoundException">There is no usable native library.</exception>
    public static SharedRegion Open(string name, RegionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Make(Verb.Open, name, 0, -1, options);
    }

    /// <summary>Open the region of this name, or create it where there is none, in one atomic step.
    /// An existing region keeps its own capacity and lifetime.</summary>
    /// <param name="name">As for <see cref="Create"/>.</param>
    /// <param name="capacity">Bytes that it must have at least, above 0.</param>
    /// <param name="options">As for <see cref="Create"/> and <see cref="Open"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not above 0, or above that of
    /// the existing region.</exception>
    /// <exception cref="ArgumentException">The name or an option is wrong.</exception>
    /// <exception cref="ZincException">As for <see cref="Create"/> and <see cref="Open"/>.
    /// </exception>
    public static SharedRegion OpenOrCreate(
        string name, long capacity, RegionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return Make(Verb.OpenOrCreate, name, capacity, -1, options);
    }

    /// <summary>Create a region and bind the name to it even if another region has it. Participants
    /// of the old one keep its bytes, and find <see cref="RegionInfo.IsStale"/>.</summary>
    /// <param name="name">As for <see cref="Create"/>.</param>
    /// <param name="capacity">Its size in bytes, above 0.</param>
    /// <param name="options">As for <see cref="Create"/>.</param>
    /// <exception cref="RegionAccessException">The old file may not be removed.</exception>
    /// <exception cref="ArgumentException">The name, the capacity or an option is wrong.
    /// </exception>
    /// <exception cref="ZincException">As for <see cref="Create"/>.</exception>
    public static SharedRegion Replace(string name, long capacity, RegionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return Make(Verb.Replace, name, capacity, -1, options);
    }

    /// <summary>Create a region without a name, which nobody can truncate. Hand it over with
    /// <see cref="Send"/> or <see cref="Descriptor"/>.</summary>
    /// <param name="label">What people see; the letters of a name. Null is "private".</param>
    /// <param name="capacity">Its size in bytes, above 0.</param>
    /// <param name="options">As for <see cref="Create"/>, and <see cref="RegionOptions.Sealed"/>.
    /// </param>
    /// <exception cref="ArgumentException">The label, the capacity or an option is wrong.
    /// </exception>
    /// <exception cref="ZincException">As for <see cref="Create"/>, and where there is no /proc.
    /// </exception>
    public static SharedRegion CreatePrivate(
        string? label, long capacity, RegionOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return Make(Verb.CreatePrivate, label, capacity, -1, options);
    }

    /// <summary>Attach to the region behind a descriptor, which stays the caller's. Having it is
    /// the permission: owner and mode are not looked at.</summary>
    /// <param name="descriptor">From <see cref="Descriptor"/>, usually of another process; for an
    /// inherited number <c>new SafeFileHandle(number, false)</c>.</param>
    /// <param name="options">As for <see cref="Open"/>.</param>
    /// <exception cref="RegionAccessException">A memory file that is not sealed against shrinking.
    /// </exception>
    /// <exception cref="RegionFormatException">No region, or a damaged one.</exception>
    /// <exception cref="ZincException">Not a usable descriptor, and as for <see cref="Open"/>.
    /// </exception>
    public static SharedRegion Attach(SafeHandle descriptor, RegionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        bool kept = false;
        try
        {
            descriptor.DangerousAddRef(ref kept);
            return Make(Verb.Attach, null, 0, (int)descriptor.DangerousGetHandle(), options);
        }
        finally
        {
            if (kept)
            {
                descriptor.DangerousRelease();
            }
        }
    }

    /// <summary>Receive a region that <see cref="Send"/> sent, and attach to it. Blocks until one
    /// comes.</summary>
    /// <param name="socket">A connected unix stream socket.</param>
    /// <param name="options">As for <see cref="Open"/>.</param>
    /// <exception cref="System.IO.EndOfStreamException">The other end is closed.</exception>
    /// <exception cref="ZincException">No descriptor came, and as for <see cref="Attach"/>.
    /// </exception>
    public static SharedRegion Receive(Socket socket, RegionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(socket);
        bool kept = false;
        SafeSocketHandle handle = socket.SafeHandle;
        try
        {
            handle.DangerousAddRef(ref kept);
            while (true)
            {
                try
                {
                    return Make(Verb.Receive, null, 0, (int)handle.DangerousGetHandle(), options);
                }
                catch (ZincException error) when (error.Status == ZincStatus.TryAgain)
                {
                    // .NET has made the socket non-blocking for its own asynchronous calls.
                    socket.Poll(Timeout.InfiniteTimeSpan, SelectMode.SelectRead);
                }
                catch (ObjectDisposedException)
                {
                    throw new System.IO.EndOfStreamException(
                        "the other end of the socket is closed and sent no region");
                }
            }
        }
        finally
        {
            if (kept)
            {
                handle.DangerousRelease();
            }
        }
    }

    private static SharedRegion Make(
        Verb verb, string? name, long capacity, int descriptor, RegionOptions? options)
    {
        Library.Ensure();
        byte[]? text = Terminated(name);
        uint[] owners = options?.AcceptOwners is { Count: > 0 } given ? [.. given] : [];
        Native.zinc_region_options raw = (options ?? new RegionOptions()).ToNative();
        Native.zinc_error failure = default;
        nint region = 0;
        bool again = true;
        int status;
        fixed (byte* letters = text)
        fixed (uint* list = owners)
        {
            raw.accept_owners = list;
            raw.accept_owner_count = (ulong)owners.Length;
            do
            {
                status = verb switch
                {
                    Verb.Create => Native.zinc_region_create(
                        letters, (nuint)capacity, &raw, &region, &failure),
                    Verb.Open => Native.zinc_region_open(letters, &raw, &region, &failure),
                    Verb.OpenOrCreate => Native.zinc_region_open_or_create(
                        letters, (nuint)capacity, &raw, &region, &failure),
                    Verb.Replace => Native.zinc_region_replace(
                        letters, (nuint)capacity, &raw, &region, &failure),
                    Verb.CreatePrivate => Native.zinc_region_create_private(
                        letters, (nuint)capacity, &raw, &region, &failure),
                    Verb.Attach => Native.zinc_region_attach(descriptor, &raw, &region, &failure),
                    _ => Native.zinc_region_receive(descriptor, &raw, &region, &failure),
                };
            }
            while (status == Native.ZINC_E_INTR || (again && Relieved(status, ref again)));
        }
        return status == Native.ZINC_OK
            ? new SharedRegion(region)
            : throw Error.FromCall(status, failure, name);
    }

    /// <summary>Where memory or addresses run out: whether the views of closed regions that nobody
    /// has any more were looked for. The collector does not know how much they map.</summary>
    private static bool Relieved(int status, ref bool again)
    {
        if (status is not (Native.ZINC_E_NOMEM or Native.ZINC_E_NOSPC))
        {
            return false;
        }
        again = false;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return true;
    }

    /// <summary>A name as C wants it. What the core cannot see, a NUL, is refused here.</summary>
    private static byte[]? Terminated(string? name)
    {
        if (name == null)
        {
            return null;
        }
        if (name.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("a region's name has no NUL in it", nameof(name));
        }
        return Encoding.UTF8.GetBytes(name + '\0');
    }

    // ---- Bytes ----------------------------------------------------------------------------------

    /// <summary>All bytes, without a copy. The span is borrowed: after <see cref="Dispose"/> it
    /// reads zeros; <see cref="Memory()"/> keeps its bytes.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="RegionAccessException">The handle is read-only: see
    /// <see cref="ReadOnlyBytes()"/>.</exception>
    /// <exception cref="OverflowException">The region has more bytes than a span can have (2 GiB):
    /// see <see cref="Bytes(long, int)"/>.</exception>
    public Span<byte> Bytes() => As<byte>();

    /// <summary>A window of the bytes; borrowed as <see cref="Bytes()"/>.</summary>
    /// <param name="offset">Of its first byte, in bytes.</param>
    /// <param name="length">Its size in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The window is not within the capacity.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="RegionAccessException">The handle is read-only.</exception>
    public Span<byte> Bytes(long offset, int length) => As<byte>(offset, length);

    /// <summary>All bytes to read, also of read-only handles; borrowed as <see cref="Bytes()"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="OverflowException">The region has more bytes than a span can have.
    /// </exception>
    public ReadOnlySpan<byte> ReadOnlyBytes() => AsReadOnly<byte>();

    /// <summary>A window of the bytes to read; borrowed as <see cref="Bytes()"/>.</summary>
    /// <param name="offset">Of its first byte, in bytes.</param>
    /// <param name="length">Its size in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The window is not within the capacity.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public ReadOnlySpan<byte> ReadOnlyBytes(long offset, int length) =>
        AsReadOnly<byte>(offset, length);

    /// <summary>The bytes as elements, as many as fit; borrowed as <see cref="Bytes()"/>.</summary>
    /// <typeparam name="T">A type without references, laid out as the other side has it.
    /// </typeparam>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="RegionAccessException">The handle is read-only: see
    /// <see cref="AsReadOnly{T}()"/>.</exception>
    /// <exception cref="OverflowException">There are more elements than a span can have.
    /// </exception>
    public Span<T> As<T>()
        where T : unmanaged => new(Borrow(0, -1, sizeof(T), 1, true, out int count), count);

    /// <summary>Elements at an offset; borrowed as <see cref="Bytes()"/>.</summary>
    /// <typeparam name="T">A type without references, laid out as the other side has it.
    /// </typeparam>
    /// <param name="offset">Of the first element, in bytes; a multiple of the alignment of
    /// <typeparamref name="T"/>.</param>
    /// <param name="count">The number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not within the capacity.</exception>
    /// <exception cref="ArgumentException">The offset is not aligned.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="RegionAccessException">The handle is read-only.</exception>
    public Span<T> As<T>(long offset, int count)
        where T : unmanaged =>
        new(Borrow(offset, Count(count), sizeof(T), Alignment<T>(), true, out count), count);

    /// <summary>The bytes as elements to read, as many as fit; borrowed as <see cref="Bytes()"/>.
    /// </summary>
    /// <typeparam name="T">A type without references, laid out as the other side has it.
    /// </typeparam>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="OverflowException">There are more elements than a span can have.
    /// </exception>
    public ReadOnlySpan<T> AsReadOnly<T>()
        where T : unmanaged => new(Borrow(0, -1, sizeof(T), 1, false, out int count), count);

    /// <summary>Elements at an offset to read; borrowed as <see cref="Bytes()"/>.</summary>
    /// <typeparam name="T">A type without references, laid out as the other side has it.
    /// </typeparam>
    /// <param name="offset">Of the first element, in bytes; a multiple of the alignment of
    /// <typeparamref name="T"/>.</param>
    /// <param name="count">The number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not within the capacity.</exception>
    /// <exception cref="ArgumentException">The offset is not aligned.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public ReadOnlySpan<T> AsReadOnly<T>(long offset, int count)
        where T : unmanaged =>
        new(Borrow(offset, Count(count), sizeof(T), Alignment<T>(), false, out count), count);

    /// <summary>All bytes as a view that owns them: they stay after <see cref="Dispose"/>, until
    /// the last Memory of this call is gone.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="RegionAccessException">The handle is read-only: see
    /// <see cref="ReadOnlyMemory()"/>.</exception>
    /// <exception cref="OverflowException">The region has more bytes than a Memory can have (2
    /// GiB): see <see cref="Memory(long, int)"/>.</exception>
    public Memory<byte> Memory() => Own<byte>(0, -1, true);

    /// <summary>A window of the bytes that owns them, as <see cref="Memory()"/>.</summary>
    /// <param name="offset">Of its first byte, in bytes.</param>
    /// <param name="length">Its size in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The window is not within the capacity.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="RegionAccessException">The handle is read-only.</exception>
    public Memory<byte> Memory(long offset, int length) => Own<byte>(offset, Count(length), true);

    /// <summary>Elements at an offset, in a view that owns them, as <see cref="Memory()"/>.
    /// </summary>
    /// <typeparam name="T">A type without references, laid out as the other side has it.
    /// </typeparam>
    /// <param name="offset">Of the first element, in bytes; a multiple of the alignment of
    /// <typeparamref name="T"/>.</param>
    /// <param name="count">The number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not within the capacity.</exception>
    /// <exception cref="ArgumentException">The offset is not aligned.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="RegionAccessException">The handle is read-only.</exception>
    public Memory<T> Memory<T>(long offset, int count)
        where T : unmanaged => Own<T>(offset, Count(count), true);

    /// <summary>All bytes to read, also of read-only handles, in a view that owns them, as
    /// <see cref="Memory()"/>.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="OverflowException">The region has more bytes than a Memory can have.
    /// </exception>
    public ReadOnlyMemory<byte> ReadOnlyMemory() => Own<byte>(0, -1, false);

    /// <summary>A window of the bytes to read, in a view that owns them, as <see cref="Memory()"/>.
    /// </summary>
    /// <param name="offset">Of its first byte, in bytes.</param>
    /// <param name="length">Its size in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The window is not within the capacity.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public ReadOnlyMemory<byte> ReadOnlyMemory(long offset, int length) =>
        Own<byte>(offset, Count(length), false);

    private static int Count(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return count;
    }

    private static int Alignment<T>()
        where T : unmanaged => sizeof(Aligned<T>) - sizeof(T);

    /// <summary>Check a range of elements; count -1 is all that fit from the offset.</summary>
    private int Fit(nint region, long offset, int count, int size, int alignment, bool write)
    {
        long capacity = CapacityOf(region);
        if (write && _readOnly)
        {
            throw Error.Make(Native.ZINC_E_PERM, 1,
                $"region '{Name}' is open read-only: use the read-only views", Name);
        }
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (count < 0)
        {
            long all = capacity / size;
            return all <= int.MaxValue ? (int)all : throw new OverflowException(
                $"region '{Name}' has {capacity} bytes, {all} elements of {size}, more than one "
                + "view can have (2147483647): use windows, with an offset and a length");
        }
        if (offset > capacity || (long)count * size > capacity - offset)
        {
            throw new ArgumentOutOfRangeException(nameof(offset),
                $"{count} elements of {size} bytes at offset {offset} are not within the "
                + $"{capacity} bytes of region '{Name}'");
        }
        if (offset % alignment != 0)
        {
            throw new ArgumentException(
                $"offset {offset} is not a multiple of the elements' alignment, {alignment}",
                nameof(offset));
        }
        return count;
    }

    private void* Borrow(
        long offset, int asked, int size, int alignment, bool write, out int count)
    {
        nint region = Enter();
        try
        {
            // Before the address is read: a call in progress comes before the handle's end.
            _handle.Borrow();
            count = Fit(region, offset, asked, size, alignment, write);
            byte* first = Native.zinc_ptr(region);
            return first != null ? first + offset : throw Unusable(region);
        }
        finally
        {
            _handle.Leave();
        }
    }

    private Memory<T> Own<T>(long offset, int asked, bool write)
        where T : unmanaged
    {
        nint region = Enter();
        try
        {
            int count = Fit(region, offset, asked, sizeof(T), Alignment<T>(), write);
            _handle.Borrow(); // the Span of a Memory is borrowed
            var view = new ViewHandle();
            byte* first;
            void* context;
            int status = Native.zinc_view_acquire(
                region, (nuint)offset, (nuint)count * (nuint)sizeof(T), &first, &context);
            if (status != Native.ZINC_OK)
            {
                throw Error.FromHandle(region, status, Name);
            }
            view.Adopt(context);
            return new RegionMemory<T>(view, (T*)first, count).Memory;
        }
        finally
        {
            _handle.Leave();
        }
    }

    // ---- Tell -----------------------------------------------------------------------------------

    /// <summary>Wake every wait in progress on this region, in all processes, and let the next wait
    /// of every handle, also of this one, return at once if it has not seen this notification.
    /// Notifications that nobody has seen become one.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="RegionAccessException">The handle is read-only.</exception>
    public void Notify()
    {
        nint region = Enter();
        int status = Native.zinc_region_notify(region);
        if (status != Native.ZINC_OK)
        {
            Refuse(region, status);
        }
        _handle.Leave();
    }

    // ---- Facts ----------------------------------------------------------------------------------

    /// <summary>Bytes of the region now, as grown by whichever process.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public long Capacity
    {
        get
        {
            nint region = Enter();
            nuint capacity = Native.zinc_capacity(region);
            if (capacity == 0)
            {
                Refuse(region, Native.zinc_region_status(region));
            }
            _handle.Leave();
            return (long)capacity;
        }
    }

    /// <summary>The region's name, without slash and domain; a private region's label. Closed
    /// handles still have it.</summary>
    public string Name { get; }

    /// <summary>True once <see cref="Dispose"/> was called.</summary>
    public bool Closed => _handle.Closed;

    /// <summary>The address of the first byte in this process; borrowed as <see cref="Bytes()"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public nint Address
    {
        get
        {
            nint region = Enter();
            _handle.Borrow();
            byte* first = Native.zinc_ptr(region);
            if (first == null)
            {
                Refuse(region, Native.zinc_region_status(region));
            }
            _handle.Leave();
            return (nint)first;
        }
    }

    /// <summary>Facts about the region and this handle, as they are now; costs a few system calls.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public RegionInfo Info
    {
        get
        {
            nint region = Enter();
            Native.zinc_info info = default;
            info.size = (uint)sizeof(Native.zinc_info);
            int status = Native.zinc_region_info(region, &info);
            Leave(region, status);
            return new RegionInfo(info, status);
        }
    }

    // ---- More -----------------------------------------------------------------------------------

    /// <summary>Make the region longer, in place and for all participants, up to its
    /// <see cref="RegionOptions.MaxCapacity"/>. The new bytes are zero; existing views keep their
    /// length; everybody is notified. A capacity not above the present one changes nothing.
    /// </summary>
    /// <param name="capacity">Its new size in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or above the maximum.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="RegionAccessException">Read-only, or sealed.</exception>
    /// <exception cref="ZincException">There is no space, or the region is held up.</exception>
    public void Grow(long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        nint region = Enter();
        int status;
        do
        {
            status = Native.zinc_region_grow(region, (nuint)capacity);
        }
        while (status == Native.ZINC_E_INTR);
        Leave(region, status);
    }

    /// <summary>Unbind the region's name; participants keep the bytes.</summary>
    /// <exception cref="RegionAccessException">The handle is not the creator's.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="ZincException">The region is held up, and others.</exception>
    public void Unlink()
    {
        nint region = Enter();
        int status;
        do
        {
            status = Native.zinc_region_unlink(region);
        }
        while (status == Native.ZINC_E_INTR);
        Leave(region, status);
    }

    /// <summary>Send the region over a unix socket, to be received with <see cref="Receive"/>.
    /// </summary>
    /// <param name="socket">A connected unix stream socket.</param>
    /// <exception cref="ZincException">Nobody has the other end, and others.</exception>
    /// <exception cref="ObjectDisposedException">The handle, or the socket, is closed.</exception>
    public void Send(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        SafeSocketHandle handle = socket.SafeHandle;
        bool kept = false;
        try
        {
            handle.DangerousAddRef(ref kept);
            nint region = Enter();
            int status;
            try
            {
                while (true)
                {
                    status = Native.zinc_region_send(region, (int)handle.DangerousGetHandle());
                    if (status == Native.ZINC_E_AGAIN)
                    {
                        // .NET has made the socket non-blocking for its own asynchronous calls.
                        socket.Poll(Timeout.InfiniteTimeSpan, SelectMode.SelectWrite);
                    }
                    else if (status != Native.ZINC_E_INTR)
                    {
                        break;
                    }
                }
            }
            catch
            {
                _handle.Leave(); // the socket was disposed meanwhile
                throw;
            }
            Leave(region, status);
        }
        finally
        {
            if (kept)
            {
                handle.DangerousRelease();
            }
        }
    }

    /// <summary>Make a new descriptor of the region, the caller's to dispose, for
    /// <see cref="Attach"/> in another process. It carries no participation. Read-only handles give
    /// read-only ones.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="ZincException">Too many descriptors, no /proc, and others.</exception>
    public SafeFileHandle Descriptor()
    {
        nint region = Enter();
        int descriptor = -1;
        Leave(region, Native.zinc_region_descriptor(region, &descriptor));
        return new SafeFileHandle(descriptor, true);
    }

    // ---- The end --------------------------------------------------------------------------------

    /// <summary>End this handle: it leaves the region, and the name goes by its lifetime. Waits of
    /// other threads and tasks on it end with <see cref="ObjectDisposedException"/>. Never blocks;
    /// harmless when repeated.</summary>
    public void Dispose() => _handle.End();

    /// <summary>The name, and whether the handle is closed.</summary>
    public override string ToString() =>
        $"SharedRegion '{Name}'{(Closed ? " closed" : "")}";

    /// <summary>Begin a call: the core's handle stays until Leave.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private nint Enter()
    {
        if (!_handle.Enter(out nint region))
        {
            Refuse();
        }
        return region;
    }

    [DoesNotReturn]
    private void Refuse() => throw Error.Closed(Name);

    /// <summary>End a call that answered with a status.</summary>
    private void Leave(nint region, int status)
    {
        if (status != Native.ZINC_OK)
        {
            Refuse(region, status);
        }
        _handle.Leave();
    }

    /// <summary>End a call that failed.</summary>
    [DoesNotReturn]
    private void Refuse(nint region, int status)
    {
        Exception error = Error.FromHandle(region, status, Name);
        _handle.Leave();
        throw error;
    }

    private long CapacityOf(nint region)
    {
        nuint capacity = Native.zinc_capacity(region);
        return capacity != 0 ? (long)capacity : throw Unusable(region);
    }

    private Exception Unusable(nint region) =>
        Error.FromHandle(region, Native.zinc_region_status(region), Name);

    [StructLayout(LayoutKind.Sequential)]
    private struct Aligned<T>
        where T : unmanaged
    {
        internal byte First;
        internal T Second;
    }
}
