"""Opens a file that appears under its name only when it is whole.

Where the file system knows `O_TMPFILE`, what is written has no name at all until then: a process killed
half-way leaves nothing. Elsewhere it is written under a temporary name beside, taken away on any error.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from automount.errors import AutomountError
from automount.shipping.safe_tree import full_disk

_UNNAMED = getattr(os, "O_TMPFILE", 0)
_NO_UNNAMED = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT}


@dataclass
class Pending:
    """A file being written, and the name in its directory that it shall have: set it before the end."""

    file: BinaryIO
    name: str


@contextlib.contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """A binary file that becomes `path`, replacing what was there, when the block ends without an error.

    Raises `AutomountError` where the directory is missing, cannot be written, or the disk is full.
    """
    directory, name = os.path.split(os.path.abspath(path))
    if not name or os.path.isdir(path):
        raise AutomountError(f"{path} is a directory", hint="name a file", code="unwritable")
    with full_disk(path), pending_file(directory) as pending:
        pending.name = name
        yield pending.file


@contextlib.contextmanager
def pending_file(directory: str) -> Iterator[Pending]:
    """A file in `directory` that gets its name when the block ends without an error."""
    try:
        folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unwritable(directory, error) from error
    beside = f".automount-{secrets.token_hex(8)}.tmp"
    try:
        descriptor, unnamed = _create(directory, folder, beside)
        try:
            with os.fdopen(descriptor, "w+b", closefd=False) as file:
                pending = Pending(file, "")
                yield pending
            if unnamed:
                # Only with a directory descriptor does Python use linkat, which follows this link.
                os.link(f"/proc/self/fd/{descriptor}", beside, dst_dir_fd=folder, follow_symlinks=True)
            os.replace(beside, pending.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(beside, dir_fd=folder)
            raise
        finally:
            os.close(descriptor)
    finally:
        os.close(folder)


def _create(directory: str, folder: int, beside: str) -> tuple[int, bool]:
    flags = os.O_RDWR | os.O_CLOEXEC
    if _UNNAMED and os.path.exists("/proc/self/fd"):
        try:
            return os.open(".", flags | _UNNAMED, 0o666, dir_fd=folder), True
        except OSError as error:
            if error.errno not in _NO_UNNAMED:
                raise _unwritable(directory, error) from error
    try:
        return os.open(beside, flags | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder), False
    except OSError as error:
        raise _unwritable(directory, error) from error


def _unwritable(directory: str, error: OSError) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return error
    return AutomountError(
        f"cannot write in {directory} ({error.strerror})", hint="choose another place", code="unwritable"
    )
