// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Pointer;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes without a copy, and who keeps them. */
class BufferTest {
    private final String name = Support.name();
    private SharedRegion region;
    private RegionInfo info;

    @BeforeEach
    void create() {
        region = SharedRegion.create(name, 4096);
        info = region.info();
    }

    @AfterEach
    void close() {
        region.close();
    }

    private static long addressOf(Buffer buffer) {
        return Pointer.nativeValue(com.sun.jna.Native.getDirectBufferPointer(buffer));
    }

    @Test
    void noCopyOnEitherSide() {
        assertEquals(region.address(), addressOf(region.buffer()));
        assertEquals(region.address() + 100, addressOf(region.buffer(100, 10)));
        assertTrue(region.buffer().isDirect());
    }

    @Test
    void buffersAreInNativeOrder() {
        assertEquals(ByteOrder.nativeOrder(), region.buffer().order());
        assertEquals(ByteOrder.nativeOrder(), region.buffer(8, 8).order());
    }

    @Test
    void eachCallerHasPositionAndLimitOfItsOwn() {
        ByteBuffer first = region.buffer();
        first.position(10).limit(20);
        first.order(ByteOrder.BIG_ENDIAN);
        ByteBuffer second = region.buffer();
        assertNotSame(first, second);
        assertEquals(0, second.position());
        assertEquals(4096, second.limit());
        assertEquals(ByteOrder.nativeOrder(), second.order());
    }

    @Test
    void windowsAreWhereTheyShallBe() {
        ByteBuffer all = region.buffer();
        for (int i = 0; i < 4096; i++) {
            all.put(i, (byte) i);
        }
        ByteBuffer window = region.buffer(1000, 16);
        assertEquals(16, window.capacity());
        for (int i = 0; i < 16; i++) {
            assertEquals((byte) (1000 + i), window.get(i));
        }
        assertEquals(0, region.buffer(4096, 0).capacity());
        assertEquals(4096, region.buffer(0, 4096).capacity());
    }

    @ParameterizedTest
    @CsvSource({"-1,1", "0,-1", "0,4097", "4096,1", "4097,0", "1,4096",
        "9223372036854775807,1", "1,9223372036854775807", "-9223372036854775808,0",
        "0,2147483648", "0,4294967296", "9223372036854775807,9223372036854775807"})
    void aRangeOutsideIsRefused(long offset, long length) {
        assertThrows(IndexOutOfBoundsException.class, () -> region.buffer(offset, length));
    }

    /** Ways to come from a buffer to another one that shows the same bytes. */
    static Stream<Function<ByteBuffer, Buffer>> derivations() {
        return Stream.of(
                buffer -> buffer,
                ByteBuffer::slice,
                buffer -> buffer.slice(0, 100),
                buffer -> buffer.slice().duplicate().slice(),
                ByteBuffer::asReadOnlyBuffer,
                buffer -> buffer.asReadOnlyBuffer().slice().duplicate(),
                ByteBuffer::asFloatBuffer,
                buffer -> buffer.order(ByteOrder.BIG_ENDIAN).asLongBuffer().slice(),
                buffer -> buffer.slice().order(ByteOrder.nativeOrder()).asIntBuffer().duplicate(),
                buffer -> buffer.alignedSlice(8));
    }

    private static byte firstByte(Buffer buffer) {
        if (buffer instanceof ByteBuffer bytes) {
            return bytes.get(0);
        }
        if (buffer instanceof FloatBuffer floats) {
            return (byte) Float.floatToRawIntBits(floats.get(0));
        }
        if (buffer instanceof java.nio.IntBuffer ints) {
            return (byte) ints.get(0);
        }
        return (byte) (((java.nio.LongBuffer) buffer).get(0) >>> 56);
    }

