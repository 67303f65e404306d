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

# The same as in typing, without importing it into the program.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any

# These functions make a path absolute, whether or not it exists.
_RESOLVING = ("realpath", "_joinrealpath", "resolve")

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

    def searched(self, frame: FrameType | None) -> None:
        """Records the group of entry points that the program's own code asks for, if `frame` searches it."""
        while frame is not None and str(frame.f_globals.get("__name__")).startswith(_SEARCHERS):
            if frame.f_code.co_name == "entry_points":
                group = frame.f_locals.get("params", {}).get("group")
                asker = self._asker(frame.f_back)
                if type(group) is str and asker is not None and ("group", group) not in self._noted:
                    self._noted.add(("group", group))
                    self._write("\0".join(["D", "group", "/" + group, group, asker]))
                return
            frame = frame.f_back

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


class _Noting:
    """Calls a built-in function and records when it finds nothing; as a class attribute it is not bound."""

    def __init__(self, name: str, function: Callable[..., Any], lookups: _Lookups) -> None:
        self.__name__ = self.__qualname__ = name
        self._function = function
        self._lookups = lookups

    def __call__(self, path: Any, *args: Any, **options: Any) -> Any:
        try:
            answer = self._function(path, *args, **options)
        except (FileNotFoundError, NotADirectoryError):
            self._look(path, options)
            raise
        self._look(path, options, only_unseen=answer is not False)
        return answer

    def _look(self, path: Any, options: dict[str, Any], *, only_unseen: bool = False) -> None:
        try:
            # `importlib.metadata` asks for the age of each directory of `sys.path` that it searches.
            self._lookups.searched(sys._getframe(2))
            if not only_unseen or self._lookups.is_unseen(path):
                self._lookups.no_file(path, options.get("dir_fd"))
        except Exception:
            # An invalid path cannot be recorded; the program gets its own error.
            return


def start(rules: dict[str, Any]) -> None:
    """Starts recording failed lookups; does nothing in a Python that is not recorded."""
    first = sys.meta_path[0] if sys.meta_path else None
    agent = getattr(first, "_watch", None)
    if agent is None:
        return
    lookups = _Lookups(rules, agent.writer.write)
    for name in ("stat", "lstat", "access", "readlink"):
        original = getattr(os, name)
        replacement = _Noting(name, original, lookups)
        for known in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if original in known:
                known.add(replacement)
        if original in os.supports_effective_ids:
            os.supports_effective_ids.add(replacement)
        setattr(os, name, replacement)
    sys.meta_path.append(lookups)
