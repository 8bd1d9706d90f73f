# SPDX-License-Identifier: MIT
"""The regions of a domain, seen from outside. Looking never takes part in a region."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Tuple

from . import error
from ._arguments import Name, name_bytes
from ._zinc import ffi, lib
from .region import RegionInfo, _info_from, _new_info

__all__ = ["DoctorFacts", "GcReport", "Participant", "Removal", "doctor", "gc", "list", "lookup",
           "participants", "remove"]

_UNKNOWN = 2 ** 64 - 1


class Participant(NamedTuple):
    """One row of a region. Facts about the process are hints for people."""

    row: int
    generation: int
    """How often the row has been taken."""
    alive: bool
    creator: bool
    pid: int
    """In the participant's own PID namespace."""
    waits: int
    """Waits in progress."""
    same_namespace: bool
    """True if ``pid`` means something here."""
    started_ticks: int
    """Start time of the process, as in ``/proc/PID/stat``, field 22."""
    program: str


class Removal(NamedTuple):
    """Something that :func:`gc` removed, or would remove."""

    name: str
    temporary: bool
    """Half-made, by a creator that died."""
    allocated: int
    """Bytes of memory."""
    status: int
    """0, or why it could not be removed."""


class GcReport(NamedTuple):
    """What :func:`gc` did."""

    regions_seen: int
    regions_removed: int
    temporaries_removed: int
    failures: int
    bytes_removed: int
    removals: Tuple[Removal, ...]


class DoctorFacts(NamedTuple):
    """What the machine offers. Sizes are bytes; None is what cannot be had."""

    directory_status: int
    """0, or why the directory cannot be used."""
    directory: str
    filesystem: str
    domain: str
    wait_backend: str
    huge_pages: str
    directory_total: Optional[int]
    directory_free: Optional[int]
    inodes_total: Optional[int]
    inodes_free: Optional[int]
    descriptors_limit: Optional[int]
    descriptors_used: Optional[int]
    maps_limit: Optional[int]
    maps_used: Optional[int]
    address_space_limit: Optional[int]
    page_size: int
    processors: int
    regions: int
    regions_stale: int
    bytes_stale: int
    has_proc: bool
    has_tmpfile: bool
    has_waitv: bool
    has_memfd: bool
    remove_ipc: Optional[bool]
    """logind's RemoveIPC: it deletes a user's regions at logout. None without logind."""
    directory_sticky: bool


def list() -> List[RegionInfo]:
    """All regions of the domain, by name. Files that are no usable region are listed too, with a
    ``status`` that says why."""
    out = ffi.new("zinc_list **")
    failure = ffi.new("zinc_error *")
    status = lib.zinc_list_begin(out, failure)
    if status != lib.ZINC_OK:
        raise error._from_call(status, failure)
    listing = ffi.gc(out[0], lib.zinc_list_end)
    found: List[RegionInfo] = []
    while True:
        raw = _new_info()
        status = lib.zinc_list_next(listing, raw)
        if status == lib.ZINC_E_NOENT:
            return found
        found.append(_info_from(raw, status))


def lookup(name: Name) -> RegionInfo:
    """Facts about the region of this name. One whose users are all dead is shown
    (``reclaimable``), not removed. Raises :class:`zinc.NotFoundError`."""
    raw = _new_info()
    failure = ffi.new("zinc_error *")
    status = lib.zinc_region_lookup(name_bytes(name), raw, failure)
    if status != lib.ZINC_OK:
        raise error._from_call(status, failure)
    return _info_from(raw)


def participants(name: Name) -> List[Participant]:
    """The rows of a region that are in use or whose owner died."""
    capacity = int(lib.ZINC_ROWS_MAX)
    rows = ffi.new("zinc_participant[]", capacity)
    rows[0].size = ffi.sizeof("zinc_participant")
    count = ffi.new("uint64_t *")
    failure = ffi.new("zinc_error *")
    status = lib.zinc_region_participants(name_bytes(name), rows, capacity, count, failure)
    if status != lib.ZINC_OK:
        raise error._from_call(status, failure)
    return [
        Participant(
            row=row.row, generation=row.generation, alive=bool(row.alive),
            creator=bool(row.creator), pid=row.pid, waits=row.waits,
            same_namespace=bool(row.same_namespace), started_ticks=row.started_ticks,
            program=error._text(row.program))
        for row in rows[0:min(int(count[0]), capacity)]
    ]


def remove(name: Name) -> None:
    """Unbind a name by force, whoever uses the region; participants keep the bytes. Raises
    :class:`zinc.NotFoundError`, :class:`zinc.NotPermittedError`, and :class:`zinc.LayoutError` for
    a file that is no region, which stays."""
    failure = ffi.new("zinc_error *")
    status = lib.zinc_region_remove(name_bytes(name), failure)
    if status != lib.ZINC_OK:
        raise error._from_call(status, failure)


def gc(dry_run: bool = False) -> GcReport:
    """Remove every region of the domain that nobody alive uses and whose lifetime allows it, and
    what creators left that died half-way. ``dry_run`` tells, and removes nothing."""
    report = ffi.new("zinc_gc_report *")
    report.size = ffi.sizeof("zinc_gc_report")
    removals = ffi.gc(ffi.new("zinc_py_removals *"), lib.zinc_py_removals_free)
    failure = ffi.new("zinc_error *")
    flags = lib.ZINC_GC_DRY_RUN if dry_run else 0
    status = lib.zinc_py_gc(flags, removals, report, failure)
    if status != lib.ZINC_OK:
        raise error._from_call(status, failure)
    return GcReport(
        regions_seen=report.regions_seen, regions_removed=report.regions_removed,
        temporaries_removed=report.temporaries_removed, failures=report.failures,
        bytes_removed=report.bytes_removed,
        removals=tuple(
            Removal(name=error._text(item.name), temporary=item.kind == lib.ZINC_GC_TEMPORARY,
                    allocated=item.allocated, status=item.status)
            for item in (removals.items[index] for index in range(removals.count))))


def doctor() -> DoctorFacts:
    """What this machine offers to regions: file system, limits, wait back-end, stale regions."""
    raw = ffi.new("zinc_doctor_facts *")
    raw.size = ffi.sizeof("zinc_doctor_facts")
    status = lib.zinc_doctor(raw)
    if status != lib.ZINC_OK:
        raise error._make(status, error.strerror(status))
    values: List[Any] = []
    for field in DoctorFacts._fields:
        value = getattr(raw, field)
        if field == "remove_ipc":
            value = {0: False, 1: True}.get(value)
        elif field.startswith("has_") or field == "directory_sticky":
            value = bool(value)
        elif not isinstance(value, int):
            value = error._text(value)
        elif value == _UNKNOWN:
            value = None
        values.append(value)
    return DoctorFacts(*values)
