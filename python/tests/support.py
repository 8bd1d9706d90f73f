# SPDX-License-Identifier: MIT
"""What tests share. Spawned processes import this too, so it does nothing by itself."""

import os
import signal


def in_fork(body):
    """Run `body` in a forked child; returns what it returned as text, or what it raised."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        # faulthandler's watchdog is a thread, and the parent's is not here to be replaced.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(40)
        try:
            answer = str(body())
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    assert status == 0, f"the child ended with wait status {status}"
    return answer


def mapped_parts(inode):
    """The address ranges at which this process maps a file."""
    with open("/proc/self/maps") as maps:
        lines = [line.split() for line in maps]
    return [tuple(int(end, 16) for end in line[0].split("-"))
            for line in lines if line[4] == str(inode)]


def is_mapped(address, inode):
    return any(low <= address < high for low, high in mapped_parts(inode))
