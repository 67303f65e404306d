"""Reads what the agents of all processes wrote, and folds it into one `Journal`. Pure.

The line format is the agent's (`automount/agent/wire.py`); this is its only reader. Whatever cannot be
read is not an error: it makes the journal incomplete (`journal-damaged`), and everything else still counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from automount.model import (
    DataAccess,
    Environment,
    Incomplete,
    Journal,
    Launch,
    ModuleRecord,
    Process,
    RecordKind,
    Status,
)
from automount.paths import is_file_name
from automount.untrusted import counter

SUFFIX = ".journal"
_FORMAT = "1"
_FEWEST_FIELDS = {"H": 2, "M": 6, "S": 7, "L": 5, "D": 5, "P": 1, "Z": 1}
_REQUIRED = ("pid", "ppid", "started", "entry", "cwd", "path")


def read_journal(files: Mapping[str, bytes]) -> Journal:
    """The journal that these files, by name, make together."""
    fold = JournalFold()
    for name in sorted(files):
        fold.feed(name, files[name])
    return fold.fold()


@dataclass
class _Module:
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
        # A script that is bytecode itself is run without any word that its body begins.
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
class _Process:
    """The file of one process, as far as it has been read."""

    name: str
    tail: bytes = b""
    header: dict[str, tuple[str, ...]] = field(default_factory=dict)
    modules: dict[tuple[str, str | None], _Module] = field(default_factory=dict)
    launches: list[tuple[str, ...]] = field(default_factory=list)
    data: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    paths: list[str] = field(default_factory=list)
    ended: bool = False
    damaged: bool = False

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


class JournalFold:
    """Takes journal files in any order and in any pieces, each file's pieces in order."""

    def __init__(self) -> None:
        self._processes: dict[str, _Process] = {}
        self._seen: set[str] = set()

    def feed(self, file_name: str, chunk: bytes) -> tuple[str, ...]:
        """Reads on in one file; gives the absolute files that now turned out to be loaded, in order."""
        process = self._processes.setdefault(file_name, _Process(file_name))
        lines = (process.tail + chunk).split(b"\n")
        process.tail = lines.pop()
        fresh = []
        for line in lines:
            fields = _decode(line)
            if not fields or len(fields) < _FEWEST_FIELDS.get(fields[0], 1 << 30):
                # An empty line is what the writer puts behind a line that a full disk cut short.
                process.damaged = process.damaged or bool(line)
                continue
            file = _take(process, fields)
            if file and file not in self._seen:
                self._seen.add(file)
                fresh.append(file)
        return tuple(fresh)

    def fold(self) -> Journal:
        """Everything read so far. More may be fed afterwards."""
        readable = [process for process in self._processes.values() if _is_readable(process)]
        parents = {process.name: _parent(process, readable) for process in readable}
        ordered = _parents_first(readable, parents)
        index = {process.name: place for place, process in enumerate(ordered)}
        created = {path for process in ordered for action, path in process.data if action == "created"}
        loaded = {file for process in ordered for _, file in process.modules}
        by_name = {process.name: process for process in readable}
        return Journal(
            processes=tuple(_process_row(process, index, parents, by_name) for process in ordered),
            modules=tuple(
                module.record(index[process.name])
                for process in ordered
                for module in sorted(process.modules.values(), key=lambda module: module.order)
            ),
            data=tuple(
                DataAccess(path, action, index[process.name], named, requester or None)
                for process in ordered
                for (action, path), (named, requester) in sorted(process.data.items())
                if action == "created" or (path not in created and path not in loaded)
            ),
            launches=tuple(
                _launch(index[process.name], fields) for process in ordered for fields in process.launches
            ),
            incomplete=_incomplete(self._processes.values()),
        )


def _decode(line: bytes) -> list[str]:
    """The fields of a line without its newline; nothing where the bytes are not text."""
    errors = "surrogateescape"
    if line.startswith(b"!"):
        line, errors = line[1:], "surrogatepass"
    try:
        text = line.decode("utf-8", errors)
    except UnicodeDecodeError:
        return []
    if text.startswith("~"):
        halves = text[1:].split("\\\\")
        text = "\\".join(half.replace("\\n", "\n") for half in halves)
    return text.split("\0")


def _take(process: _Process, fields: list[str]) -> str | None:
    """Stores one line; returns the absolute file whose code runs, if the line is about one."""
    kind, *values = fields
    if kind == "M":
        status, name, file, requester, line, *places = values
        locations = None
        if places:
            locations = tuple(place for place in places if place)
        return _take_module(process, status, name, file, requester, line, locations, RecordKind.MODULE)
    if kind == "S":
        status, how, name, file, requester, line = values[:6]
        named = RecordKind.MAIN_MODULE if how == "module" and name != "__main__" else RecordKind.SCRIPT
        # `runpy` finds and compiles under the name of a module what then runs as a program.
        for key, module in list(process.modules.items()):
            if key[1] == file and key[0] != name and module.statuses <= {"b", "f"}:
                del process.modules[key]
        return _take_module(process, status, name, file, requester, line, None, named)
    if kind == "H":
        process.header[values[0]] = tuple(values[1:])
    elif kind == "L":
        process.launches.append(tuple(values))
    elif kind == "D":
        action, path, named_as, requester = values[:4]
        if not path.startswith("/") or not is_file_name(path):
            return None
        process.data.setdefault((action, path), (named_as, requester))
        if action == "read":
            process.sources.add(_source_of(path))
    elif kind == "P":
        process.paths.extend(entry for entry in values if entry not in process.paths)
    else:
        process.ended = True
    return None


