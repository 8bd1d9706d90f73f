// SPDX-License-Identifier: MIT
// Regions: making handles, views of their bytes, waits, facts and the end.
#include "addon.h"

#include <atomic>
#include <vector>

namespace zinc_node {

namespace {

// How long a worker's wait may go on before it asks whether the worker was terminated.
constexpr std::int64_t termination_check_ns = 40 * 1000 * 1000;

// ---- Making handles ---------------------------------------------------------------------------

// zinc_region_options from the object that src/options.js makes, and what it points to.
struct Options {
    zinc_region_options raw{};
    std::vector<std::uint32_t> owners;
    std::string origin;
    // False in a worker that is being terminated: no object can be read any more, and what such a
    // reading answers is no value that may be asked.
    bool read = true;

    explicit Options(const Napi::Object &from) {
        raw.size = sizeof raw;
        raw.flags = number(from, "flags");
        raw.lifetime = number(from, "lifetime");
        raw.wait_policy = number(from, "waitPolicy");
        raw.mode = number(from, "mode");
        raw.group = number(from, "group");
        raw.rows = number(from, "rows");
        raw.accept_mode = number(from, "acceptMode");
        const Napi::Value most = get(from, "maxCapacity");
        raw.max_capacity = read ? whole(most) : 0;
        const Napi::Value list = get(from, "acceptOwners");
        const std::uint32_t count = read ? list.As<Napi::Array>().Length() : 0;
        for (std::uint32_t i = 0; i < count && read; ++i) {
            owners.push_back(number(checked(list.As<Napi::Array>().Get(i))));
        }
        raw.accept_owners = owners.empty() ? nullptr : owners.data();
        raw.accept_owner_count = owners.size();
        const Napi::Value where = get(from, "origin");
        origin = read ? where.As<Napi::String>().Utf8Value() : std::string();
    }

  private:
    Napi::Value checked(const Napi::Value &value) {
        read = read && !value.IsEmpty();
        return value;
    }

    Napi::Value get(const Napi::Object &from, const char *name) {
        return checked(from.Get(name));
    }

    std::uint32_t number(const Napi::Value &value) const {
        return read ? value.As<Napi::Number>().Uint32Value() : 0;
    }

