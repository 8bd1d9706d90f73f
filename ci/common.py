# SPDX-License-Identifier: MIT
"""What the Python files of this folder share: places, running, building, counting tests."""
import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("ZINC_BUILD") or ROOT / "build").resolve()
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else "python3"
JOBS = max(1, min(len(os.sched_getaffinity(0)), 8)) if hasattr(os, "sched_getaffinity") else 2


@dataclasses.dataclass
class Result:
    """One test: what it is called, how it ended, and how to run it alone."""

    name: str
    status: str  # passed, failed, skipped
    seconds: float = 0.0
    text: str = ""  # output of a failure, reason of a skip
    command: str = ""


class Missing(Exception):
    """A tool is not here; the text says which, and what gets it."""


def tool(*names, group):
    """The first of these programs that is installed."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    raise Missing(f"{names[0]} is not installed (ci/run setup {group})")


def shown(path):
    """A path as a person would type it: relative to the checkout where it lies inside."""
    try:
        return str(pathlib.Path(path).relative_to(ROOT))
    except ValueError:
        return str(path)


def run(command, *, cwd=ROOT, env=None, timeout=None):
    """Run to the end without standard input; answers (exit code, output). The whole process group
    is ended at a timeout or an interrupt, so that no test survives its run."""
    child = subprocess.Popen(
        [str(word) for word in command], cwd=cwd, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        env={**os.environ, **(env or {})}, text=True, errors="replace")
    try:
        output, _ = child.communicate(timeout=timeout)
        return child.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        return 124, f"{output}\nended after {timeout} s without a result"
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise


def tail(text, lines=40, columns=300):
    """The end of an output, without the compiler's command lines, which fill screens."""
    rows = text.rstrip().splitlines()
    return "\n".join(row if len(row) <= columns else row[:columns] + "..." for row in rows[-lines:])


class BuildFailed(Exception):
    def __init__(self, output, command):
        super().__init__(output)
        self.output = output
        self.command = command


BUILT = {}  # what this run has built, or failed to: the sources do not change under it


def build(tree, *options, compiler=None, env=None):
    """Configure and build the checkout in BUILD/tree, once; answers the folder, or raises."""
    if tree not in BUILT:
        try:
            BUILT[tree] = build_now(BUILD / tree, options, compiler, env)
        except BuildFailed as failure:
            BUILT[tree] = BuildFailed("it does not build, as shown before", failure.command)
            raise
    if isinstance(BUILT[tree], BuildFailed):
        raise BUILT[tree]
    return BUILT[tree]


def build_now(folder, options, compiler, env):
    command = ["cmake", "-S", ROOT, "-B", folder, *options]
    if not (folder / "CMakeCache.txt").exists():
        if shutil.which("ninja"):
            command += ["-G", "Ninja"]
        if compiler:
            command += [f"-DCMAKE_C_COMPILER={compiler}"]
    code, output = run(command, env=env)
    if code == 0:
        code, output = run(["cmake", "--build", folder, "-j", str(JOBS)], env=env)
    if code != 0:
        raise BuildFailed(output, f"cmake --build {shown(folder)}")
    return folder


def ctest(folder, *selection, jobs=None, env=None, prefix="", wrapper=()):
    """Run a selection of the tests in a build folder; answers one Result a test."""
    report = folder / "ctest.xml"
    report.unlink(missing_ok=True)
    code, output = run(
        [*wrapper, "ctest", "--test-dir", folder, *selection, "-j", str(jobs or JOBS),
         "--output-junit", report, "--no-tests=ignore", "--test-output-size-failed", "65536"],
        env=env)
    if not report.exists():
        failure = Result(f"{prefix}ctest", "failed", text=tail(output), command="ctest")
        return [failure] if code else []
    settings = "".join(f"{name}={value} " for name, value in (env or {}).items()
                       if name != "ZINC_DOMAIN")
    results = []
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        name, said = case.get("name"), case.findtext("system-out") or ""
        command = f"{settings}ctest --test-dir {shown(folder)} -R '^{name}$' --output-on-failure"
        result = Result(prefix + name, "passed", float(case.get("time") or 0), command=command)
        if case.find("skipped") is not None:
            reasons = [line.strip() for line in said.splitlines() if "skipped: " in line]
            result.status = "skipped"
            result.text = reasons[0] if reasons else tail(said, 1) or "not run"
        elif case.find("failure") is not None or case.get("status") not in ("run", "disabled"):
            result.status, result.text = "failed", tail(said)
        results.append(result)
    if code != 0 and all(result.status != "failed" for result in results):
        results.append(Result(f"{prefix}ctest", "failed", text=tail(output), command="ctest"))
    return results


def pytest(python, folder, work, *, env=None, prefix=""):
    """Run the tests of a folder with this interpreter from `work`; answers one Result a test."""
    report = work / "pytest.xml"
    report.unlink(missing_ok=True)
    command = [python, "-m", "pytest", folder, "-q", "-p", "no:cacheprovider",
               f"--junitxml={report}", "-o", "junit_family=xunit1"]
    code, output = run(command, cwd=work, env=env)
    settings = "".join(f"{name}={value} " for name, value in (env or {}).items()
                       if name != "ZINC_DOMAIN")
    alone = f"cd {shown(work)} && {settings}{python} -m pytest {folder}"
    if not report.exists():
        return [Result(f"{prefix}pytest", "failed", text=tail(output), command=alone)]
    results = []
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        module, name = case.get("classname", "").rpartition(".")[2], case.get("name")
        result = Result(f"{prefix}{module}.{name}", "passed", float(case.get("time") or 0),
                        command=f"{alone}/{pathlib.Path(case.get('file', '')).name} -k '{name}'")
        for kind in ("failure", "error", "skipped"):
            found = case.find(kind)
            if found is not None:
                result.status = "skipped" if kind == "skipped" else "failed"
                result.text = found.get("message") if kind == "skipped" else tail(found.text or "")
        results.append(result)
    if code not in (0, 5) and all(result.status != "failed" for result in results):
        results.append(Result(f"{prefix}pytest", "failed", text=tail(output), command=alone))
    return results


def reported(command, prefix, alone, env=None):
    """Run a command of this folder; each of its lines "result NAME STATUS TEXT" is a test, and what
    it printed since the one before belongs to it. Exit code 77 skips all; its last line says why.
    """
    code, output = run(command, env=env)
    if code == 77 and output.strip():
        return [Result(prefix, "skipped", text=output.strip().splitlines()[-1])]
    results, said = [], []
    for line in output.splitlines():
        words = line.split(" ", 3)
        if words[0] != "result" or len(words) < 3:
            said.append(line)
            continue
        text = " ".join(words[3:])
        if words[2] == "failed":
            text = tail("\n".join([*said, text]))
        results.append(Result(f"{prefix}.{words[1]}", words[2], text=text,
                              command=alone.format(name=words[1])))
        said = []
    if code != 0 and all(result.status != "failed" for result in results):
        results.append(Result(prefix, "failed", text=tail(output),
                              command=alone.format(name="").rstrip()))
    return results


def closing_line(results):
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for result in results:
        count[result.status] += 1
    return f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped"
