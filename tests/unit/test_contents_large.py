"""Warnings about large mounts, and about names that collide."""

from __future__ import annotations

import hashlib

import pytest

from automount.contents import remarks
from automount.model import FileEntry, Mount, MountKind


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def entry(remote: str, size: int = 1, mounts: tuple[int, ...] = (0,)) -> FileEntry:
    return FileEntry(remote, f"/l{remote}", size, sha(b""), False, mounts)


def test_a_large_mount_names_its_largest_children() -> None:
    tree = Mount("PythonPackage:pkg", MountKind.PACKAGE, "pkg", "/l/pkg", "/root/pkg", tree=True)
    files = [
        entry("/root/pkg/data/a", 40_000_000),
        entry("/root/pkg/data/b", 9_000_000),
        entry("/root/pkg/c", 900_000),
        entry("/root/pkg/d", 100_000),
    ]
    assert remarks.large_mounts([tree], files) == ()
    (warning,) = remarks.large_mounts([tree], [*files, entry("/root/pkg/e", 5)])
    assert (warning.code, warning.path) == ("large-mount", "/l/pkg")
    assert warning.message.startswith(
        "PythonPackage:pkg contains 5 files, 50.0 MB; the largest in it: "
        "data/ (2 files, 49.0 MB), c (1 file, 900.0 kB), d (1 file, 100.0 kB): "
    )


def test_a_mount_of_many_files_is_large() -> None:
    tree = Mount("PythonPackage:pkg", MountKind.PACKAGE, "pkg", "/l/pkg", "/root/pkg", tree=True)
    many = [entry(f"/root/pkg/{number}") for number in range(5001)]
    assert remarks.large_mounts([tree], many[:5000]) == ()
    assert [row.code for row in remarks.large_mounts([tree], many)] == ["large-mount"]


def test_a_single_large_file_is_reported_without_children() -> None:
    mount = Mount("model.bin", MountKind.FILE, "model.bin", "/l/model.bin", "/root/model.bin")
    (warning,) = remarks.large_mounts([mount], [entry("/root/model.bin", 10**10)])
    assert warning.message.startswith("model.bin contains 1 file, 10.0 GB: ")


@pytest.mark.parametrize(
    ("names", "about"),
    [
        (("/root/A", "/root/a"), ["/root/A"]),
        (("/root/Data/x", "/root/data/y"), ["/root/Data"]),
        (("/root/caf\u00e9", "/root/cafe\u0301"), ["/root/cafe\u0301"]),
        (("/root/stra\u00dfe", "/root/strasse"), ["/root/strasse"]),
        (("/root/a/x", "/root/b/X"), []),
    ],
)
def test_names_that_collide(names: tuple[str, ...], about: list[str]) -> None:
    found = remarks.case_collisions([entry(name) for name in names])
    assert [(row.code, row.path) for row in found] == [("case-collision", path) for path in about]
