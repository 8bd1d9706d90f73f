// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** The regions of a domain, seen from outside. Looking never takes part in a region. */
public final class Registry {
    private Registry() {}

    /**
     * Lists all regions of the domain. Files that are no usable region are listed too, with a
     * {@link RegionInfo#status} that says why.
     *
     * @return facts, sorted by name
     * @throws ZincException if the directory cannot be read
     */
    public static List<RegionInfo> list() {
        Library.require();
        long listing;
        try (Memory out = new Memory(Long.BYTES);
                Memory error = new Memory(Native.zinc_error.SIZE)) {
            check(Native.zinc_list_begin(Pointer.nativeValue(out), Pointer.nativeValue(error)),
                    error);
            listing = out.getLong(0);
        }
        try (Memory info = RegionInfo.memory()) {
            List<RegionInfo> found = new ArrayList<>();
            for (;;) {
                int status = Native.zinc_list_next(listing, Pointer.nativeValue(info));
                if (status == Native.ZINC_E_NOENT) {
                    return List.copyOf(found);
                }
                found.add(RegionInfo.read(info, status));
            }
        } finally {
            Native.zinc_list_end(listing);
        }
    }

    /**
     * Gives the facts about a region. One whose users are all dead is shown
     * ({@link RegionInfo#reclaimable}), not removed.
     *
     * @param name its name
     * @return the facts
     * @throws RegionNotFoundException if there is none
     * @throws ZincException if it cannot be read
     */
    public static RegionInfo lookup(String name) {
        byte[] text = Names.bytes(name, "name");
        Library.require();
        try (Memory info = RegionInfo.memory();
                Memory error = new Memory(Native.zinc_error.SIZE)) {
            check(Native.zinc_region_lookup(
                    text, Pointer.nativeValue(info), Pointer.nativeValue(error)), error);
            return RegionInfo.read(info, Native.ZINC_OK);
        }
    }

    /**
     * Lists the rows of a region that are in use or whose owner died.
     *
     * @param name its name
     * @return the rows
     * @throws RegionNotFoundException if there is none
     * @throws ZincException if it cannot be read
     */
    public static List<Participant> participants(String name) {
        byte[] text = Names.bytes(name, "name");
        Library.require();
        int most = Native.ZINC_ROWS_MAX;
        try (Memory rows = new Memory((long) most * Native.zinc_participant.SIZE);
                Memory count = new Memory(Long.BYTES);
                Memory error = new Memory(Native.zinc_error.SIZE)) {
            rows.setInt(Native.zinc_participant.size, Native.zinc_participant.SIZE);
            check(Native.zinc_region_participants(text, Pointer.nativeValue(rows), most,
                    Pointer.nativeValue(count), Pointer.nativeValue(error)), error);
            List<Participant> found = new ArrayList<>();
            for (long index = 0; index < Math.min(count.getLong(0), most); index++) {
                Pointer row = rows.share(index * Native.zinc_participant.SIZE,
                        Native.zinc_participant.SIZE);
                found.add(new Participant(
                        row.getInt(Native.zinc_participant.row),
                        RegionInfo.unsigned(row, Native.zinc_participant.generation),
                        row.getInt(Native.zinc_participant.alive) != 0,
                        row.getInt(Native.zinc_participant.creator) != 0,
                        RegionInfo.unsigned(row, Native.zinc_participant.pid),
                        row.getInt(Native.zinc_participant.waits),
                        row.getInt(Native.zinc_participant.same_namespace) != 0,
                        row.getLong(Native.zinc_participant.started_ticks),
                        RegionInfo.text(row, Native.zinc_participant.program)));
            }
            return List.copyOf(found);
        }
    }

    /**
     * Unbinds a name by force, whoever uses the region; participants keep the bytes.
     *
     * @param name its name
     * @throws RegionNotFoundException if there is none
     * @throws RegionAccessException without the right to unlink the file
     * @throws RegionFormatException for a file that is no region, which stays
     */
    public static void remove(String name) {
        byte[] text = Names.bytes(name, "name");
        Library.require();
        try (Memory error = new Memory(Native.zinc_error.SIZE)) {
            check(Native.zinc_region_remove(text, Pointer.nativeValue(error)), error);
        }
    }

    /**
     * Removes every region of the domain that nobody alive uses and whose lifetime allows it, and
     * what creators left that died half-way. Living regions and persistent ones stay.
     *
     * @return what was removed
     * @throws ZincException if the directory cannot be read
     */
    public static GcReport gc() {
        return gc(false);
    }

