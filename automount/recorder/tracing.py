"""Records file accesses that Python does not report: those of C libraries and of other programs.

strace runs beside the program (`-D`: the program stays our own child, with its own pid, signals and exit
status) and writes one file per process (`-ff`), so no line is ever interrupted by another's. With
`--seccomp-bpf` only the traced system calls are stopped at, which halves the cost; strace since 5.3 has it. A
trial run beforehand finds out what works here: in some containers no process may be traced. Accesses that are
already in the journal are not repeated, and files that the system itself reads (the dynamic linker, locales,
`/proc`) are not data.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence

from automount import agent, paths
from automount.errors import TargetNotRunnable, UsageError
from automount.model import DataAccess, Journal
from automount.system_directories import SYSTEM_DIRECTORIES
from automount.values import dataclass, replace

_CALLS = (
    "open,openat,openat2,creat,rename,renameat,renameat2,link,linkat,chdir,fchdir,clone,clone3,fork,vfork"
)
_PREFIX = "strace"

_LINE = re.compile(
    rb"(?P<time>\d+\.\d+) (?P<call>\w+)\((?P<args>.*)\)\s+= (?P<result>-?\d+)(?:<(?P<real>.*)>)?"
)
_TEXT = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_DIRECTORY = re.compile(rb"(?:AT_FDCWD|\d+)<((?:[^<>\\]|\\.)*)>")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_NAMED_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f", b"a": b"\a", b"b": b"\b"}


@dataclass(frozen=True)
class TracedAccess:
    """One path that some process opened: `action` is "read", "created" (in this run) or "listed".

    `path` is absolute, links kept; `named` is the path as the process gave it.
    """

    path: str
    action: str
    pid: int
    named: str


def tracer(kind: str) -> Strace:
    """The tracer that `--trace KIND` asks for, tried out. Raises an error that names what is missing."""
    if kind != "strace":
        raise UsageError(f"--trace {kind}: unknown tracer", hint="the only valid value is strace")
    executable = shutil.which("strace")
    if executable is None:
        raise UsageError(
            "--trace strace: strace is not installed",
            hint="install it (Debian: apt install strace), or leave out --trace: "
            "files that C libraries open are then not recorded",
        )
    trouble = ""
    for fast in (("--seccomp-bpf",), ()):
        command = [executable, "-D", "-f", *fast, "-qq", "-e", "trace=chdir", "-o", os.devnull]
        tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            return Strace((executable, "-D", "-f", *fast))
        trouble = trouble or (tried.stderr.strip().splitlines() or [f"exit status {tried.returncode}"])[-1]
    raise TargetNotRunnable(
        f"--trace strace: nothing can be traced here ({trouble})",
        hint="in a container, allow it with --cap-add SYS_PTRACE, or leave out --trace",
        code="trace",
    )


@dataclass(frozen=True)
class Strace:
    """The strace command that works here; `prefix` are its first words."""

    prefix: tuple[str, ...]

    def command(self, command: Sequence[str], directory: str) -> list[str]:
        """`command` under strace, whose output goes to files in `directory`."""
        output = paths.join(directory, _PREFIX)
        options = ["-ff", "-ttt", "-qq", "-y", "-s", "4096", "-e", f"trace={_CALLS}", "-e", "signal=none"]
        return [*self.prefix, *options, "-o", output, "--", *command]

    def merge(self, journal: Journal, directory: str, cwd: str) -> Journal:
        """`journal` with the additional accesses in the files of `directory`; `cwd` is the program's."""
        files: dict[int, bytes] = {}
        for name in sorted(os.listdir(directory)):
            prefix, _, pid = name.rpartition(".")
            if prefix == _PREFIX and pid.isdigit():
                with open(paths.join(directory, name), "rb") as stream:
                    files[int(pid)] = stream.read()
        accesses, parents = parse(files, cwd)
        more = unrecorded(journal, accesses, parents, ignored=(directory, *agent.__path__), cwd=cwd)
        data = sorted((*journal.data, *more), key=_order)
        return replace(journal, data=tuple(data))


