"""Lays a manifest's files out below a directory, each at its full remote path: `DIR/root/app.py`.

A stage changes completely or not at all. Every file is first copied below `DIR/.automount/` and its digest
compared; if one is stale, all copies are removed and the stage is as it was. Only then are they renamed into
place: file by file, or, where the stage is new, the whole tree at once, which saves a rename and two status
calls for each file. Besides the files, a stage contains `DIR/.automount/`: `manifest.json`, the manifest as
another machine sees it, and `stage.json`, which records the files that were placed and their status. With
that record, a second run copies only what changed and removes only what an earlier run placed.

Times are those of the copy: a fixed one would let a stale `.pyc` pass for the compiled form of a changed file
of equal size. A hard link (`--link`) is the source itself, mode included: an edit changes both.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from automount import paths
from automount.errors import AutomountError, Refused
from automount.forked import forked, slices
from automount.manifest import Manifest
from automount.model import FileEntry
from automount.shipping.bundled_manifest import bundled_manifest_bytes
from automount.shipping.directory_sink import copy_file
from automount.shipping.freshness import Stale, StaleFiles
from automount.shipping.local_files import LocalFiles
from automount.shipping.safe_tree import SafeTree
from automount.shipping.shipped_places import (
    BUNDLED_MANIFEST,
    OWN_DIRECTORY,
    checked_files,
    directories,
    needed_directories,
)
from automount.shipping.stage_files import is_good, present_status
from automount.shipping.staged import Row, StageRecord, files_text
from automount.shipping.verified import (
    NotAsRecorded,
    OnBytes,
    is_content,
)
from automount.values import dataclass
from automount.whole_file import PREFIX, full_disk

_INCOMING = (OWN_DIRECTORY, "incoming")
# Writing the manifest takes about this part of the time for copying small files.
_MANIFEST_SHARE = 0.18


@dataclass(frozen=True)
class Staged:
    """The result of a run of staging, in numbers of files. `size` is that of the whole tree in bytes."""

    directory: str
    copied: int
    linked: int
    kept: int
    removed: int
    size: int


def stage(
    manifest: Manifest,
    directory: str,
    *,
    link: bool = False,
    force: bool = True,
    on_bytes: OnBytes | None = None,
    processes: int = 1,
) -> Staged:
    """Copies the manifest's files into `directory`, which `processes` do if it is new; returns what was done.

    Raises `StaleFiles` with every file that changed since recording, `Refused` where a link or a foreign
    file is in the way or the manifest is unsafe; in both cases the stage is as before. Without `force` a
    directory that holds other things than a stage is refused as well.
    """
    files = checked_files(manifest)
    if not force:
        _check_own(directory)
    with SafeTree(directory) as tree:
        try:
            work = _Staging(tree, files, link=link, on_bytes=on_bytes, processes=1 if link else processes)
            with full_disk(directory), work.alone():
                return work.run(manifest)
        except BaseException:
            if tree.made_itself:
                tree.remove_tree((OWN_DIRECTORY,))
                with contextlib.suppress(OSError):
                    os.rmdir(directory)
            raise


def _check_own(directory: str) -> None:
    """Raises `Refused` where the directory has content and no stage is in it."""
    try:
        names = os.listdir(directory)
    except OSError:
        return
    if names and OWN_DIRECTORY not in names:
        raise Refused(
            f"{directory} is not empty and is not a stage",
            hint="name a new directory, or use --force to stage into it anyway",
        )


class _Staging:
    """One run of staging: fetch, put in place, write the record."""

    def __init__(
        self,
        tree: SafeTree,
        files: tuple[FileEntry, ...],
        *,
        link: bool,
        on_bytes: OnBytes | None,
        processes: int,
    ) -> None:
        self.tree = tree
        self.files = files
        self.link = link
        self.on_bytes = on_bytes
        self.processes = processes
        self.local = LocalFiles()
        # The status of each file that was copied or linked, in this order, and of each that stayed.
        self.fetched: dict[str, os.stat_result] = {}
        self.kept: dict[str, os.stat_result] = {}
        self.linked = 0
        self.bundled: bytes | None = None

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps a second run out of the same stage, and our incoming files out of it afterwards."""
        lock = os.dup(self.tree.directory((OWN_DIRECTORY,), make=True))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # What a run that was killed has left.
            self.tree.remove_tree(_INCOMING)
            own = self.tree.directory((OWN_DIRECTORY,))
            for name in os.listdir(own):
                if name.startswith(PREFIX):
                    os.unlink(name, dir_fd=own)
            try:
                yield
            finally:
                self.tree.remove_tree(_INCOMING)
        except BlockingIOError as error:
            raise AutomountError(
                f"another automount is staging into {self.tree.path}", hint="wait for it to end", code="busy"
            ) from error
        finally:
            os.close(lock)

    def run(self, manifest: Manifest) -> Staged:
        """Stages; nothing visible changes before all files have been verified."""
        is_new = os.listdir(self.tree.directory(())) == [OWN_DIRECTORY]
        record = StageRecord({}, set()) if is_new else StageRecord.read(self.tree)
        wanted = {entry.remote: entry for entry in self.files}
        needed = needed_directories(manifest)
        gone = sorted(set(record.files) - set(wanted), key=paths.parts)
        texts = self._fetch_in_processes(manifest) if is_new and self.processes > 1 else []
        with self.tree.subtree(_INCOMING) as incoming:
            made: set[str] = set(directories(list(wanted))) if texts else set()
            if not texts:
                self._fetch(None if is_new else record, incoming, made)
            if is_new:
                _make(incoming, needed, made)
            else:
                made = set(record.directories)
            # From here on these count as ours, so that a run that is killed now can be repeated.
            record.files.update(dict.fromkeys(self.fetched))
            record.directories = made
            if texts or self.fetched or gone:
                record.write(self.tree, texts)
            removed = sum(self.tree.remove(paths.parts(remote)) for remote in gone)
            if is_new:
                top = self.tree.directory(())
                for name in os.listdir(incoming.directory(())):
                    os.rename(name, name, src_dir_fd=incoming.directory(()), dst_dir_fd=top)
            else:
                self._remove_directories(made, wanted)
                for remote in self.fetched:
                    self._put(remote, incoming, made)
                _make(self.tree, needed, made)
        bundled = self.bundled or bundled_manifest_bytes(manifest)
        self.tree.write(paths.parts(BUNDLED_MANIFEST), bundled)
        if not texts:
            present = {**self.kept, **self.fetched}
            record.files = {
                remote: self.local.row(wanted[remote], status) for remote, status in present.items()
            }
            record.write(self.tree)
        fetched = len(self.files) if texts else len(self.fetched)
        return Staged(
            directory=self.tree.path,
            copied=fetched - self.linked,
            linked=self.linked,
            kept=len(self.files) - fetched,
            removed=removed,
            size=sum(entry.size for entry in self.files),
        )

    def _fetch_in_processes(self, manifest: Manifest) -> list[str]:
        """Copies all files below `_INCOMING`; returns their part of the record. An empty list: it failed."""
        with self.tree.subtree(_INCOMING) as incoming:
            first, *rest = slices(self.files, self.processes, _MANIFEST_SHARE)
            with forked(partial(self._copied, incoming, None), rest) as results:
                self.bundled = bundled_manifest_bytes(manifest)
                try:
                    text = self._copied(incoming, self._all_bytes, first)
                except NotAsRecorded:
                    # One by one, all stale files are found.
                    found = None
                else:
                    found = results()
        if found is None:
            self.tree.remove_tree(_INCOMING)
            return []
        return [text, *found]

    def _all_bytes(self, count: int) -> None:
        """Reports the progress of one process as that of all: each has about the same number of files."""
        if self.on_bytes is not None:
            self.on_bytes(count * self.processes)

    def _copied(self, incoming: SafeTree, on_bytes: OnBytes | None, files: Iterable[FileEntry]) -> str:
        """The part of the record for these files, which have been copied into `incoming`."""
        rows: dict[str, Row | None] = {}
        last, folder = "", -1
        for entry in files:
            above, _, name = entry.remote.rpartition("/")
            if folder < 0 or above != last:
                folder, last = incoming.directory(paths.parts(above), make=True), above
            source, _status = self.local.open(entry)
            try:
                rows[entry.remote] = self.local.row(entry, copy_file(source, entry, folder, name, on_bytes))
            finally:
                os.close(source)
        return files_text(rows)

    def _fetch(self, record: StageRecord | None, incoming: SafeTree, made: set[str]) -> None:
        """Copies every file that the stage does not hold yet below `incoming`; None: the stage is new.

        Raises `StaleFiles` with all sources that are stale.
        """
        stale: list[Stale] = []
        for entry in self.files:
            present = None if record is None else present_status(self.tree, entry, record)
            try:
                source, status = self.local.open(entry)
                try:
                    if record is None or not self._can_stay(entry, record, present, source, status):
                        *above, name = paths.parts(entry.remote)
                        folder = incoming.directory(above, make=True, made=made)
                        self.fetched[entry.remote] = self._bring(entry, source, status, folder, name)
                finally:
                    os.close(source)
            except NotAsRecorded as error:
                stale.append(Stale(entry.local, entry.remote, error.change))
        if stale:
            raise StaleFiles(stale)

    def _can_stay(
        self,
        entry: FileEntry,
        record: StageRecord,
        present: os.stat_result | None,
        source: int,
        status: os.stat_result,
    ) -> bool:
        """Whether the stage holds the file already. Raises `Refused` where another file has its place."""
        if present is None:
            return False
        if is_good(self.tree, entry, record, present, status, link=self.link):
            if not record.source_unchanged(entry, status) and not is_content(source, entry):
                raise NotAsRecorded(entry)
            if entry.remote in record.files:
                self.kept[entry.remote] = present
            return True
        if entry.remote not in record.files:
            place = self.tree.place(paths.parts(entry.remote))
            raise Refused(
                f"{place} already exists and was not created by automount",
                hint="remove it, or stage into another directory",
            )
        return False

    def _bring(
        self, entry: FileEntry, source: int, status: os.stat_result, folder: int, name: str
    ) -> os.stat_result:
        """Copies or links the file to `name` in an open directory; returns the new file's status."""
        if not self.link or not self._hard_link(entry, status, folder, name):
            return copy_file(source, entry, folder, name, self.on_bytes)
        if not is_content(source, entry):
            raise NotAsRecorded(entry)
        self.linked += 1
        return os.fstat(source)

    def _hard_link(self, entry: FileEntry, status: os.stat_result, incoming: int, name: str) -> bool:
        """Whether the source could be linked: not across file systems, nor where the kernel forbids it."""
        try:
            # The file itself: a link in the project is shipped by its content.
            os.link(os.path.realpath(entry.local), name, dst_dir_fd=incoming, follow_symlinks=False)
        except OSError as error:
            if error.errno in (errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EOPNOTSUPP):
                return False
            raise
        linked = os.stat(name, dir_fd=incoming, follow_symlinks=False)
        if (linked.st_dev, linked.st_ino) == (status.st_dev, status.st_ino):
            return True
        os.unlink(name, dir_fd=incoming)
        return False

    def _put(self, remote: str, incoming: SafeTree, made: set[str]) -> None:
        *above, name = paths.parts(remote)
        folder = self.tree.directory(above, make=True, made=made)
        os.replace(name, name, src_dir_fd=incoming.directory(above), dst_dir_fd=folder)
        # A rename changes the time of the status.
        self.fetched[remote] = os.stat(name, dir_fd=folder, follow_symlinks=False)

    def _remove_directories(self, made: set[str], wanted: dict[str, FileEntry]) -> None:
        """Takes away the directories that an earlier run made and that hold nothing any more."""
        needed = set(directories(list(wanted)))
        for remote in sorted(made - needed, key=paths.parts, reverse=True):
            if self.tree.remove_directory(paths.parts(remote)):
                made.discard(remote)


def _make(tree: SafeTree, needed: Sequence[str], made: set[str]) -> None:
    for directory in needed:
        tree.directory(paths.parts(directory), make=True, made=made)
