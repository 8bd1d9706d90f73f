// SPDX-License-Identifier: MIT
package io.zinc;

/**
 * One row of a region. Facts about the process are hints for people.
 *
 * @param row from 1
 * @param generation how often the row has been taken
 * @param alive whether the participant lives
 * @param creator whether it is the creator's handle
 * @param pid in the participant's own PID namespace
 * @param waits waits in progress
 * @param sameNamespace whether {@code pid} means something here
 * @param startedTicks start time of the process, as in {@code /proc/PID/stat}, field 22
 * @param program its name
 */
public record Participant(int row, long generation, boolean alive, boolean creator, long pid,
        int waits, boolean sameNamespace, long startedTicks, String program) {}
