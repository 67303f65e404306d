"""Unusual destinations of automount's output and manifest."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from measured import automount_command


def run(home: Path, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*automount_command(), *words], cwd=home, capture_output=True, text=True, check=False, **options
    )


@pytest.fixture
def home(automount_home: Path) -> Path:
    (automount_home / "app.py").write_text("import sys\n\nprint(1)\nsys.exit(3)\n")
    return automount_home


@pytest.mark.parametrize("closing", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ["app.py", "--json app.py"])
def test_a_closed_stream_changes_no_exit_status(home: Path, closing: str, words: str) -> None:
    shell = f'"$@" {words} {closing}'
    done = subprocess.run(
        ["sh", "-c", shell, "sh", *automount_command()], cwd=home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert done.stdout == ("1\n" if closing == "2>&-" else "")
    assert json.loads((home / "automount.json").read_text())["provenance"]["exit_code"] == 3


def test_the_program_finds_closed_what_was_closed(home: Path) -> None:
    (home / "app.py").write_text(
        "import os\n\nfor number in (1, 2):\n"
        "    try:\n        os.fstat(number)\n"
        "    except OSError:\n        continue\n"
        "    raise SystemExit(number + 10)\n"
    )
    command = ["sh", "-c", '"$@" >&- 2>&-', "sh", *automount_command(), "app.py"]
    assert subprocess.run(command, cwd=home, check=False).returncode == 0


def test_a_fifo_is_written_to_and_stays(home: Path) -> None:
    fifo = home / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(["cat", "fifo"], cwd=home, stdout=subprocess.PIPE) as reader:
        done = run(home, "-o", "fifo", "app.py")
        assert reader.stdout is not None
        assert json.loads(reader.stdout.read())["schema"] == "automount/v1"
    assert done.returncode == 3
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert sorted(os.listdir(home)) == ["app.py", "fifo"]


def test_standard_output_by_its_file_name(home: Path) -> None:
    done = run(home, "--quiet", "-o", "/dev/stdout", "app.py")
    assert done.stdout.startswith("1\n{")
    assert json.loads(done.stdout.removeprefix("1\n"))["provenance"]["exit_code"] == 3


def test_a_full_device_is_one_line_and_a_hint(home: Path) -> None:
    done = run(home, "--quiet", "-o", "/dev/full", "app.py")
    assert done.returncode == 125
    assert done.stderr.splitlines() == [
        "automount: cannot write /dev/full (No space left on device)",
        "hint: choose another place with -o FILE",
    ]


def test_the_manifest_of_the_last_run_is_not_shipped(home: Path) -> None:
    name = "my [1]*.json"
    manifests = []
    for _ in range(2):
        run(home, "--quiet", "--add-dir", ".:all", "-o", name, "app.py")
        manifests.append(json.loads((home / name).read_text()))
    first, second = manifests
    assert first["digest"] == second["digest"]
    assert [row["remote"] for row in second["files"]] == ["/root/all/app.py", "/root/app.py"]
    assert first["skipped"] == []
    assert second["skipped"] == [
        {
            "local": str(home / name),
            "reason": {"code": "excluded", "detail": "/my \\[1]\\*.json (the manifest itself)"},
        }
    ]
    assert run(home, "pack", "--refresh", "--manifest", name, "../bundle.tar").returncode == 0
    assert json.loads((home / name).read_text())["digest"] == first["digest"]


def test_one_file_is_one_file(home: Path) -> None:
    run(home, "--quiet", "app.py")
    staged = run(home, "stage", "out").stdout
    assert staged == "Staged 1 file, 33 B in out: 1 copied, 0 kept, 0 removed\n"
    assert run(home, "pack", "app.tar").stdout.startswith("Packed 1 file, 33 bytes into app.tar: ")


def test_a_removed_current_directory_is_named(home: Path) -> None:
    (home / "gone").mkdir()
    # Not measured: coverage itself wants to know where it is.
    automount = [sys.executable, "-m", "automount"]
    command = ["sh", "-c", 'rmdir ../gone && "$@"', "sh", *automount, "../app.py"]
    done = subprocess.run(command, cwd=home / "gone", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.splitlines() == [
        "automount: the current directory no longer exists",
        "hint: change to a directory that exists",
    ]


def test_what_is_registered_with_atexit_is_called(home: Path) -> None:
    boot = home / "boot"
    boot.mkdir()
    (boot / "sitecustomize.py").write_text("import atexit, os\natexit.register(os.write, 2, b'ended')\n")
    done = run(home, "--version", env={**os.environ, "PYTHONPATH": str(boot)})
    assert (done.returncode, done.stderr) == (0, "ended")
    assert done.stdout.startswith("automount ")
