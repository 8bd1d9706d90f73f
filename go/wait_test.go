// SPDX-License-Identifier: MIT

package zinc_test

import (
	"context"
	"errors"
	"math"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	zinc "github.com/zinc-shm/zinc/go"
)

// promised is what the documents say of interrupts and cancellation, with some slack for a machine
// that has other things to do.
const promised = 100*time.Millisecond + 150*time.Millisecond

func TestNotifyEndsAWait(t *testing.T) {
	creator, opener := pair(t, 64)
	done := make(chan error, 1)
	go func() {
		told, err := opener.Wait(10_000)
		if err == nil && (!told || opener.Bytes()[3] != 9) {
			err = errors.New("not told, or the bytes are not there")
		}
		done <- err
	}()
	eventually(t, "it waits", func() bool { return info(t, creator).Waiters == 1 })
	creator.Bytes()[3] = 9
	check(t, creator.Notify())
	check(t, <-done)
}

func TestTimeouts(t *testing.T) {
	_, opener := pair(t, 64)
	for what, wait := range map[string]func() (bool, error){
		"Wait":        func() (bool, error) { return opener.Wait(30) },
		"WaitTimeout": func() (bool, error) { return opener.WaitTimeout(30 * time.Millisecond) },
	} {
		begin := time.Now()
		told, err := wait()
		if took := time.Since(begin); told || err != nil || took < 30*time.Millisecond {
			t.Errorf("%s: %v %v after %v", what, told, err, took)
		}
	}
	for what, wait := range map[string]func() (bool, error){
		"Wait(0)":               func() (bool, error) { return opener.Wait(0) },
		"WaitTimeout(0)":        func() (bool, error) { return opener.WaitTimeout(0) },
		"WaitTimeout of before": func() (bool, error) { return opener.WaitTimeout(-time.Hour) },
		"TryWait":               opener.TryWait,
	} {
		if told, err := wait(); told || err != nil {
			t.Errorf("%s: %v %v", what, told, err)
		}
	}
}

func TestWhoSeesWhat(t *testing.T) {
	creator, opener := pair(t, 64)
	for i := 0; i < 3; i++ {
		check(t, creator.Notify())
	}
	for _, region := range []*zinc.SharedRegion{creator, opener, open(t, creator.Name())} {
		if told, err := region.TryWait(); !told || err != nil {
			t.Fatal("a notification is not seen: ", err)
		}
		if told, err := region.TryWait(); told || err != nil {
			t.Fatal("three notifications have not become one: ", err)
		}
	}
}

func TestTheLongestTimeouts(t *testing.T) {
	creator, opener := pair(t, 64)
	for _, timeout := range []int{math.MaxInt64, math.MaxInt64/1_000_000 + 1, 1 << 32,
		1<<53 + 1} {
		go func() {
			time.Sleep(10 * time.Millisecond)
			_ = creator.Notify()
		}()
		if told, err := opener.Wait(timeout); !told || err != nil {
			t.Fatalf("%d ms: %v", timeout, err)
		}
	}
}

func TestSignalsDoNotEndWaits(t *testing.T) {
	signals := make(chan os.Signal, 100)
	signal.Notify(signals, syscall.SIGUSR1)
	defer signal.Stop(signals)
	creator, opener := pair(t, 64)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				_ = syscall.Kill(os.Getpid(), syscall.SIGUSR1)
			}
		}
	}()
	begin := time.Now()
	told, err := opener.Wait(300)
	if took := time.Since(begin); told || err != nil || took < 300*time.Millisecond ||
		took > time.Second {
		t.Errorf("%v %v after %v", told, err, took)
	}
	close(stop)
	check(t, creator.Notify())
	if told, err := opener.Wait(1000); !told || err != nil {
		t.Error(told, err)
	}
}

func TestAnInterruptEndsAWait(t *testing.T) {
	_, opener := pair(t, 64)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- opener.WaitContext(ctx) }()
	time.Sleep(30 * time.Millisecond)
	begin := time.Now()
	check(t, syscall.Kill(os.Getpid(), syscall.SIGINT))
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if took := time.Since(begin); took > promised {
		t.Errorf("it took %v", took)
	}
}

