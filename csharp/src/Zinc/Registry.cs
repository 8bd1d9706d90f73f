// SPDX-License-Identifier: MIT
using System.Collections.Generic;

namespace Zinc;

/// <summary>A handle of some process on a region. Facts about the process are hints for people: ids
/// are those of its own PID namespace, and never decide who is alive.</summary>
public sealed record Participant
{
    internal unsafe Participant(in Native.zinc_participant raw)
    {
        Row = (int)raw.row;
        Generation = raw.generation;
        IsAlive = raw.alive != 0;
        IsCreator = raw.creator != 0;
        Pid = (int)raw.pid;
        Waits = (int)raw.waits;
        IsSameNamespace = raw.same_namespace != 0;
        StartedTicks = raw.started_ticks;
        fixed (byte* program = raw.program)
        {
            Program = Error.Text(program, 24);
        }
    }

    /// <summary>Its place in the region, from 1.</summary>
    public int Row { get; }

    /// <summary>How often the place has been taken.</summary>
    public uint Generation { get; }

    /// <summary>Whether it lives.</summary>
    public bool IsAlive { get; }

    /// <summary>Whether it is the creator's handle, and lives.</summary>
    public bool IsCreator { get; }

    /// <summary>The process.</summary>
    public int Pid { get; }

    /// <summary>Its waits in progress.</summary>
    public int Waits { get; }

    /// <summary>Whether <see cref="Pid"/> means something in this process's PID namespace.
    /// </summary>
    public bool IsSameNamespace { get; }

    /// <summary>When the process started, in the clock ticks of /proc/PID/stat, field 22.</summary>
    public ulong StartedTicks { get; }

    /// <summary>The program's name.</summary>
    public string Program { get; }
}

/// <summary>Something that <see cref="SharedRegion.Gc"/> removed, or would remove.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="IsTemporary">A half-made region of a creator that died.</param>
/// <param name="Allocated">Bytes of memory that it occupied.</param>
/// <param name="Status">Ok, or why it could not be removed.</param>
public sealed record GcItem(string Name, bool IsTemporary, long Allocated, ZincStatus Status);

/// <summary>What <see cref="SharedRegion.Gc"/> did, or would do.</summary>
public sealed record GcReport
{
    internal GcReport(in Native.zinc_gc_report raw, IReadOnlyList<GcItem> items)
    {
        RegionsSeen = (long)raw.regions_seen;
        RegionsRemoved = (long)raw.regions_removed;
        TemporariesRemoved = (long)raw.temporaries_removed;
        Failures = (long)raw.failures;
        BytesRemoved = (long)raw.bytes_removed;
        Items = items;
    }

    /// <summary>Regions of the domain.</summary>
    public long RegionsSeen { get; }

    /// <summary>Regions that were removed, or would be.</summary>
    public long RegionsRemoved { get; }

    /// <summary>Half-made regions that were removed, or would be.</summary>
    public long TemporariesRemoved { get; }

    /// <summary>Removals that failed.</summary>
    public long Failures { get; }

    /// <summary>Memory of what was removed, in bytes.</summary>
    public long BytesRemoved { get; }

    /// <summary>One by one.</summary>
    public IReadOnlyList<GcItem> Items { get; }
}

