"""The directories that a program needs even if they are empty: where it works, lists, and writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from automount.model import DataPolicy, Origin
from automount.paths import is_within, join, normal, parent
from automount.plan.layout import Placement
from automount.plan.run import PlanRun

_FOREIGN = frozenset({None, Origin.INSTALLED, Origin.STDLIB})


def needed_directories(
    run: PlanRun, placement: Placement, namespaces: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """The local directories that must exist for the program to run, each with its remote place, sorted.

    Those that a process had as its working directory, the empty ones that it listed, those into which it
    wrote a new file, and those that it removed, which had to be there; unless the run made them itself, or
    they have no place in the layout. With `--data mount` also those right below a listed directory.
    `namespaces` are the placed directories of namespace packages: one without modules can be imported, too.
    """
    created, cleared = run.paths_of("created"), run.paths_of("cleared")
    found = {row for row in namespaces if not is_within(row[0], created)}
    for path in sorted({*map(normal, _used(run)), *cleared}):
        if is_within(path, created) or not (path in cleared or run.is_directory(path)):
            continue
        remote = placement.known(path)
        if remote is not None:
            found.add((path, remote))
    return tuple(sorted(found))


def _used(run: PlanRun) -> Iterator[str]:
    journal, facts = run.facts.journal, run.facts.data
    yield from (process.environment.cwd for process in journal.processes)
    yield from (launch.cwd for launch in journal.launches)
    for access in journal.data:
        fact = facts.get(normal(access.path))
        if fact is None or fact.origin in _FOREIGN:
            continue
        if access.action == "entered" or (access.action == "listed" and not fact.entries):
            yield access.path
        elif access.action == "listed" and run.policy.data is DataPolicy.MOUNT and not fact.is_large:
            yield from (join(access.path, entry) for entry in fact.directories)
        elif access.action == "created":
            yield parent(normal(access.path))
