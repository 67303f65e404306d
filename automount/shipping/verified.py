"""Reads content and compares it with a manifest: the only hashing loop of everything that is shipped.

A source gives the pieces of each file, a sink takes them. The sources are the local files of a manifest
(`local_pieces`), the members of a bundle (`bundles.examine`) and the files of a stage (`descriptor_pieces`).
The sinks are a directory (`directory_sink`), the tar and zip writers in `packing`, and with them the OCI
layer and the pyz. A sink never sees the end of a file whose content is wrong: `verified` raises before.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator

from automount.contents import reach
from automount.model import FileEntry

CHUNK = 1 << 20
NO_FILE = "no longer a regular file"
_CHANGED = "changed"
OnBytes = Callable[[int], None]


class NotAsRecorded(Exception):
    """Raised for content that is not that of `entry`; `change` says how it differs, in a word or two."""

    def __init__(self, entry: FileEntry, change: str = _CHANGED) -> None:
        super().__init__(f"{entry.remote}: {change}")
        self.entry = entry
        self.change = change


def verified(chunks: Iterable[bytes], entry: FileEntry) -> Iterator[bytes]:
    """The pieces as they come. Raises `NotAsRecorded` as soon as they are too long, or wrong at the end."""
    summed, left = hashlib.sha256(), entry.size
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise NotAsRecorded(entry)
        summed.update(chunk)
        yield chunk
    if left or summed.hexdigest() != entry.sha256:
        raise NotAsRecorded(entry)


def consume(chunks: Iterable[bytes]) -> None:
    """Reads the pieces and drops them: what is left is that they are verified."""
    for _ in chunks:
        pass


def is_content(descriptor: int, entry: FileEntry) -> bool:
    """Whether the file behind a descriptor, read from its present position, has the recorded content."""
    if os.fstat(descriptor).st_size != entry.size:
        return False
    try:
        consume(descriptor_pieces(descriptor, entry))
    except NotAsRecorded:
        return False
    return True


def local_pieces(entry: FileEntry, on_bytes: OnBytes | None = None) -> Iterator[bytes]:
    """The recorded content of a local file, piece by piece; `on_bytes` is called with each piece's length.

    Raises `NotAsRecorded` where the file is missing, is not a regular file, or differs from its row.
    """
    try:
        source = open_source(entry.local)
    except OSError as error:
        raise NotAsRecorded(entry, change_of_error(error)) from error
    try:
        change = change_in_stat(entry, os.fstat(source))
        if change is not None:
            raise NotAsRecorded(entry, change)
        yield from descriptor_pieces(source, entry, on_bytes)
    finally:
        os.close(source)


def descriptor_pieces(descriptor: int, entry: FileEntry, on_bytes: OnBytes | None = None) -> Iterator[bytes]:
    """The verified pieces of an open regular file from its present position."""
    return verified(_pieces(descriptor, entry.size, on_bytes), entry)


def _pieces(descriptor: int, size: int, on_bytes: OnBytes | None = None) -> Iterator[bytes]:
    """The content of an open regular file that should have `size` bytes.

    One byte more than the file should have is asked for, so a small file takes one `read` and a buffer of its
    own size, and one that has grown is noticed all the same.
    """
    wanted = min(size + 1, CHUNK)
    while chunk := os.read(descriptor, wanted):
        if on_bytes is not None:
            on_bytes(len(chunk))
        yield chunk
        # A regular file gives less than was asked for at its end only.
        if len(chunk) < wanted and len(chunk) == size:
            return


def open_source(local: str) -> int:
    """A descriptor for reading a regular local file. Raises `OSError`, also where it is not such a file."""
    try:
        return reach.open_file(local)
    except reach.NotAFile as error:
        raise OSError(errno.EINVAL, NO_FILE) from error


def change_in_stat(entry: FileEntry, seen: os.stat_result) -> str | None:
    """How the file's status alone differs from its row; None where it does not."""
    if not stat.S_ISREG(seen.st_mode):
        return NO_FILE
    if seen.st_size != entry.size:
        return _CHANGED
    if bool(seen.st_mode & 0o100) != entry.executable:
        return "executable bit changed"
    return None


def change_of_error(error: OSError) -> str:
    """The change that an `OSError` means for a recorded file."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "missing"
    if error.strerror == NO_FILE:
        return NO_FILE
    return f"unreadable: {error.strerror or error}"
