// SPDX-License-Identifier: MIT

package zinc

// The border between Go and the core: every call of C is made here, and here only.

/*
#cgo !zinc_system CFLAGS: -std=gnu11 -DZINC_STATIC -fvisibility=hidden
#cgo !zinc_system LDFLAGS: -pthread
#cgo linux,!zinc_system LDFLAGS: -ldl
#cgo zinc_system CFLAGS: -DZINC_GO_SYSTEM
#cgo zinc_system pkg-config: zinc
#include <stdlib.h>
#include "bridge.h"
*/
import "C"

import (
	"time"
	"unsafe"
)

type (
	handle     = *C.zinc_region
	queue      = *C.zinc_events
	event      = C.zinc_event
	rawOptions = C.zinc_region_options
	rawError   = C.zinc_error
)

const (
	verbCreate        = C.ZINC_GO_CREATE
	verbOpen          = C.ZINC_GO_OPEN
	verbOpenOrCreate  = C.ZINC_GO_OPEN_OR_CREATE
	verbReplace       = C.ZINC_GO_REPLACE
	verbCreatePrivate = C.ZINC_GO_CREATE_PRIVATE
	verbAttach        = C.ZINC_GO_ATTACH
	verbReceive       = verbAttach + 1
)

const (
	flagReadOnly        = C.ZINC_REGION_READ_ONLY
	flagPrefault        = C.ZINC_REGION_PREFAULT
	flagSparse          = C.ZINC_REGION_SPARSE
	flagHugePages       = C.ZINC_REGION_HUGE_PAGES
	flagSealed          = C.ZINC_REGION_SEALED
	flagReadOnlyWaiters = C.ZINC_REGION_READ_ONLY_WAITERS
	flagSetGroup        = C.ZINC_REGION_SET_GROUP
	flagAnyOwner        = C.ZINC_REGION_ANY_OWNER
	flagHugeTLB         = C.ZINC_REGION_HUGETLB
	rowsMax             = C.ZINC_ROWS_MAX
	headerRelease       = C.ZINC_VERSION_MAJOR<<16 | C.ZINC_VERSION_MINOR<<8 | C.ZINC_VERSION_PATCH
	headerReleaseText   = C.ZINC_VERSION_TEXT
	headerLayout        = C.ZINC_LAYOUT
)

// ---- Making and ending handles -----------------------------------------------------------------

// cString gives the address of a copy of the text that ends with NUL. The text has none in it.
func cString(text *string) *C.char {
	if text == nil {
		return nil
	}
	bytes := make([]byte, len(*text)+1)
	copy(bytes, *text)
	return (*C.char)(unsafe.Pointer(&bytes[0]))
}

func firstOwner(owners []uint32) *C.uint32_t {
	if len(owners) == 0 {
		return nil
	}
	return (*C.uint32_t)(unsafe.Pointer(&owners[0]))
}

func nativeOptions(s *settings) *rawOptions {
	return &rawOptions{
		flags:        C.uint32_t(s.flags),
		lifetime:     C.uint32_t(s.lifetime),
		wait_policy:  C.uint32_t(s.waitPolicy),
		mode:         C.uint32_t(s.mode),
		group:        C.uint32_t(s.group),
		rows:         C.uint32_t(s.rows),
		accept_mode:  C.uint32_t(s.acceptMode),
		max_capacity: C.uint64_t(s.maxCapacity),
	}
}

func nativeMake(verb int32, name *string, capacity int, descriptor int32, s *settings) (
	handle, Status, string) {
	var out handle
	var failure rawError
	status := Status(C.zinc_go_make(C.int32_t(verb), cString(name), C.size_t(capacity),
		C.int32_t(descriptor), nativeOptions(s), firstOwner(s.owners), C.size_t(len(s.owners)),
		&out, &failure))
	return out, status, messageOf(status, &failure)
}

