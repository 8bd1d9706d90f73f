// SPDX-License-Identifier: MIT
// Statuses, as the core explains them.
#include "addon.h"

namespace zinc_node {

namespace {

Napi::Value made(Napi::Env env, std::int32_t status, const char *message, std::int32_t number) {
    const Napi::Value error = Environment::of(env).fail.Call({Napi::Number::New(env, status),
                                                              Napi::String::New(env, message),
                                                              Napi::Number::New(env, number)});
    if (!env.IsExceptionPending()) {
        napi_throw(env, error);
    }
    return {};
}

std::int32_t number_of(const Napi::CallbackInfo &info) {
    return info[0].As<Napi::Number>().Int32Value();
}

template <const char *(*function)(std::int32_t)> Napi::Value text(const Napi::CallbackInfo &info) {
    return Napi::String::New(info.Env(), function(number_of(info)));
}

Napi::Value version(const Napi::CallbackInfo &info) {
    return Napi::String::New(info.Env(), zinc_version_text());
}

Napi::Value layout(const Napi::CallbackInfo &info) {
    return Napi::Number::New(info.Env(), zinc_layout());
}

// The statuses in the order of the core's list.
Napi::Value statuses(const Napi::CallbackInfo &info) {
    Napi::Array all = Napi::Array::New(info.Env());
    std::int32_t status = 0;
    for (std::uint32_t i = 0; zinc_error_list(i, &status) == ZINC_OK; ++i) {
        all[i] = Napi::Number::New(info.Env(), status);
    }
    return all;
}

} // namespace

Napi::Value fail(Napi::Env env, std::int32_t status, const zinc_error &detail) {
    if (detail.status != status || detail.message[0] == '\0') {
        return fail(env, status, zinc_strerror(status));
    }
    return made(env, status, detail.message, detail.system_errno);
}

Napi::Value fail(Napi::Env env, std::int32_t status, zinc_region *region) {
    zinc_error detail{};
    (void)zinc_region_explain(region, status, &detail);
    return fail(env, status, detail);
}

Napi::Value fail(Napi::Env env, std::int32_t status, const char *message) {
    return made(env, status, message, status < 0 && status > -1000 ? -status : 0);
}

void define_error(Napi::Env env, Napi::Object exports) {
    define<text<zinc_strerror>>(env, exports, "strerror");
    define<text<zinc_error_name>>(env, exports, "errorName");
    define<text<zinc_error_cause>>(env, exports, "errorCause");
    define<text<zinc_error_remedy>>(env, exports, "errorRemedy");
    define<statuses>(env, exports, "statuses");
    define<version>(env, exports, "version");
    define<layout>(env, exports, "layout");
}

} // namespace zinc_node
