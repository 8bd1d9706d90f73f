// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no name, size, timeout or option. Types are the compiler's business. */
class ArgumentsTest {
    /** Everything that takes a name. */
    private static List<java.util.function.Consumer<String>> takers() {
        return List.of(name -> SharedRegion.create(name, 10), SharedRegion::open,
                name -> SharedRegion.openOrCreate(name, 10),
                name -> SharedRegion.replace(name, 10), Registry::lookup, Registry::participants,
                Registry::remove);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", ".hidden", "a/b", "//a", "a b", "ä", "a\nb", "/", "😀",
        "a\ud800", "%s%n", "a@b"})
    void namesOutsideTheGrammar(String name) {
        for (var taker : takers()) {
            assertThrows(IllegalArgumentException.class, () -> taker.accept(name));
        }
    }

    @Test
    void namesWithNul() {
        for (String name : List.of("a\0b", "\0", "a\0")) {
            for (var taker : takers()) {
                IllegalArgumentException error =
                        assertThrows(IllegalArgumentException.class, () -> taker.accept(name));
                assertTrue(error.getMessage().contains("NUL"), error.getMessage());
            }
        }
        assertThrows(IllegalArgumentException.class,
                () -> SharedRegion.createPrivate("a\0b", 10));
    }

    @Test
    void namesThatAreTooLong() {
        SharedRegion.create("n".repeat(200), 10).close();
        for (var taker : takers()) {
            assertThrows(IllegalArgumentException.class, () -> taker.accept("n".repeat(201)));
            assertThrows(IllegalArgumentException.class,
                    () -> taker.accept("n".repeat(1 << 20)));
        }
    }

    @Test
    void nullIsSaidByName() {
        for (var taker : takers()) {
            NullPointerException error =
                    assertThrows(NullPointerException.class, () -> taker.accept(null));
            assertEquals("name", error.getMessage());
        }
        assertThrows(NullPointerException.class, () -> SharedRegion.open("a", null));
        assertThrows(NullPointerException.class, () -> RegionOptions.builder().lifetime(null));
        assertThrows(NullPointerException.class, () -> RegionOptions.builder().waitPolicy(null));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, -4096})
    void capacitiesThatAreNone(long capacity) {
        String name = Support.name();
        assertThrows(IllegalArgumentException.class, () -> SharedRegion.create(name, capacity));
        assertThrows(IllegalArgumentException.class,
                () -> SharedRegion.openOrCreate(name, capacity));
        assertThrows(IllegalArgumentException.class, () -> SharedRegion.replace(name, capacity));
        assertThrows(IllegalArgumentException.class,
                () -> SharedRegion.createPrivate(null, capacity));
        try (SharedRegion region = SharedRegion.create(name, 10)) {
            IllegalArgumentException error = assertThrows(IllegalArgumentException.class,
                    () -> region.grow(capacity));
            assertTrue(error.getMessage().contains(Long.toString(capacity)));
        }
    }

    @Test
    void timeoutsThatAreNone() {
        try (SharedRegion region = SharedRegion.create(Support.name(), 10)) {
            for (long timeout : new long[] {-1, Long.MIN_VALUE}) {
                assertThrows(IllegalArgumentException.class, () -> region.await(timeout));
                assertThrows(IllegalArgumentException.class, () -> region.awaitAsync(timeout));
            }
            for (Duration timeout : List.of(Duration.ofNanos(-1),
                    Duration.ofSeconds(Long.MIN_VALUE))) {
                assertThrows(IllegalArgumentException.class, () -> region.await(timeout));
                assertThrows(IllegalArgumentException.class, () -> region.awaitAsync(timeout));
            }
            assertThrows(NullPointerException.class, () -> region.await(null));
            assertThrows(NullPointerException.class, () -> region.awaitAsync(null));
        }
    }

    @Test
    void optionsThatAreNone() {
        RegionOptions.Builder builder = RegionOptions.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.mode(0));
        assertThrows(IllegalArgumentException.class, () -> builder.mode(-1));
        assertThrows(IllegalArgumentException.class, () -> builder.mode(010000));
        assertThrows(IllegalArgumentException.class, () -> builder.rows(0));
        assertThrows(IllegalArgumentException.class, () -> builder.rows(1024));
        assertThrows(IllegalArgumentException.class, () -> builder.group(-1));
        assertThrows(IllegalArgumentException.class, () -> builder.group(0xffff_ffffL));
        assertThrows(IllegalArgumentException.class, () -> builder.maxCapacity(0));
        assertThrows(IllegalArgumentException.class, () -> builder.maxCapacity(-1));
        assertThrows(IllegalArgumentException.class, () -> builder.acceptMode(-1));
        assertThrows(IllegalArgumentException.class, () -> builder.acceptMode(0660));
        assertThrows(IllegalArgumentException.class, () -> builder.acceptOwners(1, -1));
        assertThrows(IllegalArgumentException.class, () -> builder.acceptOwners(0xffff_ffffL));
    }

    @Test
    void optionsThatTheCoreRefuses() {
        String name = Support.name();
        RegionOptions less = RegionOptions.builder().maxCapacity(10).build();
        assertThrows(RuntimeException.class, () -> SharedRegion.create(name, 100, less));
        RegionOptions readOnly = RegionOptions.builder().readOnly(true).build();
        assertThrows(IllegalArgumentException.class,
                () -> SharedRegion.create(name, 100, readOnly));
        RegionOptions sealed = RegionOptions.builder().sealed(true).build();
        assertThrows(IllegalArgumentException.class,
                () -> SharedRegion.create(name, 100, sealed));
    }

    @Test
    void everyRangeIsGivenOrRefused() {
        long[] numbers = {0, 1, 2, 4095, 4096, 4097, -1, Integer.MAX_VALUE, 1L << 31, 1L << 32,
            (1L << 53) + 1, Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MIN_VALUE, -4096};
        Random random = new Random(7);
        try (SharedRegion region = SharedRegion.create(Support.name(), 4096)) {
            for (int round = 0; round < 20_000; round++) {
                long offset = numbers[random.nextInt(numbers.length)] + random.nextInt(3) - 1;
                long length = numbers[random.nextInt(numbers.length)] + random.nextInt(3) - 1;
                boolean fits = offset >= 0 && length >= 0 && offset <= 4096
                        && length <= 4096 - offset;
                if (fits) {
                    assertEquals(length, region.buffer(offset, length).capacity());
                } else {
                    assertThrows(IndexOutOfBoundsException.class,
                            () -> region.buffer(offset, length), offset + " " + length);
                }
            }
        }
    }
}