func nativeReceive(socket int32, s *settings) (handle, Status, string) {
	var out handle
	var failure rawError
	status := Status(C.zinc_go_receive(C.int32_t(socket), nativeOptions(s), firstOwner(s.owners),
		C.size_t(len(s.owners)), &out, &failure))
	return out, status, messageOf(status, &failure)
}

func messageOf(status Status, failure *rawError) string {
	if status >= 0 {
		return ""
	}
	return C.GoString(&failure.message[0])
}

func nativeExplain(region handle, status Status) string {
	var failure rawError
	C.zinc_region_explain(region, C.int32_t(status), &failure)
	return C.GoString(&failure.message[0])
}

func nativeStatusText(status Status) string {
	return C.GoString(C.zinc_strerror(C.int32_t(status)))
}

func nativeShutdown(region handle) Status { return Status(C.zinc_region_shutdown(region)) }
func nativeRelease(region handle)         { C.zinc_region_release(region) }
func nativeRetire(region handle)          { C.zinc_region_retire(region) }

// ---- Calls on a handle; the caller has a use of it ---------------------------------------------

func nativeName(region handle) string         { return C.GoString(C.zinc_region_name(region)) }
func nativeData(region handle) unsafe.Pointer { return unsafe.Pointer(C.zinc_ptr(region)) }
func nativeCapacity(region handle) int        { return int(C.zinc_capacity(region)) }
func nativeStatus(region handle) Status       { return Status(C.zinc_region_status(region)) }
func nativeNotify(region handle) Status       { return Status(C.zinc_region_notify(region)) }
func nativeUnlink(region handle) Status       { return Status(C.zinc_region_unlink(region)) }

func nativeWait(region handle, timeout time.Duration) Status {
	return Status(C.zinc_go_wait(region, C.int64_t(timeout)))
}

func nativeTryWait(region handle) Status {
	return Status(C.zinc_region_wait(region, 0, nil))
}

func nativeGrow(region handle, capacity int) Status {
	return Status(C.zinc_region_grow(region, C.size_t(capacity)))
}

func nativeSend(region handle, socket int32) Status {
	return Status(C.zinc_region_send(region, C.int32_t(socket)))
}

func nativeDescriptor(region handle) (int32, Status) {
	var out C.int32_t
	status := Status(C.zinc_region_descriptor(region, &out))
	return int32(out), status
}

func nativeInfo(region handle) (Info, Status) {
	var raw C.zinc_info
	raw.size = C.sizeof_zinc_info
	status := Status(C.zinc_region_info(region, &raw))
	if status != 0 {
		return Info{}, status
	}
	return infoFrom(&raw, 0), 0
}

func infoFrom(raw *C.zinc_info, status Status) Info {
	flag := func(bit C.uint32_t) bool { return raw.flags&bit != 0 }
	return Info{
		Name:              C.GoString(&raw.name[0]),
		Domain:            C.GoString(&raw.domain[0]),
		Capacity:          uint64(raw.capacity),
		MaxCapacity:       uint64(raw.max_capacity),
		DataOffset:        uint64(raw.data_offset),
		Allocated:         uint64(raw.allocated),
		Prefaulted:        uint64(raw.prefaulted),
		HugeBytes:         uint64(raw.huge_bytes),
		CreatedAt:         time.Unix(0, int64(raw.created_ns)),
		Device:            uint64(raw.device),
		Inode:             uint64(raw.inode),
		Lifetime:          Lifetime(raw.lifetime),
		Mode:              fileMode(uint32(raw.mode)),
		Owner:             uint32(raw.owner),
		Group:             uint32(raw.group),
		CreatorPID:        uint32(raw.creator_pid),
		Rows:              uint32(raw.rows),
		ParticipantsAlive: uint32(raw.participants_alive),
		ParticipantsDead:  uint32(raw.participants_dead),
		Waiters:           uint32(raw.waiters),
		Notifications:     uint32(raw.notifications),
		WaitPolicy:        WaitPolicy(raw.wait_policy),
		Layout:            uint32(raw.layout),
		Created:           flag(C.ZINC_INFO_CREATED),
		ReadOnly:          flag(C.ZINC_INFO_READ_ONLY),
		Private:           flag(C.ZINC_INFO_PRIVATE),
		Sealed:            flag(C.ZINC_INFO_SEALED),
		Stale:             flag(C.ZINC_INFO_STALE),
		CreatorAlive:      flag(C.ZINC_INFO_CREATOR_ALIVE),
		Dead:              flag(C.ZINC_INFO_DEAD),
		Gone:              flag(C.ZINC_INFO_GONE),
		Reclaimable:       flag(C.ZINC_INFO_RECLAIMABLE),
		ReadOnlyWaiters:   flag(C.ZINC_INFO_READ_ONLY_WAITERS),
		Sparse:            flag(C.ZINC_INFO_SPARSE),
		Err:               status.orNil(),
	}
}

