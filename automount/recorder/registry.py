"""Registers what is being recorded, for Pythons that have lost the environment which names the journal.

Each entry is a symbolic link, since that is made and read in one step. Its target is the journal directory,
and its name contains what it is about:

    process-PID-TICKS-TOKEN     this process, started at that clock tick, is recorded, and all below it
    starting-PID-TICKS-TOKEN    this process is about to start a program, whose entry will follow
    environment-TOKEN           a process is recorded if its environment names this journal, and all below it

The entry of a shell that has evaluated `automount env` has the token 0, so that the shell can replace it.

A Python that executes the opt-in `.pth` file looks here for its ancestors (`agent/ancestors.py`). The place
is fixed, since the environment cannot name it. It is private: no other user can add an entry, and a user who
takes the name first only prevents its use. Without a recording it does not exist.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from automount.errors import Refused
from automount.late_patterns import late_pattern
from automount.private_directories import make_private

PREFIX = "/tmp/automount-recordings-"
# The name in parentheses may hold anything.
_TICKS = "sed 's/.*) //' /proc/{}/stat | cut -d' ' -f20"
_OF_PROCESS = late_pattern(r"(?:process|starting)-([0-9]+)-([0-9]+)-[0-9a-f]+")


def entry_of_shell(syntax: str) -> str:
    """The path of the entry of a shell, as a word for that shell in the syntax of "sh" or "fish".

    In /proc a process has the environment that it was started with, so what a shell has exported since cannot
    be found there. `automount env` lets the shell itself make an entry.
    """
    if syntax == "fish":
        return f"{_directory()}/process-$fish_pid-({_TICKS.format('$fish_pid')})-0"
    return f'"{_directory()}/process-$$-$({_TICKS.format("$$")})-0"'


class Registration:
    """The entries of one recording, until `close`. Where they cannot be made, nothing is registered."""

    def __init__(self, journal_directory: str) -> None:
        self._journal = journal_directory
        self._entries: list[str] = []

    def starting(self) -> None:
        """This process is about to start the program."""
        self._add_process("starting", os.getpid())

    def started(self, pid: int) -> None:
        """The program has been started as `pid`; or this process itself is recorded."""
        before = list(self._entries)
        self._add_process("process", pid)
        self._remove(before)

    def environment(self) -> None:
        """Every process with the journal in its environment is recorded, as long as the directory exists."""
        self._add("environment")

    def close(self) -> None:
        """Removes the entries, and the registry if no other is left."""
        self._remove(list(self._entries))
        with contextlib.suppress(OSError):
            os.rmdir(_directory())

    def _add_process(self, kind: str, pid: int) -> None:
        ticks = _start_time(pid)
        if ticks is not None:
            self._add(f"{kind}-{pid}-{ticks}")

    def _add(self, name: str) -> None:
        with contextlib.suppress(OSError, Refused):
            directory = make_private(_directory())
            path = os.path.join(directory, f"{name}-{os.urandom(4).hex()}")
            os.symlink(self._journal, path)
            self._entries.append(path)

    def _remove(self, entries: list[str]) -> None:
        for path in entries:
            self._entries.remove(path)
            with contextlib.suppress(OSError):
                os.unlink(path)


def shells_recorded_into(journal_directory: str) -> list[int]:
    """The pids of the shells that have an entry for this journal and still run."""
    found = []
    with contextlib.suppress(OSError, Refused):
        directory = _directory()
        if os.path.isdir(directory):
            make_private(directory)
            for name in os.listdir(directory):
                match = _OF_PROCESS.fullmatch(name)
                if match is None or not name.startswith("process-") or not name.endswith("-0"):
                    continue
                target = os.readlink(os.path.join(directory, name))
                if target == journal_directory and _start_time(int(match[1])) == match[2]:
                    found.append(int(match[1]))
    return found


@contextlib.contextmanager
def registered(journal_directory: str) -> Iterator[Registration]:
    """A registration for one program; stale entries of others are removed first."""
    remove_stale()
    registration = Registration(journal_directory)
    registration.starting()
    try:
        yield registration
    finally:
        registration.close()


def remove_stale() -> None:
    """Removes the entries of processes that have ended and of journals that no longer exist."""
    directory = _directory()
    with contextlib.suppress(OSError, Refused):
        if not os.path.isdir(directory):
            return
        make_private(directory)
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            match = _OF_PROCESS.fullmatch(name)
            ended = match is not None and _start_time(int(match[1])) != match[2]
            if ended or not os.path.isdir(path):
                with contextlib.suppress(OSError):
                    os.unlink(path)


def _directory() -> str:
    return f"{PREFIX}{os.getuid()}"


def _start_time(pid: int) -> str | None:
    """When the process started, in clock ticks since boot; None if it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19].decode("ascii")
    except (OSError, IndexError):
        return None
