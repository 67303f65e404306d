"""Runs inside the sandbox, as `sitecustomize` of every Python there: notes what the program asks for in vain.

Standard library only, CPython 3.8 and newer; it is copied into a directory of its own and imports nothing
of automount. What it knows comes from the file `rules` beside it: a dictionary with `notes` (the file to
append to), `mode`, and the paths that exist for the program. Under `absent` the sandbox has taken the rest
away, and what cannot be found is noted; under `denied` it is still seen, but cannot be opened; under
`guard` nothing else keeps the program in, and this file refuses for itself.

An exception in an audit hook would end the program's own call, so nothing but a refusal may leave it.
"""

from __future__ import annotations

import os
import sys

# As typing has it, without importing it into the program.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, ModuleType
    from typing import Any

_HERE = os.path.dirname(os.path.abspath(__file__))
_CREATES = os.O_CREAT | os.O_TRUNC
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))


def _read_rules() -> dict[str, Any]:
    with open(os.path.join(_HERE, "rules"), encoding="utf-8") as file:
        rules: dict[str, Any] = eval(file.read(), {"__builtins__": {}})
    return rules


# Events of calls that change names or properties, and how many of the first arguments are paths.
_CHANGES = {
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.mkdir": 1,
    "os.link": 2,
    "os.symlink": 1,  # the second is a text until somebody follows it
    "os.truncate": 1,
    "os.chmod": 1,
    "os.chown": 1,
    "os.utime": 1,
    "os.chflags": 1,
    "os.setxattr": 1,
    "os.removexattr": 1,
}


