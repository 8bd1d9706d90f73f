// SPDX-License-Identifier: MIT
// The program "peer" of adapters/scenarios/README.md, in C#: one side of one scenario.
using System;
using System.Runtime.InteropServices;

namespace Zinc.Examples;

internal static class Peer
{
    private const int PatienceMilliseconds = 10_000;

    internal static int Run(string[] arguments)
    {
        try
        {
            string name = arguments[2];
            Action<string> play = (arguments[0], arguments[1]) switch
            {
                ("relay", "first") => RelayFirst,
                ("relay", "second") => RelaySecond,
                ("tensor", "first") => TensorFirst,
                ("tensor", "second") => TensorSecond,
                ("grow", "first") => GrowFirst,
                ("grow", "second") => GrowSecond,
                ("death", "first") => DeathFirst,
                ("death", "second") => DeathSecond,
                _ => throw new ArgumentException("peer SCENARIO ROLE NAME"),
            };
            play(name);
            Console.WriteLine("done");
            return 0;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine($"peer (C#): {error.Message}");
            return 1;
        }
    }

    private static void Expect(bool asStated, string what)
    {
        if (!asStated)
        {
            throw new InvalidOperationException(what);
        }
    }

    private static void Wait(SharedRegion region) =>
        Expect(region.Wait(PatienceMilliseconds), "no notification came");

    /// <summary>A handle sees its own notification, too: so that the next wait is for the other
    /// side's.</summary>
    private static void NotifyAndTake(SharedRegion region)
    {
        region.Notify();
        Expect(region.TryWait(), "a handle does not see its own notification");
    }

    /// <summary>Waits, again and again, until another process has stored a value in a byte.
    /// </summary>
    private static void WaitForByte(SharedRegion region, int index, byte value)
    {
        while (region.Bytes(index, 1)[0] != value)
        {
            Wait(region);
        }
    }

    private static void Prove(SharedRegion region, ReadOnlySpan<byte> view)
    {
        ulong address = Proof.AddressOf(view);
        Proof found = Proof.Find(address);
        Console.WriteLine($"proof {(ulong)region.Address} {address} {found.Device} {found.Inode} "
            + $"{found.Offset} {found.Frame}");
    }

    // ---- relay ----------------------------------------------------------------------------------

