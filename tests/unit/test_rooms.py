"""The shipped files of a rerun are in memory only where that is safe, and nothing is left behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from manifest_world import manifest as manifest_with

from automount.manifest import Manifest
from automount.model import FileEntry
from automount.proving import rooms
from automount.sha256 import sha256
from automount.values import replace

PLENTY = 1 << 32


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    """A program of one file that wrote none."""
    local = tmp_path / "app.py"
    local.write_bytes(b"x = 1\n")
    entry = FileEntry("/root/app.py", str(local), 6, sha256(b"x = 1\n").hexdigest(), False, ())
    return manifest_with(files=(entry,))


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Uses a directory in place of the memory file system, with so many bytes free."""
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    place = tmp_path / "memory"
    place.mkdir()
    monkeypatch.setattr(rooms, "_MEMORY", str(place))

    def with_free(size: int = PLENTY, *, flags: int = 0, inodes: tuple[int, int] = (0, 0)) -> Path:
        status = SimpleNamespace(
            f_bavail=size, f_frsize=1, f_flag=flags, f_files=inodes[0], f_favail=inodes[1], f_fsid=1
        )
        monkeypatch.setattr(rooms.os, "statvfs", lambda _path: status)
        return place

    with_free()
    return with_free


def test_small_content_fits(memory: Callable[..., Path], manifest: Manifest) -> None:
    assert rooms.fits_memory(manifest)
    memory(inodes=(1000, 11))
    assert rooms.fits_memory(manifest)


@pytest.mark.parametrize(
    "settings",
    [
        {"size": 1 << 30},
        {"flags": os.ST_NOEXEC},
        {"flags": os.ST_RDONLY},
        {"inodes": (1000, 10)},
    ],
    ids=["too little", "nothing can be run there", "read-only", "too few inodes"],
)
def test_memory_that_is_not_fit_is_not_used(
    memory: Callable[..., Path], manifest: Manifest, settings: dict[str, object]
) -> None:
    memory(**settings)
    assert not rooms.fits_memory(manifest)


@pytest.mark.usefixtures("memory")
def test_a_program_that_writes_files_gets_a_disk(manifest: Manifest) -> None:
    provenance = replace(manifest.provenance, written=("/p/out.txt",))
    assert not rooms.fits_memory(replace(manifest, provenance=provenance))


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("name", ["TMPDIR", "TEMP", "TMP"])
def test_a_directory_that_the_user_chose_is_used(
    name: str, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "/var/tmp")
    assert not rooms.fits_memory(manifest)


@pytest.mark.parametrize(("original", "in_memory"), [(False, True), (False, False), (True, True)])
def test_all_directories_are_removed(
    memory: Callable[..., Path],
    manifest: Manifest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    original: bool,
    in_memory: bool,
) -> None:
    place = memory()
    disk = tmp_path / "disk"
    disk.mkdir()
    monkeypatch.setattr(rooms.tempfile, "tempdir", str(disk))
    with rooms.room_for(manifest, lambda _n: None, original=original, in_memory=in_memory) as room:
        path = str(tmp_path / "app.py") if original else "/root/app.py"
        assert Path(room.tree + path).read_bytes() == b"x = 1\n"
        assert room.in_memory == (in_memory and not original)
        assert room.tree.startswith(str(place if room.in_memory else disk))
        # What the sandboxes let the program only read is never in memory, which all may write to.
        assert room.agent.startswith(str(disk))
    assert [*place.iterdir(), *disk.iterdir()] == []


def test_directories_of_killed_runs_are_removed(memory: Callable[..., Path], manifest: Manifest) -> None:
    place = memory()
    made = {name: place / name for name in ("automount-verify-old", "automount-verify-used", "other")}
    made["automount-verify-new"] = place / "automount-verify-new"
    for path in made.values():
        (path / "stage").mkdir(parents=True)
        if path.name != "automount-verify-new":
            os.utime(path, (0, 0))
    (place / "automount-verify-link").symlink_to(made["other"])
    used = os.open(made["automount-verify-used"], os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(used, fcntl.LOCK_SH)
    try:
        with rooms.room_for(manifest, lambda _n: None, original=False, in_memory=True):
            pass
    finally:
        os.close(used)
    left = {path.name for path in place.iterdir()}
    assert left == {
        "automount-verify-used",
        "automount-verify-new",
        "automount-verify-link",
        "other",
    }
