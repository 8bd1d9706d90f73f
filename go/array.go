// SPDX-License-Identifier: MIT

package zinc

import (
	"fmt"
	"reflect"
	"unsafe"
)

// As gives the region's bytes as whole elements of T, as many as fit, without a copy. T must have
// no pointers in it (no string, slice, map, interface, function or channel): another process could
// not follow them; else it is ErrType. Structs have Go's own layout, which is C's for the same
// fields. The slice is borrowed, as that of Bytes.
//
//	temperatures, err := zinc.As[float32](region)
func As[T any](region *SharedRegion) ([]T, error) {
	array, err := NewArray[T](region, 0, -1)
	return array.items, err
}

// An Array is a part of a region as elements of T. It keeps the handle from being collected, and
// like Bytes it is valid until the region is closed; then its elements read as zero.
type Array[T any] struct {
	region *SharedRegion
	items  []T
}

// NewArray gives length elements of T from offset, in bytes, of the region, without a copy; a
// length of -1 means as many as fit. The offset must be a multiple of T's alignment (ErrInvalid), T
// must have no pointers in it (ErrType), and the elements must lie within the capacity
// (ErrOverflow).
func NewArray[T any](region *SharedRegion, offset, length int) (Array[T], error) {
	if err := region.enter("array"); err != nil {
		return Array[T]{}, err
	}
	defer region.leave()
	var element T
	size := int(unsafe.Sizeof(element))
	kind := reflect.TypeOf(&element).Elem()
	refuse := func(status Status, format string, values ...any) (Array[T], error) {
		return Array[T]{}, failure("array", region.name, status, fmt.Sprintf(format, values...))
	}
	if found := pointerIn(kind); found != "" {
		return refuse(ErrType, "%v has %s in it; another process cannot follow it", kind, found)
	}
	if size == 0 {
		return refuse(ErrType, "%v has no size", kind)
	}
	if offset < 0 || length < -1 {
		return refuse(ErrInvalid, "offset %d and length %d are not numbers of bytes and elements",
			offset, length)
	}
	if offset%int(unsafe.Alignof(element)) != 0 {
		return refuse(ErrInvalid, "offset %d is not a multiple of the %d bytes of %v's alignment",
			offset, unsafe.Alignof(element), kind)
	}
	capacity := nativeCapacity(region.handle)
	if capacity == 0 {
		return Array[T]{}, region.failure("array", nativeStatus(region.handle))
	}
	if offset > capacity {
		return refuse(ErrOverflow, "offset %d lies behind the %d bytes of region %q", offset,
			capacity, region.name)
	}
	if length > (capacity-offset)/size {
		return refuse(ErrOverflow, "%d elements of %d bytes from offset %d do not fit into the %d "+
			"bytes of region %q", length, size, offset, capacity, region.name)
	}
	if length < 0 {
		length = (capacity - offset) / size
	}
	region.borrowed.Store(true)
	if length == 0 {
		return Array[T]{region: region, items: []T{}}, nil
	}
	first := (*T)(unsafe.Add(region.data, offset))
	return Array[T]{region: region, items: unsafe.Slice(first, length)}, nil
}

// pointerIn names what in a type refers to memory of this process alone, "" if nothing does.
func pointerIn(kind reflect.Type) string {
	switch kind.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Uintptr, reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return ""
	case reflect.Array:
		return pointerIn(kind.Elem())
	case reflect.Struct:
		for i := 0; i < kind.NumField(); i++ {
			if found := pointerIn(kind.Field(i).Type); found != "" {
				return found
			}
		}
		return ""
	}
	return "a " + kind.Kind().String()
}

// Len gives the number of elements.
func (a Array[T]) Len() int { return len(a.items) }

// At gives an element. An index outside of the array panics, as with a slice.
func (a Array[T]) At(index int) T { return a.items[index] }

// Set stores an element. An index outside of the array panics, as with a slice.
func (a Array[T]) Set(index int, value T) { a.items[index] = value }

// Slice gives all elements, nil once the region is closed.
func (a Array[T]) Slice() []T {
	if a.region.Closed() {
		return nil
	}
	return a.items
}

// Region gives the handle whose bytes these are.
func (a Array[T]) Region() *SharedRegion { return a.region }
