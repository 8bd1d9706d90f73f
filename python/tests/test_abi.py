# SPDX-License-Identifier: MIT
"""The reader that makes cffi's declarations from the C headers."""

import json
import pathlib
import re
import sys

import pytest

from zinc._zinc import ffi, lib

HERE = pathlib.Path(__file__).resolve().parent.parent

if not (HERE / "abi.py").exists():
    pytest.skip("the tests run without the package's sources", allow_module_level=True)
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
import abi  # noqa: E402


def read(tmp_path, text):
    (tmp_path / "zinc").mkdir()
    (tmp_path / "zinc" / "noun.h").write_text(text)
    (tmp_path / "zinc.h").write_text("#include <zinc/noun.h>\n#include <zinc/noun.h>\n")
    return abi.HeaderReader(tmp_path).read("zinc.h").split()


def test_every_function_of_the_headers_is_there():
    headers = sorted((abi.include_folder() / "zinc").glob("*.h"))
    text = "".join(path.read_text() for path in headers)
    names = re.findall(r"^ZINC_API [^;(]*?(\w+)\(", text, flags=re.M)
    assert len(names) >= 50 and "zinc_create" in names
    for name in names:
        assert callable(getattr(lib, name)), name


def test_constants_are_the_compilers():
    assert lib.ZINC_FOREVER == 2 ** 63 - 1
    assert lib.ZINC_LAYOUT == 1
    assert lib.ZINC_REGION_HUGETLB == 256
    assert ffi.sizeof("zinc_error") == 512


def test_branches(tmp_path):
    assert read(tmp_path, """
#ifndef GUARD_H
#define GUARD_H
#if defined(ZINC_STATIC)
#define ZINC_API
#elif defined(_WIN32)
#define ZINC_API wrong
#else
#define ZINC_API wrong
#endif
#ifdef __cplusplus
extern "C" {
#endif
#define ZINC_NUMBER 7
#define ZINC_TEXT "no number"
ZINC_API int32_t f(void); /* not
#define this */
#ifdef __cplusplus
}
#endif
#endif
""") == "#define ZINC_NUMBER ... int32_t f(void);".split()


@pytest.mark.parametrize("text, message", [
    ("#if ZINC_X > 3\n#endif\n", r"noun.h:1: cannot judge '#if ZINC_X > 3'"),
    ("\n#define F(x) x\n", r"noun.h:2: cannot read the macro 'F\(x\) x'"),
    ("#define X (1 + 2)\n", r"noun.h:1: cannot read the value of X"),
    ("#pragma once\n", r"noun.h:1: cannot read #pragma once"),
    ("#ifdef A\n", "an #if has no #endif")])
def test_what_it_does_not_know_it_refuses(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text)


# ---- The declaration of all languages -----------------------------------------------------------

DECLARATION = HERE.parent / "adapters" / "abi" / "abi.json"


@pytest.fixture(scope="module")
def declared():
    if not DECLARATION.exists():
        pytest.skip("the tests run without the repository")
    return json.loads(DECLARATION.read_text(encoding="utf-8"))


def spelled(kind):
    """A type as cffi names it."""
    if kind["kind"] == "pointer":
        inner = kind["to"]
        text = spelled(inner)
        return text + ("*" if text.endswith("*") else " *")
    if kind["kind"] == "handle":
        return f"{kind['name']} *"
    if kind["kind"] == "array":
        return f"{spelled(kind['of'])}[{kind['count']}]"
    return "void" if kind["kind"] == "void" else kind["name"]


def same(ctype, kind):
    """Whether cffi's type is the declared one."""
    return ctype is ffi.typeof(spelled(kind)) if kind["kind"] != "void" else ctype.kind == "void"


def test_constants_are_the_declared_ones(declared):
    rows = [(value["name"], value["value"]) for enum in declared["enums"]
            for value in enum["values"]]
    rows += [(row["name"], row["value"]) for row in declared["constants"] if row["type"] != "text"]
    assert len(rows) > 60
    assert [(name, getattr(lib, name)) for name, _ in rows] == rows


def test_structs_are_the_declared_ones(declared):
    assert len(declared["structs"]) >= 7
    for row in declared["structs"]:
        assert ffi.sizeof(row["name"]) == row["size"], row["name"]
        assert ffi.alignof(row["name"]) == row["align"], row["name"]
        fields = dict(ffi.typeof(row["name"]).fields)
        assert list(fields) == [field["name"] for field in row["fields"]]
        for field in row["fields"]:
            assert fields[field["name"]].offset == field["offset"], field["name"]
            assert same(fields[field["name"]].type, field["type"]), field["name"]


def test_functions_are_the_declared_ones(declared):
    assert len(declared["functions"]) >= 60
    for row in declared["functions"]:
        ctype = ffi.typeof(ffi.addressof(lib, row["name"]))
        assert same(ctype.result, row["returns"]), row["name"]
        assert len(ctype.args) == len(row["parameters"]), row["name"]
        for argument, parameter in zip(ctype.args, row["parameters"]):
            assert same(argument, parameter["type"]), (row["name"], parameter["name"])
