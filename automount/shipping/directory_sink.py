"""Writes verified files into a directory: the sink of staging and of unpacking.

Modes are the same on every machine: 0755 for what is executable, 0644 for the rest, whatever the umask. They
are given when the file is created and changed afterwards only where the umask took something away.
For large files the file system is asked to do the work: a reflink shares the blocks until one side is
written to, `copy_file_range` copies inside the kernel. Then the copy is hashed, not the source: what was
shipped is what must be right. Hard links are made for `stage --link` alone: an edit through one name would
change the other, so neither the user's files nor files of our cache are ever shared without being asked.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterable

from automount.model import FileEntry
from automount.shipping.verified import OnBytes, consume, file_pieces
from automount.whole_file import write_all

# Linux's ioctl to share all blocks of one file with another (btrfs, XFS, bcachefs, overlays of them).
_FICLONE = 0x40049409
_SMALL = 256 * 1024
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# Not on this file system, not between these two, not in this kernel: the content is copied by hand.
_CANNOT = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.ENOTTY, errno.EBADF}


def write_file(folder: int, name: str, executable: bool, chunks: Iterable[bytes]) -> os.stat_result:
    """Creates `name` in the directory behind `folder` with these pieces; gives its status.

    Raises what the pieces raise, `FileExistsError` where something has that name, and other `OSError`;
    the file is then removed.
    """

    def fill(target: int) -> None:
        for chunk in chunks:
            write_all(target, chunk)

    return _create(folder, name, executable, fill)


def copy_file(
    source: int, entry: FileEntry, folder: int, name: str, on_bytes: OnBytes | None = None
) -> os.stat_result:
    """As `write_file`, with the content of the open file `source`, verified."""
    if entry.size <= _SMALL:
        return write_file(folder, name, entry.executable, tuple(file_pieces(source, entry, on_bytes)))

    def fill(target: int) -> None:
        if _reflink(source, target) or _in_kernel(source, target):
            os.lseek(target, 0, os.SEEK_SET)
            consume(file_pieces(target, entry, on_bytes))
            return
        for chunk in file_pieces(source, entry, on_bytes):
            write_all(target, chunk)

    return _create(folder, name, entry.executable, fill)


def _create(folder: int, name: str, executable: bool, fill: Callable[[int], None]) -> os.stat_result:
    mode = 0o755 if executable else 0o644
    target = os.open(name, _NEW, mode, dir_fd=folder)
    try:
        fill(target)
        status = os.fstat(target)
        if stat.S_IMODE(status.st_mode) != mode:
            os.fchmod(target, mode)
            status = os.fstat(target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)
        raise
    finally:
        os.close(target)
    return status


def _reflink(source: int, target: int) -> bool:
    with contextlib.suppress(OSError):
        fcntl.ioctl(target, _FICLONE, source)
        return True
    return False


def _in_kernel(source: int, target: int) -> bool:
    """Whether the kernel copied it; where it cannot, both files are as before."""
    try:
        while os.copy_file_range(source, target, 1 << 30):
            pass
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        os.lseek(source, 0, os.SEEK_SET)
        os.lseek(target, 0, os.SEEK_SET)
        os.ftruncate(target, 0)
        return False
    # Some file systems of the kernel's own (procfs, sysfs, some FUSE) copy nothing without an error.
    if os.fstat(target).st_size == 0:
        os.lseek(source, 0, os.SEEK_SET)
        return False
    return True
