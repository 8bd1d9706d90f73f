#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints docs/errors.md: the command's own table, so the page and the library cannot differ."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
build = ROOT / os.environ.get("ZINC_BUILD", "build")
if not (build / "bin/zinc").exists():
    subprocess.run([ROOT / "ci/build"], check=True, stdout=subprocess.DEVNULL)
table = subprocess.run([build / "bin/zinc", "help", "errors", "--markdown"], check=True,
                       capture_output=True, text=True).stdout
print(f"""# Errors

Emitted by docs/emit/errors.py from the library's own table: edit core/src/base/error.c, then run
`ci/run docs`.

Functions answer an `int32_t`: 0 is success, a negative number is one of these (the same numbers
on every system; Linux's errno negated where one fits) or another errno negated, and the one
positive status is `ZINC_RECOVERED`. `zinc_strerror`, `zinc_error_cause` and `zinc_error_remedy`
give the columns below at run time. What happened to *one* call, with the region's name, the
numbers and the remedy, is in the `zinc_error` that calls by name fill in; for a call on a handle
`zinc_region_explain` makes it.

In C++ every failure is a `zinc::error` (a `std::system_error`), in Python a `zinc.ZincError` that
is also what `OSError(errno)` would be; a closed handle is a `std::logic_error` kind and a
`ValueError`. A wait's timeout is no error there: it returns `false`.

{table.strip()}""")
