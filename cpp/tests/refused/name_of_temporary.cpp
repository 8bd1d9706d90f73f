// SPDX-License-Identifier: MIT
// Must not compile: name() of a temporary would dangle.
#include <zinc.hpp>
void refused(zinc::SharedRegion &region);
void refused(zinc::SharedRegion &region) {
    static_cast<void>(region);
    zinc::SharedRegion::open("x").name();
}
