"""Accesses to data files, and the rows that the plan makes of them."""

from __future__ import annotations

from automount.model import (
    DataAccess,
    FileEntry,
)
from automount.plan import PlanInput, data_rows, make_plan


def read(
    path: str, named: str | None = None, by: str | None = "__main__", action: str = "read"
) -> DataAccess:
    return DataAccess(path, action, 0, named or path, by)


def carried(*rows: tuple[str, str, int]) -> list[FileEntry]:
    """Files as the walk finds them: (local, remote, index of the mount)."""
    return [FileEntry(remote, local, 10, "0" * 64, False, (mount,)) for local, remote, mount in rows]


def data_of(made: PlanInput, *files: tuple[str, str, int]) -> tuple[list[tuple[str, str | None]], list[str]]:
    """The data rows (local, remote) and the messages."""
    found, warnings = data_rows(made, make_plan(made), carried(*files))
    assert {warning.code for warning in warnings} <= {"data-not-mounted"}
    return [(row.local, row.mounted) for row in found], [warning.message for warning in warnings]
