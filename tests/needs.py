"""Tools that a test needs and a machine may lack: skipped with a reason, but a failure where `CI` is set."""

from __future__ import annotations

import os
import shutil

import pytest


def tool(name: str) -> str:
    """The absolute path of the program `name`; else skips the test, or fails it in CI."""
    found = shutil.which(name)
    if found is None:
        missing(f"the program {name} is not installed")
    return str(found)


def interpreter(version: str) -> str:
    """A Python of the minor `version` ("3.8"), by its absolute path; else skips, or fails in CI."""
    found = find_interpreter(version)
    if found is None:
        missing(f"Python {version} is not installed")
    return str(found)


def find_interpreter(version: str) -> str | None:
    """The same, from the variable PYTHON38 or PYTHON313T, below pyenv, or on PATH; None if there is none."""
    given = os.environ.get("PYTHON" + version.replace(".", "").upper())
    if given:
        return given
    for directory in _interpreter_directories(version):
        for name in (f"python{version}", "python"):
            path = os.path.join(directory, name)
            if os.access(path, os.X_OK):
                return path
    return shutil.which(f"python{version}")


def missing(what: str) -> None:
    """Skips the running test because of `what`, or fails it in CI, where nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and CI must have it")
    pytest.skip(what)


def _interpreter_directories(version: str) -> list[str]:
    root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    versions = os.path.join(root, "versions")
    names = os.listdir(versions) if os.path.isdir(versions) else []
    return sorted(os.path.join(versions, name, "bin") for name in names if name.startswith(version + "."))
