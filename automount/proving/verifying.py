"""Proves that a manifest is enough: runs the program again where only what it lists exists.

The same agent records this run, and the two recordings are compared: the program must end as it was recorded
to end, and everything local that the recorded run used must have been used again, from a shipped file.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
from collections.abc import Callable, Iterable, Iterator

from automount import paths
from automount.distributions.editable_installs import EditableInstalls
from automount.errors import AutomountError, UsageError
from automount.linked_libraries import with_linked_libraries
from automount.manifest import Manifest
from automount.model import Incomplete, Journal
from automount.proving import sandbox as sandboxes
from automount.proving.comparison import (
    Rerun,
    compare,
    looked_for,
    metadata_sought,
    project_places,
    read_where_not_shipped,
    rerun_of,
)
from automount.proving.compiling import Compiling
from automount.proving.findings import Finding, FindingRow, NotFound
from automount.proving.rooms import room_for
from automount.proving.sandbox import Room, Sandbox
from automount.proving.sandbox_audit import Audit
from automount.proving.sandbox_bwrap import Bubblewrap
from automount.proving.sandbox_landlock import Landlock
from automount.proving.world import World, world_of
from automount.recorder.journal_directory import JournalFollower
from automount.recorder.running import running
from automount.recorder.tracing import Strace, tracer
from automount.shipping.program import Program, program_of
from automount.values import dataclass, replace

SANDBOXES: tuple[type[Sandbox], ...] = (Bubblewrap, Landlock, Audit)
NAMES = ("bwrap", "landlock", "audit")


@dataclass(frozen=True)
class Verdict:
    """The result of the run in the sandbox.

    Statuses are as a shell reports them; `expected` None: not recorded.

    `passed_over`: why stronger sandboxes were not used. `stopped_when_recorded`: the recorded run had
    to be ended at its `--timeout`, as a server has to. `left_to_requirements` are the editable distributions
    that `--editable skip` left out; they are hidden in a sandbox. `incomplete` are the commands that were
    not recorded: what they used is not known, and so cannot be compared. `not_traced`: why this run could not
    be traced, while the recorded one was.
    """

    sandbox: str
    title: str
    strength: str
    status: int
    expected: int | None
    timed_out: bool
    passed_over: tuple[str, ...]
    findings: tuple[FindingRow, ...] = ()
    stopped_when_recorded: bool = False
    left_to_requirements: tuple[str, ...] = ()
    incomplete: tuple[Incomplete, ...] = ()
    beyond: tuple[str, ...] = ()
    not_traced: str | None = None

    @property
    def same_end(self) -> bool:
        """Whether the program ended as recorded, or had to be stopped both times."""
        if self.timed_out:
            known = self.expected is not None and not self.stopped_when_recorded
            return not known or self.expected in sandboxes.TERMINATED
        return self.status == (self.expected or 0) and not self.stopped_when_recorded

    @property
    def word(self) -> str:
        """The verdict in one word: `sufficient`, `not-proven` or `not-sufficient`."""
        if not self.same_end:
            missing = any(row.finding is Finding.NOT_SHIPPED for row in self.findings)
            is_known = self.expected is not None or self.timed_out
            return "not-sufficient" if missing or is_known else "not-proven"
        return "not-proven" if self.findings or self.incomplete else "sufficient"

    @property
    def only_unexercised(self) -> bool:
        """Whether all that is not proven is shipped, and this run only did not use it."""
        return (
            self.same_end
            and not self.incomplete
            and all(row.finding is Finding.NOT_EXERCISED for row in self.findings)
        )


def verify(
    manifest: Manifest,
    *,
    sandbox: str | None = None,
    original: bool = False,
    timeout: float | None = None,
    python: str | None = None,
    trust: bool = False,
    on_bytes: Callable[[int], None] = lambda _n: None,
    on_sandbox: Callable[[Sandbox], None] = lambda _sandbox: None,
    in_memory: bool = True,
) -> Verdict:
    """Runs the manifest's program in a sandbox and returns the verdict.

    `sandbox` forces one by name; `original` puts the files at their local paths instead of the remote
    ones; `timeout` in seconds ends the program (default: what ended it when it was recorded, if that did).
    `python` is the interpreter to use; without it the recorded one is used if this machine knows it, or if
    `trust`: a manifest may name any. `in_memory` False keeps the copies of the shipped files out of memory.
    Raises `StaleFiles` where files changed since recording.
    """
    world = world_of(manifest, python=python, trust=trust)
    recorded_timeout = manifest.provenance.stopped_after
    with (
        room_for(
            manifest,
            on_bytes,
            original=original,
            in_memory=in_memory and _may_be_bubblewrap(sandbox),
        ) as room,
        _compiling(manifest, world, room, original=original) as compiling,
    ):
        found, passed = sandboxes.choose([kind() for kind in SANDBOXES], sandbox, world, room)
        if room.in_memory and found.mode != "absent":
            # Only in bubblewrap do the files have other paths: the agent takes files below /dev for devices.
            verdict = verify(
                manifest,
                sandbox=found.name,
                timeout=timeout,
                python=python,
                trust=trust,
                on_sandbox=on_sandbox,
                in_memory=False,
            )
            return replace(verdict, passed_over=tuple(passed))
        if original and found.mode != "absent":
            raise UsageError(
                f"--at original requires bubblewrap, and the sandbox here is: {found.title}",
                hint="; ".join(passed) or "leave it out",
            )
        on_sandbox(found)
        program = _program(manifest, world, room, found, original=original)
        places = [pair for pair in project_places(manifest) if "/" not in pair]
        own = [] if original else [found.place(remote, room) for _, remote in places]
        boot = sandboxes.prepare(room, world, found.mode, own, [local for local, _ in places])
        strace, not_traced = _strace(manifest)
        traced = program
        if strace is not None:
            os.mkdir(room.trace)
            traced = replace(program, argv=tuple(strace.command(program.argv, room.trace)))
        compiling.wait()
        ended = sandboxes.run(
            found.command(world, room, traced),
            sandboxes.environment(program, room, boot, keep_temporary=found.mode == "absent"),
            cwd=None if found.mode == "absent" else program.cwd,
            timeout=recorded_timeout if timeout is None else timeout,
        )
        follower = JournalFollower(room.journal)
        follower.read()
        remote_of = _remote_in_rerun(manifest, room, found, original=original)
        journal = follower.fold()
        if found.mode != "absent":
            # Numbers of a process namespace mean other processes here, and bubblewrap ends these itself.
            sandboxes.end(running(journal))
        if strace is not None:
            journal = strace.merge(journal, room.trace, program.cwd)
        editables = EditableInstalls(world.site_dirs)
        journal = with_linked_libraries(journal, lambda path: _in_room(path, room, found))
        rerun = rerun_of(journal, remote_of, program.argv, program.cwd)
        rerun = replace(
            rerun,
            made_again=_made_again(manifest, rerun, room),
            not_found=(
                *_on_this_machine(looked_for(manifest, journal, remote_of), editables, world),
                *metadata_sought(
                    journal, {"group": editables.entry_points, "distribution": editables.described}
                ),
            ),
        )
        findings = compare(manifest, rerun)
        beyond = () if found.mode == "absent" else _beyond(manifest, journal, room)
    code = manifest.provenance.exit_code
    return Verdict(
        sandbox=found.name,
        title=found.title,
        strength=found.strength,
        status=ended.status,
        expected=None if code is None else sandboxes.shell_status(code),
        timed_out=ended.timed_out,
        passed_over=tuple(passed),
        findings=findings,
        stopped_when_recorded=recorded_timeout is not None,
        left_to_requirements=tuple(row.name for row in manifest.requirements if row.editable_project),
        incomplete=manifest.incomplete,
        beyond=beyond,
        not_traced=not_traced,
    )


def _may_be_bubblewrap(sandbox: str | None) -> bool:
    return sandbox in (None, Bubblewrap.name) and shutil.which("bwrap") is not None


def _strace(manifest: Manifest) -> tuple[Strace | None, str | None]:
    """What traces the rerun as the recorded run was traced, and why nothing does.

    What only a trace showed the first time only a trace can show again.
    """
    if manifest.provenance.tracer is None:
        return None, None
    try:
        return tracer(manifest.provenance.tracer), None
    except AutomountError as error:
        return None, str(error)


@contextlib.contextmanager
def _compiling(manifest: Manifest, world: World, room: Room, *, original: bool) -> Iterator[Compiling]:
    local = {row.remote: paths.normal(row.local) for row in manifest.files} if original else {}
    compiling = Compiling(manifest, world.python, lambda remote: room.tree + local.get(remote, remote))
    try:
        yield compiling
    finally:
        compiling.wait()


def _program(manifest: Manifest, world: World, room: Room, found: Sandbox, *, original: bool) -> Program:
    if not original:
        return program_of(manifest, world.python, lambda remote: found.place(remote, room))
    local = {row.remote: paths.normal(row.local) for row in manifest.files}
    program = program_of(manifest, world.python, lambda remote: local.get(remote, remote))
    cwd = paths.normal(manifest.provenance.cwd)
    return Program(program.argv, cwd, _original_path(manifest))


def _made_again(manifest: Manifest, rerun: Rerun, room: Room) -> frozenset[str]:
    """The local data files for which the rerun created an equal file at the same place."""
    found = set()
    for local, remote in read_where_not_shipped(manifest, rerun):
        with contextlib.suppress(OSError):
            if filecmp.cmp(local, room.tree + remote, shallow=False):
                found.add(local)
    return frozenset(found)


def _beyond(manifest: Manifest, journal: Journal, room: Room) -> tuple[str, ...]:
    """The paths that only a sandbox with a root directory of its own can give the program.

    These are shipped files outside the remote root, and what it writes outside its own directories.
    """
    own = {room.tree, room.journal, room.scratch, *sandboxes.DEVICES}
    shipped = {row.remote for row in manifest.files if not paths.is_below(row.remote, manifest.remote_root)}
    written = {row.path for row in journal.data if row.action in ("created", "written")}
    return tuple(sorted(shipped | {path for path in written if not paths.is_within(path, own)}))


def _on_this_machine(
    rows: Iterable[NotFound], editables: EditableInstalls, world: World
) -> tuple[NotFound, ...]:
    """The files and modules that the program looked for and did not find, although this machine has them."""
    found = []
    for row in rows:
        there = [path for path in row.candidates if os.path.lexists(path)]
        provided = editables.module_file(row.name) if row.name is not None and not there else None
        if provided is not None:
            row = replace(row, local=provided, candidates=(provided,))
            there = [provided]
        if there:
            is_directory = row.name is None and os.path.isdir(there[0])
            command_of = world.commands.get(row.local)
            found.append(replace(row, is_directory=is_directory, command_of=command_of))
    return tuple(found)


def _original_path(manifest: Manifest) -> tuple[str, ...]:
    """The local directories of the `sys_path` rows, derived from the local paths of their files."""
    found: dict[str, None] = {}
    for place in manifest.sys_path:
        for row in manifest.files:
            below = paths.parts(paths.relative(row.remote, place) or "")
            here = paths.parts(row.local)
            if row.remote == place:
                found[paths.normal(row.local)] = None
            elif below and here[-len(below) :] == below:
                found["/" + "/".join(here[: -len(below)])] = None
    return tuple(found)


def _in_room(path: str, room: Room, found: Sandbox) -> str:
    """Where a path that the program has in the sandbox is on this machine."""
    return room.tree + path if found.mode == "absent" and os.path.lexists(room.tree + path) else path


def _remote_in_rerun(
    manifest: Manifest, room: Room, found: Sandbox, *, original: bool
) -> Callable[[str], str | None]:
    """The remote path for a path that the recording in the sandbox names."""
    if original:
        at_home = {paths.normal(row.local): row.remote for row in manifest.files}
        return lambda path: at_home.get(paths.normal(path))

    def remote_of(path: str) -> str | None:
        path = paths.normal(path)
        inside = paths.relative(path, room.tree)
        if inside is not None:
            return "/" + inside
        return path if found.mode == "absent" else None

    return remote_of
