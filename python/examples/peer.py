# SPDX-License-Identifier: MIT
"""The program `peer` of adapters/scenarios/README.md, in Python: one side of one scenario."""

import sys
import time

import numpy as np

import zinc
from verify import find_frame, find_mapping

PATIENCE_S = 10


class NotAsStated(Exception):
    """The other side, or the library, did something else than the scenario says."""


def expect(as_stated, what):
    if not as_stated:
        raise NotAsStated(what)


def say(line):
    print(line, flush=True)     # the other side is started, or killed, by what it reads here


def wait_for_notification(region):
    expect(region.wait(PATIENCE_S * 1000), "no notification came")


def notify_and_take(region):
    """A handle sees its own notification, too: so that the next wait is for the other side's."""
    region.notify()
    expect(region.try_wait(), "a handle does not see its own notification")


def wait_for_byte(region, view, index, value):
    """Waits, again and again, until another process has stored a value in a byte."""
    while view[index] != value:
        wait_for_notification(region)


def prove(region):
    view = region.as_numpy(np.uint8)
    address = view.ctypes.data
    view[0].item()      # a page that this process has not touched has no frame in its table
    say(" ".join(map(str, ["proof", region.address, address, *find_mapping(address),
                           find_frame(address)])))


# ---- relay --------------------------------------------------------------------------------------

RELAY = bytes((7 * i + 3) % 256 for i in range(4096))
ANSWER = bytes(255 - byte for byte in RELAY)


def relay_first(name):
    with zinc.SharedRegion.create(name, len(RELAY)) as region:
        view = region.as_buffer()
        view[:] = RELAY
        notify_and_take(region)
        prove(region)
        say("ready")
        wait_for_notification(region)
        expect(view == ANSWER, "a byte of the answer is not as stated")


def relay_second(name):
    with zinc.SharedRegion.open(name) as region:
        prove(region)
        wait_for_notification(region)   # a fresh handle sees the last notification
        view = region.as_numpy(np.uint8)
        expect(view.tobytes() == RELAY, "a byte is not as stated")
        np.subtract(255, view, out=view)
        region.notify()


# ---- tensor -------------------------------------------------------------------------------------

SHAPE = (4, 3, 32, 32)
RECORD_OFFSET = 49152
RECORD = np.dtype([("i8", "i1"), ("u8", "u1"), ("i16", "<i2"), ("u16", "<u2"), ("gap", "V2"),
                   ("i32", "<i4"), ("u32", "<u4"), ("i64", "<i8"), ("u64", "<u8"),
                   ("f32", "<f4"), ("yes", "?"), ("end", "V3"), ("f64", "<f8")])
STATED = np.zeros(1, RECORD)
STATED[0] = (-100, 200, -30000, 60000, bytes(2), -2000000000, 4000000000, -9007199254740993,
             18446744073709551557, 0.1, True, bytes(3), 0.1)


def turned(record):
    """Integers complemented, the bool 0, the floats negative."""
    answer = record.copy()
    for field in ("i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64"):
        answer[field] = ~record[field]
    for field in ("f32", "f64"):
        answer[field] = -record[field]
    answer["yes"] = False
    return answer


def say_sum(elements):
    total = elements.sum(dtype=np.float64)
    expect(total == int(total), "the sum is no whole number")
    say(f"sum {int(total)}")


def tensor_first(name):
    with zinc.SharedRegion.create(name, 65536) as region:
        elements = region.as_numpy(np.float32, shape=SHAPE)
        record = region.as_numpy(RECORD, shape=1, offset=RECORD_OFFSET)
        elements[:] = (0.25 * np.arange(elements.size) - 100).reshape(SHAPE)
        record[:] = STATED
        notify_and_take(region)
        prove(region)
        say("ready")
        wait_for_notification(region)
        say_sum(elements)
        expect(record.tobytes() == turned(STATED).tobytes(), "the record is not as stated")


def tensor_second(name):
    with zinc.SharedRegion.open(name) as region:
        elements = region.as_numpy(np.float32, shape=SHAPE)
        record = region.as_numpy(RECORD, shape=1, offset=RECORD_OFFSET)
        prove(region)
        wait_for_notification(region)
        say_sum(elements)
        expect(record.tobytes() == STATED.tobytes(), "the record is not as stated")
        elements += 1
        record[:] = turned(record)
        region.notify()


# ---- grow ---------------------------------------------------------------------------------------

GROW_FROM, GROW_TO = 4096, 1048576


def grow_first(name):
    with zinc.SharedRegion.create(name, GROW_FROM, max_capacity=GROW_TO) as region:
        view = region.as_buffer()
        view[0] = 1
        prove(region)
        say("ready")
        wait_for_byte(region, view, 2, 1)
        region.grow(GROW_TO)
        whole = region.as_buffer()
        whole[GROW_TO - 1] = 77
        whole[0] = 2
        region.notify()
        wait_for_byte(region, whole, 1, 3)
        expect(whole[GROW_TO - 2] == 78, "the last byte but one is not 78")


def grow_second(name):
    with zinc.SharedRegion.open(name) as region:
        before = region.as_buffer()
        prove(region)
        say(f"capacity {region.capacity}")
        before[2] = 1
        region.notify()
        wait_for_byte(region, before, 0, 2)
        whole = region.as_buffer()
        expect(len(whole) == GROW_TO, "the view is not of the whole")
        say(f"capacity {region.capacity}")
        expect(whole[GROW_TO - 1] == 77, "the last byte is not 77")
        whole[GROW_TO - 2] = 78
        before[1] = 3                   # the view made before the growth stays valid
        region.notify()


# ---- death --------------------------------------------------------------------------------------


def death_first(name):
    with zinc.SharedRegion.create(name, 4096) as region:
        region.as_buffer()[0] = 42
        region.notify()
        prove(region)
        say("ready")
        while True:
            wait_for_notification(region)


def death_second(name):
    with zinc.SharedRegion.open(name) as region:
        view = region.as_buffer()
        prove(region)
        wait_for_notification(region)
        expect(view[0] == 42, "byte 0 is not 42")
        expect(region.info.creator_alive, "the creator counts as dead while it lives")
        say("alive")
        deadline = time.monotonic() + PATIENCE_S
        while region.info.creator_alive:
            expect(time.monotonic() < deadline, "the creator counts as alive too long")
            region.wait(50)
        expect(view[0] == 42, "byte 0 is not 42 any more")
        say("dead")
    # The last participant has left: the name is gone.
    try:
        zinc.SharedRegion.open(name)
        raise NotAsStated("the name is still there")
    except FileNotFoundError:
        say("gone")
    with zinc.SharedRegion.create(name, 8192) as region:
        expect(bytes(region.as_buffer()) == bytes(8192), "the new region is not 8192 zeros")
        say("again")


def main():
    parts = {part.__name__: part for part in (
        relay_first, relay_second, tensor_first, tensor_second, grow_first, grow_second,
        death_first, death_second)}
    try:
        part = parts.get("_".join(sys.argv[1:3])) if len(sys.argv) == 4 else None
        expect(part, "usage: peer relay|tensor|grow|death first|second NAME")
        part(sys.argv[3])
        say("done")
    except (NotAsStated, zinc.ZincError) as error:
        raise SystemExit(f"peer (Python): {error}") from None


if __name__ == "__main__":
    main()
