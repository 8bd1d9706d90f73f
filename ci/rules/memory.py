# SPDX-License-Identifier: MIT
"""Rules about shared memory: named orders, and edges that say what they carry."""
import re

from rules.base import rule

ORDERED = re.compile(r"\bzinc__(?:(?:load|store|add|sub|or|and|exchange|cas)(?:32|64)_"
                     r"(?:acquire|release|acq_rel|ordered)|fence_(?:acquire|release))\s*\(")
NAME = r"[A-Z]\d*'?"
EDGE = re.compile(rf"(?<![\w>])({NAME})\s*(->|<-)\s*({NAME})(?!\w)")
NAMED = re.compile(rf"(?:^|[\s(*])({NAME})(?=[:,.;) ]|$)")
WINDOW = 8  # lines above an access among which its comment begins


@rule
def memory_order(tree):
    """Memory orders are spelled in base/atomic.h (and the public zinc/atomic.h) alone."""
    allowed = {"core/src/base/atomic.h", "core/include/zinc/atomic.h"}
    spelled = re.compile(r"\b(memory_order_\w+|atomic_\w+_explicit|__atomic_\w+|__sync_\w+|"
                         r"atomic_(?:load|store|exchange|fetch_\w+|compare_\w+|thread_fence)|"
                         r"volatile)\b")
    for source in tree.match(r"core/(src|include|cli)/.*\.[ch]"):
        if source.path in allowed:
            continue
        for number, text in enumerate(source.code, 1):
            found = spelled.search(text)
            if found and not re.search(r"\b(__asm__|asm)\s+volatile", text):
                yield (source.path, number, f"spells {found.group(1)}",
                       "an order is chosen by the name of its wrapper, which can be reviewed",
                       "use zinc__load32_acquire and its sisters of base/atomic.h")


def edges_of(source):
    """The edges of the table in a file's comments: "  A1->B1   release   acquire   carries"."""
    edges = set()
    for text in source.comments:
        found = re.match(rf"\s*\*\s+({NAME})->({NAME})\s{{2,}}\S", text)
        if found:
            edges.add((found.group(1), found.group(2)))
    return edges


def edges_seen(tree, source):
    """The edges in the tables of a file, its twin (.h and .c), and what these include: a release
    and its acquire may stand in two files, and one table lists them."""
    edges, todo, done = set(), [source.path], set()
    while todo:
        stem = todo.pop()[:-2]
        if stem in done:
            continue
        done.add(stem)
        for twin in tree.match(re.escape(stem) + r"\.[ch]"):
            edges |= edges_of(twin)
            todo += ["core/src/" + name for name in
                     re.findall(r'^\s*#\s*include\s+"([^"]+)"', twin.text, flags=re.M)]
    return edges


@rule
def ordered_access(tree):
    """Each acquire, release or ordered access names its edge, and a table lists it."""
    for source in tree.match(r"core/src/(?!os/).*\.[ch]"):
        if source.path == "core/src/base/atomic.h":
            continue
        edges = edges_seen(tree, source)
        ends = {end for edge in edges for end in edge}
        comments = source.comments
        for number, text in enumerate(source.code, 1):
            above = source.code[max(0, number - 3):number]
            mutant = any("ZINC_MUTATED(" in line for line in above)
            if not ORDERED.search(text) or mutant:
                continue
            near = comments[max(0, number - 1 - WINDOW):number + 2]
            said = " ".join(near)
            used = [(left, right) if arrow == "->" else (right, left)
                    for left, arrow, right in EDGE.findall(said)]
            names = set(NAMED.findall(said)) & ends
            if not used and not names:
                yield (source.path, number, f"{ORDERED.search(text).group(0)[:-1]} has no label",
                       "an order without a named partner cannot be checked by a reader",
                       "write /* A1->B1: what it carries */ on it or above it")
    for source in tree.match(r"core/src/(?!os/).*\.[ch]"):
        edges = edges_seen(tree, source)
        for number, text in enumerate(source.comments, 1):
            for left, arrow, right in EDGE.findall(text):
                edge = (left, right) if arrow == "->" else (right, left)
                if edge not in edges:
                    yield (source.path, number, f"the edge {edge[0]}->{edge[1]} is in no table",
                           "the table of the file is where a reader looks an edge up",
                           "add the line \"A1->B1   release   acquire   carries\" to the comment "
                           "at the head of the file")
