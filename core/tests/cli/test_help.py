# SPDX-License-Identifier: MIT
"""Help, usage errors, manual page and completions: one table, told in five places."""
import re
import shutil
import subprocess

import pytest

from conftest import CORE, table

VERBS = ["ls", "info", "watch", "cat", "put", "wait", "notify", "rm", "gc", "doctor", "bench",
         "version", "help"]
CODES = {"0": "done", "1": "failed for another reason; doctor: something is wrong",
         "2": "wrong verb, option, number, name or size", "3": "no such region",
         "4": "the name is taken", "5": "access denied by owner, mode or directory",
         "6": "wait: not notified in time", "7": "no memory, or no room in the directory",
         "8": "not a region of this layout, damaged, or truncated",
         "9": "held up by another process, or every participant row taken",
         "129": "ended by a hang-up (SIGHUP)", "130": "interrupted (SIGINT)",
         "141": "whoever read standard output went away (SIGPIPE)", "143": "terminated (SIGTERM)"}
CLI = CORE / "cli"


def options(zinc):
    """{verb: {option: argument}}; "*" are the options of every verb."""
    found = {}
    for row in table(zinc("help", "--table").stdout):
        found.setdefault(row["verb"], {})
        if row["option"] != "-":
            found[row["verb"]][row["option"]] = row["argument"]
    return found


def test_all_verbs_are_there(zinc):
    assert list(options(zinc)) == ["*"] + VERBS
    overview = zinc("help").stdout
    assert re.findall(r"^  ([a-z]+)  ", overview, re.M) == VERBS
    assert zinc("--help").stdout == zinc("-h").stdout == overview


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help(zinc, verb):
    page = zinc("help", verb).stdout
    assert page.startswith(f"usage: zinc {verb}")
    assert zinc(verb, "--help").stdout == zinc("--help", verb).stdout == page
    known = options(zinc)
    assert set(re.findall(r"^  (--[a-z-]+)", page, re.M)) == set(known[verb]) | set(known["*"])
    assert all(len(line) <= 100 for line in page.splitlines())


def test_the_codes_are_documented(zinc):
    told = {row["code"]: row["meaning"] for row in table(zinc("help", "exit-codes").stdout)}
    assert told == CODES
    page = (CLI / "zinc.1").read_text()
    part = page[page.index(".Sh EXIT STATUS"):page.index(".Sh EXAMPLES")]
    assert dict(re.findall(r"^\.It (\d+)\n(.*)$", part, re.M)) == CODES


def test_the_errors_are_the_librarys(zinc):
    header = (CORE / "include/zinc/error.h").read_text()
    body = header[header.index("enum zinc_status {"):header.index("};")]
    known = re.findall(r"(ZINC_\w+) = (-?\d+)", body)
    rows = table(zinc("help", "errors").stdout)
    assert [(row["status"], row["number"]) for row in rows] == known
    assert all(row["what"] for row in rows)
    assert all(row["why"] and (row["do"] or row["status"] == "ZINC_E_CANCELED")
               for row in rows if row["status"] != "ZINC_OK")
    lines = zinc("help", "errors", "--markdown").stdout.splitlines()
    assert lines[:2] == ["| status | number | what happened | why | what to do |",
                         "|---|---|---|---|---|"]
    assert [re.match(r"\| `(\w+)` \| (-?\d+) \| .* \|$", line).groups() for line in lines[2:]] == \
        known
    assert all(line.count("|") == 6 for line in lines)


def test_version(zinc):
    header = (CORE / "include/zinc/version.h").read_text()
    text = re.search(r'ZINC_VERSION_TEXT "(.*)"', header).group(1)
    abi, layout = (re.search(rf"{name} (\d+)", header).group(1)
                   for name in ("ZINC_ABI", "ZINC_LAYOUT"))
    assert zinc("version").stdout == f"zinc {text} (ABI {abi}, layout {layout})\n"
    assert zinc("--version").stdout == zinc("-V").stdout == zinc("version").stdout
    assert zinc.json("version") == {"version": text, "abi": int(abi), "layout": int(layout)}


def test_nothing_to_do_is_a_usage_error(zinc):
    done = zinc(code=2)
    assert done.stdout == "" and done.stderr == zinc("help").stdout


@pytest.mark.parametrize("words, says", [
    (["nonsense"], "nonsense"), (["\x1b[31m"], "\\x1b[31m"), (["--nonsense"], "--nonsense"),
    (["ls", "--nonsense"], "--nonsense"), (["-x", "ls"], "-x"), (["ls", "-x"], "-x"),
    (["ls", "--dry-run"], "--dry-run"), (["--json", "ls"], "--json"), (["ls", "name"], "operand"),
    (["info"], "operand"), (["info", "a", "b"], "operand"), (["cat"], "operand"),
    (["put"], "operand"), (["put", "a", "b", "c"], "operand"), (["rm"], "operand"),
    (["wait"], "operand"), (["notify"], "operand"), (["watch"], "operand"),
    (["cat", "a", "--offset"], "--offset"), (["ls", "--json=yes"], "--json"),
    (["ls", "--color", "blue"], "auto|always|never"), (["--color"], "--color"),
    (["put", "a", "--lifetime", "eternal"], "auto|creator|persistent"),
    (["put", "a", "--lifetime", ""], "auto|creator|persistent"),
    (["put", "a", "--lifetime", "auto|creator"], "auto|creator|persistent"),
    (["help", "nonsense"], "nonsense"), (["--" + "x" * 100], "xxx"),
    (["ls", "--domain"], "--domain"), (["gc", "name"], "operand"), (["doctor", "x"], "operand"),
    (["bench", "x"], "operand"), (["version", "x"], "operand"), (["help", "a", "b"], "operand"),
])
def test_wrong_words_are_usage_errors(zinc, words, says):
    message = zinc.fails(2, *words, says=[says])
    assert "\x1b" not in message


