// SPDX-License-Identifier: MIT

package zinc_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	zinc "github.com/zinc-shm/zinc/go"
)

func TestWhatOneWritesTheOtherReads(t *testing.T) {
	creator, opener := pair(t, 4096)
	copy(creator.Bytes(), "hello")
	if got := string(opener.Bytes()[:5]); got != "hello" {
		t.Fatalf("read %q", got)
	}
	opener.Bytes()[4095] = 7
	if creator.Bytes()[4095] != 7 {
		t.Fatal("what the opener wrote is not there")
	}
	if creator.Capacity() != 4096 || opener.Capacity() != 4096 || len(opener.Bytes()) != 4096 {
		t.Fatal("the capacity is not what was asked for")
	}
}

func TestANewRegionIsZeroAndExact(t *testing.T) {
	region := create(t, 5000)
	bytes := region.Bytes()
	if len(bytes) != 5000 || cap(bytes) != 5000 {
		t.Fatalf("%d bytes, room for %d", len(bytes), cap(bytes))
	}
	for i, value := range bytes {
		if value != 0 {
			t.Fatalf("byte %d is %d", i, value)
		}
	}
}

func TestBytesAreTheCoresOwn(t *testing.T) {
	creator, opener := pair(t, 4096)
	for _, region := range []*zinc.SharedRegion{creator, opener} {
		view := addressOf(region.Bytes())
		if view != region.Address() {
			t.Fatalf("a view at %#x of bytes at %#x", view, region.Address())
		}
		if !mapped(t, view) {
			t.Fatal("the view is not the mapped file")
		}
		check(t, region.View(func(bytes []byte) error {
			if addressOf(bytes) != view || len(bytes) != 4096 {
				return errors.New("View lends other bytes")
			}
			return nil
		}))
	}
}

func TestNamesWithASlash(t *testing.T) {
	name := fresh(t)
	region := closes(t)(zinc.Create("/"+name, 64))
	if region.Name() != name {
		t.Fatal(region.Name())
	}
	open(t, name)
	open(t, "/"+name)
}

func TestNamesThatCannotBe(t *testing.T) {
	for name, status := range map[string]zinc.Status{
		"": zinc.ErrInvalid, "/": zinc.ErrInvalid, ".hidden": zinc.ErrInvalid,
		"a/b": zinc.ErrInvalid, "../etc/passwd": zinc.ErrInvalid, "ä": zinc.ErrInvalid,
		"nul\x00inside": zinc.ErrInvalid, "\x00": zinc.ErrInvalid, "\xff": zinc.ErrInvalid,
		"with blank": zinc.ErrInvalid, strings.Repeat("x", 201): zinc.ErrNameTooLong,
		strings.Repeat("x", 100_000): zinc.ErrNameTooLong,
	} {
		if len(name) < 100_000 && !strings.Contains(name, "\x00") {
			if _, err := zinc.CreatePrivate(name, 64); name != "" && !errors.Is(err, status) {
				t.Errorf("private %q: %v", name, err)
			}
		}
		_, created := zinc.Create(name, 64)
		_, opened := zinc.Open(name)
		_, either := zinc.OpenOrCreate(name, 64)
		_, replaced := zinc.Replace(name, 64)
		_, looked := zinc.Lookup(name)
		_, rows := zinc.Participants(name)
		for i, err := range []error{created, opened, either, replaced, looked, rows,
			zinc.Remove(name)} {
			if !errors.Is(err, status) {
				t.Errorf("call %d with the name %.40q: %v", i, name, err)
			}
			if !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("call %d with the name %.40q is no fs.ErrInvalid: %v", i, name, err)
			}
		}
	}
	region := closes(t)(zinc.Create(strings.Repeat("x", 200), 64))
	if len(region.Name()) != 200 {
		t.Fatal(region.Name())
	}
}

