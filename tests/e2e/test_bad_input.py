"""Bad input: one clear line, the right exit status, no traceback, nothing run, nothing written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import needs
import pytest
from measured import automount_command

CANNOT, NOT_RUNNABLE, NOT_FOUND = 125, 126, 127
MARK = "from pathlib import Path\nPath('it-ran').touch()\n"


@dataclass(frozen=True)
class Answer:
    status: int
    stdout: str
    stderr: str


def automount(
    home: Path, *words: str, environ: Mapping[str, str] | None = None, within: Sequence[str] = ()
) -> Answer:
    """Runs automount in `home`; `within` are words that come before it."""
    done = subprocess.run(
        [*within, *automount_command(), *words],
        cwd=home,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "80", **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def refuses(home: Path, words: Sequence[str], status: int, *named: str, within: Sequence[str] = ()) -> None:
    """Asserts that automount refuses in one line and a hint that name all of `named`, and leaves no trace."""
    before = sorted(os.listdir(home))
    answer = automount(home, *words, within=within)
    assert answer.stdout == ""
    lines = answer.stderr.splitlines()
    assert 1 <= len(lines) <= 2, answer.stderr
    assert lines[0].startswith("automount: ")
    assert all(line.startswith("hint: ") for line in lines[1:])
    for name in named:
        assert name in answer.stderr
    assert answer.status == status
    assert sorted(os.listdir(home)) == before


@pytest.fixture
def home(automount_home: Path) -> Path:
    (automount_home / "app.py").write_text(MARK)
    (automount_home / "directory").mkdir()
    (automount_home / "text").write_text("no program\n")
    (automount_home / "dead").symlink_to("nowhere")
    (automount_home / "bad.json").write_text("{\n")
    (automount_home / "list.json").write_text("[]\n")
    (automount_home / "newer.json").write_text('{"schema": "automount/v99"}\n')
    (automount_home / "other.json").write_text('{"name": "x"}\n')
    return automount_home


PROGRAMS: dict[str, tuple[list[str], int, list[str]]] = {
    "missing script": (["nowhere.py"], NOT_FOUND, ["nowhere.py"]),
    "missing script in a missing directory": (["no/where.py"], NOT_FOUND, ["no/where.py"]),
    "broken link": (["dead"], NOT_FOUND, ["dead"]),
    "name with a newline": (["no\nwhere.py"], NOT_FOUND, ["where.py"]),
    "directory without __main__": (["directory"], NOT_RUNNABLE, ["directory", "__main__.py"]),
    "missing command": (["--", "no-such-command-here"], NOT_FOUND, ["no-such-command-here"]),
    "missing command by path": (["--", "./no-such"], NOT_FOUND, ["./no-such"]),
    "command that is not executable": (["--", "./text"], NOT_RUNNABLE, ["./text"]),
    "command that is a directory": (["--", "./directory"], NOT_RUNNABLE, ["./directory"]),
    "nothing after --": (["--"], CANNOT, ["--"]),
    "nothing after -m": (["-m"], CANNOT, ["-m"]),
    "nothing after -c": (["-c"], CANNOT, ["-c"]),
    "stdin as the program": (["-"], CANNOT, ["stdin"]),
    "import only of a command": (["--import-only", "--", "ls"], CANNOT, ["--import-only"]),
    "import only of code": (["--import-only", "-c", "pass"], CANNOT, ["--import-only"]),
    "import only of no module name": (["--import-only", "text"], CANNOT, ["--import-only", "text"]),
    "misspelt verb": (["verfy"], NOT_FOUND, ["verfy", "verify"]),
}


@pytest.mark.parametrize("files", [["__init__.py"], ["part.py"], ["__init__.py", "main.py"]])
def test_a_package_without_main_leaves_the_manifest(home: Path, files: list[str]) -> None:
    (home / "pkg").mkdir()
    for name in files:
        (home / "pkg" / name).write_text("")
    kept = b"the last manifest\n"
    (home / "automount.json").write_bytes(kept)
    answer = automount(home, "-m", "pkg")
    assert (answer.status, answer.stdout) == (NOT_RUNNABLE, "")
    # The first line is Python's.
    assert answer.stderr.splitlines()[1:] == [
        "automount: cannot run pkg: it is a package without a __main__ module",
        "hint: run one of its modules: automount -m pkg.MODULE",
    ]
    assert (home / "automount.json").read_bytes() == kept
    # This one can be run, and fails.
    (home / "pkg/__main__.py").write_text("raise SystemExit(1)\n")
    assert automount(home, "--quiet", "-m", "pkg").status == 1
    assert (home / "automount.json").read_bytes() != kept


@pytest.mark.parametrize(("words", "status", "named"), PROGRAMS.values(), ids=PROGRAMS)
def test_program_that_cannot_be_run(home: Path, words: list[str], status: int, named: list[str]) -> None:
    refuses(home, words, status, *named)


OPTIONS: dict[str, tuple[list[str], list[str]]] = {
    "unknown option": (["--no-such-option", "app.py"], ["--no-such-option"]),
    "misspelt option": (["--time-out", "3", "app.py"], ["--time-out", "--timeout"]),
    "abbreviated option": (["--remote", "/x", "app.py"], ["--remote"]),
    "no program": (["--quiet"], ["no program"]),
    "option without its value": (["-o"], ["-o"]),
    "unknown choice": (["--scope", "everything", "app.py"], ["--scope", "everything"]),
    "timeout is a word": (["--timeout", "soon", "app.py"], ["--timeout", "soon"]),
    "timeout is negative": (["--timeout", "-3", "app.py"], ["--timeout", "-3"]),
    "timeout is no number": (["--timeout", "nan", "app.py"], ["--timeout", "nan"]),
    "remote root is relative": (["--remote-root", "root", "app.py"], ["root"]),
    "output in a missing directory": (["-o", "no/where.json", "app.py"], ["no/where.json"]),
    "output is a directory": (["-o", "directory", "app.py"], ["directory"]),
    "output below a file": (["-o", "text/x.json", "app.py"], ["text/x.json"]),
}


@pytest.mark.parametrize(("words", "named"), OPTIONS.values(), ids=OPTIONS)
def test_option_that_cannot_be_understood(home: Path, words: list[str], named: list[str]) -> None:
    refuses(home, words, CANNOT, *named)


INTERPRETERS: dict[str, tuple[str, int]] = {
    "missing": ("/no/such/python", NOT_FOUND),
    "not on PATH": ("no-such-python", NOT_FOUND),
    "directory": ("./directory", NOT_RUNNABLE),
    "not executable": ("./text", NOT_RUNNABLE),
    "no Python at all": ("/bin/true", CANNOT),
    "no Python, and talks": ("/bin/ls", CANNOT),
}


@pytest.mark.parametrize(("python", "status"), INTERPRETERS.values(), ids=INTERPRETERS)
def test_program_that_is_not_an_interpreter(home: Path, python: str, status: int) -> None:
    refuses(home, ["--python", python, "app.py"], status, python)


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.7"])
def test_interpreter_that_is_too_old(home: Path, version: str) -> None:
    refuses(home, ["--python", needs.interpreter(version), "app.py"], CANNOT, f"Python {version}")


MANIFESTS: dict[str, tuple[str, list[str]]] = {
    "missing": ("nowhere.json", ["nowhere.json"]),
    "no JSON": ("bad.json", ["bad.json"]),
    "no object": ("list.json", ["list.json"]),
    "no manifest": ("other.json", ["other.json"]),
    "of a newer schema": ("newer.json", ["newer.json", "automount/v99"]),
    "a directory": ("directory", ["directory"]),
}


@pytest.mark.parametrize(("manifest", "named"), MANIFESTS.values(), ids=MANIFESTS)
@pytest.mark.parametrize("verb", ["show", "check", "requirements"])
def test_manifest_that_cannot_be_read(home: Path, verb: str, manifest: str, named: list[str]) -> None:
    refuses(home, [verb, manifest], CANNOT, *named)


def test_no_words_at_all_is_help_on_stdout_or_one_line(home: Path) -> None:
    answer = automount(home)
    assert answer.status == CANNOT
    assert "automount app.py" in answer.stdout + answer.stderr


UNKNOWN_KEYS = {
    "setup.cfg": "[automount]\nremote_rot = /srv\n",
    "pyproject.toml": '[tool.automount]\nremote_rot = "/srv"\n',
}


@pytest.mark.parametrize("name", UNKNOWN_KEYS)
def test_unknown_setting_is_refused_with_the_nearest(home: Path, name: str) -> None:
    (home / name).write_text(UNKNOWN_KEYS[name])
    refuses(home, ["app.py"], CANNOT, name, "remote_rot", "remote-root")


@pytest.fixture
def without_privilege() -> list[str]:
    """The words before a command that make permissions count, for root too."""
    if os.geteuid() != 0:
        return []
    return [needs.tool("setpriv"), "--bounding-set=-dac_override,-dac_read_search"]


@pytest.fixture
def forbid(home: Path) -> Callable[[str, int], None]:
    return lambda name, mode: os.chmod(home / name, mode)


def test_unreadable_script(
    home: Path, without_privilege: list[str], forbid: Callable[[str, int], None]
) -> None:
    forbid("app.py", 0)
    refuses(home, ["app.py"], NOT_RUNNABLE, "app.py", "Permission denied", within=without_privilege)


def test_output_where_nothing_may_be_written(
    home: Path, without_privilege: list[str], forbid: Callable[[str, int], None]
) -> None:
    forbid("directory", 0o555)
    refuses(home, ["-o", "directory/x.json", "app.py"], CANNOT, "directory", within=without_privilege)


def test_output_that_becomes_unwritable_while_the_program_runs(home: Path) -> None:
    (home / "app.py").write_text("import os\nos.rename('directory', 'elsewhere')\n")
    answer = automount(home, "-o", "directory/x.json", "app.py")
    assert answer.status == CANNOT
    assert answer.stderr.startswith("automount: ")
    assert "directory/x.json" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert os.listdir(home / "elsewhere") == []


def test_old_manifest_survives_a_failure(home: Path) -> None:
    kept = b'{"kept": true}\n'
    (home / "automount.json").write_bytes(kept)
    refuses(home, ["nowhere.py"], NOT_FOUND, "nowhere.py")
    assert (home / "automount.json").read_bytes() == kept


def test_module_that_does_not_exist_is_python_s_own_message(home: Path) -> None:
    answer = automount(home, "--quiet", "-o", "x.json", "-m", "no_such_module_here")
    assert answer.status == 127
    assert answer.stderr.splitlines()[1:] == [
        "automount: no module named no_such_module_here",
        "hint: check the name and the directory you are in",
    ]
    assert not (home / "x.json").exists()
