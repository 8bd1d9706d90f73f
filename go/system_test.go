// SPDX-License-Identifier: MIT

//go:build zinc_system

package zinc_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	zinc "github.com/zinc-shm/zinc/go"
)

func init() {
	roles["create-anything"] = func([]string) {
		region, err := zinc.Create("anything", 64)
		if err == nil {
			region.Close()
		}
		say(err)
	}
}

// A program that is linked with a libzinc and then meets an older one says so.
func TestAnOlderLibraryIsRefused(t *testing.T) {
	header, err := os.ReadFile("zinc.h")
	check(t, err)
	text := regexp.MustCompile(`(ZINC_VERSION_MINOR) \d+`).ReplaceAllString(string(header), "$1 0")
	text = regexp.MustCompile(`(ZINC_VERSION_TEXT) ".*"`).ReplaceAllString(text, `$1 "0.0.0"`)
	folder := t.TempDir()
	check(t, os.WriteFile(filepath.Join(folder, "zinc.h"), []byte(text), 0o600))
	source, err := os.ReadFile("zinc.c")
	check(t, err)
	check(t, os.WriteFile(filepath.Join(folder, "zinc.c"), source, 0o600))
	compiler := "cc"
	if chosen := os.Getenv("CC"); chosen != "" {
		compiler = chosen
	}
	command := exec.Command(compiler, "-O0", "-fPIC", "-shared", "zinc.c", "-o", "libzinc.so.1",
		"-pthread", "-Wl,-soname,libzinc.so.1")
	command.Dir = folder
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	c := startWith(t, nil, []string{"LD_LIBRARY_PATH=" + folder}, "create-anything")
	said := c.line(t)
	c.ends(t)
	if !strings.Contains(said, "0.0.0") || !strings.Contains(said, zinc.VersionText()) {
		t.Fatal(said)
	}
}
