"""Lays a manifest's files out below a directory, each at its full remote path: `DIR/root/app.py`.

A stage changes completely or not at all. Every file is first copied to a place of ours below `DIR` and its
digest compared; when one is stale, all of them are removed and the stage is as it was. Only then are they
renamed into place: file by file, or, where the stage is new, the whole tree at once, which saves a rename and
two looks at each file. Besides the files a stage holds `DIR/.automount/`: `manifest.json`, the manifest as
another machine sees it, and `stage.json`, our record of what we put there and its status then. By that
record a second run copies only what changed and removes only what an earlier one put there.

Times are those of the copy: a fixed one would let a stale `.pyc` pass for the compiled form of a changed file
of equal size. A hard link (`--link`) is the source itself, mode included; whoever edits it, edits both.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator

from automount import paths
from automount.errors import AutomountError, Refused
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
    checked_parts,
    directories,
    needed_directories,
)
from automount.shipping.staged import Row, StageRecord
from automount.shipping.verified import (
    NotAsRecorded,
    OnBytes,
    is_content,
)
from automount.values import dataclass
from automount.whole_file import PREFIX, full_disk

_INCOMING = "incoming"


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
) -> Staged:
    """Copies the manifest's files into `directory`; returns what was done.

    Raises `StaleFiles` with every file that changed since recording, `Refused` where a link or a foreign
    file is in the way or the manifest is unsafe; in both cases the stage is as before. Without `force` a
    directory that holds other things than a stage is refused as well.
    """
    files = checked_files(manifest)
    if not force:
        _check_own(directory)
    with SafeTree(directory) as tree:
        try:
            work = _Staging(tree, files, link, on_bytes)
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
            hint="name a new directory, or use --force to stage into it all the same",
        )


class _Staging:
    """One run of staging: look, fetch, put in place, write the record."""

    def __init__(
        self, tree: SafeTree, files: tuple[FileEntry, ...], link: bool, on_bytes: OnBytes | None
    ) -> None:
        self.tree = tree
        self.files = files
        self.link = link
        self.on_bytes = on_bytes
        self.local = LocalFiles(on_bytes)
        self.linked: set[str] = set()
        self._incoming = -1

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps a second run out of the same stage, and our incoming files out of it afterwards."""
        lock = os.dup(self.tree.directory((OWN_DIRECTORY,), make=True))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._sweep()
            try:
                yield
            finally:
                if self._incoming >= 0:
                    os.close(self._incoming)
                    self._incoming = -1
                self.tree.remove_tree((OWN_DIRECTORY, _INCOMING))
        except BlockingIOError as error:
            raise AutomountError(
                f"another automount is staging into {self.tree.path}", hint="wait for it to end", code="busy"
            ) from error
        finally:
            os.close(lock)

    def run(self, manifest: Manifest) -> Staged:
        """The steps in their order; nothing visible changes before the last look was good."""
        record = StageRecord.read(self.tree)
        if not self.link and self._is_new():
            return self._run_new(manifest, record)
        wanted = {entry.remote: entry for entry in self.files}
        fetched = self._fetch(record)
        gone = sorted(set(record.files) - set(wanted), key=paths.parts)
        # What is to come counts as ours from here on, so that a run killed now can be repeated.
        made = set(record.directories)
        record.files.update({entry.remote: None for entry in fetched})
        if fetched or gone:
            record.write(self.tree)
        removed = sum(self.tree.remove(paths.parts(remote)) for remote in gone)
        self._remove_directories(made, wanted)
        for place, entry in enumerate(fetched):
            self._put(place, entry, made)
        for directory in needed_directories(manifest):
            self.tree.directory(paths.parts(directory), make=True, made=made)
        self._write_manifest(manifest)
        new = {entry.remote: self._note(entry) for entry in self.files if entry.remote in record.files}
        StageRecord(new, made).write(self.tree)
        return Staged(
            directory=self.tree.path,
            copied=len(fetched) - len(self.linked),
            linked=len(self.linked),
            kept=len(self.files) - len(fetched),
            removed=removed,
            size=sum(entry.size for entry in self.files),
        )

    def _sweep(self) -> None:
        """Removes what a killed run left."""
        self.tree.remove_tree((OWN_DIRECTORY, _INCOMING))
        own = self.tree.directory((OWN_DIRECTORY,))
        for name in os.listdir(own):
            if name.startswith(PREFIX):
                os.unlink(name, dir_fd=own)

    def _is_new(self) -> bool:
        """Whether nothing has been staged yet and nothing else is there."""
        return os.listdir(self.tree.directory(())) == [OWN_DIRECTORY]

    def _run_new(self, manifest: Manifest, record: StageRecord) -> Staged:
        """Copies all files to the tree that they will have, and puts that tree in place."""
        incoming = (OWN_DIRECTORY, _INCOMING)
        skip = len("/" + "/".join(incoming))
        made: set[str] = set()
        stale: list[Stale] = []
        copies: dict[str, os.stat_result] = {}
        self.tree.directory(incoming, make=True)
        above, folder = "", -1
        for entry in self.files:
            directory, _, name = entry.remote.rpartition("/")
            if directory != above or folder < 0:
                above = directory
                folder = self.tree.directory((*incoming, *paths.parts(directory)), True, made)
            try:
                copies[entry.remote] = self.local.copy(entry, folder, name)
            except NotAsRecorded as error:
                stale.append(Stale(entry.local, entry.remote, error.change))
        if stale:
            raise StaleFiles(stale)
        for directory in needed_directories(manifest):
            self.tree.directory((*incoming, *paths.parts(directory)), True, made)
        record.files = dict.fromkeys(entry.remote for entry in self.files)
        record.directories = {place[skip:] for place in made}
        record.write(self.tree)
        source, top = os.dup(self.tree.directory(incoming)), self.tree.directory(())
        try:
            for name in os.listdir(source):
                os.rename(name, name, src_dir_fd=source, dst_dir_fd=top)
        finally:
            os.close(source)
        self._write_manifest(manifest)
        record.files.update({row.remote: self.local.row(row, copies[row.remote]) for row in self.files})
        record.write(self.tree)
        size = sum(row.size for row in self.files)
        return Staged(self.tree.path, len(self.files), linked=0, kept=0, removed=0, size=size)

    def _write_manifest(self, manifest: Manifest) -> None:
        self.tree.write(paths.parts(BUNDLED_MANIFEST), bundled_manifest_bytes(manifest))

    def _fetch(self, record: StageRecord) -> list[FileEntry]:
        """Brings in every file that the stage does not hold yet; raises when any source is stale."""
        stale: list[Stale] = []
        fetched: list[FileEntry] = []
        for entry in self.files:
            present = self._present(entry, record)
            try:
                self._look(entry, record, present, fetched)
            except NotAsRecorded as error:
                stale.append(Stale(entry.local, entry.remote, error.change))
        if stale:
            raise StaleFiles(stale)
        return fetched

    def _look(
        self, entry: FileEntry, record: StageRecord, present: os.stat_result | None, fetched: list[FileEntry]
    ) -> None:
        with self.local.opened(entry) as (source, status):
            if present is not None and self._is_good(entry, record, present, status):
                if not record.source_unchanged(entry, status) and not is_content(source, entry):
                    raise NotAsRecorded(entry)
                return
            if present is not None and entry.remote not in record.files:
                place = self.tree.place(paths.parts(entry.remote))
                raise Refused(
                    f"{place} already exists and was not created by automount",
                    hint="remove it, or stage into another directory",
                )
            self._bring(entry, source, status, str(len(fetched)))
            fetched.append(entry)

    def _present(self, entry: FileEntry, record: StageRecord) -> os.stat_result | None:
        """The status of what has the file's place. Raises `Refused` for a link or a foreign directory."""
        parts = checked_parts(entry.remote)
        try:
            found = self.tree.status(parts)
        except Refused:
            # A file of an earlier run is where a directory is wanted now: it is removed first.
            if any(above in record.files for above in paths.ancestors(entry.remote)):
                return None
            raise
        if found is None or stat.S_ISREG(found.st_mode):
            return found
        if stat.S_ISDIR(found.st_mode) and entry.remote in record.directories:
            return None
        kind = "a link" if stat.S_ISLNK(found.st_mode) else "in the way"
        raise Refused(f"{self.tree.place(parts)} is {kind}", hint="remove it; links are never followed")

    def _is_good(
        self, entry: FileEntry, record: StageRecord, present: os.stat_result, source: os.stat_result
    ) -> bool:
        """Whether the file that is in the stage now can stay."""
        same_file = (present.st_dev, present.st_ino) == (source.st_dev, source.st_ino)
        if entry.remote not in record.files:
            # Not ours, but equal: it may stay, and will never be removed by us. The source itself may not:
            # staging over the project would make a later run delete it.
            if same_file:
                raise Refused(f"{entry.local} is in the stage itself", hint="stage into another directory")
            return self._holds(entry)
        if same_file:
            return self.link
        if self.link:
            return False
        if bool(present.st_mode & 0o100) != entry.executable:
            return False
        return record.holds(entry, present) or self._holds(entry)

    def _holds(self, entry: FileEntry) -> bool:
        """Whether the staged file has the content that the manifest wants."""
        staged = self.tree.read(paths.parts(entry.remote))
        try:
            return is_content(staged, entry)
        finally:
            os.close(staged)

    def _bring(self, entry: FileEntry, source: int, status: os.stat_result, name: str) -> None:
        incoming = self._incoming_directory()
        if not self.link or not self._hard_link(entry, status, incoming, name):
            copy_file(source, entry, incoming, name, self.on_bytes)
            return
        if not is_content(source, entry):
            raise NotAsRecorded(entry)
        self.linked.add(entry.remote)

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

    def _put(self, place: int, entry: FileEntry, made: set[str]) -> None:
        parts = paths.parts(entry.remote)
        above = self.tree.directory(parts[:-1], make=True, made=made)
        os.replace(str(place), parts[-1], src_dir_fd=self._incoming_directory(), dst_dir_fd=above)

    def _incoming_directory(self) -> int:
        """A descriptor of the directory for incoming files, kept open.

        To reach it through the tree for each file would close and open the directories of the file's own
        place each time: ten times as many calls of `open`, and half of the time of a first stage.
        """
        if self._incoming < 0:
            self._incoming = os.dup(self.tree.directory((OWN_DIRECTORY, _INCOMING), make=True))
        return self._incoming

    def _remove_directories(self, made: set[str], wanted: dict[str, FileEntry]) -> None:
        """Takes away the directories that an earlier run made and that hold nothing any more."""
        needed = set(directories(list(wanted)))
        for remote in sorted(made - needed, key=paths.parts, reverse=True):
            if self.tree.remove_directory(paths.parts(remote)):
                made.discard(remote)

    def _note(self, entry: FileEntry) -> Row | None:
        status = self.tree.status(paths.parts(entry.remote))
        if status is None:
            return None
        return self.local.row(entry, status)
