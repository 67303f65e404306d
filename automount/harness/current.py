"""Records the current process from one moment to another, and leaves it as it was.

Each recording remembers how long the journal was when it began and reads on from there, so recordings may
nest and overlap. A recording covers the whole process: in a program with threads it contains what any thread
loads meanwhile, and what children load that were started meanwhile. A module that is already loaded is not
loaded again, and so is not part of a recording that begins later; this includes what automount itself has
imported. automount's own modules are never part of one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection
from types import TracebackType
from typing import Any

from automount import agent, settings
from automount.assembling import Outcome, Recording, make_manifest
from automount.contents import Prefetch
from automount.harness.process import observer
from automount.harness.since import journal_since
from automount.manifest import Manifest
from automount.model import (
    Entrypoint,
    Journal,
    Launch,
    ManualMount,
    Policy,
    Process,
    ProcessStart,
    ScriptEntrypoint,
)
from automount.recorder import interpreters, outside_watch
from automount.recorder.completeness import unfollowed
from automount.recorder.journal import read_journal
from automount.recorder.journal_directory import JournalFollower
from automount.recorder.launching import entrypoint_of
from automount.recorder.own_processes import without_own_processes
from automount.recorder.running import running
from automount.values import replace

HOME = os.path.dirname(agent.__path__[0])
# What multiprocessing keeps running for as long as the program lives; they load nothing of their own.
_HELPERS = ("from multiprocessing.resource_tracker import", "from multiprocessing.forkserver import")


class CurrentRecording:
    """What the current process has loaded since its `with recording()` block was entered.

    Inside the block, `manifest` and `journal` show the recording so far; afterwards, that of the
    whole block. `exit_status` is None, since the process is still running, unless `ends_with` was called.
    """

    exit_status: int | None = None

    def __init__(
        self, policy: Policy, entrypoint: Entrypoint, cwd: str, loaded_before: Collection[str] | None = None
    ) -> None:
        self._policy = policy
        self._cwd = cwd
        self._entrypoint = entrypoint
        self._loaded_before = loaded_before
        self._hidden: frozenset[str] = frozenset()
        self._sizes: dict[str, int] = {}
        self._starts_before = 0
        self._done: Recording | None = None
        self._failure: Exception | None = None

    def __enter__(self) -> CurrentRecording:
        """Begins the recording. Raises `AutomountError` where nothing can be recorded."""
        if self._loaded_before is not None:
            self._hidden = frozenset(sys.modules).difference(self._loaded_before)
        observer.enter()
        try:
            observer.flush()
            self._sizes = {name: len(data) for name, data in self._files().items()}
            self._starts_before = len(self._starts() or ())
        except BaseException:
            observer.leave()
            raise
        if self._loaded_before is not None:
            # Of this process the whole journal counts: it begins with what was loaded already.
            self._sizes[observer.own_file] = 0
        self._done = self._failure = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the recording.

        If the block raised, that exception propagates; an error of ours is raised by `manifest`.
        """
        try:
            self._done = self._so_far()
        except Exception as failure:
            if error is None:
                raise
            self._failure = failure
        finally:
            observer.leave()

    def ship(self, path: str) -> None:
        """Adds a file to the manifest, as `--add-file` does. `path` is absolute and local."""
        manual = ManualMount(path)
        self._policy = replace(self._policy, add_files=(*self._policy.add_files, manual))

    def ends_with(self, status: int) -> None:
        """Sets the exit status for the manifest, where it is known before the process ends."""
        self.exit_status = status

    @property
    def is_over(self) -> bool:
        """Whether the block has been left."""
        return self._done is not None or self._failure is not None

    @property
    def manifest(self) -> Manifest:
        """The manifest of what has been recorded."""
        return self._result().manifest

    @property
    def journal(self) -> Journal:
        """What has been recorded, folded."""
        return self._result().journal

    def _result(self) -> Recording:
        if self._failure is not None:
            raise self._failure
        return self._done or self._so_far()

    def _so_far(self) -> Recording:
        observer.flush()
        with observer.own_work():
            starts = self._starts()
            files = self._files()
            journal = without_own_processes(
                self._visible(journal_since(files, self._sizes, observer.own_file)), HOME
            )
            argv = tuple(sys.orig_argv)
            incomplete = unfollowed(
                journal,
                Launch(-1, "start", os.getpid(), sys.executable, argv, self._cwd),
                interpreters.python_command,
                lost=JournalFollower(observer.directory).lost(),
                running=_children(journal),
                starts=outside_watch.without_own(
                    (starts or ())[self._starts_before :], read_journal(files), journal
                ),
                watched=starts is not None,
            )
            with Prefetch() as prefetch:
                outcome = Outcome(self._entrypoint, self._cwd, self.exit_status, argv, incomplete)
                manifest = make_manifest(journal, outcome, self._policy, prefetch.index)
        return Recording(manifest, self.exit_status, journal, ended_at=time.monotonic())

    def _starts(self) -> tuple[ProcessStart, ...] | None:
        with observer.own_work():
            return observer.noticed_starts()

    def _files(self) -> dict[str, bytes]:
        """The journal's files as they are, by name."""
        found = {}
        with observer.own_work():
            for name in sorted(os.listdir(observer.directory)):
                if name.endswith(".journal"):
                    with open(os.path.join(observer.directory, name), "rb") as file:
                        found[name] = file.read()
        return found

    def _visible(self, journal: Journal) -> Journal:
        """`journal` without what only automount has loaded before the recording began."""
        if not self._hidden:
            return journal
        own_indexes = {process.index for process in journal.processes if process.pid == os.getpid()}
        return replace(
            journal,
            modules=tuple(
                row
                for row in journal.modules
                if row.process not in own_indexes or row.requested_by or row.name not in self._hidden
            ),
        )


def _children(journal: Journal) -> tuple[int, ...]:
    """The recorded children that are still running, without multiprocessing's own helpers."""
    helpers = {process.pid for process in journal.processes if _is_helper(process)}
    return tuple(pid for pid in running(journal) if pid != os.getpid() and pid not in helpers)


def _is_helper(process: Process) -> bool:
    return any(word.startswith(_HELPERS) for word in process.argv)


def entrypoint_of_this_process(cwd: str) -> Entrypoint:
    """The program that this Python was started to run, from its command line."""
    entrypoint = entrypoint_of(sys.orig_argv, cwd)
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if isinstance(entrypoint, ScriptEntrypoint) and isinstance(file, str) and os.path.isabs(file):
        # The program may have changed its directory since.
        return replace(entrypoint, local=os.path.normpath(file))
    return entrypoint


def recording(
    *,
    entrypoint: Entrypoint | None = None,
    loaded_before: Collection[str] | None = None,
    **options: Any,
) -> CurrentRecording:
    """A context manager that records the current process, and its children, while it is open.

    `options` are those of the command line with the same names (`scope="loaded"`). `entrypoint` (default:
    what this Python was started to run) is what the manifest names as the program. What was imported before
    is not part of it, except for the modules that `loaded_before` names, if given. Raises `AutomountError`.
    """
    cwd = os.getcwd()
    policy = settings.load(cwd, options).policy
    return CurrentRecording(policy, entrypoint or entrypoint_of_this_process(cwd), cwd, loaded_before)
