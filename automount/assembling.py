"""Turns a finished run into its manifest: classify, plan, walk, digest, write down.

Both ways of recording end here, a program that automount ran and the process that it is called from.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import platform
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from automount import __version__
from automount.contents import Contents, DigestIndex, expand
from automount.contents.disclosures import disclosed_paths, disclosed_secrets
from automount.distributions import (
    Catalog,
    InstalledIndex,
    Locator,
    console_function,
    find_package,
    indexes_for,
    installed_under,
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
    Disposition,
    Distribution,
    EditablePolicy,
    Entrypoint,
    Incomplete,
    Journal,
    Origin,
    Policy,
    ProgramEntrypoint,
    RecordKind,
    ScriptEntrypoint,
    Status,
    Warning_,
)
from automount.origins import classify, classify_path
from automount.paths import ancestors, name, normal, parent
from automount.patterns import PatternSet
from automount.plan import (
    LARGE_DATA,
    DataFact,
    Importable,
    Plan,
    PlanInput,
    data_rows,
    excluded_but_loaded,
    launched_files,
    make_plan,
    workspace_root,
)
from automount.recorder.interpreters import AGENT_DIRECTORY
from automount.recorder.ourselves import without_manifest

# What a program does to a directory when its content counts.
_LISTING = frozenset({"listed", "moved", "linked"})


@dataclass(frozen=True)
class Recording:
    """What a recorded run gives: its manifest, how it ended, and the journal.

    `exit_status` is as in `subprocess`: negative when the program was killed by that signal; None where
    it is not known (a live journal, the current process). `seconds` is how long the program ran,
    `ended_at` when it ended (monotonic seconds).
    """

    manifest: Manifest
    exit_status: int | None
    journal: Journal
    seconds: float = 0.0
    ended_at: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What is known of a run besides its journal.

    `cwd` is where it was started, `output` where its manifest will be written, if to a file; both absolute.
    `stopped_after` is the number of seconds after which it had to be ended, None where it ended by itself.
    """

    entrypoint: Entrypoint
    cwd: str
    exit_status: int | None
    argv: tuple[str, ...]
    incomplete: tuple[Incomplete, ...] = ()
    output: str | None = None
    stopped_after: float | None = None


def make_manifest(
    journal: Journal,
    outcome: Outcome,
    policy: Policy,
    index: DigestIndex,
    progress: Callable[[str, int], None] | None = None,
) -> Manifest:
    """The manifest of a run, whole. Reads the file system; runs nothing.

    `progress` is told each path and the number of bytes of it that were just hashed.
    """
    catalog = Catalog()
    installed = indexes_for(journal.processes, catalog)
    main = installed.get(0)
    locate = Locator()
    journal = _with_lazy_files(journal, installed)
    dispositions = classify(journal, installed, locate, recorder=parent(AGENT_DIRECTORY))
    launched = launched_files(journal, outcome.entrypoint, outcome.cwd)
    journal = replace(journal, data=(*journal.data, *launched))
    facts = PlanInput(
        entrypoint=outcome.entrypoint,
        journal=journal,
        dispositions=dispositions,
        policy=policy,
        cwd=outcome.cwd,
        locate=locate,
        workspace=policy.root or _workspace(outcome),
        home=os.path.expanduser("~"),
        importables=_importables(policy, main),
        also_installed=_also_installed(dispositions, installed),
        data=_data_facts(journal, installed, locate, _homes(outcome)),
        libraries=_libraries(dispositions),
    )
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
        index=index,
        progress=progress,
        written=frozenset(map(normal, written_by(journal))),
        workspace=facts.workspace,
    )
    damaged = (
        Warning_("damaged-metadata", f"{path} {problem}: it was ignored", path)
        for path, problem in catalog.damage().items()
    )
    contents = replace(contents, warnings=(*contents.warnings, *damaged))
    return _written(facts, outcome, plan, contents, loaded, _function(facts, main))


