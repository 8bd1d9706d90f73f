// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Zinc.Tests;

/// <summary>Closing beside everything else, again and again.</summary>
public sealed class RaceTests
{
    private static readonly Action<SharedRegion>[] Uses =
    [
        region => region.Bytes()[0] = 1,
        region => region.Memory().Span[1] = 1,
        region => region.Notify(),
        region => _ = region.Capacity,
        region => _ = region.Info,
        region => region.Grow(8192),
        region => region.Wait(1),
        region => region.TryWait(),
        region => region.Wait(2, new CancellationTokenSource(1).Token),
        region => region.WaitAsync(1).GetAwaiter().GetResult(),
        region => region.Descriptor().Dispose(),
        region => _ = region.Address,
    ];

    [Fact]
    public void CloseBesideEveryCall()
    {
        string name = Support.Name();
        int closed = 0;
        for (int turn = 0; turn < 150; turn++)
        {
            SharedRegion region = SharedRegion.Create(
                $"{name}.{turn}", 4096, new RegionOptions { MaxCapacity = 65536 });
            using var begin = new Barrier(5);
            Task[] users = [.. Enumerable.Range(0, 4).Select(who => Support.OnThread(() =>
            {
                begin.SignalAndWait();
                try
                {
                    for (int step = 0; ; step++)
                    {
                        try
                        {
                            Uses[(step * 5 + who * 3 + turn) % Uses.Length](region);
                        }
                        catch (OperationCanceledException)
                        {
                            // The token of one of the waits.
                        }
                    }
                }
                catch (ObjectDisposedException)
                {
                    return Interlocked.Increment(ref closed);
                }
            }))];
            begin.SignalAndWait();
            Thread.SpinWait(turn * 100);
            Parallel.Invoke(region.Dispose, region.Dispose);
            Assert.True(Task.WaitAll(users, Support.Patience), "a call does not end");
        }
        Assert.Equal(600, closed);
        Assert.DoesNotContain(SharedRegion.List(), one => one.Name.StartsWith(name));
    }

    [Fact]
    public void CollectionsBesideViewsAndHandles()
    {
        string name = Support.Name();
        using var stop = new CancellationTokenSource(1500);
        Task[] users = [.. Enumerable.Range(0, 3).Select(who => Support.OnThread(() =>
        {
            var kept = new Queue<(Memory<byte> View, byte Value)>();
            byte value = 0;
            while (!stop.IsCancellationRequested)
            {
                value++;
                SharedRegion region = SharedRegion.OpenOrCreate($"{name}.{who}.{value % 8}", 4096);
                region.Bytes(value * 8, 1)[0] = value;
                kept.Enqueue((region.Memory(value * 8, 1), value));
                if (value % 3 != 0)
                {
                    region.Dispose(); // the others are left to the collector
                }
                if (kept.Count > 20)
                {
                    (Memory<byte> view, byte stored) = kept.Dequeue();
                    Assert.Equal(stored, view.Span[0]);
                }
            }
            return true;
        }))];
        while (!stop.IsCancellationRequested)
        {
            GC.Collect();
            Thread.Sleep(1);
        }
        Task.WaitAll(users, TestContext.Current.CancellationToken);
        Support.Until(() =>
        {
            Support.Collect();
            return !SharedRegion.List().Any(one => one.Name.StartsWith(name));
        }, "a dropped handle keeps its name");
    }
}
