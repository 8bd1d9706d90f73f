// SPDX-License-Identifier: MIT
// The regions of a domain seen from outside, and facts as JavaScript objects.
#include "addon.h"

#include <vector>

namespace zinc_node {

namespace {

// Sizes and counts, all far below 2^53; an unknown one (UINT64_MAX) is undefined.
void set(Napi::Object to, const char *name, std::uint64_t value) {
    if (value != UINT64_MAX) {
        to.Set(name, static_cast<double>(value));
    } else {
        to.Set(name, to.Env().Undefined());
    }
}

void set(Napi::Object to, const char *name, const char *text) {
    to.Set(name, Napi::String::New(to.Env(), text));
}

struct Listing {
    zinc_list *list = nullptr;
    ~Listing() {
        zinc_list_end(list);
    }
};

Napi::Value list(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    Listing listing;
    zinc_error detail{};
    std::int32_t status = zinc_list_begin(&listing.list, &detail);
    if (status != ZINC_OK) {
        return fail(env, status, detail);
    }
    Napi::Array all = Napi::Array::New(env);
    for (std::uint32_t i = 0;; ++i) {
        zinc_info raw = empty_info();
        status = zinc_list_next(listing.list, &raw);
        if (status == ZINC_E_NOENT) {
            return all;
        }
        all[i] = to_object(env, raw, status);
    }
}

Napi::Value lookup(const Napi::CallbackInfo &info) {
    const std::string name = info[0].As<Napi::String>().Utf8Value();
    zinc_info raw = empty_info();
    zinc_error detail{};
    const std::int32_t status = zinc_region_lookup(name.c_str(), &raw, &detail);
    if (status != ZINC_OK) {
        return fail(info.Env(), status, detail);
    }
    return to_object(info.Env(), raw, status);
}

Napi::Value participants(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    const std::string name = info[0].As<Napi::String>().Utf8Value();
    std::vector<zinc_participant> rows(ZINC_ROWS_MAX);
    rows[0].size = sizeof(zinc_participant);
    std::uint64_t count = 0;
    zinc_error detail{};
    const std::int32_t status =
        zinc_region_participants(name.c_str(), rows.data(), rows.size(), &count, &detail);
    if (status != ZINC_OK) {
        return fail(env, status, detail);
    }
    Napi::Array all = Napi::Array::New(env);
    for (std::uint32_t i = 0; i < rows.size() && i < count; ++i) {
        const zinc_participant &row = rows[i];
        Napi::Object to = Napi::Object::New(env);
        set(to, "row", row.row);
        set(to, "generation", row.generation);
        to.Set("alive", row.alive != 0);
        to.Set("creator", row.creator != 0);
        set(to, "pid", row.pid);
        set(to, "waits", row.waits);
        to.Set("sameNamespace", row.same_namespace != 0);
        set(to, "startedTicks", row.started_ticks);
        set(to, "program", row.program);
        all[i] = to;
    }
    return all;
}

Napi::Value remove(const Napi::CallbackInfo &info) {
    const std::string name = info[0].As<Napi::String>().Utf8Value();
    zinc_error detail{};
    const std::int32_t status = zinc_region_remove(name.c_str(), &detail);
    return status == ZINC_OK ? info.Env().Undefined() : fail(info.Env(), status, detail);
}

struct Removal {
    std::uint32_t kind;
    std::string name;
    std::uint64_t allocated;
    std::int32_t status;
};

// gc may hold locks while it tells, so nothing is asked of JavaScript here: only written down.
void record(void *context, std::uint32_t kind, const char *name, std::uint64_t allocated,
            std::int32_t status) {
    static_cast<std::vector<Removal> *>(context)->push_back({kind, name, allocated, status});
}

Napi::Value gc(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    std::vector<Removal> removals;
    zinc_gc_report report{};
    report.size = sizeof report;
    zinc_error detail{};
    const std::uint32_t flags = info[0].As<Napi::Boolean>().Value() ? ZINC_GC_DRY_RUN : 0;
    const std::int32_t status = zinc_gc(flags, record, &removals, &report, &detail);
    if (status != ZINC_OK) {
        return fail(env, status, detail);
    }
    Napi::Object to = Napi::Object::New(env);
    set(to, "regionsSeen", report.regions_seen);
    set(to, "regionsRemoved", report.regions_removed);
    set(to, "temporariesRemoved", report.temporaries_removed);
    set(to, "failures", report.failures);
    set(to, "bytesRemoved", report.bytes_removed);
    Napi::Array all = Napi::Array::New(env, removals.size());
    for (std::uint32_t i = 0; i < removals.size(); ++i) {
        Napi::Object one = Napi::Object::New(env);
        set(one, "name", removals[i].name.c_str());
        one.Set("temporary", removals[i].kind == ZINC_GC_TEMPORARY);
        set(one, "allocated", removals[i].allocated);
        one.Set("status", removals[i].status);
        all[i] = one;
    }
    to.Set("removals", all);
    return to;
}

Napi::Value doctor(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    zinc_doctor_facts raw{};
    raw.size = sizeof raw;
    const std::int32_t status = zinc_doctor(&raw);
    if (status != ZINC_OK) {
        return fail(env, status, zinc_strerror(status));
    }
    Napi::Object to = Napi::Object::New(env);
    to.Set("directoryStatus", raw.directory_status);
    set(to, "directory", raw.directory);
    set(to, "filesystem", raw.filesystem);
    set(to, "domain", raw.domain);
    set(to, "waitBackend", raw.wait_backend);
    set(to, "hugePages", raw.huge_pages);
    set(to, "directoryTotal", raw.directory_total);
    set(to, "directoryFree", raw.directory_free);
    set(to, "inodesTotal", raw.inodes_total);
    set(to, "inodesFree", raw.inodes_free);
    set(to, "descriptorsLimit", raw.descriptors_limit);
    set(to, "descriptorsUsed", raw.descriptors_used);
    set(to, "mapsLimit", raw.maps_limit);
    set(to, "mapsUsed", raw.maps_used);
    set(to, "addressSpaceLimit", raw.address_space_limit);
    set(to, "pageSize", raw.page_size);
    set(to, "processors", raw.processors);
    set(to, "regions", raw.regions);
    set(to, "regionsStale", raw.regions_stale);
    set(to, "bytesStale", raw.bytes_stale);
    to.Set("hasProc", raw.has_proc != 0);
    to.Set("hasTmpfile", raw.has_tmpfile != 0);
    to.Set("hasWaitv", raw.has_waitv != 0);
    to.Set("hasMemfd", raw.has_memfd != 0);
    const bool known = raw.remove_ipc < 2;
    to.Set("removeIpc", known ? Napi::Boolean::New(env, raw.remove_ipc != 0) : env.Undefined());
    to.Set("directorySticky", raw.directory_sticky != 0);
    return to;
}

} // namespace

zinc_info empty_info() {
    zinc_info raw{};
    raw.size = sizeof raw;
    return raw;
}

Napi::Object to_object(Napi::Env env, const zinc_info &info, std::int32_t status) {
    Napi::Object to = Napi::Object::New(env);
    set(to, "name", info.name);
    set(to, "domain", info.domain);
    set(to, "capacity", info.capacity);
    set(to, "maxCapacity", info.max_capacity);
    set(to, "dataOffset", info.data_offset);
    set(to, "allocated", info.allocated);
    set(to, "prefaulted", info.prefaulted);
    set(to, "hugeBytes", info.huge_bytes);
    to.Set("createdNs", Napi::BigInt::New(env, info.created_ns));
    to.Set("device", Napi::BigInt::New(env, info.device));
    to.Set("inode", Napi::BigInt::New(env, info.inode));
    set(to, "lifetime", info.lifetime);
    set(to, "mode", info.mode);
    set(to, "owner", info.owner);
    set(to, "group", info.group);
    set(to, "creatorPid", info.creator_pid);
    set(to, "rows", info.rows);
    set(to, "participantsAlive", info.participants_alive);
    set(to, "participantsDead", info.participants_dead);
    set(to, "waiters", info.waiters);
    set(to, "notifications", info.notifications);
    set(to, "waitPolicy", info.wait_policy);
    set(to, "layout", info.layout);
    set(to, "flags", info.flags);
    to.Set("status", status);
    return to;
}

void define_registry(Napi::Env env, Napi::Object exports) {
    define<list>(env, exports, "list");
    define<lookup>(env, exports, "lookup");
    define<participants>(env, exports, "participants");
    define<remove>(env, exports, "remove");
    define<gc>(env, exports, "gc");
    define<doctor>(env, exports, "doctor");
}

} // namespace zinc_node
