# SPDX-License-Identifier: MIT
"""Waits of coroutines, which cost no thread each."""

# [section:async]
import asyncio

import zinc


async def follow(name: str) -> None:
    async with zinc.SharedRegion.open(name) as region:
        async for _ in region.notifications():
            value = region.as_buffer()[0]
            print("value", value)
            if value == 3:
                return


async def publish(region: zinc.SharedRegion) -> None:
    for value in (1, 2, 3):
        region.as_buffer()[0] = value
        region.notify()
        await asyncio.sleep(0.05)


async def main() -> None:
    async with zinc.SharedRegion.create("ticks", 4096) as region:
        await asyncio.gather(follow("ticks"), publish(region))
        print(await region.wait_async(timeout_ms=1000))


asyncio.run(main())
# [end:async]
