"""Remembers that all files of a manifest were as recorded, so that the next check compares their status only.

A check reads the manifest and looks each file up in the digest index. If the index proves all of them, the
signature of each is kept, and that of the manifest's own file. While signatures and file systems are
unchanged, a check would give the same answer: the manifest is not even read. The signatures are kept as the
bytes of one array: for 50,000 files, JSON took as long to read as half of the files take to stat.
"""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import chain

from automount.contents.file_times import FileTimes, Signature, signature
from automount.contents.store import Store, user_directory
from automount.forked import forked, processes_for, slices
from automount.sha256 import sha256

_BYTES = 5 * array("q").itemsize  # of a signature
_MOST_NAMES = 1000  # in one row, so that rows can be divided between processes
_Row = tuple[str, str, list[str], bytes]
"""A directory, its file system, names of files in it, and their signatures one after the other."""


class LastCheck:
    """The last check of the manifest in the file `path`."""

    def __init__(self, path: str, times: FileTimes | None = None) -> None:
        directory = user_directory()
        self._store = None if directory is None else Store(directory, "checked 2")
        self._path = os.path.abspath(path)
        self._name = sha256(os.fsencode(self._path)).hexdigest()
        self._times = times or FileTimes()

    def proof(self) -> Signature | None:
        """The signature of the manifest's file before it is read; None where it would prove nothing."""
        try:
            return self._times.proof(self._path, os.stat(self._path))
        except (OSError, ValueError):
            return None

    def unchanged(self) -> int | None:
        """The number of files if all of them are certainly as recorded; None if they must be checked."""
        count, rows = self._remembered()
        first, *rest = slices(rows, processes_for(count)) or [()]
        with forked(self._are_unchanged, rest) as results:
            same = self._are_unchanged(first) and all(results() or map(self._are_unchanged, rest))
        return count if count and same else None

    def remember(self, manifest: Signature, known: Mapping[str, Signature]) -> None:
        """Keeps the signatures of all files, by absolute path, which the index has proved unchanged.

        `manifest` is the `proof` from before the manifest was read.
        """
        if self._store is None or not known:
            return
        names: dict[str, list[str]] = {}
        signatures = {**known, self._path: manifest}
        for path in signatures:
            directory, _, name = path.rpartition("/")
            names.setdefault(directory, []).append(name)
        head: list[tuple[str, str, list[str]]] = []
        numbers = array("q")
        for directory, held in names.items():
            first = f"{directory}/{held[0]}"
            identity = self._times.identity_of(first, signatures[first][-1])
            if identity is None:
                return
            for at in range(0, len(held), _MOST_NAMES):
                head.append((directory, identity, held[at : at + _MOST_NAMES]))
            for name in held:
                numbers.extend(signatures[f"{directory}/{name}"])
        self._store.write(self._name, json.dumps((len(known), head)).encode() + b"\n" + numbers.tobytes())
        self._store.prune()

    def _remembered(self) -> tuple[int, list[_Row]]:
        """The number of files and the rows with them; one more file is the manifest's own."""
        head, _, numbers = ((self._store and self._store.read(self._name)) or b"[0,[]]").partition(b"\n")
        count, found = json.loads(head)
        rows: list[_Row] = []
        at = 0
        for directory, identity, names in found:
            size = len(names) * _BYTES
            rows.append((directory, identity, names, numbers[at : at + size]))
            at += size
        return count, rows

    def _are_unchanged(self, rows: Iterable[_Row]) -> bool:
        for directory, identity, names, remembered in rows:
            try:
                # Relative to the directory, which saves a quarter of the system time.
                place = os.open(directory or "/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    found = map(signature, map(partial(os.stat, dir_fd=place), names))
                    numbers = array("q", chain.from_iterable(found))
                finally:
                    os.close(place)
                if numbers.tobytes() != remembered:
                    return False
                if self._times.identity_of(f"{directory}/", numbers[4]) != identity:
                    return False
            except (OSError, ValueError, OverflowError):
                return False
        return True
