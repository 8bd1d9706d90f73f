// SPDX-License-Identifier: MIT

package zinc

import (
	"os"
	"sync"
	"syscall"
)

// waits are those of WaitContext: one queue of the core for the whole program, and one goroutine
// that gives out what has completed, as long as somebody waits. It sleeps in Go's poller, on the
// queue's descriptor, which is no thread.
var waits waitQueue

type waitQueue struct {
	lock    sync.Mutex
	queue   queue
	ready   syscall.RawConn // of the queue's descriptor; nil where the system has none
	next    uint64
	pending map[uint64]chan Status
	running bool
}

// open makes the queue at the first need; with the lock held.
func (w *waitQueue) open() error {
	made, status := nativeQueue()
	if status != 0 {
		return failure("wait", "", status, "")
	}
	w.pending = make(map[uint64]chan Status)
	w.queue = made
	number, status := nativeQueueDescriptor(made)
	if status != 0 {
		return nil // give out blocks in the core instead
	}
	// A copy, because os.File closes what it has, and the queue's own descriptor is the queue's.
	copied, err := duplicate(int(number))
	if err != nil {
		return nil
	}
	file := os.NewFile(uintptr(copied), "zinc:events")
	if w.ready, err = file.SyscallConn(); err != nil {
		w.ready = nil
	}
	return nil
}

// begin starts a wait on a region of which the caller has a use; its status comes out of the
// channel, unless it is canceled.
func (w *waitQueue) begin(r *SharedRegion) (uint64, <-chan Status, error) {
	result := make(chan Status, 1)
	w.lock.Lock()
	if w.queue == nil {
		if err := w.open(); err != nil {
			w.lock.Unlock()
			return 0, nil, err
		}
	}
	token := w.next
	w.next++
	// First the entry: the wait may end before the call that begins it returns.
	w.pending[token] = result
	if !w.running {
		w.running = true
		go w.giveOut()
	}
	w.lock.Unlock()
	if status := nativeQueueWait(w.queue, r.handle, token); status != 0 {
		w.forget(token)
		return 0, nil, r.failure("wait", status)
	}
	return token, result, nil
}

func (w *waitQueue) forget(token uint64) {
	w.lock.Lock()
	delete(w.pending, token)
	w.lock.Unlock()
}

// cancel ends a wait; false if it has ended already, and its status is there or on its way.
func (w *waitQueue) cancel(token uint64) bool {
	if nativeQueueCancel(w.queue, token) == ErrNotFound {
		return false
	}
	w.forget(token)
	return true
}

// giveOut runs until nobody waits.
func (w *waitQueue) giveOut() {
	batch := make([]event, 256)
	if w.ready != nil {
		// The function is called first, and again whenever the descriptor has become readable.
		err := w.ready.Read(func(uintptr) bool {
			for {
				count := nativeQueueDrain(w.queue, batch)
				idle := w.complete(batch, count)
				if idle || count < len(batch) {
					return idle
				}
			}
		})
		if err == nil {
			return
		}
	}
	for {
		count := nativeQueueNext(w.queue, batch)
		if w.complete(batch, count) {
			return
		}
	}
}

// complete gives the first count of a batch to those who wait for them; true when nobody waits any
// more, and the next wait will start giveOut again.
func (w *waitQueue) complete(batch []event, count int) bool {
	w.lock.Lock()
	defer w.lock.Unlock()
	for i := 0; i < count; i++ {
		token, status := batch[i].tokenAndStatus()
		if result, waiting := w.pending[token]; waiting {
			delete(w.pending, token)
			result <- status
		}
	}
	w.running = len(w.pending) > 0
	return !w.running
}
