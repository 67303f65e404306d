"""Decides about data files: which reads count, where they go, what to tell the user about the rest.

A file counts when the program read it, the run did not create it, and it is the user's own. What a
mount carries anyway needs no word.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
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
from automount.paths import is_below, is_within, join, name, normal, parent, parts, relative
from automount.plan.drafts import Draft, Drafts, Reason, Tier
from automount.plan.layout import Ground, ground_for
from automount.plan.plan_input import DataFact, Plan, PlanInput
from automount.plan.run import PlanRun

LARGE_DATA = 10_000_000
GROUPED = 5
SOURCE_SUFFIXES = (".py", ".pyc", ".pyd", ".so")
_LOCAL = frozenset({Origin.LOCAL, Origin.VENDORED, Origin.EDITABLE, Origin.EDITABLE_ARTIFACT})
# What a run does to a file that must have been there; each with what is said of it.
_CONSUMED = {
    "read": "was read",
    "listed": "was listed",
    "moved": "was moved",
    "linked": "was linked to",
    "launched": "was launched",
    "named": "was named in a command line",
}
_BY_OTHERS = frozenset({"launched", "named"})
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
    entries: tuple[str, ...] = ()
    is_large: bool = False

    @property
    def verb(self) -> str:
        """What the program did to it, as the end of "the file …"."""
        actions = {access.action for access in self.accesses}
        return next(verb for action, verb in _CONSUMED.items() if action in actions)


def data_files(run: PlanRun) -> tuple[DataFile, ...]:
    """The user's own files that the program read, and directories that it listed, sorted by path."""
    data = run.facts.journal.data
    created = frozenset(normal(access.path) for access in data if access.action == "created")
    reads: dict[str, set[DataAccess]] = {}
    for access in run.facts.journal.data:
        if access.action in _CONSUMED and not _by_loader(access):
            reads.setdefault(normal(access.path), set()).add(access)
    # Tracebacks and inspection read the source of what was loaded: that is code, not data.
    code = {normal(row.record.file) for row in run.dispositions if row.record.file}
    # What an editable distribution that is skipped brings along comes with its requirement.
    skips = run.policy.editable is EditablePolicy.SKIP
    wanted = _LOCAL - {Origin.EDITABLE, Origin.EDITABLE_ARTIFACT} if skips else _LOCAL
    found = []
    for path in sorted(reads):
        fact = run.facts.data.get(path)
        if fact is None or is_within(path, created) or path in code or "__pycache__" in parts(path):
            continue
        is_there = fact.size is not None or fact.is_dir
        is_gone = fact.origin is Origin.MISSING and any(one.action == "moved" for one in reads[path])
        if not is_gone and (fact.origin not in wanted or not is_there):
            continue
        if fact.is_dir and any(is_below(held, path) for held in (run.cwd, *run.entry_directories)):
            continue
        if all(access.action in _BY_OTHERS for access in reads[path]) and not _is_given(run, path, fact):
            continue
        accesses = tuple(sorted(reads[path], key=lambda row: (row.read_by or "", row.named, row.process)))
        asked = sorted({access.read_by for access in accesses if access.read_by})
        is_large = fact.is_large or (fact.size is not None and fact.size > LARGE_DATA)
        by = asked[0] if asked else None
        found.append(DataFile(path, by, accesses, fact.size, fact.is_dir, fact.entries, is_large))
    return tuple(found)


def _is_given(run: PlanRun, path: str, fact: DataFact) -> bool:
    """Whether a file that only command lines name is the project's own, and older than the run."""
    homes = (run.facts.workspace or run.cwd, run.cwd, *run.entry_directories)
    inside = any(home != "/" and relative(path, home) is not None for home in homes)
    return inside and not fact.is_dir and not fact.changed


def _by_loader(access: DataAccess) -> bool:
    if access.read_by is None:
        return access.action == "listed"
    return access.read_by.startswith(_LOADERS)


def add_data_mounts(run: PlanRun, ground: Ground, drafts: Drafts) -> None:
    """Makes the mounts of `--data mount`; large files are mounted only when the user names them."""
    for row in sorted(data_files(run), key=lambda row: not row.listed):
        if row.is_large or (row.size is None and not row.listed):
            continue
        if row.listed:
            _add_directory(run, ground, drafts, row)
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