def test_two_dashes_end_the_options(zinc):
    zinc("put", "--", "-dash", input="x")
    assert zinc("cat", "--", "-dash").stdout == "x"
    zinc("rm", "--", "-dash")


def test_the_manual_page_has_every_verb_and_option(zinc):
    page = (CLI / "zinc.1").read_text()
    known = options(zinc)
    for name in known["*"]:
        assert f".It Fl {name[1:]}" in page
    start = page.index(".Sh VERBS")
    parts = re.split(r"^\.It (?:Xo\n\.)?Cm ", page[start:page.index(".Sh ENVIRONMENT")],
                     flags=re.M)[1:]
    assert [re.match(r"\w+", part).group(0) for part in parts] == VERBS
    for part in parts:
        verb = re.match(r"\w+", part).group(0)
        named = {"-" + name for name in re.findall(r"Fl (-[a-z-]+)", part)}
        own = set(known[verb])
        assert own <= named and named <= own | {"--trust"}, verb


def test_the_manual_page_is_valid():
    if not shutil.which("man"):
        pytest.skip("man is not installed")
    done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z",
                           str(CLI / "zinc.1")], capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANROFFSEQ": "",
                               "MANWIDTH": "80"})
    assert (done.returncode, done.stderr) == (0, "")


# ---- Completion --------------------------------------------------------------------------------


def bash(zinc, *words):
    """What bash offers for the last of these words."""
    script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _zinc; ' \
             'printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "--norc", "-c", script, "bash",
                           str(CLI / "completion/zinc.bash"), zinc.program, *words],
                          capture_output=True, text=True, env=zinc.environment(), timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def fish(zinc, line):
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {CLI}/completion/zinc.fish; complete -C '{line}'"],
        capture_output=True, text=True, timeout=20,
        env={**zinc.environment({"HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent"}),
             "PATH": f"{CLI.anchor}usr/bin:/bin:" + str(zinc.program).rpartition("/")[0]})
    return [row.split("\t")[0] for row in done.stdout.splitlines()]


def test_bash_offers_verbs_options_and_regions(zinc):
    known = options(zinc)
    zinc("put", "data", input="x")
    zinc("put", "dawn", input="x")
    assert bash(zinc, "") == VERBS
    assert bash(zinc, "w") == ["watch", "wait"]
    assert set(bash(zinc, "--")) == set(known["*"])
    for verb in VERBS:
        assert set(bash(zinc, verb, "--")) == set(known[verb]) | set(known["*"]), verb
    for verb in ("info", "watch", "cat", "put", "wait", "notify", "rm"):
        assert bash(zinc, verb, "da") == ["data", "dawn"]
    assert bash(zinc, "ls", "da") == []
    assert bash(zinc, "info", "data", "da") == []
    assert bash(zinc, "rm", "data", "daw") == ["dawn"]
    assert bash(zinc, "--domain", "elsewhere", "info", "da") == []
    assert bash(zinc, "cat", "--offset", "1", "da") == ["data", "dawn"]
    assert bash(zinc, "cat", "--offset", "") == []
    assert bash(zinc, "put", "--lifetime", "") == known["put"]["--lifetime"].split("|")
    assert bash(zinc, "--color", "a") == ["auto", "always"]
    assert bash(zinc, "help", "e") == ["errors", "exit-codes"]
    assert bash(zinc, "put", "data", "/etc/host") != []
    zinc("rm", "data", "dawn")


def test_fish_offers_verbs_options_and_regions(zinc):
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    known = options(zinc)
    zinc("put", "data", input="x")
    assert sorted(fish(zinc, "zinc ")) == sorted(VERBS)
    for verb in VERBS:
        offered = set(fish(zinc, f"zinc {verb} --"))
        assert {name.rstrip("=") for name in offered} == set(known[verb]) | set(known["*"]), verb
    for verb in ("info", "watch", "cat", "wait", "notify", "rm"):
        assert fish(zinc, f"zinc {verb} da") == ["data"], verb
    assert "data" in fish(zinc, "zinc put da")
    assert fish(zinc, "zinc --domain elsewhere info da") == []
    assert fish(zinc, "zinc put --lifetime ") == sorted(known["put"]["--lifetime"].split("|"))
    zinc("rm", "data")


def test_zsh_has_every_verb_and_option(zinc):
    text = (CLI / "completion/_zinc").read_text()
    known = options(zinc)
    assert re.findall(r"^        '([a-z]+):", text, re.M) == VERBS
    shared = {"$json": "--json", "$trust": "--trust"}
    glob = set(re.findall(r"--[a-z-]+", text[text.index("-a global="):text.index("local json=")]))
    assert glob == set(known["*"])
    cases = text[text.index("case $words[1] in"):]
    found = {}
    for names, body in re.findall(r"^        ([a-z |]+)\)(.*?);;", cases, re.M | re.S):
        for verb in names.split("|"):
            found[verb.strip()] = set(re.findall(r"'(--[a-z-]+)", body)) | \
                {name for word, name in shared.items() if word in body}
    assert found == {verb: set(known[verb]) for verb in VERBS}
    if shutil.which("zsh"):
        assert subprocess.run(["zsh", "-n", str(CLI / "completion/_zinc")]).returncode == 0
