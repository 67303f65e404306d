"""Remembers that all files of a manifest were as recorded, so that the next check compares their status only.

A check reads the manifest and compares each file with its row. If all are as recorded, a digest of the
signatures in each directory is kept; the manifest's own file counts as one of them. While signatures and file
systems are unchanged, a check would give the same answer, so the manifest is not even read. All signatures
of 50,000 files would take 10 ms longer to read than the digests. Where the times of a file prove nothing, its
size and digest are kept instead, and it is read each time.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain

from automount.contents.file_times import FileTimes, Signature
from automount.contents.store import Store, user_directory
from automount.forked import forked, slices
from automount.sha256 import sha256
from automount.shipping.statuses import MOST, columns, columns_of, device_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from automount.model import FileEntry
    from automount.shipping.verified import OnBytes
else:
    Any = object  # in the alias below

# Content that is read each time. If some of it has changed, the check that follows reads it once more.
_MOST_READ = 1 << 30

_Row = tuple[str, "str | None", Any, Any]
"""A directory, its file system, names of files in it (separated by slashes), the digest of their signatures.

Where the file system is None, a list of names, and their sizes, digests and executable bits.
"""


class LastCheck:
    """The last check of the manifest in the file `path`."""

    def __init__(self, path: str, times: FileTimes | None = None) -> None:
        directory = user_directory()
        self._store = None if directory is None else Store(directory, "checked 5")
        self._path = os.path.abspath(path)
        self._name = sha256(os.fsencode(self._path)).hexdigest()
        self._times = times or FileTimes()

    def proof(self) -> Signature | None:
        """The signature of the manifest's file before it is read; None where it would prove nothing."""
        try:
            return self._times.proof(self._path, os.stat(self._path))
        except (OSError, ValueError):
            return None

    def unchanged(
        self, processes: Callable[[int], int] = lambda _files: 1, on_bytes: OnBytes | None = None
    ) -> int | None:
        """The number of files if all of them are certainly as recorded; None if they must be checked.

        `processes` says how many processes look at so many files.
        """
        remembered = self._store and self._store.read(self._name)
        if not remembered:
            return None
        # One row is the manifest's own file.
        count, rows = marshal.loads(remembered)
        first, *rest = slices(rows, processes(count)) or [()]
        compare = partial(self._are_unchanged, None)
        with forked(compare, rest) as results:
            same = self._are_unchanged(on_bytes, first) and all(results() or map(compare, rest))
        return count if same else None

    def remember(
        self,
        raw: bytes,
        manifest: Signature | None,
        files: Sequence[FileEntry],
        known: Mapping[str, Signature | None],
    ) -> None:
        """Keeps what shows later that all `files` are as recorded, as they are now.

        `known` has the signature of each by its local path, None where it would prove nothing. `manifest` is
        the `proof` from before `raw` was read.
        """
        from automount.model import FileEntry

        own = FileEntry("", self._path, len(raw), sha256(raw).hexdigest(), _is_executable(self._path), ())
        known = {**known, self._path: manifest}
        proved: dict[str, list[FileEntry]] = {}
        others: dict[str, list[FileEntry]] = {}
        for entry in (*files, own):
            kept = others if known[entry.local] is None else proved
            kept.setdefault(entry.local.rpartition("/")[0], []).append(entry)
        if self._store is None or sum(entry.size for entry in chain(*others.values())) > _MOST_READ:
            return
        rows: list[_Row] = []
        for directory, entries in proved.items():
            for part in slices(entries, -(-len(entries) // MOST)):
                names = b"/".join(os.fsencode(_name(entry)) for entry in part)
                found = columns_of(proof for entry in part if (proof := known[entry.local]) is not None)
                identity = self._times.identity_of(part[0].local, device_in(found))
                if identity is None:
                    return
                rows.append((directory, identity, names, sha256(found).digest()))
        for directory, entries in others.items():
            for part in slices(entries, -(-len(entries) // MOST)):
                facts = [(entry.size, entry.sha256, entry.executable) for entry in part]
                rows.append((directory, None, [_name(entry) for entry in part], facts))
        # JSON takes 4 ms longer to read, with its import. Every Python reads this version.
        self._store.write(self._name, marshal.dumps((len(files), rows), 4))
        self._store.prune()

    def _are_unchanged(self, on_bytes: OnBytes | None, rows: Iterable[_Row]) -> bool:
        for directory, identity, names, remembered in rows:
            if identity is None:
                if not _have_content(directory, names, remembered, on_bytes):
                    return False
                continue
            try:
                # Relative to the directory, which saves a quarter of the system time.
                place = os.open(directory or "/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    found = columns(place, names.split(b"/"))
                finally:
                    os.close(place)
                if sha256(found).digest() != remembered:
                    return False
                if self._times.identity_of(f"{directory}/", device_in(found)) != identity:
                    return False
            except (OSError, ValueError, OverflowError):
                return False
        return True


def _have_content(
    directory: str, names: Iterable[str], facts: Iterable[Any], on_bytes: OnBytes | None
) -> bool:
    """Whether the files still have these sizes, digests and executable bits."""
    # Only here: where all times prove something, nothing is read.
    from automount.model import FileEntry
    from automount.shipping.freshness import change_of

    return all(
        change_of(FileEntry("", f"{directory}/{name}", size, digest, executable, ()), on_bytes) is None
        for name, (size, digest, executable) in zip(names, facts, strict=True)
    )


def _name(entry: FileEntry) -> str:
    return entry.local.rpartition("/")[2]


def _is_executable(path: str) -> bool:
    try:
        return bool(os.stat(path).st_mode & 0o100)
    except OSError:
        return False
