"""Walks from a module back to the entrypoint along the modules that requested each other, process by process.

A forked child has no rows for what its parent had loaded, so a requester that is not found in a process
is looked for in the processes above it.
"""

from __future__ import annotations

from collections.abc import Iterable

from automount.manifest import Manifest, ModuleRow, ProcessRow
from automount.values import dataclass


@dataclass(frozen=True)
class Step:
    """`module` was loaded because `requested_by` imported it, at `file` and `line`.

    `file` is the requester's, as recorded; None (and a `line` of None) where it is not known.
    """

    module: ModuleRow
    requested_by: str | None
    file: str | None
    line: int | None


@dataclass(frozen=True)
class Chain:
    """The way from the program's first process to one module in one process.

    `processes` goes from the first process to the module's; it is empty where none was recorded.
    `origin` is the requester of the first step, where that has no row of its own.
    """

    processes: tuple[ProcessRow, ...]
    steps: tuple[Step, ...]


class Chains:
    """The chains of one manifest; built once, for many questions."""

    def __init__(self, manifest: Manifest) -> None:
        self._processes = {row.process: row for row in manifest.provenance.processes}
        self._rows: dict[tuple[int, str], list[ModuleRow]] = {}
        for row in manifest.modules:
            self._rows.setdefault((row.process, row.name), []).append(row)

    def to(self, module: ModuleRow) -> Chain:
        """The chain that ends in `module`."""
        steps: list[Step] = []
        seen: set[int] = set()
        row: ModuleRow | None = module
        while row is not None and id(row) not in seen:
            seen.add(id(row))
            requester = self.requester(row)
            steps.append(Step(row, row.requested_by, requester.file if requester else None, row.line))
            row = requester
        return Chain(tuple(self._line(module.process)), tuple(reversed(steps)))

    def requester(self, row: ModuleRow) -> ModuleRow | None:
        """The row of the module that requested `row`; None where it is not known."""
        if row.requested_by is None:
            return None
        for process in reversed([one.process for one in self._line(row.process)] or [row.process]):
            names = [row.requested_by]
            if row.requested_by == "__main__":
                names += self._run_by_name(process)
            for name in names:
                others = [other for other in self._rows.get((process, name), ()) if other is not row]
                if others:
                    return others[0]
        return None

    def _run_by_name(self, process: int) -> list[str]:
        """The names that the `__main__` of `python -m NAME` can have a row under."""
        words = self._processes[process].argv if process in self._processes else ()
        named = words[words.index("-m") + 1 :][:1] if "-m" in words else ()
        return [name for target in named for name in (f"{target}.__main__", target)]

    def _line(self, process: int) -> list[ProcessRow]:
        """The processes from the first one down to `process`."""
        line: list[ProcessRow] = []
        current = self._processes.get(process)
        while current is not None and current not in line:
            line.append(current)
            current = self._parent(current)
        return line[::-1]

    def _parent(self, row: ProcessRow) -> ProcessRow | None:
        if row.parent is not None:
            return self._processes.get(row.parent)
        if row.process == 0:
            return None
        return earliest(other for other in self._processes.values() if other.pid == row.ppid)


def earliest(rows: Iterable[ProcessRow]) -> ProcessRow | None:
    """The row with the lowest index, None if there are no rows."""
    return min(rows, key=lambda row: row.process, default=None)
