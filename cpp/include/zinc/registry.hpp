// SPDX-License-Identifier: MIT
// Zinc: the regions of a domain, seen from outside; and the facts about one region.
//
// SharedRegion::list, ::lookup, ::participants, ::remove and ::gc answer with these types. None of
// them takes part in a region, so looking never keeps one alive.
#ifndef ZINC_REGISTRY_HPP
#define ZINC_REGISTRY_HPP

#include <zinc/registry.h>
#include <zinc/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace zinc {
inline namespace ZINC_MODE {

// When the name of a region goes.
enum class lifetime : std::uint32_t {
    automatic = ZINC_LIFETIME_AUTO,       // with the last participant, also if all were killed
    creator = ZINC_LIFETIME_CREATOR,      // with the creator's handle; bytes in use live on
    persistent = ZINC_LIFETIME_PERSISTENT // by unlink or remove only
};

// How a wait spends the time before it parks in the kernel.
enum class wait_policy : std::uint32_t {
    adaptive = ZINC_WAIT_ADAPTIVE, // spin while waits have been short
    spin = ZINC_WAIT_SPIN,         // never park: lowest latency, one busy core
    park = ZINC_WAIT_PARK          // never spin
};

// Facts about a region. Sizes are bytes. Facts about "this handle" are empty in listings.
struct region_info {
    std::string name; // without prefix and domain; a private region's label
    std::string domain;
    std::uint64_t capacity = 0;
    std::uint64_t max_capacity = 0;
    std::uint64_t data_offset = 0; // where the data begins in the file
    std::uint64_t allocated = 0;   // memory that the file occupies
    std::uint64_t prefaulted = 0;  // this handle: bytes brought in by options::prefault
    std::uint64_t huge_bytes = 0;  // this handle: bytes mapped by huge pages now
    std::chrono::system_clock::time_point created;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    zinc::lifetime lifetime = zinc::lifetime::automatic;
    std::uint32_t mode = 0;
    std::uint32_t owner = 0;
    std::uint32_t group = 0;
    std::uint32_t creator_pid = 0;
    std::uint32_t rows = 0;               // participants that fit
    std::uint32_t participants_alive = 0; // writable handles of all processes
    std::uint32_t participants_dead = 0;
    std::uint32_t waiters = 0;
    std::uint32_t notifications = 0; // the notify sequence, which wraps
    zinc::wait_policy wait_policy = zinc::wait_policy::adaptive;
    std::uint32_t layout = 0;
    bool created_here = false; // this handle created the region
    bool read_only = false;    // this handle is read-only
    bool is_private = false;
    bool sealed = false;
    bool stale = false; // the name was unbound, or means another region now
    bool creator_alive = false;
    bool dead = false;        // the last participant has left; only the file remains
    bool gone = false;        // the file is shorter than the capacity
    bool reclaimable = false; // gc would remove it
    bool read_only_waiters = false;
    bool sparse = false;
    // In listings: ZINC_OK, or why the file cannot be read as a region; then only name, owner, mode
    // and allocated mean something.
    std::int32_t status = ZINC_OK;
};

// One row of the table of participants. Process facts are hints for people and never decide who is
// alive.
struct participant {
    std::uint32_t row = 0;
    std::uint32_t generation = 0;
    bool alive = false;
    bool creator = false;
    std::uint32_t pid = 0;
    std::uint32_t waits = 0;
    bool same_namespace = false; // pid means something in this process's PID namespace
    std::uint64_t started_ticks = 0;
    std::string program;
};

struct gc_item {
    std::string name;
    bool temporary = false; // left half-made by a creator that died
    std::uint64_t allocated = 0;
    std::int32_t status = ZINC_OK; // or why it could not be removed
};

enum class gc_mode { remove, dry_run };

struct gc_report {
    std::uint64_t regions_seen = 0;
    std::uint64_t regions_removed = 0; // or that would be, in a dry run
    std::uint64_t temporaries_removed = 0;
    std::uint64_t failures = 0;
    std::uint64_t bytes_removed = 0;
    std::vector<gc_item> items;
};

// What the machine offers: the C struct as it is, and what to do is said by `zinc doctor`.
inline result<zinc_doctor_facts> doctor(const std::nothrow_t &) noexcept {
    zinc_doctor_facts facts{};
    facts.size = sizeof facts;
    const std::int32_t status = zinc_doctor(&facts);
    if (status != ZINC_OK) {
        return failure(status);
    }
    return facts;
}
#if ZINC_HAS_EXCEPTIONS
inline zinc_doctor_facts doctor() {
    return doctor(std::nothrow).value();
}
#endif

namespace detail {

// A zinc_error to be filled by a call; all calls leave it alone when they succeed.
inline zinc_error no_error() noexcept {
    zinc_error detail;
    detail.status = ZINC_OK;
    detail.system_errno = 0;
    detail.message[0] = '\0';
    return detail;
}

// What a call by name answered, with the text that it left.
inline failure failed(std::int32_t status, zinc_error detail) noexcept {
    detail.status = status;
    return failure(detail);
}

inline region_info to_info(const zinc_info &from, std::int32_t status) {
    const auto has = [&from](std::uint32_t flag) { return (from.flags & flag) != 0; };
    region_info to;
    to.name = from.name;
    to.domain = from.domain;
    to.capacity = from.capacity;
    to.max_capacity = from.max_capacity;
    to.data_offset = from.data_offset;
    to.allocated = from.allocated;
    to.prefaulted = from.prefaulted;
    to.huge_bytes = from.huge_bytes;
    to.created = std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(
            std::chrono::nanoseconds(from.created_ns)));
    to.device = from.device;
    to.inode = from.inode;
    to.lifetime = static_cast<zinc::lifetime>(from.lifetime);
    to.mode = from.mode;
    to.owner = from.owner;
    to.group = from.group;
    to.creator_pid = from.creator_pid;
    to.rows = from.rows;
    to.participants_alive = from.participants_alive;
    to.participants_dead = from.participants_dead;
    to.waiters = from.waiters;
    to.notifications = from.notifications;
    to.wait_policy = static_cast<zinc::wait_policy>(from.wait_policy);
    to.layout = from.layout;
    to.created_here = has(ZINC_INFO_CREATED);
    to.read_only = has(ZINC_INFO_READ_ONLY);
    to.is_private = has(ZINC_INFO_PRIVATE);
    to.sealed = has(ZINC_INFO_SEALED);
    to.stale = has(ZINC_INFO_STALE);
    to.creator_alive = has(ZINC_INFO_CREATOR_ALIVE);
    to.dead = has(ZINC_INFO_DEAD);
    to.gone = has(ZINC_INFO_GONE);
    to.reclaimable = has(ZINC_INFO_RECLAIMABLE);
    to.read_only_waiters = has(ZINC_INFO_READ_ONLY_WAITERS);
    to.sparse = has(ZINC_INFO_SPARSE);
    to.status = status;
    return to;
}

inline result<std::vector<region_info>> list() {
    zinc_error detail = no_error();
    zinc_list *listing = nullptr;
    std::int32_t status = zinc_list_begin(&listing, &detail);
    if (status != ZINC_OK) {
        return failed(status, detail);
    }
    struct ender {
        zinc_list *listing;
        ~ender() {
            zinc_list_end(listing);
        }
    } const end{listing};
    std::vector<region_info> regions;
    for (;;) {
        zinc_info info{};
        info.size = sizeof info;
        status = zinc_list_next(listing, &info);
        if (status == ZINC_E_NOENT) {
            return regions;
        }
        regions.push_back(to_info(info, status));
    }
}

inline result<region_info> lookup(const char *name) {
    zinc_error detail = no_error();
    zinc_info info{};
    info.size = sizeof info;
    const std::int32_t status = zinc_region_lookup(name, &info, &detail);
    if (status != ZINC_OK) {
        return failed(status, detail);
    }
    return to_info(info, ZINC_OK);
}

inline result<std::vector<participant>> participants(const char *name) {
    // The number of rows is bounded, so one call sees them all.
    std::vector<zinc_participant> rows(ZINC_ROWS_MAX);
    rows[0].size = sizeof(zinc_participant);
    std::uint64_t count = 0;
    zinc_error detail = no_error();
    const std::int32_t status =
        zinc_region_participants(name, rows.data(), rows.size(), &count, &detail);
    if (status != ZINC_OK) {
        return failed(status, detail);
    }
    std::vector<participant> found;
    for (std::size_t i = 0; i < rows.size() && i < count; ++i) {
        const zinc_participant &from = rows[i];
        participant to;
        to.row = from.row;
        to.generation = from.generation;
        to.alive = from.alive != 0;
        to.creator = from.creator != 0;
        to.pid = from.pid;
        to.waits = from.waits;
        to.same_namespace = from.same_namespace != 0;
        to.started_ticks = from.started_ticks;
        to.program = from.program;
        found.push_back(std::move(to));
    }
    return found;
}

// Nothing may be thrown through C: an item for which there is no memory is missing in the list, the
// counts are right all the same.
inline void collect(void *context, std::uint32_t kind, const char *name, std::uint64_t allocated,
                    std::int32_t status) noexcept {
    auto &items = *static_cast<std::vector<gc_item> *>(context);
    const auto add = [&] {
        gc_item item;
        item.name = name;
        item.temporary = kind == ZINC_GC_TEMPORARY;
        item.allocated = allocated;
        item.status = status;
        items.push_back(std::move(item));
    };
#if ZINC_HAS_EXCEPTIONS
    try {
        add();
    } catch (...) {
    }
#else
    add();
#endif
}

inline result<gc_report> gc(gc_mode mode) {
    gc_report report;
    zinc_gc_report counts{};
    counts.size = sizeof counts;
    zinc_error detail = no_error();
    const std::int32_t status = zinc_gc(mode == gc_mode::dry_run ? ZINC_GC_DRY_RUN : 0, collect,
                                        &report.items, &counts, &detail);
    if (status != ZINC_OK) {
        return failed(status, detail);
    }
    report.regions_seen = counts.regions_seen;
    report.regions_removed = counts.regions_removed;
    report.temporaries_removed = counts.temporaries_removed;
    report.failures = counts.failures;
    report.bytes_removed = counts.bytes_removed;
    return report;
}

} // namespace detail

} // namespace ZINC_MODE
} // namespace zinc

#endif
