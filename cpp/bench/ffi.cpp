// SPDX-License-Identifier: MIT
// What C++'s border costs, as docs/extending.md says: one line of JSON.
#include <zinc.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr int repeats = 11;
constexpr int calls = 5000000;
constexpr int rounds = 20000;
constexpr std::size_t floats = 25000000; // 100 MB

using clock_type = std::chrono::steady_clock;

double since(clock_type::time_point began) {
    return std::chrono::duration<double>(clock_type::now() - began).count();
}

// This thread's own time: what it is kept waiting by others is not counted.
double spent() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// Not inlined, and the compiler is not told what it does.
extern "C" __attribute__((noinline)) std::size_t bare(zinc_region *region) {
    __asm__ volatile("" : "+r"(region));
    return reinterpret_cast<std::uintptr_t>(region);
}

template <typename Call> double nanoseconds_each(Call call) {
    const double began = spent();
    for (int i = 0; i < calls; i++) {
        call();
    }
    return (spent() - began) / calls * 1e9;
}

template <typename Floats> double seconds_to_sum(const Floats &values) {
    const double began = spent();
    float sum = 0;
    for (const float value : values) {
        sum += value;
    }
    volatile float total = sum;
    (void)total;
    return spent() - began;
}

pid_t start_echo(const std::string &name) {
    const char *program = std::getenv("ZINC_ECHO");
    std::array<int, 2> ends{};
    if (program == nullptr || pipe(ends.data()) != 0) {
        std::fprintf(stderr, "ffi: ZINC_ECHO names no program\n");
        std::exit(1);
    }
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execl(program, program, name.c_str(), static_cast<char *>(nullptr));
        std::perror(program);
        _exit(127);
    }
    close(ends[1]);
    std::array<char, 6> said{}; // "ready" and the line's end
    for (std::size_t got = 0; got < said.size();) {
        const ssize_t count = read(ends[0], said.data() + got, said.size() - got);
        if (count <= 0) {
            std::fprintf(stderr, "ffi: %s is not ready\n", program);
            std::exit(1);
        }
        got += static_cast<std::size_t>(count);
    }
    close(ends[0]);
    return child;
}

double round_trip(zinc::SharedRegion &region, const std::string &name) {
    auto back = zinc::SharedRegion::create(name + "-back", 4096);
    const pid_t echo = start_echo(name);
    std::vector<double> each;
    for (int i = 0; i < rounds + rounds / 10; i++) {
        const auto began = clock_type::now();
        region.notify();
        if (!back.wait(5000)) {
            std::fprintf(stderr, "ffi: no answer came\n");
            std::exit(1);
        }
        each.push_back(since(began) * 1e9);
    }
    region.bytes()[0] = std::byte{1};
    region.notify();
    int status = 0;
    waitpid(echo, &status, 0);
    if (status != 0) {
        std::fprintf(stderr, "ffi: the echo program failed\n");
        std::exit(1);
    }
    each.erase(each.begin(), each.begin() + rounds / 10);
    return median(each);
}

} // namespace

int main() {
    const std::string name = "ffi-" + std::to_string(getpid());
    auto region = zinc::SharedRegion::create(name, floats * sizeof(float));
    const auto view = region.as<float>();
    std::vector<float> own(floats);
    for (std::size_t i = 0; i < floats; i++) {
        view[i] = own[i] = static_cast<float>(i % 1000) / 1000;
    }
    std::vector<double> call, plain, notify, of_view, of_own;
    volatile std::size_t seen = 0;
    auto *const handle = reinterpret_cast<zinc_region *>(region.data());
    for (int i = -1; i < repeats; i++) {
        const double measured[] = {nanoseconds_each([&] { seen = region.capacity(); }),
                                   nanoseconds_each([&] { seen = bare(handle); }),
                                   nanoseconds_each([&] { region.notify(); }), seconds_to_sum(view),
                                   seconds_to_sum(own)};
        if (i < 0) {
            continue; // the first is for warmth
        }
        call.push_back(measured[0]);
        plain.push_back(measured[1]);
        notify.push_back(measured[2]);
        of_view.push_back(measured[3]);
        of_own.push_back(measured[4]);
    }
    view[0] = 0;
    const double trip = round_trip(region, name);
    std::printf("{\"language\": \"C++\", \"call_ns\": %.2f, \"bare_ns\": %.2f, "
                "\"notify_ns\": %.2f, \"round_trip_ns\": %.0f, \"sum_view_s\": %.6f, "
                "\"sum_own_s\": %.6f}\n",
                median(call), median(plain), median(notify), trip, median(of_view), median(of_own));
    return 0;
}
