"""Records a program, or collects journals, from the target and the settings to the manifest.

The program is started before most of automount is imported; the rest is imported while the program runs.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from automount import settings
from automount.errors import AutomountError, JournalError, TargetNotFound, TargetNotRunnable, UsageError
from automount.model import (
    CodeEntrypoint,
    Entrypoint,
    Launch,
    ModuleEntrypoint,
    Policy,
    ProcessStart,
    ProgramEntrypoint,
    ScriptEntrypoint,
)
from automount.progress import Progress
from automount.recorder import interpreters
from automount.recorder.completeness import unfollowed
from automount.recorder.journal_directory import (
    JournalFollower,
    make_journal_directory,
    remove_journal_directory,
)
from automount.recorder.launching import command_for, entrypoint_of
from automount.recorder.running import ORPHAN_GRACE_SECONDS, is_alive, run, running
from automount.recorder.targets import check_script_path, check_seconds, checked_words, script_entrypoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from automount.assembling import Recording
    from automount.contents import Prefetch
    from automount.recorder.start_watch import StartWatch

load_settings = settings.load

HOME = os.path.dirname(interpreters.AGENT_DIRECTORY)


class _Meanwhile:
    """The work while the program runs: the rest of automount is imported, then files are hashed.

    `early` is called once, for imports of the caller.
    """

    def __init__(self, *, may_fork: bool, early: Callable[[], None]) -> None:
        self._may_fork = may_fork
        self._early: Callable[[], None] | None = early
        self._prefetch: Prefetch | None = None

    @property
    def prefetch(self) -> Prefetch:
        """Created on first use."""
        if self._prefetch is None:
            from automount.contents import Prefetch

            self._prefetch = Prefetch(may_fork=self._may_fork)
        return self._prefetch

    def step(self, files: tuple[str, ...]) -> bool:
        """Does one step of the work; `files` are those that the program has loaded since the last one.

        Returns whether there is more to do at once.
        """
        import automount.assembling  # noqa: F401

        if self._early is not None:
            self._early()
            self._early = None
        return self.prefetch.step(files)


def record(
    target: str | os.PathLike[str] | None = None,
    *,
    module: str | None = None,
    code: str | None = None,
    command: Sequence[str] | None = None,
    args: Sequence[str] = (),
    python: str | os.PathLike[str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    import_only: bool = False,
    trace: str | None = None,
    **options: object,
) -> Recording:
    """Runs a program in a subprocess and records it: the script `target`, or a `module`, `code` or `command`.

    `args` are the program's. `cwd` (default: the current directory) is where it runs, and where
    settings files are looked for; `env` replaces its environment; `timeout` is in seconds. `options`
    are those of the command line with the same names: `scope="loaded"`, `add_file=["a:b"]`,
    `remote_root="/app"`. Raises `AutomountError`; the program's own failure is not an error, see
    `Recording.exit_status`.
    """
    where = os.path.abspath(os.fspath(cwd) if cwd is not None else os.getcwd())
    words = checked_words("args", args)
    command = None if command is None else checked_words("command", command)
    check_script_path("target", target)
    check_seconds("timeout", timeout)
    if sum(1 for program in (target, module, code, command) if program) != 1:
        raise UsageError("record() takes one program", hint="pass target, module=, code= or command=")
    entrypoint: Entrypoint
    if target:
        entrypoint = script_entrypoint(os.fspath(target), words, cwd=where, as_main=not import_only)
    elif module:
        entrypoint = ModuleEntrypoint(module, words, as_main=not import_only)
    elif code:
        entrypoint = CodeEntrypoint(code, words)
    else:
        first, *rest = command or ()
        entrypoint = ProgramEntrypoint(first, (*rest, *words))
    return record_entrypoint(
        entrypoint,
        load_settings(where, options).policy,
        python=os.fspath(python) if python is not None else None,
        cwd=where,
        environ=env,
        timeout=timeout,
        trace=trace,
        option_form=lambda option: option[2:].replace("-", "_"),
    )


def record_entrypoint(
    entrypoint: Entrypoint,
    policy: Policy,
    *,
    python: str | None = None,
    cwd: str | None = None,
    environ: Mapping[str, str] | None = None,
    timeout: float | None = None,
    trace: str | None = None,
    argv: tuple[str, ...] = (),
    own_signals: bool = False,
    output: str | None = None,
    watch: StartWatch | None = None,
    early: Callable[[], None] = lambda: None,
    option_form: Callable[[str], str] = str,
) -> Recording:
    """Runs `entrypoint` and records it.

    `cwd` is absolute or None for the current one; `argv` is recorded in the manifest as its command line;
    `output` the absolute path that it will be written to, if it is known; `watch` as for `run`.
    `early` is called once while the program runs, for what is needed after its end. `option_form` gives the
    name of an option as the caller wrote it.
    Where automount fails after the program has run, the journal is kept and the error names it.
    """
    interpreter = interpreters.probe(python) if python else interpreters.current()
    command = command_for(entrypoint, interpreter.executable)
    where = os.path.abspath(cwd or os.getcwd())
    found_command = None
    if isinstance(entrypoint, ProgramEntrypoint):
        environ = os.environ if environ is None else environ
        if python:
            environ = interpreters.with_commands_of(interpreter.executable, environ)
        command[0] = interpreters.command_beside(command[0], interpreter.executable, environ)
        found_command = interpreters.found_command(command[0], where, environ)
    _check_named_by_hand(policy, entrypoint, interpreter.executable, where, environ, option_form)
    tracer = None
    if trace:
        from automount.recorder.tracing import tracer as tracer_of

        tracer = tracer_of(trace)
    journal_directory = make_journal_directory()
    place = os.path.dirname(journal_directory)
    ran = False
    with _kept_on_failure(journal_directory, lambda: ran):
        meanwhile = _Meanwhile(may_fork=own_signals, early=early)
        finished = run(
            tracer.command(command, place) if tracer else command,
            journal_directory=journal_directory,
            cwd=cwd,
            environ=environ,
            timeout=timeout,
            own_signals=own_signals,
            on_files=meanwhile.step,
            watch=watch,
        )
        ran = True
        meanwhile.prefetch.program_ended()
        if isinstance(entrypoint, ModuleEntrypoint):
            from automount.recorder.module_start import check_module_started

            check_module_started(entrypoint, finished)
        from automount.assembling import Outcome, Recording, make_manifest

        journal = tracer.merge(finished.journal, place, where) if tracer else finished.journal
        outcome = Outcome(
            entrypoint=entrypoint,
            cwd=where,
            exit_status=finished.ending.exit_code,
            argv=argv,
            output=output,
            tracer=trace,
            found_command=found_command,
            stopped_after=timeout if finished.ending.timed_out else None,
            incomplete=unfollowed(
                journal,
                Launch(-1, "start", finished.ending.pid, command[0], tuple(command), where),
                interpreters.python_command,
                lost=finished.lost,
                running=running(journal),
                starts=finished.starts,
                alive=finished.alive,
                watched=True,
            ),
        )
        with meanwhile.prefetch as prefetch, _progress(own_signals) as progress:
            manifest = make_manifest(journal, outcome, policy, prefetch.index, progress)
    remove_journal_directory(journal_directory)
    return Recording(manifest, outcome.exit_status, journal, finished.ending.seconds, finished.ended_at)


def collect(
    directory: str, policy: Policy, *, argv: tuple[str, ...] = (), output: str | None = None
) -> Recording:
    """The manifest of the journals in `directory` as they are now; the program may still run.

    The first recorded process gives the entrypoint. Raises `JournalError` if no process left a journal.
    """
    from automount.assembling import Outcome, Recording, make_manifest
    from automount.contents import Prefetch
    from automount.recorder import outside_watch
    from automount.recorder.own_processes import without_own_processes

    if not os.path.isdir(directory):
        exists = os.path.lexists(directory)
        problem = f"{directory} is not a directory" if exists else f"no such directory: {directory}"
        raise JournalError(problem, hint="name the directory given to --journal")
    follower = JournalFollower(directory)
    try:
        starts = outside_watch.noticed_starts(directory)
        _read_to_the_end(follower, starts or ())
        whole = follower.fold()
        journal, lost = without_own_processes(whole, HOME), follower.lost()
    except OSError as error:
        raise JournalError(
            f"cannot read {directory} ({error.strerror})", hint="check its permissions"
        ) from error
    if not journal.processes:
        raise JournalError(
            f"{directory} does not contain a journal",
            hint='start a Python after eval "$(automount env --journal DIR)"',
        )
    first = journal.processes[0]
    outcome = Outcome(
        entrypoint=entrypoint_of(first.argv, first.environment.cwd),
        cwd=first.environment.cwd,
        exit_status=None,
        argv=argv,
        output=output,
        incomplete=unfollowed(
            journal,
            Launch(-1, "start", first.pid, first.argv[0], first.argv, first.environment.cwd),
            interpreters.python_command,
            lost=lost,
            running=running(journal),
            starts=outside_watch.without_own(starts or (), whole, journal),
            watched=starts is not None,
        ),
    )
    with Prefetch(may_fork=True) as prefetch, _progress(shown=True) as progress:
        manifest = make_manifest(journal, outcome, policy, prefetch.index, progress)
    return Recording(manifest, None, journal, ended_at=time.monotonic())


def _read_to_the_end(follower: JournalFollower, starts: Iterable[ProcessStart]) -> None:
    """Reads the journals; a Python that has just started is given a moment to begin its own."""
    deadline = time.monotonic() + ORPHAN_GRACE_SECONDS
    follower.read()
    waiting = [start for start in starts if is_alive(start.pid)]
    while waiting and time.monotonic() < deadline:
        begun = {process.pid for process in follower.fold().processes}
        waiting = [row for row in waiting if not {row.pid, row.inner_pid} & begun and is_alive(row.pid)]
        if waiting:
            time.sleep(0.02)
            follower.read()


def _check_named_by_hand(
    policy: Policy,
    entrypoint: Entrypoint,
    executable: str,
    cwd: str,
    environ: Mapping[str, str] | None,
    option_form: Callable[[str], str],
) -> None:
    """Raises `UsageError` where a file, directory or package that was named by hand does not exist."""
    for option, rows, exists, noun in (
        ("--add-file", policy.add_files, os.path.isfile, "file"),
        ("--add-dir", policy.add_dirs, os.path.isdir, "directory"),
    ):
        for row in rows:
            local = os.path.join(cwd, row.local)
            if not exists(local):
                kind = f"is not a {noun}" if os.path.exists(local) else "does not exist"
                shown = option_form(option)
                raise UsageError(f"{shown}: {row.local} {kind}", hint=f"check the path given to {shown}")
    names = [package_name for package_name, _ in policy.add_packages]
    if not names:
        return
    script = os.path.dirname(entrypoint.local) if isinstance(entrypoint, ScriptEntrypoint) else cwd
    absent = interpreters.absent_packages(names, executable, cwd=cwd, first=script, environ=environ)
    if absent:
        raise UsageError(
            f"{option_form('--add-package')}: no package or module named {absent[0]}",
            hint=f"check the name, or add its directory with {option_form('--add-dir')}",
        )


@contextlib.contextmanager
def _progress(shown: bool) -> Iterator[Callable[[str, int], None] | None]:
    """A display of the bytes hashed, where the command line asked; None for a harness."""
    if not shown:
        yield None
        return
    with Progress("reading files", None) as progress:
        yield lambda _path, count: progress.add(count)


@contextlib.contextmanager
def _kept_on_failure(journal_directory: str, ran: Callable[[], bool]) -> Iterator[None]:
    """Keeps the journal, and prints its place, if automount fails after the program has run."""
    try:
        yield
    except BaseException as error:
        if not ran() or isinstance(error, TargetNotFound | TargetNotRunnable):
            remove_journal_directory(journal_directory)
        elif isinstance(error, AutomountError):
            error.hint += f"; what was recorded is kept: automount collect {journal_directory}"
        raise
