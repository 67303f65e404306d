"""The installed distributions that were used: what the remote machine has to install."""

from __future__ import annotations

from automount.distribution_names import canonical
from automount.model import (
    MOUNTED_ORIGINS,
    Disposition,
    Distribution,
    Origin,
    Portion,
    Requirement,
    Skipped,
)
from automount.plan.run import EDITABLE_ORIGINS, PlanRun, needed

# setuptools imports it at every start of Python through a .pth file; the program did not import it.
_START_UP_HOOKS = frozenset({"_distutils_hack"})
# Modules of these import on behalf of other modules, which are not known.
_NEUTRAL = frozenset({Origin.STDLIB, Origin.FROZEN, Origin.BUILTIN, Origin.GENERATED, Origin.EDITABLE_SHIM})


def requirement_rows(run: PlanRun) -> tuple[Requirement, ...]:
    """One row for each distribution that a loaded module belongs to, by its normalised name.

    `via` marks what only other distributions imported.

    Editable ones only under `--editable skip`, with their project's directory: nothing else brings
    them to the remote machine then.
    """
    rows: dict[tuple[str, str], Requirement] = {}
    importers = _importers(run)
    for distribution, editable in _used(run):
        name = canonical(distribution.name)
        project = (distribution.project_root or distribution.metadata_path) if editable else None
        # No module of a distribution was imported where only its portion of a namespace package is used.
        by = importers.get(name, set())
        via = () if None in by else tuple(sorted(filter(None, by)))
        row = Requirement(name, distribution.version, distribution.direct_url, project, via)
        rows.setdefault((name, distribution.version), row)
    return tuple(rows[key] for key in sorted(rows))


def editable_skips(run: PlanRun) -> tuple[Skipped, ...]:
    """One row for each editable project that the policy leaves out."""
    found = {
        Skipped(
            distribution.project_root or distribution.metadata_path,
            "editable",
            f"{distribution.name} {distribution.version} is left out by --editable skip",
        )
        for distribution, editable in _used(run)
        if editable
    }
    return tuple(sorted(found, key=lambda row: (row.local, row.code, row.detail)))


def written_skips(run: PlanRun) -> tuple[Skipped, ...]:
    """One row for each module file that the recorded run wrote itself."""
    files = {
        disposition.record.file
        for disposition in run.dispositions
        if disposition.rule == "written" and disposition.record.file
    }
    return tuple(Skipped(file, "written", "the recorded run created it") for file in sorted(files))


def _importers(run: PlanRun) -> dict[str, set[str | None]]:
    """The importers of each distribution: other distributions by name, None for the program's own code."""
    found: dict[str, set[str | None]] = {}
    for disposition in run.dispositions:
        if disposition.distribution is None:
            continue
        name = canonical(disposition.distribution.name)
        importers = found.setdefault(name, set())
        requester = run.requester(disposition.record)
        if requester is None or requester.origin in _NEUTRAL:
            continue
        is_own = requester.distribution is None or requester.origin in MOUNTED_ORIGINS
        importer = (
            None if is_own or requester.distribution is None else canonical(requester.distribution.name)
        )
        if importer != name:
            importers.add(importer)
    return found


def _used(run: PlanRun) -> list[tuple[Distribution, bool]]:
    """Each use of a distribution that is not shipped, and whether it is editable."""
    used = []
    for disposition in run.dispositions:
        if not needed(disposition.record) or disposition.record.name in _START_UP_HOOKS:
            continue
        sources: tuple[Disposition | Portion, ...] = (disposition, *disposition.portions)
        for row in sources:
            if row.distribution is None:
                continue
            if row.origin in EDITABLE_ORIGINS and not run.ships(row.origin):
                used.append((row.distribution, True))
            elif row.origin is Origin.INSTALLED:
                used.append((row.distribution, False))
    return used
