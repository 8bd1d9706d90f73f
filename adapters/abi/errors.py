# SPDX-License-Identifier: MIT
"""The errors of the declaration: the core's own table, and the class that each status has in every
language."""
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# The class of error that a status becomes, by what a program does about it: a language's emitter
# turns each kind into the error that its users know (not_found: FileNotFoundError, ErrNotFound).
# "system" is what the operating system refused and nobody has a better word for.
KINDS = {
    "ZINC_OK": "ok",
    "ZINC_RECOVERED": "recovered",
    "ZINC_E_PERM": "denied",
    "ZINC_E_NOENT": "not_found",
    "ZINC_E_INTR": "interrupted",
    "ZINC_E_IO": "system",
    "ZINC_E_BADF": "system",
    "ZINC_E_AGAIN": "again",
    "ZINC_E_NOMEM": "memory",
    "ZINC_E_ACCES": "denied",
    "ZINC_E_BUSY": "busy",
    "ZINC_E_EXIST": "exists",
    "ZINC_E_INVAL": "invalid",
    "ZINC_E_MFILE": "system",
    "ZINC_E_NOSPC": "full",
    "ZINC_E_CLOSED": "closed",
    "ZINC_E_NAMETOOLONG": "invalid",
    "ZINC_E_LAYOUT": "layout",
    "ZINC_E_CORRUPT": "corrupt",
    "ZINC_E_OVERFLOW": "overflow",
    "ZINC_E_USERS": "users",
    "ZINC_E_TOOLONG": "too_long",
    "ZINC_E_TYPE": "type",
    "ZINC_E_NOTSUP": "not_supported",
    "ZINC_E_TIMEDOUT": "timeout",
    "ZINC_E_STALE": "stale",
    "ZINC_E_CANCELED": "canceled",
    "ZINC_E_OWNER_DEAD": "owner_dead",
    "ZINC_E_POISONED": "poisoned",
    "ZINC_E_FORKED": "forked",
    "ZINC_E_PEER_DEAD": "peer_dead",
    "ZINC_E_GONE": "gone",
}


def table(core=ROOT / "core", compiler="cc"):
    """[(name, status, text, cause, remedy)] as the core says them."""
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "errors"
        command = [compiler, "-std=gnu11", f"-I{core}/include", f"-I{core}/src", "-DZINC_STATIC",
                   HERE / "errors.c", core / "src" / "base" / "error.c", "-o", program]
        subprocess.run([str(word) for word in command], check=True)
        said = subprocess.run([program], check=True, capture_output=True).stdout.decode()
    words = said.split("\0")[:-1]
    return [(words[at], int(words[at + 1]), *words[at + 2:at + 5])
            for at in range(0, len(words), 5)]


def read(declared, core=ROOT / "core", compiler="cc"):
    """The errors of the schema. `declared` are the values of enum zinc_status; the table must have
    the same, and each its kind."""
    rows = table(core, compiler)
    wanted = {value["name"]: value["value"] for value in declared}
    found = {name: status for name, status, *_ in rows}
    if found != wanted:
        odd = sorted(set(found.items()) ^ set(wanted.items()))
        raise ValueError(f"core/src/base/error.c and enum zinc_status differ: {odd}")
    if set(found) != set(KINDS):
        odd = sorted(set(found) ^ set(KINDS))
        raise ValueError(f"give each status its kind in adapters/abi/errors.py: {', '.join(odd)}")
    return [{"name": name, "status": status, "kind": KINDS[name], "text": text, "cause": cause,
             "remedy": remedy} for name, status, text, cause, remedy in rows]
