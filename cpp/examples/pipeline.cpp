// SPDX-License-Identifier: MIT
// Two processes: a producer fills a region, a consumer answers through a second one.
#include <zinc/region.hpp>

#include <algorithm>
#include <cstdio>
#include <numeric>

#include <sys/wait.h>
#include <unistd.h>

static int consume() {
    // [section:consumer]
    auto frames = zinc::SharedRegion::open("frames");
    auto sums = zinc::SharedRegion::open("sums");
    if (!frames.wait(std::chrono::seconds(5))) {
        return 1;
    }
    const auto pixels = frames.as<const float>();
    sums.as<double>()[0] = std::accumulate(pixels.begin(), pixels.end(), 0.0);
    sums.notify();
    // [end:consumer]
    return 0;
}

int main() {
    // [section:producer]
    auto frames = zinc::SharedRegion::create("frames", 1920 * 1080 * sizeof(float));
    auto sums = zinc::SharedRegion::create("sums", sizeof(double));
    // [end:producer]
    const pid_t child = fork();
    if (child == 0) {
        _exit(consume());
    }
    // [section:produce]
    auto pixels = frames.as<float>();
    std::fill(pixels.begin(), pixels.end(), 0.5F);
    frames.notify();
    const bool answered = sums.wait(std::chrono::seconds(5));
    // [end:produce]
    std::printf("sum of %zu pixels: %.1f\n", pixels.size(), sums.as<double>()[0]);
    int status = 0;
    waitpid(child, &status, 0);
    return answered && status == 0 && sums.as<double>()[0] == 1036800.0 ? 0 : 1;
}
