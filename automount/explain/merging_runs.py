"""Merges the processes and modules of two runs.

Pids differ from run to run. Processes with the same command line, Python and parent count as the same
process, in their order. So two runs of one program have one process 0, which has the modules of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automount.manifest import ModuleRow, ProcessRow
from automount.model import Status
from automount.values import replace

_FURTHER = (Status.EXECUTED, Status.FAILED, Status.FOUND)


class MergedProcesses:
    """Collects the processes of run after run."""

    def __init__(self) -> None:
        self._rows: list[ProcessRow] = []

    def add(self, run: Sequence[ProcessRow]) -> dict[int, int]:
        """Adds a run's processes; returns the new index of each."""
        renumbered: dict[int, int] = {}
        before = len(self._rows)
        taken: set[int] = set()
        for row in sorted(run, key=lambda row: row.process):
            parent = renumbered.get(row.parent) if row.parent is not None else None
            moved = replace(row, parent=parent)
            index = next(
                (place for place in range(before) if place not in taken and _same(self._rows[place], moved)),
                None,
            )
            if index is None:
                index = len(self._rows)
                self._rows.append(replace(moved, process=index))
            taken.add(index)
            renumbered[row.process] = index
        return renumbered

    def rows(self) -> tuple[ProcessRow, ...]:
        """All processes, numbered anew."""
        return tuple(self._rows)


class MergedModules:
    """Collects the modules of run after run, one row for each process, name and file."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, str, str | None], ModuleRow] = {}

    def add(self, run: Sequence[ModuleRow], mounts: Sequence[int], processes: Mapping[int, int]) -> None:
        """Adds a run's modules, with the new indexes of its mounts and processes."""
        for row in run:
            process = processes.get(row.process, row.process)
            mount = None if row.mount is None else mounts[row.mount]
            moved = replace(row, process=process, mount=mount)
            key = (process, row.name, row.file)
            known = self._rows.get(key)
            if known is None:
                self._rows[key] = moved
            elif _rank(moved) < _rank(known):
                self._rows[key] = replace(moved, extra={**moved.extra, **known.extra})

    def rows(self) -> tuple[ModuleRow, ...]:
        """All modules."""
        return tuple(self._rows.values())


def _same(ours: ProcessRow, theirs: ProcessRow) -> bool:
    return (ours.argv, ours.python, ours.parent) == (theirs.argv, theirs.python, theirs.parent)


def _rank(row: ModuleRow) -> tuple[int, bool]:
    """The row of the run in which the module was executed or is mounted is kept."""
    return (_FURTHER.index(row.status), row.mount is None)