class Witness:
    """The audit hook, and the last finder on `sys.meta_path`."""

    def __init__(self, rules: dict[str, Any]) -> None:
        self._notes: str = rules["notes"]
        self.mode: str = rules["mode"]
        self._readable = [tuple(path.split("/")) for path in rules["readable"]]
        self._writable = [tuple(path.split("/")) for path in rules["writable"]]
        self.hidden = [tuple(path.split("/")) for path in rules["hidden"]]
        self._seen: set[tuple[str, str, str, int]] = set()
        self._busy = False

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if self._busy:
            return
        if event == "open":
            self._guarded(args[0], args[1], args[2])
        elif event in ("os.listdir", "os.scandir"):
            self._guarded(args[0] if args[0] is not None else ".", "r", 0)
        elif event == "sqlite3.connect":
            name = args[0]
            if isinstance(name, str) and (name == ":memory:" or not name or name.startswith("file:")):
                return
            self._guarded(name, "r", 0)
        elif event == "ctypes.dlopen":
            if isinstance(args[0], str) and "/" in args[0]:
                self._guarded(args[0], "r", 0)
        elif event in ("os.exec", "os.posix_spawn", "subprocess.Popen"):
            program = _text(args[0])
            if program and "/" in program:
                self._guarded(program, "r", 0)
        elif self.mode == "guard" and event in _CHANGES:
            for place in args[1:2] if event == "os.symlink" else args[: _CHANGES[event]]:
                self._changes(place)
        elif event == "os.chdir":
            self._guarded(args[0], "r", 0)
        elif self.mode == "guard" and _is_network(event, args):
            raise OSError(101, "Network is unreachable")

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> None:
        # Only an import asks for a module; whoever probes with `importlib.util.find_spec` can do without.
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_name == "_find_spec":
            frame = frame.f_back
        if frame is not None and frame.f_code.co_name == "_find_and_load_unlocked":
            self._note("import", name)

    def _changes(self, path: object) -> None:
        """Refuses to change a file or directory that is not the program's own here."""
        text = _text(path)
        if text is None or self._busy:
            return
        self._busy = True
        try:
            place = os.path.normpath(text if text.startswith("/") else os.path.join(os.getcwd(), text))
            folder = os.path.realpath(os.path.dirname(place))
            allowed = _below(tuple(folder.split("/")), self._writable)
        except Exception:
            return
        finally:
            self._busy = False
        if not allowed:
            raise PermissionError(13, "Permission denied", text)

    def _guarded(self, path: object, mode: object, flags: object) -> None:
        text = _text(path)
        if text is None:
            return
        self._busy = True
        try:
            place = os.path.normpath(text if text.startswith("/") else os.path.join(os.getcwd(), text))
            writes = bool(flags & _WRITES) if isinstance(flags, int) else False
            writes = writes or (isinstance(mode, str) and any(letter in mode for letter in "wax+"))
            missing = self._is_missing(place, writes)
            creates = writes and (flags & _CREATES if isinstance(flags, int) else True)
        except Exception:
            return
        finally:
            self._busy = False
        if missing and not creates:
            self._note("open", place)
        if missing == "denied" and self.mode == "guard":
            if writes:
                raise PermissionError(13, "Permission denied", text)
            raise FileNotFoundError(2, "No such file or directory", text)

    def _is_missing(self, place: str, writes: bool) -> str:
        if self.mode != "absent":
            real = os.path.realpath(place)
            allowed = self._writable if writes else self._readable + self._writable
            for form in (place, real):
                parts = tuple(form.split("/"))
                if _below(parts, self.hidden) or not _below(parts, allowed):
                    return "denied"
        try:
            os.stat(place)
        except OSError:
            return "absent"
        return ""

    def _note(self, kind: str, name: str) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            asker, line, by_import = _asker()
            if kind == "open" and by_import:
                return
            row = (kind, name, asker, line)
            if row in self._seen:
                return
            self._seen.add(row)
            data = (ascii(row) + "\n").encode("ascii")
            # Opened anew each time: a program may close every descriptor it did not open itself.
            descriptor = os.open(self._notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                os.write(descriptor, data)
            finally:
                os.close(descriptor)
        except Exception:
            pass
        finally:
            self._busy = False


def _is_network(event: str, args: tuple[Any, ...]) -> bool:
    """Whether an event is a way out by Internet; a local socket's address is no tuple."""
    if event in ("socket.connect", "socket.sendto"):
        return isinstance(args[1], tuple)
    return event == "socket.getaddrinfo"


def _text(path: object) -> str | None:
    if isinstance(path, bytes):
        return os.fsdecode(path)
    if isinstance(path, str):
        return path
    fspath = getattr(type(path), "__fspath__", None)
    if fspath is None:
        return None
    value = fspath(path)
    return os.fsdecode(value) if isinstance(value, bytes) else value


def _below(parts: tuple[str, ...], tops: list[tuple[str, ...]]) -> bool:
    return any(parts[: len(top)] == top for top in tops)


def _asker() -> tuple[str, int, bool]:
    """The module and line that asked, outside the standard library, and whether an import did."""
    frame: FrameType | None = sys._getframe(1)
    by_import = False
    first = None
    while frame is not None:
        name = frame.f_globals.get("__name__") or "?"
        file = frame.f_code.co_filename
        if frame.f_globals is not globals():
            if file.startswith("<frozen importlib"):
                by_import = by_import or first is None
            elif first is None:
                first = (name, frame.f_lineno)
            if not file.startswith(("<", _LIBRARY + "/")) or _LIBRARY + "/site-packages/" in file:
                return name, frame.f_lineno, by_import
        frame = frame.f_back
    return (*(first or ("?", 0)), by_import)


def _chain() -> None:
    """Lets the `sitecustomize` that we hid run, as if we had never been."""
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != _HERE]
    # Both are loaded in every Python; importlib's own modules may not be, and the program may notice.
    spec = sys.modules["_frozen_importlib_external"].PathFinder.find_spec("sitecustomize")
    if spec is not None:
        del sys.modules["sitecustomize"]
        sys.modules["_frozen_importlib"]._load(spec)


def _start() -> None:
    witness = Witness(_read_rules())
    if witness.mode == "guard":
        # What site has put there for an editable install leads to the project, around the guard.
        sys.meta_path[:] = [finder for finder in sys.meta_path if not _leads_out(finder, witness)]
    sys.meta_path.append(witness)
    sys.addaudithook(witness.hook)


def _leads_out(finder: object, witness: Witness) -> bool:
    module = sys.modules.get(getattr(finder, "__module__", None) or type(finder).__module__)
    file = getattr(module, "__file__", None)
    return file is not None and _below(tuple(os.path.abspath(file).split("/")), witness.hidden)


if __name__ == "sitecustomize":
    _start()
    _chain()
