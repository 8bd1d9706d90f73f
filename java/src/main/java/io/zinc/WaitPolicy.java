// SPDX-License-Identifier: MIT
package io.zinc;

/** How a wait spends the time before it parks in the kernel. */
public enum WaitPolicy {
    /** Spin while waits have been short, 40 microseconds at most. */
    ADAPTIVE,
    /** Never park: lowest latency, one busy core. */
    SPIN,
    /** Never spin. */
    PARK
}
