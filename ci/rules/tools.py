# SPDX-License-Identifier: MIT
"""Rules that other programs judge: clang-format and clang-tidy."""
import concurrent.futures
import re
import subprocess

from common import BUILD, JOBS, ROOT, Missing, tool

from rules.base import fix, rule


def formatted_files(tree):
    return [source.path for source in tree.match(r"(core|cpp|python|adapters)/.*\.(c|h|cpp|hpp)")]


@fix
def fix_format(tree):
    subprocess.run([tool("clang-format-14", "clang-format", group="tidy"), "-i",
                    *formatted_files(tree)], cwd=ROOT, check=True)


@rule
def format(tree):
    """clang-format decides about spaces in C and C++."""
    program = tool("clang-format-14", "clang-format", group="tidy")
    files = formatted_files(tree)
    if not files:
        return
    tried = subprocess.run([program, "--dry-run", *files], cwd=ROOT, capture_output=True, text=True)
    seen = set()
    for line in tried.stderr.splitlines():
        found = re.match(r"(.+?):(\d+):\d+: (?:warning|error): (.*)", line)
        if found and found.group(1) not in seen:
            seen.add(found.group(1))
            yield (found.group(1), int(found.group(2)), "is not formatted",
                   "clang-format decides about spaces", f"run clang-format-14 -i {found.group(1)}")


@rule
def clang_tidy(tree):
    """clang-tidy finds nothing in the library and the command (checks: .clang-tidy)."""
    program = tool("clang-tidy-14", "clang-tidy", group="tidy")
    folders = [folder for folder in (BUILD / "test" / "gcc", BUILD)
               if (folder / "compile_commands.json").exists()]
    if not folders:
        raise Missing("nothing is built yet (ci/run build)")
    database = (folders[0] / "compile_commands.json").read_text()
    files = [source.path for source in tree.match(r"core/(src|cli)/.*\.c")
             if str(ROOT / source.path) in database]

    def judge(path):
        return subprocess.run([program, "--quiet", "-p", str(folders[0]), path], cwd=ROOT,
                              capture_output=True, text=True).stdout

    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for output in pool.map(judge, files):
            for line in output.splitlines():
                found = re.match(r"(.+?):(\d+):\d+: (?:warning|error): (.*) \[(\S+)\]", line)
                if found:
                    path = found.group(1).replace(f"{ROOT}/", "")
                    yield (path, int(found.group(2)), found.group(3), found.group(4),
                           "mend it, or say at the place why it is right (NOLINT with a reason)")
