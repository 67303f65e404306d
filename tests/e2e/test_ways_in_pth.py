"""The opt-in `.pth` file: reaches `-I` and `-E`, starts once, and is inert, silent and never shipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import needs
import pytest
from ways_in import Home

from automount.recorder.pth import PTH_NAME

TREE = {
    "one.py": "NAME = __name__\n",
    "two.py": "",
    "app.py": (
        "import subprocess, sys\nimport one\n"
        "for options in (['-I'], ['-E'], ['-I', '-X', 'dev'], []):\n"
        "    code = f'import sys; sys.path.insert(0, {sys.path[0]!r}); import two'\n"
        "    subprocess.run([sys.executable, *options, '-c', code], check=True)\n"
    ),
}


@pytest.fixture
def home(automount_home: object) -> Home:
    made = Home(automount_home)  # type: ignore[arg-type]
    made.write(TREE)
    return made


@pytest.fixture(params=["3.8", "3.11", "3.13"])
def venv(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The Python of a new virtual environment, without automount in it."""
    place = tmp_path / "a venv"
    subprocess.run([needs.interpreter(request.param), "-m", "venv", "--without-pip", place], check=True)
    return str(place / "bin" / "python")


def env(home: Home, *words: str) -> str:
    done = home.run(sys.executable, "-m", "automount", "env", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def record(home: Home, python: str) -> None:
    done = home.run(sys.executable, "-m", "automount", "--quiet", "--python", python, "app.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_it_isolated_children_are_admitted(home: Home, venv: str) -> None:
    record(home, venv)
    manifest = home.manifest()
    assert (manifest["complete"], len(manifest["provenance"]["processes"])) == (False, 2)
    assert [row["reason"] for row in manifest["incomplete"]] == ["isolated"] * 3


def test_with_it_they_are_recorded_once_each(home: Home, venv: str) -> None:
    path = env(home, "--install-pth", "--python", venv).strip()
    text = Path(path).read_text(encoding="ascii")
    assert os.path.basename(path) == PTH_NAME
    assert env(home, "--install-pth", "--python", venv).strip() == path
    assert Path(path).read_text(encoding="ascii") == text
    assert text.count("\n") == 1
    record(home, venv)
    manifest = home.manifest()
    assert (manifest["complete"], manifest["incomplete"]) == (True, [])
    processes = manifest["provenance"]["processes"]
    assert len(processes) == len({row["pid"] for row in processes}) == 5
    assert [row["process"] for row in manifest["modules"] if row["name"] == "two"] == [1, 2, 3, 4]
    # It belongs to automount and is not part of the program.
    assert [row["remote"] for row in manifest["files"]] == ["/root/app.py", "/root/one.py", "/root/two.py"]
    assert not [row for row in manifest["data"] if PTH_NAME in row["local"]]
    assert not [
        row for row in manifest["modules"] if "sitecustomize" in row["name"] or "automount" in row["name"]
    ]


def test_it_goes_away_again(home: Home, venv: str) -> None:
    site = Path(env(home, "--install-pth", "--python", venv).strip()).parent
    assert PTH_NAME in os.listdir(site)
    env(home, "--uninstall-pth", "--python", venv)
    assert PTH_NAME not in os.listdir(site)
    env(home, "--uninstall-pth", "--python", venv)
    assert [name for name in os.listdir(site) if name.startswith(".automount")] == []


def any_pth(home: Home, venv: str) -> None:
    """Puts an idle `.pth` file beside ours: to read one, `site` loads a codec or two."""
    site = Path(env(home, "--uninstall-pth", "--python", venv).strip()).parent
    (site / "idle.pth").write_text("import sys\n")


WORLD = (
    "import os, sys; print(sorted(sys.modules), sys.path, sorted(os.environ), "
    "[f for f in sys.meta_path if type(f).__module__ != 'importlib._automount_finder'])"
)


def test_it_is_inert_unless_recording_is_on(home: Home, venv: str) -> None:
    any_pth(home, venv)
    before = [
        home.run(venv, *options, "-c", WORLD) for options in ((), ("-I",), ("-X", "dev", "-W", "error"))
    ]
    env(home, "--install-pth", "--python", venv)
    after = [home.run(venv, *options, "-c", WORLD) for options in ((), ("-I",), ("-X", "dev", "-W", "error"))]
    assert [(each.stdout, each.stderr, each.returncode) for each in before] == [
        (each.stdout, each.stderr, each.returncode) for each in after
    ]
    assert before[0].returncode == 0


def test_recorded_through_it_a_program_sees_what_it_would_see(home: Home, venv: str) -> None:
    any_pth(home, venv)
    plain = home.run(venv, "-I", "-c", WORLD)
    env(home, "--install-pth", "--python", venv)
    (home.root / "j").mkdir()
    recorded = home.run(venv, "-I", "-c", WORLD, env={"AUTOMOUNT_JOURNAL": str(home.root / "j")})
    assert (recorded.stdout, recorded.stderr) == (plain.stdout, "")
    assert len(list((home.root / "j").glob("*.journal"))) == 1


@pytest.mark.parametrize("trouble", ["removed", "unreadable journal", "old automount"])
def test_it_does_nothing_after_automount_was_removed(home: Home, venv: str, trouble: str) -> None:
    path = Path(env(home, "--install-pth", "--python", venv).strip())
    journal = home.root / "j"
    if trouble == "removed":
        from automount.recorder.interpreters import AGENT_DIRECTORY

        path.write_text(path.read_text().replace(AGENT_DIRECTORY, "/no/such/directory"))
        journal.mkdir()
    elif trouble == "old automount":
        from automount.recorder.interpreters import AGENT_DIRECTORY

        copy = home.root / "old"
        shutil.copytree(Path(AGENT_DIRECTORY, "boot"), copy / "boot")
        path.write_text(path.read_text().replace(AGENT_DIRECTORY, str(copy)))
        journal.mkdir()
    plain = home.run(venv, "-I", "-c", "print('fine')")
    done = home.run(venv, "-I", "-c", "print('fine')", env={"AUTOMOUNT_JOURNAL": str(journal)})
    assert (done.returncode, done.stdout, done.stderr) == (0, plain.stdout, "") == (0, "fine\n", "")


def test_where_it_cannot_be_written_is_one_line(home: Home) -> None:
    fake = home.root / "python3.11"
    # It is asked for its version with -E, and for its directories with -I.
    fake.write_text('#!/bin/sh\ncase "$1" in -E) echo "[3, 11, 0]";; *) echo "[]";; esac\n')
    fake.chmod(0o755)
    done = home.run(sys.executable, "-m", "automount", "env", "--install-pth", "--python", str(fake))
    assert done.returncode == 125
    assert done.stderr.splitlines() == [
        f"automount: {fake} has no site-packages directory",
        "hint: use a virtual environment",
    ]