func TestNumbersThatCannotBe(t *testing.T) {
	for _, capacity := range []int{0, -1, -4096, -1 << 63} {
		_, created := zinc.Create(fresh(t), capacity)
		_, either := zinc.OpenOrCreate(fresh(t), capacity)
		_, replaced := zinc.Replace(fresh(t), capacity)
		_, private := zinc.CreatePrivate("x", capacity)
		for i, err := range []error{created, either, replaced, private} {
			if !errors.Is(err, zinc.ErrInvalid) ||
				!strings.Contains(err.Error(), fmt.Sprint(capacity)) {
				t.Errorf("call %d with capacity %d: %v", i, capacity, err)
			}
		}
	}
	for _, capacity := range []int{1<<53 + 1, 1<<62 + 1, 1<<63 - 1} {
		region, err := zinc.Create(fresh(t), capacity)
		if err == nil {
			region.Close()
			t.Errorf("made a region of %d bytes", capacity)
		} else if status := statusOf(err); status != zinc.ErrNoSpace &&
			status != zinc.ErrNoMemory && status != zinc.ErrOverflow {
			t.Errorf("capacity %d: %v", capacity, err)
		}
	}
	region := create(t, 64, zinc.WithMaxCapacity(128))
	for _, capacity := range []int{0, -1, -1 << 63} {
		if err := region.Grow(capacity); !errors.Is(err, zinc.ErrInvalid) {
			t.Errorf("grown to %d: %v", capacity, err)
		}
	}
	if _, err := region.Wait(-1); !errors.Is(err, zinc.ErrInvalid) {
		t.Errorf("waited for -1 ms: %v", err)
	}
	if left, err := zinc.List(); err != nil || len(left) != 1 {
		t.Fatalf("refused calls left something behind: %v %v", left, err)
	}
}

func statusOf(err error) zinc.Status {
	var status zinc.Status
	errors.As(err, &status)
	return status
}

func TestARegionAboveFourGigabytes(t *testing.T) {
	const size = 5<<30 + 4096
	creator := create(t, size, zinc.WithSparse())
	opener := open(t, creator.Name())
	if creator.Capacity() != size || len(opener.Bytes()) != size {
		t.Fatalf("%d and %d bytes", creator.Capacity(), len(opener.Bytes()))
	}
	creator.Bytes()[0] = 1
	creator.Bytes()[size-1] = 2
	bytes := opener.Bytes()
	if bytes[0] != 1 || bytes[size-1] != 2 || bytes[size-2] != 0 {
		t.Fatal("the first and the last byte are not where they were written")
	}
	words, err := zinc.NewArray[uint64](opener, 5<<30, 512)
	check(t, err)
	if words.At(511) != 2<<56 {
		t.Fatalf("the last word is %#x", words.At(511))
	}
}

func TestMissingAndExisting(t *testing.T) {
	name := fresh(t)
	if _, err := zinc.Open(name); !errors.Is(err, zinc.ErrNotFound) ||
		!errors.Is(err, fs.ErrNotExist) || !errors.Is(err, syscall.ENOENT) {
		t.Fatal(err)
	}
	closes(t)(zinc.Create(name, 64))
	_, err := zinc.Create(name, 64)
	if !errors.Is(err, zinc.ErrExists) || !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	if !strings.Contains(err.Error(), name) {
		t.Fatalf("the name is not in %q", err)
	}
}

func TestForeignFilesAndWrongLayouts(t *testing.T) {
	domain := os.Getenv("ZINC_DOMAIN")
	place := func(name string) string {
		return filepath.Join("/dev/shm", "zinc_"+domain+"@"+name)
	}
	put := func(bytes []byte) string {
		name := fresh(t)
		check(t, os.WriteFile(place(name), bytes, 0o600))
		t.Cleanup(func() { os.Remove(place(name)) })
		return name
	}
	region := create(t, 4096)
	good, err := os.ReadFile(place(region.Name()))
	check(t, err)
	info, err := region.Info()
	check(t, err)
	if int(info.DataOffset)+4096 > len(good) {
		t.Fatalf("the file has %d bytes", len(good))
	}
	for what, bytes := range map[string][]byte{
		"text":      []byte("this is no region, whatever its name says"),
		"zeros":     make([]byte, 65536),
		"empty":     {},
		"truncated": good[:4096],
	} {
		_, err := zinc.Open(put(bytes))
		if status := statusOf(err); status != zinc.ErrLayout && status != zinc.ErrCorrupt {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Every single byte of the header spoiled, one after the other: an error or a region, no crash.
	for at := 0; at < 512; at++ {
		spoiled := append([]byte(nil), good...)
		spoiled[at] ^= 0xff
		name := put(spoiled)
		if opened, err := zinc.Open(name); err == nil {
			_ = opened.Bytes()[0]
			opened.Close()
		} else if statusOf(err) == 0 {
			t.Fatalf("byte %d: %v has no status", at, err)
		}
		os.Remove(place(name))
	}
	folder := fresh(t)
	check(t, os.Mkdir(place(folder), 0o700))
	defer os.Remove(place(folder))
	if _, err := zinc.Open(folder); statusOf(err) == 0 {
		t.Errorf("a folder: %v", err)
	}
}

func TestAFileOfAnotherOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("skipped: needs root to give a file away")
	}
	region := create(t, 64)
	path := "/dev/shm/zinc_" + os.Getenv("ZINC_DOMAIN") + "@" + region.Name()
	check(t, os.Chown(path, 4242, -1))
	if _, err := zinc.Open(region.Name()); !errors.Is(err, zinc.ErrAccess) ||
		!errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	open(t, region.Name(), zinc.WithAcceptOwners(17, 4242))
	open(t, region.Name(), zinc.WithAcceptAnyOwner())
	if _, err := zinc.Open(region.Name(), zinc.WithAcceptOwners(17)); !errors.Is(err,
		zinc.ErrAccess) {
		t.Fatal(err)
	}
}

