# SPDX-License-Identifier: MIT
"""The lines that users have read about the system before this one, unchanged."""

import ctypes

import pytest

import zinc
from zinc import SharedRegion

np = pytest.importorskip("numpy", reason="numpy is not installed")


def test_publish():
    model_output = np.arange(16 * 1024 * 1024, dtype=np.float32)
    region = SharedRegion.create("pipeline", 64 * 1024 * 1024)
    arr = region.as_numpy(dtype=np.float32); arr[:] = model_output; region.notify()  # noqa: E702
    with SharedRegion.open("pipeline") as other:
        assert other.wait(1000) is True
        assert other.as_numpy(dtype=np.float32)[12_345_678] == 12_345_678.0
        assert np.array_equal(other.as_numpy(np.float32), model_output)
    region.close()


def test_address():
    other = SharedRegion.create("test", 4096)
    region = SharedRegion.open("test"); buf = region.as_buffer()  # noqa: E702
    addr = ctypes.addressof(ctypes.c_char.from_buffer(buf))
    assert addr == region.address
    ctypes.memset(addr, 7, 4096)
    assert bytes(other.as_buffer()) == b"\7" * 4096
    region.close()
    other.close()
    assert zinc.list() == []
