"""Decides how a shipped program is run from its files: command line, working directory, PYTHONPATH."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from automount import paths
from automount.manifest import EntrypointKind, EntrypointRow, Manifest
from automount.model import CodeEntrypoint, Entrypoint, ModuleEntrypoint, ProgramEntrypoint, ScriptEntrypoint
from automount.recorder.launching import command_for
from automount.values import dataclass

# Variables that would lead a program to the recording machine's files, or turn recording on.
_DROPPED = ("AUTOMOUNT_JOURNAL", "PYTHONPATH")
# What a console script does: `sys.argv[0]` is the command, and the cwd is not on `sys.path`.
_RUN_FUNCTION = """import sys
from importlib import import_module
_, function, *sys.argv[:] = sys.argv
if not getattr(sys.flags, "safe_path", False):
    del sys.path[0]
module, _, attributes = function.partition(":")
found = import_module(module)
for attribute in attributes.split("."):
    found = getattr(found, attribute)
sys.exit(found())"""


@dataclass(frozen=True)
class Program:
    """A command to be run. `cwd` and `python_path` are absolute paths of the machine that runs it.

    `commands_first` and `commands_last` are directories that the command is looked up in before and after
    those of PATH: the chosen interpreter's own commands.
    """

    argv: tuple[str, ...]
    cwd: str
    python_path: tuple[str, ...]
    commands_first: str | None = None
    commands_last: str | None = None

    def environment(self, environ: Mapping[str, str], first: Sequence[str] = ()) -> dict[str, str]:
        """`environ` with our PYTHONPATH in place of any other, `first` in front of it."""
        changed = {name: value for name, value in environ.items() if name not in _DROPPED}
        python_path = [*first, *self.python_path]
        if python_path:
            changed["PYTHONPATH"] = ":".join(python_path)
        if self.commands_first or self.commands_last:
            places = (self.commands_first, changed.get("PATH", os.defpath), self.commands_last)
            changed["PATH"] = ":".join(place for place in places if place)
        return changed


def program_of(
    manifest: Manifest,
    python: str,
    place: Callable[[str], str],
    args: Sequence[str] | None = None,
    *,
    chosen: bool = True,
) -> Program:
    """The command for the manifest's entrypoint under the interpreter `python`.

    `place` gives the path here for a remote path. `args` replace the recorded ones, None keeps them.
    A command is looked up beside a `chosen` interpreter before PATH, and beside any other after it.
    """
    entry = manifest.entrypoint
    commands = paths.parent(python) if entry.form == "argv" and python.startswith("/") else None
    words = entry.args if args is None else tuple(args)
    return Program(
        argv=tuple(command_for(_entrypoint(entry, words, place), python)),
        cwd=place(entry.remote_cwd),
        python_path=tuple(place(row) for row in manifest.sys_path),
        commands_first=commands if chosen else None,
        commands_last=None if chosen else commands,
    )


def _entrypoint(row: EntrypointRow, args: tuple[str, ...], place: Callable[[str], str]) -> Entrypoint:
    if row.kind is EntrypointKind.SCRIPT:
        path = place(row.remote) if row.remote is not None else row.target
        return ScriptEntrypoint(path, path, args, as_main=not row.import_only)
    if row.kind is EntrypointKind.MODULE:
        return ModuleEntrypoint(row.target, args, as_main=not row.import_only)
    if row.form == "string":
        return CodeEntrypoint(row.target, args)
    if row.function is not None:
        # The shipped function itself: its script belongs to the environment where it was recorded.
        return CodeEntrypoint(_RUN_FUNCTION, (row.function, paths.name(row.target), *args))
    return ProgramEntrypoint(row.target, args)
