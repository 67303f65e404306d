"""Makes the claims of `--data mount`: each used file at the paths where the program will look for it."""

from __future__ import annotations

from collections.abc import Iterator

from automount.model import MountKind, Scope
from automount.paths import join, parts, relative
from automount.plan.claims import DATA, Claim, Mounts, Reason, Tier
from automount.plan.data_files import DataFile, holds_project
from automount.plan.data_places import data_places, metadata_directory, seen_from_resolved_links
from automount.plan.layout import Placement
from automount.plan.run import PlanRun
from automount.values import replace

SOURCE_SUFFIXES = (".py", ".pyc", ".pyd", ".so")


def data_claims(run: PlanRun, placement: Placement, mounts: Mounts, row: DataFile) -> Iterator[Claim]:
    """The claims of a file or directory; a large file is mounted only where the user names it.

    `mounts` are those of the program's code, and of listed directories if this is a file.
    """
    if row.listed:
        yield from _directory(run, placement, mounts, row)
    if row.listed or row.is_large or row.size is None:
        return
    carried = mounts.carrier(row.path)
    if carried is not None and _left_out(run, carried[0], row.path):
        carried = None
    # Metadata of distributions is found by way of `sys.path`.
    directory = metadata_directory(run, row)
    process = min(access.process for access in row.accesses)
    found = None if directory is None else run.row(directory, process, placement.home(directory))
    for remote in data_places(run, placement, mounts, row).remotes:
        claim = replace(_claim(row, row.path, remote, "read"), row=found)
        if carried is None or carried[1] != remote:
            yield claim
        elif found is not None:
            yield replace(claim, joins=True, reasons=())


def _directory(run: PlanRun, placement: Placement, mounts: Mounts, row: DataFile) -> Iterator[Claim]:
    """The claims of a directory that the program listed, if it is of a known project.

    Of one that holds the project only the files right in it; `needed_directories` adds the directories. A
    walk leaves out names that begin with a dot, but the program saw them: those files are claimed one by one.
    """
    if not row.fact.entries:
        return
    places = () if row.is_large else tuple(seen_from_resolved_links(run, placement, row.path))
    for place in places:
        yield _claim(row, row.path, place, "listed", tree=True)
    carrier = mounts.carrier(row.path)
    if carrier is not None and _is_hidden(carrier[0], row.path):
        carrier = None
    carried = places[0] if places else carrier[1] if carrier is not None else None
    remote = carried or placement.known(row.path)
    files = [entry for entry in row.fact.entries if entry not in row.fact.directories]
    if remote is None:
        return
    if holds_project(run, row.path):
        if carried is None and not row.fact.is_wide:
            only = frozenset(join(row.path, entry) for entry in files)
            yield replace(_claim(row, row.path, remote, "listed", tree=True), only=only)
            return
    elif carried is None and not row.is_large:
        yield _claim(row, row.path, remote, "listed", tree=True)
    if not row.fact.is_wide and (carried is not None or not row.is_large):
        for entry in files:
            if entry.startswith("."):
                yield _claim(row, join(row.path, entry), join(remote, entry), "listed")


def _claim(row: DataFile, local: str, remote: str, verb: str, *, tree: bool = False) -> Claim:
    reasons = [Reason(f"{verb} by {reader}") for reader in row.readers]
    return Claim.at(DATA, MountKind.DATA, local, remote, *reasons, tree=tree)


def _is_hidden(mount: Claim, path: str) -> bool:
    """Whether a name that begins with a dot, below the mount, leads to the path: a walk leaves it out."""
    return any(part.startswith(".") for part in parts(relative(path, mount.local) or ""))


def _left_out(run: PlanRun, mount: Claim, path: str) -> bool:
    """Whether a tree that holds the file is known not to contain it, because of the scope."""
    automatic = mount.precedence.tier in (Tier.IMPORT, Tier.ENTRY)
    return automatic and run.policy.scope is Scope.SOURCE and not path.endswith(SOURCE_SUFFIXES)
