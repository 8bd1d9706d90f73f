# SPDX-License-Identifier: MIT
"""What Python's border costs, as docs/extending.md says: one line of JSON."""

import json
import os
import statistics
import subprocess
import sys
import time
import timeit

# numpy asks for huge pages for its own arrays; a region has them only where the machine gives them
# to shared memory. What is compared here is the view, so both have pages of one size.
os.environ["NUMPY_MADVISE_HUGEPAGE"] = "0"

import numpy as np  # noqa: E402

import zinc  # noqa: E402
from zinc._zinc import ffi, lib  # noqa: E402

REPEATS = 11
CALLS = 500_000
ROUNDS = 20_000
FLOATS = 25_000_000     # 100 MB


def each_ns(statement, names):
    """A repeat of a statement's cost in nanoseconds of this thread's own time."""
    timer = timeit.Timer(statement, timer=time.thread_time, globals=names)
    return timer.timeit(CALLS) / CALLS * 1e9


def round_trip_ns(region):
    """The median of notify and wait with the C program that echoes."""
    with zinc.SharedRegion.create(f"{region.name}-back", 4096) as back:
        echo = subprocess.Popen([os.environ["ZINC_ECHO"], region.name], stdout=subprocess.PIPE)
        if echo.stdout.readline() != b"ready\n":
            sys.exit("ffi: the echo program is not ready")
        clock, notify, wait = time.perf_counter_ns, region.notify, back.wait
        times = []
        for _ in range(ROUNDS + ROUNDS // 10):
            began = clock()
            notify()
            came = wait(5000)
            times.append(clock() - began)
            if not came:
                sys.exit("ffi: no answer came")
        region.as_buffer()[0] = 1
        notify()
        echo.stdout.close()
        if echo.wait(10) != 0:
            sys.exit("ffi: the echo program failed")
        return statistics.median(times[ROUNDS // 10:])


def sum_s(values):
    began = time.thread_time()
    values.sum()
    return time.thread_time() - began


def main():
    with zinc.SharedRegion.create(f"ffi-{os.getpid()}", FLOATS * 4) as region:
        view = region.as_numpy(np.float32)
        own = np.empty(FLOATS, dtype=np.float32)
        view[:] = own[:] = np.arange(FLOATS, dtype=np.float32) % 1000 / 1000
        # The mechanism alone: a pointer in, a number out.
        cancel = ffi.new("zinc_cancel **")
        lib.zinc_cancel_create(cancel)
        names = {"region": region, "bare": lib.zinc_cancel_fired, "cancel": cancel[0]}
        rows = [(each_ns("region.capacity", names), each_ns("bare(cancel)", names),
                 each_ns("region.notify()", names), sum_s(view), sum_s(own))
                for _ in range(REPEATS + 1)][1:]
        lib.zinc_cancel_destroy(cancel[0])
        call, bare, notify, of_view, of_own = map(statistics.median, zip(*rows))
        view[0] = 0
        print(json.dumps({
            "language": "Python", "call_ns": call, "bare_ns": bare, "notify_ns": notify,
            "round_trip_ns": round_trip_ns(region), "sum_view_s": of_view, "sum_own_s": of_own}))


if __name__ == "__main__":
    main()
