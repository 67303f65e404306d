"""Runs at the start of every Python in a sandbox, after the agent: records failed lookups of the program.

Python raises no audit event for `os.stat`, `os.access` and `importlib.util.find_spec`, with which a program
checks whether a file or a module exists. So functions of `os` are replaced here, in the second run only, and
a finder behind all others receives the names that none of them found. Only lookups by the program's own code
below its own directories are recorded: what a library looks for (`.git`, its settings) is optional.

Standard library only, CPython 3.8 and newer: the text is copied beside the agent and imports nothing of
automount. In `rules`, `own` are the program's directories as seen in the sandbox, and `unseen` those that a
sandbox without a root directory of its own cannot hide, except for what is in `readable`. `commands` are
the hidden commands of editable installs, which `shutil.which` looks for.
"""

from __future__ import annotations

import os
import sys
from _operator import methodcaller  # a local module may be called `operator`, and `types`

# The same as in typing, without importing it into the program.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from types import FrameType
    from typing import Any

# These functions make a path absolute, whether or not it exists.
_RESOLVING = ("realpath", "_joinrealpath", "resolve")

# The functions that need an existing path, and neither open nor remove it.
_LOOKING = ("stat", "lstat", "access", "readlink", "statvfs", "pathconf", "getxattr", "listxattr")
_CHANGING = ("chmod", "chown", "utime")

# These modules search each directory of `sys.path`, whatever is there.
_SEARCHERS = ("importlib.metadata", "importlib_metadata", "pkg_resources")


class _Lookups:
    """Writes a line to this process's journal for each path and each module that was not found."""

    def __init__(self, rules: dict[str, Any], write: Callable[[str], None]) -> None:
        self._own, self._unseen, self._readable = [
            tuple(place.rstrip("/") + "/" for place in rules[key]) for key in ("own", "unseen", "readable")
        ]
        self._commands = frozenset(rules["commands"])
        self._write = write
        self._noted: set[tuple[str, str]] = set()
        self._library = os.path.dirname(os.__file__) + "/"

    def no_file(self, path: object, relative_to: object) -> None:
        """Records that nothing exists at `path`."""
        asker = self._asker(sys._getframe(3))
        if asker is None or isinstance(path, int):
            return
        name = os.fsdecode(path)  # type: ignore[arg-type]
        if name[:1] != "/":
            is_directory = isinstance(relative_to, int) and relative_to >= 0
            name = f"{os.readlink(f'/proc/self/fd/{relative_to}') if is_directory else os.getcwd()}/{name}"
        self._note("absent", os.path.normpath(name), asker)

    def is_unseen(self, path: object) -> bool:
        """Whether what the system finds at `path` would not exist elsewhere."""
        if not self._unseen or isinstance(path, int):
            return False
        name = os.fsdecode(path)  # type: ignore[arg-type]
        if name in self._commands:
            return True
        return f"{name}/".startswith(self._unseen) and not f"{name}/".startswith(self._readable)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> None:
        """Returns None; records that no other finder found the module."""
        asker = self._asker(sys._getframe(1))
        for entry in sys.path if path is None else path:
            if asker is not None and isinstance(entry, str):
                # A finder keeps the directory that a relative entry meant at first, also after a chdir.
                searched = getattr(sys.path_importer_cache.get(entry), "path", entry)
                place = os.path.join(os.getcwd(), str(searched), name.rpartition(".")[2])
                self._note("unfound", os.path.normpath(place), asker, name)

    def find_distributions(self, context: Any = None) -> Iterator[object]:
        """Returns nothing; records the name, or the group of entry points, that the program searches for.

        `importlib.metadata` asks each finder of `sys.meta_path`, this one if those before found nothing.
        """
        name = getattr(context, "name", None)
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and str(frame.f_globals.get("__name__")).startswith(_SEARCHERS):
            if frame.f_code.co_name == "entry_points":
                self._sought("group", frame.f_locals.get("params", {}).get("group"), frame.f_back)
            frame = frame.f_back
        self._sought("distribution", name, frame)
        return iter(())

    def _sought(self, action: str, name: object, frame: FrameType | None) -> None:
        asker = self._asker(frame)
        if type(name) is str and asker is not None and (action, name) not in self._noted:
            self._noted.add((action, name))
            self._write("\0".join(["D", action, "/" + name, name, asker]))

    def _note(self, action: str, path: str, asker: str, name: str = "") -> None:
        is_wanted = path.startswith(self._own) or path in self._commands
        if is_wanted and (action, path) not in self._noted:
            self._noted.add((action, path))
            self._write("\0".join(["D", action, path, name or path, asker]))

    def _asker(self, frame: FrameType | None) -> str | None:
        """The program's own module that does the lookup; None if a library does, or it is not known."""
        while frame is not None:
            file = frame.f_code.co_filename
            resolves = frame.f_code.co_name in _RESOLVING and file.startswith((self._library, "<frozen"))
            if resolves or file.startswith("<automount") or frame.f_globals.get("__name__") in _SEARCHERS:
                return None
            if file[:1] != "<" and (not file.startswith(self._library) or "-packages/" in file):
                is_own = os.path.join(os.getcwd(), file).startswith(self._own)
                return str(frame.f_globals.get("__name__")) if is_own and "-packages/" not in file else None
            frame = frame.f_back
        return None


