// SPDX-License-Identifier: MIT
using System;
using System.Threading;
using System.Threading.Tasks;

namespace Zinc.Examples;

internal static class Async
{
    // [section:follow]
    private static async Task Follow(string name, CancellationToken stop)
    {
        using SharedRegion region = SharedRegion.Open(name);
        await foreach (SharedRegion _ in region.Notifications(stop))
        {
            byte value = region.Bytes()[0];
            Console.WriteLine($"value {value}");
            if (value == 3)
            {
                return;
            }
        }
    }
    // [end:follow]

    internal static async Task<int> Run()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using SharedRegion region = SharedRegion.Create("ticks", 4096);
        Task following = Follow("ticks", stop.Token);
        for (byte value = 1; value <= 3; value++)
        {
            region.Bytes()[0] = value;
            region.Notify();
            await Task.Delay(50);
        }
        await following;
        // [section:await]
        bool came = await region.WaitAsync(1000);   // True: a handle sees its own, too
        came |= await region.WaitAsync(TimeSpan.FromMilliseconds(10), stop.Token);
        Console.WriteLine(came);
        // [end:await]
        return 0;
    }
}
