// SPDX-License-Identifier: MIT
import com.sun.jna.Native;
import io.zinc.SharedRegion;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.time.Duration;

/** The verifier of the scenario "file" (adapters/scenarios/file.md). */
public final class Verify {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    static {
        Native.register("c");
    }

    private Verify() {}

    /** Java has no stream for an inherited descriptor, so this is the system's own read. */
    private static native long read(int descriptor, ByteBuffer into, long size);

    private static byte[] sha256(ByteBuffer bytes) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(bytes.duplicate());
        return digest.digest();
    }

    private static ByteBuffer readSocket(int socket, int size) throws EOFException {
        ByteBuffer copy = ByteBuffer.allocateDirect(size);
        while (copy.hasRemaining()) {
            long got = read(socket, copy.slice(), copy.remaining());
            if (got <= 0) {
                throw new EOFException("the socket ended early");
            }
            copy.position(copy.position() + (int) got);
        }
        return copy.flip();
    }

    private static void tell(SharedRegion reply, ByteBuffer answer, long state) {
        answer.putLong(0, state);
        reply.signal();
    }

    private static void verify(String dataName, String answerName, int socket) throws Exception {
        // [section:open]
        SharedRegion data = SharedRegion.open(dataName);
        ByteBuffer view = data.buffer();
        // [end:open]
        SharedRegion reply = SharedRegion.open(answerName);
        ByteBuffer answer = reply.buffer().order(ByteOrder.LITTLE_ENDIAN);
        // A fresh handle sees the last notification: that one is not ours.
        data.tryAwait();
        tell(reply, answer, 1);

        // [section:wait]
        if (!data.await(PATIENCE)) {
            throw new IllegalStateException("no notification came");
        }
        // [end:wait]
        // System.nanoTime reads CLOCK_MONOTONIC.
        answer.putLong(8, System.nanoTime());
        answer.put(96, sha256(view));
        answer.putLong(16, System.nanoTime());
        long address = Proof.addressOf(view);
        Proof proof = new Proof(address);
        answer.putLong(40, data.address());
        answer.putLong(48, address);
        answer.putLong(56, proof.device);
        answer.putLong(64, proof.inode);
        answer.putLong(72, proof.offset);
        answer.putLong(80, proof.frame);
        answer.putLong(88, view.capacity());
        tell(reply, answer, 2);

        ByteBuffer copy = readSocket(socket, view.capacity());
        answer.putLong(24, System.nanoTime());
        answer.put(128, sha256(copy));
        answer.putLong(32, System.nanoTime());
        tell(reply, answer, 3);
        reply.close();
        data.close();
    }

    public static void main(String[] args) {
        if (args.length != 3) {
            System.err.println("usage: verify DATA ANSWER SOCKET");
            System.exit(1);
        }
        try {
            verify(args[0], args[1], Integer.parseInt(args[2]));
        } catch (Exception | UnsatisfiedLinkError error) {
            System.err.println("verify (Java): " + error);
            System.exit(1);
        }
    }
}
