# SPDX-License-Identifier: MIT
"""What the rules stand on: the files of the checkout, and C text without its comments."""
import pathlib
import re
import subprocess

from common import ROOT

RULES = {}
FIXES = []


def rule(function):
    """Register a rule: a function from the tree to findings (path, line, what, why, instead)."""
    RULES[function.__name__.replace("_", "-")] = function
    return function


def fix(function):
    """Register a function that mends in the files of a tree what needs no thought."""
    FIXES.append(function)
    return function


def blank(match):
    """The same number of lines and columns, without the words."""
    return re.sub(r"[^\n]", " ", match.group(0))


class Source:
    """One text file: its lines, and for C its code and its comments apart, in the same places."""

    def __init__(self, path):
        self.path = path
        self.text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
        self.lines = self.text.split("\n")
        self._code = None

    @property
    def code(self):
        """The lines with comments and the insides of strings blanked (C family)."""
        if self._code is None:
            pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
            text = re.sub(pattern, lambda found: blank(found) if found.group(0)[0] == "/" else
                          found.group(0)[0] + blank(found)[1:-1] + found.group(0)[-1],
                          self.text, flags=re.S)
            self._code = text.split("\n")
        return self._code

    @property
    def comments(self):
        """The lines with everything but comments blanked (C family)."""
        kept = [" "] * len(self.text)
        pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
        for found in re.finditer(pattern, self.text, flags=re.S):
            if found.group(0)[0] == "/":
                kept[found.start():found.end()] = found.group(0)
        text = "".join(new if old != "\n" else "\n" for new, old in zip(kept, self.text))
        return text.split("\n")


class Tree:
    """The files that belong to the project: tracked ones, and new ones that git does not ignore."""

    def __init__(self):
        listing = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"],
            capture_output=True, text=True)
        if listing.returncode == 0:
            names = listing.stdout.splitlines()
        else:
            names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
            names = [name for name in names if not re.match(r"(\.git|build|dist)/", name)]
        self.paths = sorted({name for name in names if (ROOT / name).is_file()})
        self._sources = {}

    def source(self, path):
        if path not in self._sources:
            self._sources[path] = Source(path)
        return self._sources[path]

    def match(self, pattern):
        """The sources whose path matches the whole pattern."""
        return [self.source(path) for path in self.paths if re.fullmatch(pattern, path)]
