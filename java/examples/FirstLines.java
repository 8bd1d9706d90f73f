// SPDX-License-Identifier: MIT
import static java.nio.charset.StandardCharsets.UTF_8;

import io.zinc.SharedRegion;

/** One side creates, writes and tells; the other one opens by name and waits. */
public final class FirstLines {
    private FirstLines() {}

    private static void work() throws InterruptedException {
        // [section:open]
        try (SharedRegion region = SharedRegion.open("frames")) {
            if (region.await(1000)) {
                byte[] text = new byte[5];
                region.buffer().get(text);
                System.out.println(new String(text, UTF_8));    // hello
            }
        }
        // [end:open]
    }

    public static void main(String[] args) throws InterruptedException {
        // [section:create]
        try (SharedRegion region = SharedRegion.create("frames", 1 << 20)) {
            region.buffer().put("hello".getBytes(UTF_8));
            region.signal();
            work();
        }
        // [end:create]
    }
}
