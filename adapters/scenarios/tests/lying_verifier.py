# SPDX-License-Identifier: MIT
"""Python's verifier of the scenario "file", which lies.

    lying_verifier.py LIE DATA ANSWER SOCKET
"""
import ctypes
import hashlib
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "python/examples"))
LIE = sys.argv.pop(1)

import verify  # noqa: E402
import zinc  # noqa: E402


class OtherHash:
    """SHA-256 of the bytes, and of one more."""

    def __init__(self, given):
        self.bytes = given

    def digest(self):
        return hashlib.sha256(bytes(self.bytes) + b".").digest()


class Copied(zinc.SharedRegion):
    """Views are copies."""

    def as_numpy(self, *arguments, **more):
        return super().as_numpy(*arguments, **more).copy()


def nothing(*_):
    return 0, 0, 0


if LIE == "other-hash":
    verify.hashlib = type("hashlib", (), {"sha256": OtherHash})
elif LIE == "copy":
    verify.zinc = type("zinc", (), {"SharedRegion": Copied})
elif LIE == "other-file":
    verify.find_mapping = nothing
elif LIE == "other-frame":
    own = verify.find_frame
    verify.find_frame = lambda address: own(address) + 1
elif LIE == "exit-early":
    sys.exit(0)
elif LIE == "fail-early":
    sys.exit("verify (fake): gave up")
elif LIE == "crash":
    ctypes.string_at(0)
elif LIE == "hang":
    time.sleep(1000)
verify.main()
if LIE == "fail-late":
    sys.exit(3)
if LIE == "hang-late":
    time.sleep(1000)
