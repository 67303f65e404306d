"""Creates the directories for journals, reads them while they grow, and removes old ones."""

from __future__ import annotations

import contextlib
import os
import stat
import time

from automount.errors import JournalError, Refused
from automount.late_patterns import late_pattern
from automount.model import Journal
from automount.private_directories import make_private, temporary_directory
from automount.recorder.journal import JournalFold

_OURS = late_pattern(r"automount-([0-9]+)-[a-z0-9_]{8}")
_KEPT_SECONDS = 30 * 86400
# The text is for display; the agent and the reader only check whether the file is empty.
_NOTHING_LOST = b"every event was written\n"


def make_journal_directory(parent: str | None = None) -> str:
    """A new, empty journal directory: absolute, unguessable, writable (not listable) by every user.

    A program may change its user and must still be able to leave a journal, so the inner directory takes
    files from anyone. Its random name keeps others out, and the sticky bit keeps them from removing what
    is not theirs. Directories of recordings that were killed long ago are removed first.
    """
    parent = parent or temporary_directory()
    remove_leftovers(parent)
    outer = os.path.join(parent, f"automount-{os.getpid()}-{os.urandom(4).hex()}")
    os.mkdir(outer, 0o700)
    os.chmod(outer, 0o711)
    return create_journal_directory(os.path.join(outer, os.urandom(8).hex()))


def create_journal_directory(path: str) -> str:
    """`path`, a new journal directory that takes files from every user; its parent has to keep others out."""
    os.mkdir(path)
    os.chmod(path, 0o1733)
    _mark(path)
    return path


def prepare_journal_directory(directory: str) -> str:
    """`directory`, absolute, made ready to take the journals of this user's programs, with mode 0700 if new.

    Raises `JournalError` where it cannot be used or another user could change what is in it.
    """
    directory = os.path.abspath(directory)
    try:
        make_private(directory)
        _mark(directory)
    except Refused as error:
        raise JournalError(
            f"cannot record into a shared directory: {error.message}",
            hint="name a directory that only you can write to, or leave --journal out for a private one",
            code="not-private",
        ) from error
    except OSError as error:
        raise JournalError(
            f"cannot use {directory} as a journal directory ({error.strerror})",
            hint="name a directory that you can write to",
        ) from error
    return directory


def remove_journal_directory(directory: str) -> None:
    """Removes what `make_journal_directory` made, with the journals in it; errors are ignored."""
    try:
        for name in os.listdir(directory):
            os.unlink(os.path.join(directory, name))
        os.rmdir(directory)
        os.rmdir(os.path.dirname(directory))
    except OSError:
        import shutil  # 2 ms: only where something else is in there

        shutil.rmtree(os.path.dirname(directory), ignore_errors=True)


def _mark(directory: str) -> None:
    """Makes the marker file `LOST`, which the agent empties when an event could not be written."""
    marker = os.path.join(directory, "LOST")
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, _NOTHING_LOST)
            os.fchmod(descriptor, 0o666)
        finally:
            os.close(descriptor)


class JournalFollower:
    """Reads a growing journal directory, and folds what it has read.

    A file is open only while it is read: a program may have thousands of short children. What has been read
    is kept even if the program deletes its journal. `lost`: the agent emptied the marker, or the marker or
    the directory has been removed.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._fold = JournalFold()
        self._read: dict[str, int] = {}
        self._ended: set[str] = set()

    def read(self) -> tuple[str, ...]:
        """Reads what is new; returns the origin files that were named for the first time."""
        fresh: list[str] = []
        with contextlib.suppress(FileNotFoundError):
            for name in sorted(os.listdir(self.directory)):
                if name.endswith(".journal") and name not in self._ended:
                    with contextlib.suppress(FileNotFoundError):
                        fresh.extend(self._read_file(name))
        return tuple(fresh)

    def read_rest(self) -> tuple[str, ...]:
        """As `read`, and also what a process wrote after its exit sweep: streams are flushed later still."""
        self._ended.clear()
        return self.read()

    def _read_file(self, name: str) -> list[str]:
        fresh: list[str] = []
        path = os.path.join(self.directory, name)
        position = self._read.setdefault(name, 0)
        # Another user may create a link or a FIFO there.
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size == position:
            return fresh
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            while chunk := os.pread(descriptor, 1 << 20, position):
                position += len(chunk)
                fresh.extend(self._fold.feed(name, chunk))
                # Very little follows the exit sweep.
                if chunk.endswith(b"\nZ\n"):
                    self._ended.add(name)
        finally:
            os.close(descriptor)
            self._read[name] = position
        return fresh

    def unended(self) -> tuple[int, ...]:
        """The pids of the processes whose last sweep has not been read."""
        return self._fold.unended()

    def fold(self) -> Journal:
        """Everything read so far, folded."""
        return self._fold.fold()

    def lost(self) -> bool:
        """Whether a process could not write an event, or the directory has been removed."""
        try:
            return os.lstat(os.path.join(self.directory, "LOST")).st_size == 0
        except FileNotFoundError:
            return True


def remove_leftovers(parent: str, now: float | None = None) -> tuple[str, ...]:
    """Removes this user's abandoned journal directories in `parent`; returns their paths.

    A directory is abandoned if the process that created it has ended and nothing in it has changed for 30
    days: a younger one may be needed for `automount collect` after a failure.
    """
    before = (time.time() if now is None else now) - _KEPT_SECONDS
    removed = []
    try:
        names = os.listdir(parent)
    except OSError:
        return ()
    for name in names:
        match = _OURS.fullmatch(name) if name.startswith("automount-") else None
        if match is None or os.path.exists(f"/proc/{match[1]}"):
            continue
        path = os.path.join(parent, name)
        with contextlib.suppress(OSError):
            status = os.lstat(path)
            own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
            if own and status.st_mtime < before and _last_change(path) < before:
                import shutil

                shutil.rmtree(path, ignore_errors=True)
                removed.append(path)
    return tuple(removed)


def _last_change(directory: str) -> float:
    times = [os.lstat(directory).st_mtime]
    for above, folders, files in os.walk(directory):
        for name in (*folders, *files):
            times.append(os.lstat(os.path.join(above, name)).st_mtime)
    return max(times)
