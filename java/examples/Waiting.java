// SPDX-License-Identifier: MIT
import io.zinc.SharedRegion;
import java.time.Duration;

/** Telling and waiting, and what ends a wait. */
public final class Waiting {
    private Waiting() {}

    private static void tell(SharedRegion region) throws InterruptedException {
        // [section:wait]
        region.signal();
        System.out.println(region.await(1000));     // true
        System.out.println(region.await(Duration.ofMillis(10)));    // false
        System.out.println(region.tryAwait());      // false
        // [end:wait]
    }

    private static void interrupt(SharedRegion region) throws InterruptedException {
        // [section:interrupt]
        Thread worker = new Thread(() -> {
            try {
                for (;;) {
                    region.await();                 // until a notification
                    // look at the bytes
                }
            } catch (InterruptedException stop) {
                System.out.println("stopped");      // stopped
            }
        });
        worker.start();
        worker.interrupt();                         // ends the wait at once, or the next one
        worker.join();
        // [end:interrupt]
    }

    public static void main(String[] args) throws InterruptedException {
        try (SharedRegion region = SharedRegion.create("ticks", 4096)) {
            tell(region);
            interrupt(region);
        }
    }
}
