# SPDX-License-Identifier: MIT
"""The types: mypy --strict over the package and over a user's program."""

import os
import pathlib
import subprocess
import sys

import pytest

import test_readme
import zinc

pytest.importorskip("mypy", reason="mypy is not installed")

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = pathlib.Path(zinc.__file__).resolve().parent


def mypy(tmp_path, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.9",
         "--cache-dir", str(tmp_path / "cache"), "--config-file=", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(PACKAGE.parent) if "site-packages" not in str(PACKAGE)
             else ""})
    return done.stdout


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").is_file()


@pytest.mark.seconds(300)
def test_the_package(tmp_path):
    assert mypy(tmp_path, PACKAGE).startswith("Success: no issues found")


@pytest.mark.seconds(300)
def test_a_users_program(tmp_path):
    """Every member with its type; each line marked as an error must be one, and no other."""
    sample = HERE / "typing_sample.py"
    expected = {number for number, line in enumerate(sample.read_text().splitlines(), 1)
                if "# error" in line}
    output = mypy(tmp_path, sample)
    found = {int(line.split(":")[1]) for line in output.splitlines() if ": error:" in line}
    assert found == expected, output
    assert len(expected) == 8


@pytest.mark.seconds(300)
def test_the_examples(tmp_path):
    assert mypy(tmp_path, *test_readme.EXAMPLES).startswith("Success: no issues found in 7")
