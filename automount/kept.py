"""Lists and removes what automount keeps in its cache: unpacked bundles, archives for engines, digests.

A tree is removed only while no process runs from it: a process that uses `NAME` holds `NAME.lock`. It is
renamed first, so that a removal that is killed leaves nothing that looks like a tree. The times of the lock
show when the tree was last used. Digests have a limit of their own and are
removed only together with everything else.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import stat
import time
from collections.abc import Iterator, Mapping

from automount.private_directories import cache_directory
from automount.values import dataclass

UNUSED_SECONDS = 30 * 86400
LARGEST = 8 * 10**9  # bytes of all trees and archives together
_ABANDONED_SECONDS = 86400
_TREES = ("bundles", "programs")
_TREE = re.compile(r"[0-9a-f]{64}-[0-9]+")
_ARCHIVE = re.compile(r"[0-9a-f]{64}\.zip")


@dataclass(frozen=True)
class Kept:
    """One thing in the cache: its absolute path, its kind, its size in bytes and when it was last used."""

    path: str
    kind: str
    size: int
    used: float


def kept(directory: str | None = None, sizes: Mapping[str, int] | None = None) -> tuple[Kept, ...]:
    """All that is kept in the cache `directory` (default: the user's), the longest unused first.

    `sizes` are those of trees, by path, that need not be measured.
    """
    top = cache_directory() if directory is None else directory
    found = [*_trees(top, sizes or {}), *_archives(top), *_digests(top)]
    return tuple(sorted(found, key=lambda row: (row.used, row.path)))


def shrink(
    directory: str | None = None,
    *,
    unused_seconds: float = UNUSED_SECONDS,
    largest: int = LARGEST,
    now: float | None = None,
    sizes: Mapping[str, int] | None = None,
) -> tuple[Kept, ...]:
    """Removes what was not used for `unused_seconds`, then the longest unused until `largest` bytes are left.

    A negative `unused_seconds` removes everything. A tree from which a program still runs is kept.
    Returns what was removed.
    """
    top = cache_directory() if directory is None else directory
    moment = time.time() if now is None else now
    remove_leftovers(top, moment)
    everything = unused_seconds < 0
    rows = [row for row in kept(top, sizes) if everything or row.kind != "digests"]
    total = sum(row.size for row in rows)
    removed = []
    for row in rows:
        if (row.used < moment - unused_seconds or total > largest) and _remove(row):
            total -= row.size
            removed.append(row)
    return tuple(removed)


def remove_unused(directory: str, now: float | None = None) -> None:
    """Removes leftovers and what has not been used for 30 days; runs at each start, so measures no sizes."""
    moment = time.time() if now is None else now
    remove_leftovers(directory, moment)
    for kind in _TREES:
        for path, used in _named(os.path.join(directory, kind), _TREE):
            if used < moment - UNUSED_SECONDS:
                _remove(Kept(path, kind, 0, used))


def remove_leftovers(directory: str, now: float | None = None) -> None:
    """Removes incomplete files that killed runs left in the cache `directory`."""
    before = (time.time() if now is None else now) - _ABANDONED_SECONDS
    for kind in (*_TREES, "engines"):
        place = os.path.join(directory, kind)
        for name in _listed(place):
            path = os.path.join(place, name)
            if name.endswith(".new") and "." in name.removesuffix(".new"):
                with _alone(f"{path.removesuffix('.new').rpartition('.')[0]}.lock") as alone:
                    if alone:
                        shutil.rmtree(path, ignore_errors=True)
            elif name.endswith(".lock") and _TREE.fullmatch(name.removesuffix(".lock")):
                _remove_lone_lock(path, before)
            elif name.startswith((".incoming-", ".removed-", ".automount-")):
                with contextlib.suppress(OSError):
                    if os.lstat(path).st_mtime < before or name.startswith(".removed-"):
                        _remove_any(path)


def _remove_lone_lock(lock: str, before: float) -> None:
    """Removes an old lock file whose tree was never finished, unless a process holds it."""
    if os.path.lexists(lock.removesuffix(".lock")):
        return
    with contextlib.suppress(OSError):
        if os.lstat(lock).st_mtime < before:
            with _alone(lock) as alone:
                if alone:
                    os.unlink(lock)


def _trees(top: str, sizes: Mapping[str, int]) -> Iterator[Kept]:
    for kind in _TREES:
        for path, used in _named(os.path.join(top, kind), _TREE):
            yield Kept(path, kind, sizes[path] if path in sizes else _size(path), used)


def _archives(top: str) -> Iterator[Kept]:
    for path, used in _named(os.path.join(top, "engines"), _ARCHIVE):
        yield Kept(path, "engines", _size(path), used)


def _digests(top: str) -> Iterator[Kept]:
    place = os.path.join(top, "digests")
    for name in _listed(place):
        with contextlib.suppress(OSError):
            status = os.lstat(os.path.join(place, name))
            yield Kept(os.path.join(place, name), "digests", status.st_size, status.st_mtime)


def _named(place: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, float]]:
    """What in `place` has such a name, and when it was last used."""
    for name in _listed(place):
        if pattern.fullmatch(name):
            path = os.path.join(place, name)
            for dated in (f"{path}.lock", path):
                try:
                    used = os.lstat(dated).st_mtime
                except OSError:
                    continue
                yield path, used
                break


def _listed(place: str) -> list[str]:
    try:
        return sorted(os.listdir(place))
    except OSError:
        return []


def _size(path: str) -> int:
    total = 0
    waiting = [path]
    while waiting:
        here = waiting.pop()
        with contextlib.suppress(OSError):
            status = os.lstat(here)
            total += status.st_size
            if stat.S_ISDIR(status.st_mode):
                waiting.extend(os.path.join(here, name) for name in os.listdir(here))
    return total


def _remove(row: Kept) -> bool:
    """Whether it could be removed, because no process uses it."""
    lock = f"{row.path}.lock"
    with _alone(lock) as alone:
        if not alone:
            return False
        doomed = os.path.join(os.path.dirname(row.path), f".removed-{os.urandom(8).hex()}")
        try:
            os.rename(row.path, doomed)
        except OSError:
            return False
        _remove_any(doomed)
        with contextlib.suppress(OSError):
            os.unlink(lock)
    return True


def _remove_any(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        os.unlink(path)


@contextlib.contextmanager
def _alone(lock: str) -> Iterator[bool]:
    """Whether no other process holds the lock file; it is then locked. A missing file is not held."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        yield True
        return
    except OSError:
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def is_current(lock: int, path: str) -> bool:
    """Whether the lock file that `lock` holds is still the one at `path`, and not one that was removed."""
    try:
        here = os.lstat(path)
    except OSError:
        return False
    locked = os.fstat(lock)
    return (here.st_dev, here.st_ino) == (locked.st_dev, locked.st_ino)
