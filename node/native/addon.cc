// SPDX-License-Identifier: MIT
// The beginning and the end of an environment.
#include "addon.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace zinc_node {

namespace {

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
    end_events(environment);
    for (const auto &entry : environment.regions) {
        collect(entry.first, entry.second);
    }
    environment.regions.clear();
    // The engine is no longer there to be told of references.
    environment.fail.SuppressDestruct();
    environment.nothing.SuppressDestruct();
    leave(&environment);
}

} // namespace

void collect(zinc_region *region, const Opened &opened) {
    // In a child made by fork the handle is the parent's, and so is the leak.
    const std::int32_t status = zinc_region_shutdown(region);
    zinc_region_release(region);
    if (status != ZINC_E_FORKED && looking_for_leaks()) {
        std::fprintf(stderr, "zinc: leak: region '%s' was never closed; call close() or use "
                             "`using`; %s\n",
                     opened.name.c_str(),
                     opened.origin.empty()
                         ? "set ZINC_DEBUG_LEAKS before it is opened to learn where"
                         : opened.origin.c_str());
        std::fflush(stderr);
    }
}

Napi::Object define_all(Napi::Env env, Napi::Object exports) {
    auto *environment = new Environment;
    env.SetInstanceData<Environment, forget>(environment);
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
