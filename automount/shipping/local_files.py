"""The local files of a manifest as a source for staging: opened, checked and copied."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from automount.contents.file_times import FileTimes
from automount.model import FileEntry
from automount.shipping.directory_sink import copy_file
from automount.shipping.staged import Row, Seen, seen, settled
from automount.shipping.verified import (
    NotAsRecorded,
    OnBytes,
    change_in_stat,
    change_of_error,
    open_source,
)


class LocalFiles:
    """Opens local files for staging and remembers how each looked before it was read."""

    def __init__(self, on_bytes: OnBytes | None = None) -> None:
        self._on_bytes = on_bytes
        self._times = FileTimes()
        self._seen: dict[str, Seen | None] = {}
        self._directories: dict[str, tuple[str, frozenset[str]]] = {}

    @contextlib.contextmanager
    def opened(self, entry: FileEntry) -> Iterator[tuple[int, os.stat_result]]:
        """A descriptor of the file and its status. Raises `NotAsRecorded` by what the status shows."""
        try:
            source = open_source(entry.local)
        except OSError as error:
            raise NotAsRecorded(entry, change_of_error(error)) from error
        try:
            yield source, self._looked_at(entry, source)
        finally:
            os.close(source)

    def copy(self, entry: FileEntry, folder: int, name: str) -> os.stat_result:
        """Copies the file to `name` in an open directory; gives the copy's status. Raises `NotAsRecorded`."""
        try:
            source = open_source(entry.local)
        except OSError as error:
            raise NotAsRecorded(entry, change_of_error(error)) from error
        try:
            self._looked_at(entry, source)
            return copy_file(source, entry, folder, name, self._on_bytes)
        finally:
            os.close(source)

    def row(self, entry: FileEntry, staged: os.stat_result) -> Row:
        """What the stage's record holds of a file: its digest, the staged file and its source."""
        return (entry.sha256, seen(staged), self._seen[entry.remote])

    def _looked_at(self, entry: FileEntry, source: int) -> os.stat_result:
        status = os.fstat(source)
        change = change_in_stat(entry, status)
        if change is not None:
            raise NotAsRecorded(entry, change)
        self._seen[entry.remote] = self._settled(entry, status)
        return status

    def _settled(self, entry: FileEntry, status: os.stat_result) -> Seen | None:
        """How the source looks, before it is read; None where that will prove nothing later."""
        unmapped = self._times.unmapped_at(status)
        if unmapped is None:
            return None
        found = settled(seen(status), unmapped)
        if found is None or self._times.identity(self._real_directory(entry.local)) is None:
            return None
        return found

    def _real_directory(self, local: str) -> str:
        """The directory that really holds the file, links resolved; looked up once for each directory."""
        directory, _, name = local.rpartition("/")
        found = self._directories.get(directory)
        if found is None:
            # The listing tells which names are links without a call for each file.
            try:
                with os.scandir(directory or "/") as listing:
                    links = frozenset(entry.name for entry in listing if entry.is_symlink())
            except OSError:
                links = frozenset((name,))
            found = self._directories[directory] = (os.path.realpath(directory or "/"), links)
        real, links = found
        return os.path.dirname(os.path.realpath(local)) if name in links else real
