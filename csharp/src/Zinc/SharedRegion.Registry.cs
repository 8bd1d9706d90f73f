// SPDX-License-Identifier: MIT
// The regions of a domain, seen from outside. Nothing here becomes a participant, so looking never
// keeps a region alive.
using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Zinc;

public sealed unsafe partial class SharedRegion
{
    /// <summary>All regions of the domain, sorted by name. Files that cannot be read or are no
    /// regions are listed too: their <see cref="RegionInfo.Status"/> says so.</summary>
    /// <exception cref="ZincException">The directory cannot be read.</exception>
    public static IReadOnlyList<RegionInfo> List()
    {
        Library.Ensure();
        nint listing = 0;
        Native.zinc_error failure = default;
        int status = Native.zinc_list_begin(&listing, &failure);
        if (status != Native.ZINC_OK)
        {
            throw Error.FromCall(status, failure, null);
        }
        var found = new List<RegionInfo>();
        try
        {
            while (true)
            {
                Native.zinc_info info = default;
                info.size = (uint)sizeof(Native.zinc_info);
                status = Native.zinc_list_next(listing, &info);
                if (status == Native.ZINC_E_NOENT)
                {
                    return found;
                }
                found.Add(new RegionInfo(info, status));
            }
        }
        finally
        {
            Native.zinc_list_end(listing);
        }
    }

    /// <summary>Facts about the region of this name, without taking part in it. Regions whose users
    /// are all dead are shown (<see cref="RegionInfo.IsReclaimable"/>), not removed.</summary>
    /// <param name="name">As for <see cref="Create"/>.</param>
    /// <exception cref="RegionNotFoundException">There is none.</exception>
    /// <exception cref="RegionAccessException">The file may not be read.</exception>
    /// <exception cref="RegionFormatException">The file is no region, or a damaged one.</exception>
    /// <exception cref="ArgumentException">The name is wrong.</exception>
    public static RegionInfo Lookup(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Library.Ensure();
        Native.zinc_error failure = default;
        Native.zinc_info info = default;
        info.size = (uint)sizeof(Native.zinc_info);
        fixed (byte* letters = Terminated(name))
        {
            int status = Native.zinc_region_lookup(letters, &info, &failure);
            return status == Native.ZINC_OK
                ? new RegionInfo(info, status) : throw Error.FromCall(status, failure, name);
        }
    }

    /// <summary>The participants of the region of this name: those alive, and places of the dead
    /// that nobody has taken again.</summary>
    /// <param name="name">As for <see cref="Create"/>.</param>
    /// <exception cref="RegionNotFoundException">There is none.</exception>
    /// <exception cref="ZincException">As for <see cref="Lookup"/>.</exception>
    /// <exception cref="ArgumentException">The name is wrong.</exception>
    public static IReadOnlyList<Participant> Participants(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Library.Ensure();
        Native.zinc_error failure = default;
        var rows = new Native.zinc_participant[Native.ZINC_ROWS_MAX];
        rows[0].size = (uint)sizeof(Native.zinc_participant);
        ulong count = 0;
        fixed (byte* letters = Terminated(name))
        fixed (Native.zinc_participant* first = rows)
        {
            int status = Native.zinc_region_participants(
                letters, first, (ulong)rows.Length, &count, &failure);
            if (status != Native.ZINC_OK)
            {
                throw Error.FromCall(status, failure, name);
            }
        }
        var found = new List<Participant>();
        for (int index = 0; index < Math.Min((int)count, rows.Length); index++)
        {
            found.Add(new Participant(rows[index]));
        }
        return found;
    }

    /// <summary>Unbind this name, whoever uses the region; its participants keep the bytes. A file
    /// that is no region is refused and stays.</summary>
    /// <param name="name">As for <see cref="Create"/>.</param>
    /// <exception cref="RegionNotFoundException">There is none.</exception>
    /// <exception cref="RegionFormatException">The file is no region.</exception>
    /// <exception cref="RegionAccessException">The file may not be removed.</exception>
    /// <exception cref="ZincException">The region is held up, and others.</exception>
    /// <exception cref="ArgumentException">The name is wrong.</exception>
    public static void Remove(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Library.Ensure();
        Native.zinc_error failure = default;
        fixed (byte* letters = Terminated(name))
        {
            int status;
            do
            {
                status = Native.zinc_region_remove(letters, &failure);
            }
            while (status == Native.ZINC_E_INTR);
            if (status != Native.ZINC_OK)
            {
                throw Error.FromCall(status, failure, name);
            }
        }
    }

    /// <summary>Remove every region of the domain that nobody alive uses and whose lifetime allows
    /// it, and what creators left that died half-way.</summary>
    /// <param name="dryRun">Tell, do not remove.</param>
    /// <exception cref="ZincException">The directory cannot be read.</exception>
    public static GcReport Gc(bool dryRun = false)
    {
        Library.Ensure();
        var items = new List<GcItem>();
        var self = GCHandle.Alloc(items);
        try
        {
            Native.zinc_gc_report report = default;
            report.size = (uint)sizeof(Native.zinc_gc_report);
            Native.zinc_error failure = default;
            int status = Native.zinc_gc(
                dryRun ? (uint)Native.ZINC_GC_DRY_RUN : 0, &Collected,
                (void*)GCHandle.ToIntPtr(self), &report, &failure);
            return status == Native.ZINC_OK
                ? new GcReport(report, items) : throw Error.FromCall(status, failure, null);
        }
        finally
        {
            self.Free();
        }
    }

    /// <summary>What the machine offers: where regions live, limits, features.</summary>
    public static DoctorFacts Doctor()
    {
        Library.Ensure();
        Native.zinc_doctor_facts facts = default;
        facts.size = (uint)sizeof(Native.zinc_doctor_facts);
        int status = Native.zinc_doctor(&facts);
        return status == Native.ZINC_OK
            ? new DoctorFacts(facts) : throw Error.Make(status, 0, "", null);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Collected(
        void* context, uint kind, byte* name, ulong allocated, int status)
    {
        var items = (List<GcItem>)GCHandle.FromIntPtr((nint)context).Target!;
        items.Add(new GcItem(
            Error.Text(name), kind == Native.ZINC_GC_TEMPORARY, (long)allocated,
            (ZincStatus)status));
    }
}
