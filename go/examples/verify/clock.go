// SPDX-License-Identifier: MIT

package main

import (
	"syscall"
	"unsafe"
)

const clockMonotonic = 1

// now reads CLOCK_MONOTONIC, the clock of all processes. (Go's own monotonic times have no origin
// that another process knows.)
func now() uint64 {
	var time syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&time)), 0)
	return uint64(time.Nano())
}
