"""Makes the mounts of `--data mount`: each consumed file at the places where the program will look."""

from __future__ import annotations

from automount.model import Scope
from automount.paths import parts, relative
from automount.plan.data_files import DataFile, data_files
from automount.plan.data_places import data_places
from automount.plan.drafts import Draft, Drafts, Reason, Tier
from automount.plan.layout import Ground
from automount.plan.run import PlanRun

SOURCE_SUFFIXES = (".py", ".pyc", ".pyd", ".so")


def add_data_mounts(run: PlanRun, ground: Ground, drafts: Drafts) -> None:
    """Adds them to `drafts`; large files are mounted only where the user names them."""
    for row in sorted(data_files(run), key=lambda row: not row.listed):
        if row.is_large or (row.size is None and not row.listed):
            continue
        if row.listed:
            _add_directory(ground, drafts, row)
            continue
        carried = drafts.carrier(row.path)
        if carried is not None and _left_out(run, carried[0], row.path):
            carried = None
        for remote in data_places(run, ground, drafts, row).remotes:
            if carried is None or carried[1] != remote:
                _add(drafts, row, remote, "read")


def _add_directory(ground: Ground, drafts: Drafts, row: DataFile) -> None:
    """Mounts a directory that the program listed, if it is of a known project and in no mounted tree."""
    remote = ground.known(row.path)
    if remote is not None and row.fact.entries and drafts.carrier(row.path) is None:
        _add(drafts, row, remote, "listed")


def _add(drafts: Drafts, row: DataFile, remote: str, verb: str) -> None:
    draft = drafts.add(Draft.of_data(row.path, remote, tree=row.listed))
    draft.reasons += [Reason(f"{verb} by {asker}") for asker in row.askers]


def _left_out(run: PlanRun, draft: Draft, path: str) -> bool:
    """Whether a tree that holds the file is known not to carry it: hidden names, other scopes."""
    if any(part.startswith(".") for part in parts(relative(path, draft.local) or "")):
        return True
    automatic = draft.tier in (Tier.IMPORT, Tier.ENTRY)
    return automatic and run.policy.scope is Scope.SOURCE and not path.endswith(SOURCE_SUFFIXES)
