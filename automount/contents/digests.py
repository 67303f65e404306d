"""Finds the digest of each file, and reads as few files as possible.

A file is not read again while its size, mtime, ctime and inode are what they were. As in git, one case needs
care: a file that is written again within the clock tick in which it was read looks unchanged. An entry that
was made so soon after the file's last change is racy: it is not used, and the file is read again.
`file_times` decides which files' times prove nothing; those files are read each time.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Mapping

from automount import paths
from automount.contents import hashing, reach
from automount.contents.file_times import FileTimes, Signature, settled_after, signature
from automount.contents.hashing import FileDigest, Progress
from automount.contents.scanner_version import SCANNER_VERSION
from automount.contents.store import Entries, Store, shard_of, user_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from automount.forked import Background

__all__ = ["DigestIndex", "FileDigest"]

LARGEST_AHEAD = 32 << 20  # bytes of a file that is read while the program still runs
_RULES = f"{SCANNER_VERSION}-{hashing.SCANNED}"


class DigestIndex:
    """Digests by path, remembered between runs in `directory` (None: in this run only).

    With `may_fork`, other processes read some of the files: a fork in someone else's process would run the
    handlers registered there.
    """

    def __init__(
        self,
        directory: str | None = None,
        *,
        may_fork: bool = False,
        clock: Callable[[], int] = time.time_ns,
        times: FileTimes | None = None,
    ) -> None:
        self._times = times or FileTimes()
        self._store = None if directory is None else Store(directory, _RULES)
        self._clock = clock
        self._shard_of: dict[str, str] = {}
        self._shards: dict[str, Entries] = {}
        self._fresh: dict[str, Entries] = {}
        self._seen: dict[str, set[str]] = {}
        self._may_fork = may_fork
        # What `read_ahead` knew already, for the same stat.
        self._proved: dict[str, tuple[os.stat_result, FileDigest]] = {}
        self._readers: list[Background] = []

    @classmethod
    def open(cls, environ: Mapping[str, str] | None = None, *, may_fork: bool = False) -> DigestIndex:
        """The index of the user whose environment this is (None: this process's)."""
        return cls(user_directory(environ), may_fork=may_fork)

    def __enter__(self) -> DigestIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.save()

    def digest(
        self, path: str, status: os.stat_result | None = None, progress: Progress | None = None
    ) -> tuple[FileDigest, os.stat_result]:
        """The digest of the file at `path` (absolute, a final link is followed) and the stat it holds for.

        `status` is a stat of it that was made just before. Raises `OSError` where the file cannot be read,
        and `reach.NotAFile` where it is not a regular file.
        """
        if status is None:
            status = reach.status(path)
        elif path in self._proved and self._proved[path][0] is status:
            return self._proved[path][1], status
        kind = reach.kind_of(status.st_mode)
        if kind != "file":
            raise reach.NotAFile(kind)
        believed = self.known(path, status)
        if believed is not None:
            return believed, status
        entries, names, name = self._place(path)
        identity = self._times.identity_of(path, status.st_dev)
        started = self._clock()
        unmapped = self._times.unmapped_at(status)
        digest, status = hashing.read_digest(path, progress)
        if digest.stable and identity is not None and unmapped is not None:
            line = _line(digest, status, min(started, unmapped), identity)
            names[name] = line
            entries.setdefault(paths.parent(path), {})[name] = line
        return digest, status

    def known(self, path: str, status: os.stat_result) -> FileDigest | None:
        """The digest of the regular file at `path` where `status` proves that it is still the same."""
        line = self._place(path)[1].get(path.rpartition("/")[2])
        identity = None if line is None else self._times.identity_of(path, status.st_dev)
        return None if line is None or identity is None else _believed(line, status, identity)

    def holds(self, path: str) -> bool:
        """Whether there is an entry for the file at `path`, which a status may prove to be good."""
        return path.rpartition("/")[2] in self._place(path)[1]

    def proof(self, path: str, status: os.stat_result) -> Signature | None:
        """As `FileTimes.proof`."""
        return self._times.proof(path, status)

    def prefetch(self, files: Iterable[str]) -> None:
        """Reads `files` ahead (absolute), so that `digest` need not; what cannot be read is left alone.

        For the time while the program still runs. Large files are left for later.
        """
        for path in files:
            try:
                status = reach.status(path)
                if self._is_worth_reading(path, status):
                    self.digest(path, status)
            except (OSError, reach.NotAFile, ValueError):
                continue

    def read_ahead(self, files: Iterable[tuple[str, os.stat_result]], progress: Progress | None) -> None:
        """Reads many files on all processors; then `digest` knows them. What cannot be read is left alone.

        Each file is given with a stat that was made just before. Large files are left for later.
        """
        self._take_results()
        if not self._may_fork:
            return
        from automount.forked import forked, processes_for, slices

        unknown = []
        for path, status in files:
            known = self.known(path, status)
            if known is not None:
                self._proved[path] = (status, known)
            elif status.st_size <= LARGEST_AHEAD:
                unknown.append((path, status))
        first, *rest = slices(unknown, processes_for(len(unknown))) or [()]
        if not rest:
            return
        with forked(self._lines_of, [[path for path, _ in part] for part in rest]) as results:
            for path, status in first:
                with contextlib.suppress(OSError, reach.NotAFile, ValueError):
                    self.digest(path, status, progress)
            for entries in results() or ():
                self._add(entries)

    def unknown_size(self, path: str) -> int | None:
        """The size of the file at `path` if it is worth reading ahead: not large, and not known."""
        try:
            status = reach.status(path)
        except (OSError, ValueError):
            return None
        wanted = self._is_worth_reading(path, status) and self.known(path, status) is None
        return status.st_size if wanted else None

    def _is_worth_reading(self, path: str, status: os.stat_result) -> bool:
        """Whether the file may be read ahead: it is not large, and its digest can be used later."""
        return status.st_size <= LARGEST_AHEAD and self._times.identity_of(path, status.st_dev) is not None

    @property
    def is_reading(self) -> bool:
        """Whether another process still reads files for this index."""
        if any(reader.is_working for reader in self._readers):
            return True
        self._take_results()
        return False

    def start_reading(self, files: Iterable[str]) -> None:
        """Reads files in another process, until `is_reading` is false or `read_ahead` is called."""
        from automount.forked import Background

        self._readers.append(Background(self._lines_at_low_priority, files))

    def _take_results(self) -> None:
        while self._readers:
            self._add(self._readers.pop().result() or {})

    def _lines_of(self, files: Iterable[str]) -> Entries:
        """What reading `files` adds, in a process of its own: directory -> name -> line."""
        self._fresh = {shard: {} for shard in self._fresh}
        self.prefetch(files)
        return {directory: lines for fresh in self._fresh.values() for directory, lines in fresh.items()}

    def _lines_at_low_priority(self, files: Iterable[str]) -> Entries:
        # The program comes first.
        os.nice(5)
        return self._lines_of(files)

    def _add(self, entries: Entries) -> None:
        """Adds what another process has read."""
        for directory, lines in entries.items():
            fresh, names, _ = self._place(f"{directory}/")
            names.update(lines)
            fresh.setdefault(directory, {}).update(lines)

    def save(self) -> None:
        """Writes the new digests; a failure is ignored."""
        while self._readers:
            self._readers.pop().close()
        if self._store is None:
            return
        fresh = {shard: entries for shard, entries in self._fresh.items() if entries}
        self._fresh = {shard: {} for shard in self._fresh}
        for shard, entries in sorted(fresh.items()):
            self._store.save(shard, entries, self._seen[shard])
        if fresh:
            self._store.prune()

    def _place(self, path: str) -> tuple[Entries, dict[str, str], str]:
        """The fresh entries of the path's shard, what is known of its directory, and its name there."""
        directory, _, name = path.rpartition("/")
        directory = directory or "/"
        shard = self._shard_of.get(directory)
        if shard is None:
            shard = self._shard_of[directory] = shard_of(directory)
            if shard not in self._shards:
                self._shards[shard] = {} if self._store is None else self._store.load(shard)
                self._fresh[shard] = {}
                self._seen[shard] = set()
            self._seen[shard].add(directory)
        names = self._shards[shard].setdefault(directory, {})
        return self._fresh[shard], names, name


def _line(digest: FileDigest, status: os.stat_result, started: int, identity: str) -> str:
    return " ".join((_signature_text(status, identity), str(started), digest.sha256, *digest.findings))


def _signature_text(status: os.stat_result, identity: str) -> str:
    # The number of the device may differ after a restart; the identity does not.
    size, changed, status_changed, inode, _ = signature(status)
    return f"{size},{changed},{status_changed},{inode},{identity}"


def _believed(line: str, status: os.stat_result, identity: str) -> FileDigest | None:
    """The digest that `line` holds, if the file is still the one it was made of, and not racy."""
    known = _signature_text(status, identity)
    fields = line.split(" ") if line.startswith(known) else ()
    if len(fields) < 3 or fields[0] != known:
        return None
    if int(fields[1]) <= settled_after(status):
        return None
    return FileDigest(status.st_size, fields[2], tuple(fields[3:]))
