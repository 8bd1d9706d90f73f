# SPDX-License-Identifier: MIT
"""The publisher of the scenario "file" (adapters/scenarios/file.md), in Python.

    publish.py [--json RESULT] FILE LANGUAGE=COMMAND...

Publishes FILE to one verifier a LANGUAGE, started by COMMAND with the scenario's three arguments
behind it, and prints one line for each: when the bytes were there, through the region and through
a socket, and what was proved. RESULT gets the same as JSON. The exit code is 0 if all were
verified, 1 if not, 130 after a signal, which it takes at any moment and leaves nothing behind.
"""

import argparse
import hashlib
import json
import os
import shlex
import signal
import socket
import struct
import subprocess
import sys
import time

import numpy as np

import verify
import zinc

PATIENCE_S = 120
ANSWER_BYTES = 4096
CHUNK = 8 << 20
FIELD_NAMES = ("state", "ready", "done", "socket_ready", "socket_done", "core_address", "address",
               "device", "inode", "offset", "frame", "length", "sha256", "socket_sha256")


class Failed(Exception):
    """A verifier did not do its part."""


class Interrupted(Exception):
    """A signal asked us to end."""


class Signals:
    """A signal only leaves word here; `check` raises where that is safe. An exception in the midst
    of starting a process would lose it."""

    came = False

    @classmethod
    def watch(cls):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, cls.leave_word)

    @classmethod
    def leave_word(cls, *_):
        cls.came = True

    @classmethod
    def check(cls):
        if cls.came:
            raise Interrupted


def read_answer(region):
    fields = struct.unpack_from("<12Q32s32s", region.as_buffer())
    return dict(zip(FIELD_NAMES, fields))


def progress(what, have, size):
    if sys.stderr.isatty():
        end = "\n" if have == size else ""
        print(f"\r  {what}: {have >> 20} of {size >> 20} MiB", end=end, file=sys.stderr, flush=True)


def fill(region, path, size):
    """Read the file straight into the region; returns its SHA-256."""
    view, digest, have = region.as_buffer(), hashlib.sha256(), 0
    with open(path, "rb", buffering=0) as file:
        while have < size:
            Signals.check()
            got = file.readinto(view[have:have + CHUNK])
            if not got:
                raise Failed(f"{path} became shorter while it was read")
            digest.update(view[have:have + got])
            have += got
            progress("reading the file into the region", have, size)
    return digest.digest()


class Verifier:
    """One process in one language, its answer region and its socket."""

    def __init__(self, command, data_name):
        self.answer = zinc.SharedRegion.create(f"answer-{os.urandom(4).hex()}", ANSWER_BYTES)
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(0.2)
        try:
            # A session of its own: a Ctrl-C is for us, and what it starts ends with it.
            self.process = subprocess.Popen(
                [*shlex.split(command), data_name, self.answer.name, str(theirs.fileno())],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
                start_new_session=True)
        except OSError:
            self.socket.close()
            self.answer.close()
            raise
        finally:
            theirs.close()

    def check(self, deadline):
        Signals.check()
        if self.process.poll() not in (None, 0):
            raise Failed(f"it ended with {self.process.returncode}")
        if time.monotonic() > deadline:
            raise Failed(f"it did nothing for {PATIENCE_S} s")

    def wait_for(self, state):
        deadline = time.monotonic() + PATIENCE_S
        while read_answer(self.answer)["state"] < state:
            if self.process.poll() == 0 and read_answer(self.answer)["state"] < state:
                raise Failed("it ended early")
            self.check(deadline)
            self.answer.wait(200)
        return read_answer(self.answer)

    def send(self, view):
        """The same file through the socket; returns when the first byte was about to go."""
        began, have = time.monotonic_ns(), 0
        deadline = time.monotonic() + PATIENCE_S
        while have < len(view):
            try:
                have += self.socket.send(view[have:])
            except socket.timeout:
                self.check(deadline)
            except OSError as error:
                raise Failed(f"it left the socket: {error}") from error
        return began

    def close(self, patience_s):
        """End it; returns whether it had ended well by itself."""
        self.socket.close()
        try:
            self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            pass
        well = self.process.returncode == 0
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.answer.close()
        return well


