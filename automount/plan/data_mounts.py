"""Creates the mounts of `--data mount`: each used file at the paths where the program will look for it."""

from __future__ import annotations

from automount.model import Scope
from automount.paths import join, parts, relative
from automount.plan.data_files import DataFile, data_files, holds_project
from automount.plan.data_places import data_places, metadata_directory, seen_from_resolved_links
from automount.plan.drafts import Draft, Drafts, Reason, Tier
from automount.plan.layout import Placement
from automount.plan.run import PlanRun

SOURCE_SUFFIXES = (".py", ".pyc", ".pyd", ".so")


def add_data_mounts(
    run: PlanRun, placement: Placement, drafts: Drafts, path_rows: set[tuple[int, int, str]]
) -> None:
    """Adds them to `drafts`; large files are mounted only where the user names them.

    Metadata of distributions is found by way of `sys.path`, so its directory is added to `path_rows`.
    """
    for row in sorted(data_files(run), key=lambda row: not row.listed):
        if row.listed:
            _add_directory(run, placement, drafts, row)
            continue
        if row.is_large or row.size is None:
            continue
        carried = drafts.carrier(row.path)
        if carried is not None and _left_out(run, carried[0], row.path):
            carried = None
        for remote in data_places(run, placement, drafts, row).remotes:
            if carried is None or carried[1] != remote:
                _add(drafts, row, remote, "read")
        directory = metadata_directory(run, row)
        if directory is not None:
            process = min(access.process for access in row.accesses)
            path_rows.add(run.row(directory, process, placement.home(directory)))


def _add_directory(run: PlanRun, placement: Placement, drafts: Drafts, row: DataFile) -> None:
    """Mounts a directory that the program listed, if it is of a known project.

    Of one that holds the project only the files right in it; `needed_directories` adds the directories. A
    walk leaves out names that begin with a dot, but the program saw them: those files are added one by one.
    """
    for place in seen_from_resolved_links(run, placement, row.path):
        if row.fact.entries and not row.is_large:
            _add(drafts, row, place, "listed")
    carried = drafts.carrier(row.path)
    remote = carried[1] if carried is not None else placement.known(row.path)
    files = [entry for entry in row.fact.entries if entry not in row.fact.directories]
    if remote is None or not row.fact.entries:
        return
    if holds_project(run, row.path):
        if carried is None and not row.fact.is_wide:
            draft = _add(drafts, row, remote, "listed")
            draft.limited = True
            draft.files.update(join(row.path, entry) for entry in files)
            return
    elif carried is None and not row.is_large:
        _add(drafts, row, remote, "listed")
    if not row.fact.is_wide and (carried is not None or not row.is_large):
        for entry in files:
            if entry.startswith("."):
                _add_file(drafts, row, join(row.path, entry), join(remote, entry), "listed")


def _add(drafts: Drafts, row: DataFile, remote: str, verb: str) -> Draft:
    reasons = [Reason(f"{verb} by {reader}") for reader in row.readers]
    return drafts.add(Draft.of_data(row.path, remote, tree=row.listed), *reasons)


def _add_file(drafts: Drafts, row: DataFile, local: str, remote: str, verb: str) -> None:
    """Mounts a file in the listed directory `row`."""
    drafts.add(
        Draft.of_data(local, remote, tree=False), *[Reason(f"{verb} by {reader}") for reader in row.readers]
    )


def _left_out(run: PlanRun, draft: Draft, path: str) -> bool:
    """Whether a tree that holds the file is known not to carry it: hidden names, other scopes."""
    if any(part.startswith(".") for part in parts(relative(path, draft.local) or "")):
        return True
    automatic = draft.precedence.tier in (Tier.IMPORT, Tier.ENTRY)
    return automatic and run.policy.scope is Scope.SOURCE and not path.endswith(SOURCE_SUFFIXES)
