"""Remembers that all files of a manifest were as recorded, so that the next check compares their status only.

A check reads the manifest and looks each file up in the digest index. If the index proves all of them, the
status of each is kept under the digest of the manifest's bytes. While status and file system are
unchanged, the index would give the same answer. For 50,000 files this takes a third of the time, since no
row is decoded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain
from operator import attrgetter

from automount.contents.file_times import FileTimes
from automount.contents.store import Store, user_directory
from automount.sha256 import sha256

_looks = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino", "st_dev")


class LastCheck:
    """The last check of the manifest whose file has the content `raw`."""

    def __init__(self, raw: bytes, times: FileTimes | None = None) -> None:
        directory = user_directory()
        self._store = None if directory is None else Store(directory, "checked")
        self._name = sha256(raw).hexdigest()
        self._times = times or FileTimes()

    def unchanged(self) -> int | None:
        """The number of files if all of them are certainly as recorded; None if they must be checked."""
        count = 0
        remembered = {} if self._store is None else self._store.value(self._name) or {}
        for directory, (identity, names, looks) in remembered.items():
            try:
                # Relative to the directory, which saves a quarter of the system time.
                place = os.open(directory or "/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    found = list(map(partial(os.stat, dir_fd=place), names))
                finally:
                    os.close(place)
                if list(chain.from_iterable(map(_looks, found))) != looks:
                    return None
                if self._times.identity_of(f"{directory}/", found[0]) != identity:
                    return None
            except (OSError, ValueError):
                return None
            count += len(names)
        return count or None

    def remember(self, known: Mapping[str, os.stat_result]) -> None:
        """Keeps the status of all files in it, by absolute path; the index has proved all unchanged."""
        if self._store is not None and known:
            self._store.put(self._name, dict(self._by_directory(known)))
            self._store.prune()

    def _by_directory(
        self, known: Mapping[str, os.stat_result]
    ) -> Iterator[tuple[str, tuple[str | None, list[str], list[int]]]]:
        names: dict[str, list[str]] = {}
        for path in known:
            directory, _, name = path.rpartition("/")
            names.setdefault(directory, []).append(name)
        for directory, held in names.items():
            places = [f"{directory}/{name}" for name in held]
            looks = list(chain.from_iterable(_looks(known[place]) for place in places))
            yield directory, (self._times.identity_of(places[0], known[places[0]]), held, looks)
