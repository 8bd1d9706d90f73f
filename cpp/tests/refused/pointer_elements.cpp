// SPDX-License-Identifier: MIT
// Must not compile: An address of this process means nothing in another.
#include <zinc.hpp>
void refused(zinc::SharedRegion &region);
void refused(zinc::SharedRegion &region) {
    static_cast<void>(region);
    region.as<int *>();
}
