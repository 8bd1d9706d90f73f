# SPDX-License-Identifier: MIT
"""What is different when people look: alignment, units, colour and progress."""
import os
import re
import signal
import subprocess
import time

from conftest import INTERRUPTED, ended, until

ESCAPE = "\x1b["


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*[mK]", "", text.replace("\r\n", "\n"))


def test_a_table_is_aligned_with_units_and_colour(zinc, terminal):
    zinc("put", "a", "--capacity", "1536", input="x")
    zinc("put", "longer-name", "--capacity", "3M", input="x")
    shown = terminal("ls").read()
    assert ESCAPE + "1m" in shown
    lines = plain(shown).splitlines()
    assert lines[0].split() == ["NAME", "SIZE", "CAPACITY", "ALIVE", "DEAD", "WAITERS", "AGE",
                                "LIFETIME", "STATE"]
    assert "1.5 KiB" in lines[1] and "3.0 MiB" in lines[2] and "\t" not in shown
    assert {line.index("persistent") for line in lines[1:]} == {lines[0].index("LIFETIME")}
    assert all(line.rstrip() == line for line in lines)
    zinc("rm", "a", "longer-name")


def test_colour_is_a_choice(zinc, terminal):
    zinc("put", "a", input="x")
    assert ESCAPE in terminal("ls").read()
    assert ESCAPE not in terminal("ls", "--color", "never").read()
    assert ESCAPE not in terminal("ls", env={"NO_COLOR": "1"}).read()
    assert ESCAPE in terminal("ls", env={"NO_COLOR": ""}).read()
    assert ESCAPE not in terminal("ls", env={"TERM": "dumb"}).read()
    assert ESCAPE in terminal("ls", "--color=always", env={"NO_COLOR": "1"}).read()
    assert ESCAPE not in zinc("ls").stdout
    assert ESCAPE in zinc("ls", "--color", "always").stdout
    assert ESCAPE not in zinc("--color", "never", "ls").stdout
    zinc("rm", "a")


def test_facts_for_people(zinc, terminal):
    zinc("put", "a", "--capacity", "1M", input="x")
    shown = plain(terminal("info", "a").read())
    assert "1.0 MiB (1048576 bytes)" in shown
    if os.geteuid() == 0:
        assert "0 (root)" in shown
    zinc("rm", "a")


def test_findings_for_people(terminal):
    shown = plain(terminal("doctor").read())
    assert re.search(r"^(ok|advice|wrong) +directory +/dev/shm", shown, re.M)


def test_gc_sums_up_for_people(zinc, terminal):
    ended(zinc.hold("a"), signal.SIGKILL)
    until(lambda: zinc.region("a")["reclaimable"])
    shown = plain(terminal("gc").read())
    assert "removed 1 of 1 regions and 0 half-made ones: 20.0 KiB" in shown


def test_errors_for_people(terminal):
    shown = plain(terminal("help", "errors").read())
    assert "ZINC_E_NOENT -2: no such region\n    why: " in shown and "\n    do:  " in shown


def test_watch_keeps_one_line_up_to_date(zinc, terminal):
    zinc("put", "a", input="x")
    screen = terminal("watch", "a", "--interval", "5ms")
    screen.until("quiet")
    zinc("notify", "a")
    screen.until("1 notifications")
    zinc("rm", "a")
    shown = screen.read()
    assert "gone" in shown and shown.count("\n") == 1
    assert screen.child.returncode == 0


def test_progress_comes_after_a_second_and_goes(zinc, terminal):
    screen = terminal("put", "a", which=("stderr",), stdin=subprocess.PIPE)
    begun = time.monotonic()
    while time.monotonic() - begun < 1.6:  # four megabytes a piece
        screen.child.stdin.write(b"x" * (4 << 20))
        time.sleep(0.05)
    screen.child.stdin.close()
    shown = screen.read()
    assert screen.child.returncode == 0
    assert re.search(r"\r\x1b\[Kzinc: put: read: \d+\.\d MiB, \d+\.\d MiB/s", shown)
    assert shown.endswith("\r\x1b[K")
    zinc("rm", "a")


def test_no_progress_in_a_pipe(zinc):
    zinc("put", "a", "--capacity", "4M", input="x")
    reader = zinc.start("cat", "a")
    time.sleep(1.3)
    code, output, errors = ended(reader)
    assert (code, len(output), errors) == (0, 4 << 20, b"")
    zinc("rm", "a")


def test_progress_of_cat(zinc, terminal):
    zinc("put", "a", "--capacity", "8M", input="x")
    screen = terminal("cat", "a", which=("stderr",))
    time.sleep(1.2)
    got = 0
    while True:
        some = os.read(screen.child.stdout.fileno(), 65536)
        if not some:
            break
        got += len(some)
    assert got == 8 << 20
    assert re.search(r"zinc: cat: \d+\.\d MiB of 8\.0 MiB, .*/s, \d+ %", screen.read())
    zinc("rm", "a")


def test_a_hold_says_that_it_is_ready(zinc, terminal):
    screen = terminal("put", "--lifetime", "auto", "a", which=("stderr",), stdin=subprocess.PIPE)
    screen.child.stdin.write(b"x")
    screen.child.stdin.close()
    screen.until('"a" is ready; Ctrl-C removes it')
    screen.child.send_signal(signal.SIGINT)
    screen.read()
    assert screen.child.returncode == 0 and zinc.files() == []


def test_an_interrupt_takes_the_progress_away(zinc, terminal):
    screen = terminal("put", "a", which=("stderr",), stdin=subprocess.PIPE)
    screen.child.stdin.write(b"x" * 100)
    screen.child.stdin.flush()
    time.sleep(0.1)
    screen.child.send_signal(signal.SIGINT)
    screen.child.stdin.close()
    screen.read()
    assert screen.child.returncode == INTERRUPTED and zinc.files() == []
