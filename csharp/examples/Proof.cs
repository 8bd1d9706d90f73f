// SPDX-License-Identifier: MIT
using System;
using System.Globalization;
using System.IO;
using System.Threading;

namespace Zinc.Examples;

/// <summary>Where an address leads to (adapters/scenarios/README.md, "The proof line").</summary>
internal readonly record struct Proof(ulong Device, ulong Inode, ulong Offset, ulong Frame)
{
    /// <summary>The address of a span's first byte.</summary>
    internal static unsafe ulong AddressOf(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            return (ulong)first; // native memory: nothing moves it
        }
    }

    /// <summary>Which file is mapped at an address, where in it, and on which page frame.</summary>
    internal static Proof Find(ulong address)
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] part = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string[] ends = part[0].Split('-');
            if (address < Hex(ends[0]) || address >= Hex(ends[1]))
            {
                continue;
            }
            string[] device = part[3].Split(':');
            return new Proof(
                Hex(device[0]) << 32 | Hex(device[1]),
                ulong.Parse(part[4], CultureInfo.InvariantCulture),
                Hex(part[2]) + (address - Hex(ends[0])),
                FindFrame(address));
        }
        return default;
    }

    /// <summary>The frame that holds an address, or 0 where that is not shown to us.</summary>
    private static unsafe ulong FindFrame(ulong address)
    {
        // A page that this process has not touched has no frame in its table.
        Volatile.Read(ref *(byte*)address);
        try
        {
            using var pages = File.OpenHandle("/proc/self/pagemap");
            Span<byte> entry = stackalloc byte[8];
            long at = (long)(address / (ulong)Environment.SystemPageSize) * 8;
            return RandomAccess.Read(pages, entry, at) == 8
                ? BitConverter.ToUInt64(entry) & ((1UL << 55) - 1) : 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, null);
}
