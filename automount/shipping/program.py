"""Says how a shipped program is run where its files stand: command line, working directory, PYTHONPATH."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from automount.manifest import EntrypointKind, EntrypointRow, Manifest
from automount.model import CodeEntrypoint, Entrypoint, ModuleEntrypoint, ProgramEntrypoint, ScriptEntrypoint
from automount.recorder.launching import command_for

# What would make a program find the recording machine's files, or think that it is being recorded.
_DROPPED = ("AUTOMOUNT_JOURNAL", "PYTHONPATH")


@dataclass(frozen=True)
class Program:
    """A command to be run. `cwd` and `python_path` are absolute paths of the machine that runs it."""

    argv: tuple[str, ...]
    cwd: str
    python_path: tuple[str, ...]

    def environment(self, environ: Mapping[str, str], first: Sequence[str] = ()) -> dict[str, str]:
        """`environ` with our PYTHONPATH in place of any other, `first` in front of it."""
        changed = {name: value for name, value in environ.items() if name not in _DROPPED}
        python_path = [*first, *self.python_path]
        if python_path:
            changed["PYTHONPATH"] = ":".join(python_path)
        return changed


def program_of(
    manifest: Manifest, python: str, place: Callable[[str], str], args: Sequence[str] | None = None
) -> Program:
    """The command for the manifest's entrypoint under the interpreter `python`.

    `place` gives the path here for a remote path. `args` replace the recorded ones, None keeps them.
    """
    entry = manifest.entrypoint
    words = entry.args if args is None else tuple(args)
    return Program(
        argv=tuple(command_for(_entrypoint(entry, words, place), python)),
        cwd=place(entry.remote_cwd),
        python_path=tuple(place(row) for row in manifest.sys_path),
    )


def _entrypoint(row: EntrypointRow, args: tuple[str, ...], place: Callable[[str], str]) -> Entrypoint:
    if row.kind is EntrypointKind.SCRIPT:
        path = place(row.remote) if row.remote is not None else row.target
        return ScriptEntrypoint(path, path, args, as_main=not row.import_only)
    if row.kind is EntrypointKind.MODULE:
        return ModuleEntrypoint(row.target, args, as_main=not row.import_only)
    if row.form == "string":
        return CodeEntrypoint(row.target, args)
    return ProgramEntrypoint(row.target, args)
