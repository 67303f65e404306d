"""Rows of checked JSON values: `row` has every field, `extra` is what the schema does not name."""

from __future__ import annotations

from typing import Any

from automount.manifest.rows import (
    EntrypointKind,
    EntrypointRow,
    FileEntry,
    Incomplete,
    ModuleRow,
    MountDistribution,
    ProcessRow,
    Requirement,
    Skipped,
    Warning_,
)
from automount.model import Origin, Status


def entrypoint_of(row: dict[str, Any], extra: dict[str, Any]) -> EntrypointRow:
    return EntrypointRow(
        EntrypointKind(row["kind"]),
        row["target"],
        tuple(row["args"]),
        row["remote"],
        row["remote_cwd"],
        row.get("form"),
        row.get("import_only", False),
        extra,
    )


def distribution_of(row: dict[str, Any], extra: dict[str, Any]) -> MountDistribution:
    return MountDistribution(row["name"], row["version"], row["project_root"], extra)


def file_of(row: dict[str, Any], extra: dict[str, Any]) -> FileEntry:
    mounts = tuple(row["mounts"])
    return FileEntry(
        row["remote"], row["local"], row["size"], row["sha256"], row["executable"], mounts, extra
    )


def module_of(row: dict[str, Any], extra: dict[str, Any]) -> ModuleRow:
    return ModuleRow(
        row["name"],
        Origin(row["origin"]),
        row["file"],
        Status(row["status"]),
        row["requested_by"],
        row["process"],
        row["mount"],
        row["distribution"],
        row.get("line"),
        row.get("rule"),
        extra,
    )


def incomplete_of(row: dict[str, Any], extra: dict[str, Any]) -> Incomplete:
    return Incomplete(row["reason"], tuple(row["command"]), row["pid"], extra)


def requirement_of(row: dict[str, Any], extra: dict[str, Any]) -> Requirement:
    return Requirement(row["name"], row["version"], row["direct_url"], row.get("editable_project"), extra)


def skipped_of(row: dict[str, Any], extra: dict[str, Any]) -> Skipped:
    return Skipped(row["local"], row["reason"], extra)


def warning_of(row: dict[str, Any], extra: dict[str, Any]) -> Warning_:
    return Warning_(row["code"], row["message"], row["path"], extra)


def process_of(row: dict[str, Any], extra: dict[str, Any]) -> ProcessRow:
    return ProcessRow(
        row["process"],
        row["pid"],
        row["ppid"],
        tuple(row["argv"]),
        row["python"],
        row.get("parent"),
        row.get("executable"),
        extra,
    )
