// SPDX-License-Identifier: MIT
// The beginning and the end of an environment.
#include "addon.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <unordered_set>

namespace zinc_node {

namespace {

// The environments of this process. Never destroyed: exit handlers use it.
struct Process {
    std::mutex mutex; // also of all changes to the environments' regions
    std::unordered_set<Environment *> environments;
};

Process &process() {
    static Process *const one = new Process;
    return *one;
}

bool looking_for_leaks() {
    const char *asked = std::getenv("ZINC_DEBUG_LEAKS");
    return asked != nullptr && *asked != '\0' && std::strcmp(asked, "0") != 0;
}

Napi::Value debug_leaks(const Napi::CallbackInfo &info) {
    return Napi::Boolean::New(info.Env(), looking_for_leaks());
}

Napi::Value begin(const Napi::CallbackInfo &info) {
    Environment &environment = Environment::of(info.Env());
    environment.fail = Napi::Persistent(info[0].As<Napi::Function>());
    environment.nothing = Napi::Persistent(info[1].As<Napi::Function>());
    return info.Env().Undefined();
}

// Runtimes differ in whether the cleanup hook or the end of the instance data comes first.
void leave(Environment *environment) {
    if (--environment->users == 0) {
        delete environment;
    }
}

void forget(Napi::Env, Environment *environment) {
    leave(environment);
}

// The environment goes: a worker has ended, or the process exits. What is open leaves its regions
// now, so that names go as their lifetimes say. Views live on by references of their own.
void end(void *data) {
    Environment &environment = *static_cast<Environment *>(data);
    {
        const std::lock_guard<std::mutex> lock(process().mutex);
        process().environments.erase(&environment);
    }
    end_events(environment);
    for (const auto &entry : environment.regions) {
        end_leaked(entry.first, entry.second);
        zinc_region_release(entry.first);
    }
    environment.regions.clear();
    // The engine is no longer there to be told of references.
    environment.fail.SuppressDestruct();
    environment.nothing.SuppressDestruct();
    leave(&environment);
}

// process.exit() ends no environment in some runtimes: leave what is open. Nothing is freed, as
// threads that are still running may be using it.
void exiting() {
    const std::unique_lock<std::mutex> lock(process().mutex, std::try_to_lock);
    if (!lock.owns_lock()) {
        return; // a thread was stopped, or is, while it has it
    }
    for (const Environment *environment : process().environments) {
        for (const auto &entry : environment->regions) {
            end_leaked(entry.first, entry.second);
        }
    }
    process().environments.clear();
}

void watch_exit() {
    static const bool watched = [] {
        return std::atexit(exiting) == 0 && std::at_quick_exit(exiting) == 0;
    }();
    (void)watched;
}

} // namespace

void add(Environment &environment, zinc_region *region, Opened opened) {
    const std::lock_guard<std::mutex> lock(process().mutex);
    environment.regions[region] = std::move(opened);
}

bool take(Environment &environment, zinc_region *region, Opened &opened) {
    const std::lock_guard<std::mutex> lock(process().mutex);
    const auto found = environment.regions.find(region);
    if (found == environment.regions.end()) {
        return false;
    }
    opened = std::move(found->second);
    environment.regions.erase(found);
    return true;
}

void end_leaked(zinc_region *region, const Opened &opened) {
    // In a child made by fork the handle is the parent's, and so is the leak.
    if (zinc_region_shutdown(region) == ZINC_E_FORKED || !looking_for_leaks()) {
        return;
    }
    std::fprintf(stderr,
                 "zinc: leak: region '%s' was never closed; call close() or use `using`; %s\n",
                 opened.name.c_str(),
                 opened.origin.empty() ? "set ZINC_DEBUG_LEAKS before it is opened to learn where"
                                       : opened.origin.c_str());
    std::fflush(stderr);
}

Napi::Object define_all(Napi::Env env, Napi::Object exports) {
    auto *environment = new Environment;
    env.SetInstanceData<Environment, forget>(environment);
    {
        const std::lock_guard<std::mutex> lock(process().mutex);
        process().environments.insert(environment);
    }
    watch_exit();
    napi_add_env_cleanup_hook(env, end, environment);
    define<begin>(env, exports, "begin");
    define<debug_leaks>(env, exports, "debugLeaks");
    define_region(env, exports);
    define_events(env, exports);
    define_registry(env, exports);
    define_error(env, exports);
    return exports;
}

} // namespace zinc_node

static Napi::Object zinc_node_begin(Napi::Env env, Napi::Object exports) {
    return zinc_node::define_all(env, exports);
}

NODE_API_MODULE(zinc, zinc_node_begin)