// ---- Waits without a thread --------------------------------------------------------------------

const forever = C.INT64_MAX

func nativeQueue() (queue, Status) {
	var out queue
	status := Status(C.zinc_events_create(&out))
	return out, status
}

func nativeQueueDescriptor(q queue) (int32, Status) {
	var out C.int32_t
	status := Status(C.zinc_events_fd(q, &out))
	return int32(out), status
}

func nativeQueueWait(q queue, region handle, token uint64) Status {
	return Status(C.zinc_events_wait(q, region, C.uint64_t(token), forever))
}

func nativeQueueCancel(q queue, token uint64) Status {
	return Status(C.zinc_events_cancel(q, C.uint64_t(token)))
}

func nativeQueueDrain(q queue, batch []event) int {
	return int(C.zinc_events_drain(q, &batch[0], C.uint32_t(len(batch))))
}

func nativeQueueNext(q queue, batch []event) int {
	return int(C.zinc_events_next(q, &batch[0], C.uint32_t(len(batch)), forever))
}

func (e *event) tokenAndStatus() (uint64, Status) { return uint64(e.token), Status(e.status) }

// ---- The registry ------------------------------------------------------------------------------

func nativeList() ([]Info, Status, string) {
	var items *C.zinc_go_listed
	var count C.size_t
	var failure rawError
	status := Status(C.zinc_go_list(&items, &count, &failure))
	defer C.free(unsafe.Pointer(items))
	if status != 0 {
		return nil, status, messageOf(status, &failure)
	}
	all := make([]Info, 0, int(count))
	for i := range unsafe.Slice(items, int(count)) {
		item := &unsafe.Slice(items, int(count))[i]
		all = append(all, infoFrom(&item.info, Status(item.status)))
	}
	return all, 0, ""
}

func nativeLookup(name string) (Info, Status, string) {
	var raw C.zinc_info
	var failure rawError
	raw.size = C.sizeof_zinc_info
	status := Status(C.zinc_region_lookup(cString(&name), &raw, &failure))
	if status != 0 {
		return Info{}, status, messageOf(status, &failure)
	}
	return infoFrom(&raw, 0), 0, ""
}

func nativeParticipants(name string) ([]Participant, Status, string) {
	rows := make([]C.zinc_participant, rowsMax)
	rows[0].size = C.sizeof_zinc_participant
	var count C.uint64_t
	var failure rawError
	status := Status(C.zinc_region_participants(cString(&name), &rows[0], rowsMax, &count,
		&failure))
	if status != 0 {
		return nil, status, messageOf(status, &failure)
	}
	if int(count) < len(rows) {
		rows = rows[:count]
	}
	all := make([]Participant, 0, len(rows))
	for i := range rows {
		row := &rows[i]
		all = append(all, Participant{
			Row:           uint32(row.row),
			Generation:    uint32(row.generation),
			Alive:         row.alive != 0,
			Creator:       row.creator != 0,
			PID:           uint32(row.pid),
			Waits:         uint32(row.waits),
			SameNamespace: row.same_namespace != 0,
			StartedTicks:  uint64(row.started_ticks),
			Program:       C.GoString(&row.program[0]),
		})
	}
	return all, 0, ""
}

