# SPDX-License-Identifier: MIT
"""Regions: the same bytes of memory in several processes.

A handle is one participant of a region. What lives how long is the core's business: the handle's
cdata owns one reference of the core's handle and gives it back when Python drops it; a call in
progress has the cdata in a local variable, so nothing is freed under it, with or without the GIL.
``close`` shuts the handle down and drops the cdata. A view owns the mapping alone and outlives the
handle.
"""

from __future__ import annotations

import asyncio
import enum
import errno
import os
import sys
import threading
import traceback
import weakref
from typing import (
    TYPE_CHECKING, Any, AsyncIterator, Iterable, List, Literal, NamedTuple, NoReturn, Optional,
    Tuple, Type, TypeVar, Union, overload,
)

from . import error, events
from ._arguments import SIZE_MAX, Name, deadline_ns, descriptor, name_bytes, whole
from ._zinc import ffi, lib
from .wait import SIGNAL_CHECK_FIRST_NS, SIGNAL_CHECK_MOST_NS, Cancel

if TYPE_CHECKING:
    import socket
    from types import TracebackType

    import numpy as np
    import numpy.typing as npt

    _LifetimeName = Literal["auto", "creator", "persistent"]
    _WaitPolicyName = Literal["adaptive", "spin", "park"]
    _Scalar = TypeVar("_Scalar", bound=np.generic)

__all__ = ["Lifetime", "RegionInfo", "SharedRegion", "WaitPolicy"]

_R = TypeVar("_R", bound="SharedRegion")

# Bound once: these are called for every notify, wait and capacity.
_OK: int = lib.ZINC_OK
_NULL: Any = ffi.NULL
_capacity: Any = lib.zinc_capacity
_notify: Any = lib.zinc_region_notify
_wait_from: Any = lib.zinc_region_wait_from
_last_seen: Any = lib.zinc_region_seen
_TIMEDOUT: int = lib.ZINC_E_TIMEDOUT
_INTR: int = lib.ZINC_E_INTR


class Lifetime(enum.IntEnum):
    """When a region's name goes."""

    AUTO = lib.ZINC_LIFETIME_AUTO
    """With the last participant, also if all of them were killed."""
    CREATOR = lib.ZINC_LIFETIME_CREATOR
    """With the creator's handle; others keep the bytes that they have."""
    PERSISTENT = lib.ZINC_LIFETIME_PERSISTENT
    """By ``unlink`` or ``zinc.remove`` only; may be opened with nobody alive."""


class WaitPolicy(enum.IntEnum):
    """How a wait spends the time before it parks in the kernel."""

    ADAPTIVE = lib.ZINC_WAIT_ADAPTIVE
    """Spin while waits have been short, 40 us at most."""
    SPIN = lib.ZINC_WAIT_SPIN
    """Never park: lowest latency, one busy core."""
    PARK = lib.ZINC_WAIT_PARK
    """Never spin."""


class RegionInfo(NamedTuple):
    """Facts about a region. Sizes are bytes, times nanoseconds since 1970-01-01 UTC."""

    name: str
    """Without domain; a private region's label."""
    domain: str
    capacity: int
    max_capacity: int
    data_offset: int
    """Where the data begins in the file."""
    allocated: int
    """Memory that the file occupies."""
    prefaulted: int
    """This handle: bytes brought in by ``prefault``."""
    huge_bytes: int
    """This handle: bytes mapped by huge pages now."""
    created_ns: int
    device: int
    inode: int
    lifetime: Lifetime
    mode: int
    owner: int
    group: int
    creator_pid: int
    """In the creator's own PID namespace."""
    rows: int
    """Participants that fit."""
    participants_alive: int
    """Handles of all processes; read-only ones are not counted."""
    participants_dead: int
    waiters: int
    """Waits in progress."""
    notifications: int
    """The notify sequence, which wraps at 2**32."""
    wait_policy: WaitPolicy
    layout: int
    flags: int
    status: int = 0
    """0, or in listings why the file is no usable region (``zinc.error.strerror`` says it)."""

    @property
    def created(self) -> bool:
        """This handle created the region."""
        return bool(self.flags & lib.ZINC_INFO_CREATED)

    @property
    def read_only(self) -> bool:
        """This handle is read-only."""
        return bool(self.flags & lib.ZINC_INFO_READ_ONLY)

    @property
    def private(self) -> bool:
        """A memory file without a name."""
        return bool(self.flags & lib.ZINC_INFO_PRIVATE)

    @property
    def sealed(self) -> bool:
        """No further writer, no growth."""
        return bool(self.flags & lib.ZINC_INFO_SEALED)

    @property
    def stale(self) -> bool:
        """The name was unbound, or means another region now."""
        return bool(self.flags & lib.ZINC_INFO_STALE)

    @property
    def creator_alive(self) -> bool:
        """The creator's handle lives."""
        return bool(self.flags & lib.ZINC_INFO_CREATOR_ALIVE)

    @property
    def dead(self) -> bool:
        """The last participant has left; only the file remains."""
        return bool(self.flags & lib.ZINC_INFO_DEAD)

    @property
    def gone(self) -> bool:
        """The file is shorter than the capacity."""
        return bool(self.flags & lib.ZINC_INFO_GONE)

    @property
    def reclaimable(self) -> bool:
        """Nobody lives, and the name may go: ``zinc.gc`` removes it."""
        return bool(self.flags & lib.ZINC_INFO_RECLAIMABLE)

    @property
    def read_only_waiters(self) -> bool:
        """Read-only handles are woken at once."""
        return bool(self.flags & lib.ZINC_INFO_READ_ONLY_WAITERS)

    @property
    def sparse(self) -> bool:
        """Made without allocating its memory."""
        return bool(self.flags & lib.ZINC_INFO_SPARSE)


