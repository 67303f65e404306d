"""Makes the plan: gathers all claims, makes mounts of them, and writes their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from automount.model import (
    DataPolicy,
    Disposition,
    Layout,
    ModuleRecord,
    Mount,
    Origin,
    RecordKind,
    Scope,
    Warning_,
)
from automount.paths import normal
from automount.plan.because import import_reason
from automount.plan.claims import Claim, Key, Mounts, Tier
from automount.plan.data_files import DataFile, consumed_skips, data_files, read_files
from automount.plan.data_mounts import SOURCE_SUFFIXES, data_claims
from automount.plan.directories import needed_directories
from automount.plan.layout import Placement, placement_for
from automount.plan.manual import manual_claims, unknown_packages
from automount.plan.modules import Modules, is_by_path
from automount.plan.plan_input import Plan, PlanInput
from automount.plan.programs import Entry, ancestor_claims, child_claims, entry_claims, entry_record
from automount.plan.run import PlanRun, needed
from automount.plan.shipped_metadata import metadata_claims, metadata_files, vendored_claims
from automount.plan.used_distributions import editable_skips, requirement_rows, written_skips
from automount.plan.warnings import plan_warnings
from automount.values import replace


def make_plan(facts: PlanInput) -> Plan:
    """What is mounted where, and why. The order of the facts' rows does not matter."""
    run = PlanRun(facts)
    placement = placement_for(run)
    by_name = Modules(run, placement, Mounts())
    entry = entry_claims(run, placement, by_name)
    mounts = Mounts(entry.claims, imports=run.policy.automount)
    warnings = list(unknown_packages(run))
    if run.policy.automount:
        warnings += _add_recorded(run, placement, by_name, entry, mounts)
    else:
        mounts.add(ancestor_claims(run, by_name))
        mounts.add(manual_claims(run, placement))
        mounts.carried.update(_found_in(run, mounts))
    data = data_files(run)
    if run.policy.data is DataPolicy.MOUNT:
        described = metadata_files(run, mounts.all())
        for row in sorted(data, key=lambda row: not row.listed):
            if row.path not in described:
                mounts.add(tuple(data_claims(run, placement, mounts, row)))
    sys_path = _sys_path(run, placement, mounts)
    mounts.add(metadata_claims(run, mounts.all(), sys_path))
    rows = mounts.all()
    index = {row.key: position for position, row in enumerate(rows)}
    module_mounts = {
        (record.process, record.name): index[key] for record, (_, key) in reversed(mounts.carried.items())
    }
    carried = [(disposition, key[0]) for disposition, key in mounts.carried.values()]
    namespaces = (row for row, _ in carried if row.origin is Origin.NAMESPACE and needed(row.record))
    portions = [(place.local, place.remote) for row in namespaces for place in by_name.directories(row)]
    requirements = requirement_rows(run)
    return Plan(
        mounts=_mounts(run, mounts, data),
        sys_path=sys_path,
        entry_remote=entry.remote,
        remote_cwd=placement.remote_cwd,
        warnings=plan_warnings(run, carried, requirements, warnings),
        skipped=(*editable_skips(run), *written_skips(run), *consumed_skips(data)),
        requirements=requirements,
        module_mounts=dict(sorted(module_mounts.items())),
        homes=placement.homes,
        directories=needed_directories(run, placement, portions),
        read=read_files(data),
    )


def _add_recorded(
    run: PlanRun, placement: Placement, by_name: Modules, entry: Entry, mounts: Mounts
) -> list[Warning_]:
    """Mounts what the run loaded and what the user adds; the warnings are about scripts without a place.

    What was loaded by its path can be in a directory of anything else, so it comes last.
    """
    wanted = [disposition for disposition in run.dispositions if needed(disposition.record)]
    modules = [row for row in wanted if row.record.kind is RecordKind.MODULE]
    programs = [row for row in wanted if row.record.kind is not RecordKind.MODULE]
    located = [row for row in modules if is_by_path(run, row)]
    by_path = {row.record for row in located}
    own = entry_record(run)

    def caused(disposition: Disposition, claims: Sequence[Claim]) -> Iterator[Claim]:
        for claim in claims[:1]:
            # The entrypoint already has the reason that it was run.
            more = () if disposition.record == own else (import_reason(run, disposition),)
            yield replace(claim, carries=disposition, reasons=(*claim.reasons, *more))
        yield from claims[1:]

    def gathered(modules: Modules, rows: Iterable[Disposition]) -> list[Claim]:
        return [claim for row in rows for claim in caused(row, modules.claims(row))]

    mounts.add(gathered(by_name, (row for row in modules if row.record not in by_path)))
    mounts.add(manual_claims(run, placement))
    later = Modules(run, placement, mounts)
    mounts.add(gathered(later, located))
    warnings = []
    for row in programs:
        claims, warning = child_claims(run, placement, later, row, entry=entry, mounts=mounts)
        mounts.add(caused(row, claims))
        if warning is not None:
            warnings.append(warning)
    carried = [(disposition, mounts.of(key)) for disposition, key in mounts.carried.values()]
    mounts.add(vendored_claims(run, carried))
    return warnings


