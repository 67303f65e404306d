"""Decides from a finished run whether `python -m NAME` ran anything of the module."""

from __future__ import annotations

import os

from automount.errors import TargetNotFound, TargetNotRunnable
from automount.model import ModuleEntrypoint, ModuleRecord, RecordKind, Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from automount.recorder.running import FinishedRun


def check_module_started(entrypoint: ModuleEntrypoint, finished: FinishedRun) -> None:
    """Raises where nothing ran: no module of the entrypoint's name, or a package that cannot be run."""
    if finished.ending.exit_code != 1:
        return
    wanted = (entrypoint.name, f"{entrypoint.name}.__main__")
    rows = [row for row in finished.journal.modules if row.process == 0]
    started = [row for row in rows if row.kind is not RecordKind.MODULE or row.name in wanted]
    if not started and finished.journal.processes and not finished.lost:
        raise TargetNotFound(
            f"no module named {entrypoint.name}", hint="check the name and the directory you are in"
        )
    if entrypoint.as_main and len(started) == 1 and _is_package_without_main(started[0]):
        raise TargetNotRunnable(
            f"cannot run {entrypoint.name}: it is a package without a __main__ module",
            hint=f"run one of its modules: automount -m {entrypoint.name}.MODULE",
        )


def _is_package_without_main(row: ModuleRecord) -> bool:
    """Whether Python imported this package and has no `__main__` in its directories to run."""
    if row.kind is not RecordKind.MODULE or row.status is not Status.EXECUTED or not row.locations:
        return False
    if not all(map(os.path.isdir, row.locations)):
        return False  # in an archive
    names = [name for directory in row.locations for name in os.listdir(directory)]
    return not any(name.partition(".")[0] == "__main__" for name in names)