def _function(facts: PlanInput, main: InstalledIndex | None) -> str | None:
    """The shipped function behind the command that was run, None where the command is something else."""
    entrypoint = facts.entrypoint
    if not isinstance(entrypoint, ProgramEntrypoint) or main is None:
        return None
    command_name = name(entrypoint.program)
    ran = any(
        row.record.process == 0
        and row.record.kind is RecordKind.SCRIPT
        and name(row.file or "") == command_name
        for row in facts.dispositions
    )
    found = console_function(command_name, main) if ran else None
    if found is None or facts.policy.editable is EditablePolicy.SKIP:
        return None
    module_name = found.partition(":")[0]
    shipped = {row.record.name for row in facts.dispositions if row.origin in MOUNTED_ORIGINS}
    return found if module_name in shipped else None


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


def _with_lazy_files(journal: Journal, installed: Mapping[int, InstalledIndex]) -> Journal:
    """`journal` with the place of each module that was declared lazy (PEP 810) and never loaded.

    The recorded program could not be asked: that would have loaded it. A name without a place is not a
    module, since `lazy from package import name` declares `package.name`, whatever that is.
    """
    if not any(row.status is Status.LAZY for row in journal.modules):
        return journal
    rows = []
    for row in journal.modules:
        if row.status is Status.LAZY and row.file is None:
            index = installed[row.process]
            found = find_package(row.name, index.environment, index)
            if found is None:
                continue
            row = replace(row, file=found.file, locations=found.locations or None)
        rows.append(row)
    return replace(journal, modules=tuple(rows))


def _importables(policy: Policy, main: InstalledIndex | None) -> dict[str, Importable]:
    """Where each name of `--add-package` stands, with its ancestors."""
    found: dict[str, Importable] = {}
    if main is None:
        return found
    for module_name, _ in policy.add_packages:
        pieces = module_name.split(".")
        for depth in range(1, len(pieces) + 1):
            dotted = ".".join(pieces[:depth])
            importable = find_package(dotted, main.environment, main)
            if importable is not None:
                found[dotted] = importable
    return found


def _also_installed(
    dispositions: Iterable[Disposition], installed: Mapping[int, InstalledIndex]
) -> dict[str, Distribution]:
    """The installed distribution that provides the same top-level name as a mounted module, by name."""
    found: dict[str, Distribution] = {}
    asked: set[tuple[int, str]] = set()
    for row in dispositions:
        top = row.record.name.partition(".")[0]
        index = installed[row.record.process]
        if row.origin not in MOUNTED_ORIGINS or (id(index), top) in asked or top == "__main__":
            continue
        asked.add((id(index), top))
        other = installed_under(top, index)
        if other is not None:
            found.setdefault(top, other)
    return found


def _data_facts(
    journal: Journal, installed: Mapping[int, InstalledIndex], locate: Locator, homes: tuple[str, ...]
) -> dict[str, DataFact]:
    """What each path that was touched as data is now, by normal path."""
    facts: dict[str, DataFact] = {}
    main = installed.get(0)
    started = journal.processes[0].started if journal.processes else 0
    created = frozenset(normal(row.path) for row in journal.data if row.action == "created")
    listed = {normal(row.path) for row in journal.data if row.action in _LISTING}
    for access in journal.data:
        path = normal(access.path)
        if path in facts:
            continue
        index = installed.get(access.process, main)
        if index is None:
            continue  # the trace of a run in which no Python was recorded: nothing says what is installed
        origin, _rule = classify_path(path, index, locate, projects=homes)
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            facts[path] = DataFact(origin, None)
        else:
            size = status.st_size if stat.S_ISREG(status.st_mode) else None
            is_directory = stat.S_ISDIR(status.st_mode)
            entries, is_large = _listing(path, created) if is_directory and path in listed else ((), False)
            changed = started > 0 and status.st_mtime_ns >= started
            facts[path] = DataFact(origin, size, is_directory, entries, is_large, changed)
    return facts


