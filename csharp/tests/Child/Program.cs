// SPDX-License-Identifier: MIT
// What the tests do in another process: the first argument says what.
using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Zinc.OtherProcess;

internal static class Program
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static async Task<int> Main(string[] arguments)
    {
        string name = arguments.Length > 1 ? arguments[1] : "";
        switch (arguments[0])
        {
            case "version":
                return Version();
            case "hold":
                return Hold(SharedRegion.Open(name));
            case "create":
                return Hold(SharedRegion.Create(name, 4096));
            case "answer":
                return Answer(name);
            case "wait":
                return Wait(name);
            case "signal":
                return Signal(name);
            case "leak":
                return Leak(name);
            case "relief":
                return Relief(name);
            case "exit":
                return await Exit(name);
            default:
                return 2;
        }
    }

    /// <summary>Which library was found, or why none.</summary>
    private static int Version()
    {
        try
        {
            string path = ZincVersion.LibraryPath; // the very first call of the process
            Console.WriteLine($"{ZincVersion.Release} {path}");
            return 0;
        }
        catch (DllNotFoundException error)
        {
            Console.WriteLine(error.Message);
            return 3;
        }
    }

    /// <summary>Keep a region until standard input ends.</summary>
    private static int Hold(SharedRegion region)
    {
        using (region)
        {
            Console.WriteLine("ready");
            Console.In.ReadToEnd();
        }
        return 0;
    }

    /// <summary>Answer each notification by one, with the byte that came plus 1.</summary>
    private static int Answer(string name)
    {
        using SharedRegion region = SharedRegion.Open(name);
        Console.WriteLine("ready");
        while (region.Wait(Patience))
        {
            if (region.Bytes()[0] == 255)
            {
                return 0;
            }
            region.Bytes()[1] = (byte)(region.Bytes()[0] + 1);
            region.Notify();
        }
        return 1;
    }

    /// <summary>Wait for ever: a signal ends the process as it would any other.</summary>
    private static int Wait(string name)
    {
        using SharedRegion region = SharedRegion.Open(name);
        region.TryWait();
        Console.WriteLine("ready");
        region.Wait();
        return 0;
    }

    /// <summary>A Ctrl-C that cancels.</summary>
    private static int Signal(string name)
    {
        using SharedRegion region = SharedRegion.Open(name);
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        region.TryWait();
        Console.WriteLine("ready");
        try
        {
            region.Wait(Patience, stop.Token);
            return 1;
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("canceled");
            return 0;
        }
    }

    /// <summary>One handle collected, one left open, one disposed.</summary>
    private static int Leak(string name)
    {
        Drop(name + "-collected");
        for (int turn = 0; turn < 10; turn++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        SharedRegion.Create(name + "-disposed", 4096).Dispose();
        SharedRegion open = SharedRegion.Create(name + "-open", 4096);
        Console.WriteLine("done");
        GC.KeepAlive(open);
        open.Unlink();
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(string name) => SharedRegion.Create(name, 4096).TryWait();

    /// <summary>Fill a small file system again and again with regions whose views are dropped.
    /// </summary>
    private static int Relief(string name)
    {
        for (int turn = 0; turn < 10; turn++)
        {
            Fill(name);
        }
        try
        {
            SharedRegion.Create(name, 64 << 20).Dispose();
            return 1;
        }
        catch (ZincException error)
        {
            Console.WriteLine(error.Status);
            return 0;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fill(string name)
    {
        using SharedRegion region = SharedRegion.Create(name, 5 << 20);
        region.Memory().Span.Fill(1);
    }

    /// <summary>End while threads and tasks wait and notify.</summary>
    private static async Task<int> Exit(string name)
    {
        SharedRegion region = SharedRegion.Open(name);
        new Thread(() => region.Wait()) { IsBackground = true }.Start();
        new Thread(() =>
        {
            while (true)
            {
                region.Notify();
            }
        }) { IsBackground = true }.Start();
        Task<bool> waiting = region.WaitAsync();
        await Task.Delay(50);
        GC.KeepAlive(waiting);
        return 0;
    }
}
