# SPDX-License-Identifier: MIT
"""What every test gets: a domain and a name of its own, and a look at what is left behind."""

import faulthandler
import gc
import itertools
import os
import sys
import threading

# Before zinc is imported, and inherited by the processes that tests start.
os.environ["ZINC_DOMAIN"] = f"{os.environ.get('ZINC_DOMAIN', 'python')[:30]}-{os.getpid()}"

import pytest  # noqa: E402

import zinc  # noqa: E402

_numbers = itertools.count(1)


def pytest_configure(config):
    config.addinivalue_line("markers", "seconds(n): this test may take so long")
    # pytest closes the descriptor that it captures; a hang must still be seen.
    config.hang_file = os.fdopen(os.dup(2), "w")


@pytest.fixture(autouse=True)
def watchdog(request):
    """Ends a test that hangs and shows where every thread is."""
    marker = request.node.get_closest_marker("seconds")
    seconds = marker.args[0] if marker else 60
    faulthandler.dump_traceback_later(seconds, exit=True, file=request.config.hang_file)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(autouse=True)
def nothing_left():
    """No test may leave a region, a gc candidate or a thread of its own."""
    threads = threading.active_count()
    yield
    gc.collect()
    left = [info.name for info in zinc.list()]
    for name in left:
        zinc.remove(name)
    assert left == []
    assert threading.active_count() == threads


@pytest.fixture
def name():
    return f"test-{next(_numbers)}"


@pytest.fixture
def region(name):
    with zinc.SharedRegion.create(name, 4096) as made:
        yield made


@pytest.fixture
def file_of():
    """The path of a region's file, for tests that spoil it."""
    folder = os.environ.get("ZINC_DIR") or "/dev/shm"
    domain = os.environ["ZINC_DOMAIN"]
    return lambda name: os.path.join(folder, f"zinc_{domain}@{name}")


@pytest.fixture
def python():
    """Runs a program text in another Python; returns (exit code, output, errors)."""
    import subprocess

    def run(text, *arguments, timeout=60, **environment):
        done = subprocess.run(
            [sys.executable, "-c", text, *map(str, arguments)], timeout=timeout,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **environment})
        return done.returncode, done.stdout, done.stderr
    return run
