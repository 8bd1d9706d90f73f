#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write anew what documents show of the sources, between their marks; --check says what is stale.

Two marks, each on a line of its own in front of a code fence, whose text is then kept equal to the
source (indentation of a whole block removed):

    <!-- snippet: PATH SECTION -->   what stands between [section:SECTION] and [end:SECTION] in PATH
    <!-- comment: PATH -->           the first block comment of a C file, behind its SPDX line

PATH counts from the document's own folder, or from the root. One line each:
"result NAME passed|failed TEXT".
"""
import pathlib
import re
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
MARK = re.compile(r"<!-- (snippet|comment): (\S+)(?: (\S+))? -->\n(```\S*\n)(.*?)(```\n)", re.S)
MARKER = re.compile(r"^\s*(?://|#|/\*)\s*\[(?:section|end):[^\]]*\].*\n", re.M)


class Wrong(Exception):
    """A mark that cannot be followed."""


def find(document, path):
    for base in (document.parent, ROOT):
        if (base / path).is_file():
            return (base / path).read_text()
    raise Wrong(f"{path} is neither beside {document.name} nor below the root")


def section(text, path, name):
    pattern = rf"^[^\n]*\[section:{re.escape(name)}\][^\n]*\n(.*?)^[^\n]*\[end:{re.escape(name)}\]"
    found = re.search(pattern, text, re.S | re.M)
    if not found:
        raise Wrong(f"{path} has no [section:{name}] with its end")
    # Some formatters want a blank line at a mark.
    return MARKER.sub("", textwrap.dedent(found.group(1))).strip("\n") + "\n"


def comment(text, path):
    found = re.search(r"\*/\s*/\*\s?(.*?)\s*\*/", text, re.S)
    if not found:
        raise Wrong(f"{path} does not begin with a comment behind its SPDX line")
    return re.sub(r"^ \* ?", "", found.group(1), flags=re.M) + "\n"


def fresh(document, text):
    def replace(found):
        kind, path, name, begin, _, end = found.groups()
        source = find(document, path)
        body = section(source, path, name) if kind == "snippet" else comment(source, path)
        return f"<!-- {kind}: {path}{' ' + name if name else ''} -->\n{begin}{body}{end}"
    return MARK.sub(replace, text)


def main():
    check = "--check" in sys.argv[1:]
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT,
                            check=True, capture_output=True, text=True).stdout.split()
    failed = 0
    for name in listed:
        document = ROOT / name
        text = document.read_text()
        if "<!-- snippet:" not in text and "<!-- comment:" not in text:
            continue
        try:
            new = fresh(document, text)
        except Wrong as why:
            print(f"result snippets:{name} failed {why}")
            failed = 1
            continue
        if new == text:
            print(f"result snippets:{name} passed")
        elif check:
            print(f"result snippets:{name} failed a snippet is stale: run ci/run docs")
            failed = 1
        else:
            document.write_text(new)
            print(f"result snippets:{name} passed written anew")
    return failed


if __name__ == "__main__":
    sys.exit(main())
