# SPDX-License-Identifier: MIT
"""Finds the edges in pictures: takes frames out of one region and puts what it makes of them into
another.

    filter.py FROM TO

Both are regions of frames (docs/example-frames.md). The arrays are views of the shared bytes:
nothing is copied on the way in or out.
"""
import signal
import sys
import time

import numpy as np

import zinc

HEADER = np.dtype([("width", "<u4"), ("height", "<u4"), ("slots", "<u4"), ("reserved", "<u4"),
                   ("newest", "<u8"), ("gap", "u1", 40)])


# [section:edges]
def edges(picture, out):
    """The edges of an RGBA picture, red over its dark blue self, written into `out`."""
    red, green, blue = (picture[..., i].astype(np.int16) for i in range(3))
    grey = (2 * red + 5 * green + blue) // 8
    strength = np.zeros_like(grey)
    strength[:, 1:-1] += np.abs(grey[:, 2:] - grey[:, :-2])
    strength[1:-1, :] += np.abs(grey[2:, :] - grey[:-2, :])
    strength = np.clip(3 * strength - 90, 0, 255)  # the sensor's noise is no edge
    out[..., 0] = strength
    out[..., 1] = np.maximum(strength // 2, grey // 4)
    out[..., 2] = grey // 2
    out[..., 3] = 255
# [end:edges]


# [section:frames]
class Frames:
    """A region of frames, as numpy sees it."""

    def __init__(self, region):
        self.region = region
        self.header = region.as_numpy(HEADER, shape=1)[0:1]
        width, height, slots = (int(self.header[word][0]) for word in ("width", "height", "slots"))
        slot = np.dtype([("number", "<u8"), ("taken_ns", "<i8"), ("gap", "u1", 48),
                         ("pixels", "u1", (height, width, 4))])
        self.slots = region.as_numpy(slot, shape=slots, offset=HEADER.itemsize)

    def newest(self):
        """(number, slot) of the newest frame."""
        number = int(self.header["newest"][0])
        return number, self.slots[number % len(self.slots)]
# [end:frames]

    @classmethod
    def like(cls, name, other):
        """A new region of frames of the same size; whoever has the old one of this name learns it.
        """
        region = zinc.SharedRegion.replace(name, other.region.capacity)
        region.as_numpy(HEADER, shape=1)[["width", "height", "slots"]] = (
            other.header[["width", "height", "slots"]])
        return cls(region)


def source(name):
    """The camera's frames, once it takes pictures."""
    while True:
        try:
            region = zinc.SharedRegion.open(name)
        except zinc.NotFoundError:
            time.sleep(0.05)
            continue
        # The camera notifies with its first picture: then the header is written, too.
        while not region.wait(200) and not region.info.stale and region.info.creator_alive:
            pass
        if region.as_numpy(HEADER, shape=1)["newest"][0] != 0:
            return Frames(region)
        region.close()


def lost(region):
    """Whether the camera is another one now, or none."""
    info = region.info
    return info.stale or not info.creator_alive


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    taken, done = source(sys.argv[1]), 0
    made = Frames.like(sys.argv[2], taken)
    while True:
        # [section:loop]
        number, slot = taken.newest()
        if number != done and slot["number"] == number:
            into = made.slots[number % len(made.slots)]
            into["number"] = 0
            edges(slot["pixels"], into["pixels"])
            into["taken_ns"] = slot["taken_ns"]
            if slot["number"] == number:  # else the camera came round and wrote into it meanwhile
                into["number"] = number
                made.header["newest"] = number
                made.region.notify()
            done = number
        # [end:loop]
        if not taken.region.wait(200) and lost(taken.region):
            taken.region.close()
            taken, done = source(sys.argv[1]), 0


if __name__ == "__main__":
    main()
