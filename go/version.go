// SPDX-License-Identifier: MIT

package zinc

import (
	"fmt"
	"sync"
)

// Version gives the release of the core in this program: major << 16 | minor << 8 | patch.
func Version() uint32 { return nativeVersion() }

// VersionText gives the release of the core in this program, "0.1.0".
func VersionText() string { return nativeVersionText() }

// Layout gives the number of the layout that the core writes into regions and accepts in them.
func Layout() uint32 { return nativeLayout() }

var library struct {
	once  sync.Once
	wrong error
}

// checkLibrary refuses a shared library that is not the one that this program was compiled against.
func checkLibrary() error {
	library.once.Do(func() {
		library.wrong = judgeLibrary(nativeVersion(), nativeLayout(), nativeVersionText())
	})
	return library.wrong
}

func judgeLibrary(release, layout uint32, text string) error {
	if release >= headerRelease && release>>16 == headerRelease>>16 && layout == headerLayout {
		return nil
	}
	return failure("load", "", ErrNotSupported, fmt.Sprintf(
		"the program was compiled against zinc %s (layout %d), but the libzinc that was loaded is "+
			"%s (layout %d): install the same release, or build without the tag zinc_system",
		headerReleaseText, headerLayout, text, layout))
}
