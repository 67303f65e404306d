"""The observer of this process: started for the first recording that opens, stopped after the last.

One per process, since an audit hook cannot be removed and the import system has one set of functions. A
process that was started recorded (wrapped, or from a shell with `automount env`) has an observer already; its
journal is then read, and nothing is started.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from functools import partial
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

from automount import agent
from automount.errors import AutomountError
from automount.model import ProcessStart
from automount.recorder import outside_watch
from automount.recorder.interpreters import current
from automount.recorder.journal_directory import make_journal_directory
from automount.recorder.registry import Registration
from automount.recorder.running import BOOT_DIRECTORY

# Frames with this file name are left out of tracebacks and warnings, and are not measured.
_IMPORT_SYSTEM = "<frozen importlib._bootstrap>"


class Observer:
    """Counts the recordings that are open in this process.

    `directory` is the journal's.
    """

    def __init__(self) -> None:
        # Reentrant: the collector may end a forgotten generator, and its recording, at any moment.
        self._lock = threading.RLock()
        self._open = 0
        self._session: Any = None
        self._borrowed: Any = None
        self._started_by = 0
        self._watched = ""
        self.directory = ""
        self._registration = Registration("")
        os.register_at_fork(after_in_child=self._forked)

    def enter(self) -> None:
        """Counts one more recording. Raises `AutomountError` where nothing can be recorded."""
        with self._lock:
            if not self._open:
                self._start()
            self._open += 1

    def leave(self) -> None:
        """Counts one recording less; after the last, the process is as it was, and the journal is removed."""
        with self._lock:
            self._open -= 1
            still_open = self._open
            if still_open:
                return
            if self._borrowed is not None:
                self._borrowed = None
                return
            self._session.stop()
            if self._started_by == os.getpid():
                self._registration.close()
                shutil.rmtree(os.path.dirname(self.directory), ignore_errors=True)

    def flush(self) -> None:
        """Brings the journal up to this moment."""
        watch = self._borrowed or self._session.watch
        watch.writer.write_all(watch.sweep())

    def noticed_starts(self) -> tuple[ProcessStart, ...] | None:
        """The Pythons that were seen from outside to start below this process, oldest first.

        None where nothing watches: no process has been started yet.
        """
        if self._watched != self.directory:
            return None
        return outside_watch.noticed_starts(self.directory)

    def _watch_starts(self) -> None:
        """Watches from outside, beginning with the first process that is started."""
        if self._watched != self.directory and self._started_by == os.getpid():
            self._watched = self.directory
            outside_watch.start_watching(self.directory, os.getpid())

    @property
    def own_file(self) -> str:
        """The name of this process's journal file."""
        watch = self._borrowed or self._session.watch
        path: str = watch.writer.path
        return os.path.basename(path)

    @contextlib.contextmanager
    def own_work(self) -> Iterator[None]:
        """A context in which what this thread does is automount's own work, and is not recorded."""
        session = self._session
        was_quiet = session.is_quiet(True)
        try:
            yield
        finally:
            session.is_quiet(was_quiet)

    def _start(self) -> None:
        if self._session is None:
            self._session = _load("session").Session(_load, BOOT_DIRECTORY, self._watch_starts)
        self._borrowed = _load("session").recorder_at_work()
        if self._borrowed is not None:
            self.directory = self._borrowed.writer.directory
            return
        current()  # the agent's bytecode, for the children
        try:
            self.directory = make_journal_directory()
        except OSError as error:
            raise AutomountError(
                f"cannot make a directory for the journal ({error.strerror})", hint="check TMPDIR"
            ) from error
        self._started_by = os.getpid()
        self._registration = Registration(self.directory)
        self._registration.started(os.getpid())
        if not self._session.start(self.directory):
            self._registration.close()
            shutil.rmtree(os.path.dirname(self.directory), ignore_errors=True)
            raise AutomountError(f"cannot record into {self.directory}", hint="check TMPDIR")

    def _forked(self) -> None:
        # The thread that held the lock does not exist in the child, so it cannot release it.
        self._lock = threading.RLock()


_loaded: dict[str, ModuleType] = {}


def _load(name: str, later: bool = False) -> Any:
    """One file of the agent, as a module outside `sys.modules`, exactly as in a recorded program.

    With `later` a function that returns the module.
    """
    if later:
        return partial(_load, name)
    if name in _loaded:
        return _loaded[name]
    path = os.path.join(agent.__path__[0], f"{name}.py")
    code = SourceFileLoader(f"automount_{name}", path).get_code(f"automount_{name}")
    assert code is not None
    sys.modules["_imp"]._fix_co_filename(code, _IMPORT_SYSTEM)
    module = _loaded[name] = ModuleType(f"importlib._automount_{name}")
    module.__dict__["load"] = _load
    exec(code, module.__dict__)
    return module


observer = Observer()
