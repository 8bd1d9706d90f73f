// SPDX-License-Identifier: MIT
// Waits without a thread each: one queue of the core for the process, and one background thread
// that takes completions out of it. Continuations run on the pool, never on that thread.
//
// A waiter is in the table from before its wait starts until its completion was taken, and holds
// its region, which therefore is not collected under a wait.
using System;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Zinc;

internal static unsafe class Events
{
    private const int Batch = 64;

    private static readonly ConcurrentDictionary<ulong, Waiter> Waiters = new();
    private static readonly object Gate = new();
    private static nint _queue;
    private static ulong _last;

    /// <summary>Start a wait of `region`, a reference of which the caller holds; answers a status.
    /// </summary>
    internal static int Start(
        SharedRegion owner, nint region, long deadline, CancellationToken token,
        out Task<bool>? task)
    {
        task = null;
        int status = Running(out nint queue);
        if (status != Native.ZINC_OK)
        {
            return status;
        }
        ulong number = Interlocked.Increment(ref _last);
        var waiter = new Waiter(owner, number, token);
        Waiters[number] = waiter;
        status = Native.zinc_events_wait(queue, region, number, deadline);
        if (status != Native.ZINC_OK)
        {
            Waiters.TryRemove(number, out _);
            return status;
        }
        waiter.Watch();
        task = waiter.Task;
        return status;
    }

    private static int Running(out nint queue)
    {
        queue = Volatile.Read(ref _queue);
        if (queue != 0)
        {
            return Native.ZINC_OK;
        }
        lock (Gate)
        {
            if (_queue == 0)
            {
                nint made = 0;
                int status = Native.zinc_events_create(&made);
                if (status != Native.ZINC_OK)
                {
                    return status;
                }
                try
                {
                    // It runs until the process ends, which does not wait for it.
                    new Thread(static state => Take((nint)state!), 256 * 1024)
                    {
                        IsBackground = true,
                        Name = "zinc events",
                    }.UnsafeStart(made);
                }
                catch
                {
                    Native.zinc_events_destroy(made);
                    throw;
                }
                Volatile.Write(ref _queue, made);
            }
            queue = _queue;
            return Native.ZINC_OK;
        }
    }

    private static void Take(nint queue)
    {
        Native.zinc_event* taken = stackalloc Native.zinc_event[Batch];
        while (true)
        {
            int count = Native.zinc_events_next(queue, taken, Batch, long.MaxValue);
            if (count < 0 && count != Native.ZINC_E_INTR && count != Native.ZINC_E_TIMEDOUT)
            {
                return;
            }
            for (int index = 0; index < count; index++)
            {
                Finish(taken[index].token, taken[index].status);
            }
        }
    }

    /// <summary>A method of its own, so that the thread, when it blocks again, has nothing on its
    /// stack that keeps the last region from being collected.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Finish(ulong number, int status)
    {
        if (Waiters.TryRemove(number, out Waiter? waiter))
        {
            waiter.End(status);
        }
    }

    private sealed class Waiter(SharedRegion owner, ulong number, CancellationToken token)
        : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private CancellationTokenRegistration _registration;
        private int _watched;
        private int _ended;

        /// <summary>Let the token end the wait, which has started, and may have ended.</summary>
        internal void Watch()
        {
            if (!token.CanBeCanceled)
            {
                return;
            }
            _registration = token.UnsafeRegister(static state => ((Waiter)state!).Cancel(), this);
            // Each side stores its own word and then looks at the other's: one of them sees both.
            Interlocked.Exchange(ref _watched, 1);
            if (Volatile.Read(ref _ended) != 0)
            {
                _registration.Unregister();
            }
        }

        internal void End(int status)
        {
            Interlocked.Exchange(ref _ended, 1);
            if (Volatile.Read(ref _watched) != 0)
            {
                _registration.Unregister();
            }
            switch (status)
            {
                case Native.ZINC_OK:
                    TrySetResult(true);
                    break;
                case Native.ZINC_E_TIMEDOUT:
                    TrySetResult(false);
                    break;
                case Native.ZINC_E_CANCELED when token.IsCancellationRequested:
                    TrySetCanceled(token);
                    break;
                case Native.ZINC_E_CLOSED:
                    TrySetException(Error.Closed(owner.Name));
                    break;
                default:
                    TrySetException(Error.Make(status, 0, "", owner.Name));
                    break;
            }
        }

        // The queue completes the wait exactly once; one that has completed stays as it was.
        private void Cancel() => _ = Native.zinc_events_cancel(_queue, number);
    }
}
