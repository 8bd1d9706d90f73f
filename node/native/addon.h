// SPDX-License-Identifier: MIT
// The addon: what JavaScript may ask of the C core, as plain functions of numbers and strings.
//
// A handle crosses the border as a number, the address of a zinc_region, of which this environment
// owns one reference. Arguments have been checked by the JavaScript side (src/arguments.js). A call
// that fails throws what the JavaScript function given to `begin` makes of its status.
//
// State is kept per environment (the main thread and each worker has its own): a region opened in
// one of them is unknown to the others, and goes with its environment. What is open anywhere is
// left when the process exits, as not every runtime ends its environments then.
#ifndef ZINC_NODE_ADDON_H
#define ZINC_NODE_ADDON_H

#define NODE_ADDON_API_DISABLE_DEPRECATED
#include <napi.h>
#include <zinc.h>

#include <cstdint>
#include <string>
#include <unordered_map>

namespace zinc_node {

// What is known of a handle without asking the core: for the report of a leak.
struct Opened {
    std::string name;
    std::string origin; // where it was opened; empty unless leaks are being looked for
};

struct Environment {
    std::unordered_map<zinc_region *, Opened> regions; // changed by add and take only
    Napi::FunctionReference fail;                      // (status, message, errno) => Error
    Napi::FunctionReference nothing; // called to learn whether JavaScript may still run
    zinc_events *queue = nullptr;    // completions of this environment's waits
    napi_threadsafe_function ready = nullptr;
    std::uint64_t pending = 0; // waits whose completion has not been drained
    int users = 2;             // the engine's instance data and the cleanup hook: the last deletes

    static Environment &of(Napi::Env env) {
        return *env.GetInstanceData<Environment>();
    }
};

// The region behind a handle of this environment, else NULL, which every call of the core refuses
// as closed or invalid.
zinc_region *region_of(const Napi::Value &handle);

// Throw the error of a status: with its detail, with what the core says of a handle, or with the
// text of the status alone. They return an empty value, to be returned.
Napi::Value fail(Napi::Env env, std::int32_t status, const zinc_error &detail);
Napi::Value fail(Napi::Env env, std::int32_t status, zinc_region *region);
Napi::Value fail(Napi::Env env, std::int32_t status, const char *message);

// Enter a handle; take one out again: false if it is not there.
void add(Environment &environment, zinc_region *region, Opened opened);
bool take(Environment &environment, zinc_region *region, Opened &opened);

// Shut down a handle that nobody closed, and say so where leaks are being looked for.
void end_leaked(zinc_region *region, const Opened &opened);

// End all waits of an environment that is going away.
void end_events(Environment &environment);

zinc_info empty_info();
Napi::Object to_object(Napi::Env env, const zinc_info &info, std::int32_t status);

// A whole number of at most 2^53 that JavaScript has checked.
inline std::uint64_t whole(const Napi::Value &value) {
    return static_cast<std::uint64_t>(value.As<Napi::Number>().DoubleValue());
}

// Absolute deadline of a timeout in milliseconds; negative is for ever.
std::int64_t deadline_of(const Napi::Value &timeout_ms);

void define_region(Napi::Env env, Napi::Object exports);
void define_events(Napi::Env env, Napi::Object exports);
void define_registry(Napi::Env env, Napi::Object exports);
void define_error(Napi::Env env, Napi::Object exports);

template <Napi::Value (*function)(const Napi::CallbackInfo &)>
void define(Napi::Env env, Napi::Object exports, const char *name) {
    exports.Set(name, Napi::Function::New<function>(env, name));
}

} // namespace zinc_node
#endif
