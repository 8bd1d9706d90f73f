# SPDX-License-Identifier: MIT
"""zinc ls and zinc info: what they show of regions in every state; looking is all they do."""
import os
import signal
import subprocess

from conftest import ended, table, until

HEADER = "name\tsize\tcapacity\talive\tdead\twaiters\tage\tlifetime\tstate\n"


def test_an_empty_domain_is_a_header(zinc):
    assert zinc("ls").stdout == HEADER
    assert zinc("ls", "--names").stdout == ""
    assert zinc.json("ls") == {"regions": []}


def test_rows_are_sorted_exact_and_tab_separated(zinc):
    zinc("put", "second", input="12345")
    zinc("put", "first", "--lifetime", "persistent", input="1")
    holder = zinc.hold("third", b"x" * 5000)
    rows = table(zinc("ls").stdout)
    assert [row["name"] for row in rows] == ["first", "second", "third"]
    assert [row["capacity"] for row in rows] == ["1", "5", "5000"]
    assert [row["lifetime"] for row in rows] == ["persistent", "persistent", "auto"]
    assert [row["state"] for row in rows] == ["idle", "idle", "live"]
    assert [row["alive"] for row in rows] == ["0", "0", "1"]
    assert [row["waiters"] for row in rows] == ["0", "0", "1"]  # put waits while it holds
    assert all(0 <= float(row["age"]) < 60 for row in rows)
    assert all(int(row["size"]) >= int(row["capacity"]) for row in rows)
    assert zinc("ls", "--names").stdout == "first\nsecond\nthird\n"
    assert ended(holder, signal.SIGINT)[0] == 0
    zinc("rm", "first", "second")


def test_domains_do_not_see_each_other(zinc):
    zinc("put", "here", input="1")
    assert zinc("ls", "--names", "--domain", zinc.domain + "x").stdout == ""
    assert zinc("--domain=" + zinc.domain, "ls", "--names", env={"ZINC_DOMAIN": None}).stdout == \
        "here\n"
    assert "here\n" not in zinc("ls", "--names", "--domain", "").stdout
    zinc("rm", "here")


def test_the_directory_is_an_option(private):
    private("put", "name", input="1")
    assert private("--dir", str(private.directory), "ls", "--names",
                   env={"ZINC_DIR": "/dev/shm"}).stdout == "name\n"
    assert private("--dir", ".", "ls", "--names", env={"ZINC_DIR": None},
                   cwd=private.directory).stdout == "name\n"


def test_a_missing_directory_is_named(zinc):
    assert "/no/such/directory" in zinc("ls", "--dir", "/no/such/directory", code=3).stderr


def test_a_directory_that_is_not_local_is_refused(zinc):
    zinc.fails(1, "ls", "--dir", "/proc", says=["/proc", "local file system"])


def test_a_wrong_domain_is_refused(zinc):
    zinc.fails(2, "ls", "--domain", "a b", says=["ZINC_DOMAIN"])
    zinc.fails(2, "ls", "--domain", "x" * 49, says=["48"])


def test_the_dead_are_shown_and_not_removed(zinc):
    holder = zinc.hold("orphan", b"12345678")
    ended(holder, signal.SIGKILL)
    row = until(lambda: [one for one in table(zinc("ls").stdout) if one["state"] == "dead"])[0]
    assert (row["alive"], row["dead"], row["lifetime"]) == ("0", "1", "auto")
    assert zinc.region("orphan")["reclaimable"] is True
    assert zinc("info", "orphan").stdout.count("\tdead\t") == 1
    assert zinc.files() == [zinc.file("orphan").name]
    zinc("gc")


def test_a_reader_keeps_an_auto_region_live(zinc):
    holder = zinc.hold("read", b"x" * 300000)
    reader = zinc.start("cat", "read", bufsize=0)
    assert reader.stdout.read(1) == b"x"  # and now blocked: a pipe does not hold the rest
    assert ended(holder, signal.SIGINT)[0] == 0
    region = zinc.region("read")
    assert (region["state"], region["alive"]) == ("live", 0)
    code, output, errors = ended(reader)
    assert (code, output, errors) == (0, b"x" * 299999, b"")
    assert zinc.files() == []  # the reader was the last


def test_a_foreign_file_is_told_apart(zinc):
    zinc.file("alien").write_bytes(b"not a region" * 3000)
    row = table(zinc("ls").stdout)[0]
    assert (row["name"], row["state"], row["capacity"]) == ("alien", "foreign", "36000")
    assert (row["alive"], row["lifetime"]) == ("-", "-")
    region = zinc.region("alien")
    assert (region["status"], region["status_name"]) == (-71, "ZINC_E_LAYOUT")
    zinc.fails(8, "info", "alien", says=["alien"])
    zinc.file("alien").unlink()


def test_a_damaged_file_is_told_apart(zinc):
    zinc("put", "hurt", input="x" * 100)
    with open(zinc.file("hurt"), "r+b") as file:
        file.seek(40)
        file.write(b"\xff" * 8)
    assert table(zinc("ls").stdout)[0]["state"] == "damaged"
    zinc.fails(8, "info", "hurt", says=["hurt"])
    zinc("rm", "hurt")


