// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Telling and waiting. */
class WaitTest {
    /** What is promised, and what a loaded machine may take on top of it. */
    private static final long PROMPT_MS = 100;
    private static final long SLACK_MS = 400;

    private final String name = Support.name();
    private SharedRegion region;

    @BeforeEach
    void create() {
        region = SharedRegion.create(name, 4096);
    }

    @AfterEach
    void close() {
        region.close();
    }

    private static void assertPrompt(long since, long ended) {
        long took = TimeUnit.NANOSECONDS.toMillis(ended - since);
        assertTrue(took <= PROMPT_MS + SLACK_MS, "took " + took + " ms");
    }

    @Test
    void aNotificationEndsAWaitAndShowsWhatWasWritten() throws Exception {
        try (SharedRegion other = SharedRegion.open(name)) {
            var wait = new Support.Background<>(() -> {
                boolean came = other.await(20_000);
                return came ? other.buffer().get(17) : -1;
            });
            Support.untilWaiting(region, 1);
            region.buffer().put(17, (byte) 71);
            region.signal();
            assertEquals((byte) 71, wait.result());
        }
    }

    @Test
    void timeoutsAreFalse() throws Exception {
        long begin = System.nanoTime();
        assertFalse(region.await(60));
        assertFalse(region.await(Duration.ofMillis(60)));
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        assertTrue(took >= 119, "took " + took + " ms");
        assertFalse(region.await(0));
        assertFalse(region.await(Duration.ZERO));
        assertFalse(region.tryAwait());
    }

    @Test
    void timeoutsOfLessThanAMillisecond() throws Exception {
        assertFalse(region.await(Duration.ofNanos(1)));
        long begin = System.nanoTime();
        assertFalse(region.await(Duration.ofNanos(300_000)));
        assertTrue(System.nanoTime() - begin >= 300_000);
    }

