"""Lays a manifest's files out below a directory, each at its full remote path: `DIR/root/app.py`.

Nothing is half done. Every file is first copied into a place of ours below `DIR` and its digest compared;
when one is stale, all of them are thrown away and the stage is as it was. Only then are they renamed into
place. Besides the files a stage holds `DIR/.automount/`: `manifest.json`, the manifest that travels, and
`stage.json`, our record of what we put there and what it looked like. By that record a second run copies
only what changed and removes only what an earlier one put there.

Modes are made the same everywhere: 0755 for what is executable, 0644 for the rest. Times are those of
the copy: a fixed one would let a stale `.pyc` pass for the compiled form of a changed file of equal size.
A hard link (`--link`) is the source itself, mode included; whoever edits it, edits both.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from automount import paths
from automount.contents.file_times import FileTimes
from automount.errors import AutomountError, Refused
from automount.manifest import Manifest
from automount.model import FileEntry
from automount.shipping import freshness
from automount.shipping.copying import copy_content
from automount.shipping.freshness import Stale, StaleFiles
from automount.shipping.safe_tree import SafeTree, full_disk
from automount.shipping.shipped_places import (
    OWN_DIRECTORY,
    TRAVELLING_MANIFEST,
    checked_files,
    checked_parts,
    directories,
    needed_directories,
)
from automount.shipping.staged import Row, Seen, StageRecord, seen, settled
from automount.shipping.travelling import travelling_bytes

_INCOMING = "incoming"


@dataclass(frozen=True)
class Staged:
    """What a run of staging did, in numbers of files. `size` is that of the whole tree in bytes."""

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
    on_bytes: Callable[[int], None] = lambda _n: None,
) -> Staged:
    """Makes `directory` hold the manifest's files, and says what it took.

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
        self, tree: SafeTree, files: tuple[FileEntry, ...], link: bool, on_bytes: Callable[[int], None]
    ) -> None:
        self.tree = tree
        self.files = files
        self.link = link
        self.on_bytes = on_bytes
        self.sources: dict[str, Seen | None] = {}
        self.times = FileTimes()
        self.linked: set[str] = set()
        self._incoming = -1
        self._real_directories: dict[str, str] = {}

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps a second run out of the same stage, and our incoming files out of it afterwards."""
        lock = os.dup(self.tree.directory((OWN_DIRECTORY,), make=True))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.tree.remove_tree((OWN_DIRECTORY, _INCOMING))
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
        self.tree.write(paths.parts(TRAVELLING_MANIFEST), travelling_bytes(manifest))
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

    def _fetch(self, record: StageRecord) -> list[FileEntry]:
        """Brings in every file that the stage does not hold yet; raises when any source is stale."""
        stale: list[Stale] = []
        fetched: list[FileEntry] = []
        for entry in self.files:
            present = self._present(entry, record)
            change = self._look(entry, record, present, fetched)
            if change is not None:
                stale.append(Stale(entry.local, entry.remote, change))
        if stale:
            raise StaleFiles(stale)
        return fetched

    def _look(
        self, entry: FileEntry, record: StageRecord, present: os.stat_result | None, fetched: list[FileEntry]
    ) -> str | None:
        try:
            source = freshness.open_source(entry.local)
        except OSError as error:
            return freshness.said(error)
        try:
            status = os.fstat(source)
            change = freshness.change_in_stat(entry, status)
            if change is not None:
                return change
            self.sources[entry.remote] = self._settled(entry, status)
            if present is not None and self._is_good(entry, record, present, status):
                if record.source_unchanged(entry, status):
                    return None
                return None if freshness.digest(source, self.on_bytes) == entry.sha256 else "changed"
            if present is not None and entry.remote not in record.files:
                raise Refused(
                    f"{self.tree.place(paths.parts(entry.remote))} is there already and is not of automount",
                    hint="remove it, or stage into another directory",
                )
            return self._bring(entry, source, status, fetched)
        finally:
            os.close(source)

    def _present(self, entry: FileEntry, record: StageRecord) -> os.stat_result | None:
        """What stands at the file's place now. Raises `Refused` for a link, or a directory not of ours."""
        parts = checked_parts(entry.remote)
        try:
            found = self.tree.status(parts)
        except Refused:
            # A file of an earlier run stands where a directory is wanted now: it goes before we come.
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
        """Whether what stands in the stage can stay."""
        same_file = (present.st_dev, present.st_ino) == (source.st_dev, source.st_ino)
        if entry.remote not in record.files:
            # Not ours, but equal: it may stay, and will never be removed by us. The source itself may not:
            # staging over the project would make a later run delete it.
            if same_file:
                raise Refused(
                    f"{entry.local} stands in the stage itself", hint="stage into another directory"
                )
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
            return os.fstat(staged).st_size == entry.size and freshness.digest(staged) == entry.sha256
        finally:
            os.close(staged)

    def _bring(
        self, entry: FileEntry, source: int, status: os.stat_result, fetched: list[FileEntry]
    ) -> str | None:
        incoming = self._incoming_directory()
        name = str(len(fetched))
        if self.link and self._hard_link(entry, status, incoming, name):
            if freshness.digest(source, self.on_bytes) != entry.sha256:
                return "changed"
            self.linked.add(entry.remote)
            fetched.append(entry)
            return None
        target = os.open(
            name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=incoming
        )
        try:
            if copy_content(source, target, entry.size, self.on_bytes) != entry.sha256:
                os.unlink(name, dir_fd=incoming)
                return "changed"
            os.fchmod(target, 0o755 if entry.executable else 0o644)
        finally:
            os.close(target)
        fetched.append(entry)
        return None

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
        return (entry.sha256, seen(status), self.sources[entry.remote])

    def _real_directory(self, local: str) -> str:
        """The directory that really holds the file, links resolved; looked up once for each directory."""
        if os.path.islink(local):
            return os.path.dirname(os.path.realpath(local))
        directory = os.path.dirname(local)
        real = self._real_directories.get(directory)
        if real is None:
            real = self._real_directories[directory] = os.path.realpath(directory)
        return real

    def _settled(self, entry: FileEntry, status: os.stat_result) -> Seen | None:
        """How the source looks, before it is read; None where that will prove nothing later."""
        real = self._real_directory(entry.local)
        unmapped = self.times.unmapped_at(status)
        if unmapped is None or self.times.identity(real) is None:
            return None
        return settled(seen(status), unmapped)
