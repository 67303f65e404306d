"""Takes automount's own doings out of a journal: pure.

A shell that records everything records `automount collect` as well, and a program that uses the harness
has automount loaded. Neither is part of what anybody wants to ship.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from automount.model import Journal, Process, RecordKind
from automount.paths import is_below, join, name


def without_ourselves(journal: Journal, home: str) -> Journal:
    """`journal` without the commands of automount (and what they started) and without its modules.

    `home` is the directory of the `automount` package, absolute. The other processes are numbered anew.
    """
    loads_command = {row.process for row in journal.modules if row.file == join(home, "cli/main.py")}
    commands = {
        row.process
        for row in journal.modules
        if row.file == join(home, "__main__.py")
        or (row.process in loads_command and row.kind is RecordKind.SCRIPT and _is_console_script(row.file))
    }
    kept = without_processes(journal, commands)
    return replace(
        kept,
        modules=tuple(row for row in kept.modules if not _is_ours(row.file, home)),
        data=tuple(row for row in kept.data if (row.read_by or "").partition(".")[0] != "automount"),
    )


def without_processes(journal: Journal, unwanted: Container[int]) -> Journal:
    """`journal` without the processes of these indexes and all below them, numbered anew."""
    numbers: dict[int, int] = {}
    processes: list[Process] = []
    for process in journal.processes:  # parents come first
        if process.index in unwanted or (process.parent is not None and process.parent not in numbers):
            continue
        numbers[process.index] = len(processes)
        parent = None if process.parent is None else numbers[process.parent]
        processes.append(replace(process, index=len(processes), parent=parent))
    gone = {process.pid for process in journal.processes if process.index not in numbers}
    gone -= {process.pid for process in processes}
    return Journal(
        processes=tuple(processes),
        modules=tuple(
            replace(row, process=numbers[row.process]) for row in journal.modules if row.process in numbers
        ),
        data=tuple(
            replace(row, process=numbers[row.process]) for row in journal.data if row.process in numbers
        ),
        launches=tuple(
            replace(row, process=numbers[row.process]) for row in journal.launches if row.process in numbers
        ),
        incomplete=tuple(row for row in journal.incomplete if row.pid not in gone),
    )


def _is_console_script(file: str | None) -> bool:
    return file is not None and name(file) == "automount"


def _is_ours(file: str | None, home: str) -> bool:
    return file is not None and file.startswith("/") and is_below(file, home)
