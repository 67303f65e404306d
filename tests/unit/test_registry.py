"""Recordings are registered privately, and stale entries are removed."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from automount.agent import ancestors
from automount.recorder import registry


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(registry, "PREFIX", f"{tmp_path}/recordings-")
    return tmp_path / f"recordings-{os.getuid()}"


def test_a_program_is_found_by_those_below_it_while_it_is_registered(place: Path, tmp_path: Path) -> None:
    assert ancestors.journal(str(place)) is None
    with registry.registered(str(tmp_path)) as registration:
        (entry,) = place.iterdir()
        assert entry.name.startswith(f"starting-{os.getpid()}-")
        registration.started(os.getpid())
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert ancestors.journal(str(place)) == str(tmp_path)
    assert not place.exists()


def test_other_programs_of_the_same_parent_are_not_recorded(place: Path, tmp_path: Path) -> None:
    with registry.registered(str(tmp_path)) as registration, subprocess.Popen(["sleep", "60"]) as other:
        registration.started(other.pid)
        assert ancestors.journal(str(place)) is None
        other.kill()


def test_the_nearest_recording_counts(place: Path, tmp_path: Path) -> None:
    outer, inner = registry.Registration(str(tmp_path)), registry.Registration(f"{tmp_path}/inner")
    outer.started(os.getppid())
    assert ancestors.journal(str(place)) == str(tmp_path)
    inner.started(os.getpid())
    assert ancestors.journal(str(place)) == f"{tmp_path}/inner"
    inner.close()
    assert ancestors.journal(str(place)) == str(tmp_path)
    outer.close()
    assert not place.exists()


def test_a_directory_that_others_may_use_is_neither_read_nor_written(place: Path, tmp_path: Path) -> None:
    place.mkdir()
    place.chmod(0o777)
    with registry.registered(str(tmp_path)) as registration:
        registration.started(os.getpid())
        assert list(place.iterdir()) == []
        (place / "of-another-user").touch()
    ticks = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
    (place / f"process-{os.getpid()}-{ticks}-00").symlink_to(tmp_path)
    assert ancestors.journal(str(place)) is None


def test_stale_entries_are_removed_by_the_next_recording(place: Path, tmp_path: Path) -> None:
    place.mkdir(mode=0o700)
    kept, gone = tmp_path / "kept", tmp_path / "gone"
    kept.mkdir()
    (place / f"process-{os.getpid()}-1-00").symlink_to(kept)  # the number is another process's now
    (place / "environment-00").symlink_to(gone)
    (place / "environment-01").symlink_to(kept)
    with registry.registered(str(kept)):
        names = {path.name.partition("-")[0] for path in place.iterdir()}
        assert names == {"starting", "environment"}
    assert [path.name for path in place.iterdir()] == ["environment-01"]
