// SPDX-License-Identifier: MIT
// iceoryx: chunks loaned from its daemon RouDi, written and read in place, and its WaitSet to be
// told of them. With VERSUS_POLL the reader asks without end instead, which is its fastest way.
#include "versus.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sched.h>
#include <string>
#include <unistd.h>

#include <iceoryx_posh/iceoryx_posh_types.hpp>
#include <iceoryx_posh/mepoo/chunk_header.hpp>
#include <iceoryx_posh/popo/untyped_publisher.hpp>
#include <iceoryx_posh/popo/untyped_subscriber.hpp>
#include <iceoryx_posh/popo/wait_set.hpp>
#include <iceoryx_posh/runtime/posh_runtime.hpp>

namespace {

constexpr std::uint64_t queued = 4;

struct peer {
    std::string unique;
    std::string config;
    int roudi = 0;
    std::unique_ptr<iox::popo::UntypedPublisher> to;
    std::unique_ptr<iox::popo::UntypedSubscriber> from;
    std::unique_ptr<iox::popo::WaitSet<>> set;
    void *out = nullptr;
    const void *in = nullptr;
};

/* As many chunks as may be queued, written and read at one time, both ways, of each size in use. */
void *prepare(const char *unique, std::uint64_t bytes) {
    auto *self = new peer;
    self->unique = unique;
    self->config = std::string("/tmp/") + unique + ".toml";
    std::ofstream config(self->config);
    config << "[general]\nversion = 1\n\n[[segment]]\n\n";
    config << "[[segment.mempool]]\nsize = 128\ncount = 256\n\n";
    if (bytes > 128) {
        std::uint64_t size = (bytes + 31) / 32 * 32;
        config << "[[segment.mempool]]\nsize = " << size << "\ncount = " << 2 * queued + 8 << "\n";
    }
    config.close();
    const char *const roudi[] = {"iox-roudi", "-c", self->config.c_str(), "-m", "off", nullptr};
    self->roudi = versus_server(roudi);
    return self;
}

iox::capro::ServiceDescription service(const peer &self, int direction) {
    using id = iox::capro::IdString_t;
    const char *name = direction == 0 ? "there" : "back";
    return {id("zinc-versus"), id(iox::cxx::TruncateToCapacity, self.unique.c_str()),
            id(iox::cxx::TruncateToCapacity, name)};
}

void join(void *context, int role) {
    auto *self = static_cast<peer *>(context);
    std::string name = "zinc-versus-" + std::to_string(getpid());
    iox::runtime::PoshRuntime::initRuntime(
        iox::RuntimeName_t(iox::cxx::TruncateToCapacity, name.c_str()));
    iox::popo::PublisherOptions publisher;
    publisher.subscriberTooSlowPolicy = iox::popo::ConsumerTooSlowPolicy::WAIT_FOR_CONSUMER;
    iox::popo::SubscriberOptions subscriber;
    subscriber.queueCapacity = queued;
    subscriber.queueFullPolicy = iox::popo::QueueFullPolicy::BLOCK_PRODUCER;
    self->to = std::make_unique<iox::popo::UntypedPublisher>(service(*self, role), publisher);
    self->from =
        std::make_unique<iox::popo::UntypedSubscriber>(service(*self, 1 - role), subscriber);
#ifndef VERSUS_POLL
    self->set = std::make_unique<iox::popo::WaitSet<>>();
    if (self->set->attachState(*self->from, iox::popo::SubscriberState::HAS_DATA).has_error()) {
        versus_stop("attachState");
    }
#endif
}

std::uint8_t *begin(void *context, std::uint64_t bytes) {
    auto *self = static_cast<peer *>(context);
    while (!self->to->hasSubscribers()) {
        versus_nap();
    }
    self->out = nullptr;
    for (int i = 0; i < 10000000 && self->out == nullptr; i++) {
        self->to->loan(static_cast<std::uint32_t>(bytes), 8)
            .and_then([&](auto &chunk) { self->out = chunk; })
            .or_else([](auto) { sched_yield(); });
    }
    if (self->out == nullptr) {
        versus_stop("loan");
    }
    return static_cast<std::uint8_t *>(self->out);
}

void send(void *context, std::uint64_t) {
    auto *self = static_cast<peer *>(context);
    self->to->publish(self->out);
}

const std::uint8_t *receive(void *context, std::uint64_t *bytes) {
    auto *self = static_cast<peer *>(context);
    self->in = nullptr;
    for (unsigned asked = 1; self->in == nullptr; asked++) {
        self->from->take().and_then([&](auto &chunk) { self->in = chunk; });
#ifdef VERSUS_POLL
        if (asked % 1024 == 0) {
            sched_yield(); // or a writer on the same CPU would never run
        }
#else
        if (self->in == nullptr) {
            self->set->wait();
        }
#endif
    }
    *bytes = iox::mepoo::ChunkHeader::fromUserPayload(self->in)->userPayloadSize();
    return static_cast<const std::uint8_t *>(self->in);
}

void release(void *context) {
    auto *self = static_cast<peer *>(context);
    self->from->release(self->in);
}

void leave(void *context) {
    auto *self = static_cast<peer *>(context);
    self->set.reset();
    self->from.reset();
    self->to.reset();
}

void finish(void *context) {
    std::unique_ptr<peer> self(static_cast<peer *>(context));
    versus_server_end(self->roudi);
    unlink(self->config.c_str());
}

int servers(void *context, int *pids, int capacity) {
    pids[0] = static_cast<peer *>(context)->roudi;
    return capacity > 0 ? 1 : 0;
}

} // namespace

extern "C" const versus_peer versus_this = {
#ifdef VERSUS_POLL
    "iceoryx-poll",
    "iceoryx, polled",
#else
    "iceoryx",
    "iceoryx with a WaitSet",
#endif
    UINT64_C(4000000000),
    true,
    prepare,
    join,
    begin,
    send,
    receive,
    release,
    leave,
    finish,
    servers};