def _take_module(
    process: _Process,
    status: str,
    name: str,
    file: str,
    requester: str,
    line: str,
    locations: tuple[str, ...] | None,
    kind: RecordKind,
) -> str | None:
    if status == "x":
        # Told at the end and by name: it is about the last one of that name that ran.
        of_name = [module for module in process.modules.values() if module.name == name]
        if of_name:
            of_name[-1].statuses.add("x")
        return None
    key = (name, file or None)
    module = process.modules.get(key)
    if module is None:
        module = process.modules[key] = _Module(name, file or None, order=len(process.modules))
    if status == "u":
        status = "e"
        # Where it was found before, and other imports came between, a finder did name it.
        module.by_path = module.by_path or not module.statuses & {"e", "f", "p"}
    elif status in "eb" and "e" not in module.statuses:
        # The program has read the source itself, as a file, before it was imported.
        module.by_path = module.by_path or file in process.sources
    first_run = status == "e" and "e" not in module.statuses
    module.statuses.add(status)
    if kind is not RecordKind.MODULE:
        module.kind = kind
    if locations is not None:
        module.locations = locations
    if requester and (first_run or module.requester is None):
        module.requester = requester
        module.line = counter(line) if line.isdecimal() else None
    return file if status in "eb" and file.startswith("/") else None


def _source_of(path: str) -> str:
    """The source file that a cached one in a `__pycache__` was compiled from, whoever cached it."""
    directory, _, name = path.rpartition("/")
    holder, _, last = directory.rpartition("/")
    return f"{holder}/{name.partition('.')[0]}.py" if last == "__pycache__" else path


def _is_readable(process: _Process) -> bool:
    if process.text("format") != _FORMAT:
        return False
    return process.text("entry") == "unsupported" or all(key in process.header for key in _REQUIRED)


def _parent(process: _Process, others: list[_Process]) -> str | None:
    """The file of the process that brought this one into being, if it left one."""
    if process.text("entry") == "fork":
        name = process.text("parent")
        return name if any(other.name == name for other in others) else None
    before = [other for other in others if other is not process and _began(other) <= _began(process)]
    same = [other for other in before if other.pid == process.pid and other.ppid == process.ppid]
    if process.text("entry") == "subinterpreter":
        return min(same, key=_began).name if same else None
    predecessors = [other for other in same if not other.ended and other.text("entry") != "subinterpreter"]
    if predecessors:
        return max(predecessors, key=_began).name
    ancestors = (counter(text) for text in process.header.get("ancestors", ()))
    for pid in (process.ppid, *ancestors):
        of_pid = [other for other in before if other.pid == pid and other.text("entry") != "subinterpreter"]
        if of_pid:
            return max(of_pid, key=_began).name
    return None


def _began(process: _Process) -> tuple[int, tuple[int, int]]:
    return (process.integer("started"), process.number)


def _parents_first(processes: list[_Process], parents: Mapping[str, str | None]) -> list[_Process]:
    """Every process behind its parent, otherwise as they began."""
    by_parent: dict[str | None, list[_Process]] = {}
    for process in sorted(processes, key=_began):
        by_parent.setdefault(parents[process.name], []).append(process)
    ordered: list[_Process] = []
    waiting = list(reversed(by_parent.get(None, [])))
    while waiting:
        process = waiting.pop()
        ordered.append(process)
        waiting.extend(reversed(by_parent.get(process.name, [])))
    return ordered


def _process_row(
    process: _Process,
    index: Mapping[str, int],
    parents: Mapping[str, str | None],
    by_name: Mapping[str, _Process],
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


def _environment(process: _Process, cwd: str) -> Environment:
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


def _path(process: _Process) -> tuple[str, ...]:
    """`sys.path` as the program got it, then what came later, absolute.

    The header's was written before the program's own directory came in front; what was seen later has it.
    """
    cwd = process.cwd
    entries = [*process.paths, *process.header.get("path", ())]
    absolute = [entry if entry.startswith("/") else f"{cwd}/{entry}".rstrip("/") for entry in entries]
    return tuple(dict.fromkeys(absolute))


def _launch(process: int, fields: tuple[str, ...]) -> Launch:
    kind, pid, executable, cwd, *argv = fields
    number = counter(pid)
    return Launch(process, kind.rstrip("*"), number, executable, tuple(argv), cwd, kind.endswith("*"))


def _incomplete(processes: Iterable[_Process]) -> tuple[Incomplete, ...]:
    rows = []
    for process in processes:
        if process.text("entry") == "unsupported":
            rows.append(Incomplete("unsupported-python", (process.text("executable"),), process.pid))
        elif process.damaged or process.tail or not _is_readable(process):
            rows.append(Incomplete("journal-damaged", process.header.get("argv", ()), process.pid))
    return tuple(sorted(rows, key=lambda row: (row.reason, row.command, row.pid)))
