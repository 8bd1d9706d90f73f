// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Closing, forgetting to close, and what is left then. */
class LifetimeTest {
    /** A domain of their own for children that count what is in it. */
    private static final String DOMAIN =
            Objects.requireNonNullElse(System.getenv("ZINC_DOMAIN"), "java") + "-leaks";

    private final String name = Support.name();

    /** A call on a handle. */
    interface Use {
        void on(SharedRegion region) throws Exception;
    }

    static Stream<Arguments> uses() {
        return Stream.of(
                use("buffer", SharedRegion::buffer),
                use("buffer of a range", region -> region.buffer(0, 1)),
                use("signal", SharedRegion::signal),
                use("await", SharedRegion::await),
                use("await ms", region -> region.await(10)),
                use("await 0", region -> region.await(0)),
                use("await duration", region -> region.await(Duration.ofMillis(10))),
                use("tryAwait", SharedRegion::tryAwait),
                use("awaitAsync", SharedRegion::awaitAsync),
                use("awaitAsync ms", region -> region.awaitAsync(10)),
                use("awaitAsync 0", region -> region.awaitAsync(0)),
                use("awaitAsync duration", region -> region.awaitAsync(Duration.ofMillis(10))),
                use("capacity", SharedRegion::capacity),
                use("address", SharedRegion::address),
                use("info", SharedRegion::info),
                use("grow", region -> region.grow(10)),
                use("unlink", SharedRegion::unlink),
                use("send", region -> region.send(0)),
                use("descriptor", SharedRegion::descriptor));
    }

    private static Arguments use(String what, Use use) {
        return Arguments.of(what, use);
    }

    @Test
    void closingTwiceIsHarmless() {
        SharedRegion region = SharedRegion.create(name, 100);
        assertFalse(region.closed());
        region.close();
        assertTrue(region.closed());
        region.close();
        assertTrue(region.closed());
    }

