// SPDX-License-Identifier: MIT
// Must not compile: A number of bytes is no fraction.
#include <zinc.hpp>
void refused(zinc::SharedRegion &region);
void refused(zinc::SharedRegion &region) {
    static_cast<void>(region);
    zinc::SharedRegion::create("x", 1e6);
}
