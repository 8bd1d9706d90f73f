# SPDX-License-Identifier: MIT
"""Waits of threads: who is woken, what ends them, and how signals come in."""

import os
import signal
import threading
import time

import pytest

import zinc
from zinc import SharedRegion

# The documents promise 100 ms; a busy machine gets a second.
SLACK = 1.0


class Waiter(threading.Thread):
    """Waits in a thread of its own and keeps what came of it."""

    def __init__(self, region, timeout_ms=None, cancel=None):
        super().__init__()
        self.arguments = (region, timeout_ms, cancel)
        self.answer = None
        self.start()

    def run(self):
        region, timeout_ms, cancel = self.arguments
        try:
            self.answer = region.wait(timeout_ms, cancel=cancel)
        except Exception as error:
            self.answer = error

    def result(self):
        self.join(30)
        assert not self.is_alive(), "the wait did not end"
        return self.answer


def until_waiting(region, count):
    """Wait until so many waits are in progress."""
    end = time.monotonic() + 20
    while region.info.waiters < count:
        assert time.monotonic() < end, f"{region.info.waiters} of {count} waits have begun"
        time.sleep(0.002)


def test_a_notification_ends_a_wait_and_shows_what_was_written(region):
    with SharedRegion.open(region.name) as other:
        waiter = Waiter(other, 20_000)
        until_waiting(region, 1)
        region.as_buffer()[:4] = b"done"
        region.notify()
        assert waiter.result() is True
        assert bytes(other.as_buffer()[:4]) == b"done"


def test_timeouts_are_false(region):
    start = time.monotonic()
    assert region.wait(50) is False
    assert 0.045 <= time.monotonic() - start
    assert region.wait(0) is False
    assert region.try_wait() is False


def test_a_timeout_of_more_than_a_signal_check(region):
    start = time.monotonic()
    assert region.wait(170) is False
    assert 0.165 <= time.monotonic() - start


def test_notifications_coalesce(region):
    with SharedRegion.open(region.name) as other:
        for _ in range(5):
            region.notify()
        assert other.try_wait() is True
        assert other.try_wait() is False


def test_a_fresh_handle_sees_an_earlier_notification(region):
    region.notify()
    with SharedRegion.open(region.name) as other:
        assert other.wait(0) is True
        assert other.wait(0) is False


def test_a_handle_sees_its_own_notification(region):
    region.notify()
    assert region.wait(0) is True
    assert region.wait(0) is False


def test_one_notification_ends_every_wait_of_one_handle_and_of_others(region):
    with SharedRegion.open(region.name) as other:
        waiters = [Waiter(handle, 20_000) for handle in (region, other) for _ in range(8)]
        until_waiting(region, 16)
        region.notify()
        assert [waiter.result() for waiter in waiters] == [True] * 16


def test_the_main_thread_and_another_share_one_notification(region):
    """The main thread looks for signals between short waits; a notification that another thread of
    the same handle takes in at such a moment must end it too."""
    def notify():
        until_waiting(region, 2)
        time.sleep(0.07)
        region.notify()

    for _ in range(5):
        waiter = Waiter(region, 20_000)
        notifier = threading.Thread(target=notify)
        notifier.start()
        assert region.wait(20_000) is True
        assert waiter.result() is True
        notifier.join()


def test_closing_ends_waits_with_closed(name):
    region = SharedRegion.create(name, 64)
    waiters = [Waiter(region) for _ in range(4)] + [Waiter(region, 20_000)]
    until_waiting(region, 5)
    start = time.monotonic()
    region.close()
    for waiter in waiters:
        answer = waiter.result()
        assert type(answer) is zinc.ClosedError and "closed" in str(answer)
    assert time.monotonic() - start < SLACK


def test_cancel_ends_its_waits_and_no_others(region):
    stop, other = zinc.Cancel(), zinc.Cancel()
    mine = [Waiter(region, cancel=stop) for _ in range(3)]
    theirs = Waiter(region, 20_000, cancel=other)
    plain = Waiter(region, 20_000)
    until_waiting(region, 5)
    assert not stop.fired
    stop.fire()
    stop.fire()
    assert stop.fired and not other.fired
    for waiter in mine:
        assert type(waiter.result()) is zinc.CanceledError
    region.notify()
    assert theirs.result() is True and plain.result() is True


