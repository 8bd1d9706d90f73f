# SPDX-License-Identifier: MIT
"""Builds the extension module with the C core inside, and source packages that carry the core.

pyproject.toml has the facts; here is what it cannot say: the release comes from the C header, the
core's sources lie outside this folder in the repository, and one wheel serves every CPython from
3.9.
"""

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

sys.path.insert(0, str(Path(__file__).resolve().parent))
import abi  # noqa: E402


class BuildExtension(build_ext):
    """Compiles the core into the extension. Its sources are added here and not at declaration,
    because setuptools would put files from outside this folder at the same place of a source
    package: outside of it."""

    def build_extension(self, ext):
        if not abi.use_system():
            ext.sources = ext.sources + self.core_objects()
        super().build_extension(ext)

    def core_objects(self):
        """Copies of the sources in the build folder: objects then land there too."""
        core = abi.find_core()
        copies = []
        for source in abi.core_sources(core):
            copy = Path(self.build_temp) / "core" / source.relative_to(core)
            copy.parent.mkdir(parents=True, exist_ok=True)
            # The time stamp is kept, so that an unchanged core is not compiled again.
            shutil.copy2(source, copy)
            copies.append(str(copy))
        return copies


class BuildPython(build_py):
    """Forgets modules of an earlier build in the same folder, which the wheel would carry."""

    def run(self):
        if not getattr(self, "editable_mode", False):
            for old in (Path(self.build_lib) / "zinc").glob("*.py*"):
                old.unlink()
        super().run()


class SourcePackage(sdist):
    """Puts the core beside setup.py, so that the package builds anywhere."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        if abi.use_system():
            raise SystemExit("unset ZINC_SYSTEM: a source package carries the core")
        core = abi.find_core()
        for folder in ("include", "src"):
            target = Path(base_dir) / "core" / folder
            if target.exists():
                shutil.rmtree(target)
            shutil.copytree(core / folder, target)


setup(
    version=abi.release(),
    cffi_modules=["abi.py:builder"],
    cmdclass={"build_py": BuildPython, "build_ext": BuildExtension, "sdist": SourcePackage},
    options={"bdist_wheel": {"py_limited_api": "cp39"}} if abi.limited_api() else {},
)
