// SPDX-License-Identifier: MIT

// What calls into the core cost from Go, and what its bytes cost to read: one line of JSON, for
// ci/run bench ffi.
package main

/*
#include <stddef.h>
#include <stdint.h>
#include <time.h>
static int64_t used_ns(void) {
    struct timespec time = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
__attribute__((noinline)) static size_t bare(void *region) {
    __asm__ volatile("" : "+r"(region));
    return (size_t)region;
}
*/
import "C"

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sort"
	"time"
	"unsafe"

	zinc "github.com/zinc-shm/zinc/go"
)

const (
	repeats = 7
	calls   = 500_000
	rounds  = 20_000
	floats  = 25_000_000 // 100 MB
)

var seen C.size_t
var total float32

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench (Go):", err)
		os.Exit(1)
	}
}

func median(values []float64) float64 {
	sort.Float64s(values)
	return values[len(values)/2]
}

// What does not wait is measured by the time of this thread, which others on the machine do not
// take part in.
func each(count int, call func()) float64 {
	begin := C.used_ns()
	call()
	return float64(C.used_ns()-begin) / float64(count)
}

func sum(values []float32) float64 {
	begin := C.used_ns()
	result := float32(0)
	for _, value := range values {
		result += value
	}
	total = result
	return float64(C.used_ns()-begin) / 1e9
}

func roundTrip(region *zinc.SharedRegion, name string) float64 {
	back, err := zinc.Create(name+"-back", 4096)
	must(err)
	defer back.Close()
	echo := exec.Command(os.Getenv("ZINC_ECHO"), name)
	echo.Stderr = os.Stderr
	out, err := echo.StdoutPipe()
	must(err)
	must(echo.Start())
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		must(fmt.Errorf("%s is not ready", echo.Path))
	}
	times := make([]float64, rounds)
	for i := -rounds / 10; i < rounds; i++ {
		begin := time.Now()
		must(region.Notify())
		told, err := back.Wait(5000)
		must(err)
		if !told {
			must(fmt.Errorf("no answer came"))
		}
		if i >= 0 {
			times[i] = float64(time.Since(begin).Nanoseconds())
		}
	}
	region.Bytes()[0] = 1
	must(region.Notify())
	must(echo.Wait())
	return median(times)
}

func main() {
	runtime.LockOSThread()
	name := fmt.Sprintf("ffi-go-%d", os.Getpid())
	region, err := zinc.Create(name, 4*floats)
	must(err)
	defer region.Close()
	view, err := zinc.As[float32](region)
	must(err)
	own := make([]float32, floats)
	for i := range own {
		own[i] = float32(i%1000) / 1000
		view[i] = own[i]
	}
	growable, err := zinc.Create(name+"-growable", 4096, zinc.WithMaxCapacity(8192))
	must(err)
	defer growable.Close()
	var call, callGrowable, bare, notify, ofView, ofOwn []float64
	for i := -1; i < repeats; i++ { // the first is for warmth
		values := []float64{
			each(calls, func() {
				for n := 0; n < calls; n++ {
					seen = C.size_t(region.Capacity())
				}
			}),
			each(calls, func() {
				for n := 0; n < calls; n++ {
					seen = C.size_t(growable.Capacity())
				}
			}),
			each(calls, func() {
				for n := 0; n < calls; n++ {
					seen = C.bare(unsafe.Pointer(&view[0]))
				}
			}),
			each(calls, func() {
				for n := 0; n < calls; n++ {
					_ = region.Notify()
				}
			}),
			sum(view), sum(own),
		}
		if i >= 0 {
			for at, list := range []*[]float64{
				&call, &callGrowable, &bare, &notify, &ofView, &ofOwn,
			} {
				*list = append(*list, values[at])
			}
		}
	}
	region.Bytes()[0] = 0
	trip := roundTrip(region, name)
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"language": "Go", "call_ns": median(callGrowable), "bare_ns": median(bare),
		// The capacity of a region that cannot grow is known: that is no call of C.
		"call_fixed_ns": median(call),
		"notify_ns":     median(notify), "round_trip_ns": trip,
		"sum_view_s": median(ofView), "sum_own_s": median(ofOwn),
	}))
}
