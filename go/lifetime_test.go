// SPDX-License-Identifier: MIT

package zinc_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	zinc "github.com/zinc-shm/zinc/go"
)

func TestCloseTakesTheNameAway(t *testing.T) {
	region := create(t, 64)
	var closer io.Closer = region
	check(t, closer.Close())
	if !region.Closed() {
		t.Fatal("not closed")
	}
	if _, err := zinc.Open(region.Name()); !errors.Is(err, zinc.ErrNotFound) {
		t.Fatal(err)
	}
}

func TestClosingTwiceIsHarmless(t *testing.T) {
	region := create(t, 64)
	for i := 0; i < 3; i++ {
		check(t, region.Close())
	}
	var group sync.WaitGroup
	other := create(t, 64)
	for i := 0; i < 16; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := other.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	group.Wait()
}

// everyCall has each call that answers an error.
func everyCall(region *zinc.SharedRegion) map[string]func() error {
	connection, other, _ := connected()
	return map[string]func() error{
		"Notify":      region.Notify,
		"Wait":        func() error { _, err := region.Wait(10); return err },
		"WaitTimeout": func() error { _, err := region.WaitTimeout(time.Millisecond); return err },
		"TryWait":     func() error { _, err := region.TryWait(); return err },
		"WaitContext": func() error { return region.WaitContext(context.Background()) },
		"View":        func() error { return region.View(func([]byte) error { return nil }) },
		"Info":        func() error { _, err := region.Info(); return err },
		"Grow":        func() error { return region.Grow(128) },
		"Unlink":      region.Unlink,
		"Descriptor":  func() error { _, err := region.Descriptor(); return err },
		"As":          func() error { _, err := zinc.As[byte](region); return err },
		"NewArray":    func() error { _, err := zinc.NewArray[byte](region, 0, 1); return err },
		"Send": func() error {
			defer connection.Close()
			defer other.Close()
			return region.Send(connection)
		},
	}
}

