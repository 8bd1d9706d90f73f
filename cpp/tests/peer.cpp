// SPDX-License-Identifier: MIT
// The other process of the tests. Prints one line when it is ready, and one with what it found.
#include <zinc/region.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <unistd.h>

namespace {

void say(const char *text) {
    std::puts(text);
    std::fflush(stdout);
}

// answer QUESTION ANSWER: wait for a question, add its bytes up, notify the answer.
int answer(const char *question_name, const char *answer_name) {
    auto question = zinc::SharedRegion::open(question_name);
    auto reply = zinc::SharedRegion::open(answer_name);
    say("ready");
    if (!question.wait(5000)) {
        say("no question");
        return 1;
    }
    std::uint64_t sum = 0;
    for (const std::byte byte : question.cbytes()) {
        sum += std::to_integer<std::uint64_t>(byte);
    }
    reply.as<std::uint64_t>()[0] = sum;
    reply.notify();
    std::printf("%llu\n", static_cast<unsigned long long>(sum));
    return 0;
}

// hold NAME: create it and never end.
int hold(const char *name) {
    auto region = zinc::SharedRegion::create(name, 4096);
    say("ready");
    for (;;) {
        pause();
    }
}

// wait NAME: wait for ever in a region that exists.
int wait(const char *name) {
    auto region = zinc::SharedRegion::open(name);
    say("ready");
    say(region.wait() ? "notified" : "not notified");
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    const std::string verb = argc > 1 ? argv[1] : "";
    try {
        if (verb == "answer" && argc == 4) {
            return answer(argv[2], argv[3]);
        }
        if (verb == "hold" && argc == 3) {
            return hold(argv[2]);
        }
        if (verb == "wait" && argc == 3) {
            return wait(argv[2]);
        }
    } catch (const std::exception &thrown) {
        say(thrown.what());
        return 1;
    }
    say("usage: peer answer QUESTION ANSWER | hold NAME | wait NAME");
    return 2;
}
