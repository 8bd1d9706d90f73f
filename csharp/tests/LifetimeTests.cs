// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Zinc.Tests;

public sealed class LifetimeTests
{
    [Fact]
    public void ClosingTwiceIsHarmless()
    {
        string name = Support.Name();
        SharedRegion region = SharedRegion.Create(name, 4096);
        region.Dispose();
        region.Dispose();
        Assert.True(region.Closed);
        Assert.Equal(name, region.Name);
        Assert.Equal($"SharedRegion '{name}' closed", region.ToString());
        Assert.False(File.Exists(Support.FileOf(name)));
    }

    public static TheoryData<string> Members() =>
        [.. Uses.Keys];

    private static readonly Dictionary<string, Action<SharedRegion>> Uses = new()
    {
        ["Bytes"] = region => region.Bytes(),
        ["BytesWindow"] = region => region.Bytes(0, 1),
        ["ReadOnlyBytes"] = region => region.ReadOnlyBytes(),
        ["ReadOnlyBytesWindow"] = region => region.ReadOnlyBytes(0, 1),
        ["As"] = region => region.As<int>(),
        ["AsWindow"] = region => region.As<int>(0, 1),
        ["AsReadOnly"] = region => region.AsReadOnly<int>(),
        ["AsReadOnlyWindow"] = region => region.AsReadOnly<int>(0, 1),
        ["Memory"] = region => region.Memory(),
        ["MemoryWindow"] = region => region.Memory(0, 1),
        ["MemoryElements"] = region => region.Memory<int>(0, 1),
        ["ReadOnlyMemory"] = region => region.ReadOnlyMemory(),
        ["ReadOnlyMemoryWindow"] = region => region.ReadOnlyMemory(0, 1),
        ["Notify"] = region => region.Notify(),
        ["Capacity"] = region => _ = region.Capacity,
        ["Address"] = region => _ = region.Address,
        ["Info"] = region => _ = region.Info,
        ["Grow"] = region => region.Grow(1),
        ["Unlink"] = region => region.Unlink(),
        ["Descriptor"] = region => region.Descriptor(),
        ["Send"] = region =>
        {
            using var socket = new System.Net.Sockets.Socket(
                System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
            region.Send(socket);
        },
        ["Wait"] = region => region.Wait(),
        ["WaitMilliseconds"] = region => region.Wait(1),
        ["WaitTimeSpan"] = region => region.Wait(TimeSpan.FromSeconds(1)),
        ["TryWait"] = region => region.TryWait(),
        ["WaitToken"] = region => region.Wait(new CancellationTokenSource().Token),
        ["WaitAsync"] = region => region.WaitAsync().GetAwaiter().GetResult(),
        ["WaitAsyncMilliseconds"] = region => region.WaitAsync(1).GetAwaiter().GetResult(),
        ["WaitAsyncZero"] = region => region.WaitAsync(0).GetAwaiter().GetResult(),
        ["Notifications"] = region => region.Notifications(),
    };

    [Theory]
    [MemberData(nameof(Members))]
    public void UseAfterCloseSaysClosed(string member)
    {
        SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        region.Dispose();
        var error = Assert.Throws<ObjectDisposedException>(() => Uses[member](region));
        Assert.Contains("closed", error.Message);
        Assert.Contains(region.Name, error.Message);
    }

    [Fact]
    public void EveryMemberIsTriedAfterClose()
    {
        IEnumerable<string> members = typeof(SharedRegion)
            .GetMembers().Where(member => member.DeclaringType == typeof(SharedRegion))
            .Where(member => member is System.Reflection.PropertyInfo
                or System.Reflection.MethodInfo { IsStatic: false, IsSpecialName: false })
            .Select(member => member.Name).Distinct();
        string[] harmless = ["Dispose", "Closed", "Name", "ToString"];
        Assert.All(members.Except(harmless), member =>
            Assert.Contains(Uses.Keys, use => use.StartsWith(member, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ClosingEndsWaitsOfOtherThreads()
    {
        SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        Task<bool>[] waits =
        [
            Support.OnThread(() => region.Wait()),
            Support.OnThread(() => region.Wait(Support.Patience)),
            Support.OnThread(() => region.Wait(new CancellationTokenSource().Token)),
            region.WaitAsync(),
            region.WaitAsync(Support.Patience),
        ];
        Support.UntilWaiting(region, 3);
        var clock = Stopwatch.StartNew();
        region.Dispose();
        foreach (Task<bool> wait in waits)
        {
            var error = await Assert.ThrowsAsync<ObjectDisposedException>(() => wait);
            Assert.Contains("closed", error.Message);
        }
        Assert.InRange(clock.ElapsedMilliseconds, 0, Support.SoonMilliseconds);
    }

    [Fact]
    public void AHandleThatIsDroppedIsClosed()
    {
        string name = Support.Name();
        DropUnused(name);
        Assert.True(File.Exists(Support.FileOf(name)));
        Support.Until(
            () => { Support.Collect(); return !File.Exists(Support.FileOf(name)); }, "it stays");
    }

    [Fact]
    public unsafe void ADroppedHandleKeepsWhatItLent()
    {
        string name = Support.Name();
        byte* borrowed = Drop(name);
        Support.Until(
            () => { Support.Collect(); return !File.Exists(Support.FileOf(name)); }, "it stays");
        Assert.Equal(123, *borrowed);
        *borrowed = 124;
        Assert.Equal(124, *borrowed);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropUnused(string name) => SharedRegion.Create(name, 4096).Notify();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe byte* Drop(string name)
    {
        SharedRegion region = SharedRegion.Create(name, 4096);
        fixed (byte* first = region.Bytes())
        {
            *first = 123;
            return first;
        }
    }

    [Fact]
    public void AMemoryKeepsItsBytesWhenTheHandleIsDropped()
    {
        Memory<byte> kept = DropAndKeep();
        Support.Collect();
        Assert.Equal(31, kept.Span[0]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Memory<byte> DropAndKeep()
    {
        SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        region.Bytes()[0] = 31;
        return region.Memory();
    }

    [Fact]
    public void AHandleThatIsDroppedAfterAnAsyncWaitIsClosed()
    {
        string name = Support.Name();
        Support.OnThread(() => WaitAndDrop(name)).Wait();
        Support.Until(
            () => { Support.Collect(); return !File.Exists(Support.FileOf(name)); }, "it stays");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool WaitAndDrop(string name)
    {
        SharedRegion region = SharedRegion.Create(name, 4096);
        Task<bool> wait = region.WaitAsync();
        region.Notify();
        return wait.Result;
    }

    /// <summary>Brings its region back when it is finalized, as the region then also is.</summary>
    private sealed class Keeper(SharedRegion region)
    {
        internal static SharedRegion? Saved { get; private set; }

        ~Keeper() => Saved = region;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void DropWithKeeper(string name) =>
        _ = new Keeper(SharedRegion.Create(name, 4096));

    [Fact]
    public void AHandleThatAFinalizerBringsBackIsClosed()
    {
        string name = Support.Name();
        DropWithKeeper(name);
        Support.Until(
            () => { Support.Collect(); return !File.Exists(Support.FileOf(name)); }, "it stays");
        SharedRegion region = Keeper.Saved!;
        Assert.True(region.Closed);
        Assert.Throws<ObjectDisposedException>(() => region.Bytes());
        Assert.Throws<ObjectDisposedException>(() => region.Notify());
        Assert.Throws<ObjectDisposedException>(() => region.Wait(1));
        region.Dispose();
    }

    [Fact]
    public async Task AHandleIsNotCollectedUnderAWait()
    {
        string name = Support.Name();
        using SharedRegion writer = SharedRegion.Create(name, 4096);
        Task<bool> thread = Support.OnThread(() => SharedRegion.Open(name).Wait(Support.Patience));
        Task<bool> task = OpenAndWait(name);
        Support.UntilWaiting(writer, 1);
        for (int turn = 0; turn < 5; turn++)
        {
            Support.Collect();
        }
        writer.Notify();
        Assert.True(await thread);
        Assert.True(await task);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Task<bool> OpenAndWait(string name) =>
        SharedRegion.Open(name).WaitAsync(Support.Patience);

    [Theory]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void LeaksAreReported(string? set, bool reported)
    {
        string name = Support.Name();
        using var child = new Child(
            Child.Here("zinc-child"), ["leak", name], new() { ["ZINC_DEBUG_LEAKS"] = set });
        (int code, string output, string errors) = child.End();
        Assert.Equal((0, "done\n"), (code, output));
        Assert.DoesNotContain($"'{name}-disposed'", errors);
        Assert.Equal(reported, errors.Contains($"'{name}-collected' was collected without"));
        Assert.Equal(reported, errors.Contains($"'{name}-open' was still open"));
        Assert.Equal(reported, errors.Contains("Program.Drop")); // where it was opened
    }

    [Fact]
    public async Task NothingIsLeftBehind()
    {
        string name = Support.Name();
        int before = 0;
        for (int turn = 0; turn < 120; turn++)
        {
            using (SharedRegion region = SharedRegion.Create(name, 4096))
            using (SharedRegion other = SharedRegion.Open(name))
            {
                region.Notify();
                Assert.True(await other.WaitAsync(1000));
                _ = region.Info;
                region.Descriptor().Dispose();
                _ = region.Memory().Length;
            }
            if (turn == 20)
            {
                before = Descriptors();
            }
        }
        Assert.InRange(Descriptors(), 0, before + 5);
        Assert.False(File.Exists(Support.FileOf(name)));

        static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
    }

    [Fact]
    public void ViewsThatNobodyHasMakeRoomForARegion()
    {
        string folder = Directory.CreateTempSubdirectory("zinc-small-").FullName;
        try
        {
            // A file system of 8 MiB, seen by this one process alone.
            using var child = new Child("unshare",
            [
                "--mount", "--map-root-user", "sh", "-c",
                "mount -t tmpfs -o size=8m none \"$1\" && shift && exec \"$@\"", "sh", folder,
                Child.Here("zinc-child"), "relief", Support.Name(),
            ], new() { ["ZINC_DIR"] = folder });
            (int code, string output, string errors) = child.End();
            if (errors.Contains("not permitted") || errors.Contains("denied"))
            {
                Assert.Skip("mount namespaces are not permitted here");
            }
            Assert.Equal((0, "NoSpace\n", ""), (code, output, errors));
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    [Fact]
    public void AProcessEndsWhileItsThreadsWait()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        for (int turn = 0; turn < 3; turn++)
        {
            using Child child = Child.Run("exit", region.Name);
            (int code, string output, string errors) = child.End();
            Assert.Equal((0, "", ""), (code, output, errors));
        }
        Assert.Equal(1, region.Info.ParticipantsAlive);
    }
}
