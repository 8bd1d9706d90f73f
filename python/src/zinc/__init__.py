# SPDX-License-Identifier: MIT
"""Zinc: the same bytes of memory in several processes, written in any language.

One process creates a region and tells that it has written::

    import zinc

    with zinc.SharedRegion.create("frames", 1 << 20) as region:
        region.as_buffer()[:5] = b"hello"
        region.notify()

Another opens it, waits, and reads the very same bytes; nothing is copied::

    with zinc.SharedRegion.open("frames") as region:
        if region.wait(1000):
            print(bytes(region.as_buffer()[:5]))

numpy arrays come from :meth:`SharedRegion.as_numpy`, coroutines wait with
:meth:`SharedRegion.wait_async`, and every error is a :class:`ZincError`.
"""

from __future__ import annotations

from . import error
from ._zinc import lib as _lib
from .error import (
    AccessError, BadDescriptorError, BusyError, CanceledError, ClosedError, CorruptError,
    ExistsError, ForkedError, GoneError, InputOutputError, InterruptedWaitError, InvalidError,
    LayoutError, MessageTooLongError, NameTooLongError, NoSpaceError, NotFoundError,
    NotPermittedError, NotSupportedError, OutOfMemoryError, OwnerDeadError, PeerDeadError,
    PoisonedError, StaleError, TimedOutError, TooLargeError, TooManyDescriptorsError,
    TooManyUsersError, TypeMismatchError, WouldBlockError, ZincError,
)
from .region import Lifetime, RegionInfo, SharedRegion, WaitPolicy
from .registry import (
    DoctorFacts, GcReport, Participant, Removal, doctor, gc, list, lookup, participants, remove,
)
from .wait import Cancel

__all__ = [
    "AccessError", "BadDescriptorError", "BusyError", "Cancel", "CanceledError", "ClosedError",
    "CorruptError", "DoctorFacts", "ExistsError", "ForkedError", "GcReport", "GoneError",
    "InputOutputError", "InterruptedWaitError", "InvalidError", "LayoutError", "Lifetime",
    "MessageTooLongError", "NameTooLongError", "NoSpaceError", "NotFoundError",
    "NotPermittedError", "NotSupportedError", "OutOfMemoryError", "OwnerDeadError", "Participant",
    "PeerDeadError", "PoisonedError", "RegionInfo", "Removal", "SharedRegion", "StaleError",
    "TimedOutError", "TooLargeError", "TooManyDescriptorsError", "TooManyUsersError",
    "TypeMismatchError", "WaitPolicy", "WouldBlockError", "ZincError", "doctor", "error", "gc",
    "layout", "lookup", "participants", "remove", "version",
]
# `list` is public too, but not for `import *`, which would hide Python's own.


def version() -> str:
    """The release of the core that this package runs, such as "0.1.0"."""
    return error._text(_lib.zinc_version_text())


def layout() -> int:
    """The number of the memory layout that the core writes into regions and accepts in them."""
    return int(_lib.zinc_layout())


__version__ = version()
