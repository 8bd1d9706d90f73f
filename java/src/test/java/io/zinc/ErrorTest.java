// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What statuses become. */
class ErrorTest {
    static java.util.List<ErrorTable.Row> rows() {
        return ErrorTable.ROWS;
    }

    private static String text(long address) {
        return new Pointer(address).getString(0, "UTF-8");
    }

    @Test
    void theTableIsThatOfTheLibrary() {
        Library.require();
        Set<Integer> listed = new HashSet<>();
        try (Memory out = new Memory(4)) {
            for (int index = 0; Native.zinc_error_list(index, Pointer.nativeValue(out))
                    == Native.ZINC_OK; index++) {
                if (out.getInt(0) < 0) {
                    listed.add(out.getInt(0));
                }
            }
        }
        Set<Integer> rows = new HashSet<>();
        ErrorTable.ROWS.forEach(row -> rows.add(row.status()));
        assertEquals(listed, rows);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void eachRowSaysWhatTheLibrarySays(ErrorTable.Row row) {
        Library.require();
        assertEquals(text(Native.zinc_error_name(row.status())), row.name());
        assertEquals(text(Native.zinc_strerror(row.status())), row.text());
        assertEquals(text(Native.zinc_error_cause(row.status())), row.cause());
        assertEquals(text(Native.zinc_error_remedy(row.status())), row.remedy());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void eachStatusIsAnException(ErrorTable.Row row) {
        RuntimeException error = ZincException.of(row.status(), 0, "what happened");
        assertEquals("what happened", error.getMessage());
        if (row.kind() == ErrorKind.CLOSED) {
            assertInstanceOf(IllegalStateException.class, error);
        } else if (row.kind() == ErrorKind.INVALID) {
            assertInstanceOf(IllegalArgumentException.class, error);
        } else {
            ZincException own = assertInstanceOf(ZincException.class, error);
            assertEquals(row.kind(), own.kind());
            assertEquals(row.status(), own.status());
            assertEquals(row.name(), own.statusName());
            assertEquals(row.cause(), own.reason());
            assertEquals(row.remedy(), own.remedy());
        }
    }

    @Test
    void noKindIsWithoutAStatus() {
        Set<ErrorKind> kinds = EnumSet.noneOf(ErrorKind.class);
        ErrorTable.ROWS.forEach(row -> kinds.add(row.kind()));
        assertEquals(EnumSet.allOf(ErrorKind.class), kinds);
    }

    @ParameterizedTest
    @CsvSource({"-2,RegionNotFoundException", "-17,RegionExistsException",
        "-1,RegionAccessException", "-13,RegionAccessException", "-71,RegionFormatException",
        "-74,RegionFormatException", "-32,RegionClosedException",
        "-22,IllegalArgumentException", "-36,IllegalArgumentException", "-12,ZincException"})
    void commonOnesAreClassesOfTheirOwn(int status, String name) {
        assertEquals(name, ZincException.of(status).getClass().getSimpleName());
    }

    @Test
    void anErrnoThatIsNotInTheTableIsTheSystems() {
        ZincException error =
                assertInstanceOf(ZincException.class, ZincException.of(-5000 + 4900));
        assertEquals(ErrorKind.SYSTEM, error.kind());
        assertEquals(100, error.systemErrno());
        assertEquals("ZINC_E_?", error.statusName());
        assertTrue(error.getMessage().contains("100"), error.getMessage());
    }

    @Test
    void messagesNameTheRegionAndTheNumbers() {
        String name = Support.name();
        try (SharedRegion region = SharedRegion.create(name, 4096)) {
            ZincException error =
                    assertThrows(ZincException.class, () -> region.grow(1L << 40));
            assertTrue(error.getMessage().contains(name), error.getMessage());
            assertTrue(error.getMessage().contains("1099511627776")
                    || error.getMessage().contains("4096"), error.getMessage());
        }
    }

    @Test
    void sizesThatNoMachineHasAreRefused() {
        RegionOptions sparse = RegionOptions.builder().sparse(true).build();
        for (long size : new long[] {Long.MAX_VALUE, 1L << 62, 1L << 50, (1L << 53) + 1}) {
            String name = Support.name();
            ZincException error = assertThrows(ZincException.class,
                    () -> SharedRegion.create(name, size));
            assertTrue(Set.of(ErrorKind.OVERFLOW, ErrorKind.MEMORY, ErrorKind.FULL,
                    ErrorKind.SYSTEM).contains(error.kind()), error.toString());
            assertThrows(ZincException.class, () -> SharedRegion.create(name, size, sparse));
            assertFalse(java.nio.file.Files.exists(Support.file(name)));
        }
    }

    @Test
    void exceptionsCanBeSerialized() throws Exception {
        ZincException error = assertThrows(RegionNotFoundException.class,
                () -> SharedRegion.open(Support.name()));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(error);
        ZincException back = (ZincException) new ObjectInputStream(
                new ByteArrayInputStream(bytes.toByteArray())).readObject();
        assertEquals(error.getMessage(), back.getMessage());
        assertEquals(error.kind(), back.kind());
        assertEquals(error.remedy(), back.remedy());
    }
}
