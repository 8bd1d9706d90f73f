// SPDX-License-Identifier: MIT

// Package zinc lets processes written in different languages work on the same bytes of memory.
//
// One process creates a region and tells, another one (in any language) opens it and waits:
//
//	region, err := zinc.Create("frames", 1<<20)     region, err := zinc.Open("frames")
//	copy(region.Bytes(), "hello")                   told, err := region.Wait(1000)
//	err = region.Notify()                           data := region.Bytes()
//	defer region.Close()                            defer region.Close()
//
// Nothing is copied and nothing is serialised. A process that dies, by whatever signal, takes its
// participation along; what nobody uses is removed.
//
// # Names
//
// A name is 1 to 200 of A-Z a-z 0-9 . _ - without a leading dot; one leading slash is dropped.
// Regions live in the folder that ZINC_DIR names (/dev/shm without it); ZINC_DOMAIN keeps two
// deployments on one machine apart.
//
// # Bytes
//
// Bytes, As and Array borrow: the slice is valid until Close. After Close it reads zeros: its
// addresses are never used again in this process, so a slice that was kept too long never sees
// other memory and never faults. View lends the bytes for the time of one function; they stay even
// if another goroutine closes the region meanwhile, and a region that was only ever used by View
// gives its addresses back. A slice keeps its length when the region grows.
//
// The bytes belong to all processes. A notification orders writing before reading: what was written
// before Notify is visible to whoever returns from a wait that it ended. Goroutines and processes
// that write the same bytes at the same time need something that orders them.
//
// # Closing
//
// Close ends the handle at once: it leaves the region, and the name goes by its lifetime. Waits
// of other goroutines on it end with ErrClosed, and so does every later call. A handle that is
// garbage collected without Close is closed then, and reported on standard error where
// ZINC_DEBUG_LEAKS is set; if its bytes were handed out, they stay mapped until the program ends.
//
// # Goroutines
//
// Everything may be called by several goroutines at once, Close too. Wait blocks a thread of the
// operating system; WaitContext does not.
package zinc

import (
	"fmt"
	"math"
	"net"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"unsafe"
)

// A SharedRegion is a handle of a region: the same bytes of memory in several processes. It is made
// by Create, Open, OpenOrCreate, Replace, CreatePrivate, Attach or Receive, and ended by Close.
type SharedRegion struct {
	// Calls in progress, and 1 until Close; far below zero once closed. Whoever takes it to
	// closedUses is the last one, and gives the core's handle back.
	uses     atomic.Int64
	closed   atomic.Bool
	borrowed atomic.Bool // a slice or an address was handed out that View does not take back
	ended    atomic.Bool
	handle   handle
	data     unsafe.Pointer // the first byte; never moves
	fixed    int            // the capacity, if the region cannot grow; else 0
	name     string
	origin   string // where it was made, if leaks are being looked for
}

const closedUses = math.MinInt64 / 2

// ---- Making handles ----------------------------------------------------------------------------

// Create makes a region of capacity bytes, all zero. It is whole when its name appears.
//
// It fails with ErrExists while somebody uses a region of this name; ErrInvalid, ErrNameTooLong,
// ErrNoSpace, ErrOverflow and others leave nothing behind.
func Create(name string, capacity int, options ...Option) (*SharedRegion, error) {
	return newRegion("create", verbCreate, &name, capacity, 0, settingsOf(forCreate, options))
}

// Open opens the region of this name, readable and writable.
//
// It fails with ErrNotFound if there is none, or nobody in it is alive; ErrAccess if the file's
// owner or mode is not accepted; ErrLayout or ErrCorrupt for a file that is no region or a damaged
// one; ErrTooManyUsers when all rows are taken.
func Open(name string, options ...Option) (*SharedRegion, error) {
	return newRegion("open", verbOpen, &name, 0, 0, settingsOf(forOpen, options))
}

// OpenOrCreate opens the region of this name, or creates it where there is none, in one atomic
// step: of several callers one creates (Info().Created) and all get the same region. An existing
// region keeps its own capacity and lifetime; one smaller than capacity is ErrOverflow.
func OpenOrCreate(name string, capacity int, options ...Option) (*SharedRegion, error) {
	return newRegion("open or create", verbOpenOrCreate, &name, capacity, 0,
		settingsOf(forCreate|forEither, options))
}

