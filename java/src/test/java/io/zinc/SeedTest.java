// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

/** The lines that people have read about the pipeline, as Java says them. */
class SeedTest {
    @Test
    void pipeline() throws Exception {
        try (SharedRegion region = SharedRegion.create("pipeline", 64 * 1024 * 1024)) {
            FloatBuffer array = region.buffer().asFloatBuffer();
            array.put(0, 1.5f);
            array.put(array.capacity() - 1, 2.5f);
            region.signal();
            assertEquals(16 * 1024 * 1024, array.capacity());

            SharedRegion other = SharedRegion.open("/pipeline");
            assertTrue(other.await(1000));
            ByteBuffer data = other.buffer();
            assertEquals(1.5f, data.getFloat(0));
            assertEquals(2.5f, data.getFloat(data.capacity() - 4));
            other.close();
        }
    }
}
