// SPDX-License-Identifier: MIT
// The same as pair.c by the C++ headers, for a consumer of zinc::cpp: create, notify, wait, verify.
#include <cstring>
#include <iostream>
#include <string>
#include <zinc.hpp>

int main() {
    const std::string name = "pair-cpp-" + std::to_string(zinc_clock_ns());
    zinc::SharedRegion creator = zinc::SharedRegion::create(name, 4096);
    zinc::SharedRegion opener = zinc::SharedRegion::open(name);
    std::memcpy(creator.data(), "hello", 5);
    creator.notify();
    if (!opener.wait(1000)) {
        std::cerr << "pair: the notification did not arrive\n";
        return 1;
    }
    if (opener.bytes().size() != 4096 || std::memcmp(opener.data(), "hello", 5) != 0) {
        std::cerr << "pair: the bytes are not the ones that were written\n";
        return 1;
    }
    if (opener.wait(1)) {
        std::cerr << "pair: one notification was seen twice\n";
        return 1;
    }
    std::cout << "pair: 1 round verified with zinc " << zinc_version_text() << "\n";
    return 0;
}