    /**
     * Does what {@link #gc()} does, or only tells what it would do.
     *
     * @param dryRun true to remove nothing
     * @return what was, or would be, removed
     * @throws ZincException if the directory cannot be read
     */
    public static GcReport gc(boolean dryRun) {
        Library.require();
        List<Removal> removals = new ArrayList<>();
        Native.zinc_gc_callback callback = (context, kind, name, allocated, status) ->
                removals.add(new Removal(name.getString(0, "UTF-8"),
                        kind == Native.ZINC_GC_TEMPORARY, allocated, status));
        try (Memory report = new Memory(Native.zinc_gc_report.SIZE);
                Memory error = new Memory(Native.zinc_error.SIZE)) {
            report.clear();
            report.setInt(Native.zinc_gc_report.size, Native.zinc_gc_report.SIZE);
            check(Native.zinc_gc(dryRun ? Native.ZINC_GC_DRY_RUN : 0, callback, 0,
                    Pointer.nativeValue(report), Pointer.nativeValue(error)), error);
            return new GcReport(
                    report.getLong(Native.zinc_gc_report.regions_seen),
                    report.getLong(Native.zinc_gc_report.regions_removed),
                    report.getLong(Native.zinc_gc_report.temporaries_removed),
                    report.getLong(Native.zinc_gc_report.failures),
                    report.getLong(Native.zinc_gc_report.bytes_removed),
                    List.copyOf(removals));
        } finally {
            // C knows only the address of its trampoline.
            Reference.reachabilityFence(callback);
        }
    }

    /**
     * Asks what this machine offers to regions: file system, limits, wait back-end, stale regions.
     *
     * @return the facts
     */
    public static DoctorFacts doctor() {
        Library.require();
        try (Memory raw = new Memory(Native.zinc_doctor_facts.SIZE)) {
            raw.clear();
            raw.setInt(Native.zinc_doctor_facts.size, Native.zinc_doctor_facts.SIZE);
            int status = Native.zinc_doctor(Pointer.nativeValue(raw));
            if (status != Native.ZINC_OK) {
                throw ZincException.of(status);
            }
            return new DoctorFacts(
                    raw.getInt(Native.zinc_doctor_facts.directory_status),
                    RegionInfo.text(raw, Native.zinc_doctor_facts.directory),
                    RegionInfo.text(raw, Native.zinc_doctor_facts.filesystem),
                    RegionInfo.text(raw, Native.zinc_doctor_facts.domain),
                    RegionInfo.text(raw, Native.zinc_doctor_facts.wait_backend),
                    RegionInfo.text(raw, Native.zinc_doctor_facts.huge_pages),
                    known(raw, Native.zinc_doctor_facts.directory_total),
                    known(raw, Native.zinc_doctor_facts.directory_free),
                    known(raw, Native.zinc_doctor_facts.inodes_total),
                    known(raw, Native.zinc_doctor_facts.inodes_free),
                    known(raw, Native.zinc_doctor_facts.descriptors_limit),
                    known(raw, Native.zinc_doctor_facts.descriptors_used),
                    known(raw, Native.zinc_doctor_facts.maps_limit),
                    known(raw, Native.zinc_doctor_facts.maps_used),
                    known(raw, Native.zinc_doctor_facts.address_space_limit),
                    raw.getLong(Native.zinc_doctor_facts.page_size),
                    raw.getLong(Native.zinc_doctor_facts.processors),
                    raw.getLong(Native.zinc_doctor_facts.regions),
                    raw.getLong(Native.zinc_doctor_facts.regions_stale),
                    raw.getLong(Native.zinc_doctor_facts.bytes_stale),
                    raw.getInt(Native.zinc_doctor_facts.has_proc) != 0,
                    raw.getInt(Native.zinc_doctor_facts.has_tmpfile) != 0,
                    raw.getInt(Native.zinc_doctor_facts.has_waitv) != 0,
                    raw.getInt(Native.zinc_doctor_facts.has_memfd) != 0,
                    switch (raw.getInt(Native.zinc_doctor_facts.remove_ipc)) {
                        case 0 -> "no";
                        case 1 -> "yes";
                        default -> "unknown";
                    },
                    raw.getInt(Native.zinc_doctor_facts.directory_sticky) != 0);
        }
    }

    /** UINT64_MAX is what cannot be had. */
    private static OptionalLong known(Pointer raw, long offset) {
        long value = raw.getLong(offset);
        return value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private static void check(int status, Pointer error) {
        if (status != Native.ZINC_OK) {
            throw ZincException.ofCall(status, error);
        }
    }
}
