// SPDX-License-Identifier: MIT
// Must not compile: A handle is one participation.
#include <zinc.hpp>
void refused(zinc::SharedRegion &region);
void refused(zinc::SharedRegion &region) {
    static_cast<void>(region);
    zinc::SharedRegion copy = region;
}
