"""Walking unusual trees: odd names, long paths, unreadable files, and files that change during the walk."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from walking import package, remotes, single, skips, walked, warnings, write

from automount.contents import ignores
from automount.contents.digests import DigestIndex
from automount.contents.expand import Contents, expand


@pytest.fixture
def root(tmp_path: Path) -> Path:
    pkg = tmp_path / "pkg"
    write(pkg / "__init__.py", "x = 1\n")
    return pkg


def test_names_that_are_not_utf8_or_hold_a_newline(root: Path) -> None:
    odd = os.fsdecode(b"\xff\xfe.bin")
    write(root / odd, "a")
    write(root / "two\nlines", "b")
    contents = walked(package(root))
    assert sorted(remotes(contents)) == sorted(
        ["/root/pkg/__init__.py", f"/root/pkg/{odd}", "/root/pkg/two\nlines"]
    )


def test_paths_longer_than_the_system_takes(root: Path) -> None:
    descriptor = os.open(root, os.O_RDONLY)
    part = "d" * 250
    for _ in range(20):
        os.mkdir(part, dir_fd=descriptor)
        deeper = os.open(part, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
    file = os.open("deep.txt", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor)
    os.write(file, b"deep")
    os.close(file)
    os.symlink("nowhere", "gone", dir_fd=descriptor)
    os.close(descriptor)
    below = "/".join([part] * 20)
    contents = walked(package(root))
    assert [(row.remote, row.size) for row in contents.files] == [
        ("/root/pkg/__init__.py", 6),
        (f"/root/pkg/{below}/deep.txt", 4),
    ]
    assert skips(contents, root) == {f"{below}/gone": "broken-link"}
    again = walked(single(Path(f"{root}/{below}/deep.txt"), remote="/root/x"))
    assert again.files[0].size == 4


@pytest.fixture
def deep() -> Iterator[Path]:
    """A directory that is cleared away by `rm`: what Python has for that recurses, and gives up."""
    directory = Path(tempfile.mkdtemp())
    yield directory
    subprocess.run(["rm", "-rf", str(directory)], check=True)


def test_directories_nested_deeper_than_python_recurses(deep: Path) -> None:
    descriptor = os.open(deep, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=descriptor)
        deeper = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
    os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
    os.close(descriptor)
    # It is reached, but no manifest can name its remote path.
    contents = walked(package(deep))
    assert contents.files == ()
    assert [(row.local, row.code) for row in contents.skipped] == [(f"{deep}/{'d/' * 1500}f", "remote-path")]
    assert [row.code for row in contents.warnings] == ["remote-path"]


def test_unreadable_files_and_directories_are_reported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root / "closed.bin")
    write(root / "locked" / "x")
    real_open = os.open

    def refusing_open(path: str, *args: int, **more: int) -> int:
        if str(path).endswith(("closed.bin", "locked")):
            raise PermissionError(13, "Permission denied", path)
        return real_open(path, *args, **more)

    monkeypatch.setattr(os, "open", refusing_open)
    contents = walked(package(root))
    assert remotes(contents) == ["/root/pkg/__init__.py"]
    assert skips(contents, root) == {"closed.bin": "unreadable", "locked": "unreadable"}
    assert warnings(contents) == ["unreadable", "unreadable"]


def test_files_that_vanish_during_the_walk_are_reported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root / "a" / "x")
    gone = write(root / "b" / "y")
    real_open = os.open

    def removing_open(path: str, *args: int, **more: int) -> int:
        if str(path).endswith("/a"):
            gone.unlink()
            gone.parent.rmdir()
        return real_open(path, *args, **more)

    monkeypatch.setattr(os, "open", removing_open)
    contents = walked(package(root))
    assert remotes(contents) == ["/root/pkg/__init__.py", "/root/pkg/a/x"]
    assert skips(contents, root) == {"b": "vanished"}
    assert warnings(contents) == ["vanished"]


def test_mounts_that_are_not_there_or_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "dir").mkdir()
    mounts = [single(tmp_path / name) for name in ("absent.py", "pipe", "gone", "dir")]
    contents = walked(*mounts, package(tmp_path / "nothing"))
    assert contents.files == ()
    assert skips(contents, tmp_path) == {
        "absent.py": "missing",
        "pipe": "fifo",
        "gone": "broken-link",
        "dir": "directory",
        "nothing": "missing",
    }
    assert warnings(contents) == ["broken-link", "directory", "fifo", "missing", "missing"]


def test_trees_that_are_not_directories(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    write(tmp_path / "notes.txt", "x")
    contents = walked(package(tmp_path / "pipe"), package(tmp_path / "notes.txt"))
    assert contents.files == ()
    assert skips(contents, tmp_path) == {"notes.txt": "no-directory", "pipe": "fifo"}
    assert warnings(contents) == ["fifo", "no-directory"]


def test_a_fifo_that_takes_a_files_place_is_not_waited_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = write(root / "data.bin", "x")
    real = DigestIndex.digest

    def swapping(self: DigestIndex, path: str, *args: object, **more: object) -> object:
        if path == str(victim):
            victim.unlink()
            os.mkfifo(victim)
        return real(self, path, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(DigestIndex, "digest", swapping)
    outcome: list[Contents] = []
    thread = threading.Thread(target=lambda: outcome.append(walked(package(root))), daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert skips(outcome[0], root) == {"data.bin": "fifo"}


def test_an_unreadable_ignore_file_is_reported(root: Path) -> None:
    os.mkfifo(root / ".automountignore")
    contents = walked(package(root))
    assert [(row.code, row.path) for row in contents.warnings] == [("unreadable", f"{root}/.automountignore")]


def test_an_ignore_file_that_is_too_large_is_reported(root: Path) -> None:
    (root / ".automountignore").write_text("*.txt\n" * (ignores.LARGEST // 6 + 1))
    contents = walked(package(root))
    assert [(row.code, row.path) for row in contents.warnings] == [("unreadable", f"{root}/.automountignore")]


def test_the_answer_does_not_depend_on_the_order_of_directories(root: Path) -> None:
    for name in ("b/x", "a/y", "c", "a.d/z"):
        write(root / name)
    assert remotes(walked(package(root))) == sorted(remotes(walked(package(root))))
    assert walked(package(root)) == walked(package(root))


def test_progress_hears_of_each_file(root: Path) -> None:
    reports: list[tuple[str, int]] = []
    expand([package(root)], progress=lambda path, count: reports.append((path, count)))
    assert reports == [(f"{root}/__init__.py", 6)]
