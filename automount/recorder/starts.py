"""Notices each start of a Python below the recorded program, from outside.

A program can start a Python in ways that the agent never sees: through a shell, `env -i`, `make`, or C code,
and with an environment that does not lead to the agent. So the parent watches too: inotify reports each
opening of an interpreter's file, which every `execve` does, and a few looks at /proc then show which process
it was. A Python that was started and leaves no journal makes the manifest incomplete.

A forked child looks like its parent until it runs another program. The two differ in the auxiliary vector,
which the kernel writes anew at each `execve`: that of a fork is its parent's, byte for byte.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import time
from collections.abc import Callable, Iterable, Iterator

from automount import agent
from automount.model import ProcessStart
from automount.recorder.python_files import calls_python, is_python_name
from automount.values import dataclass

_BOOT = os.fsencode(os.path.join(agent.__path__[0], "boot"))
_IN_OPEN, _IN_NONBLOCK, _IN_CLOEXEC = 0x20, 0o4000, 0o2000000
_EVENT = struct.Struct("iIII")
# One look at the moment of the event finds less than half of the starts, since the `execve` is not done yet;
# six looks, this far apart, found 20 of 20 of the shortest programs (`env -i python -S -c pass`).
_LOOKS, _BETWEEN_SECONDS = 7, 0.0012
_IDLE_SECONDS = 0.05
# On a busy machine, the process that opened the interpreter may wait before it continues; then it runs for
# at least 8 ms.
_ATTENTIVE_SECONDS, _BETWEEN_ATTENTIVE_SECONDS = 0.2, 0.003


@dataclass
class _Known:
    """A process that was seen: when it started (clock ticks), and the last `execve` that was noticed."""

    born: bytes
    vector: bytes
    words: tuple[str, ...]
    is_python: bool


class ProcessWatch:
    """The processes below one program: `wait` for an event, `look` at them, and the starts that were seen.

    `interpreters` are the files whose opening is an event; `journal_directory` is that of `expect`, for those
    who do not call it. Nothing is looked at before `expect`, except below what `more_roots` returns, which is
    called for each look.
    """

    def __init__(
        self,
        interpreters: Iterable[str],
        *,
        more_roots: Callable[[], Iterable[int]] = tuple,
        idle_seconds: float = _IDLE_SECONDS,
        journal_directory: str = "",
    ) -> None:
        self._root = 0
        self._starter = 0
        self._more_roots = more_roots
        self._roots_before: set[int] = set()
        self._idle_seconds = idle_seconds
        # Processes that are not reported, each with when it started and its last `execve`.
        self._existing: dict[int, tuple[bytes, bytes]] = {}
        self._attentive_until = 0.0
        self._own_vector = _read(os.getpid(), "auxv")
        self.starts: dict[tuple[int, bytes], ProcessStart] = {}
        self._mark = _variable(journal_directory)
        self._known: dict[int, _Known] = {}
        self._watched: set[str] = set()
        # The watches of directories in libraries. Whoever opens a file there is a Python already.
        self._libraries: set[int] = set()
        self._pythons: dict[str, bool] = {}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._inotify: int = self._libc.inotify_init1(_IN_NONBLOCK | _IN_CLOEXEC)
        for path in interpreters:
            self._watch(path)

    def expect(self, journal_directory: str, executable: str, starter: int = 0) -> None:
        """The program will be started from the file `executable`.

        `journal_directory` is what its environment names; it identifies also processes that have lost their
        parent. `starter` is the process that will start the program: until `begin` gives the program's pid,
        all that it starts is looked at, since a short program may have ended by then. 0: nothing is.
        """
        self._mark = _variable(journal_directory)
        self._starter = starter
        self._watch(executable)
        if self._inotify >= 0:
            self._drain()

    def wait(self, descriptor: int) -> bool:
        """Looks at the processes until `descriptor` is readable; returns whether it is."""
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if self._inotify >= 0:
            poll.register(self._inotify, select.POLLIN)
        is_attentive = time.monotonic() < self._attentive_until
        pause = _BETWEEN_ATTENTIVE_SECONDS if is_attentive else self._idle_seconds
        ready = {number for number, _ in poll.poll(pause * 1000)}
        opened = self._drain() if self._inotify in ready else set()
        self.look()
        if opened:
            self._attentive_until = time.monotonic() + _ATTENTIVE_SECONDS
        if opened - self._libraries:
            for _ in range(_LOOKS - 1):
                time.sleep(_BETWEEN_SECONDS)
                self.look()
        return descriptor in ready

    def begin(self, pid: int) -> None:
        """Looks at the program of this pid from now on, and at no other process of its parent."""
        self._root = pid
        for other in [pid for pid in self._known if pid != self._root and _parent(pid) == self._starter]:
            del self._known[other]

    def skip_existing(self) -> None:
        """Reports none of the processes that run now, unless they execute another program later."""
        for pid in _all_pids():
            born = _born(pid)
            if born is not None:
                self._existing[pid] = born, _read(pid, "auxv")

    @property
    def follows_any(self) -> bool:
        """Whether a process that was looked at is still running, the roots included."""
        return any(_born(pid) == known.born for pid, known in self._known.items())

    def alive(self) -> list[ProcessStart]:
        """All processes of the program that are running now, each with its command line."""
        self.look()
        found = []
        for pid, known in sorted(self._known.items()):
            if pid != self._root and _born(pid) == known.born:
                found.append(ProcessStart(pid, known.words, _inner_pid(pid)))
        return found

    def close(self) -> None:
        """Ends the watching of files, which takes the kernel about 20 ms."""
        watching, self._inotify = self._inotify, -1
        if watching >= 0:
            os.close(watching)

    def _watch(self, path: str) -> None:
        real = os.path.realpath(path)
        if real in self._watched or self._inotify < 0:
            return
        self._watched.add(real)
        self._libc.inotify_add_watch(self._inotify, os.fsencode(real), _IN_OPEN)
        # A copy of an interpreter under another name has no watch of its own, but the same library. Every
        # Python reads this package first of all.
        name = os.path.basename(real)
        library = os.path.join(os.path.dirname(os.path.dirname(real)), "lib", name, "encodings")
        for directory in (library, os.path.join(library, "__pycache__")):
            number = self._libc.inotify_add_watch(self._inotify, os.fsencode(directory), _IN_OPEN)
            if number >= 0:
                self._libraries.add(number)

    def _drain(self) -> set[int]:
        """The numbers of the watches that have reported something since the last call."""
        try:
            data = os.read(self._inotify, 64 * 1024)
        except BlockingIOError:
            return set()
        found = set()
        while len(data) >= _EVENT.size:
            number, _, _, length = _EVENT.unpack_from(data)
            found.add(number)
            data = data[_EVENT.size + length :]
        return found

    def look(self) -> None:
        """Looks once at all processes below the program, and at the adopted ones."""
        roots = set(self._more_roots())
        for pid in self._roots_before - roots:
            self._known.pop(pid, None)
        self._roots_before = roots
        waiting = [self._root, *roots, *self._known]
        if not self._root and self._starter:
            waiting.extend(_children(self._starter))
        # This is a child of the starter, too.
        seen = {os.getpid()}
        while waiting:
            pid = waiting.pop()
            if pid in seen or pid <= 0:
                continue
            seen.add(pid)
            born = _born(pid)
            if born is None:
                continue
            known = self._known.get(pid)
            if known is not None and known.born != born:
                del self._known[pid]  # the pid has been reused
                continue
            self._see(pid, born)
            waiting.extend(_children(pid))

    def adopt_marked(self) -> None:
        """Adds the processes whose environment names the journal although their parents have ended."""
        for pid in _all_pids():
            if (
                pid not in self._known
                and pid != os.getpid()
                and self._mark in _read(pid, "environ").split(b"\0")
            ):
                born = _born(pid)
                if born is not None:
                    self._see(pid, born)

    def _is_python(self, executable: str, file: str) -> bool:
        """Whether `executable` is a Python; `file` leads to it also from another mount namespace."""
        if executable not in self._pythons:
            named = is_python_name(os.path.basename(executable))
            self._pythons[executable] = named or calls_python(file)
        return self._pythons[executable]

    def _see(self, pid: int, born: bytes) -> None:
        vector = _read(pid, "auxv")
        known = self._known.get(pid)
        if known is not None and known.vector == vector:
            return
        # First: what is ended while it is looked at has no words either then, and is not seen at all.
        is_prepared = self._is_prepared(pid)
        words = tuple(os.fsdecode(word) for word in _read(pid, "cmdline").split(b"\0")[:-1])
        if not words:
            return  # in the middle of an `execve`, or ended
        executable = _link(pid, "exe")
        now = _read(pid, "auxv")
        if now and now != vector:
            # In the middle of an `execve`, what was read belongs to two programs: one start was two.
            self._see(pid, born)
            return
        is_python = executable is not None and self._is_python(executable, f"/proc/{pid}/exe")
        parent = self._known.get(_parent(pid) or 0)
        # The program itself is a fork of its starter for a moment, before it is executed.
        # A daemon's parent has ended: then any process that was seen may be the one that forked.
        others = [parent] if parent is not None else self._known.values()
        vectors = {other.vector for other in others} | ({self._own_vector} if parent is None else set())
        is_fork = known is None and (vector in vectors or self._existing.get(pid) == (born, vector))
        self._known[pid] = _Known(born, vector, words, is_python)
        if is_python and executable is not None:
            self._watch(executable)
            if not is_fork:
                # The environment may not have been there before the words were.
                is_prepared = is_prepared or self._is_prepared(pid)
                above = self._pythons_above(pid)
                self.starts[pid, vector] = ProcessStart(pid, words, _inner_pid(pid), above, is_prepared)

    def _is_prepared(self, pid: int) -> bool:
        """Whether the environment of a process turns recording on, and it finds the agent and the journal."""
        variables = _read(pid, "environ").split(b"\0")
        paths = [word.partition(b"=")[2] for word in variables if word.startswith(b"PYTHONPATH=")]
        if self._mark not in variables or not paths or paths[0].split(b":")[0] != _BOOT:
            return False
        return _view(pid) == _view(os.getpid())

    def _pythons_above(self, pid: int) -> tuple[int, ...]:
        """The pids of the Pythons that are ancestors of a process, as far as they were looked at."""
        found = []
        parent = _parent(pid)
        while parent:
            if parent in self._known and self._known[parent].is_python:
                found.append(parent)
            parent = _parent(parent)
        return tuple(found)


def _read(pid: int, name: str) -> bytes:
    try:
        with open(f"/proc/{pid}/{name}", "rb", buffering=0) as file:
            return file.read() or b""
    except OSError:
        return b""


def _link(pid: int, name: str) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/{name}").removesuffix(" (deleted)")
    except OSError:
        return None


def _variable(journal_directory: str) -> bytes:
    return b"AUTOMOUNT_JOURNAL=" + os.fsencode(journal_directory)


def _view(pid: int) -> tuple[int | None, str | None, str | None]:
    """What decides which files a process can read: its user, its root directory, its mount namespace."""
    try:
        user: int | None = os.stat(f"/proc/{pid}").st_uid
    except OSError:
        user = None
    return user, _link(pid, "root"), _link(pid, "ns/mnt")


def _stat(pid: int) -> list[bytes]:
    """The fields of the process's status line from the state on; empty if it has ended or is a zombie."""
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return [] if not fields or fields[0] in (b"Z", b"X") else fields


def _born(pid: int) -> bytes | None:
    fields = _stat(pid)
    return fields[19] if len(fields) > 19 else None


def _parent(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[1]) if len(fields) > 1 else None


def _inner_pid(pid: int) -> int:
    """The pid that the process itself sees, which differs in a pid namespace of its own."""
    for line in _read(pid, "status").splitlines():
        if line.startswith(b"NSpid:"):
            return int(line.split()[-1])
    return pid


def _children(pid: int) -> Iterator[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for thread in threads:
        yield from map(int, _read(pid, f"task/{thread}/children").split())


def _all_pids() -> Iterator[int]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            yield int(name)
