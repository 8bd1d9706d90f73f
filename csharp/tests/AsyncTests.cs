// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Zinc.Tests;

public sealed class AsyncTests
{
    private const int ExtraThreads = 8;

    [Fact]
    public async Task TrueWhenNotifiedFalseWhenTimeRanOut()
    {
        using SharedRegion writer = SharedRegion.Create(Support.Name(), 4096);
        using SharedRegion reader = SharedRegion.Open(writer.Name);
        Assert.False(await reader.WaitAsync(0));
        Assert.False(await reader.WaitAsync(20));
        Assert.False(await reader.WaitAsync(TimeSpan.FromMilliseconds(5)));
        Task<bool> waiting = reader.WaitAsync();
        Assert.False(waiting.IsCompleted);
        writer.Notify();
        Assert.True(await waiting);
        writer.Notify();
        Assert.True(await reader.WaitAsync(Timeout.Infinite));
        writer.Notify();
        Assert.True(await reader.WaitAsync(Timeout.InfiniteTimeSpan));
        writer.Notify();
        Assert.True(await reader.WaitAsync(0));
    }

    [Fact]
    public async Task ATokenEndsAWaitSoon()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        using var stop = new CancellationTokenSource();
        Task<bool> waiting = region.WaitAsync(stop.Token);
        await Task.Delay(20);
        Assert.False(waiting.IsCompleted);
        var clock = Stopwatch.StartNew();
        stop.Cancel();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.InRange(clock.ElapsedMilliseconds, 0, Support.SoonMilliseconds);
        Assert.Equal(stop.Token, error.CancellationToken);
        Assert.True(waiting.IsCanceled);
    }

    [Fact]
    public async Task AThousandWaitsOnOneRegion()
    {
        using SharedRegion writer = SharedRegion.Create(Support.Name(), 4096);
        await Warm(writer);
        using SharedRegion reader = SharedRegion.Open(writer.Name);
        Assert.True(reader.TryWait()); // the last one from before
        int before = Support.Threads();
        Task<bool>[] waits =
            [.. Enumerable.Range(0, 1000).Select(_ => reader.WaitAsync(Support.Patience))];
        int during = Support.Threads();
        Assert.DoesNotContain(waits, wait => wait.IsCompleted);
        writer.Notify();
        Assert.All(await Task.WhenAll(waits), Assert.True);
        Assert.InRange(during - before, 0, ExtraThreads);
        Assert.InRange(Support.Threads() - before, -100, ExtraThreads);
    }

    [Fact]
    public async Task TenWaitsOnEachOfAHundredRegions()
    {
        string name = Support.Name();
        SharedRegion[] writers =
            [.. Enumerable.Range(0, 100).Select(i => SharedRegion.Create($"{name}-{i}", 4096))];
        await Warm(writers[0]);
        SharedRegion[] readers = [.. writers.Select(writer => SharedRegion.Open(writer.Name))];
        Assert.True(readers[0].TryWait()); // the last one from before
        int before = Support.Threads();
        Task<bool>[][] waits =
        [
            .. readers.Select(reader => Enumerable.Range(0, 10)
                .Select(_ => reader.WaitAsync(Support.Patience)).ToArray()),
        ];
        int during = Support.Threads();
        for (int i = 0; i < 100; i += 2)
        {
            writers[i].Notify();
        }
        for (int i = 0; i < 100; i += 2)
        {
            Assert.All(await Task.WhenAll(waits[i]), Assert.True);
        }
        Assert.DoesNotContain(waits.Where((_, i) => i % 2 == 1).SelectMany(all => all),
            wait => wait.IsCompleted);
        for (int i = 1; i < 100; i += 2)
        {
            writers[i].Notify();
            Assert.All(await Task.WhenAll(waits[i]), Assert.True);
        }
        Assert.InRange(during - before, 0, ExtraThreads);
        foreach (SharedRegion region in writers.Concat(readers))
        {
            region.Dispose();
        }
    }

    [Fact]
    public async Task AThousandCancellations()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        using var stop = new CancellationTokenSource();
        Task<bool>[] waits =
            [.. Enumerable.Range(0, 1000).Select(_ => region.WaitAsync(stop.Token))];
        stop.Cancel();
        foreach (Task<bool> wait in waits)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        }
        Assert.Equal(0, region.Info.Waiters);
    }

    [Fact]
    public async Task ContinuationsMayBlockAndWaitAgain()
    {
        using SharedRegion writer = SharedRegion.Create(Support.Name(), 4096);
        using SharedRegion first = SharedRegion.Open(writer.Name);
        using SharedRegion second = SharedRegion.Open(writer.Name);
        var release = new ManualResetEventSlim();
        Task blocked = first.WaitAsync().ContinueWith(
            _ => release.Wait(Support.Patience), TaskContinuationOptions.ExecuteSynchronously);
        Task<bool> free = second.WaitAsync();
        writer.Notify();
        Assert.True(await free); // although a continuation of the other blocks
        writer.Notify();
        Assert.True(await second.WaitAsync(Support.Patience));
        release.Set();
        await blocked;
    }

    [Fact]
    public async Task NotificationsComeOneByOneAndEndWithTheHandle()
    {
        using SharedRegion writer = SharedRegion.Create(Support.Name(), 4096);
        SharedRegion reader = SharedRegion.Open(writer.Name);
        var seen = new List<byte>();
        Task loop = Task.Run(async () =>
        {
            await foreach (SharedRegion region in reader.Notifications())
            {
                Assert.Same(reader, region);
                lock (seen)
                {
                    seen.Add(region.Bytes()[0]);
                }
            }
        });
        for (byte value = 1; value <= 3; value++)
        {
            writer.Bytes()[0] = value;
            writer.Notify();
            byte expected = value;
            Support.Until(() => { lock (seen) { return seen.Contains(expected); } }, "not seen");
        }
        reader.Dispose();
        await loop.WaitAsync(Support.Patience);
        Assert.Equal([1, 2, 3], seen.Distinct());
    }

    [Fact]
    public async Task NotificationsEndWithTheToken()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        using var stop = new CancellationTokenSource(30);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (SharedRegion _ in region.Notifications(stop.Token))
            {
                Assert.Fail("nobody notified");
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (SharedRegion _ in region.Notifications().WithCancellation(stop.Token))
            {
                Assert.Fail("nobody notified");
            }
        });
    }

    [Fact]
    public async Task WaitsMayBeMadeAndEndedByManyThreads()
    {
        using SharedRegion writer = SharedRegion.Create(Support.Name(), 4096);
        using SharedRegion reader = SharedRegion.Open(writer.Name);
        using var stop = new CancellationTokenSource();
        Task notifying = Support.OnThread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                writer.Notify();
                Thread.Sleep(1);
            }
            return true;
        });
        var random = new Random(7);
        int[] delays = [.. Enumerable.Range(0, 400).Select(_ => random.Next(0, 4))];
        int[] ends = new int[3];
        await Parallel.ForEachAsync(delays, async (delay, _) =>
        {
            using var one = new CancellationTokenSource(delay);
            try
            {
                bool came = await reader.WaitAsync(delay, one.Token);
                Interlocked.Increment(ref ends[came ? 0 : 1]);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref ends[2]);
            }
        });
        stop.Cancel();
        await notifying;
        Assert.Equal(400, ends.Sum());
    }

    /// <summary>The pool's threads and ours exist before they are counted.</summary>
    private static async Task Warm(SharedRegion writer)
    {
        using SharedRegion reader = SharedRegion.Open(writer.Name);
        for (int turn = 0; turn < 20; turn++)
        {
            Task<bool> waiting = reader.WaitAsync(1000);
            writer.Notify();
            await waiting;
            await Task.Run(() => Thread.Sleep(1));
        }
    }
}
