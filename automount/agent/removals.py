"""Records the files and directories that the program removes but did not create: they are inputs."""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, Set, Tuple

    from automount.agent import specs
    from automount.agent.wire import Writer
else:
    specs = globals()["load"]("specs")

_getframe = sys._getframe


class Removals:
    """The removals of this process: a part of its data accesses."""

    def __init__(self, writer):
        # type: (Writer) -> None
        self.writer = writer
        self.noted = set()  # type: Set[Tuple[object, str]]

    def removed(self, args):
        # type: (tuple[Any, ...]) -> None
        """Records a file that is about to be removed; the program does not need one that it has not read."""
        name = _name(args[0])
        path = self.below(args[1], name)
        if name and (False, path) in self.noted:
            self.taken_away("removed", path, name)

    def cleared(self, args):
        # type: (tuple[Any, ...]) -> None
        """Records a directory that is about to be removed, empty or with its content."""
        name = _name(args[0])
        if name:
            directory = args[1] if len(args) > 1 else None
            self.taken_away("cleared", self.below(directory, name), name)

    def taken_away(self, action, path, name):
        # type: (str, str, str) -> None
        """Records the removal of `path` if it existed before the recording."""
        if ("moved", path) in self.noted:
            return
        try:
            begun = posix.stat(self.writer.directory + "/LOST").st_mtime_ns
            is_input = posix.lstat(path).st_ctime_ns < begun
        except OSError:
            return
        # What another program of this run has created or changed is newer than the journal.
        if is_input:
            self.noted.add(("moved", path))
            try:
                frame = _getframe(3)  # type: FrameType | None
            except ValueError:
                frame = None
            self.note(action, path, name, self.requester(frame, path) or "")

    # Provided by the subclass.

    def below(self, directory, name):
        # type: (object, str) -> str
        raise NotImplementedError

    def note(self, action, path, name, requester):
        # type: (str, str, str, str) -> None
        raise NotImplementedError

    def requester(self, frame, path):
        # type: (FrameType | None, str) -> str | None
        raise NotImplementedError


def _name(named):
    # type: (object) -> str
    return "" if isinstance(named, int) else specs.text(named) or ""
