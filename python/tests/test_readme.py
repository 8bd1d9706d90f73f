# SPDX-License-Identifier: MIT
"""README.md: its snippets are sections of the examples, and the examples run."""

import pathlib
import re
import subprocess
import sys
import textwrap

import pytest

HERE = pathlib.Path(__file__).resolve().parent.parent
README = (HERE / "README.md").read_text()

OUTPUT = {
    "first_lines": "b'hello'\n",
    "views": "True\n1.0 32768.0\n(1048576,) uint8\n1.0\n",
    "waiting": "True\nFalse\nFalse\nstopped\n",
    "closing": "True 4096\n",
    "errors": "2 ZINC_E_NOENT\n",
    "processes": "b'\\x01\\x02\\x03'\nb'abc' True\n",
}


def sections(path):
    """The sections of an example, as a reader would type them."""
    found, name, lines = {}, None, []
    for line in path.read_text().splitlines():
        start = re.fullmatch(r"\s*# \[section:(\w+)\]", line)
        if start:
            assert name is None, f"{path}: [section:{start.group(1)}] inside {name}"
            name, lines = start.group(1), []
        elif re.fullmatch(rf"\s*# \[end:{name}\]", line):
            found[name] = textwrap.dedent("\n".join(lines)).strip("\n")
            name = None
        elif name is not None:
            lines.append(line)
    assert name is None, f"{path}: [section:{name}] has no end"
    return found


SNIPPETS = re.findall(
    r"<!-- snippet: (examples/\w+\.py) (\w+) -->\n```python\n(.*?)\n```", README, flags=re.S)


def test_the_headings():
    assert re.findall(r"^## (.*)$", README, flags=re.M) == [
        "Install", "First lines", "Bytes", "Waiting", "Async", "Closing", "Errors", "Deployment"]


def test_every_python_snippet_is_cut_from_an_example():
    assert len(SNIPPETS) == README.count("```python") >= 10


@pytest.mark.parametrize("path, name, text", SNIPPETS, ids=[f"{s[0]}-{s[1]}" for s in SNIPPETS])
def test_snippets_are_what_the_examples_say(path, name, text):
    assert sections(HERE / path)[name] == text


# Other programs in the folder need arguments, and have tests of their own.
EXAMPLES = [path for path in sorted((HERE / "examples").glob("*.py")) if sections(path)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run(example):
    if example.stem == "views":
        pytest.importorskip("numpy")
    done = subprocess.run([sys.executable, str(example)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=50)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(OUTPUT.get(example.stem, "value "))
    assert done.stdout != ""


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (HERE / target).exists(), target
