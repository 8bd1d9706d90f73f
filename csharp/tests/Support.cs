// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

// Threads are counted, and collections forced: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Zinc.Tests;

internal static class Support
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits end within 100 ms of a cancellation; the rest is what a machine with other
    /// work to do may take to run a thread.</summary>
    internal const int SoonMilliseconds = 100 + 400;

    private static int _last;

    /// <summary>A name that no other test, and no other run, uses.</summary>
    internal static string Name([CallerMemberName] string test = "")
    {
        string kind = test.Length > 60 ? test[..60] : test;
        return $"{kind}.{Environment.ProcessId}.{Interlocked.Increment(ref _last)}";
    }

    /// <summary>The file of a region of this domain.</summary>
    internal static string FileOf(string name)
    {
        DoctorFacts facts = SharedRegion.Doctor();
        string prefix = facts.Domain.Length > 0 ? $"zinc_{facts.Domain}@" : "zinc_";
        return Path.Combine(facts.Directory, prefix + name);
    }

    internal static int Threads() => Directory.GetDirectories("/proc/self/task").Length;

    /// <summary>Wait until something holds, or fail.</summary>
    internal static void Until(Func<bool> holds, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(clock.Elapsed < Patience, what);
            Thread.Sleep(1);
        }
    }

    /// <summary>A thread in a wait on this region, that says when it is inside.</summary>
    internal static void UntilWaiting(SharedRegion region, int waiters = 1) =>
        Until(() => region.Info.Waiters >= waiters, "nobody waits");

    internal static void Collect()
    {
        for (int turn = 0; turn < 5; turn++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>Run on a thread of its own; the task ends with it.</summary>
    internal static Task<T> OnThread<T>(Func<T> body)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                done.SetResult(body());
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        }) { IsBackground = true }.Start();
        return done.Task;
    }

    [DllImport("libc", EntryPoint = "kill")]
    internal static extern int Kill(int process, int signal);
}

/// <summary>Another process. Disposing kills it.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    internal Child(string program, string[] arguments, Dictionary<string, string?>? set = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string? value) in set ?? [])
        {
            start.Environment[name] = value;
        }
        _process = Process.Start(start)!;
    }

    internal static string Here(string program) => Path.Combine(AppContext.BaseDirectory, program);

    internal static Child Run(params string[] arguments) => new(Here("zinc-child"), arguments);

    /// <summary>One that has said "ready".</summary>
    internal static Child Ready(params string[] arguments)
    {
        Child child = Run(arguments);
        child.Says("ready");
        return child;
    }

    internal int Id => _process.Id;

    internal void Says(string expected)
    {
        string? line = Line();
        if (line != expected)
        {
            Assert.Fail(
                $"expected '{expected}', got '{line}': {_process.StandardError.ReadToEnd()}");
        }
    }

    internal string? Line()
    {
        Task<string?> reading = _process.StandardOutput.ReadLineAsync();
        return reading.Wait(Support.Patience)
            ? reading.Result : throw new TimeoutException("the child says nothing");
    }

    internal void Signal(int signal) => Assert.Equal(0, Support.Kill(Id, signal));

    internal void CloseInput() => _process.StandardInput.Close();

    /// <summary>Its exit code, and what it wrote since.</summary>
    internal (int Code, string Output, string Errors) End()
    {
        Task<string> output = _process.StandardOutput.ReadToEndAsync();
        Task<string> errors = _process.StandardError.ReadToEndAsync();
        Assert.True(_process.WaitForExit(Support.Patience), "the child does not end");
        return (_process.ExitCode, output.Result, errors.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }
}
