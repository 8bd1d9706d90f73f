// SPDX-License-Identifier: MIT
import io.zinc.ErrorKind;
import io.zinc.RegionNotFoundException;
import io.zinc.SharedRegion;
import io.zinc.ZincException;

/** What goes wrong, and how it is told apart. */
public final class Errors {
    private Errors() {}

    public static void main(String[] args) {
        // [section:errors]
        try {
            SharedRegion.open("no-such-region");
        } catch (RegionNotFoundException error) {       // a ZincException
            System.out.println(error.statusName());     // ZINC_E_NOENT
            System.out.println(error.systemErrno());    // 2
        }
        // [end:errors]

        // [section:kinds]
        try (SharedRegion region = SharedRegion.create("fixed", 4096)) {
            region.grow(8192);
        } catch (ZincException error) {
            System.out.println(error.kind() == ErrorKind.OVERFLOW);     // true
        }
        // [end:kinds]

        // [section:arguments]
        try {
            SharedRegion.create("no/slashes", -1);
        } catch (IllegalArgumentException error) {
            System.out.println(error.getMessage());     // capacity must be 1 or more bytes, not -1
        }
        // [end:arguments]
    }
}
