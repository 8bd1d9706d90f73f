// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Zinc.Tests;

public sealed class WaitTests
{
    [Fact]
    public void TrueWhenNotifiedFalseWhenTimeRanOut()
    {
        using SharedRegion writer = SharedRegion.Create(Support.Name(), 4096);
        using SharedRegion reader = SharedRegion.Open(writer.Name);
        Assert.False(reader.TryWait());
        Assert.False(reader.Wait(0));
        Assert.False(reader.Wait(TimeSpan.Zero));
        writer.Notify();
        writer.Notify(); // what nobody has seen becomes one
        Assert.True(reader.Wait(1000));
        Assert.False(reader.TryWait());
        var clock = Stopwatch.StartNew();
        Assert.False(reader.Wait(30));
        Assert.True(clock.ElapsedMilliseconds >= 29);
        Assert.False(reader.Wait(TimeSpan.FromMicroseconds(300)));
        writer.Notify();
        Assert.True(reader.Wait());
        writer.Notify();
        Assert.True(reader.Wait(Timeout.Infinite));
        writer.Notify();
        Assert.True(reader.Wait(Timeout.InfiniteTimeSpan));
        writer.Notify();
        Assert.True(reader.Wait(TimeSpan.MaxValue));
        writer.Notify();
        Assert.True(reader.TryWait());
    }

    [Fact]
    public void AHandleSeesItsOwnNotificationAndAFreshOneSeesTheLast()
    {
        using SharedRegion writer = SharedRegion.Create(Support.Name(), 4096);
        writer.Notify();
        Assert.True(writer.TryWait());
        Assert.False(writer.TryWait());
        using SharedRegion late = SharedRegion.Open(writer.Name);
        Assert.True(late.TryWait());
        Assert.False(late.TryWait());
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(int.MinValue)]
    public void NegativeTimesAreRefused(int milliseconds)
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Wait(milliseconds));
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = region.WaitAsync(milliseconds); });
        TimeSpan time = TimeSpan.FromMilliseconds(milliseconds);
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Wait(time));
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = region.WaitAsync(time); });
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Wait(TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Wait(TimeSpan.MinValue));
    }

    [Fact]
    public async Task OneNotificationEndsAllWaits()
    {
        using SharedRegion writer = SharedRegion.Create(Support.Name(), 4096);
        using SharedRegion reader = SharedRegion.Open(writer.Name);
        Task<bool>[] waits =
        [
            .. Enumerable.Range(0, 4)
                .Select(_ => Support.OnThread(() => reader.Wait(Support.Patience))),
        ];
        Support.UntilWaiting(writer, 4);
        writer.Notify();
        Assert.All(await Task.WhenAll(waits), Assert.True);
    }

    [Fact]
    public async Task ATokenEndsAWaitSoon()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        foreach (Func<CancellationToken, bool> wait in new Func<CancellationToken, bool>[]
        {
            token => region.Wait(token),
            token => region.Wait(60_000, token),
            token => region.Wait(TimeSpan.FromMinutes(1), token),
        })
        {
            using var stop = new CancellationTokenSource();
            Task<bool> waiting = Support.OnThread(() => wait(stop.Token));
            Support.UntilWaiting(region);
            var clock = Stopwatch.StartNew();
            stop.Cancel();
            var error = await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
            Assert.InRange(clock.ElapsedMilliseconds, 0, Support.SoonMilliseconds);
            Assert.Equal(stop.Token, error.CancellationToken);
        }
    }

    [Fact]
    public void ATokenCanceledBeforeEndsAWaitAtOnce()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        var canceled = new CancellationToken(true);
        var clock = Stopwatch.StartNew();
        Assert.Throws<OperationCanceledException>(() => region.Wait(canceled));
        Assert.Throws<OperationCanceledException>(() => region.Wait(60_000, canceled));
        Assert.Throws<TaskCanceledException>(
            () => region.WaitAsync(canceled).GetAwaiter().GetResult());
        Assert.InRange(clock.ElapsedMilliseconds, 0, Support.SoonMilliseconds);
    }

    [Fact]
    public async Task ACancellationDisturbsNoOtherWait()
    {
        using SharedRegion writer = SharedRegion.Create(Support.Name(), 4096);
        using SharedRegion region = SharedRegion.Open(writer.Name);
        using var stop = new CancellationTokenSource();
        Task<bool> ended = Support.OnThread(() => region.Wait(stop.Token));
        Task<bool> goesOn = Support.OnThread(() => region.Wait(Support.Patience));
        Support.UntilWaiting(writer, 2);
        stop.Cancel();
        await Assert.ThrowsAsync<OperationCanceledException>(() => ended);
        Assert.False(goesOn.IsCompleted);
        writer.Notify();
        Assert.True(await goesOn);
    }

    [Fact]
    public async Task ANotificationIsNotLostToACancellation()
    {
        using SharedRegion writer = SharedRegion.Create(Support.Name(), 4096);
        using SharedRegion region = SharedRegion.Open(writer.Name);
        for (int turn = 0; turn < 300; turn++)
        {
            using var stop = new CancellationTokenSource();
            Task<bool> waiting = turn % 2 == 0
                ? Support.OnThread(() => region.Wait(stop.Token)) : region.WaitAsync(stop.Token);
            Task cancel = Task.Run(stop.Cancel);
            writer.Notify();
            await cancel;
            try
            {
                Assert.True(await waiting);
                Assert.False(region.TryWait());
            }
            catch (OperationCanceledException)
            {
                Assert.True(region.Wait(1000)); // it is still to be seen
            }
        }
    }

    [Fact]
    public async Task AnInterruptIsKeptForTheNextManagedWait()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        using var stop = new CancellationTokenSource();
        Thread? thread = null;
        Task<bool> waiting = Support.OnThread(() =>
        {
            thread = Thread.CurrentThread;
            Assert.Throws<OperationCanceledException>(() => region.Wait(stop.Token));
            Assert.Throws<ThreadInterruptedException>(() => Thread.Sleep(1));
            return true;
        });
        Support.UntilWaiting(region);
        thread!.Interrupt();
        Assert.False(waiting.Wait(20));
        stop.Cancel();
        Assert.True(await waiting);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(15)]
    public void ASignalEndsAProcessThatWaits(int signal)
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        using Child child = Child.Ready("wait", region.Name);
        Support.UntilWaiting(region);
        child.Signal(signal);
        Assert.Equal(128 + signal, child.End().Code);
        Assert.Equal(1, region.Info.ParticipantsAlive);
    }

    [Fact]
    public void ControlCCancelsAWait()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        using Child child = Child.Ready("signal", region.Name);
        Support.UntilWaiting(region);
        var clock = Stopwatch.StartNew();
        child.Signal(2);
        child.Says("canceled");
        // With the console's own way from the signal to its handler.
        Assert.InRange(clock.ElapsedMilliseconds, 0, 2 * Support.SoonMilliseconds);
        Assert.Equal(0, child.End().Code);
    }

    [Fact]
    public async Task GarbageCollectionsDoNotWaitForWaits()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        using var stop = new CancellationTokenSource();
        Task<bool> waiting = Support.OnThread(() => region.Wait(stop.Token));
        Support.UntilWaiting(region);
        var clock = Stopwatch.StartNew();
        GC.Collect();
        Assert.True(clock.ElapsedMilliseconds < 5000);
        Assert.False(waiting.IsCompleted);
        stop.Cancel();
        await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
    }
}
