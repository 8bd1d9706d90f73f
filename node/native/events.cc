// SPDX-License-Identifier: MIT
// Waits of the event loop: one queue of the core for each environment.
//
// A wait costs no thread. When something has completed, a helper thread of the core calls the
// threadsafe function, and the loop then runs the JavaScript that drains the queue. The threadsafe
// function keeps the process alive only while a wait is pending.
#include "addon.h"

#include <algorithm>

namespace zinc_node {

namespace {

constexpr std::uint32_t batch = 256;

// On a helper thread: hand over to the loop, and nothing else.
void tell(void *context) {
    napi_call_threadsafe_function(static_cast<napi_threadsafe_function>(context), nullptr,
                                  napi_tsfn_nonblocking);
}

// eventsBegin(drain): make the queue; `drain` is called on the loop when there is something in it.
Napi::Value events_begin(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    Environment &environment = Environment::of(env);
    if (environment.queue != nullptr) {
        return env.Undefined();
    }
    zinc_events *queue = nullptr;
    std::int32_t status = zinc_events_create(&queue);
    if (status != ZINC_OK) {
        return fail(env, status, zinc_strerror(status));
    }
    if (napi_create_threadsafe_function(env, info[0], nullptr, Napi::String::New(env, "zinc"), 0, 1,
                                        nullptr, nullptr, nullptr, nullptr,
                                        &environment.ready) != napi_ok) {
        zinc_events_destroy(queue);
        return fail(env, ZINC_E_NOMEM, "this environment makes no threadsafe function");
    }
    napi_unref_threadsafe_function(env, environment.ready);
    status = zinc_events_callback(queue, tell, environment.ready);
    if (status != ZINC_OK) {
        zinc_events_destroy(queue);
        napi_release_threadsafe_function(environment.ready, napi_tsfn_abort);
        environment.ready = nullptr;
        return fail(env, status, zinc_strerror(status));
    }
    environment.queue = queue;
    return env.Undefined();
}

// eventsWait(handle, token, timeout): the token comes out of the queue when the wait has ended.
Napi::Value events_wait(const Napi::CallbackInfo &info) {
    Environment &environment = Environment::of(info.Env());
    zinc_region *region = region_of(info[0]);
    const std::int32_t status =
        zinc_events_wait(environment.queue, region, whole(info[1]), deadline_of(info[2]));
    if (status != ZINC_OK) {
        return fail(info.Env(), status, region);
    }
    if (environment.pending++ == 0) {
        napi_ref_threadsafe_function(info.Env(), environment.ready);
    }
    return info.Env().Undefined();
}

// eventsCancel(token): true if the wait ends by this, false if it has ended already.
Napi::Value events_cancel(const Napi::CallbackInfo &info) {
    const std::int32_t status =
        zinc_events_cancel(Environment::of(info.Env()).queue, whole(info[0]));
    return Napi::Boolean::New(info.Env(), status == ZINC_OK);
}

// eventsDrain(block): what has completed, as [token, status, token, status, ...]. Where `block` is
// true and nothing has, it waits for something for up to a second.
Napi::Value events_drain(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    Environment &environment = Environment::of(env);
    Napi::Array all = Napi::Array::New(env);
    if (environment.queue == nullptr) {
        return all;
    }
    zinc_event done[batch];
    std::int32_t count = 0;
    std::uint32_t at = 0;
    bool block = info[0].As<Napi::Boolean>().Value();
    do {
        count = block ? zinc_events_next(environment.queue, done, batch,
                                         zinc_deadline_ns(INT64_C(1000000000)))
                      : zinc_events_drain(environment.queue, done, batch);
        block = false;
        for (std::int32_t i = 0; i < count; ++i) {
            all[at++] = Napi::Number::New(env, static_cast<double>(done[i].token));
            all[at++] = Napi::Number::New(env, done[i].status);
        }
        environment.pending -= static_cast<std::uint64_t>(std::max(count, 0));
    } while (count == static_cast<std::int32_t>(batch));
    if (at != 0 && environment.pending == 0) {
        napi_unref_threadsafe_function(env, environment.ready);
    }
    return all;
}

} // namespace

void end_events(Environment &environment) {
    // Behind this no helper thread calls any more; the threadsafe function is the engine's to end.
    zinc_events_destroy(environment.queue);
    environment.queue = nullptr;
}

void define_events(Napi::Env env, Napi::Object exports) {
    define<events_begin>(env, exports, "eventsBegin");
    define<events_wait>(env, exports, "eventsWait");
    define<events_cancel>(env, exports, "eventsCancel");
    define<events_drain>(env, exports, "eventsDrain");
}

} // namespace zinc_node
