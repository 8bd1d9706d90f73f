# SPDX-License-Identifier: MIT
"""Handles in forked and spawned children, and pickled ones."""

import copy
import gc
import multiprocessing
import os
import pickle
import sys

import pytest

import zinc
from support import in_fork
from zinc import SharedRegion


def test_views_stay_in_a_forked_child(region):
    view = region.as_buffer()
    view[0] = 5

    def child():
        view[1] = view[0] + 1
        return bytes(view[:2])
    assert in_fork(child) == "b'\\x05\\x06'"
    assert view[1] == 6


def test_the_first_other_call_opens_again(region):
    view = region.as_buffer()

    def child():
        assert region.info.participants_alive == 2
        region.as_buffer()[3] = 33
        region.notify()
        return region.capacity, view[3], region.closed, region.name
    assert in_fork(child) == str((4096, 33, False, region.name))
    assert region.as_buffer()[3] == 33
    assert region.wait(1000) is True
    assert region.info.participants_alive == 1


@pytest.mark.parametrize("call", [
    "capacity", "address", "info", "wait", "try_wait", "notify", "as_buffer", "descriptor",
    "grow"])
def test_each_call_opens_again(region, call):
    def child():
        if call in ("capacity", "address", "info"):
            getattr(region, call)
        elif call == "descriptor":
            os.close(region.descriptor())
        else:
            getattr(region, call)(*{"wait": (0,), "grow": (10,)}.get(call, ()))
        return region.info.participants_alive
    assert in_fork(child) == "2"


def test_a_child_is_no_creator(region):
    assert in_fork(region.unlink).startswith("NotPermittedError")
    SharedRegion.open(region.name).close()


def test_closing_in_the_child_leaves_the_parents(region):
    def child():
        region.close()
        return region.closed
    assert in_fork(child) == "True"
    assert region.capacity == 4096
    SharedRegion.open(region.name).close()


def test_the_end_of_the_child_leaves_the_parents(region):
    def child():
        region.notify()
        region.close()
        return zinc.lookup(region.name).participants_alive
    assert in_fork(child) == "1"
    with SharedRegion.open(region.name):
        assert region.info.participants_alive == 2


def test_collecting_in_the_child_reports_no_leak(name, python):
    code, output, errors = python("""
import gc, os, zinc
region = zinc.SharedRegion.create("inherited", 64)
child = os.fork()
if child == 0:
    del region
    gc.collect()
    os._exit(0)
os.waitpid(child, 0)
print(zinc.lookup("inherited").participants_alive)
region.close()
""", ZINC_DEBUG_LEAKS="1")
    assert (code, output, errors) == (0, "1\n", "")


def test_stale_when_the_name_means_another_region(name):
    with SharedRegion.create(name, 64) as old:
        with SharedRegion.replace(name, 64):
            assert in_fork(lambda: old.capacity).startswith("StaleError")


def test_stale_when_the_name_is_gone(region):
    region.unlink()
    view = region.as_buffer()
    assert in_fork(lambda: region.capacity).startswith("StaleError")
    assert in_fork(lambda: len(view)) == "4096"


def test_a_private_region_keeps_its_views_only():
    with SharedRegion.create_private("secret", 64) as region:
        view = region.as_buffer()
        view[0] = 4
        answer = in_fork(lambda: (view[0], region.notify()))
        assert answer.startswith("ForkedError") and "private" in answer
        assert in_fork(lambda: view[0]) == "4"


def test_a_closed_handle_stays_closed(region):
    region.close()
    assert in_fork(lambda: region.capacity).startswith("ClosedError")


def test_options_survive(name):
    with SharedRegion.create(name, 64, mode=0o666):
        with SharedRegion.open(
                name, read_only=True, wait_policy="park", accept_mode=0o022) as one:
            def child():
                info = one.info
                return info.read_only, info.wait_policy.name, one.as_buffer().readonly
            assert in_fork(child) == "(True, 'PARK', True)"


