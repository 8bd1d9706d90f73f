# SPDX-License-Identifier: MIT
"""The zinc command is run as people run it: as a process. ZINC_CLI names the program.

Each test works in a domain of its own, and fails if it leaves a region there."""
import errno
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import time

import pytest

SECONDS = 20  # after so long a command that should have ended hangs
CORE = pathlib.Path(__file__).resolve().parents[2]
NOBODY = 65534


def pytest_configure():
    if not os.access(os.environ.get("ZINC_CLI", ""), os.X_OK):
        raise pytest.UsageError("ZINC_CLI must name the zinc program, as build/bin/zinc")


def until(condition, what="the condition"):
    """Wait for something that another process does."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"{what} did not come about within {SECONDS} s")


class Zinc:
    """The command in one directory and domain; calling it runs it to its end."""

    def __init__(self, domain, directory):
        self.domain = domain
        self.directory = pathlib.Path(directory)
        self.program = os.path.abspath(os.environ["ZINC_CLI"])
        self.children = []

    def environment(self, extra=None):
        env = {name: value for name, value in os.environ.items()
               if not name.startswith("ZINC_") and name not in ("NO_COLOR", "TERM")}
        env.update(ZINC_DOMAIN=self.domain, ZINC_DIR=str(self.directory), TERM="xterm")
        env.update(extra or {})
        return {name: value for name, value in env.items() if value is not None}

    def __call__(self, *arguments, code=0, env=None, prefix=(), **options):
        """Run, demand this exit code, answer the CompletedProcess with text output."""
        options.setdefault("input", "")
        if "stdin" in options:
            options.pop("input")
        if "stdout" not in options:
            options["stdout"] = subprocess.PIPE
        options.setdefault("text", True)
        done = subprocess.run([*prefix, self.program, *arguments], env=self.environment(env),
                              stderr=subprocess.PIPE, timeout=SECONDS, **options)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def fails(self, code, *arguments, says=(), **options):
        """Run, demand this exit code and one message that begins right and says these words."""
        done = self(*arguments, code=code, **options)
        assert done.stderr.startswith("zinc: "), done.stderr
        assert done.stderr.count("\n") == 1 and done.stderr.endswith("\n"), done.stderr
        for word in says:
            assert word in done.stderr, (word, done.stderr)
        return done.stderr

    def start(self, *arguments, env=None, **options):
        """Start; the test's end ends it."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        child = subprocess.Popen([self.program, *arguments], env=self.environment(env), **options)
        self.children.append(child)
        return child

    def json(self, *arguments, **options):
        return json.loads(self(*arguments, "--json", **options).stdout)

    def region(self, name):
        """What ls says about one region, or None."""
        found = [one for one in self.json("ls")["regions"] if one["name"] == name]
        return found[0] if found else None

    def file(self, name):
        return self.directory / f"zinc_{self.domain}@{name}"

    def files(self):
        return sorted(path.name for path in self.directory.glob(f"zinc_{self.domain}@*"))

    def hold(self, name, content=b"x", *more, **options):
        """An auto region with one living participant, ready to be opened."""
        child = self.start("put", "--lifetime", "auto", *more, name, stdin=subprocess.PIPE,
                           **options)
        child.stdin.write(content)
        child.stdin.close()
        child.stdin = None  # communicate() would flush it
        until(lambda: (self.region(name) or {}).get("notifications") == 1, f"region {name}")
        return child

    def waiter(self, name, *more):
        """A process that waits for the next notification; answers once it is parked."""
        before = self.region(name)["waiters"]
        child = self.start("wait", "--next", *more, name)
        until(lambda: self.region(name)["waiters"] == before + 1, "the waiter")
        return child


def ended(child, signal_number=None):
    """Send a signal, or none, and answer (return code, output, errors)."""
    if signal_number is not None:
        child.send_signal(signal_number)
    output, errors = child.communicate(timeout=SECONDS)
    return child.returncode, output, errors


def make(domain, directory):
    return Zinc(domain, directory)


def sweep(zinc):
    for child in zinc.children:
        if child.poll() is None:
            child.kill()
        if child.stdin and not child.stdin.closed:
            try:
                child.stdin.close()
            except OSError:
                pass
        child.wait()
        for stream in (child.stdout, child.stderr):
            if stream:
                stream.close()
    left = zinc.files()
    for name in left:
        (zinc.directory / name).unlink()
    return left


@pytest.fixture
def zinc(request):
    """In /dev/shm, where regions live."""
    # Of this run and this test alone, within the 48 bytes of a domain.
    domain = f"cli-{os.getpid()}-{hash(request.node.name) % 10**6}"
    made = make(domain, "/dev/shm")
    yield made
    left = sweep(made)
    assert not left, f"the test left {left}"


@pytest.fixture
def private(tmp_path):
    """In a directory of its own, where the files of others can be told apart."""
    folder = tmp_path / "regions"
    folder.mkdir()
    made = make("own", folder)
    yield made
    sweep(made)


@pytest.fixture
def small():
    """Words that run a command where ZINC_DIR is a tmpfs of 1 MiB, gone with the command."""
    folder = "/mnt" if os.path.isdir("/mnt") else "/media"
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-r", "--mount"]
    words = [*unshare, "sh", "-c",
             f"mount -t tmpfs -o size=1m zinc-test {folder} && export ZINC_DIR={folder} && \"$@\"",
             "sh"]
    if not shutil.which("unshare") or subprocess.run([*words, "true"],
                                                     stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here (needs root or user namespaces)")
    return words


@pytest.fixture
def as_nobody():
    """Options for a subprocess of another user."""
    if os.geteuid() != 0:
        pytest.skip("only root can act as another user")
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


class Terminal:
    """A child whose standard output or error is a terminal."""

    def __init__(self, zinc, *arguments, which=("stdout",), env=None, **options):
        self.master, slave = pty.openpty()
        streams = {name: slave if name in which else subprocess.PIPE
                   for name in ("stdout", "stderr")}
        self.child = zinc.start(*arguments, env=env, **streams, **options)
        os.close(slave)
        self.seen = b""

    def read(self):
        """What the terminal got, to the end of the child."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if not self.read_some():
                self.child.wait(timeout=SECONDS)
                os.close(self.master)
                return self.seen.decode()
        raise AssertionError("the terminal stayed open")

    def read_some(self):
        ready, _, _ = select.select([self.master], [], [], 0.05)
        if not ready:
            return True
        try:
            some = os.read(self.master, 1 << 16)
        except OSError as error:
            if error.errno == errno.EIO:  # how a terminal says that its other side is closed
                return False
            raise
        self.seen += some
        return bool(some)

    def until(self, text):
        """Read until the terminal has shown this."""
        deadline = time.monotonic() + SECONDS
        while text.encode() not in self.seen:
            assert time.monotonic() < deadline, (text, self.seen)
            assert self.read_some(), (text, self.seen)


@pytest.fixture
def terminal(zinc):
    return lambda *arguments, **options: Terminal(zinc, *arguments, **options)


def table(text):
    """Tab-separated output as a list of dictionaries."""
    header, *rows = text.rstrip("\n").split("\n")
    names = header.split("\t")
    for row in rows:
        assert len(row.split("\t")) == len(names), row
    return [dict(zip(names, row.split("\t"))) for row in rows]


INTERRUPTED = -signal.SIGINT