func TestContexts(t *testing.T) {
	creator, opener := pair(t, 64)
	before, cancel := context.WithCancel(context.Background())
	cancel()
	check(t, creator.Notify())
	if err := opener.WaitContext(before); err != context.Canceled {
		t.Fatal("a context that ended before: ", err)
	}
	check(t, opener.WaitContext(context.Background())) // what it left

	late, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if err := opener.WaitContext(late); err != context.DeadlineExceeded {
		t.Fatal(err)
	}
	took := time.Since(begin)
	if took < 20*time.Millisecond || took > 20*time.Millisecond+promised {
		t.Errorf("20 ms took %v", took)
	}

	during, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- opener.WaitContext(during) }()
	eventually(t, "it waits", func() bool { return info(t, creator).Waiters == 1 })
	begin = time.Now()
	cancel()
	if err := <-done; err != context.Canceled {
		t.Fatal(err)
	}
	if took = time.Since(begin); took > promised {
		t.Errorf("it took %v", took)
	}
	//lint:ignore SA1012 what a caller may do wrong
	if err := opener.WaitContext(nil); !errors.Is(err, zinc.ErrInvalid) { //nolint
		t.Fatal(err)
	}
	go func() {
		time.Sleep(20 * time.Millisecond)
		_ = creator.Notify()
	}()
	check(t, opener.WaitContext(context.Background()))
}

// A notification that comes while a context ends is seen by this wait or by the next one.
func TestCancellationLosesNoNotification(t *testing.T) {
	creator, opener := pair(t, 64)
	for round := 0; round < 500; round++ {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- opener.WaitContext(ctx) }()
		for i := 0; i < round%50; i++ {
			runtime.Gosched()
		}
		go cancel()
		check(t, creator.Notify())
		switch err := <-done; err {
		case nil:
		case context.Canceled:
			if told, err := opener.Wait(5000); !told || err != nil {
				t.Fatalf("round %d: lost: %v", round, err)
			}
		default:
			t.Fatal(err)
		}
		_, err := opener.TryWait() // if the wait had ended by the one before
		check(t, err)
		cancel()
	}
}

func TestAThousandWaiters(t *testing.T) {
	for what, count := range map[string]int{"on one region": 1, "ten each on a hundred": 100} {
		count := count
		t.Run(what, func(t *testing.T) {
			const waiters = 1000
			regions := make([]*zinc.SharedRegion, count)
			notifiers := make([]*zinc.SharedRegion, count)
			for i := range regions {
				notifiers[i], regions[i] = pair(t, 64)
			}
			before := threads(t)
			var told atomic.Int32
			var group sync.WaitGroup
			for i := 0; i < waiters; i++ {
				region := regions[i%count]
				group.Add(1)
				go func() {
					defer group.Done()
					if err := region.WaitContext(context.Background()); err != nil {
						t.Error(err)
						return
					}
					told.Add(1)
				}()
			}
			for _, notifier := range notifiers {
				eventually(t, "all wait", func() bool {
					return int(info(t, notifier).Waiters) == waiters/count
				})
			}
			if more := threads(t) - before; more > 8 {
				t.Errorf("%d more threads", more)
			}
			for _, notifier := range notifiers {
				check(t, notifier.Notify())
			}
			within(t, 10*time.Second, "a thousand waits", group.Wait)
			if told.Load() != waiters {
				t.Errorf("%d were told", told.Load())
			}
			if more := threads(t) - before; more > 8 {
				t.Errorf("%d more threads afterwards", more)
			}
		})
	}
}

func TestThousandsOfBlockingWaitsKeepFewThreads(t *testing.T) {
	creator, opener := pair(t, 64)
	before := threads(t)
	const waiters = 3000
	results := make(chan error, waiters)
	for i := 0; i < waiters; i++ {
		timeout := 60_000
		if i%10 == 0 {
			timeout = 1
		}
		go func() {
			told, err := opener.Wait(timeout)
			if err == nil && told == (timeout == 1) {
				err = errors.New("told at its timeout, or not told")
			}
			results <- err
		}()
	}
	for i := 0; i < waiters/10; i++ {
		if err := <-results; err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the others wait", func() bool {
		return int(info(t, creator).Waiters) == waiters-waiters/10
	})
	if more := threads(t) - before; more > 64+16 {
		t.Errorf("%d more threads", more)
	}
	check(t, creator.Notify())
	within(t, 10*time.Second, "their end", func() {
		for i := 0; i < waiters-waiters/10; i++ {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAThousandContextsEndAtOnce(t *testing.T) {
	_, opener := pair(t, 64)
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for i := 0; i < 1000; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := opener.WaitContext(ctx); err != context.Canceled {
				t.Error(err)
			}
		}()
	}
	eventually(t, "all wait", func() bool { return info(t, opener).Waiters == 1000 })
	cancel()
	within(t, 5*time.Second, "their end", group.Wait)
	eventually(t, "nobody waits", func() bool { return info(t, opener).Waiters == 0 })
}

func TestWaitsLeaveNoGoroutineBehind(t *testing.T) {
	creator, opener := pair(t, 64)
	for i := 0; i < 20; i++ {
		go func() { _ = creator.Notify() }()
		check(t, opener.WaitContext(context.Background()))
		_, err := opener.TryWait()
		check(t, err)
	}
	eventually(t, "the goroutine that gives out ends", func() bool {
		stacks := make([]byte, 1<<20)
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "giveOut")
	})
}

