// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Waits without a thread. */
class EventsTest {
    private static final int MOST_THREADS = 8;

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

    @Test
    void aNotificationCompletesIt() throws Exception {
        CompletableFuture<Boolean> wait = region.awaitAsync(Duration.ofSeconds(20));
        assertFalse(wait.isDone());
        region.signal();
        assertTrue(Support.within(wait));
    }

    @Test
    void oneThatCameBeforeCompletesIt() throws Exception {
        region.signal();
        assertTrue(Support.within(region.awaitAsync()));
        region.signal();
        assertTrue(region.awaitAsync(0).getNow(false));
        assertFalse(region.awaitAsync(Duration.ZERO).getNow(true));
    }

    @Test
    void timeoutsAreFalse() throws Exception {
        long begin = System.nanoTime();
        assertFalse(Support.within(region.awaitAsync(50)));
        assertFalse(Support.within(region.awaitAsync(Duration.ofMillis(50))));
        assertTrue(System.nanoTime() - begin >= 99_000_000);
    }

    @Test
    void closingEndsItWithClosed() throws Exception {
        List<CompletableFuture<Boolean>> waits = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            waits.add(region.awaitAsync());
        }
        region.close();
        for (CompletableFuture<Boolean> wait : waits) {
            ExecutionException error =
                    assertThrows(ExecutionException.class, () -> Support.within(wait));
            assertEquals(RegionClosedException.class, error.getCause().getClass());
            assertTrue(error.getCause().getMessage().contains("closed"));
        }
    }

    @Test
    void cancelingTheFutureEndsTheWait() {
        CompletableFuture<Boolean> wait = region.awaitAsync();
        Support.untilWaiting(region, 1);
        long begin = System.nanoTime();
        assertTrue(wait.cancel(true));
        assertThrows(CancellationException.class, wait::join);
        Support.untilWaiting(region, 0);
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        assertTrue(took < 500, "took " + took + " ms, of 100 with slack");
        region.signal();
        assertTrue(region.tryAwait(), "the notification is there for the next wait");
    }

    @Test
    void otherEndsOfTheFutureEndTheWaitToo() throws Exception {
        CompletableFuture<Boolean> late = region.awaitAsync().orTimeout(20, TimeUnit.MILLISECONDS);
        ExecutionException error =
                assertThrows(ExecutionException.class, () -> Support.within(late));
        assertEquals(TimeoutException.class, error.getCause().getClass());
        Support.untilWaiting(region, 0);
        CompletableFuture<Boolean> given = region.awaitAsync();
        given.complete(true);
        Support.untilWaiting(region, 0);
    }

    @Test
    void aNotificationThatMeetsACancellationIsNotLost() throws Exception {
        for (int round = 0; round < 300; round++) {
            region.tryAwait();
            CompletableFuture<Boolean> wait = region.awaitAsync();
            var notify = new Support.Background<>(() -> {
                region.signal();
                return null;
            });
            boolean canceled = wait.cancel(true);
            notify.result();
            if (canceled) {
                assertTrue(region.await(20_000), "round " + round);
            } else {
                assertTrue(Support.within(wait));
            }
        }
    }

    @Test
    void whatACanceledFutureTookIsTakenOnceOnly() throws Exception {
        for (int round = 0; round < 300; round++) {
            CompletableFuture<Boolean> canceled = region.awaitAsync();
            CompletableFuture<Boolean> told = region.awaitAsync();
            var cancel = new Support.Background<>(() -> canceled.cancel(true));
            region.signal();
            cancel.result();
            assertTrue(Support.within(told));
            Support.untilWaiting(region, 0);
            assertFalse(region.await(1), "told of an old notification in round " + round);
        }
    }

    @Test
    void whatACanceledFutureTookIsThereAtOnce() throws Exception {
        CompletableFuture<Boolean> stuck = new CompletableFuture<>();
        List<CompletableFuture<Boolean>> hanging = new ArrayList<>();
        try (SharedRegion other = SharedRegion.create(name + "-other", 100)) {
            for (int i = 0; i < 10; i++) {
                hanging.add(other.awaitAsync().thenApply(came -> stuck.join()));
            }
            other.signal();
            CompletableFuture<Boolean> wait = region.awaitAsync();
            Support.untilWaiting(region, 1);
            region.signal();
            Support.untilWaiting(region, 0);
            assertTrue(wait.cancel(true));
            assertTrue(region.await(20_000), "it hangs on what other futures do");
            assertFalse(region.tryAwait());
            stuck.complete(true);
            for (CompletableFuture<Boolean> one : hanging) {
                assertTrue(Support.within(one));
            }
            assertFalse(region.tryAwait());
        }
    }

    @Test
    void whatHangsOnItRuns() throws Exception {
        CompletableFuture<String> text = region.awaitAsync()
                .thenApply(came -> "came " + came)
                .exceptionally(error -> "failed");
        region.signal();
        assertEquals("came true", Support.within(text));
        CompletableFuture<String> closed = region.awaitAsync().handle((came, error) ->
                (error instanceof CompletionException ? error.getCause() : error)
                        .getClass().getSimpleName());
        region.close();
        assertEquals("RegionClosedException", Support.within(closed));
    }

    @Test
    void awaitingAgainFromWhatHangsOnIt() throws Exception {
        try (SharedRegion other = SharedRegion.open(name)) {
            CompletableFuture<Boolean> first = other.awaitAsync();
            CompletableFuture<Boolean> second = new CompletableFuture<>();
            CompletableFuture<Boolean> twice = first.thenCompose(came -> {
                CompletableFuture<Boolean> next = other.awaitAsync();
                second.complete(true);
                return next;
            });
            region.signal();
            assertTrue(Support.within(second));
            assertFalse(twice.isDone());
            region.signal();
            assertTrue(Support.within(twice));
        }
    }

    @Test
    void aFutureThatIsStuckHoldsUpNoOthers() throws Exception {
        CompletableFuture<Boolean> stuck = new CompletableFuture<>();
        CompletableFuture<Boolean> hanging = region.awaitAsync().thenApply(came -> stuck.join());
        region.signal();
        try (SharedRegion other = SharedRegion.open(name)) {
            other.tryAwait();
            CompletableFuture<Boolean> free = other.awaitAsync();
            region.signal();
            assertTrue(Support.within(free));
        }
        stuck.complete(true);
        assertTrue(Support.within(hanging));
    }

    @Test
    void aThousandWaitsOnOneRegion() throws Exception {
        long before = Support.threads();
        List<CompletableFuture<Boolean>> waits = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            waits.add(region.awaitAsync());
        }
        long most = Support.threads();
        region.signal();
        for (CompletableFuture<Boolean> wait : waits) {
            assertTrue(Support.within(wait));
            most = Math.max(most, Support.threads());
        }
        assertTrue(most - before <= MOST_THREADS, most - before + " more threads");
    }

    @Test
    void completingMakesNoThreads() throws Exception {
        region.signal();
        assertTrue(Support.within(region.awaitAsync()));
        Set<Thread> before = completers();
        assertEquals(2, before.size());
        Support.sleep(1500);
        CompletableFuture<Boolean> wait = region.awaitAsync();
        region.signal();
        assertTrue(Support.within(wait));
        assertEquals(before, completers());
    }

    private static Set<Thread> completers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("zinc-completer"))
                .collect(Collectors.toSet());
    }

    @Test
    void tenWaitsEachOnAHundredRegions() throws Exception {
        long before = Support.threads();
        List<SharedRegion> regions = new ArrayList<>();
        List<CompletableFuture<Boolean>> waits = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                SharedRegion one = SharedRegion.create(name + "-" + i, 100);
                regions.add(one);
                for (int j = 0; j < 10; j++) {
                    waits.add(one.awaitAsync(Duration.ofSeconds(60)));
                }
            }
            long most = Support.threads();
            assertEquals(0, waits.stream().filter(CompletableFuture::isDone).count());
            for (SharedRegion one : regions) {
                one.signal();
                most = Math.max(most, Support.threads());
            }
            for (CompletableFuture<Boolean> wait : waits) {
                assertTrue(Support.within(wait));
                most = Math.max(most, Support.threads());
            }
            assertTrue(most - before <= MOST_THREADS, most - before + " more threads");
        } finally {
            regions.forEach(SharedRegion::close);
        }
    }

    @Test
    void cancelingAThousand() {
        List<CompletableFuture<Boolean>> waits = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            waits.add(region.awaitAsync());
        }
        waits.forEach(wait -> assertTrue(wait.cancel(false)));
        Support.untilWaiting(region, 0);
    }

    @Test
    void anUnfinishedWaitKeepsNoProcessAlive() throws Exception {
        Support.Ended ended = Support.run(Support.child("pending"));
        Registry.gc();
        assertEquals("pending 100\n", ended.out());
        assertEquals(0, ended.code(), ended.err());
    }

    @Test
    void aNotificationOfAnotherProcess() throws Exception {
        Process child = Support.child("answer", name).inheritIO().start();
        Support.untilWaiting(region, 1);
        region.buffer().put(0, (byte) 9);
        region.signal();
        region.tryAwait();
        while (region.buffer().get(1) == 0) {
            assertTrue(Support.within(region.awaitAsync(20_000)));
        }
        assertEquals(10, region.buffer().get(1));
        assertEquals(0, child.waitFor());
    }
}