    std::uint32_t number(const Napi::Object &from, const char *name) {
        return number(get(from, name));
    }
};

// Run a call that makes a handle, and hand it to JavaScript.
template <typename Call>
Napi::Value make(const Napi::CallbackInfo &info, const Options &options, Call call) {
    if (!options.read) {
        return {};
    }
    zinc_region *region = nullptr;
    zinc_error detail{};
    std::int32_t status = ZINC_OK;
    do {
        status = call(&region, &detail);
    } while (status == ZINC_E_INTR);
    if (status != ZINC_OK) {
        return fail(info.Env(), status, detail);
    }
    add(Environment::of(info.Env()), region, {zinc_region_name(region), options.origin});
    return Napi::Number::New(info.Env(),
                             static_cast<double>(reinterpret_cast<std::uintptr_t>(region)));
}

using Creator = std::int32_t (*)(const char *, std::size_t, const zinc_region_options *,
                                 zinc_region **, zinc_error *);

template <Creator create> Napi::Value made_by_name(const Napi::CallbackInfo &info) {
    const bool named = info[0].IsString();
    const std::string name = named ? info[0].As<Napi::String>().Utf8Value() : std::string();
    const std::uint64_t capacity = whole(info[1]);
    const Options options(info[2].As<Napi::Object>());
    return make(info, options, [&](zinc_region **out, zinc_error *detail) {
        return create(named ? name.c_str() : nullptr, capacity, &options.raw, out, detail);
    });
}

Napi::Value open(const Napi::CallbackInfo &info) {
    const std::string name = info[0].As<Napi::String>().Utf8Value();
    const Options options(info[1].As<Napi::Object>());
    return make(info, options, [&](zinc_region **out, zinc_error *detail) {
        return zinc_region_open(name.c_str(), &options.raw, out, detail);
    });
}

template <std::int32_t (*take)(std::int32_t, const zinc_region_options *, zinc_region **,
                               zinc_error *)>
Napi::Value made_by_number(const Napi::CallbackInfo &info) {
    const std::int32_t number = info[0].As<Napi::Number>().Int32Value();
    const Options options(info[1].As<Napi::Object>());
    return make(info, options, [&](zinc_region **out, zinc_error *detail) {
        return take(number, &options.raw, out, detail);
    });
}

// ---- Bytes ------------------------------------------------------------------------------------

// One owning view. Its end may be told on any thread, when the environment has long gone (Deno),
// and a runtime that refuses to make the ArrayBuffer may tell it all the same (Node) or not (Bun).
struct View {
    std::atomic<void *> context;
};

bool release_once(View *view, void *bytes) {
    void *context = view->context.exchange(nullptr);
    if (context != nullptr) {
        zinc_view_release(bytes, context);
    }
    return context != nullptr;
}

void release_view(napi_env, void *bytes, void *hint) {
    View *view = static_cast<View *>(hint);
    if (release_once(view, bytes)) {
        delete view;
    }
}

Napi::Value view(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    zinc_region *region = region_of(info[0]);
    const std::uint64_t offset = whole(info[1]);
    const std::uint64_t length = whole(info[2]);
    std::uint8_t *bytes = nullptr;
    void *context = nullptr;
    const std::int32_t status = zinc_view_acquire(region, offset, length, &bytes, &context);
    if (status != ZINC_OK) {
        return fail(env, status, region);
    }
    View *owner = new View{{context}};
    napi_value result = nullptr;
    if (napi_create_external_arraybuffer(env, bytes, length, release_view, owner, &result) !=
        napi_ok) {
        // What is left of `owner` stays: its end may still be told.
        release_once(owner, bytes);
        if (env.IsExceptionPending()) {
            (void)env.GetAndClearPendingException();
        }
        return fail(env, ZINC_E_NOTSUP,
                    "this JavaScript engine refuses buffers over memory that is not its own "
                    "(pointer compression, or a sandbox): read(offset, length) copies bytes out");
    }
    return Napi::Value(env, result);
}

// Copy from the region into a Uint8Array; the way to the bytes of a read-only handle.
Napi::Value copy(const Napi::CallbackInfo &info) {
    zinc_region *region = region_of(info[0]);
    Napi::Uint8Array target = info[2].As<Napi::Uint8Array>();
    std::uint8_t *bytes = nullptr;
    void *context = nullptr;
    const std::int32_t status =
        zinc_view_acquire(region, whole(info[1]), target.ByteLength(), &bytes, &context);
    if (status != ZINC_OK) {
        return fail(info.Env(), status, region);
    }
    if (target.ByteLength() != 0) {
        std::copy(bytes, bytes + target.ByteLength(), target.Data());
    }
    zinc_view_release(bytes, context);
    return target;
}

Napi::Value address(const Napi::CallbackInfo &info) {
    return Napi::BigInt::New(
        info.Env(),
        static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(zinc_ptr(region_of(info[0])))));
}

// addressOf(view): where a view that JavaScript has lies.
Napi::Value address_of(const Napi::CallbackInfo &info) {
    void *data = nullptr;
    if (info[0].IsTypedArray()) {
        napi_get_typedarray_info(info.Env(), info[0], nullptr, nullptr, &data, nullptr, nullptr);
    } else if (info[0].IsDataView()) {
        napi_get_dataview_info(info.Env(), info[0], nullptr, &data, nullptr, nullptr);
    } else {
        napi_get_arraybuffer_info(info.Env(), info[0], &data, nullptr);
    }
    return Napi::BigInt::New(info.Env(),
                             static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(data)));
}

// ---- Hot calls: the same shape as those of bun:ffi and Deno.dlopen ----------------------------

zinc_region *hot_region(napi_env env, napi_callback_info info) {
    std::size_t count = 1;
    napi_value handle = nullptr;
    double number = 0;
    napi_get_cb_info(env, info, &count, &handle, nullptr, nullptr);
    napi_get_value_double(env, handle, &number);
    return reinterpret_cast<zinc_region *>(static_cast<std::uintptr_t>(number));
}

