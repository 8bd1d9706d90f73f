// SPDX-License-Identifier: MIT
using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Zinc.Examples;

internal static class Bytes
{
    // [section:header]
    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public int Width;
        public int Height;
        public long Count;
    }
    // [end:header]

    internal static int Run()
    {
        using SharedRegion region = SharedRegion.Create(
            "bytes", 4096, new RegionOptions { MaxCapacity = 1 << 20 });
        // [section:bytes]
        Span<byte> bytes = region.Bytes();              // all bytes, no copy
        bytes[..4].Fill(1);
        Span<byte> window = region.Bytes(1024, 64);     // 64 bytes from offset 1024
        window.Clear();
        Span<float> samples = region.As<float>(256, 100); // aligned and in bounds, or an exception
        samples[0] = 23.5f;
        ref Header header = ref region.As<Header>(64, 1)[0];
        header.Width = 640;
        Interlocked.Increment(ref header.Count);        // atomic for all processes
        // [end:bytes]

        // [section:memory]
        Memory<byte> kept = region.Memory(256, 400);    // owns its bytes
        region.Dispose();                               // name and participation go here
        Console.WriteLine(MemoryMarshal.Cast<byte, float>(kept.Span)[0]);
        // [end:memory]

        // [section:grow]
        var options = new RegionOptions { MaxCapacity = 1 << 20 };
        using SharedRegion growing = SharedRegion.Create("growing", 4096, options);
        using SharedRegion other = SharedRegion.Open("growing");
        growing.Grow(65536);                            // in place: no view moves
        Console.WriteLine(other.Capacity);
        // [end:grow]

        // [section:large]
        var large = new RegionOptions { Sparse = true };
        using SharedRegion huge = SharedRegion.Create("huge", 5L << 30, large);
        Span<byte> last = huge.Bytes(huge.Capacity - 4096, 4096);
        last[^1] = 7;
        // [end:large]
        return 0;
    }
}
