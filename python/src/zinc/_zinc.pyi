# SPDX-License-Identifier: MIT
# The extension module: cffi's `ffi`, and `lib` with the functions and constants of the C headers.
from typing import Any

class _Library:
    def __getattr__(self, name: str) -> Any: ...

ffi: Any
lib: _Library
