"""Notes which files and directories the program uses as data, and which module asked.

Audit events come before the operation: what does not exist then is being created (or is missing, and no
data), and a relative name still means what the program means by it. Each path is noted once per action. What
the import system reads for itself is not data; a resource that is read through a loader is.
"""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from os import stat_result
    from types import FrameType
    from typing import Any

    from automount.agent import removals, specs
    from automount.agent.wire import Writer
else:
    removals, specs = [globals()["load"](name) for name in ("removals", "specs")]

_uris = globals()["load"]("sqlite_uris", later=True) if "load" in globals() else None  # type: Any
_external = sys.modules["_frozen_importlib_external"].__dict__
_getframe = sys._getframe
text = specs.text

_MOST_NOTED = 65536
# The kernel's own file systems, which cannot be shipped.
_NO_DATA = ("/proc/", "/sys/", "/dev/")
_DIRECTORY, _REGULAR, _KIND = 0o040000, 0o100000, 0o170000
_SOURCES = (".py", ".pyw", ".pyc")
# They list each directory of `sys.path` for the names of distributions, whatever else is there.
_SEARCHERS = ("importlib.metadata", "importlib_metadata", "pkg_resources")


class Data(removals.Removals):
    """The data accesses of this process. `standard` and `installed` are directories, slash at the end."""

    def __init__(self, writer, absolute, standard, installed):
        # type: (Writer, Callable[[str], str], tuple[str, ...], tuple[str, ...]) -> None
        super().__init__(writer)
        self.absolute = absolute
        self.standard = standard
        self.installed = installed

    def handlers(self):
        # type: () -> dict[str, Callable[[tuple[Any, ...]], None]]
        """The audit events about data, with their handlers."""
        return {
            "open": self.opened,
            "os.listdir": self.listed,
            "os.scandir": self.listed,
            "os.chdir": self.entered,
            "os.mkdir": lambda args: self.made(args[0], args[-1]),
            "os.symlink": self.symlinked,
            "os.link": self.hard_linked,
            "os.rename": self.renamed,
            "os.remove": self.removed,
            "os.rmdir": self.cleared,
            "shutil.rmtree": self.cleared,
            "sqlite3.connect": self.database,
            "ctypes.dlopen": self.library,
        }

    # Each is called by the audit hook: the requester's frame is two above.
    def opened(self, args):
        # type: (tuple[Any, ...]) -> None
        name, mode, flags = text(args[0]), args[1], args[2]
        if type(flags) is not int:
            flags = _flags(mode)
        if name is None:
            return
        path = name if name[:1] == "/" else self.absolute(name)
        writes = flags & posix.O_ACCMODE != posix.O_RDONLY
        key = (writes, path)
        if key in self.noted or path.startswith(_NO_DATA) or path.startswith(self.writer.directory):
            return
        frame = _caller()
        if frame is None or _imports(frame):
            return
        path = mode is None and name[:1] != "/" and _below_descriptor(frame, name) or path
        kind = _kind(path)
        if kind not in (0, _REGULAR):
            return
        if not kind and not flags & posix.O_CREAT:
            return  # it will fail
        requester = self.requester(frame, path)
        if requester is None:
            return
        if len(self.noted) >= _MOST_NOTED:
            self.noted.clear()
        self.noted.add(key)
        if kind and flags & posix.O_EXCL and flags & posix.O_CREAT:
            # It will fail, since the file exists: so the program finds out that another instance runs.
            self.note("read", path, name, requester)
        elif not kind and ("moved", path) in self.noted:
            self.note("written", path, name, requester)
        elif not kind or flags & posix.O_TRUNC and (False, path) not in self.noted:
            # Emptied before anyone read it: nothing of what was there is used.
            self.note("created", path, name, requester)
        elif writes:
            self.note("written", path, name, requester)
            if flags & posix.O_ACCMODE == posix.O_RDWR and not flags & posix.O_TRUNC:
                self.note("read", path, name, requester)
        else:
            self.note("read", path, name, requester)

    def listed(self, args):
        # type: (tuple[Any, ...]) -> None
        frame = _caller()
        if frame is None or frame.f_globals is _external or frame.f_globals.get("__name__") in _SEARCHERS:
            return
        name, path = self.directory(args[0])
        if not path or not name or ("listed", path) in self.noted or path.startswith(_NO_DATA):
            return
        if _kind(path) == _DIRECTORY:
            self.noted.add(("listed", path))
            self.note("listed", path, name, self.requester(frame, path) or "")

    def entered(self, args):
        # type: (tuple[Any, ...]) -> None
        """The program makes a directory its working directory, by a path or an open descriptor."""
        name, path = self.directory(args[0])
        frame = _caller()
        if not path or not name or frame is None or ("entered", path) in self.noted:
            return
        if not path.startswith(_NO_DATA) and _kind(path) == _DIRECTORY:
            self.noted.add(("entered", path))
            self.note("entered", path, name, self.requester(frame, path) or "")

    def symlinked(self, args):
        # type: (tuple[Any, ...]) -> None
        target, link = text(args[0]), text(args[1])
        if target and link and target[:1] != "/":
            # The kernel reads it from the directory that holds the link.
            target = "%s/%s" % (self.absolute(link).rpartition("/")[0], target)
        self.source("linked", target, -1)
        self.made(args[1], args[-1])

    def hard_linked(self, args):
        # type: (tuple[Any, ...]) -> None
        self.source("linked", args[0], args[2])
        self.made(args[1], args[-1])

    def renamed(self, args):
        # type: (tuple[Any, ...]) -> None
        self.source("moved", args[0], args[2])
        self.made(args[1], args[-1], replaces=True)

    def source(self, action, named, directory):
        # type: (str, object, object) -> None
        """A file or directory is about to get another name: what it holds is used under that."""
        frame = _caller(3)
        name = text(named)
        if not name or frame is None or frame.f_globals is _external:
            return
        if frame.f_globals.get("__name__") == "logging.handlers":
            return  # a log that is rotated is output
        path = self.below(directory, name)
        if (action, path) in self.noted or path.startswith(_NO_DATA):
            return
        if _kind(path) in (_REGULAR, _DIRECTORY):
            self.noted.add((action, path))
            self.note(action, path, name, self.requester(frame, path) or "")

    def made(self, named, directory, replaces=False):
        # type: (object, object, bool) -> None
        """A directory entry is about to be made.

        If it replaces a file that was not read, nothing of that file was used.
        """
        frame = _caller(3)
        name = text(named)
        if name is None or frame is None or frame.f_globals is _external:
            return
        path = self.below(directory, name)
        if ("moved", path) in self.noted:
            return  # it was there at the start, and comes back
        unused = replaces and (False, path) not in self.noted
        if not path.startswith(_NO_DATA) and (unused or _kind(path, posix.lstat) == 0):
            self.note("created", path, name, self.requester(frame, path) or "")

    def database(self, args):
        # type: (tuple[Any, ...]) -> None
        name = text(args[0])
        if not name or name == ":memory:":
            return
        file = _uris().database_file(name) if name.startswith("file:") else name
        if file:
            self.touched(file, name)

    def library(self, args):
        # type: (tuple[Any, ...]) -> None
        name = text(args[0])
        if not name:
            return
        # The linker took these at the start of the process; hardly any program changes them for itself.
        places = posix.environ.get(b"LD_LIBRARY_PATH", b"").decode(errors="surrogateescape").split(":")
        for file in [name] if "/" in name else [place + "/" + name for place in places if place]:
            if _kind(self.absolute(file)):
                self.touched(file, name, create=False)
                return

    def touched(self, file, name, create=True):
        # type: (str, str, bool) -> None
        frame = _caller(3)
        path = self.absolute(file)
        kind = _kind(path)
        action = "read" if kind else "created"
        if frame and kind in (0, _REGULAR) and (kind or create) and (action, path) not in self.noted:
            self.noted.add((action, path))
            self.note(action, path, name, self.requester(frame, path) or "")

    def directory(self, named):
        # type: (object) -> tuple[str | None, str | None]
        """The name and the absolute path of a directory that is given by a path or an open descriptor."""
        if type(named) is int:
            return (_descriptor(named),) * 2
        name = "." if named is None else text(named)
        return name, name and self.absolute(name)

    def below(self, directory, name):
        # type: (object, str) -> str
        """The absolute path of `name`, relative to the open `directory` if that is one."""
        if name[:1] != "/" and type(directory) is int and directory >= 0:
            return "%s/%s" % (_descriptor(directory) or "", name)
        return self.absolute(name)

    def note(self, action, path, name, requester):
        # type: (str, str, str, str) -> None
        self.writer.write("D\0%s\0%s\0%s\0%s" % (action, path, name, requester))

    def requester(self, frame, path):
        # type: (FrameType | None, str) -> str | None
        """The module that used it: the nearest one that is neither standard nor installed, else the nearest.

        None if it was not used as data: a traceback or the debugger shows source lines.
        """
        nearest = fallback = None
        while frame is not None:
            name = frame.f_globals.get("__name__")
            file = frame.f_code.co_filename
            if name == "linecache" and path.endswith(_SOURCES) and self.shows_source(frame):
                return None
            if type(name) is str and file[:1] != "<":
                nearest = nearest or name
                if not file.startswith(self.standard):
                    if not file.startswith(self.installed):
                        return name
                    fallback = fallback or name
            frame = frame.f_back
        return fallback or nearest or ""

    def shows_source(self, frame):
        # type: (FrameType | None) -> bool
        """Whether a traceback, a warning or a debugger calls `linecache`, and not the program's own code."""
        while frame is not None and frame.f_globals.get("__name__") == "linecache":
            frame = frame.f_back
        return frame is None or frame.f_code.co_filename.startswith(self.standard + self.installed)


