// SPDX-License-Identifier: MIT

// The program peer of adapters/scenarios/README.md, in Go: one side of one scenario.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"time"

	zinc "github.com/zinc-shm/zinc/go"
	"github.com/zinc-shm/zinc/go/examples/proof"
)

const patience = 10 * time.Second

// notAsStated is what a part panics with; main makes it a line and an exit code.
type notAsStated struct{ what string }

func expect(asStated bool, what string) {
	if !asStated {
		panic(notAsStated{what})
	}
}

func must(err error) {
	if err != nil {
		panic(notAsStated{err.Error()})
	}
}

func get[T any](value T, err error) T {
	must(err)
	return value
}

func say(values ...any) {
	fmt.Println(values...) // the other side is started, or killed, by what it reads here
}

func waitForNotification(region *zinc.SharedRegion) {
	expect(get(region.WaitTimeout(patience)), "no notification came")
}

// notifyAndTake: a handle sees its own notification, too; the next wait is for the other side's.
func notifyAndTake(region *zinc.SharedRegion) {
	must(region.Notify())
	expect(get(region.TryWait()), "a handle does not see its own notification")
}

// waitForByte waits, again and again, until another process has stored a value in a byte.
func waitForByte(region *zinc.SharedRegion, index int, value byte) {
	for region.Bytes()[index] != value {
		waitForNotification(region)
	}
}

func prove(region *zinc.SharedRegion) {
	view := proof.AddressOf(region.Bytes())
	found := proof.Find(view)
	say("proof", region.Address(), view, found.Device, found.Inode, found.Offset,
		proof.Frame(view))
}

// ---- relay -------------------------------------------------------------------------------------

func relayByte(i int) byte { return byte(7*i + 3) }

func relayFirst(name string) {
	region := get(zinc.Create(name, 4096))
	defer region.Close()
	bytes := region.Bytes()
	for i := range bytes {
		bytes[i] = relayByte(i)
	}
	notifyAndTake(region)
	prove(region)
	say("ready")
	waitForNotification(region)
	for i, value := range bytes {
		expect(value == 255-relayByte(i), "a byte of the answer is not as stated")
	}
}

func relaySecond(name string) {
	region := get(zinc.Open(name))
	defer region.Close()
	prove(region)
	waitForNotification(region) // a fresh handle sees the last notification
	bytes := region.Bytes()
	expect(len(bytes) == 4096, "there are not 4096 bytes")
	for i, value := range bytes {
		expect(value == relayByte(i), "a byte is not as stated")
		bytes[i] = 255 - value
	}
	must(region.Notify())
}

// ---- tensor ------------------------------------------------------------------------------------

const (
	tensorBytes  = 65536
	elementCount = 4 * 3 * 32 * 32
	recordOffset = 49152
)

// record is the 48 bytes of the scenario; Go lays fields out as C does.
type record struct {
	i8  int8
	u8  uint8
	i16 int16
	u16 uint16
	_   [2]uint8
	i32 int32
	u32 uint32
	i64 int64
	u64 uint64
	f32 float32
	yes bool
	_   [3]uint8
	f64 float64
}

var stated = record{i8: -100, u8: 200, i16: -30000, u16: 60000, i32: -2000000000, u32: 4000000000,
	i64: -9007199254740993, u64: 18446744073709551557, f32: 0.1, yes: true, f64: 0.1}

func turned(r record) record {
	return record{i8: ^r.i8, u8: ^r.u8, i16: ^r.i16, u16: ^r.u16, i32: ^r.i32, u32: ^r.u32,
		i64: ^r.i64, u64: ^r.u64, f32: -r.f32, yes: false, f64: -r.f64}
}

func tensorParts(region *zinc.SharedRegion) ([]float32, *record) {
	elements := get(zinc.NewArray[float32](region, 0, elementCount)).Slice()
	fields := get(zinc.NewArray[record](region, recordOffset, 1)).Slice()
	return elements, &fields[0]
}

func saySum(elements []float32) {
	sum := 0.0
	for _, element := range elements {
		sum += float64(element)
	}
	expect(sum == math.Trunc(sum), "the sum is no whole number")
	say("sum", int64(sum))
}

