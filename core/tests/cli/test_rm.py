# SPDX-License-Identifier: MIT
"""zinc rm and zinc gc: what goes, what stays, and how that is told."""
import json
import signal

from conftest import ended, table, until


def test_rm_takes_several_names(zinc):
    for name in ("one", "two", "three"):
        zinc("put", name, input="x")
    done = zinc("rm", "one", "three")
    assert (done.stdout, done.stderr) == ("", "")
    assert zinc("ls", "--names").stdout == "two\n"
    zinc("rm", "two")


def test_rm_goes_on_after_a_failure(zinc):
    zinc("put", "there", input="x")
    zinc.fails(3, "rm", "missing", "there", says=["missing"])
    assert zinc.files() == []


def test_rm_with_several_reasons_is_a_plain_failure(zinc):
    done = zinc("rm", "missing", "bad name", code=1)
    assert done.stderr.count("zinc: rm: ") == 2


def test_rm_takes_the_name_from_its_users(zinc):
    holder = zinc.hold("data")
    zinc("rm", "data")
    assert zinc.files() == []
    zinc("put", "data", input="new")  # the name is free at once
    assert ended(holder)[0] == 0
    assert zinc("cat", "data").stdout == "new"
    zinc("rm", "data")


def test_rm_leaves_foreign_files(zinc):
    zinc.file("alien").write_bytes(b"not a region" * 3000)
    zinc.fails(8, "rm", "alien", says=["alien"])
    assert zinc.files() == [zinc.file("alien").name]
    zinc.file("alien").unlink()


def test_rm_leaves_links(private, tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"x" * 100)
    private.file("link").symlink_to(target)
    assert private("rm", "link", code=5).stderr.startswith("zinc: rm: ")
    assert target.read_bytes() == b"x" * 100 and private.file("link").is_symlink()


def test_gc_with_nothing_to_do(zinc):
    assert zinc("gc").stdout == "name\tkind\tsize\tresult\n"
    told = zinc.json("gc")
    assert told["things"] == [] and told["dry_run"] is False
    assert (told["regions_seen"], told["regions_removed"], told["failures"]) == (0, 0, 0)


def orphan(zinc, name):
    ended(zinc.hold(name, b"x" * 100), signal.SIGKILL)
    until(lambda: zinc.region(name)["reclaimable"])


def test_gc_removes_the_dead_and_only_them(zinc):
    orphan(zinc, "orphan")
    zinc("put", "kept", input="x")
    holder = zinc.hold("used")
    rows = table(zinc("gc", "--dry-run").stdout)
    assert [(row["name"], row["kind"], row["result"]) for row in rows] == \
        [("orphan", "region", "would be removed")]
    assert len(zinc.files()) == 3
    told = zinc.json("gc", "--dry-run")
    assert told["dry_run"] is True and told["regions_seen"] == 3
    assert [one["name"] for one in told["things"]] == ["orphan"]
    rows = table(zinc("gc").stdout)
    assert [(row["name"], row["result"]) for row in rows] == [("orphan", "removed")]
    assert int(rows[0]["size"]) >= 100
    assert zinc("ls", "--names").stdout == "kept\nused\n"
    ended(holder, signal.SIGINT)
    zinc("rm", "kept")


def test_gc_says_what_it_may_not_remove(zinc, as_nobody):
    orphan(zinc, "orphan")
    zinc.file("orphan").chmod(0o666)
    done = zinc("gc", code=1, **as_nobody)
    assert table(done.stdout)[0]["result"].startswith("kept: ")
    assert done.stderr.startswith("zinc: gc: 1 could not be removed: ")
    assert zinc.files() == [zinc.file("orphan").name]
    zinc("gc")


def test_gc_escapes_hostile_names_of_half_made_files(private):
    hostile = b".zinc-\xff\x1b[31m\"\\\n\t" + "\u00e9".encode()
    for _ in range(2):
        with open(bytes(private.directory) + b"/" + hostile, "wb") as file:
            file.write(b"x")
        if _ == 0:
            rows = table(private("gc").stdout)
            assert [(row["name"], row["kind"]) for row in rows] == \
                [('.zinc-\\xff\\x1b[31m"\\\\\\x0a\\x09\\xc3\\xa9', "temporary")]
    done = private("gc", "--json")
    assert json.loads(done.stdout)["things"][0]["name"] == \
        '.zinc-\\xff\\x1b[31m"\\\\\\x0a\\x09\u00e9'
    assert list(private.directory.iterdir()) == []


def test_gc_in_a_missing_directory_prints_no_report(zinc):
    for more in ((), ("--json",)):
        assert zinc("gc", "--dir", "/no/such/directory", *more, code=3).stdout == ""
