"""Says what exists in a sandbox besides the stage: the interpreter, installed packages, the system.

Never the project: where a directory of the project stands inside one of these (a source tree below
`/usr/src`, a project in its own virtual environment), it is hidden by name.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from automount import paths
from automount.errors import AutomountError
from automount.manifest import InterpreterRow, Manifest
from automount.model import MountKind, Origin

# Directories that hold the system's programs, libraries and their settings, never a program of the user.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/sys")
_SETTINGS = (
    "alternatives",
    "ca-certificates.conf",
    "fonts",
    "group",
    "host.conf",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "localtime",
    "machine-id",
    "magic",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "passwd",
    "pki",
    "profile",
    "protocols",
    "resolv.conf",
    "services",
    "shells",
    "ssl",
    "timezone",
)
# What an installation has below its prefix. Not all of the prefix: it may be somebody's project, or home.
_OF_PREFIX = ("bin", "etc", "include", "lib", "lib32", "lib64", "libexec", "pyvenv.cfg", "share", "ssl")
_DIRECTORIES = frozenset({MountKind.PACKAGE, MountKind.NAMESPACE, MountKind.DIRECTORY})
_ASK = """
import json, os, site, sys, sysconfig
names = ("prefix", "base_prefix", "exec_prefix", "base_exec_prefix")
found = {name: getattr(sys, name) for name in names}
found["executables"] = [sys.executable, getattr(sys, "_base_executable", sys.executable)]
found["libraries"] = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
found["libraries"] += site.getsitepackages() + [site.getusersitepackages() if site.ENABLE_USER_SITE else None]
print(json.dumps(found))
"""


@dataclass(frozen=True)
class World:
    """What there is besides the stage. All paths are absolute and local, links kept.

    `python` is the interpreter to run; `readable` are files and directories, with everything below them
    except `hidden`; `essential` are those of them that may never be hidden as a whole.
    """

    python: str
    readable: tuple[str, ...]
    essential: tuple[str, ...]
    hidden: tuple[str, ...]

    def shows(self, path: str) -> bool:
        """Whether the program could see `path` here."""
        return _covered(path, self.readable) and not _covered(path, self.hidden)


def world_of(manifest: Manifest) -> World:
    """The world for the recorded interpreter. Raises where that interpreter is gone."""
    python = _python(manifest)
    facts = _ask(python)
    prefixes = [str(facts[name]) for name in ("prefix", "base_prefix", "exec_prefix", "base_exec_prefix")]
    executables = [str(place) for place in facts["executables"] if place]
    recorded = _environment(manifest)
    libraries = {str(place) for place in facts["libraries"] if place}
    libraries.update((*recorded.stdlib, *recorded.site_dirs))
    if recorded.user_site:
        libraries.add(recorded.user_site)
    system = [*_SYSTEM, *(f"/etc/{name}" for name in _SETTINGS)]
    of_prefix = [paths.join(prefix, name) for prefix in prefixes for name in _OF_PREFIX]
    wanted = {*system, *of_prefix, *libraries, *executables, *map(os.path.realpath, executables)}
    readable = sorted(place for place in wanted if os.path.lexists(place))
    essential = sorted(
        {*readable, *(f"{top}/{name}" for top in ("/usr", "/usr/local") for name in _OF_PREFIX)}
    )
    hidden = _hidden(manifest, tuple(readable), essential)
    return World(python, tuple(readable), tuple(essential), hidden)


def _environment(manifest: Manifest) -> InterpreterRow:
    return manifest.provenance.environment or InterpreterRow()


def _python(manifest: Manifest) -> str:
    """The recorded interpreter; this one, where the manifest names none."""
    named = _environment(manifest).executable
    if not named:
        return sys.executable
    if not os.access(named, os.X_OK):
        raise AutomountError(
            f"the recorded interpreter is gone: {named}",
            hint="record again with the one in use",
            code="no-interpreter",
        )
    return named


def _ask(python: str) -> dict[str, Any]:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        answer = subprocess.run(
            [python, "-c", _ASK],
            env=environ,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            cwd="/",
        )
        found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        raise AutomountError(
            f"{python} cannot be run ({error})", hint="check it", code="no-interpreter"
        ) from error
    return found


def _hidden(manifest: Manifest, readable: tuple[str, ...], essential: Iterable[str]) -> tuple[str, ...]:
    """What of the project stands inside the readable places, and what leads there."""
    needed = [*essential]
    found: set[str] = set()
    for place, files in _of_project(manifest).items():
        for form in {place, os.path.realpath(place)}:
            if not _covered(form, readable):
                continue
            if not any(paths.is_below(one, form) for one in needed):
                found.add(form)
            else:
                found.update(local for local in files if os.path.lexists(local))
    found.update(_shims(manifest))
    return tuple(
        sorted(place for place in found if not any(paths.is_below(place, o, strictly=True) for o in found))
    )


def _of_project(manifest: Manifest) -> dict[str, set[str]]:
    """The directories that the program's files stand in, and those files."""
    found: dict[str, set[str]] = {paths.normal(manifest.provenance.cwd): set()}
    found.update((paths.normal(row.local), set()) for row in manifest.mounts if row.kind in _DIRECTORIES)
    for local in (*(row.local for row in manifest.files), *(row.local for row in manifest.data)):
        found.setdefault(paths.parent(paths.normal(local)), set()).add(paths.normal(local))
    return found


def _shims(manifest: Manifest) -> set[str]:
    """The files of editable installs that would lead the program to the project: hooks and their `.pth`."""
    # A console script does not lead there by itself: it imports what the manifest has to carry.
    shims = {
        row.file
        for row in manifest.modules
        if row.origin is Origin.EDITABLE_SHIM and row.file and row.name != "__main__"
    }
    found = {file for file in shims if os.path.isfile(file)}
    for folder in {paths.parent(file) for file in found}:
        names = {paths.name(file).partition(".")[0] for file in found if paths.parent(file) == folder}
        for name in sorted(os.listdir(folder)):
            if name.endswith(".pth"):
                place = paths.join(folder, name)
                if names & _words(place):
                    found.add(place)
    return found


def _words(pth: str) -> set[str]:
    try:
        with open(pth, encoding="utf-8", errors="replace") as file:
            text = file.read(1 << 16)
    except OSError:
        return set()
    return set(
        "".join(letter if letter.isidentifier() or letter.isdigit() else " " for letter in text).split()
    )


def _covered(path: str, tops: Iterable[str]) -> bool:
    return any(paths.is_below(path, top) for top in tops)
