// SPDX-License-Identifier: MIT
package io.zinc;

/**
 * Something that {@link Registry#gc} removed, or would remove.
 *
 * @param name of the region, or of the file of a half-made one
 * @param temporary whether it was half-made, by a creator that died
 * @param allocated bytes of memory
 * @param status 0, or the status that says why it could not be removed
 */
public record Removal(String name, boolean temporary, long allocated, int status) {}
