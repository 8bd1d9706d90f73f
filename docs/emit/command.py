#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints docs/command.md: the command's own help texts."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
build = ROOT / os.environ.get("ZINC_BUILD", "build")
if not (build / "bin/zinc").exists():
    subprocess.run([ROOT / "ci/build"], check=True, stdout=subprocess.DEVNULL)


def said(*arguments):
    return subprocess.run([build / "bin/zinc", *arguments], check=True, capture_output=True,
                          text=True).stdout.rstrip()


overview = said("help")
verbs = []
for word in re.findall(r"^  ([a-z]+) ", overview, re.M):
    if word not in verbs:
        verbs.append(word)
print(f"""# The command

Emitted by docs/emit/command.py from the help texts of `zinc` itself. The manual page is `man zinc`
(core/cli/zinc.1), and there are completions for bash, zsh and fish.

```
{overview}
```""")
for verb in verbs:
    print(f"\n## zinc {verb}\n\n```\n{said('help', verb)}\n```")
