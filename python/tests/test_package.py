# SPDX-License-Identifier: MIT
"""Packages: source distribution and wheel are built, installed into empty environments outside the
tree, and run the first lines of the README there."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent.parent

pytest.importorskip("setuptools", reason="setuptools is not installed")
pytest.importorskip("wheel", reason="wheel is not installed")
pytest.importorskip("build", reason="build is not installed")
if not ((HERE.parent / "core").exists() or (HERE / "core").exists()):
    pytest.skip("the tests run without the package's sources", allow_module_level=True)

pytestmark = pytest.mark.seconds(600)


def run(*command, cwd, **environment):
    done = subprocess.run([str(part) for part in command], cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, "PYTHONPATH": "", **environment})
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of what the repository has: building must not write into the checkout."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copytree(HERE, root / "python", symlinks=False, ignore=shutil.ignore_patterns(
        "build", "dist", "*.egg-info", "__pycache__", ".*_cache"))
    core = HERE / "core" if (HERE / "core").exists() else HERE.parent / "core"
    for folder in ("include", "src"):
        shutil.copytree(core / folder, root / "core" / folder, dirs_exist_ok=True)
    return root


@pytest.fixture(scope="module")
def built(tree):
    """`python -m build` makes the source distribution, and the wheel from that."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", tree / "dist",
        tree / "python", cwd=tree)
    return sorted((tree / "dist").iterdir())


def first_lines():
    text = (HERE / "README.md").read_text()
    make, use = (re.search(
        rf"snippet: examples/first_lines\.py {name} -->\n```python\n(.*?)```", text,
        flags=re.S).group(1) for name in ("create", "open"))
    # The reader's lines, inside the writer's block.
    return make + "".join(f"    {line}\n" for line in use.splitlines())


def try_installed(folder, what, *options):
    """Install into an empty environment and run the README there."""
    venv.create(folder, system_site_packages=True, with_pip=True)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", "--no-build-isolation",
        "--disable-pip-version-check", *options, what, cwd=folder)
    where = run(python, "-c", "import zinc; print(zinc.__file__)", cwd=folder)
    assert where.startswith(str(folder))
    script = folder / "first_lines.py"
    script.write_text(first_lines())
    assert run(python, script, cwd=folder) == "b'hello'\n"


def test_the_names_and_tags(built):
    names = [path.name for path in built]
    assert names[1] == "zinc-0.1.0.tar.gz"
    assert re.fullmatch(r"zinc-0\.1\.0-cp39-abi3-\w+\.whl", names[0])


def test_what_the_source_distribution_has(built):
    with tarfile.open(built[1]) as archive:
        names = archive.getnames()
    for name in ("PKG-INFO", "LICENSE", "README.md", "abi.py", "setup.py", "core/include/zinc.h",
                 "core/include/zinc/region.h", "core/src/os/os.h", "core/src/region/region.c",
                 "src/zinc/py.typed", "src/zinc/_zinc.pyi", "tests/test_region.py",
                 "examples/first_lines.py"):
        assert f"zinc-0.1.0/{name}" in names
    assert all(name.startswith("zinc-0.1.0") and ".." not in name for name in names)


def test_what_the_wheel_has(built, tmp_path):
    with zipfile.ZipFile(built[0]) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    libraries = [name for name in names if name.endswith(".so")]
    assert libraries == ["zinc/_zinc.abi3.so"]
    for name in ("zinc/__init__.py", "zinc/py.typed", "zinc/_zinc.pyi", "zinc/region.py"):
        assert name in names
    assert any(name.endswith("LICENSE") for name in names)
    assert not any(name.startswith(("core", "tests", "examples")) for name in names)
    if shutil.which("nm"):
        # The core inside is nobody else's: two copies in one process must not meet.
        exported = run("nm", "-D", "--defined-only", tmp_path / libraries[0], cwd=tmp_path)
        assert [line.split()[-1] for line in exported.splitlines()] == ["PyInit__zinc"]
        needed = run("nm", "-D", "--undefined-only", tmp_path / libraries[0], cwd=tmp_path)
        assert "zinc_" not in needed and "__atomic_" not in needed


def test_the_wheel_in_an_empty_environment(built, tmp_path):
    try_installed(tmp_path / "environment", built[0])


def test_the_source_distribution_in_an_empty_environment(built, tmp_path):
    try_installed(tmp_path / "environment", built[1])


def test_the_folder_in_an_empty_environment(tree, tmp_path):
    try_installed(tmp_path / "environment", tree / "python")


def test_without_the_core_the_message_says_what_to_do(tree, tmp_path):
    shutil.copytree(tree / "python", tmp_path / "python", ignore=shutil.ignore_patterns("core"))
    done = subprocess.run([sys.executable, "setup.py", "--version"], cwd=tmp_path / "python",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0
    assert "the C core is neither at" in done.stderr and "ZINC_SYSTEM=1" in done.stderr


def test_with_the_systems_library(tree, tmp_path):
    """ZINC_SYSTEM=1 links the library that pkg-config names, and says so when there is none."""
    if not shutil.which("pkg-config"):
        pytest.skip("pkg-config is not installed")
    done = subprocess.run(
        [sys.executable, "setup.py", "--version"], cwd=tree / "python", text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "ZINC_SYSTEM": "1", "PKG_CONFIG_LIBDIR": str(tmp_path)})
    assert done.returncode != 0
    assert "ZINC_SYSTEM is set" in done.stderr and "unset ZINC_SYSTEM" in done.stderr
    if not (shutil.which("cmake") and (HERE.parent / "CMakeLists.txt").exists()):
        pytest.skip("cmake or the repository is not there")
    prefix = tmp_path / "prefix"
    run("cmake", "-S", HERE.parent, "-B", tmp_path / "cmake", "-DCMAKE_BUILD_TYPE=Release",
        "-DZINC_BUILD_TESTS=OFF", "-DZINC_BUILD_BENCH=OFF", "-DZINC_BUILD_CLI=OFF",
        f"-DCMAKE_INSTALL_PREFIX={prefix}", "-DCMAKE_INSTALL_LIBDIR=lib", cwd=tmp_path)
    run("cmake", "--build", tmp_path / "cmake", "--target", "install", cwd=tmp_path)
    environment = {"ZINC_SYSTEM": "1", "PKG_CONFIG_PATH": str(prefix / "lib" / "pkgconfig")}
    run(sys.executable, "setup.py", "build", "--build-base", tmp_path / "built", "build_ext",
        "--rpath", prefix / "lib", cwd=tree / "python", **environment)
    library = next((tmp_path / "built").rglob("_zinc.abi3.so"))
    assert "zinc_region_open" in run("nm", "-D", "--undefined-only", library, cwd=tmp_path)
    script = tmp_path / "first_lines.py"
    script.write_text(first_lines())
    assert run(sys.executable, script, cwd=tmp_path,
               PYTHONPATH=str(library.parent.parent)) == "b'hello'\n"
