#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""ci/run bench ffi [-- [--json FILE] [--languages ID,ID...]]

What a call, a notification, a round trip and a sum over a view cost in each language, beside C in
the same run. A language's own program measures (its task `bench`); the bars are differences and
ratios within that program:

    call   `capacity` costs at most 15 ns more (Python 60) than the bare call of a C function of the
           same signature by the same mechanism
    sum    float32 over 100 MB through the view costs at most 1.1 of the language's own array

A language that misses a bar is measured again, up to twice, because a busy machine makes any figure
larger and none smaller; the run nearest to its bars is shown, with the number of runs.
"""
import json
import os
import pathlib
import platform
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import languages  # noqa: E402
from common import BUILD, ROOT, BuildFailed, Missing, run, tail, tool  # noqa: E402

FIGURES = ("call_ns", "bare_ns", "notify_ns", "round_trip_ns", "sum_view_s", "sum_own_s")
MORE_NS = {"python": 60.0}
MORE_NS_ELSE = 15.0
RATIO = 1.1
PATIENCE_S = 300
RUNS = 3


def echo_program():
    """The C program on the other side of every round trip."""
    program = BUILD / "languages" / "ffi_echo"
    prefix = languages.core()
    command = [tool("gcc", "cc", group="core"), "-std=c11", "-O2", f"-I{prefix}/include",
               ROOT / "core/bench/ffi_echo.c", prefix / "lib/libzinc.a", "-pthread", "-o", program]
    code, output = run(command)
    if code != 0:
        raise BuildFailed(output, " ".join(str(word) for word in command))
    return program


def run_once(language, echo):
    code, output = languages.task(language, "bench", env={"ZINC_ECHO": str(echo)},
                                  timeout=PATIENCE_S)
    lines = [line for line in output.splitlines() if line.startswith("{")]
    try:
        row = json.loads(lines[-1])
        figures = {name: float(row[name]) for name in FIGURES}
    except (IndexError, KeyError, TypeError, ValueError):
        code = code or 1
    if code != 0:
        raise BuildFailed(output, languages.alone(language, "bench"))
    figures["more_ns"] = figures["call_ns"] - figures["bare_ns"]
    figures["more_bar_ns"] = MORE_NS.get(language.id, MORE_NS_ELSE)
    figures["ratio"] = figures["sum_view_s"] / figures["sum_own_s"]
    figures["ratio_bar"] = RATIO
    missed = [name for name, bar in (("more_ns", "more_bar_ns"), ("ratio", "ratio_bar"))
              if figures[name] > figures[bar]]
    return {"language": language.title, **figures, "missed": missed}


def over(row):
    """How far a run is above its bars; 0 is within."""
    return (max(0.0, row["more_ns"] / row["more_bar_ns"] - 1)
            + max(0.0, row["ratio"] / row["ratio_bar"] - 1))


def measure(language, echo):
    """The figures of one language; raises Missing or BuildFailed."""
    languages.made(language)
    rows = []
    while len(rows) < RUNS and (not rows or rows[-1]["missed"]):
        rows.append(run_once(language, echo))
    return {**min(rows, key=over), "runs": len(rows)}


HEAD = (f"{'':<8} {'capacity':>9} {'bare':>7} {'more':>7} {'bar':>5} {'notify':>8} "
        f"{'round trip':>11} {'sum view':>9} {'own':>8} {'ratio':>6} {'bar':>5}\n"
        f"{'':<8} {'ns':>9} {'ns':>7} {'ns':>7} {'ns':>5} {'ns':>8} {'ns':>11} {'ms':>9} {'ms':>8}")


def shown(row):
    verdict = " and ".join({"more_ns": "call", "ratio": "sum"}[name] for name in row["missed"])
    return (f"{row['language']:<8} {row['call_ns']:9.1f} {row['bare_ns']:7.1f} "
            f"{row['more_ns']:7.1f} {row['more_bar_ns']:5.0f} {row['notify_ns']:8.1f} "
            f"{row['round_trip_ns']:11.0f} {row['sum_view_s'] * 1e3:9.2f} "
            f"{row['sum_own_s'] * 1e3:8.2f} {row['ratio']:6.3f} {row['ratio_bar']:5.2f}  "
            + (f"{verdict}: MISSED" if verdict else "met")
            + (f" ({row['runs']} runs)" if row["runs"] > 1 else ""))


def sweep():
    folder = pathlib.Path(os.environ.get("ZINC_DIR") or "/dev/shm")
    for path in folder.glob(f"zinc_{os.environ['ZINC_DOMAIN']}@*"):
        path.unlink(missing_ok=True)


def main():
    arguments, place, wanted = sys.argv[1:], None, None
    while arguments:
        option = arguments.pop(0)
        if option == "--json" and arguments:
            place = pathlib.Path(arguments.pop(0))
        elif option == "--languages" and arguments:
            wanted = arguments.pop(0)
        elif option != "--quick":  # the others' option; here everything is quick
            print(__doc__)
            return 0 if option in ("-h", "--help") else 2
    # A domain of this run alone: what a program that failed leaves behind can then be removed.
    os.environ["ZINC_DOMAIN"] = f"ffi-{os.getpid()}"
    chosen = [language for language in languages.choose(wanted) if language.matrix == "all"]
    try:
        echo = echo_program()
    except Missing as missing:
        print(f"ffi: skipped: {missing}")
        return 0
    except BuildFailed as failure:
        print(f"ffi: the echo program: {tail(failure.output)}")
        return 1
    print(HEAD, flush=True)
    rows, failed = [], 0
    for language in chosen:
        try:
            row = measure(language, echo)
        except Missing as missing:
            row = {"language": language.title, "skipped": str(missing)}
            print(f"{language.title:<8} skipped: {missing}", flush=True)
        except BuildFailed as failure:
            failed += 1
            row = {"language": language.title, "failed": tail(failure.output, 5)}
            print(f"{language.title:<8} FAILED: {failure.command}\n{tail(failure.output, 15)}",
                  flush=True)
        else:
            print(shown(row), flush=True)
        rows.append(row)
        sweep()
    missed = sum(len(row.get("missed", ())) for row in rows)
    if place:
        place.write_text(json.dumps({
            "benchmark": "ffi", "machine": platform.machine(), "system": platform.platform(),
            "cpus": os.cpu_count(), "rows": rows, "bars_missed": missed}, indent=1) + "\n")
    print(f"{len(rows)} languages, {missed} bars missed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
