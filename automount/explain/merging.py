"""The union of several runs of one project: each run exercises other branches (pure).

The runs may have been started in different ways: the first one's entrypoint is kept, and the others are
listed in `provenance.runs`. Where both of two facts can be true (arguments, times, process numbers), the
first run's is kept. Where they cannot, as with two contents for one remote path, nothing is merged and every
conflict is named. Merging a manifest with itself gives the same manifest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from automount.errors import AutomountError
from automount.explain.comparing import same_content
from automount.explain.merging_runs import MergedModules, MergedProcesses
from automount.manifest import (
    DataRow,
    FileEntry,
    Manifest,
    MountRow,
    Provenance,
    Requirement,
    RunRow,
    Skipped,
    Warning_,
    in_order,
    with_digest,
)
from automount.paths import ancestors, normal, relative
from automount.values import replace

_Row = TypeVar("_Row")
_NAMED = 3


class MergeConflict(AutomountError):
    """The manifests contradict each other. `conflicts` has a line for each contradiction."""

    default_code = "merge-conflict"

    def __init__(self, message: str, conflicts: Sequence[str], hint: str) -> None:
        self.conflicts = tuple(conflicts)
        named = "; ".join(self.conflicts[:_NAMED])
        more = f"; and {len(self.conflicts) - _NAMED} more" if len(self.conflicts) > _NAMED else ""
        super().__init__(f"{message}: {named}{more}", hint=hint)


def merge(runs: Sequence[tuple[str, Manifest]]) -> Manifest:
    """The merged manifest; each manifest comes with its name for errors. Raises `MergeConflict`."""
    name, first = runs[0]
    for other_name, other in runs[1:]:
        _same_project(name, first, other_name, other)
    manifests = [manifest for _, manifest in runs]
    mounts, indexes = _mounts(manifests)
    files = _files(runs, indexes)
    remotes = {row.local: row.remote for row in files}
    processes = MergedProcesses()
    modules = MergedModules()
    for manifest, index in zip(manifests, indexes, strict=True):
        renumbered = processes.add(manifest.provenance.processes)
        modules.add(manifest.modules, index, renumbered)
    data = _data(manifests, remotes)
    requirements, clashes = _requirements(manifests)
    sys_path, reordered = _sys_path(manifests)
    incomplete = _union(row for manifest in manifests for row in manifest.incomplete)
    merged = replace(
        first,
        complete=all(manifest.complete for manifest in manifests) and not incomplete,
        incomplete=incomplete,
        sys_path=sys_path,
        mounts=mounts,
        files=files,
        directories=_directories(manifests, files),
        modules=modules.rows(),
        requirements=requirements,
        data=data,
        skipped=_skipped(manifests, files),
        warnings=(*_warnings(manifests, data), *clashes, *reordered),
        provenance=_provenance(manifests, processes),
        extra=_extras(manifest.extra for manifest in manifests),
    )
    return in_order(with_digest(merged))


def _directories(manifests: Sequence[Manifest], files: Sequence[FileEntry]) -> tuple[str, ...]:
    """The directories that some run needs and that hold no shipped file of any run."""
    filled = {above for row in files for above in ancestors(row.remote)}
    return tuple(sorted({place for manifest in manifests for place in manifest.directories} - filled))


def _same_project(name: str, first: Manifest, other_name: str, other: Manifest) -> None:
    if first.remote_root != other.remote_root:
        raise MergeConflict(
            f"{name} and {other_name} have different remote roots",
            [f"{first.remote_root} and {other.remote_root}"],
            "record both with the same --remote-root",
        )
    ours = {row.local: row.remote for row in first.files}
    theirs = {row.local: row.remote for row in other.files}
    shared = sorted(ours.keys() & theirs.keys())
    moved = [local for local in shared if ours[local] != theirs[local]]
    places = [f"{local} is shipped to {ours[local]} and to {theirs[local]}" for local in moved]
    if moved and len(moved) == len(shared):
        raise MergeConflict(
            f"{name} and {other_name} place the same files differently",
            places,
            "record both with the same --root and --layout",
        )
    layouts = [one.provenance.layout or "tree" for one in (first, other)]
    if moved and layouts[0] != layouts[1]:
        raise MergeConflict(
            f"{name} has the layout {layouts[0]} and {other_name} the layout {layouts[1]}",
            places,
            "record both with the same --layout",
        )
    started = first.provenance.cwd, other.provenance.cwd
    if not shared and not _share_content(first, other) and started[0] != started[1]:
        raise MergeConflict(
            f"{name} and {other_name} are not runs of one project",
            [f"they were started in {started[0]} and {started[1]} and have no file in common"],
            "merge runs of one project",
        )


def _share_content(first: Manifest, other: Manifest) -> bool:
    """Whether two checkouts have a file in common: the same content at the same remote path."""
    contents = {(row.remote, row.sha256) for row in first.files}
    return any((row.remote, row.sha256) in contents for row in other.files)


def _mounts(manifests: Sequence[Manifest]) -> tuple[tuple[MountRow, ...], list[list[int]]]:
    """All mounts, each once, and for each manifest the new index of each of its mounts.

    The same mount in two checkouts has another local path: what it is relative to the run's cwd counts.
    """
    merged: list[MountRow] = []
    known: dict[tuple[str, ...], int] = {}
    indexes = []
    for manifest in manifests:
        mine = []
        for row in manifest.mounts:
            what = (row.kind.value, row.name, row.remote)
            inside = relative(row.local, manifest.provenance.cwd)
            keys = [(*what, row.local)] + ([(*what, "", inside)] if inside is not None else [])
            index = next((known[key] for key in keys if key in known), None)
            if index is None:
                index = len(merged)
                merged.append(row)
            else:
                known_row = merged[index]
                because = tuple(sorted({*known_row.because, *row.because}))
                owner = known_row.distribution or row.distribution
                extra = _extras((known_row.extra, row.extra))
                merged[index] = replace(known_row, because=because, distribution=owner, extra=extra)
            for key in keys:
                known.setdefault(key, index)
            mine.append(index)
        indexes.append(mine)
    return tuple(merged), indexes


def _files(runs: Sequence[tuple[str, Manifest]], indexes: Sequence[Sequence[int]]) -> tuple[FileEntry, ...]:
    """All files, each remote path once.

    Raises `MergeConflict` where two files with different content have one path.
    """
    by_remote: dict[str, FileEntry] = {}
    conflicts = []
    for (name, manifest), index in zip(runs, indexes, strict=True):
        for row in manifest.files:
            mounts = {index[place] for place in row.mounts}
            other = by_remote.get(row.remote)
            if other is None:
                by_remote[row.remote] = replace(row, mounts=tuple(sorted(mounts)))
            elif same_content(other, row):
                mounts.update(other.mounts)
                extra = _extras((other.extra, row.extra))
                by_remote[row.remote] = replace(other, mounts=tuple(sorted(mounts)), extra=extra)
            else:
                conflicts.append(f"{row.remote} differs in {name}")
    for remote in sorted(by_remote):
        for above in ancestors(remote):
            if above in by_remote:
                conflicts.append(f"{above} is a file, and a directory for {remote}")
    if conflicts:
        raise MergeConflict(
            "the runs have different content for the same remote path",
            conflicts,
            "record them again from the same files",
        )
    return tuple(by_remote.values())


def _data(manifests: Sequence[Manifest], remotes: dict[str, str]) -> tuple[DataRow, ...]:
    """All reads of data; what another run mounted is mounted."""
    merged: dict[tuple[str, str | None], DataRow] = {}
    for manifest in manifests:
        for row in manifest.data:
            mounted = remotes.get(row.local, row.mounted)
            merged.setdefault((row.local, row.read_by), replace(row, mounted=mounted))
    return tuple(merged.values())


def _warnings(manifests: Sequence[Manifest], data: Iterable[DataRow]) -> tuple[Warning_, ...]:
    """The warnings that also apply to the merged manifest."""
    mounted = {row.local for row in data if row.mounted is not None}
    return _union(
        row
        for manifest in manifests
        for row in manifest.warnings
        if not (row.code == "data-not-mounted" and row.path in mounted)
    )


def _skipped(manifests: Sequence[Manifest], files: Iterable[FileEntry]) -> tuple[Skipped, ...]:
    """All skipped paths except those that another run needed and ships."""
    shipped = {normal(row.local) for row in files}
    above = {directory for path in shipped for directory in ancestors(path)}

    def left_out(row: Skipped) -> bool:
        path = normal(row.local)
        # A linked directory is left out as long as nothing in it was used.
        return path not in shipped and not (row.code == "symlinked-directory" and path in above)

    return _union(row for manifest in manifests for row in manifest.skipped if left_out(row))


def _requirements(
    manifests: Sequence[Manifest],
) -> tuple[tuple[Requirement, ...], tuple[Warning_, ...]]:
    """All requirements, and a warning for each distribution that the runs used in several versions."""
    merged: dict[object, Requirement] = {}
    for row in (row for manifest in manifests for row in manifest.requirements):
        key = repr(replace(row, via=()))
        other = merged.get(key)
        # What the program's own code imported in one run is not needed only by another distribution.
        if other is not None:
            direct = not other.via or not row.via
            row = replace(row, via=() if direct else tuple(sorted({*other.via, *row.via})))
        merged[key] = row
    rows = tuple(merged.values())
    versions: dict[str, set[str]] = {}
    for row in rows:
        versions.setdefault(row.name, set()).add(row.version)
    clashes = tuple(
        Warning_(
            "requirement-conflict",
            f"the runs used {name} in the versions {', '.join(sorted(used))}, which cannot be installed "
            f"together: record them in the same environment",
        )
        for name, used in sorted(versions.items())
        if len(used) > 1
    )
    return rows, clashes


def _sys_path(manifests: Sequence[Manifest]) -> tuple[tuple[str, ...], tuple[Warning_, ...]]:
    """All rows of `sys_path`, those of the first run first; a warning where the runs order them otherwise."""
    rows = tuple(dict.fromkeys(row for manifest in manifests for row in manifest.sys_path))
    for manifest in manifests:
        in_union = [row for row in rows if row in manifest.sys_path]
        if in_union != list(dict.fromkeys(manifest.sys_path)):
            message = (
                f"the runs search {', '.join(in_union)} in different orders; the first run's order is kept"
            )
            return rows, (Warning_("sys-path-order", message),)
    return rows, ()


def _provenance(manifests: Sequence[Manifest], processes: MergedProcesses) -> Provenance:
    """The first run's provenance, with the latest time, the exit code if all share it, and all runs."""
    first = manifests[0].provenance
    codes = {manifest.provenance.exit_code for manifest in manifests}
    provenances = [manifest.provenance for manifest in manifests]
    runs = _union(run for manifest in manifests for run in _runs(manifest))
    stopped = [row.stopped_after for row in provenances if row.stopped_after is not None]
    return replace(
        first,
        created=max(manifest.provenance.created for manifest in manifests),
        exit_code=first.exit_code if len(codes) == 1 else None,
        processes=processes.rows(),
        written=tuple(sorted({path for row in provenances for path in row.written})),
        environment=next((row.environment for row in provenances if row.environment), None),
        patterns=_union(pattern for row in provenances for pattern in row.patterns),
        stopped_after=max(stopped, default=None),
        tracer=next((row.tracer for row in provenances if row.tracer), None),
        runs=tuple(sorted(runs, key=lambda run: (run.created, repr(run)))) if len(runs) > 1 else (),
        extra=_extras(row.extra for row in provenances),
    )


def _runs(manifest: Manifest) -> tuple[RunRow, ...]:
    """The runs that a manifest holds: those that were merged into it, else its own one."""
    row = manifest.provenance
    own = RunRow(
        row.created,
        row.python,
        row.platform,
        row.argv,
        row.cwd,
        row.exit_code,
        automount=row.automount,
        entrypoint=manifest.entrypoint,
    )
    return row.runs or (own,)


def _union(rows: Iterable[_Row]) -> tuple[_Row, ...]:
    """The rows, each once, in order. Rows may hold what has no hash."""
    found: dict[str, _Row] = {}
    for row in rows:
        found.setdefault(repr(row), row)
    return tuple(found.values())


def _extras(extras: Iterable[Any]) -> dict[str, Any]:
    """All unknown keys; of one key, the first value."""
    merged: dict[str, Any] = {}
    for extra in extras:
        for key, value in extra.items():
            merged.setdefault(key, value)
    return merged
