"""The rows of a manifest, frozen, one class per kind of row of the schema.

The rows of files, data, requirements, skipped paths and warnings are data classes of `automount.model`.
`extra` holds the keys of a row that this version does not know, so that reading and writing loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from automount.model import (
    DataRow,
    FileEntry,
    Incomplete,
    MountKind,
    Origin,
    Pattern,
    Requirement,
    Skipped,
    Status,
    Warning_,
)
from automount.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEMA = "automount/v1"


class EntrypointKind(StrEnum):
    """How the program was named: by a file, by a module name, by a command."""

    SCRIPT = "script"
    MODULE = "module"
    COMMAND = "command"


@dataclass(frozen=True)
class EntrypointRow:
    """What was run. `target` is the script as the user wrote it, the module's name, the code, the program.

    `remote` is the entry file's remote path, None where it has none (commands, installed modules).
    `form` distinguishes commands: "string" for `-c`, "argv" for `--`; None for other kinds. `function` is
    `module:attribute` where the command was the console script of a shipped distribution, else None.
    """

    kind: EntrypointKind
    target: str
    args: tuple[str, ...]
    remote: str | None
    remote_cwd: str
    form: str | None = None
    import_only: bool = False
    function: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class MountDistribution:
    """The distribution that a mount's files belong to; `project_root` is an editable one's local source."""

    name: str
    version: str
    project_root: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class MountRow:
    """One mount: its label, its local and remote place, and why it is there.

    `by_hand`, `limited` and `suffixes` are settings of the walk (`model.Mount`) for a second one.
    """

    label: str
    kind: MountKind
    name: str
    local: str
    remote: str
    because: tuple[str, ...] = ()
    distribution: MountDistribution | None = None
    by_hand: bool = False
    limited: bool = False
    suffixes: tuple[str, ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class ModuleRow:
    """One module in one process. `process` is a `ProcessRow.process`, `mount` an index into the mounts.

    `line` is the line of the request in the requesting module, `rule` the code of the origin rule.
    """

    name: str
    origin: Origin
    file: str | None
    status: Status
    requested_by: str | None
    process: int
    mount: int | None
    distribution: str | None = None
    line: int | None = None
    rule: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class ProcessRow:
    """One recorded process. `process` 0 is the first; `python` is a version, `executable` its interpreter.

    `parent` is the `process` of the one that started it, None for the first or where it left no journal.
    """

    process: int
    pid: int
    ppid: int
    argv: tuple[str, ...]
    python: str
    parent: int | None = None
    executable: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class SkipReason:
    """The object `skipped[].reason`; `Skipped` has its fields directly."""

    code: str
    detail: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class InterpreterRow:
    """The recorded interpreter and its directories (see `model.Environment`)."""

    executable: str = ""
    prefix: str = ""
    base_prefix: str = ""
    exec_prefix: str = ""
    base_exec_prefix: str = ""
    stdlib: tuple[str, ...] = ()
    site_dirs: tuple[str, ...] = ()
    user_site: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class RunRow:
    """One of the runs that were merged; the fields are those of `Provenance`, and what was run."""

    created: str
    python: str
    platform: str
    argv: tuple[str, ...]
    cwd: str
    exit_code: int | None
    automount: str
    entrypoint: EntrypointRow | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Provenance:
    """Where and how the manifest was made. `created` is ISO 8601; `argv` are automount's own words.

    `exit_code` is negative for a signal, None where it is not known. `automount` is the version.
    `tracer` is the program of `--trace`, if one was used.
    `written` are local files that the run created, `patterns` those that were in effect, `stopped_after` the
    seconds after which `--timeout` ended the program, `runs` the runs that were merged. `layout` is
    "flat", or None for "tree".
    """

    created: str
    python: str
    platform: str
    argv: tuple[str, ...]
    cwd: str
    exit_code: int | None
    processes: tuple[ProcessRow, ...]
    automount: str
    written: tuple[str, ...] = ()
    environment: InterpreterRow | None = None
    patterns: tuple[Pattern, ...] = ()
    stopped_after: float | None = None
    tracer: str | None = None
    layout: str | None = None
    runs: tuple[RunRow, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Manifest:
    """The whole manifest. `digest` is `content_digest` of the rest, as `sha256:` and 64 hex digits.

    `files[].mounts` and `modules[].mount` are indexes into `mounts`, whose order therefore counts.
    `directories` are the remote directories that the program needs and that hold no shipped file.
    """

    digest: str
    complete: bool
    entrypoint: EntrypointRow
    remote_root: str
    sys_path: tuple[str, ...]
    mounts: tuple[MountRow, ...]
    files: tuple[FileEntry, ...]
    modules: tuple[ModuleRow, ...]
    provenance: Provenance
    incomplete: tuple[Incomplete, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    data: tuple[DataRow, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[Warning_, ...] = ()
    directories: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __repr__(self) -> str:
        mounts, files = len(self.mounts), len(self.files)
        state = "complete" if self.complete else "incomplete"
        return (
            f"<Manifest {self.digest}: {mounts} mount{'s' * (mounts != 1)}, "
            f"{files} file{'s' * (files != 1)}, {state}>"
        )