func TestOpenOrCreate(t *testing.T) {
	name := fresh(t)
	first := closes(t)(zinc.OpenOrCreate(name, 4096))
	second := closes(t)(zinc.OpenOrCreate(name, 1024))
	one, err := first.Info()
	check(t, err)
	two, err := second.Info()
	check(t, err)
	if !one.Created || two.Created || second.Capacity() != 4096 || one.Inode != two.Inode {
		t.Fatalf("%+v\n%+v", one, two)
	}
	if _, err := zinc.OpenOrCreate(name, 8192); !errors.Is(err, zinc.ErrOverflow) {
		t.Fatal(err)
	}
}

func TestReplace(t *testing.T) {
	old := create(t, 4096)
	user := open(t, old.Name())
	copy(user.Bytes(), "old")
	replaced := closes(t)(zinc.Replace(old.Name(), 8192))
	if told, err := user.Wait(1000); !told || err != nil {
		t.Fatal("users of the old one are not notified: ", err)
	}
	info, err := user.Info()
	check(t, err)
	if !info.Stale || string(user.Bytes()[:3]) != "old" || replaced.Capacity() != 8192 {
		t.Fatalf("%+v", info)
	}
	if open(t, old.Name()).Capacity() != 8192 {
		t.Fatal("the name still means the old one")
	}
}

func TestUnlinkAndRemove(t *testing.T) {
	creator, opener := pair(t, 64)
	if err := opener.Unlink(); !errors.Is(err, zinc.ErrPermission) {
		t.Fatal(err)
	}
	check(t, creator.Unlink())
	check(t, creator.Unlink())
	if _, err := zinc.Open(creator.Name()); !errors.Is(err, zinc.ErrNotFound) {
		t.Fatal(err)
	}
	creator.Bytes()[0] = 9
	if opener.Bytes()[0] != 9 {
		t.Fatal("participants do not keep the bytes")
	}
	other := create(t, 64)
	check(t, zinc.Remove(other.Name()))
	if err := zinc.Remove(other.Name()); !errors.Is(err, zinc.ErrNotFound) {
		t.Fatal(err)
	}
}

// ---- Private regions ---------------------------------------------------------------------------

func init() {
	roles["attach"] = func([]string) {
		region := get(zinc.Attach(3))
		bytes := region.Bytes()
		say(string(bytes[:4]))
		copy(bytes[4:], "back")
		must(region.Notify())
		must(region.Close())
	}
}

func TestADescriptorForAnotherProcess(t *testing.T) {
	region := closes(t)(zinc.CreatePrivate("label", 4096))
	copy(region.Bytes(), "here")
	file, err := region.Descriptor()
	check(t, err)
	defer file.Close()
	c := startWith(t, []*os.File{file}, nil, "attach")
	if said := c.line(t); said != "here" {
		t.Fatal(said)
	}
	told, err := region.Wait(5000)
	check(t, err)
	if !told || string(region.Bytes()[4:8]) != "back" {
		t.Fatal("the child's answer is not there")
	}
	c.ends(t)
	info, err := region.Info()
	check(t, err)
	if !info.Private || info.Name != "label" || region.Name() != "label" {
		t.Fatalf("%+v", info)
	}
	again := closes(t)(zinc.Attach(file.Fd()))
	if again.Bytes()[4] != 'b' {
		t.Fatal("the descriptor is not the caller's to use again")
	}
}

