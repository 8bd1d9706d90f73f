/* SPDX-License-Identifier: MIT */
/* Planted faults: pieces of the algorithms, weakened one at a time, to show that the tests see it.
 *
 * A build with -DZINC_MUTANT=NAME has the one fault of that name; every other build has none, and
 * the compiler drops the weakened branch, because ZINC_MUTATED is a constant. A mutant is one line
 * in the list below and one `if (ZINC_MUTATED(NAME))` where it weakens something; the list names
 * the test that must fail (tests/crash/mutants runs them all). A test path that begins with
 * `thread:` is built with ThreadSanitizer: a weakened order shows there and, on most machines,
 * nowhere else. */
#ifndef ZINC_BASE_MUTANT_H
#define ZINC_BASE_MUTANT_H

/* X(name, the test that must fail): what is weakened. */
#define ZINC__MUTANTS(X)                                                                           \
    /* A notifier wakes nobody. */                                                                 \
    X(WAIT_NEVER_WAKE, "unit/wait")                                                                \
    /* A notifier clears *parked* behind the advance: also for a waiter who has seen it. */        \
    X(WAIT_CLEARS_LATE, "crash/wait")                                                              \
    /* A waiter sleeps without having set *parked*. */                                             \
    X(WAIT_NOT_FLAGGED, "unit/wait")                                                               \
    /* A waiter sleeps without a bound, also when a notifier died before its wake. */              \
    X(WAIT_UNBOUNDED_SLICE, "crash/wait")                                                          \
    /* The last closer tries the alive byte before it has the name byte. */                        \
    X(CLOSE_WITHOUT_NAME, "crash/lifecycle")                                                       \
    /* Whoever holds the alive byte of a region marked dead counts as alive. */                    \
    X(RECLAIM_DEAD_LIVES, "crash/lifecycle")                                                       \
    /* A reclaimer does not look whether anybody lives. */                                         \
    X(RECLAIM_THE_LIVING, "unit/region")                                                           \
    /* An opener does not look at the state again once it counts as alive. */                      \
    X(OPEN_ATTACHES_DEAD, "crash/lifecycle")                                                       \
    /* A reclaimer does not look whether the name is still the inode it locked. */                 \
    X(RECLAIM_ANY_INODE, "crash/lifecycle")                                                        \
    /* A child keeps its parent's lock descriptors. */                                             \
    X(FORK_KEEPS_LOCKS, "crash/fork")                                                              \
    /* A peer's capacity is believed without a look at the file. */                                \
    X(GROW_BELIEVES, "unit/region")                                                                \
    /* A row keeps its generation when it changes hands. */                                        \
    X(ROW_SAME_GENERATION, "unit/participant")                                                     \
    /* A wait never tells that a signal may have been missed. */                                   \
    X(WAIT_DEAF_TO_SIGNALS, "unit/wait")                                                           \
    /* Two who park for each other never try to spin again. */                                     \
    X(WAIT_NEVER_TRIES, "unit/wait")                                                               \
    /* A waiter writes into a page that it was told is gone. */                                    \
    X(WAIT_TOUCHES_GONE, "crash/hostile")                                                          \
    /* A handle takes what came before it was opened for seen. */                                  \
    X(WAIT_FRESH_HAS_SEEN, "unit/wait")                                                            \
    /* A cancellation wakes nobody. */                                                             \
    X(CANCEL_SILENT, "unit/wait")                                                                  \
    /* Closing a handle wakes nobody. */                                                           \
    X(CLOSE_SILENT, "unit/wait")                                                                   \
    /* A handle takes itself for dead, since its probe says that its own byte is free. */          \
    X(ROW_PROBES_ITSELF, "unit/participant")                                                       \
    /* A read lock on a row's byte counts as its owner's. */                                       \
    X(ROW_READ_LOCK_LIVES, "crash/region")                                                         \
    /* A row is given back without saying so in its word. */                                       \
    X(ROW_STAYS_USED, "unit/region")                                                               \
    /* A creator binds the name before it counts as alive. */                                      \
    X(CREATE_NOT_ALIVE, "unit/region")                                                             \
    /* An opener of a region that was replaced meanwhile finds nothing. */                         \
    X(OPEN_FORGETS_REPLACED, "crash/lifecycle")                                                    \
    /* An opener does not look at owner and mode. */                                               \
    X(OPEN_TRUSTS_ANYBODY, "crash/hostile")                                                        \
    /* A header is not checked against its CRC. */                                                 \
    X(HEADER_NO_CRC, "crash/hostile")                                                              \
    /* A file may be shorter than it says. */                                                      \
    X(HEADER_ANY_SIZE, "crash/hostile")                                                            \
    /* A file's length is not looked at again after its capacity. */                               \
    X(HEADER_OLD_SIZE, "crash/region")                                                             \
    /* Two may grow a region at once. */                                                           \
    X(GROW_UNLOCKED, "crash/region")                                                               \
    /* A sweeper does not look whether the maker of a half-made file lives. */                     \
    X(SWEEP_THE_LIVING, "crash/lifecycle")                                                         \
    /* A replacer does not lock the name byte of what it replaces. */                              \
    X(REPLACE_WITHOUT_NAME, "crash/lifecycle")                                                     \
    /* A helper sleeps without having set *parked*. */                                             \
    X(EVENTS_NOT_FLAGGED, "unit/events")                                                           \
    /* A helper that sleeps is not told of anything. */                                            \
    X(EVENTS_NO_BELL, "unit/events")                                                               \
    /* A helper trusts that read-only handles are woken. */                                        \
    X(EVENTS_TRUST_READERS, "unit/events")                                                         \
    /* A closed handle keeps its pending tokens. */                                                \
    X(EVENTS_MISS_CLOSE, "unit/events")                                                            \
    /* A helper stays with the memory of closed handles. */                                        \
    X(EVENTS_KEEP_CLOSED, "unit/events")                                                           \
    /* A child goes on with the helpers of its parent. */                                          \
    X(EVENTS_INHERIT, "unit/events")                                                               \
    /* A queue is destroyed under a callback that runs. */                                         \
    X(EVENTS_DESTROY_EARLY, "unit/events")                                                         \
    /* A use of a region is given back outside of the lock. */                                     \
    X(EVENTS_LEAVE_LATE, "crash/events")                                                           \
    /* Every owner counts as dead. */                                                              \
    X(OWNED_WORD_NO_PROBE, "unit/owned_word")                                                      \
    /* No owner counts as dead. */                                                                 \
    X(OWNED_WORD_NEVER_DEAD, "crash/blocks")                                                       \
    /* The take-over compares with the word as it is after the probe. */                           \
    X(OWNED_WORD_RELOADS, "crash/blocks")                                                          \
    /* A take-over starts the value at 0, as if there were something to undo. */                   \
    X(OWNED_WORD_DROPS_VALUE, "crash/blocks")                                                      \
    /* A take-over looks like any other take. */                                                   \
    X(OWNED_WORD_HIDES_RECOVERY, "crash/blocks")                                                   \
    /* A row that does not exist is probed like any other. */                                      \
    X(OWNED_WORD_TRUSTS_ROW, "unit/owned_word")                                                    \
    /* A commit stores without looking whether the word is still its own. */                       \
    X(OWNED_WORD_BLIND_COMMIT, "unit/owned_word")                                                  \
    /* A commit does not tell those who wait. */                                                   \
    X(OWNED_WORD_SILENT_COMMIT, "unit/owned_word")                                                 \
    /* A commit orders nothing. */                                                                 \
    X(OWNED_WORD_RELAXED_COMMIT, "thread:stress/blocks")                                           \
    /* A claim of the living may be taken over. */                                                 \
    X(CLAIM_CELL_NO_PROBE, "unit/claim_cell")                                                      \
    /* A claim of the dead stays. */                                                               \
    X(CLAIM_CELL_NEVER_DEAD, "crash/blocks")                                                       \
    /* The take-over compares with the cell as it is after the probe. */                           \
    X(CLAIM_CELL_RELOADS, "crash/blocks")                                                          \
    /* Publishing stores without looking whether the claim still stands. */                        \
    X(CLAIM_CELL_BLIND_PUBLISH, "unit/claim_cell")                                                 \
    /* A transition ignores the tag. */                                                            \
    X(CLAIM_CELL_IGNORES_TAG, "unit/claim_cell")                                                   \
    /* Publishing orders nothing. */                                                               \
    X(CLAIM_CELL_RELAXED_PUBLISH, "thread:stress/blocks")                                          \
    /* A writer does not show that it is writing. */                                               \
    X(VERSION_CELL_NO_MARK, "stress/blocks")                                                       \
    /* Readers do not look at the version again. */                                                \
    X(VERSION_CELL_NO_RECHECK, "stress/blocks")                                                    \
    /* A writer counts on from a dead writer's mark, which turns the mark off. */                  \
    X(VERSION_CELL_TOGGLES, "crash/blocks")                                                        \
    /* A reader waits for a writer without bound. */                                               \
    X(VERSION_CELL_UNBOUNDED, "unit/version_cell")

#define ZINC__MUTANT_CONSTANT(name, test) ZINC__MUTANT_##name,
enum zinc__mutant { ZINC__MUTANT_NONE, ZINC__MUTANTS(ZINC__MUTANT_CONSTANT) ZINC__MUTANT_COUNT };
#undef ZINC__MUTANT_CONSTANT

#ifndef ZINC_MUTANT
#define ZINC_MUTANT NONE
#endif
#define ZINC__MUTANT_NAMED(name) ZINC__MUTANT_##name
#define ZINC__MUTANT_OF(name) ZINC__MUTANT_NAMED(name)

/* True in the build that has this mutant. */
#define ZINC_MUTATED(name) (ZINC__MUTANT_OF(ZINC_MUTANT) == ZINC__MUTANT_##name)

#endif
