"""The manifest, schema `automount/v1`: typed rows, and their way to JSON and back (pure).

`loads` trusts nothing: a manifest may come from anybody, so types, ranges, indexes and remote paths are
checked and every issue is named with its place. `dumps` gives the same bytes for the same manifest.
"""

from __future__ import annotations

from automount.manifest.emptied import without_excluded_mounts
from automount.manifest.making_rows import entrypoint_row, module_row, mount_row, process_row
from automount.manifest.reading import loads
from automount.manifest.remote_paths import directory_problem, remote_problem
from automount.manifest.rows import (
    SCHEMA,
    DataRow,
    EntrypointKind,
    EntrypointRow,
    FileEntry,
    Incomplete,
    Manifest,
    ModuleRow,
    MountDistribution,
    MountRow,
    ProcessRow,
    Provenance,
    Requirement,
    Skipped,
    Warning_,
)
from automount.manifest.writing import content_digest, dumps, in_order, with_digest

__all__ = [
    "SCHEMA",
    "DataRow",
    "EntrypointKind",
    "EntrypointRow",
    "FileEntry",
    "Incomplete",
    "Manifest",
    "ModuleRow",
    "MountDistribution",
    "MountRow",
    "ProcessRow",
    "Provenance",
    "Requirement",
    "Skipped",
    "Warning_",
    "content_digest",
    "directory_problem",
    "dumps",
    "entrypoint_row",
    "in_order",
    "loads",
    "module_row",
    "mount_row",
    "process_row",
    "remote_problem",
    "with_digest",
    "without_excluded_mounts",
]
