# SPDX-License-Identifier: MIT
"""Ending waits from outside."""

from __future__ import annotations

from typing import Any

from . import error
from ._zinc import ffi, lib

__all__ = ["Cancel"]

# Python runs signal handlers in its main thread, between two bytecodes. A signal that arrives just
# before the main thread blocks does not end its wait; so it looks again soon after, and then less
# and less often, as later signals end the system call itself.
SIGNAL_CHECK_FIRST_NS = 50_000_000
SIGNAL_CHECK_MOST_NS = 2_000_000_000


class Cancel:
    """Ends waits that are given it, from any thread.

    It is sticky: once fired, every wait that has it, then or later, raises
    :class:`zinc.CanceledError`. It disturbs no other wait. ::

        stop = zinc.Cancel()
        threading.Thread(target=lambda: region.wait(cancel=stop)).start()
        stop.fire()

    In coroutines, cancel the task instead.
    """

    __slots__ = ("__weakref__", "_cancel")

    _cancel: Any

    def __init__(self) -> None:
        out = ffi.new("zinc_cancel **")
        status = lib.zinc_cancel_create(out)
        if status != lib.ZINC_OK:
            raise error._make(status, error.strerror(status))
        # A wait in progress refers to this object, so it cannot go under it.
        self._cancel = ffi.gc(out[0], lib.zinc_cancel_destroy)

    def fire(self) -> None:
        """End every wait that has, or will be given, this cancellation. Idempotent."""
        lib.zinc_cancel_fire(self._cancel)

    @property
    def fired(self) -> bool:
        """True once :meth:`fire` was called."""
        return bool(lib.zinc_cancel_fired(self._cancel))

    def __repr__(self) -> str:
        return f"<zinc.Cancel{' fired' if self.fired else ''}>"