    private static void RelayFirst(string name)
    {
        using SharedRegion region = SharedRegion.Create(name, 4096);
        Span<byte> bytes = region.Bytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(7 * i + 3);
        }
        NotifyAndTake(region);
        Prove(region, bytes);
        Console.WriteLine("ready");
        Wait(region);
        for (int i = 0; i < bytes.Length; i++)
        {
            Expect(bytes[i] == 255 - (byte)(7 * i + 3), $"byte {i} of the answer is {bytes[i]}");
        }
    }

    private static void RelaySecond(string name)
    {
        using SharedRegion region = SharedRegion.Open(name);
        Span<byte> bytes = region.Bytes();
        Prove(region, bytes);
        Wait(region); // a fresh handle sees the last notification
        for (int i = 0; i < bytes.Length; i++)
        {
            Expect(bytes[i] == (byte)(7 * i + 3), $"byte {i} is {bytes[i]}");
            bytes[i] = (byte)(255 - bytes[i]);
        }
        region.Notify();
    }

    // ---- tensor ---------------------------------------------------------------------------------

    [StructLayout(LayoutKind.Sequential)]
    private record struct Record(
        sbyte I8, byte U8, short I16, ushort U16, int I32, uint U32, long I64, ulong U64, float F32,
        byte Yes, double F64)
    {
        internal readonly Record Turned() => new(
            (sbyte)~I8, (byte)~U8, (short)~I16, (ushort)~U16, ~I32, ~U32, ~I64, ~U64, -F32, 0,
            -F64);
    }

    private const int RecordOffset = 49152;

    private static readonly Record Stated = new(
        -100, 200, -30000, 60000, -2000000000, 4000000000, -9007199254740993, 18446744073709551557,
        0.1f, 1, 0.1);

    private static void Store(SharedRegion region, Record record)
    {
        region.Bytes(RecordOffset, 48).Clear(); // the gaps are stated, too
        region.As<Record>(RecordOffset, 1)[0] = record;
    }

    private static long Sum(ReadOnlySpan<float> elements)
    {
        double sum = 0;
        foreach (float element in elements)
        {
            sum += element;
        }
        return (long)sum;
    }

    private static void TensorFirst(string name)
    {
        using SharedRegion region = SharedRegion.Create(name, 65536);
        Span<float> tensor = region.As<float>(0, 4 * 3 * 32 * 32);
        for (int k = 0; k < tensor.Length; k++)
        {
            tensor[k] = 0.25f * k - 100;
        }
        Store(region, Stated);
        NotifyAndTake(region);
        Prove(region, region.Bytes());
        Console.WriteLine("ready");
        Wait(region);
        Console.WriteLine($"sum {Sum(tensor)}");
        Record found = region.As<Record>(RecordOffset, 1)[0];
        Expect(found == Stated.Turned(), $"the record is {found}");
    }

    private static void TensorSecond(string name)
    {
        using SharedRegion region = SharedRegion.Open(name);
        Prove(region, region.Bytes());
        Wait(region);
        Span<float> tensor = region.As<float>(0, 4 * 3 * 32 * 32);
        Console.WriteLine($"sum {Sum(tensor)}");
        Record found = region.As<Record>(RecordOffset, 1)[0];
        Expect(found == Stated, $"the record is {found}");
        foreach (ref float element in tensor)
        {
            element += 1;
        }
        Store(region, found.Turned());
        region.Notify();
    }

    // ---- grow -----------------------------------------------------------------------------------

    private static void GrowFirst(string name)
    {
        var options = new RegionOptions { MaxCapacity = 1_048_576 };
        using SharedRegion region = SharedRegion.Create(name, 4096, options);
        Span<byte> small = region.Bytes();
        small[0] = 1;
        Prove(region, small);
        Console.WriteLine("ready");
        WaitForByte(region, 2, 1);
        region.Grow(1_048_576);
        Span<byte> large = region.Bytes();
        large[^1] = 77;
        small[0] = 2; // the view from before the growth is still one of the same bytes
        region.Notify();
        WaitForByte(region, 1, 3);
        Expect(large[^2] == 78, $"the last byte but one is {large[^2]}");
    }

    private static void GrowSecond(string name)
    {
        using SharedRegion region = SharedRegion.Open(name);
        Span<byte> small = region.Bytes();
        Prove(region, small);
        Console.WriteLine($"capacity {region.Capacity}");
        small[2] = 1;
        region.Notify();
        WaitForByte(region, 0, 2);
        Console.WriteLine($"capacity {region.Capacity}");
        Span<byte> large = region.Bytes();
        Expect(large[^1] == 77, $"the last byte is {large[^1]}");
        large[^2] = 78;
        small[1] = 3;
        region.Notify();
    }

    // ---- death ----------------------------------------------------------------------------------

    private static void DeathFirst(string name)
    {
        using SharedRegion region = SharedRegion.Create(name, 4096);
        region.Bytes()[0] = 42;
        region.Notify();
        Prove(region, region.Bytes());
        Console.WriteLine("ready");
        while (true)
        {
            Wait(region);
        }
    }

    private static void DeathSecond(string name)
    {
        using (SharedRegion region = SharedRegion.Open(name))
        {
            Span<byte> bytes = region.Bytes();
            Prove(region, bytes);
            Wait(region);
            Expect(bytes[0] == 42, $"byte 0 is {bytes[0]}");
            Expect(region.Info.IsCreatorAlive, "the creator counts as dead");
            Console.WriteLine("alive");
            long begin = Environment.TickCount64;
            while (region.Info.IsCreatorAlive)
            {
                Expect(Environment.TickCount64 - begin < PatienceMilliseconds,
                    "the creator counts as alive for too long");
                region.Wait(50);
            }
            Expect(bytes[0] == 42, $"byte 0 is {bytes[0]} after the death");
            Console.WriteLine("dead");
        }
        try
        {
            SharedRegion.Open(name).Dispose();
            Expect(false, "the name is still there");
        }
        catch (RegionNotFoundException)
        {
            Console.WriteLine("gone");
        }
        using SharedRegion anew = SharedRegion.Create(name, 8192);
        Expect(anew.Bytes().IndexOfAnyExcept((byte)0) < 0, "a byte of the new region is not 0");
        Console.WriteLine("again");
    }
}
