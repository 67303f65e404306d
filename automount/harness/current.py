"""Records the current process from one moment to another, and leaves it as it was.

There is one observer per process, however many recordings are open: the first starts it, the last takes
it away again, to the last patched attribute. Each recording remembers how long the journal was when it
began and reads on from there, so recordings may nest and overlap; in a program with threads each sees
what the whole process does meanwhile.

automount's own modules, loaded for the sake of the recording itself, are not part of what is recorded.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from dataclasses import dataclass, replace
from importlib.machinery import SourceFileLoader
from types import ModuleType, TracebackType
from typing import Any

from automount import agent, interpreters, settings
from automount.completeness import unfollowed
from automount.errors import AutomountError
from automount.journal import read_journal
from automount.launching import entrypoint_of
from automount.manifest import Manifest
from automount.model import Entrypoint, Journal, Launch, Policy
from automount.paths import is_below
from automount.recorder import BOOT_DIRECTORY, JournalFollower, make_journal_directory, running
from automount.shipping import Outcome, Prefetch, Recording, make_manifest

_OURS = os.path.dirname(os.path.abspath(settings.__file__ or ""))
_OWN_DIRECTORY = os.path.dirname(_OURS) if os.path.basename(_OURS) == "settings" else _OURS


class _Observer:
    """The agent in this process, started for the first recording and stopped after the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = 0
        self._agent: Any = None
        self.directory = ""

    def enter(self) -> None:
        with self._lock:
            if not self._open:
                self.directory = make_journal_directory()
                self._agent = _load("observer").start(_load, self.directory, BOOT_DIRECTORY)
                if self._agent is None:
                    raise AutomountError(
                        f"cannot record into {self.directory}", hint="check the temporary directory"
                    )
            self._open += 1

    def leave(self) -> None:
        with self._lock:
            self._open -= 1
            if not self._open:
                self._agent.stop()
                self._agent = None
                shutil.rmtree(os.path.dirname(self.directory), ignore_errors=True)

    def flush(self) -> None:
        """Brings the journal up to this moment."""
        self._agent.flush()


def _load(name: str) -> ModuleType:
    """One file of the agent, as a module outside `sys.modules`, exactly as in a recorded program."""
    path = os.path.join(agent.__path__[0], f"{name}.py")
    code = SourceFileLoader(f"automount_{name}", path).get_code(f"automount_{name}")
    module = ModuleType(f"automount_{name}")
    assert code is not None
    exec(code, module.__dict__)
    return module


_observer = _Observer()


@dataclass(frozen=True)
class _Mark:
    """How long each journal file was at one moment."""

    sizes: dict[str, int]

    @classmethod
    def now(cls, directory: str) -> _Mark:
        return cls({name: len(data) for name, data in _files(directory).items()})


def _files(directory: str) -> dict[str, bytes]:
    found = {}
    for name in sorted(os.listdir(directory)):
        if name.endswith(".journal"):
            with open(os.path.join(directory, name), "rb") as file:
                found[name] = file.read()
    return found


def _since(directory: str, mark: _Mark) -> Journal:
    """What the journal tells of the time after `mark`: its headers, and every later line."""
    kept = {}
    for name, data in _files(directory).items():
        size = mark.sizes.get(name, 0)
        header = b"".join(line for line in data[:size].splitlines(keepends=True) if line[:2] == b"H\0")
        kept[name] = header + data[size:]
    return read_journal(kept)


class CurrentRecording:
    """What the current process has loaded since a `with recording()` block was entered.

    Inside the block `manifest` is the manifest so far; after it, the manifest of the whole block.
    `exit_status` is None: the process goes on.
    """

    exit_status: int | None = None

    def __init__(self, policy: Policy, entrypoint: Entrypoint | None, cwd: str) -> None:
        self._policy = policy
        self._cwd = cwd
        self._entrypoint = entrypoint or entrypoint_of(sys.orig_argv, cwd)
        self._mark = _Mark({})
        self._done: Recording | None = None

    def __enter__(self) -> CurrentRecording:
        _observer.enter()
        _observer.flush()
        self._mark = _Mark.now(_observer.directory)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._done = self._so_far()
        finally:
            _observer.leave()

    @property
    def manifest(self) -> Manifest:
        """The manifest of what has been recorded."""
        return self._result().manifest

    @property
    def journal(self) -> Journal:
        """What has been recorded, folded."""
        return self._result().journal

    def _result(self) -> Recording:
        return self._done or self._so_far()

    def _so_far(self) -> Recording:
        _observer.flush()
        journal = _without_ourselves(_since(_observer.directory, self._mark))
        follower = JournalFollower(_observer.directory)
        argv = tuple(sys.orig_argv)
        children = [pid for pid in running(journal) if pid != os.getpid()]
        incomplete = unfollowed(
            journal,
            Launch(-1, "start", os.getpid(), sys.executable, argv, self._cwd),
            interpreters.python_command,
            lost=follower.lost(),
            running=children,
        )
        with Prefetch() as prefetch:
            outcome = Outcome(self._entrypoint, self._cwd, None, argv, incomplete)
            manifest = make_manifest(journal, outcome, self._policy, prefetch.index)
        return Recording(manifest, None, journal, ended_at=time.monotonic())


def _without_ourselves(journal: Journal) -> Journal:
    def ours(file: str | None) -> bool:
        return file is not None and file.startswith("/") and is_below(file, _OWN_DIRECTORY)

    return replace(
        journal,
        modules=tuple(row for row in journal.modules if not ours(row.file)),
        data=tuple(row for row in journal.data if (row.read_by or "").partition(".")[0] != "automount"),
    )


def recording(*, entrypoint: Entrypoint | None = None, **options: Any) -> CurrentRecording:
    """A context manager that records the current process, and its children, while it is open.

    `options` are those of the command line with the same names (`scope="loaded"`). What was imported
    before is not part of it. `entrypoint` (default: how this Python was started) is what the manifest
    says is to be run. Raises `AutomountError`.
    """
    cwd = os.getcwd()
    return CurrentRecording(settings.load(cwd, options).policy, entrypoint, cwd)
