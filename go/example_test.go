// SPDX-License-Identifier: MIT

package zinc_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"sync"
	"time"

	zinc "github.com/zinc-shm/zinc/go"
)

func Example() {
	// [section:first]
	region, err := zinc.Create("frames", 1<<20)
	if err != nil {
		log.Fatal(err)
	}
	defer region.Close()
	copy(region.Bytes(), "hello")
	err = region.Notify()
	// [end:first]
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(region.Capacity())
	// Output: 1048576
}

func ExampleSharedRegion_Bytes() {
	region := get(zinc.Create("bytes", 1<<20))
	defer region.Close()
	// [section:bytes]
	bytes := region.Bytes() // all bytes, no copy; valid until Close
	copy(bytes, "\x01\x02\x03\x04")
	header := bytes[:16:16] // 16 bytes of them
	fmt.Println(header[3], len(bytes))
	// [end:bytes]

	// Output: 4 1048576
}

func ExampleAs() {
	region := get(zinc.Create("numbers", 1<<20))
	defer region.Close()
	// [section:array]
	temperatures, err := zinc.As[float32](region) // []float32 over all bytes
	if err != nil {
		log.Fatal(err)
	}
	temperatures[0] = 23.5

	type sample struct {
		Time uint64
		X, Y float32
	}
	samples, err := zinc.NewArray[sample](region, 4096, 1000) // 1,000 from byte 4,096
	if err != nil {
		log.Fatal(err)
	}
	samples.Set(3, sample{Time: 17, X: 1})
	fmt.Println(samples.At(3).Time, len(temperatures))
	// [end:array]

	// Output: 17 262144
}

func ExampleSharedRegion_View() {
	region := get(zinc.Create("view", 4096))
	defer region.Close()
	// [section:view]
	sum := 0
	err := region.View(func(bytes []byte) error {
		for _, value := range bytes {
			sum += int(value)
		}
		return nil
	})
	// [end:view]
	fmt.Println(sum, err)
	// Output: 0 <nil>
}

func ExampleSharedRegion_Wait() {
	region := get(zinc.Create("waiting", 4096))
	defer region.Close()
	// [section:wait]
	region.Notify()
	fmt.Println(region.Wait(1000)) // true: what was written before it is visible
	fmt.Println(region.Wait(10))   // false: 10 ms have passed
	fmt.Println(region.WaitTimeout(time.Millisecond))
	fmt.Println(region.TryWait()) // asks, does not wait
	// [end:wait]

	// Output:
	// true <nil>
	// false <nil>
	// false <nil>
	// false <nil>
}

func ExampleSharedRegion_WaitContext() {
	region := get(zinc.Create("contexts", 4096))
	defer region.Close()
	// [section:context]
	ctx, stop := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for i := 0; i < 1000; i++ { // a thousand goroutines, a few threads
		group.Add(1)
		go func() {
			defer group.Done()
			for region.WaitContext(ctx) == nil {
				_ = region.Bytes()[0] // look at the bytes
			}
		}()
	}
	stop() // ends them all, and disturbs nobody else's wait
	group.Wait()
	// [end:context]
	fmt.Println(region.WaitContext(ctx))
	// Output: context canceled
}

func ExampleSharedRegion_Notifications() {
	region := get(zinc.Create("ticks", 4096))
	defer region.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	region.Notify()
	// [section:notifications]
	region.Notifications(ctx)(func(err error) bool { // from Go 1.23: for err := range ...
		if err != nil {
			return false // the context's error; the last one
		}
		fmt.Println("notified:", region.Bytes()[0])
		return false // true goes on
	})
	// [end:notifications]

	// Output: notified: 0
}

func ExampleSharedRegion_Close() {
	// [section:close]
	region, err := zinc.Create("job", 4096)
	if err != nil {
		log.Fatal(err)
	}
	bytes := region.Bytes()
	copy(bytes, "work")
	region.Close() // nobody else has it open, so the name is gone
	region.Close() // closing twice is harmless

	fmt.Println(bytes[:4])      // a slice that was kept reads zeros
	fmt.Println(region.Bytes()) // nil
	fmt.Println(region.Notify())
	// [end:close]

	// Output:
	// [0 0 0 0]
	// []
	// zinc: notify: region "job" is closed
}

func ExampleWithLifetime() {
	// [section:lifetime]
	region, err := zinc.Create("results", 4096, zinc.WithLifetime(zinc.LifetimePersistent))
	if err != nil {
		log.Fatal(err)
	}
	region.Close() // the name stays, with nobody alive

	region, err = zinc.Open("results")
	if err != nil {
		log.Fatal(err)
	}
	defer region.Close()
	err = zinc.Remove("results") // and goes when somebody removes it
	// [end:lifetime]
	fmt.Println(err)
	// Output: <nil>
}

func ExampleError() {
	// [section:errors]
	_, err := zinc.Open("no-such-region")
	fmt.Println(errors.Is(err, zinc.ErrNotFound), errors.Is(err, fs.ErrNotExist))

	var failed *zinc.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Op, failed.Region, failed.Status.Name()) // and Cause(), Remedy()
	}
	// [end:errors]

	// Output:
	// true true
	// open no-such-region ZINC_E_NOENT
}

func ExampleCreatePrivate() {
	ours, theirs, err := connected()
	if err != nil {
		log.Fatal(err)
	}
	defer ours.Close()
	defer theirs.Close()
	hand := func(ours, theirs *net.UnixConn) error {
		// [section:private]
		writer, err := zinc.CreatePrivate("frames", 4096, zinc.WithSealed())
		if err != nil {
			return err
		}
		defer writer.Close()
		copy(writer.Bytes(), "abc")
		if err := writer.Send(ours); err != nil { // a *net.UnixConn, usually to another process
			return err
		}

		reader, err := zinc.Receive(theirs)
		if err != nil {
			return err
		}
		defer reader.Close()
		info, err := reader.Info()
		fmt.Println(string(reader.Bytes()[:3]), info.ReadOnly)
		// [end:private]
		return err
	}
	if err := hand(ours, theirs); err != nil {
		log.Fatal(err)
	}
	// Output: abc true
}

func ExampleList() {
	region := get(zinc.Create("listed", 4096))
	defer region.Close()
	// [section:registry]
	regions, err := zinc.List()
	if err != nil {
		log.Fatal(err)
	}
	for _, info := range regions {
		fmt.Println(info.Name, info.Capacity, info.ParticipantsAlive)
	}
	// [end:registry]

	// Output: listed 4096 1
}
