# SPDX-License-Identifier: MIT
"""numpy arrays and DLPack: no copy, owning, every type that has no objects in it."""

import gc
import sys

import pytest

import zinc
from support import is_mapped
from zinc import SharedRegion

np = pytest.importorskip("numpy", reason="numpy is not installed")


def pointer(array):
    return array.__array_interface__["data"][0]


def test_the_default_is_all_bytes(region):
    array = region.as_numpy()
    assert array.dtype == np.uint8 and array.shape == (4096,)
    assert pointer(array) == region.address
    array[5] = 9
    assert region.as_buffer()[5] == 9


@pytest.mark.parametrize("dtype, count", [
    (np.float32, 1024), ("f8", 512), (np.dtype("<i2"), 2048), (float, 512), (bool, 4096),
    ("c16", 256), ("S10", 409), ("M8[ns]", 512)])
def test_types(region, dtype, count):
    array = region.as_numpy(dtype=dtype)
    assert array.shape == (count,) and array.dtype == np.dtype(dtype)


def test_a_rest_is_left_out(name):
    with SharedRegion.create(name, 4099) as region:
        assert region.as_numpy("u4").shape == (1024,)
        assert region.as_numpy("u4", offset=3).shape == (1024,)
        assert region.as_numpy("u4", offset=4097).shape == (0,)


def test_structured_types_nested_and_with_subarrays(region):
    point = np.dtype([("x", "f4"), ("y", "f4")])
    kind = np.dtype([("time", "u8"), ("at", point), ("levels", "u2", (3,)), ("tag", "S6")])
    array = region.as_numpy(kind, shape=10, offset=64)
    array[3] = (17, (1.5, 2.5), (1, 2, 3), b"north")
    array["at"]["x"][4] = 4.25
    with SharedRegion.open(region.name) as other:
        seen = other.as_numpy(kind, shape=10, offset=64)
        assert seen[3]["time"] == 17 and seen[3]["at"]["y"] == 2.5
        assert seen[3]["levels"].tolist() == [1, 2, 3] and seen[3]["tag"] == b"north"
        assert seen["at"]["x"][4] == 4.25


def test_shapes(region):
    assert region.as_numpy("f4", shape=(4, 8)).shape == (4, 8)
    assert region.as_numpy("f4", shape=[4, 8]).shape == (4, 8)
    assert region.as_numpy("f4", shape=(4, -1)).shape == (4, 256)
    assert region.as_numpy("f4", shape=()).shape == ()
    assert region.as_numpy("f4", shape=0).shape == (0,)
    assert region.as_numpy("f4", shape=np.int64(3)).shape == (3,)
    picture = region.as_numpy("u1", shape=(2, 3, 4), offset=10)
    assert pointer(picture) == region.address + 10 and picture.flags.c_contiguous


@pytest.mark.parametrize("shape", [(1025,), (32, 33), (2 ** 40, 2 ** 40), 2 ** 63])
def test_a_shape_that_does_not_fit(region, shape):
    with pytest.raises(ValueError, match="has 4096"):
        region.as_numpy("f4", shape=shape)


@pytest.mark.parametrize("shape, error", [
    (-2, ValueError), ((-1, -1), ValueError), ((0, -1), ValueError), (1.5, TypeError),
    ((2, True), TypeError), ("4", TypeError)])
def test_a_shape_that_is_none(region, shape, error):
    with pytest.raises(error):
        region.as_numpy("f4", shape=shape)


def test_an_offset_that_does_not_fit(region):
    with pytest.raises(ValueError, match="offset 4097"):
        region.as_numpy(offset=4097)


@pytest.mark.parametrize("dtype", [object, [("a", "u4"), ("b", "O")], "S0", "V0"])
def test_types_that_no_other_process_can_use(region, dtype):
    with pytest.raises(TypeError):
        region.as_numpy(dtype)


def test_arrays_and_slices_keep_the_bytes(name):
    region = SharedRegion.create(name, 1 << 16)
    array = region.as_numpy("f4")
    part = array[100:200:3]
    address, inode = region.address, region.info.inode
    array[100] = 1.25
    region.close()
    del array
    gc.collect()
    assert part[0] == 1.25 and is_mapped(address, inode)
    part[0] = 2.5
    assert part.sum() == 2.5
    del part
    gc.collect()
    assert not is_mapped(address, inode)


def test_collected_without_close_the_array_lives(name):
    array = SharedRegion.create(name, 4096).as_numpy()
    gc.collect()
    assert zinc.list() == []
    array[:] = 3
    assert int(array.sum()) == 3 * 4096


def test_read_only_arrays_cannot_be_made_writable(region):
    with SharedRegion.open(region.name, read_only=True) as reader:
        array = reader.as_numpy("f4")
        assert not array.flags.writeable
        with pytest.raises(ValueError):
            array[0] = 1
        with pytest.raises(ValueError):
            array.flags.writeable = True
        with pytest.raises(BufferError):
            np.from_dlpack(reader)


def test_dlpack(name):
    region = SharedRegion.create(name, 4096)
    address, inode = region.address, region.info.inode
    assert region.__dlpack_device__() == (1, 0)
    array = np.from_dlpack(region)
    assert array.dtype == np.uint8 and array.shape == (4096,) and pointer(array) == address
    region.as_buffer()[0] = 200
    assert array[0] == 200
    region.close()
    gc.collect()
    assert array[0] == 200 and is_mapped(address, inode)
    del array
    gc.collect()
    assert not is_mapped(address, inode)


def test_numpy_is_not_imported_until_it_is_needed(python):
    code, output, errors = python(
        "import sys, zinc; r = zinc.SharedRegion.create('lazy', 64); r.as_buffer(); r.close();"
        "print('numpy' in sys.modules)")
    assert (code, output, errors) == (0, "False\n", "")


def test_without_numpy_everything_else_works(python):
    code, output, errors = python(
        "import sys; sys.modules['numpy'] = None\n"
        "import zinc\n"
        "with zinc.SharedRegion.create('without', 64) as r:\n"
        "    r.as_buffer()[0] = 1\n"
        "    try: r.as_numpy()\n"
        "    except ModuleNotFoundError: print('no numpy')\n")
    assert (code, output, errors) == (0, "no numpy\n", "")


def test_more_than_4_gib(name):
    size = 5 * (1 << 30)
    with SharedRegion.create(name, size, sparse=True) as region:
        array = region.as_numpy("u8")
        array[-1] = 2 ** 63
        assert array.shape == (size // 8,)
        assert region.as_buffer()[size - 1] == (128 if sys.byteorder == "little" else 0)