def _found_in(run: PlanRun, mounts: Mounts) -> Iterator[tuple[ModuleRecord, tuple[Disposition, Key]]]:
    """Each loaded module whose file some mount contains, with that mount."""
    for disposition in run.dispositions:
        file = disposition.file or disposition.record.file
        if not file or not needed(disposition.record) or not run.ships(disposition.origin):
            continue
        for mount in mounts.all():
            if mount.local == normal(file) or (
                mount.tree and run.below(normal(file), mount.local) is not None
            ):
                yield disposition.record, (disposition, mount.key)
                break


def _mounts(run: PlanRun, mounts: Mounts, data: Sequence[DataFile]) -> tuple[Mount, ...]:
    rows, scope = mounts.all(), run.policy.scope
    touched = _touched(run, mounts, data) if scope is Scope.LOADED else {}
    ranks = {each: rank for rank, each in enumerate(sorted({row.precedence for row in rows}))}
    made = []
    for row in rows:
        automatic = row.tree and row.precedence.tier not in (Tier.MANUAL, Tier.DATA)
        only = row.only
        if (automatic and scope is Scope.LOADED) or only is not None:
            only = frozenset({*(only or ()), *touched.get(row.key, ())})
        made.append(
            Mount(
                label=row.label,
                kind=row.kind,
                name=row.name,
                local=row.local,
                remote=row.remote,
                because=_because(mounts, row),
                distribution=row.distribution,
                tree=row.tree,
                only=only,
                suffixes=SOURCE_SUFFIXES if automatic and scope is Scope.SOURCE else None,
                priority=ranks[row.precedence],
                by_hand=row.precedence.tier is Tier.MANUAL,
            )
        )
    return tuple(made)


def _touched(run: PlanRun, mounts: Mounts, data: Sequence[DataFile]) -> dict[Key, set[str]]:
    """What was loaded or read in each tree, to which scope `loaded` limits it."""
    found: dict[Key, set[str]] = {}
    paths = [record.file for record in mounts.carried]
    paths += [row.path for row in data if not row.listed]
    for path in paths:
        if path is None or not path.startswith("/"):
            continue
        carrier = mounts.carrier(normal(path))
        if carrier is not None:
            found.setdefault(carrier[0].key, set()).add(normal(path))
            continue
        for row in mounts.all():
            below = run.below(path, row.local) if row.tree else None
            if below:
                found.setdefault(row.key, set()).add(f"{row.local}/{below}")
    return found


def _because(mounts: Mounts, row: Claim) -> tuple[str, ...]:
    """The reasons from other mounts, or the package's own imports if no other mount needs it."""
    outside, every = set(), set()
    for reason in mounts.reasons(row):
        carried = None if reason.asked_by is None else mounts.carried.get(reason.asked_by.record)
        every.add(reason.sentence)
        if carried is None or carried[1] != row.key:
            outside.add(reason.sentence)
    return tuple(sorted(outside or every))


def _sys_path(run: PlanRun, placement: Placement, mounts: Mounts) -> tuple[str, ...]:
    """The remote directories and archives, in the order that the program's `sys.path` had them."""
    rows = [remote for _, _, remote in sorted(mounts.rows)]
    if run.policy.layout is Layout.FLAT:
        # Scripts, `-m` and `-c` alike have the place that becomes the root in front.
        rows.insert(0, run.root)
    return tuple(dict.fromkeys(rows or (placement.remote_cwd,)))