func TestUseAfterClose(t *testing.T) {
	region := create(t, 64)
	name := region.Name()
	check(t, region.Close())
	for what, call := range everyCall(region) {
		err := call()
		if !errors.Is(err, zinc.ErrClosed) || !errors.Is(err, fs.ErrClosed) ||
			!strings.Contains(err.Error(), "closed") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if region.Bytes() != nil || region.Capacity() != 0 || region.Address() != 0 {
		t.Error("a closed region has bytes")
	}
	if region.Name() != name || !strings.Contains(region.String(), "closed") {
		t.Error(region)
	}
}

func TestRegionsThatNobodyMade(t *testing.T) {
	var nothing *zinc.SharedRegion
	for _, region := range []*zinc.SharedRegion{nothing, {}} {
		for what, call := range everyCall(region) {
			if err := call(); !errors.Is(err, zinc.ErrInvalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if region.Bytes() != nil || region.Capacity() != 0 || region.Address() != 0 ||
			region.Name() != "" {
			t.Error("there are bytes")
		}
		region.Close()
		region.Close()
	}
}

func TestCloseEndsWaits(t *testing.T) {
	region := create(t, 64)
	const each = 8
	results := make(chan error, 2*each)
	for i := 0; i < each; i++ {
		go func() {
			_, err := region.Wait(60_000)
			results <- err
		}()
		go func() { results <- region.WaitContext(context.Background()) }()
	}
	eventually(t, "all wait", func() bool { return info(t, region).Waiters >= each })
	time.Sleep(20 * time.Millisecond)
	begin := time.Now()
	check(t, region.Close())
	for i := 0; i < 2*each; i++ {
		if err := <-results; !errors.Is(err, zinc.ErrClosed) {
			t.Errorf("a wait ended with %v", err)
		}
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestAStaleSliceReadsZerosForEver(t *testing.T) {
	region := create(t, 1<<20)
	bytes := region.Bytes()
	address := region.Address()
	for i := range bytes {
		bytes[i] = 0xaa
	}
	words, err := zinc.As[uint64](region)
	check(t, err)
	check(t, region.Close())
	for i, value := range bytes {
		if value != 0 {
			t.Fatalf("byte %d is %#x", i, value)
		}
	}
	bytes[0] = 1 // goes nowhere
	if words[1] != 0 {
		t.Fatalf("%#x", words[1])
	}
	for i := 0; i < 50; i++ { // its addresses are never used again
		other := create(t, 1<<20)
		if other.Address() == address {
			t.Fatal("another region lies where the stale slice points")
		}
		other.Bytes()[0] = 0xbb
		other.Close()
	}
	if bytes[1] != 0 {
		t.Fatal("a stale slice sees other memory")
	}
}

func TestAViewAloneIsUnmapped(t *testing.T) {
	region := create(t, 1<<20)
	var address uintptr
	check(t, region.View(func(bytes []byte) error {
		address = addressOf(bytes)
		return nil
	}))
	if !mapped(t, address) {
		t.Fatal("not mapped while it is open")
	}
	check(t, region.Close())
	if mapped(t, address) {
		t.Fatal("still mapped")
	}
}

func TestCloseDuringAViewLeavesItsBytes(t *testing.T) {
	region := create(t, 4096)
	inside, closed, done := make(chan bool), make(chan bool), make(chan error)
	go func() {
		done <- region.View(func(bytes []byte) error {
			copy(bytes, "here")
			inside <- true
			<-closed
			if string(bytes[:4]) != "here" {
				return errors.New("the bytes went under a view")
			}
			bytes[4095] = 1
			return nil
		})
	}()
	<-inside
	within(t, 5*time.Second, "Close", func() { check(t, region.Close()) })
	if _, err := zinc.Open(region.Name()); !errors.Is(err, zinc.ErrNotFound) {
		t.Error("the participation goes on: ", err)
	}
	closed <- true
	check(t, <-done)
}

func TestViewGivesBackWhatItIsGiven(t *testing.T) {
	region := create(t, 64)
	mine := errors.New("mine")
	if err := region.View(func([]byte) error { return mine }); err != mine {
		t.Fatal(err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = region.View(func([]byte) error { panic("in the middle") })
	}()
	if err := region.View(func([]byte) error { return region.Close() }); err != nil {
		t.Fatal(err)
	}
	if err := region.View(func([]byte) error { return nil }); !errors.Is(err, zinc.ErrClosed) {
		t.Fatal(err)
	}
}

// ---- Collected without Close -------------------------------------------------------------------

// collect runs the garbage collector until a name is gone.
func collect(name string) bool {
	for i := 0; i < 200; i++ {
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
		if _, err := zinc.Lookup(name); errors.Is(err, zinc.ErrNotFound) {
			return true
		}
	}
	return false
}

//go:noinline
func forget(name string, use func(*zinc.SharedRegion)) {
	region := get(zinc.Create(name, 1<<20))
	use(region)
}

func TestACollectedHandleIsClosed(t *testing.T) {
	name := fresh(t)
	var address uintptr
	forget(name, func(region *zinc.SharedRegion) {
		must(region.View(func(bytes []byte) error { address = addressOf(bytes); return nil }))
	})
	if !collect(name) {
		t.Fatal("its name is still there")
	}
	eventually(t, "unmapped", func() bool { return !mapped(t, address) })
}

func TestACollectedHandleKeepsWhatItHandedOut(t *testing.T) {
	name := fresh(t)
	var kept []byte
	forget(name, func(region *zinc.SharedRegion) {
		kept = region.Bytes()
		copy(kept, "kept")
	})
	if !collect(name) {
		t.Fatal("its name is still there")
	}
	if string(kept[:4]) != "kept" || !mapped(t, addressOf(kept)) {
		t.Fatal("the bytes went with the handle")
	}
}

func TestAnArrayKeepsItsHandle(t *testing.T) {
	name := fresh(t)
	var array zinc.Array[uint32]
	forget(name, func(region *zinc.SharedRegion) {
		array = get(zinc.NewArray[uint32](region, 0, 4))
	})
	for i := 0; i < 5; i++ {
		runtime.GC()
		time.Sleep(2 * time.Millisecond)
	}
	if _, err := zinc.Lookup(name); err != nil {
		t.Fatal("the array's region was collected: ", err)
	}
	check(t, array.Region().Close())
}

func TestAWaitingHandleIsNotCollected(t *testing.T) {
	name := fresh(t)
	done := make(chan error, 1)
	go func() { done <- get(zinc.Create(name, 64)).WaitContext(context.Background()) }()
	eventually(t, "it waits", func() bool {
		facts, err := zinc.Lookup(name)
		return err == nil && facts.Waiters > 0
	})
	for i := 0; i < 10; i++ {
		runtime.GC()
	}
	notifier := open(t, name)
	check(t, notifier.Notify())
	check(t, <-done)
	collect(name)
}

func init() {
	roles["leak"] = func(arguments []string) {
		forget(arguments[0], func(*zinc.SharedRegion) {})
		if !collect(arguments[0]) {
			os.Exit(1)
		}
		time.Sleep(50 * time.Millisecond)
		closed := get(zinc.Create(arguments[0], 64))
		must(closed.Close())
		closed = nil
		runtime.GC()
		say("done")
	}
}

func TestLeaksAreReportedWhereAsked(t *testing.T) {
	for setting, reported := range map[string]bool{"1": true, "0": false, "": false} {
		name := fresh(t)
		c := startWith(t, nil, []string{"ZINC_DEBUG_LEAKS=" + setting}, "leak", name)
		c.line(t)
		c.ends(t)
		said := c.said.String()
		if !reported && said != "" {
			t.Errorf("with %q: %s", setting, said)
		}
		if reported && (strings.Count(said, "leak") != 1 || !strings.Contains(said, name) ||
			!strings.Contains(said, "lifetime_test.go:")) {
			t.Errorf("with %q: %q", setting, said)
		}
	}
}

// ---- Everything at once ------------------------------------------------------------------------

func TestCloseBesideEveryCall(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 50
	}
	other := create(t, 64, zinc.WithLifetime(zinc.LifetimePersistent),
		zinc.WithMaxCapacity(4096))
	defer zinc.Remove(other.Name())
	for round := 0; round < rounds; round++ {
		region, err := zinc.Open(other.Name())
		check(t, err)
		var group sync.WaitGroup
		var begun atomic.Int32
		for what, call := range everyCall(region) {
			what, call := what, call
			group.Add(1)
			go func() {
				defer group.Done()
				begun.Add(1)
				for {
					err := call()
					if errors.Is(err, zinc.ErrClosed) {
						return
					}
					// Unlink is the creator's; the sockets are closed after the first Send; the
					// creator's notification ends waits.
					if err != nil && what != "Unlink" && what != "Send" {
						t.Errorf("%s: %v", what, err)
						return
					}
					if bytes := region.Bytes(); len(bytes) != 0 {
						_ = bytes[0] // zero or not: no fault
					}
				}
			}()
		}
		group.Add(1)
		go func() {
			defer group.Done()
			for !region.Closed() {
				_ = other.Notify()
				runtime.Gosched()
			}
		}()
		for begun.Load() == 0 {
			runtime.Gosched()
		}
		if round%3 == 0 {
			time.Sleep(time.Duration(round) * 10 * time.Microsecond)
		}
		check(t, region.Close())
		within(t, 20*time.Second, "the end of all calls", group.Wait)
	}
}

func TestManyHandlesComeAndGo(t *testing.T) {
	region := create(t, 4096)
	before := descriptors(t)
	var group sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := 0; i < 100; i++ {
				opened, err := zinc.Open(region.Name())
				if err != nil {
					t.Error(err)
					return
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Microsecond)
				_ = opened.WaitContext(ctx)
				cancel()
				opened.Close()
			}
		}()
	}
	group.Wait()
	eventually(t, "their descriptors are closed", func() bool {
		return descriptors(t) <= before+4 // the queue's two, and what Go's poller needs
	})
}

func descriptors(t *testing.T) int {
	all, err := filepath.Glob("/proc/self/fd/*")
	check(t, err)
	return len(all)
}

func init() {
	roles["leak-received"] = func([]string) {
		ours, theirs, err := connected()
		must(err)
		func() {
			region := get(zinc.CreatePrivate("sent", 64))
			defer region.Close()
			must(region.Send(ours))
			get(zinc.Receive(theirs))
		}()
		for i := 0; i < 20; i++ {
			runtime.GC()
			time.Sleep(5 * time.Millisecond)
		}
	}
}

func TestALeakOfAReceivedRegionIsTheCallers(t *testing.T) {
	c := startWith(t, nil, []string{"ZINC_DEBUG_LEAKS=1"}, "leak-received")
	c.ends(t)
	if said := c.said.String(); strings.Count(said, "leak") != 1 ||
		!strings.Contains(said, "lifetime_test.go:") {
		t.Errorf("%q", said)
	}
}
