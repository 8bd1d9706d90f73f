# SPDX-License-Identifier: MIT
"""The domain seen from outside."""

import os
import signal
import subprocess
import sys

import pytest

import zinc
from zinc import SharedRegion
from zinc._zinc import ffi


def fields(struct):
    return {field for field, _ in ffi.typeof(struct).fields} - {"size"}


def test_no_fact_of_the_core_is_left_out():
    assert set(zinc.RegionInfo._fields) == fields("zinc_info") | {"status"}
    assert set(zinc.Participant._fields) == fields("zinc_participant")
    assert set(zinc.DoctorFacts._fields) == fields("zinc_doctor_facts")
    assert set(zinc.GcReport._fields) == fields("zinc_gc_report") - {"flags"} | {"removals"}


def killed(name, lifetime="auto"):
    """A region whose only participant was killed."""
    process = subprocess.Popen(
        [sys.executable, "-c",
         "import sys, zinc; r = zinc.SharedRegion.create(sys.argv[1], 8192, lifetime=sys.argv[2]);"
         "print('made', flush=True); r.wait()", name, lifetime],
        stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"made\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.pid


def test_list_is_sorted_by_name(name):
    made = [SharedRegion.create(f"{name}-{letter}", 64) for letter in "cab"]
    assert [info.name for info in zinc.list()] == [f"{name}-{letter}" for letter in "abc"]
    assert [info.capacity for info in zinc.list()] == [64, 64, 64]
    for region in made:
        region.close()
    assert zinc.list() == []


def test_lookup_does_not_take_part(region):
    info = zinc.lookup(region.name)
    assert info.participants_alive == 1 and info.capacity == 4096
    assert info.inode == region.info.inode
    with pytest.raises(zinc.NotFoundError):
        zinc.lookup("missing")


def test_participants(region):
    with SharedRegion.open(region.name):
        rows = zinc.participants(region.name)
    assert [row.alive for row in rows] == [True, True]
    assert [row.pid for row in rows] == [os.getpid()] * 2
    assert [row.creator for row in rows] == [True, False]
    assert all(row.same_namespace and row.generation >= 1 and row.waits == 0 for row in rows)
    assert rows[0].row != rows[1].row
    assert rows[0].program.startswith("python") or rows[0].program != ""
    with pytest.raises(zinc.NotFoundError):
        zinc.participants("missing")


def test_remove_is_the_force(region):
    view = region.as_buffer()
    zinc.remove(region.name)
    view[0] = 1
    assert region.info.stale
    with pytest.raises(zinc.NotFoundError):
        zinc.remove(region.name)


def test_a_killed_creators_region_can_be_collected(name):
    killed(name)
    info = zinc.lookup(name)
    assert info.reclaimable and info.participants_alive == 0
    assert [row.alive for row in zinc.participants(name)] == [False]
    dry = zinc.gc(dry_run=True)
    assert (dry.regions_removed, dry.failures) == (1, 0)
    assert [(removal.name, removal.temporary, removal.status) for removal in dry.removals] == [
        (name, False, 0)]
    assert zinc.lookup(name).reclaimable
    report = zinc.gc()
    assert (report.regions_seen, report.regions_removed, report.failures) == (1, 1, 0)
    assert report.bytes_removed >= 8192
    assert report.removals[0].allocated == report.bytes_removed
    with pytest.raises(zinc.NotFoundError):
        zinc.lookup(name)


def test_a_killed_creators_name_is_free(name):
    killed(name)
    with pytest.raises(zinc.NotFoundError):
        SharedRegion.open(name)
    killed(name)
    with SharedRegion.create(name, 64) as region:
        assert region.capacity == 64


def test_gc_leaves_the_living_and_the_persistent(name):
    pid = killed(name, "persistent")
    with SharedRegion.create(name + "-alive", 64):
        report = zinc.gc()
        assert (report.regions_seen, report.regions_removed) == (2, 0)
        assert report.removals == ()
    with SharedRegion.open(name) as region:
        assert region.info.creator_pid == pid and not region.info.creator_alive
    zinc.remove(name)


def test_many_removals(name):
    for index in range(20):
        SharedRegion.create(f"{name}-{index}", 64, lifetime="persistent").close()
    assert len(zinc.list()) == 20
    for info in zinc.list():
        zinc.remove(info.name)
    assert zinc.list() == []


def test_doctor(region):
    facts = zinc.doctor()
    assert facts.directory == (os.environ.get("ZINC_DIR") or "/dev/shm")
    assert facts.directory_status == 0
    assert facts.domain == os.environ["ZINC_DOMAIN"]
    assert facts.regions == 1 and facts.regions_stale == 0
    assert facts.page_size == os.sysconf("SC_PAGE_SIZE")
    assert facts.processors == len(os.sched_getaffinity(0))
    assert facts.has_proc is True
    assert 0 < facts.directory_free <= facts.directory_total
    assert facts.wait_backend != ""
    assert facts.remove_ipc in (True, False, None)
