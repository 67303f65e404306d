"""The local files of a manifest as a source of content, and how each differs from its row."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

from automount.contents import reach
from automount.contents.file_times import FileTimes, Signature, signature
from automount.model import FileEntry
from automount.shipping.staged import Row
from automount.shipping.verified import CHANGED, CHUNK, NotAsRecorded, OnBytes, file_pieces


def open_local(entry: FileEntry) -> tuple[int, os.stat_result]:
    """A descriptor of the local file, and its status. Raises `NotAsRecorded` by what the status shows."""
    try:
        source = reach.open_file(entry.local)
    except OSError as error:
        raise NotAsRecorded(entry, change_of_error(error)) from error
    status = os.fstat(source)
    change = change_in_stat(entry, status)
    if change is not None:
        os.close(source)
        raise NotAsRecorded(entry, change)
    return source, status


def local_pieces(entry: FileEntry, on_bytes: OnBytes | None = None) -> Iterable[bytes]:
    """The recorded content of a local file, piece by piece; `on_bytes` is called with each piece's length.

    Raises `NotAsRecorded` where the file is missing, is not a regular file, or differs from its row: at once
    where the file is small.
    """
    if entry.size > CHUNK:
        return _large_pieces(entry, on_bytes)
    source, _ = open_local(entry)
    try:
        return tuple(file_pieces(source, entry, on_bytes))
    finally:
        os.close(source)


def _large_pieces(entry: FileEntry, on_bytes: OnBytes | None) -> Iterator[bytes]:
    source, _ = open_local(entry)
    try:
        yield from file_pieces(source, entry, on_bytes)
    finally:
        os.close(source)


def change_in_stat(entry: FileEntry, status: os.stat_result) -> str | None:
    """How the file's status alone differs from its row; None where it does not."""
    if not stat.S_ISREG(status.st_mode):
        return "no longer a regular file"
    if status.st_size != entry.size:
        return CHANGED
    if bool(status.st_mode & 0o100) != entry.executable:
        return "executable bit changed"
    return None


def change_of_error(error: OSError) -> str:
    """The change that an `OSError` means for a recorded file."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "missing"
    return f"unreadable: {error.strerror or error}"


class LocalFiles:
    """Opens local files for staging and remembers the status that each had before it was read."""

    def __init__(self) -> None:
        self._times = FileTimes()
        self._before: dict[str, Signature | None] = {}

    def open(self, entry: FileEntry) -> tuple[int, os.stat_result]:
        """As `open_local`."""
        source, status = open_local(entry)
        self._before[entry.remote] = self._times.proof(entry.local, status)
        return source, status

    def row(self, entry: FileEntry, staged: os.stat_result) -> Row:
        """The stage's record of a file: its digest, and the status of the staged file and of its source."""
        return (entry.sha256, signature(staged), self._before[entry.remote])
