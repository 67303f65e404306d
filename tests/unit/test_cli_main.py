"""How a command line is parsed; no program is run here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from automount import __version__, cli
from automount.cli.help_text import fitted_help
from automount.cli.main import VERBS, main, overview
from automount.cli.parsers import make_parser
from automount.cli.record import misplaced_options


def outcome(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(list(words))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_version_and_the_overview(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(capsys, "--version") == (0, f"automount {__version__}\n", "")
    status, out, err = outcome(capsys, "--help")
    assert (status, err) == (0, "")
    assert [verb for verb in VERBS if f"\n  {verb} " not in out] == []
    assert outcome(capsys)[0] == 125
    assert outcome(capsys, "--quiet", "--help", "app.py")[:1] == (0,)


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (("record",), 125, "automount: no program to record: try: automount record app.py\n"),
        (("--quiet",), 125, "automount: no program to record: try: automount app.py, or automount --help\n"),
        (("--",), 125, "automount: no command after --: for example: automount -- pytest -q\n"),
        (("-m",), 125, "automount: -m needs a value: for example: automount -m package.module\n"),
        (("-c",), 125, "automount: -c needs a value: for example: automount -c 'import app'\n"),
        (
            ("verify", "--manifest", "a.json"),
            125,
            "automount: unknown option --manifest: "
            "the manifest is an argument here: automount verify MANIFEST\n",
        ),
        (
            ("pack", "a.json", "x.tar"),
            125,
            "automount: unrecognized arguments: x.tar: "
            "name the manifest with --manifest; see automount pack --help\n",
        ),
        (
            ("exec",),
            125,
            "automount: the following arguments are required: BUNDLE_OR_DIR: see automount exec --help\n",
        ),
        (
            ("collect", "/dev/null"),
            125,
            "automount: /dev/null is not a directory: name the directory given to --journal\n",
        ),
        (("-",), 125, "automount: a program read from stdin cannot be shipped: save it in a file\n"),
        (
            ("--import-only", "-c", "1"),
            125,
            "automount: --import-only needs a script or a module: leave it out with -c\n",
        ),
        (
            ("--import-only", "--", "ls"),
            125,
            "automount: --import-only needs a script or a module: leave out -- or --import-only\n",
        ),
        (
            ("--scop", "loaded", "app.py"),
            125,
            "automount: unknown option --scop: did you mean --scope? see automount --help\n",
        ),
        (
            ("--frob", "app.py"),
            125,
            "automount: unknown option --frob: see automount --help\n",
        ),
        (
            ("--timeout", "0", "app.py"),
            125,
            "automount: --timeout 0: not a positive number of seconds: for example --timeout 2.5\n",
        ),
        (
            ("verfy",),
            127,
            "automount: no such file: verfy: did you mean the verb verify? "
            "name a script, -m MODULE, or -- COMMAND\n",
        ),
        (
            ("-o", "/no/such/place.json", "app.py"),
            125,
            "automount: cannot write /no/such/place.json (no such directory: /no/such): "
            "choose another place with -o FILE\n",
        ),
    ],
)
def test_what_cannot_be_understood_is_one_line(
    words: tuple[str, ...],
    status: int,
    line: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "app.py").write_text("")
    monkeypatch.chdir(tmp_path)
    found, out, err = outcome(capsys, *words)
    # The hint has a line of its own.
    assert (found, out, err.replace("\nhint: ", ": ")) == (status, "", line)
    assert err.count("\nhint: ") == 1
    assert os.listdir(tmp_path) == ["app.py"]


def test_an_error_is_shortened_and_cannot_control_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = outcome(capsys, "show", "\x1b[31m" + "a" * 5000)
    assert status == 125
    assert "\x1b" not in err
    assert "cannot read \\x1b[31maaa" in err
    assert [len(line) < 500 for line in err.splitlines()] == [True, True]


def test_every_verb_has_a_module_of_its_own() -> None:
    homes = {path.stem.rstrip("_") for path in Path(cli.__path__[0]).glob("*.py")}
    assert set(VERBS) <= homes


def test_help_is_fitted_to_a_terminal() -> None:
    lines = [
        "usage: automount record [OPTIONS] (app.py | -m MODULE) [ARGS...]",
        "",
        "  show          Show what a manifest contains: mounts, sizes.",
        "Prose that is longer than the terminal is broken at blanks.",
        "  automount app.py --port 80    # what follows belongs to the script",
        "  automount app.py    # short",
    ]
    assert list(fitted_help(lines, 46)) == [
        "usage: automount record [OPTIONS] (app.py | -m",
        "                        MODULE) [ARGS...]",
        "",
        "  show          Show what a manifest contains:",
        "                mounts, sizes.",
        "Prose that is longer than the terminal is",
        "broken at blanks.",
        "  # what follows belongs to the script",
        "  automount app.py --port 80",
        "  automount app.py    # short",
    ]
    assert list(fitted_help(lines, 80)) == lines


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_no_help_is_wider_than_a_terminal_of_eighty_columns(
    verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = make_parser(verb).format_help() if verb else overview()
    assert [line for line in fitted_help(text.splitlines(), 80) if len(line) > 80] == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("app.py", "--data", "mount"), ["--data mount"]),
        (("-m", "app", "--layout=flat", "--add-file", "x"), ["--layout flat", "--add-file"]),
        (("app.py", "--data", "prices.csv", "--timeout", "5", "--json", "-o", "x", "--exclude", "y"), []),
        (("app.py",), []),
    ],
)
def test_options_of_automount_after_the_program(words: tuple[str, ...], found: list[str]) -> None:
    assert misplaced_options(words) == found
