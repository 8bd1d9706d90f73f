# SPDX-License-Identifier: MIT
"""Rules about the public headers: a grammar small enough for every language's tools."""
import re

from rules.base import rule

HEADERS = r"core/include/(zinc|zinc/.*)\.h"
# What a value may be: everything else is a pointer, or not the same in two languages.
FIXED = {"int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t",
         "size_t", "void", "char"}


def statements(source):
    """(line, text) of every declaration, without comments, directives and extern "C"."""
    number, begun, text, depth = 0, 0, "", 0
    skipping = False
    for number, line in enumerate(source.code, 1):
        if skipping or re.match(r"\s*#", line):
            skipping = line.rstrip().endswith("\\")
            continue
        if re.match(r'\s*extern\s+"', line) or (depth == 0 and re.match(r"\s*}\s*$", line)):
            continue
        for character in line + " ":
            if not text.strip():
                begun, text = number, ""
            text += character
            depth += {"{": 1, "}": -1}.get(character, 0)
            if character == ";" and depth == 0:
                yield begun, re.sub(r"\s+", " ", text.strip())
                text = ""


@rule
def header_grammar(tree):
    """Headers: fixed-width integers, pointers, plain structs, enums with values, no macros."""
    for source in tree.match(HEADERS):
        for number, line in enumerate(source.code, 1):
            if re.search(r"\.\.\.", line):
                yield (source.path, number, "takes a variable number of arguments",
                       "tables of other languages cannot call it", "take an array and its length")
            found = re.match(r"\s*#\s*define\s+(\w+)\(", line)
            if found:
                yield (source.path, number, f"defines the macro {found.group(1)}()",
                       "a macro that computes is invisible to every other language",
                       "declare a function or an enum value")
            found = re.search(r"\b(int|long|short|unsigned|signed|float|double|_?[bB]ool)\b", line)
            if found and not line.lstrip().startswith("#"):
                yield (source.path, number, f"uses {found.group(1)}",
                       "its width is not the same everywhere", "use int32_t, uint64_t, size_t")
            if re.search(r"\w\s*:\s*\d+\s*;", line):
                yield (source.path, number, "has a bit-field",
                       "its place in memory is the compiler's choice", "use a flags word")
            if re.search(r"\binline\b|\bstatic\b", line):
                yield (source.path, number, "has an inline function",
                       "other languages need an exported one", "declare it with ZINC_API")
        for number, text in statements(source):
            yield from check_statement(source, number, text)


def check_statement(source, number, text):
    enum = re.match(r"(?:typedef )?enum(?: \w+)? \{(.*)\}", text)
    if enum:
        for value in filter(None, (item.strip() for item in enum.group(1).split(","))):
            if "=" not in value:
                yield (source.path, number, f"the enum value {value} has no explicit number",
                       "a value in the middle would renumber those behind it",
                       f"write {value} = NUMBER")
        return
    function = re.match(r"ZINC_API (.*?)(\w+)\s*\((.*)\);$", text)
    pointer = re.match(r"typedef (.*?)\(\*(\w+)\)\s*\((.*)\);$", text)
    if not function and not pointer:
        if "(" in text and not text.startswith(("static_assert", "_Static_assert")):
            yield (source.path, number, f"declares {text[:40]}... without ZINC_API",
                   "what a header declares is exported, and what is exported is declared",
                   "write ZINC_API before it")
        return
    answer, name, parameters = (function or pointer).groups()
    values = [answer.strip()] + [item.strip() for item in parameters.split(",")]
    for position, value in enumerate(values):
        if value in ("void", "") or "*" in value or value.endswith("]"):
            continue
        words = [word for word in value.split() if word not in ("const", "struct", "enum")]
        kind = words[0]
        callback = kind.endswith(("_callback", "_ready", "_walk", "_function"))
        if kind not in FIXED and not callback:
            where = "answers" if position == 0 else "takes"
            yield (source.path, number, f"{name} {where} {kind} by value",
                   "how a struct is passed differs between languages",
                   "pass a pointer, or a fixed-width integer")


@rule
def public_comment(tree):
    """Every public function has a comment of its own that ends with the release it came with."""
    for source in tree.match(HEADERS):
        comments = source.comments
        for number, text in statements(source):
            if not text.startswith("ZINC_API"):
                continue
            name = re.search(r"(\w+)\s*\(", text).group(1)
            above = []
            line = number - 2
            while line >= 0 and comments[line].strip() and not source.code[line].strip():
                above.insert(0, comments[line])
                line -= 1
            said = " ".join(above)
            if not said:
                yield (source.path, number, f"{name} has no comment",
                       "the header is the manual", "say what it does, its statuses, its threads")
            elif not re.search(r"\bSince \d+\.\d+", said):
                yield (source.path, number, f"{name} does not say since which release",
                       "a user must know what to require", 'end its comment with "Since 0.1"')


@rule
def release_once(tree):
    """The release in the header is one number, written once in each of its two forms."""
    path = "core/include/zinc/version.h"
    text = tree.source(path).text
    numbers = dict(re.findall(r"#define ZINC_VERSION_(MAJOR|MINOR|PATCH) (\d+)", text))
    release = ".".join(numbers[part] for part in ("MAJOR", "MINOR", "PATCH"))
    if f'#define ZINC_VERSION_TEXT "{release}"' not in text:
        yield (path, 1, "ZINC_VERSION_TEXT differs from the three numbers",
               "there is one release", f'write "{release}"')
    changes = tree.match(r"CHANGELOG\.md")
    if changes and f"## {release}" not in changes[0].text:
        yield ("CHANGELOG.md", 1, f"has no section for {release}",
               "a release says what changed", f"write ## {release}")