    @Test
    void tryWithResourcesClosesAlsoAfterAnException() {
        assertThrows(ArithmeticException.class, () -> {
            try (SharedRegion region = SharedRegion.create(name, 100)) {
                region.signal();
                throw new ArithmeticException();
            }
        });
        assertFalse(Files.exists(Support.file(name)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("uses")
    void useAfterClose(String what, Use use) {
        SharedRegion region = SharedRegion.create(name, 100);
        region.close();
        IllegalStateException error =
                assertThrows(RegionClosedException.class, () -> use.on(region));
        assertTrue(error.getMessage().contains("closed"), error.getMessage());
        assertTrue(error.getMessage().contains(name), error.getMessage());
    }

    @Test
    void whatStillAnswersAfterClose() {
        SharedRegion region = SharedRegion.create(name, 100);
        region.close();
        assertEquals(name, region.name());
        assertTrue(region.closed());
        assertTrue(region.toString().contains("closed"));
    }

    @Test
    void theLastCloseTakesTheName() {
        SharedRegion first = SharedRegion.create(name, 100);
        SharedRegion second = SharedRegion.open(name);
        first.close();
        assertTrue(Files.exists(Support.file(name)));
        second.close();
        assertFalse(Files.exists(Support.file(name)));
    }

    @Test
    void collectingCloses() {
        RegionInfo info = forget(name);
        Support.untilCollected("the name goes", () -> !Files.exists(Support.file(name)));
        Support.untilCollected("the mapping goes", () -> Support.mappings(info) == 0);
    }

    private static RegionInfo forget(String name) {
        SharedRegion region = SharedRegion.create(name, 100);
        region.buffer().put(0, (byte) 1);
        return region.info();
    }

    @Test
    void aHandleInUseIsNotCollected() throws Exception {
        SharedRegion other = SharedRegion.create(name, 100);
        // The handle is in no variable: only the wait has it.
        var wait = new Support.Background<>(() -> SharedRegion.open(name).await(20_000));
        Support.untilWaiting(other, 1);
        CompletableFuture<Boolean> later = SharedRegion.open(name).awaitAsync();
        for (int round = 0; round < 10; round++) {
            System.gc();
            Support.sleep(2);
        }
        assertEquals(3, other.info().participantsAlive());
        other.signal();
        assertTrue(wait.result());
        assertTrue(Support.within(later));
        other.close();
    }

    @Test
    void leaksAreReportedWhenAskedFor() throws Exception {
        Map<String, String> asked = Map.of("ZINC_DEBUG_LEAKS", "1", "ZINC_DOMAIN", DOMAIN);
        Support.Ended ended = Support.run(Support.child("forget", "leaky"), asked);
        assertEquals("regions 0\n", ended.out());
        assertTrue(ended.err().contains("zinc: leak: region 'leaky' was never closed"),
                ended.err());
        assertTrue(ended.err().contains("Child.java:"), "says where: " + ended.err());
    }

    @Test
    void descriptorsThatNobodyClosedGoWithTheCollector() throws Exception {
        try (SharedRegion region = SharedRegion.create(name, 100)) {
            long inode = region.info().inode();
            long before = descriptors(inode);
            for (int i = 0; i < 20; i++) {
                region.descriptor();
            }
            Support.untilCollected("the descriptors are closed",
                    () -> descriptors(inode) == before);
            try (Descriptor kept = region.descriptor()) {
                System.gc();
                assertEquals(before + 1, descriptors(inode));
                kept.close();
                assertEquals(before, descriptors(inode));
            }
        }
    }

    /** How many of this process's descriptors are of the region's file. */
    private static long descriptors(long inode) {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(one -> {
                try {
                    return (long) Files.getAttribute(one, "unix:ino") == inode;
                } catch (IOException gone) {
                    return false;
                }
            }).count();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    @Test
    void descriptorLeaksAreReportedWhenAskedFor() throws Exception {
        Map<String, String> asked = Map.of("ZINC_DEBUG_LEAKS", "1", "ZINC_DOMAIN", DOMAIN);
        Support.Ended ended = Support.run(Support.child("descriptor", "dropped"), asked);
        assertEquals("closed\n", ended.out());
        assertTrue(ended.err().contains(
                "zinc: leak: a descriptor of region 'dropped' was never closed"), ended.err());
    }

    @Test
    void leaksAtExitAreReported() throws Exception {
        Map<String, String> asked = Map.of("ZINC_DEBUG_LEAKS", "1", "ZINC_DOMAIN", DOMAIN);
        Support.Ended ended = Support.run(Support.child("keep", "kept"), asked);
        assertEquals("kept 100\n", ended.out());
        assertTrue(ended.err().contains("zinc: leak: region 'kept' was never closed"),
                ended.err());
        // It left as the dead do: nobody has to clear up by hand.
        assertTrue(Files.exists(Support.file(DOMAIN, "kept")));
        Support.run(Support.child("close", "kept"), asked);
        assertFalse(Files.exists(Support.file(DOMAIN, "kept")));
    }

    @Test
    void leaksAreSilentOtherwise() throws Exception {
        for (String value : new String[] {"", "0"}) {
            Map<String, String> silent = Map.of("ZINC_DEBUG_LEAKS", value, "ZINC_DOMAIN", DOMAIN);
            Support.Ended ended = Support.run(Support.child("forget", "leaky"), silent);
            assertEquals("regions 0\n", ended.out());
            assertEquals("", ended.err());
        }
    }

    @Test
    void whatWasClosedIsNotReported() throws Exception {
        Map<String, String> asked = Map.of("ZINC_DEBUG_LEAKS", "1", "ZINC_DOMAIN", DOMAIN);
        Support.Ended ended = Support.run(Support.child("close", "tidy"), asked);
        assertEquals("closed\n", ended.out());
        assertEquals("", ended.err());
    }

    @Test
    void threadsCloseAtOnce() throws Exception {
        for (int round = 0; round < 50; round++) {
            SharedRegion region = SharedRegion.create(name, 100);
            RegionInfo info = region.info();
            CountDownLatch start = new CountDownLatch(1);
            List<Support.Background<Void>> closers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                closers.add(new Support.Background<>(() -> {
                    start.await();
                    region.close();
                    return null;
                }));
            }
            start.countDown();
            for (var closer : closers) {
                closer.result();
            }
            assertFalse(Files.exists(Support.file(name)));
            assertEquals(0, Support.mappings(info));
        }
    }

    /** Every call beside close: each gives its result or says closed; the process lives. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void callsAndCloseAtOnceNeverCrash(long seed) throws Exception {
        List<Use> calls = List.of(SharedRegion::signal, region -> region.await(1),
                SharedRegion::tryAwait, SharedRegion::capacity, SharedRegion::address,
                SharedRegion::info, region -> region.grow(8192), SharedRegion::unlink,
                region -> region.descriptor().close(),
                region -> {
                    ByteBuffer buffer = region.buffer();
                    buffer.put(0, (byte) 1);
                    buffer.slice().get(99);
                },
                region -> {
                    ByteBuffer buffer = region.buffer(5, 10);
                    buffer.put(3, (byte) 1);
                },
                region -> Support.within(region.awaitAsync(1)),
                region -> region.awaitAsync().cancel(true));
        RegionOptions options = RegionOptions.builder().maxCapacity(8192).build();
        List<RegionInfo> all = new ArrayList<>();
        for (int round = 0; round < 12; round++) {
            SharedRegion region = SharedRegion.create(name, 4096, options);
            all.add(region.info());
            List<Support.Background<Integer>> users = new ArrayList<>();
            for (int user = 0; user < 4; user++) {
                Random random = new Random(seed * 1000 + round * 10 + user);
                users.add(new Support.Background<>(() -> {
                    int done = 0;
                    try {
                        for (; done < 1_000_000; done++) {
                            calls.get(random.nextInt(calls.size())).on(region);
                        }
                    } catch (RegionClosedException expected) {
                        return done;
                    } catch (ExecutionException expected) {
                        assertEquals(RegionClosedException.class,
                                expected.getCause().getClass());
                    } catch (CancellationException expected) {
                        return done;
                    }
                    return done;
                }));
            }
            Support.sleep(new Random(seed + round).nextInt(20));
            region.close();
            for (var user : users) {
                assertTrue(user.result() < 1_000_000);
            }
            assertFalse(Files.exists(Support.file(name)));
        }
        Support.untilCollected("the mappings go",
                () -> all.stream().allMatch(info -> Support.mappings(info) == 0));
    }
}
