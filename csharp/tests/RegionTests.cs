// SPDX-License-Identifier: MIT
using System;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Zinc.Tests;

public sealed class RegionTests
{
    [Fact]
    public void WhatOneWritesAnotherReads()
    {
        string name = Support.Name();
        using SharedRegion writer = SharedRegion.Create(name, 4096);
        using SharedRegion reader = SharedRegion.Open(name);
        writer.Bytes()[7] = 42;
        Assert.Equal(42, reader.Bytes()[7]);
        Assert.Equal(4096, reader.Capacity);
        Assert.Equal(name, reader.Name);
        Assert.False(reader.Closed);
        Assert.NotEqual(writer.Address, reader.Address);
        Assert.Equal($"SharedRegion '{name}'", reader.ToString());
    }

    [Fact]
    public void AnotherProcessAnswers()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        using Child child = Child.Ready("answer", region.Name);
        for (byte turn = 0; turn < 100; turn++)
        {
            region.Bytes()[0] = turn;
            region.Notify();
            do
            {
                Assert.True(region.Wait(Support.Patience)); // sees its own notification, too
            }
            while (region.Bytes()[1] != turn + 1);
        }
        region.Bytes()[0] = 255;
        region.Notify();
        Assert.Equal(0, child.End().Code);
    }

    [Fact]
    public void ALeadingSlashIsTheSameName()
    {
        string name = Support.Name();
        using SharedRegion region = SharedRegion.Create("/" + name, 4096);
        using SharedRegion other = SharedRegion.Open(name);
        Assert.Equal(name, region.Name);
        Assert.Equal(region.Info.Inode, other.Info.Inode);
    }

    [Fact]
    public void OneOfManyCreates()
    {
        string name = Support.Name();
        SharedRegion[] regions =
        [
            .. Enumerable.Range(0, 8).AsParallel()
                .Select(_ => SharedRegion.OpenOrCreate(name, 4096)),
        ];
        Assert.Single(regions, region => region.Info.IsCreator);
        Assert.Single(regions.Select(region => region.Info.Inode).Distinct());
        foreach (SharedRegion region in regions)
        {
            region.Dispose();
        }
        Assert.False(File.Exists(Support.FileOf(name)));
    }

    [Fact]
    public void OpenOrCreateNeedsEnough()
    {
        using SharedRegion small = SharedRegion.Create(Support.Name(), 4096);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => SharedRegion.OpenOrCreate(small.Name, 1 << 20));
    }

    [Fact]
    public void ReplaceTakesTheName()
    {
        string name = Support.Name();
        using SharedRegion old = SharedRegion.Create(name, 4096);
        old.Bytes()[0] = 1;
        using SharedRegion fresh = SharedRegion.Replace(name, 8192);
        Assert.True(old.Wait(1000)); // its participants are told
        Assert.True(old.Info.IsStale);
        Assert.Equal(1, old.Bytes()[0]);
        Assert.Equal(0, fresh.Bytes()[0]);
        using SharedRegion opened = SharedRegion.Open(name);
        Assert.Equal(8192, opened.Capacity);
    }

    [Fact]
    public void GrowthIsSeenByAll()
    {
        string name = Support.Name();
        using SharedRegion region = SharedRegion.Create(
            name, 4096, new RegionOptions { MaxCapacity = 1 << 20 });
        using SharedRegion other = SharedRegion.Open(name);
        Span<byte> early = region.Bytes();
        Assert.Equal(1 << 20, other.Info.MaxCapacity);
        region.Grow(100_000);
        Assert.Equal(100_000, other.Capacity);
        Assert.True(other.Wait(1000));
        other.Bytes()[99_999] = 9;
        other.Bytes()[0] = 8;
        Assert.Equal(9, region.Bytes()[99_999]);
        Assert.Equal(8, early[0]);
        region.Grow(10); // not above the present one: nothing
        Assert.Equal(100_000, region.Capacity);
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Grow((1 << 20) + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Grow(-1));
    }

    [Fact]
    public void OptionsArriveInTheRegion()
    {
        string name = Support.Name();
        var options = new RegionOptions
        {
            Lifetime = Lifetime.Creator,
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
            Participants = 3,
            MaxCapacity = 1 << 16,
            Sparse = true,
            ReadOnlyWaiters = true,
            WaitPolicy = WaitPolicy.Park,
            Prefault = true,
            HugePages = true,
        };
        using SharedRegion region = SharedRegion.Create(name, 4096, options);
        RegionInfo info = region.Info;
        Assert.Equal(Lifetime.Creator, info.Lifetime);
        Assert.Equal(options.Mode, info.Mode);
        Assert.Equal(3, info.Participants);
        Assert.Equal(1 << 16, info.MaxCapacity);
        Assert.True(info.IsSparse);
        Assert.True(info.HasReadOnlyWaiters);
        Assert.Equal(WaitPolicy.Park, info.WaitPolicy);
        Assert.True(info.IsCreator);
        Assert.True(info.IsCreatorAlive);
        Assert.False(info.IsReadOnly || info.IsPrivate || info.IsSealed || info.IsStale);
        Assert.False(info.IsDead || info.IsGone || info.IsReclaimable);
        Assert.Equal(Environment.ProcessId, info.CreatorPid);
        Assert.Equal(1, info.Layout);
        Assert.InRange(
            info.Created, DateTimeOffset.UtcNow.AddMinutes(-1),
            DateTimeOffset.UtcNow.AddSeconds(1));
        using SharedRegion second = SharedRegion.Open(name);
        using SharedRegion third = SharedRegion.Open(name);
        ZincException full = Assert.Throws<ZincException>(() => SharedRegion.Open(name));
        Assert.Equal(ZincStatus.TooManyParticipants, full.Status);
    }

    [Fact]
    public void ALifetimeOfTheCreatorEndsTheNameWithIt()
    {
        string name = Support.Name();
        SharedRegion creator = SharedRegion.Create(
            name, 4096, new RegionOptions { Lifetime = Lifetime.Creator });
        using SharedRegion other = SharedRegion.Open(name);
        creator.Dispose();
        Assert.Throws<RegionNotFoundException>(() => SharedRegion.Open(name));
        other.Bytes()[0] = 1;
        Assert.False(other.Info.IsCreatorAlive);
    }

    [Fact]
    public void APersistentRegionStaysUntilItIsRemoved()
    {
        string name = Support.Name();
        var options = new RegionOptions { Lifetime = Lifetime.Persistent };
        using (SharedRegion region = SharedRegion.Create(name, 4096, options))
        {
            region.Bytes()[5] = 55;
        }
        using (SharedRegion again = SharedRegion.Open(name))
        {
            Assert.Equal(55, again.Bytes()[5]);
        }
        SharedRegion.Remove(name);
        Assert.Throws<RegionNotFoundException>(() => SharedRegion.Open(name));
        Assert.Throws<RegionNotFoundException>(() => SharedRegion.Remove(name));
    }

    [Fact]
    public void TheCreatorUnlinks()
    {
        string name = Support.Name();
        using SharedRegion creator = SharedRegion.Create(name, 4096);
        using SharedRegion other = SharedRegion.Open(name);
        RegionAccessException denied = Assert.Throws<RegionAccessException>(other.Unlink);
        Assert.Equal(ZincStatus.NotPermitted, denied.Status);
        creator.Unlink();
        creator.Unlink();
        Assert.True(other.Info.IsStale);
        Assert.Throws<RegionNotFoundException>(() => SharedRegion.Open(name));
    }

    [Fact]
    public void AReadOnlyHandleReadsAndWaits()
    {
        using SharedRegion writer = SharedRegion.Create(
            Support.Name(), 4096, new RegionOptions { ReadOnlyWaiters = true });
        using SharedRegion reader = SharedRegion.Open(
            writer.Name, new RegionOptions { ReadOnly = true });
        writer.Bytes()[0] = 3;
        writer.Notify();
        Assert.True(reader.Wait(1000));
        Assert.Equal(3, reader.ReadOnlyBytes()[0]);
        Assert.Equal(3, reader.AsReadOnly<int>()[0]);
        Assert.Equal(3, reader.AsReadOnly<int>(0, 1)[0]);
        Assert.Equal(3, reader.ReadOnlyMemory().Span[0]);
        Assert.Equal(3, reader.ReadOnlyMemory(0, 1).Span[0]);
        Assert.True(reader.Info.IsReadOnly);
        // A write through it would end the process, so none can be had.
        Assert.Throws<RegionAccessException>(() => { reader.Bytes(); });
        Assert.Throws<RegionAccessException>(() => { reader.Bytes(0, 1); });
        Assert.Throws<RegionAccessException>(() => { reader.As<int>(); });
        Assert.Throws<RegionAccessException>(() => { reader.Memory(); });
        Assert.Throws<RegionAccessException>(() => { reader.Memory<int>(0, 1); });
        Assert.Throws<RegionAccessException>(reader.Notify);
        Assert.Throws<RegionAccessException>(() => reader.Grow(8192));
    }

    [Fact]
    public void APrivateRegionGoesOverASocket()
    {
        (Socket ours, Socket theirs) = SocketPair();
        using (ours)
        using (theirs)
        {
            using SharedRegion writer = SharedRegion.CreatePrivate(
                "label", 4096, new RegionOptions { Sealed = true });
            writer.Bytes()[0] = 77;
            writer.Send(ours);
            using SharedRegion reader = SharedRegion.Receive(theirs);
            Assert.Equal(77, reader.ReadOnlyBytes()[0]);
            Assert.Equal("label", reader.Name);
            Assert.True(reader.Info is { IsPrivate: true, IsSealed: true, IsReadOnly: true });
            Assert.Throws<RegionAccessException>(() => { reader.Bytes(); });

            ours.Dispose();
            Assert.Throws<EndOfStreamException>(() => SharedRegion.Receive(theirs));
            ZincException dead = Assert.Throws<ZincException>(() => writer.Send(theirs));
            Assert.Equal(ZincStatus.PeerDead, dead.Status);
            theirs.Dispose();
            Assert.Throws<ObjectDisposedException>(() => writer.Send(theirs));
        }
    }

    [Fact]
    public void ASocketInNonBlockingModeWaitsForARegion()
    {
        (Socket ours, Socket theirs) = SocketPair();
        using (ours)
        using (theirs)
        using (SharedRegion region = SharedRegion.CreatePrivate(null, 4096))
        {
            ours.Blocking = false;
            theirs.Blocking = false;
            var receiving = Support.OnThread(() => SharedRegion.Receive(theirs));
            Assert.False(receiving.Wait(30));
            region.Send(ours);
            using SharedRegion got = receiving.Result;
            Assert.Equal("private", got.Name);
            got.Bytes()[1] = 5;
            Assert.Equal(5, region.Bytes()[1]);
        }
    }

    [Fact]
    public void ADescriptorIsPermission()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        using SafeFileHandle descriptor = region.Descriptor();
        using SharedRegion attached = SharedRegion.Attach(descriptor);
        attached.Bytes()[0] = 11;
        Assert.Equal(11, region.Bytes()[0]);
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        Assert.ThrowsAny<ZincException>(() => SharedRegion.Attach(pipe.SafePipeHandle));
        using var none = new SafeFileHandle(9999, false);
        ZincException bad = Assert.Throws<ZincException>(() => SharedRegion.Attach(none));
        Assert.Equal(ZincStatus.BadDescriptor, bad.Status);
        descriptor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => SharedRegion.Attach(descriptor));
    }

    [Fact]
    public void ASpawnedProcessDoesNotKeepAParticipation()
    {
        string name = Support.Name();
        SharedRegion region = SharedRegion.Create(name, 4096);
        using SharedRegion other = SharedRegion.Create(Support.Name(), 4096);
        using Child child = Child.Ready("hold", other.Name);
        region.Dispose();
        Assert.False(File.Exists(Support.FileOf(name)));
        Assert.Equal(2, other.Info.ParticipantsAlive);
        child.CloseInput();
        Assert.Equal(0, child.End().Code);
        Assert.Equal(1, other.Info.ParticipantsAlive);
    }

    [Fact]
    public void AKilledCreatorIsSeenAndItsNameCanBeCreatedAgain()
    {
        string name = Support.Name();
        using Child child = Child.Ready("create", name);
        Assert.Throws<RegionExistsException>(() => SharedRegion.Create(name, 4096));
        using (SharedRegion region = SharedRegion.Open(name))
        {
            Assert.True(region.Info.IsCreatorAlive);
            child.Signal(9);
            Support.Until(() => !region.Info.IsCreatorAlive, "the creator does not die");
        }
        using SharedRegion again = SharedRegion.Create(name, 8192);
        Assert.Equal(8192, again.Capacity);
    }

    private static (Socket, Socket) SocketPair()
    {
        string path = Path.Combine(Path.GetTempPath(), Support.Name("socket"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, 0);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var ours = new Socket(AddressFamily.Unix, SocketType.Stream, 0);
        ours.Connect(new UnixDomainSocketEndPoint(path));
        Socket theirs = listener.Accept();
        File.Delete(path);
        return (ours, theirs);
    }
}
