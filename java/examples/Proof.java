// SPDX-License-Identifier: MIT
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which memory is behind an address, as the system itself tells it: what the programs of
 * adapters/scenarios/ use to prove that two processes work on the same bytes.
 */
final class Proof {
    /** major &lt;&lt; 32 | minor, inode, and offset in the file; zeros if no file is mapped. */
    final long device;
    final long inode;
    final long offset;
    /** The physical frame, 0 where that is not shown to us. */
    final long frame;

    Proof(long address) throws IOException {
        long[] mapping = mapping(address);
        device = mapping[0];
        inode = mapping[1];
        offset = mapping[2];
        frame = frame(address);
    }

    /** The address of a direct buffer's first byte: what JNA hands to C. */
    static long addressOf(ByteBuffer buffer) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
    }

    private static long[] mapping(long address) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            String[] fields = line.split(" +");
            int dash = fields[0].indexOf('-');
            long first = Long.parseUnsignedLong(fields[0].substring(0, dash), 16);
            long last = Long.parseUnsignedLong(fields[0].substring(dash + 1), 16);
            if (Long.compareUnsigned(address, first) >= 0
                    && Long.compareUnsigned(address, last) < 0) {
                int colon = fields[3].indexOf(':');
                long major = Long.parseLong(fields[3].substring(0, colon), 16);
                long minor = Long.parseLong(fields[3].substring(colon + 1), 16);
                return new long[] {major << 32 | minor, Long.parseUnsignedLong(fields[4]),
                    Long.parseLong(fields[2], 16) + address - first};
            }
        }
        return new long[3];
    }

    private static long frame(long address) {
        byte[] entry = new byte[8];
        try (RandomAccessFile pages = new RandomAccessFile("/proc/self/pagemap", "r")) {
            pages.seek(address / 4096 * entry.length);
            pages.readFully(entry);
        } catch (IOException notShown) {
            return 0;
        }
        return ByteBuffer.wrap(entry).order(ByteOrder.LITTLE_ENDIAN).getLong()
                & (1L << 55) - 1;
    }
}
