"""Decides which paths count as data: the user's own, used by the program, and not created by the run."""

from __future__ import annotations

from collections.abc import Iterable

from automount.model import DataAccess, EditablePolicy, Origin, Skipped
from automount.paths import is_below, is_within, name, normal, parent, parts, relative
from automount.plan.plan_input import DataFact
from automount.plan.run import OWN_ORIGINS, PlanRun
from automount.values import dataclass

LARGE_DATA = 10_000_000
# The uses of an existing file, each with the end of the sentence that reports it.
_CONSUMED = {
    "read": "was read",
    "listed": "was listed",
    "moved": "was moved",
    "removed": "was removed",
    "linked": "was linked to",
    "launched": "was launched",
    "named": "was named in a command line",
    "given": "was named in a command line",
}
_GONE = frozenset({"was moved", "was removed"})
_TAKEN_AWAY = frozenset({"moved", "removed"})
_BY_OTHERS = frozenset({"launched", "named", "given"})
# Directories of installed programs, which the remote machine has to install too.
_PROGRAMS = frozenset({"bin", "sbin"})
# The import system lists the directories of sys.path for itself.
_LOADERS = ("importlib._bootstrap", "_frozen_importlib", "zipimport", "_frozen_importlib_external")
# Test runners list directories to find test files; those that they find are loaded, and so are recorded.
# pytest also moves the temporary directories of old runs away, and removes them.
_TEST_RUNNERS = ("_pytest.", "unittest.loader")
# What a program reads that asks for the version of a distribution.
VERSION_FILES = (".dist-info/METADATA", ".egg-info/PKG-INFO")
# What describes the installation on this machine, which is another one elsewhere.
INSTALLATION_FILES = (".dist-info/RECORD", ".dist-info/direct_url.json", ".dist-info/INSTALLER")
# Directories that tools fill again by themselves.
_CACHES = frozenset({"__pycache__", ".pytest_cache"})


@dataclass(frozen=True)
class DataFile:
    """One path that the program read or listed: its first user by name, and its name there."""

    path: str
    read_by: str | None
    accesses: tuple[DataAccess, ...]
    fact: DataFact

    @property
    def size(self) -> int | None:
        """Its size in bytes; None for a directory, and for a file that no longer exists."""
        return self.fact.size

    @property
    def listed(self) -> bool:
        """Whether it is a directory."""
        return self.fact.is_dir

    @property
    def is_shim(self) -> bool:
        """Whether it is metadata of an editable install, which is not shipped as data."""
        return self.fact.origin is Origin.EDITABLE_SHIM

    @property
    def is_consumed(self) -> bool:
        """Whether the run used it and then removed it or moved it away, as a worker does with a message."""
        return not self.listed and self.size is None

    @property
    def end(self) -> str:
        """What the run did to a consumed file, as the end of "the file …"."""
        return f"{self.verb} by the run" if self.verb in _GONE else f"{self.verb} and then removed by the run"

    @property
    def is_large(self) -> bool:
        """Whether it is mounted only where the user names it."""
        return self.fact.is_large or (self.fact.size or 0) > LARGE_DATA

    @property
    def verb(self) -> str:
        """What the program did to it, as the end of "the file …"."""
        actions = {access.action for access in self.accesses}
        return next(verb for action, verb in _CONSUMED.items() if action in actions)

    @property
    def use(self) -> str:
        """As `verb`, with the module that did it where that is known."""
        return f"{self.verb} by {self.read_by}" if self.read_by else self.verb

    @property
    def readers(self) -> tuple[str, ...]:
        """The modules that used it, sorted."""
        return tuple(sorted({access.read_by for access in self.accesses if access.read_by}))


