// SPDX-License-Identifier: MIT

//go:build unix

package zinc

import "syscall"

// duplicate copies a descriptor; programs that are started do not inherit the copy.
func duplicate(descriptor int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	copied, err := syscall.Dup(descriptor)
	if err == nil {
		syscall.CloseOnExec(copied)
	}
	return copied, err
}
