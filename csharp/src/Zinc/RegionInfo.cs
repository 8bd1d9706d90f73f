// SPDX-License-Identifier: MIT
using System;
using System.IO;

namespace Zinc;

/// <summary>Facts about a region, as they were when they were asked for. Sizes are bytes.</summary>
public sealed record RegionInfo
{
    private readonly int _flags;

    internal unsafe RegionInfo(in Native.zinc_info raw, int status)
    {
        Status = (ZincStatus)status;
        _flags = (int)raw.flags;
        fixed (byte* name = raw.name, domain = raw.domain)
        {
            Name = Error.Text(name, 208);
            Domain = Error.Text(domain, 56);
        }
        Capacity = (long)raw.capacity;
        MaxCapacity = (long)raw.max_capacity;
        DataOffset = (long)raw.data_offset;
        Allocated = (long)raw.allocated;
        Prefaulted = (long)raw.prefaulted;
        HugeBytes = (long)raw.huge_bytes;
        CreatedNanoseconds = raw.created_ns;
        Device = raw.device;
        Inode = raw.inode;
        Lifetime = (Lifetime)raw.lifetime;
        Mode = (UnixFileMode)raw.mode;
        Owner = raw.owner;
        Group = raw.group;
        CreatorPid = (int)raw.creator_pid;
        Participants = (int)raw.rows;
        ParticipantsAlive = (int)raw.participants_alive;
        ParticipantsDead = (int)raw.participants_dead;
        Waiters = (int)raw.waiters;
        Notifications = raw.notifications;
        WaitPolicy = (WaitPolicy)raw.wait_policy;
        Layout = (int)raw.layout;
    }

    /// <summary>Ok, or in listings why the file is no usable region.</summary>
    public ZincStatus Status { get; }

    /// <summary>The name without domain; a private region's label.</summary>
    public string Name { get; }

    /// <summary>The domain, "" outside one.</summary>
    public string Domain { get; }

    /// <summary>Bytes of the region.</summary>
    public long Capacity { get; }

    /// <summary>How far it may grow.</summary>
    public long MaxCapacity { get; }

    /// <summary>Where the data begins in the file.</summary>
    public long DataOffset { get; }

    /// <summary>Memory that the file occupies.</summary>
    public long Allocated { get; }

    /// <summary>This handle: bytes brought in by <see cref="RegionOptions.Prefault"/>.</summary>
    public long Prefaulted { get; }

    /// <summary>This handle: bytes mapped by huge pages now.</summary>
    public long HugeBytes { get; }

    /// <summary>When it was created: nanoseconds since 1970-01-01 UTC.</summary>
    public long CreatedNanoseconds { get; }

    /// <summary>When it was created, to 100 ns.</summary>
    public DateTimeOffset Created =>
        DateTimeOffset.UnixEpoch.AddTicks(CreatedNanoseconds / TimeSpan.NanosecondsPerTick);

    /// <summary>The device of its file.</summary>
    public ulong Device { get; }

    /// <summary>The inode of its file.</summary>
    public ulong Inode { get; }

    /// <summary>When its name goes.</summary>
    public Lifetime Lifetime { get; }

    /// <summary>The file's permission bits.</summary>
    public UnixFileMode Mode { get; }

    /// <summary>The user id of the file's owner.</summary>
    public uint Owner { get; }

    /// <summary>The group id of the file.</summary>
    public uint Group { get; }

    /// <summary>The creator's process, in its own PID namespace.</summary>
    public int CreatorPid { get; }

    /// <summary>Handles that may be open at one time.</summary>
    public int Participants { get; }

    /// <summary>Open handles of all processes; read-only ones are not counted.</summary>
    public int ParticipantsAlive { get; }

    /// <summary>Places of the dead that nobody has taken again yet.</summary>
    public int ParticipantsDead { get; }

    /// <summary>Waits in progress.</summary>
    public int Waiters { get; }

    /// <summary>The count of notifications, which wraps at 2³².</summary>
    public uint Notifications { get; }

    /// <summary>How this handle waits.</summary>
    public WaitPolicy WaitPolicy { get; }

    /// <summary>The layout number in the region.</summary>
    public int Layout { get; }

    /// <summary>This handle created the region.</summary>
    public bool IsCreator => Has(Native.ZINC_INFO_CREATED);

    /// <summary>This handle is read-only.</summary>
    public bool IsReadOnly => Has(Native.ZINC_INFO_READ_ONLY);

    /// <summary>A memory file without a name.</summary>
    public bool IsPrivate => Has(Native.ZINC_INFO_PRIVATE);

    /// <summary>No further writer, no growth.</summary>
    public bool IsSealed => Has(Native.ZINC_INFO_SEALED);

    /// <summary>The name was unbound, or means another region now.</summary>
    public bool IsStale => Has(Native.ZINC_INFO_STALE);

    /// <summary>The creator's handle lives.</summary>
    public bool IsCreatorAlive => Has(Native.ZINC_INFO_CREATOR_ALIVE);

    /// <summary>The last participant has left; only the file remains.</summary>
    public bool IsDead => Has(Native.ZINC_INFO_DEAD);

    /// <summary>The file is shorter than the capacity.</summary>
    public bool IsGone => Has(Native.ZINC_INFO_GONE);

    /// <summary>Nobody lives, and the name may go: <see cref="SharedRegion.Gc"/> removes it.
    /// </summary>
    public bool IsReclaimable => Has(Native.ZINC_INFO_RECLAIMABLE);

    /// <summary>Read-only handles are woken at once.</summary>
    public bool HasReadOnlyWaiters => Has(Native.ZINC_INFO_READ_ONLY_WAITERS);

    /// <summary>Made without allocating its memory.</summary>
    public bool IsSparse => Has(Native.ZINC_INFO_SPARSE);

    private bool Has(int flag) => (_flags & flag) != 0;
}