def _noting(function: Callable[..., Any], lookups: _Lookups) -> Any:
    """An object that is called like the built-in `function`, and records when that finds nothing.

    An exception must not show a frame that no other run has: programs print tracebacks, and count their
    frames. Every function in Python adds one to what passes through it. So the call makes an instance of a
    class: its `__new__` returns normally, and the exception is raised by what the interpreter calls next,
    which is built in. The property calls `fail`, which is the method `throw` of a finished generator.
    """
    method: Any = type(lookups.no_file)

    def look(path: Any, options: dict[str, Any], *, only_unseen: bool = False) -> None:
        try:
            if not only_unseen or lookups.is_unseen(path):
                lookups.no_file(path, options.get("dir_fd"))
        except Exception:
            # An invalid path cannot be recorded; the program gets its own error.
            return

    def call(cls: type, *args: Any, **options: Any) -> Any:
        path = args[0] if args else options.get("path")
        try:
            answer = function(*args, **options)
        except Exception as error:
            if isinstance(error, (FileNotFoundError, NotADirectoryError)):
                look(path, options)
            failed: Any = object.__new__(cls)
            finished = iter(_nothing())
            next(finished, None)
            failed.fail = method(finished.throw, error.with_traceback(None))
            return failed
        look(path, options, only_unseen=answer is not False)
        return answer

    raising = property(methodcaller("fail"))
    calling = type("call", (), {"__new__": call, "__init__": raising, "__wrapped__": function})
    # Not a function: as an attribute of a class it is not bound, like a built-in one.
    shown = {"__name__": function.__name__, "__qualname__": function.__name__, "__module__": "os"}
    shown["__doc__"] = str(function.__doc__)
    like: dict[str, Any] = {"__call__": calling, "__wrapped__": function}
    like["__repr__"] = lambda _self: repr(function)
    like["__reduce__"] = lambda _self: function.__name__
    noting = type("builtin_function_or_method", (), like)()
    noting.__dict__.update(shown)
    return noting


def _nothing() -> Generator[None, None, None]:
    yield from ()


def start(rules: dict[str, Any]) -> None:
    """Starts recording failed lookups; does nothing in a Python that is not recorded."""
    first = sys.meta_path[0] if sys.meta_path else None
    agent = getattr(first, "_watch", None)
    if agent is None:
        return
    lookups = _Lookups(rules, agent.writer.write)
    for name in (*_LOOKING, *_CHANGING):
        original = getattr(os, name, None)
        if original is None:
            continue
        replacement = _noting(original, lookups)
        for known in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if original in known:
                known.add(replacement)
        if original in os.supports_effective_ids:
            os.supports_effective_ids.add(replacement)
        setattr(os, name, replacement)
    sys.meta_path.append(lookups)