def test_a_region_made_loose_opens_again(name):
    with SharedRegion.create(name, 64, mode=0o666) as one:
        assert in_fork(lambda: one.capacity) == "64"


def test_children_of_children(region):
    def child():
        region.as_buffer()[0] = 1

        def grandchild():
            region.as_buffer()[1] = 2
            return region.info.participants_alive
        return in_fork(grandchild)
    assert in_fork(child) == "3"
    assert bytes(region.as_buffer()[:2]) == b"\1\2"


def test_threads_of_a_child_open_again_once(region):
    def child():
        import threading
        barrier = threading.Barrier(8)

        def work():
            barrier.wait()
            region.notify()
        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        gc.collect()
        return region.info.participants_alive
    assert in_fork(child) == "2"


# ---- multiprocessing ---------------------------------------------------------------------------


def fill(region, index):
    region.as_buffer()[index] = 100 + index
    region.notify()


def double(region):
    array = region.as_numpy("u4", shape=4)
    array *= 2
    return region.name, int(array.sum())


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(region, method):
    context = multiprocessing.get_context(method)
    workers = [context.Process(target=fill, args=(region, index)) for index in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(40)
        assert worker.exitcode == 0
    assert bytes(region.as_buffer()[:3]) == bytes([100, 101, 102])
    assert region.wait(1000) is True
    assert region.info.participants_alive == 1


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_pools(region, method):
    pytest.importorskip("numpy")
    region.as_numpy("u4", shape=4)[:] = 3
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply(double, (region,)) == (region.name, 24)
        assert pool.apply(double, (region,)) == (region.name, 48)
        pool.close()
        pool.join()
    assert region.info.participants_alive == 1


# ---- pickle ------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_opens_by_name(region, protocol):
    with pickle.loads(pickle.dumps(region, protocol)) as other:
        assert type(other) is SharedRegion
        assert other.info.inode == region.info.inode
        assert region.info.participants_alive == 2
        assert not other.info.created


def test_pickle_keeps_options(region):
    with SharedRegion.open(region.name, read_only=True, wait_policy="park") as one:
        with pickle.loads(pickle.dumps(one)) as two:
            assert two.info.read_only and two.info.wait_policy is zinc.WaitPolicy.PARK


def test_pickle_of_another_regions_name_is_stale(name):
    with SharedRegion.create(name, 64) as region:
        data = pickle.dumps(region)
    with pytest.raises(zinc.StaleError):
        pickle.loads(data)
    with SharedRegion.create(name, 64), pytest.raises(zinc.StaleError) as caught:
        pickle.loads(data)
    assert name in str(caught.value)
    assert zinc.list() == []


def test_pickle_refuses_what_has_no_name():
    with SharedRegion.create_private("secret", 64) as region:
        with pytest.raises(TypeError, match="private"):
            pickle.dumps(region)


def test_pickle_refuses_a_closed_handle(region):
    region.close()
    with pytest.raises(zinc.ClosedError):
        pickle.dumps(region)


def test_copies_are_handles_of_their_own(region):
    with copy.copy(region) as other:
        other.as_buffer()[0] = 3
    assert region.as_buffer()[0] == 3 and not region.closed


def test_errors_can_be_pickled():
    with pytest.raises(zinc.NotFoundError) as caught:
        SharedRegion.open("missing")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is zinc.NotFoundError
    assert (again.status, again.errno, str(again)) == (-2, 2, str(caught.value))


def test_an_unpickled_handle_in_a_new_interpreter(region, python):
    code, output, errors = python(
        "import pickle, sys\n"
        "with pickle.loads(bytes.fromhex(sys.argv[1])) as region:\n"
        "    region.as_buffer()[9] = 99\n"
        "    print(region.info.participants_alive)\n", pickle.dumps(region).hex())
    assert (code, output, errors) == (0, "2\n", "")
    assert region.as_buffer()[9] == 99
    assert sys.getrefcount(region) >= 1