func tensorFirst(name string) {
	region := get(zinc.Create(name, tensorBytes))
	defer region.Close()
	elements, fields := tensorParts(region)
	for k := range elements {
		elements[k] = 0.25*float32(k) - 100
	}
	*fields = stated
	notifyAndTake(region)
	prove(region)
	say("ready")
	waitForNotification(region)
	saySum(elements)
	expect(*fields == turned(stated), "the record is not as stated")
}

func tensorSecond(name string) {
	region := get(zinc.Open(name))
	defer region.Close()
	elements, fields := tensorParts(region)
	prove(region)
	waitForNotification(region)
	saySum(elements)
	expect(*fields == stated, "the record is not as stated")
	for k := range elements {
		elements[k]++
	}
	*fields = turned(*fields)
	must(region.Notify())
}

// ---- grow --------------------------------------------------------------------------------------

const (
	growFrom = 4096
	growTo   = 1048576
)

func growFirst(name string) {
	region := get(zinc.Create(name, growFrom, zinc.WithMaxCapacity(growTo)))
	defer region.Close()
	region.Bytes()[0] = 1
	prove(region)
	say("ready")
	waitForByte(region, 2, 1)
	must(region.Grow(growTo))
	bytes := region.Bytes()
	bytes[growTo-1] = 77
	bytes[0] = 2
	must(region.Notify())
	waitForByte(region, 1, 3)
	expect(bytes[growTo-2] == 78, "the last byte but one is not 78")
}

func growSecond(name string) {
	region := get(zinc.Open(name))
	defer region.Close()
	before := region.Bytes()
	prove(region)
	say("capacity", region.Capacity())
	before[2] = 1
	must(region.Notify())
	waitForByte(region, 0, 2)
	whole := region.Bytes()
	expect(len(whole) == growTo, "the view is not of the whole")
	say("capacity", region.Capacity())
	expect(whole[growTo-1] == 77, "the last byte is not 77")
	whole[growTo-2] = 78
	before[1] = 3 // the view that was made before the growth stays valid
	must(region.Notify())
}

// ---- death -------------------------------------------------------------------------------------

func deathFirst(name string) {
	region := get(zinc.Create(name, 4096))
	defer region.Close()
	region.Bytes()[0] = 42
	must(region.Notify())
	prove(region)
	say("ready")
	for {
		waitForNotification(region)
	}
}

func deathSecond(name string) {
	region := get(zinc.Open(name))
	bytes := region.Bytes()
	prove(region)
	waitForNotification(region)
	expect(bytes[0] == 42, "byte 0 is not 42")
	expect(get(region.Info()).CreatorAlive, "the creator counts as dead while it lives")
	say("alive")
	for deadline := time.Now().Add(patience); get(region.Info()).CreatorAlive; {
		expect(time.Now().Before(deadline), "the creator counts as alive too long")
		get(region.Wait(50))
	}
	expect(bytes[0] == 42, "byte 0 is not 42 any more")
	say("dead")
	must(region.Close()) // the last participant: the name goes
	_, err := zinc.Open(name)
	expect(errors.Is(err, zinc.ErrNotFound) && errors.Is(err, fs.ErrNotExist),
		"the name is still there")
	say("gone")
	region = get(zinc.Create(name, 8192))
	defer region.Close()
	fresh := region.Bytes()
	expect(len(fresh) == 8192, "there are not 8192 bytes")
	for _, value := range fresh {
		expect(value == 0, "the new region is not all zero")
	}
	say("again")
}

func run() (code int) {
	defer func() {
		if wrong := recover(); wrong != nil {
			failed, stated := wrong.(notAsStated)
			if !stated {
				panic(wrong)
			}
			fmt.Fprintln(os.Stderr, "peer (Go):", failed.what)
			code = 1
		}
	}()
	parts := map[[2]string]func(string){
		{"relay", "first"}: relayFirst, {"relay", "second"}: relaySecond,
		{"tensor", "first"}: tensorFirst, {"tensor", "second"}: tensorSecond,
		{"grow", "first"}: growFirst, {"grow", "second"}: growSecond,
		{"death", "first"}: deathFirst, {"death", "second"}: deathSecond,
	}
	usage := "usage: peer relay|tensor|grow|death first|second NAME"
	expect(len(os.Args) == 4, usage)
	part := parts[[2]string{os.Args[1], os.Args[2]}]
	expect(part != nil, usage)
	part(os.Args[3]) // its region closes where the function ends
	say("done")
	return 0
}

func main() { os.Exit(run()) }
