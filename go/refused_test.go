// SPDX-License-Identifier: MIT

//go:build !zinc_system

package zinc_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Lines that must not compile: wrong numbers and wrong types are refused before anything runs.
var refusedLines = []string{
	`zinc.Create("x", 1.5)`,
	`zinc.Create("x", -1.5)`,
	`zinc.Create("x", math.NaN())`,
	`zinc.Create("x", "4096")`,
	`zinc.Create("x", 1<<64)`,
	`zinc.Create("x", uint64(4096))`,
	`zinc.Create("x", nil)`,
	`zinc.Create(7, 4096)`,
	`zinc.Create([]byte("x"), 4096)`,
	`zinc.Create("x", 4096, 0o600)`,
	`zinc.Create("x", 4096, zinc.WithMode("rw"))`,
	`zinc.Create("x", 4096, zinc.WithRows(1.5))`,
	`zinc.Create("x", 4096, zinc.WithReadOnly)`,
	`zinc.Open(nil)`,
	`zinc.Attach(-1)`,
	`zinc.Receive(os.Stdin)`,
	`region.Wait(1.5)`,
	`region.Wait(math.NaN())`,
	`region.Wait(time.Second)`,
	`region.WaitTimeout(1.5)`,
	`region.WaitContext(time.Second)`,
	`region.Grow(4096.5)`,
	`region.View(func() {})`,
	`zinc.NewArray(region, 0, 1)`,
	`zinc.As[float32](*region)`,
}

func TestWhatDoesNotCompile(t *testing.T) {
	here, err := os.Getwd()
	check(t, err)
	folder := t.TempDir()
	check(t, os.WriteFile(filepath.Join(folder, "go.mod"), []byte(fmt.Sprintf(`module refused

go 1.19

require github.com/zinc-shm/zinc/go v0.0.0

replace github.com/zinc-shm/zinc/go => %s
`, here)), 0o600))
	text := "package main\n\nimport (\n\t\"math\"\n\t\"os\"\n\t\"time\"\n\n" +
		"\tzinc \"github.com/zinc-shm/zinc/go\"\n)\n\n" +
		"var _, _, _, region = math.Pi, os.Args, time.Second, (*zinc.SharedRegion)(nil)\n\n" +
		"func main() {\n"
	first := strings.Count(text, "\n") + 1
	text += "\t" + strings.Join(refusedLines, "\n\t") + "\n}\n"
	check(t, os.WriteFile(filepath.Join(folder, "main.go"), []byte(text), 0o600))
	said, err := goTool(t, folder, "build", "-gcflags=-e", "-o", os.DevNull, ".")
	if err == nil {
		t.Fatal("all of it compiles")
	}
	for i, line := range refusedLines {
		if !strings.Contains(said, fmt.Sprintf("main.go:%d:", first+i)) {
			t.Errorf("it compiles: %s\n%s", line, said)
		}
	}
	if strings.Contains(said, fmt.Sprintf("main.go:%d:", first-2)) {
		t.Error(said)
	}
}
