# SPDX-License-Identifier: MIT
"""zinc doctor and zinc bench."""
import json
import signal
import subprocess
import time

from conftest import INTERRUPTED, ended, table, until

CHECKS = ["directory", "space", "inodes", "descriptors", "maps", "address space", "waiting",
          "many waits", "processors", "huge pages", "creation", "proc", "memory files", "logind",
          "stale regions"]


def findings(zinc, code=0, **options):
    return {one["check"]: one for one in zinc.json("doctor", code=code, **options)["findings"]}


def test_a_healthy_machine(private):
    rows = table(private("doctor").stdout)
    assert set(CHECKS) - {"space", "inodes"} <= {row["check"] for row in rows}
    assert {row["level"] for row in rows} <= {"ok", "advice"}
    assert all(row["remedy"] for row in rows if row["level"] == "advice")
    assert all(not row["remedy"] for row in rows if row["level"] == "ok")
    told = private.json("doctor")
    assert told["healthy"] is True
    assert told["facts"]["directory"] == str(private.directory)
    assert told["facts"]["domain"] == "own"
    assert told["facts"]["regions"] == 0
    assert [one["check"] for one in told["findings"]] == [row["check"] for row in rows]


def test_stale_regions_are_advice(private):
    ended(private.hold("orphan"), signal.SIGKILL)
    until(lambda: private.region("orphan")["reclaimable"])
    found = findings(private)["stale regions"]
    assert found["level"] == "advice" and "1 of 1" in found["finding"]
    assert "zinc gc" in found["remedy"]
    private("gc")
    assert findings(private)["stale regions"]["level"] == "ok"


def test_damaged_regions_are_wrong(private):
    private("put", "hurt", input="x" * 100)
    with open(private.file("hurt"), "r+b") as file:
        file.seek(40)
        file.write(b"\xff" * 8)
    found = findings(private, code=1)["damaged regions"]
    assert found["level"] == "wrong" and found["finding"] == "1: hurt"
    assert "zinc rm" in found["remedy"]


def test_foreign_files_are_advice(private):
    for number in range(60):
        private.file(f"alien-{number}").write_bytes(b"x" * 20000)
    found = findings(private)["foreign files"]
    assert found["level"] == "advice" and found["finding"].startswith("60 files")
    assert "alien-0" in found["finding"] and found["finding"].endswith("...")


def test_a_full_directory_is_wrong(zinc, small):
    script = f'head -c 1000000 /dev/zero >"$ZINC_DIR/other"; exec {zinc.program} doctor --json'
    done = subprocess.run([*small, "sh", "-c", script], capture_output=True,
                          env=zinc.environment({"ZINC_DOMAIN": "full"}), timeout=20)
    assert done.returncode == 1, done
    told = json.loads(done.stdout)
    assert told["healthy"] is False and told["facts"]["directory_total"] == 1 << 20
    space = [one for one in told["findings"] if one["check"] == "space"][0]
    assert space["level"] == "wrong" and "zinc gc" in space["remedy"]


def test_a_missing_directory_is_wrong(zinc):
    found = findings(zinc, code=1, env={"ZINC_DIR": "/no/such/directory"})["directory"]
    assert found["level"] == "wrong" and "ZINC_DIR" in found["remedy"]
    assert "/no/such/directory" in found["finding"]


def test_few_descriptors_are_told(zinc):
    for limit, level in ((20, "wrong"), (200, "advice")):
        code = 1 if level == "wrong" else 0
        found = findings(zinc, code=code, prefix=["sh", "-c", f'ulimit -n {limit}; "$@"', "sh"])
        assert found["descriptors"]["level"] == level
        assert "ulimit -n" in found["descriptors"]["remedy"]


def test_the_other_way_of_waiting_is_told(zinc):
    assert findings(zinc)["waiting"]["finding"] == "back-end futex"
    found = findings(zinc, env={"ZINC_WAIT": "poll"})["waiting"]
    assert (found["level"], found["finding"]) == ("advice", "back-end poll")


FIGURES = ["hand-off round trip", "notify-wait round trip, hot", "notify-wait round trip, parked",
           "notify with nobody waiting", "create + open + close, 4 KiB", "open + close, 4 KiB",
           "write", "read", "copy"]


def test_bench_prints_every_figure(zinc):
    told = zinc.json("bench")
    assert [one["name"] for one in told["figures"]] == FIGURES
    assert all(one["value"] > 0 for one in told["figures"])
    assert told["handoff_ns"] == told["figures"][0]["value"] / 2
    compared = [one for one in told["figures"] if "ratio" in one]
    assert [one["against"] for one in compared] == ["hand-off", "pipe", "atomic add"] + \
        ["private memory"] * 3
    assert all(abs(one["ratio"] - one["value"] / one["raw"]) < 0.01 * one["ratio"] + 0.01
               for one in compared)
    rows = table(zinc("bench").stdout)
    assert [row["figure"] for row in rows] == FIGURES


def test_bench_on_one_processor(zinc):
    told = json.loads(zinc("bench", "--json", prefix=["taskset", "-c", "0"]).stdout)
    assert [one["name"] for one in told["figures"]] == FIGURES


def test_bench_is_interrupted_at_any_moment(zinc):
    for delay in (0.05, 0.4, 0.9, 1.6, 2.1):
        child = zinc.start("bench", start_new_session=True)
        time.sleep(delay)
        code, output, errors = ended(child, signal.SIGINT)
        assert (code, output, errors) == (INTERRUPTED, b"", b"") or code == 0
        assert until(lambda: zinc.files() == [])


def test_bench_without_room(zinc, small):
    done = subprocess.run(
        [*small, "sh", "-c", f'head -c 1040000 /dev/zero >"$ZINC_DIR/other"; {zinc.program} bench; '
         'echo "code $?"; ls -A "$ZINC_DIR"'], capture_output=True, env=zinc.environment(),
        timeout=20)
    assert done.stdout == b"code 7\nother\n", done
    assert done.stderr.startswith(b"zinc: bench: ")