// Waits above the most that block a thread wait otherwise; they too ask before they look at time.
func TestAShortWaitBesideManySeesWhatIsThere(t *testing.T) {
	creator, opener := pair(t, 64)
	quiet := create(t, 64)
	ended := make(chan error, 64)
	for i := 0; i < cap(ended); i++ {
		go func() {
			_, err := quiet.Wait(60_000)
			ended <- err
		}()
	}
	eventually(t, "64 wait", func() bool { return info(t, quiet).Waiters == 64 })
	check(t, creator.Notify())
	if told, err := opener.WaitTimeout(1); !told || err != nil {
		t.Error("a notification that was there is not seen: ", err)
	}
	if told, err := opener.WaitTimeout(1); told || err != nil {
		t.Error("told twice of one notification: ", err)
	}
	quiet.Close()
	for i := 0; i < cap(ended); i++ {
		if err := <-ended; !errors.Is(err, zinc.ErrClosed) {
			t.Error(err)
		}
	}
}

func TestAWaitOfBothKindsAtOnce(t *testing.T) {
	creator, opener := pair(t, 64)
	results := make(chan error, 2)
	go func() {
		told, err := opener.Wait(5000)
		if !told && err == nil {
			err = errors.New("not told")
		}
		results <- err
	}()
	go func() { results <- opener.WaitContext(context.Background()) }()
	eventually(t, "both wait", func() bool { return info(t, creator).Waiters == 2 })
	check(t, creator.Notify())
	within(t, 5*time.Second, "both waits", func() {
		for i := 0; i < 2; i++ {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestNotifications(t *testing.T) {
	creator, opener := pair(t, 64)
	ctx, cancel := context.WithCancel(context.Background())
	check(t, creator.Notify())
	seen := 0
	opener.Notifications(ctx)(func(err error) bool {
		if seen++; seen < 4 {
			if err != nil {
				t.Error(err)
			}
			return creator.Notify() == nil
		}
		if seen == 4 {
			cancel()
			return true
		}
		if err != context.Canceled {
			t.Error(err)
		}
		return true
	})
	if seen != 5 {
		t.Fatalf("%d steps", seen)
	}
	check(t, creator.Notify())
	opener.Notifications(context.Background())(func(error) bool { return false })
	go func() {
		time.Sleep(20 * time.Millisecond)
		opener.Close()
	}()
	opener.Notifications(context.Background())(func(err error) bool {
		t.Error("a closed handle has no notifications: ", err)
		return true
	})
}

func init() {
	roles["echo"] = func(arguments []string) {
		ping, pong := get(zinc.Open(arguments[0])), get(zinc.Open(arguments[1]))
		say("ready")
		for value := byte(0); value != 255; {
			must(ping.WaitContext(context.Background()))
			value = ping.Bytes()[0]
			pong.Bytes()[0] = value
			must(pong.Notify())
		}
	}
}

func TestRoundTripsBetweenProcesses(t *testing.T) {
	ping, pong := create(t, 64), create(t, 64)
	c := start(t, "echo", ping.Name(), pong.Name())
	c.line(t)
	for round := 1; round <= 255; round++ {
		ping.Bytes()[0] = byte(round)
		check(t, ping.Notify())
		told, err := pong.Wait(5000)
		check(t, err)
		if !told || pong.Bytes()[0] != byte(round) {
			t.Fatalf("round %d came back as %d (told: %v)", round, pong.Bytes()[0], told)
		}
	}
	c.ends(t)
}
