"""The one table of the manifest's keys. Reading, writing and the JSON Schema follow it.

To add a key: add the attribute to the row's dataclass (`rows.py` or `automount.model`), add a line here,
and write the schema again (`python -m automount.manifest.json_schema`).
"""

from __future__ import annotations

from collections.abc import Mapping

from automount.manifest.kinds import (
    COUNT,
    DIGEST,
    DIRECTORY,
    INTEGER,
    LOCAL,
    NAME,
    OBJECT,
    REMOTE,
    SECONDS,
    SHA256,
    TEXT,
    TRUTH,
    WORD,
    array,
    choice,
    maybe,
    row,
    rows,
    words,
)
from automount.manifest.rows import (
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
    SkipReason,
)
from automount.manifest.table import Key, Table, optional
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

INCOMPLETE = Table(
    "incomplete",
    Incomplete,
    "A command that could not be followed.",
    (
        Key("reason", NAME, note="A stable code."),
        Key("command", array(TEXT)),
        Key("pid", COUNT),
    ),
)
ENTRYPOINT = Table(
    "entrypoint",
    EntrypointRow,
    "What was run.",
    (
        Key("kind", choice(EntrypointKind)),
        Key("target", WORD, note="The script as it was given, the module's name, the code, or the program."),
        Key("args", array(WORD)),
        Key("remote", maybe(REMOTE), note="The entry file; null where no file is shipped for it."),
        Key("remote_cwd", DIRECTORY),
        optional("function", maybe(NAME), "module:attribute, where the command is a shipped console script."),
        optional("form", maybe(words("string", "argv")), "A command: a code string (-c), or words (--)."),
        optional("import_only", TRUTH, "The target was imported under its own name and not run."),
    ),
)
DISTRIBUTION = Table(
    "distribution",
    MountDistribution,
    "The distribution that a mount's files belong to.",
    (
        Key("name", NAME),
        Key("version", TEXT),
        Key("project_root", maybe(LOCAL), note="The source directory of an editable install."),
    ),
)
MOUNT = Table(
    "mount",
    MountRow,
    "One mount: its label, its local and remote path, and the reasons for it.",
    (
        Key("label", NAME),
        Key("kind", choice(MountKind)),
        Key("name", TEXT),
        Key("local", LOCAL),
        Key("remote", DIRECTORY),
        Key("because", array(TEXT), note="The reasons, as sentences."),
        Key("distribution", maybe(row(DISTRIBUTION))),
        optional("by_hand", TRUTH, "The user added it; no pattern leaves out its own file."),
        optional("limited", TRUTH, "Only the files that were loaded or read are shipped."),
        optional("suffixes", maybe(array(TEXT)), "Only files with these suffixes are shipped."),
    ),
)
FILE = Table(
    "file",
    FileEntry,
    "One file that is shipped.",
    (
        Key("remote", REMOTE),
        Key("local", LOCAL),
        Key("size", COUNT, note="In bytes."),
        Key("sha256", SHA256),
        Key("executable", TRUTH),
        Key("mounts", array(COUNT), note="Indexes into mounts."),
    ),
)
MODULE = Table(
    "module",
    ModuleRow,
    "One module in one process.",
    (
        Key("name", TEXT),
        Key("origin", choice(Origin)),
        Key("file", maybe(TEXT), note="The origin as the module's spec names it."),
        Key("status", choice(Status)),
        Key("requested_by", maybe(TEXT), note="The module that requested it."),
        Key("process", COUNT, note="A process of provenance.processes."),
        Key("mount", maybe(COUNT), note="An index into mounts."),
        Key("distribution", maybe(TEXT)),
        optional("line", maybe(COUNT), "The line of the request in the requesting module.", always=True),
        optional("rule", maybe(TEXT), "The code of the rule that decided the origin.", always=True),
    ),
)
REQUIREMENT = Table(
    "requirement",
    Requirement,
    "An installed distribution that was used.",
    (
        Key("name", NAME),
        Key("version", TEXT),
        Key("direct_url", maybe(OBJECT), note="The content of direct_url.json (PEP 610)."),
        optional(
            "editable_project", maybe(TEXT), "The project directory of an editable install that was left out."
        ),
        optional("via", array(NAME), "The distributions that imported it, where the program itself did not."),
    ),
)
DATA = Table(
    "data",
    DataRow,
    "A local file or directory that the program consumed as data.",
    (
        Key("local", LOCAL),
        Key("read_by", maybe(TEXT)),
        Key("mounted", maybe(DIRECTORY), note="Its remote path; null where no mount contains it."),
        optional("option", maybe(TEXT), "The command-line text of the options that ship it."),
    ),
)
SKIP_REASON = Table(
    "reason",
    SkipReason,
    "Why a path was left out.",
    (
        Key("code", NAME, note="A stable code."),
        Key("detail", TEXT, note="A detail for display; may be empty."),
    ),
)