def test_a_fired_cancel_ends_later_waits_at_once(region):
    stop = zinc.Cancel()
    stop.fire()
    for _ in range(2):
        with pytest.raises(zinc.CanceledError):
            region.wait(cancel=stop)
    region.notify()
    assert region.wait(0) is True


def test_cancel_in_the_main_thread(region):
    stop = zinc.Cancel()
    timer = threading.Timer(0.12, stop.fire)
    timer.start()
    with pytest.raises(zinc.CanceledError):
        region.wait(20_000, cancel=stop)
    timer.join()


def test_cancel_must_be_one(region):
    with pytest.raises(TypeError):
        region.wait(0, cancel=threading.Event())


def test_the_gil_is_released(region):
    waiter = Waiter(region, 20_000)
    until_waiting(region, 1)
    assert sum(range(1000)) == 499500
    region.notify()
    assert waiter.result() is True


@pytest.mark.parametrize("policy", ["adaptive", "park", "spin"])
def test_control_c_ends_a_wait_at_once(python, policy):
    """The signal comes 300 ms into the wait, from outside."""
    code, output, errors = python("""
import os, signal, subprocess, sys, time, zinc
with zinc.SharedRegion.create("interrupt-" + sys.argv[1], 64, wait_policy=sys.argv[1]) as region:
    sender = subprocess.Popen(["sh", "-c", "sleep 0.3; kill -INT %d; date +%%s.%%N" % os.getpid()],
                              stdout=subprocess.PIPE)
    try:
        region.wait()
    except KeyboardInterrupt:
        now = time.time()
        print("interrupted", now - float(sender.communicate()[0]) < 1.0)
""", policy)
    assert (code, output, errors) == (0, "interrupted True\n", "")


def test_a_signal_before_the_wait_is_not_missed(region):
    """A signal that arrives while the wait is on its way into the kernel."""
    class Stop(Exception):
        pass

    def stop(number, frame):
        raise Stop

    previous = signal.signal(signal.SIGUSR1, stop)
    try:
        for delay in range(0, 400, 7):
            # From another thread the signal lands anywhere in the main thread's way into the wait.
            main = threading.main_thread().ident
            killer = threading.Thread(target=lambda: (
                time.sleep(delay / 1e6), signal.pthread_kill(main, signal.SIGUSR1)))
            with pytest.raises(Stop):
                killer.start()
                region.wait()
            killer.join()
    finally:
        signal.signal(signal.SIGUSR1, previous)


def test_a_wait_goes_on_after_a_handler_that_returns(region):
    seen = []
    previous = signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        start = time.monotonic()
        assert region.wait(300) is False
        spent = time.monotonic() - start
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert len(seen) >= 5
    assert 0.295 <= spent < 0.3 + SLACK


def test_a_handler_may_close_the_region(name):
    region = SharedRegion.create(name, 64)
    previous = signal.signal(signal.SIGUSR1, lambda number, frame: region.close())
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        with pytest.raises(zinc.ClosedError):
            region.wait(20_000)
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, previous)


def test_notify_and_wait_between_processes(name, python):
    with SharedRegion.create(name, 4096) as region:
        thread = threading.Thread(target=lambda: results.append(python("""
import sys, zinc
with zinc.SharedRegion.open(sys.argv[1]) as region:
    for value in range(100):
        while region.as_buffer()[0] != 2 * value + 1:
            if not region.wait(20000): raise SystemExit("no answer to %d" % value)
        region.as_buffer()[0] = (2 * value + 2) % 256
        region.notify()
""", name)))
        results = []
        thread.start()
        for value in range(100):
            region.as_buffer()[0] = 2 * value + 1
            region.notify()
            while region.as_buffer()[0] != (2 * value + 2) % 256:
                assert region.wait(20_000), f"no answer to {value}"
        thread.join()
        assert results == [(0, "", "")]
