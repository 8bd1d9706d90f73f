// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are no regions, or were spoilt: an exception each, and never the end. */
class HostileTest {
    private final String name = Support.name();
    private final Path file = Support.file(name);

    @AfterEach
    void remove() throws IOException {
        Files.deleteIfExists(file);
    }

    private void plant(byte[] bytes) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString("rw-------")));
        Files.write(file, bytes);
    }

    /** The bytes of a region's file. */
    private byte[] whole() throws IOException {
        RegionOptions kept = RegionOptions.builder().lifetime(Lifetime.PERSISTENT).build();
        SharedRegion.create(name, 4096, kept).close();
        byte[] bytes = Files.readAllBytes(file);
        Files.delete(file);
        return bytes;
    }

    @Test
    void aForeignFile() throws Exception {
        plant("not a region at all".repeat(2000).getBytes());
        RegionFormatException error =
                assertThrows(RegionFormatException.class, () -> SharedRegion.open(name));
        assertEquals(ErrorKind.LAYOUT, error.kind());
        assertThrows(RegionExistsException.class, () -> SharedRegion.create(name, 10));
        assertThrows(RegionFormatException.class, () -> Registry.remove(name));
        assertTrue(Files.exists(file), "it stays");
    }

    @Test
    void aRegionOfAnotherLayout() throws Exception {
        byte[] bytes = whole();
        // The layout number is somewhere in the first words: each of them is tried.
        int refused = 0;
        for (int at = 0; at < 64; at += 4) {
            byte[] changed = bytes.clone();
            ByteBuffer.wrap(changed).order(java.nio.ByteOrder.nativeOrder())
                    .putInt(at, 0x7fff_0002);
            plant(changed);
            try {
                SharedRegion.open(name).close();
            } catch (RegionFormatException error) {
                refused += error.kind() == ErrorKind.LAYOUT ? 1 : 0;
            } catch (ZincException other) {
                assertTrue(other.getMessage().contains(name), other.getMessage());
            }
            Files.deleteIfExists(file);
        }
        assertTrue(refused > 0, "none was refused for its layout");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 64, 4095, 4096, 16383, 16384, 20479})
    void aTruncatedFile(int length) throws Exception {
        byte[] bytes = whole();
        assertTrue(length < bytes.length);
        plant(java.util.Arrays.copyOf(bytes, length));
        ZincException error =
                assertThrows(ZincException.class, () -> SharedRegion.open(name));
        assertTrue(Set.of(ErrorKind.LAYOUT, ErrorKind.CORRUPT, ErrorKind.NOT_FOUND)
                .contains(error.kind()), error.toString());
    }

    @Test
    void aDirectoryAndALinkAreNoRegions() throws Exception {
        Files.createDirectory(file);
        assertThrows(ZincException.class, () -> SharedRegion.open(name));
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("/etc/passwd"));
        assertThrows(ZincException.class, () -> SharedRegion.open(name));
        assertThrows(ZincException.class, () -> SharedRegion.create(name, 10));
    }

    @Test
    void aForeignOwnerIsNotTrusted() throws Exception {
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        org.junit.jupiter.api.Assumptions.assumeTrue(root, "giving a file away needs root");
        byte[] bytes = whole();
        plant(bytes);
        Files.setAttribute(file, "unix:uid", 12345);
        assertThrows(RegionAccessException.class, () -> SharedRegion.open(name));
        SharedRegion.open(name, RegionOptions.builder().acceptOwners(12345).build()).close();
        SharedRegion.open(name, RegionOptions.builder().acceptAnyOwner(true).build()).close();
        assertThrows(RegionAccessException.class, () -> SharedRegion.open(name,
                RegionOptions.builder().acceptOwners(1, 2, 12346).build()));
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void aSpoiltRegion(long seed) throws Exception {
        byte[] bytes = whole();
        Random random = new Random(seed);
        for (int round = 0; round < 150; round++) {
            byte[] changed = bytes.clone();
            for (int change = random.nextInt(6); change >= 0; change--) {
                changed[random.nextInt(random.nextBoolean() ? 512 : changed.length)] =
                        (byte) random.nextInt();
            }
            plant(changed);
            try (SharedRegion region = SharedRegion.open(name)) {
                region.signal();
                region.tryAwait();
                region.info();
                ByteBuffer buffer = region.buffer(0, Math.min(16, region.capacity()));
                buffer.get(0);
            } catch (ZincException refused) {
                assertTrue(refused.getMessage().length() > 10);
            }
            Registry.list();
            Registry.gc(true);
            Files.deleteIfExists(file);
        }
    }

    @Test
    void aRegionTruncatedWhileOpen() throws Exception {
        try (SharedRegion region = SharedRegion.create(name, 1 << 20)) {
            ByteBuffer buffer = region.buffer();
            buffer.put((1 << 20) - 1, (byte) 1);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() - (1 << 19));
            }
            assertTrue(region.info().gone());
            assertThrows(ZincException.class, () -> region.grow(2 << 20));
            region.signal();
            assertTrue(region.await(1000));
            assertEquals(0, buffer.get(0));
            // The bytes behind the end are gone: Java says so, if not at once, and lives.
            InternalError gone = null;
            try {
                buffer.get((1 << 20) - 1);
                Support.sleep(10);
            } catch (InternalError error) {
                gone = error;
            }
            assertTrue(gone != null, "a byte that is gone was read");
        }
    }
}
