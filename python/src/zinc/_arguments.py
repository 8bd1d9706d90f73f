# SPDX-License-Identifier: MIT
"""What users pass, checked before it reaches C: a wrong number must not become another one."""

from __future__ import annotations

import operator
from typing import Any, Optional, Union

from ._zinc import ffi, lib

SIZE_MAX = 2 ** (8 * ffi.sizeof("size_t")) - 1
TIMEOUT_MAX = 2 ** 63 - 1

Name = Union[str, bytes]


def whole(value: Any, what: str, low: int, high: int) -> int:
    """A whole number between low and high; no bool, no float, not even 64.0."""
    if isinstance(value, bool):
        raise TypeError(f"{what} must be a whole number, not {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{what} must be a whole number, not {value!r}") from None
    if not low <= number <= high:
        raise ValueError(f"{what} must be between {low} and {high}, not {number}")
    return int(number)


def name_bytes(value: Name, what: str = "name") -> bytes:
    """The name as C takes it. Its grammar is the core's to judge; a NUL would cut it short."""
    if isinstance(value, str):
        try:
            data = value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError(f"{what} {value!r} is not text") from None
    elif isinstance(value, (bytes, bytearray)):
        data = bytes(value)
    elif hasattr(value, "__fspath__"):
        raise TypeError(f"{what} must be str or bytes, not a path: a region's name is no file "
                        "name; ZINC_DIR says where regions are")
    else:
        raise TypeError(f"{what} must be str or bytes, not {type(value).__name__}")
    if b"\0" in data:
        raise ValueError(f"{what} {value!r} has a NUL in it")
    return data


def deadline_ns(timeout_ms: Optional[int]) -> int:
    """The absolute deadline of a timeout; None is for ever."""
    if timeout_ms is None:
        return int(lib.ZINC_FOREVER)
    number = whole(timeout_ms, "timeout_ms", 0, TIMEOUT_MAX)
    if number == 0:
        return 0
    return int(lib.zinc_deadline_ns(min(number * 1_000_000, TIMEOUT_MAX)))


def descriptor(value: Any, what: str) -> int:
    """The number of a descriptor, or of something that has one (a socket, a file)."""
    if not isinstance(value, int) and callable(getattr(value, "fileno", None)):
        value = value.fileno()
    return whole(value, what, 0, 2 ** 31 - 1)
