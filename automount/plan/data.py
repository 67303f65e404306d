"""Decides about data files: which reads count, where they go, what to tell the user about the rest.

A file counts when the program read it, the run did not create it, and it is the user's own. What a
mount carries anyway needs no word.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from automount.model import (
    DataAccess,
    DataPolicy,
    DataRow,
    EditablePolicy,
    FileEntry,
    MountKind,
    Origin,
    Scope,
    Warning_,
)
from automount.paths import is_below, join, name, normal, parent, parts, relative
from automount.plan.drafts import Draft, Drafts, Reason, Tier
from automount.plan.layout import Ground, ground_for
from automount.plan.plan_input import Plan, PlanInput
from automount.plan.run import PlanRun

LARGE_DATA = 10_000_000
GROUPED = 5
SOURCE_SUFFIXES = (".py", ".pyc", ".pyd", ".so")
_LOCAL = frozenset({Origin.LOCAL, Origin.VENDORED, Origin.EDITABLE, Origin.EDITABLE_ARTIFACT})
# The import system lists the directories of sys.path for itself.
_LOADERS = ("importlib._bootstrap", "_frozen_importlib", "zipimport", "_frozen_importlib_external")


@dataclass(frozen=True)
class DataFile:
    """One path that the program read or listed: who asked (the first by name), and how it was named."""

    path: str
    read_by: str | None
    accesses: tuple[DataAccess, ...]
    size: int | None
    listed: bool = False


def data_files(run: PlanRun) -> tuple[DataFile, ...]:
    """The user's own files that the program read, and directories that it listed, sorted by path."""
    created = {normal(access.path) for access in run.facts.journal.data if access.action == "created"}
    reads: dict[str, set[DataAccess]] = {}
    for access in run.facts.journal.data:
        if access.action in ("read", "listed") and not _by_loader(access):
            reads.setdefault(normal(access.path), set()).add(access)
    # Tracebacks and inspection read the source of what was loaded: that is code, not data.
    code = {normal(row.record.file) for row in run.dispositions if row.record.file}
    # What an editable distribution that is skipped brings along comes with its requirement.
    skips = run.policy.editable is EditablePolicy.SKIP
    wanted = _LOCAL - {Origin.EDITABLE, Origin.EDITABLE_ARTIFACT} if skips else _LOCAL
    found = []
    for path in sorted(reads):
        fact = run.facts.data.get(path)
        if fact is None or path in created or path in code or fact.origin not in wanted:
            continue
        if "__pycache__" in parts(path) or (fact.size is None and not fact.is_dir):
            continue
        if fact.is_dir and path in (run.cwd, *run.entry_directories):
            continue
        accesses = tuple(sorted(reads[path], key=lambda row: (row.read_by or "", row.named, row.process)))
        asked = sorted({access.read_by for access in accesses if access.read_by})
        found.append(DataFile(path, asked[0] if asked else None, accesses, fact.size, fact.is_dir))
    return tuple(found)


def _by_loader(access: DataAccess) -> bool:
    if access.read_by is None:
        return access.action == "listed"
    return access.read_by.startswith(_LOADERS)


def add_data_mounts(run: PlanRun, ground: Ground, drafts: Drafts) -> None:
    """Makes the mounts of `--data mount`; large files are mounted only when the user names them."""
    for row in data_files(run):
        if row.listed or row.size is None or row.size > LARGE_DATA:
            continue
        carried = drafts.carrier(row.path)
        if carried is not None and _left_out(run, carried[0], row.path):
            carried = None
        for remote in data_places(run, ground, drafts, row):
            if carried is not None and carried[1] == remote:
                continue
            draft = drafts.add(
                Draft(Tier.DATA, (0, 0, 0), row.path, MountKind.DATA, name(row.path), row.path, remote)
            )
            for asker in sorted({access.read_by for access in row.accesses if access.read_by}):
                draft.reasons.append(Reason(f"read by {asker}"))


def _left_out(run: PlanRun, draft: Draft, path: str) -> bool:
    """Whether a tree that holds the file is known not to carry it: hidden names, other scopes."""
    below = parts(relative(path, draft.local) or "")
    if any(part.startswith(".") for part in below):
        return True
    automatic = draft.tier in (Tier.IMPORT, Tier.ENTRY)
    return automatic and run.policy.scope is Scope.SOURCE and not path.endswith(SOURCE_SUFFIXES)


def data_places(run: PlanRun, ground: Ground, drafts: Drafts, row: DataFile) -> tuple[str, ...]:
    """The remote paths that the program will look for the file at, the likeliest first; never none.

    What has a place in the layout is there. Outside of it a relative name counts from the cwd, and an
    absolute path can only be met at that same path. A module that was found by a link can have resolved
    it; remotely there is no link, so the file is also placed as seen from the link.
    """
    if not ground.keeps_tree:
        carried = drafts.carrier(row.path)
        place = _from_cwd(run, row) or (carried[1] if carried is not None else ground.known(row.path))
        return (place or row.path,)
    found = []
    for access in row.accesses:
        found.append(_climb(run, ground, access) or ground.known(row.path) or row.path)
        if access.named.startswith("/"):
            found.extend(_seen_from_link(run, ground, access))
    return tuple(dict.fromkeys(found))


