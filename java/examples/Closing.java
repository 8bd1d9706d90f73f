// SPDX-License-Identifier: MIT
import io.zinc.Lifetime;
import io.zinc.RegionOptions;
import io.zinc.Registry;
import io.zinc.SharedRegion;
import java.nio.ByteBuffer;

/** What close does, and when names go. */
public final class Closing {
    private Closing() {}

    public static void main(String[] args) {
        // [section:close]
        SharedRegion region = SharedRegion.create("job", 4096);
        ByteBuffer bytes = region.buffer();
        region.close();                             // nobody else has it open: the name is gone
        region.close();                             // closing twice is harmless
        System.out.println(bytes.get(0));           // 0
        try {
            region.signal();
        } catch (IllegalStateException error) {     // a RegionClosedException
            System.out.println(error.getMessage()); // region 'job' is closed
        }
        // [end:close]

        // [section:lifetime]
        RegionOptions kept = RegionOptions.builder().lifetime(Lifetime.PERSISTENT).build();
        SharedRegion.create("results", 4096, kept).close();     // the name stays
        try (SharedRegion again = SharedRegion.open("results")) {
            System.out.println(again.info().lifetime());        // PERSISTENT
        }
        Registry.remove("results");                 // and goes when somebody removes it
        // [end:lifetime]
    }
}
