"""Which file times prove something: real mappings, and the mount tables of other machines."""

from __future__ import annotations

import hashlib
import mmap
import os
import time
from pathlib import Path

import pytest
from shipments import manifest_of, write_project

from automount.contents import DigestIndex, file_times
from automount.contents.file_times import FileTimes
from automount.shipping.freshness import StaleFiles
from automount.shipping.staging import stage

MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:20 / /proc rw - proc proc rw
24 22 7:0 / /image ro - squashfs /dev/loop0 ro
25 22 7:1 / /image/inner rw - xfs /dev/loop1 rw
26 22 7:2 / /frozen ro - ext4 /dev/loop2 ro
27 22 254:0 /data /bound ro - ext4 /dev/vda rw
28 22 0:40 / /net rw - nfs4 server:/x rw
29 22 0:41 / /with\\040space rw - btrfs /dev/vdb rw
30 22 0:42 / /covered rw - ext4 /dev/vdc rw
31 30 0:43 / /covered rw - fuse.sshfs host:/ rw
32 22 0:44 / /shm rw - tmpfs tmpfs rw
broken line
"""


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FileTimes:
    (tmp_path / "mountinfo").write_text(MOUNTS)
    real = open

    def opened(path: str, *args: str) -> object:
        return real(tmp_path / "mountinfo" if path == "/proc/self/mountinfo" else path, *args)

    monkeypatch.setattr(file_times, "open", opened, raising=False)
    monkeypatch.setattr(os, "statvfs", lambda _path: os.statvfs_result(range(11)))
    monkeypatch.setattr(os.path, "realpath", lambda path: path)
    return FileTimes()


@pytest.mark.parametrize(
    ("directory", "identity"),
    [
        ("/", "ext4:10"),
        ("/srv/app", "ext4:10"),
        ("/imagery", "ext4:10"),
        ("/image/app", None),
        ("/image/inner/app", "xfs:10"),
        ("/frozen", None),
        ("/bound/x", "ext4:10"),
        ("/net/home", None),
        ("/with space/x", "btrfs:10"),
        ("/covered/x", None),
        ("/shm", None),
        ("/proc/1", None),
    ],
)
def test_which_file_systems_have_times_that_prove_something(
    directory: str, identity: str | None, elsewhere: FileTimes
) -> None:
    assert elsewhere.identity(directory) == identity


@pytest.mark.parametrize("access", [mmap.ACCESS_WRITE, mmap.ACCESS_READ, mmap.ACCESS_COPY])
def test_a_file_that_is_mapped_for_writing_is_known(access: int, tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(bytes(4096))
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 4096, access=access):
        assert (FileTimes().unmapped_at(path.stat()) is None) == (access == mmap.ACCESS_WRITE)
    before = time.time_ns()
    moment = FileTimes().unmapped_at(path.stat())
    assert moment is not None
    assert moment >= before


def test_a_file_that_is_written_through_a_mapping_is_read_each_time(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(bytes(4096))
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 4096) as view:
        view[0] = 1
        os.utime(path, (1e9, 1e9))
        for byte in (2, 3):
            view[0] = byte
            clock = time.time_ns() + 10**12
            with DigestIndex(str(tmp_path / "index"), clock=lambda clock=clock: clock) as index:
                digest, _ = index.digest(str(path))
            assert digest.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_same_stat_on_another_file_system_is_not_believed(tmp_path: Path) -> None:
    class On(FileTimes):
        def __init__(self, name: str | None) -> None:
            super().__init__()
            self.name = name

        def identity(self, directory: str) -> str | None:
            return self.name

        def unmapped_at(self, status: os.stat_result) -> int | None:
            return time.time_ns() + 10**12

    path = tmp_path / "data"
    path.write_bytes(b"content")

    def hashed(name: str | None) -> bool:
        clock = time.time_ns() + 10**12
        with DigestIndex(str(tmp_path / "index"), clock=lambda: clock, times=On(name)) as index:
            known = index.known(str(path), path.stat())
            index.digest(str(path))
        return known is None

    systems = ("xfs:1", "xfs:1", "xfs:2", "xfs:2", None, None)
    assert [hashed(name) for name in systems] == [True, False, True, False, True, True]


def test_stage_reads_a_mapped_source_again(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    path = project / "app.py"
    path.write_bytes(b"x = 0\n" + b"#" * 4000)
    manifest = manifest_of(project)
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as view:
        view[4:5] = b"0"
        os.utime(path, (1e9, 1e9))
        stage(manifest, str(tmp_path / "stage"))
        view[4:5] = b"1"
        with pytest.raises(StaleFiles):
            stage(manifest, str(tmp_path / "stage"))
