// SPDX-License-Identifier: MIT

package zinc_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	zinc "github.com/zinc-shm/zinc/go"
)

func TestErrorsAreGosOwn(t *testing.T) {
	for status, words := range map[zinc.Status][]error{
		zinc.ErrClosed:       {fs.ErrClosed, syscall.EPIPE},
		zinc.ErrNotFound:     {fs.ErrNotExist, syscall.ENOENT},
		zinc.ErrExists:       {fs.ErrExist, syscall.EEXIST},
		zinc.ErrPermission:   {fs.ErrPermission, syscall.EPERM},
		zinc.ErrAccess:       {fs.ErrPermission, syscall.EACCES},
		zinc.ErrInvalid:      {fs.ErrInvalid, syscall.EINVAL},
		zinc.ErrNameTooLong:  {fs.ErrInvalid, syscall.ENAMETOOLONG},
		zinc.ErrNoSpace:      {syscall.ENOSPC},
		zinc.ErrTimedOut:     {os.ErrDeadlineExceeded, syscall.ETIMEDOUT},
		zinc.ErrNotSupported: {syscall.ENOTSUP},
	} {
		whole := fmt.Errorf("outside: %w", &zinc.Error{Op: "open", Region: "x", Status: status,
			Message: "what happened"})
		for _, err := range []error{status, whole} {
			for _, word := range append(words, status) {
				if !errors.Is(err, word) {
					t.Errorf("%v is not %v", err, word)
				}
			}
			for _, other := range []error{context.Canceled, zinc.ErrGone, syscall.EXDEV} {
				if errors.Is(err, other) {
					t.Errorf("%v is %v", err, other)
				}
			}
		}
		var failed *zinc.Error
		if !errors.As(whole, &failed) || failed.Status != status ||
			!strings.Contains(whole.Error(), "what happened") {
			t.Errorf("%v", whole)
		}
		var errno syscall.Errno
		if !errors.As(whole, &errno) || errno != status.Errno() {
			t.Errorf("%v has the errno %v", whole, errno)
		}
	}
	for _, err := range []error{zinc.ErrTimedOut, &zinc.Error{Status: zinc.ErrTimedOut}} {
		if !os.IsTimeout(err) {
			t.Errorf("%v is no timeout", err)
		}
	}
	for _, status := range []zinc.Status{zinc.ErrForked, zinc.ErrPeerDead, zinc.ErrGone} {
		if status.Errno() != 0 || errors.Unwrap(status) != nil {
			t.Errorf("%v has an errno", status)
		}
	}
}

func TestStatusesThatAreNotInTheList(t *testing.T) {
	odd := zinc.Status(-18) // EXDEV
	if !errors.Is(odd, syscall.EXDEV) || odd.Name() != "ZINC_E_?" || odd.Error() == "" ||
		odd.Cause() != "" || odd.Remedy() != "" {
		t.Fatal(odd, odd.Name())
	}
}

func TestEveryErrorSaysCauseAndRemedy(t *testing.T) {
	_, err := zinc.Open(fresh(t))
	status := statusOf(err)
	if status.Name() != "ZINC_E_NOENT" || status.Cause() == "" || status.Remedy() == "" {
		t.Fatal(status.Name(), status.Cause(), status.Remedy())
	}
	if text := (&zinc.Error{Op: "x", Status: zinc.ErrGone}).Error(); !strings.Contains(text,
		"truncated") {
		t.Fatal(text)
	}
}

func TestATruncatedFile(t *testing.T) {
	region := create(t, 1<<20)
	path := "/dev/shm/zinc_" + os.Getenv("ZINC_DOMAIN") + "@" + region.Name()
	check(t, os.Truncate(path, 100))
	if !info(t, region).Gone {
		t.Fatal("Info does not say that the file is gone")
	}
	if _, err := zinc.Open(region.Name()); statusOf(err) != zinc.ErrCorrupt &&
		statusOf(err) != zinc.ErrLayout && statusOf(err) != zinc.ErrGone {
		t.Fatal(err)
	}
}
