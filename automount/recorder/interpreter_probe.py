"""Runs short programs under an interpreter to find out about it; each returns its result as JSON.

None of them runs code of the user's: `-E` ignores PYTHONPATH, `-I` also the user's site directory, and `-S`
all `.pth` files and `sitecustomize`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

_SECONDS = 60
# Also run by Pythons that are too old to be recorded.
_VERSION = "import sys; sys.stdout.write('[%d, %d, %d]' % sys.version_info[:3])"
_NOT_FOUND = """import importlib.util, json, sys
_, first, given, *names = sys.argv
sys.path[:1] = [first, *filter(None, given.split(":"))]
names = [name for name in names if name not in sys.modules and importlib.util.find_spec(name) is None]
print(json.dumps(names))
"""
# The directory for packages, if `.pth` files in it are read, else the first that exists and is read.
_PACKAGE_DIRECTORY = """
import json, os, site, sys, sysconfig
read = [os.path.abspath(place) for place in site.getsitepackages()]
wanted = os.path.abspath(sysconfig.get_path('purelib'))
places = [place for place in [wanted, *read] if place in read and os.path.isdir(place)]
print(json.dumps(places[:1]))
"""
_INSTALLATION = """
import json, os, site, sys
place = os.path.dirname(os.path.abspath(sys.executable))
homes = [home for home in (place, os.path.dirname(place)) if os.path.exists(os.path.join(home, "pyvenv.cfg"))]
prefix = homes[0] if homes else sys.prefix
base = getattr(sys, "base_prefix", sys.prefix)
own = list(dict.fromkeys([prefix] if homes else [sys.prefix, sys.exec_prefix]))
sites = site.getsitepackages(own)
if homes:
    with open(os.path.join(homes[0], "pyvenv.cfg"), "rb") as file:
        text = file.read().decode("utf-8", "replace").lower().replace(" ", "")
    if "include-system-site-packages=true" in text:
        sites += site.getsitepackages([base])
found = {"version": sys.version_info[:3], "prefix": prefix, "base_prefix": base, "exec_prefix": prefix}
found["base_exec_prefix"] = getattr(sys, "base_exec_prefix", sys.exec_prefix)
found["executables"] = [sys.executable, getattr(sys, "_base_executable", sys.executable)]
found["libraries"] = [os.path.dirname(os.__file__)]
found["sites"] = sites + ([] if homes else [site.getusersitepackages()])
print(json.dumps(found))
"""


class NoAnswer(Exception):
    """The interpreter could not be run, or did not print a result."""


def version(executable: str) -> tuple[int, int, int]:
    """The version of the Python at `executable`. Raises `NoAnswer`, also if it is not a Python."""
    return _version(_run([executable, "-E", "-S", "-c", _VERSION]))


def package_directory(executable: str) -> str | None:
    """The site-packages directory in which `.pth` files are read; None if there is none."""
    places = _run([executable, "-I", "-c", _PACKAGE_DIRECTORY])
    return str(places[0]) if places else None


def installation(executable: str) -> dict[str, Any]:
    """The version, prefixes, executables, library and site directories of an interpreter.

    With -I and -S, so that nothing in the environment's site directories runs. Raises `NoAnswer`.
    """
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    found = _run([executable, "-I", "-S", "-c", _INSTALLATION], cwd="/", environ=environ)
    if not isinstance(found, dict):
        raise NoAnswer("it does not describe its installation")
    return {**found, "version": _version(found.get("version"))}


def names_not_found(
    names: Sequence[str], executable: str, *, first: str, cwd: str, environ: Mapping[str, str]
) -> list[str]:
    """The top-level import names that the interpreter does not find; `first` is the first path entry.

    With -E the user's sitecustomize does not run a second time; PYTHONPATH is passed on as an argument.
    """
    given = environ.get("PYTHONPATH", "")
    found = _run([executable, "-E", "-c", _NOT_FOUND, first, given, *names], cwd=cwd, environ=environ)
    return [str(name) for name in found]


def _version(found: Any) -> tuple[int, int, int]:
    if not isinstance(found, list) or [type(part) for part in found] != [int, int, int]:
        raise NoAnswer("it does not print a version")
    return found[0], found[1], found[2]


def _run(command: Sequence[str], *, cwd: str | None = None, environ: Mapping[str, str] | None = None) -> Any:
    try:
        answer = subprocess.run(
            command, cwd=cwd, env=environ, capture_output=True, stdin=subprocess.DEVNULL, timeout=_SECONDS
        )
        if answer.returncode:
            raise NoAnswer(f"it ended with status {answer.returncode}")
        return json.loads(answer.stdout.splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise NoAnswer("it does not produce the output that Python would") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoAnswer(str(error)) from error
