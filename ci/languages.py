# SPDX-License-Identifier: MIT
"""The languages of languages.toml, and how their tasks are called."""
import dataclasses
import json
import os
import pathlib
import shlex
import tomllib

from common import (BUILD, ROOT, BuildFailed, Missing, Result, build, reported, run, tail, tool)

MISSING = 77  # what a task exits with where its toolchain is not there; its last line says which


@dataclasses.dataclass(frozen=True)
class Language:
    id: str
    title: str
    tasks: tuple
    matrix: str
    suite: bool = False
    packages: str = ""
    needs: str = ""

    @property
    def folder(self):
        return pathlib.PurePath(self.tasks[0]).parent

    @property
    def out(self):
        """Where its tasks build; languages with one folder share it."""
        return BUILD / "languages" / self.folder


def load():
    """The languages whose folder has tasks, in the order of the table."""
    with open(ROOT / "ci/languages.toml", "rb") as table:
        rows = tomllib.load(table)["language"]
    found = [Language(**{**row, "tasks": tuple(row["tasks"])}) for row in rows]
    return [language for language in found if (ROOT / language.tasks[0]).exists()]


def choose(ids):
    """The languages with these ids (a list, or "go,java"); None is all of them."""
    languages = {language.id: language for language in load()}
    if ids is None:
        return list(languages.values())
    wanted = ids.split(",") if isinstance(ids, str) else list(ids)
    for name in wanted:
        if name not in languages:
            raise SystemExit(f"no language {name!r} (there are: {' '.join(languages)})")
    return [languages[name] for name in wanted]


def core():
    """A prefix with the core as a user installs it; built and installed once a run."""
    prefix = BUILD / "languages" / "prefix"
    if "prefix" not in DONE:
        folder = build("languages/library", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                       "-DZINC_BUILD_TESTS=OFF", "-DZINC_BUILD_BENCH=OFF",
                       "-DCMAKE_INSTALL_LIBDIR=lib", compiler=tool("gcc", "cc", group="core"))
        code, output = run(["cmake", "--install", folder, "--prefix", prefix])
        if code != 0:
            raise BuildFailed(output, f"cmake --install {folder}")
        DONE["prefix"] = True
    return prefix


DONE = {}  # what this run has built: the sources do not change under it


def environment(language):
    return {"ZINC_OUT": str(language.out), "ZINC_CORE": str(core())}


def argv(language, *words):
    return [str(ROOT / language.tasks[0]), *language.tasks[1:], *words]


def alone(language, *words):
    """What a person types to run a task."""
    settings = " ".join(f"{name}={shlex.quote(value)}"
                        for name, value in environment(language).items())
    return f"{settings} {shlex.join([*language.tasks, *words])}"


def task(language, *words, env=None, timeout=None):
    """Run a task; answers (exit code, output). Raises Missing where the toolchain is not there."""
    code, output = run(argv(language, *words), env={**environment(language), **(env or {})},
                       timeout=timeout)
    if code == MISSING:
        said = output.strip().splitlines()
        raise Missing(said[-1] if said else f"{language.title}: {language.needs}")
    return code, output


def made(language):
    """Build the language's package, tests and examples, once; raises Missing or BuildFailed."""
    if language.id not in DONE:
        language.out.mkdir(parents=True, exist_ok=True)
        try:
            code, output = task(language, "build")
            DONE[language.id] = (BuildFailed(output, alone(language, "build")) if code != 0
                                 else None)
        except Missing as missing:
            DONE[language.id] = missing
    if DONE[language.id] is not None:
        raise DONE[language.id]


def command(language, program):
    """The argument vector that runs an example program (peer, verify), built if need be."""
    made(language)
    code, output = task(language, "command", program)
    lines = [line for line in output.splitlines() if line.startswith("[")]
    if code != 0 or not lines:
        raise BuildFailed(output, alone(language, "command", program))
    return json.loads(lines[-1])


def tested(language, domain):
    """Build a language and run its suite; answers one Result a test."""
    made(language)
    return reported(argv(language, "test"), language.id, f"{alone(language, 'test')}  # {{name}}",
                    env={**environment(language), "ZINC_DOMAIN": domain})


def packaged(language, dist, outside):
    """Make what would be published and try it elsewhere; answers what it said."""
    made(language)
    code, output = task(language, "package", str(dist), str(outside))
    lines = [line for line in output.splitlines() if line.startswith("result ")]
    if code != 0 or not lines or lines[-1].split(" ")[2:3] != ["passed"]:
        raise BuildFailed(tail(output), alone(language, "package", str(dist), str(outside)))
    return lines[-1].split(" ", 3)[-1]
