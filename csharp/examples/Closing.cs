// SPDX-License-Identifier: MIT
using System;
using System.Threading;

namespace Zinc.Examples;

internal static class Closing
{
    internal static int Run()
    {
        // [section:closing]
        SharedRegion region = SharedRegion.Create("closing", 4096);
        var waiter = new Thread(() =>
        {
            try
            {
                region.Wait();
            }
            catch (ObjectDisposedException error)
            {
                Console.WriteLine(error.Message);
            }
        });
        waiter.Start();
        region.Dispose();   // also from another thread: the wait ends at once
        region.Dispose();   // harmless
        waiter.Join();
        Console.WriteLine(region.Closed);
        // [end:closing]

        // [section:lifetime]
        var options = new RegionOptions { Lifetime = Lifetime.Persistent };
        SharedRegion.Create("results", 4096, options).Dispose();    // the name stays
        using SharedRegion again = SharedRegion.Open("results");
        SharedRegion.Remove("results");                             // and goes
        // [end:lifetime]
        return 0;
    }
}
