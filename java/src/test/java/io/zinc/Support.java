// SPDX-License-Identifier: MIT
package io.zinc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** What several tests need. */
final class Support {
    /** A test that makes no progress for so long has hung. */
    static final long PATIENCE_MS = 30_000;

    private static final AtomicInteger NAMES = new AtomicInteger();

    private Support() {}

    static String name() {
        return "java-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet();
    }

    /** The file of a region of this process's domain. */
    static Path file(String name) {
        return file(System.getenv("ZINC_DOMAIN"), name);
    }

    static Path file(String domain, String name) {
        String directory = System.getenv("ZINC_DIR");
        return Path.of(directory == null ? "/dev/shm" : directory,
                "zinc_" + (domain == null || domain.isEmpty() ? "" : domain + "@") + name);
    }

    static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "this has not happened: " + what);
            sleep(1);
        }
    }

    /** Until the collector has done what is to be seen. */
    static void untilCollected(String what, BooleanSupplier condition) {
        until(what, () -> {
            System.gc();
            return condition.getAsBoolean();
        });
    }

    static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException error) {
            throw new AssertionError(error);
        }
    }

    static void untilWaiting(SharedRegion region, int waiters) {
        until(waiters + " waiters", () -> region.info().waiters() == waiters);
    }

    /** A call in a thread of its own. */
    static final class Background<T> {
        final Thread thread;
        private final FutureTask<T> task;
        private volatile long ended;

        Background(Callable<T> call) {
            task = new FutureTask<>(() -> {
                try {
                    return call.call();
                } finally {
                    ended = System.nanoTime();
                }
            });
            thread = new Thread(task);
            thread.setDaemon(true);
            thread.start();
        }

        /** What the call returned, or threw. */
        T result() throws Exception {
            try {
                return task.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
            } catch (ExecutionException error) {
                if (error.getCause() instanceof Exception cause) {
                    throw cause;
                }
                throw new AssertionError(error.getCause());
            } catch (TimeoutException error) {
                throw new AssertionError("the call hangs", error);
            }
        }

        /** When it ended, by System.nanoTime. */
        long ended() throws Exception {
            until("the end of a call", task::isDone);
            return ended;
        }
    }

    static <T> T within(CompletableFuture<T> future) throws Exception {
        return future.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }

    // ---- What the system says of this process -------------------------------------------------

    /** How often this process maps the file of the region with these facts. */
    static long mappings(RegionInfo info) {
        String inode = Long.toString(info.inode());
        try {
            return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                    .map(line -> line.split(" +"))
                    .filter(fields -> fields[4].equals(inode)
                            && Long.parseLong(fields[2], 16) == 0)
                    .count();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    static long threads() {
        try (var tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.count();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    // ---- Other processes -----------------------------------------------------------------------

    static String classPath() {
        String surefire = System.getProperty("surefire.test.class.path");
        return surefire == null ? System.getProperty("java.class.path") : surefire;
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** How to start one of the programs in {@link Child}. */
    static ProcessBuilder child(String program, String... arguments) {
        return child(classPath(), List.of(), program, arguments);
    }

    static ProcessBuilder child(String classPath, List<String> options, String program,
            String... arguments) {
        List<String> command = new ArrayList<>(List.of(java(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx64m", "-cp", classPath));
        command.addAll(options);
        command.addAll(List.of(Child.class.getName(), program));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    record Ended(int code, String out, String err) {}

    /** Runs a program to its end. */
    static Ended run(ProcessBuilder builder) throws Exception {
        return run(builder, Map.of());
    }

    static Ended run(ProcessBuilder builder, Map<String, String> environment) throws Exception {
        environment.forEach((key, value) -> {
            if (value == null) {
                builder.environment().remove(key);
            } else {
                builder.environment().put(key, value);
            }
        });
        Process process = builder.start();
        Background<String> err = new Background<>(() -> read(process.getErrorStream()));
        Background<String> out = new Background<>(() -> read(process.getInputStream()));
        if (!process.waitFor(PATIENCE_MS, TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the program hangs: " + builder.command());
        }
        return new Ended(process.exitValue(), out.result(), err.result());
    }

    private static String read(InputStream stream) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        stream.transferTo(all);
        return all.toString(StandardCharsets.UTF_8);
    }
}
