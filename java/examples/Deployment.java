// SPDX-License-Identifier: MIT
import io.zinc.Descriptor;
import io.zinc.GcReport;
import io.zinc.RegionInfo;
import io.zinc.RegionOptions;
import io.zinc.Registry;
import io.zinc.SharedRegion;

/** Regions for peers that do not trust each other, and what a machine has. */
public final class Deployment {
    private Deployment() {}

    public static void main(String[] args) {
        // [section:private]
        RegionOptions sealed = RegionOptions.builder().sealed(true).build();
        try (SharedRegion writer = SharedRegion.createPrivate("frames", 4096, sealed);
                Descriptor descriptor = writer.descriptor();    // goes to another process
                SharedRegion reader = SharedRegion.attach(descriptor.number())) {
            System.out.println(reader.buffer().isReadOnly());   // true
        }
        // [end:private]

        // [section:registry]
        try (SharedRegion region = SharedRegion.create("one", 4096)) {
            for (RegionInfo info : Registry.list()) {
                System.out.println(info.name() + " " + info.capacity());    // one 4096
            }
            region.signal();
            GcReport report = Registry.gc();        // what nobody alive uses
            System.out.println(report.regionsRemoved());        // 0
            System.out.println(Registry.doctor().regions());    // 1
        }
        // [end:registry]
    }
}
