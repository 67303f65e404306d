"""The warnings about a plan: sentences that name the thing and what to do about it.

`plan_warnings` is called when the plan is made, `excluded_but_loaded` once the files are known. Warnings that
only the walk can give (large mounts, colliding names) are in `automount.contents`.
"""

from __future__ import annotations

from collections.abc import Iterable

from automount.model import (
    Disposition,
    Origin,
    RecordKind,
    Requirement,
    Skipped,
    Warning_,
)
from automount.option_words import including
from automount.paths import ancestors, normal
from automount.plan.run import EDITABLE_ORIGINS, PlanRun, needed


def plan_warnings(
    run: PlanRun,
    carried: Iterable[tuple[Disposition, str]],
    requirements: Iterable[Requirement],
    more: Iterable[Warning_],
) -> tuple[Warning_, ...]:
    """All warnings of the plan, sorted, each once: shadowed distributions, missing files, and `more`.

    `carried` are the shipped modules, each with the local path of its mount.
    """
    found = {
        *more,
        *_shadows(run, carried),
        *_missing(run),
        *_links(run),
        *_local_requirements(requirements),
    }
    return tuple(sorted(found, key=lambda row: (row.code, row.path or "", row.message)))


def _shadows(run: PlanRun, carried: Iterable[tuple[Disposition, str]]) -> Iterable[Warning_]:
    for disposition, local in carried:
        record = disposition.record
        other = run.facts.also_installed.get(record.name)
        if other is None or record.kind is not RecordKind.MODULE or disposition.origin is Origin.NAMESPACE:
            continue
        own = disposition.distribution
        if own is not None and own.name == other.name and disposition.origin in EDITABLE_ORIGINS:
            continue
        yield Warning_(
            "shadows-installed",
            f"the local module {record.name} ({run.shown(local)}) shadows {record.name} of the installed "
            f"{other.name} {other.version}: the local one is used, here and on the other machine; "
            f"rename it if the installed one was meant",
            local,
        )


def _missing(run: PlanRun) -> Iterable[Warning_]:
    for disposition in run.dispositions:
        record = disposition.record
        if disposition.origin is Origin.MISSING and needed(record) and record.file is not None:
            yield Warning_(
                "missing",
                f"{record.file}, loaded as {record.name}, no longer exists, so it is not mounted: "
                f"put it back and record again, or make the program create it on the other machine",
                record.file,
            )


def _links(run: PlanRun) -> Iterable[Warning_]:
    """A warning for each link that the program read with `os.readlink` itself: remotely it is not a link."""
    for path, reader in run.read_links.items():
        by = f" by {reader}" if reader else ""
        yield Warning_(
            "link-read",
            f"{run.shown(path)} is a link, and os.readlink was called for it{by}: shipped files are "
            f"never links, so the call fails on the other machine; use os.path.realpath, which works there",
            path,
        )


def _local_requirements(rows: Iterable[Requirement]) -> Iterable[Warning_]:
    """A warning for each distribution that no other machine can install, because its source is only here."""
    for row in rows:
        source = row.local_source
        if source is None:
            continue
        if row.editable_project is not None:
            remedy = "record with --editable mount to ship its code, or publish it"
        elif "dir_info" in (row.direct_url or {}):
            remedy = "install it with -e to ship its code, or publish it"
        else:
            remedy = "publish it, or install its source directory with -e to ship its code"
        yield Warning_(
            "local-requirement",
            f"{row.name} was installed from {source} on this machine, and other machines cannot install "
            f"it from there: {remedy}",
            source,
        )


def excluded_but_loaded(loaded: Iterable[str], skipped: Iterable[Skipped]) -> tuple[Warning_, ...]:
    """A warning for each file that the program loaded but the user's patterns leave out.

    `loaded` are local files, absolute. Of `skipped` only rows with the code `excluded`
    count; such a row may name a directory that was pruned whole.
    """
    rows = {row.local: row.detail for row in skipped if row.code == "excluded"}
    found = []
    for path in sorted({normal(path) for path in loaded}):
        excluded = next((above for above in (path, *ancestors(path)) if above in rows), None)
        if excluded is None:
            continue
        pattern = rows[excluded]
        by = f" by {pattern}" if pattern else ""
        found.append(
            Warning_(
                "excluded-but-loaded",
                f"{path} was loaded by the program, but is excluded{by}: the program will not find it; "
                f"narrow the pattern, or re-include what it left out with {including(excluded)}",
                path,
            )
        )
    return tuple(found)
