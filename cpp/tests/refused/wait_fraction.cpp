// SPDX-License-Identifier: MIT
// Must not compile: 1.5 what?
#include <zinc.hpp>
void refused(zinc::SharedRegion &region);
void refused(zinc::SharedRegion &region) {
    static_cast<void>(region);
    region.wait(1.5);
}
