"""Makes the directories in which a program runs again, and removes them afterwards.

Most of them are temporary directories on disk. The copies of the shipped files may be in memory instead: ext4
takes up to 0.5 ms to create a file after many were removed, most of the time of `verify` for 5,000 files.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator

from automount import paths
from automount.forked import processes_for
from automount.manifest import Manifest
from automount.proving.sandbox import Room
from automount.recorder.journal_directory import create_journal_directory
from automount.shipping.staging import stage

_PREFIX = "automount-verify-"
_MEMORY = "/dev/shm"
# The copies take at most this part of the free memory, and this much stays free for the program.
_MEMORY_SHARE = 10
_MEMORY_FOR_PROGRAM = 1 << 30
_ABANDONED_SECONDS = 600


@contextlib.contextmanager
def room_for(
    manifest: Manifest, on_bytes: Callable[[int], None], *, original: bool, in_memory: bool
) -> Iterator[Room]:
    """A room with the shipped files, at their remote paths or, if `original`, at their local ones.

    The files are in memory if `in_memory` and if `fits_memory` allows that. Raises `StaleFiles`.
    """
    memory = _MEMORY if in_memory and not original and fits_memory(manifest) else None
    with _temporary(None) as directory, _temporary(memory) as top:
        staged = os.path.join(top, "stage")
        stage(manifest, staged, on_bytes=on_bytes, processes=processes_for(len(manifest.files)))
        for place in ("scratch", "agent"):
            os.mkdir(os.path.join(directory, place))
        create_journal_directory(os.path.join(directory, "journal"))
        if not original:
            yield Room(directory, staged, (manifest.remote_root,), in_memory=memory is not None)
            return
        tree = os.path.join(top, "original")
        os.makedirs(tree + paths.normal(manifest.provenance.cwd), exist_ok=True)
        for row in manifest.files:
            local = tree + paths.normal(row.local)
            os.makedirs(os.path.dirname(local), exist_ok=True)
            os.link(staged + row.remote, local)
        yield Room(directory, tree, ())


def fits_memory(manifest: Manifest) -> bool:
    """Whether the shipped files may be in memory: there is enough, and the recorded run wrote no files.

    Where the user chose a directory for temporary files, they belong there.
    """
    if manifest.provenance.written or any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")):
        return False
    try:
        shared = os.statvfs(_MEMORY)
        with open("/proc/meminfo", encoding="ascii") as file:
            (available,) = (int(line.split()[1]) << 10 for line in file if line.startswith("MemAvailable:"))
    except (OSError, ValueError):
        return False
    free = min(shared.f_bavail * shared.f_frsize, available)
    usable = not shared.f_flag & (os.ST_NOEXEC | os.ST_RDONLY) and os.access(_MEMORY, os.W_OK | os.X_OK)
    inodes = not shared.f_files or shared.f_favail > _MEMORY_SHARE * len(manifest.files)
    content = sum(row.size for row in manifest.files)
    return usable and inodes and content * _MEMORY_SHARE + _MEMORY_FOR_PROGRAM <= free


@contextlib.contextmanager
def _temporary(above: str | None) -> Iterator[str]:
    """A new directory, locked, and removed at the end; in memory, those of killed runs are removed first."""
    if above is not None:
        _remove_abandoned(above)
    directory = os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX, dir=above))
    held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_SH)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(held)


def _remove_abandoned(above: str) -> None:
    """Removes this user's old directories that no run has locked. A run locks its own in its first moment."""
    old = time.time() - _ABANDONED_SECONDS
    for name in os.listdir(above):
        if not name.startswith(_PREFIX):
            continue
        with contextlib.suppress(OSError):
            held = os.open(
                os.path.join(above, name), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            )
            try:
                status = os.fstat(held)
                if status.st_uid == os.geteuid() and status.st_mtime < old:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(os.path.join(above, name), ignore_errors=True)
            finally:
                os.close(held)
