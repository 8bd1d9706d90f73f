// SPDX-License-Identifier: MIT
package io.zinc;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.Objects;

/**
 * Options of regions and handles, immutable.
 *
 * <pre>{@code
 * var options = RegionOptions.builder().lifetime(Lifetime.PERSISTENT).mode(0640).build();
 * }</pre>
 */
public final class RegionOptions {
    static final RegionOptions DEFAULTS = builder().build();

    private final Builder chosen;

    private RegionOptions(Builder chosen) {
        this.chosen = chosen;
    }

    /**
     * Starts with the defaults.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** A zinc_region_options with the owners behind it. */
    Memory memory() {
        int owners = Native.zinc_region_options.SIZE;
        Memory memory = new Memory(owners + Math.max(1, chosen.acceptOwners.length) * 4L);
        memory.clear();
        memory.setInt(Native.zinc_region_options.size, Native.zinc_region_options.SIZE);
        memory.setInt(Native.zinc_region_options.flags, chosen.flags);
        memory.setInt(Native.zinc_region_options.lifetime, chosen.lifetime.ordinal());
        memory.setInt(Native.zinc_region_options.wait_policy, chosen.waitPolicy.ordinal());
        memory.setInt(Native.zinc_region_options.mode, chosen.mode);
        memory.setInt(Native.zinc_region_options.group, chosen.group);
        memory.setInt(Native.zinc_region_options.rows, chosen.rows);
        memory.setInt(Native.zinc_region_options.accept_mode, chosen.acceptMode);
        memory.setLong(Native.zinc_region_options.max_capacity, chosen.maxCapacity);
        if (chosen.acceptOwners.length > 0) {
            memory.write(owners, chosen.acceptOwners, 0, chosen.acceptOwners.length);
            memory.setLong(Native.zinc_region_options.accept_owners,
                    Pointer.nativeValue(memory) + owners);
            memory.setLong(Native.zinc_region_options.accept_owner_count,
                    chosen.acceptOwners.length);
        }
        return memory;
    }

    /** Collects options. Not for several threads at once. */
    public static final class Builder {
        private int flags;
        private Lifetime lifetime = Lifetime.AUTO;
        private WaitPolicy waitPolicy = WaitPolicy.ADAPTIVE;
        private int mode;
        private int group;
        private int rows;
        private int acceptMode;
        private long maxCapacity;
        private int[] acceptOwners = {};

        private Builder() {}

        private Builder(Builder from) {
            flags = from.flags;
            lifetime = from.lifetime;
            waitPolicy = from.waitPolicy;
            mode = from.mode;
            group = from.group;
            rows = from.rows;
            acceptMode = from.acceptMode;
            maxCapacity = from.maxCapacity;
            acceptOwners = from.acceptOwners;
        }

        private Builder flag(int flag, boolean set) {
            flags = set ? flags | flag : flags & ~flag;
            return this;
        }

        private static long within(long value, String what, long least, long most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(
                        what + " must be " + least + " to " + most + ", not " + value);
            }
            return value;
        }

        /**
         * Creating: when the name goes; {@link Lifetime#AUTO} unless given.
         *
         * @param value the lifetime
         * @return this builder
         */
        public Builder lifetime(Lifetime value) {
            lifetime = Objects.requireNonNull(value, "lifetime");
            return this;
        }

        /**
         * This handle: how it waits; {@link WaitPolicy#ADAPTIVE} unless given.
         *
         * @param value the policy
         * @return this builder
         */
        public Builder waitPolicy(WaitPolicy value) {
            waitPolicy = Objects.requireNonNull(value, "waitPolicy");
            return this;
        }

        /**
         * Creating: permission bits, exactly as given; {@code 0600} unless given. Group or others
         * that may write must also be accepted by who opens ({@link #acceptMode}).
         *
         * @param bits 1 to 07777
         * @return this builder
         */
        public Builder mode(int bits) {
            mode = (int) within(bits, "mode", 1, 07777);
            return this;
        }

        /**
         * Creating: the group that the file is given.
         *
         * @param id a group id, 0 to 4294967294
         * @return this builder
         */
        public Builder group(long id) {
            group = (int) within(id, "group", 0, 0xffff_fffeL);
            return flag(Native.ZINC_REGION_SET_GROUP, true);
        }

