// SPDX-License-Identifier: MIT
package io.zinc;

import java.util.OptionalLong;

/**
 * What the machine offers. Sizes are bytes; empty is what cannot be had.
 *
 * @param directoryStatus 0, or the status that says why the directory cannot be used
 * @param directory where regions live
 * @param filesystem its kind, such as {@code tmpfs}
 * @param domain the environment's domain
 * @param waitBackend how waits park, such as {@code futex}
 * @param hugePages the kernel's setting for shared memory
 * @param directoryTotal bytes of the file system
 * @param directoryFree free bytes of it
 * @param inodesTotal files that it can have
 * @param inodesFree files that it can still have
 * @param descriptorsLimit descriptors that this process can have
 * @param descriptorsUsed descriptors that it has
 * @param mapsLimit mappings that a process can have
 * @param mapsUsed mappings that this one has
 * @param addressSpaceLimit bytes that this process can map
 * @param pageSize bytes of a page
 * @param processors that this process may run on
 * @param regions regions in the domain
 * @param regionsStale regions that gc would remove
 * @param bytesStale memory that gc would free
 * @param hasProc whether {@code /proc} is mounted, which private regions need
 * @param hasTmpfile whether regions are created in one step
 * @param hasWaitv whether one thread can wait on many words
 * @param hasMemfd whether there are private regions
 * @param removesIpc logind's RemoveIPC, which deletes a user's regions at logout: {@code yes},
 *     {@code no} or {@code unknown}
 * @param directorySticky whether only a file's owner and root can remove it
 */
public record DoctorFacts(int directoryStatus, String directory, String filesystem, String domain,
        String waitBackend, String hugePages, OptionalLong directoryTotal,
        OptionalLong directoryFree, OptionalLong inodesTotal, OptionalLong inodesFree,
        OptionalLong descriptorsLimit, OptionalLong descriptorsUsed, OptionalLong mapsLimit,
        OptionalLong mapsUsed, OptionalLong addressSpaceLimit, long pageSize, long processors,
        long regions, long regionsStale, long bytesStale, boolean hasProc, boolean hasTmpfile,
        boolean hasWaitv, boolean hasMemfd, String removesIpc, boolean directorySticky) {}
