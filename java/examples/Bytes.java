// SPDX-License-Identifier: MIT
import io.zinc.RegionOptions;
import io.zinc.SharedRegion;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** The bytes without a copy. */
public final class Bytes {
    private Bytes() {}

    private static void buffers() {
        // [section:buffer]
        SharedRegion region = SharedRegion.create("samples", 1 << 20);
        ByteBuffer bytes = region.buffer();             // all bytes, no copy, native order
        bytes.putInt(0, 42);
        FloatBuffer samples = region.buffer(4096, 4000).asFloatBuffer();
        samples.put(0, 0.5f);
        System.out.println(samples.capacity());         // 1000
        // [end:buffer]

        // [section:outlive]
        region.close();                                 // name and participation go at once
        samples.put(1, 1.5f);                           // the bytes stay as long as a buffer does
        System.out.println(samples.get(1));             // 1.5
        // [end:outlive]
    }

    private static void windows() {
        // [section:windows]
        RegionOptions sparse = RegionOptions.builder().sparse(true).build();
        try (SharedRegion large = SharedRegion.create("large", 5L << 30, sparse)) {
            ByteBuffer window = large.buffer(4L << 30, 1 << 20);
            window.putLong(0, 7);
            System.out.println(large.capacity());       // 5368709120
        }
        // [end:windows]
    }

    private static void growth() {
        // [section:grow]
        RegionOptions growing = RegionOptions.builder().maxCapacity(1 << 20).build();
        try (SharedRegion region = SharedRegion.create("log", 4096, growing)) {
            ByteBuffer before = region.buffer();
            region.grow(8192);                          // for all participants, in place
            System.out.println(before.capacity());      // 4096
            System.out.println(region.buffer().capacity());     // 8192
        }
        // [end:grow]
    }

    public static void main(String[] args) {
        buffers();
        windows();
        growth();
    }
}
