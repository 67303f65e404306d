"""What a process records about itself in the first lines of its journal.

The recorded interpreter itself supplies them, so that automount need not guess another Python's directories.
Nothing is imported: at start only `os`, `site` and a few built-in modules are there.
"""

import posix
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

FORMAT = "1"


def _line(key, *values):
    # type: (str, *str) -> str
    return "\0".join(["H", key, *values])


def started(entry, directory):
    # type: (str, str) -> list[str]
    """The header lines of an interpreter that starts: "start", or "subinterpreter" within a process."""
    lines = _process(entry)
    lines += [
        _line("ancestors", *_ancestors(directory)),
        _line("argv", *_command_line()),
        _line("executable", sys.executable or ""),
        _line("version", "%d.%d.%d" % sys.version_info[:3]),
        _line("implementation", sys.implementation.name),
        _line("platform", sys.platform),
        _line("prefix", sys.prefix),
        _line("base_prefix", sys.base_prefix),
        _line("exec_prefix", sys.exec_prefix),
        _line("base_exec_prefix", sys.base_exec_prefix),
        _line("stdlib", *_stdlib()),
        _line("flags", *_flags()),
    ]
    return lines + installed()


def site_is_settled():
    # type: () -> bool
    """Whether `site` has decided on its directories; while a `.pth` file of a venv runs it has not."""
    site = sys.modules.get("site")
    return site is None or (site.ENABLE_USER_SITE is not None and sys.prefix in site.PREFIXES)


def installed():
    # type: () -> list[str]
    """The header lines for the directories of installed code."""
    site = sys.modules.get("site")
    if site is None:
        return []
    prefixes = site.PREFIXES if sys.prefix in site.PREFIXES else [sys.prefix]
    lines = [_line("site", *site.getsitepackages(prefixes))]
    enabled = site.ENABLE_USER_SITE
    if enabled is None:
        enabled = site.check_enableusersite()
    if enabled:
        lines.append(_line("user_site", site.getusersitepackages()))
    return lines


def directories():
    # type: () -> tuple[tuple[str, ...], tuple[str, ...]]
    """Two tuples of directories, slash at the end: the standard library's, and those of installed code."""
    site = sys.modules.get("site")
    installed = [*site.getsitepackages(), *([site.USER_SITE] if site.USER_SITE else [])] if site else []
    installed.append(sys.prefix + "/bin")  # the script of an installed command is not the program's own code
    return tuple(place + "/" for place in _stdlib()), tuple(place + "/" for place in installed)


def forked(parent):
    # type: (str) -> list[str]
    """The header lines of a process that was forked from the one whose journal file was `parent`."""
    return [*_process("fork"), _line("parent", parent)]


def _process(entry):
    # type: (str) -> list[str]
    return [
        _line("format", FORMAT),
        _line("pid", str(posix.getpid())),
        _line("ppid", str(posix.getppid())),
        _line("started", str(time.time_ns())),
        _line("entry", entry),
        _line("cwd", _cwd()),
        _line("path", *[entry for entry in sys.path if type(entry) is str]),
    ]


def _cwd():
    # type: () -> str
    try:
        return posix.getcwd()
    except OSError:  # it was removed
        return "/"


def _ancestors(directory):
    # type: (str) -> list[str]
    """The pids above the parent, if the parent left no journal (a shell, for example)."""
    pid = posix.getppid()
    found = []  # type: List[str]
    try:
        while pid > 1 and len(found) < 16 and not _exists("%s/%d.0.journal" % (directory, pid)):
            # The name in parentheses may hold anything; the state and the parent's pid come behind it.
            pid = int(_read("/proc/%d/stat" % pid).rpartition(b")")[2].split(None, 2)[1])
            found.append(str(pid))
    except (OSError, ValueError, IndexError):
        pass
    return found


def _exists(path):
    # type: (str) -> bool
    try:
        posix.stat(path)
    except OSError:
        return False
    return True


def _read(path):
    # type: (str) -> bytes
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        pieces = []  # type: List[bytes]
        while not pieces or pieces[-1]:
            pieces.append(posix.read(fd, 4096))
    finally:
        posix.close(fd)
    return b"".join(pieces)


def _command_line():
    # type: () -> list[str]
    given = getattr(sys, "orig_argv", None)  # type: List[str] | None
    if given is not None:
        return given
    # Before 3.10 only the system knows the options that the interpreter took for itself.
    try:
        words = _read("/proc/self/cmdline").split(b"\0")[:-1]
    except OSError:
        return [sys.executable or "", *getattr(sys, "argv", [])]
    encoding = sys.getfilesystemencoding()
    return [word.decode(encoding, "surrogateescape") for word in words]


def _stdlib():
    # type: () -> list[str]
    version = "python%d.%d" % sys.version_info[:2]
    libraries = ["lib", getattr(sys, "platlibdir", "lib")]
    places = [getattr(sys, "_stdlib_dir", None), _directory(getattr(sys.modules["os"], "__file__", None))]
    for prefix in (sys.base_prefix, sys.base_exec_prefix):
        places += ["%s/%s/%s" % (prefix, library, version) for library in libraries]
    places += [entry for entry in sys.path if type(entry) is str and entry.endswith("/lib-dynload")]
    places.append("%s/%s/python%d%d.zip" % (sys.base_prefix, libraries[1], *sys.version_info[:2]))
    return [place for place in dict.fromkeys(places) if place]


def _directory(file):
    # type: (str | None) -> str | None
    return file.rpartition("/")[0] if file else None


def _flags():
    # type: () -> list[str]
    return ["%s=%d" % (name, getattr(sys.flags, name)) for name in _FLAGS if hasattr(sys.flags, name)]


_FLAGS = (
    "debug",
    "inspect",
    "interactive",
    "optimize",
    "dont_write_bytecode",
    "no_user_site",
    "no_site",
    "ignore_environment",
    "verbose",
    "bytes_warning",
    "quiet",
    "hash_randomization",
    "isolated",
    "dev_mode",
    "utf8_mode",
    "safe_path",
)
