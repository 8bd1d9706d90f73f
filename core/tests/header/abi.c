/* SPDX-License-Identifier: MIT */
/* The sizes and offsets that compiled programs rely on. A number that must change here is a new ABI
 * (ZINC_ABI in <zinc/version.h>), or a mistake. Compiles, or does not; there is nothing to run. */
#include <assert.h>
#include <zinc.h>

static_assert(sizeof(zinc_error) == 512, "callers own it, so its size is fixed");
static_assert(offsetof(zinc_error, system_errno) == 4, "as compiled programs have it");
static_assert(offsetof(zinc_error, message) == 8, "as compiled programs have it");

static_assert(sizeof(zinc_event) == 16, "an array of them is filled in");
static_assert(offsetof(zinc_event, status) == 8, "as compiled programs have it");

static_assert(offsetof(zinc_region_options, flags) == 4, "as compiled programs have it");
static_assert(offsetof(zinc_region_options, accept_mode) == 28, "as compiled programs have it");
static_assert(offsetof(zinc_region_options, max_capacity) == 32, "as compiled programs have it");

static_assert(offsetof(zinc_info, name) == 8, "as compiled programs have it");
static_assert(offsetof(zinc_info, domain) == 216, "as compiled programs have it");
static_assert(offsetof(zinc_info, capacity) == 272, "as compiled programs have it");
static_assert(offsetof(zinc_info, created_ns) == 320, "as compiled programs have it");
static_assert(offsetof(zinc_info, lifetime) == 344, "as compiled programs have it");
static_assert(sizeof(zinc_info) == 392, "growth goes through the size field");

static_assert(offsetof(zinc_participant, started_ticks) == 32, "as compiled programs have it");
static_assert(sizeof(zinc_participant) == 64, "an array of them is filled in");

static_assert(offsetof(zinc_gc_report, regions_seen) == 8, "as compiled programs have it");
static_assert(sizeof(zinc_gc_report) == 48, "growth goes through the size field");

static_assert(offsetof(zinc_doctor_facts, directory) == 8, "as compiled programs have it");
static_assert(offsetof(zinc_doctor_facts, directory_total) == 392, "as compiled programs have it");

/* On systems with 64-bit pointers, which is what the tables of the languages are made for. */
#if UINTPTR_MAX == UINT64_MAX
static_assert(sizeof(zinc_region_options) == 56, "growth goes through the size field");
static_assert(offsetof(zinc_region_options, accept_owner_count) == 48, "behind the pointer");
#endif
