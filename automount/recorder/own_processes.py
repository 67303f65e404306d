"""Removes automount's own commands and modules from a journal, and its manifest from what is shipped (pure).

A shell that records everything records `automount collect` as well, and a program that uses the harness has
automount loaded. Neither is to be shipped, nor is the manifest of the last run in a directory that is
mounted: no two runs would agree.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from automount.model import Journal, Mount, Pattern, Policy, Process, RecordKind
from automount.paths import is_below, join, name, relative
from automount.values import replace


def without_own_processes(journal: Journal, home: str) -> Journal:
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
        killed=journal.killed,
    )


def without_manifest(policy: Policy, mounts: Iterable[Mount], output: str | None) -> Policy:
    """`policy` with a pattern for the manifest that is being written, where a tree of `mounts` holds it.

    `output` is its absolute path, None where it is not written to a file. The user's own patterns come later
    and take precedence.
    """
    if output is None:
        return policy
    places = sorted(
        {(mount.local, below) for mount in mounts if mount.tree and (below := relative(output, mount.local))}
    )
    patterns = [
        Pattern("/" + re.sub(r"([*?\[\\]| $)", r"\\\1", below), False, "the manifest itself", directory)
        for directory, below in places
    ]
    return replace(policy, patterns=(*patterns, *policy.patterns))


def _is_console_script(file: str | None) -> bool:
    return file is not None and name(file) == "automount"


def _is_ours(file: str | None, home: str) -> bool:
    return file is not None and file.startswith("/") and is_below(file, home)
