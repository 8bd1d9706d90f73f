// SPDX-License-Identifier: MIT
// Must not compile: Only trivially copyable types mean the same in every process.
#include <zinc.hpp>
void refused(zinc::SharedRegion &region);
void refused(zinc::SharedRegion &region) {
    static_cast<void>(region);
    region.as<std::string>();
}
