"""The columns of many statuses are those of `os.stat`, whatever gives them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from automount.contents.file_times import signature
from automount.shipping import statuses

NAMES = [b"plain", b"empty", b"odd \xff\n", b"before-1970", b"sparse", b"link", b"executable"]


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[int]:
    for name in NAMES:
        (tmp_path / os.fsdecode(name)).write_bytes(b"" if name == b"empty" else name)
    os.utime(tmp_path / "before-1970", ns=(0, -1_500_000_001))
    os.truncate(tmp_path / "sparse", 5 << 32)
    (tmp_path / "executable").chmod(0o755)
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("plain")
    opened = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield opened
    os.close(opened)


@pytest.mark.parametrize("has_statx", [True, False])
def test_columns_are_those_of_stat(has_statx: bool, directory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if not has_statx:
        monkeypatch.setattr(statuses, "_statx", lambda: None)
    expected = statuses.columns_of(signature(os.stat(name, dir_fd=directory)) for name in NAMES)
    found = statuses.columns(directory, NAMES)
    assert found == expected
    assert len(found) == 56 * len(NAMES)
    assert statuses.device_in(found) == os.fstat(directory).st_dev
    # What was asked for before leaves nothing in the buffer that counts.
    assert statuses.columns(directory, NAMES[:2]) != found[: 2 * 56]
    assert statuses.columns(directory, NAMES[:2]) == statuses.columns_of(
        signature(os.stat(name, dir_fd=directory)) for name in NAMES[:2]
    )
    with pytest.raises(FileNotFoundError):
        statuses.columns(directory, [*NAMES, b"missing"])


@pytest.mark.parametrize("place", range(5))
def test_each_number_counts(place: int) -> None:
    one = [5, 10**18 + 7, 10**18 + 9, 11, os.makedev(8, 1)]
    other = list(one)
    other[place] += 1
    size, mtime, ctime, inode, device = other
    assert statuses.columns_of([(size, mtime, ctime, inode, device)]) != statuses.columns_of(
        [(one[0], one[1], one[2], one[3], one[4])]
    )


def test_a_directory_of_many_files_is_asked_in_parts(tmp_path: Path) -> None:
    names = [f"{number}".encode() for number in range(statuses.MOST)]
    for name in names:
        (tmp_path / os.fsdecode(name)).touch()
    opened = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        expected = statuses.columns_of(signature(os.stat(name, dir_fd=opened)) for name in names)
        assert statuses.columns(opened, names) == expected
    finally:
        os.close(opened)
