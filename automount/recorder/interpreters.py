"""Recognises Python interpreters, and prepares one for recording.

A program counts as a Python by its name, by the C function that it calls (a copy under another name), or by
the first line of a script that names one (console scripts, `#!/usr/bin/env python3`).
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from automount import agent
from automount.errors import TargetNotFound, TargetNotRunnable, UsageError
from automount.model import Launch
from automount.recorder.completeness import PythonLaunch, interpreter_options
from automount.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    _Found = TypeVar("_Found")

AGENT_DIRECTORY = agent.__path__[0]
OLDEST = (3, 8)
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_SCRIPT_BYTES = 1 << 20
# Compiled beside their sources as the import system would; a Python that does not write bytecode
# (PYTHONDONTWRITEBYTECODE) would otherwise compile the agent anew in every process.
_COMPILE = (
    "import sys, os, py_compile\n"
    "for top, _, names in os.walk(sys.argv[1]):\n"
    "    for name in names:\n"
    "        if name.endswith('.py'):\n"
    "            py_compile.compile(os.path.join(top, name), quiet=2)\n"
)


@dataclass(frozen=True)
class Interpreter:
    """A Python that can be recorded: its absolute path, links kept, and its version."""

    executable: str
    version: tuple[int, int, int]


def current() -> Interpreter:
    """The interpreter that automount itself runs under, ready to be recorded."""
    version = (sys.version_info[0], sys.version_info[1], sys.version_info[2])
    _precompile(sys.executable, f"cpython-{version[0]}{version[1]}")
    return Interpreter(sys.executable, version)


def interpreter_path(name: str) -> str:
    """The absolute path of the interpreter `name` (a path, or a command on PATH), links kept.

    Raises `TargetNotFound` where there is none.
    """
    executable = os.path.abspath(name) if os.sep in name else _which(name)
    if executable is None or not os.path.exists(executable):
        raise TargetNotFound(f"--python {name}: not found", hint="name a Python interpreter, 3.8 or newer")
    return executable


def with_commands_of(executable: str, environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with the directory of the interpreter `executable` first on PATH."""
    return {**environ, "PATH": os.path.dirname(executable) + os.pathsep + environ.get("PATH", os.defpath)}


def command_beside(command_name: str, executable: str, environ: Mapping[str, str]) -> str:
    """`command_name`, or its path beside the interpreter `executable` where PATH does not have it."""
    path = environ.get("PATH", os.defpath)
    if os.sep in command_name or _which(command_name, path):
        return command_name
    return _which(command_name, os.path.dirname(executable)) or command_name


def found_command(command: str, cwd: str, environ: Mapping[str, str]) -> str | None:
    """The absolute path that PATH leads to for a command that is started in `cwd`; None for a path."""
    found = None if os.sep in command else _which(command, environ.get("PATH", os.defpath))
    return os.path.normpath(os.path.join(cwd, found)) if found else None


def probe(name: str) -> Interpreter:
    """The interpreter `name` (a path, or a command on PATH), with its version, prepared for recording.

    Raises `TargetNotFound`, `TargetNotRunnable`, or `UsageError` where it is not Python or too old.
    """
    from automount.recorder import interpreter_probe  # only --python needs it

    executable, version = _ask(name, interpreter_probe.version)
    return _prepared(name, executable, version)


def probe_installation(name: str) -> tuple[Interpreter, dict[str, Any]]:
    """As `probe`, and what `interpreter_probe.installation` finds out: the interpreter is run once."""
    from automount.recorder import interpreter_probe

    try:
        executable, found = _ask(name, interpreter_probe.installation)
    except UsageError:
        probe(name)  # Python 2 does not know -I: the better error is that it is too old
        raise
    return _prepared(name, executable, found["version"]), found


def _which(command_name: str, path: str | None = None) -> str | None:
    import shutil  # 2 ms, and a recording of a script needs no search before the program starts

    return shutil.which(command_name, path=path)


def _ask(name: str, question: Callable[[str], _Found]) -> tuple[str, _Found]:
    """The path of the interpreter `name`, and what `question` finds out about it."""
    executable = interpreter_path(name)
    if os.path.isdir(executable) or not os.access(executable, os.X_OK):
        raise TargetNotRunnable(f"--python {name}: not executable", hint="name a Python interpreter")
    from automount.recorder import interpreter_probe

    try:
        return executable, question(executable)
    except interpreter_probe.NoAnswer as error:
        raise UsageError(
            f"--python {name} is not a Python interpreter ({error})",
            hint="name a CPython interpreter, 3.8 or newer",
        ) from error


def _prepared(name: str, executable: str, version: tuple[int, int, int]) -> Interpreter:
    if version[:2] < OLDEST:
        text = ".".join(map(str, version))
        raise UsageError(
            f"--python {name}: Python {text} is too old to be recorded", hint="use Python 3.8 or newer"
        )
    _precompile(executable, f"cpython-{version[0]}{version[1]}")
    return Interpreter(executable, version)


