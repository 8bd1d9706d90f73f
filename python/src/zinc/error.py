# SPDX-License-Identifier: MIT
"""Errors: one class for each status of the core.

Each is a ZincError, and beside it what ``OSError(errno)`` selects for the status's errno
(FileNotFoundError, FileExistsError, PermissionError, TimeoutError, ...), so code that knows
Python's errors needs no new ones. Using a closed handle is a ValueError, as for files. Every error
keeps the core's ``status`` and, where the operating system was involved, its own number in
``system_errno``.
"""

from __future__ import annotations

import errno as _errno
from typing import Any, Dict, Optional, Tuple, Type

from ._zinc import ffi, lib

__all__ = [
    "AccessError", "BadDescriptorError", "BusyError", "CanceledError", "ClosedError",
    "CorruptError", "ExistsError", "ForkedError", "GoneError", "InputOutputError",
    "InterruptedWaitError", "InvalidError", "LayoutError", "MessageTooLongError",
    "NameTooLongError", "NoSpaceError", "NotFoundError", "NotPermittedError", "NotSupportedError",
    "OutOfMemoryError", "OwnerDeadError", "PeerDeadError", "PoisonedError", "StaleError",
    "TimedOutError", "TooLargeError", "TooManyDescriptorsError", "TooManyUsersError",
    "TypeMismatchError", "WouldBlockError", "ZincError", "cause", "name", "remedy", "strerror",
]


class ZincError(Exception):
    """Anything that the core refused or that failed in it."""

    status: int = 0
    """The core's number, one of ``ZINC_E_...``; :func:`zinc.error.name` gives its name."""

    system_errno: int = 0
    """The operating system's errno behind it, 0 if none was involved."""


class NotPermittedError(ZincError, PermissionError):
    """It is not this handle's right: only the creator unlinks, read-only handles do not notify."""


class NotFoundError(ZincError, FileNotFoundError):
    """There is no such region, or nobody in it is alive."""


class InterruptedWaitError(ZincError, InterruptedError):
    """A signal arrived. Waits of this package handle it and go on; users do not see this one."""


class InputOutputError(ZincError, OSError):
    """The file system failed."""


class BadDescriptorError(ZincError, OSError):
    """Not a usable descriptor."""


class WouldBlockError(ZincError, BlockingIOError):
    """Empty or full at this moment: try again."""


class OutOfMemoryError(ZincError, OSError):
    """No memory, or no address space."""


class AccessError(ZincError, PermissionError):
    """The file's owner or mode forbids it, or is looser than the caller accepts."""


class BusyError(ZincError, OSError):
    """Another process held it up for a second."""


class ExistsError(ZincError, FileExistsError):
    """The name is taken by a region that somebody uses."""


class InvalidError(ZincError, OSError, ValueError):
    """A wrong argument, such as a name with other letters than ``A-Z a-z 0-9 . _ -``."""


class TooManyDescriptorsError(ZincError, OSError):
    """This process has no descriptor left."""


class NoSpaceError(ZincError, OSError):
    """The file system of the regions is full."""


class ClosedError(ZincError, ValueError):
    """The handle is closed."""

    errno = _errno.EPIPE


class NameTooLongError(ZincError, OSError, ValueError):
    """A name above 200 bytes, or a domain above 48."""


class LayoutError(ZincError, OSError):
    """Not a region, or one of another layout or byte order."""


class CorruptError(ZincError, OSError):
    """A region whose bytes are damaged or truncated."""


class TooLargeError(ZincError, OSError, OverflowError):
    """A size or a range that does not fit."""


class TooManyUsersError(ZincError, OSError):
    """Every participant row is taken (see the option ``rows``)."""


class MessageTooLongError(ZincError, OSError):
    """A message above the stated maximum."""


class TypeMismatchError(ZincError, OSError):
    """Another kind, type or shape than expected."""


class NotSupportedError(ZincError, OSError):
    """Not available on this system or file system."""


class TimedOutError(ZincError, TimeoutError):
    """The deadline passed, in a call that had to give a value (``wait`` says False instead)."""


class StaleError(ZincError, OSError):
    """The name is gone or means another region now."""


class CanceledError(ZincError, OSError):
    """The wait's :class:`zinc.Cancel` was fired."""


class OwnerDeadError(ZincError, OSError):
    """The owner died before it finished."""


class PoisonedError(ZincError, OSError):
    """Given up after a death that nobody mended."""


class ForkedError(ZincError, OSError):
    """The handle belongs to the parent process and cannot be opened again by name."""


class PeerDeadError(ZincError, OSError):
    """The other side died."""


class GoneError(ZincError, OSError):
    """The region's file was truncated under its users."""


