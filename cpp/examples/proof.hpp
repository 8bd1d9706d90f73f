// SPDX-License-Identifier: MIT
// Which memory is behind an address, as the system itself tells it: what the programs of
// adapters/scenarios/ use to prove that two processes work on the same bytes.
#ifndef PROOF_HPP
#define PROOF_HPP

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

struct mapping {
    std::uint64_t device = 0; // major << 32 | minor
    std::uint64_t inode = 0;
    std::uint64_t offset = 0; // in the file, of the address
};

// Which file is mapped at `address`, and where in it; zeros if none is.
inline mapping find_mapping(std::uint64_t address) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::istringstream fields(line);
        std::uint64_t first = 0, last = 0, offset = 0, major = 0, minor = 0, inode = 0;
        char dash = 0, colon = 0;
        std::string rights;
        fields >> std::hex >> first >> dash >> last >> rights >> offset >> major >> colon >>
            minor >> std::dec >> inode;
        if (fields && address >= first && address < last) {
            return {major << 32 | minor, inode, offset + (address - first)};
        }
    }
    return {};
}

// The frame that holds `address`, or 0 where that is not shown to us.
inline std::uint64_t find_frame(std::uint64_t address) {
    std::uint64_t entry = 0;
    // A page that this process has not touched has no frame in its table.
    static_cast<void>(*reinterpret_cast<const volatile char *>(address));
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    const int file = ::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        // Not through a stream: its buffer would read at offsets that this file does not have.
        if (pread(file, &entry, sizeof entry, static_cast<off_t>(address / page * sizeof entry)) !=
            static_cast<ssize_t>(sizeof entry)) {
            entry = 0;
        }
        ::close(file);
    }
    return entry & ((std::uint64_t{1} << 55) - 1);
}

#endif
