"""Decides what exists in a sandbox besides the stage: the interpreter, installed packages, the system.

Never the project: where a directory of the project is inside one of these (a source tree below
`/usr/src`, a project in its own virtual environment), it is hidden by name.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from automount import paths
from automount.distributions import developed_by
from automount.errors import AutomountError
from automount.manifest import InterpreterRow, Manifest
from automount.model import MountKind, Origin
from automount.recorder import interpreter_probe
from automount.recorder.interpreters import probe_installation
from automount.recorder.python_files import likely_interpreters
from automount.system_directories import NOT_IN_A_SANDBOX, SYSTEM_DIRECTORIES
from automount.values import dataclass

_SYSTEM = tuple(place for place in SYSTEM_DIRECTORIES if place not in NOT_IN_A_SANDBOX)
# Secrets of the system below /etc, hidden in the sandbox.
_PRIVATE = (
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/ssh",
    "/etc/ssl/private",
    "/etc/apt/auth.conf.d",
    "/etc/NetworkManager",
    "/etc/wpa_supplicant",
    "/etc/wireguard",
)
# What an installation has below its prefix. Not all of the prefix: it may be someone's project, or home.
_OF_PREFIX = ("bin", "etc", "include", "lib", "lib32", "lib64", "libexec", "pyvenv.cfg", "share", "ssl")
_DIRECTORIES = frozenset({MountKind.PACKAGE, MountKind.NAMESPACE, MountKind.DIRECTORY})
# A virtual environment that is the project's directory has these only: the rest is the project's.
_OF_PROJECT_ENVIRONMENT = ("lib", "lib64", "pyvenv.cfg")


@dataclass(frozen=True)
class World:
    """The files that exist besides the stage. All paths are absolute and local, links kept.

    `python` is the interpreter to run; `readable` are files and directories, with everything below them
    except `hidden`. `site_dirs` are the site directories of the interpreter. `commands` are those of the
    hidden files that are commands of editable installs, with the name of the distribution.
    """

    python: str
    readable: tuple[str, ...]
    hidden: tuple[str, ...]
    site_dirs: tuple[str, ...] = ()
    commands: Mapping[str, str] = MappingProxyType({})


def world_of(manifest: Manifest, *, python: str | None = None, trust: bool = False) -> World:
    """The world for the interpreter that the user chose, or for the recorded one.

    A manifest may come from anyone: its interpreter is used only if this machine knows that
    interpreter, or if `trust` is set. The directories to show are derived from the interpreter.
    """
    chosen, facts = _chosen(python) if python is not None else _recorded(manifest, trust)
    executables = [str(place) for place in facts["executables"] if place]
    sites = {str(place) for place in facts["sites"] if place}
    sites.update(place for place in _environment(manifest).site_dirs if _is_site_directory(place))
    libraries = {str(place) for place in facts["libraries"] if place} | sites
    project = {paths.normal(manifest.provenance.cwd), *(paths.parent(row.local) for row in manifest.files)}
    of_prefix = []
    for name in ("prefix", "base_prefix", "exec_prefix", "base_exec_prefix"):
        prefix = str(facts[name])
        own = _OF_PROJECT_ENVIRONMENT if paths.normal(prefix) in project else _OF_PREFIX
        of_prefix += [paths.join(prefix, part) for part in own]
    wanted = {*_SYSTEM, *of_prefix, *libraries, *executables, *map(os.path.realpath, executables)}
    covered = tuple(place for place in wanted if os.path.lexists(place))
    wanted.update(_linked_installations(manifest, sites, covered))
    readable = sorted(place for place in wanted if os.path.lexists(place))
    essential = sorted(
        {*readable, *(f"{top}/{name}" for top in ("/usr", "/usr/local") for name in _OF_PREFIX)}
    )
    hidden = {*_hidden(manifest, tuple(readable), essential), *filter(os.path.lexists, _PRIVATE)}
    leftovers = dict(pair for site in sorted(sites) for pair in _editable_leftovers(site))
    hidden.update(leftovers)
    commands = {place: owner for place, owner in leftovers.items() if _is_in_bin(place)}
    return World(chosen, tuple(readable), tuple(sorted(hidden)), tuple(sorted(sites)), commands)


def _environment(manifest: Manifest) -> InterpreterRow:
    return manifest.provenance.environment or InterpreterRow()


def _chosen(python: str) -> tuple[str, dict[str, Any]]:
    """The path and the installation of the interpreter that the user chose."""
    interpreter, facts = probe_installation(python)
    return interpreter.executable, facts


def _recorded(manifest: Manifest, trust: bool) -> tuple[str, dict[str, Any]]:
    """The path and the installation of the recorded interpreter, of this one where none is named."""
    python = _named(manifest, trust)
    try:
        return python, interpreter_probe.installation(python)
    except interpreter_probe.NoAnswer as error:
        raise AutomountError(
            f"{python} cannot be run ({error})",
            hint="choose another one with --python EXE",
            code="no-interpreter",
        ) from error


def _named(manifest: Manifest, trust: bool) -> str:
    """The recorded interpreter if it may be run, or this one if the manifest does not name one."""
    named = _environment(manifest).executable
    if not named:
        return sys.executable
    if not os.access(named, os.X_OK):
        raise AutomountError(
            f"the recorded interpreter no longer exists: {named}",
            hint="choose another one with --python EXE, or record again",
            code="no-interpreter",
        )
    known = {os.path.realpath(path) for path in likely_interpreters()}
    homes = {os.path.dirname(path) for path in known}
    if not trust and (os.path.realpath(named) not in known or not _home_is_known(named, homes)):
        raise AutomountError(
            f"the manifest names an interpreter that is not one of this machine's: {named}",
            hint="choose one with --python EXE, or accept this one with --trust",
            code="unknown-interpreter",
        )
    return named


def _home_is_known(python: str, homes: set[str]) -> bool:
    """Whether a virtual environment takes its standard library from an interpreter of this machine.

    The `home` line of `pyvenv.cfg` names it. A file from a stranger can name any directory there, and the
    interpreter would run that directory's code, even with `-I -S`.
    """
    place = paths.parent(paths.normal(python))
    for folder in (place, paths.parent(place)):
        if not os.path.lexists(f"{folder}/pyvenv.cfg"):
            continue
        rows = [line.partition("=") for line in _text(f"{folder}/pyvenv.cfg").splitlines()]
        found = [value.strip() for name, _, value in rows if name.strip().lower() == "home"]
        # The interpreter decides which of several lines counts; a genuine file has one.
        if len(found) != 1 or os.path.realpath(found[0]) not in homes:
            return False
    return True


def _is_site_directory(place: str) -> bool:
    """Whether the path is laid out as a site directory, which holds installed code and nothing private."""
    pieces = paths.parts(place)
    named = bool(pieces) and pieces[-1] in ("site-packages", "dist-packages")
    return named and any(piece.startswith("python") for piece in pieces[-3:-1])


def _linked_installations(
    manifest: Manifest, sites: Iterable[str], covered: tuple[str, ...]
) -> Iterator[str]:
    """Where the files of installed distributions really are, if the site directory only links to them."""
    own = {os.path.realpath(row.local) for row in manifest.mounts}
    loaded = {row.file for row in manifest.modules if row.origin is Origin.INSTALLED and row.file}
    for site in sites:
        with contextlib.suppress(OSError):
            loaded.update(
                os.path.join(site, name, "METADATA")
                for name in os.listdir(site)
                if name.endswith(".dist-info")
            )
    for file in loaded:
        real = os.path.realpath(file)
        if real == paths.normal(file) or _covered(real, covered) or not os.path.isfile(real):
            continue
        if not any(paths.is_below(real, mine) for mine in own):
            yield os.path.dirname(real)


def _editable_leftovers(site: str) -> Iterator[tuple[str, str]]:
    """What an editable install left in a site directory, which the remote machine does not have.

    Each path comes with the name of the distribution, as it is in the name of the metadata.
    """
    try:
        names = sorted(os.listdir(site))
    except OSError:
        return
    if any(name.endswith(".egg-link") for name in names):
        for command in _files(paths.normal(os.path.join(site, "../../../bin"))):
            developer = developed_by(command)
            if developer is not None:
                yield command, developer
    for name in names:
        place = os.path.join(site, name)
        owner = name.removesuffix(".egg-link").partition("-")[0]
        if name.endswith(".egg-link") or name == "easy-install.pth":
            yield place, owner
        if not name.endswith(".dist-info") or not _is_editable(place):
            continue
        yield place, owner
        for line in _text(os.path.join(place, "RECORD")).splitlines():
            entry = line.rpartition(",")[0].rpartition(",")[0].strip('"')
            local = paths.normal(os.path.join(site, entry)) if entry else ""
            helper = paths.parent(local) == paths.normal(site) or _is_in_bin(local)
            if helper and os.path.lexists(local):
                yield local, owner


def _is_in_bin(path: str) -> bool:
    return paths.name(paths.parent(path)) == "bin"


def _files(directory: str) -> Iterator[str]:
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        yield from (entry.path for entry in entries if entry.is_file())


def _is_editable(metadata: str) -> bool:
    try:
        return bool(json.loads(_text(os.path.join(metadata, "direct_url.json")))["dir_info"]["editable"])
    except (ValueError, KeyError, TypeError):
        return False


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def _hidden(manifest: Manifest, readable: tuple[str, ...], essential: Iterable[str]) -> tuple[str, ...]:
    """The parts of the project inside the readable places, and the files that lead there."""
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
    """The directories that the program's files are in, and those files."""
    found: dict[str, set[str]] = {paths.normal(manifest.provenance.cwd): set()}
    found.update((paths.normal(row.local), set()) for row in manifest.mounts if row.kind in _DIRECTORIES)
    for local in (*(row.local for row in manifest.files), *(row.local for row in manifest.data)):
        found.setdefault(paths.parent(paths.normal(local)), set()).add(paths.normal(local))
    return found


def _shims(manifest: Manifest) -> set[str]:
    """The files of editable installs that would lead the program to the project: hooks and their `.pth`."""
    # A console script does not lead there by itself: it imports what the manifest has to contain.
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
