# SPDX-License-Identifier: MIT
"""memoryviews: no copy, owning, read-only where the handle is."""

import ctypes
import gc
import mmap
import os

import pytest

import zinc
from support import is_mapped, mapped_parts
from zinc import SharedRegion


def address_of(view):
    return ctypes.addressof(ctypes.c_char.from_buffer(view))


def test_no_copy_on_either_side(region):
    view = region.as_buffer()
    assert address_of(view) == region.address
    assert (view.nbytes, view.itemsize, view.format, view.ndim) == (4096, 1, "B", 1)
    assert view.c_contiguous and not view.readonly


def test_offset_and_size(region):
    region.as_buffer()[:8] = b"abcdefgh"
    assert bytes(region.as_buffer(2, 3)) == b"cde"
    assert len(region.as_buffer(4000)) == 96
    assert len(region.as_buffer(4096)) == 0
    assert len(region.as_buffer(0, 0)) == 0
    assert address_of(region.as_buffer(100)) == region.address + 100


@pytest.mark.parametrize("offset, size", [(4097, None), (0, 4097), (4096, 1), (2 ** 64 - 1, 2)])
def test_a_range_outside_is_refused(region, offset, size):
    with pytest.raises(zinc.TooLargeError) as caught:
        region.as_buffer(offset, size)
    assert isinstance(caught.value, OverflowError)


def test_views_keep_their_bytes_after_close(name):
    region = SharedRegion.create(name, 4096)
    view = region.as_buffer()
    part = view[100:200]
    address, inode = region.address, region.info.inode
    view[100] = 5
    region.close()
    assert zinc.list() == []
    assert view[100] == part[0] == 5
    part[0] = 6
    assert view[100] == 6
    assert is_mapped(address, inode)
    del view
    gc.collect()
    assert is_mapped(address, inode)
    part.release()
    del part
    gc.collect()
    assert not is_mapped(address, inode)


def test_close_unmaps_when_there_are_no_views(name):
    region = SharedRegion.create(name, 4096)
    address, inode = region.address, region.info.inode
    assert is_mapped(address, inode)
    region.close()
    assert not is_mapped(address, inode)


def test_a_ctypes_object_keeps_the_bytes(name):
    region = SharedRegion.create(name, 4096)
    number = ctypes.c_uint32.from_buffer(region.as_buffer(8))
    address, inode = region.address, region.info.inode
    region.close()
    gc.collect()
    number.value = 77
    assert is_mapped(address, inode)
    del number
    gc.collect()
    assert not is_mapped(address, inode)


def test_what_a_view_holds_is_not_the_participation(name):
    one = SharedRegion.create(name, 4096)
    other = SharedRegion.open(name)
    view = other.as_buffer()
    other.close()
    assert one.info.participants_alive == 1
    one.as_buffer()[0] = 8
    assert view[0] == 8
    one.close()
    assert zinc.list() == []


def test_read_only_views_are_read_only_to_all(region):
    with SharedRegion.open(region.name, read_only=True) as reader:
        view = reader.as_buffer()
        with pytest.raises(TypeError):
            view[0] = 1
        with pytest.raises(TypeError):
            ctypes.c_char.from_buffer(view)
        with pytest.raises((TypeError, BufferError)):
            (ctypes.c_char * 4).from_buffer(view.cast("B"))
        assert (ctypes.c_char * 4).from_buffer_copy(view).raw == bytes(4)


def test_views_read_files_and_are_written_to_them(region, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(4096))
    with open(path, "rb", buffering=0) as file:
        assert file.readinto(region.as_buffer()) == 4096
    assert bytes(region.as_buffer()) == path.read_bytes()
    with open(tmp_path / "copy", "wb") as file:
        file.write(region.as_buffer())
    assert (tmp_path / "copy").read_bytes() == path.read_bytes()


def test_many_views_and_handles_do_not_leak_mappings(name):
    with SharedRegion.create(name, 4096) as region:
        for _ in range(50):
            other = SharedRegion.open(name)
            views = [other.as_buffer(), other.as_buffer(5), other.as_buffer(7, 9)]
            other.close()
            assert sum(len(view) for view in views) == 4096 + 4091 + 9
            assert len(mapped_parts(region.info.inode)) <= 3
        del views
        gc.collect()
        assert len(mapped_parts(region.info.inode)) == 1


def test_dunder_buffer_gives_the_view(region):
    view = region.__buffer__(0)
    assert isinstance(view, memoryview) and len(view) == 4096


def test_more_than_4_gib(name):
    size = 5 * (1 << 30)
    with SharedRegion.create(name, size, sparse=True) as one, SharedRegion.open(name) as two:
        assert one.capacity == two.capacity == size
        view = one.as_buffer()
        assert len(view) == size
        view[size - 1] = 11
        view[(1 << 32) + 5] = 12
        assert two.as_buffer()[size - 1] == 11
        assert two.as_buffer((1 << 32) + 5, 1)[0] == 12
        assert one.info.allocated < 1 << 20


def test_a_views_length_is_that_of_its_time(name):
    page = mmap.PAGESIZE
    with SharedRegion.create(name, page, max_capacity=4 * page) as region:
        old = region.as_buffer()
        region.grow(3 * page)
        assert (len(old), len(region.as_buffer())) == (page, 3 * page)
