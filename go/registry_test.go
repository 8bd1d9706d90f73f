// SPDX-License-Identifier: MIT

package zinc_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	zinc "github.com/zinc-shm/zinc/go"
)

func TestInfo(t *testing.T) {
	region := create(t, 4096, zinc.WithMaxCapacity(8192))
	check(t, region.Notify())
	facts := info(t, region)
	if facts.Name != region.Name() || facts.Domain != os.Getenv("ZINC_DOMAIN") ||
		facts.Capacity != 4096 || facts.MaxCapacity != 8192 || !facts.Created ||
		!facts.CreatorAlive || facts.ReadOnly || facts.Stale || facts.Dead || facts.Err != nil ||
		facts.ParticipantsAlive != 1 || facts.Notifications == 0 || facts.Rows != 128 ||
		facts.Layout != zinc.Layout() || facts.CreatorPID != uint32(os.Getpid()) ||
		facts.Owner != uint32(os.Geteuid()) {
		t.Fatalf("%+v", facts)
	}
	if age := time.Since(facts.CreatedAt); age < 0 || age > time.Minute {
		t.Fatal(age)
	}
	if facts.Inode == 0 || facts.DataOffset == 0 || facts.Allocated < 4096 {
		t.Fatalf("%+v", facts)
	}
	opener := open(t, region.Name())
	if facts := info(t, opener); facts.Created || facts.ParticipantsAlive != 2 {
		t.Fatalf("%+v", facts)
	}
}

func TestListAndLookup(t *testing.T) {
	first, second := create(t, 100), create(t, 200)
	bad := fresh(t)
	path := "/dev/shm/zinc_" + os.Getenv("ZINC_DOMAIN") + "@" + bad
	check(t, os.WriteFile(path, []byte("no region"), 0o600))
	defer os.Remove(path)
	found := map[string]zinc.Info{}
	all, err := zinc.List()
	check(t, err)
	for _, one := range all {
		found[one.Name] = one
	}
	if found[first.Name()].Capacity != 100 || found[second.Name()].Capacity != 200 ||
		found[first.Name()].Err != nil || found[first.Name()].ParticipantsAlive != 1 {
		t.Fatalf("%+v", all)
	}
	if err := found[bad].Err; statusOf(err) != zinc.ErrLayout && statusOf(err) != zinc.ErrCorrupt {
		t.Fatalf("a file that is no region: %v", err)
	}
	facts, err := zinc.Lookup(second.Name())
	check(t, err)
	if facts.Capacity != 200 || facts.ParticipantsAlive != 1 {
		t.Fatalf("%+v", facts)
	}
	if _, err := zinc.Lookup(bad); statusOf(err) == 0 {
		t.Fatal("looked up a file that is no region")
	}
	if _, err := zinc.Lookup(fresh(t)); !errors.Is(err, zinc.ErrNotFound) {
		t.Fatal(err)
	}
}

func init() {
	roles["hold"] = func(arguments []string) {
		region := get(zinc.Open(arguments[0]))
		say("holds")
		_, _ = os.Stdin.Read(make([]byte, 1))
		must(region.Close())
	}
	roles["create-and-hold"] = func(arguments []string) {
		region := get(zinc.Create(arguments[0], 4096))
		region.Bytes()[0] = 42
		must(region.Notify())
		say("holds")
		_, _ = os.Stdin.Read(make([]byte, 1))
		must(region.Close())
	}
}

func TestParticipants(t *testing.T) {
	region := create(t, 64)
	c := start(t, "hold", region.Name())
	c.line(t)
	rows, err := zinc.Participants(region.Name())
	check(t, err)
	if len(rows) != 2 || !rows[0].Alive || !rows[0].Creator || rows[1].Creator ||
		rows[0].PID != uint32(os.Getpid()) || rows[1].PID != uint32(c.Process.Pid) ||
		!rows[1].SameNamespace || rows[1].Program == "" || rows[0].Row == rows[1].Row {
		t.Fatalf("%+v", rows)
	}
	c.kill()
	rows, err = zinc.Participants(region.Name())
	check(t, err)
	if len(rows) != 2 || rows[1].Alive {
		t.Fatalf("%+v", rows)
	}
	if facts := info(t, region); facts.ParticipantsAlive != 1 || facts.ParticipantsDead != 1 {
		t.Fatalf("%+v", facts)
	}
	if _, err := zinc.Participants(fresh(t)); !errors.Is(err, zinc.ErrNotFound) {
		t.Fatal(err)
	}
}

