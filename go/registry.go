// SPDX-License-Identifier: MIT

package zinc

import (
	"fmt"
	"io/fs"
	"math"
	"strings"
	"time"
)

// Info has facts about a region. Sizes are bytes.
type Info struct {
	Name              string // without prefix and domain; a private region's label
	Domain            string // "" outside a domain
	Capacity          uint64
	MaxCapacity       uint64
	DataOffset        uint64 // where the data begins in the file
	Allocated         uint64 // memory that the file occupies
	Prefaulted        uint64 // this handle: brought in by WithPrefault
	HugeBytes         uint64 // this handle: mapped by huge pages now
	CreatedAt         time.Time
	Device            uint64
	Inode             uint64
	Lifetime          Lifetime
	Mode              fs.FileMode // permission bits
	Owner             uint32      // user id
	Group             uint32      // group id
	CreatorPID        uint32      // in the creator's own PID namespace
	Rows              uint32      // participants that fit
	ParticipantsAlive uint32      // handles of all processes; read-only ones are not counted
	ParticipantsDead  uint32      // rows whose owner died and that nobody has taken again yet
	Waiters           uint32      // waits in progress
	Notifications     uint32      // the notify sequence, which wraps
	WaitPolicy        WaitPolicy  // this handle
	Layout            uint32

	Created         bool // this handle created the region
	ReadOnly        bool // this handle is read-only
	Private         bool // a memory file without a name
	Sealed          bool // no further writer, no growth
	Stale           bool // the name was unbound, or means another region now
	CreatorAlive    bool
	Dead            bool // the last participant has left; only the file remains
	Gone            bool // the file is shorter than the capacity
	Reclaimable     bool // nobody lives, and by its lifetime the name may go: GC removes it
	ReadOnlyWaiters bool // read-only handles are woken at once
	Sparse          bool // made without allocating its memory

	// Err is nil, or in listings why the file is no usable region: ErrAccess, ErrLayout or
	// ErrCorrupt.
	Err error
}

// A Participant is one row of a region. Facts about the process are hints for people.
type Participant struct {
	Row           uint32 // from 1
	Generation    uint32 // how often the row has been taken
	Alive         bool
	Creator       bool   // the creator's handle, while it lives
	PID           uint32 // in the participant's own PID namespace
	Waits         uint32 // waits in progress
	SameNamespace bool   // PID means something here
	StartedTicks  uint64 // start time of the process, as in /proc/PID/stat, field 22
	Program       string
}

// A Removal is something that GC removed, or would remove.
type Removal struct {
	Name      string
	Temporary bool   // half-made, by a creator that died
	Allocated uint64 // bytes of memory
	Err       error  // nil, or why it could not be removed
}

// GCReport says what GC did.
type GCReport struct {
	RegionsSeen        uint64
	RegionsRemoved     uint64 // or that would be
	TemporariesRemoved uint64
	Failures           uint64
	BytesRemoved       uint64 // memory of what was removed
	Removals           []Removal
}

// Unknown is what a number of DoctorFacts is that cannot be had.
const Unknown uint64 = math.MaxUint64

// RemoveIPC says whether logind deletes a user's regions when the user logs out.
type RemoveIPC uint32

// What RemoveIPC may be.
const (
	RemoveIPCNo      RemoveIPC = 0
	RemoveIPCYes     RemoveIPC = 1
	RemoveIPCUnknown RemoveIPC = 2 // or there is no logind
)

// String gives the word: "no", "yes" or "unknown".
func (r RemoveIPC) String() string { return word(uint32(r), "no", "yes", "unknown") }

// DoctorFacts say what the machine offers. Sizes are bytes; a number that cannot be had is Unknown.
type DoctorFacts struct {
	DirectoryErr      error // nil, or why Directory cannot be used
	Directory         string
	Filesystem        string // "tmpfs", "ext4", ... or a number in hexadecimal
	Domain            string
	WaitBackend       string // "futex", "poll", ...
	HugePages         string // shmem_enabled: "never", "advise", ... or ""
	DirectoryTotal    uint64
	DirectoryFree     uint64
	InodesTotal       uint64
	InodesFree        uint64
	DescriptorsLimit  uint64
	DescriptorsUsed   uint64
	MapsLimit         uint64 // vm.max_map_count
	MapsUsed          uint64
	AddressSpaceLimit uint64
	PageSize          uint64
	Processors        uint64 // that this process may run on
	Regions           uint64 // in the domain
	RegionsStale      uint64 // that GC would remove
	BytesStale        uint64
	HasProc           bool // /proc is mounted: needed by private regions
	HasTmpfile        bool // the directory makes unnamed files: creation in one step
	HasWaitv          bool // one thread can wait on many words
	HasMemfd          bool
	RemoveIPC         RemoveIPC
	DirectorySticky   bool // only a file's owner and root can remove it
}

// checkName refuses what C would cut short.
func checkName(op, name string) error {
	if strings.IndexByte(name, 0) >= 0 {
		return failure(op, name, ErrInvalid, fmt.Sprintf("the name %q has a NUL byte in it", name))
	}
	return nil
}

// List gives all regions of the domain, by name, without taking part in them. Files that are no
// usable region are listed too, with an Err that says why.
func List() ([]Info, error) {
	all, status, message := nativeList()
	return all, failure("list", "", status, message)
}

// Lookup gives facts about the region of this name without taking part in it. One whose users are
// all dead is shown (Reclaimable), not removed. It fails with ErrNotFound, ErrAccess, ErrLayout,
// ErrCorrupt or ErrInvalid.
func Lookup(name string) (Info, error) {
	if err := checkName("lookup", name); err != nil {
		return Info{}, err
	}
	info, status, message := nativeLookup(name)
	return info, failure("lookup", name, status, message)
}

// Participants gives the rows of a region that are in use or whose owner died. Errors as Lookup.
func Participants(name string) ([]Participant, error) {
	if err := checkName("participants", name); err != nil {
		return nil, err
	}
	rows, status, message := nativeParticipants(name)
	return rows, failure("participants", name, status, message)
}

// Remove unbinds a name by force, whoever uses the region; participants keep the bytes. It fails
// with ErrNotFound, ErrPermission or ErrAccess, and with ErrLayout for a file that is no region,
// which stays.
func Remove(name string) error {
	if err := checkName("remove", name); err != nil {
		return err
	}
	status, message := nativeRemove(name)
	return failure("remove", name, status, message)
}

// GC removes every region of the domain that nobody alive uses and whose lifetime allows it, and
// what creators left that died half-way. Living regions and persistent ones stay. Single removals
// that fail are in the report.
func GC() (GCReport, error) {
	report, status, message := nativeGC(false)
	return report, failure("gc", "", status, message)
}

// GCDryRun says what GC would remove, and removes nothing.
func GCDryRun() (GCReport, error) {
	report, status, message := nativeGC(true)
	return report, failure("gc", "", status, message)
}

// Doctor says what this machine offers to regions: file system, limits, wait back-end, stale
// regions.
func Doctor() (DoctorFacts, error) {
	facts, status := nativeDoctor()
	return facts, failure("doctor", "", status, "")
}
