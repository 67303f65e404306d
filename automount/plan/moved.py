"""Finds what the layout `flat` moves away from where the program looks for it.

The layout decides by import names. A file that is found by its path instead, computed from `__file__` or the
cwd, is found only if it is as far from there as it was. `tree` keeps all such distances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from automount.model import DataAccess, FileEntry, Layout, RecordKind, Warning_
from automount.paths import ancestors, is_below, join, normal, parent, parts, relative
from automount.plan.data_files import data_files
from automount.plan.data_places import metadata_directory
from automount.plan.plan_input import PlanInput
from automount.plan.run import EDITABLE_ORIGINS, PlanRun, import_root, needed
from automount.values import dataclass

USE_TREE = "--layout tree"


@dataclass(frozen=True)
class _Use:
    """A file that was found by its path, and the local files that can have computed it.

    `named` is the path as the program gave it, None where that is not known.
    """

    path: str
    starts: tuple[str, ...]
    named: str | None


def moved_by_layout(facts: PlanInput, files: Iterable[FileEntry]) -> tuple[Warning_, ...]:
    """A warning for each shipped file that is not where the program will look for it, sorted; each has one.

    `files` are the shipped files. None under the layout `tree`, nor for what a mount also ships to the
    place where the program looks. Where more than one file can have computed the path, one from which it
    leads to the shipped file is enough.
    """
    if facts.policy.layout is not Layout.FLAT:
        return ()
    run = PlanRun(facts)
    remotes: dict[str, set[str]] = {}
    for row in files:
        remotes.setdefault(normal(row.local), set()).add(row.remote)
    found: dict[str, Warning_] = {}
    for use in (*_data(run), *_modules(run), *_scripts(run)):
        shipped = remotes.get(use.path, set())
        # What is outside the workspace is moved by `tree` as well.
        if not shipped or not is_below(use.path, run.workspace):
            continue
        message = _moved(run, use, shipped, remotes)
        if message is not None:
            found.setdefault(use.path, Warning_("moved-by-layout", message, use.path))
    return tuple(found[path] for path in sorted(found))


def collision_advice(layout: Layout) -> str:
    """What to do about two files for one remote path. Under `tree` only a place named by hand can collide."""
    return f"record with {USE_TREE}" if layout is Layout.FLAT else "rename or exclude one of them"


def _moved(run: PlanRun, use: _Use, shipped: set[str], remotes: Mapping[str, set[str]]) -> str | None:
    """The message of the warning; None where the program finds the file."""
    below = relative(use.path, run.cwd)
    from_cwd = join(run.root, below) if below else None
    by, shown = run.shown(use.starts[0]) if len(use.starts) == 1 else "the program", run.shown(use.path)
    if use.named is not None and not use.named.startswith("/"):
        # A name relative to another directory proves nothing.
        counts = normal(join(run.cwd, use.named)) == use.path
        looked = {from_cwd} if counts and from_cwd else set()
    else:
        looked = set(_as_far_as_here(run, use, remotes)) or ({from_cwd} if from_cwd else set())
    if not looked or shipped & looked:
        return None
    if from_cwd in shipped:
        return (
            f"the flat layout ships {shown} at the same distance from the cwd as here, but not from the "
            f"file that uses it: if {by} computes the path from __file__, record with {USE_TREE}"
        )
    return (
        f"the flat layout ships {shown} to {min(shipped)}, but {by} looks for it at "
        f"{min(looked)}: record with {USE_TREE}"
    )


def _data(run: PlanRun) -> Iterator[_Use]:
    for row in data_files(run):
        # A path that is written out in the program is the same everywhere.
        if row.listed or run.facts.named_in_texts.get(row.path):
            continue
        # The metadata of a distribution is found by way of `sys.path`.
        if metadata_directory(run, row) is not None:
            continue
        for access in row.accesses:
            yield _Use(row.path, tuple(_askers(run, access)), access.named)


def _askers(run: PlanRun, access: DataAccess) -> Iterator[str]:
    reader = run.reader(access)
    if reader is not None and reader.record.file is not None and run.ships(reader.origin):
        yield normal(reader.record.file)
    else:
        # A library was given the path: any shipped module of the process can have computed it.
        yield from _files_of(run, access.process)


def _modules(run: PlanRun) -> Iterator[_Use]:
    """The modules that were not found by their name."""
    for disposition in run.dispositions:
        record = disposition.record
        if record.kind is not RecordKind.MODULE or "." in record.name or not needed(record):
            continue
        if record.file is None or not record.file.startswith("/") or disposition.origin in EDITABLE_ORIGINS:
            continue
        root = import_root(record.name, record.file)
        if not run.ships(disposition.origin) or (root is not None and run.on_path(root)):
            continue
        reader = run.requester(record)
        if reader is not None and reader.record.file is not None:
            yield _Use(normal(record.file), (normal(reader.record.file),), None)


def _scripts(run: PlanRun) -> Iterator[_Use]:
    """The scripts of other processes: any module of the process above can have computed the path."""
    names = {normal(row.path): row.named for row in run.facts.journal.data if row.action == "named"}
    for disposition in run.dispositions:
        record = disposition.record
        if record.kind is not RecordKind.SCRIPT or record.process == 0 or record.file is None:
            continue
        path = normal(record.file)
        above = list(run.chain(record.process))[1:]
        if run.ships(disposition.origin) and not run.is_entry(path) and above:
            yield _Use(path, tuple(_files_of(run, above[0])), names.get(path))


def _files_of(run: PlanRun, process: int) -> Iterator[str]:
    """The files of the user's own that the process or one above it loaded."""
    chain = set(run.chain(process))
    for disposition in run.dispositions:
        file = disposition.record.file
        if disposition.record.process in chain and file and run.ships(disposition.origin):
            yield normal(file)


def _as_far_as_here(run: PlanRun, use: _Use, remotes: Mapping[str, set[str]]) -> Iterator[str]:
    """The remote paths that are as far from the shipped files that can have computed the path as here."""
    for start in use.starts:
        for remote in remotes.get(start, ()) if is_below(start, run.workspace) else ():
            yield _as_far(use.path, parent(start), parent(remote))


def _as_far(path: str, local: str, remote: str) -> str:
    """The path that is as far from `remote` as `path` is from `local`. Above `/` is `/`."""
    common = next(above for above in (local, *ancestors(local)) if is_below(path, above))
    climbs = len(parts(local)) - len(parts(common))
    return normal(join(remote, *[".."] * climbs, relative(path, common) or ""))
