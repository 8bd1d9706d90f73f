# SPDX-License-Identifier: MIT
"""What the built libraries show to the linker, against what the headers and zinc.map say.

    symbols.py exported|atomics|soname CORE_FOLDER SHARED_LIBRARY STATIC_LIBRARY
"""
import pathlib
import re
import subprocess
import sys


def declared(core):
    """The functions that the public headers declare with ZINC_API."""
    names = set()
    for header in sorted((core / "include" / "zinc").glob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
        text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
        names.update(re.findall(r"ZINC_API\b[^;(]*?\b(zinc_\w+)\s*\(", text))
    return names


def mapped(core):
    """The names that zinc.map exports, in all of its nodes."""
    text = re.sub(r"/\*.*?\*/", "", (core / "zinc.map").read_text(), flags=re.S)
    return set(re.findall(r"^\s*(\w+);", text, flags=re.M))


def nm(*arguments):
    lines = subprocess.run(["nm", "-P", *arguments], check=True, capture_output=True, text=True)
    return [line.split() for line in lines.stdout.splitlines() if line and not line.endswith(":")]


def exported(core, shared, _static):
    """The shared library exports the declared functions, no more and no less."""
    rows = nm("-D", "--defined-only", shared)
    names = {row[0].split("@")[0] for row in rows if row[1] != "A"}
    wanted, listed = declared(core), mapped(core)
    failures = []
    for what, left, right in (
        ("declared in a header but not exported", wanted, names),
        ("exported but declared in no header", names, wanted),
        ("declared in a header but not in core/zinc.map", wanted, listed),
        ("in core/zinc.map but declared in no header", listed, wanted),
    ):
        failures += [f"{name}: {what}" for name in sorted(left - right)]
    unversioned = [row[0] for row in rows if row[1] != "A" and "@@ZINC_" not in row[0]]
    failures += [f"{name}: has no version node" for name in unversioned]
    if not wanted:
        failures.append("no function declared in core/include/zinc: the test reads nothing")
    return failures, f"{len(names)} functions exported"


def atomics(_core, shared, static):
    """No atomic goes through libatomic, whose locks are private to a process."""
    rows = nm("-u", shared) + nm("-u", static)
    found = sorted({row[0] for row in rows if row[0].startswith(("__atomic_", "__sync_"))})
    return [f"{name}: an atomic that is not lock-free" for name in found], f"{len(rows)} looked at"


def soname(core, shared, _static):
    """The soname carries ZINC_ABI."""
    text = (core / "include" / "zinc" / "version.h").read_text()
    abi = re.search(r"^#define ZINC_ABI (\d+)", text, flags=re.M).group(1)
    dynamic = subprocess.run(["readelf", "-d", shared], check=True, capture_output=True, text=True)
    failures = []
    if f"[libzinc.so.{abi}]" not in dynamic.stdout:
        failures.append(f"the soname is not libzinc.so.{abi}")
    if "NODELETE" not in dynamic.stdout:
        failures.append("not linked with -z nodelete")
    return failures, f"libzinc.so.{abi}"


def main():
    case, core, shared, static = sys.argv[1], pathlib.Path(sys.argv[2]), *sys.argv[3:5]
    cases = {"exported": exported, "atomics": atomics, "soname": soname}
    failures, summary = cases[case](core, shared, static)
    print("\n".join(failures) if failures else summary)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
