"""Finds the journal of a process that has lost the environment which names it, through its ancestors.

Only the opt-in `.pth` file uses this. What is being recorded is registered in a private directory of the user
(see `automount/recorder/registry.py`); /proc has the ancestors of this process. An ancestor that has
already ended cannot be found: the kernel has given its children to another process.
"""

import posix
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Set

_DIRECTORY, _KIND, _OTHERS = 0o040000, 0o170000, 0o077
_DEEPEST = 64
_PIECE = 1 << 14
# How long a program's entry may take to follow that of the process which starts it.
_WAIT_SECONDS, _PAUSE_SECONDS = 2.0, 0.001


def journal(registry):
    # type: (str) -> str | None
    """The journal directory of the nearest ancestor (or this process) that is being recorded, or None."""
    try:
        status = posix.lstat(registry)
        if status.st_mode & _KIND != _DIRECTORY or status.st_mode & _OTHERS:
            return None
        if status.st_uid != posix.getuid():
            return None
        entries = posix.listdir(registry)
        if not entries:
            return None
        line = _ancestors()
        deadline = time.monotonic() + _WAIT_SECONDS
        while _is_starting(entries, line) and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)
            entries = posix.listdir(registry)
        return _nearest(registry, entries, line)
    except OSError:
        return None


def _nearest(registry, entries, line):
    # type: (str, list[str], list[str]) -> str | None
    recorded = {}
    journals = set()  # type: Set[str | None]
    for entry in entries:
        kind, _, rest = entry.partition("-")
        if kind == "process":
            recorded[rest.rpartition("-")[0]] = entry
        elif kind == "environment":
            journals.add(posix.readlink("%s/%s" % (registry, entry)))
    for place, process in enumerate(line):
        if process in recorded:
            return posix.readlink("%s/%s" % (registry, recorded[process]))
        if journals and place:
            named = _journal_in_environment(process.partition("-")[0])
            if named in journals:
                return named
    return None


def _is_starting(entries, line):
    # type: (list[str], list[str]) -> bool
    """Whether an ancestor has just started a program that has no entry yet."""
    processes = {"starting-" + process for process in line}
    return any(entry.rpartition("-")[0] in processes for entry in entries) and not any(
        entry.rpartition("-")[0] in {"process-" + process for process in line} for entry in entries
    )


def _ancestors():
    # type: () -> list[str]
    """This process and those above it, nearest first, each as its pid and its start time."""
    line = []  # type: List[str]
    pid = posix.getpid()
    while pid > 0 and len(line) < _DEEPEST:
        # The name in parentheses may hold anything; the state and the parent's pid come behind it.
        fields = _read("/proc/%d/stat" % pid).rpartition(b")")[2].split(None, 20)
        line.append("%d-%d" % (pid, int(fields[19])))
        pid = int(fields[1])
    return line


def _journal_in_environment(pid):
    # type: (str) -> str | None
    """The journal that the environment of a process names; None where it may not be read."""
    try:
        words = _read("/proc/%s/environ" % pid).split(b"\0")
    except OSError:
        return None
    for word in words:
        if word.startswith(b"AUTOMOUNT_JOURNAL="):
            return word.partition(b"=")[2].decode(sys.getfilesystemencoding(), "surrogateescape")
    return None


def _read(path):
    # type: (str) -> bytes
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        data = piece = posix.read(fd, _PIECE)
        while len(piece) == _PIECE:
            piece = posix.read(fd, _PIECE)
            data += piece
    finally:
        posix.close(fd)
    return data
