// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/**
 * Facts about a region, as they were when they were asked for.
 *
 * @param name without slash and domain; a private region's label
 * @param domain the domain, empty outside of one
 * @param capacity bytes
 * @param maxCapacity bytes up to which it may grow
 * @param dataOffset where the data begins in the file, in bytes
 * @param allocated bytes of memory that the file occupies
 * @param prefaulted this handle: bytes brought in by the option
 * @param hugeBytes this handle: bytes mapped by huge pages now
 * @param createdNs nanoseconds since 1970-01-01 UTC
 * @param device of the file
 * @param inode of the file
 * @param lifetime when the name goes
 * @param mode permission bits
 * @param owner user id
 * @param group group id
 * @param creatorPid in the creator's own PID namespace
 * @param rows participants that fit
 * @param participantsAlive handles of all processes; read-only ones are not counted
 * @param participantsDead rows whose owner died and that nobody has taken again
 * @param waiters waits in progress
 * @param notifications the notify sequence, which wraps at 2<sup>32</sup>
 * @param waitPolicy this handle's
 * @param layout the number of the layout
 * @param flags as the core gives them; the methods below read them
 * @param status 0, or in listings the status that says why the file is no usable region
 */
public record RegionInfo(String name, String domain, long capacity, long maxCapacity,
        long dataOffset, long allocated, long prefaulted, long hugeBytes, long createdNs,
        long device, long inode, Lifetime lifetime, int mode, long owner, long group,
        long creatorPid, int rows, int participantsAlive, int participantsDead, int waiters,
        long notifications, WaitPolicy waitPolicy, int layout, int flags, int status) {

    /** A zinc_info that is ready to be filled. */
    static Memory memory() {
        Memory memory = new Memory(Native.zinc_info.SIZE);
        memory.clear();
        memory.setInt(Native.zinc_info.size, Native.zinc_info.SIZE);
        return memory;
    }

    static RegionInfo read(Pointer raw, int status) {
        return new RegionInfo(
                text(raw, Native.zinc_info.name),
                text(raw, Native.zinc_info.domain),
                raw.getLong(Native.zinc_info.capacity),
                raw.getLong(Native.zinc_info.max_capacity),
                raw.getLong(Native.zinc_info.data_offset),
                raw.getLong(Native.zinc_info.allocated),
                raw.getLong(Native.zinc_info.prefaulted),
                raw.getLong(Native.zinc_info.huge_bytes),
                raw.getLong(Native.zinc_info.created_ns),
                raw.getLong(Native.zinc_info.device),
                raw.getLong(Native.zinc_info.inode),
                choice(Lifetime.values(), raw.getInt(Native.zinc_info.lifetime)),
                raw.getInt(Native.zinc_info.mode),
                unsigned(raw, Native.zinc_info.owner),
                unsigned(raw, Native.zinc_info.group),
                unsigned(raw, Native.zinc_info.creator_pid),
                raw.getInt(Native.zinc_info.rows),
                raw.getInt(Native.zinc_info.participants_alive),
                raw.getInt(Native.zinc_info.participants_dead),
                raw.getInt(Native.zinc_info.waiters),
                unsigned(raw, Native.zinc_info.notifications),
                choice(WaitPolicy.values(), raw.getInt(Native.zinc_info.wait_policy)),
                raw.getInt(Native.zinc_info.layout),
                raw.getInt(Native.zinc_info.flags),
                status);
    }

    static String text(Pointer raw, long offset) {
        return raw.getString(offset, StandardCharsets.UTF_8.name());
    }

    static long unsigned(Pointer raw, long offset) {
        return Integer.toUnsignedLong(raw.getInt(offset));
    }

    /** A file that is no region may hold any number: the first choice then, as its status tells. */
    private static <T> T choice(T[] all, int index) {
        return index >= 0 && index < all.length ? all[index] : all[0];
    }

    private boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /**
     * Says whether this handle created the region.
     *
     * @return true if so
     */
    public boolean created() {
        return has(Native.ZINC_INFO_CREATED);
    }

    /**
     * Says whether this handle is read-only.
     *
     * @return true if so
     */
    public boolean readOnly() {
        return has(Native.ZINC_INFO_READ_ONLY);
    }

    /**
     * Says whether this is a memory file without a name.
     *
     * @return true if so
     */
    public boolean isPrivate() {
        return has(Native.ZINC_INFO_PRIVATE);
    }

    /**
     * Says whether there can be no further writer and no growth.
     *
     * @return true if so
     */
    public boolean sealed() {
        return has(Native.ZINC_INFO_SEALED);
    }

    /**
     * Says whether the name was unbound, or means another region now.
     *
     * @return true if so
     */
    public boolean stale() {
        return has(Native.ZINC_INFO_STALE);
    }

    /**
     * Says whether the creator's handle lives.
     *
     * @return true if so
     */
    public boolean creatorAlive() {
        return has(Native.ZINC_INFO_CREATOR_ALIVE);
    }

    /**
     * Says whether the last participant has left, so that only the file remains.
     *
     * @return true if so
     */
    public boolean dead() {
        return has(Native.ZINC_INFO_DEAD);
    }

    /**
     * Says whether the file is shorter than the capacity.
     *
     * @return true if so
     */
    public boolean gone() {
        return has(Native.ZINC_INFO_GONE);
    }

    /**
     * Says whether nobody lives and the name may go: {@link Registry#gc} removes it.
     *
     * @return true if so
     */
    public boolean reclaimable() {
        return has(Native.ZINC_INFO_RECLAIMABLE);
    }

    /**
     * Says whether read-only handles are woken at once.
     *
     * @return true if so
     */
    public boolean readOnlyWaiters() {
        return has(Native.ZINC_INFO_READ_ONLY_WAITERS);
    }

    /**
     * Says whether the region was made without allocating its memory.
     *
     * @return true if so
     */
    public boolean sparse() {
        return has(Native.ZINC_INFO_SPARSE);
    }
}
