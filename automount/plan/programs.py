"""Makes the claims of what runs as a program: the entrypoint, and the programs of child processes."""

from __future__ import annotations

from collections.abc import Iterator

from automount.model import (
    Disposition,
    ModuleEntrypoint,
    ModuleRecord,
    MountKind,
    Origin,
    ProgramEntrypoint,
    RecordKind,
    ScriptEntrypoint,
    Warning_,
)
from automount.option_words import adding, quoted
from automount.paths import join, name, normal, parent, relative, shared_directory
from automount.plan.claims import ENTRY, Claim, Mounts, Precedence, Reason, Tier
from automount.plan.launched import SHELLS, command_text
from automount.plan.layout import Placement
from automount.plan.modules import Modules
from automount.plan.outside import outside_place
from automount.plan.run import MAIN_NAMES, PlanRun, is_package_file
from automount.values import dataclass, replace

_NOT_SHIPPED = (Origin.STDLIB, Origin.INSTALLED, Origin.EDITABLE_SHIM, Origin.GENERATED)


@dataclass(frozen=True)
class Entry:
    """The entrypoint: its claims, the last of which contains it, and its own file, local and remote.

    The file is None for commands and installed modules.
    """

    claims: tuple[Claim, ...] = ()
    file: str | None = None
    remote: str | None = None


def entry_claims(run: PlanRun, placement: Placement, modules: Modules) -> Entry:
    """The claims of the run's entrypoint."""
    match run.facts.entrypoint:
        case ScriptEntrypoint() as script:
            return _script(run, placement, modules, script)
        case ModuleEntrypoint() as module:
            return _module(run, modules, module)
        case ProgramEntrypoint() as command:
            return Entry(tuple(_command_file(run, placement, command)))
    return Entry()


def _command_file(run: PlanRun, placement: Placement, entrypoint: ProgramEntrypoint) -> Iterator[Claim]:
    """The claim of the user's own file that a command runs: itself, or a shell's script."""
    path = entrypoint.program
    if name(path) in SHELLS:
        if command_text(entrypoint.args) is not None:
            return
        path = next((word for word in entrypoint.args if not word.startswith(("-", "+"))), "")
    elif "/" not in path:
        return
    local = normal(path if path.startswith("/") else join(run.cwd, path))
    located = run.facts.locate(local)
    if not path or not located.exists or located.is_dir:
        return
    # An absolute path to an interpreter or an installed command is not part of the project.
    if run.below(local, run.workspace) is None or any(
        run.same(row.record.file, local) for row in run.dispositions if row.record.file
    ):
        return
    prefixes = [run.environment(index).prefix for index in run.processes()]
    if any(relative(local, normal(prefix)) is not None for prefix in prefixes):
        return
    before, why = Precedence(Tier.IMPORT), Reason("the command that was run")
    yield Claim.at(before, MountKind.SCRIPT, local, placement.entry(local), why)


def _script(run: PlanRun, placement: Placement, modules: Modules, entrypoint: ScriptEntrypoint) -> Entry:
    local = normal(entrypoint.local)
    reason = Reason(f"the script that was {'run' if entrypoint.as_main else 'imported'}")
    for disposition in run.dispositions:
        if disposition.origin is Origin.ZIP and disposition.file and normal(disposition.file) == local:
            # An archive that was run as a program, by its `__main__`.
            claim = modules.archive(disposition)
            claim = replace(claim, label=local, kind=MountKind.SCRIPT, precedence=ENTRY, reasons=(reason,))
            return Entry((claim,), local, claim.remote)
    is_tree = run.is_directory(local)
    claim = Claim.at(ENTRY, MountKind.SCRIPT, local, placement.entry(local), reason, tree=is_tree)
    directory = local if is_tree else parent(local)
    # A directory is a program, not a package: its `__main__` runs, the rest is imported.
    file = _main_of(run, local) if is_tree else local
    only = frozenset({file}) if is_tree else None
    claim = replace(claim, only=only, row=run.row(directory, 0, placement.home(directory)))
    return Entry((claim,), file, claim.remote)


def _main_of(run: PlanRun, directory: str) -> str:
    for disposition in run.dispositions:
        file = disposition.record.file
        if disposition.record.name in MAIN_NAMES and file and parent(normal(file)) == directory:
            return normal(file)
    return join(directory, "__main__.py")


def _module(run: PlanRun, modules: Modules, entrypoint: ModuleEntrypoint) -> Entry:
    disposition = _main_module(run, entrypoint)
    if disposition is None:
        return Entry()
    reason = Reason(f"the module that was {'run' if entrypoint.as_main else 'imported'}: {entrypoint.name}")
    module_name = dotted(run, disposition) or entrypoint.name
    file = disposition.record.file
    if disposition.origin is Origin.ZIP:
        return Entry((replace(modules.archive(disposition), reasons=(reason,)),))
    claims = modules.claims(disposition, module_name) if run.ships(disposition.origin) else ()
    if file is None or not claims:
        return Entry()
    local, claim = normal(file), claims[0]
    if claim.tree:
        remote = join(claim.remote, relative(local, claim.local) or name(local))
        label, owner = f"PythonPackage:{module_name}", disposition.distribution
        claim = Claim.at(ENTRY, MountKind.MODULE, local, remote, label=label, distribution=owner)
    # Its own file is a mount, also where the tree of its package contains it.
    claim = replace(claim, precedence=ENTRY, joins=False, reasons=(reason,))
    return Entry((*claims, claim), local, claim.remote)


