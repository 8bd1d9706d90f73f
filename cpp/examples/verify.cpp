// SPDX-License-Identifier: MIT
// The verifier of the scenario "file" (adapters/scenarios/file.md), in C++.
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <vector>

#include <openssl/evp.h>
#include <zinc.hpp>

#include "proof.hpp"

namespace {

constexpr auto patience = std::chrono::seconds(120);

struct answer {
    std::uint64_t state, ready_ns, done_ns, socket_ready_ns, socket_done_ns;
    std::uint64_t core_address, view_address, device, inode, offset, frame, length;
    unsigned char sha256[32], socket_sha256[32];
};

std::uint64_t now() {
    return static_cast<std::uint64_t>(zinc_clock_ns());
}

void sha256(const std::byte *bytes, std::size_t size, unsigned char digest[32]) {
    unsigned int length = 0;
    if (EVP_Digest(bytes, size, digest, &length, EVP_sha256(), nullptr) != 1 || length != 32) {
        throw std::runtime_error("SHA-256 failed");
    }
}

void read_socket(int socket, std::vector<std::byte> &into) {
    for (std::size_t have = 0; have < into.size();) {
        const ssize_t got = read(socket, into.data() + have, into.size() - have);
        if (got <= 0) {
            throw std::runtime_error("the socket ended early");
        }
        have += static_cast<std::size_t>(got);
    }
}

void verify(const char *data_name, const char *answer_name, int socket) {
    // [section:open]
    auto data = zinc::SharedRegion::open(data_name);
    auto bytes = data.bytes();
    // [end:open]
    auto reply = zinc::SharedRegion::open(answer_name);
    answer &out = reply.as<answer>(0, 1)[0];
    static_cast<void>(data.try_wait()); // a fresh handle sees the last notification: not ours
    out.state = 1;
    reply.notify();

    // [section:wait]
    if (!data.wait(patience)) {
        throw std::runtime_error("no notification came");
    }
    // [end:wait]
    out.ready_ns = now();
    sha256(bytes.data(), bytes.size(), out.sha256);
    out.done_ns = now();
    out.core_address = data.address();
    out.view_address = reinterpret_cast<std::uint64_t>(bytes.data());
    out.length = bytes.size();
    const mapping found = find_mapping(out.view_address);
    out.device = found.device;
    out.inode = found.inode;
    out.offset = found.offset;
    out.frame = find_frame(out.view_address);
    out.state = 2;
    reply.notify();

    std::vector<std::byte> copy(bytes.size());
    read_socket(socket, copy);
    out.socket_ready_ns = now();
    sha256(copy.data(), copy.size(), out.socket_sha256);
    out.socket_done_ns = now();
    out.state = 3;
    reply.notify();
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 4) {
        std::cerr << "usage: verify DATA ANSWER SOCKET\n";
        return 1;
    }
    try {
        verify(argv[1], argv[2], std::atoi(argv[3]));
        return 0;
    } catch (const std::exception &error) {
        std::cerr << "verify (C++): " << error.what() << '\n';
        return 1;
    }
}
