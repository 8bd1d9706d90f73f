// SPDX-License-Identifier: MIT

package zinc

import (
	"fmt"
	"io/fs"
	"math"
)

// A Lifetime says when a region's name goes.
type Lifetime uint32

const (
	// LifetimeAuto: with the last participant, also if all of them were killed.
	LifetimeAuto Lifetime = 0
	// LifetimeCreator: with the creator's handle; others keep the bytes that they have.
	LifetimeCreator Lifetime = 1
	// LifetimePersistent: by Unlink or Remove only; may be opened with nobody alive.
	LifetimePersistent Lifetime = 2
)

// String gives the word for the lifetime: "auto", "creator" or "persistent".
func (l Lifetime) String() string {
	return word(uint32(l), "auto", "creator", "persistent")
}

// A WaitPolicy says how a wait spends the time before it parks in the kernel.
type WaitPolicy uint32

const (
	// WaitAdaptive: spin while waits have been short, 40 microseconds at most.
	WaitAdaptive WaitPolicy = 0
	// WaitSpin: never park; lowest latency, one busy core.
	WaitSpin WaitPolicy = 1
	// WaitPark: never spin.
	WaitPark WaitPolicy = 2
)

// String gives the word for the policy: "adaptive", "spin" or "park".
func (w WaitPolicy) String() string {
	return word(uint32(w), "adaptive", "spin", "park")
}

func word(number uint32, words ...string) string {
	if int(number) < len(words) {
		return words[number]
	}
	return fmt.Sprintf("unknown (%d)", number)
}

// An Option changes how a region is made or opened. Which calls take it stands with each; given to
// another call it is an ErrInvalid.
type Option func(*settings)

// Which of the calls an option is for.
const (
	forCreate  = 1 << iota // Create, Replace and OpenOrCreate
	forPrivate             // CreatePrivate
	forOpen                // Open, Attach and Receive
	forEither              // OpenOrCreate, beside forCreate
	makes      = forCreate | forPrivate
	opens      = forOpen | forEither
	all        = makes | opens
)

type settings struct {
	call        int // one of the above, or forCreate|forEither
	flags       uint32
	lifetime    Lifetime
	waitPolicy  WaitPolicy
	mode        uint32
	group       uint32
	rows        uint32
	acceptMode  uint32
	maxCapacity uint64
	owners      []uint32
	wrong       string // the first thing that cannot be, for people
}

func settingsOf(call int, options []Option) *settings {
	s := &settings{call: call}
	for _, option := range options {
		if option != nil {
			option(s)
		}
	}
	return s
}

// take says whether this call takes an option, and remembers if it does not.
func (s *settings) take(name string, calls int) bool {
	if s.call&calls != 0 {
		return true
	}
	s.refuse("%s is no option of this call", name)
	return false
}

func (s *settings) refuse(format string, values ...any) {
	if s.wrong == "" {
		s.wrong = fmt.Sprintf(format, values...)
	}
}

// within says whether a number is one of first to last.
func (s *settings) within(name string, value, first, last int64) bool {
	if value < first || value > last {
		s.refuse("%s(%d): must be %d to %d", name, value, first, last)
		return false
	}
	return true
}

func flagOption(name string, flag uint32, calls int) Option {
	return func(s *settings) {
		if s.take(name, calls) {
			s.flags |= flag
		}
	}
}

// permissionBits turns what people write, 0o660 or an fs.FileMode, into the kernel's bits.
func permissionBits(mode fs.FileMode) (uint32, bool) {
	bits := uint32(mode & 0o7777)
	for _, one := range []struct {
		mode fs.FileMode
		bit  uint32
	}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if mode&one.mode != 0 {
			bits |= one.bit
			mode &^= one.mode
		}
	}
	return bits, mode&^0o7777 == 0
}

func fileMode(bits uint32) fs.FileMode {
	mode := fs.FileMode(bits & 0o777)
	if bits&0o4000 != 0 {
		mode |= fs.ModeSetuid
	}
	if bits&0o2000 != 0 {
		mode |= fs.ModeSetgid
	}
	if bits&0o1000 != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}

// WithMode sets the permission bits of the file exactly as given, whatever the umask; 0o600 without
// it. Group or others that may write must also be accepted by whoever opens (WithAcceptMode).
// For Create, Replace, OpenOrCreate and CreatePrivate.
func WithMode(mode fs.FileMode) Option {
	return func(s *settings) {
		bits, good := permissionBits(mode)
		if !s.take("WithMode", makes) {
			return
		}
		if !good || bits == 0 {
			s.refuse("WithMode(%v): must be permission bits, and not 0", mode)
		}
		s.mode = bits
	}
}

