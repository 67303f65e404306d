"""Lets the children of a recorded program record themselves, and records what was launched.

A child inherits the C library's environment, which holds our variables. Where the program gives it another
one, a *copy* of that gets them; the program's own mapping is never changed. Nothing here adds a frame to a
traceback that the program could see, except where a direct call of `os.posix_spawn` fails.
"""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, Set

    from automount.agent.gates import Before, Function
    from automount.agent.wire import Writer

    Gate = Callable[[Function, Before], Any]

_getframe = sys._getframe
_thread = sys.modules["_thread"].get_ident
# The words of a shell, and the commands, that a command follows.
_BEFORE_COMMAND = frozenset(
    ["if", "then", "elif", "else", "while", "until", "do", "!"]
    + ["exec", "command", "env", "nohup", "time", "nice", "sudo"]
)
_JOURNAL, _PATH = "AUTOMOUNT_JOURNAL", "PYTHONPATH"


class Launches:
    """The launches of this process. `gate` is the class of the replacement for a function."""

    def __init__(self, writer, absolute, foreign, boot, gate):
        # type: (Writer, Callable[[str], str], Callable[[BaseException], bool], str, Gate) -> None
        self.writer = writer
        self.absolute = absolute
        self.foreign = foreign
        self.boot = boot
        self.gate = gate
        self.overwritten = False  # the program set one of our variables itself
        # Threads that are in an exec of ours.
        self.executing = set()  # type: Set[int]
        # The pids that signals were sent to.
        self.killed = set()  # type: Set[int]

    def handlers(self):
        # type: () -> dict[str, Callable[[tuple[Any, ...]], None]]
        """The audit events about launches, with their handlers."""
        return {
            "subprocess.Popen": self.popen,
            "os.exec": self.exec,
            "os.posix_spawn": self.posix_spawn,
            "os.system": self.system,
            "os.putenv": self.environment_changes,
            "os.unsetenv": self.environment_changes,
            "os.kill": self.kills,
            "os.killpg": self.kills,
        }

    def watch_fork_exec(self):
        # type: () -> None
        """`_posixsubprocess` has been loaded: replaces its function, before other code can take it."""
        module = sys.modules["_posixsubprocess"]  # type: Any
        function = module.fork_exec
        if not hasattr(type(function), "_gated"):
            module.fork_exec = self.gate(function, self.before_fork_exec)
            subprocess = sys.modules.get("subprocess")  # type: Any
            if getattr(subprocess, "_fork_exec", None) is function:
                subprocess._fork_exec = module.fork_exec

    # Audit events.

    def popen(self, args):
        # type: (tuple[Any, ...]) -> None
        executable, words, cwd, environment = args
        self.note("subprocess", executable, words, cwd, environment)
        if environment is None:
            self.restore()
        if sys.version_info >= (3, 13):
            # A frame's variables can be set since PEP 667; this reaches the posix_spawn path as well.
            frame = _getframe(2)
            if frame.f_code.co_name == "_execute_child":
                environment = self.corrected(environment)
                if environment is not None:
                    frame.f_locals["env"] = environment

    def exec(self, args):
        # type: (tuple[Any, ...]) -> None
        path, words, environment = args
        thread = _thread()
        if thread in self.executing or type(path) is not int and not posix.access(path, posix.X_OK):
            return
        self.note("exec", path, words, None, environment)
        if environment is None:
            self.restore()
            return
        environment = self.corrected(environment)
        if environment is not None:
            self.executing.add(thread)
            try:
                # Does not come back; where it fails, the program's own call fails the same way.
                posix.execve(path, words, environment)
            except (OSError, ValueError, TypeError):
                pass
            self.executing.discard(thread)

    def posix_spawn(self, args):
        # type: (tuple[Any, ...]) -> None
        path, words, environment = args
        frame = _getframe(2)
        if frame.f_globals is globals():
            frame = _getframe(3)
        # For `subprocess` there has been an event already.
        if frame.f_globals.get("__name__") != "subprocess":
            self.note("posix_spawn", path, words, None, environment)

    def system(self, args):
        # type: (tuple[Any, ...]) -> None
        self.note("system", "/bin/sh", ["/bin/sh", "-c", args[0]], None)
        self.restore()

    def environment_changes(self, args):
        # type: (tuple[Any, ...]) -> None
        if _word(args[0]) in (_JOURNAL, _PATH):
            self.overwritten = True

    def kills(self, args):
        # type: (tuple[Any, ...]) -> None
        """A signal is about to be sent: a Python that has just started may end before it begins a journal."""
        pid, number = args
        if number and pid not in self.killed:
            self.killed.add(pid)
            self.writer.write("K\0%d" % pid)

    # Just before a call.

    def before_fork_exec(self, function, frame):
        # type: (Function, FrameType) -> Function
        try:
            seen = frame.f_locals
            caller = frame.f_globals.get("__name__")
            if frame.f_code.co_name == "spawnv_passfds" and caller == "multiprocessing.util":
                self.note("multiprocessing", seen.get("path"), seen.get("args"), None)
                self.restore()
                return function
            words = seen.get("env_list")
            if type(words) is list and frame.f_globals.get("__name__") == "subprocess":
                environment = dict(word.partition(b"=")[::2] for word in words)
                changed = (
                    self.corrected({_word(key): _word(value) for key, value in environment.items()}) or {}
                )
                ours = [_bytes("%s=%s" % (name, changed[name])) for name in (_JOURNAL, _PATH)]
                replaced = (b"AUTOMOUNT_JOURNAL=", b"PYTHONPATH=")
                words[:] = [word for word in words if not word.startswith(replaced)] + ours
            elif frame.f_globals.get("__name__") != "subprocess":
                return self.with_environment(function)
        except Exception as error:
            if self.foreign(error):
                raise
            self.writer.lose()
        return function

    def with_environment(self, function):
        # type: (Function) -> Function
        """`function`, `fork_exec`, called with a copy of its environment list that turns recording on."""

        def fork_exec(*args):
            # type: (*Any) -> Any
            try:
                words = args[5]
                if words is None:
                    self.note("fork_exec", args[1][0], args[0], None)
                    self.restore()
                elif type(words) is list and all(type(word) is bytes for word in words):
                    pairs = [word.partition(b"=") for word in words]
                    changed = self.corrected({_word(name): _word(value) for name, _, value in pairs}) or {}
                    words = [_bytes("%s=%s" % pair) for pair in changed.items()]
                    self.note("fork_exec", args[1][0], args[0], None)
                    args = (*args[:5], words, *args[6:])
            except Exception as error:
                if self.foreign(error):
                    raise
                self.writer.lose()
            return function(*args)

        return fork_exec

    def before_spawn(self, function, frame):
        # type: (Function, FrameType) -> Function
        try:
            executable = frame.f_locals.get("executable")
            by_subprocess = frame.f_globals.get("__name__") == "subprocess"
            if by_subprocess and executable is not None and not posix.access(executable, posix.X_OK):
                return function  # it fails, and shall do so without us
        except Exception as error:
            if self.foreign(error):
                raise
            return function

        def spawn(path, argv, env, *rest, **options):
            # type: (Any, Any, Any, *Any, **Any) -> Any
            changed = self.corrected(env)
            return function(path, argv, env if changed is None else changed, *rest, **options)

        return spawn

    # What both need.

    def note(self, kind, executable, words, cwd, environment=None):
        # type: (str, Any, Any, Any, Any) -> None
        """Writes the ledger line."""
        if environment is not None and self.takes_path_away(environment):
            kind += "*"
        texts = [_word(word) for word in ([words] if isinstance(words, (str, bytes)) else words)]
        cwd = self.absolute(_word(cwd) if cwd is not None else "")
        executable = _word(executable)
        self.writer.write("\0".join(["L", kind, "0", executable, cwd, *texts]))
        names = [executable] if executable and "/" not in executable else []
        if len(texts) > 2 and texts[1] == "-c" and executable.endswith("sh"):
            names += commands_of(texts[2])
        for name in names:
            self.looked_up(name, environment)

    def looked_up(self, executable, environment):
        # type: (str, Any) -> None
        """Notes the file of an executable that is looked up on PATH."""
        try:
            environ = dict(sys.modules["os"].environ if environment is None else environment)
            search = _word(environ.get("PATH") or environ.get(b"PATH") or "")
        except Exception as error:
            if self.foreign(error):
                raise
            return
        for directory in search.split(":"):
            path = self.absolute("%s/%s" % (directory or ".", executable))
            if "\0" not in path and posix.access(path, posix.X_OK):
                self.writer.write("D\0launched\0%s\0%s\0" % (path, path))
                return

    def takes_path_away(self, environment):
        # type: (Any) -> bool
        """Whether a PYTHONPATH that the program had would not get into this environment.

        The recorded program may have no PYTHONPATH, although it has one elsewhere. So a changed copy of the
        program's environment must be distinguished from a new one: a copy still has most of the variables,
        and those that begin with PYTHON are not the ones left out.
        """
        try:
            given = {_word(name): value for name, value in dict(environment).items()}
            own = set(sys.modules["os"].environ)
        except Exception as error:
            if self.foreign(error):
                raise
            return False
        # Where a gate has been passed, ours is there already.
        if given.get(_PATH) not in (None, "", b"", self.boot):
            return False
        kept = own.intersection(given)
        special = [name for name in own if name.startswith("PYTHON")]
        return (
            not given
            or _PATH in own
            or len(kept) * 2 < len(own)
            or (bool(special) and kept.isdisjoint(special))
        )

    def corrected(self, environment):
        # type: (Any) -> dict[Any, Any] | None
        """A copy of a mapping that turns recording on in a child; None where it cannot be read."""
        try:
            copy = {key: environment[key] for key in list(environment.keys())}
        except Exception as error:
            if self.foreign(error):
                raise
            return None
        if _JOURNAL in copy and _PATH in copy:
            return copy  # the program records this child itself
        before = copy.pop(_PATH, None) or copy.pop(_PATH.encode(), None) or ""
        copy.pop(_JOURNAL.encode(), None)
        copy[_JOURNAL] = self.writer.directory
        copy[_PATH] = self.path_for(_word(before))
        return copy

    def path_for(self, value):
        # type: (str) -> str
        if value == self.boot or value.startswith(self.boot + ":"):
            return value
        return self.boot + ":" + value if value else self.boot

    def restore(self):
        # type: () -> None
        """Gives the C library our variables back if the program has set them to something else."""
        # Since 3.14 `os.environ.clear()` empties the C library's environment without an event.
        if self.overwritten or sys.version_info >= (3, 14):
            value = sys.modules["os"].environ._data.get(b"PYTHONPATH", b"")
            posix.putenv(_JOURNAL, self.writer.directory)
            posix.putenv(_PATH, self.path_for(_word(value)))
            self.overwritten = False


def commands_of(text):
    # type: (str) -> list[str]
    """The names of the commands in a line for a shell that it looks up on PATH, each once.

    It is not parsed: a name within quotes counts too, and what a script does is not known here.
    """
    for separator in "&|;()`{}\n":
        text = text.replace(separator, " ; ")
    names = []
    is_first = True
    for word in text.split():
        if word == ";" or word in _BEFORE_COMMAND:
            is_first = True
        elif is_first and "=" not in word:
            is_first = False
            if word.replace("-", "").replace("_", "").replace(".", "").isalnum() and word not in names:
                names.append(word)
    return names


def _word(value):
    # type: (Any) -> str
    """A word of a command line or an environment, as text."""
    if type(value) is str:
        return value
    if type(value) is int:
        return "/proc/self/fd/%d" % value
    value = posix.fspath(value)
    if isinstance(value, bytes):
        return value.decode(sys.getfilesystemencoding(), "surrogateescape")
    return str(value)


def _bytes(text):
    # type: (str) -> bytes
    return text.encode(sys.getfilesystemencoding(), "surrogateescape")
