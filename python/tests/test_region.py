# SPDX-License-Identifier: MIT
"""Making regions, their facts, and the verbs that change them."""

import os
import socket
import stat

import pytest

import zinc
from zinc import SharedRegion


def test_create_and_open_are_the_same_bytes(name):
    with SharedRegion.create(name, 4096) as one, SharedRegion.open(name) as two:
        one.as_buffer()[7] = 42
        assert two.as_buffer()[7] == 42
        two.as_buffer()[8] = 43
        assert one.as_buffer()[8] == 43
        assert one.address != two.address


def test_a_new_region_is_zero_and_has_the_capacity_exactly(name):
    with SharedRegion.create(name, 4097) as region:
        assert region.capacity == 4097
        assert bytes(region.as_buffer()) == bytes(4097)


def test_a_leading_slash_means_the_same_name(name):
    with SharedRegion.create("/" + name, 64) as one, SharedRegion.open(name) as two:
        assert one.name == two.name == name
        assert SharedRegion.open(name.encode()).close() is None


def test_create_refuses_a_name_in_use(region):
    with pytest.raises(zinc.ExistsError) as caught:
        SharedRegion.create(region.name, 64)
    assert isinstance(caught.value, FileExistsError)
    assert region.name in str(caught.value)


def test_open_refuses_a_missing_name():
    with pytest.raises(FileNotFoundError) as caught:
        SharedRegion.open("missing")
    assert type(caught.value) is zinc.NotFoundError
    assert "missing" in str(caught.value)


def test_open_or_create_creates_once(name):
    with SharedRegion.open_or_create(name, 512) as one:
        assert one.info.created
        with SharedRegion.open_or_create(name, 512) as two:
            assert not two.info.created
            assert two.info.inode == one.info.inode
        with pytest.raises(zinc.TooLargeError):
            SharedRegion.open_or_create(name, 513)


def test_replace_gives_the_name_to_new_bytes(name):
    with SharedRegion.create(name, 64) as old:
        old.as_buffer()[0] = 1
        with SharedRegion.replace(name, 128) as new:
            assert old.wait(1000) is True
            assert old.info.stale and not new.info.stale
            assert old.as_buffer()[0] == 1
            with SharedRegion.open(name) as found:
                assert found.capacity == 128
                assert found.info.inode == new.info.inode != old.info.inode


def test_unlink_belongs_to_the_creator(name):
    with SharedRegion.create(name, 64) as mine, SharedRegion.open(name) as other:
        with pytest.raises(PermissionError) as caught:
            other.unlink()
        assert type(caught.value) is zinc.NotPermittedError
        mine.unlink()
        mine.unlink()
        assert other.info.stale
        with pytest.raises(zinc.NotFoundError):
            SharedRegion.open(name)
        mine.as_buffer()[0] = 9
        assert other.as_buffer()[0] == 9


def test_grow_is_in_place_and_seen_by_all(name):
    with SharedRegion.create(name, 4096, max_capacity=1 << 20) as one:
        with SharedRegion.open(name) as two:
            old = two.as_buffer()
            address = two.address
            assert two.wait(0) is False
            one.grow(100_000)
            assert one.capacity == two.capacity == 100_000
            assert two.address == address and len(old) == 4096
            assert two.wait(1000) is True
            one.as_buffer()[99_999] = 5
            assert two.as_buffer()[99_999] == 5
            one.grow(10)
            assert one.capacity == 100_000
            with pytest.raises(zinc.TooLargeError):
                one.grow((1 << 20) + 1)


def test_attach_to_a_descriptor(region):
    number = region.descriptor()
    try:
        assert os.get_inheritable(number) is False
        with SharedRegion.attach(number) as other:
            region.as_buffer()[1] = 77
            assert other.as_buffer()[1] == 77
            assert other.info.inode == region.info.inode
    finally:
        os.close(number)


