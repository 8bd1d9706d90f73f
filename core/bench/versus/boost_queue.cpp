// SPDX-License-Identifier: MIT
// Boost.Interprocess: its message_queue, which copies in and out.
#include "versus.h"

#include <memory>
#include <string>
#include <vector>

#include <boost/interprocess/ipc/message_queue.hpp>

namespace bip = boost::interprocess;

namespace {

constexpr std::size_t messages = 4;

struct peer {
    std::string name;
    std::uint64_t bytes = 0;
    std::unique_ptr<bip::message_queue> queues[2];
    bip::message_queue *to = nullptr;
    bip::message_queue *from = nullptr;
    std::vector<std::uint8_t> out;
    std::vector<std::uint8_t> in;
};

void *prepare(const char *unique, std::uint64_t bytes) {
    auto *self = new peer;
    self->name = unique;
    self->bytes = bytes;
    return self;
}

void join(void *context, int role) {
    auto *self = static_cast<peer *>(context);
    for (int i = 0; i < 2; i++) {
        std::string name = self->name + "-queue-" + std::to_string(i);
        if (role == 0) {
            self->queues[i] = std::make_unique<bip::message_queue>(bip::create_only, name.c_str(),
                                                                   messages, self->bytes);
        } else {
            self->queues[i] = std::make_unique<bip::message_queue>(bip::open_only, name.c_str());
        }
    }
    self->to = self->queues[role].get();
    self->from = self->queues[1 - role].get();
    self->out.resize(self->bytes);
    self->in.resize(self->bytes);
}

std::uint8_t *begin(void *context, std::uint64_t) {
    return static_cast<peer *>(context)->out.data();
}

void send(void *context, std::uint64_t bytes) {
    auto *self = static_cast<peer *>(context);
    self->to->send(self->out.data(), bytes, 0);
}

const std::uint8_t *receive(void *context, std::uint64_t *bytes) {
    auto *self = static_cast<peer *>(context);
    bip::message_queue::size_type length = 0;
    unsigned int priority = 0;
    self->from->receive(self->in.data(), self->in.size(), length, priority);
    *bytes = length;
    return self->in.data();
}

void release(void *) {}

void leave(void *) {}

void finish(void *context) {
    std::unique_ptr<peer> self(static_cast<peer *>(context));
    for (int i = 0; i < 2; i++) {
        bip::message_queue::remove((self->name + "-queue-" + std::to_string(i)).c_str());
    }
}

} // namespace

extern "C" const versus_peer versus_this = {"boost-queue",
                                            "Boost.Interprocess message_queue",
                                            0,
                                            false,
                                            prepare,
                                            join,
                                            begin,
                                            send,
                                            receive,
                                            release,
                                            leave,
                                            finish,
                                            nullptr};
