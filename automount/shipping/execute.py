"""Runs a staged tree or a bundle here, as the other machine would: in its own place, and in this process.

The program's remote paths are below the tree (`/root/app.py` is `TREE/root/app.py`), so no root rights are
needed; a program that names `/root/...` itself needs the real path, an image or `verify`.

Only source files have been verified, so byte code is neither written to the tree nor read from it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from automount import paths
from automount.errors import TargetNotFound, TargetNotRunnable
from automount.forked import processes_for
from automount.manifest import EntrypointKind, Manifest
from automount.recorder.interpreters import interpreter_path
from automount.shipping.program import Program, program_of
from automount.shipping.unpack import unpacked

# Nothing can be below it, so that no byte code is found. It costs compiling the standard library as well,
# and is needed only where somebody ran the stage by other means.
_NOWHERE = "/dev/null/pycache"


def execute(path: str, args: Sequence[str] | None, python: str | None = None) -> NoReturn:
    """Replaces this process by the program of the bundle or stage at `path`.

    `args` None: the recorded ones. `python` is a path or the name of a command, None for this interpreter.
    Raises before anything is run where the bundle cannot be trusted.
    """
    tree = unpacked(path, processes_for)
    if tree.lock is not None:
        # The lock lasts as long as the program: its successor in this process must keep it.
        os.set_inheritable(tree.lock, True)
    program = program_of(
        tree.manifest,
        sys.executable if python is None else interpreter_path(python),
        lambda remote: paths.join(tree.root, remote),
        args,
        chosen=python is not None,
    )
    environment = {**program.environment(os.environ), "PYTHONDONTWRITEBYTECODE": "1"}
    if tree.compiled:
        environment["PYTHONPYCACHEPREFIX"] = _NOWHERE
    _become(program, environment, tree.manifest)


def _become(program: Program, environment: Mapping[str, str], manifest: Manifest) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    # Python ignores these two for itself; a program started by us must not inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.chdir(program.cwd)
        os.execvpe(program.argv[0], program.argv, environment)
    except FileNotFoundError as error:
        raise TargetNotFound(f"command not found: {program.argv[0]}", hint=_way_to(manifest)) from error
    except OSError as error:
        raise TargetNotRunnable(
            f"cannot run {program.argv[0]} ({error.strerror})", hint="check that it is executable"
        ) from error


def _way_to(manifest: Manifest) -> str:
    """What to do where the command is missing: the requirement that brings it, if the recording knows it."""
    entry = manifest.entrypoint
    if entry.kind is EntrypointKind.COMMAND:
        wanted = {row.name: row for row in manifest.requirements}
        name = paths.name(entry.target)
        main = next(
            (row.distribution for row in manifest.modules if row.name == "__main__" and row.process == 0),
            None,
        )
        found = wanted.get(main or "") or wanted.get(name)
        if found is not None:
            return f"install {found.name}=={found.version}, or use --python with an interpreter that has it"
    return "install what `automount requirements` lists, or use --python with an interpreter that has it"
