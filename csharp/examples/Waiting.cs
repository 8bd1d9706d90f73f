// SPDX-License-Identifier: MIT
using System;
using System.Threading;

namespace Zinc.Examples;

internal static class Waiting
{
    internal static int Run()
    {
        using SharedRegion writer = SharedRegion.Create("waiting", 4096);
        using SharedRegion region = SharedRegion.Open("waiting");
        // [section:wait]
        writer.Notify();
        Console.WriteLine(region.Wait(1000));       // True: what was written before it is visible
        Console.WriteLine(region.Wait(10));         // False: 10 ms have passed
        Console.WriteLine(region.TryWait());        // False: asks, does not wait
        Console.WriteLine(region.Wait(TimeSpan.FromMicroseconds(250)));
        // [end:wait]

        // [section:cancel]
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        try
        {
            while (region.Wait(stop.Token))
            {
                // Look at the bytes.
            }
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("stopped");
        }
        // [end:cancel]
        return 0;
    }
}
