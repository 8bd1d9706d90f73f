# SPDX-License-Identifier: MIT
"""Waits of coroutines."""

import asyncio
import gc
import os
import threading
import time

import pytest

import zinc
from support import in_fork
from zinc import SharedRegion


def threads():
    return len(os.listdir("/proc/self/task"))


def test_a_notification_ends_the_wait(region):
    async def main():
        task = asyncio.ensure_future(region.wait_async(20_000))
        await asyncio.sleep(0.05)
        assert not task.done()
        with SharedRegion.open(region.name) as other:
            other.notify()
            return await task
    assert asyncio.run(main()) is True


def test_one_that_came_before_ends_it_at_once(region):
    region.notify()
    assert asyncio.run(region.wait_async(20_000)) is True
    assert asyncio.run(region.wait_async(0)) is False


def test_timeouts_are_false_and_do_not_block_the_loop(region):
    async def main():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0.005)
                ticks += 1
        ticker = asyncio.ensure_future(tick())
        start = time.monotonic()
        answer = await region.wait_async(100)
        spent = time.monotonic() - start
        ticker.cancel()
        return answer, spent, ticks
    answer, spent, ticks = asyncio.run(main())
    assert answer is False and spent >= 0.095 and ticks >= 3


def test_closing_ends_waits_with_closed(name):
    async def main():
        region = SharedRegion.create(name, 64)
        tasks = [asyncio.ensure_future(region.wait_async()) for _ in range(3)]
        await asyncio.sleep(0.02)
        region.close()
        for answer in await asyncio.gather(*tasks, return_exceptions=True):
            assert type(answer) is zinc.ClosedError and "closed" in str(answer)
        with pytest.raises(zinc.ClosedError):
            await region.wait_async(10)
        with pytest.raises(zinc.ClosedError):
            region.notifications()
    asyncio.run(main())


def test_canceling_the_task_ends_the_wait(region):
    async def main():
        task = asyncio.ensure_future(region.wait_async())
        other = asyncio.ensure_future(region.wait_async(20_000))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        region.notify()
        assert await other is True
    asyncio.run(main())


def test_wait_for_with_a_timeout(region):
    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(region.wait_async(), 0.03)
        region.notify()
        return await asyncio.wait_for(region.wait_async(), 20)
    assert asyncio.run(main()) is True


def test_a_notification_that_meets_a_cancellation_is_not_lost(region):
    """The wait completes, and before its task runs again the task is canceled: whoever waits next
    gets the notification."""
    async def main():
        for delay in (0, 0.01):
            task = asyncio.ensure_future(region.wait_async())
            await asyncio.sleep(0.02)
            region.notify()
            time.sleep(delay)       # the loop sleeps too: nothing is drained meanwhile
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await region.wait_async(5000) is True
            assert region.try_wait() is False
    asyncio.run(main())


def test_async_for_and_async_with(name):
    async def main():
        async with SharedRegion.create(name, 64) as region:
            seen = []

            async def follow():
                async for _ in region.notifications():
                    seen.append(region.as_buffer()[0])
            task = asyncio.ensure_future(follow())
            for value in (1, 2, 3):
                await asyncio.sleep(0.02)
                region.as_buffer()[0] = value
                region.notify()
            await asyncio.sleep(0.02)
            region.close()
            await asyncio.wait_for(task, 20)
            assert region.closed
            return seen
    assert asyncio.run(main())[-1] == 3


def test_a_thousand_waiters_on_one_region(region):
    async def main():
        tasks = [asyncio.ensure_future(region.wait_async()) for _ in range(1000)]
        await asyncio.sleep(0.05)
        extra = threads() - before
        region.notify()
        assert await asyncio.wait_for(asyncio.gather(*tasks), 30) == [True] * 1000
        return extra
    before = threads()
    assert asyncio.run(main()) <= 8


def test_ten_waiters_each_on_a_hundred_regions(name):
    async def main():
        regions = [SharedRegion.create(f"{name}-{i}", 64) for i in range(100)]
        tasks = {region: [asyncio.ensure_future(region.wait_async()) for _ in range(10)]
                 for region in regions}
        await asyncio.sleep(0.05)
        extra = threads() - before
        for region in regions[::2]:
            region.notify()
        for region in regions[::2]:
            assert await asyncio.wait_for(asyncio.gather(*tasks[region]), 30) == [True] * 10
        assert not any(task.done() for region in regions[1::2] for task in tasks[region])
        for region in regions[1::2]:
            region.close()
            answers = await asyncio.gather(*tasks[region], return_exceptions=True)
            assert [type(answer) for answer in answers] == [zinc.ClosedError] * 10
        for region in regions:
            region.close()
        return extra
    before = threads()
    assert asyncio.run(main()) <= 8


def test_canceling_a_thousand(region):
    async def main():
        tasks = [asyncio.ensure_future(region.wait_async()) for _ in range(1000)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(answer, asyncio.CancelledError) for answer in answers)
        region.notify()
        return await region.wait_async(20_000)
    assert asyncio.run(main()) is True


def test_loops_in_several_threads(region):
    def run():
        answers.append(asyncio.run(region.wait_async(20_000)))

    answers = []
    workers = [threading.Thread(target=run) for _ in range(4)]
    for worker in workers:
        worker.start()
    time.sleep(0.2)
    region.notify()
    for worker in workers:
        worker.join()
    assert answers == [True] * 4


def test_queues_go_with_their_loops(region):
    """Loop after loop, one of them closed with a wait pending: no descriptor stays."""
    async def one():
        assert await region.wait_async(1) is False

    async def forgotten():
        asyncio.ensure_future(region.wait_async())
        await asyncio.sleep(0)

    asyncio.run(one())
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        asyncio.run(one())
        asyncio.run(forgotten())
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before + 2


def test_a_loop_closed_with_its_wait_unfinished(region):
    loop = asyncio.new_event_loop()
    task = loop.create_task(region.wait_async())
    loop.run_until_complete(asyncio.sleep(0.02))
    loop.close()
    task._log_destroy_pending = False
    del task, loop
    gc.collect()
    region.notify()
    assert asyncio.run(region.wait_async(1000)) is True


def test_a_forked_child_waits_in_a_loop_of_its_own(region):
    async def warm():
        assert await region.wait_async(1) is False

    def child():
        async def main():
            task = asyncio.ensure_future(region.wait_async(20_000))
            await asyncio.sleep(0.05)
            with SharedRegion.open(region.name) as other:
                other.notify()
            return await task
        return asyncio.run(main())

    asyncio.run(warm())
    assert in_fork(child) == "True"
    assert asyncio.run(region.wait_async(1000)) is True


def test_a_notification_of_another_process(region, python):
    async def main():
        task = asyncio.ensure_future(region.wait_async(20_000))
        loop = asyncio.get_running_loop()
        done = await loop.run_in_executor(None, lambda: python(
            "import sys, zinc\n"
            "with zinc.SharedRegion.open(sys.argv[1]) as r: r.as_buffer()[0] = 9; r.notify()\n",
            region.name))
        assert done == (0, "", "")
        assert await task is True
        return region.as_buffer()[0]
    assert asyncio.run(main()) == 9
