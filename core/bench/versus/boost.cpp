// SPDX-License-Identifier: MIT
// Boost.Interprocess: a mapped region with its process-shared mutex and condition.
#include "versus.h"

#include <cstdio>
#include <memory>
#include <new>
#include <string>

#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <boost/interprocess/sync/interprocess_condition.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>

namespace bip = boost::interprocess;

namespace {

constexpr std::uint64_t slots = 4;
using lock = bip::scoped_lock<bip::interprocess_mutex>;

struct head {
    bip::interprocess_mutex mutex;
    bip::interprocess_condition changed;
    std::uint64_t sent = 0;
    std::uint64_t taken = 0;
    std::uint64_t length[slots] = {};
};

struct channel {
    bip::mapped_region region;
    head *at = nullptr;
    std::uint8_t *bytes = nullptr;
    std::uint64_t stride = 0;

    std::uint8_t *slot(std::uint64_t number) {
        return bytes + number % slots * stride;
    }
};

struct peer {
    std::string name;
    std::uint64_t bytes = 0;
    channel channels[2];
    channel *out = nullptr;
    channel *in = nullptr;
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
        std::string name = self->name + "-boost-" + std::to_string(i);
        channel &one = self->channels[i];
        one.stride = (self->bytes + 63) / 64 * 64;
        constexpr std::uint64_t head_bytes = (sizeof(head) + 63) / 64 * 64;
        if (role == 0) {
            bip::shared_memory_object memory(bip::create_only, name.c_str(), bip::read_write);
            memory.truncate(static_cast<bip::offset_t>(head_bytes + slots * one.stride));
            one.region = bip::mapped_region(memory, bip::read_write);
            one.at = new (one.region.get_address()) head;
        } else {
            bip::shared_memory_object memory(bip::open_only, name.c_str(), bip::read_write);
            one.region = bip::mapped_region(memory, bip::read_write);
            one.at = static_cast<head *>(one.region.get_address());
        }
        one.bytes = static_cast<std::uint8_t *>(one.region.get_address()) + head_bytes;
    }
    self->out = &self->channels[role];
    self->in = &self->channels[1 - role];
}

std::uint8_t *begin(void *context, std::uint64_t) {
    channel &out = *static_cast<peer *>(context)->out;
    lock held(out.at->mutex);
    while (out.at->sent - out.at->taken == slots) {
        out.at->changed.wait(held);
    }
    return out.slot(out.at->sent);
}

void send(void *context, std::uint64_t bytes) {
    channel &out = *static_cast<peer *>(context)->out;
    lock held(out.at->mutex);
    out.at->length[out.at->sent % slots] = bytes;
    out.at->sent++;
    out.at->changed.notify_one();
}

const std::uint8_t *receive(void *context, std::uint64_t *bytes) {
    channel &in = *static_cast<peer *>(context)->in;
    lock held(in.at->mutex);
    while (in.at->sent == in.at->taken) {
        in.at->changed.wait(held);
    }
    *bytes = in.at->length[in.at->taken % slots];
    return in.slot(in.at->taken);
}

void release(void *context) {
    channel &in = *static_cast<peer *>(context)->in;
    lock held(in.at->mutex);
    in.at->taken++;
    in.at->changed.notify_one();
}

void leave(void *) {}

void finish(void *context) {
    std::unique_ptr<peer> self(static_cast<peer *>(context));
    for (int i = 0; i < 2; i++) {
        bip::shared_memory_object::remove((self->name + "-boost-" + std::to_string(i)).c_str());
    }
}

} // namespace

extern "C" const versus_peer versus_this = {"boost", "Boost.Interprocess region + condition",
                                            0,       false,
                                            prepare, join,
                                            begin,   send,
                                            receive, release,
                                            leave,   finish,
                                            nullptr};
