// SPDX-License-Identifier: MIT
// Compiles: what the others of this folder differ from in one line.
#include <zinc.hpp>
void good(zinc::SharedRegion &region);
void good(zinc::SharedRegion &region) {
    region.wait(1000);
    region.as<const float>();
    region.bytes();
}
