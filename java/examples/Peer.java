// SPDX-License-Identifier: MIT
import io.zinc.RegionNotFoundException;
import io.zinc.RegionOptions;
import io.zinc.SharedRegion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;

/** The program {@code peer} of adapters/scenarios/README.md: one side of one scenario. */
public final class Peer {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String name;

    private Peer(String name) {
        this.name = name;
    }

    /** What was not as stated. */
    private static final class Unexpected extends Exception {
        private static final long serialVersionUID = 1L;

        Unexpected(String what) {
            super(what);
        }
    }

    private static void expect(boolean asStated, String what) throws Unexpected {
        if (!asStated) {
            throw new Unexpected(what);
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static void await(SharedRegion region) throws Exception {
        expect(region.await(PATIENCE), "no notification came");
    }

    /** A handle sees its own notifications, too: this takes the one that was just given. */
    private static void signalAndForget(SharedRegion region) throws Unexpected {
        region.signal();
        expect(region.tryAwait(), "a handle does not see its own notification");
    }

    private static void prove(SharedRegion region, ByteBuffer view) throws IOException {
        long address = Proof.addressOf(view);
        view.get(0); // a page that was never touched has no frame yet
        Proof proof = new Proof(address);
        say("proof " + Long.toUnsignedString(region.address()) + " "
                + Long.toUnsignedString(address) + " " + proof.device + " " + proof.inode + " "
                + proof.offset + " " + proof.frame);
    }

    // ---- relay ---------------------------------------------------------------------------------

    private static int relayByte(int index) {
        return 7 * index + 3 & 0xff;
    }

    private void relayFirst() throws Exception {
        try (SharedRegion region = SharedRegion.create(name, 4096)) {
            ByteBuffer bytes = region.buffer();
            for (int i = 0; i < bytes.capacity(); i++) {
                bytes.put(i, (byte) relayByte(i));
            }
            signalAndForget(region);
            prove(region, bytes);
            say("ready");
            await(region);
            for (int i = 0; i < bytes.capacity(); i++) {
                expect((bytes.get(i) & 0xff) == 255 - relayByte(i),
                        "byte " + i + " of the answer is not as stated");
            }
        }
    }

    private void relaySecond() throws Exception {
        try (SharedRegion region = SharedRegion.open(name)) {
            ByteBuffer bytes = region.buffer();
            prove(region, bytes);
            await(region);
            for (int i = 0; i < bytes.capacity(); i++) {
                expect((bytes.get(i) & 0xff) == relayByte(i), "byte " + i + " is not as stated");
                bytes.put(i, (byte) (255 - relayByte(i)));
            }
            region.signal();
        }
    }

    // ---- tensor --------------------------------------------------------------------------------

    private static final int ELEMENTS = 4 * 3 * 32 * 32;
    private static final int RECORD = 49152;
    private static final int RECORD_SIZE = 48;

    /** The record as the scenario states it, or with every field turned into its opposite. */
    private static ByteBuffer record(boolean turned) {
        int turn = turned ? -1 : 0;
        ByteBuffer record = ByteBuffer.allocate(RECORD_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        record.put(0, (byte) (-100 ^ turn));
        record.put(1, (byte) (200 ^ turn));
        record.putShort(2, (short) (-30000 ^ turn));
        record.putShort(4, (short) (60000 ^ turn));
        record.putInt(8, -2000000000 ^ turn);
        record.putInt(12, (int) 4000000000L ^ turn);
        record.putLong(16, -9007199254740993L ^ turn);
        record.putLong(24, Long.parseUnsignedLong("18446744073709551557") ^ turn);
        record.putFloat(32, turned ? -0.1f : 0.1f);
        record.put(36, (byte) (turned ? 0 : 1));
        record.putDouble(40, turned ? -0.1 : 0.1);
        return record;
    }

    private static void expectRecord(ByteBuffer bytes, boolean turned) throws Unexpected {
        ByteBuffer there = bytes.slice(RECORD, RECORD_SIZE);
        int wrong = there.mismatch(record(turned));
        expect(wrong < 0, "byte " + wrong + " of the record is not as stated");
    }

    /** Turns each field as its type says: integers by complement, floats by sign. */
    private static void turnRecord(ByteBuffer bytes) {
        ByteBuffer record = bytes.slice(RECORD, RECORD_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        for (int at : new int[] {0, 1}) {
            record.put(at, (byte) ~record.get(at));
        }
        for (int at : new int[] {2, 4}) {
            record.putShort(at, (short) ~record.getShort(at));
        }
        for (int at : new int[] {8, 12}) {
            record.putInt(at, ~record.getInt(at));
        }
        for (int at : new int[] {16, 24}) {
            record.putLong(at, ~record.getLong(at));
        }
        record.putFloat(32, -record.getFloat(32));
        record.put(36, (byte) 0);
        record.putDouble(40, -record.getDouble(40));
    }

    private static void saySum(FloatBuffer elements) {
        double sum = 0;
        for (int k = 0; k < ELEMENTS; k++) {
            sum += elements.get(k);
        }
        say("sum " + (long) sum);
    }

    private static FloatBuffer elements(ByteBuffer bytes) {
        return bytes.slice(0, ELEMENTS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
    }

    private void tensorFirst() throws Exception {
        try (SharedRegion region = SharedRegion.create(name, 65536)) {
            ByteBuffer bytes = region.buffer();
            FloatBuffer elements = elements(bytes);
            for (int k = 0; k < ELEMENTS; k++) {
                elements.put(k, 0.25f * k - 100);
            }
            bytes.put(RECORD, record(false), 0, RECORD_SIZE);
            signalAndForget(region);
            prove(region, bytes);
            say("ready");
            await(region);
            saySum(elements);
            expectRecord(bytes, true);
        }
    }

    private void tensorSecond() throws Exception {
        try (SharedRegion region = SharedRegion.open(name)) {
            ByteBuffer bytes = region.buffer();
            prove(region, bytes);
            await(region);
            FloatBuffer elements = elements(bytes);
            saySum(elements);
            expectRecord(bytes, false);
            for (int k = 0; k < ELEMENTS; k++) {
                elements.put(k, elements.get(k) + 1);
            }
            turnRecord(bytes);
            region.signal();
        }
    }

    // ---- grow ----------------------------------------------------------------------------------

    private static final int SMALL = 4096;
    private static final int LARGE = 1 << 20;

    private static void awaitByte(SharedRegion region, ByteBuffer bytes, int index, int value)
            throws Exception {
        while (bytes.get(index) != value) {
            await(region);
        }
    }

    private void growFirst() throws Exception {
        RegionOptions options = RegionOptions.builder().maxCapacity(LARGE).build();
        try (SharedRegion region = SharedRegion.create(name, SMALL, options)) {
            ByteBuffer before = region.buffer();
            before.put(0, (byte) 1);
            prove(region, before);
            say("ready");
            awaitByte(region, before, 2, 1);
            region.grow(LARGE);
            ByteBuffer bytes = region.buffer();
            expect(bytes.capacity() == LARGE, "the view has " + bytes.capacity() + " bytes");
            bytes.put(LARGE - 1, (byte) 77);
            before.put(0, (byte) 2);
            region.signal();
            awaitByte(region, before, 1, 3);
            expect(bytes.get(LARGE - 2) == 78, "the last byte but one is not 78");
        }
    }

    private void growSecond() throws Exception {
        try (SharedRegion region = SharedRegion.open(name)) {
            ByteBuffer before = region.buffer();
            prove(region, before);
            say("capacity " + region.capacity());
            before.put(2, (byte) 1);
            region.signal();
            awaitByte(region, before, 0, 2);
            say("capacity " + region.capacity());
            ByteBuffer bytes = region.buffer();
            expect(bytes.get(LARGE - 1) == 77, "the last byte is not 77");
            expect(before.capacity() == SMALL, "the first view has changed its length");
            bytes.put(LARGE - 2, (byte) 78);
            bytes.put(1, (byte) 3);
            region.signal();
        }
    }

    // ---- death ---------------------------------------------------------------------------------

    private void deathFirst() throws Exception {
        try (SharedRegion region = SharedRegion.create(name, SMALL)) {
            ByteBuffer bytes = region.buffer();
            bytes.put(0, (byte) 42);
            region.signal();
            prove(region, bytes);
            say("ready");
            for (;;) {
                region.await();
            }
        }
    }

    private void deathSecond() throws Exception {
        try (SharedRegion region = SharedRegion.open(name)) {
            ByteBuffer bytes = region.buffer();
            prove(region, bytes);
            await(region);
            expect(bytes.get(0) == 42, "byte 0 is not 42");
            expect(region.info().creatorAlive(), "the creator does not count as alive");
            say("alive");
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (region.info().creatorAlive()) {
                expect(System.nanoTime() < end, "the creator has not died");
                region.await(50);
            }
            expect(bytes.get(0) == 42, "byte 0 is not 42 any more");
            say("dead");
        }
        try {
            SharedRegion.open(name).close();
            throw new Unexpected("the name is still there");
        } catch (RegionNotFoundException gone) {
            say("gone");
        }
        try (SharedRegion region = SharedRegion.create(name, 2 * SMALL)) {
            ByteBuffer bytes = region.buffer();
            while (bytes.hasRemaining()) {
                expect(bytes.get() == 0, "a byte of the new region is not 0");
            }
            say("again");
        }
    }

    private void run(String scenario, String role) throws Exception {
        switch (scenario + " " + role) {
            case "relay first" -> relayFirst();
            case "relay second" -> relaySecond();
            case "tensor first" -> tensorFirst();
            case "tensor second" -> tensorSecond();
            case "grow first" -> growFirst();
            case "grow second" -> growSecond();
            case "death first" -> deathFirst();
            case "death second" -> deathSecond();
            default -> throw new Unexpected("no scenario " + scenario + " with a role " + role);
        }
        say("done");
    }

    public static void main(String[] args) {
        try {
            expect(args.length == 3, "usage: peer SCENARIO ROLE NAME");
            new Peer(args[2]).run(args[0], args[1]);
        } catch (Exception | UnsatisfiedLinkError error) {
            System.err.println("peer (Java): "
                    + (error instanceof Unexpected ? error.getMessage() : error.toString()));
            System.exit(1);
        }
    }
}
