# SPDX-License-Identifier: MIT
"""Files that are no regions, or spoiled ones: a documented error, no crash, nothing left."""

import os

import pytest

import zinc
from zinc import SharedRegion

pytest.importorskip("hypothesis", reason="hypothesis is not installed")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

DOCUMENTED = (zinc.LayoutError, zinc.CorruptError, zinc.AccessError, zinc.NotFoundError)

quick = settings(max_examples=80, deadline=None,
                 suppress_health_check=[HealthCheck.function_scoped_fixture])


class Bytes(bytes):
    """Bytes that a failing test does not print."""

    def __repr__(self):
        return f"<{len(self)} bytes>"


@pytest.fixture
def planted(file_of):
    """Puts bytes where the region of a name would be; removes them."""
    paths = []

    def plant(name, data):
        path = file_of(name)
        with open(path, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(data)
        paths.append(path)
    yield plant
    for path in paths:
        if os.path.exists(path):
            os.unlink(path)


@pytest.fixture
def whole(name, file_of):
    """The bytes of a real, persistent region's file."""
    SharedRegion.create(name + "-model", 4096, lifetime="persistent", rows=4).close()
    with open(file_of(name + "-model"), "rb") as file:
        data = Bytes(file.read())
    zinc.remove(name + "-model")
    return data


def try_all(name):
    """Everything that opens: each succeeds or fails with a documented error."""
    for call in (lambda: SharedRegion.open(name), lambda: SharedRegion.open(name, read_only=True),
                 lambda: SharedRegion.open_or_create(name, 64)):
        try:
            with call() as region:
                assert 0 < region.capacity <= 1 << 40
                assert len(region.as_buffer()) == region.capacity
                region.try_wait()
                assert region.info.capacity == region.capacity
        except (*DOCUMENTED, zinc.ExistsError, zinc.TooLargeError, zinc.TooManyUsersError,
                zinc.BusyError, zinc.OutOfMemoryError):
            pass
    zinc.list()


def test_a_foreign_file(name, planted, file_of):
    planted(name, b"not a region" * 1000)
    with pytest.raises(zinc.LayoutError) as caught:
        SharedRegion.open(name)
    assert name in str(caught.value)
    with pytest.raises(zinc.LayoutError):
        zinc.lookup(name)
    with pytest.raises(zinc.LayoutError):
        zinc.remove(name)
    assert os.path.getsize(file_of(name)) == 12_000
    assert [(info.name, info.status) for info in zinc.list()] == [(name, -71)]


def test_an_empty_file(name, planted):
    planted(name, b"")
    with pytest.raises((zinc.LayoutError, zinc.CorruptError)):
        SharedRegion.open(name)


@pytest.mark.parametrize("length", [1, 63, 64, 100, 4096, 16384, 18000])
def test_a_truncated_file(name, planted, whole, length):
    planted(name, whole[:length])
    with pytest.raises((zinc.LayoutError, zinc.CorruptError)):
        SharedRegion.open(name)


def test_a_symbolic_link_is_not_followed(name, file_of, region):
    os.symlink(file_of(region.name), file_of(name + "-link"))
    try:
        with pytest.raises(zinc.ZincError) as caught:
            SharedRegion.open(name + "-link")
        assert isinstance(caught.value, (zinc.AccessError, zinc.LayoutError, zinc.NotFoundError))
    finally:
        os.unlink(file_of(name + "-link"))


def test_a_directory_and_a_fifo_are_no_regions(name, file_of):
    os.mkdir(file_of(name))
    os.mkfifo(file_of(name + "-fifo"))
    try:
        for tried in (name, name + "-fifo"):
            with pytest.raises(zinc.ZincError):
                SharedRegion.open(tried)
    finally:
        os.rmdir(file_of(name))
        os.unlink(file_of(name + "-fifo"))


def test_a_foreign_owner_is_not_trusted(name, file_of):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    with SharedRegion.create(name, 64, lifetime="persistent"):
        pass
    os.chown(file_of(name), 12345, 12345)
    with pytest.raises(zinc.AccessError):
        SharedRegion.open(name)
    SharedRegion.open(name, accept_owners=[12345]).close()
    SharedRegion.open(name, accept_any_owner=True).close()
    zinc.remove(name)


@pytest.mark.seconds(180)
@quick
@given(data=st.binary(max_size=1000), end=st.integers(0, 30_000))
def test_random_bytes(planted, data, end):
    planted("random", data + bytes(max(0, end - len(data))))
    try_all("random")


@pytest.mark.seconds(180)
@quick
@given(changes=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=8),
       length=st.one_of(st.none(), st.integers(0, 40_000)))
def test_a_spoiled_region(planted, whole, changes, length):
    data = bytearray(whole)
    for place, value in changes:
        data[place] = value
    planted("spoiled", bytes(data[:length]))
    try_all("spoiled")


def test_a_region_truncated_while_open(name, file_of):
    with SharedRegion.create(name, 1 << 20) as region:
        os.truncate(file_of(name), 4096)
        assert region.info.gone
        with pytest.raises((zinc.CorruptError, zinc.LayoutError)):
            SharedRegion.open(name)
        with pytest.raises((zinc.GoneError, zinc.TooLargeError)):
            region.grow(2 << 20)
        region.notify()
        assert region.wait(0) is True
