// SPDX-License-Identifier: MIT

package zinc_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	zinc "github.com/zinc-shm/zinc/go"
)

func info(t *testing.T, region *zinc.SharedRegion) zinc.Info {
	t.Helper()
	facts, err := region.Info()
	check(t, err)
	return facts
}

func TestMode(t *testing.T) {
	if mode := info(t, create(t, 64)).Mode; mode != 0o600 {
		t.Fatal(mode)
	}
	loose := create(t, 64, zinc.WithMode(0o666))
	if mode := info(t, loose).Mode; mode != 0o666 {
		t.Fatal(mode)
	}
	if _, err := zinc.Open(loose.Name()); !errors.Is(err, zinc.ErrAccess) {
		t.Fatal(err)
	}
	if _, err := zinc.Open(loose.Name(), zinc.WithAcceptMode(0o020)); !errors.Is(err,
		zinc.ErrAccess) {
		t.Fatal(err)
	}
	open(t, loose.Name(), zinc.WithAcceptMode(0o022))
}

func TestGroup(t *testing.T) {
	id := os.Getgid()
	if os.Geteuid() == 0 {
		id = 4243
	}
	if group := info(t, create(t, 64, zinc.WithGroup(id))).Group; group != uint32(id) {
		t.Fatal(group)
	}
}

func TestLifetimes(t *testing.T) {
	automatic := create(t, 64)
	user := open(t, automatic.Name())
	automatic.Close()
	open(t, automatic.Name()).Close() // somebody is left
	user.Close()
	if _, err := zinc.Open(automatic.Name()); !errors.Is(err, zinc.ErrNotFound) {
		t.Fatal("auto: ", err)
	}

	creators := create(t, 64, zinc.WithLifetime(zinc.LifetimeCreator))
	user = open(t, creators.Name())
	creators.Close()
	if _, err := zinc.Open(creators.Name()); !errors.Is(err, zinc.ErrNotFound) {
		t.Fatal("creator: ", err)
	}
	user.Bytes()[0] = 1

	persistent := create(t, 64, zinc.WithLifetime(zinc.LifetimePersistent))
	persistent.Bytes()[0] = 42
	persistent.Close()
	again := open(t, persistent.Name())
	if facts := info(t, again); again.Bytes()[0] != 42 ||
		facts.Lifetime != zinc.LifetimePersistent {
		t.Fatalf("persistent: %+v", facts)
	}
	check(t, zinc.Remove(persistent.Name()))
}

func TestReadOnly(t *testing.T) {
	creator := create(t, 4096, zinc.WithReadOnlyWaiters())
	reader := open(t, creator.Name(), zinc.WithReadOnly())
	copy(creator.Bytes(), "see")
	if string(reader.Bytes()[:3]) != "see" || !info(t, reader).ReadOnly ||
		!info(t, reader).ReadOnlyWaiters {
		t.Fatalf("%+v", info(t, reader))
	}
	for what, err := range map[string]error{
		"notify": reader.Notify(), "grow": reader.Grow(8192), "unlink": reader.Unlink(),
	} {
		if !errors.Is(err, zinc.ErrPermission) || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v", what, err)
		}
	}
	check(t, creator.Notify())
	if told, err := reader.Wait(1000); !told || err != nil {
		t.Fatal(err)
	}
}

func init() {
	roles["write-read-only"] = func(arguments []string) {
		region := get(zinc.Open(arguments[0], zinc.WithReadOnly()))
		region.Bytes()[0] = 1
		say("written")
	}
}

func TestWritingToReadOnlyBytesEndsTheWriterAlone(t *testing.T) {
	region := create(t, 64)
	c := start(t, "write-read-only", region.Name())
	for c.lines.Scan() {
		t.Fatal(c.lines.Text())
	}
	if err := c.Wait(); err == nil || !strings.Contains(c.said.String(), "fault") {
		t.Fatal(err, c.said)
	}
	if region.Bytes()[0] != 0 {
		t.Fatal("it was written")
	}
}

func TestRows(t *testing.T) {
	region := create(t, 64, zinc.WithRows(2))
	open(t, region.Name())
	if _, err := zinc.Open(region.Name()); !errors.Is(err, zinc.ErrTooManyUsers) {
		t.Fatal(err)
	}
	if rows := info(t, region).Rows; rows != 2 {
		t.Fatal(rows)
	}
}