def _enum_or_number(kind: Any, value: int) -> Any:
    """A file that is no region may hold any number."""
    try:
        return kind(value)
    except ValueError:
        return value


def _info_from(raw: Any, status: int = 0) -> RegionInfo:
    values: List[Any] = []
    for field in RegionInfo._fields:
        if field == "status":
            values.append(status)
            continue
        value = getattr(raw, field)
        if field in ("name", "domain"):
            value = error._text(value)
        elif field == "lifetime":
            value = _enum_or_number(Lifetime, value)
        elif field == "wait_policy":
            value = _enum_or_number(WaitPolicy, value)
        values.append(value)
    return RegionInfo(*values)


def _new_info() -> Any:
    raw = ffi.new("zinc_info *")
    raw.size = ffi.sizeof("zinc_info")
    return raw


def _choice(kind: Any, value: Any, what: str) -> int:
    """A member of an enum, or its name in small letters."""
    if isinstance(value, kind):
        return int(value)
    if isinstance(value, str):
        for member in kind:
            if member.name.lower() == value:
                return int(member)
    names = ", ".join(repr(member.name.lower()) for member in kind)
    raise ValueError(f"{what} must be one of {names} or a zinc.{kind.__name__}, not {value!r}")


class _Options:
    """zinc_region_options, and what it points to."""

    __slots__ = ("owners", "raw")

    def __init__(
        self, *, flags: int = 0, lifetime: Any = Lifetime.AUTO, wait_policy: Any = "adaptive",
        mode: Optional[int] = None, group: Optional[int] = None, rows: Optional[int] = None,
        max_capacity: Optional[int] = None, accept_mode: int = 0,
        accept_owners: Iterable[int] = (),
    ) -> None:
        raw = ffi.new("zinc_region_options *")
        raw.size = ffi.sizeof("zinc_region_options")
        raw.lifetime = _choice(Lifetime, lifetime, "lifetime")
        raw.wait_policy = _choice(WaitPolicy, wait_policy, "wait_policy")
        if mode is not None:
            raw.mode = whole(mode, "mode", 1, 0o7777)
        if group is not None:
            raw.group = whole(group, "group", 0, 2 ** 32 - 2)
            flags |= lib.ZINC_REGION_SET_GROUP
        if rows is not None:
            raw.rows = whole(rows, "rows", 1, lib.ZINC_ROWS_MAX)
        if max_capacity is not None:
            raw.max_capacity = whole(max_capacity, "max_capacity", 1, SIZE_MAX)
        raw.accept_mode = whole(accept_mode, "accept_mode", 0, 0o7777)
        owners = [whole(owner, "an accepted owner", 0, 2 ** 32 - 2) for owner in accept_owners]
        self.owners = ffi.new("uint32_t[]", owners or [0])
        if owners:
            raw.accept_owners = self.owners
            raw.accept_owner_count = len(owners)
        raw.flags = flags
        self.raw = raw


def _flags(**chosen: Any) -> int:
    flags = 0
    for word, value in chosen.items():
        if not isinstance(value, bool):
            raise TypeError(f"{word} must be True or False, not {value!r}")
        if value:
            flags |= getattr(lib, "ZINC_REGION_" + word.upper())
    return flags


def _capacity_argument(capacity: Any) -> int:
    return whole(capacity, "capacity", 1, SIZE_MAX)


# Guards the exchange of a handle's cdata: by close, and by a forked child that opens again.
# Re-entrant, because a signal handler may close.
_lock = threading.RLock()


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()
    events._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _collected(handle: Any, name: str, origin: str) -> None:
    """The net under a handle that nobody closed."""
    if lib.zinc_region_shutdown(handle) == lib.ZINC_E_FORKED:
        # A forked child's copy: closing it is the parent's business.
        return
    if os.environ.get("ZINC_DEBUG_LEAKS", "0") not in ("", "0") and sys.stderr is not None:
        print(f"zinc: leak: region '{name}' was never closed; call close() or use a with block; "
              f"{origin or 'set ZINC_DEBUG_LEAKS before it is opened to learn where'}",
              file=sys.stderr, flush=True)


