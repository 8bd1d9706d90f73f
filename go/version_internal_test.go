// SPDX-License-Identifier: MIT

package zinc

import (
	"errors"
	"strings"
	"testing"
)

func TestALibraryOfAnotherRelease(t *testing.T) {
	if err := judgeLibrary(Version(), Layout(), VersionText()); err != nil {
		t.Fatal("the one in this program: ", err)
	}
	if err := judgeLibrary(headerRelease+1, headerLayout, "newer"); err != nil {
		t.Fatal("a newer patch: ", err)
	}
	for what, err := range map[string]error{
		"an older release": judgeLibrary(headerRelease-1, headerLayout, "0.0.9"),
		"another major":    judgeLibrary(headerRelease+1<<16, headerLayout, "1.1.0"),
		"another layout":   judgeLibrary(headerRelease, headerLayout+1, headerReleaseText),
	} {
		if !errors.Is(err, ErrNotSupported) || !strings.Contains(err.Error(), headerReleaseText) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestTheWordsOfEveryKind(t *testing.T) {
	known := map[string]bool{}
	for _, row := range errorTable {
		known[row.kind] = true
	}
	for _, kind := range []string{"closed", "not_found", "exists", "denied", "invalid", "timeout"} {
		if !known[kind] {
			t.Errorf("no status is of the kind %q that Status.Is asks for", kind)
		}
	}
}
