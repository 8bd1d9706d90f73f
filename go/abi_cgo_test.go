// SPDX-License-Identifier: MIT

//go:build !zinc_system

package zinc_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// spelled says how cgo calls a type.
func (a abiType) spelled() string {
	switch a.Kind {
	case "int", "struct", "callback":
		return "C." + a.Name
	case "handle":
		return "*C." + a.Name
	case "pointer":
		if a.To.Kind == "void" {
			return "unsafe.Pointer"
		}
		return "*" + a.To.spelled()
	case "array":
		return fmt.Sprintf("[%d]%s", a.Count, a.Of.spelled())
	}
	return ""
}

// program is Go that compiles if cgo sees the functions as declared, and prints what it sees else.
func (all abi) program() string {
	var text strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&text, format+"\n", values...) }
	line("package main\n\n// #include \"zinc.h\"\n// typedef zinc_gc_callback zinc_gc_callback_;")
	line("import \"C\"\nimport (\n\"fmt\"\n\"unsafe\"\n)\n\nfunc main() {")
	line("fmt.Println(\"release\", C.GoString(C.zinc_version_text()))")
	line("fmt.Println(\"layout\", uint32(C.zinc_layout()))")
	for _, one := range all.Structs {
		line("{ var s C.%s", one.Name)
		line("fmt.Println(%q, unsafe.Sizeof(s), unsafe.Alignof(s))", one.Name)
		for _, field := range one.Fields {
			line("var _ %s = s.%s", field.Type.spelled(), field.Name)
			line("fmt.Println(%q, unsafe.Offsetof(s.%s), unsafe.Sizeof(s.%s)) ",
				one.Name+"."+field.Name, field.Name, field.Name)
		}
		line("}")
	}
	for _, enum := range all.Enums {
		for _, value := range enum.Values {
			line("fmt.Println(%q, int64(C.%s))", value.Name, value.Name)
		}
	}
	for _, constant := range all.Constants {
		line("fmt.Println(%q, C.%s)", constant.Name, constant.Name)
	}
	line("}")
	for i, function := range all.Functions {
		var parameters, arguments []string
		for n, parameter := range function.Parameters {
			parameters = append(parameters, fmt.Sprintf("a%d %s", n, parameter.Type.spelled()))
			arguments = append(arguments, fmt.Sprintf("a%d", n))
		}
		call := fmt.Sprintf("C.%s(%s)", function.Name, strings.Join(arguments, ", "))
		if function.Returns.Kind != "void" {
			call = "return " + call
		}
		line("func F%d(%s) %s { %s }", i, strings.Join(parameters, ", "),
			function.Returns.spelled(), call)
	}
	return text.String()
}

// expected is what the program should print.
func (all abi) expected() string {
	var text strings.Builder
	line := func(values ...any) { fmt.Fprintln(&text, values...) }
	line("release", all.Release)
	line("layout", all.Layout)
	for _, one := range all.Structs {
		line(one.Name, one.Size, one.Align)
		for _, field := range one.Fields {
			line(one.Name+"."+field.Name, field.Offset, field.Size)
		}
	}
	for _, enum := range all.Enums {
		for _, value := range enum.Values {
			line(value.Name, value.Value)
		}
	}
	for _, constant := range all.Constants {
		if number, is := constant.Value.(float64); is {
			if number == 9223372036854775807 { // JSON's numbers are rounded here
				line(constant.Name, int64(9223372036854775807))
			} else {
				line(constant.Name, int64(number))
			}
			continue
		}
		line(constant.Name, constant.Value)
	}
	return text.String()
}

// goTool runs the go command, where there is one.
func goTool(t *testing.T, folder string, arguments ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("go")
	if err != nil {
		t.Skip("skipped: there is no go command to build with")
	}
	command := exec.Command(path, arguments...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off",
		"CGO_CFLAGS=-O0")
	said, err := command.CombinedOutput()
	return string(said), err
}

func TestABIAsCgoSeesIt(t *testing.T) {
	all := declared(t)
	folder := t.TempDir()
	for _, name := range []string{"zinc.c", "zinc.h"} {
		text, err := os.ReadFile(name)
		check(t, err)
		check(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}
	for name, text := range map[string]string{
		"go.mod": "module abi\n\ngo 1.19\n", "main.go": all.program(),
	} {
		check(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	if said, err := goTool(t, folder, "build", "-o", "abi", "."); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	said, err := exec.Command(filepath.Join(folder, "abi")).Output()
	check(t, err)
	seen, want := strings.Split(string(said), "\n"), strings.Split(all.expected(), "\n")
	if len(seen) != len(want) {
		t.Errorf("%d lines, not %d", len(seen), len(want))
	}
	for i := 0; i < len(seen) && i < len(want); i++ {
		if seen[i] != want[i] {
			t.Errorf("cgo sees %q, abi.json says %q", seen[i], want[i])
		}
	}
}
