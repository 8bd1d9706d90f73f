# SPDX-License-Identifier: MIT
"""The raw ABI of the Python package: what cffi is told about the C core.

The declarations are read from the public C headers when the extension is built, so nothing is
declared twice, and the C compiler checks every one of them against the same headers. The headers
keep a small grammar (no computing macros, no inline code), so a small reader is enough; what it
does not know it refuses, by file and line, instead of guessing.

Where the core comes from: `core/` beside this file (a source distribution carries it), `../core`
(the repository), or, with ZINC_SYSTEM=1 in the environment, the installed library that pkg-config
knows.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Dict, List, Set

HERE = Path(__file__).resolve().parent

# The layers of the core, lowest first; a source package has those that exist.
LAYERS = ("base", "region", "memory", "containers", "sync", "flows", "messages")

# zinc_gc tells what it removes while it may hold locks, and with the GIL released. So the callback
# is C, takes no lock and runs no Python: it only writes down, and the list is read afterwards.
GC_TYPES = """
typedef struct zinc_py_removal {
    uint32_t kind;
    int32_t status;
    uint64_t allocated;
    char name[256];
} zinc_py_removal;

typedef struct zinc_py_removals {
    zinc_py_removal *items;
    size_t count;
    size_t capacity;
    size_t lost;
} zinc_py_removals;
"""

GC_FUNCTIONS = """
int32_t zinc_py_gc(uint32_t flags, zinc_py_removals *removals, zinc_gc_report *report,
                   zinc_error *error);
void zinc_py_removals_free(zinc_py_removals *removals);
"""

GC_SOURCE = """
static void zinc_py_record(void *context, uint32_t kind, const char *name, uint64_t allocated,
                           int32_t status) {
    zinc_py_removals *removals = context;
    zinc_py_removal *item;
    if (removals->count == removals->capacity) {
        size_t capacity = removals->capacity ? removals->capacity * 2 : 16;
        item = realloc(removals->items, capacity * sizeof *item);
        if (!item) {
            removals->lost++;
            return;
        }
        removals->items = item;
        removals->capacity = capacity;
    }
    item = &removals->items[removals->count++];
    memset(item, 0, sizeof *item);
    item->kind = kind;
    item->status = status;
    item->allocated = allocated;
    strncpy(item->name, name, sizeof item->name - 1);
}

static int32_t zinc_py_gc(uint32_t flags, zinc_py_removals *removals, zinc_gc_report *report,
                          zinc_error *error) {
    return zinc_gc(flags, zinc_py_record, removals, report, error);
}

