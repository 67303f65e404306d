"""What was run, what its journals contain, and where each loaded file comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from automount.paths import normal
from automount.values import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Origin(str, Enum):
    """Where a loaded file comes from. Exactly one per file."""

    BUILTIN = "builtin"
    FROZEN = "frozen"
    STDLIB = "stdlib"
    INSTALLED = "installed"
    EDITABLE = "editable"
    EDITABLE_ARTIFACT = "editable-artifact"
    EDITABLE_SHIM = "editable-shim"
    VENDORED = "vendored"
    LOCAL = "local"
    ZIP = "zip"
    NAMESPACE = "namespace"
    GENERATED = "generated"
    MISSING = "missing"


MOUNTED_ORIGINS = frozenset(
    {Origin.LOCAL, Origin.VENDORED, Origin.EDITABLE, Origin.EDITABLE_ARTIFACT, Origin.ZIP}
)


class Status(str, Enum):
    """The state of a module: its body ran, its load failed, or only its spec was found.

    LAZY: an import statement named it, but its load was deferred (PEP 810) and never took place.
    """

    EXECUTED = "executed"
    FAILED = "failed"
    FOUND = "found"
    LAZY = "lazy"


class RecordKind(str, Enum):
    """What caused a record: an import, a file run as a program, or the `-m` main module."""

    MODULE = "module"
    SCRIPT = "script"
    MAIN_MODULE = "main-module"


@dataclass(frozen=True)
class Environment:
    """The facts of one recorded interpreter, as it reported them.

    `python` is a version such as `3.11.7`. Directories are absolute, links kept as the interpreter
    wrote them. `path` is `sys.path` at the start of the program, followed by later additions.
    `stdlib` holds the standard library's directories, `site_dirs` the global and venv
    site-packages (dist-packages) directories, `user_site` the user's, None where disabled.
    """

    python: str
    implementation: str
    executable: str
    platform: str
    prefix: str
    base_prefix: str
    exec_prefix: str
    base_exec_prefix: str
    stdlib: tuple[str, ...]
    site_dirs: tuple[str, ...]
    user_site: str | None
    path: tuple[str, ...]
    cwd: str
    flags: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Process:
    """One process of the program that left a journal. `index` 0 is the first; parents come first.

    `parent` is the parent's index, None for the first or where the parent left no journal. `started`
    is in nanoseconds since the epoch. `argv` is `sys.orig_argv` where the interpreter has it.
    `entry` is how it was created: "start", "fork" or "exec". `ended`: the exit sweep ran.
    """

    index: int
    pid: int
    ppid: int
    parent: int | None
    argv: tuple[str, ...]
    environment: Environment
    started: int = 0
    entry: str = "start"
    ended: bool = False


@dataclass(frozen=True)
class ModuleRecord:
    """One module in one process: what was found, its state, and what requested it.

    `file` is the origin as the spec wrote it, absolute, links kept; None if it has no origin; texts such as
    `<frozen os>` or `built-in` are kept. `locations` are the submodule search locations of a package (None:
    not a package). `requested_by` is the `__name__` of the module that requested it, `requested_line` the
    line there. `present`: it was in `sys.modules` when last looked at, which makes a FOUND record (a lazy
    module) one that the program needs. `by_path`: the program found the file itself, with its own loader or
    with a spec that it created; no standard finder found it.
    """

    name: str
    process: int
    status: Status
    file: str | None
    locations: tuple[str, ...] | None = None
    requested_by: str | None = None
    requested_line: int | None = None
    kind: RecordKind = RecordKind.MODULE
    present: bool = True
    by_path: bool = False


@dataclass(frozen=True)
class DataAccess:
    """One local path that the program touched as data.

    `action` is "read", "written" (it existed), "created" (it did not, or was emptied unread), "listed",
    "entered" (it became the working directory), "moved" or "linked" (it got another name), "removed" (it had
    been read), "cleared" (a directory was removed), "resolved" (a link on the way to another path),
    "readlink" (a link that the program itself read), "launched", "named" (in a command line) or
    "given" (in the command line of a program that is not Python).
    `path` is absolute, resolved at the event; `named` is the path as the program gave it; `read_by` the
    module that opened it.
    """

    path: str
    action: str
    process: int
    named: str
    read_by: str | None


@dataclass(frozen=True)
class Launch:
    """A program that a recorded process started. `pid` is 0 where the event does not show it.

    `kind`: "subprocess", "posix_spawn", "exec", "system", "multiprocessing", … ; `executable` as the
    program named it; `cwd` absolute. `bare`: it was given an environment of its own without PYTHONPATH.
    """

    process: int
    kind: str
    pid: int
    executable: str
    argv: tuple[str, ...]
    cwd: str
    bare: bool = False


@dataclass(frozen=True)
class ProcessStart:
    """A process observed from outside: its pid, its command line, and its pid in its own namespace.

    `above` are the pids of the Pythons among its ancestors when it was first observed. `is_prepared`: its
    environment turned recording on.
    """

    pid: int
    words: tuple[str, ...]
    inner_pid: int
    above: tuple[int, ...] = ()
    is_prepared: bool = False


@dataclass(frozen=True)
class Incomplete:
    """A command that could not be followed, with a stable `reason` code."""

    reason: str
    command: tuple[str, ...]
    pid: int
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Journal:
    """What all processes of one recorded run wrote, folded. Sorted, stable from run to run.

    `killed` are the pids that a recorded process has sent a signal to.
    """

    processes: tuple[Process, ...]
    modules: tuple[ModuleRecord, ...]
    data: tuple[DataAccess, ...] = ()
    launches: tuple[Launch, ...] = ()
    incomplete: tuple[Incomplete, ...] = ()
    killed: tuple[int, ...] = ()

    def paths_of(self, action: str) -> frozenset[str]:
        """The paths that the program used in this way ("created", "read", …), normal."""
        return frozenset(normal(access.path) for access in self.data if access.action == action)


@dataclass(frozen=True)
class Distribution:
    """An installed distribution, as its metadata names it (PEP 376, 610, 660).

    `metadata_path` is the `.dist-info`, `.egg-info` or `.egg-link`; `direct_url` the parsed
    `direct_url.json`; `project_root` the source directory of an editable one. `described_in` is the directory
    of the `.egg-info` in the source that an `.egg-link` leads to.
    """

    name: str
    version: str
    metadata_path: str
    editable: bool = False
    project_root: str | None = None
    direct_url: Mapping[str, Any] | None = None
    described_in: str | None = None


@dataclass(frozen=True)
class Portion:
    """One existing directory of a namespace package, classified by itself."""

    path: str
    origin: Origin
    rule: str
    distribution: Distribution | None = None


@dataclass(frozen=True)
class Disposition:
    """Where one record's file comes from, and by which rule. `reason` is a sentence for display.

    `file` is what would be shipped (absolute, links kept): the module's file, or the archive it
    is in. `portions` are filled for namespaces only.
    """

    record: ModuleRecord
    origin: Origin
    rule: str
    reason: str
    file: str | None = None
    distribution: Distribution | None = None
    portions: tuple[Portion, ...] = ()


@dataclass(frozen=True)
class ScriptEntrypoint:
    """`python app.py args`. `path` as the user wrote it; `local` absolute."""

    path: str
    local: str
    args: tuple[str, ...] = ()
    as_main: bool = True


@dataclass(frozen=True)
class ModuleEntrypoint:
    """`python -m name args`."""

    name: str
    args: tuple[str, ...] = ()
    as_main: bool = True


@dataclass(frozen=True)
class CodeEntrypoint:
    """`python -c code args`."""

    code: str
    args: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProgramEntrypoint:
    """Any command: `-- program args`."""

    program: str
    args: tuple[str, ...] = ()


Entrypoint = ScriptEntrypoint | ModuleEntrypoint | CodeEntrypoint | ProgramEntrypoint


@dataclass(frozen=True)
class Located:
    """The state of one path in the file system.

    `written` is the path as the program used it, absolute, links kept; `real` has every link
    resolved; `entry_path` has the directories resolved and the last link kept: the place where an installer
    put the entry. `archive` is a regular file where a missing path needs a directory.
    """

    written: str
    real: str
    exists: bool
    is_dir: bool = False
    archive: str | None = None
    entry_path: str = ""

    def forms(self) -> tuple[str, ...]:
        """The path as written, and its `entry_path` where that differs: the forms a RECORD can own."""
        return tuple(dict.fromkeys((self.written, self.entry_path or self.written)))

    def all_forms(self) -> tuple[str, ...]:
        """Every form that a directory can hold: as written, `entry_path`, real."""
        return tuple(dict.fromkeys((*self.forms(), self.real)))


# Looks up an absolute path in the file system.
Locate = Callable[[str], Located]
