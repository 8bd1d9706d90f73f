// SPDX-License-Identifier: MIT

package zinc_test

import (
	"errors"
	"strings"
	"testing"
	"unsafe"

	zinc "github.com/zinc-shm/zinc/go"
)

type sample struct {
	Time uint64
	X, Y float32
	Tags [3]int16
	Good bool
}

func TestArrays(t *testing.T) {
	creator, opener := pair(t, 4096)
	samples, err := zinc.NewArray[sample](creator, 1024, 10)
	check(t, err)
	size := int(unsafe.Sizeof(sample{}))
	samples.Set(3, sample{17, 1.5, -2, [3]int16{-1, 2, 3}, true})
	read, err := zinc.NewArray[sample](opener, 1024, -1)
	check(t, err)
	if read.At(3) != samples.At(3) || read.At(3).Tags[2] != 3 {
		t.Fatalf("%+v", read.At(3))
	}
	if samples.Len() != 10 || read.Len() != (4096-1024)/size || samples.Region() != creator {
		t.Fatal(samples.Len(), read.Len())
	}
	if got := uintptr(unsafe.Pointer(&samples.Slice()[0])); got != creator.Address()+1024 {
		t.Fatal("an array is a copy")
	}
	floats, err := zinc.As[float32](opener)
	check(t, err)
	if len(floats) != 1024 {
		t.Fatal(len(floats))
	}
	floats[0] = 23.5
	if again, err := zinc.As[float32](creator); err != nil || again[0] != 23.5 {
		t.Fatal(err)
	}
	check(t, creator.Close())
	if samples.Slice() != nil || samples.At(3) != (sample{}) {
		t.Fatal("an array of a closed region has elements")
	}
	samples.Set(3, sample{Time: 1}) // goes nowhere
	if opener.Bytes()[1024+3*size] != 17 {
		t.Fatal("a stale array wrote into the region")
	}
}

func TestArraysThatAreSmall(t *testing.T) {
	region := create(t, 10)
	words, err := zinc.As[uint64](region)
	if err != nil || len(words) != 1 {
		t.Fatal(words, err)
	}
	none, err := zinc.NewArray[uint64](region, 8, -1)
	if err != nil || none.Len() != 0 || none.Slice() == nil {
		t.Fatal(none, err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("an index outside does not panic")
			}
		}()
		none.At(0)
	}()
}

func refusedArray[T any](t *testing.T, region *zinc.SharedRegion, offset, length int,
	status zinc.Status, words string) {
	t.Helper()
	array, err := zinc.NewArray[T](region, offset, length)
	if !errors.Is(err, status) || !strings.Contains(err.Error(), words) || array.Len() != 0 {
		t.Errorf("%d elements from %d: %v", length, offset, err)
	}
}

func TestArraysThatCannotBe(t *testing.T) {
	region := create(t, 4096)
	type inner struct{ Names []string }
	type node struct {
		Value int
		Inner [2]inner
	}
	refusedArray[string](t, region, 0, 1, zinc.ErrType, "string")
	refusedArray[[]byte](t, region, 0, 1, zinc.ErrType, "slice")
	refusedArray[*int](t, region, 0, 1, zinc.ErrType, "ptr")
	refusedArray[unsafe.Pointer](t, region, 0, 1, zinc.ErrType, "unsafe.Pointer")
	refusedArray[map[int]int](t, region, 0, 1, zinc.ErrType, "map")
	refusedArray[any](t, region, 0, 1, zinc.ErrType, "interface")
	refusedArray[error](t, region, 0, 1, zinc.ErrType, "interface")
	refusedArray[func()](t, region, 0, 1, zinc.ErrType, "func")
	refusedArray[chan int](t, region, 0, 1, zinc.ErrType, "chan")
	refusedArray[node](t, region, 0, 1, zinc.ErrType, "slice")
	refusedArray[[4]*int](t, region, 0, 1, zinc.ErrType, "ptr")
	refusedArray[struct{}](t, region, 0, 1, zinc.ErrType, "no size")
	refusedArray[[0]int](t, region, 0, 1, zinc.ErrType, "no size")
	refusedArray[uint32](t, region, 2, 1, zinc.ErrInvalid, "multiple")
	refusedArray[uint32](t, region, -4, 1, zinc.ErrInvalid, "-4")
	refusedArray[uint32](t, region, 0, -2, zinc.ErrInvalid, "-2")
	refusedArray[uint32](t, region, 0, 1025, zinc.ErrOverflow, "1025")
	refusedArray[uint32](t, region, 4096, 1, zinc.ErrOverflow, "4096")
	refusedArray[uint32](t, region, 4100, -1, zinc.ErrOverflow, "offset 4100 lies behind the 4096")
	refusedArray[uint32](t, region, 1<<62, 1<<62, zinc.ErrOverflow, "")
	refusedArray[uint64](t, region, 0, 1<<61+1, zinc.ErrOverflow, "")
}
