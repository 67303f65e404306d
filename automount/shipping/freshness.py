"""Says whether the local files are still what the manifest says.

A look at the size and the executable bit comes first; only a file that passes is read and hashed, as
equal sizes prove nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from automount.contents import reach
from automount.errors import StaleManifest
from automount.manifest import Manifest
from automount.model import FileEntry

_CHUNK = 1 << 20
_NAMED = 3
_NO_FILE = "no longer a regular file"


@dataclass(frozen=True)
class Stale:
    """One local file that is no longer what was recorded. `change` says how, in a word or two."""

    local: str
    remote: str
    change: str


class StaleFiles(StaleManifest):
    """Raised with every stale file in `stale`, so that the whole list can be shown."""

    def __init__(self, stale: Sequence[Stale], hint: str = "record again") -> None:
        self.stale = tuple(stale)
        named = ", ".join(f"{row.local} ({row.change})" for row in self.stale[:_NAMED])
        more = f", and {len(self.stale) - _NAMED} more" if len(self.stale) > _NAMED else ""
        count = "1 file is" if len(self.stale) == 1 else f"{len(self.stale)} files are"
        super().__init__(f"{count} no longer what was recorded: {named}{more}", hint=hint)


def stale_files(manifest: Manifest, on_bytes: Callable[[int], None] = lambda _n: None) -> tuple[Stale, ...]:
    """The files that changed since recording, in the manifest's order. `on_bytes` hears of progress."""
    found = []
    for entry in manifest.files:
        change = change_of(entry, on_bytes)
        if change is not None:
            found.append(Stale(entry.local, entry.remote, change))
    return tuple(found)


def change_of(entry: FileEntry, on_bytes: Callable[[int], None] = lambda _n: None) -> str | None:
    """How the local file differs from its row, None where it does not."""
    try:
        descriptor = open_source(entry.local)
    except OSError as error:
        return said(error)
    try:
        seen = os.fstat(descriptor)
        change = change_in_stat(entry, seen)
        if change is not None:
            return change
        return None if digest(descriptor, on_bytes) == entry.sha256 else "changed"
    except OSError as error:
        return said(error)
    finally:
        os.close(descriptor)


def change_in_stat(entry: FileEntry, seen: os.stat_result) -> str | None:
    """What a look at the file's status alone tells."""
    if not stat.S_ISREG(seen.st_mode):
        return _NO_FILE
    if seen.st_size != entry.size:
        return "changed"
    if bool(seen.st_mode & 0o100) != entry.executable:
        return "executable bit changed"
    return None


def open_source(local: str) -> int:
    """A descriptor for reading a regular local file. Raises `OSError`, also where it is no such file."""
    try:
        return reach.open_file(local)
    except reach.NotAFile as error:
        raise OSError(errno.EINVAL, _NO_FILE) from error


def digest(descriptor: int, on_bytes: Callable[[int], None] = lambda _n: None) -> str:
    """The sha256 of what stands behind a descriptor, from its present position, as hex digits."""
    summed = hashlib.sha256()
    while chunk := os.read(descriptor, _CHUNK):
        summed.update(chunk)
        on_bytes(len(chunk))
    return summed.hexdigest()


def said(error: OSError) -> str:
    """An `OSError` as the change it means for a recorded file."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "missing"
    if error.strerror == _NO_FILE:
        return _NO_FILE
    return f"unreadable: {error.strerror or error}"
