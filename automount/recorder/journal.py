"""Reads what the agents of all processes wrote, and folds it into one `Journal`. Pure.

The line format is the agent's (`automount/agent/wire.py`); this is its only reader. A line that cannot be
read is not an error: it makes the journal incomplete (`journal-damaged`), and everything else still counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from automount.model import (
    DataAccess,
    Incomplete,
    Journal,
    Launch,
    RecordKind,
)
from automount.paths import is_file_name
from automount.recorder.process_files import (
    ModuleSeen,
    ProcessFile,
    by_pid,
    is_readable,
    parent_of,
    parents_first,
    process_row,
)
from automount.untrusted import counter

_FEWEST_FIELDS = {"H": 2, "M": 6, "S": 7, "L": 5, "K": 2, "D": 5, "P": 1, "R": 2, "Z": 1}


def read_journal(files: Mapping[str, bytes]) -> Journal:
    """The journal that these files, by name, form together."""
    fold = JournalFold()
    for name in sorted(files):
        fold.feed(name, files[name])
    return fold.fold()


class JournalFold:
    """Takes journal files in any order and in any pieces, each file's pieces in order."""

    def __init__(self) -> None:
        self._processes: dict[str, ProcessFile] = {}
        self._seen: set[str] = set()

    def feed(self, file_name: str, chunk: bytes) -> tuple[str, ...]:
        """Continues one file; returns the absolute files that it shows to be loaded, in order."""
        process = self._processes.setdefault(file_name, ProcessFile(file_name))
        lines = (process.tail + chunk).split(b"\n")
        process.tail = lines.pop()
        fresh = []
        for line in lines:
            fields = _decode(line)
            if not fields or len(fields) < _FEWEST_FIELDS.get(fields[0], 1 << 30):
                # The writer adds an empty line after a line that a full disk cut short.
                process.damaged = process.damaged or bool(line)
                continue
            file = _take(process, fields)
            if file and file not in self._seen:
                self._seen.add(file)
                fresh.append(file)
        return tuple(fresh)

    def unended(self) -> tuple[int, ...]:
        """The pids of the processes whose last sweep has not been read."""
        return tuple(
            sorted({one.pid for one in self._processes.values() if is_readable(one) and not one.ended})
        )

    def fold(self) -> Journal:
        """Everything read so far. More may be fed afterwards."""
        readable = [process for process in self._processes.values() if is_readable(process)]
        by_name = {process.name: process for process in readable}
        files = by_pid(readable)
        parents = {process.name: parent_of(process, by_name, files) for process in readable}
        ordered = parents_first(readable, parents)
        index = {process.name: place for place, process in enumerate(ordered)}
        created = {path for process in ordered for action, path in process.data if action == "created"}
        loaded = {file for process in ordered for _, file in process.modules}
        return Journal(
            processes=tuple(process_row(process, index, parents, by_name) for process in ordered),
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
            killed=tuple(sorted({pid for process in ordered for pid in process.killed})),
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


def _take(process: ProcessFile, fields: list[str]) -> str | None:
    """Stores one line; returns the absolute file whose code runs, if the line is about one."""
    kind, *values = fields
    if kind == "M":
        status, name, file, requester, line, *places = values
        file = process.outside(file)
        locations = None
        if places:
            locations = tuple(process.outside(place) for place in places if place)
        return _take_module(process, status, name, file, requester=requester, line=line, locations=locations)
    if kind == "S":
        status, how, name, file, requester, line = values[:6]
        file = process.outside(file)
        named = RecordKind.MAIN_MODULE if how == "module" and name != "__main__" else RecordKind.SCRIPT
        # `runpy` finds and compiles under the name of a module what then runs as a program.
        for key, module in list(process.modules.items()):
            if key[1] == file and key[0] != name and module.statuses <= {"b", "f"}:
                del process.modules[key]
        return _take_module(process, status, name, file, requester=requester, line=line, kind=named)
    if kind == "H":
        process.header[values[0]] = tuple(values[1:])
    elif kind == "L":
        kind, pid, executable, cwd, *argv = values
        process.launches.append((kind, pid, process.outside(executable), process.outside(cwd), *argv))
    elif kind == "K":
        process.killed.add(counter(values[0]))
    elif kind == "D":
        action, path, named_as, requester = values[:4]
        path = process.outside(path)
        if not path.startswith("/") or not is_file_name(path):
            return None
        if action == "created" and path in process.ran:
            action = "written"  # a module was emptied, or replaced, after its code had run
        process.data.setdefault((action, path), (named_as, requester))
        if action == "read":
            process.sources.add(_source_of(path))
    elif kind == "P":
        entries = map(process.outside, values)
        process.paths.extend(entry for entry in entries if entry not in process.paths)
    elif kind == "R":
        if values[0].startswith("/"):
            process.root = values[0].rstrip("/")
    else:
        process.ended = True
    return None


def _take_module(
    process: ProcessFile,
    status: str,
    name: str,
    file: str,
    *,
    requester: str,
    line: str,
    locations: tuple[str, ...] | None = None,
    kind: RecordKind = RecordKind.MODULE,
) -> str | None:
    """Stores what one line shows of a module; returns the absolute file whose code runs, if any does."""
    if status == "x":
        # Written when a load has failed, by name: it concerns the last module of that name that ran.
        of_name = [module for module in process.modules.values() if module.name == name]
        if of_name:
            of_name[-1].statuses.add("x")
        return None
    key = (name, file or None)
    module = process.modules.get(key)
    if module is None:
        module = process.modules[key] = ModuleSeen(name, file or None, order=len(process.modules))
    if status == "u":
        status = "e"
        # If it was found before, and other imports came between, a finder named it.
        module.by_path = module.by_path or not module.statuses & {"e", "f", "p"}
    elif status in "eb" and "e" not in module.statuses:
        # The program has read the source itself, as a file, before it was imported.
        module.by_path = module.by_path or file in process.sources
    if status == "e":
        # It is loaded again, perhaps after a load that failed.
        module.statuses.discard("x")
    first_run = status == "e" and "e" not in module.statuses
    module.statuses.add(status)
    if kind is not RecordKind.MODULE:
        module.kind = kind
    if locations is not None:
        module.locations = locations
    if requester and (first_run or module.requester is None):
        module.requester = requester
        module.line = counter(line) if line.isdecimal() else None
    if status not in "eb" or not file.startswith("/"):
        return None
    process.ran.add(file)
    return file


def _source_of(path: str) -> str:
    """The source file that a file in a `__pycache__` was compiled from, under any tag."""
    directory, _, name = path.rpartition("/")
    holder, _, last = directory.rpartition("/")
    return f"{holder}/{name.partition('.')[0]}.py" if last == "__pycache__" else path


def _launch(process: int, fields: tuple[str, ...]) -> Launch:
    kind, pid, executable, cwd, *argv = fields
    number = counter(pid)
    return Launch(process, kind.rstrip("*"), number, executable, tuple(argv), cwd, kind.endswith("*"))


def _incomplete(processes: Iterable[ProcessFile]) -> tuple[Incomplete, ...]:
    rows = []
    for process in processes:
        if process.text("entry") == "unsupported":
            rows.append(Incomplete("unsupported-python", (process.text("executable"),), process.pid))
        elif process.damaged or process.tail or not is_readable(process):
            rows.append(Incomplete("journal-damaged", process.header.get("argv", ()), process.pid))
    return tuple(sorted(rows, key=lambda row: (row.reason, row.command, row.pid)))
