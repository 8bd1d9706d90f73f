// SPDX-License-Identifier: MIT
// Must not compile: A name is a text.
#include <zinc.hpp>
void refused(zinc::SharedRegion &region);
void refused(zinc::SharedRegion &region) {
    static_cast<void>(region);
    zinc::SharedRegion::open(nullptr);
}
