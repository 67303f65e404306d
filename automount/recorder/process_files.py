"""The content of one process's journal file, and how the processes of a recording are related (pure)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from automount.model import Environment, ModuleRecord, Process, RecordKind, Status
from automount.untrusted import counter
from automount.values import dataclass, field, replace

SUFFIX = ".journal"
_FORMAT = "1"
_REQUIRED = ("pid", "ppid", "started", "entry", "cwd", "path")


@dataclass
class ModuleSeen:
    """What is known so far of one module in one process."""

    name: str
    file: str | None
    order: int
    statuses: set[str] = field(default_factory=set)
    requester: str | None = None
    line: int | None = None
    locations: tuple[str, ...] | None = None
    kind: RecordKind = RecordKind.MODULE
    by_path: bool = False

    def record(self, process: int) -> ModuleRecord:
        ran = "e" in self.statuses
        # A script that is bytecode itself is run without an event for the start of its body.
        ran = ran or (self.kind is not RecordKind.MODULE and (self.file or "").endswith((".pyc", ".pyo")))
        failed = "x" in self.statuses or ("b" in self.statuses and not ran)
        status = Status.FAILED if failed else Status.EXECUTED if ran else Status.FOUND
        if self.statuses == {"l"}:
            status = Status.LAZY
        return ModuleRecord(
            name=self.name,
            process=process,
            status=status,
            file=self.file,
            locations=self.locations,
            requested_by=self.requester,
            requested_line=self.line,
            kind=self.kind,
            present=not failed and bool(self.statuses & {"e", "p"}),
            by_path=self.by_path and self.kind is RecordKind.MODULE,
        )


@dataclass
class ProcessFile:
    """The file of one process, as far as it has been read."""

    name: str
    tail: bytes = b""
    header: dict[str, tuple[str, ...]] = field(default_factory=dict)
    modules: dict[tuple[str, str | None], ModuleSeen] = field(default_factory=dict)
    launches: list[tuple[str, ...]] = field(default_factory=list)
    killed: set[int] = field(default_factory=set)
    data: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    ran: set[str] = field(default_factory=set)
    paths: list[str] = field(default_factory=list)
    root: str = ""
    ended: bool = False
    damaged: bool = False

    def outside(self, path: str) -> str:
        """An absolute `path` of this process as seen from the root directory that it was started with."""
        return self.root + path if self.root and path.startswith("/") else path

    @property
    def number(self) -> tuple[int, int]:
        """The pid and the count in the file's name."""
        pid, _, count = self.name.removesuffix(SUFFIX).partition(".")
        return (counter(pid), counter(count))

    @property
    def pid(self) -> int:
        return self.integer("pid") or self.number[0]

    @property
    def ppid(self) -> int:
        return self.integer("ppid")

    @property
    def cwd(self) -> str:
        """The cwd, made absolute: an edited journal may contain anything."""
        cwd = self.text("cwd")
        return cwd if cwd.startswith("/") else "/"

    def integer(self, key: str) -> int:
        return counter(self.text(key))

    def text(self, key: str) -> str:
        values = self.header.get(key, ())
        return values[0] if values else ""


def is_readable(process: ProcessFile) -> bool:
    if process.text("format") != _FORMAT:
        return False
    return process.text("entry") == "unsupported" or all(key in process.header for key in _REQUIRED)


def by_pid(processes: Iterable[ProcessFile]) -> dict[int, list[ProcessFile]]:
    """The files of each pid: a pid has several after an `exec`, and when the system uses it again."""
    found: dict[int, list[ProcessFile]] = {}
    for process in processes:
        found.setdefault(process.pid, []).append(process)
    return found


def parent_of(
    process: ProcessFile, names: Container[str], files: Mapping[int, list[ProcessFile]]
) -> str | None:
    """The file of the process that created this one, if it left a journal.

    `names` are those of all readable files, and `files` are these by pid.
    """
    if process.text("entry") == "fork":
        name = process.text("parent")
        return name if name in names else None
    began = _began(process)

    def before(pid: int) -> list[ProcessFile]:
        return [other for other in files.get(pid, ()) if other is not process and _began(other) <= began]

    same = [other for other in before(process.pid) if other.ppid == process.ppid]
    if process.text("entry") == "subinterpreter":
        return min(same, key=_began).name if same else None
    predecessors = [other for other in same if not other.ended and other.text("entry") != "subinterpreter"]
    if predecessors:
        return max(predecessors, key=_began).name
    ancestors = (counter(text) for text in process.header.get("ancestors", ()))
    for pid in (process.ppid, *ancestors):
        of_pid = [other for other in before(pid) if other.text("entry") != "subinterpreter"]
        if of_pid:
            return max(of_pid, key=_began).name
    return None


def _began(process: ProcessFile) -> tuple[int, tuple[int, int]]:
    return (process.integer("started"), process.number)


def parents_first(processes: list[ProcessFile], parents: Mapping[str, str | None]) -> list[ProcessFile]:
    """Every process after its parent, otherwise in the order of their starts."""
    by_parent: dict[str | None, list[ProcessFile]] = {}
    for process in sorted(processes, key=_began):
        by_parent.setdefault(parents[process.name], []).append(process)
    ordered: list[ProcessFile] = []
    waiting = list(reversed(by_parent.get(None, [])))
    while waiting:
        process = waiting.pop()
        ordered.append(process)
        waiting.extend(reversed(by_parent.get(process.name, [])))
    return ordered


def process_row(
    process: ProcessFile,
    index: Mapping[str, int],
    parents: Mapping[str, str | None],
    by_name: Mapping[str, ProcessFile],
) -> Process:
    parent = parents[process.name]
    entry = process.text("entry")
    if entry == "start" and parent is not None and by_name[parent].pid == process.pid:
        entry = "exec"
    facts = process
    while facts.text("entry") == "fork" and parents[facts.name] is not None:
        facts = by_name[parents[facts.name] or ""]
    environment = _environment(facts, facts.cwd)
    if facts is not process:
        environment = replace(environment, path=_path(process), cwd=process.cwd)
    return Process(
        index=index[process.name],
        pid=process.pid,
        ppid=process.ppid,
        parent=None if parent is None else index[parent],
        argv=facts.header.get("argv", (facts.text("executable"),)),
        environment=environment,
        started=process.integer("started"),
        entry=entry,
        ended=process.ended,
    )


def _environment(process: ProcessFile, cwd: str) -> Environment:
    flags = dict(flag.rpartition("=")[::2] for flag in process.header.get("flags", ()))
    return Environment(
        python=process.text("version"),
        implementation=process.text("implementation"),
        executable=process.text("executable"),
        platform=process.text("platform"),
        prefix=process.text("prefix"),
        base_prefix=process.text("base_prefix"),
        exec_prefix=process.text("exec_prefix"),
        base_exec_prefix=process.text("base_exec_prefix"),
        stdlib=process.header.get("stdlib", ()),
        site_dirs=process.header.get("site", ()),
        user_site=process.text("user_site") or None,
        path=_path(process),
        cwd=cwd,
        flags={name: counter(flags[name]) for name in sorted(flags) if flags[name].isdecimal()},
    )


def _path(process: ProcessFile) -> tuple[str, ...]:
    """`sys.path` as the program got it, then what came later, absolute.

    The header's was written before the program's own directory came in front; what was seen later has it.
    """
    cwd = process.cwd
    entries = [*process.paths, *process.header.get("path", ())]
    absolute = [entry if entry.startswith("/") else f"{cwd}/{entry}".rstrip("/") for entry in entries]
    return tuple(dict.fromkeys(absolute))
