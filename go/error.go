// SPDX-License-Identifier: MIT

package zinc

import (
	"io/fs"
	"os"
	"syscall"
)

// A Status is what the core answered: 0 is success, negative numbers are the errors below (Linux's
// errno negated where one fits) or another errno negated. A Status is itself an error, and the
// target of [errors.Is] for every error of this package:
//
//	if errors.Is(err, zinc.ErrClosed) { ... }
//
// Where Go has a word of its own, that works too: fs.ErrNotExist, fs.ErrExist, fs.ErrPermission,
// fs.ErrClosed, fs.ErrInvalid, os.ErrDeadlineExceeded, and the operating system's syscall.Errno.
type Status int32

// What calls of this package may fail with.
const (
	ErrPermission         Status = -1    // not this handle's right
	ErrNotFound           Status = -2    // no such region
	ErrInterrupted        Status = -4    // a signal arrived; waits go on, so users never see it
	ErrInputOutput        Status = -5    // the file system failed
	ErrBadDescriptor      Status = -9    // not a usable descriptor
	ErrAgain              Status = -11   // empty or full: try again
	ErrNoMemory           Status = -12   // no memory, or no address space
	ErrAccess             Status = -13   // access denied by owner or mode
	ErrBusy               Status = -16   // another process holds it up
	ErrExists             Status = -17   // the name is taken by a living region
	ErrInvalid            Status = -22   // a wrong argument
	ErrTooManyDescriptors Status = -24   // too many open descriptors
	ErrNoSpace            Status = -28   // the directory's file system is full
	ErrClosed             Status = -32   // the handle is closed
	ErrNameTooLong        Status = -36   // a name above 200 bytes, a domain above 48
	ErrLayout             Status = -71   // not a region of this layout and byte order
	ErrCorrupt            Status = -74   // a region whose bytes are damaged or truncated
	ErrOverflow           Status = -75   // a size that does not fit
	ErrTooManyUsers       Status = -87   // every participant row is taken
	ErrMessageTooLong     Status = -90   // a message above the stated maximum
	ErrType               Status = -91   // another kind, type or shape than expected
	ErrNotSupported       Status = -95   // not available on this system or file system
	ErrTimedOut           Status = -110  // the deadline passed
	ErrStale              Status = -116  // the name now means something else
	ErrCanceled           Status = -125  // the wait was canceled
	ErrOwnerDead          Status = -130  // the owner died before it finished
	ErrPoisoned           Status = -131  // given up after a death that nobody mended
	ErrForked             Status = -1001 // the handle belongs to the parent process
	ErrPeerDead           Status = -1002 // the other side died
	ErrGone               Status = -1003 // the region's file was truncated under its users
)

// firstOwnStatus and what lies below it has no errno of the operating system.
const firstOwnStatus Status = -1000

func (s Status) row() *errorRow {
	for i := range errorTable {
		if errorTable[i].status == int32(s) {
			return &errorTable[i]
		}
	}
	return nil
}

// Error says what the status means, in a few words.
func (s Status) Error() string { return "zinc: " + nativeStatusText(s) }

func (s Status) orNil() error {
	if s == 0 {
		return nil
	}
	return s
}

// Name gives the identifier of the status in C, "ZINC_E_NOENT"; "ZINC_E_?" for a number that is not
// in the list.
func (s Status) Name() string {
	if row := s.row(); row != nil {
		return row.name
	}
	return "ZINC_E_?"
}

// Cause says why the status comes about; "" for a number that is not in the list.
func (s Status) Cause() string {
	if row := s.row(); row != nil {
		return row.cause
	}
	return ""
}

// Remedy says what to do about the status; "" for a number that is not in the list.
func (s Status) Remedy() string {
	if row := s.row(); row != nil {
		return row.remedy
	}
	return ""
}

// Errno gives the operating system's number of the status, 0 where there is none.
func (s Status) Errno() syscall.Errno {
	if s >= 0 || s <= firstOwnStatus {
		return 0
	}
	return syscall.Errno(-s)
}

// Timeout says whether a deadline passed, as net.Error has it.
func (s Status) Timeout() bool { return s == ErrTimedOut }

// Is makes errors.Is find the words that Go has for a status.
func (s Status) Is(target error) bool {
	kind := ""
	if row := s.row(); row != nil {
		kind = row.kind
	}
	switch target {
	case fs.ErrClosed:
		return kind == "closed"
	case fs.ErrNotExist:
		return kind == "not_found"
	case fs.ErrExist:
		return kind == "exists"
	case fs.ErrPermission:
		return kind == "denied"
	case fs.ErrInvalid:
		return kind == "invalid"
	case os.ErrDeadlineExceeded:
		return kind == "timeout"
	}
	return false
}

// Unwrap gives the operating system's errno as a syscall.Errno, nil where there is none.
func (s Status) Unwrap() error {
	if errno := s.Errno(); errno != 0 {
		return errno
	}
	return nil
}

// An Error is what every call of this package fails with, except that WaitContext answers the
// context's own error, and Send and Receive the connection's where that is closed or its deadline
// has passed. Its text names the region, the numbers and the remedy.
type Error struct {
	Op      string // the call: "create", "wait", ...
	Region  string // the region's name, as far as the call had one
	Status  Status // which of the errors above
	Message string // what happened, for people
}

// Error gives the whole text.
func (e *Error) Error() string {
	message := e.Message
	if message == "" {
		message = nativeStatusText(e.Status)
	}
	return "zinc: " + e.Op + ": " + message
}

// Unwrap gives the Status, so that errors.Is finds ErrClosed and its like, and behind it the
// operating system's errno.
func (e *Error) Unwrap() error { return e.Status }

// Timeout says whether a deadline passed, as net.Error has it.
func (e *Error) Timeout() bool { return e.Status.Timeout() }

func failure(op, region string, status Status, message string) error {
	if status == 0 {
		return nil
	}
	return &Error{Op: op, Region: region, Status: status, Message: message}
}