// Replace makes a region and binds the name to it even if another region has it. Users of the old
// one keep its bytes, are notified once, and see Info().Stale. Without the right to unlink the old
// file it fails with ErrPermission.
func Replace(name string, capacity int, options ...Option) (*SharedRegion, error) {
	return newRegion("replace", verbReplace, &name, capacity, 0, settingsOf(forCreate, options))
}

// CreatePrivate makes a region without a name, which others get by Send or Descriptor. The label is
// what people see: the grammar of names, or "".
func CreatePrivate(label string, capacity int, options ...Option) (*SharedRegion, error) {
	name := &label
	if label == "" {
		name = nil
	}
	return newRegion("create private", verbCreatePrivate, name, capacity, 0,
		settingsOf(forPrivate, options))
}

// Attach opens the region behind a descriptor (as of Descriptor, or inherited), which stays the
// caller's. Having it is the permission; a sealed region is read-only.
func Attach(descriptor uintptr, options ...Option) (*SharedRegion, error) {
	number := int32(-1)
	if descriptor <= math.MaxInt32 {
		number = int32(descriptor)
	}
	return newRegion("attach", verbAttach, nil, 0, number, settingsOf(forOpen, options))
}

// Receive takes a region that Send sent over a unix socket, and attaches to it. It blocks, as
// reading from the connection does, until its read deadline. At the end of the stream it fails with
// ErrClosed, and with ErrBadDescriptor if something else came.
func Receive(connection *net.UnixConn, options ...Option) (*SharedRegion, error) {
	if connection == nil {
		return nil, failure("receive", "", ErrInvalid, "there is no connection")
	}
	raw, err := connection.SyscallConn()
	if err != nil {
		return nil, err
	}
	var region *SharedRegion
	var refused error
	err = raw.Read(func(socket uintptr) bool {
		region, refused = newRegion("receive", verbReceive, nil, 0, int32(socket),
			settingsOf(forOpen, options))
		if failed, is := refused.(*Error); is {
			return failed.Status != ErrAgain && failed.Status != ErrInterrupted
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return region, refused
}

func newRegion(op string, verb int32, name *string, capacity int, descriptor int32, s *settings) (
	*SharedRegion, error) {
	shown := ""
	if name != nil {
		shown = *name
		if strings.IndexByte(shown, 0) >= 0 {
			return nil, failure(op, shown, ErrInvalid,
				fmt.Sprintf("the name %q has a NUL byte in it", shown))
		}
	}
	if s.wrong != "" {
		return nil, failure(op, shown, ErrInvalid, s.wrong)
	}
	if capacity < 1 && s.call&makes != 0 {
		return nil, failure(op, shown, ErrInvalid,
			fmt.Sprintf("capacity %d is not a number of bytes: it must be 1 or more", capacity))
	}
	if err := checkLibrary(); err != nil {
		return nil, err
	}
	var made handle
	var status Status
	var message string
	if verb == verbReceive {
		made, status, message = nativeReceive(descriptor, s)
	} else {
		made, status, message = nativeMake(verb, name, capacity, descriptor, s)
	}
	if status != 0 {
		return nil, failure(op, shown, status, message)
	}
	region := &SharedRegion{handle: made, data: nativeData(made), name: nativeName(made)}
	region.uses.Store(1)
	if info, status := nativeInfo(made); status == 0 && info.Capacity == info.MaxCapacity {
		region.fixed = int(info.Capacity)
	}
	if debugLeaks() {
		region.origin = caller()
	}
	runtime.SetFinalizer(region, (*SharedRegion).collected)
	return region, nil
}

// ---- Calls in progress, and the end ------------------------------------------------------------

// enter begins a call that needs the handle; leave must follow unless it answers an error.
func (r *SharedRegion) enter(op string) error {
	if r == nil {
		return failure(op, "", ErrInvalid, "the region is nil")
	}
	if r.uses.Add(1) > 0 {
		return nil
	}
	r.leave()
	return failure(op, r.name, ErrClosed, fmt.Sprintf("region %q is closed", r.name))
}

// enterQuietly is enter for calls that answer no error.
func (r *SharedRegion) enterQuietly() bool {
	if r == nil {
		return false
	}
	if r.uses.Add(1) > 0 {
		return true
	}
	r.leave()
	return false
}

func (r *SharedRegion) leave() {
	if r.uses.Add(-1) == closedUses {
		r.end()
	}
}

// end gives the core's handle back. Calls that began too late pass here again.
func (r *SharedRegion) end() {
	if !r.ended.CompareAndSwap(false, true) {
		return
	}
	if r.borrowed.Load() {
		nativeRetire(r.handle)
	} else {
		nativeRelease(r.handle)
	}
}

// failure makes the error of a call on this handle, which has a use of it.
func (r *SharedRegion) failure(op string, status Status) error {
	if status == 0 {
		return nil
	}
	return failure(op, r.name, status, nativeExplain(r.handle, status))
}

// Close ends this handle: it leaves the region, and the name goes by its lifetime. Waits of other
// goroutines on it end with ErrClosed. What Bytes handed out reads zeros from now on, once calls in
// progress (a View) have ended. Closing again does nothing. It never blocks on others.
func (r *SharedRegion) Close() error {
	if r == nil {
		return failure("close", "", ErrInvalid, "the region is nil")
	}
	if !r.closed.CompareAndSwap(false, true) {
		return nil
	}
	if r.uses.Add(closedUses) == closedUses {
		return nil // a SharedRegion{} that nobody made
	}
	status := nativeShutdown(r.handle)
	r.leave()
	runtime.SetFinalizer(r, nil)
	if status == ErrForked {
		return nil // the child's copy is gone; the region is the parent's business
	}
	return failure("close", r.name, status, "")
}

// collected is the net under a handle that nobody closed. Nobody can call on it any more.
func (r *SharedRegion) collected() {
	status := nativeShutdown(r.handle)
	if !r.borrowed.Load() {
		nativeRelease(r.handle)
	}
	if status == ErrForked || !debugLeaks() {
		return
	}
	origin := r.origin
	if origin == "" {
		origin = "set ZINC_DEBUG_LEAKS before it is opened to learn where"
	}
	fmt.Fprintf(os.Stderr, "zinc: leak: region %q was never closed; call Close; %s\n", r.name,
		origin)
}

func debugLeaks() bool {
	value := os.Getenv("ZINC_DEBUG_LEAKS")
	return value != "" && value != "0"
}

// caller says where the user's code is that called into this package.
func caller() string {
	var callers [16]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	own := ""
	for {
		frame, more := frames.Next()
		folder := frame.Function[:strings.LastIndexByte(frame.Function, '/')+1]
		name, _, _ := strings.Cut(frame.Function[len(folder):], ".")
		if own == "" {
			own = folder + name
		}
		switch {
		case folder+name == "internal/poll" || folder+name == "net":
			// between Receive and what it has the connection call
		case folder+name != own || strings.HasSuffix(frame.File, "_test.go"):
			return fmt.Sprintf("opened at %s:%d", frame.File, frame.Line)
		}
		if !more {
			return ""
		}
	}
}

// ---- Bytes -------------------------------------------------------------------------------------

// Bytes gives all bytes of the region, as many as it has now, without a copy; nil once closed. The
// slice is valid until Close and reads zeros after it. Of a read-only handle it may only be read:
// writing is a fault, which ends the program.
func (r *SharedRegion) Bytes() []byte {
	if !r.enterQuietly() {
		return nil
	}
	defer r.leave()
	r.borrowed.Store(true)
	return r.slice()
}

// slice needs a use of the handle.
func (r *SharedRegion) slice() []byte {
	size := r.fixed
	if size == 0 {
		size = nativeCapacity(r.handle)
	}
	if size <= 0 || r.data == nil {
		return nil
	}
	return unsafe.Slice((*byte)(r.data), size)
}

// View calls f with all bytes of the region and gives back what f gives. The slice is valid until f
// returns and not after: keep no part of it. Close, by whichever goroutine, does not take the bytes
// away under f.
func (r *SharedRegion) View(f func(bytes []byte) error) error {
	if err := r.enter("view"); err != nil {
		return err
	}
	defer r.leave()
	bytes := r.slice()
	if bytes == nil {
		return r.failure("view", nativeStatus(r.handle))
	}
	return f(bytes)
}

// ---- Facts -------------------------------------------------------------------------------------

// Capacity gives the bytes of the region now, as grown by whichever process; 0 once closed.
func (r *SharedRegion) Capacity() int {
	if r == nil || r.uses.Load() <= 0 {
		return 0
	}
	if r.fixed != 0 {
		return r.fixed
	}
	if !r.enterQuietly() {
		return 0
	}
	size := nativeCapacity(r.handle)
	r.leave()
	return size
}

// Name gives the region's name, without slash and domain; a private region's label.
func (r *SharedRegion) Name() string {
	if r == nil {
		return ""
	}
	return r.name
}

// Closed says whether Close was called.
func (r *SharedRegion) Closed() bool { return r == nil || r.closed.Load() }

// Address gives the address of the first byte in this process, 0 once closed.
func (r *SharedRegion) Address() uintptr {
	if !r.enterQuietly() {
		return 0
	}
	defer r.leave()
	r.borrowed.Store(true)
	return uintptr(r.data)
}

// Info gives facts about the region and this handle, as they are now; a few system calls.
func (r *SharedRegion) Info() (Info, error) {
	if err := r.enter("info"); err != nil {
		return Info{}, err
	}
	defer r.leave()
	info, status := nativeInfo(r.handle)
	return info, r.failure("info", status)
}

// String gives the name, for people.
func (r *SharedRegion) String() string {
	switch {
	case r == nil:
		return "zinc.SharedRegion(nil)"
	case r.Closed():
		return fmt.Sprintf("zinc.SharedRegion(%q, closed)", r.name)
	}
	return fmt.Sprintf("zinc.SharedRegion(%q)", r.name)
}

// ---- More --------------------------------------------------------------------------------------

// Grow makes the region capacity bytes long, in place and for all participants, up to its maximum
// (WithMaxCapacity), above which it is ErrOverflow. The new bytes are zero, slices keep their
// length, everybody is notified. A capacity not above the present one changes nothing.
func (r *SharedRegion) Grow(capacity int) error {
	if err := r.enter("grow"); err != nil {
		return err
	}
	defer r.leave()
	if capacity < 1 {
		return failure("grow", r.name, ErrInvalid,
			fmt.Sprintf("capacity %d is not a number of bytes: it must be 1 or more", capacity))
	}
	return r.failure("grow", nativeGrow(r.handle, capacity))
}

// Unlink unbinds the region's name; participants keep the bytes. The creator's handle alone may:
// else it is ErrPermission (Remove does it by force).
func (r *SharedRegion) Unlink() error {
	if err := r.enter("unlink"); err != nil {
		return err
	}
	defer r.leave()
	return r.failure("unlink", nativeUnlink(r.handle))
}

// Send sends the region over a unix socket, to be taken by Receive. It blocks, as writing to the
// connection does, until its write deadline; ErrPeerDead if nobody has the other end.
func (r *SharedRegion) Send(connection *net.UnixConn) error {
	if err := r.enter("send"); err != nil {
		return err
	}
	defer r.leave()
	if connection == nil {
		return failure("send", r.name, ErrInvalid, "there is no connection")
	}
	raw, err := connection.SyscallConn()
	if err != nil {
		return err
	}
	var status Status
	err = raw.Write(func(socket uintptr) bool {
		status = nativeSend(r.handle, int32(socket))
		return status != ErrAgain && status != ErrInterrupted
	})
	if err != nil {
		return err
	}
	return r.failure("send", status)
}

// Descriptor makes a new descriptor of the region, the caller's to close, to be handed to another
// process (os/exec's ExtraFiles) for Attach. It carries no participation: the name may go while
// only descriptors are left. Of read-only handles it is read-only.
func (r *SharedRegion) Descriptor() (*os.File, error) {
	if err := r.enter("descriptor"); err != nil {
		return nil, err
	}
	defer r.leave()
	number, status := nativeDescriptor(r.handle)
	if status != 0 {
		return nil, r.failure("descriptor", status)
	}
	return os.NewFile(uintptr(number), "zinc:"+r.name), nil
}
