// SPDX-License-Identifier: MIT

package zinc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

// A wait in C keeps a thread of the operating system, and Go ends a program that has 10,000 of
// them. So only this many block at one time; what comes on top of them waits as WaitContext does.
const blockingMost = 64

var blocking atomic.Int32

// Notify wakes every wait in progress on this region, in all processes, and lets the next wait of
// every other handle return at once if it has not seen this notification; those that nobody has
// seen become one. What was written before is visible to those who return. It never blocks, and
// costs no system call when nobody waits. A read-only handle may not: ErrPermission.
func (r *SharedRegion) Notify() error {
	if err := r.enter("notify"); err != nil {
		return err
	}
	status := nativeNotify(r.handle)
	if status != 0 {
		defer r.leave()
		return r.failure("notify", status)
	}
	r.leave()
	return nil
}

// Wait waits for a notification that this handle has not seen: true when it came, false when
// timeout milliseconds have passed. 0 asks once; negative numbers are ErrInvalid. A handle sees its
// own notifications, too, and a fresh one sees the last that came before it.
//
// It has the lowest latency and blocks a thread of the operating system (from the 65th at one time
// on, a goroutine); for a wait without an end, and for many waits at once, there is WaitContext.
// Close ends it with ErrClosed.
func (r *SharedRegion) Wait(timeout int) (bool, error) {
	if timeout < 0 {
		name := r.Name()
		return false, failure("wait", name, ErrInvalid, fmt.Sprintf(
			"a timeout of %d ms lies in the past: it must be 0 or more", timeout))
	}
	duration := time.Duration(math.MaxInt64)
	if int64(timeout) <= int64(math.MaxInt64/time.Millisecond) {
		duration = time.Duration(timeout) * time.Millisecond
	}
	return r.WaitTimeout(duration)
}

// WaitTimeout is Wait with a duration. One that is not above zero, as a deadline in the past gives
// it, asks once.
func (r *SharedRegion) WaitTimeout(timeout time.Duration) (bool, error) {
	if timeout <= 0 {
		return r.TryWait()
	}
	defer blocking.Add(-1)
	if blocking.Add(1) > blockingMost {
		return r.waitWithoutThread(timeout)
	}
	if err := r.enter("wait"); err != nil {
		return false, err
	}
	defer r.leave()
	return r.told(nativeWait(r.handle, timeout))
}

func (r *SharedRegion) waitWithoutThread(timeout time.Duration) (bool, error) {
	// A context that ends at once would have WaitContext answer before it has asked.
	if told, err := r.TryWait(); told || err != nil {
		return told, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	err := r.WaitContext(ctx)
	if err == context.DeadlineExceeded {
		return false, nil
	}
	return err == nil, err
}

// TryWait says whether a notification came that this handle has not seen, without waiting.
func (r *SharedRegion) TryWait() (bool, error) {
	if err := r.enter("wait"); err != nil {
		return false, err
	}
	defer r.leave()
	return r.told(nativeWait(r.handle, 0))
}

func (r *SharedRegion) told(status Status) (bool, error) {
	switch status {
	case 0:
		return true, nil
	case ErrTimedOut:
		return false, nil
	}
	return false, r.failure("wait", status)
}

// WaitContext waits for a notification that this handle has not seen, and answers nil when it came.
// When the context ends first it answers the context's error, at once, also if the context had
// ended before; a notification is then left for the next wait. Close ends it with ErrClosed.
//
// It costs a goroutine and no thread: a thousand waits are watched by the core's helper threads
// (one for 127 regions) and one goroutine of this package.
func (r *SharedRegion) WaitContext(ctx context.Context) error {
	if ctx == nil {
		return failure("wait", r.Name(), ErrInvalid, "the context is nil")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.enter("wait"); err != nil {
		return err
	}
	defer r.leave()
	status := nativeWait(r.handle, 0)
	if status != ErrTimedOut {
		return r.failure("wait", status)
	}
	token, result, err := waits.begin(r)
	if err != nil {
		return err
	}
	select {
	case status = <-result:
	case <-ctx.Done():
		if waits.cancel(token) {
			return ctx.Err()
		}
		status = <-result // it had ended already: a notification is not thrown away
	}
	return r.failure("wait", status)
}

// Notifications gives the region's notifications one after the other, until the context or the
// handle ends; those that come while the loop's body runs are one. From Go 1.23 on:
//
//	for err := range region.Notifications(ctx) {
//		if err != nil {
//			return err // the context's, or what went wrong; the last one
//		}
//		... // look at the bytes
//	}
//
// A handle that is closed ends it without an error.
func (r *SharedRegion) Notifications(ctx context.Context) func(yield func(error) bool) {
	return func(yield func(error) bool) {
		for {
			err := r.WaitContext(ctx)
			if errors.Is(err, ErrClosed) && r.Closed() {
				return
			}
			if !yield(err) || err != nil {
				return
			}
		}
	}
}
