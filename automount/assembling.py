"""Turns a finished run into its manifest: classify, plan, walk, digest, write down.

Both ways of recording end here: a program that automount ran, and the process that calls automount.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from automount import __version__
from automount.contents.digests import DigestIndex
from automount.contents.disclosures import disclosed_paths, disclosed_places, disclosed_secrets
from automount.contents.expand import Contents, expand
from automount.contents.ignores import IgnoreFiles, excluded_by
from automount.distributions import (
    Catalog,
    InstalledIndex,
    Locator,
    indexes_for,
)
from automount.gathering import (
    also_installed,
    data_facts,
    importables,
    named_paths,
    vendored_libraries,
    with_lazy_files,
)
from automount.manifest import (
    Manifest,
    Provenance,
    entrypoint_row,
    in_order,
    interpreter_row,
    module_row,
    mount_row,
    process_row,
    with_digest,
    without_excluded_mounts,
    written_by,
)
from automount.model import (
    MOUNTED_ORIGINS,
    CodeEntrypoint,
    Entrypoint,
    Incomplete,
    Journal,
    Layout,
    Origin,
    Policy,
    ProgramEntrypoint,
    ScriptEntrypoint,
    Skipped,
    Warning_,
)
from automount.origins import classify
from automount.paths import ancestors, normal, parent
from automount.patterns import PatternSet
from automount.plan import (
    Plan,
    PlanInput,
    collision_advice,
    data_rows,
    excluded_but_loaded,
    launched_files,
    make_plan,
    moved_by_layout,
    with_reachable_data,
    workspace_root,
)
from automount.recorder.interpreters import AGENT_DIRECTORY
from automount.recorder.own_processes import without_manifest
from automount.values import dataclass, replace


@dataclass(frozen=True)
class Recording:
    """The result of a recorded run: its manifest, how it ended, and the journal.

    `exit_status` is as in `subprocess`: negative when the program was killed by that signal; None where
    it is not known (a live journal, the current process). `seconds` is how long the program ran,
    `ended_at` when it ended (monotonic seconds).
    """

    manifest: Manifest
    exit_status: int | None
    journal: Journal
    seconds: float = 0.0
    ended_at: float = 0.0

    def __repr__(self) -> str:
        return f"<Recording exit_status={self.exit_status} {self.manifest!r}>"


@dataclass(frozen=True)
class Outcome:
    """What is known of a run besides its journal.

    `cwd` is where it was started, `output` where its manifest will be written, if to a file; both absolute.
    `stopped_after` is the number of seconds after which it had to be ended, None where it ended by itself.
    `tracer` is the program that traced it, if any. `found_command` is the file that PATH led to, absolute,
    where a command was started by its name.
    """

    entrypoint: Entrypoint
    cwd: str
    exit_status: int | None
    argv: tuple[str, ...]
    incomplete: tuple[Incomplete, ...] = ()
    output: str | None = None
    stopped_after: float | None = None
    tracer: str | None = None
    found_command: str | None = None


def make_manifest(
    journal: Journal,
    outcome: Outcome,
    policy: Policy,
    index: DigestIndex,
    progress: Callable[[str, int], None] | None = None,
) -> Manifest:
    """The manifest of a run, whole. Reads the file system; runs nothing.

    `progress` is called with each path and the number of its bytes that were just hashed.
    """
    catalog = Catalog()
    installed = indexes_for(journal.processes, catalog)
    main = installed.get(0)
    locate = Locator()
    journal = with_lazy_files(journal, installed)
    if any(".so" in row.file for row in journal.modules if row.file) or any(
        ".so" in row.path for row in journal.data
    ):
        # Only here: most programs have no library of their own.
        from automount.linked_libraries import with_linked_libraries

        journal = with_linked_libraries(journal)
    dispositions = classify(journal, installed, locate, recorder=parent(AGENT_DIRECTORY))
    workspace = policy.root or _workspace(outcome)
    if isinstance(outcome.entrypoint, ProgramEntrypoint) and outcome.found_command is not None:
        from automount.environment_commands import own_command

        entrypoint = own_command(
            outcome.entrypoint, outcome.found_command, cwd=outcome.cwd, workspace=workspace, locate=locate
        )
        outcome = replace(outcome, entrypoint=entrypoint)
    launched = launched_files(journal, outcome.entrypoint, outcome.cwd)
    journal = replace(journal, data=(*journal.data, *launched))
    data = data_facts(journal, installed, locate, _homes(outcome))
    facts = PlanInput(
        entrypoint=outcome.entrypoint,
        journal=journal,
        dispositions=dispositions,
        policy=policy,
        cwd=outcome.cwd,
        locate=locate,
        workspace=workspace,
        home=os.path.expanduser("~"),
        importables=importables(policy, main),
        also_installed=also_installed(dispositions, installed),
        data=data,
        libraries=vendored_libraries(dispositions),
        named_in_texts=named_paths(journal, dispositions, data, workspace),
    )
    facts = with_reachable_data(facts)
    plan = make_plan(facts)
    policy = without_manifest(policy, plan.mounts, outcome.output)
    facts = replace(facts, policy=policy)
    loaded = frozenset(row.file for row in dispositions if row.file and row.origin in MOUNTED_ORIGINS)
    read = frozenset(row.path for row in journal.data if row.action == "read")
    contents = expand(
        plan.mounts,
        patterns=policy.patterns,
        touched=loaded | read,
        loaded=loaded,
        read=plan.read,
        index=index,
        progress=progress,
        written=frozenset(map(normal, written_by(journal))),
        workspace=facts.workspace,
        collision_advice=collision_advice(policy.layout),
    )
    damaged = (
        Warning_("damaged-metadata", f"{path} {problem}: it was ignored", path)
        for path, problem in catalog.damage().items()
    )
    function, missing = _commands(facts, main)
    contents = replace(contents, warnings=(*contents.warnings, *damaged, *missing))
    return _written(facts, outcome, plan, contents, loaded=loaded, function=function)


def _commands(facts: PlanInput, main: InstalledIndex | None) -> tuple[str | None, tuple[Warning_, ...]]:
    """The shipped function behind the command, None if there is none, and warnings about missing commands."""
    is_command = isinstance(facts.entrypoint, ProgramEntrypoint)
    if not is_command and all(row.origin is not Origin.EDITABLE_SHIM for row in facts.dispositions):
        return None, ()
    # Most runs need none of it.
    from automount.environment_commands import missing_commands, shipped_function

    function = shipped_function(facts, main)
    return function, missing_commands(facts, function)


def _workspace(outcome: Outcome) -> str:
    entrypoint = outcome.entrypoint
    script = None
    if isinstance(entrypoint, ScriptEntrypoint):
        is_directory = os.path.isdir(entrypoint.local)
        script = os.path.join(entrypoint.local, "__main__.py") if is_directory else entrypoint.local
    return workspace_root(normal(outcome.cwd), script, os.path.lexists, os.path.expanduser("~"))


def _homes(outcome: Outcome) -> tuple[str, ...]:
    if isinstance(outcome.entrypoint, ScriptEntrypoint):
        return (outcome.cwd, os.path.dirname(outcome.entrypoint.local))
    return (outcome.cwd,)


def _written(
    facts: PlanInput,
    outcome: Outcome,
    plan: Plan,
    contents: Contents,
    *,
    loaded: frozenset[str],
    function: str | None,
) -> Manifest:
    data, data_warnings = data_rows(facts, plan, contents.files, _excluded(facts, contents.skipped))
    excluded = excluded_but_loaded(loaded, contents.skipped)
    moved = moved_by_layout(facts, contents.files)
    manifest = Manifest(
        digest="",
        complete=not outcome.incomplete,
        incomplete=outcome.incomplete,
        entrypoint=entrypoint_row(
            outcome.entrypoint, remote=plan.entry_remote, remote_cwd=plan.remote_cwd, function=function
        ),
        remote_root=facts.policy.remote_root,
        sys_path=plan.sys_path,
        directories=_directories(plan, contents),
        mounts=tuple(map(mount_row, plan.mounts)),
        files=contents.files,
        modules=tuple(
            module_row(row, plan.module_mounts.get((row.record.process, row.record.name)))
            for row in facts.dispositions
        ),
        requirements=plan.requirements,
        data=data,
        skipped=tuple({*plan.skipped, *contents.skipped}),
        warnings=tuple(
            {
                *plan.warnings,
                *contents.warnings,
                *data_warnings,
                *excluded,
                *moved,
                *_disclosed(facts, outcome, plan),
            }
        ),
        provenance=_provenance(facts, outcome),
    )
    return in_order(with_digest(without_excluded_mounts(manifest)))


def _directories(plan: Plan, contents: Contents) -> tuple[str, ...]:
    """The directories that the plan needs and that no shipped file and no deeper directory creates."""
    holders = {parent(row.remote) for row in contents.files}
    made = {above for holder in holders for above in (holder, *ancestors(holder))} | {plan.remote_cwd}
    wanted = {remote for _, remote in plan.directories}
    made.update(above for place in wanted for above in ancestors(place))
    return tuple(sorted(wanted - made - {"/"}))


def _excluded(facts: PlanInput, skipped: Iterable[Skipped]) -> Callable[[str, bool], Skipped | None]:
    """What the user's patterns leave out at or above a path, of the files in mounts (`skipped`) and others.

    The flag: the path is a directory.
    """
    rows = {row.local: row for row in skipped if row.code == "excluded"}
    ignores = IgnoreFiles(PatternSet(facts.policy.patterns), facts.workspace)

    def excluded(path: str, is_directory: bool) -> Skipped | None:
        known = next((rows[above] for above in (path, *ancestors(path)) if above in rows), None)
        if known is not None:
            return known
        decision = ignores.above(path).decide(path, facts.cwd, ignores.top, is_dir=is_directory)
        return excluded_by(decision) if decision is not None and decision.excluded else None

    return excluded


def _disclosed(facts: PlanInput, outcome: Outcome, plan: Plan) -> Iterator[Warning_]:
    """What the manifest itself discloses to everyone who gets a bundle."""
    entrypoint = outcome.entrypoint
    code = entrypoint.code if isinstance(entrypoint, CodeEntrypoint) else None
    yield from disclosed_secrets(entrypoint.args, code, plan.requirements)
    yield from disclosed_paths(entrypoint.args, os.path.isdir)
    yield from disclosed_places(plan.mounts, facts.home, facts.policy.remote_root)


def _provenance(facts: PlanInput, outcome: Outcome) -> Provenance:
    processes = facts.journal.processes
    first = processes[0].environment if processes else None
    return Provenance(
        created=time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        python=first.python if first else sys.version.partition(" ")[0],
        platform=platform_name(),
        argv=outcome.argv,
        cwd=outcome.cwd,
        exit_code=outcome.exit_status,
        processes=tuple(map(process_row, processes)),
        automount=__version__,
        written=written_by(facts.journal),
        environment=interpreter_row(first) if first else None,
        patterns=facts.policy.patterns,
        stopped_after=outcome.stopped_after,
        tracer=outcome.tracer,
        layout=None if facts.policy.layout is Layout.TREE else facts.policy.layout.value,
    )


def platform_name() -> str:
    """The name of this platform as `platform.platform()` gives it.

    That function takes 5 ms: it starts `uname -p` and looks for the C library's version in Python's file.
    """
    facts = os.uname()
    libc = os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in os.confstr_names else None
    if facts.sysname != "Linux" or not libc:
        import platform

        return platform.platform()
    return f"{facts.sysname}-{facts.release}-{facts.machine}-with-{libc.replace(' ', '')}"