def _add_directory(run: PlanRun, ground: Ground, drafts: Drafts, row: DataFile) -> None:
    """Mounts a directory that the program listed, if it is of a known project and in no mounted tree."""
    remote = ground.known(row.path)
    if remote is None or not row.entries or drafts.carrier(row.path) is not None:
        return
    draft = drafts.add(
        Draft(Tier.DATA, (0, 0, 0), row.path, MountKind.DATA, name(row.path), row.path, remote, tree=True)
    )
    for asker in sorted({access.read_by for access in row.accesses if access.read_by}):
        draft.reasons.append(Reason(f"listed by {asker}"))


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
    facts: PlanInput,
    plan: Plan,
    files: Sequence[FileEntry],
    excluded: Callable[[str, bool], bool] = lambda _path, _is_directory: False,
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
    held = {**dict(plan.directories), **carried}
    sizes: dict[int, list[FileEntry]] = {}
    for entry in files:
        sizes.setdefault(entry.size, []).append(entry)
    rows, missing = [], []
    for row in data_files(run):
        if row.listed:
            remote = _carried_directory(run, plan, row, held)
            if remote == "":
                continue
        else:
            remote = carried.get(row.path) or _carried_as_link(run, row, sizes)
        rows.append(DataRow(row.path, row.read_by, remote))
        # What the user excluded is not suggested to be added.
        if remote is None and not excluded(row.path, row.listed):
            missing.append(row)
    return tuple(rows), tuple(_warnings(run, plan, missing))


def _carried_directory(run: PlanRun, plan: Plan, row: DataFile, carried: dict[str, str]) -> str | None:
    """The remote path of a listed directory; "" where nothing need be said of it, None if it is missed.

    A tree that a mount carries is the same remotely, and so is a directory each entry of which is
    carried. One without entries is no loss.
    """
    if any(
        mount.tree and mount.kind is not MountKind.DATA and run.below(row.path, mount.local) is not None
        for mount in plan.mounts
    ):
        return ""
    held = [path for path in carried if is_below(path, row.path, strictly=True)]
    reached = {parts(relative(path, row.path) or "")[0] for path in held}
    if not set(row.entries) - reached:
        return "" if not held else _above(carried[held[0]], len(parts(relative(held[0], row.path) or "")))
    return None


def _above(path: str, steps: int) -> str:
    for _ in range(steps):
        path = parent(path)
    return path


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
    listed = {row.path for row in missing if row.listed}
    for row in missing:
        if row.listed:
            place = data_places(run, ground, trees, row)[0]
            option = _option("--add-dir", run.shown(row.path), place)
            inside = ground.known(row.path) is not None
            yield Warning_(
                "data-not-mounted",
                f"the directory {run.shown(row.path)} {row.verb}, but no mount carries what is in it: "
                f"add {option}{_or_all(policy, [row]) if inside else ''}",
                row.path,
            )
        elif not any(is_below(row.path, held) for held in listed):
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
            if row.size is None:
                yield Warning_(
                    "data-not-mounted",
                    f"{run.shown(row.path)} {row.verb} by the run and is no longer there, so nothing carries "
                    f"it: put it back, and add {option}",
                    row.path,
                )
                continue
            large = f" ({_megabytes(row.size)}, over 10 MB)" if row.is_large else ""
            by = f" by {row.read_by}" if row.read_by else ""
            yield Warning_(
                "data-not-mounted",
                f"{run.shown(row.path)}{large} {row.verb}{by}, but no mount carries it: "
                f"add {option}{_or_all(policy, [row])}",
                row.path,
            )


def _megabytes(size: int | None) -> str:
    return f"{(size or 0) / 1_000_000:.1f} MB"


def _or_all(policy: DataPolicy, rows: Sequence[DataFile]) -> str:
    if policy is DataPolicy.MOUNT or all(row.is_large for row in rows):
        return ""
    return ", or --data mount for all that was read"


def _option(option: str, local: str, remote: str) -> str:
    """The option as it is to be typed, with the remote path the program expects."""
    return f"{option} {shlex.quote(f'{local}:{remote}')}"
