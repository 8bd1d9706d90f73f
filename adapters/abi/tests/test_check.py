# SPDX-License-Identifier: MIT
"""ci/run abi --check, on copies of the checkout that are right and wrong."""
import os
import re
import shutil
import subprocess

import pytest

from conftest import FOLDER, ROOT

# The copy has a library of its own, not the one that this run has built.
ELSEWHERE = {name: value for name, value in os.environ.items() if name != "ZINC_BUILD"}
IGNORED = shutil.ignore_patterns("__pycache__", "tests")


@pytest.fixture
def copied(tmp_path, abi, compiler):
    """What the check looks at: the core, the declaration, and every emitted file."""
    del abi, compiler
    shutil.copytree(ROOT / "ci", tmp_path / "ci", ignore=IGNORED)
    shutil.copytree(FOLDER, tmp_path / "adapters/abi", ignore=IGNORED)
    for part in ("include", "src"):
        shutil.copytree(ROOT / "core" / part, tmp_path / "core" / part)
    shutil.copy(ROOT / "core/zinc.map", tmp_path / "core/zinc.map")
    said = subprocess.run([tmp_path / "ci/abi"], capture_output=True, text=True, check=True)
    assert "wrote" in said.stdout, "the other languages' files are not in the copy yet"
    return tmp_path


def check(folder):
    """{name: (status, text)} and the exit code."""
    done = subprocess.run([folder / "ci/abi", "--check"], capture_output=True, text=True,
                          check=False, env=ELSEWHERE)
    rows = re.findall(r"^result (\S+) (\S+) ?(.*)$", done.stdout, re.M)
    assert rows, done.stdout + done.stderr
    return {name: (status, text) for name, status, text in rows}, done.returncode, done.stdout


def replace(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1, f"{path} has {old} {text.count(old)} times"
    path.write_text(text.replace(old, new))


def test_a_right_checkout_passes(copied):
    results, code, said = check(copied)
    assert code == 0, said
    assert all(status in ("passed", "skipped") for status, _ in results.values()), said
    assert results["symbols"][0] == "passed"
    assert results["probe-gcc"][0] == "passed"


def test_writing_again_changes_nothing(copied):
    done = subprocess.run([copied / "ci/abi"], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_a_stale_table_and_a_missing_symbol_are_found(copied):
    stale = copied / "go/errors_table.go"
    replace(stale, '"ZINC_E_GONE"', '"ZINC_E_WENT"')
    replace(copied / "core/zinc.map", "    zinc_region_grow;\n", "")
    results, code, said = check(copied)
    assert code == 1
    assert results["fresh-go"][0] == "failed" and "go/errors_table.go" in results["fresh-go"][1]
    assert results["fresh-abi"][0] == "passed"
    assert results["symbols"][0] == "failed"
    assert "zinc_region_grow: only in headers" in said


def test_a_changed_header_is_found(copied):
    replace(copied / "core/include/zinc/region.h", "    ZINC_ROWS_DEFAULT = 128,",
            "    ZINC_ROWS_DEFAULT = 64,")
    replace(copied / "core/include/zinc/region.h", "    uint32_t accept_mode;  /*",
            "    uint32_t accept_bits;  /*")
    results, code, said = check(copied)
    assert code == 1
    assert results["fresh-abi"][0] == results["fresh-probe"][0] == "failed", said
    assert results["probe-gcc"][0] == "failed", "the committed probe is of the old header"


def test_a_function_that_nobody_wrote_is_found(copied):
    header = copied / "core/include/zinc/version.h"
    replace(header, "ZINC_API uint32_t zinc_layout(void);",
            "ZINC_API uint32_t zinc_layout(void);\n\n/* Nothing. Since 0.1 */\n"
            "ZINC_API void zinc_nothing(void);")
    subprocess.run([copied / "ci/abi"], check=True, capture_output=True)
    results, code, said = check(copied)
    assert code == 1
    assert results["fresh-abi"][0] == "passed"
    assert results["symbols"][0] == "failed" and "zinc_nothing: only in headers" in said


def test_a_refused_header_ends_the_run_with_its_place(copied):
    header = copied / "core/include/zinc/version.h"
    replace(header, "ZINC_API uint32_t zinc_layout(void);", "ZINC_API unsigned zinc_layout(void);")
    done = subprocess.run([copied / "ci/abi", "--check"], capture_output=True, text=True,
                          check=False)
    assert done.returncode != 0
    assert re.search(r"core/include/zinc/version\.h:\d+: the type unsigned", done.stderr)
