// SPDX-License-Identifier: MIT
// [section:first]
using System;
using System.Text;
using Zinc;

// [end:first]
namespace Zinc.Examples;

internal static class FirstLines
{
    internal static int Run()
    {
        // [section:create]
        using SharedRegion region = SharedRegion.Create("frames", 1 << 20);
        "hello"u8.CopyTo(region.Bytes());
        region.Notify();
        // [end:create]
        Read();
        return 0;
    }

    private static void Read()
    {
        // [section:open]
        using SharedRegion region = SharedRegion.Open("frames");
        if (region.Wait(1000))
        {
            Console.WriteLine(Encoding.UTF8.GetString(region.Bytes()[..5]));
        }
        // [end:open]
    }
}
