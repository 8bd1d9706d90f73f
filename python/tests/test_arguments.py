# SPDX-License-Identifier: MIT
"""What users pass: numbers that are none, names of all kinds, and any size and mode."""

import decimal
import fractions
import pathlib
import string

import pytest

import zinc
from zinc import SharedRegion

pytest.importorskip("hypothesis", reason="hypothesis is not installed")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

LETTERS = string.ascii_letters + string.digits + "._-"

# Value, and what it is refused with wherever a whole number is asked for.
NO_NUMBERS = [
    (-1, ValueError), (2 ** 64, ValueError), (10 ** 30, ValueError), (1.5, TypeError),
    (64.0, TypeError), (float("nan"), TypeError), (float("inf"), TypeError), (True, TypeError),
    (False, TypeError), ("64", TypeError), (b"64", TypeError), ([], TypeError), (1j, TypeError),
    (decimal.Decimal(64), TypeError), (fractions.Fraction(64), TypeError)]

quick = settings(max_examples=60, deadline=None,
                 suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("value, kind", [*NO_NUMBERS, (None, TypeError), (0, ValueError)])
def test_capacities(name, value, kind):
    for make in (SharedRegion.create, SharedRegion.open_or_create, SharedRegion.replace,
                 SharedRegion.create_private):
        with pytest.raises(kind, match="capacity"):
            make(name, value)
    assert zinc.list() == []


@pytest.mark.parametrize("value, kind", NO_NUMBERS)
def test_numbers_of_an_open_region(region, value, kind):
    with pytest.raises(kind, match="timeout_ms"):
        region.wait(value)
    with pytest.raises(kind, match="offset"):
        region.as_buffer(value)
    if value is not None:
        with pytest.raises(kind, match="size"):
            region.as_buffer(0, value)
    with pytest.raises(kind, match="capacity"):
        region.grow(value)
    with pytest.raises(kind, match="offset"):
        pytest.importorskip("numpy")
        region.as_numpy("u1", None, value)


def test_timeouts_of_coroutines(region):
    import asyncio

    for value, kind in NO_NUMBERS:
        with pytest.raises(kind, match="timeout_ms"):
            asyncio.run(region.wait_async(value))


def test_numpys_numbers_are_numbers(name):
    numpy = pytest.importorskip("numpy")
    with SharedRegion.create(name, numpy.uint16(4096)) as region:
        assert region.capacity == 4096
        assert region.wait(numpy.int64(0)) is False
        with pytest.raises(TypeError):
            region.wait(numpy.float64(1))


def test_the_longest_timeout_is_for_ever(region):
    region.notify()
    assert region.wait(2 ** 63 - 1) is True


@pytest.mark.parametrize("option, value, kind", [
    ("mode", 0, ValueError), ("mode", -1, ValueError), ("mode", 0o10000, ValueError),
    ("mode", 1.0, TypeError), ("rows", 0, ValueError), ("rows", 1024, ValueError),
    ("rows", True, TypeError), ("max_capacity", 0, ValueError),
    ("max_capacity", 2 ** 64, ValueError),
    ("group", -1, ValueError), ("group", 2 ** 32, ValueError), ("group", "users", TypeError),
    ("lifetime", "forever", ValueError), ("lifetime", 0, ValueError),
    ("lifetime", None, ValueError),
    ("wait_policy", "Park", ValueError), ("wait_policy", 2, ValueError),
    ("prefault", 1, TypeError), ("sparse", "yes", TypeError), ("huge_pages", None, TypeError)])
def test_options_of_create(name, option, value, kind):
    with pytest.raises(kind, match=option):
        SharedRegion.create(name, 64, **{option: value})
    assert zinc.list() == []


@pytest.mark.parametrize("option, value, kind", [
    ("accept_mode", -1, ValueError), ("accept_mode", 2 ** 32, ValueError),
    ("accept_mode", None, TypeError), ("accept_owners", [-1], ValueError),
    ("accept_owners", ["root"], TypeError), ("accept_owners", 0, TypeError),
    ("read_only", 1, TypeError)])
def test_options_of_open(region, option, value, kind):
    with pytest.raises(kind):
        SharedRegion.open(region.name, **{option: value})
    assert region.info.participants_alive == 1


def test_a_max_capacity_below_the_capacity(name):
    with pytest.raises(zinc.InvalidError):
        SharedRegion.create(name, 4096, max_capacity=4095)


@pytest.mark.parametrize("value, kind", [
    (None, TypeError), (5, TypeError), (pathlib.Path("x"), TypeError), ("a\0b", ValueError),
    (b"a\0", ValueError), ("\ud800", ValueError), (["x"], TypeError)])
def test_names_that_never_reach_c(value, kind):
    for call in (SharedRegion.open, lambda name: SharedRegion.create(name, 64), zinc.lookup,
                 zinc.remove, zinc.participants):
        with pytest.raises(kind, match="name"):
            call(value)


def test_bytes_are_names(name):
    with SharedRegion.create(name.encode(), 64) as region:
        assert region.name == name
        assert zinc.lookup(bytearray(name.encode())).name == name


@pytest.mark.parametrize("value, kind", [
    (-1, ValueError), (True, TypeError), (1.5, TypeError), ("3", TypeError), (None, TypeError),
    (2 ** 31, ValueError)])
def test_descriptors(value, kind):
    with pytest.raises(kind):
        SharedRegion.attach(value)
    with pytest.raises(kind):
        SharedRegion.receive(value)


@quick
@given(st.text(LETTERS, min_size=1, max_size=200).filter(lambda text: text[0] != "."))
def test_every_name_of_the_grammar_works(text):
    with SharedRegion.create(text, 64) as region:
        assert region.name == text
        SharedRegion.open("/" + text).close()
        assert [info.name for info in zinc.list()] == [text]
    assert zinc.list() == []


@quick
@given(st.one_of(st.text(), st.binary()))
def test_no_name_leaves_anything_or_crashes(text):
    try:
        with SharedRegion.create(text, 64) as region:
            rest = text[1:] if text[:1] in ("/", b"/") else text
            assert region.name == (rest if isinstance(rest, str) else rest.decode())
            assert set(region.name) <= set(LETTERS)
    except ValueError:
        pass
    assert zinc.list() == []


@quick
@given(st.integers(1, 3 << 20))
def test_every_capacity_is_exact(size):
    with SharedRegion.create("sized", size) as one, SharedRegion.open("sized") as two:
        assert one.capacity == two.capacity == len(two.as_buffer()) == size
        one.as_buffer()[size - 1] = 1
        assert two.as_buffer()[size - 1] == 1


@quick
@given(st.integers(0o1, 0o777))
def test_modes_are_as_given_or_refused(mode):
    try:
        with SharedRegion.create("moded", 64, mode=mode) as region:
            assert region.info.mode == mode
    except zinc.InvalidError:
        # A region that its own creator may not open again.
        assert mode & 0o600 != 0o600
    assert zinc.list() == []


@quick
@given(st.integers(0, 5000), st.one_of(st.none(), st.integers(0, 5000)))
def test_every_range_is_given_or_refused(offset, size):
    with SharedRegion.create("ranged", 4096) as region:
        end = 4096 if size is None else offset + size
        if offset <= 4096 and end <= 4096:
            assert len(region.as_buffer(offset, size)) == end - offset
        else:
            with pytest.raises(zinc.TooLargeError):
                region.as_buffer(offset, size)