def _climb(run: PlanRun, ground: Ground, access: DataAccess) -> str | None:
    """Where a name leads that is relative to the first cwd, or that climbs by `..` out of a known place.

    Above `/` is `/`, there as here.
    """
    words = access.named.split("/")
    if words[0]:
        # A program that has changed its directory meant another one.
        is_from_cwd = normal(f"{run.cwd}/{access.named}") == normal(access.path)
        return normal(f"{ground.remote_cwd}/{access.named}") if is_from_cwd else None
    if ".." not in words:
        return None
    cut = words.index("..")
    start = ground.known("/".join(words[:cut]) or "/")
    return None if start is None else normal("/".join([start, *words[cut:]]))


def _from_cwd(run: PlanRun, row: DataFile) -> str | None:
    """In the flat layout the cwd becomes the remote root: the place of what was named relative to it."""
    below = relative(row.path, run.cwd)
    if not below or all(access.named.startswith("/") for access in row.accesses):
        return None
    return join(run.root, below)


def _seen_from_link(run: PlanRun, ground: Ground, access: DataAccess) -> Iterable[str]:
    """The place of a file that was reached from the real path of the asking module's linked file."""
    asker = run.find(access.read_by, access.process) if access.read_by else None
    file = asker.record.file if asker is not None else None
    if file is None or not file.startswith("/"):
        return
    written, real = parent(normal(file)), parent(run.real(file))
    if written == real or relative(normal(access.path), written) is not None:
        return
    climbed = 0
    holder = real
    while relative(normal(access.path), holder) is None:
        holder, climbed = parent(holder), climbed + 1
    if holder == "/":
        return
    remote = ground.known(join(written, *[".."] * climbed, relative(normal(access.path), holder) or ""))
    if remote is not None:
        yield remote


def data_rows(
    facts: PlanInput, plan: Plan, files: Sequence[FileEntry]
) -> tuple[tuple[DataRow, ...], tuple[Warning_, ...]]:
    """The manifest's data rows, and what to tell the user, once it is known what the mounts carry.

    A row for each file that was read, with its remote path if some mount carries it, and for each
    listed directory that no mount holds. A warning `data-not-mounted` for each file that is not
    mounted, one for a whole directory with more than five of them; it says which option adds it.
    """
    if facts.policy.data is DataPolicy.IGNORE:
        return (), ()
    run = PlanRun(facts)
    carried = {entry.local: entry.remote for entry in reversed(files)}
    sizes: dict[int, list[FileEntry]] = {}
    for entry in files:
        sizes.setdefault(entry.size, []).append(entry)
    rows, missing = [], []
    for row in data_files(run):
        remote = carried.get(row.path) or _carried_as_link(run, row, sizes)
        if row.listed and any(
            mount.tree and run.below(row.path, mount.local) is not None for mount in plan.mounts
        ):
            continue
        rows.append(DataRow(row.path, row.read_by, remote))
        if remote is None and not row.listed:
            missing.append(row)
    return tuple(rows), tuple(_warnings(run, plan, missing))


def _carried_as_link(run: PlanRun, row: DataFile, sizes: dict[int, list[FileEntry]]) -> str | None:
    """The remote path of a file that was read by its real path, while a mount has it under a link's name."""
    if row.size is None:
        return None
    real = run.real(row.path)
    return next((entry.remote for entry in sizes.get(row.size, ()) if run.real(entry.local) == real), None)


def _warnings(run: PlanRun, plan: Plan, missing: Iterable[DataFile]) -> Iterable[Warning_]:
    policy = run.policy.data
    ground = ground_for(run)
    ground.remember(plan.homes)
    trees = Drafts.of_trees(plan.mounts)
    groups: dict[str, list[DataFile]] = {}
    for row in missing:
        groups.setdefault(parent(row.path), []).append(row)
    for directory in sorted(groups):
        rows = groups[directory]
        # Nobody wants a whole project for some files of it.
        is_project = any(is_below(held, directory) for held in (run.cwd, *run.entry_directories))
        if len(rows) > GROUPED and not is_project:
            place = parent(data_places(run, ground, trees, rows[0])[0])
            option = _option("--add-dir", run.shown(directory), place)
            yield Warning_(
                "data-not-mounted",
                f"the program read {len(rows)} files in {run.shown(directory)} that no mount carries: "
                f"add {option}{_or_all(policy, rows)}",
                directory,
            )
            continue
        for row in rows:
            places = data_places(run, ground, trees, row)
            option = " ".join(_option("--add-file", run.shown(row.path), place) for place in places)
            large = f" ({_megabytes(row.size)}, over 10 MB)" if _is_large(row) else ""
            by = f" by {row.read_by}" if row.read_by else ""
            yield Warning_(
                "data-not-mounted",
                f"{run.shown(row.path)}{large} was read{by}, but no mount carries it: "
                f"add {option}{_or_all(policy, [row])}",
                row.path,
            )


def _is_large(row: DataFile) -> bool:
    return row.size is not None and row.size > LARGE_DATA


def _megabytes(size: int | None) -> str:
    return f"{(size or 0) / 1_000_000:.1f} MB"


def _or_all(policy: DataPolicy, rows: Sequence[DataFile]) -> str:
    if policy is DataPolicy.MOUNT or all(_is_large(row) for row in rows):
        return ""
    return ", or --data mount for all that was read"


def _option(option: str, local: str, remote: str) -> str:
    """The option as it is to be typed, with the remote path the program expects."""
    return f"{option} {shlex.quote(f'{local}:{remote}')}"
