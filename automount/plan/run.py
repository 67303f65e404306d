"""Answers questions about one recorded run: parents of processes, `sys.path`, and requesters of modules.

Lookups go from a process to its parents: a forked child uses packages that its parent imported, and
only the parent's journal names them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

from automount.model import (
    MOUNTED_ORIGINS,
    CodeEntrypoint,
    DataAccess,
    Disposition,
    Distribution,
    EditablePolicy,
    Environment,
    ModuleEntrypoint,
    ModuleRecord,
    Origin,
    ProgramEntrypoint,
    RecordKind,
    ScriptEntrypoint,
    Status,
)
from automount.paths import is_within, join, name, normal, parent, parts, relative
from automount.plan.plan_input import PlanInput

_STATUS_ORDER = {Status.EXECUTED: 0, Status.FAILED: 1, Status.FOUND: 2, Status.LAZY: 3}
_KIND_ORDER = {RecordKind.SCRIPT: 0, RecordKind.MAIN_MODULE: 1, RecordKind.MODULE: 2}
MAIN_NAMES = frozenset({"__main__", "__mp_main__"})
EDITABLE_ORIGINS = frozenset({Origin.EDITABLE, Origin.EDITABLE_ARTIFACT})
# Where a data file or a link of the user's own comes from.
OWN_ORIGINS = frozenset({Origin.LOCAL, Origin.VENDORED, Origin.EDITABLE, Origin.EDITABLE_ARTIFACT})
NOT_ON_PATH = 1_000_000


def needed(record: ModuleRecord) -> bool:
    """Whether the program needs the module: its body ran or failed, or it waits in `sys.modules`."""
    return record.status is not Status.FOUND or record.present


class PlanRun:
    """The facts of one run, indexed. Its paths are normal: absolute, without `.` or `..`, links kept."""

    def __init__(self, facts: PlanInput) -> None:
        self.facts = facts
        self.policy = facts.policy
        self.root = normal(facts.policy.remote_root)
        self.cwd = normal(facts.cwd)
        self.workspace = normal(facts.workspace or facts.cwd)
        self._processes = {process.index: process for process in facts.journal.processes}
        self._real: dict[str, str] = {}
        self._used: dict[str, frozenset[str]] = {}
        self._paths = {index: self._search_path(index) for index in self._processes}
        self.entry_directories = self._entry_directories()
        self._places = {place for path in self._paths.values() for place in path}
        self._places.update(self.entry_directories, self._script_directories())
        self._real_places = frozenset(self.real(place) for place in self._places)
        self.dispositions = tuple(sorted(set_once(facts.dispositions), key=self.order))
        self._named: dict[str, dict[int, Disposition]] = {}
        self._mains: dict[int, list[Disposition]] = {}
        for disposition in self.dispositions:
            if disposition.record.kind is not RecordKind.MODULE:
                self._mains.setdefault(disposition.record.process, []).append(disposition)
        for disposition in sorted(self.dispositions, key=_worth):
            record = disposition.record
            self._named.setdefault(record.name, {}).setdefault(record.process, disposition)

    def order(self, disposition: Disposition) -> tuple[object, ...]:
        """A sort key that depends on the run alone: process, place on `sys.path`, name, file."""
        record = disposition.record
        file = record.file or ""
        root = import_root(record.name, record.file)
        return (
            record.process,
            NOT_ON_PATH if root is None else self.position(root, record.process),
            record.name,
            file,
            _KIND_ORDER[record.kind],
            _STATUS_ORDER[record.status],
            record.locations or (),
            record.requested_by or "",
            record.requested_line or 0,
            record.present,
        )

    def real(self, path: str) -> str:
        """`path` with every link resolved."""
        if path not in self._real:
            self._real[path] = normal(self.facts.locate(path).real)
        return self._real[path]

    def is_directory(self, path: str) -> bool:
        """Whether an existing directory is at `path`."""
        located = self.facts.locate(path)
        return located.exists and located.is_dir

    def same(self, one: str, other: str) -> bool:
        """Whether two paths name one place, as written or with their links resolved."""
        return normal(one) == normal(other) or self.real(one) == self.real(other)

    def below(self, path: str, directory: str) -> str | None:
        """`path` relative to `directory`, as written or with both resolved; None when outside."""
        found = relative(normal(path), normal(directory))
        return relative(self.real(path), self.real(directory)) if found is None else found

    def chain(self, process: int) -> Iterator[int]:
        """The process and its parents, nearest first."""
        seen: set[int] = set()
        current: int | None = process
        while current is not None and current not in seen:
            seen.add(current)
            yield current
            found = self._processes.get(current)
            current = found.parent if found is not None else None

    def find(self, module_name: str, process: int) -> Disposition | None:
        """What the name meant in the process: by its own record, a parent's, else the first of all."""
        known = self._named.get(module_name)
        if known is None:
            return None
        for index in self.chain(process):
            if index in known:
                return known[index]
        return known[min(known)]

    def requester(self, record: ModuleRecord) -> Disposition | None:
        """The module that requested the record's module; None if it is not known."""
        if record.requested_by is None:
            return None
        asked = self.find(record.requested_by, record.process)
        if asked is None and record.requested_by in MAIN_NAMES:
            return next((main for main in self.mains(record.process)), None)
        return asked

    def reader(self, access: DataAccess) -> Disposition | None:
        """The module that used a data file; None if it is not known."""
        if access.read_by is None:
            return None
        found = self.find(access.read_by, access.process)
        if found is None and access.read_by in MAIN_NAMES:
            return next(self.mains(access.process), None)
        return found

    def mains(self, process: int) -> Iterator[Disposition]:
        """The scripts and `-m` modules of the process, then of its parents."""
        for index in self.chain(process):
            # The first program has no requester; programs that runpy started come after it.
            yield from sorted(self._mains.get(index, ()), key=lambda row: row.record.requested_by is not None)

    def argv(self, process: int) -> tuple[str, ...]:
        """The command line of the process."""
        found = self._processes.get(process)
        return found.argv if found is not None else ()

    def environment(self, process: int) -> Environment:
        """The interpreter's facts of a process."""
        return self._processes[process].environment

    def search_path(self, process: int) -> tuple[str, ...]:
        """The process's `sys.path`, absolute and normal."""
        return self._paths.get(process, ())

    def processes(self) -> tuple[int, ...]:
        """Every process index, parents first."""
        return tuple(sorted(self._processes))

    def position(self, directory: str, process: int) -> int:
        """Where `directory` is in the process's `sys.path`.

        -1 for the entry script's own directory when it is not listed: Python puts it in front only
        after the first journal line was written. A large number for what is not on the path.
        """
        directory = normal(directory)
        path = self.search_path(process)
        if directory in path:
            return path.index(directory)
        if directory in self.entry_directories:
            return -1
        return NOT_ON_PATH

    def row(self, directory: str, process: int, remote: str) -> tuple[int, int, str]:
        """A row for the remote `sys.path`, to be sorted with others.

        The entry script's directory is always first: Python itself puts it there at the start, and the
        program will put other directories in front of it again.
        """
        is_entry = normal(directory) in self.entry_directories
        return (process, -1 if is_entry else self.position(directory, process), remote)

    def on_path(self, directory: str) -> bool:
        """Whether some process searched the directory for imports."""
        directory = normal(directory)
        return directory in self._places or self.real(directory) in self._real_places

    def distribution_below(self, directory: str) -> Distribution | None:
        """The distribution that modules loaded from below the directory belong to."""
        for disposition in self.dispositions:
            file = disposition.record.file
            if disposition.distribution is not None and file and relative(normal(file), directory):
                return disposition.distribution
        return None

    def is_put_by_python(self, directory: str, process: int) -> bool:
        """Whether Python itself puts the directory first on the path of a child process.

        It is the directory of the child's own script, or the cwd of a child that was started with `-m`:
        a row for it would only affect the other processes.
        """
        found = self._processes.get(process)
        if process == 0 or found is None or found.entry == "fork":
            return False
        for main in self._mains.get(process, ()):
            file = main.record.file
            if main.record.name not in MAIN_NAMES or main.record.requested_by or file is None:
                continue
            is_script = main.record.kind is RecordKind.SCRIPT
            if self.same(parent(normal(file)) if is_script else found.environment.cwd, directory):
                return True
        return False

    def paths_of(self, action: str) -> frozenset[str]:
        """The paths that the program used in this way, as the journal gives them."""
        if action not in self._used:
            self._used[action] = self.facts.journal.paths_of(action)
        return self._used[action]

    @cached_property
    def resolved_links(self) -> tuple[tuple[str, str, bool], ...]:
        """The user's own links that the program resolved: link, target, and whether that is a directory."""
        return tuple(
            (link, self.real(link), self.facts.data[link].is_dir)
            for link in sorted(filter(self._is_own, self.paths_of("resolved")))
            if self.real(link) != link
        )

    @cached_property
    def read_links(self) -> dict[str, str | None]:
        """The user's own links that the program itself read, each with the module that did."""
        found = {normal(row.path): row.read_by for row in self.facts.journal.data if row.action == "readlink"}
        created = self.paths_of("created")
        return {
            link: found[link] for link in sorted(found) if self._is_own(link) and not is_within(link, created)
        }

    def _is_own(self, path: str) -> bool:
        fact = self.facts.data.get(path)
        return fact is not None and fact.origin in OWN_ORIGINS

    def foreign_places(self) -> tuple[str, ...]:
        """The directories on some `sys.path` that are neither the interpreter's nor a whole machine's."""
        machine = {"/", self.facts.home}
        for index in self.processes():
            environment = self.environment(index)
            machine.update(map(normal, (*environment.stdlib, *environment.site_dirs)))
        return tuple(sorted(self._places - machine))

    def is_entry(self, path: str) -> bool:
        """Whether the entry script, directory or archive is at `path`."""
        entry = self.facts.entrypoint
        return isinstance(entry, ScriptEntrypoint) and normal(entry.local) == normal(path)

    def ships(self, origin: Origin) -> bool:
        """Whether the policy ships files of the origin."""
        if origin in EDITABLE_ORIGINS and self.policy.editable is EditablePolicy.SKIP:
            return False
        return origin in MOUNTED_ORIGINS

    def shown(self, path: str) -> str:
        """The path for display: relative to the cwd if it is below that."""
        return relative(normal(path), self.cwd) or path

    def _search_path(self, index: int) -> tuple[str, ...]:
        environment = self._processes[index].environment
        return tuple(
            dict.fromkeys(
                normal(entry if entry.startswith("/") else join(environment.cwd, entry))
                for entry in environment.path
            )
        )

    def _entry_directories(self) -> tuple[str, ...]:
        entry = self.facts.entrypoint
        match entry:
            case ScriptEntrypoint():
                located = self.facts.locate(entry.local)
                paths = normal(entry.local), normal(located.real)
                is_directory = located.exists and located.is_dir
                return tuple(dict.fromkeys(path if is_directory else parent(path) for path in paths))
            case ModuleEntrypoint() | CodeEntrypoint():
                return (self.cwd,)
            case ProgramEntrypoint():
                return ()

    def _script_directories(self) -> Iterator[str]:
        for disposition in self.facts.dispositions:
            record = disposition.record
            # runpy.run_path runs a file without putting its directory on sys.path.
            if record.name in MAIN_NAMES and record.file and record.file.startswith("/"):
                yield parent(normal(record.file))
                yield parent(self.real(record.file))


def is_package_file(file: str) -> bool:
    """Whether the file is a regular package's own: `__init__` with any ending."""
    return name(file).partition(".")[0] == "__init__"


@lru_cache(maxsize=1 << 14)
def import_root(module_name: str, file: str | None) -> str | None:
    """The directory that holds the top-level name, if the file's path ends in the module's name."""
    if file is None or not file.startswith("/"):
        return None
    path = parent(normal(file)) if is_package_file(file) else normal(file)
    wanted = module_name.split(".")
    pieces = parts(path)
    tail = list(pieces[-len(wanted) :])
    if not tail:
        return None
    if not is_package_file(file):
        tail[-1] = tail[-1].partition(".")[0]
    return "/" + "/".join(pieces[: -len(wanted)]) if tail == wanted else None


def set_once(dispositions: tuple[Disposition, ...]) -> list[Disposition]:
    """The dispositions without repeats, by their records, in their order."""
    return list({disposition.record: disposition for disposition in dispositions}.values())


def _worth(disposition: Disposition) -> tuple[int, int]:
    # One name can have two records in a process (reloaded, or run and imported): the one that ran is used.
    return (_STATUS_ORDER[disposition.record.status], -_KIND_ORDER[disposition.record.kind])
