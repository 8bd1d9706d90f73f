# SPDX-License-Identifier: MIT
"""The publisher of the scenario "file" (adapters/scenarios/file.md), in Python.

    publish.py FILE LANGUAGE=COMMAND...

Publishes FILE to one verifier a LANGUAGE, started by COMMAND with the scenario's three arguments
behind it, and prints what each of them proved. Ends with "demo: N languages, N verified, N failed"
and exit code 0 only if all were verified.
"""

import hashlib
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
            got = file.readinto(view[have:have + CHUNK])
            if not got:
                raise Failed(f"{path} became shorter while it was read")
            digest.update(view[have:have + got])
            have += got
            progress("reading the file into the region", have, size)
    return digest.digest()


class Verifier:
    """One process in one language, its answer region and its socket."""

    def __init__(self, language, command, data_name):
        self.language = language
        self.answer = zinc.SharedRegion.create(f"answer-{len(language)}-{os.urandom(4).hex()}",
                                               ANSWER_BYTES)
        mine, theirs = socket.socketpair()
        self.socket = mine
        self.process = subprocess.Popen(
            [*shlex.split(command), data_name, self.answer.name, str(theirs.fileno())],
            pass_fds=[theirs.fileno()])
        theirs.close()

    def wait_for(self, state):
        deadline = time.monotonic() + PATIENCE_S
        while read_answer(self.answer)["state"] < state:
            if self.process.poll() not in (None, 0) or time.monotonic() > deadline:
                raise Failed(f"the {self.language} verifier ended or hung before step {state}")
            self.answer.wait(200)
        return read_answer(self.answer)

    def send(self, view):
        """The same file through the socket; returns when the first byte was about to go."""
        began = time.monotonic_ns()
        try:
            self.socket.sendall(view)
        except OSError as error:
            raise Failed(f"the {self.language} verifier left the socket: {error}") from error
        return began

    def close(self):
        self.socket.close()
        if self.process.poll() is None:
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.answer.close()


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


def seconds(ns):
    return f"{ns / 1e3:10.1f} us" if ns < 10_000_000 else f"{ns / 1e6:10.1f} ms"


def report(language, answer, wrong, notified, sent):
    print(f"{language:<8} region ready {seconds(answer['ready'] - notified)}   "
          f"+ SHA-256 {seconds(answer['done'] - notified)}   "
          f"socket ready {seconds(answer['socket_ready'] - sent)}   "
          f"+ SHA-256 {seconds(answer['socket_done'] - sent)}")
    frame = f"frame {answer['frame']:#x}" if answer["frame"] else "frame not shown to this user"
    print(f"{'':<8} view {answer['address']:#x} = core {answer['core_address']:#x}; file "
          f"{answer['device'] >> 32:x}:{answer['device'] & 0xffffffff:x} inode {answer['inode']} "
          f"offset {answer['offset']:#x}; {frame}")
    print(f"{'':<8} sha256 {answer['sha256'].hex()} "
          + ("verified" if not wrong else "FAILED: " + ", ".join(wrong)), flush=True)


def run(path, commands):
    size = os.path.getsize(path)
    if size == 0:
        raise Failed(f"{path} is empty")
    print(f"publishing {path}, {size:,} bytes, from Python ({zinc.version()}), "
          f"process {os.getpid()}")
    verified = 0
    with zinc.SharedRegion.create("data", size) as data:
        digest = fill(data, path, size)
        view = data.as_numpy(np.uint8)
        own = (*verify.find_mapping(view.ctypes.data), verify.find_frame(view.ctypes.data))
        device, inode, offset, frame = own
        shown = f"frame {frame:#x}" if frame else "frame not shown to this user"
        print(f"         view {view.ctypes.data:#x}; file {device >> 32:x}:{device & 0xffffffff:x} "
              f"inode {inode} offset {offset:#x}; {shown}")
        print(f"         sha256 {digest.hex()}\n")
        private = bytes(view)  # what goes through the socket comes from memory of its own
        for language, command in commands:
            verifier = Verifier(language, command, data.name)
            try:
                verifier.wait_for(1)
                time.sleep(0.05)  # let it park: the wake-up from idle is part of the time
                notified = time.monotonic_ns()
                data.notify()
                verifier.wait_for(2)
                sent = verifier.send(private)
                answer = verifier.wait_for(3)
                wrong = check(answer, own, size, digest)
                report(language, answer, wrong, notified, sent)
                verified += not wrong
            except Failed as error:
                print(f"{language:<8} FAILED: {error}", flush=True)
            finally:
                verifier.close()
        del view
    return verified


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    path, commands = sys.argv[1], [argument.split("=", 1) for argument in sys.argv[2:]]
    try:
        verified = run(path, commands)
    except KeyboardInterrupt:
        print("\ndemo: interrupted", file=sys.stderr)
        return 130
    except (Failed, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        verified = 0
    failed = len(commands) - verified
    print(f"\ndemo: {len(commands)} languages, {verified} verified, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
