// SPDX-License-Identifier: MIT
// What the border costs, as one line of JSON (docs/extending.md): zinc-bench LIBRARY, where LIBRARY
// holds a C function that does nothing. Pairs are measured in alternation.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Zinc.Bench;

internal static partial class Program
{
    private const int Repeats = 201;
    private const int SumRepeats = 31;

    // Short enough that most repeats are not interrupted on a machine with other work to do.
    private const int Calls = 20_000;
    private const int Rounds = 20_000;
    private const int Floats = 100_000_000 / sizeof(float);

    [LibraryImport("zincbare")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    [SuppressGCTransition] // as zinc_capacity
    private static partial nuint zinc_bare(nint region);

    private static void Main(string[] arguments)
    {
        NativeLibrary.SetDllImportResolver(
            typeof(Program).Assembly, (_, _, _) => NativeLibrary.Load(arguments[0]));
        string name = $"bench-{Environment.ProcessId}";
        using SharedRegion region = SharedRegion.Create(name, Floats * (long)sizeof(float));
        var own = new float[Floats];
        Span<float> view = region.As<float>();
        for (int index = 0; index < Floats; index++)
        {
            own[index] = view[index] = index % 1000 * 0.5f;
        }
        var call = new List<double>();
        var bare = new List<double>();
        var notify = new List<double>();
        var sumView = new List<double>();
        var sumOwn = new List<double>();
        for (int repeat = -50; repeat < Repeats; repeat++)
        {
            Take(call, repeat, () => Capacity(region) / Calls * 1e9);
            Take(bare, repeat, () => Bare() / Calls * 1e9);
            Take(notify, repeat, () => Notify(region) / Calls * 1e9);
        }
        for (int repeat = -2; repeat < SumRepeats; repeat++)
        {
            Take(sumView, repeat, () => Timed(() => Sum(region.As<float>())));
            Take(sumOwn, repeat, () => Timed(() => Sum(own)));
        }
        double roundTrip = RoundTrip(name + "-echo");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{{\"language\": \"C#\", \"call_ns\": {Median(call):F2}"
            + $", \"bare_ns\": {Median(bare):F2}, \"notify_ns\": {Median(notify):F2}"
            + $", \"round_trip_ns\": {roundTrip:F0}"
            + $", \"sum_view_s\": {Median(sumView):F5}, \"sum_own_s\": {Median(sumOwn):F5}}}"));
    }

    /// <summary>Rounds below 0 warm up.</summary>
    private static void Take(List<double> into, int repeat, Func<double> measure)
    {
        double value = measure();
        if (repeat >= 0)
        {
            into.Add(value);
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static double Timed(Func<float> body)
    {
        long begin = Stopwatch.GetTimestamp();
        float sum = body();
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return sum > 0 ? seconds : throw new InvalidOperationException("the sum is wrong");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Sum(ReadOnlySpan<float> elements)
    {
        float sum = 0;
        foreach (float element in elements)
        {
            sum += element;
        }
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Capacity(SharedRegion region)
    {
        long begin = Stopwatch.GetTimestamp();
        for (int turn = 0; turn < Calls; turn++)
        {
            _ = region.Capacity;
        }
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Bare()
    {
        long begin = Stopwatch.GetTimestamp();
        for (int turn = 0; turn < Calls; turn++)
        {
            _ = zinc_bare(1);
        }
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Notify(SharedRegion region)
    {
        long begin = Stopwatch.GetTimestamp();
        for (int turn = 0; turn < Calls; turn++)
        {
            region.Notify();
        }
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>Nanoseconds of a notification and its answer by a C program, the median.</summary>
    private static double RoundTrip(string name)
    {
        using SharedRegion region = SharedRegion.Create(name, 4096);
        using SharedRegion back = SharedRegion.Create(name + "-back", 4096);
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("ZINC_ECHO")!, [name])
        {
            RedirectStandardOutput = true,
        };
        using Process echo = Process.Start(start)!;
        if (echo.StandardOutput.ReadLine() != "ready")
        {
            throw new InvalidOperationException("the echo program is not ready");
        }
        var ticks = new long[Rounds];
        for (int round = -1000; round < Rounds; round++)
        {
            long begin = Stopwatch.GetTimestamp();
            region.Notify();
            if (!back.Wait(10_000))
            {
                throw new InvalidOperationException("no echo");
            }
            if (round >= 0)
            {
                ticks[round] = Stopwatch.GetTimestamp() - begin;
            }
        }
        region.Bytes()[0] = 1;
        region.Notify();
        echo.WaitForExit();
        Array.Sort(ticks);
        return ticks[Rounds / 2] * (1e9 / Stopwatch.Frequency);
    }
}