def _caller(depth=2):
    # type: (int) -> FrameType | None
    """The requesting frame, or None if the interpreter itself made the request."""
    try:
        return _getframe(depth + 1)
    except ValueError:
        return None


def _imports(frame):
    # type: (FrameType | None) -> bool
    """Whether the import system reads or writes here for itself."""
    while frame is not None:
        if frame.f_globals is _external:
            if frame.f_code.co_name != "get_data":
                return True
        else:
            return frame.f_globals.get("__name__") == "zipimport"
        frame = frame.f_back
    return True


def _flags(mode):
    # type: (object) -> int
    mode = mode if type(mode) is str else "r"
    flags = posix.O_RDONLY
    if "w" in mode or "a" in mode or "x" in mode or "+" in mode:
        flags = posix.O_RDWR if "+" in mode else posix.O_WRONLY
        if "r" not in mode:
            flags |= posix.O_CREAT
    return flags


def _kind(path, ask=posix.stat):
    # type: (str, Callable[[str], stat_result]) -> int
    """The file type bits; 0 where nothing exists."""
    try:
        return ask(path).st_mode & _KIND
    except (OSError, ValueError):
        return 0


def _descriptor(number):
    # type: (int) -> str | None
    """The path of an open directory; None where the system does not show."""
    try:
        return posix.readlink("/proc/self/fd/%d" % number)
    except OSError:
        return None


def _below_descriptor(frame, name):
    # type: (FrameType, str) -> str | None
    """Where a relative name leads if the frame's code opens it relative to a directory's descriptor.

    The event does not include `dir_fd`. So the code's constants are searched for that word, and the variables
    that the code uses for descriptors of directories.
    """
    constants = frame.f_code.co_consts
    if not any(type(constant) is tuple and "dir_fd" in constant for constant in constants):
        return None
    names = frame.f_globals
    values = [*frame.f_locals.values(), *[names.get(name) for name in frame.f_code.co_names]]
    for value in values:
        if type(value) is int and value > 2:
            directory = _descriptor(value)
            if directory and _kind(directory) == _DIRECTORY:
                path = "%s/%s" % (directory, name)
                if _kind(path, posix.lstat):
                    return path
    return None
