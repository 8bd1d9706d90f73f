# SPDX-License-Identifier: MIT
"""Rules about who may know whom: layers, the operating system, futexes."""
import re
import subprocess

from common import BUILD, Missing

from rules.base import rule

LAYERS = ["os", "base", "region", "memory", "containers", "sync", "flows", "messages"]

# What C11 itself offers, and nothing of any system.
ISO_HEADERS = {"assert.h", "ctype.h", "errno.h", "float.h", "inttypes.h", "limits.h", "math.h",
               "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h",
               "stdlib.h", "stdnoreturn.h", "string.h"}
# fault.c kills and stops its own process, by the two signals that C leaves to the system.
ISO_HEADERS_MORE = {"core/src/base/fault.c": {"signal.h"},
                    "core/src/base/atomic.h": {"stdatomic.h"}}

SYSTEM_CALLS = ("accept bind chmod clone close connect dup dup2 epoll_wait eventfd execv execve "
                "fallocate fchmod fchown fcntl fork fstat fstatfs ftruncate futex getpid getrandom "
                "gettid geteuid ioctl kill lseek linkat lstat madvise memfd_create mincore mlock "
                "mmap mprotect mremap munmap nanosleep openat opendir pipe poll posix_fallocate "
                "prctl pread pthread_atfork pthread_create pthread_mutex_lock pwrite read readdir "
                "recvmsg rename renameat sched_yield sendmsg shm_open shm_unlink sigaction socket "
                "stat statfs syscall sysconf uname unlink unlinkat usleep waitpid write "
                "clock_gettime open link").split()

ISO_SYMBOLS = ("abort atexit bsearch calloc free getenv malloc memchr memcmp memcpy memmove memset "
               "qsort raise realloc snprintf strchr strcmp strcpy strcspn strlen strncmp strncpy "
               "strrchr strspn strstr strtol strtoul strtoull vsnprintf").split()


def layer_of(path):
    parts = path.split("/")
    return parts[2] if parts[:2] == ["core", "src"] and len(parts) > 3 else None


@rule
def include_direction(tree):
    """A layer includes its own headers and those of layers below it, nothing above."""
    for source in tree.match(r"core/src/.*\.[ch]"):
        own = layer_of(source.path)
        for number, text in enumerate(source.lines, 1):
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', text)
            if not found:
                continue
            other = found.group(1).split("/")[0]
            if "/" not in found.group(1) or other not in LAYERS:
                yield (source.path, number, f'includes "{found.group(1)}"',
                       "an include names its layer, so that the direction can be seen",
                       'write "<layer>/<noun>.h" from core/src')
            elif own in LAYERS and LAYERS.index(other) > LAYERS.index(own):
                yield (source.path, number, f"{own}/ includes {found.group(1)}",
                       f"{other} lies above {own}: a layer calls only downwards",
                       f"move what is needed to {own}/ or below, or take it as a parameter")
    for source in tree.match(r"core/cli/.*\.[ch]"):
        for number, text in enumerate(source.lines, 1):
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', text)
            if found and (found.group(1).split("/")[0] in LAYERS or ".." in found.group(1)):
                yield (source.path, number, f'the command includes "{found.group(1)}"',
                       "what it shows must come from public functions", "include <zinc/...>")


@rule
def system_headers(tree):
    """Above os/, a C file includes C's own headers and Zinc's."""
    for source in tree.match(r"core/src/.*\.[ch]|core/include/.*\.h"):
        if layer_of(source.path) == "os":
            continue
        more = ISO_HEADERS_MORE.get(source.path, set())
        for number, text in enumerate(source.lines, 1):
            found = re.match(r"\s*#\s*include\s+<([^>]+)>", text)
            if not found or found.group(1).startswith(("zinc/", "zinc.h")):
                continue
            if found.group(1) not in ISO_HEADERS | more:
                instead = ("use the wrappers of base/atomic.h" if "atomic" in found.group(1)
                           else "call a zinc__os_* function of os/os.h")
                yield (source.path, number, f"includes <{found.group(1)}>",
                       "no file above os/ knows an operating system", instead)


@rule
def system_calls(tree):
    """Above os/, nothing names a system call or tests for an operating system."""
    call = re.compile(r"(?<![\w.>])(" + "|".join(SYSTEM_CALLS) + r")\s*\(")
    system = re.compile(r"\b(__linux__|__APPLE__|_WIN32|__unix__|__ANDROID__|__FreeBSD__)\b")
    for source in tree.match(r"core/src/.*\.[ch]"):
        if layer_of(source.path) == "os":
            continue
        for number, text in enumerate(source.code, 1):
            for found in call.finditer(text):
                yield (source.path, number, f"calls {found.group(1)}()",
                       "no file above os/ names a system call", "call zinc__os_* of os/os.h")
            for found in system.finditer(text):
                yield (source.path, number, f"tests for {found.group(1)}",
                       "no file above os/ tests for an operating system",
                       "put the difference behind a function of os/os.h")


@rule
def futex(tree):
    """Nobody outside the wait engine and os/ knows that futexes exist."""
    for source in tree.match(r"core/src/.*\.[ch]|core/cli/.*\.[ch]"):
        if layer_of(source.path) == "os" or re.match(r"core/src/base/wait\.[ch]", source.path):
            continue
        for number, text in enumerate(source.code, 1):
            if re.search(r"futex", text, re.I):
                yield (source.path, number, "speaks of a futex",
                       "other systems wait otherwise", "use the wait cell of base/wait.h")


@rule
def symbols_of_the_system(tree):
    """Compiled files above os/ need nothing but C's library and Zinc."""
    libraries = [path for path in (BUILD / "test" / "gcc" / "lib" / "libzinc.a",
                                   BUILD / "lib" / "libzinc.a") if path.exists()]
    if not libraries:
        raise Missing("no libzinc.a is built yet (ci/run build)")
    systems = {path.rpartition("/")[2] + ".o" for path in tree.paths
               if re.fullmatch(r"core/src/os/.*\.c", path)}
    listing = subprocess.run(["nm", "-P", "-u", "-A", str(libraries[0])], capture_output=True,
                             text=True, check=True)
    for line in listing.stdout.splitlines():
        found = re.match(r".*\[(.+?)\]: (\S+) U", line)
        if not found or found.group(1) in systems:
            continue
        member, symbol = found.group(1), found.group(2)
        # The compiler's own helpers, and what FORTIFY makes of C's functions.
        plain = re.sub(r"^__(?:isoc\d+_)?(\w+?)(?:_chk)?$", r"\1", symbol)
        if symbol.startswith(("zinc_", "_GLOBAL_OFFSET", "__stack_chk", "__asan", "__ubsan",
                              "__tsan", "__gcov")) or plain in ISO_SYMBOLS:
            continue
        if (member, symbol) in {("fault.c.o", "kill"), ("fault.c.o", "getpid")}:
            continue
        files = [path for path in tree.paths if path.endswith("/" + member[:-2])]
        yield (files[0] if files else member, 1, f"needs the symbol {symbol}",
               "only os/ speaks with the system", "call zinc__os_* of os/os.h")
