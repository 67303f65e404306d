"""Digests: right for every kind of file, remembered only where remembering is safe."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from automount.contents import DigestIndex, NotAFile, hashing, store
from automount.contents.file_times import FileTimes
from automount.contents.hashing import FileDigest, read_digest

LATER = 3 * 10**9


def later() -> int:
    """A clock that is well past the last change of files made just now."""
    return time.time_ns() + LATER


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Proving(FileTimes):
    """All times prove something, whatever file system the tests run on."""

    def identity(self, directory: str) -> str | None:
        return "here"

    def unmapped_at(self, status: os.stat_result) -> int | None:
        return later()


class Counting(DigestIndex):
    """An index that counts the files it had to hash and those whose digest it remembered."""

    hashed = reused = 0

    def known(self, path: str, status: os.stat_result) -> FileDigest | None:
        found = super().known(path, status)
        self.hashed += found is None
        self.reused += found is not None
        return found


def index(directory: Path) -> Counting:
    return Counting(str(directory), clock=later, times=Proving())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.txt"
    path.write_bytes(b"content")
    return path


@pytest.mark.parametrize(
    "size", [0, 1, hashing.CHUNK - 1, hashing.CHUNK, hashing.CHUNK + 1, 3 * hashing.CHUNK]
)
def test_files_of_every_size(tmp_path: Path, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    path = tmp_path / "file"
    path.write_bytes(content[:size])
    digest, status = read_digest(str(path))
    assert (digest.size, digest.sha256, digest.stable) == (size, sha(content[:size]), True)
    assert status.st_size == size


def test_the_holes_of_a_sparse_file_are_its_zeros(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    size = 40 << 20
    with open(path, "wb") as stream:
        stream.seek(5 << 20)
        stream.write(b"in the middle")
        stream.truncate(size)
    reports: list[int] = []
    digest, _ = read_digest(str(path), lambda _path, count: reports.append(count))
    assert path.stat().st_blocks * 512 < size
    assert (digest.size, digest.sha256) == (size, sha(path.read_bytes()))
    assert sum(reports) == size


def test_a_file_of_one_hole(tmp_path: Path) -> None:
    path = tmp_path / "hole"
    path.touch()
    os.truncate(path, hashing.SPARSE_FROM)
    assert read_digest(str(path))[0].sha256 == sha(bytes(hashing.SPARSE_FROM))


def test_special_files_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, reason in (("pipe", "fifo"), (".", "directory")):
        with pytest.raises(NotAFile) as caught:
            DigestIndex().digest(str(tmp_path / name))
        assert caught.value.reason == reason
        with pytest.raises(NotAFile) as caught:
            read_digest(str(tmp_path / name))  # as if it had just taken a file's place
        assert caught.value.reason == reason


def test_a_file_that_changes_once_while_it_is_read_is_read_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, changes = os.read, [b"other content"]

    def read(descriptor: int, count: int) -> bytes:
        chunk = real(descriptor, count)
        if changes:
            file.write_bytes(changes.pop())
        return chunk

    monkeypatch.setattr(os, "read", read)
    digest, _ = read_digest(str(file))
    assert (digest.sha256, digest.stable) == (sha(b"other content"), True)


def test_a_file_that_never_holds_still_is_given_up_and_not_remembered(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.read

    def read(descriptor: int, count: int) -> bytes:
        chunk = real(descriptor, count)
        with open(file, "ab") as stream:
            stream.write(b"+")
        return chunk

    monkeypatch.setattr(os, "read", read)
    digests = index(tmp_path / "index")
    assert digests.digest(str(file))[0].stable is False
    monkeypatch.undo()
    assert digests.digest(str(file))[0].stable is True
    assert digests.hashed == 2


def test_a_second_run_reads_nothing(file: Path, tmp_path: Path) -> None:
    with index(tmp_path / "index") as first:
        before = first.digest(str(file))[0]
    second = index(tmp_path / "index")
    assert second.digest(str(file))[0] == before
    assert (first.hashed, first.reused, second.hashed, second.reused) == (1, 0, 0, 1)


def test_a_changed_file_is_read_again(file: Path, tmp_path: Path) -> None:
    with index(tmp_path / "index") as first:
        first.digest(str(file))
    old = file.stat()
    file.write_bytes(b"CONTENT")
    os.utime(file, ns=(old.st_atime_ns, old.st_mtime_ns))
    second = index(tmp_path / "index")
    assert second.digest(str(file))[0].sha256 == sha(b"CONTENT")
    assert second.hashed == 1


def test_a_racy_entry_is_not_believed(file: Path, tmp_path: Path) -> None:
    changed = file.stat().st_ctime_ns
    with DigestIndex(str(tmp_path / "index"), clock=lambda: changed + 10**6, times=Proving()) as first:
        first.digest(str(file))
    second = index(tmp_path / "index")
    second.digest(str(file))
    assert second.hashed == 1
    second.save()
    third = index(tmp_path / "index")
    third.digest(str(file))
    assert third.hashed == 0


def test_files_read_ahead_are_not_read_again(file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    digests = Counting(clock=later, times=Proving())
    digests.prefetch([str(file), str(tmp_path / "absent"), str(tmp_path / "pipe"), "/nul\0byte"])
    assert digests.hashed == 1
    assert digests.digest(str(file))[0].sha256 == sha(b"content")
    assert (digests.hashed, digests.reused) == (1, 1)


def test_large_files_are_not_read_ahead(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, (32 << 20) + 1)
    digests = Counting()
    digests.prefetch([str(path)])
    assert digests.hashed == 0


def test_findings_are_remembered_with_the_digest(tmp_path: Path) -> None:
    path = tmp_path / "conf.py"
    path.write_text("TOKEN = '" + "gh" + "p_a8Kd93mZpQ7vR2xT5bN1cW6yH4jL0sFgU9eV'\n")
    with index(tmp_path / "index") as first:
        assert first.digest(str(path))[0].findings == ("github-token:1",)
    second = index(tmp_path / "index")
    assert second.digest(str(path))[0].findings == ("github-token:1",)
    assert second.hashed == 0


def shards(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.digests"))


@pytest.mark.parametrize("damage", [b"", b"\n", b"rubbish", b"cut", b"rules", b"json"])
def test_a_damaged_index_is_as_if_it_were_not_there(file: Path, tmp_path: Path, damage: bytes) -> None:
    with index(tmp_path / "index") as first:
        first.digest(str(file))
    (shard,) = shards(tmp_path / "index")
    content = shard.read_bytes()
    if damage == b"cut":
        damage = content[:-5]
    elif damage == b"rules":
        damage = content.replace(b"digests 1", b"digests 0")
    elif damage == b"json":
        damage = content.split(b" ", 4)[0] + b" {}\n{not json"
    shard.write_bytes(damage)
    with index(tmp_path / "index") as second:
        assert second.digest(str(file))[0].sha256 == sha(b"content")
    assert second.hashed == 1
    third = index(tmp_path / "index")
    third.digest(str(file))
    assert third.hashed == 0


def test_an_index_that_cannot_be_written_is_not_an_error(file: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "taken"
    blocked.write_text("a file where the directory should be")
    with index(blocked) as first:
        first.digest(str(file))
    assert blocked.read_text() == "a file where the directory should be"
    with DigestIndex.open({"HOME": "relative", "XDG_CACHE_HOME": ""}) as nowhere:
        nowhere.digest(str(file))


def test_a_linked_or_foreign_shard_is_not_trusted(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with index(tmp_path / "index") as first:
        first.digest(str(file))
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    foreign = index(tmp_path / "index")
    foreign.digest(str(file))
    assert foreign.hashed == 1
    monkeypatch.undo()
    (shard,) = shards(tmp_path / "index")
    shard.rename(tmp_path / "moved")
    shard.symlink_to(tmp_path / "moved")
    linked = index(tmp_path / "index")
    linked.digest(str(file))
    assert linked.hashed == 1


def test_two_runs_at_once_keep_what_both_learnt(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    one, two = index(tmp_path / "index"), index(tmp_path / "index")
    one.digest(str(tmp_path / "a"))
    two.digest(str(tmp_path / "b"))
    one.save()
    two.save()
    both = index(tmp_path / "index")
    both.digest(str(tmp_path / "a"))
    both.digest(str(tmp_path / "b"))
    assert (both.hashed, both.reused) == (0, 2)
    assert list((tmp_path / "index").glob(".automount-*")) == []


def test_the_index_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = store.Store(str(tmp_path), "r")
    monkeypatch.setattr(store, "MAX_ENTRIES", 3)
    keeper.save("s", {"/old": {"a": "1", "b": "2"}}, {"/old"})
    keeper.save("s", {"/new": {"a": "1", "b": "2"}}, {"/new"})
    assert keeper.load("s") == {"/new": {"a": "1", "b": "2"}}
    keeper.save("s", {"/huge": {str(number): "1" for number in range(9)}}, {"/huge"})
    assert keeper.load("s") == {"/new": {"a": "1", "b": "2"}}


def test_the_oldest_shards_and_broken_writes_go_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = store.Store(str(tmp_path), "r")
    for age, name in enumerate(["newest", "middle", "oldest"]):
        keeper.save(name, {"/d": {"f": "1"}}, {"/d"})
        os.utime(tmp_path / f"{name}.digests", ns=(0, time.time_ns() - age * 10**9))
    (tmp_path / ".automount-x.tmp").touch()
    os.utime(tmp_path / ".automount-x.tmp", ns=(0, 0))
    size = (tmp_path / "newest.digests").stat().st_size
    monkeypatch.setattr(store, "MAX_BYTES", 2 * size)
    keeper.prune()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["middle.digests", "newest.digests"]
    store.Store(str(tmp_path / "absent"), "r").prune()


def test_a_shard_in_use_is_kept_young(tmp_path: Path) -> None:
    keeper = store.Store(str(tmp_path), "r")
    keeper.save("s", {"/d": {"f": "1"}}, {"/d"})
    path = tmp_path / "s.digests"
    os.utime(path, ns=(0, 0))
    assert keeper.load("s") == {"/d": {"f": "1"}}
    assert path.stat().st_mtime_ns > 0


def test_the_index_is_kept_only_in_a_private_directory(tmp_path: Path) -> None:
    own, shared = tmp_path / "own", tmp_path / "shared"
    assert store.user_directory({"XDG_CACHE_HOME": str(own)}) == str(own / "automount/digests")
    shared.mkdir()
    shared.chmod(0o777)
    assert store.user_directory({"XDG_CACHE_HOME": str(shared)}) is None
    assert list(shared.iterdir()) == []


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("/home/me/code/app", "/home/me/code/app/deep/er", True),
        ("/home/me/code/app", "/home/me/code/other", False),
        ("/srv/app/pkg", "/srv/app/pkg/deep", True),
        ("/srv/app/pkg", "/srv/app/other", False),
        ("/", "/srv", False),
    ],
)
def test_neighbours_share_a_shard(one: str, other: str, shared: bool) -> None:
    assert (store.shard_of(one) == store.shard_of(other)) is shared