static void zinc_py_removals_free(zinc_py_removals *removals) {
    free(removals->items);
    memset(removals, 0, sizeof *removals);
}
"""


class HeaderReader:
    """Turns the public headers into the declarations that cffi parses."""

    def __init__(self, include: Path) -> None:
        self.include = include
        self.defined: Set[str] = {"ZINC_STATIC"}
        self.empty: Set[str] = set()
        self.seen: Set[Path] = set()
        self.out: List[str] = []

    def read(self, name: str) -> str:
        self._file(self.include / name)
        text = "\n".join(self.out)
        for macro in self.empty:
            text = re.sub(rf"\b{macro}\b", "", text)
        return text

    def _file(self, path: Path) -> None:
        if path in self.seen:
            return
        self.seen.add(path)
        text = path.read_text(encoding="utf-8")
        # Comments go first; their line breaks stay, so that messages name the right line.
        text = re.sub(r"/\*.*?\*/", lambda found: "\n" * found.group().count("\n") or " ", text,
                      flags=re.S)
        text = re.sub(r"//[^\n]*", "", text)
        # One entry an open #if: [is this branch taken, has any branch been taken].
        branches: List[List[bool]] = []
        for number, line in enumerate(text.split("\n"), 1):
            if line.lstrip().startswith("#"):
                self._directive(f"{path}:{number}", line.strip()[1:].strip(), branches)
            elif all(taken for taken, _ in branches):
                self.out.append(line)
        if branches:
            raise ValueError(f"{path}: an #if has no #endif")

    def _directive(self, where: str, text: str, branches: List[List[bool]]) -> None:
        word, _, rest = text.partition(" ")
        rest = rest.strip()
        live = all(taken for taken, _ in branches)
        if word in ("if", "ifdef", "ifndef"):
            taken = live and self._condition(where, word, rest)
            branches.append([taken, taken or not live])
        elif word in ("elif", "else"):
            previous = branches.pop()
            outer = all(taken for taken, _ in branches)
            taken = outer and not previous[1] and (
                word == "else" or self._condition(where, "if", rest))
            branches.append([taken, previous[1] or taken])
        elif word == "endif":
            branches.pop()
        elif not live:
            pass
        elif word == "include":
            match = re.fullmatch(r"<(zinc/[a-z_]+\.h)>", rest)
            if match:
                self._file(self.include / match.group(1))
        elif word == "define":
            self._define(where, rest)
        else:
            raise ValueError(f"{where}: cannot read #{text}; keep to #if, #define and #include")

    def _condition(self, where: str, word: str, text: str) -> bool:
        match = re.fullmatch(r"(!?)\s*defined\s*\(\s*(\w+)\s*\)", text)
        if word in ("ifdef", "ifndef"):
            match = re.fullmatch(r"()(\w+)", text)
        if not match:
            raise ValueError(f"{where}: cannot judge '#{word} {text}'; write #if defined(NAME)")
        answer = match.group(2) in self.defined
        return answer != (word == "ifndef" or match.group(1) == "!")

    def _define(self, where: str, text: str) -> None:
        match = re.fullmatch(r"(\w+)(\(?)(.*)", text)
        if not match or match.group(2):
            raise ValueError(f"{where}: cannot read the macro '{text}'; macros take no arguments")
        name, value = match.group(1), match.group(3).strip()
        self.defined.add(name)
        if re.fullmatch(r"-?(0x)?[0-9A-Fa-f]+[uUlL]*|U?INT(32|64)_MAX|INT(32|64)_MIN", value):
            self.out.append(f"#define {name} ...")
        elif not value:
            self.empty.add(name)
        elif not value.startswith('"'):
            raise ValueError(f"{where}: cannot read the value of {name}; use a number or a text")


def find_core() -> Path:
    for place in (HERE / "core", HERE.parent / "core"):
        if (place / "include" / "zinc.h").is_file():
            return place
    raise FileNotFoundError(
        f"the C core is neither at {HERE / 'core'} nor at {HERE.parent / 'core'}: build from the "
        "repository or from a source distribution, or set ZINC_SYSTEM=1 to use the installed "
        "library")


def core_sources(core: Path) -> List[Path]:
    system = {"linux": "linux", "darwin": "darwin", "win32": "windows"}.get(sys.platform, "stub")
    files = [core / "src" / "os" / f"{system}.c"]
    if not files[0].is_file():
        files = [core / "src" / "os" / "stub.c"]
    for layer in LAYERS:
        files.extend(sorted((core / "src" / layer).glob("*.c")))
    return files


def use_system() -> bool:
    return os.environ.get("ZINC_SYSTEM", "0") not in ("", "0")


def pkg_config(*arguments: str) -> List[str]:
    command = [os.environ.get("PKG_CONFIG", "pkg-config"), *arguments, "zinc"]
    try:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RuntimeError(
            f"ZINC_SYSTEM is set, and {shlex.join(command)} failed ({error}): install Zinc's C "
            "library and pkg-config, or unset ZINC_SYSTEM to compile the core in") from None
    return shlex.split(done.stdout)


def include_folder() -> Path:
    if use_system():
        return Path(pkg_config("--variable=includedir")[0])
    return find_core() / "include"


def release() -> str:
    """The release that the header states; everything else reads it from there."""
    text = (include_folder() / "zinc" / "version.h").read_text(encoding="utf-8")
    match = re.search(r'#define ZINC_VERSION_TEXT "([^"]+)"', text)
    if not match:
        raise ValueError("zinc/version.h has no ZINC_VERSION_TEXT")
    return match.group(1)


def limited_api() -> bool:
    """The free-threaded interpreter has no limited API yet; every other one since 3.9 has."""
    return not sysconfig.get_config_var("Py_GIL_DISABLED")


def extension_arguments() -> Dict[str, object]:
    arguments: Dict[str, object] = {
        "py_limited_api": limited_api(),
        "extra_compile_args": ["-fvisibility=hidden"],
    }
    if use_system():
        arguments["extra_compile_args"] = ["-fvisibility=hidden", *pkg_config("--cflags")]
        arguments["extra_link_args"] = pkg_config("--libs")
        return arguments
    core = find_core()
    arguments["include_dirs"] = [str(core / "include"), str(core / "src")]
    # Hidden and static: two copies of the core in one process must not meet.
    arguments["define_macros"] = [("ZINC_STATIC", None), ("_FILE_OFFSET_BITS", "64")]
    arguments["depends"] = [
        str(file) for folder in ("include", "src")
        for file in sorted((core / folder).rglob("*.h"))]
    if sys.platform != "win32":
        arguments["extra_compile_args"] = ["-std=gnu11", "-fvisibility=hidden", "-pthread"]
        arguments["extra_link_args"] = ["-pthread"]
    return arguments


def builder():  # type: ignore[no-untyped-def]
    """What setup.py gives to cffi: the extension module zinc._zinc."""
    import cffi

    ffi = cffi.FFI()
    ffi.cdef(HeaderReader(include_folder()).read("zinc.h"))
    ffi.cdef(GC_TYPES + GC_FUNCTIONS)
    includes = "#include <stdlib.h>\n#include <string.h>\n#include <zinc.h>\n"
    ffi.set_source("zinc._zinc", includes + GC_TYPES + GC_SOURCE, **extension_arguments())
    return ffi


if __name__ == "__main__":
    print(HeaderReader(include_folder()).read("zinc.h"))