def _main_module(run: PlanRun, entrypoint: ModuleEntrypoint) -> Disposition | None:
    """The record of the entrypoint: what ran as `__main__` first, or the module of that name."""
    if not entrypoint.as_main:
        return run.find(entrypoint.name, 0)
    wanted = (f"{entrypoint.name}.__main__", entrypoint.name)
    for disposition in run.dispositions:
        if disposition.record.kind is not RecordKind.MODULE and dotted(run, disposition) in wanted:
            return disposition
    return run.find(wanted[0], 0) or run.find(wanted[1], 0)


def dotted(run: PlanRun, disposition: Disposition) -> str | None:
    """The import name of a module that ran as `__main__`; None where it was a script."""
    record = disposition.record
    if record.kind is RecordKind.SCRIPT:
        return None
    if record.name not in MAIN_NAMES:
        stem = name(record.file or "").partition(".")[0]
        if stem == "__main__" and not record.name.endswith("__main__"):
            return f"{record.name}.__main__"
        return record.name
    if record.file is None:
        return None
    for directory in run.search_path(record.process):
        below = relative(normal(record.file), directory)
        if below:
            pieces = below.split("/")
            pieces[-1] = pieces[-1].partition(".")[0]
            if all(piece.isidentifier() for piece in pieces):
                return ".".join(pieces)
    return None


def entry_record(run: PlanRun) -> ModuleRecord | None:
    """The record of the entrypoint itself, None for commands."""
    entrypoint = run.facts.entrypoint
    if isinstance(entrypoint, ModuleEntrypoint):
        main = _main_module(run, entrypoint)
        return main.record if main is not None else None
    if not isinstance(entrypoint, ScriptEntrypoint):
        return None
    local = normal(entrypoint.local)
    for disposition in run.dispositions:
        record = disposition.record
        if record.process == 0 and record.file and record.name != "__mp_main__":
            file = normal(record.file)
            if file == local or (file.startswith(local + "/") and record.name in MAIN_NAMES):
                return record
    return None


def ancestor_claims(run: PlanRun, modules: Modules) -> Iterator[Claim]:
    """The `__init__` files above the entry module: what `--no-automount` leaves of its packages."""
    entrypoint = run.facts.entrypoint
    pieces = entrypoint.name.split(".") if isinstance(entrypoint, ModuleEntrypoint) else []
    for depth in range(1, len(pieces) + 1):
        found = run.find(".".join(pieces[:depth]), 0)
        if found is None or not found.record.file or not is_package_file(found.record.file):
            continue
        if found.origin is Origin.ZIP or not run.ships(found.origin):
            continue
        local, label = normal(found.record.file), f"PythonPackage:{found.record.name}"
        reason = Reason(f"the package that holds {'.'.join(pieces)}")
        for place in modules.directories(found)[:1]:
            remote, owner = join(place.remote, name(local)), found.distribution
            yield Claim.at(ENTRY, MountKind.MODULE, local, remote, reason, label=label, distribution=owner)
            yield place


def child_claims(
    run: PlanRun,
    placement: Placement,
    modules: Modules,
    disposition: Disposition,
    *,
    entry: Entry,
    mounts: Mounts,
) -> tuple[tuple[Claim, ...], Warning_ | None]:
    """The claims of a script or `-m` module that another program started; none if it is not shipped.

    `mounts` are those of the entrypoint and of all modules. The warning is about a script whose place is not
    certain.
    """
    record = disposition.record
    if disposition.origin is Origin.ZIP:
        return (modules.archive(disposition),), None
    if record.file is None or disposition.origin in _NOT_SHIPPED:
        return (), None
    if entry.file is not None and run.same(record.file, entry.file):
        return entry.claims[-1:], None
    module_name = dotted(run, disposition)
    if module_name is not None:
        return modules.claims(disposition, module_name), None
    if not record.file.startswith("/") or not run.facts.locate(record.file).exists:
        return (), None
    local, warning = normal(record.file), None
    remote = mounts.remote_of(local) or placement.known(local)
    if remote is None:
        remote, warning = _outside(run, placement, local)
    if remote is None:
        return (), warning
    before, owner = Precedence(Tier.IMPORT, record.process), disposition.distribution
    return (Claim.at(before, MountKind.SCRIPT, local, remote, distribution=owner),), warning


def _outside(run: PlanRun, placement: Placement, local: str) -> tuple[str | None, Warning_ | None]:
    """The place of a script outside of everything that is shipped, with a warning if it is uncertain."""
    is_computed = run.facts.named_in_texts.get(local) is False
    place = outside_place(run, local) if is_computed else None
    if place is not None:
        return place, None
    common = shared_directory(run.workspace, local) if is_computed else None
    option = adding(local, local) if common is None else f"--root {quoted(common)}"
    message = (
        f"{local} ran as a script, but is outside the workspace, and the program runs it by its "
        f"absolute path: add {option}"
    )
    place = placement.place(local) if placement.keeps_tree else None
    return place, Warning_("unplaced", message, local)
