"""Copies one file's content, and gives the digest of what now stands in the copy.

Small files are read once, hashed and written. For large ones the file system is asked to do the work: a
reflink shares the blocks until one side is written to, `copy_file_range` copies inside the kernel. The
copy is then hashed, not the source: what was shipped is what must be right.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
from collections.abc import Callable

from automount.shipping.freshness import digest
from automount.shipping.safe_tree import write_all

# Linux's ioctl to share all blocks of one file with another (btrfs, XFS, bcachefs, overlays of them).
_FICLONE = 0x40049409
_SMALL = 256 * 1024
_CHUNK = 1 << 20
# Not on this file system, not between these two, not in this kernel: do it by hand.
_CANNOT = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.ENOTTY, errno.EBADF}


def copy_content(
    source: int, target: int, size: int, on_bytes: Callable[[int], None] = lambda _n: None
) -> str:
    """The sha256 (hex) of what is in `target` afterwards: everything of `source`, about `size` bytes.

    `source` is open for reading at its begin, `target` empty and open for reading and writing.
    """
    if size > _SMALL and (_reflink(source, target) or _in_kernel(source, target)):
        os.lseek(target, 0, os.SEEK_SET)
        return digest(target, on_bytes)
    summed = hashlib.sha256()
    while chunk := os.read(source, _CHUNK):
        summed.update(chunk)
        write_all(target, chunk)
        on_bytes(len(chunk))
    return summed.hexdigest()


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
