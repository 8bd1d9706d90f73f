# SPDX-License-Identifier: MIT
"""Errors: one class a status, each also what Python has for its errno."""

import errno
import os

import pytest

import zinc
from zinc import SharedRegion, error
from zinc._zinc import ffi, lib


def statuses():
    out = ffi.new("int32_t *")
    found = []
    while lib.zinc_error_list(len(found), out) == 0:
        found.append(int(out[0]))
    return found


FAILURES = [status for status in statuses() if status < 0]

# Python's own word for these is not OSError(errno)'s.
OTHERWISE = {"ZINC_E_CLOSED": ValueError}


def test_the_list_is_that_of_the_header():
    header = {int(number) for number in ffi.typeof("enum zinc_status").elements}
    assert set(statuses()) == header
    assert len(FAILURES) == 30


@pytest.mark.parametrize("status", FAILURES, ids=error.name)
def test_each_status_has_a_class_beside_pythons_own(status):
    made = error._make(status, "what happened")
    assert isinstance(made, zinc.ZincError) and type(made) is not zinc.ZincError
    assert getattr(zinc, type(made).__name__) is type(made)
    assert type(made).__name__ in zinc.__all__
    own = OTHERWISE.get(error.name(status))
    if own is None:
        own = type(OSError(-status, "")) if status > -1000 else OSError
    assert isinstance(made, own)
    assert made.status == status and "what happened" in str(made)
    assert made.errno == (-status if status > -1000 else None)


def test_classes_differ():
    classes = [type(error._make(status, "")) for status in FAILURES]
    assert len(set(classes)) == len(classes)


def test_selected_pairs():
    assert issubclass(zinc.NotFoundError, FileNotFoundError)
    assert issubclass(zinc.ExistsError, FileExistsError)
    assert issubclass(zinc.NotPermittedError, PermissionError)
    assert issubclass(zinc.AccessError, PermissionError)
    assert issubclass(zinc.TimedOutError, TimeoutError)
    assert issubclass(zinc.WouldBlockError, BlockingIOError)
    assert issubclass(zinc.ClosedError, ValueError)
    assert not issubclass(zinc.ClosedError, OSError)
    assert issubclass(zinc.InvalidError, (OSError, ValueError))


def test_an_errno_that_is_not_in_the_list_keeps_its_class():
    made = error._make(-errno.ECONNREFUSED, "refused", errno.ECONNREFUSED)
    assert isinstance(made, (zinc.ZincError,)) and isinstance(made, ConnectionRefusedError)
    assert (made.errno, made.system_errno) == (errno.ECONNREFUSED, errno.ECONNREFUSED)
    assert type(error._make(-errno.ECONNREFUSED, "again")) is type(made)


@pytest.mark.parametrize("status", FAILURES, ids=error.name)
def test_each_status_is_explained(status):
    assert error.name(status).startswith("ZINC_E_") and "?" not in error.name(status)
    assert len(error.strerror(status)) > 4
    assert len(error.cause(status)) > 10
    # A cancellation is what the caller wanted.
    assert len(error.remedy(status)) > 10 or status == -125


def test_unknown_statuses():
    assert error.name(-9999) == "ZINC_E_?"
    assert error.cause(-9999) == error.remedy(-9999) == ""


def test_messages_name_the_region_and_keep_errno():
    with pytest.raises(FileNotFoundError) as caught:
        SharedRegion.open("nowhere")
    assert caught.value.errno == errno.ENOENT and caught.value.status == -2
    assert "nowhere" in str(caught.value)


@pytest.mark.parametrize("name", ["", ".hidden", "a b", "a/b", "//x", "ä", "x\n", "/"])
def test_names_outside_the_grammar(name):
    with pytest.raises(zinc.InvalidError) as caught:
        SharedRegion.create(name, 64)
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, OSError)


def test_names_that_are_too_long():
    SharedRegion.create("n" * 200, 64).close()
    with pytest.raises(zinc.NameTooLongError):
        SharedRegion.create("n" * 201, 64)


def test_a_full_file_system(python):
    """More than the directory has."""
    total = os.statvfs(os.environ.get("ZINC_DIR") or "/dev/shm")
    size = total.f_frsize * total.f_blocks + (1 << 30)
    with pytest.raises(zinc.ZincError) as caught:
        SharedRegion.create("huge", size)
    assert isinstance(caught.value, (zinc.NoSpaceError, zinc.OutOfMemoryError))
    assert zinc.list() == []


def test_a_size_that_no_address_space_has():
    with pytest.raises((zinc.TooLargeError, zinc.OutOfMemoryError, zinc.NoSpaceError)):
        SharedRegion.create("endless", 2 ** 64 - 1)
    assert zinc.list() == []
