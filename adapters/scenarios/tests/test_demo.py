# SPDX-License-Identifier: MIT
"""The demo finds every verifier that lies, hangs or dies, counts all, and leaves nothing behind."""
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip("zinc", reason="the Python package is not installed: ci/run test scenarios")
pytest.importorskip("numpy")

ROOT = pathlib.Path(__file__).resolve().parents[3]
LIAR = pathlib.Path(__file__).with_name("lying_verifier.py")
PUBLISH = ROOT / "python/examples/publish.py"
sys.path[:0] = [str(ROOT / "ci"), str(ROOT / "python/examples")]

import publish  # noqa: E402
import verify  # noqa: E402


def load_demo():
    loader = importlib.machinery.SourceFileLoader("demo", str(ROOT / "ci/demo"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("demo", loader))
    loader.exec_module(module)
    return module


def verifier(lie):
    return shlex.join([sys.executable, str(LIAR), lie])


def survivors(folder):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if (entry.name.isdigit() and int(entry.name) != os.getpid()
                    and f"ZINC_DIR={folder}".encode() in (entry / "environ").read_bytes()):
                found.append((entry / "cmdline").read_bytes())
        except OSError:
            continue
    return found


@pytest.fixture
def regions(tmp_path, monkeypatch):
    """A directory of regions of its own, in which nothing may be left."""
    folder = tmp_path / "regions"
    folder.mkdir()
    monkeypatch.setenv("ZINC_DIR", str(folder))
    yield folder
    assert list(folder.iterdir()) == []
    assert survivors(folder) == []


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(3_000_001))
    return path


def published(file, *commands):
    """(exit code, what each did, lines) of the publisher."""
    result = file.with_suffix(".json")
    done = subprocess.run([sys.executable, PUBLISH, "--json", result, file, *commands], timeout=100,
                          capture_output=True, text=True)
    rows = json.loads(result.read_text())["languages"] if result.exists() else None
    return done.returncode, rows, done.stdout.splitlines()


def test_an_honest_verifier(regions, file):
    code, rows, lines = published(file, f"Honest={verifier('honest')}")
    assert code == 0 and rows["Honest"]["wrong"] == ""
    assert rows["Honest"]["address"] == rows["Honest"]["core_address"] != 0
    assert 0 < rows["Honest"]["region_ready_ns"] < rows["Honest"]["region_done_ns"]
    assert 0 < rows["Honest"]["socket_ready_ns"] < rows["Honest"]["socket_done_ns"]
    assert lines[-1].startswith("Honest ") and "verified: view = core at 0x" in lines[-1]


@pytest.mark.parametrize("lie, said", [
    ("other-hash", "another SHA-256 over the region, another SHA-256 over the socket's bytes"),
    ("copy", "its view is a copy, its view is another file"),
    ("other-file", "its view is another file"),
    ("exit-early", "it ended early"),
    ("fail-early", "it ended with 1"),
    ("crash", f"it ended with {-signal.SIGSEGV}"),
    ("fail-late", "it did not end by itself, with 0"),
    ("hang-late", "it did not end by itself, with 0"),
])
def test_a_lie_is_found_and_the_next_is_tried(regions, file, lie, said):
    code, rows, lines = published(file, f"Liar={verifier(lie)}", f"Honest={verifier('honest')}")
    assert code == 1
    assert said in rows["Liar"]["wrong"] and rows["Honest"]["wrong"] == ""
    assert "FAILED: " in lines[-2] and "verified: " in lines[-1]


@pytest.mark.skipif(not verify.find_frame(id(publish)), reason="frames are shown to root alone")
def test_another_frame_is_found(regions, file):
    _, rows, _ = published(file, f"Liar={verifier('other-frame')}")
    assert rows["Liar"]["wrong"] == "its view is other physical memory"


def test_a_verifier_that_hangs_is_ended(regions, monkeypatch):
    monkeypatch.setattr(publish, "PATIENCE_S", 1)
    with publish.zinc.SharedRegion.create("data", 4096) as data:
        with pytest.raises(publish.Failed, match="it did nothing for 1 s"):
            publish.verify_with(verifier("hang"), data, memoryview(bytes(4096)), (0, 0, 0, 0), b"")


def test_a_command_that_is_not_there(regions, file):
    code, rows, _ = published(file, "Nothing=/nowhere/verify")
    assert code == 1 and "No such file" in rows["Nothing"]["wrong"]


def test_an_empty_file(regions, file):
    file.write_bytes(b"")
    assert published(file, f"Honest={verifier('honest')}")[:2] == (1, None)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing(regions, file, how):
    run = subprocess.Popen([sys.executable, PUBLISH, file, f"Liar={verifier('hang')}"],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 20
    while not any(b"lying_verifier" in command and b"publish" not in command
                  for command in survivors(regions)):
        assert time.monotonic() < deadline, "no verifier has started"
        time.sleep(0.01)
    run.send_signal(how)
    output, _ = run.communicate(timeout=10)
    assert run.returncode == 130 and "Traceback" not in output


# ---- What ci/run demo makes of it --------------------------------------------------------------


@pytest.mark.parametrize("wrong, skipped, line", [
    (["", ""], 0, "demo: 2 languages, 2 verified, 0 failed"),
    (["", "its view is a copy"], 0, "demo: 2 languages, 1 verified, 1 failed"),
    ([""], 2, "demo: 3 languages, 1 verified, 0 failed, 2 skipped"),
])
def test_the_last_line_counts(wrong, skipped, line):
    rows = {str(number): {"wrong": text} for number, text in enumerate(wrong)}
    missing = {f"skipped {number}": "no toolchain" for number in range(skipped)}
    failed, said = load_demo().closing_line(rows, missing)
    assert (failed, said) == (sum(map(bool, wrong)), line)


def test_skipped_and_failed_builds_are_named(monkeypatch, capsys):
    demo = load_demo()

    def command(language, program):
        if language.id == "java":
            raise demo.Missing("no Java here")
        if language.id == "rust":
            raise demo.BuildFailed("error: no such type", "rust/tasks build")
        return [language.id, program]
    monkeypatch.setattr(demo.languages, "command", command)
    rows = [demo.languages.Language(name, name.title(), ("tasks",), "all")
            for name in ("c", "java", "rust")]
    assert demo.built(rows) == ({"C": ["c", "verify"]}, {"Java": "no Java here"},
                                {"Rust": "it does not build: rust/tasks build"})
    assert "error: no such type" in capsys.readouterr().err


def test_the_picture(tmp_path):
    pytest.importorskip("matplotlib", reason="python3-matplotlib is not installed")
    row = {"region_ready_ns": 50_000, "socket_ready_ns": 90_000_000, "frame": 1, "wrong": ""}
    result = tmp_path / "result.json"
    result.write_text(json.dumps({"bytes": 10 ** 8, "languages": {
        "C": row, "Zig": {**row, "region_ready_ns": 61_000}, "Broken": {"wrong": "it is not"}}}))
    subprocess.run([sys.executable, ROOT / "ci/picture.py", result, tmp_path / "demo.svg"],
                   check=True)
    text = (tmp_path / "demo.svg").read_text()
    assert text.startswith("<!-- SPDX") and "<title>" in text and "prefers-color-scheme" in text
    for words in ("100 MB from Python", ">50 µs<", ">61 µs<", ">90 ms<", ">Zig<", "same frame"):
        assert words in text, words
    assert "Broken" not in text
