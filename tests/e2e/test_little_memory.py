"""Processes with limited memory: what is allocated follows what is read, and a lack is one clear line."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT = 200 << 20


def run(directory: Path, *args: str) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))

    return subprocess.run(
        [sys.executable, "-m", "automount", *args],
        cwd=directory,
        env={**os.environ, "XDG_CACHE_HOME": str(directory / "cache")},
        preexec_fn=limit,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text("print(1)\n")
    done = run(tmp_path, "--quiet", "app.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
    return tmp_path


def test_small_documents_need_little(recorded: Path) -> None:
    for words in (["show"], ["check"], ["requirements"], ["pack", "a.tar"], ["stage", "out"]):
        done = run(recorded, *words)
        assert (done.returncode, done.stderr) == (0, ""), words


def test_a_lack_of_memory_is_one_line(recorded: Path) -> None:
    os.truncate(recorded / "automount.json", LIMIT)
    for words in (["show"], ["check"], ["pack", "a.tar"]):
        done = run(recorded, *words)
        assert (done.returncode, done.stdout) == (125, "")
        assert done.stderr.splitlines() == [
            "automount: not enough memory",
            "hint: allow the process more memory (ulimit -v, or the limit of the container)",
        ]
    assert not (recorded / "a.tar").exists()