    @ParameterizedTest
    @MethodSource("derivations")
    void whateverIsDerivedKeepsTheBytesAfterClose(Function<ByteBuffer, Buffer> derive) {
        Buffer kept = derive.apply(region.buffer());
        region.buffer().put(0, (byte) 77);
        region.close();
        for (int round = 0; round < 5; round++) {
            System.gc();
            Support.sleep(2);
            // A released mapping would end the process here.
            assertEquals(77, firstByte(kept));
        }
        assertEquals(1, Support.mappings(info));
        kept = null;
        Support.untilCollected("the mapping goes with the last buffer",
                () -> Support.mappings(info) == 0);
    }

    @Test
    void windowsKeepTheBytesAfterClose() {
        ByteBuffer window = region.buffer(2048, 8).slice();
        window.putLong(0, 99);
        region.close();
        for (int round = 0; round < 5; round++) {
            System.gc();
            Support.sleep(2);
            assertEquals(99, window.getLong(0));
        }
        assertEquals(1, Support.mappings(info));
    }

    @Test
    void closeUnmapsAtOnceWhenThereAreNoBuffers() {
        assertEquals(1, Support.mappings(info));
        region.close();
        assertEquals(0, Support.mappings(info));
    }

    @Test
    void whatABufferHoldsIsNotTheParticipation() {
        ByteBuffer kept = region.buffer();
        region.close();
        assertThrows(RegionNotFoundException.class, () -> SharedRegion.open(name));
        try (SharedRegion fresh = SharedRegion.create(name, 4096)) {
            kept.put(0, (byte) 1);
            assertEquals(0, fresh.buffer().get(0));
        }
    }

    @Test
    void theBytesOutliveAHandleThatWasCollected() {
        String forgotten = Support.name();
        RegionInfo[] facts = new RegionInfo[1];
        ByteBuffer kept = bufferOfForgotten(forgotten, facts);
        Support.untilCollected("the handle is closed",
                () -> !java.nio.file.Files.exists(Support.file(forgotten)));
        assertEquals(55, kept.get(3));
        kept.put(4, (byte) 1);
        assertEquals(1, Support.mappings(facts[0]));
    }

    private static ByteBuffer bufferOfForgotten(String name, RegionInfo[] facts) {
        SharedRegion region = SharedRegion.create(name, 4096);
        facts[0] = region.info();
        ByteBuffer buffer = region.buffer();
        buffer.put(3, (byte) 55);
        return buffer.slice();
    }

    @Test
    void readOnlyBuffersAreReadOnlyToAll() {
        RegionOptions readOnly = RegionOptions.builder().readOnly(true).build();
        try (SharedRegion reader = SharedRegion.open(name, readOnly)) {
            ByteBuffer buffer = reader.buffer();
            assertTrue(buffer.isReadOnly());
            assertTrue(buffer.duplicate().isReadOnly());
            assertTrue(buffer.slice().isReadOnly());
            assertTrue(buffer.asFloatBuffer().isReadOnly());
            assertEquals(reader.address(), addressOf(buffer));
        }
    }

