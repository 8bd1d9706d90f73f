// SPDX-License-Identifier: MIT
// gRPC over a unix socket: protobuf messages in one bidirectional stream, the cheapest call that it
// has for messages back and forth. The asker is the server.
#include "versus.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include "grpc.grpc.pb.h"

namespace {

using zinc::versus::Exchange;
using zinc::versus::Payload;
using server_stream = grpc::ServerReaderWriter<Payload, Payload>;
using client_stream = grpc::ClientReaderWriter<Payload, Payload>;

// Its handler lends the stream to the harness's own thread, so that no thread lies in between.
class service final : public Exchange::Service {
  public:
    grpc::Status Stream(grpc::ServerContext *, server_stream *stream) override {
        std::unique_lock<std::mutex> held(mutex_);
        stream_ = stream;
        changed_.notify_all();
        changed_.wait(held, [this] { return done_; });
        return grpc::Status::OK;
    }

    server_stream *stream() {
        std::unique_lock<std::mutex> held(mutex_);
        changed_.wait(held, [this] { return stream_ != nullptr; });
        return stream_;
    }

    void done() {
        std::lock_guard<std::mutex> held(mutex_);
        done_ = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    server_stream *stream_ = nullptr;
    bool done_ = false;
};

struct peer {
    std::string path;
    int role = 0;
    service exchange;
    std::unique_ptr<grpc::Server> server;
    std::unique_ptr<Exchange::Stub> stub;
    grpc::ClientContext client;
    std::unique_ptr<client_stream> stream;
    Payload out;
    Payload in;
};

void *prepare(const char *unique, std::uint64_t) {
    auto *self = new peer;
    self->path = std::string("/tmp/") + unique + ".grpc";
    return self;
}

void join(void *context, int role) {
    auto *self = static_cast<peer *>(context);
    self->role = role;
    if (role == 0) {
        grpc::ServerBuilder builder;
        builder.AddListeningPort("unix:" + self->path, grpc::InsecureServerCredentials());
        builder.SetMaxReceiveMessageSize(-1);
        builder.SetMaxSendMessageSize(-1);
        builder.RegisterService(&self->exchange);
        self->server = builder.BuildAndStart();
        if (!self->server) {
            versus_stop("BuildAndStart");
        }
        return;
    }
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    arguments.SetMaxSendMessageSize(-1);
    auto channel = grpc::CreateCustomChannel("unix:" + self->path,
                                             grpc::InsecureChannelCredentials(), arguments);
    self->stub = Exchange::NewStub(channel);
    self->stream = self->stub->Stream(&self->client);
}

std::uint8_t *begin(void *context, std::uint64_t bytes) {
    auto *self = static_cast<peer *>(context);
    std::string *content = self->out.mutable_content();
    content->resize(bytes);
    return reinterpret_cast<std::uint8_t *>(content->data());
}

void send(void *context, std::uint64_t) {
    auto *self = static_cast<peer *>(context);
    bool sent = self->role == 0 ? self->exchange.stream()->Write(self->out)
                                : self->stream->Write(self->out);
    if (!sent) {
        versus_stop("Write");
    }
}

const std::uint8_t *receive(void *context, std::uint64_t *bytes) {
    auto *self = static_cast<peer *>(context);
    bool came =
        self->role == 0 ? self->exchange.stream()->Read(&self->in) : self->stream->Read(&self->in);
    if (!came) {
        versus_stop("Read");
    }
    *bytes = self->in.content().size();
    return reinterpret_cast<const std::uint8_t *>(self->in.content().data());
}

void release(void *) {}

void leave(void *context) {
    auto *self = static_cast<peer *>(context);
    if (self->role == 0) {
        self->exchange.done();
        self->server->Shutdown();
    } else {
        self->stream->WritesDone();
        self->stream->Finish();
    }
}

void finish(void *context) {
    std::unique_ptr<peer> self(static_cast<peer *>(context));
    unlink(self->path.c_str());
}

} // namespace

extern "C" const versus_peer versus_this = {"grpc",  "gRPC over a unix socket",
                                            0,       false,
                                            prepare, join,
                                            begin,   send,
                                            receive, release,
                                            leave,   finish,
                                            nullptr};