napi_value hot_capacity(napi_env env, napi_callback_info info) {
    napi_value result = nullptr;
    napi_create_double(env, static_cast<double>(zinc_capacity(hot_region(env, info))), &result);
    return result;
}

napi_value hot_notify(napi_env env, napi_callback_info info) {
    napi_value result = nullptr;
    napi_create_int32(env, zinc_region_notify(hot_region(env, info)), &result);
    return result;
}

napi_value hot_try_wait(napi_env env, napi_callback_info info) {
    napi_value result = nullptr;
    napi_create_int32(env, zinc_region_wait(hot_region(env, info), 0, nullptr), &result);
    return result;
}

void define_hot(Napi::Env env, Napi::Object exports, const char *name, napi_callback function) {
    napi_value made = nullptr;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &made) == napi_ok) {
        exports.Set(name, made);
    }
}

// ---- Waiting, for workers and scripts ---------------------------------------------------------

Napi::Value clock_ns(const Napi::CallbackInfo &info) {
    return Napi::BigInt::New(info.Env(), zinc_clock_ns());
}

// wait(handle, timeout, ends): true, false, or an error. With `ends` it looks now and then whether
// the worker was terminated, which no system call would tell it.
Napi::Value wait(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    zinc_region *region = region_of(info[0]);
    const std::int64_t deadline = deadline_of(info[1]);
    const bool slices = info[2].As<Napi::Boolean>().Value();
    const std::uint32_t seen = zinc_region_seen(region);
    for (;;) {
        std::int64_t until = deadline;
        if (slices) {
            until = std::min(deadline, zinc_deadline_ns(termination_check_ns));
        }
        const std::int32_t status = zinc_region_wait_from(region, seen, until, nullptr);
        if (status == ZINC_OK) {
            return Napi::Boolean::New(env, true);
        }
        if (status == ZINC_E_TIMEDOUT && until == deadline) {
            return Napi::Boolean::New(env, false);
        }
        if (status != ZINC_E_TIMEDOUT && status != ZINC_E_INTR) {
            return fail(env, status, region);
        }
        if (slices) {
            // A terminated worker runs no JavaScript any more: the call fails, and so do we.
            if (napi_call_function(env, env.Global(), Environment::of(env).nothing.Value(), 0,
                                   nullptr, nullptr) != napi_ok) {
                return {};
            }
        }
    }
}

// ---- More -------------------------------------------------------------------------------------

// A call on a handle that answers nothing but a status.
Napi::Value answer(const Napi::CallbackInfo &info, zinc_region *region, std::int32_t status) {
    return status == ZINC_OK ? info.Env().Undefined() : fail(info.Env(), status, region);
}

Napi::Value facts(const Napi::CallbackInfo &info) {
    zinc_region *region = region_of(info[0]);
    zinc_info raw = empty_info();
    const std::int32_t status = zinc_region_info(region, &raw);
    if (status != ZINC_OK) {
        return fail(info.Env(), status, region);
    }
    return to_object(info.Env(), raw, status);
}

Napi::Value grow(const Napi::CallbackInfo &info) {
    zinc_region *region = region_of(info[0]);
    const std::uint64_t capacity = whole(info[1]);
    std::int32_t status = ZINC_OK;
    do {
        status = zinc_region_grow(region, capacity);
    } while (status == ZINC_E_INTR);
    return answer(info, region, status);
}

Napi::Value unlink(const Napi::CallbackInfo &info) {
    zinc_region *region = region_of(info[0]);
    return answer(info, region, zinc_region_unlink(region));
}

Napi::Value descriptor(const Napi::CallbackInfo &info) {
    zinc_region *region = region_of(info[0]);
    std::int32_t number = -1;
    const std::int32_t status = zinc_region_descriptor(region, &number);
    if (status != ZINC_OK) {
        return fail(info.Env(), status, region);
    }
    return Napi::Number::New(info.Env(), number);
}

