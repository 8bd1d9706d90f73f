// SPDX-License-Identifier: MIT
using System;

namespace Zinc.Examples;

internal static class Errors
{
    internal static int Run()
    {
        // [section:errors]
        try
        {
            using SharedRegion region = SharedRegion.Open("no-such-region");
        }
        catch (RegionNotFoundException error)   // a ZincException, which is an IOException
        {
            Console.WriteLine(error.Message);   // the region, the reason, the remedy
            Console.WriteLine(error.Status);    // NotFound
            Console.WriteLine(error.Errno);     // 2
        }
        // [end:errors]
        return 0;
    }
}
