// SPDX-License-Identifier: MIT
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.zinc.SharedRegion;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** What Java's border costs, as docs/extending.md says: one line of JSON. */
public final class Ffi {
    private static final int REPEATS = 11;
    private static final int CALLS = 500_000;
    private static final int ROUNDS = 20_000;
    private static final int FLOATS = 25_000_000; // 100 MB

    private Ffi() {}

    /** The mechanism alone: the same function, called without what SharedRegion adds. */
    private static final class Bare {
        static native int zinc_create(byte[] name, long capacity, long out);

        static native long zinc_capacity(long region);

        static native void zinc_close(long region);
    }

    private static long sum;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** The thread's own time, so that what else runs on the machine is not in it. */
    private static long now() {
        return THREADS.getCurrentThreadCpuTime();
    }

    private static double callNs(SharedRegion region) {
        long begin = now();
        for (int i = 0; i < CALLS; i++) {
            sum += region.capacity();
        }
        return (now() - begin) / (double) CALLS;
    }

    private static double bareNs(long region) {
        long begin = now();
        for (int i = 0; i < CALLS; i++) {
            sum += Bare.zinc_capacity(region);
        }
        return (now() - begin) / (double) CALLS;
    }

    private static double notifyNs(SharedRegion region) {
        long begin = now();
        for (int i = 0; i < CALLS; i++) {
            region.signal();
        }
        return (now() - begin) / (double) CALLS;
    }

    private static float total;

    private static double viewSeconds(FloatBuffer view) {
        long begin = now();
        float all = 0;
        for (int i = 0; i < FLOATS; i++) {
            all += view.get(i);
        }
        total += all;
        return (now() - begin) / 1e9;
    }

    private static double ownSeconds(float[] own) {
        long begin = now();
        float all = 0;
        for (int i = 0; i < FLOATS; i++) {
            all += own[i];
        }
        total += all;
        return (now() - begin) / 1e9;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double roundTripNs(SharedRegion region) throws Exception {
        try (SharedRegion back = SharedRegion.create(region.name() + "-back", 4096)) {
            Process echo = new ProcessBuilder(System.getenv("ZINC_ECHO"), region.name())
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            String ready = new BufferedReader(new InputStreamReader(echo.getInputStream()))
                    .readLine();
            if (!"ready".equals(ready)) {
                throw new IllegalStateException("the echo program is not ready");
            }
            int warm = ROUNDS / 10;
            double[] times = new double[ROUNDS];
            for (int i = -warm; i < ROUNDS; i++) {
                long begin = System.nanoTime();
                region.signal();
                boolean came = back.await(5000);
                if (i >= 0) {
                    times[i] = System.nanoTime() - begin;
                }
                if (!came) {
                    throw new IllegalStateException("no answer came");
                }
            }
            region.buffer().put(0, (byte) 1);
            region.signal();
            if (!echo.waitFor(10, TimeUnit.SECONDS) || echo.exitValue() != 0) {
                throw new IllegalStateException("the echo program failed");
            }
            return median(times);
        }
    }

    public static void main(String[] args) throws Exception {
        String name = "ffi-" + ProcessHandle.current().pid();
        try (SharedRegion region = SharedRegion.create(name, 4L * FLOATS);
                Memory out = new Memory(8)) {
            Native.register(Bare.class, NativeLibrary.getInstance(System.getenv("ZINC_LIBRARY")));
            if (Bare.zinc_create((name + "-bare\0").getBytes(), 4L * FLOATS,
                    Pointer.nativeValue(out)) != 0) {
                throw new IllegalStateException("no region");
            }
            long bare = out.getLong(0);
            FloatBuffer view = region.buffer().asFloatBuffer();
            float[] own = new float[FLOATS];
            for (int i = 0; i < FLOATS; i++) {
                own[i] = i % 1000 / 1000f;
                view.put(i, own[i]);
            }
            double[][] rows = new double[5][REPEATS];
            for (int repeat = -2; repeat < REPEATS; repeat++) {
                double[] row = {callNs(region), bareNs(bare), notifyNs(region),
                    viewSeconds(view), ownSeconds(own)};
                for (int i = 0; repeat >= 0 && i < row.length; i++) {
                    rows[i][repeat] = row[i];
                }
            }
            Bare.zinc_close(bare);
            view.put(0, 0);
            System.out.println(String.format(Locale.ROOT, "{\"language\": \"Java\", "
                    + "\"call_ns\": %.2f, \"bare_ns\": %.2f, \"notify_ns\": %.2f, "
                    + "\"round_trip_ns\": %.0f, \"sum_view_s\": %.6f, \"sum_own_s\": %.6f}",
                    median(rows[0]), median(rows[1]), median(rows[2]), roundTripNs(region),
                    median(rows[3]), median(rows[4])));
        }
    }
}
