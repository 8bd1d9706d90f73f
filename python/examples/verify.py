# SPDX-License-Identifier: MIT
"""The verifier of the scenario "file" (adapters/scenarios/file.md), in Python."""

import hashlib
import os
import struct
import sys
import time

import numpy as np

import zinc

PATIENCE_MS = 120_000


def find_mapping(address):
    """Which file is mapped at an address, and where in it: device, inode, offset."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            span, _, offset, device, inode = line.split()[:5]
            first, last = (int(end, 16) for end in span.split("-"))
            if first <= address < last:
                major, minor = (int(part, 16) for part in device.split(":"))
                return major << 32 | minor, int(inode), int(offset, 16) + address - first
    return 0, 0, 0


def find_frame(address):
    """The physical frame that holds an address, or 0 where that is not shown to us."""
    try:
        with open("/proc/self/pagemap", "rb") as pages:
            pages.seek(address // os.sysconf("SC_PAGESIZE") * 8)
            entry = pages.read(8)
    except OSError:
        return 0
    return int.from_bytes(entry, "little") & (1 << 55) - 1 if len(entry) == 8 else 0


def main():
    data_name, answer_name, socket_number = sys.argv[1:]
    # [section:open]
    data = zinc.SharedRegion.open(data_name)
    view = data.as_numpy(np.uint8)
    # [end:open]
    reply = zinc.SharedRegion.open(answer_name)
    answer = reply.as_buffer()

    def tell(state, *fields):
        answer[8:8 + 8 * len(fields)] = struct.pack(f"<{len(fields)}Q", *fields)
        answer[0:8] = struct.pack("<Q", state)
        reply.notify()

    data.try_wait()  # a fresh handle sees the last notification: that one is not ours
    tell(1)
    # [section:wait]
    if not data.wait(PATIENCE_MS):
        raise SystemExit("verify (Python): no notification came")
    # [end:wait]
    ready = time.monotonic_ns()
    answer[96:128] = hashlib.sha256(view).digest()
    done = time.monotonic_ns()
    address = view.ctypes.data
    proof = [data.address, address, *find_mapping(address), find_frame(address), view.nbytes]
    tell(2, ready, done, 0, 0, *proof)

    copy = bytearray(data.capacity)
    have, into = 0, memoryview(copy)
    with open(int(socket_number), "rb", buffering=0) as stream:
        while have < len(copy):
            got = stream.readinto(into[have:])
            if not got:
                raise SystemExit("verify (Python): the socket ended early")
            have += got
    socket_ready = time.monotonic_ns()
    answer[128:160] = hashlib.sha256(copy).digest()
    tell(3, ready, done, socket_ready, time.monotonic_ns(), *proof)
    del view, answer
    reply.close()
    data.close()


if __name__ == "__main__":
    main()
