"""`pack --refresh` and `bundle(refresh=True)`: what they add, leave out and refuse."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

FILES = {
    "app.py": "import pk.used\nprint(open('pk/table.txt').read())\n",
    "pk/__init__.py": "",
    "pk/used.py": "",
    "pk/unused.py": "",
    "pk/table.txt": "1",
}
LEFT_OUT = "no longer shipped, and not used by the recorded run: "


def run(project: Path, *args: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "XDG_CACHE_HOME": str(project.parent / "cache")}
    return subprocess.run([sys.executable, *args], cwd=project, env=env, capture_output=True, text=True)


def pack(project: Path) -> subprocess.CompletedProcess[str]:
    return run(project, "-m", "automount", "pack", "--refresh", "../app.tar.gz")


def bundle(project: Path) -> subprocess.CompletedProcess[str]:
    code = "import automount\nprint(*(row.remote for row in automount.bundle(refresh=True).manifest.files))"
    return run(project, "-c", code)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    place = tmp_path / "project"
    for name, text in FILES.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    done = run(place, "-m", "automount", "--quiet", "--data", "mount", "app.py")
    assert done.returncode == 0, done.stderr
    return place


def test_nothing_has_changed(project: Path) -> None:
    written = (project / "automount.json").read_bytes()
    done = pack(project)
    assert (done.returncode, done.stderr) == (0, "")
    assert (project / "automount.json").read_bytes() == written


def test_a_new_file_alone_is_added(project: Path) -> None:
    (project / "pk" / "new.py").write_text("")
    assert "/root/pk/new.py" in bundle(project).stdout
    done = run(project, "-m", "automount", "pack", "--refresh", "app.zip")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(project / "app.zip") as packed:
        assert "pk/new.py" in packed.namelist()
    assert '"/root/pk/new.py"' in (project / "automount.json").read_text()


def test_an_unused_file_that_is_gone_is_named(project: Path) -> None:
    gone = project / "pk" / "unused.py"
    gone.unlink()
    made = bundle(project)
    assert f"UserWarning: {LEFT_OUT}{gone}\n" in made.stderr
    assert "unused" not in made.stdout
    done = pack(project)
    assert (done.returncode, done.stderr) == (0, f"note: {LEFT_OUT}{gone}\n")


@pytest.mark.parametrize("name", ["used.py", "table.txt"])
def test_a_used_file_that_is_gone_is_an_error(project: Path, name: str) -> None:
    written = (project / "automount.json").read_bytes()
    gone = project / "pk" / name
    gone.unlink()
    assert f"StaleFiles: 1 file is no longer what was recorded: {gone} (missing)" in bundle(project).stderr
    done = pack(project)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"  missing: {gone}\n"
        f"automount: 1 file is no longer what was recorded: {gone} (missing)\nhint: record again\n"
    )
    assert (project / "automount.json").read_bytes() == written


def test_a_used_file_that_is_no_longer_a_file_is_an_error(project: Path) -> None:
    path = project / "pk" / "table.txt"
    path.unlink()
    os.mkfifo(path)
    done = pack(project)
    assert done.returncode == 1
    assert done.stderr.startswith(f"  cannot be shipped any more: {path}\n")
