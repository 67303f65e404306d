"""Recognises the files of Python interpreters, by a name or by the functions that they call."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

# What the `main` of every CPython calls. The names are in the first 128 KiB of the interpreters that were
# examined, whether these are linked statically or not.
_MAIN_FUNCTIONS = (b"Py_BytesMain\0", b"_Py_UnixMain\0", b"Py_Main\0")
_HEAD_BYTES = 1 << 18


def likely_interpreters() -> Iterator[str]:
    """The files of the Pythons that a program here is likely to start: this one, and those on PATH."""
    yield sys.executable
    has_pyenv = "PYENV_ROOT" in os.environ
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        for name in _names_in(directory or "."):
            has_pyenv = has_pyenv or name == "pyenv"
            if is_python_name(name):
                yield os.path.join(directory, name)
    # The commands of pyenv are scripts; the interpreters are elsewhere.
    if has_pyenv:
        versions = os.path.join(os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv"), "versions")
        for version in _names_in(versions):
            commands = os.path.join(versions, version, "bin")
            for name in _names_in(commands):
                if name.startswith(("python2.", "python3.")) and name[-1].isdecimal():
                    yield os.path.join(commands, name)


def _names_in(directory: str) -> list[str]:
    try:
        return os.listdir(directory)
    except OSError:
        return []


def is_python(path: str) -> bool:
    """Whether the program at `path` is a Python interpreter, by a name of it or by what it calls."""
    names = (os.path.basename(path), os.path.basename(os.path.realpath(path)))
    return any(map(is_python_name, names)) or calls_python(path)


def calls_python(path: str) -> bool:
    """Whether the program is a CPython, whatever its name; one that only embeds a Python calls others."""
    try:
        with open(path, "rb", buffering=0) as file:
            if file.read(4) != b"\x7fELF":
                return False
            head = file.read(_HEAD_BYTES) or b""
    except OSError:
        return False
    return any(function in head for function in _MAIN_FUNCTIONS)


def is_python_name(name: str) -> bool:
    """Whether a file of this name is a Python: `python`, `python3.13t`, `pypy3`. Does not import `re`."""
    if not name.startswith(("python", "pypy")):
        return False
    rest = name.removeprefix("python" if name.startswith("python") else "pypy").lstrip(".0123456789")
    return not rest or (rest.isascii() and rest.isalpha() and rest.islower())
