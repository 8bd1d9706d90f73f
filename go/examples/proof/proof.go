// SPDX-License-Identifier: MIT

// Package proof tells which memory is behind an address, as the system itself says it: what the
// programs of adapters/scenarios use to prove that two processes work on the same bytes.
package proof

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"unsafe"
)

// A Mapping says which file is mapped at an address, and where in it.
type Mapping struct {
	Device uint64 // major << 32 | minor
	Inode  uint64
	Offset uint64 // in the file, of the address
}

var touched byte

// AddressOf gives the address of the first of these bytes, which it touches: a page that was never
// touched has no frame.
func AddressOf(bytes []byte) uint64 {
	touched = bytes[0]
	return uint64(uintptr(unsafe.Pointer(&bytes[0])))
}

// Find gives the mapping of an address; zeros if there is none.
func Find(address uint64) Mapping {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return Mapping{}
	}
	defer maps.Close()
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		var first, last, offset, major, minor, inode uint64
		var rights string
		count, _ := fmt.Sscanf(lines.Text(), "%x-%x %s %x %x:%x %d", &first, &last, &rights,
			&offset, &major, &minor, &inode)
		if count == 7 && first <= address && address < last {
			return Mapping{major<<32 | minor, inode, offset + address - first}
		}
	}
	return Mapping{}
}

// Frame gives the physical frame that holds an address, or 0 where that is not shown to us.
func Frame(address uint64) uint64 {
	pages, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return 0
	}
	defer pages.Close()
	var entry [8]byte
	if _, err := pages.ReadAt(entry[:], int64(address/uint64(os.Getpagesize())*8)); err != nil {
		return 0
	}
	return binary.LittleEndian.Uint64(entry[:]) & (1<<55 - 1)
}