def parse(files: Mapping[int, bytes], cwd: str) -> tuple[tuple[TracedAccess, ...], dict[int, int]]:
    """The accesses in strace's output, by time, and each child's parent; `files` has the output by pid.

    A file that the run itself made (or emptied) is "created" from then on, under a new name too.
    """
    events = sorted(
        (float(match["time"]), pid, number, match)
        for pid, content in files.items()
        for number, line in enumerate(content.split(b"\n"))
        if (match := _LINE.fullmatch(line)) and not match["result"].startswith(b"-")
    )
    places = {pid: _first_directory(content) or cwd for pid, content in files.items()}
    created: set[str] = set()
    found: list[TracedAccess] = []
    parents: dict[int, int] = {}
    for _, pid, _, match in events:
        call, arguments = match["call"], match["args"]
        if call in (b"clone", b"clone3", b"fork", b"vfork"):
            parents[int(match["result"])] = pid
        elif call in (b"chdir", b"fchdir"):
            places[pid] = next(_named(call, arguments, places[pid]))[1]
        elif call.startswith((b"rename", b"link")):
            (_, source), (named, target) = _named(call, arguments, places[pid])
            if source in created:
                created.add(target)
                found.append(TracedAccess(target, "created", pid, named))
        else:
            named, path = next(_named(call, arguments, places[pid]))
            makes = call == b"creat" or b"O_TRUNC" in arguments or b"O_EXCL" in arguments
            action = "created" if makes else "listed" if b"O_DIRECTORY" in arguments else "read"
            if makes:
                created.add(path)
            if makes or (path not in created and b"O_WRONLY" not in arguments and b"O_PATH" not in arguments):
                found.append(TracedAccess(path, action, pid, named))
    return tuple(found), parents


def unrecorded(
    journal: Journal,
    accesses: Iterable[TracedAccess],
    parents: Mapping[int, int],
    *,
    ignored: Sequence[str],
    cwd: str,
) -> tuple[DataAccess, ...]:
    """The rows for those of `accesses` that the journal does not have.

    A process without a journal counts as its nearest recorded ancestor. Left out: what is in the
    directories `ignored`, module files, and the system's own directories unless the program works there.
    """
    by_pid = {process.pid: process.index for process in reversed(journal.processes)}
    known = {(access.path, access.action) for access in journal.data}
    made_before_read = {access.path for access in journal.data if access.action == "created"}
    modules = {record.file for record in journal.modules}
    system = [root for root in SYSTEM_DIRECTORIES if not paths.is_below(cwd, root)]
    rows: dict[tuple[str, str], DataAccess] = {}
    for access in accesses:
        key = (access.path, access.action)
        if key in known or key in rows or access.path in modules or access.path in made_before_read:
            continue
        if access.path.endswith(".pyc") or any(paths.is_below(access.path, root) for root in ignored):
            continue
        if any(paths.is_below(access.path, root) for root in system):
            continue
        pid: int | None = access.pid
        while pid is not None and pid not in by_pid:
            pid = parents.get(pid)
        process = 0 if pid is None else by_pid[pid]
        rows[key] = DataAccess(access.path, access.action, process, access.named, None)
    return tuple(rows.values())


def _named(call: bytes, arguments: bytes, place: str) -> Iterator[tuple[str, str]]:
    """The paths among a call's `arguments`: as given, and absolute; `place` is the process's cwd."""
    if call == b"fchdir":
        found = _DIRECTORY.match(arguments)
        yield "", _text(found[1]) if found else place
        return
    position = 0
    while (text := _TEXT.search(arguments, position)) is not None:
        before = _DIRECTORY.search(arguments, position, text.start())
        directory = _text(before[1]) if before else place
        given = _text(text[1])
        yield given, paths.normal(given if given.startswith("/") else f"{directory}/{given}")
        position = text.end()


def _first_directory(content: bytes) -> str | None:
    """The working directory that a process started in, from the first line that shows it, or None."""
    for line in content.split(b"\n"):
        if b"chdir(" in line:
            return None
        at = line.find(b"AT_FDCWD<")
        if at >= 0:
            found = _DIRECTORY.match(line, at)
            return _text(found[1]) if found else None
    return None


def _text(raw: bytes) -> str:
    """What a text that strace wrote represents."""
    return os.fsdecode(_ESCAPE.sub(_unescaped, raw))


def _unescaped(match: re.Match[bytes]) -> bytes:
    escape = match[1]
    if escape.isdigit():
        return bytes((int(escape, 8) & 0xFF,))
    return _NAMED_ESCAPES.get(escape, escape)


def _order(access: DataAccess) -> tuple[str, str, int, str, str]:
    return (access.path, access.action, access.process, access.named, access.read_by or "")
