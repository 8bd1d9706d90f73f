// SPDX-License-Identifier: MIT

// The verifier of the scenario "file" (adapters/scenarios/file.md), in Go.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	zinc "github.com/zinc-shm/zinc/go"
	"github.com/zinc-shm/zinc/go/examples/proof"
)

const patience = 120 * time.Second

// answer is what the publisher reads, field by field.
type answer struct {
	state         uint64
	readyNS       uint64
	doneNS        uint64
	socketReadyNS uint64
	socketDoneNS  uint64
	coreAddress   uint64
	viewAddress   uint64
	device        uint64
	inode         uint64
	offset        uint64
	frame         uint64
	length        uint64
	sha256        [32]byte
	socketSHA256  [32]byte
}

func verify(dataName, answerName, socketNumber string) error {
	// [section:open]
	data, err := zinc.Open(dataName)
	if err != nil {
		return err
	}
	defer data.Close()
	view := data.Bytes()
	// [end:open]
	reply, err := zinc.Open(answerName)
	if err != nil {
		return err
	}
	defer reply.Close()
	answers, err := zinc.NewArray[answer](reply, 0, 1)
	if err != nil {
		return err
	}
	out := &answers.Slice()[0]
	// A fresh handle sees the last notification: that one is not ours.
	if _, err := data.TryWait(); err != nil {
		return err
	}
	out.state = 1
	if err := reply.Notify(); err != nil {
		return err
	}

	// [section:wait]
	told, err := data.WaitTimeout(patience)
	if err != nil {
		return err
	}
	if !told {
		return fmt.Errorf("no notification came within %v", patience)
	}
	// [end:wait]
	out.readyNS = now()
	out.sha256 = sha256.Sum256(view)
	out.doneNS = now()
	out.coreAddress = uint64(data.Address())
	out.viewAddress = proof.AddressOf(view)
	out.length = uint64(len(view))
	found := proof.Find(out.viewAddress)
	out.device, out.inode, out.offset = found.Device, found.Inode, found.Offset
	out.frame = proof.Frame(out.viewAddress)
	out.state = 2
	if err := reply.Notify(); err != nil {
		return err
	}

	number, err := strconv.Atoi(socketNumber)
	if err != nil {
		return err
	}
	socket := os.NewFile(uintptr(number), "socket")
	own := make([]byte, len(view))
	if _, err := io.ReadFull(socket, own); err != nil {
		return fmt.Errorf("the socket ended early: %w", err)
	}
	out.socketReadyNS = now()
	out.socketSHA256 = sha256.Sum256(own)
	out.socketDoneNS = now()
	out.state = 3
	return reply.Notify()
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: verify DATA ANSWER SOCKET")
		os.Exit(1)
	}
	if err := verify(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "verify (Go):", err)
		os.Exit(1)
	}
}