def _origin() -> str:
    """Where the user's code made this handle; only looked up when leaks are being debugged."""
    if os.environ.get("ZINC_DEBUG_LEAKS", "0") in ("", "0"):
        return ""
    own = os.path.dirname(os.path.abspath(__file__))
    for frame, line in traceback.walk_stack(sys._getframe(1)):
        if os.path.dirname(os.path.abspath(frame.f_code.co_filename)) != own:
            return f"opened at {frame.f_code.co_filename}:{line}"
    return ""


def _view_end(context: Any, release: Any = lib.zinc_view_release) -> Any:
    def end(data: Any) -> None:
        release(data, context)
    return end


class SharedRegion:
    """A region of memory that other processes, in any language, open by its name.

    Made by the class methods, never by calling the class::

        with zinc.SharedRegion.create("frames", 1 << 20) as region:
            region.as_buffer()[:5] = b"hello"
            region.notify()

    A handle may be used by all threads. Views (``as_buffer``, ``as_numpy``) keep their bytes when
    the handle is closed. In a forked child, views stay valid, and the first other call opens the
    region again by its name. Handles can be pickled, which sends the name.
    """

    __slots__ = (
        "__weakref__", "_finalizer", "_handle", "_identity", "_name", "_owed", "_reopen",
    )

    _handle: Any  # cdata that owns one reference, or NULL once closed
    _finalizer: Any
    _name: str
    _identity: Tuple[int, int, str, bool]  # device, inode, domain, private
    _reopen: Tuple[int, int, int, Tuple[int, ...]]  # flags, wait policy, accepted mode and owners
    _owed: bool  # a notification was delivered to a coroutine that was canceled meanwhile

    def __init__(self) -> None:
        raise TypeError("make regions with SharedRegion.create, .open, .open_or_create, .attach, "
                        ".replace, .create_private or .receive")

    # ---- Making handles ------------------------------------------------------------------------

    @classmethod
    def create(
        cls: Type[_R], name: Name, capacity: int, *,
        mode: Optional[int] = None,
        lifetime: Union[Lifetime, _LifetimeName] = "auto",
        max_capacity: Optional[int] = None,
        rows: Optional[int] = None,
        wait_policy: Union[WaitPolicy, _WaitPolicyName] = "adaptive",
        prefault: bool = False,
        sparse: bool = False,
        huge_pages: bool = False,
        group: Optional[int] = None,
        read_only_waiters: bool = False,
    ) -> _R:
        """Create a region of ``capacity`` bytes, all zero.

        Args:
            name: 1 to 200 of ``A-Z a-z 0-9 . _ -``, no leading dot; a leading slash is dropped.
            capacity: bytes, exactly.
            mode: permission bits, 0o600 unless given. Group or others that may write must also be
                accepted by who opens (``accept_mode``).
            lifetime: when the name goes: "auto", "creator" or "persistent" (see
            :class:`Lifetime`). max_capacity: bytes up to which :meth:`grow` may go; ``capacity``
            unless given. rows: participants at one time, 1 to 1023, 128 unless given.
            wait_policy: how this handle waits: "adaptive", "spin" or "park".
            prefault: bring every page in now, not at first touch.
            sparse: do not allocate; a full file system then kills who touches the bytes (SIGBUS)
                instead of raising :class:`NoSpaceError` here.
            huge_pages: ask for huge pages; ``info.huge_bytes`` says how many came.
            group: group id that the file is given.
            read_only_waiters: read-only handles are woken at once instead of within 50 ms, for a
                system call in every notify.

        Raises:
            ExistsError: somebody uses a region of this name.
            NoSpaceError, TooLargeError, InvalidError, ...: and then nothing is left behind.
        """
        options = _Options(
            flags=_flags(prefault=prefault, sparse=sparse, huge_pages=huge_pages,
                         read_only_waiters=read_only_waiters),
            lifetime=lifetime, wait_policy=wait_policy, mode=mode, group=group, rows=rows,
            max_capacity=max_capacity)
        return cls._made(
            lib.zinc_region_create, (name_bytes(name), _capacity_argument(capacity)), options)

    @classmethod
    def open(
        cls: Type[_R], name: Name, *,
        read_only: bool = False,
        wait_policy: Union[WaitPolicy, _WaitPolicyName] = "adaptive",
        prefault: bool = False,
        huge_pages: bool = False,
        accept_mode: int = 0,
        accept_owners: Iterable[int] = (),
        accept_any_owner: bool = False,
    ) -> _R:
        """Open the region of this name.

        Args:
            name: as for :meth:`create`.
            read_only: map it read-only; the handle can read and wait.
            wait_policy: how this handle waits: "adaptive", "spin" or "park".
            prefault: bring every page in now, not at first touch.
            huge_pages: ask for huge pages; ``info.huge_bytes`` says how many came.
            accept_mode: write bits of group (0o020) and others (0o002) that the file may have.
            accept_owners: user ids that may own the file, besides this process's own and root.
            accept_any_owner: accept a file of any owner.

        Raises:
            NotFoundError: there is none, or nobody who uses it is alive.
            AccessError: the file's owner or mode is not accepted.
            LayoutError, CorruptError: the file is no region, or a damaged one.
            TooManyUsersError: all rows are taken.
        """
        options = cls._open_options(read_only, wait_policy, prefault, huge_pages, accept_mode,
                                    accept_owners, accept_any_owner)
        return cls._made(lib.zinc_region_open, (name_bytes(name),), options)

    @classmethod
    def open_or_create(
        cls: Type[_R], name: Name, capacity: int, *,
        mode: Optional[int] = None,
        lifetime: Union[Lifetime, _LifetimeName] = "auto",
        max_capacity: Optional[int] = None,
        rows: Optional[int] = None,
        wait_policy: Union[WaitPolicy, _WaitPolicyName] = "adaptive",
        prefault: bool = False,
        sparse: bool = False,
        huge_pages: bool = False,
        group: Optional[int] = None,
        read_only_waiters: bool = False,
        accept_mode: int = 0,
        accept_owners: Iterable[int] = (),
        accept_any_owner: bool = False,
    ) -> _R:
        """Open the region of this name, or create it where there is none, in one atomic step: of
        several callers one creates (``info.created``) and all get the same region.

        An existing region keeps its own capacity and lifetime; one that is smaller than
        ``capacity`` raises :class:`TooLargeError`. Arguments as for :meth:`create` and
        :meth:`open`.
        """
        options = _Options(
            flags=_flags(prefault=prefault, sparse=sparse, huge_pages=huge_pages,
                         read_only_waiters=read_only_waiters, any_owner=accept_any_owner),
            lifetime=lifetime, wait_policy=wait_policy, mode=mode, group=group, rows=rows,
            max_capacity=max_capacity, accept_mode=accept_mode, accept_owners=accept_owners)
        return cls._made(
            lib.zinc_region_open_or_create, (name_bytes(name), _capacity_argument(capacity)),
            options)

    @classmethod
    def replace(
        cls: Type[_R], name: Name, capacity: int, *,
        mode: Optional[int] = None,
        lifetime: Union[Lifetime, _LifetimeName] = "auto",
        max_capacity: Optional[int] = None,
        rows: Optional[int] = None,
        wait_policy: Union[WaitPolicy, _WaitPolicyName] = "adaptive",
        prefault: bool = False,
        sparse: bool = False,
        huge_pages: bool = False,
        group: Optional[int] = None,
        read_only_waiters: bool = False,
    ) -> _R:
        """Create a region and bind the name to it even if another region has it.

        Users of the old one keep its bytes, are notified once, and see ``info.stale``. Arguments
        as for :meth:`create`; raises :class:`NotPermittedError` without the right to unlink the
        file.
        """
        options = _Options(
            flags=_flags(prefault=prefault, sparse=sparse, huge_pages=huge_pages,
                         read_only_waiters=read_only_waiters),
            lifetime=lifetime, wait_policy=wait_policy, mode=mode, group=group, rows=rows,
            max_capacity=max_capacity)
        return cls._made(
            lib.zinc_region_replace, (name_bytes(name), _capacity_argument(capacity)), options)

    @classmethod
    def create_private(
        cls: Type[_R], label: Optional[Name], capacity: int, *,
        mode: Optional[int] = None,
        max_capacity: Optional[int] = None,
        rows: Optional[int] = None,
        wait_policy: Union[WaitPolicy, _WaitPolicyName] = "adaptive",
        prefault: bool = False,
        sparse: bool = False,
        huge_pages: bool = False,
        read_only_waiters: bool = False,
        sealed: bool = False,
        hugetlb: bool = False,
    ) -> _R:
        """Create a region without a name, which others get by :meth:`send` or :meth:`descriptor`.

        Args:
            label: what people see; the grammar of names, or None.
            sealed: only this handle can ever write or notify; others attach read-only. For peers
                that do not trust each other.
            hugetlb: pages from the hugetlb pool, or :class:`OutOfMemoryError`.

        The other arguments as for :meth:`create`.
        """
        options = _Options(
            flags=_flags(prefault=prefault, sparse=sparse, huge_pages=huge_pages,
                         read_only_waiters=read_only_waiters, sealed=sealed, hugetlb=hugetlb),
            wait_policy=wait_policy, mode=mode, rows=rows, max_capacity=max_capacity)
        text = _NULL if label is None else name_bytes(label, "label")
        return cls._made(
            lib.zinc_region_create_private, (text, _capacity_argument(capacity)), options)

    @classmethod
    def attach(
        cls: Type[_R], file: Any, *,
        read_only: bool = False,
        wait_policy: Union[WaitPolicy, _WaitPolicyName] = "adaptive",
        prefault: bool = False,
        huge_pages: bool = False,
        accept_mode: int = 0,
        accept_owners: Iterable[int] = (),
        accept_any_owner: bool = False,
    ) -> _R:
        """Attach to the region behind a descriptor (a number, or something with ``fileno()``),
        which stays the caller's. Options as for :meth:`open`; a sealed region is read-only."""
        options = cls._open_options(read_only, wait_policy, prefault, huge_pages, accept_mode,
                                    accept_owners, accept_any_owner)
        return cls._made(lib.zinc_region_attach, (descriptor(file, "descriptor"),), options)

    @classmethod
    def receive(
        cls: Type[_R], sock: Union[socket.socket, int], *,
        read_only: bool = False,
        wait_policy: Union[WaitPolicy, _WaitPolicyName] = "adaptive",
        prefault: bool = False,
        huge_pages: bool = False,
        accept_mode: int = 0,
        accept_owners: Iterable[int] = (),
        accept_any_owner: bool = False,
    ) -> _R:
        """Receive a region that :meth:`send` sent over a unix socket, and attach to it. Blocks as
        the socket does. Options as for :meth:`open`."""
        options = cls._open_options(read_only, wait_policy, prefault, huge_pages, accept_mode,
                                    accept_owners, accept_any_owner)
        return cls._made(lib.zinc_region_receive, (descriptor(sock, "socket"),), options)

    @staticmethod
    def _open_options(
        read_only: bool, wait_policy: Any, prefault: bool, huge_pages: bool, accept_mode: int,
        accept_owners: Iterable[int], accept_any_owner: bool,
    ) -> _Options:
        flags = _flags(read_only=read_only, prefault=prefault, huge_pages=huge_pages,
                       any_owner=accept_any_owner)
        return _Options(flags=flags, wait_policy=wait_policy, accept_mode=accept_mode,
                        accept_owners=accept_owners)

    @classmethod
    def _made(cls: Type[_R], function: Any, arguments: Tuple[Any, ...], options: _Options) -> _R:
        handle = _call(function, arguments, options)
        self: _R = object.__new__(cls)
        self._name = error._text(lib.zinc_region_name(handle))
        self._owed = False
        self._adopt(handle, options)
        return self

    def _adopt(self, handle: Any, options: _Options) -> None:
        raw = _new_info()
        status = lib.zinc_region_info(handle, raw)
        if status != _OK:
            raise error._from_handle(status, handle)
        private = bool(raw.flags & lib.ZINC_INFO_PRIVATE)
        self._identity = (raw.device, raw.inode, error._text(raw.domain), private)
        chosen = options.raw
        flags = chosen.flags & (lib.ZINC_REGION_READ_ONLY | lib.ZINC_REGION_ANY_OWNER)
        if raw.flags & lib.ZINC_INFO_READ_ONLY:
            flags |= lib.ZINC_REGION_READ_ONLY
        owners = tuple(options.owners[0:chosen.accept_owner_count])
        # Who opens again (a forked child, an unpickled handle) checks device and inode, so what
        # this process itself made or took may be as loose as it is.
        self._reopen = (flags, int(chosen.wait_policy), int(chosen.accept_mode | raw.mode & 0o022),
                        owners + (int(raw.owner),))
        self._finalizer = weakref.finalize(self, _collected, handle, self._name, _origin())
        self._handle = handle

    # ---- Failure, and forked children
    # ------------------------------------------------------------

    def _refused(self, status: int, handle: Any) -> None:
        """A call on this handle answered `status`. Returns if the call is to be made again, with
        the handle that is there now; raises otherwise."""
        if handle is not self._handle:
            # Closed, or opened again, since the call began.
            if self._handle is not _NULL:
                return
            self._raise_closed()
        if handle is _NULL:
            self._raise_closed()
        if status == lib.ZINC_E_FORKED:
            self._open_again(handle)
            return
        raise error._from_handle(status, handle)

    def _raise_closed(self) -> NoReturn:
        raise error._make(lib.ZINC_E_CLOSED, f"region '{self._name}' is closed")

    def _open_again(self, forked: Any) -> None:
        """In a forked child: become a participant of one's own."""
        with _lock:
            if self._handle is not forked:
                return
            if self._identity[3]:
                raise error._make(lib.ZINC_E_FORKED, (
                    f"region '{self._name}' is private: a forked child cannot open it by name; "
                    "its views stay valid, and the parent's send() hands it over"))
            handle, options = _open_same(self._name, self._identity, self._reopen)
            self._finalizer.detach()
            self._adopt(handle, options)

    # ---- Bytes
    # -----------------------------------------------------------------------------------

    def as_buffer(self, offset: int = 0, size: Optional[int] = None) -> memoryview:
        """The region's bytes, without a copy: ``size`` of them (all that follow, unless given)
        from ``offset``. The view keeps them alive, also after :meth:`close`; read-only handles
        give read-only views. A view keeps its length when the region grows."""
        start = whole(offset, "offset", 0, SIZE_MAX)
        length = None if size is None else whole(size, "size", 0, SIZE_MAX)
        data = ffi.new("uint8_t **")
        context = ffi.new("void **")
        while True:
            handle = self._handle
            count = length
            if count is None:
                count = max(self.capacity - start, 0)
                handle = self._handle
            status = lib.zinc_view_acquire(handle, start, count, data, context)
            if status == _OK:
                break
            self._refused(status, handle)
        owner = ffi.gc(data[0], _view_end(context[0]))
        view = memoryview(ffi.buffer(owner, count))
        return view.toreadonly() if self._reopen[0] & lib.ZINC_REGION_READ_ONLY else view

    @overload
    def as_numpy(
        self, dtype: Union[Type[_Scalar], np.dtype[_Scalar]],
        shape: Union[None, int, Tuple[int, ...]] = None, offset: int = 0,
    ) -> npt.NDArray[_Scalar]: ...

    @overload
    def as_numpy(
        self, dtype: npt.DTypeLike = "uint8",
        shape: Union[None, int, Tuple[int, ...]] = None, offset: int = 0,
    ) -> npt.NDArray[Any]: ...

    def as_numpy(
        self, dtype: Any = "uint8", shape: Union[None, int, Tuple[int, ...]] = None,
        offset: int = 0,
    ) -> npt.NDArray[Any]:
        """The region's bytes as a numpy array, without a copy. The array keeps them alive.

        Args:
            dtype: anything that numpy takes, structured types too, but no Python objects.
            shape: a length or a tuple; one -1 in it means as many as fit. Without it, one
            dimension
                with as many whole elements as fit.
            offset: bytes from the region's first.

        Raises:
            ModuleNotFoundError: numpy is not installed.
            ValueError: the array does not fit into the region.
        """
        import numpy

        kind = numpy.dtype(dtype)
        if kind.hasobject:
            raise TypeError(
                f"dtype {kind} has Python objects in it; another process cannot use them")
        if kind.itemsize == 0:
            raise TypeError(f"dtype {kind} has elements of no size")
        start = whole(offset, "offset", 0, SIZE_MAX)
        room = (self.capacity - start) // kind.itemsize
        if room < 0:
            raise ValueError(f"offset {start} lies behind the {self.capacity} bytes of region "
                             f"'{self._name}'")
        lengths = _lengths(shape, room)
        count = 1
        for length in lengths:
            count *= length
        if count > room:
            raise ValueError(
                f"shape {lengths} of {kind} at offset {start} needs {count * kind.itemsize} "
                f"bytes; region '{self._name}' has {self.capacity}")
        view = self.as_buffer(start, count * kind.itemsize)
        if count == 0:
            return numpy.ndarray(lengths, dtype=kind, buffer=view)
        # Not ndarray(buffer=...): that looks behind a read-only memoryview, and its arrays could be
        # made writable.
        return numpy.frombuffer(view, dtype=kind, count=count).reshape(lengths)

    def __buffer__(self, flags: int) -> memoryview:
        """``memoryview(region)`` from Python 3.12 on."""
        return self.as_buffer()

    def __dlpack__(self, **options: Any) -> Any:
        """The bytes for ``from_dlpack`` of any array library, without a copy, by way of numpy."""
        return self.as_numpy().__dlpack__(**options)

    def __dlpack_device__(self) -> Tuple[int, int]:
        """Where the bytes are, as DLPack says it: the CPU."""
        kind, number = self.as_numpy().__dlpack_device__()
        return int(kind), int(number)

    # ---- Telling and waiting
    # ---------------------------------------------------------------------

    def notify(self) -> None:
        """Wake every wait in progress on this region, in all processes, and let the next wait of
        every handle (this one, too) return at once if it has not seen this notification. What was
        written before is visible to those who return."""
        while True:
            handle = self._handle
            status = _notify(handle)
            if status == _OK:
                return
            self._refused(status, handle)

    def wait(self, timeout_ms: Optional[int] = None, *, cancel: Optional[Cancel] = None) -> bool:
        """Wait for a notification that this handle has not seen. True when it came, False when
        ``timeout_ms`` milliseconds have passed; None waits for ever, 0 asks once.

        The GIL is released. A signal's handler runs at once: Ctrl-C ends the wait with
        KeyboardInterrupt, and after a handler that returns it goes on, with the same deadline.

        Raises:
            ClosedError: the handle is closed, also by another thread during the wait.
            CanceledError: ``cancel`` was fired.
        """
        deadline = deadline_ns(timeout_ms)
        if cancel is None:
            token = _NULL
        elif isinstance(cancel, Cancel):
            token = cancel._cancel
        else:
            raise TypeError(f"cancel must be a zinc.Cancel, not {cancel!r}")
        return self._wait_until(deadline, token)

    def try_wait(self) -> bool:
        """Say whether a notification came that this handle has not seen, without waiting."""
        return self._wait_until(0, _NULL)

    def _wait_until(self, deadline: int, token: Any) -> bool:
        if self._owed and self._handle is not _NULL:
            self._owed = False
            return True
        main = deadline and threading.get_ident() == threading.main_thread().ident
        check = SIGNAL_CHECK_FIRST_NS
        handle: Any = None
        seen = 0
        while True:
            if handle is not self._handle:
                handle = self._handle
                seen = _last_seen(handle)
            until = deadline
            if main:
                until = min(deadline, lib.zinc_clock_ns() + check)
                check = min(4 * check, SIGNAL_CHECK_MOST_NS)
            status = _wait_from(handle, seen, until, token)
            if status == _OK:
                return True
            if status == _TIMEDOUT:
                if until == deadline:
                    return False
            elif status != _INTR:
                self._refused(status, handle)
            # Python runs signal handlers here, at the jump back. What another thread's wait takes
            # in meanwhile still ends this one, which goes on from the same `seen`.

    async def wait_async(self, timeout_ms: Optional[int] = None) -> bool:
        """:meth:`wait` for coroutines: it costs no thread, and canceling the task ends it."""
        deadline = deadline_ns(timeout_ms)
        if deadline == 0 or self._owed:
            return self._wait_until(0, _NULL)
        loop = asyncio.get_running_loop()
        queue = events.queue_of(loop)
        while True:
            handle = self._handle
            future: asyncio.Future[int] = loop.create_future()
            status, token = queue.start(self, handle, deadline, future)
            if status == _OK:
                break
            if status == lib.ZINC_E_FORKED and lib.zinc_region_status(handle) == _OK:
                queue = events.queue_of(loop, not_this=queue)
            else:
                self._refused(status, handle)
        try:
            status = await future
        except BaseException:
            queue.forget(token)
            if future.done() and not future.cancelled() and future.result() == _OK:
                self._owe()
            raise
        if status == _OK:
            return True
        if status == _TIMEDOUT:
            return False
        if status == lib.ZINC_E_CLOSED:
            self._raise_closed()
        raise error._from_handle(status, handle)

    def notifications(self) -> AsyncIterator[None]:
        """The region's notifications, for ``async for``; ends when the handle is closed. Those
        that come while the loop's body runs are seen as one. ::

            async for _ in region.notifications():
                handle(region.as_buffer())
        """
        if self.closed:
            self._raise_closed()
        return self._notifications()

    async def _notifications(self) -> AsyncIterator[None]:
        while True:
            try:
                await self.wait_async()
            except error.ClosedError:
                return
            yield

    def _owe(self) -> None:
        self._owed = True

    # ---- Facts
    # -------------------------------------------------------------------------------------

    @property
    def capacity(self) -> int:
        """Bytes of the region now, as grown by whichever process."""
        size: int = _capacity(self._handle)
        return size or self._slow_capacity()

    def _slow_capacity(self) -> int:
        """A capacity is never 0: the handle is closed or forked."""
        while True:
            handle = self._handle
            size = int(_capacity(handle))
            if size:
                return size
            self._refused(lib.zinc_region_status(handle), handle)

    @property
    def name(self) -> str:
        """The region's name, without slash and domain; a private region's label."""
        return self._name

    @property
    def closed(self) -> bool:
        """True once :meth:`close` was called."""
        return bool(self._handle is _NULL)

    @property
    def address(self) -> int:
        """The address of the first byte in this process, valid until :meth:`close`; views keep
        their bytes longer."""
        while True:
            handle = self._handle
            data = lib.zinc_ptr(handle)
            if data != _NULL:
                return int(ffi.cast("uintptr_t", data))
            self._refused(lib.zinc_region_status(handle), handle)

    @property
    def info(self) -> RegionInfo:
        """Facts about the region and this handle, as they are now; costs a few system calls."""
        raw = _new_info()
        while True:
            handle = self._handle
            status = lib.zinc_region_info(handle, raw)
            if status == _OK:
                return _info_from(raw)
            self._refused(status, handle)

    @staticmethod
    def list() -> List[RegionInfo]:
        """All regions of the domain, by name; the same as :func:`zinc.list`."""
        from . import registry

        return registry.list()

    # ---- More
    # ----------------------------------------------------------------------------------------

    def grow(self, capacity: int) -> None:
        """Make the region ``capacity`` bytes long, in place and for all participants, up to its
        ``max_capacity``. The new bytes are zero; existing views keep their length; everybody is
        notified. A capacity not above the present one changes nothing."""
        size = _capacity_argument(capacity)
        while True:
            handle = self._handle
            status = lib.zinc_region_grow(handle, size)
            if status == _OK:
                return
            self._refused(status, handle)

    def unlink(self) -> None:
        """Unbind the region's name; participants keep the bytes. The creator's handle alone may:
        :class:`NotPermittedError` else (:func:`zinc.remove` does it by force)."""
        while True:
            handle = self._handle
            status = lib.zinc_region_unlink(handle)
            if status == _OK:
                return
            self._refused(status, handle)

    def send(self, sock: Union[socket.socket, int]) -> None:
        """Send the region over a unix socket, to be received with :meth:`receive`."""
        number = descriptor(sock, "socket")
        while True:
            handle = self._handle
            status = lib.zinc_region_send(handle, number)
            if status == _OK:
                return
            if status == lib.ZINC_E_PEER_DEAD:
                raise BrokenPipeError(errno.EPIPE, "the other end of the socket is closed")
            if status != _INTR:
                self._refused(status, handle)

    def descriptor(self) -> int:
        """A new descriptor of the region, the caller's to close, for :meth:`attach` in another
        process. It carries no participation: the name may go while only descriptors are left."""
        out = ffi.new("int32_t *")
        while True:
            handle = self._handle
            status = lib.zinc_region_descriptor(handle, out)
            if status == _OK:
                return int(out[0])
            self._refused(status, handle)

    # ---- The end
    # -------------------------------------------------------------------------------------

    def close(self) -> None:
        """End this handle: it leaves the region, and the name goes by its lifetime. Waits of other
        threads and coroutines on it end with :class:`ClosedError`. Views keep their bytes.
        Idempotent, and safe against calls in progress."""
        with _lock:
            handle, self._handle = self._handle, _NULL
            self._finalizer.detach()
        lib.zinc_region_shutdown(handle)

    def __enter__(self: _R) -> _R:
        if self.closed:
            self._raise_closed()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    async def __aenter__(self: _R) -> _R:
        return self.__enter__()

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], value: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self.closed:
            return f"<zinc.{type(self).__name__} '{self._name}' closed>"
        return f"<zinc.{type(self).__name__} '{self._name}'>"

    def __reduce__(self) -> Tuple[Any, ...]:
        if self.closed:
            self._raise_closed()
        if self._identity[3]:
            raise TypeError(f"region '{self._name}' is private and cannot be pickled: it has no "
                            "name by which another process could open it; use send()")
        return _unpickle, (type(self), self._name, self._identity, self._reopen)


