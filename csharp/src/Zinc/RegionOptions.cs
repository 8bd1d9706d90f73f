// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.IO;

namespace Zinc;

/// <summary>When a region's name goes.</summary>
public enum Lifetime
{
    /// <summary>With the last participant, also if all of them were killed.</summary>
    Auto = Native.ZINC_LIFETIME_AUTO,

    /// <summary>With the creator's handle; others keep the bytes that they have.</summary>
    Creator = Native.ZINC_LIFETIME_CREATOR,

    /// <summary>By <see cref="SharedRegion.Unlink"/> or <see cref="SharedRegion.Remove"/> only; may
    /// be opened with nobody alive.</summary>
    Persistent = Native.ZINC_LIFETIME_PERSISTENT,
}

/// <summary>How a wait spends the time before it parks in the kernel.</summary>
public enum WaitPolicy
{
    /// <summary>Spin while waits have been short, 40 µs at most.</summary>
    Adaptive = Native.ZINC_WAIT_ADAPTIVE,

    /// <summary>Never park: lowest latency, one busy core.</summary>
    Spin = Native.ZINC_WAIT_SPIN,

    /// <summary>Never spin.</summary>
    Park = Native.ZINC_WAIT_PARK,
}

/// <summary>Options of the methods that make a <see cref="SharedRegion"/>. Each verb reads those
/// that concern it: "create" stands for <c>Create</c>, <c>OpenOrCreate</c>, <c>Replace</c> and
/// <c>CreatePrivate</c>; "open" for <c>Open</c>, <c>OpenOrCreate</c>, <c>Attach</c> and
/// <c>Receive</c>.</summary>
public sealed class RegionOptions
{
    private readonly long _maxCapacity;
    private readonly int _participants;
    private readonly uint? _group;

    /// <summary>Create: when the name goes.</summary>
    public Lifetime Lifetime { get; init; }

    /// <summary>Create: the file's permission bits, exactly as given; none means user read and
    /// write.</summary>
    public UnixFileMode Mode { get; init; }

    /// <summary>Create: the group that the file is given to; null is the system's choice.</summary>
    /// <exception cref="ArgumentOutOfRangeException">4294967295, which is no group.</exception>
    public uint? Group
    {
        get => _group;
        init
        {
            ArgumentOutOfRangeException.ThrowIfEqual(
                value ?? 0, uint.MaxValue, nameof(Group));
            _group = value;
        }
    }

    /// <summary>Create: handles that may be open at one time, 1 to 1023; 0 means 128.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int Participants
    {
        get => _participants;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(Participants));
            _participants = value;
        }
    }

    /// <summary>Create: how many bytes <see cref="SharedRegion.Grow"/> may reach; 0 means the
    /// capacity.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public long MaxCapacity
    {
        get => _maxCapacity;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(MaxCapacity));
            _maxCapacity = value;
        }
    }

    /// <summary>Create: do not allocate memory now. A full file system then ends the process at
    /// the first touch of a page, instead of refusing here.</summary>
    public bool Sparse { get; init; }

    /// <summary>CreatePrivate: only this handle can ever write; others attach read-only.</summary>
    public bool Sealed { get; init; }

    /// <summary>CreatePrivate: pages from the hugetlb pool, or an exception.</summary>
    public bool HugeTlb { get; init; }

    /// <summary>Create: wake read-only handles at once, for a system call in every notify; without
    /// it they learn of a notification within 50 ms.</summary>
    public bool ReadOnlyWaiters { get; init; }

    /// <summary>Open: map read-only; the handle can read and wait.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Open: accept a file of any owner.</summary>
    public bool AnyOwner { get; init; }

    /// <summary>Open: further user ids that may own the file, besides one's own and root.</summary>
    public IReadOnlyCollection<uint>? AcceptOwners { get; init; }

    /// <summary>Open: write bits for group and others that the file may have; none by default.
    /// </summary>
    public UnixFileMode AcceptMode { get; init; }

    /// <summary>This handle: how its waits spend their time.</summary>
    public WaitPolicy WaitPolicy { get; init; }

    /// <summary>Bring every page in now, not at first touch.</summary>
    public bool Prefault { get; init; }

    /// <summary>Ask for huge pages; <see cref="RegionInfo.HugeBytes"/> says how many came.
    /// </summary>
    public bool HugePages { get; init; }

    internal unsafe Native.zinc_region_options ToNative()
    {
        int flags = (ReadOnly ? Native.ZINC_REGION_READ_ONLY : 0)
            | (Prefault ? Native.ZINC_REGION_PREFAULT : 0)
            | (Sparse ? Native.ZINC_REGION_SPARSE : 0)
            | (HugePages ? Native.ZINC_REGION_HUGE_PAGES : 0)
            | (Sealed ? Native.ZINC_REGION_SEALED : 0)
            | (ReadOnlyWaiters ? Native.ZINC_REGION_READ_ONLY_WAITERS : 0)
            | (Group.HasValue ? Native.ZINC_REGION_SET_GROUP : 0)
            | (AnyOwner ? Native.ZINC_REGION_ANY_OWNER : 0)
            | (HugeTlb ? Native.ZINC_REGION_HUGETLB : 0);
        return new Native.zinc_region_options
        {
            size = (uint)sizeof(Native.zinc_region_options),
            flags = (uint)flags,
            lifetime = (uint)Lifetime,
            wait_policy = (uint)WaitPolicy,
            mode = (uint)Mode,
            group = Group ?? 0,
            rows = (uint)Participants,
            accept_mode = (uint)AcceptMode,
            max_capacity = (ulong)MaxCapacity,
        };
    }
}
