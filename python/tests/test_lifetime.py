# SPDX-License-Identifier: MIT
"""The end of handles: closing, collecting, leaks, and many threads at once."""

import gc
import random
import threading
import weakref

import pytest

import zinc
from zinc import SharedRegion

MEMBERS = {
    "capacity": lambda region: region.capacity,
    "address": lambda region: region.address,
    "info": lambda region: region.info,
    "notify": lambda region: region.notify(),
    "wait": lambda region: region.wait(0),
    "wait for ever": lambda region: region.wait(),
    "try_wait": lambda region: region.try_wait(),
    "as_buffer": lambda region: region.as_buffer(),
    "as_buffer of a range": lambda region: region.as_buffer(0, 4),
    "as_numpy": lambda region: region.as_numpy(),
    "grow": lambda region: region.grow(10),
    "unlink": lambda region: region.unlink(),
    "descriptor": lambda region: region.descriptor(),
    "send": lambda region: region.send(0),
    "with": lambda region: region.__enter__(),
    "__buffer__": lambda region: region.__buffer__(0),
    "__dlpack__": lambda region: region.__dlpack__(),
    "__dlpack_device__": lambda region: region.__dlpack_device__(),
}


def test_closing_twice_is_harmless(region):
    region.close()
    region.close()
    assert region.closed
    assert zinc.list() == []


def test_with_closes_also_after_an_error(name):
    with pytest.raises(RuntimeError), SharedRegion.create(name, 64) as region:
        raise RuntimeError
    assert region.closed


def test_with_after_close_inside(name):
    with SharedRegion.create(name, 64) as region:
        region.close()


@pytest.mark.parametrize("member", MEMBERS)
def test_use_after_close(region, member):
    if "numpy" in member or "dlpack" in member:
        pytest.importorskip("numpy")
    region.close()
    with pytest.raises(ValueError) as caught:
        MEMBERS[member](region)
    assert type(caught.value) is zinc.ClosedError
    assert "closed" in str(caught.value) and region.name in str(caught.value)
    assert (caught.value.status, caught.value.errno) == (-32, 32)


def test_what_still_answers_after_close(region, name):
    region.close()
    assert region.closed is True and region.name == name


def test_collecting_closes(name):
    region = SharedRegion.create(name, 64)
    seen = weakref.ref(region)
    del region
    gc.collect()
    assert seen() is None
    assert zinc.list() == []


def test_a_cycle_is_collected(name):
    class Holder(SharedRegion):
        pass

    region = Holder.create(name, 64)
    region.me = region
    del region
    gc.collect()
    assert zinc.list() == []


LEAK = """
import gc, zinc
region = zinc.SharedRegion.create("leak", 64)
del region
gc.collect()
print(zinc.list())
"""


def test_leaks_are_reported_when_asked(python):
    code, output, errors = python(LEAK, ZINC_DEBUG_LEAKS="1")
    assert (code, output) == (0, "[]\n")
    assert errors.count("\n") == 1
    assert "zinc: leak: region 'leak' was never closed" in errors
    assert "opened at <string>:3" in errors


def test_leaks_are_silent_otherwise(python):
    assert python(LEAK) == (0, "[]\n", "")
    assert python(LEAK, ZINC_DEBUG_LEAKS="0") == (0, "[]\n", "")


def test_leaks_at_exit_are_cleared_and_reported(python):
    code, output, errors = python(
        "import zinc; region = zinc.SharedRegion.create('open-at-exit', 64)", ZINC_DEBUG_LEAKS="1")
    assert (code, output) == (0, "")
    assert "region 'open-at-exit' was never closed" in errors
    with pytest.raises(zinc.NotFoundError):
        zinc.lookup("open-at-exit")


def test_no_report_of_what_was_closed(python):
    assert python(
        "import zinc; region = zinc.SharedRegion.create('closed', 64); region.close()\n"
        "with zinc.SharedRegion.create('closed', 64): pass", ZINC_DEBUG_LEAKS="1") == (0, "", "")


@pytest.mark.seconds(120)
@pytest.mark.parametrize("seed", range(4))
def test_calls_and_close_at_once_never_crash(name, seed):
    """Eight threads call whatever they like while the handle is closed under them. Whatever
    happens, each call gives its answer or raises ClosedError."""
    numpy = pytest.importorskip("numpy")
    print("seed", seed)

    def call(source):
        barrier.wait()
        for _ in range(200):
            try:
                chosen = source.choice([
                    lambda: region.capacity, lambda: region.address, region.notify,
                    region.try_wait, lambda: region.wait(1), lambda: region.info.waiters,
                    lambda: region.as_buffer(0, 64).tobytes(),
                    lambda: int(region.as_numpy(numpy.uint32)[:16].sum()),
                    lambda: region.grow(4096), lambda: repr(region),
                    lambda: views.append(region.as_buffer())])
                chosen()
            except zinc.ClosedError:
                closed.append(1)
                return
            except BaseException as error:
                wrong.append(error)
                return

    for turn in range(15):
        region = SharedRegion.create(name, 4096)
        wrong, closed, views = [], [], []
        barrier = threading.Barrier(9)
        threads = [threading.Thread(target=call, args=(random.Random(f"{seed} {turn} {index}"),))
                   for index in range(8)]
        for thread in threads:
            thread.start()
        barrier.wait()
        random.Random(f"{seed} {turn}").choice(
            [region.close, lambda: None, lambda: region.wait(2)])()
        region.close()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert zinc.list() == []
        assert sum(view[0] for view in views) == 0


def test_threads_close_at_once(name):
    for _ in range(50):
        region = SharedRegion.create(name, 64)
        barrier = threading.Barrier(4)

        def close():
            barrier.wait()
            region.close()
        threads = [threading.Thread(target=close) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert region.closed and zinc.list() == []
