"""`automount.record` and `collect`, called in this process on real programs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import automount
from automount.errors import JournalError, UsageError
from automount.model import Policy
from automount.pipeline import collect
from automount.recorder.interpreters import current
from automount.recorder.journal_directory import prepare_journal_directory
from automount.recorder.pth import install, uninstall
from automount.recorder.running import run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "__main__.py").write_text("import deps, sys; sys.exit(int(sys.argv[1]))\n")
    (tmp_path / "deps.py").write_text("")
    return tmp_path


def remotes(recording: automount.Recording) -> list[str]:
    return sorted(row.remote for row in recording.manifest.files)


def test_each_kind_of_program(home: Path) -> None:
    both = ["/root/deps.py", "/root/pack/__init__.py", "/root/pack/__main__.py"]
    by_module = automount.record(module="pack", args=["3"], cwd=home)
    assert (by_module.exit_status, remotes(by_module)) == (3, both)
    by_code = automount.record(code="import deps", cwd=home, python=sys.executable, timeout=60)
    assert (by_code.exit_status, remotes(by_code)) == (0, ["/root/deps.py"])
    command = [sys.executable, "-m", "pack"]
    by_command = automount.record(command=command, args=["4"], cwd=home, env=dict(os.environ))
    assert (by_command.exit_status, remotes(by_command)) == (4, both)
    imported = automount.record("deps.py", import_only=True, cwd=home, remote_root="/app")
    assert (imported.exit_status, remotes(imported)) == (0, ["/app/deps.py"])


@pytest.mark.parametrize("given", [{}, {"module": "a", "code": "b"}])
def test_one_program_at_a_time(given: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="takes one program"):
        automount.record(**given)  # type: ignore[arg-type]


def test_journals_are_collected_by_their_directory(home: Path, tmp_path: Path) -> None:
    journal = prepare_journal_directory(str(tmp_path / "journal"))
    with pytest.raises(JournalError, match="does not contain a journal"):
        collect(journal, Policy())
    with pytest.raises(JournalError, match="no such directory"):
        collect(str(tmp_path / "gone"), Policy())
    run([sys.executable, "-c", "import deps"], journal_directory=journal, cwd=str(home))
    assert remotes(collect(journal, Policy())) == ["/root/deps.py"]


def test_the_pth_file_comes_and_goes_twice() -> None:
    interpreter = current()
    path = Path(install(interpreter))
    try:
        first = path.read_bytes()
        assert Path(install(interpreter)) == path
        assert path.read_bytes() == first
    finally:
        assert Path(uninstall(interpreter)) == path
    assert not path.exists()
    assert Path(uninstall(interpreter)) == path
