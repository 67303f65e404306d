"""The shipped files are in memory in bubblewrap alone; the verdict is the same wherever they are."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import needs
import pytest
from measured import automount_command

PROGRAM = """
import os, pkg
with open(os.path.join(os.path.dirname(pkg.__file__), "data.txt")) as file:
    print(file.read().strip())
"""


@pytest.fixture
def home(automount_home: Path) -> Path:
    needs.tool("bwrap")
    (automount_home / "app.py").write_text(PROGRAM)
    (automount_home / "pkg").mkdir()
    (automount_home / "pkg/__init__.py").touch()
    (automount_home / "pkg/data.txt").write_text("data\n")
    return automount_home


def run(home: Path, *words: str, path: str = "") -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name not in ("TMPDIR", "TEMP", "TMP")}
    environ["PATH"] = path + environ["PATH"]
    return subprocess.run(
        [*automount_command(), *words], cwd=home, env=environ, capture_output=True, text=True, check=False
    )


def test_data_read_from_memory_counts_as_shipped(home: Path) -> None:
    assert run(home, "--quiet", "app.py").returncode == 0
    done = run(home, "verify", "--sandbox", "bwrap")
    assert (done.returncode, done.stderr) == (0, "data\n"), done


def test_where_bubblewrap_does_not_work_the_files_are_copied_to_disk(home: Path, tmp_path: Path) -> None:
    assert run(home, "--quiet", "app.py").returncode == 0
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "bwrap").write_text("#!/bin/sh\necho no namespaces >&2\nexit 1\n")
    (broken / "bwrap").chmod(0o755)
    done = run(home, "verify", path=f"{broken}:")
    assert "  not used: bubblewrap: no namespaces\n" in done.stdout, done
    # Data read below /dev would not be recorded, and the verdict would be another one.
    assert (done.returncode, done.stderr) == (0, "data\n"), done
    assert "✓ Sufficient" in done.stdout