def test_a_private_region_goes_over_a_socket():
    ours, theirs = socket.socketpair()
    with ours, theirs, SharedRegion.create_private("label", 8192) as region:
        assert region.name == "label" and region.info.private
        region.as_buffer()[:3] = b"abc"
        region.send(ours)
        with SharedRegion.receive(theirs) as other:
            assert bytes(other.as_buffer()[:3]) == b"abc"
            other.as_buffer()[0] = 0x7A
            assert region.as_buffer()[0] == 0x7A
    assert zinc.list() == []


def test_only_the_maker_writes_a_sealed_region():
    ours, theirs = socket.socketpair()
    with ours, theirs, SharedRegion.create_private(None, 8192, sealed=True) as region:
        assert region.name == "private" and region.info.sealed
        region.send(ours.fileno())
        with SharedRegion.receive(theirs.fileno()) as other:
            assert other.info.read_only
            assert other.as_buffer().readonly
            with pytest.raises(PermissionError):
                other.notify()
            with pytest.raises(PermissionError):
                region.grow(8193)


def test_receive_says_what_is_wrong_with_the_socket():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.send(b"x")
        with pytest.raises(zinc.BadDescriptorError):
            SharedRegion.receive(theirs)
        ours.close()
        with pytest.raises(zinc.ClosedError, match="closed"):
            SharedRegion.receive(theirs)


def test_send_to_a_closed_socket_does_not_look_like_a_closed_region(region):
    ours, theirs = socket.socketpair()
    with ours:
        theirs.close()
        with pytest.raises(BrokenPipeError):
            region.send(ours)
        assert not region.closed


def test_attach_refuses_what_is_no_region(tmp_path):
    with pytest.raises(zinc.BadDescriptorError):
        SharedRegion.attach(1_000_000)
    with open(tmp_path / "file", "wb+") as file, pytest.raises(zinc.ZincError):
        SharedRegion.attach(file)


def test_mode_and_group_are_as_asked(name, file_of):
    with SharedRegion.create(name, 64, mode=0o640, group=os.getgid()) as region:
        assert region.info.mode == 0o640
        assert stat.S_IMODE(os.stat(file_of(name)).st_mode) == 0o640
        assert region.info.group == os.getgid()
        assert region.info.owner == os.geteuid()


def test_the_default_mode_is_private(region, file_of):
    assert stat.S_IMODE(os.stat(file_of(region.name)).st_mode) == 0o600


def test_a_loose_mode_must_be_accepted(name):
    with SharedRegion.create(name, 64, mode=0o666):
        with pytest.raises(zinc.AccessError):
            SharedRegion.open(name)
        SharedRegion.open(name, accept_mode=0o022).close()
        with pytest.raises(zinc.AccessError):
            SharedRegion.open(name, accept_mode=0o020)


def test_read_only_handles_read_and_wait(region):
    with SharedRegion.open(region.name, read_only=True) as reader:
        assert reader.info.read_only
        region.as_buffer()[0] = 3
        region.notify()
        assert reader.wait(1000) is True
        view = reader.as_buffer()
        assert view[0] == 3 and view.readonly
        with pytest.raises(TypeError):
            view[0] = 4
        with pytest.raises(PermissionError):
            reader.notify()
        with pytest.raises(PermissionError):
            reader.grow(8192)


def test_rows_limit_the_participants(name):
    with SharedRegion.create(name, 64, rows=2) as one, SharedRegion.open(name):
        assert one.info.rows == 2
        with pytest.raises(zinc.TooManyUsersError):
            SharedRegion.open(name)
        SharedRegion.open(name, read_only=True).close()


@pytest.mark.parametrize("lifetime", ["auto", "creator", "persistent"])
def test_lifetime_by_name_and_by_member(name, lifetime):
    with SharedRegion.create(name, 64, lifetime=lifetime) as region:
        assert region.info.lifetime is zinc.Lifetime[lifetime.upper()]
    with SharedRegion.open_or_create(name, 64, lifetime=zinc.Lifetime[lifetime.upper()]) as region:
        assert region.info.created is (lifetime != "persistent")
        assert region.info.lifetime is zinc.Lifetime[lifetime.upper()]
        region.unlink() if region.info.created else zinc.remove(name)


