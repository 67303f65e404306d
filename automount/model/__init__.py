"""The data types of automount, all frozen. Read this file first.

A run leaves a `Journal` of `Process`es, `ModuleRecord`s, `DataAccess`es and `Launch`es; the rules give
each module record a `Disposition`; the plan turns dispositions and a `Policy` into `Mount`s; walking a
mount gives `FileEntry`s and `Skipped` rows. `automount.manifest` reads and writes them.

Paths are text, POSIX, with `surrogateescape` for bytes that are not UTF-8. `local` paths are absolute on the
recorded machine, `remote` paths absolute on the other one. `extra` holds the unknown keys of a manifest that
was read; they are kept.
"""

from __future__ import annotations

from automount.model.recorded import (
    MOUNTED_ORIGINS,
    CodeEntrypoint,
    DataAccess,
    Disposition,
    Distribution,
    Entrypoint,
    Environment,
    Incomplete,
    Journal,
    Launch,
    Locate,
    Located,
    ModuleEntrypoint,
    ModuleRecord,
    Origin,
    Portion,
    Process,
    ProcessStart,
    ProgramEntrypoint,
    RecordKind,
    ScriptEntrypoint,
    Status,
)
from automount.model.shipped import (
    DataPolicy,
    DataRow,
    EditablePolicy,
    FileEntry,
    Layout,
    ManualMount,
    Mount,
    MountKind,
    Pattern,
    Policy,
    Requirement,
    Scope,
    Skipped,
    Warning_,
)

__all__ = [
    "MOUNTED_ORIGINS",
    "CodeEntrypoint",
    "DataAccess",
    "DataPolicy",
    "DataRow",
    "Disposition",
    "Distribution",
    "EditablePolicy",
    "Entrypoint",
    "Environment",
    "FileEntry",
    "Incomplete",
    "Journal",
    "Launch",
    "Layout",
    "Locate",
    "Located",
    "ManualMount",
    "ModuleEntrypoint",
    "ModuleRecord",
    "Mount",
    "MountKind",
    "Origin",
    "Pattern",
    "Policy",
    "Portion",
    "Process",
    "ProcessStart",
    "ProgramEntrypoint",
    "RecordKind",
    "Requirement",
    "Scope",
    "ScriptEntrypoint",
    "Skipped",
    "Status",
    "Warning_",
]