def _skipped(*, local: str, reason: SkipReason, extra: Mapping[str, Any] | None = None) -> Skipped:
    return Skipped(local, reason.code, reason.detail, extra or {}, reason.extra)


def _skip_reason(row: Skipped) -> SkipReason:
    return SkipReason(row.code, row.detail, row.reason_extra)


SKIPPED = Table(
    "skipped",
    _skipped,
    "A local path that was left out.",
    (Key("local", LOCAL), Key("reason", row(SKIP_REASON), get=_skip_reason)),
)
WARNING = Table(
    "warning",
    Warning_,
    "A warning.",
    (Key("code", NAME, note="A stable code."), Key("message", TEXT), Key("path", maybe(TEXT))),
)
PROCESS = Table(
    "process",
    ProcessRow,
    "One recorded process; 0 is the first.",
    (
        Key("process", COUNT),
        Key("pid", COUNT),
        Key("ppid", COUNT),
        Key("argv", array(TEXT)),
        Key("python", TEXT),
        optional("parent", maybe(COUNT), "The process that started it."),
        optional("executable", maybe(TEXT)),
    ),
)
INTERPRETER = Table(
    "environment",
    InterpreterRow,
    "The recorded interpreter and its directories on the recorded machine.",
    (
        optional("executable", TEXT, always=True),
        optional("prefix", TEXT, always=True),
        optional("base_prefix", TEXT, always=True),
        optional("exec_prefix", TEXT, always=True),
        optional("base_exec_prefix", TEXT, always=True),
        optional("stdlib", array(TEXT), always=True),
        optional("site_dirs", array(TEXT), always=True),
        optional("user_site", maybe(TEXT), always=True),
    ),
)
PATTERN = Table(
    "pattern",
    Pattern,
    "An ignore pattern that was in effect, in gitignore syntax.",
    (
        Key("text", TEXT),
        Key("include", TRUTH),
        Key("source", TEXT, note="Where it was written."),
        optional("base", maybe(LOCAL), "The directory that it is relative to.", always=True),
        optional("rank", INTEGER, "The highest matching one decides.", always=True),
    ),
)
RUN = Table(
    "run",
    RunRow,
    "One of the runs that were merged.",
    (
        Key("created", TEXT),
        Key("python", TEXT),
        Key("platform", TEXT),
        Key("argv", array(TEXT)),
        Key("cwd", LOCAL),
        Key("exit_code", maybe(INTEGER)),
        Key("automount", TEXT),
        optional("entrypoint", maybe(row(ENTRYPOINT)), "What was run."),
    ),
)
PROVENANCE = Table(
    "provenance",
    Provenance,
    "Where and how the manifest was made.",
    (
        Key("created", TEXT),
        Key("python", TEXT),
        Key("platform", TEXT),
        Key("argv", array(TEXT)),
        Key("cwd", LOCAL),
        Key("exit_code", maybe(INTEGER), note="Negative for a signal; null where it is not known."),
        Key("processes", rows(PROCESS)),
        Key("automount", TEXT),
        optional("written", array(LOCAL), "Local files that the run created."),
        optional("environment", maybe(row(INTERPRETER))),
        optional("patterns", rows(PATTERN)),
        optional("stopped_after", maybe(SECONDS), "The seconds of --timeout, if it ended the program."),
        optional("tracer", maybe(TEXT), "The program of --trace that also saw which files were opened."),
        optional("layout", maybe(TEXT), "The value of --layout where that was not tree."),
        optional("runs", rows(RUN), "The runs that were merged, each with its command and result."),
    ),
)
MANIFEST = Table(
    "manifest",
    Manifest,
    "The local files that a Python program needs, the place of each on another machine, and why. "
    "Keys beyond these are allowed and kept.",
    (
        Key(
            "digest",
            DIGEST,
            note="A digest of the content only: entrypoint, remote_root, sys_path, requirements, complete, "
            "directories, and each file's remote, size, sha256, executable.",
        ),
        Key("complete", TRUTH),
        Key("incomplete", rows(INCOMPLETE)),
        Key("entrypoint", row(ENTRYPOINT)),
        Key("remote_root", DIRECTORY),
        Key("sys_path", array(DIRECTORY)),
        Key("mounts", rows(MOUNT)),
        Key("files", rows(FILE)),
        optional(
            "directories", array(DIRECTORY), "Directories that exist although no file is shipped there."
        ),
        Key("modules", rows(MODULE)),
        Key("requirements", rows(REQUIREMENT)),
        Key("data", rows(DATA)),
        Key("skipped", rows(SKIPPED)),
        Key("warnings", rows(WARNING)),
        Key("provenance", row(PROVENANCE)),
    ),
)
