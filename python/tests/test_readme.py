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

# What the examples print; other programs in their folder need arguments, and have other tests.
OUTPUT = {
    "first_lines": r"b'hello'\n",
    "views": r"True\n1\.0 32768\.0\n\(1048576,\) uint8\n1\.0\n",
    "waiting": r"True\nFalse\nFalse\nstopped\n",
    # Notifications that came while the loop's body ran are one: only the last value is certain.
    "asynchronous": r"(value [123]\n)*value 3\n(True|False)\n",
    "closing": r"True 4096\n.*'job' is closed\n",
    "errors": r"2 ZINC_E_NOENT\n\S.*\n",
    "processes": r"b'\\x01\\x02\\x03'\nb'abc' True\n",
}

EXAMPLES = [HERE / "examples" / f"{stem}.py" for stem in OUTPUT]


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


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run(example):
    if example.stem == "views":
        pytest.importorskip("numpy")
    done = subprocess.run([sys.executable, str(example)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=50)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(OUTPUT[example.stem], done.stdout)


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (HERE / target).exists(), target
