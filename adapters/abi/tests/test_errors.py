# SPDX-License-Identifier: MIT
"""The table of errors: from the core, complete, and the same classes in C++ and Python."""
import ast
import re

import pytest

import errors
from conftest import ROOT


def statuses(abi):
    return next(row["values"] for row in abi["enums"] if row["name"] == "zinc_status")


def test_the_table_is_the_cores(abi, compiler):
    rows = errors.read(statuses(abi), compiler=compiler)
    assert rows == abi["errors"]
    assert [row["status"] for row in rows] == [value["value"] for value in statuses(abi)]
    assert all(row["text"] for row in rows)
    assert all(row["cause"] for row in rows if row["status"] < 0)


def test_a_status_that_the_core_cannot_explain_is_noticed(abi, compiler):
    more = [*statuses(abi), {"name": "ZINC_E_NEW", "value": -2000, "doc": ""}]
    with pytest.raises(ValueError, match="ZINC_E_NEW"):
        errors.read(more, compiler=compiler)


def test_a_status_without_a_kind_is_noticed(abi, compiler, monkeypatch):
    kinds = dict(errors.KINDS)
    del kinds["ZINC_E_GONE"]
    monkeypatch.setattr(errors, "KINDS", kinds)
    with pytest.raises(ValueError, match="ZINC_E_GONE"):
        errors.read(statuses(abi), compiler=compiler)


# ---- Python -------------------------------------------------------------------------------------

# What a program that knows Python's errors catches, by kind. Kinds that are not here have no
# better class than OSError, which all have but closed.
PYTHON_BASES = {
    "closed": "ValueError", "not_found": "FileNotFoundError", "exists": "FileExistsError",
    "denied": "PermissionError", "timeout": "TimeoutError", "invalid": "ValueError",
    "again": "BlockingIOError", "interrupted": "InterruptedError", "overflow": "OverflowError"}


def python_classes():
    """{status name: class}, {class: its bases} of python/src/zinc/error.py."""
    tree = ast.parse((ROOT / "python/src/zinc/error.py").read_text())
    bases, table = {}, {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            bases[node.name] = [base.id for base in node.bases]
        if isinstance(node, ast.AnnAssign) and node.target.id == "_CLASSES":
            table = {key.attr: value.id for key, value in zip(node.value.keys, node.value.values)}
    return table, bases


def test_python_has_every_error(abi):
    table, bases = python_classes()
    negative = [row for row in abi["errors"] if row["status"] < 0]
    assert set(table) == {row["name"] for row in negative}
    kinds = {}
    for row in negative:
        of_class = bases[table[row["name"]]]
        assert of_class[0] == "ZincError"
        expected = PYTHON_BASES.get(row["kind"], "OSError")
        assert expected in of_class, f"{row['name']}: {of_class}"
        kinds.setdefault(table[row["name"]], set()).add(row["kind"])
    assert all(len(found) == 1 for found in kinds.values()), kinds


# ---- C++ ----------------------------------------------------------------------------------------

CPP_CLASSES = {
    "closed": "closed_error", "not_found": "not_found", "exists": "already_exists",
    "denied": "access_denied", "invalid": "argument_error", "overflow": "argument_error",
    "layout": "format_error", "corrupt": "format_error", "type": "format_error",
    "forked": "forked_error", "timeout": "timeout_error", "canceled": "canceled_error"}


def test_cpp_has_every_error(abi):
    text = (ROOT / "cpp/include/zinc/error.hpp").read_text()
    listed = re.search(r"enum class errc : int \{(.*?)\};", text, re.S).group(1)
    negative = [row for row in abi["errors"] if row["status"] < 0]
    assert re.findall(r"= (ZINC_E_\w+)", listed) == [row["name"] for row in negative]


def test_cpp_throws_by_kind(abi):
    text = (ROOT / "cpp/include/zinc/error.hpp").read_text()
    body = re.search(r"inline void raise\(.*?\n\}", text, re.S).group()
    thrown = {}
    for group in re.finditer(r"((?:\s*case ZINC_E_\w+:)+)\s*throw (\w+)\(", body):
        for name in re.findall(r"ZINC_E_\w+", group.group(1)):
            thrown[name] = group.group(2)
    assert len(thrown) >= 10
    for row in abi["errors"]:
        if row["status"] < 0:
            expected = CPP_CLASSES.get(row["kind"], "error")
            assert thrown.get(row["name"], "error") == expected, row["name"]
