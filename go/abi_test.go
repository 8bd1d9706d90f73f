// SPDX-License-Identifier: MIT

package zinc_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	zinc "github.com/zinc-shm/zinc/go"
)

// What adapters/abi/abi.json says of the public headers.
type abi struct {
	Release   string
	ABI       int
	Layout    uint32
	Handles   []struct{ Name string }
	Constants []struct {
		Name, Type string
		Value      any
	}
	Enums []struct {
		Name   string
		Values []struct {
			Name  string
			Value int64
		}
	}
	Structs []struct {
		Name        string
		Size, Align int
		Fields      []struct {
			Name         string
			Offset, Size int
			Type         abiType
		}
	}
	Functions []struct {
		Name       string
		Returns    abiType
		Parameters []struct {
			Name string
			Type abiType
		}
	}
	Errors []struct {
		Name   string
		Status int32
		Kind   string
		Text   string
		Cause  string
		Remedy string
	}
}

type abiType struct {
	Kind, Name string
	To, Of     *abiType
	Count      int
}

func declared(t *testing.T) abi {
	t.Helper()
	text, err := os.ReadFile("../adapters/abi/abi.json")
	if os.IsNotExist(err) {
		t.Skip("skipped: the module alone has no adapters/abi/abi.json")
	}
	check(t, err)
	var all abi
	check(t, json.Unmarshal(text, &all))
	if len(all.Functions) == 0 || len(all.Structs) == 0 || len(all.Errors) == 0 {
		t.Fatal("abi.json is empty")
	}
	return all
}

func TestABIOfTheLibraryInThisProgram(t *testing.T) {
	all := declared(t)
	if zinc.VersionText() != all.Release || zinc.Layout() != all.Layout {
		t.Errorf("%s, layout %d", zinc.VersionText(), zinc.Layout())
	}
	var major, minor, patch uint32
	_, err := fmt.Sscanf(all.Release, "%d.%d.%d", &major, &minor, &patch)
	check(t, err)
	if zinc.Version() != major<<16|minor<<8|patch {
		t.Errorf("version %#x", zinc.Version())
	}
	named := map[zinc.Status]bool{}
	for _, status := range sentinels {
		named[status] = true
	}
	for _, one := range all.Errors {
		status := zinc.Status(one.Status)
		if status.Name() != one.Name || status.Cause() != one.Cause ||
			status.Remedy() != one.Remedy || status.Error() != "zinc: "+one.Text {
			t.Errorf("%s: %q %q %q", one.Name, status.Name(), status.Error(), status.Cause())
		}
		if one.Status < 0 && !named[status] {
			t.Errorf("%s has no word in Go", one.Name)
		}
		delete(named, status)
	}
	for status := range named {
		t.Errorf("%d is a word in Go for nothing", int32(status))
	}
}

var sentinels = []zinc.Status{
	zinc.ErrPermission, zinc.ErrNotFound, zinc.ErrInterrupted, zinc.ErrInputOutput,
	zinc.ErrBadDescriptor, zinc.ErrAgain, zinc.ErrNoMemory, zinc.ErrAccess, zinc.ErrBusy,
	zinc.ErrExists, zinc.ErrInvalid, zinc.ErrTooManyDescriptors, zinc.ErrNoSpace, zinc.ErrClosed,
	zinc.ErrNameTooLong, zinc.ErrLayout, zinc.ErrCorrupt, zinc.ErrOverflow, zinc.ErrTooManyUsers,
	zinc.ErrMessageTooLong, zinc.ErrType, zinc.ErrNotSupported, zinc.ErrTimedOut, zinc.ErrStale,
	zinc.ErrCanceled, zinc.ErrOwnerDead, zinc.ErrPoisoned, zinc.ErrForked, zinc.ErrPeerDead,
	zinc.ErrGone,
}
