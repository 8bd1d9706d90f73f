// SPDX-License-Identifier: MIT
using System;
using System.IO;
using System.Linq;
using Xunit;

namespace Zinc.Tests;

public sealed class RegistryTests
{
    [Fact]
    public void ListShowsWhatIsThere()
    {
        using SharedRegion first = SharedRegion.Create(Support.Name("b"), 4096);
        using SharedRegion second = SharedRegion.Create(Support.Name("a"), 8192);
        RegionInfo[] found = [.. SharedRegion.List()
            .Where(one => one.Name == first.Name || one.Name == second.Name)];
        Assert.Equal([second.Name, first.Name], found.Select(one => one.Name)); // sorted
        Assert.Equal([8192L, 4096L], found.Select(one => one.Capacity));
        Assert.All(found, one => Assert.Equal(ZincStatus.Ok, one.Status));
        Assert.Equal(SharedRegion.Doctor().Domain, found[0].Domain);
    }

    [Fact]
    public void LookupTakesNoPart()
    {
        string name = Support.Name();
        Assert.Throws<RegionNotFoundException>(() => SharedRegion.Lookup(name));
        using SharedRegion region = SharedRegion.Create(name, 4096);
        RegionInfo info = SharedRegion.Lookup(name);
        Assert.Equal(1, info.ParticipantsAlive);
        Assert.Equal(region.Info.Inode, info.Inode);
        Assert.Equal(region.Info.Device, info.Device);
        Assert.True(info.DataOffset > 0);
        Assert.True(info.Allocated >= 4096);
        Assert.Equal(0, info.Waiters);
        using SharedRegion other = SharedRegion.Open(name);
        other.Notify();
        Assert.Equal(1u, SharedRegion.Lookup(name).Notifications);
    }

    [Fact]
    public void ParticipantsOfAllProcesses()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        using Child child = Child.Ready("hold", region.Name);
        var rows = SharedRegion.Participants(region.Name);
        Assert.Equal(2, rows.Count);
        Assert.All(rows, row => Assert.True(row.IsAlive && row.IsSameNamespace && row.Row >= 1));
        Participant creator = Assert.Single(rows, row => row.IsCreator);
        Assert.Equal(Environment.ProcessId, creator.Pid);
        Participant other = Assert.Single(rows, row => row.Pid == child.Id);
        Assert.Equal("zinc-child", other.Program);
        Assert.True(other.StartedTicks > 0 && other.Generation > 0 && other.Waits == 0);
        child.Signal(9);
        child.End();
        Support.Until(() => SharedRegion.Lookup(region.Name).ParticipantsAlive == 1, "it lives");
        Assert.Throws<RegionNotFoundException>(() => SharedRegion.Participants(Support.Name()));
    }

    [Fact]
    public void GcRemovesWhatNobodyUses()
    {
        string name = Support.Name();
        using (Child child = Child.Ready("create", name))
        {
            child.Signal(9);
            child.End();
        }
        using SharedRegion living = SharedRegion.Create(Support.Name(), 4096);
        Support.Until(() => SharedRegion.Lookup(name).IsReclaimable, "it counts as alive");
        Assert.True(SharedRegion.Doctor().RegionsStale >= 1);

        GcReport would = SharedRegion.Gc(dryRun: true);
        Assert.Contains(would.Items, item => item.Name == name);
        Assert.True(File.Exists(Support.FileOf(name)));

        GcReport did = SharedRegion.Gc();
        GcItem item = Assert.Single(did.Items, item => item.Name == name);
        Assert.Equal(ZincStatus.Ok, item.Status);
        Assert.False(item.IsTemporary);
        Assert.True(item.Allocated > 0);
        Assert.True(did.RegionsSeen >= 1 && did.RegionsRemoved >= 1 && did.BytesRemoved > 0);
        Assert.Equal((0L, 0L), (did.Failures, did.TemporariesRemoved));
        Assert.False(File.Exists(Support.FileOf(name)));
        Assert.True(File.Exists(Support.FileOf(living.Name)));
    }

    [Fact]
    public void TheDoctorKnowsTheMachine()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        DoctorFacts facts = SharedRegion.Doctor();
        Assert.Equal(ZincStatus.Ok, facts.DirectoryStatus);
        Assert.True(Directory.Exists(facts.Directory));
        Assert.Equal((ulong)Environment.SystemPageSize, facts.PageSize);
        Assert.True(facts.Regions >= 1);
        Assert.True(facts.HasProc);
        Assert.True(facts.DirectoryFree <= facts.DirectoryTotal);
        Assert.True(facts.DescriptorsUsed < facts.DescriptorsLimit);
        Assert.NotEqual("", facts.WaitBackend);
        Assert.NotEqual("", facts.Filesystem);
        Assert.True(facts.Processors >= 1);
    }

    [Fact]
    public void InfoIsARecordOfAMoment()
    {
        using SharedRegion region = SharedRegion.Create(Support.Name(), 4096);
        RegionInfo before = region.Info;
        using SharedRegion other = SharedRegion.Open(region.Name);
        Assert.Equal(1, before.ParticipantsAlive);
        Assert.Equal(2, region.Info.ParticipantsAlive);
        Assert.Contains(region.Name, before.ToString());
    }
}
