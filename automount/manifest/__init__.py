"""The manifest, schema `automount/v1`: typed rows, and their way to JSON and back (pure).

A manifest may come from anyone, so `loads` checks types, ranges, indexes and remote paths, and names every
issue with its place. `dumps` gives the same bytes for the same manifest.
"""

from __future__ import annotations

from automount.manifest.digesting import content_digest, portable_url, with_digest
from automount.manifest.emptied import without_excluded_mounts
from automount.manifest.making_rows import (
    entrypoint_row,
    interpreter_row,
    module_row,
    mount_row,
    process_row,
    written_by,
)
from automount.manifest.reading import loads
from automount.manifest.remote_paths import directory_problem, remote_problem
from automount.manifest.rows import (
    SCHEMA,
    EntrypointKind,
    EntrypointRow,
    InterpreterRow,
    Manifest,
    ModuleRow,
    MountDistribution,
    MountRow,
    ProcessRow,
    Provenance,
    RunRow,
)
from automount.manifest.writing import dumps, in_order
from automount.model import DataRow, FileEntry, Incomplete, Requirement, Skipped, Warning_

__all__ = [
    "SCHEMA",
    "DataRow",
    "EntrypointKind",
    "EntrypointRow",
    "FileEntry",
    "Incomplete",
    "InterpreterRow",
    "Manifest",
    "ModuleRow",
    "MountDistribution",
    "MountRow",
    "ProcessRow",
    "Provenance",
    "Requirement",
    "RunRow",
    "Skipped",
    "Warning_",
    "content_digest",
    "directory_problem",
    "dumps",
    "entrypoint_row",
    "in_order",
    "interpreter_row",
    "loads",
    "module_row",
    "mount_row",
    "portable_url",
    "process_row",
    "remote_problem",
    "with_digest",
    "without_excluded_mounts",
    "written_by",
]