def check(answer, own, size, digest):
    """What is wrong with an answer, as a list of sentences."""
    wrong = []
    if answer["sha256"] != digest:
        wrong.append("another SHA-256 over the region")
    if answer["socket_sha256"] != digest:
        wrong.append("another SHA-256 over the socket's bytes")
    if answer["length"] != size:
        wrong.append("another length")
    if answer["address"] != answer["core_address"] or answer["address"] == 0:
        wrong.append("its view is a copy")
    if (answer["device"], answer["inode"], answer["offset"]) != own[:3]:
        wrong.append("its view is another file")
    if own[3] and answer["frame"] and answer["frame"] != own[3]:
        wrong.append("its view is other physical memory")
    return wrong


def verify_with(command, data, private, own, digest):
    """Run one verifier; answers what it did as a dictionary for the report."""
    verifier = Verifier(command, data.name)
    patience_s = 0
    try:
        verifier.wait_for(1)
        time.sleep(0.05)  # let it park: the wake-up from idle is part of the time
        notified = time.monotonic_ns()
        data.notify()
        verifier.wait_for(2)
        sent = verifier.send(private)
        answer = verifier.wait_for(3)
        patience_s = 5
    finally:
        well = verifier.close(patience_s)
    wrong = check(answer, own, data.capacity, digest)
    if not well:
        wrong.append("it did not end by itself, with 0")
    return {
        "region_ready_ns": answer["ready"] - notified, "region_done_ns": answer["done"] - notified,
        "socket_ready_ns": answer["socket_ready"] - sent,
        "socket_done_ns": answer["socket_done"] - sent,
        "address": answer["address"], "core_address": answer["core_address"],
        "frame": answer["frame"], "wrong": ", ".join(wrong)}


def shown_time(ns):
    return f"{ns / 1e3:.0f} us" if ns < 10_000_000 else f"{ns / 1e6:.1f} ms"


def line(language, row):
    if "address" not in row:
        return f"{language:<9}FAILED: {row['wrong']}"
    times = [shown_time(row[name]) for name in (
        "region_ready_ns", "region_done_ns", "socket_ready_ns", "socket_done_ns")]
    proof = f"view = core at {row['address']:#x}, " + (
        f"same frame {row['frame']:#x}" if row["frame"] else "same file (no frame shown to it)")
    return (f"{language:<9}{times[0]:>9}{times[1]:>11}{times[2]:>13}{times[3]:>11}   "
            + (f"FAILED: {row['wrong']}" if row["wrong"] else f"verified: {proof}"))


def run(path, commands):
    """Publish to each verifier in turn; answers what each did."""
    size = os.path.getsize(path)
    if size == 0:
        raise Failed(f"{path} is empty")
    print(f"publishing {path}, {size:,} bytes, from Python ({zinc.version()}), "
          f"process {os.getpid()}")
    rows = {}
    with zinc.SharedRegion.create("data", size) as data:
        digest = fill(data, path, size)
        view = data.as_numpy(np.uint8)
        own = (*verify.find_mapping(view.ctypes.data), verify.find_frame(view.ctypes.data))
        device, inode, offset, frame = own
        print(f"  at {view.ctypes.data:#x}; file {device >> 32:x}:{device & 0xffffffff:x} inode "
              f"{inode} offset {offset:#x}; "
              + (f"frame {frame:#x}" if frame else "frame not shown to this user")
              + f"\n  SHA-256 {digest.hex()}\n\n"
              f"{'':<9}{'region':>9}{'+SHA-256':>11}{'socket':>13}{'+SHA-256':>11}   proof",
              flush=True)
        private = bytes(view)  # what goes through the socket comes from memory of its own
        for language, command in commands:
            try:
                rows[language] = verify_with(command, data, memoryview(private), own, digest)
            except (Failed, OSError) as error:
                rows[language] = {"wrong": str(error)}
            print(line(language, rows[language]), flush=True)
        del view
    return {"bytes": size, "languages": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json")
    parser.add_argument("file")
    parser.add_argument("commands", nargs="+", metavar="LANGUAGE=COMMAND")
    options = parser.parse_args()
    Signals.watch()
    try:
        result = run(options.file, [command.split("=", 1) for command in options.commands])
    except Interrupted:
        return 130
    except (Failed, OSError) as error:
        print(f"publish: {error}", file=sys.stderr)
        return 1
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=1)
    return 1 if any(row["wrong"] for row in result["languages"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
