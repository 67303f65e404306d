"""Reads the journals of a recording while they grow."""

from __future__ import annotations

import contextlib
import os
import stat

from automount.model import Journal
from automount.recorder.journal import JournalFold


class JournalFollower:
    """Reads a growing journal directory, and folds what it has read.

    A file is open only while it is read: a program may have thousands of short children. What was read stays
    read, also where the program deletes its journal. `lost`: the agent emptied the marker, or
    it or the directory is gone.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._fold = JournalFold()
        self._read: dict[str, int] = {}
        self._ended: set[str] = set()

    def read(self) -> tuple[str, ...]:
        """Reads what is new; gives the origin files that were named for the first time."""
        fresh: list[str] = []
        with contextlib.suppress(FileNotFoundError):
            for name in sorted(os.listdir(self.directory)):
                if name.endswith(".journal") and name not in self._ended:
                    with contextlib.suppress(FileNotFoundError):
                        fresh.extend(self._read_file(name))
        return tuple(fresh)

    def _read_file(self, name: str) -> list[str]:
        fresh: list[str] = []
        path = os.path.join(self.directory, name)
        position = self._read.setdefault(name, 0)
        # A stranger may put a link or a FIFO there.
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size == position:
            return fresh
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            while chunk := os.pread(descriptor, 1 << 20, position):
                position += len(chunk)
                fresh.extend(self._fold.feed(name, chunk))
                # After the exit sweep nothing follows.
                if chunk.endswith(b"\nZ\n"):
                    self._ended.add(name)
        finally:
            os.close(descriptor)
            self._read[name] = position
        return fresh

    def fold(self) -> Journal:
        """Everything read so far, folded."""
        return self._fold.fold()

    def lost(self) -> bool:
        """Whether a process could not write an event, or the directory has been removed."""
        try:
            return os.lstat(os.path.join(self.directory, "LOST")).st_size == 0
        except FileNotFoundError:
            return True
