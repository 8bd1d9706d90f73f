// SPDX-License-Identifier: MIT
using System;
using System.Buffers;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Zinc.Tests;

public sealed unsafe class BytesTests
{
    private const long Large = 5L << 30;

    [StructLayout(LayoutKind.Sequential)]
    private record struct Sample(int Number, double Value);

    [Fact]
    public void ViewsAreTheCoresAddress()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        fixed (byte* span = region.Bytes(), window = region.Bytes(100, 8))
        {
            Assert.Equal(region.Address, (nint)span);
            Assert.Equal(region.Address + 100, (nint)window);
        }
        using MemoryHandle pin = region.Memory(100, 8).Pin();
        Assert.Equal(region.Address + 100, (nint)pin.Pointer);
    }

    [Fact]
    public void ElementsOfEveryKind()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4100);
        Assert.Equal(4100, region.Bytes().Length);
        Assert.Equal(1025, region.As<float>().Length);
        Assert.Equal(512, region.As<double>().Length); // as many as fit
        region.As<Sample>(16, 2)[1] = new Sample(7, 0.5);
        Assert.Equal(7, region.As<int>(32, 1)[0]);
        Assert.Equal(0.5, region.As<double>(40, 1)[0]);
        region.As<char>(2, 1)[0] = 'ü';
        Assert.Equal(0xfc, region.Bytes()[2]);
        Interlocked.Increment(ref region.As<long>(8, 1)[0]);
        Assert.Equal(1, region.As<long>(8, 1)[0]);
        Assert.Equal(0, region.As<long>(4096, 0).Length);
        Memory<Sample> owned = region.Memory<Sample>(16, 2);
        Assert.Equal(7, owned.Span[1].Number);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(4096, 1)]
    [InlineData(4095, 2)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(long.MinValue, 1)]
    [InlineData(0, int.MaxValue)]
    [InlineData(0, int.MinValue)]
    public void AWindowOutsideIsRefused(long offset, int length)
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        Assert.Throws<ArgumentOutOfRangeException>(() => { region.Bytes(offset, length); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { region.ReadOnlyBytes(offset, length); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { region.Memory(offset, length); });
        Assert.Throws<ArgumentOutOfRangeException>(
            () => { region.ReadOnlyMemory(offset, length); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { region.As<byte>(offset, length); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { region.Memory<byte>(offset, length); });
    }

    [Fact]
    public void AMisalignedElementIsRefused()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        var refused = Assert.Throws<ArgumentException>(() => { region.As<int>(2, 1); });
        Assert.Contains("alignment, 4", refused.Message);
        Assert.Throws<ArgumentException>(() => { region.Memory<double>(4, 1); });
        Assert.Throws<ArgumentException>(() => { region.AsReadOnly<Sample>(4, 1); });
        Assert.Equal(1, region.As<ushort>(2, 1).Length);
    }

    [Fact]
    public void AnEmptyWindowIsOneAnywhereInside()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        foreach (long offset in new long[] { 0, 7, 4096 })
        {
            Assert.Equal(0, region.Bytes(offset, 0).Length);
            Assert.Equal(0, region.Memory(offset, 0).Length);
            Assert.Equal(0, region.ReadOnlyMemory(offset, 0).Span.Length);
        }
        Assert.Equal(0, region.As<Huge>().Length); // as many as fit
    }

    private unsafe struct Huge
    {
        internal fixed byte Bytes[8192];
    }

    [Fact]
    public void ARegionAboveFourGibibytes()
    {
        using SharedRegion region = SharedRegion.Create(
            Support.Name(), Large, new RegionOptions { Sparse = true });
        using SharedRegion other = SharedRegion.Open(region.Name);
        Assert.Equal(Large, other.Capacity);
        Assert.Equal(Large, other.Info.Capacity);
        region.Bytes(0, 1)[0] = 1;
        region.Bytes(Large - 4096, 4096)[4095] = 2;
        Assert.Equal(1, other.Bytes(0, 1)[0]);
        Assert.Equal(2, other.Bytes(Large - 1, 1)[0]);
        Assert.Equal(2, other.Memory(Large - 4, 4).Span[3]);
        Assert.Equal(2, other.AsReadOnly<byte>(Large - 1, 1)[0]);
        Assert.Equal(int.MaxValue, other.Bytes(Large - int.MaxValue, int.MaxValue).Length);
        Assert.Equal((int)(Large / sizeof(double)), other.As<double>().Length);
        OverflowException refused = Assert.Throws<OverflowException>(() => { region.Bytes(); });
        Assert.Contains("windows", refused.Message);
        Assert.Throws<OverflowException>(() => { region.ReadOnlyBytes(); });
        Assert.Throws<OverflowException>(() => { region.Memory(); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { region.Bytes(Large, 1); });
        Assert.Throws<ArgumentOutOfRangeException>(
            () => { region.Memory<double>(Large - int.MaxValue - 1, int.MaxValue); });
    }

    [Fact]
    public void AnOwningViewOutlivesItsHandle()
    {
        string name = Support.Name();
        SharedRegion region = SharedRegion.Create(name, 4096);
        Memory<byte> kept = region.Memory();
        kept.Span[9] = 99;
        region.Dispose();
        Assert.False(File.Exists(Support.FileOf(name))); // name and participation go at once
        Support.Collect();
        Assert.Equal(99, kept.Span[9]);
        kept.Span[10] = 1;
        Assert.Equal(1, kept.Slice(10, 1).ToArray()[0]);
    }

    [Fact]
    public void ABorrowedViewReadsZerosAfterDispose()
    {
        SharedRegion region = SharedRegion.Create(Support.Name(), 8192);
        Span<byte> stale = region.Bytes();
        stale.Fill(7);
        region.Dispose();
        Assert.True(stale.IndexOfAnyExcept((byte)0) < 0);
        stale[0] = 1; // harmless: nobody else has these pages
        Assert.Equal(1, stale[0]);
    }

    [Fact]
    public void TheAddressesOfABorrowedViewAreNotUsedAgain()
    {
        var seen = new System.Collections.Generic.HashSet<nint>();
        for (int turn = 0; turn < 50; turn++)
        {
            using SharedRegion region = SharedRegion.Create(Support.Name(), 65536);
            region.Bytes()[0] = 1;
            Assert.True(seen.Add(region.Address));
        }
    }

    [Fact]
    public void ABorrowedViewIsRetiredWithTheLastMemory()
    {
        nint address = Dropped(out WeakReference view);
        Support.Until(() => { Support.Collect(); return !view.IsAlive; }, "it is not collected");
        Support.Collect();
        Assert.Equal(0, *(byte*)address);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Dropped(out WeakReference view)
    {
        SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        Memory<byte> kept = region.Memory();
        nint address = region.Address;
        region.Dispose();
        kept.Span[0] = 5;
        Assert.Equal(5, *(byte*)address); // the Memory keeps it
        MemoryMarshal.TryGetMemoryManager<byte, MemoryManager<byte>>(kept, out var manager);
        view = new WeakReference(manager);
        return address;
    }

    [Fact]
    public void APinKeepsTheBytes()
    {
        MemoryHandle pin = Pinned(out WeakReference view);
        Support.Collect();
        Assert.Equal(5, *(byte*)pin.Pointer);
        Assert.True(view.IsAlive); // the pin is what holds it
        pin.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MemoryHandle Pinned(out WeakReference view)
    {
        SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        Memory<byte> kept = region.Memory(16, 16);
        kept.Span[3] = 5;
        region.Dispose();
        MemoryMarshal.TryGetMemoryManager<byte, MemoryManager<byte>>(kept, out var manager);
        view = new WeakReference(manager);
        Assert.Throws<ArgumentOutOfRangeException>(() => manager!.Pin(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => manager!.Pin(17));
        return kept[3..].Pin();
    }

    [Fact]
    public void AnOwnerThatIsDisposedIsClosed()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        Memory<byte> memory = region.Memory();
        Assert.True(MemoryMarshal.TryGetMemoryManager<byte, MemoryManager<byte>>(
            memory, out var manager));
        MemoryHandle pin = memory.Pin();
        ((IDisposable)manager!).Dispose();
        ((IDisposable)manager).Dispose();
        Assert.Throws<ObjectDisposedException>(() => { _ = memory.Span; });
        Assert.Throws<ObjectDisposedException>(() => { memory.Pin(); });
        *(byte*)pin.Pointer = 3; // a pin from before keeps it
        pin.Dispose();
        Assert.Equal(3, region.Bytes()[0]);
    }

    [Fact]
    public void MemoryWorksWithStreams()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        using var stream = new MemoryStream([1, 2, 3]);
        Assert.Equal(3, stream.ReadAtLeast(region.Memory(10, 3).Span, 3));
        Assert.Equal([1, 2, 3], region.Bytes(10, 3).ToArray());
        using SafeFileHandle file = File.OpenHandle(
            Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite,
            options: FileOptions.DeleteOnClose);
        RandomAccess.Write(file, region.ReadOnlyMemory(10, 3).Span, 0);
        Assert.Equal(3, RandomAccess.ReadAsync(file, region.Memory(20, 8), 0).AsTask().Result);
        Assert.Equal([1, 2, 3, 0], region.Bytes(20, 4).ToArray());
        var sequence = new ReadOnlySequence<byte>(region.Memory(10, 3));
        Assert.Equal(6, sequence.ToArray().Sum(item => item));
    }
}
