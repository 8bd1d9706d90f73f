// SPDX-License-Identifier: MIT
// The library without exceptions and without run-time type information: only the std::nothrow forms
// exist, and they do everything.
#include <zinc.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <unistd.h>

#if ZINC_HAS_EXCEPTIONS
#error "this test is compiled with -fno-exceptions"
#endif

static int failures = 0;

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);     \
            ++failures;                                                                            \
        }                                                                                          \
    } while (false)

using zinc::SharedRegion;

static void regions() {
    auto made = SharedRegion::create(std::nothrow, "quiet", 4096);
    EXPECT(made.has_value());
    SharedRegion region = std::move(*made);
    auto opened = SharedRegion::open(std::nothrow, "quiet");
    EXPECT(opened.has_value());

    auto bytes = region.bytes(std::nothrow);
    EXPECT(bytes && bytes->size() == 4096);
    (*bytes)[1] = std::byte{5};
    EXPECT((*opened->cbytes(std::nothrow))[1] == std::byte{5});
    EXPECT((*opened->data(std::nothrow))[1] == std::byte{5});
    auto floats = region.as<float>(std::nothrow, 16, 4);
    EXPECT(floats && floats->size() == 4);
    EXPECT(region.as<float>(std::nothrow, 3, 4).error() == zinc::errc::invalid_argument);
    auto kept = region.shared_bytes(std::nothrow);
    EXPECT(kept && kept->size() == 4096);

    EXPECT(region.notify(std::nothrow).has_value());
    EXPECT(opened->wait(std::nothrow, 1000).value());
    EXPECT(!opened->wait(std::nothrow, 10).value());
    EXPECT(opened->wait(std::nothrow, -1).error() == zinc::errc::invalid_argument);
    auto stop = zinc::cancel::create(std::nothrow);
    EXPECT(stop.has_value());
    stop->fire();
    EXPECT(!opened->wait(std::nothrow, *stop).value());
    EXPECT(region.capacity(std::nothrow).value() == 4096);
    EXPECT(region.info(std::nothrow)->name == "quiet");
    EXPECT(SharedRegion::list(std::nothrow)->size() == 1);
    EXPECT(SharedRegion::lookup(std::nothrow, "quiet")->capacity == 4096);
    EXPECT(SharedRegion::participants(std::nothrow, "quiet")->size() == 2);
    EXPECT(SharedRegion::gc(std::nothrow)->regions_removed == 0);

    region.close();
    EXPECT(region.notify(std::nothrow).error() == zinc::errc::closed);
    EXPECT(std::strstr(region.notify(std::nothrow).error().message(), "closed") != nullptr);
    EXPECT((*kept)[1] == std::byte{5});

    EXPECT(SharedRegion::open(std::nothrow, "nowhere").error() == zinc::errc::not_found);
    EXPECT(SharedRegion::create(std::nothrow, "bad", -1).error() == zinc::errc::invalid_argument);
}

static void waits() {
    auto region = SharedRegion::create(std::nothrow, "quiet-events", 64);
    auto queue = zinc::events::create(std::nothrow);
    EXPECT(region.has_value() && queue.has_value());
    int trues = 0;
    auto token = region->wait_async(std::nothrow, *queue, 1000, [&](zinc::result<bool> ended) {
        trues += ended.has_value() && *ended ? 1 : 0;
    });
    EXPECT(token.has_value());
    EXPECT(region->notify(std::nothrow).has_value());
    EXPECT(queue->run(std::nothrow).value() == 1);
    EXPECT(trues == 1);
}

int main() {
    setenv("ZINC_DOMAIN", ("cpp-quiet-" + std::to_string(getpid())).c_str(), 1);
    regions();
    waits();
    EXPECT(SharedRegion::list(std::nothrow)->empty());
    return failures == 0 ? 0 : 1;
}
