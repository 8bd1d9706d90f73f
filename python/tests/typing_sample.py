# SPDX-License-Identifier: MIT
"""A user's program, for mypy; it is not run."""

import asyncio
from typing import List, Optional, Tuple

import numpy as np
import numpy.typing as npt

import zinc
from zinc import SharedRegion


def members(region: SharedRegion) -> None:
    view: memoryview = region.as_buffer()
    floats: npt.NDArray[np.float32] = region.as_numpy(dtype=np.float32, shape=(4, 4))
    anything = region.as_numpy([("x", "f4")], 3, offset=16)
    capacity: int = region.capacity
    name: str = region.name
    closed: bool = region.closed
    address: int = region.address
    info: zinc.RegionInfo = region.info
    lifetime: zinc.Lifetime = info.lifetime
    came: bool = region.wait(timeout_ms=100, cancel=zinc.Cancel())
    asked: bool = region.try_wait()
    listed: List[zinc.RegionInfo] = SharedRegion.list()
    device: Tuple[int, int] = region.__dlpack_device__()
    print(view, floats, anything, capacity, name, closed, address, lifetime, came, asked, listed)
    print(device)
    region.notify()
    region.grow(1 << 20)
    region.unlink()
    region.close()


def makers() -> Optional[SharedRegion]:
    with SharedRegion.create("x", 64, mode=0o640, lifetime="creator", rows=4) as region:
        members(region)
    with SharedRegion.open(b"x", read_only=True, wait_policy=zinc.WaitPolicy.PARK) as region:
        members(region)
    with SharedRegion.create_private(None, 64, sealed=True) as region:
        number: int = region.descriptor()
        members(SharedRegion.attach(number))
    try:
        return SharedRegion.open_or_create("x", 64)
    except zinc.NotFoundError as error:
        status: int = error.status
        print(status, error.errno)
        return None


async def coroutine(region: SharedRegion) -> bool:
    async with region:
        async for _ in region.notifications():
            break
        return await region.wait_async(timeout_ms=5)


class Frames(SharedRegion):
    def first(self) -> int:
        return self.as_buffer()[0]


first: int = Frames.create("frames", 64).first()
report: zinc.GcReport = zinc.gc(dry_run=True)
facts: zinc.DoctorFacts = zinc.doctor()
text: str = zinc.version()
asyncio.run(coroutine(SharedRegion.open("frames")))

SharedRegion.create("x")  # error: no capacity
SharedRegion.create("x", "64")  # error: no number
SharedRegion.create("x", 64, lifetime="forever")  # error: no lifetime
SharedRegion.open("x", True)  # error: options have names
SharedRegion.open(5)  # error: no name
SharedRegion.open("x").wait(timeout=5)  # error: no such argument
SharedRegion.open("x").capacity = 5  # error: cannot be set
word: str = SharedRegion.open("x").wait(5)  # error: it is a bool