        /**
         * Creating: participants at one time; 128 unless given.
         *
         * @param count 1 to 1023
         * @return this builder
         */
        public Builder rows(int count) {
            rows = (int) within(count, "rows", 1, Native.ZINC_ROWS_MAX);
            return this;
        }

        /**
         * Creating: how far {@link SharedRegion#grow} may go; the capacity unless given.
         *
         * @param bytes at least the capacity
         * @return this builder
         */
        public Builder maxCapacity(long bytes) {
            maxCapacity = within(bytes, "maxCapacity", 1, Long.MAX_VALUE);
            return this;
        }

        /**
         * Opening: map the bytes read-only. The handle can read and wait; its buffers are
         * read-only.
         *
         * @param value true for read-only
         * @return this builder
         */
        public Builder readOnly(boolean value) {
            return flag(Native.ZINC_REGION_READ_ONLY, value);
        }

        /**
         * Bring every page in now, not at first touch.
         *
         * @param value true to do so
         * @return this builder
         */
        public Builder prefault(boolean value) {
            return flag(Native.ZINC_REGION_PREFAULT, value);
        }

        /**
         * Creating: do not allocate. A full file system is then a fault when the bytes are first
         * touched (an {@link InternalError}, or the end of the process) instead of an exception
         * now.
         *
         * @param value true to do so
         * @return this builder
         */
        public Builder sparse(boolean value) {
            return flag(Native.ZINC_REGION_SPARSE, value);
        }

        /**
         * Ask for huge pages; {@link RegionInfo#hugeBytes} says how many came.
         *
         * @param value true to do so
         * @return this builder
         */
        public Builder hugePages(boolean value) {
            return flag(Native.ZINC_REGION_HUGE_PAGES, value);
        }

        /**
         * Private regions: pages from the hugetlb pool, or an exception of kind
         * {@link ErrorKind#MEMORY} or {@link ErrorKind#FULL} where it has too few.
         *
         * @param value true to do so
         * @return this builder
         */
        public Builder hugetlb(boolean value) {
            return flag(Native.ZINC_REGION_HUGETLB, value);
        }

        /**
         * Private regions: only this handle can ever write or notify; others attach read-only. For
         * peers that do not trust each other.
         *
         * @param value true to do so
         * @return this builder
         */
        public Builder sealed(boolean value) {
            return flag(Native.ZINC_REGION_SEALED, value);
        }

        /**
         * Creating: read-only handles are woken at once instead of within 50 ms, for a system call
         * in every notification.
         *
         * @param value true to do so
         * @return this builder
         */
        public Builder readOnlyWaiters(boolean value) {
            return flag(Native.ZINC_REGION_READ_ONLY_WAITERS, value);
        }

        /**
         * Opening: write bits of group (020) and others (02) that the file may have; none unless
         * given.
         *
         * @param bits 0, 020, 02 or 022
         * @return this builder
         */
        public Builder acceptMode(int bits) {
            if ((bits & ~022) != 0) {
                throw new IllegalArgumentException("acceptMode must be 020, 02 or both, not "
                        + (bits < 0 ? Integer.toString(bits) : "0" + Integer.toOctalString(bits)));
            }
            acceptMode = bits;
            return this;
        }

        /**
         * Opening: user ids that may own the file, besides this process's own and root.
         *
         * @param ids user ids, 0 to 4294967294
         * @return this builder
         */
        public Builder acceptOwners(long... ids) {
            int[] owners = new int[ids.length];
            for (int index = 0; index < ids.length; index++) {
                owners[index] = (int) within(ids[index], "an accepted owner", 0, 0xffff_fffeL);
            }
            acceptOwners = owners;
            return this;
        }

        /**
         * Opening: accept a file of any owner.
         *
         * @param value true to do so
         * @return this builder
         */
        public Builder acceptAnyOwner(boolean value) {
            return flag(Native.ZINC_REGION_ANY_OWNER, value);
        }

        /**
         * Makes the options; the builder may be used further.
         *
         * @return the options
         */
        public RegionOptions build() {
            return new RegionOptions(new Builder(this));
        }
    }
}