Napi::Value send(const Napi::CallbackInfo &info) {
    zinc_region *region = region_of(info[0]);
    const std::int32_t socket = info[1].As<Napi::Number>().Int32Value();
    std::int32_t status = ZINC_OK;
    do {
        status = zinc_region_send(region, socket);
    } while (status == ZINC_E_INTR);
    return answer(info, region, status);
}

Napi::Value name(const Napi::CallbackInfo &info) {
    const char *text = zinc_region_name(region_of(info[0]));
    return Napi::String::New(info.Env(), text == nullptr ? "" : text);
}

// explain(handle, status): what a call on this handle means by a status.
Napi::Value explain(const Napi::CallbackInfo &info) {
    const std::int32_t status = info[1].As<Napi::Number>().Int32Value();
    zinc_error detail{};
    if (zinc_region_explain(region_of(info[0]), status, &detail) != ZINC_OK ||
        detail.message[0] == '\0') {
        return Napi::String::New(info.Env(), zinc_strerror(status));
    }
    return Napi::String::New(info.Env(), detail.message);
}

// close(handle): leave the region.
Napi::Value close(const Napi::CallbackInfo &info) {
    zinc_region *region = region_of(info[0]);
    Opened opened;
    if (take(Environment::of(info.Env()), region, opened)) {
        (void)zinc_region_shutdown(region);
        zinc_region_release(region);
    }
    return info.Env().Undefined();
}

// collect(handle): the same for one that nobody closed.
Napi::Value collect(const Napi::CallbackInfo &info) {
    zinc_region *region = region_of(info[0]);
    Opened opened;
    if (take(Environment::of(info.Env()), region, opened)) {
        end_leaked(region, opened);
        zinc_region_release(region);
    }
    return info.Env().Undefined();
}

} // namespace

zinc_region *region_of(const Napi::Value &handle) {
    const auto &regions = Environment::of(handle.Env()).regions;
    const double number = handle.As<Napi::Number>().DoubleValue();
    const auto found =
        regions.find(reinterpret_cast<zinc_region *>(static_cast<std::uintptr_t>(number)));
    return found == regions.end() ? nullptr : found->first;
}

std::int64_t deadline_of(const Napi::Value &timeout_ms) {
    constexpr double most_ms = 9.0e12; // about 285 years, and below 2^63 nanoseconds
    const double timeout = timeout_ms.As<Napi::Number>().DoubleValue();
    if (timeout < 0 || timeout > most_ms) {
        return ZINC_FOREVER;
    }
    return timeout == 0 ? 0 : zinc_deadline_ns(static_cast<std::int64_t>(timeout) * 1000000);
}

void define_region(Napi::Env env, Napi::Object exports) {
    define<made_by_name<zinc_region_create>>(env, exports, "create");
    define<made_by_name<zinc_region_open_or_create>>(env, exports, "openOrCreate");
    define<made_by_name<zinc_region_replace>>(env, exports, "replace");
    define<made_by_name<zinc_region_create_private>>(env, exports, "createPrivate");
    define<open>(env, exports, "open");
    define<made_by_number<zinc_region_attach>>(env, exports, "attach");
    define<made_by_number<zinc_region_receive>>(env, exports, "receive");
    define<view>(env, exports, "view");
    define<copy>(env, exports, "copy");
    define<address>(env, exports, "address");
    define<address_of>(env, exports, "addressOf");
    define_hot(env, exports, "capacity", hot_capacity);
    define_hot(env, exports, "notify", hot_notify);
    define_hot(env, exports, "tryWait", hot_try_wait);
    define<clock_ns>(env, exports, "clockNs");
    define<wait>(env, exports, "wait");
    define<facts>(env, exports, "info");
    define<grow>(env, exports, "grow");
    define<unlink>(env, exports, "unlink");
    define<descriptor>(env, exports, "descriptor");
    define<send>(env, exports, "send");
    define<name>(env, exports, "name");
    define<explain>(env, exports, "explain");
    define<close>(env, exports, "close");
    define<collect>(env, exports, "collect");
}

} // namespace zinc_node