// WithLifetime says when the name goes; LifetimeAuto without it.
// For Create, Replace and OpenOrCreate.
func WithLifetime(lifetime Lifetime) Option {
	return func(s *settings) {
		if !s.take("WithLifetime", forCreate) {
			return
		}
		if lifetime > LifetimePersistent {
			s.refuse("WithLifetime(%d): must be LifetimeAuto, LifetimeCreator, LifetimePersistent",
				uint32(lifetime))
		}
		s.lifetime = lifetime
	}
}

// WithMaxCapacity says how many bytes Grow may reach; the capacity itself without it.
// For Create, Replace, OpenOrCreate and CreatePrivate.
func WithMaxCapacity(bytes int) Option {
	return func(s *settings) {
		if s.take("WithMaxCapacity", makes) &&
			s.within("WithMaxCapacity", int64(bytes), 1, math.MaxInt64) {
			s.maxCapacity = uint64(bytes)
		}
	}
}

// WithRows says how many participants there may be at one time, 1 to 1023; 128 without it.
// For Create, Replace, OpenOrCreate and CreatePrivate.
func WithRows(rows int) Option {
	return func(s *settings) {
		if s.take("WithRows", makes) && s.within("WithRows", int64(rows), 1, rowsMax) {
			s.rows = uint32(rows)
		}
	}
}

// WithWaitPolicy says how this handle waits; WaitAdaptive without it. For every call.
func WithWaitPolicy(policy WaitPolicy) Option {
	return func(s *settings) {
		if !s.take("WithWaitPolicy", all) {
			return
		}
		if policy > WaitPark {
			s.refuse("WithWaitPolicy(%d): must be WaitAdaptive, WaitSpin or WaitPark",
				uint32(policy))
		}
		s.waitPolicy = policy
	}
}

// WithPrefault brings every page in now, not at first touch. For every call.
func WithPrefault() Option { return flagOption("WithPrefault", flagPrefault, all) }

// WithHugePages asks for huge pages; Info says how many came. For every call.
func WithHugePages() Option { return flagOption("WithHugePages", flagHugePages, all) }

// WithSparse does not allocate the memory now: a full file system is then a fault at first touch,
// which ends the program, instead of ErrNoSpace here.
// For Create, Replace, OpenOrCreate and CreatePrivate.
func WithSparse() Option { return flagOption("WithSparse", flagSparse, makes) }

// WithReadOnlyWaiters has read-only handles woken at once instead of within 50 ms, for a system
// call in every Notify. For Create, Replace, OpenOrCreate and CreatePrivate.
func WithReadOnlyWaiters() Option {
	return flagOption("WithReadOnlyWaiters", flagReadOnlyWaiters, makes)
}

// WithGroup gives the file to a group. For Create, Replace and OpenOrCreate.
func WithGroup(id int) Option {
	return func(s *settings) {
		if s.take("WithGroup", forCreate) && s.within("WithGroup", int64(id), 0, math.MaxUint32-1) {
			s.group = uint32(id)
			s.flags |= flagSetGroup
		}
	}
}

// WithSealed makes a region that only this handle can ever write or notify; others attach
// read-only. For peers that do not trust each other. For CreatePrivate.
func WithSealed() Option { return flagOption("WithSealed", flagSealed, forPrivate) }

// WithHugeTLB takes the pages from the hugetlb pool; where that has too few it fails, with
// ErrNoMemory or ErrNoSpace. For CreatePrivate.
func WithHugeTLB() Option { return flagOption("WithHugeTLB", flagHugeTLB, forPrivate) }

// WithReadOnly maps the region read-only: the handle can read and wait. Writing to its bytes is a
// fault, which ends the program. For Open, Attach and Receive.
func WithReadOnly() Option { return flagOption("WithReadOnly", flagReadOnly, forOpen) }

// WithAcceptMode accepts a file that group (0o020) or others (0o002) may write; without it such a
// file is ErrAccess. For Open, OpenOrCreate, Attach and Receive.
func WithAcceptMode(mode fs.FileMode) Option {
	return func(s *settings) {
		if !s.take("WithAcceptMode", opens) {
			return
		}
		if mode&^0o022 != 0 {
			s.refuse("WithAcceptMode(%#o): must be 0o020, 0o002 or both", uint32(mode))
		}
		s.acceptMode = uint32(mode & 0o022)
	}
}

// WithAcceptOwners accepts files of these users, besides the caller and root.
// For Open, OpenOrCreate, Attach and Receive.
func WithAcceptOwners(ids ...int) Option {
	return func(s *settings) {
		if !s.take("WithAcceptOwners", opens) {
			return
		}
		for _, id := range ids {
			if s.within("WithAcceptOwners", int64(id), 0, math.MaxUint32-1) {
				s.owners = append(s.owners, uint32(id))
			}
		}
	}
}

// WithAcceptAnyOwner accepts a file of any owner. For Open, OpenOrCreate, Attach and Receive.
func WithAcceptAnyOwner() Option { return flagOption("WithAcceptAnyOwner", flagAnyOwner, opens) }