    @Test
    void timeoutsThatFitNoNumberOfNanosecondsAreForEver() throws Exception {
        region.signal();
        assertTrue(region.await(Long.MAX_VALUE));
        region.signal();
        assertTrue(region.await(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999)));
        var wait = new Support.Background<>(() -> region.await(Duration.ofDays(200_000)));
        Support.untilWaiting(region, 1);
        Support.sleep(20);
        Support.untilWaiting(region, 1);
        region.signal();
        assertTrue(wait.result());
    }

    @Test
    void waitingForEver() throws Exception {
        var wait = new Support.Background<>(() -> {
            region.await();
            return true;
        });
        Support.untilWaiting(region, 1);
        region.signal();
        assertTrue(wait.result());
    }

    @Test
    void notificationsCoalesce() {
        region.signal();
        region.signal();
        assertTrue(region.tryAwait());
        assertFalse(region.tryAwait());
    }

    @Test
    void aFreshHandleSeesAnEarlierNotification() throws Exception {
        region.signal();
        try (SharedRegion other = SharedRegion.open(name)) {
            assertTrue(other.await(0));
            assertFalse(other.await(0));
        }
    }

    @Test
    void oneNotificationEndsEveryWait() throws Exception {
        try (SharedRegion other = SharedRegion.open(name)) {
            List<Support.Background<Boolean>> waits = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                waits.add(new Support.Background<>(() -> region.await(20_000)));
                waits.add(new Support.Background<>(() -> other.await(20_000)));
            }
            Support.untilWaiting(region, 16);
            region.signal();
            for (var wait : waits) {
                assertTrue(wait.result());
            }
        }
    }

    @Test
    void closingEndsWaitsWithClosed() throws Exception {
        List<Support.Background<Boolean>> waits = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            waits.add(new Support.Background<>(() -> region.await(20_000)));
        }
        Support.untilWaiting(region, 8);
        long begin = System.nanoTime();
        region.close();
        for (var wait : waits) {
            RegionClosedException error =
                    assertThrows(RegionClosedException.class, wait::result);
            assertTrue(error.getMessage().contains("closed"));
            assertPrompt(begin, wait.ended());
        }
    }

    @ParameterizedTest
    @EnumSource(WaitPolicy.class)
    void anInterruptEndsAWaitAtOnce(WaitPolicy policy) throws Exception {
        RegionOptions options = RegionOptions.builder().waitPolicy(policy).build();
        try (SharedRegion other = SharedRegion.open(name, options)) {
            for (int round = 0; round < 20; round++) {
                var wait = new Support.Background<>(() -> {
                    try {
                        return other.await(20_000);
                    } finally {
                        assertFalse(Thread.currentThread().isInterrupted(), "it was consumed");
                    }
                });
                Support.untilWaiting(region, 1);
                long begin = System.nanoTime();
                wait.thread.interrupt();
                assertThrows(InterruptedException.class, wait::result);
                assertPrompt(begin, wait.ended());
            }
            region.signal();
            assertTrue(other.await(1000), "the handle is not spoilt");
        }
    }

    @Test
    void anInterruptBeforeTheWaitIsNotMissed() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> region.await(20_000));
        assertFalse(Thread.interrupted());
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, region::await);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> region.await(0));
        assertFalse(Thread.interrupted());
    }

    @Test
    void askingDoesNotLookAtInterrupts() {
        Thread.currentThread().interrupt();
        assertFalse(region.tryAwait());
        region.signal();
        assertTrue(region.tryAwait());
        assertTrue(Thread.interrupted());
    }

    @Test
    void interruptsAtEveryMomentAreNeitherLostNorLeftBehind() throws Exception {
        for (int round = 0; round < 300; round++) {
            int spin = round * 40;
            var wait = new Support.Background<>(() -> region.await(20_000));
            for (int i = 0; i < spin; i++) {
                Thread.onSpinWait();
            }
            wait.thread.interrupt();
            assertThrows(InterruptedException.class, wait::result);
        }
        // None of them disturbs a later wait, whichever thread makes it.
        for (int round = 0; round < 20; round++) {
            var wait = new Support.Background<>(() -> region.await(5));
            assertFalse(wait.result());
        }
    }

    @Test
    void anInterruptDisturbsNoOtherWait() throws Exception {
        var first = new Support.Background<>(() -> region.await(20_000));
        var second = new Support.Background<>(() -> region.await(20_000));
        Support.untilWaiting(region, 2);
        first.thread.interrupt();
        assertThrows(InterruptedException.class, first::result);
        Support.untilWaiting(region, 1);
        region.signal();
        assertTrue(second.result());
    }

    @Test
    void aNotificationThatMeetsAnInterruptIsNotLost() throws Exception {
        try (SharedRegion other = SharedRegion.open(name)) {
            for (int round = 0; round < 300; round++) {
                other.tryAwait();
                var wait = new Support.Background<>(() -> {
                    try {
                        return other.await(20_000);
                    } catch (InterruptedException error) {
                        return null;
                    }
                });
                Support.untilWaiting(region, 1);
                var notify = new Support.Background<>(() -> {
                    region.signal();
                    return null;
                });
                wait.thread.interrupt();
                notify.result();
                Boolean came = wait.result();
                // Either this wait took it, or the next one finds it.
                assertEquals(came == null, other.tryAwait());
            }
        }
    }

    @Test
    void aThreadThatIsInterruptedInAnotherWayGoesOn() throws Exception {
        // A late wakeup of an earlier wait, as newer releases of Java may deliver it.
        var wait = new Support.Background<>(() -> region.await(20_000));
        Support.untilWaiting(region, 1);
        wait.thread.interrupt();
        assertThrows(InterruptedException.class, wait::result);
        Interruptor late = Interruptor.take();
        late.giveBack();
        var next = new Support.Background<>(() -> region.await(20_000));
        Support.untilWaiting(region, 1);
        late.wakeup();
        Support.sleep(30);
        Support.untilWaiting(region, 1);
        region.signal();
        assertTrue(next.result());
    }

    @Test
    void otherThreadsRunDuringAWait() throws Exception {
        var wait = new Support.Background<>(() -> region.await(20_000));
        Support.untilWaiting(region, 1);
        System.gc();
        assertEquals(4096, region.capacity());
        region.signal();
        assertTrue(wait.result());
    }

    @Test
    void notifyAndWaitBetweenProcesses() throws Exception {
        Process child = Support.child("answer", name).inheritIO().start();
        Support.untilWaiting(region, 1);
        region.buffer().put(0, (byte) 41);
        region.signal();
        while (region.buffer().get(1) == 0) {
            assertTrue(region.await(20_000));
        }
        assertEquals(42, region.buffer().get(1));
        assertEquals(0, child.waitFor());
    }
}