func TestPoliciesAndPages(t *testing.T) {
	region := create(t, 1<<20, zinc.WithWaitPolicy(zinc.WaitPark), zinc.WithPrefault(),
		zinc.WithMaxCapacity(2<<20))
	facts := info(t, region)
	if facts.WaitPolicy != zinc.WaitPark || facts.MaxCapacity != 2<<20 {
		t.Fatalf("%+v", facts)
	}
	spinner := open(t, region.Name(), zinc.WithWaitPolicy(zinc.WaitSpin), zinc.WithHugePages())
	if facts := info(t, spinner); facts.WaitPolicy != zinc.WaitSpin {
		t.Fatalf("%+v", facts)
	}
	sparse := create(t, 1<<20, zinc.WithSparse())
	if facts := info(t, sparse); !facts.Sparse || facts.Allocated >= 1<<20 {
		t.Fatalf("%+v", facts)
	}
}

func TestHugeTLBIsThereOrRefused(t *testing.T) {
	region, err := zinc.CreatePrivate("huge", 2<<20, zinc.WithHugeTLB())
	if err == nil {
		region.Close()
	} else if status := statusOf(err); status != zinc.ErrNoMemory &&
		status != zinc.ErrNoSpace && status != zinc.ErrNotSupported {
		t.Fatal(err)
	}
}

func TestOptionsThatDoNotFitTheCall(t *testing.T) {
	region := create(t, 64)
	for what, try := range map[string]func() (*zinc.SharedRegion, error){
		"WithReadOnly to Create": func() (*zinc.SharedRegion, error) {
			return zinc.Create(fresh(t), 64, zinc.WithReadOnly())
		},
		"WithMode to Open": func() (*zinc.SharedRegion, error) {
			return zinc.Open(region.Name(), zinc.WithMode(0o600))
		},
		"WithSealed to Create": func() (*zinc.SharedRegion, error) {
			return zinc.Create(fresh(t), 64, zinc.WithSealed())
		},
		"WithLifetime to CreatePrivate": func() (*zinc.SharedRegion, error) {
			return zinc.CreatePrivate("x", 64, zinc.WithLifetime(zinc.LifetimeCreator))
		},
		"WithAcceptMode to Replace": func() (*zinc.SharedRegion, error) {
			return zinc.Replace(region.Name(), 64, zinc.WithAcceptMode(0o020))
		},
		"WithRows to Attach": func() (*zinc.SharedRegion, error) {
			return zinc.Attach(0, zinc.WithRows(4))
		},
	} {
		_, err := try()
		if !errors.Is(err, zinc.ErrInvalid) || !strings.Contains(err.Error(), what[:8]) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for what, option := range map[string]zinc.Option{
		"WithMode(0)":             zinc.WithMode(0),
		"WithMode of a folder":    zinc.WithMode(fs.ModeDir | 0o700),
		"WithRows(0)":             zinc.WithRows(0),
		"WithRows(-1)":            zinc.WithRows(-1),
		"WithRows(1024)":          zinc.WithRows(1024),
		"WithMaxCapacity(0)":      zinc.WithMaxCapacity(0),
		"WithMaxCapacity(-1)":     zinc.WithMaxCapacity(-1),
		"WithGroup(-1)":           zinc.WithGroup(-1),
		"WithGroup above 32 bits": zinc.WithGroup(1 << 32),
		"WithLifetime(3)":         zinc.WithLifetime(3),
		"WithWaitPolicy(3)":       zinc.WithWaitPolicy(3),
	} {
		_, err := zinc.Create(fresh(t), 64, option)
		name, _, _ := strings.Cut(what, "(")
		name, _, _ = strings.Cut(name, " ")
		if !errors.Is(err, zinc.ErrInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, option := range map[string]zinc.Option{
		"an accepted owner of -1": zinc.WithAcceptOwners(0, -1),
		"an accepted mode of 644": zinc.WithAcceptMode(0o644),
	} {
		if _, err := zinc.Open(fresh(t), option); !errors.Is(err, zinc.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := zinc.Create(fresh(t), 64, zinc.WithMaxCapacity(32)); statusOf(err) == 0 {
		t.Errorf("a maximum below the capacity: %v", err)
	}
	create(t, 64, nil) // no option at all
}

func TestWordsOfEnumerations(t *testing.T) {
	for got, want := range map[string]string{
		zinc.LifetimeAuto.String(): "auto", zinc.LifetimeCreator.String(): "creator",
		zinc.LifetimePersistent.String(): "persistent", zinc.WaitAdaptive.String(): "adaptive",
		zinc.WaitSpin.String(): "spin", zinc.WaitPark.String(): "park",
		zinc.Lifetime(9).String(): "unknown (9)", zinc.RemoveIPCYes.String(): "yes",
	} {
		if got != want {
			t.Errorf("%q is not %q", got, want)
		}
	}
}
