// SPDX-License-Identifier: MIT
// Who keeps what alive. A RegionHandle is one reference of the core's handle. Calls enter and leave
// it; closing refuses new ones, and whoever is the last to leave then gives the reference back, so
// that nothing is freed under a call:
//
//   closed, no borrowed view ever    released: the mapping goes with the last owning view
//   closed, a borrowed view exists   retired: the same, and the addresses then show zeros for ever
//   collected, no borrowed view      released, and reported as a leak
//   collected, a borrowed view       shut down; its mapping stays until exit, reported as a leak
//
// A Span is a borrowed view, as nothing says when the last copy of it is gone.
using System;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Zinc;

internal sealed class RegionHandle : SafeHandle
{
    private readonly string _name;
    private readonly string? _origin;
    private readonly long _number;

    // Bit 0: closed. The rest: twice the number of calls inside. (SafeHandle's own count would do,
    // and costs a third more in calls of some nanoseconds.)
    private int _state;
    private bool _borrowed;
    private bool _collected;

    /// <summary>Take over the reference that `region` is.</summary>
    internal RegionHandle(nint region, string name)
        : base(0, true)
    {
        _name = name;
        if (Leaks.Watched)
        {
            _origin = Environment.StackTrace;
            _number = Leaks.Add(name, _origin);
        }
        SetHandle(region);
    }

    public override bool IsInvalid => handle == 0;

    internal bool Closed => (Volatile.Read(ref _state) & 1) != 0;

    /// <summary>Begin a call, unless closed; what begins with true ends with <see cref="Leave"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Enter(out nint region)
    {
        region = handle;
        if ((Interlocked.Add(ref _state, 2) & 1) == 0)
        {
            return true;
        }
        Leave();
        return false;
    }

    /// <summary>End a call. After the last one of a closed handle, whoever comes by disposes:
    /// once is enough, and more does nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Leave()
    {
        if (Interlocked.Add(ref _state, -2) == 1)
        {
            Dispose();
        }
    }

    /// <summary>End the participation and refuse new calls; idempotent.</summary>
    internal void End()
    {
        if (Enter(out nint region))
        {
            // Before the waits end, so that they find why.
            Interlocked.Or(ref _state, 1);
            _ = Native.zinc_region_shutdown(region);
            Leave();
        }
    }

    /// <summary>Remember that a borrowed view exists. The caller is inside a call, which comes
    /// before <see cref="ReleaseHandle"/>.</summary>
    internal void Borrow() => Volatile.Write(ref _borrowed, true);

    protected override void Dispose(bool disposing)
    {
        if (!disposing)
        {
            _collected = true;
            // A finalizer of the program may have brought the region back: it is closed from now
            // on, and a call that is inside by then gives the reference back.
            if (Interlocked.Or(ref _state, 1) > 1)
            {
                return;
            }
        }
        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        bool borrowed = Volatile.Read(ref _borrowed);
        if (_collected)
        {
            if (_origin != null)
            {
                Leaks.Report(_number, _name, "was collected without Dispose", _origin);
            }
            _ = Native.zinc_region_shutdown(handle);
            if (!borrowed)
            {
                Native.zinc_region_release(handle);
            }
            return true;
        }
        Leaks.Forget(_number);
        if (borrowed)
        {
            Native.zinc_region_retire(handle);
        }
        else
        {
            Native.zinc_region_release(handle);
        }
        return true;
    }
}

/// <summary>What an owning view has of the core: its mapping, and nothing else.</summary>
internal sealed unsafe class ViewHandle : SafeHandle
{
    internal ViewHandle()
        : base(0, true)
    {
    }

    public override bool IsInvalid => handle == 0;

    internal void Adopt(void* context) => SetHandle((nint)context);

    protected override bool ReleaseHandle()
    {
        Native.zinc_view_release(null, (void*)handle);
        return true;
    }
}

/// <summary>What ends one wait.</summary>
internal sealed unsafe class CancelHandle : SafeHandle
{
    internal CancelHandle()
        : base(0, true)
    {
    }

    public override bool IsInvalid => handle == 0;

    internal int Create()
    {
        nint made = 0;
        int status = Native.zinc_cancel_create(&made);
        SetHandle(made);
        return status;
    }

    /// <summary>End the wait, unless it has ended, and this with it.</summary>
    internal void Fire()
    {
        bool entered = false;
        try
        {
            DangerousAddRef(ref entered);
            Native.zinc_cancel_fire(handle);
        }
        catch (ObjectDisposedException)
        {
            // The wait has ended by itself.
        }
        finally
        {
            if (entered)
            {
                DangerousRelease();
            }
        }
    }

    protected override bool ReleaseHandle()
    {
        Native.zinc_cancel_destroy(handle);
        return true;
    }
}

/// <summary>Reports of handles that nobody closed, on standard error, when ZINC_DEBUG_LEAKS is set
/// before the first region is made.</summary>
internal static class Leaks
{
    private static readonly ConcurrentDictionary<long, (string Name, string Origin)> Open = new();
    private static long _last;

    static Leaks()
    {
        string? set = Environment.GetEnvironmentVariable("ZINC_DEBUG_LEAKS");
        Watched = !string.IsNullOrEmpty(set) && set != "0";
        if (Watched)
        {
            // Finalizers do not run when the process ends.
            AppDomain.CurrentDomain.ProcessExit += (_, _) => ReportAll();
        }
    }

    internal static bool Watched { get; }

    internal static long Add(string name, string origin)
    {
        long number = Interlocked.Increment(ref _last);
        Open[number] = (name, origin);
        return number;
    }

    internal static void Forget(long number)
    {
        if (number != 0)
        {
            Open.TryRemove(number, out _);
        }
    }

    internal static void Report(long number, string name, string how, string origin)
    {
        if (Open.TryRemove(number, out _))
        {
            try
            {
                Console.Error.WriteLine(
                    $"zinc: region '{name}' {how}; it was opened here:\n{origin}");
            }
            catch (Exception error) when (error is System.IO.IOException or ObjectDisposedException)
            {
                // Nobody reads standard error any more; a finalizer must not throw for that.
            }
        }
    }

    private static void ReportAll()
    {
        foreach ((long number, (string name, string origin)) in Open)
        {
            Report(number, name, "was still open when the process ended", origin);
        }
    }
}
