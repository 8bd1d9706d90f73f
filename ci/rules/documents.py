# SPDX-License-Identifier: MIT
"""Rules about documents: every link and every path that they show exists."""
import os.path
import re

from common import ROOT

from rules.base import rule

OWN_FOLDERS = "adapters|ci|core|cpp|csharp|docs|go|java|node|python|rust"


def prose(source):
    """(number, line) outside of code fences."""
    fenced = False
    for number, text in enumerate(source.lines, 1):
        if re.match(r"\s*(```|~~~)", text):
            fenced = not fenced
        elif not fenced:
            yield number, text


def anchors(source):
    """The anchors that a reader's page makes of the headings."""
    found = set()
    for _, text in prose(source):
        heading = re.match(r"#{1,6}\s+(.*)", text)
        if heading:
            plain = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).strip().lower()
            found.add(re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain)))
    return found


def exists(tree, path):
    """A file of the project, a folder of one, or a pattern for either."""
    path = path.rstrip("/")
    if re.search(r"[*<{]", path):
        return bool(list(ROOT.glob(re.sub(r"<[^>]*>|\{[^}]*\}", "*", path))))
    return path in tree.paths or any(known.startswith(path + "/") for known in tree.paths)


@rule
def links(tree):
    """Every relative link of a document leads to a file, and to a heading where it names one."""
    for source in tree.match(r".*\.md"):
        folder = os.path.dirname(source.path)
        for number, text in prose(source):
            for target in re.findall(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)", text):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                goal = os.path.normpath(os.path.join(folder, path)) if path else source.path
                if not exists(tree, goal) and goal != ".":
                    yield (source.path, number, f"links to {target}, which is not there",
                           "a reader would land nowhere", "name an existing file")
                elif anchor and goal.endswith(".md") and anchor not in anchors(tree.source(goal)):
                    yield (source.path, number, f"links to the heading #{anchor} of {goal}",
                           "there is no such heading", "name an existing heading")


@rule
def paths(tree):
    """Every path of the project that a document shows in `code` exists."""
    known = re.compile(rf"`((?:{OWN_FOLDERS})/[\w./*<>{{}},-]*)`")
    for source in tree.match(r".*\.md"):
        for number, text in prose(source):
            for path in known.findall(text):
                own = os.path.normpath(os.path.join(os.path.dirname(source.path), path))
                if not exists(tree, path) and not exists(tree, own):
                    yield (source.path, number, f"names `{path}`, which is not there",
                           "a reader would look for it", "name what exists")


@rule
def readme_length(tree):
    """The README has at most 200 lines."""
    for source in tree.match(r"README\.md"):
        if len(source.lines) > 201:
            yield (source.path, 201, f"{len(source.lines) - 1} lines",
                   "it is read by people who have not decided yet", "move details to docs/")
