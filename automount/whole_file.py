"""Writes a file that appears under its name only when it is complete; used wherever a file is replaced.

Where the file system supports `O_TMPFILE`, the data has no name until it is complete, so a process that is
killed leaves nothing behind. Elsewhere the data is written under a temporary name in the same directory,
which is removed on any error. Nothing is flushed to the disk with `fsync`: the rename protects readers and
killed runs, and all of these files can be made again after a power failure.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from automount.errors import AutomountError
from automount.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

PREFIX = ".automount-"
_SUFFIX = ".tmp"
_UNNAMED = getattr(os, "O_TMPFILE", 0)
_NO_UNNAMED = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT}
# A tar of small files is written by its members: with the default buffer, each would take a call.
_BUFFER = 1 << 18
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass
class Pending:
    """A file being written, and the name in its directory that it gets at the end: set it before then."""

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
    """A file in `directory` that gets its name when the block ends without an error.

    Raises `AutomountError` where the directory is missing or cannot be written.
    """
    try:
        folder = os.open(directory, _DIRECTORY)
    except OSError as error:
        raise _unwritable(directory, error) from error
    with contextlib.ExitStack() as ending:
        ending.callback(os.close, folder)
        try:
            pending = ending.enter_context(_pending(folder, 0o666))
        except OSError as error:
            raise _unwritable(directory, error) from error
        yield pending


def replace_bytes(path: str, data: bytes, mode: int = 0o666, *, exactly: bool = False) -> None:
    """Makes `data` the content of the file `path`. Raises `OSError`, and then leaves the file as it was.

    `mode` are the permissions of the new file, less the umask unless `exactly`.
    """
    directory, name = os.path.split(path)
    folder = os.open(directory or ".", _DIRECTORY)
    try:
        replace_bytes_in(folder, name, data, mode, exactly=exactly)
    finally:
        os.close(folder)


def replace_bytes_in(folder: int, name: str, data: bytes, mode: int, *, exactly: bool) -> None:
    """As `replace_bytes`, for the file `name` in the directory that the descriptor `folder` is open on."""
    with _pending(folder, mode) as pending:
        pending.name = name
        pending.file.write(data)
        if exactly:
            os.fchmod(pending.file.fileno(), mode)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Writes all of `data`."""
    written = os.write(descriptor, data)
    if written < len(data):
        rest = memoryview(data)[written:]
        while rest:
            rest = rest[os.write(descriptor, rest) :]


@contextlib.contextmanager
def full_disk(place: str) -> Iterator[None]:
    """Turns a full disk, quota or size limit into one clear line that names `place`."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise AutomountError(
            f"cannot write {place}: {error.strerror}",
            hint="free some space, or choose another place",
            code="disk-full",
        ) from error


@contextlib.contextmanager
def _pending(folder: int, mode: int) -> Iterator[Pending]:
    """A new file in the directory of the descriptor `folder`, without a name or under a temporary one.

    It is put in place at the end of the block, and removed on any error.
    """
    hidden = f"{PREFIX}{os.urandom(8).hex()}{_SUFFIX}"
    descriptor, unnamed = _created(folder, hidden, mode)
    try:
        with os.fdopen(descriptor, "w+b", buffering=_BUFFER, closefd=False) as file:
            pending = Pending(file, "")
            yield pending
        if unnamed:
            # Only with a directory descriptor does Python use linkat, which follows this link.
            os.link(f"/proc/self/fd/{descriptor}", hidden, dst_dir_fd=folder, follow_symlinks=True)
        os.replace(hidden, pending.name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(hidden, dir_fd=folder)
        raise
    finally:
        os.close(descriptor)


def _created(folder: int, name: str, mode: int) -> tuple[int, bool]:
    """A descriptor of the new file, and whether it has no name yet."""
    flags = os.O_RDWR | os.O_CLOEXEC
    if _UNNAMED and os.path.exists("/proc/self/fd"):
        try:
            return os.open(".", flags | _UNNAMED, mode, dir_fd=folder), True
        except OSError as error:
            if error.errno not in _NO_UNNAMED:
                raise
    named = flags | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    return os.open(name, named, mode, dir_fd=folder), False


def _unwritable(directory: str, error: OSError) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return error
    return AutomountError(
        f"cannot write in {directory} ({error.strerror})", hint="choose another place", code="unwritable"
    )