def data_files(run: PlanRun) -> tuple[DataFile, ...]:
    """The user's own files that the program used, and directories that it listed, sorted by path."""
    created = run.paths_of("created")
    consumed: dict[str, set[DataAccess]] = {}
    for access in run.facts.journal.data:
        if access.action in _CONSUMED and not _by_loader(access):
            consumed.setdefault(normal(access.path), set()).add(access)
    # Tracebacks and inspection read the source of what was loaded: that is code, not data.
    code = {normal(row.record.file) for row in run.dispositions if row.record.file}
    found = []
    for path in sorted(consumed):
        fact = run.facts.data.get(path)
        if fact is None or is_within(path, created) or path in code or _CACHES.intersection(parts(path)):
            continue
        if not _counts(run, path, fact, consumed[path]):
            continue
        accesses = tuple(sorted(consumed[path], key=lambda row: (row.read_by or "", row.named, row.process)))
        reader = next((access.read_by for access in accesses if access.read_by), None)
        found.append(DataFile(path, reader, accesses, fact))
    return tuple(found)


def read_files(rows: Iterable[DataFile]) -> frozenset[str]:
    """The local files that the program used as data and that still exist."""
    return frozenset(row.path for row in rows if not row.listed and not row.is_consumed)


def consumed_skips(rows: Iterable[DataFile]) -> tuple[Skipped, ...]:
    """One row for each file that the run used and that no longer exists."""
    return tuple(Skipped(row.path, "consumed", f"it {row.end}") for row in rows if row.is_consumed)


def _counts(run: PlanRun, path: str, fact: DataFact, accesses: set[DataAccess]) -> bool:
    """Whether the path is the user's own and still exists (or was moved), and is not the whole project."""
    # The data of an editable distribution that is skipped is installed with its requirement.
    skips = run.policy.editable is EditablePolicy.SKIP
    wanted = OWN_ORIGINS - {Origin.EDITABLE, Origin.EDITABLE_ARTIFACT} if skips else OWN_ORIGINS
    is_there = fact.size is not None or fact.is_dir
    if fact.origin is Origin.EDITABLE_SHIM and path.endswith(VERSION_FILES + INSTALLATION_FILES):
        return any(_is_read_by_program(run, access) for access in accesses if access.action == "read")
    is_gone = fact.origin is Origin.MISSING and any(one.action in _TAKEN_AWAY for one in accesses)
    if not is_gone and (fact.origin not in wanted or not is_there):
        return False
    actions = {access.action for access in accesses}
    if actions == {"listed"} and _is_of_tool(run, path):
        return False
    if fact.is_dir and holds_project(run, path):
        return any(_is_read_by_program(run, access) for access in accesses if access.action == "listed")
    return bool(actions - _BY_OTHERS) or _is_given(run, path, fact, actions)


def _is_of_tool(run: PlanRun, directory: str) -> bool:
    """Whether the directory belongs to a tool: in the home directory, below a name that begins with a dot.

    IPython lists `~/.ipython/profile_default/startup` whenever a kernel starts. A file that it finds and
    reads there counts as any other.
    """
    inside = parts(relative(directory, run.facts.home) or "") if run.facts.home else ()
    return bool(inside) and inside[0].startswith(".") and not is_below(directory, run.workspace)


def holds_project(run: PlanRun, directory: str) -> bool:
    """Whether the cwd or the entry script is in the directory, so that it is too much for a list of names."""
    return any(is_below(path, directory) for path in (run.cwd, *run.entry_directories))


def _is_read_by_program(run: PlanRun, access: DataAccess) -> bool:
    """Whether shipped code listed it, and not an installed tool such as pytest, which lists its root."""
    reader = run.reader(access)
    return reader is not None and run.ships(reader.origin)


def _is_given(run: PlanRun, path: str, fact: DataFact, actions: set[str]) -> bool:
    """Whether a path that only command lines name is the project's own, or a program of the user's own.

    It must be older than the run. A directory counts where a program that is not Python was given it.
    """
    if fact.changed or (fact.is_dir and ("given" not in actions or not fact.entries)):
        return False
    is_installed = name(parent(path)) in _PROGRAMS
    if is_installed and name(path).startswith("python"):
        return False  # the interpreter of another environment
    homes = (run.workspace, run.cwd, *run.entry_directories)
    if any(home != "/" and relative(path, home) is not None for home in homes):
        return True
    return "launched" in actions and not is_installed


def _by_loader(access: DataAccess) -> bool:
    if access.read_by is None:
        return access.action == "listed"
    if access.action in ("listed", "moved", "removed") and access.read_by.startswith(_TEST_RUNNERS):
        return True
    return access.read_by.startswith(_LOADERS)