func nativeRemove(name string) (Status, string) {
	var failure rawError
	status := Status(C.zinc_region_remove(cString(&name), &failure))
	return status, messageOf(status, &failure)
}

func nativeGC(dryRun bool) (GCReport, Status, string) {
	// In memory of C's, because C keeps a pointer of its own in it.
	removals := (*C.zinc_go_removals)(C.calloc(1, C.sizeof_zinc_go_removals))
	defer C.free(unsafe.Pointer(removals))
	var report C.zinc_gc_report
	var failure rawError
	var flags C.uint32_t
	if dryRun {
		flags = C.ZINC_GC_DRY_RUN
	}
	status := Status(C.zinc_go_gc(flags, removals, &report, &failure))
	defer func() { C.free(unsafe.Pointer(removals.items)) }()
	if status != 0 {
		return GCReport{}, status, messageOf(status, &failure)
	}
	result := GCReport{
		RegionsSeen:        uint64(report.regions_seen),
		RegionsRemoved:     uint64(report.regions_removed),
		TemporariesRemoved: uint64(report.temporaries_removed),
		Failures:           uint64(report.failures),
		BytesRemoved:       uint64(report.bytes_removed),
	}
	for _, item := range unsafe.Slice(removals.items, int(removals.count)) {
		item := item
		result.Removals = append(result.Removals, Removal{
			Name:      C.GoString(&item.name[0]),
			Temporary: item.kind == C.ZINC_GC_TEMPORARY,
			Allocated: uint64(item.allocated),
			Err:       Status(item.status).orNil(),
		})
	}
	return result, 0, ""
}

func nativeDoctor() (DoctorFacts, Status) {
	var raw C.zinc_doctor_facts
	raw.size = C.sizeof_zinc_doctor_facts
	status := Status(C.zinc_doctor(&raw))
	if status != 0 {
		return DoctorFacts{}, status
	}
	return DoctorFacts{
		DirectoryErr:      Status(raw.directory_status).orNil(),
		Directory:         C.GoString(&raw.directory[0]),
		Filesystem:        C.GoString(&raw.filesystem[0]),
		Domain:            C.GoString(&raw.domain[0]),
		WaitBackend:       C.GoString(&raw.wait_backend[0]),
		HugePages:         C.GoString(&raw.huge_pages[0]),
		DirectoryTotal:    uint64(raw.directory_total),
		DirectoryFree:     uint64(raw.directory_free),
		InodesTotal:       uint64(raw.inodes_total),
		InodesFree:        uint64(raw.inodes_free),
		DescriptorsLimit:  uint64(raw.descriptors_limit),
		DescriptorsUsed:   uint64(raw.descriptors_used),
		MapsLimit:         uint64(raw.maps_limit),
		MapsUsed:          uint64(raw.maps_used),
		AddressSpaceLimit: uint64(raw.address_space_limit),
		PageSize:          uint64(raw.page_size),
		Processors:        uint64(raw.processors),
		Regions:           uint64(raw.regions),
		RegionsStale:      uint64(raw.regions_stale),
		BytesStale:        uint64(raw.bytes_stale),
		HasProc:           raw.has_proc != 0,
		HasTmpfile:        raw.has_tmpfile != 0,
		HasWaitv:          raw.has_waitv != 0,
		HasMemfd:          raw.has_memfd != 0,
		RemoveIPC:         RemoveIPC(raw.remove_ipc),
		DirectorySticky:   raw.directory_sticky != 0,
	}, 0
}

// ---- Versions ----------------------------------------------------------------------------------

func nativeVersion() uint32     { return uint32(C.zinc_version()) }
func nativeVersionText() string { return C.GoString(C.zinc_version_text()) }
func nativeLayout() uint32      { return uint32(C.zinc_layout()) }
