# SPDX-License-Identifier: MIT
"""Rules about files: licence lines, lengths, the shape of the folders."""
import ast
import re
import subprocess

from common import ROOT

from rules.base import fix, rule

# Text that people wrote in a language with comments.
CODE = (r".*\.(c|h|cc|cpp|hpp|py|pyi|sh|cmake|pml|map|bash|fish|js|mjs|ts|go|rs|java|cs|i)"
        r"|(.*/)?CMakeLists\.txt|\.ci/run|ci/(?!.*\.)[\w-]+|core/tests/.*/run"
        r"|core/cli/completion/.*|core/cli/zinc\.1")
ROOT_FILES = {"CMakeLists.txt", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md",
              "SECURITY.md"}
ROOT_FOLDERS = {"core", "adapters", "cpp", "python", "go", "node", "java", "csharp", "rust", "ci",
                "docs"}
LANGUAGES = {"cpp": ("CMakeLists.txt",), "python": ("pyproject.toml",), "go": ("go.mod",),
             "node": ("package.json",), "java": ("pom.xml", "build.gradle"),
             "csharp": ("Zinc.csproj", "Zinc.sln"), "rust": ("Cargo.toml",)}
COLUMNS = 100
FUNCTION_LINES = 70


def generated(source):
    return any("generated" in text.lower() for text in source.lines[:4])


@rule
def licence(tree):
    """Every source file begins with its SPDX line (after the interpreter's)."""
    for source in tree.match(CODE):
        begin = 1 if source.text.startswith(("#!", "#compdef")) else 0
        first = source.lines[begin:begin + 2]
        if not any("SPDX-License-Identifier: MIT" in text for text in first) and source.text:
            yield (source.path, 1, "has no licence line", "a file may travel alone",
                   "begin with SPDX-License-Identifier: MIT in a comment")


@fix
def fix_rulers(tree):
    """A comment that is a heading and dashes ends where lines end."""
    ruler = re.compile(r"^(\s*(?:/\*|//|#) -{2,} .*? -)-*(| \*/)$", flags=re.M)

    def cut(found):
        if len(found.group(0)) <= COLUMNS:
            return found.group(0)
        dashes = "-" * max(0, COLUMNS - len(found.group(1)) - len(found.group(2)))
        return found.group(1) + dashes + found.group(2)

    for source in tree.match(CODE):
        text = ruler.sub(cut, source.text)
        if text != source.text:
            (ROOT / source.path).write_text(text)


COMMENT = re.compile(r"(\s*)(/\*|\*|//|#)( +)(\S.*)")


def comment_line(text):
    """(what the next line of the comment begins with, its words) of a line of prose, else None."""
    found = COMMENT.fullmatch(text)
    if not found or re.search(r"\S {2,}\S|-{4}|# run:", found.group(0)[len(found.group(1)):]):
        return None  # not a comment, or a table, or a heading
    indent, sign, space, words = found.groups()
    if sign == "/*":
        indent, sign = indent + " ", "*"
    return indent + sign + space, words


@fix
def fix_comments(tree):
    """What stands too far right in a comment moves to its next line."""
    for source in tree.match(CODE):
        if generated(source):
            continue
        lines, at = list(source.lines), 0
        while at < len(lines):
            own = comment_line(lines[at]) if len(lines[at]) > COLUMNS else None
            cut = lines[at].rfind(" ", 0, COLUMNS + 1)
            if own and lines[at].endswith("*/"):
                cut = min(cut, lines[at].rfind(" ", 0, len(lines[at]) - 3))
            if own and cut > len(own[0]):
                rest, ends = lines[at][cut + 1:], lines[at].endswith("*/")
                lines[at] = lines[at][:cut].rstrip()
                hanging = "  " if re.match(r"- ", own[1]) else ""
                below = comment_line(lines[at + 1]) if at + 1 < len(lines) else None
                if below and not ends and below[0] == own[0] + hanging and not re.match(
                        r"- |\*/|[A-Z_]+ ?[:=]", below[1]):
                    lines[at + 1] = f"{below[0]}{rest} {below[1]}"
                else:
                    lines.insert(at + 1, own[0] + hanging + rest)
            at += 1
        if lines != source.lines:
            (ROOT / source.path).write_text("\n".join(lines))


@rule
def columns(tree):
    """No line of a source file is longer than 100 columns."""
    for source in tree.match(CODE):
        if generated(source):
            continue
        for number, text in enumerate(source.lines, 1):
            if len(text.expandtabs(4)) > COLUMNS:
                yield (source.path, number, f"{len(text.expandtabs(4))} columns",
                       "two files must fit side by side", f"break it before column {COLUMNS}")


@rule
def whitespace(tree):
    """No blanks at the end of a line, one newline at the end of a file."""
    for source in tree.match(CODE + r"|.*\.(md|toml|yml|json)"):
        for number, text in enumerate(source.lines, 1):
            if text != text.rstrip() and not source.path.endswith(".md"):
                yield (source.path, number, "ends with blanks", "they show in every later change",
                       "end the line at its last letter")
        if source.text and (not source.text.endswith("\n") or source.text.endswith("\n\n")):
            yield (source.path, len(source.lines), "does not end with one newline",
                   "the next line added would change this one", "end the file with one newline")


