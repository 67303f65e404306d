"""Tests of wrong names on the command line: an error before the program runs, and nothing is written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A project with a program, a package below `lib`, and a manifest."""
    (tmp_path / "app.py").write_text("print('ran')\n")
    (tmp_path / "lib" / "pkg").mkdir(parents=True)
    (tmp_path / "lib" / "pkg" / "__init__.py").touch()
    (tmp_path / "automount.json").write_text("the last manifest")
    return tmp_path


def automount(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The finished `automount WORDS` in the project."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(home / ".cache")}
    command = [sys.executable, "-m", "automount", *words]
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("--add-file", "no.toml", "app.py"), 125, "no.toml does not exist"),
        (("--add-file", "lib", "app.py"), 125, "lib is not a file"),
        (("--add-dir", "no", "app.py"), 125, "no does not exist"),
        (("--add-dir", "app.py", "app.py"), 125, "app.py is not a directory"),
        (("--add-package", "no_such", "app.py"), 125, "no package or module named no_such"),
        (("-m", "no_such_module"), 127, "no module named no_such_module"),
        (("-m", "json.no_such"), 127, "no module named json.no_such"),
        (("no.py",), 127, "no such file: no.py"),
        (("ap.py",), 127, "hint: did you mean app.py? name a script"),
        (("./ap.py",), 127, "hint: did you mean ./app.py? name a script"),
        (
            ("--", "app.py"),
            127,
            "hint: for the file in this directory: automount app.py, or automount -- ./app.py",
        ),
        (("--", "no-such-command"), 127, "command not found: no-such-command"),
    ],
)
def test_a_wrong_name_is_an_error_and_leaves_the_manifest(
    home: Path, words: tuple[str, ...], status: int, message: str
) -> None:
    done = automount(home, *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert (home / "automount.json").read_text() == "the last manifest"


def test_a_package_that_only_the_program_can_reach_is_not_an_error(home: Path) -> None:
    (home / "app.py").write_text("import sys\nsys.path.insert(0, 'lib')\nprint('ran')\n")
    done = automount(home, "--add-package", "pkg", "app.py")
    assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr


def test_a_failing_module_is_recorded(home: Path) -> None:
    (home / "fails.py").write_text("import absent_here\n")
    assert automount(home, "-m", "fails").returncode == 1
    assert (home / "automount.json").read_text() != "the last manifest"


def test_a_directory_with_other_content_is_staged_into_by_force_only(home: Path) -> None:
    assert automount(home, "app.py").returncode == 0
    refused = automount(home, "stage", ".")
    assert refused.returncode == 125
    assert "is not empty" in refused.stderr
    assert not (home / "root").exists()
    assert automount(home, "stage", "--force", ".").returncode == 0
    assert (home / "root" / "app.py").is_file()
    assert automount(home, "stage", "new").returncode == 0
    assert automount(home, "stage", "new").returncode == 0


def test_what_was_excluded_is_not_called_missing(home: Path) -> None:
    (home / "app.py").write_text("open('.env').close()\n")
    (home / ".env").write_text("KEY=1\n")
    done = automount(home, "--exclude", ".env", "app.py")
    # The fact is stated; what was left out on purpose is not suggested to be added.
    assert [line for line in done.stderr.splitlines() if ".env" in line] == [
        f"warning: {home}/.env was read by __main__, but is excluded by .env (--exclude): "
        "the program will not find it [excluded-but-loaded]"
    ]


def test_the_shell_script_of_a_command_is_shipped(home: Path) -> None:
    (home / "run.sh").write_text('exec python3 app.py "$@"\n')
    assert automount(home, "--", "sh", "run.sh", "x").stdout == "ran\n"
    assert automount(home, "stage", "out").returncode == 0
    assert (home / "out/root/run.sh").is_file()
    done = automount(home, "verify")
    assert (done.returncode, "Sufficient" in done.stdout) == (0, True), done.stdout


def test_an_option_after_the_program_belongs_to_it_and_is_noted(home: Path) -> None:
    (home / "app.py").write_text("import sys\nprint(sys.argv[1:])\n")
    done = automount(home, "app.py", "--data", "mount")
    assert (done.returncode, done.stdout) == (0, "['--data', 'mount']\n")
    note = "note: the program was given --data mount; options of automount go before it"
    assert done.stderr.splitlines()[-1] == note
    assert "note:" not in automount(home, "--quiet", "app.py", "--data", "mount").stderr
