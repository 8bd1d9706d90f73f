// SPDX-License-Identifier: MIT
import io.zinc.SharedRegion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Waits without a thread. */
public final class Async {
    private Async() {}

    private static void one(SharedRegion region) {
        // [section:future]
        CompletableFuture<Integer> value = region.awaitAsync(Duration.ofSeconds(5))
                .thenApply(came -> came ? region.buffer().getInt(0) : -1);
        region.buffer().putInt(0, 42);
        region.signal();
        System.out.println(value.join());                   // 42
        // [end:future]
    }

    private static void many(SharedRegion region) {
        // [section:many]
        List<CompletableFuture<Boolean>> waits = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            waits.add(region.awaitAsync());                 // a few threads for all of them
        }
        waits.remove(0).cancel(true);                       // ends that wait
        region.signal();
        waits.forEach(CompletableFuture::join);
        System.out.println(waits.size());                   // 999
        // [end:many]
    }

    public static void main(String[] args) {
        try (SharedRegion region = SharedRegion.create("values", 4096)) {
            one(region);
            many(region);
        }
    }
}