@rule
def function_length(tree):
    """A function has at most 70 lines."""
    for source in tree.match(r".*\.[ch]"):
        if generated(source):
            continue
        begun, name = None, ""
        for number, text in enumerate(source.code, 1):
            if re.match(r"\w.*\)\s*{\s*$", text) or (
                    begun is None and re.match(r"\s+.*\)\s*{\s*$", text)
                    and re.match(r"\w.*\w\(.*,\s*$", source.code[number - 2])):
                begun = number
                name = (re.findall(r"(\w+)\s*\(", " ".join(source.code[number - 2:number]))
                        or ["?"])[-1 if re.match(r"\w", text) else 0]
            elif text.startswith("}") and begun is not None:
                if number - begun - 1 > FUNCTION_LINES:
                    yield (source.path, begun, f"{name} has {number - begun - 1} lines",
                           "a function that does not fit a screen does more than one thing",
                           f"divide it into functions of at most {FUNCTION_LINES} lines")
                begun = None
    for source in tree.match(r".*\.py|ci/(tidy|test|fuzz|package|docs|bench)"):
        try:
            module = ast.parse(source.text)
        except SyntaxError:
            continue  # scripts-parse names it, or it is not Python
        for node in ast.walk(module):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = node.end_lineno - node.body[0].lineno + 1
                if length > FUNCTION_LINES:
                    yield (source.path, node.lineno, f"{node.name} has {length} lines",
                           "a function that does not fit a screen does more than one thing",
                           f"divide it into functions of at most {FUNCTION_LINES} lines")


@rule
def root_files(tree):
    """The root holds what architecture names, and no language's manifest."""
    for path in tree.paths:
        first, _, rest = path.partition("/")
        if first.startswith("."):
            continue
        if not rest and first not in ROOT_FILES:
            yield (path, 1, "lies in the root", "the root is the table of contents",
                   "move it to the folder that it belongs to")
        elif rest and first not in ROOT_FOLDERS:
            yield (path, 1, f"{first}/ is not a folder of the architecture",
                   "a newcomer finds things by the names of the folders",
                   f"use one of {', '.join(sorted(ROOT_FOLDERS))}")


@rule
def language_shape(tree):
    """Every language folder has README, tests, examples and its manifest."""
    for language, manifests in LANGUAGES.items():
        inside = {path.split("/", 1)[1] for path in tree.paths if path.startswith(language + "/")}
        if not inside:
            continue
        wanted = {"README.md": any(path == "README.md" for path in inside),
                  "tests/": any(re.search(r"(^|/)tests?/|_test\.go$", path) for path in inside),
                  "examples/": any(path.startswith("examples/") for path in inside),
                  " or ".join(manifests): any(path in manifests for path in inside)}
        for what, there in wanted.items():
            if not there:
                yield (f"{language}/", 1, f"has no {what}",
                       "every language folder has the same inner shape", f"add {language}/{what}")


@rule
def unfinished(tree):
    """No marks of unfinished work, no paths of one machine."""
    marks = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"))
                       + r")\b|(?<![\w.~])/(work|root|farm)/|/tmp/build-")
    for source in tree.match(CODE + r"|.*\.(md|toml|yml|json|in)"):
        for number, text in enumerate(source.lines, 1):
            found = marks.search(text)
            if found and source.path != "ci/rules/files.py":
                yield (source.path, number, f"says {found.group(0)}",
                       "what is committed is finished, and runs on every machine",
                       "finish it, or write it where work is planned")


@rule
def scripts_parse(tree):
    """Every script is valid for the interpreter that its first line names."""
    for path in tree.paths:
        if (ROOT / path).is_symlink() or (ROOT / path).stat().st_size > 1 << 20:
            continue
        head = (ROOT / path).read_bytes()[:80].split(b"\n")[0]
        if path.endswith(".py") or b"python" in head and head.startswith(b"#!"):
            try:
                ast.parse(tree.source(path).text)
            except SyntaxError as error:
                yield (path, error.lineno or 1, f"is not Python: {error.msg}",
                       "it cannot run", "mend the syntax")
        elif head.startswith(b"#!") and (b"bash" in head or head.endswith(b"sh")):
            shell = "bash" if b"bash" in head else "sh"
            tried = subprocess.run([shell, "-n", str(ROOT / path)], capture_output=True, text=True)
            if tried.returncode != 0:
                yield (path, 1, f"is not {shell}: {tried.stderr.strip()[:120]}",
                       "it cannot run", "mend the syntax")
        if head.startswith(b"#!") and not (ROOT / path).stat().st_mode & 0o111:
            yield (path, 1, "names an interpreter but cannot be executed",
                   "it is meant to be run", "chmod +x")