def test_a_cut_file_is_damaged(zinc):
    zinc("put", "cut", input="x" * 100000)
    os.truncate(zinc.file("cut"), 20000)
    assert table(zinc("ls").stdout)[0]["state"] == "damaged"
    zinc.fails(8, "info", "cut", says=["cut", "shorter"])
    zinc("rm", "cut")


def test_the_files_of_others_are_shown_as_denied(zinc, as_nobody):
    zinc("put", "mine", input="1")
    row = table(zinc("ls", **as_nobody).stdout)[0]
    assert (row["name"], row["state"]) == ("mine", "denied")
    zinc.fails(5, "info", "mine", says=["mine"], **as_nobody)
    zinc("rm", "mine")


def test_names_outside_the_grammar_are_no_regions(private):
    for name in ("zinc_own@bad name", "zinc_own@", "zinc_own@.hidden", "zinc_own@\x1b[31m",
                 "zinc_own@" + "x" * 201):
        (private.directory / name).write_bytes(b"x")
    assert private("ls").stdout == HEADER


def test_the_longest_name_works(zinc):
    name = "n" * 200
    zinc("put", name, input="1")
    assert zinc("ls", "--names").stdout == name + "\n"
    assert zinc.json("info", name)["region"]["name"] == name
    zinc("rm", name)


def test_info_shows_facts_and_participants(zinc):
    holder = zinc.hold("data", b"x" * 4096, "--mode", "0640", "--rows", "7", "--max-capacity",
                       "1M")
    waiter = zinc.waiter("data")
    facts, participants = zinc("info", "data").stdout.split("\n\n")
    facts = {row["field"]: row["value"] for row in table(facts)}
    expected = {"name": "data", "domain": zinc.domain, "state": "live", "lifetime": "auto",
                "capacity": "4096", "max_capacity": "1048576", "data_offset": "16384",
                "mode": "0640", "rows": "7", "alive": "2", "dead": "0", "waiters": "2",
                "notifications": "1", "creator_pid": str(holder.pid), "creator_alive": "yes",
                "sealed": "no", "sparse": "no", "stale": "no", "truncated": "no",
                "reclaimable": "no", "layout": "1", "owner": str(os.geteuid())}
    assert {key: facts[key] for key in expected} == expected
    assert facts["created"].startswith("20") and facts["created"].endswith("Z")
    rows = table(participants)
    assert [row["pid"] for row in rows] == [str(holder.pid), str(waiter.pid)]
    assert [row["row"] for row in rows] == ["1", "2"]
    assert [row["role"] for row in rows] == ["creator", "user"]
    assert [row["state"] for row in rows] == ["alive", "alive"]
    assert [row["program"] for row in rows] == ["zinc", "zinc"]
    told = zinc.json("info", "data")
    assert told["region"]["alive"] == 2 and told["region"]["creator_alive"] is True
    assert [(one["pid"], one["alive"], one["creator"], one["waits"])
            for one in told["participants"]] == \
        [(holder.pid, True, True, 1), (waiter.pid, True, False, 1)]
    ended(waiter, signal.SIGINT)
    ended(holder, signal.SIGINT)


def test_a_programs_hostile_name_is_escaped(zinc, tmp_path):
    holder = zinc.hold("data")
    link = tmp_path / 'e\x1b"\t\\\xe9'
    link.symlink_to(zinc.program)
    waiter = subprocess.Popen([link, "wait", "--next", "data"], env=zinc.environment())
    zinc.children.append(waiter)
    until(lambda: zinc.region("data")["waiters"] == 2)
    told = zinc.json("info", "data")["participants"][1]
    assert told["program"] == 'e\\x1b"\\x09\\\\\xe9'
    assert zinc("info", "data").stdout.rstrip().endswith('\te\\x1b"\\x09\\\\\\xc3\\xa9')
    ended(waiter, signal.SIGINT)
    ended(holder, signal.SIGINT)


def test_looking_keeps_nothing_alive(zinc):
    holder = zinc.hold("data")
    for _ in range(5):
        zinc("ls")
        zinc("info", "data")
    assert zinc.region("data")["alive"] == 1
    ended(holder, signal.SIGINT)
    assert zinc.files() == []


def test_a_missing_region_is_named(zinc):
    for verb in ("info", "watch", "cat", "wait", "notify", "rm"):
        message = zinc.fails(3, verb, "nothing", says=["nothing", zinc.domain, "/dev/shm"])
        assert message.startswith(f"zinc: {verb}: ")


def test_wrong_names_are_usage_errors(zinc):
    for verb in ("info", "watch", "cat", "put", "wait", "notify", "rm"):
        for name in ("", ".dot", "a b", "a/b", "\x1b[31m", "ümlaut"):
            message = zinc.fails(2, verb, name, input="1")
            assert "\x1b" not in message
        zinc.fails(2, verb, "x" * 201, says=["200"], input="1")


def test_one_leading_slash_is_dropped(zinc):
    zinc("put", "/data", input="1")
    assert zinc("cat", "data").stdout == "1"
    zinc("rm", "/data")
