// SPDX-License-Identifier: MIT
package io.zinc;

import java.util.List;

/**
 * What {@link Registry#gc} did, or would do.
 *
 * @param regionsSeen regions of the domain
 * @param regionsRemoved regions that nobody alive uses
 * @param temporariesRemoved half-made ones of creators that died
 * @param failures what could not be removed
 * @param bytesRemoved memory of what was removed
 * @param removals each of them
 */
public record GcReport(long regionsSeen, long regionsRemoved, long temporariesRemoved,
        long failures, long bytesRemoved, List<Removal> removals) {}
