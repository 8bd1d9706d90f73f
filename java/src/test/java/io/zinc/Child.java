// SPDX-License-Identifier: MIT
package io.zinc;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Programs that tests run in processes of their own. */
final class Child {
    private Child() {}

    public static void main(String[] args) throws Exception {
        String name = args.length > 1 ? args[1] : Support.name();
        switch (args[0]) {
            case "version" -> System.out.println(Version.text() + " " + Library.path());
            case "twice" -> {
                // The second attempt must say the same as the first.
                for (int attempt = 0; attempt < 2; attempt++) {
                    try {
                        SharedRegion.open(name);
                    } catch (UnsatisfiedLinkError error) {
                        System.out.println(error.getMessage());
                    }
                }
            }
            case "fill" -> fill();
            case "forget" -> {
                forget(name);
                for (int round = 0; round < 500 && Registry.list().size() > 0; round++) {
                    System.gc();
                    Thread.sleep(2);
                }
                System.out.println("regions " + Registry.list().size());
            }
            case "keep" -> {
                SharedRegion kept = SharedRegion.create(name, 100);
                System.out.println("kept " + kept.capacity());
            }
            case "close" -> {
                SharedRegion.create(name, 100).close();
                System.out.println("closed");
            }
            case "descriptor" -> {
                try (SharedRegion region = SharedRegion.create(name, 100)) {
                    PhantomReference<Descriptor> dropped =
                            new PhantomReference<>(region.descriptor(), new ReferenceQueue<>());
                    while (!dropped.refersTo(null)) {
                        System.gc();
                    }
                    Thread.sleep(200);
                }
                System.out.println("closed");
            }
            case "hold" -> hold(name);
            case "pending" -> {
                // An unfinished wait keeps no process alive.
                SharedRegion region = SharedRegion.create(name, 100);
                List<CompletableFuture<Boolean>> waits = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    waits.add(region.awaitAsync());
                }
                System.out.println("pending " + waits.stream().filter(w -> !w.isDone()).count());
            }
            case "answer" -> {
                try (SharedRegion region = SharedRegion.open(name)) {
                    ByteBuffer bytes = region.buffer();
                    while (bytes.get(0) == 0) {
                        region.await();
                    }
                    bytes.put(1, (byte) (bytes.get(0) + 1));
                    region.signal();
                }
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void forget(String name) {
        SharedRegion.create(name, 100);
    }

    private static void hold(String name) throws Exception {
        try (SharedRegion region = SharedRegion.create(name, 100)) {
            region.buffer().put(0, (byte) 1);
            System.out.println("ready");
            System.out.flush();
            region.await();
        }
    }

    private static void fill() {
        RegionOptions sparse = RegionOptions.builder().sparse(true).build();
        int made = 0;
        for (; made < 40; made++) {
            try (SharedRegion region = SharedRegion.create(Support.name(), 512 << 20, sparse)) {
                region.buffer().put(0, (byte) 1);
            }
        }
        System.out.println("filled " + made);
    }
}
