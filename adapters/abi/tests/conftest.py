# SPDX-License-Identifier: MIT
import json
import pathlib
import shutil
import sys

import pytest

FOLDER = pathlib.Path(__file__).resolve().parent.parent
ROOT = FOLDER.parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(FOLDER), str(FOLDER / "emit")]

import parse  # noqa: E402

# What every header of a test begins with; the declarations follow from line 5 on.
HEAD = """/* SPDX-License-Identifier: MIT */
/* Zinc: a header of a test. */
#include <stddef.h>
#include <zinc/base.h>
"""
BASE = """/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#define ZINC_API
"""


@pytest.fixture(scope="session")
def abi():
    """The committed declaration."""
    return json.loads((FOLDER / "abi.json").read_text())


@pytest.fixture(scope="session")
def compiler():
    found = shutil.which("gcc") or shutil.which("cc")
    if not found:
        pytest.skip("gcc is not installed (ci/run setup core)")
    return found


@pytest.fixture
def read(tmp_path, compiler):
    """Reads declarations as if they stood in zinc/noun.h, from line 5 on."""

    def reader(text):
        (tmp_path / "zinc").mkdir(exist_ok=True)
        (tmp_path / "zinc" / "base.h").write_text(BASE)
        (tmp_path / "zinc" / "noun.h").write_text(HEAD + text)
        (tmp_path / "zinc.h").write_text("#include <zinc/noun.h>\n")
        return parse.read(tmp_path, compiler=compiler)

    return reader