_CLASSES: Dict[int, Type[ZincError]] = {
    lib.ZINC_E_PERM: NotPermittedError,
    lib.ZINC_E_NOENT: NotFoundError,
    lib.ZINC_E_INTR: InterruptedWaitError,
    lib.ZINC_E_IO: InputOutputError,
    lib.ZINC_E_BADF: BadDescriptorError,
    lib.ZINC_E_AGAIN: WouldBlockError,
    lib.ZINC_E_NOMEM: OutOfMemoryError,
    lib.ZINC_E_ACCES: AccessError,
    lib.ZINC_E_BUSY: BusyError,
    lib.ZINC_E_EXIST: ExistsError,
    lib.ZINC_E_INVAL: InvalidError,
    lib.ZINC_E_MFILE: TooManyDescriptorsError,
    lib.ZINC_E_NOSPC: NoSpaceError,
    lib.ZINC_E_CLOSED: ClosedError,
    lib.ZINC_E_NAMETOOLONG: NameTooLongError,
    lib.ZINC_E_LAYOUT: LayoutError,
    lib.ZINC_E_CORRUPT: CorruptError,
    lib.ZINC_E_OVERFLOW: TooLargeError,
    lib.ZINC_E_USERS: TooManyUsersError,
    lib.ZINC_E_TOOLONG: MessageTooLongError,
    lib.ZINC_E_TYPE: TypeMismatchError,
    lib.ZINC_E_NOTSUP: NotSupportedError,
    lib.ZINC_E_TIMEDOUT: TimedOutError,
    lib.ZINC_E_STALE: StaleError,
    lib.ZINC_E_CANCELED: CanceledError,
    lib.ZINC_E_OWNER_DEAD: OwnerDeadError,
    lib.ZINC_E_POISONED: PoisonedError,
    lib.ZINC_E_FORKED: ForkedError,
    lib.ZINC_E_PEER_DEAD: PeerDeadError,
    lib.ZINC_E_GONE: GoneError,
}

# Statuses from here down have no errno.
_NO_ERRNO = -1000


def _errno_of(status: int) -> Optional[int]:
    """This system's errno for a status: the core's numbers are Linux's on every system."""
    if status <= _NO_ERRNO:
        return None
    symbol = name(status)[len("ZINC_E_"):]
    # Where the header's word is not errno's.
    symbol = {"CLOSED": "PIPE", "LAYOUT": "PROTO", "CORRUPT": "BADMSG", "TOOLONG": "MSGSIZE",
              "TYPE": "PROTOTYPE", "NOTSUP": "OPNOTSUPP", "OWNER_DEAD": "OWNERDEAD",
              "POISONED": "NOTRECOVERABLE"}.get(symbol, symbol)
    number: Optional[int] = getattr(_errno, "E" + symbol, None)
    return -status if number is None else number


def _class_of(status: int) -> Type[ZincError]:
    known = _CLASSES.get(status)
    if known is None:
        # An errno that the core passed on: the class that Python has for it, and a ZincError.
        base = type(OSError(-status, ""))
        known = type("System" + base.__name__, (ZincError, base), {"__module__": __name__})
        known = _CLASSES.setdefault(status, known)
    return known


def _make(status: int, message: str, system_errno: int = 0) -> ZincError:
    kind = _class_of(status)
    number = _errno_of(status)
    arguments: Tuple[Any, ...] = (message,)
    if issubclass(kind, OSError) and number is not None:
        arguments = (number, message)
    made = kind(*arguments)
    made.status = status
    made.system_errno = system_errno
    return made


def _text(data: Any) -> str:
    return str(ffi.string(data).decode("utf-8", "replace"))


def _from_call(status: int, error: Any) -> ZincError:
    """The error of a call by name, which has filled in `error`, a zinc_error."""
    message = _text(error.message) if error.status == status else ""
    return _make(status, message or strerror(status), int(error.system_errno))


def _from_handle(status: int, handle: Any) -> ZincError:
    """The error of a call on a handle."""
    error = ffi.new("zinc_error *")
    if lib.zinc_region_explain(handle, status, error) != lib.ZINC_OK:
        return _make(status, strerror(status))
    message = _text(error.message) or strerror(status)
    return _make(status, message, int(error.system_errno))


def strerror(status: int) -> str:
    """What a status means, as a short sentence."""
    return _text(lib.zinc_strerror(status))


def name(status: int) -> str:
    """The identifier of a status, such as ``"ZINC_E_NOENT"``."""
    return _text(lib.zinc_error_name(status))


def cause(status: int) -> str:
    """Why a status comes about."""
    return _text(lib.zinc_error_cause(status))


def remedy(status: int) -> str:
    """What to do about a status."""
    return _text(lib.zinc_error_remedy(status))
