# SPDX-License-Identifier: MIT
"""zinc put and zinc cat: the same bytes come out, and nothing stays of what did not succeed."""
import hashlib
import os
import random
import signal
import subprocess
import time

import pytest

from conftest import INTERRUPTED, ended, until

BIG = bytes(random.Random(1).randbytes(1 << 20)) * 20 + b"the end"  # more than any pipe holds


def sha(data):
    return hashlib.sha256(data).hexdigest()


def test_a_file_goes_in_and_comes_out(zinc, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(BIG)
    done = zinc("put", "data", str(path))
    assert (done.stdout, done.stderr) == ("", "")
    assert sha(zinc("cat", "data", text=False, input=b"").stdout) == sha(BIG)
    region = zinc.region("data")
    assert (region["capacity"], region["lifetime"], region["alive"]) == (len(BIG), "persistent", 0)
    assert (region["mode"], region["notifications"]) == ("0600", 1)
    zinc("rm", "data")


def test_standard_input_of_unknown_length(zinc):
    zinc("put", "data", input=BIG, text=False)
    assert sha(zinc("cat", "data", text=False, input=b"").stdout) == sha(BIG)
    zinc("rm", "data")


def test_a_dash_is_standard_input(zinc):
    zinc("put", "data", "-", input="abc")
    assert zinc("cat", "data").stdout == "abc"
    zinc("rm", "data")


def test_standard_input_that_is_a_file_begins_where_it_stands(zinc, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with open(path, "rb") as file:
        os.lseek(file.fileno(), 4, os.SEEK_SET)
        zinc("put", "data", stdin=file)
    assert zinc("cat", "data").stdout == "456789"
    zinc("rm", "data")


def test_a_file_that_says_it_is_empty_is_read(zinc):
    zinc("put", "data", "/proc/self/comm")
    assert zinc("cat", "data").stdout == "zinc\n"
    zinc("rm", "data")


def test_one_byte_is_enough_and_none_is_too_few(zinc):
    zinc("put", "data", input="x")
    assert zinc.region("data")["capacity"] == 1
    zinc("rm", "data")
    zinc.fails(2, "put", "data", says=["at least 1 byte", "--capacity"])


def test_capacity_pads_with_zeros(zinc):
    zinc("put", "data", "--capacity", "4K", input="abc")
    assert zinc("cat", "data", text=False, input=b"").stdout == b"abc" + bytes(4093)
    zinc("rm", "data")
    zinc("put", "none", "--capacity", "10", input="")
    assert zinc("cat", "none", text=False, input=b"").stdout == bytes(10)
    zinc("rm", "none")
    zinc.fails(2, "put", "data", "--capacity", "2", input="abc", says=["3 bytes"])


def test_parts(zinc):
    zinc("put", "data", input="0123456789")
    assert zinc("cat", "data", "--offset", "4").stdout == "456789"
    assert zinc("cat", "--offset=4", "data", "--length", "3").stdout == "456"
    assert zinc("cat", "data", "--length", "10").stdout == "0123456789"
    assert zinc("cat", "data", "--offset", "10").stdout == ""
    assert zinc("cat", "data", "--length", "0").stdout == ""
    zinc.fails(2, "cat", "data", "--offset", "11", says=["10 bytes", "11"])
    zinc.fails(2, "cat", "data", "--offset", "8", "--length", "3", says=["10 bytes", "8"])
    zinc.fails(2, "cat", "data", "--length", "18446744073709551615", says=["10 bytes"])
    zinc("rm", "data")


@pytest.mark.parametrize("text, size", [("4096", 4096), ("4K", 4096), ("4KiB", 4096),
                                        ("1.5k", 1536), ("1M", 1 << 20), ("16B", 16)])
def test_sizes_may_have_units(zinc, text, size):
    zinc("put", "data", "--capacity", text, input="x")
    assert zinc.region("data")["capacity"] == size
    zinc("rm", "data")


@pytest.mark.parametrize("text", ["", "x", "-1", "4X", "1.3K", "0x10", "4Kb", "1e3", " 4",
                                  "99999999999999999999", "9" * 40])
def test_wrong_sizes_are_refused(zinc, text):
    zinc.fails(2, "put", "data", "--capacity", text, input="x", says=["--capacity"])


def test_a_size_beyond_the_address_space_is_refused(zinc):
    zinc.fails(2, "put", "data", "--capacity", "18446744073709551615", input="x", says=["data"])


def test_modes(zinc):
    zinc("put", "data", "--mode", "0644", input="x")
    assert zinc.region("data")["mode"] == "0644"
    zinc("rm", "data")
    for mode in ("0", "888", "1777", "", "rw", "-1"):
        zinc.fails(2, "put", "data", "--mode", mode, input="x", says=["--mode"])


def test_groups(zinc, as_nobody):
    del as_nobody  # only root may give to any group
    zinc("put", "data", "--group", "65534", input="x")
    assert zinc.region("data")["group"] == 65534
    zinc("rm", "data")
    zinc("put", "data", "--group", "root", input="x")
    assert zinc.region("data")["group"] == 0
    zinc("rm", "data")
    zinc.fails(2, "put", "data", "--group", "no-such-group", input="x", says=["no-such-group"])


def test_rows(zinc):
    zinc("put", "data", "--rows", "1023", input="x")
    assert zinc.region("data")["rows"] == 1023
    zinc("rm", "data")
    for rows in ("0", "1024"):
        zinc.fails(2, "put", "data", "--rows", rows, input="x", says=["1023"])


def test_a_taken_name(zinc):
    zinc("put", "data", input="old")
    zinc.fails(4, "put", "data", input="new", says=["data"])
    assert zinc("cat", "data").stdout == "old"
    zinc("put", "data", "--replace", input="newer")
    assert zinc("cat", "data").stdout == "newer"
    zinc("rm", "data")


def test_replace_notifies_who_has_the_old_one(zinc):
    holder = zinc.hold("data", b"old")
    waiter = zinc.waiter("data")
    zinc("put", "data", "--replace", input="new")
    assert ended(waiter)[0] == 0
    code, _, errors = ended(holder)  # its name is gone: nothing to hold
    assert code == 0 and b"taken away" in errors
    assert zinc("cat", "data").stdout == "new"
    zinc("rm", "data")


def test_unreadable_input(zinc, tmp_path):
    zinc.fails(1, "put", "data", str(tmp_path / "none"), says=["none", "No such file"])
    zinc.fails(1, "put", "data", str(tmp_path), says=["Is a directory"])
    zinc.fails(1, "put", "data", says=["standard input", "Bad file descriptor"],
               prefix=["sh", "-c", '"$@" <&-', "sh"])
    assert zinc.files() == []


def test_a_full_directory(zinc, small):
    script = (f'{zinc.program} put --domain full data --capacity 100K </dev/null && '
              f'{zinc.program} put --domain full big; echo "code $?"; '
              f'{zinc.program} ls --domain full --names; ls -A "$ZINC_DIR"')
    done = subprocess.run([*small, "sh", "-c", script], input=b"x" * (2 << 20),
                          capture_output=True, env=zinc.environment(), timeout=20)
    assert done.stdout == b"code 7\ndata\nzinc_full@data\n", (done.stdout, done.stderr)
    assert done.stderr.startswith(b"zinc: put: ") and b"big" in done.stderr


def test_auto_goes_with_the_interrupt(zinc):
    holder = zinc.hold("data", b"abc")
    assert zinc("cat", "data").stdout == "abc"
    assert zinc.region("data")["lifetime"] == "auto"
    assert ended(holder, signal.SIGINT) == (0, b"", b"")
    assert zinc.files() == []


def test_creator_goes_with_the_creator(zinc):
    creator = zinc.start("put", "--lifetime", "creator", "data", stdin=subprocess.PIPE)
    creator.stdin.write(b"abc")
    creator.stdin.close()
    creator.stdin = None
    until(lambda: (zinc.region("data") or {}).get("notifications") == 1)
    waiter = zinc.waiter("data")
    code, output, errors = ended(creator, signal.SIGTERM)
    assert (code, output, errors) == (0, b"", b"")
    assert zinc.files() == []  # though somebody still has the bytes
    ended(waiter, signal.SIGINT)


def test_a_hold_ends_when_its_name_is_removed(zinc):
    holder = zinc.hold("data")
    zinc("rm", "data")
    code, _, errors = ended(holder)
    assert code == 0 and b'"data"' in errors


def test_an_interrupt_while_reading_leaves_nothing(zinc):
    child = zinc.start("put", "data", stdin=subprocess.PIPE)
    child.stdin.write(b"some")
    child.stdin.flush()
    time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=20) == INTERRUPTED
    assert zinc.files() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_filling_leaves_nothing(zinc, tmp_path, number):
    path = tmp_path / "large"
    with open(path, "wb") as file:
        file.truncate(512 << 20)
    child = zinc.start("put", "data", str(path))
    until(zinc.files, "the region")
    assert ended(child, number) == (-number, b"", b"")
    assert zinc.files() == []


@pytest.mark.parametrize("lifetime", ["persistent", "auto", "creator"])
def test_an_interrupt_at_any_moment_leaves_all_or_nothing(zinc, tmp_path, lifetime):
    path = tmp_path / "file"
    path.write_bytes(b"y" * (8 << 20))
    chance = random.Random(lifetime)
    for _ in range(25):
        child = zinc.start("put", "data", str(path), "--lifetime", lifetime)
        time.sleep(chance.random() * 0.03)
        code, _, errors = ended(child, signal.SIGINT)
        assert code in (0, INTERRUPTED) and errors == b""
        if lifetime == "persistent" and code == 0:
            assert zinc.region("data")["notifications"] == 1
            zinc("rm", "data")
        assert zinc.files() == []


def test_a_reader_that_goes_is_no_error_to_read_about(zinc):
    zinc("put", "data", input=BIG, text=False)
    reader = zinc.start("cat", "data")
    assert reader.stdout.read(10) == BIG[:10]
    reader.stdout.close()
    reader.stdout = None
    assert reader.stderr.read() == b""
    assert reader.wait(timeout=20) == -signal.SIGPIPE
    zinc("rm", "data")


def test_a_reader_that_goes_lets_the_last_user_clear_up(zinc):
    holder = zinc.hold("data", BIG)
    reader = zinc.start("cat", "data")
    assert reader.stdout.read(10) == BIG[:10]
    ended(holder, signal.SIGINT)
    reader.stdout.close()
    reader.stdout = None
    assert reader.wait(timeout=20) == -signal.SIGPIPE
    assert zinc.files() == []


def test_an_interrupt_while_the_pipe_is_full(zinc):
    holder = zinc.hold("data", BIG)
    reader = zinc.start("cat", "data")
    assert reader.stdout.read(10) == BIG[:10]
    ended(holder, signal.SIGINT)
    time.sleep(0.1)
    reader.send_signal(signal.SIGINT)
    assert reader.wait(timeout=20) == INTERRUPTED
    assert reader.stderr.read() == b""
    assert zinc.files() == []


def test_a_region_that_is_cut_under_cat_is_an_error(zinc):
    zinc("put", "data", input=BIG, text=False)
    reader = zinc.start("cat", "data")
    assert reader.stdout.read(10) == BIG[:10]
    os.truncate(zinc.file("data"), 16384 + (4 << 20))
    code, output, errors = ended(reader)
    assert code == 8 and len(output) < len(BIG)
    assert errors.startswith(b'zinc: cat: ') and b"data" in errors and b"truncated" in errors
    zinc("rm", "data")


def test_a_non_blocking_pipe_gets_everything(zinc):
    zinc("put", "data", input=BIG, text=False)
    read, write = os.pipe()
    os.set_blocking(write, False)
    child = zinc.start("cat", "data", stdout=write)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        time.sleep(0.1)
        assert sha(pipe.read()) == sha(BIG)
    assert child.wait(timeout=20) == 0
    zinc("rm", "data")


def test_standard_output_that_cannot_be_written(zinc):
    zinc("put", "data", input="abc")
    for verb in (("cat", "data"), ("ls",), ("info", "data"), ("version",), ("help",)):
        with open("/dev/full", "wb") as full:
            zinc.fails(1, *verb, stdout=full, says=["standard output", "No space left"])
        zinc.fails(1, *verb, says=["standard output", "Bad file descriptor"],
                   prefix=["sh", "-c", '"$@" >&-', "sh"])
    assert zinc("cat", "data").stdout == "abc"  # nothing was printed into the region
    zinc("rm", "data")


def test_closed_descriptors_never_become_the_region(zinc):
    zinc("put", "data", input="abc")
    for _ in range(3):
        zinc("wait", "data", prefix=["sh", "-c", '"$@" <&- >&- 2>&-', "sh"])
        zinc("notify", "data", prefix=["sh", "-c", '"$@" <&- >&- 2>&-', "sh"])
        zinc("rm", "none", code=3, prefix=["sh", "-c", '"$@" <&- >&- 2>&-', "sh"])
    assert zinc("cat", "data").stdout == "abc"
    assert zinc.region("data")["state"] == "idle"
    zinc("rm", "data")


def test_others_need_trust(zinc, as_nobody):
    zinc("put", "open", "--mode", "0666", input="theirs", **as_nobody)
    for verb in (("cat",), ("wait",), ("notify",)):
        zinc.fails(5, *verb, "open", says=["open", "65534"])
        zinc(*verb, "--trust", "open")
    zinc("rm", "open")


def test_others_are_denied(zinc, as_nobody):
    zinc("put", "mine", input="x")
    for verb in (("cat",), ("wait",), ("notify",), ("rm",)):
        zinc.fails(5, *verb, "mine", says=["mine"], **as_nobody)
    zinc.fails(5, "put", "mine", input="x", says=["mine"], **as_nobody)
    assert zinc("cat", "mine").stdout == "x"
    zinc("rm", "mine")


def test_who_may_only_read_reads_and_waits(zinc, as_nobody):
    zinc("put", "shown", "--mode", "0644", input="x")
    assert zinc("cat", "shown", **as_nobody).stdout == "x"
    zinc("wait", "shown", **as_nobody)
    zinc.fails(5, "notify", "shown", says=["shown"], **as_nobody)
    zinc("rm", "shown")
