// SPDX-License-Identifier: MIT
// Must not compile: A result that nobody looks at (an error with -Werror).
#include <zinc.hpp>
void refused(zinc::SharedRegion &region);
void refused(zinc::SharedRegion &region) {
    static_cast<void>(region);
    region.notify(std::nothrow);
}
