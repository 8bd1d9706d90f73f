# SPDX-License-Identifier: MIT
"""Runs one scenario of adapters/scenarios/ with two peers, and judges what they did.

The judge takes nobody's word: the lines it expects, the sums in them and the bytes of the region
are computed here from the scenario's formulas, and the region's file is looked at from outside,
before *second* starts and when both have ended.
"""
import dataclasses
import mmap
import os
import pathlib
import queue
import signal
import struct
import subprocess
import threading
import time

DIRECTORY = pathlib.Path(os.environ.get("ZINC_DIR") or "/dev/shm")
START_S = 30   # from the start of a process to its first line: some run-times are slow to come up
LINE_S = 15    # to each further line; a peer's own waits take at most 10 s
END_S = 10     # from the last line to the end of the process
DEATH_S = 2    # from the kill to the line that says it was learned
PAGE = os.sysconf("SC_PAGESIZE")


class Wrong(Exception):
    """Something is not as the scenario states."""


class Stopped(Exception):
    """The whole run was interrupted."""


@dataclasses.dataclass(frozen=True)
class Side:
    """What plays a role: a language's title, its command, and whether it must have a view."""

    title: str
    command: tuple
    view: bool = True


@dataclasses.dataclass
class Verdict:
    scenario: str
    wrong: str = ""         # one sentence, "" where all was as stated
    seconds: float = 0.0
    frames: bool = False    # both sides showed the physical frame
    views: bool = False     # both sides have a view
    learned_s: float = 0.0  # death: from the kill to the line "dead"
    output: str = ""        # what both wrote, where something is wrong


# ---- Processes ---------------------------------------------------------------------------------

RUNNING = set()
GUARD = threading.Lock()
STOP = threading.Event()


def stop():
    """End every peer, now and in future: for interrupts."""
    with GUARD:
        STOP.set()
        for peer in RUNNING:
            peer.kill()