def _precompile(executable: str, tag: str) -> None:
    """Compiles the agent's files for that interpreter, if necessary.

    Errors are ignored: it is only faster.
    """
    directories = (AGENT_DIRECTORY, os.path.join(AGENT_DIRECTORY, "boot"))
    if all(_is_compiled(directory, tag) for directory in directories):
        return
    if os.access(AGENT_DIRECTORY, os.W_OK):
        import subprocess

        subprocess.run(
            [executable, "-E", "-S", "-c", _COMPILE, AGENT_DIRECTORY],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _is_compiled(directory: str, tag: str) -> bool:
    """Whether each source in `directory` has byte code for the interpreter of this `tag` that is current."""
    try:
        return all(
            os.stat(os.path.join(directory, "__pycache__", f"{name[:-3]}.{tag}.pyc")).st_mtime_ns
            >= os.stat(os.path.join(directory, name)).st_mtime_ns
            for name in os.listdir(directory)
            if name.endswith(".py")
        )
    except OSError:
        return False


def absent_packages(
    names: Sequence[str], executable: str, *, cwd: str, first: str, environ: Mapping[str, str] | None
) -> list[str]:
    """Those of the import names that the interpreter `executable` cannot find before the program runs.

    The program may extend `sys.path` itself, so a name that exists in the project (`first` and `cwd`, three
    levels deep) is not absent.
    """
    tops = sorted({name.partition(".")[0] for name in names})
    environment = dict(os.environ if environ is None else environ)
    from automount.recorder import interpreter_probe

    try:
        missing = interpreter_probe.names_not_found(
            tops, executable, first=first, cwd=cwd, environ=environment
        )
    except interpreter_probe.NoAnswer:
        return []
    absent = set(missing) - _names_below(cwd, 3) - _names_below(first, 3)
    return [name for name in names if name.partition(".")[0] in absent]


def _names_below(directory: str, depth: int) -> set[str]:
    found: set[str] = set()
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            found.add(entry.name.partition(".")[0])
            if depth and entry.is_dir() and not entry.name.startswith("."):
                found |= _names_below(entry.path, depth - 1)
    return found


def python_command(launch: Launch) -> PythonLaunch | None:
    """The Python that this launch starts, itself or through a shell, or None if no Python is recognised."""
    if launch.kind == "system":
        return _in_shell(launch.argv[-1] if launch.argv else launch.executable)
    return _resolve(launch.executable, launch.argv, launch.cwd)


def _resolve(executable: str, argv: Sequence[str], cwd: str) -> PythonLaunch | None:
    from automount.recorder.python_files import is_python

    path = os.path.join(cwd, executable) if os.sep in executable else _which(executable)
    if path is None or not os.path.isfile(path):
        return None
    if is_python(path):
        return PythonLaunch(argv, direct=True)
    name = os.path.basename(path)
    if name in _SHELLS:
        return _by_shell(argv[1:], cwd)
    if name == "env":
        return _behind_env(argv[1:], cwd)
    return _by_shebang(path, executable if os.sep in executable else path, argv[1:], cwd)


def _behind_env(words: Sequence[str], cwd: str) -> PythonLaunch | None:
    rest = list(words)
    while rest and (rest[0].startswith("-") or "=" in rest[0]):
        option = rest.pop(0)
        if option in ("-u", "--unset", "-C", "--chdir") and rest:
            rest.pop(0)
    return _resolve(rest[0], rest, cwd) if rest else None


def _by_shell(words: Sequence[str], cwd: str) -> PythonLaunch | None:
    for place, word in enumerate(words):
        if word == "-c":
            return _in_shell(words[place + 1]) if place + 1 < len(words) else None
        if not word.startswith(("-", "+")):
            return _in_shell(_text(os.path.join(cwd, word)))
    return None


def _by_shebang(path: str, given: str, args: Sequence[str], cwd: str) -> PythonLaunch | None:
    """What the first line of the script at `path` starts; the kernel passes it the path as it was `given`."""
    text = _text(path)
    if not text.startswith("#!"):
        return None
    words = text[2:].partition("\n")[0].strip().split(None, 1)
    if not words:
        return None
    import shlex

    from automount.recorder.python_files import is_python

    # The kernel passes the rest of the line as one word; `env -S` splits it again.
    rest = shlex.split(words[1].removeprefix("-S")) if len(words) > 1 else []
    name = os.path.basename(words[0])
    if name == "env":
        return _behind_env([*rest, given, *args], cwd)
    if name in _SHELLS:
        return _in_shell(text)
    return PythonLaunch([words[0], *rest, given, *args], direct=True) if is_python(words[0]) else None


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read(_SCRIPT_BYTES))
    except OSError:
        return ""


def _in_shell(script: str) -> PythonLaunch | None:
    """The first Python of a shell script whose options prevent recording, else None."""
    import shlex

    from automount.recorder.python_files import is_python_name

    for line in script.splitlines():
        try:
            words = list(shlex.shlex(line, posix=True, punctuation_chars=True))
        except ValueError:
            words = line.split()
        for place, word in enumerate(words):
            if is_python_name(os.path.basename(word)):
                options = interpreter_options(words[place:])
                if {"S", "I", "E"} & set(options):
                    return PythonLaunch(words[place:], direct=False)
    return None