def test_a_creators_name_goes_with_the_creator(name):
    creator = SharedRegion.create(name, 64, lifetime="creator")
    with SharedRegion.open(name) as other:
        creator.as_buffer()[0] = 1
        assert other.info.creator_alive
        creator.close()
        assert other.as_buffer()[0] == 1
        assert not other.info.creator_alive
        with pytest.raises(zinc.NotFoundError):
            SharedRegion.open(name)


def test_the_last_close_takes_the_name(name):
    one = SharedRegion.create(name, 64)
    two = SharedRegion.open(name)
    one.close()
    SharedRegion.open(name).close()
    two.close()
    with pytest.raises(zinc.NotFoundError):
        SharedRegion.open(name)


@pytest.mark.parametrize("policy", ["adaptive", "spin", "park"])
def test_wait_policy_belongs_to_the_handle(region, policy):
    with SharedRegion.open(region.name, wait_policy=policy) as other:
        assert other.info.wait_policy is zinc.WaitPolicy[policy.upper()]
        assert region.info.wait_policy is zinc.WaitPolicy.ADAPTIVE
        region.notify()
        assert other.wait(1000) is True
        assert other.wait(5) is False


def test_prefault_says_what_it_did(name):
    with SharedRegion.create(name, 1 << 20, prefault=True) as region:
        assert region.info.prefaulted >= 1 << 20
        with SharedRegion.open(name) as other:
            assert other.info.prefaulted == 0


def test_sparse_allocates_nothing(name):
    with SharedRegion.create(name, 64 << 20, sparse=True) as region:
        assert region.info.sparse
        assert region.info.allocated < 1 << 20
        region.as_buffer()[63 << 20] = 1
        assert region.as_buffer()[63 << 20] == 1


def test_huge_pages_are_reported(name):
    with SharedRegion.create(name, 4 << 20, huge_pages=True, prefault=True) as region:
        assert 0 <= region.info.huge_bytes <= 8 << 20


def test_read_only_waiters_is_reported(name):
    with SharedRegion.create(name, 64, read_only_waiters=True) as region:
        assert region.info.read_only_waiters


def test_info_is_complete(name):
    with SharedRegion.create(name, 4096, max_capacity=8192, rows=7) as region:
        info = region.info
        assert info.name == name and info.domain == os.environ["ZINC_DOMAIN"]
        assert (info.capacity, info.max_capacity, info.rows) == (4096, 8192, 7)
        assert info.data_offset % 16384 == 0
        assert info.participants_alive == 1 and info.participants_dead == 0
        assert info.creator_pid == os.getpid()
        assert info.creator_alive and info.created
        assert not (info.read_only or info.private or info.sealed or info.stale or info.dead
                    or info.gone or info.reclaimable or info.sparse)
        assert info.layout == zinc.layout()
        assert info.status == 0
        before = info.notifications
        region.notify()
        assert region.info.notifications == before + 1
        with SharedRegion.open(name):
            assert region.info.participants_alive == 2


def test_a_truncated_file_is_gone(region, file_of):
    os.truncate(file_of(region.name), 100)
    assert region.info.gone


def test_regions_are_not_made_by_calling_the_class():
    with pytest.raises(TypeError, match="SharedRegion.create"):
        SharedRegion()


def test_subclasses_make_subclasses(name):
    class Frames(SharedRegion):
        pass

    with Frames.create(name, 64) as one, Frames.open(name) as two:
        assert type(one) is type(two) is Frames


def test_repr_names_the_region(region):
    assert repr(region) == f"<zinc.SharedRegion '{region.name}'>"
    region.close()
    assert repr(region) == f"<zinc.SharedRegion '{region.name}' closed>"


def test_version_and_layout():
    assert zinc.version() == zinc.__version__ == "0.1.0"
    assert zinc.layout() == 1


def test_list_of_the_class_is_that_of_the_module(region):
    assert [info.name for info in SharedRegion.list()] == [region.name]
