# SPDX-License-Identifier: MIT
"""A peer without Zinc, which keeps a scenario's word or breaks it: what the runner is tried on.

    fake_peer.py LIE SCENARIO ROLE NAME

Its region is a plain file in ZINC_DIR: one page of its own, and the bytes behind it. In that page
byte 0 counts what *first* has told, byte 1 what *second* has, and a lock on the file says that
*first* lives. LIE is "honest", or a word that stands beside what it changes here.
"""
import ctypes
import fcntl
import mmap
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import time

HEAD = 4096
LIE, SCENARIO, ROLE, NAME = sys.argv[1:]
PATH = pathlib.Path(os.environ["ZINC_DIR"]) / f"zinc_{os.environ['ZINC_DOMAIN']}@{NAME}"
FIRST, SECOND = 0, 1


def say(line):
    print(line, flush=True)


class Region:
    def __init__(self, path, capacity=None):
        flags = os.O_RDWR | (os.O_CREAT | os.O_EXCL if capacity else 0)
        self.path, self.file = path, os.open(path, flags, 0o600)
        if capacity:
            os.ftruncate(self.file, HEAD + capacity)
        self.map = mmap.mmap(self.file, 0)
        self.bytes = memoryview(self.map)[HEAD:]
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.map, HEAD))

    def tell(self, who):
        self.map[who] += 1

    def wait(self, who, count):
        deadline = time.monotonic() + 10
        while self.map[who] < count:
            if time.monotonic() > deadline:
                raise SystemExit("peer (fake): nobody told anything")
            time.sleep(0.002)


def mapping(address):
    with open("/proc/self/maps") as maps:
        for line in maps:
            span, _, offset, device, inode = line.split()[:5]
            begin, end = (int(part, 16) for part in span.split("-"))
            if begin <= address < end:
                major, minor = (int(part, 16) for part in device.split(":"))
                return major << 32 | minor, int(inode), int(offset, 16) + address - begin


def frame(address):
    ctypes.string_at(address, 1)
    with open("/proc/self/pagemap", "rb", buffering=0) as pages:
        pages.seek(address // mmap.PAGESIZE * 8)
        return int.from_bytes(pages.read(8), "little") & (1 << 55) - 1


def prove(region):
    core = view = region.address
    shown = frame(core)
    if LIE == "copy":               # the user gets another address than the core's
        view = ctypes.addressof(ctypes.create_string_buffer(4096))
    if LIE == "other-memory":       # the whole of it is a copy: in another file
        shutil.copy(region.path, f"{region.path}.copy")
        core = view = Region(f"{region.path}.copy").address
        os.unlink(f"{region.path}.copy")
    if LIE == "other-part":
        core = view = region.address - HEAD
        shown = frame(core)
    if LIE == "other-frame":
        shown += 1
    if LIE == "no-view":
        view = 0
    if LIE == "no-frame":
        shown = 0
    if LIE == "no-address":
        core = view = 0
    words = [core, view, *(mapping(view or core) or (0, 0, 0)), shown]
    if LIE == "short-proof":
        words.pop()
    if LIE == "negative-proof":
        words[-1] = -1
    say("proof " + " ".join(map(str, words)))


def misbehave(moment):
    """Lies that any scenario has: LIE is the lie and the moment, as in hang-start."""
    if LIE == f"hang-{moment}":
        time.sleep(1000)
    if LIE == f"crash-{moment}":
        os.kill(os.getpid(), signal.SIGSEGV)
    if LIE == f"exit-{moment}":
        sys.exit("peer (fake): gave up")
    if LIE == f"extra-{moment}":
        say("by the way")
    if LIE == f"flood-{moment}":
        while True:
            sys.stdout.buffer.write(b"\xff" * 65536)
    if LIE == f"child-{moment}":
        subprocess.Popen(["sleep", "1000"])
    if LIE == f"noise-{moment}":
        print("warning: this run-time is experimental", file=sys.stderr, flush=True)


def created(stated, capacity=None):
    region = Region(PATH, capacity or len(stated))
    fcntl.flock(region.file, fcntl.LOCK_EX)
    region.bytes[:len(stated)] = stated
    if LIE == "wrong-bytes":
        region.bytes[len(stated) - 1] ^= 1
    prove(region)
    misbehave("middle")
    say("ready")
    return region


def opened():
    region = Region(PATH)
    prove(region)
    misbehave("middle")
    return region


def gone(region):
    if LIE != "leave":
        os.unlink(region.path)


def relay():
    stated = bytes((7 * i + 3) % 256 for i in range(4096))
    if ROLE == "first":
        region = created(stated)
        region.wait(SECOND, 1)
        gone(region)
    else:
        region = opened()
        if LIE != "wrong-bytes":
            region.bytes[:] = bytes(255 - byte for byte in stated)
        region.tell(SECOND)
    say("done")


def tensor():
    plus = 0.001 if LIE == "wrong-sum" else 0
    fields = struct.pack("<bBhHxxiIqQf?xxxd", -100, 200, -30000, 60000, -2000000000, 4000000000,
                         -9007199254740993, 18446744073709551557, 0.1, True, 0.1)
    answer = struct.pack("<bBhHxxiIqQf?xxxd", 99, 55, 29999, 5535, 1999999999, 294967295,
                         9007199254740992, 58, -0.1, LIE == "wrong-field", -0.1)
    if ROLE == "first":
        elements = struct.pack("<12288f", *(0.25 * k - 100 for k in range(12288)))
        region = created(elements + fields, 65536)
        region.wait(SECOND, 1)
    else:
        region = opened()
    elements = struct.unpack_from("<12288f", region.bytes)
    total = sum(elements)
    say(f"sum {int(total) if not plus else total + plus}")
    if ROLE == "second":
        struct.pack_into("<12288f", region.bytes, 0, *(element + 1 for element in elements))
        region.bytes[49152:49200] = answer
        region.tell(SECOND)
    else:
        gone(region)
    say("done")


def grow():
    size = 1048576
    if ROLE == "first":
        region = created(b"\1", size)
        region.wait(SECOND, 1)
        region.bytes[size - 1], region.bytes[0] = 77, 2
        region.tell(FIRST)
        region.wait(SECOND, 2)
        gone(region)
    else:
        region = opened()
        say("capacity 4096")
        region.bytes[2] = 1
        region.tell(SECOND)
        region.wait(FIRST, 1)
        say("capacity 4096" if LIE == "stale-capacity" else "capacity 1048576")
        region.bytes[size - 2], region.bytes[1] = 78, 3
        region.tell(SECOND)
    say("done")


def alive(region):
    try:
        fcntl.flock(region.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True


def death():
    if ROLE == "first":
        created(b"\x2a", 4096)
        if LIE == "leave-early":
            sys.exit(0)
        time.sleep(1000)
    region = opened()
    say("alive")
    while alive(region) and LIE != "dead-at-once":
        time.sleep(0.01)
    if LIE == "learn-late":
        time.sleep(1.4)
    if LIE == "lose-bytes":
        region.bytes[0] = 0
    say("dead")
    if LIE == "forget-gone":
        say("again")
    gone(region)
    say("gone")
    gone(Region(PATH, 8192))
    say("again")
    say("done")


misbehave("start")
{"relay": relay, "tensor": tensor, "grow": grow, "death": death}[SCENARIO]()
misbehave("end")