func TestAKilledCreatorIsCollected(t *testing.T) {
	name := fresh(t)
	c := start(t, "create-and-hold", name)
	c.line(t)
	reader := open(t, name)
	c.kill()
	if facts := info(t, reader); facts.CreatorAlive || reader.Bytes()[0] != 42 {
		t.Fatalf("%+v", facts)
	}
	reader.Close()
	if _, err := zinc.Open(name); !errors.Is(err, zinc.ErrNotFound) {
		t.Fatal(err)
	}
}

func TestGC(t *testing.T) {
	living, name := create(t, 64), fresh(t)
	persistent := create(t, 64, zinc.WithLifetime(zinc.LifetimePersistent))
	persistent.Close()
	defer zinc.Remove(persistent.Name())
	c := start(t, "create-and-hold", name)
	c.line(t)
	c.kill()
	facts, err := zinc.Lookup(name)
	check(t, err)
	if !facts.Reclaimable {
		t.Fatalf("%+v", facts)
	}
	doctor, err := zinc.Doctor()
	check(t, err)
	if doctor.RegionsStale != 1 || doctor.Regions < 3 || doctor.BytesStale == 0 {
		t.Fatalf("%+v", doctor)
	}
	report, err := zinc.GCDryRun()
	check(t, err)
	if report.RegionsRemoved != 1 || report.RegionsSeen < 3 || len(report.Removals) != 1 ||
		report.Removals[0].Name != name || report.Removals[0].Err != nil {
		t.Fatalf("%+v", report)
	}
	report, err = zinc.GC()
	check(t, err)
	if report.RegionsRemoved != 1 || report.Failures != 0 || report.BytesRemoved == 0 ||
		len(report.Removals) != 1 || report.Removals[0].Temporary {
		t.Fatalf("%+v", report)
	}
	for _, kept := range []string{living.Name(), persistent.Name()} {
		if _, err := zinc.Lookup(kept); err != nil {
			t.Fatal(kept, err)
		}
	}
	if report, err = zinc.GC(); err != nil || report.RegionsRemoved != 0 {
		t.Fatalf("%+v %v", report, err)
	}
}

func TestDoctor(t *testing.T) {
	facts, err := zinc.Doctor()
	check(t, err)
	if facts.DirectoryErr != nil || facts.Directory == "" || facts.Filesystem == "" ||
		facts.Domain != os.Getenv("ZINC_DOMAIN") || facts.PageSize != uint64(os.Getpagesize()) ||
		facts.Processors == 0 || facts.DirectoryTotal == 0 || facts.WaitBackend == "" {
		t.Fatalf("%+v", facts)
	}
}

func init() {
	roles["another-place"] = func(arguments []string) {
		region := get(zinc.Create(arguments[0], 64))
		found := get(filepath.Glob(os.Getenv("ZINC_DIR") + "/zinc_*"))
		say(len(found), len(get(zinc.List())))
		must(region.Close())
	}
}

func TestTheCoreReadsTheEnvironment(t *testing.T) {
	folder := t.TempDir()
	c := startWith(t, nil, []string{"ZINC_DIR=" + folder, "ZINC_DOMAIN="}, "another-place", "here")
	if said := c.line(t); said != "1 1" {
		t.Fatal(said)
	}
	c.ends(t)
}

func TestDomainsAreApart(t *testing.T) {
	region := create(t, 64)
	t.Setenv("ZINC_DOMAIN", os.Getenv("ZINC_DOMAIN")+"-b")
	if _, err := zinc.Open(region.Name()); !errors.Is(err, zinc.ErrNotFound) {
		t.Fatal(err)
	}
	other := closes(t)(zinc.Create(region.Name(), 128))
	if other.Capacity() != 128 || region.Capacity() != 64 {
		t.Fatal("two domains share a region")
	}
	other.Close()
}