/// <summary>What the machine offers. Sizes are bytes; null is what cannot be had.</summary>
public sealed record DoctorFacts
{
    internal unsafe DoctorFacts(in Native.zinc_doctor_facts raw)
    {
        DirectoryStatus = (ZincStatus)raw.directory_status;
        fixed (byte* directory = raw.directory, filesystem = raw.filesystem, domain = raw.domain,
            backend = raw.wait_backend, pages = raw.huge_pages)
        {
            Directory = Error.Text(directory, 256);
            Filesystem = Error.Text(filesystem, 24);
            Domain = Error.Text(domain, 56);
            WaitBackend = Error.Text(backend, 24);
            HugePages = Error.Text(pages, 24);
        }
        DirectoryTotal = Known(raw.directory_total);
        DirectoryFree = Known(raw.directory_free);
        InodesTotal = Known(raw.inodes_total);
        InodesFree = Known(raw.inodes_free);
        DescriptorsLimit = Known(raw.descriptors_limit);
        DescriptorsUsed = Known(raw.descriptors_used);
        MapsLimit = Known(raw.maps_limit);
        MapsUsed = Known(raw.maps_used);
        AddressSpaceLimit = Known(raw.address_space_limit);
        PageSize = Known(raw.page_size);
        Processors = Known(raw.processors);
        Regions = Known(raw.regions);
        RegionsStale = Known(raw.regions_stale);
        BytesStale = Known(raw.bytes_stale);
        HasProc = raw.has_proc != 0;
        HasTmpfile = raw.has_tmpfile != 0;
        HasWaitv = raw.has_waitv != 0;
        HasMemfd = raw.has_memfd != 0;
        RemoveIpc = raw.remove_ipc switch { 0 => false, 1 => true, _ => null };
        IsDirectorySticky = raw.directory_sticky != 0;
    }

    /// <summary>Ok, or why <see cref="Directory"/> cannot be used.</summary>
    public ZincStatus DirectoryStatus { get; }

    /// <summary>Where regions live: ZINC_DIR.</summary>
    public string Directory { get; }

    /// <summary>"tmpfs", "ext4", …, or a number in hexadecimal.</summary>
    public string Filesystem { get; }

    /// <summary>ZINC_DOMAIN, "" outside one.</summary>
    public string Domain { get; }

    /// <summary>How waits park: "futex", "poll", ….</summary>
    public string WaitBackend { get; }

    /// <summary>Huge pages for shared memory: "never", "advise", …, or "".</summary>
    public string HugePages { get; }

    /// <summary>Size of the directory's file system.</summary>
    public ulong? DirectoryTotal { get; }

    /// <summary>What is free of it.</summary>
    public ulong? DirectoryFree { get; }

    /// <summary>Files that it can have.</summary>
    public ulong? InodesTotal { get; }

    /// <summary>Files that it can still have.</summary>
    public ulong? InodesFree { get; }

    /// <summary>Descriptors that the process may have.</summary>
    public ulong? DescriptorsLimit { get; }

    /// <summary>Descriptors that it has.</summary>
    public ulong? DescriptorsUsed { get; }

    /// <summary>Mappings that a process may have: vm.max_map_count.</summary>
    public ulong? MapsLimit { get; }

    /// <summary>Mappings that this one has.</summary>
    public ulong? MapsUsed { get; }

    /// <summary>The limit of the process's address space.</summary>
    public ulong? AddressSpaceLimit { get; }

    /// <summary>Bytes of a page.</summary>
    public ulong? PageSize { get; }

    /// <summary>Processors that this process may run on.</summary>
    public ulong? Processors { get; }

    /// <summary>Regions in the domain.</summary>
    public ulong? Regions { get; }

    /// <summary>Regions that <see cref="SharedRegion.Gc"/> would remove.</summary>
    public ulong? RegionsStale { get; }

    /// <summary>Their memory.</summary>
    public ulong? BytesStale { get; }

    /// <summary>/proc is mounted: private regions need it.</summary>
    public bool HasProc { get; }

    /// <summary>The directory makes unnamed files: creation in one step.</summary>
    public bool HasTmpfile { get; }

    /// <summary>One thread can wait on many words.</summary>
    public bool HasWaitv { get; }

    /// <summary>There are memory files.</summary>
    public bool HasMemfd { get; }

    /// <summary>Whether logind removes shared memory when its user logs out; null is unknown.
    /// </summary>
    public bool? RemoveIpc { get; }

    /// <summary>Only a file's owner and root can remove it.</summary>
    public bool IsDirectorySticky { get; }

    private static ulong? Known(ulong value) => value == ulong.MaxValue ? null : value;
}
