// SPDX-License-Identifier: MIT
// Must not compile: Would ask whether the call worked, not what it said.
#include <zinc.hpp>
void refused(zinc::SharedRegion &region);
void refused(zinc::SharedRegion &region) {
    static_cast<void>(region);
    if (region.wait(std::nothrow, 1))
        return;
}