def _call(function: Any, arguments: Tuple[Any, ...], options: _Options) -> Any:
    """Call one of the functions that make a handle; returns cdata that owns it."""
    out = ffi.new("zinc_region **")
    failure = ffi.new("zinc_error *")
    while True:
        status = function(*arguments, options.raw, out, failure)
        if status == _OK:
            return ffi.gc(out[0], lib.zinc_region_release)
        if status != _INTR:
            raise error._from_call(status, failure)


def _open_same(name: str, identity: Any, reopen: Any) -> Tuple[Any, _Options]:
    """Open by name, and make sure that it is the same region."""
    flags, policy, accept_mode, owners = reopen
    options = _Options(flags=flags, wait_policy=WaitPolicy(policy), accept_mode=accept_mode,
                       accept_owners=owners)
    try:
        handle = _call(lib.zinc_region_open, (name_bytes(name),), options)
    except error.NotFoundError as missing:
        raise error._make(lib.ZINC_E_STALE, (
            f"region '{name}' of domain '{identity[2]}' cannot be opened again: its name is gone "
            "(its users have closed it, or ZINC_DOMAIN or ZINC_DIR differ)")) from missing
    raw = _new_info()
    status = lib.zinc_region_info(handle, raw)
    if status != _OK:
        raise error._from_handle(status, handle)
    if (raw.device, raw.inode) != tuple(identity[:2]):
        lib.zinc_region_shutdown(handle)
        raise error._make(lib.ZINC_E_STALE, (
            f"region '{name}' cannot be opened again: the name means another region now; open it "
            "anew with SharedRegion.open"))
    return handle, options


def _unpickle(cls: Type[_R], name: str, identity: Any, reopen: Any) -> _R:
    handle, options = _open_same(name, identity, reopen)
    self: _R = object.__new__(cls)
    self._name = name
    self._owed = False
    self._adopt(handle, options)
    return self


def _lengths(shape: Union[None, int, Tuple[int, ...]], room: int) -> Tuple[int, ...]:
    """The shape as a tuple of lengths; one -1 becomes what fits into `room` elements."""
    if shape is None:
        return (room,)
    given = shape if isinstance(shape, (tuple, list)) else (shape,)
    lengths = [whole(length, "a length of the shape", -1, SIZE_MAX) for length in given]
    if lengths.count(-1) > 1:
        raise ValueError("only one length of the shape may be -1")
    if -1 in lengths:
        others = 1
        for length in lengths:
            others *= 1 if length == -1 else length
        if others == 0:
            raise ValueError("a shape with 0 in it leaves -1 undefined")
        lengths[lengths.index(-1)] = room // others
    return tuple(lengths)
