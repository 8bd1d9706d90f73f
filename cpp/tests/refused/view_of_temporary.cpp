// SPDX-License-Identifier: MIT
// Must not compile: A borrowed view of an owner that is gone at the semicolon.
#include <zinc.hpp>
void refused(zinc::SharedRegion &region);
void refused(zinc::SharedRegion &region) {
    static_cast<void>(region);
    region.shared_bytes().view();
}