func TestAttachToNothing(t *testing.T) {
	for _, descriptor := range []uintptr{9999, ^uintptr(0), 1 << 40} {
		if _, err := zinc.Attach(descriptor); !errors.Is(err, zinc.ErrBadDescriptor) {
			t.Errorf("descriptor %d: %v", descriptor, err)
		}
	}
	file, err := os.Open("/dev/null")
	check(t, err)
	defer file.Close()
	if _, err := zinc.Attach(file.Fd()); statusOf(err) == 0 {
		t.Error(err)
	}
}

func sockets(t *testing.T) (*net.UnixConn, *net.UnixConn) {
	t.Helper()
	ours, theirs, err := connected()
	check(t, err)
	t.Cleanup(func() {
		ours.Close()
		theirs.Close()
	})
	return ours, theirs
}

func TestSendAndReceive(t *testing.T) {
	ours, theirs := sockets(t)
	writer := closes(t)(zinc.CreatePrivate("", 4096, zinc.WithSealed()))
	copy(writer.Bytes(), "abc")
	received := make(chan *zinc.SharedRegion, 1)
	go func() { // before it is sent: Receive waits in Go's poller
		region, err := zinc.Receive(theirs)
		if err != nil {
			t.Error(err)
		}
		received <- region
	}()
	time.Sleep(20 * time.Millisecond)
	check(t, writer.Send(ours))
	reader := <-received
	defer reader.Close()
	info, err := reader.Info()
	check(t, err)
	if !info.ReadOnly || !info.Sealed || string(reader.Bytes()[:3]) != "abc" {
		t.Fatalf("%+v", info)
	}
	if err := reader.Notify(); !errors.Is(err, zinc.ErrPermission) {
		t.Fatal(err)
	}
	if err := writer.Grow(8192); !errors.Is(err, zinc.ErrPermission) {
		t.Fatal(err)
	}
}

func TestReceiveEnds(t *testing.T) {
	ours, theirs := sockets(t)
	check(t, theirs.SetReadDeadline(time.Now().Add(30*time.Millisecond)))
	if _, err := zinc.Receive(theirs); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("deadline: ", err)
	}
	check(t, theirs.SetReadDeadline(time.Time{}))
	if _, err := ours.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := zinc.Receive(theirs); !errors.Is(err, zinc.ErrBadDescriptor) {
		t.Fatal("no descriptor: ", err)
	}
	ours.Close()
	if _, err := zinc.Receive(theirs); !errors.Is(err, zinc.ErrClosed) {
		t.Fatal("end of the stream: ", err)
	}
	region := create(t, 64)
	if err := region.Send(theirs); !errors.Is(err, zinc.ErrPeerDead) {
		t.Fatal("nobody there: ", err)
	}
	theirs.Close()
	if err := region.Send(theirs); !errors.Is(err, net.ErrClosed) {
		t.Fatal("closed: ", err)
	}
	if _, err := zinc.Receive(theirs); !errors.Is(err, net.ErrClosed) {
		t.Fatal("closed: ", err)
	}
	if err := region.Send(nil); !errors.Is(err, zinc.ErrInvalid) {
		t.Fatal(err)
	}
	if _, err := zinc.Receive(nil); !errors.Is(err, zinc.ErrInvalid) {
		t.Fatal(err)
	}
}

// ---- Growth ------------------------------------------------------------------------------------

func TestGrow(t *testing.T) {
	creator := create(t, 4096, zinc.WithMaxCapacity(1<<20))
	opener := open(t, creator.Name())
	before := opener.Bytes()
	address := opener.Address()
	check(t, creator.Grow(1<<20))
	if told, err := opener.Wait(1000); !told || err != nil {
		t.Fatal("nobody is told of growth: ", err)
	}
	if opener.Capacity() != 1<<20 || opener.Address() != address || len(before) != 4096 {
		t.Fatalf("%d bytes at %#x", opener.Capacity(), opener.Address())
	}
	creator.Bytes()[1<<20-1] = 5
	before[0] = 6
	if opener.Bytes()[1<<20-1] != 5 || creator.Bytes()[0] != 6 {
		t.Fatal("the bytes are not the same any more")
	}
	check(t, opener.Grow(100)) // smaller: nothing changes
	if err := opener.Grow(1<<20 + 1); !errors.Is(err, zinc.ErrOverflow) {
		t.Fatal(err)
	}
	fixed := create(t, 4096)
	if err := fixed.Grow(8192); !errors.Is(err, zinc.ErrOverflow) || fixed.Capacity() != 4096 {
		t.Fatal(err)
	}
}
