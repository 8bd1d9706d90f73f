// SPDX-License-Identifier: MIT
// Must not compile: A timeout is no truth value.
#include <zinc.hpp>
void refused(zinc::SharedRegion &region);
void refused(zinc::SharedRegion &region) {
    static_cast<void>(region);
    region.wait(true);
}