def _libraries(dispositions: Iterable[Disposition]) -> dict[str, tuple[str, ...]]:
    """The directories of shared libraries beside the packages of each vendored distribution, by metadata."""
    found: dict[str, tuple[str, ...]] = {}
    for row in dispositions:
        distribution = row.distribution
        if row.origin is not Origin.VENDORED or distribution is None or distribution.metadata_path in found:
            continue
        held = parent(distribution.metadata_path)
        listed: set[str] = set()
        path = os.path.join(distribution.metadata_path, "RECORD")
        with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="surrogateescape") as record:
            listed = {line.partition("/")[0] for line in record if ".libs/" in line}
        found[distribution.metadata_path] = tuple(
            os.path.join(held, each) for each in sorted(listed) if each.endswith(".libs")
        )
    return found


def _listing(directory: str, created: frozenset[str]) -> tuple[tuple[str, ...], bool]:
    """The names in a directory that could be shipped, and whether its whole tree is large."""
    try:
        names = os.listdir(directory)
    except OSError:
        return (), False
    shown = tuple(
        each
        for each in sorted(names)
        if not each.startswith(".") and each != "__pycache__" and os.path.join(directory, each) not in created
    )
    size = 0
    for place, _, files in os.walk(directory):
        for file in files:
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, file)).st_size
            if size > LARGE_DATA:
                return shown, True
    return shown, False


def _written(
    facts: PlanInput,
    outcome: Outcome,
    plan: Plan,
    contents: Contents,
    loaded: frozenset[str],
    function: str | None = None,
) -> Manifest:
    data, data_warnings = data_rows(facts, plan, contents.files, _excluded(facts))
    excluded = excluded_but_loaded(loaded, contents.skipped)
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
            {*plan.warnings, *contents.warnings, *data_warnings, *excluded, *_disclosed(outcome, plan)}
        ),
        provenance=_provenance(facts, outcome),
    )
    return in_order(with_digest(without_excluded_mounts(manifest)))


def _directories(plan: Plan, contents: Contents) -> tuple[str, ...]:
    """The directories that the plan needs and that no shipped file, and no other of them, brings along."""
    held = {above for row in contents.files for above in ancestors(row.remote)} | {plan.remote_cwd}
    wanted = {remote for _, remote in plan.directories}
    held.update(above for place in wanted for above in ancestors(place))
    return tuple(sorted(wanted - held - {"/"}))


def _excluded(facts: PlanInput) -> Callable[[str, bool], bool]:
    """Whether the user's patterns exclude a path; the flag says that it is a directory."""
    patterns = PatternSet(facts.policy.patterns)

    def excluded(path: str, is_directory: bool) -> bool:
        decision = patterns.decide(path, is_directory, facts.cwd)
        return decision is not None and decision.excluded

    return excluded


def _disclosed(outcome: Outcome, plan: Plan) -> Iterator[Warning_]:
    """What the manifest itself would tell everybody who gets a bundle."""
    entrypoint = outcome.entrypoint
    code = entrypoint.code if isinstance(entrypoint, CodeEntrypoint) else None
    yield from disclosed_secrets(entrypoint.args, code, plan.requirements)
    yield from disclosed_paths(entrypoint.args, os.path.isdir)


def _provenance(facts: PlanInput, outcome: Outcome) -> Provenance:
    processes = facts.journal.processes
    first = processes[0].environment if processes else None
    return Provenance(
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        python=first.python if first else platform.python_version(),
        platform=platform.platform(),
        argv=outcome.argv,
        cwd=outcome.cwd,
        exit_code=outcome.exit_status,
        processes=tuple(map(process_row, processes)),
        automount=__version__,
        written=written_by(facts.journal),
        environment=interpreter_row(first) if first else None,
        patterns=facts.policy.patterns,
        stopped_after=outcome.stopped_after,
    )