class Peer:
    """One process of one side; its lines go to the queue of its run."""

    def __init__(self, role, side, events, arguments, env, folder):
        self.role, self.side, self.events = role, side, events
        self.lines, self.errors, self.said = [], "", []
        self.ended = self.killed = False
        self.code = None
        self.proof = None
        with GUARD:
            if STOP.is_set():
                raise Stopped
            self.process = subprocess.Popen(
                [*side.command, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, env=env, cwd=folder, start_new_session=True)
            RUNNING.add(self)
        self.started = time.monotonic()
        self.readers = [threading.Thread(target=self.read_lines, daemon=True),
                        threading.Thread(target=self.read_errors, daemon=True)]
        for reader in self.readers:
            reader.start()

    def __str__(self):
        return f"{self.role} ({self.side.title})"

    def read_lines(self):
        while line := self.process.stdout.readline(4096):
            text = line.decode(errors="replace").removesuffix("\n")
            self.said.append(text)
            self.events.put((self, text, time.monotonic()))
        # Not reaped yet: while it is a zombie its number, and that of its group, is nobody else's.
        os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
        self.events.put((self, None, time.monotonic()))

    def read_errors(self):
        while chunk := self.process.stderr.read1(4096):
            self.errors = (self.errors + chunk.decode(errors="replace"))[-20000:]

    def kill(self):
        """End it and whatever it has started."""
        self.killed = True
        if self.process.returncode is None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def close(self):
        killed = self.killed
        self.kill()  # also what an ended process has left behind in its group
        self.killed = killed or not self.ended
        for reader in self.readers:
            reader.join(5)
        with GUARD:
            RUNNING.discard(self)
            self.code = self.process.wait()
        for reader, stream in zip(self.readers, (self.process.stdout, self.process.stderr)):
            if not reader.is_alive():  # else a process that left the group still has the other end
                stream.close()

    def story(self):
        how = ("ended by the runner" if self.killed else f"exit code {self.code}"
               if self.code >= 0 else f"ended by signal {-self.code}")
        rows = [f"{self}, {how}: {' '.join(self.side.command)}"]
        rows += [f"  | {line[:200]}" for line in self.said[:40]]
        rows += [f"  ! {line[:300]}" for line in self.errors.splitlines()[-40:]]
        return "\n".join(rows)


# ---- The region's file, seen from outside ------------------------------------------------------


def own_mapping(inode):
    """(device, address, file offset) of this process's own mapping of a file."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            span, _, offset, device, found = line.split()[:5]
            if int(found) == inode:
                major, minor = (int(part, 16) for part in device.split(":"))
                return major << 32 | minor, int(span.split("-")[0], 16), int(offset, 16)
    raise Wrong("the runner's own mapping of the region is not in /proc/self/maps")


def frame_at(address):
    """The physical frame of a page of this process, 0 where that is not shown."""
    try:
        with open("/proc/self/pagemap", "rb", buffering=0) as pages:
            pages.seek(address // PAGE * 8)
            entry = int.from_bytes(pages.read(8), "little")
    except OSError:
        return 0
    return entry & (1 << 55) - 1 if entry >> 63 else 0


class File:
    """The region's file: opened once, so that its bytes can be read when its name has gone."""

    def __init__(self, path):
        try:
            self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Wrong(f"there is no region's file {path}: {error.strerror}") from error
        self.inode = os.fstat(self.descriptor).st_ino
        self.map = mmap.mmap(self.descriptor, 0, mmap.MAP_SHARED, mmap.PROT_READ)
        self.device, self.address, _ = own_mapping(self.inode)

    def frame(self, offset):
        if offset >= len(self.map):
            return 0
        self.map[offset]  # a page that was not touched has no frame in the table
        return frame_at(self.address + offset)

    def expect(self, offset, stated, when):
        found = os.pread(self.descriptor, len(stated), offset)
        if found != stated:
            at = next((i for i, (one, other) in enumerate(zip(found, stated)) if one != other),
                      len(found))
            raise Wrong(f"{when} byte {at} of the region is "
                        f"{found[at] if at < len(found) else 'missing'}, not {stated[at]}")

    def close(self):
        self.map.close()
        os.close(self.descriptor)


# ---- One run -----------------------------------------------------------------------------------


class Run:
    """Both peers of one scenario, each expectation a method that raises Wrong."""

    def __init__(self, scenario, first, second, domain, folder):
        self.scenario, self.sides = scenario, {"first": first, "second": second}
        self.domain, self.folder, self.name = domain, folder, f"{scenario}-peers"
        self.events = queue.SimpleQueue()
        self.peers, self.file = [], None
        self.frames = True
        self.learned_s = 0.0
        self.env = {**os.environ, "ZINC_DOMAIN": domain, "ZINC_DEBUG_LEAKS": "1"}

    def start(self, role):
        peer = Peer(role, self.sides[role], self.events, [self.scenario, role, self.name],
                    self.env, self.folder)
        self.peers.append(peer)
        return peer

    def take(self, deadline, waiting_for):
        """The next event of either process; a bad end is found at once, whoever is waited for."""
        try:
            peer, text, when = self.events.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            raise Wrong(waiting_for()) from None
        if STOP.is_set():
            raise Stopped
        if text is None:
            peer.ended = True
            code = os.waitid(os.P_PID, peer.process.pid, os.WEXITED | os.WNOWAIT)
            if not peer.killed and (code.si_code != os.CLD_EXITED or code.si_status != 0):
                how = (f"exit code {code.si_status}" if code.si_code == os.CLD_EXITED
                       else f"signal {code.si_status}")
                raise Wrong(f"{peer} ended with {how}")
        else:
            peer.lines.append((text, when))
        return peer

    def line(self, peer, stated):
        """The next line of a process, as (text, when it came)."""
        limit = LINE_S if peer.said else START_S
        deadline = time.monotonic() + limit
        while not peer.lines:
            if peer.ended:
                raise Wrong(f"{peer} ended where {stated!r} was expected")
            self.take(deadline,
                      lambda: f"{peer} did not write {stated!r} within {limit} s")
        return peer.lines.pop(0)

    def expect(self, peer, stated):
        text, when = self.line(peer, stated)
        if text != stated:
            raise Wrong(f"{peer} wrote {text[:200]!r} where {stated!r} was expected")
        return when

    def proof(self, peer):
        """The line that says which memory it works on; *first* has created the region by then."""
        text, _ = self.line(peer, "proof ...")
        words = text.split(" ")
        if len(words) != 7 or words[0] != "proof" or not all(
                word.isascii() and word.isdigit() for word in words[1:]):
            raise Wrong(f"{peer} wrote {text[:200]!r} where a line of proof was expected")
        core, view, device, inode, offset, frame = peer.proof = [int(word) for word in words[1:]]
        if self.file is None:
            self.file = File(DIRECTORY / f"zinc_{self.domain}@{self.name}")
        if core == 0:
            raise Wrong(f"{peer} says that the core gave it no address")
        if view != core and (view != 0 or peer.side.view):
            raise Wrong(f"{peer} works on a copy: its view is at {view:#x}, "
                        f"the core's bytes are at {core:#x}")
        if (device, inode) != (self.file.device, self.file.inode):
            raise Wrong(f"{peer} works on other memory: its view is device {device} inode {inode}, "
                        f"the region is device {self.file.device} inode {self.file.inode}")
        if offset != self.peers[0].proof[4]:
            raise Wrong(f"{peer} works on another part of the file: its view is at {offset}, "
                        f"that of first at {self.peers[0].proof[4]}")
        own = self.file.frame(offset)
        if frame and own and frame != own:
            raise Wrong(f"{peer} works on other physical memory: frame {frame}, not {own}")
        self.frames = self.frames and frame != 0 and own != 0

    def bytes(self, stated, when, offset=0):
        self.file.expect(self.peers[0].proof[4] + offset, stated, when)

    def ready(self, stated):
        """Start *first*, until the region is as stated and it says so."""
        first = self.start("first")
        self.proof(first)
        self.expect(first, "ready")
        self.bytes(stated, "when first was ready")
        second = self.start("second")
        self.proof(second)
        return first, second

    def end(self, *peers):
        """Nothing more is written, and the processes end with 0 by themselves."""
        for peer in peers:
            deadline = time.monotonic() + END_S
            while not peer.ended:
                self.take(deadline, lambda: f"{peer} did not end within {END_S} s after its "
                                            "last line")
            if peer.lines:
                raise Wrong(f"{peer} wrote {peer.lines[0][0][:200]!r} behind its last line")
        for peer in peers:
            peer.readers[1].join(5)
            if peer.errors and not peer.killed:
                raise Wrong(f"{peer} wrote to standard error although all was as stated")

    def left(self):
        """What the run has left in the directory of regions; removed here."""
        found = sorted(DIRECTORY.glob(f"*{self.domain}*"))
        for path in found:
            path.unlink(missing_ok=True)
        return ", ".join(path.name for path in found)

    def close(self):
        for peer in self.peers:
            peer.close()
        if self.file is not None:
            self.file.close()


# ---- The scenarios -----------------------------------------------------------------------------

RELAY = bytes((7 * i + 3) % 256 for i in range(4096))


def relay(run):
    first, second = run.ready(RELAY)
    run.expect(second, "done")
    run.expect(first, "done")
    run.end(first, second)
    run.bytes(bytes(255 - byte for byte in RELAY), "at the end")


ELEMENTS = [0.25 * k - 100 for k in range(4 * 3 * 32 * 32)]
RECORD = (-100, 200, -30000, 60000, -2000000000, 4000000000, -9007199254740993,
          18446744073709551557, 0.1, True, 0.1)
INTEGERS = [(signed, bits) for bits in (8, 16, 32, 64) for signed in (True, False)]
ANSWER = (*(~value if signed else (1 << bits) - 1 - value
            for value, (signed, bits) in zip(RECORD, INTEGERS)), -0.1, False, -0.1)


def tensor_bytes(elements, record):
    fields = struct.pack("<bBhHxxiIqQf?xxxd", *record)
    return struct.pack(f"<{len(elements)}f", *elements) + fields + bytes(65536 - 49152 - 48)


def tensor(run):
    first, second = run.ready(tensor_bytes(ELEMENTS, RECORD))
    run.expect(second, f"sum {int(sum(ELEMENTS))}")
    run.expect(second, "done")
    run.expect(first, f"sum {int(sum(element + 1 for element in ELEMENTS))}")
    run.expect(first, "done")
    run.end(first, second)
    run.bytes(tensor_bytes([element + 1 for element in ELEMENTS], ANSWER), "at the end")


def grow(run):
    first, second = run.ready(b"\1" + bytes(4095))
    run.expect(second, "capacity 4096")
    run.expect(second, "capacity 1048576")
    run.expect(second, "done")
    run.expect(first, "done")
    run.end(first, second)
    run.bytes(b"\2\3\1" + bytes(1048576 - 5) + b"\x4e\x4d", "at the end")


def death(run):
    stated = b"\x2a" + bytes(4095)
    first, second = run.ready(stated)
    run.expect(second, "alive")
    if first.ended or first.lines:
        raise Wrong(f"{first} did not wait to be killed")
    killed = time.monotonic()
    first.kill()
    run.learned_s = run.expect(second, "dead") - killed
    run.bytes(stated, "after the kill")
    if run.learned_s > DEATH_S:
        raise Wrong(f"{second} learned of the death after {run.learned_s:.1f} s, "
                    f"not within {DEATH_S} s")
    for line in ("gone", "again", "done"):
        run.expect(second, line)
    run.end(first, second)


SCENARIOS = {"relay": relay, "tensor": tensor, "grow": grow, "death": death}


def play(scenario, first, second, domain, folder):
    """Run one scenario; answers a Verdict. Raises Stopped at an interrupt."""
    verdict = Verdict(scenario)
    began = time.monotonic()
    run = Run(scenario, first, second, domain, folder)
    try:
        SCENARIOS[scenario](run)
        verdict.frames, verdict.learned_s = run.frames, run.learned_s
        verdict.views = all(peer.proof[1] != 0 for peer in run.peers)
    except Wrong as wrong:
        verdict.wrong = str(wrong)
    except OSError as error:
        verdict.wrong = f"{error.strerror}: {error.filename}" if error.filename else str(error)
    finally:
        run.close()
        left = run.left()
    if STOP.is_set():
        raise Stopped
    if left and not verdict.wrong:
        verdict.wrong = f"left in {DIRECTORY}: {left}"
    if verdict.wrong:
        verdict.output = "\n".join(peer.story() for peer in run.peers)
    verdict.seconds = time.monotonic() - began
    return verdict
