# SPDX-License-Identifier: MIT
"""Waits of coroutines: one queue of the core for each event loop, watched with
``loop.add_reader``.

A wait costs no thread. The core's helper threads (one for up to 127 regions) see the notification
and make the queue's descriptor readable; the loop then takes what has completed and resolves the
futures. Nothing here is called by users: see :meth:`zinc.SharedRegion.wait_async`.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

from . import error
from ._zinc import ffi, lib

if TYPE_CHECKING:
    from .region import SharedRegion

_BATCH = 256
_SOON_NS = 1_000_000_000


class Queue:
    """The completions of one loop. Used by the loop's thread only."""

    __slots__ = ("__weakref__", "_batch", "_handle", "_next", "_pending", "descriptor")

    def __init__(self) -> None:
        out = ffi.new("zinc_events **")
        status = lib.zinc_events_create(out)
        if status != lib.ZINC_OK:
            raise error._make(status, error.strerror(status))
        self._handle: Any = ffi.gc(out[0], lib.zinc_events_destroy)
        number = ffi.new("int32_t *")
        status = lib.zinc_events_fd(self._handle, number)
        if status != lib.ZINC_OK:
            raise error._make(status, error.strerror(status))
        self.descriptor = int(number[0])
        self._batch: Any = ffi.new("zinc_event[]", _BATCH)
        self._next = 0
        self._pending: Dict[int, Tuple[Optional[asyncio.Future[int]], SharedRegion]] = {}

    def start(self, region: SharedRegion, handle: Any, deadline_ns: int,
              future: asyncio.Future[int]) -> Tuple[int, int]:
        """Begin a wait that resolves the future with a status; returns the core's answer to the
        attempt, and the token."""
        token = self._next
        self._next = token + 1
        # First the entry: the queue may complete the token before the call returns.
        self._pending[token] = (future, region)
        status = int(lib.zinc_events_wait(self._handle, handle, token, deadline_ns))
        if status != lib.ZINC_OK:
            del self._pending[token]
        return status, token

    def forget(self, token: int) -> None:
        """The coroutine that waited for this token is gone (canceled, closed): end the wait."""
        entry = self._pending.pop(token, None)
        if entry is None:
            return
        if lib.zinc_events_cancel(self._handle, token) != lib.ZINC_OK:
            # It has completed already. If by a notification, that must not be lost: the next wait
            # on this handle is owed it. A helper may be about to put it into the queue, so this
            # waits for it: a moment, as the helper is past all of its own waits.
            self._pending[token] = (None, entry[1])
            soon = time.monotonic_ns() + _SOON_NS
            while token in self._pending:
                count = int(lib.zinc_events_next(self._handle, self._batch, _BATCH, soon))
                if self._resolve(count) < 0 and count != lib.ZINC_E_INTR:
                    break

    def drain(self) -> None:
        """Take what has completed and resolve its futures; the loop calls it when the descriptor
        is readable."""
        while self._resolve(int(lib.zinc_events_drain(self._handle, self._batch,
                                                      _BATCH))) == _BATCH:
            pass

    def _resolve(self, count: int) -> int:
        """Resolve the futures of the batch's first completions; returns their number, or the
        status that came in its place."""
        for index in range(count):
            event = self._batch[index]
            entry = self._pending.pop(int(event.token), None)
            if entry is None:
                continue
            future, region = entry
            status = int(event.status)
            if future is None or future.done() or future.get_loop().is_closed():
                if status == lib.ZINC_OK:
                    region._owe()
            else:
                future.set_result(status)
        return count


# The loop owns its queue, by the reader that it watches. What is here must not keep either of them:
# a queue refers to its loop through the futures of unfinished waits.
_queues: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, weakref.ReferenceType[Queue]] = (
    weakref.WeakKeyDictionary())
_lock = threading.Lock()


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()


def queue_of(loop: asyncio.AbstractEventLoop, not_this: Optional[Queue] = None) -> Queue:
    """The loop's queue; a new one where there is none, or where it is `not_this` (which a forked
    child found to be its parent's)."""
    with _lock:
        reference = _queues.get(loop)
        queue = reference() if reference is not None else None
        if queue is None or queue is not_this:
            queue = Queue()
            # The parent's registration is not taken back: the poller may be shared with the parent.
            loop.add_reader(queue.descriptor, queue.drain)
            _queues[loop] = weakref.ref(queue)
        return queue
