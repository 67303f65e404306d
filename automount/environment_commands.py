"""Decides what the commands that a run found on PATH are: the project's own, or those of editable installs.

A command of the project is run by its path elsewhere, since PATH does not lead to it there. Installing a
distribution in editable mode writes its commands into the environment. Its code is shipped, but these files
are not: they name the recording machine's interpreter.
"""

from __future__ import annotations

import os

from automount.distributions import InstalledIndex, console_function
from automount.model import (
    MOUNTED_ORIGINS,
    EditablePolicy,
    Locate,
    Origin,
    ProgramEntrypoint,
    RecordKind,
    ScriptEntrypoint,
    Warning_,
)
from automount.option_words import COMMAND_REMEDY
from automount.paths import is_below, is_within, name, parent
from automount.plan import PlanInput
from automount.system_directories import SYSTEM_DIRECTORIES

_SYSTEM = frozenset(SYSTEM_DIRECTORIES)


def own_command(
    entrypoint: ProgramEntrypoint, found: str, *, cwd: str, workspace: str, locate: Locate
) -> ProgramEntrypoint:
    """The entrypoint by its path from the cwd, where `found`, the path that PATH led to, is in the project.

    All paths are absolute. The commands of a virtual environment in the project are not its own.
    """
    prefix = parent(parent(found))
    marks = (f"{prefix}/pyvenv.cfg", f"{prefix}/conda-meta")
    is_installed = is_within(found, _SYSTEM) or any(locate(mark).exists for mark in marks)
    if is_installed or name(found).startswith("python") or not is_below(found, workspace):
        return entrypoint
    path = os.path.relpath(found, cwd)
    return ProgramEntrypoint(path if "/" in path else f"./{path}", entrypoint.args)


def shipped_function(facts: PlanInput, main: InstalledIndex | None) -> str | None:
    """The shipped function behind the command that was run, None where the command is something else."""
    entrypoint = facts.entrypoint
    if not isinstance(entrypoint, ProgramEntrypoint) or main is None:
        return None
    command_name = name(entrypoint.program)
    ran = any(
        row.record.process == 0
        and row.record.kind is RecordKind.SCRIPT
        and name(row.record.file or "") == command_name
        for row in facts.dispositions
    )
    found = console_function(command_name, main) if ran else None
    if found is None or facts.policy.editable is EditablePolicy.SKIP:
        return None
    module_name = found.partition(":")[0]
    shipped = {row.record.name for row in facts.dispositions if row.origin in MOUNTED_ORIGINS}
    return found if module_name in shipped else None


def missing_commands(facts: PlanInput, function: str | None) -> tuple[Warning_, ...]:
    """A warning for each command of an editable distribution that a process ran, sorted, each once.

    `function` is what the first process runs instead of such a command, None where it runs something else.
    With `--editable skip` the requirements install the commands.
    """
    if facts.policy.editable is EditablePolicy.SKIP:
        return ()
    forks = {row.index for row in facts.journal.processes if row.entry == "fork"}
    if function is not None or isinstance(facts.entrypoint, ScriptEntrypoint):
        forks.add(0)
    found = set()
    for row in facts.dispositions:
        record, distribution = row.record, row.distribution
        if record.kind is not RecordKind.SCRIPT or record.name != "__main__" or record.process in forks:
            continue
        if row.origin is not Origin.EDITABLE_SHIM or record.file is None or distribution is None:
            continue
        found.add(
            Warning_(
                "command-not-shipped",
                f"the program runs {name(record.file)}, a command of the editable install "
                f"{distribution.name}, which is not shipped: {COMMAND_REMEDY}",
                record.file,
            )
        )
    return tuple(sorted(found, key=lambda one: (one.path or "", one.message)))
