// SPDX-License-Identifier: MIT
// Waiting: true when a notification came that this handle has not seen, false when the time ran
// out. Signals never show: a wait that one interrupts goes on, with the same deadline and from the
// same notification.
using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Zinc;

public sealed unsafe partial class SharedRegion
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    /// <summary>Wait, for as long as it takes, until a notification that this handle has not seen.
    /// Blocks the calling thread.</summary>
    /// <param name="cancellationToken">Ends the wait at once, also when it was canceled before.
    /// </param>
    /// <returns>True.</returns>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed, before or while waiting.
    /// </exception>
    public bool Wait(CancellationToken cancellationToken = default) =>
        WaitUntil(long.MaxValue, cancellationToken);

    /// <summary>Wait until a notification that this handle has not seen. Blocks the calling
    /// thread.</summary>
    /// <param name="milliseconds">At most so long; 0 asks once, <see cref="Timeout.Infinite"/> is
    /// for ever.</param>
    /// <param name="cancellationToken">Ends the wait at once, also when it was canceled before.
    /// </param>
    /// <returns>True when notified, false when the time ran out.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Negative, and not Infinite.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed, before or while waiting.
    /// </exception>
    public bool Wait(int milliseconds, CancellationToken cancellationToken = default) =>
        WaitUntil(Deadline(milliseconds), cancellationToken);

    /// <summary>Wait until a notification that this handle has not seen. Blocks the calling
    /// thread.</summary>
    /// <param name="timeout">At most so long, to 100 ns; 0 asks once,
    /// <see cref="Timeout.InfiniteTimeSpan"/> is for ever.</param>
    /// <param name="cancellationToken">Ends the wait at once, also when it was canceled before.
    /// </param>
    /// <returns>True when notified, false when the time ran out.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Negative, and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed, before or while waiting.
    /// </exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        WaitUntil(Deadline(timeout), cancellationToken);

    /// <summary>Ask whether a notification came that this handle has not seen, without waiting.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public bool TryWait() => WaitUntil(0, default);

    /// <summary>Wait as <see cref="Wait(CancellationToken)"/> does, without a thread.</summary>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>True.</returns>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed, before or while waiting.
    /// </exception>
    public Task<bool> WaitAsync(CancellationToken cancellationToken = default) =>
        WaitUntilAsync(long.MaxValue, cancellationToken);

    /// <summary>Wait as <see cref="Wait(int, CancellationToken)"/> does, without a thread.
    /// </summary>
    /// <param name="milliseconds">At most so long; 0 asks once, <see cref="Timeout.Infinite"/> is
    /// for ever.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>True when notified, false when the time ran out.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Negative, and not Infinite.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed, before or while waiting.
    /// </exception>
    public Task<bool> WaitAsync(int milliseconds, CancellationToken cancellationToken = default) =>
        WaitUntilAsync(Deadline(milliseconds), cancellationToken);

    /// <summary>Wait as <see cref="Wait(TimeSpan, CancellationToken)"/> does, without a thread.
    /// </summary>
    /// <param name="timeout">At most so long, to 100 ns; 0 asks once,
    /// <see cref="Timeout.InfiniteTimeSpan"/> is for ever.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <returns>True when notified, false when the time ran out.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Negative, and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed, before or while waiting.
    /// </exception>
    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken = default) =>
        WaitUntilAsync(Deadline(timeout), cancellationToken);

    /// <summary>The region's notifications, one by one, for <c>await foreach</c>; ends when the
    /// handle is closed. Those that come while the loop's body runs are seen as one.</summary>
    /// <param name="cancellationToken">Ends the loop with an exception.</param>
    /// <returns>This region, once a notification.</returns>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed already.</exception>
    public IAsyncEnumerable<SharedRegion> Notifications(
        CancellationToken cancellationToken = default)
    {
        return Closed ? throw Error.Closed(Name) : Enumerate(this, cancellationToken);

        static async IAsyncEnumerable<SharedRegion> Enumerate(
            SharedRegion region, [EnumeratorCancellation] CancellationToken token)
        {
            while (true)
            {
                try
                {
                    await region.WaitAsync(token).ConfigureAwait(false);
                }
                catch (ObjectDisposedException) when (region.Closed)
                {
                    yield break;
                }
                yield return region;
            }
        }
    }

    private static long Deadline(int milliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, Timeout.Infinite);
        return milliseconds switch
        {
            0 => 0,
            Timeout.Infinite => long.MaxValue,
            _ => Native.zinc_deadline_ns(milliseconds * NanosecondsPerMillisecond),
        };
    }

    private static long Deadline(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            return long.MaxValue;
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        if (timeout == TimeSpan.Zero)
        {
            return 0;
        }
        return timeout.Ticks > long.MaxValue / TimeSpan.NanosecondsPerTick
            ? long.MaxValue
            : Native.zinc_deadline_ns(timeout.Ticks * TimeSpan.NanosecondsPerTick);
    }

    private bool WaitUntil(long deadline, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        nint region = Enter();
        int status = token.CanBeCanceled
            ? WaitCancelable(region, deadline, token) : WaitSliced(region, deadline, 0);
        switch (status)
        {
            case Native.ZINC_OK:
                _handle.Leave();
                return true;
            case Native.ZINC_E_TIMEDOUT:
                _handle.Leave();
                return false;
            case Native.ZINC_E_CANCELED:
                _handle.Leave();
                throw new OperationCanceledException(token);
            default:
                Refuse(region, status);
                return false;
        }
    }

    private static int WaitSliced(nint region, long deadline, nint cancel)
    {
        uint seen = Native.zinc_region_seen(region);
        int status;
        do
        {
            status = Native.zinc_region_wait_from(region, seen, deadline, cancel);
        }
        while (status == Native.ZINC_E_INTR);
        return status;
    }

    private static int WaitCancelable(nint region, long deadline, CancellationToken token)
    {
        using var cancel = new CancelHandle();
        int status = cancel.Create();
        if (status != Native.ZINC_OK)
        {
            return status;
        }
        CancellationTokenRegistration registration = token.UnsafeRegister(
            static state => ((CancelHandle)state!).Fire(), cancel);
        status = WaitSliced(region, deadline, cancel.DangerousGetHandle());
        registration.Unregister(); // a callback in progress has the handle for itself
        return status;
    }

    private Task<bool> WaitUntilAsync(long deadline, CancellationToken token)
    {
        if (token.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(token);
        }
        if (deadline == 0)
        {
            return TryWait() ? Completed.True : Completed.False;
        }
        nint region = Enter();
        Task<bool>? task = null;
        int status;
        try
        {
            status = Events.Start(this, region, deadline, token, out task);
        }
        catch
        {
            _handle.Leave();
            throw;
        }
        Leave(region, status);
        return task!;
    }

    private static class Completed
    {
        internal static readonly Task<bool> True = Task.FromResult(true);
        internal static readonly Task<bool> False = Task.FromResult(false);
    }
}
