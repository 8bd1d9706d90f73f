# SPDX-License-Identifier: MIT
"""The runner of the matrix finds every peer that lies, hangs or dies, and leaves nothing behind."""
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
FAKE = pathlib.Path(__file__).with_name("fake_peer.py")
sys.path.insert(0, str(ROOT / "ci"))

import languages  # noqa: E402
import peers  # noqa: E402


def load_matrix():
    loader = importlib.machinery.SourceFileLoader("matrix", str(ROOT / "ci/matrix"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("matrix", loader))
    loader.exec_module(module)
    return module


matrix = load_matrix()
FRAMES_SHOWN = peers.frame_at(id(object())) != 0  # to root alone


def survivors(marker):
    """Processes, other than zombies, whose environment has the marker."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if (entry.name.isdigit() and int(entry.name) != os.getpid()
                    and marker.encode() in (entry / "environ").read_bytes()):
                found.append((entry / "cmdline").read_bytes())
        except OSError:
            continue
    return found


@pytest.fixture
def play(tmp_path, monkeypatch):
    """Plays a scenario with two fakes; afterwards no process and no file may be left."""
    monkeypatch.setattr(peers, "DIRECTORY", tmp_path)
    monkeypatch.setenv("ZINC_DIR", str(tmp_path))
    for limit, seconds in (("START_S", 2), ("LINE_S", 2), ("END_S", 1), ("DEATH_S", 1)):
        monkeypatch.setattr(peers, limit, seconds)
    count = iter(range(100))
    work = tmp_path / "work"
    work.mkdir()

    def run(scenario, first="honest", second="honest", view=True):
        sides = [peers.Side(lie, (sys.executable, str(FAKE), lie), view)
                 for lie in (first, second)]
        return peers.play(scenario, *sides, f"fakes-{next(count)}", work)
    yield run
    assert survivors(f"ZINC_DIR={tmp_path}") == []
    assert [path.name for path in tmp_path.iterdir()] == ["work"]


@pytest.mark.parametrize("scenario", peers.SCENARIOS)
def test_honest_peers_pass(play, scenario):
    verdict = play(scenario)
    assert (verdict.wrong, verdict.output) == ("", "")
    assert verdict.views
    assert verdict.frames == FRAMES_SHOWN
    assert (0 < verdict.learned_s < 1) == (scenario == "death")


@pytest.mark.parametrize("role", ["first", "second"])
@pytest.mark.parametrize("lie, said", [
    ("copy", "works on a copy"),
    ("other-memory", "works on other memory"),
    ("no-view", "works on a copy"),
    ("no-address", "gave it no address"),
    ("short-proof", "where a line of proof was expected"),
    ("negative-proof", "where a line of proof was expected"),
    ("wrong-bytes", "of the region is"),
    ("hang-start", "did not write 'proof ...' within 2 s"),
    ("hang-middle", "did not write"),
    ("hang-end", "did not end within 1 s"),
    ("crash-start", "ended with signal 11"),
    ("crash-middle", "ended with signal 11"),
    ("crash-end", "ended with signal 11"),
    ("exit-start", "ended with exit code 1"),
    ("exit-middle", "ended with exit code 1"),
    ("exit-end", "ended with exit code 1"),
    ("extra-start", "wrote 'by the way' where"),
    ("extra-middle", "wrote 'by the way' where"),
    ("extra-end", "wrote 'by the way' behind its last line"),
    ("flood-start", "where a line of proof was expected"),
    ("noise-middle", "wrote to standard error"),
])
def test_a_lie_is_found(play, lie, said, role):
    verdict = play("relay", **{role: lie})
    # Which bytes are wrong can be seen, but when both have ended not whose fault it is.
    assert said in verdict.wrong
    assert lie == "wrong-bytes" or verdict.wrong.startswith(f"{role} ({lie})"), verdict.wrong
    assert verdict.output.count(str(FAKE)) == len(verdict.output.split("second (")), verdict.output


def test_another_part_of_the_memory_is_found(play):
    assert "works on another part of the file" in play("relay", second="other-part").wrong


@pytest.mark.skipif(not FRAMES_SHOWN, reason="frame numbers are shown to root alone")
@pytest.mark.parametrize("role", ["first", "second"])
def test_another_frame_is_found(play, role):
    assert "works on other physical memory" in play("relay", **{role: "other-frame"}).wrong


def test_a_frame_that_is_not_shown_is_not_counted_as_shown(play):
    verdict = play("relay", second="no-frame")
    assert (verdict.wrong, verdict.frames) == ("", False)


def test_a_language_without_views_may_say_so(play):
    verdict = play("relay", first="no-view", second="no-view", view=False)
    assert (verdict.wrong, verdict.views) == ("", False)


def test_a_language_without_views_cannot_show_a_copy(play):
    assert "works on a copy" in play("relay", second="copy", view=False).wrong


@pytest.mark.parametrize("scenario, role, lie, said", [
    ("tensor", "first", "wrong-sum", "where 'sum 17656320' was expected"),
    ("tensor", "second", "wrong-sum", "where 'sum 17644032' was expected"),
    ("tensor", "second", "wrong-field", "at the end byte 49188 of the region is 1, not 0"),
    ("grow", "second", "stale-capacity", "where 'capacity 1048576' was expected"),
    ("death", "first", "leave-early", "first (leave-early)"),
    ("death", "second", "learn-late", "learned of the death after"),
    ("death", "second", "lose-bytes", "after the kill byte 0 of the region is 0, not 42"),
    ("death", "second", "forget-gone", "wrote 'again' where 'gone' was expected"),
    ("death", "second", "hang-end", "did not end within 1 s"),
])
def test_a_lie_of_one_scenario_is_found(play, scenario, role, lie, said):
    assert said in play(scenario, **{role: lie}).wrong


def test_what_is_left_in_the_directory_is_found_and_removed(play):
    assert "left in" in play("relay", first="leave").wrong


def test_children_of_a_peer_do_not_survive(play):
    # It keeps the pipe open, so that the peer does not seem to end.
    assert play("relay", second="child-middle").wrong != ""


def test_a_command_that_is_not_there(play, tmp_path):
    side = peers.Side("nobody", (str(tmp_path / "nothing"),))
    verdict = peers.play("relay", side, side, "nobody", tmp_path)
    assert "No such file or directory" in verdict.wrong


# ---- The command -------------------------------------------------------------------------------


def commands(tmp_path, **lies):
    file = tmp_path / "commands.json"
    file.write_text(json.dumps({name: [sys.executable, str(FAKE), lie]
                                for name, lie in lies.items()}))
    return file


@pytest.fixture
def env(tmp_path):
    regions = tmp_path / "regions"
    regions.mkdir()
    yield {**os.environ, "ZINC_DIR": str(regions), "ZINC_BUILD": str(tmp_path / "build")}
    assert list(regions.iterdir()) == []
    assert survivors(f"ZINC_DIR={regions}") == []


def ci_matrix(env, *arguments):
    done = subprocess.run([ROOT / "ci/matrix", *map(str, arguments)], env=env, text=True,
                          capture_output=True, timeout=120)
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_every_ordered_pair_runs(tmp_path, env):
    code, lines, _ = ci_matrix(env, "--commands", commands(tmp_path, one="honest", two="honest"))
    assert (code, lines[-1]) == (0, "matrix: 4 pairs, 4 passed, 0 failed")
    assert [line.split()[1:4] for line in lines[:-1]] == [
        ["one", "→", "one"], ["one", "→", "two"], ["two", "→", "one"], ["two", "→", "two"]]
    assert all("death" in line and "ci/run matrix " in line for line in lines[:-1])
    result = json.loads((tmp_path / "build/matrix/result.json").read_text())
    assert [pair["status"] for pair in result["pairs"]] == ["passed"] * 4
    assert set(result["pairs"][0]["scenarios"]) == {"relay", "tensor", "grow", "death"}


def test_a_failure_shows_both_sides_and_how_to_run_it_alone(tmp_path, env):
    file = commands(tmp_path, good="honest", bad="wrong-sum")
    code, lines, _ = ci_matrix(env, "--scenario", "tensor", "--commands", file)
    assert (code, lines[-1]) == (1, "matrix: 4 pairs, 1 passed, 3 failed")
    text = "\n".join(lines)
    assert f"ci/run matrix good:bad --scenario tensor --commands {file}" in text
    assert "first (good), ended by the runner" in text and "second (bad), ended by" in text
    assert "  | proof " in text and "  | sum 17644032.001" in text


def test_check_prints_a_line_for_each_pair(tmp_path, env):
    file = commands(tmp_path, good="honest", bad="exit-middle")
    code, lines, _ = ci_matrix(env, "--check", "--commands", file, "--scenario", "relay")
    results = [line.split(" ", 3)[1:3] for line in lines if line.startswith("result ")]
    assert code == 1
    assert results == [["good:good", "passed"], ["good:bad", "failed"], ["bad:good", "failed"],
                       ["bad:bad", "failed"]]
    # What a failing side has said stands in front of its line.
    at = next(i for i, line in enumerate(lines) if line.startswith("result good:bad"))
    assert any("  ! peer (fake): gave up" in line for line in lines[:at])


def test_a_pair_alone(tmp_path, env):
    file = commands(tmp_path, one="honest", two="honest")
    code, lines, _ = ci_matrix(env, "two:one", "--commands", file)
    assert (code, lines[-1]) == (0, "matrix: 1 pairs, 1 passed, 0 failed")


@pytest.mark.parametrize("arguments, said", [
    (["nobody:one"], "no pair 'nobody:one'"), (["one"], "no pair 'one'"),
    (["--languages", "nobody"], "no language 'nobody'"), (["--jobs", "0"], "--jobs must be"),
    (["--scenario", "nothing"], "invalid choice"), (["--languages", "one", "one:one"], "either"),
])
def test_wrong_arguments(tmp_path, env, arguments, said):
    code, _, errors = ci_matrix(env, "--commands", commands(tmp_path, one="honest"), *arguments)
    assert code != 0 and said in errors


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("after_s", [0, 0.1, 0.4])
def test_an_interrupt_at_any_moment_leaves_nothing(tmp_path, env, how, after_s):
    file = commands(tmp_path, one="hang-middle", two="honest")
    run = subprocess.Popen([ROOT / "ci/matrix", "--commands", file, "--jobs", "3"], env=env,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 20
    while not any(b"fake_peer" in command for command in survivors(f"ZINC_DIR={env['ZINC_DIR']}")):
        assert time.monotonic() < deadline, "no peer has started"
        time.sleep(0.01)
    time.sleep(after_s)
    run.send_signal(how)
    output, _ = run.communicate(timeout=10)
    assert (run.returncode, output.splitlines()[-1]) == (130, "matrix: interrupted"), output
    assert "Traceback" not in output


# ---- Languages and pairs -----------------------------------------------------------------------


def rows(**kinds):
    return [languages.Language(name, name.upper(), ("tasks",), kind)
            for name, kind in kinds.items()]


def test_languages_of_kind_c_are_paired_with_c_both_ways():
    every = rows(c="all", go="all", lua="c")
    assert [pair.name for pair in matrix.pairs_of(every, every)] == [
        "c:c", "c:go", "go:c", "go:go", "c:lua", "lua:c"]
    assert [pair.name for pair in matrix.pairs_of(every[2:], every)] == ["c:lua", "lua:c"]


def test_a_missing_toolchain_is_skipped_and_counted(monkeypatch, tmp_path):
    every = rows(c="all", go="all")

    def command(language, program):
        assert program == "peer"
        if language.id == "go":
            raise matrix.Missing("golang-go is not installed")
        return [sys.executable, str(FAKE), "honest"]
    monkeypatch.setattr(languages, "command", command)
    found = matrix.commands_of(every, lambda text: None)
    pair = matrix.run_pair(matrix.Pair(*every), 1, ["relay"], found)
    assert (pair.status, pair.text) == ("skipped", "GO: golang-go is not installed")
    other = matrix.Pair(every[0], every[0], status="passed")
    assert matrix.closing_line([pair, other]) == (
        "matrix: 2 pairs, 1 passed, 0 failed, 1 skipped")


def test_a_build_that_fails_is_a_failure_of_its_pairs(monkeypatch, capsys):
    every = rows(c="all")

    def command(language, program):
        raise matrix.BuildFailed("error: no such type", "c/tasks build")
    monkeypatch.setattr(languages, "command", command)
    found = matrix.commands_of(every, lambda text: None)
    pair = matrix.run_pair(matrix.Pair(every[0], every[0]), 1, ["relay"], found)
    assert pair.status == "failed" and capsys.readouterr().out == "error: no such type\n"
    assert "C does not build: c/tasks build" in pair.text


@pytest.fixture
def page(monkeypatch, tmp_path):
    file = tmp_path / "docs" / "languages.md"
    file.parent.mkdir()
    file.write_text(f"# Languages\n\n{matrix.BEGIN}\nold\n{matrix.END}\n\nend\n")
    monkeypatch.setattr(matrix, "PAGE", file)
    return file


def test_the_table_has_one_cell_a_pair(monkeypatch, page, capsys):
    every = rows(c="all", go="all", lua="c")
    (page.parent / "languages").mkdir()
    (page.parent / "languages" / "of-go.md").write_text("# The language GO, not C#\n")
    (page.parent.parent / "lua").mkdir()
    (page.parent.parent / "lua" / "README.md").write_text("# Lua\n")
    pairs = matrix.pairs_of(every, every)
    for pair in pairs:
        pair.status = "passed"
    pairs[1].status, pairs[2].status = "failed", "skipped"
    monkeypatch.setattr(languages, "load", lambda: every)
    assert matrix.keep_table(check=True) == 1
    matrix.write_table(pairs, every)
    text = page.read_text()
    assert text.startswith("# Languages\n\n<!--") and text.endswith("-->\n\nend\n")
    assert "| C | ✓ | ✗ |\n| [GO](languages/of-go.md) | – | ✓ |\n" in text
    assert "| [LUA](../lua/README.md) | ✓ | ✓ |" in text
    assert matrix.keep_table(check=True) == 0  # whatever the results are
    assert capsys.readouterr().out.count("result matrix-table ") == 2


def test_a_new_language_gets_its_cells_and_the_others_keep_theirs(monkeypatch, page):
    every = rows(c="all", go="all", lua="c", tcl="c")
    old = [every[0], every[2]]
    page.write_text(page.read_text().replace("old", matrix.table(
        {("c", "c"): "passed", ("c", "lua"): "failed", ("lua", "c"): "passed"}, old)))
    monkeypatch.setattr(languages, "load", lambda: every)
    assert matrix.keep_table(check=True) == 1
    assert matrix.keep_table(check=False) == 0
    text = page.read_text()
    assert "| C | ✓ | – |\n| GO | – | – |\n" in text
    assert "| LUA | ✗ | ✓ |\n| TCL | – | – |\n" in text
    assert matrix.keep_table(check=True) == 0


def test_the_table_is_not_written_from_a_part_of_the_pairs(page):
    every = rows(c="all", go="all")
    with pytest.raises(SystemExit, match="4 were not run"):
        matrix.write_table([], every)
    assert "old" in page.read_text()