    @Test
    void buffersAreReadAndWrittenByChannels(@TempDir Path folder) throws Exception {
        ByteBuffer out = region.buffer();
        for (int i = 0; i < 4096; i++) {
            out.put(i, (byte) (i * 3));
        }
        Path file = folder.resolve("bytes");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE,
                StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            assertEquals(4096, channel.write(out));
            region.buffer().put(new byte[4096]);
            assertEquals(4096, channel.read(region.buffer(), 0));
        }
        assertEquals((byte) (4095 * 3), region.buffer().get(4095));
    }

    @Test
    void manyBuffersAndHandlesDoNotLeakMappings() {
        for (int round = 0; round < 300; round++) {
            try (SharedRegion other = SharedRegion.open(name)) {
                other.buffer().put(0, (byte) round);
                other.buffer(1, 10).put(0, (byte) round);
            }
        }
        Support.untilCollected("all mappings but one go", () -> Support.mappings(info) == 1);
    }

    @Test
    void oneViewServesAllBuffersOfAHandle() {
        Support.untilCollected("views of other tests go", () -> Handle.views() == 0);
        ByteBuffer[] kept = new ByteBuffer[1000];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = i % 2 == 0 ? region.buffer() : region.buffer(i, 10);
        }
        assertEquals(1, Handle.views());
        assertEquals(4096, kept[0].capacity());
    }

    @Test
    void moreThanFourGib() {
        String large = Support.name();
        long size = 5L << 30;
        RegionOptions sparse = RegionOptions.builder().sparse(true).build();
        try (SharedRegion creator = SharedRegion.create(large, size, sparse);
                SharedRegion other = SharedRegion.open(large)) {
            assertEquals(size, other.capacity());
            assertEquals(size, other.info().capacity());
            ByteBuffer last = creator.buffer(size - 4096, 4096);
            last.putLong(4088, 123456789L);
            creator.buffer(0, 8).putLong(0, 987654321L);
            assertEquals(123456789L, other.buffer(size - 8, 8).getLong(0));
            assertEquals(987654321L, other.buffer(0, Integer.MAX_VALUE).getLong(0));
            ByteBuffer widest = other.buffer(size - Integer.MAX_VALUE, Integer.MAX_VALUE);
            assertEquals(Integer.MAX_VALUE, widest.capacity());
            assertEquals(123456789L, widest.getLong(Integer.MAX_VALUE - 8));
            IndexOutOfBoundsException error =
                    assertThrows(IndexOutOfBoundsException.class, other::buffer);
            assertTrue(error.getMessage().contains("buffer(offset, length)"),
                    error.getMessage());
            assertThrows(IndexOutOfBoundsException.class, () -> other.buffer(0, 1L << 31));
            assertThrows(IndexOutOfBoundsException.class, () -> other.buffer(size, 1));
            assertEquals(0, other.buffer(size, 0).capacity());
            creator.close();
            assertEquals(123456789L, last.getLong(4088));
        }
    }

    @Test
    void windowsOfALargeRegionGoOneByOne() {
        String large = Support.name();
        RegionOptions sparse = RegionOptions.builder().sparse(true).build();
        Support.untilCollected("views of other tests go", () -> Handle.views() == 0);
        try (SharedRegion creator = SharedRegion.create(large, 5L << 30, sparse)) {
            ByteBuffer kept = creator.buffer(4L << 30, 16);
            creator.buffer(1L << 30, 16);
            Support.untilCollected("the other window goes", () -> Handle.views() == 1);
            kept.putInt(0, 1);
            assertEquals(1, kept.getInt(0));
        }
    }

    @Test
    void aBuffersLengthIsThatOfItsTime() {
        String growing = Support.name();
        RegionOptions options = RegionOptions.builder().maxCapacity(3 << 20).build();
        try (SharedRegion grown = SharedRegion.create(growing, 4096, options)) {
            ByteBuffer small = grown.buffer();
            grown.grow(1 << 20);
            ByteBuffer middle = grown.buffer();
            grown.grow(3 << 20);
            assertEquals(4096, small.capacity());
            assertEquals(1 << 20, middle.capacity());
            assertEquals(3 << 20, grown.buffer().capacity());
            assertEquals(3 << 20, grown.buffer(0, 3 << 20).capacity());
            grown.close();
            small.put(0, (byte) 1);
            assertEquals(1, middle.get(0));
        }
    }

    @Test
    void memoryThatOnlyForgottenBuffersHoldIsFoundAgain() throws Exception {
        // 40 times 512 MiB in an address space of 6 GB: the collector must be asked.
        ProcessBuilder child = Support.child("fill");
        child.command().addAll(1, List.of("-XX:ReservedCodeCacheSize=32m",
                "-XX:CompressedClassSpaceSize=16m"));
        child.command(Stream.concat(
                Stream.of("bash", "-c", "ulimit -v 6000000 && exec \"$@\"", "bash"),
                child.command().stream()).toList());
        Support.Ended ended = Support.run(child);
        assertEquals("filled 40\n", ended.out(), ended.err());
        assertEquals(0, ended.code());
    }
}
