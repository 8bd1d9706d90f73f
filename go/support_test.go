// SPDX-License-Identifier: MIT

package zinc_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	zinc "github.com/zinc-shm/zinc/go"
)

// Tests need other processes: this program itself, started with a role.
const roleVariable = "ZINC_GO_TEST_ROLE"

var roles = map[string]func(arguments []string){}

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		roles[role](strings.Split(os.Getenv(roleVariable+"_ARGUMENTS"), "\n"))
		os.Exit(0)
	}
	domain := fmt.Sprintf("go-test-%d", os.Getpid())
	os.Setenv("ZINC_DOMAIN", domain)
	code := m.Run()
	left, _ := filepath.Glob("/dev/shm/zinc_" + domain + "@*")
	if len(left) != 0 {
		fmt.Println("left behind:", left)
		code = 1
	}
	os.Exit(code)
}

// A child is this program in a role; lines are what it says.
type child struct {
	*exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
	said  *strings.Builder // its standard error
}

func start(t *testing.T, role string, arguments ...string) *child {
	t.Helper()
	return startWith(t, nil, nil, role, arguments...)
}

func startWith(t *testing.T, files []*os.File, environment []string, role string,
	arguments ...string) *child {
	t.Helper()
	program, err := os.Executable()
	check(t, err)
	c := &child{Cmd: exec.Command(program), said: &strings.Builder{}}
	c.Env = append(os.Environ(), roleVariable+"="+role,
		roleVariable+"_ARGUMENTS="+strings.Join(arguments, "\n"))
	c.Env = append(c.Env, environment...)
	c.ExtraFiles = files
	c.Stderr = c.said
	c.in, err = c.StdinPipe()
	check(t, err)
	out, err := c.StdoutPipe()
	check(t, err)
	c.lines = bufio.NewScanner(out)
	check(t, c.Start())
	t.Cleanup(func() {
		if c.ProcessState == nil {
			c.Process.Kill()
			c.Wait()
		}
	})
	return c
}

// line gives the next line that the child says.
func (c *child) line(t *testing.T) string {
	t.Helper()
	if !c.lines.Scan() {
		t.Fatalf("the child ended: %v %s", c.Wait(), c.said)
	}
	return c.lines.Text()
}

// ends waits for the child, which must end well.
func (c *child) ends(t *testing.T) {
	t.Helper()
	c.in.Close()
	for c.lines.Scan() {
		t.Log(c.lines.Text())
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("the child failed: %v\n%s", err, c.said)
	}
}

func (c *child) kill() {
	c.Process.Kill()
	for c.lines.Scan() {
	}
	c.Wait()
}

func say(values ...any) { fmt.Println(values...) }

// must is for children.
func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func get[T any](value T, err error) T {
	must(err)
	return value
}

var names atomic.Int64

// fresh gives a name that nobody has.
func fresh(t *testing.T) string {
	letters := regexp.MustCompile("[^A-Za-z0-9]+").ReplaceAllString(t.Name(), "-")
	return fmt.Sprintf("%.60s-%d", letters, names.Add(1))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// closes ends a region with its test, and with it its name.
func closes(t *testing.T) func(*zinc.SharedRegion, error) *zinc.SharedRegion {
	return func(region *zinc.SharedRegion, err error) *zinc.SharedRegion {
		t.Helper()
		check(t, err)
		t.Cleanup(func() { region.Close() })
		return region
	}
}

func create(t *testing.T, capacity int, options ...zinc.Option) *zinc.SharedRegion {
	t.Helper()
	return closes(t)(zinc.Create(fresh(t), capacity, options...))
}

func open(t *testing.T, name string, options ...zinc.Option) *zinc.SharedRegion {
	t.Helper()
	return closes(t)(zinc.Open(name, options...))
}

// pair gives a region's creator and an opener.
func pair(t *testing.T, capacity int) (*zinc.SharedRegion, *zinc.SharedRegion) {
	t.Helper()
	creator := create(t, capacity)
	return creator, open(t, creator.Name())
}

// within runs something that must end in time; where it hangs is then shown.
func within(t *testing.T, limit time.Duration, what string, run func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		run()
	}()
	select {
	case <-done:
	case <-time.After(limit):
		stacks := make([]byte, 1<<20)
		t.Fatalf("%s took more than %v\n%s", what, limit,
			stacks[:runtime.Stack(stacks, true)])
	}
}

// eventually asks again and again for something that other threads or processes bring about.
func eventually(t *testing.T, what string, asStated func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !asStated(); {
		if time.Now().After(end) {
			t.Fatal("never: ", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func threads(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	check(t, err)
	return len(tasks)
}

// mapped says whether an address lies in a mapping of a file in the folder of the regions.
func mapped(t *testing.T, address uintptr) bool {
	t.Helper()
	text, err := os.ReadFile("/proc/self/maps")
	check(t, err)
	for _, line := range strings.Split(string(text), "\n") {
		var first, last uintptr
		fmt.Sscanf(line, "%x-%x", &first, &last)
		if first <= address && address < last {
			return strings.Contains(line, "/dev/shm/")
		}
	}
	return false
}

// connected gives two ends of a unix socket.
func connected() (*net.UnixConn, *net.UnixConn, error) {
	numbers, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	var ends [2]*net.UnixConn
	for i, number := range numbers {
		file := os.NewFile(uintptr(number), "socket")
		connection, err := net.FileConn(file)
		file.Close()
		if err != nil {
			return nil, nil, err
		}
		ends[i] = connection.(*net.UnixConn)
	}
	return ends[0], ends[1], nil
}

func addressOf(bytes []byte) uintptr { return uintptr(unsafe.Pointer(&bytes[0])) }
