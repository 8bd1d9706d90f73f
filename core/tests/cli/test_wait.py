# SPDX-License-Identifier: MIT
"""zinc wait, notify and watch."""
import json
import signal
import time

import pytest

from conftest import INTERRUPTED, ended, table, until

WATCH = "time\tevent\tnotifications\trate\talive\tdead\twaiters\tcapacity\n"


def test_a_wait_sees_what_came_before(zinc):
    zinc("put", "data", input="x")
    assert zinc("wait", "data").stdout == ""
    zinc("rm", "data")


def test_a_wait_ends_with_the_next_notification(zinc):
    zinc("put", "data", input="x")
    waiter = zinc.waiter("data")
    assert zinc.region("data")["alive"] == 1
    zinc("notify", "data")
    assert ended(waiter) == (0, b"", b"")
    zinc("rm", "data")


def test_one_notification_ends_all_waits(zinc):
    zinc("put", "data", input="x")
    waiters = [zinc.waiter("data") for _ in range(4)]
    zinc("notify", "data")
    assert [ended(waiter)[0] for waiter in waiters] == [0, 0, 0, 0]
    zinc("rm", "data")


@pytest.mark.parametrize("text, least", [("0", 0), ("0.1", 0.1), ("200ms", 0.2)])
def test_a_timeout_has_its_own_code(zinc, text, least):
    zinc("put", "data", input="x")
    begun = time.monotonic()
    zinc.fails(6, "wait", "--next", "--timeout", text, "data", says=["data", "timed out"])
    assert time.monotonic() - begun >= least
    zinc("rm", "data")


@pytest.mark.parametrize("text", ["", "x", "-1", "5 s", "1d", "1e9"])
def test_wrong_times_are_refused(zinc, text):
    zinc.fails(2, "wait", "data", "--timeout", text, says=["--timeout"])
    zinc.fails(2, "watch", "data", "--interval", text, says=["--interval"])


def test_a_time_beyond_all_clocks_is_for_ever(zinc):
    zinc("put", "data", input="x")
    waiter = zinc.waiter("data", "--timeout", "99999999999h")
    zinc("notify", "data")
    assert ended(waiter)[0] == 0
    zinc("rm", "data")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_wait_and_leaves_nothing(zinc, number):
    holder = zinc.hold("data")
    waiter = zinc.waiter("data")
    ended(holder, signal.SIGINT)
    assert zinc.region("data")["alive"] == 1
    assert ended(waiter, number) == (-number, b"", b"")
    assert zinc.files() == []


def test_an_ignored_signal_stays_ignored(zinc):
    zinc("put", "data", input="x")
    waiter = zinc.start("wait", "--next", "data",
                        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    until(lambda: zinc.region("data")["waiters"] == 1)
    waiter.send_signal(signal.SIGHUP)
    time.sleep(0.1)
    assert waiter.poll() is None
    zinc("notify", "data")
    assert ended(waiter)[0] == 0
    zinc("rm", "data")


def test_full_rows(zinc):
    holder = zinc.hold("data", b"x", "--rows", "1")
    zinc.fails(9, "notify", "data", says=["data", "row"])
    zinc("wait", "data")  # a reader needs no row
    ended(holder, signal.SIGINT)


def test_watch_tells_each_change_and_ends_with_the_region(zinc):
    zinc("put", "data", input="x" * 10)
    watcher = zinc.start("watch", "data", "--interval", "5ms", text=True)
    assert watcher.stdout.readline() == WATCH
    assert watcher.stdout.readline().split("\t")[1:] == \
        ["watching", "0", "0.0", "0", "0", "0", "10\n"]
    waiter = zinc.start("wait", "--next", "data")
    line = watcher.stdout.readline().split("\t")
    assert (line[1], line[4]) == ("joined", "1")
    until(lambda: zinc.region("data")["waiters"] == 1)
    zinc("notify", "data")
    assert ended(waiter)[0] == 0
    lines = []
    until(lambda: lines.append(watcher.stdout.readline()) or
          (lines[-1].split("\t")[2], lines[-1].split("\t")[4]) == ("1", "0"))
    assert "left" in [line.split("\t")[1] for line in lines]
    zinc("rm", "data")
    output, errors = watcher.communicate(timeout=20)
    rows = table(WATCH + "".join(lines) + output)
    assert (watcher.returncode, errors) == (0, "")
    assert [row["event"] for row in rows].index("gone") == len(rows) - 1
    assert all(row["time"].endswith("Z") and len(row["time"]) == 24 for row in rows)


def test_watch_counts_notifications(zinc):
    zinc("put", "data", input="x")
    watcher = zinc.start("watch", "data", "--interval", "1ms", text=True)
    assert watcher.stdout.readline() == WATCH
    watcher.stdout.readline()
    for _ in range(20):
        zinc("notify", "data")
    until(lambda: watcher.stdout.readline().split("\t")[2] == "20")
    zinc("rm", "data")
    assert table(WATCH + watcher.communicate(timeout=20)[0])[-1]["notifications"] == "20"


def test_watch_keeps_nothing_alive(zinc):
    holder = zinc.hold("data")
    watcher = zinc.start("watch", "data", "--interval", "5ms", text=True)
    assert watcher.stdout.readline() == WATCH
    ended(holder, signal.SIGINT)
    assert zinc.files() == []
    assert watcher.communicate(timeout=20)[0].rstrip().split("\n")[-1].split("\t")[1] == "gone"


def test_watch_ends_when_everybody_was_killed(zinc):
    holder = zinc.hold("data")
    watcher = zinc.start("watch", "data", "--interval", "5ms", text=True)
    assert watcher.stdout.readline() == WATCH
    ended(holder, signal.SIGKILL)
    assert watcher.communicate(timeout=20)[0].rstrip().split("\n")[-1].split("\t")[1] == "gone"
    zinc("gc")


def test_watch_follows_a_name_that_is_replaced(zinc):
    zinc("put", "data", input="x")
    watcher = zinc.start("watch", "data", "--json", "--interval", "5ms", text=True)
    first = json.loads(watcher.stdout.readline())
    assert (first["event"], first["region"]["capacity"], first["seen"]) == ("watching", 1, 0)
    zinc("put", "--replace", "data", input="12345")
    second = json.loads(watcher.stdout.readline())
    assert (second["event"], second["region"]["capacity"]) == ("replaced", 5)
    zinc("rm", "data")
    lines = [json.loads(line) for line in watcher.communicate(timeout=20)[0].splitlines()]
    assert lines[-1]["event"] == "gone"


def test_watch_ends_when_its_reader_goes(zinc):
    zinc("put", "data", input="x")
    watcher = zinc.start("watch", "data", "--interval", "5ms", text=True)
    assert watcher.stdout.readline() == WATCH
    watcher.stdout.close()
    watcher.stdout = None
    zinc("notify", "data")
    until(lambda: zinc("notify", "data") and watcher.poll() is not None)
    assert watcher.returncode == -signal.SIGPIPE
    zinc("rm", "data")


def test_watch_is_interrupted(zinc):
    zinc("put", "data", input="x")
    watcher = zinc.start("watch", "data")
    watcher.stdout.readline()
    code, _, errors = ended(watcher, signal.SIGINT)
    assert (code, errors) == (INTERRUPTED, b"")
    zinc("rm", "data")


def test_watch_needs_an_interval(zinc):
    zinc.fails(2, "watch", "data", "--interval", "0", says=["1ms"])
