"""Checks a script before it is run: whether it exists, and whether Python could start it."""

from __future__ import annotations

import os

from automount.errors import TargetNotFound, TargetNotRunnable
from automount.model import ScriptEntrypoint


def script_entrypoint(
    path: str, args: tuple[str, ...] = (), *, cwd: str | None = None, as_main: bool = True
) -> ScriptEntrypoint:
    """The entrypoint of the script at `path`, relative to `cwd` (default: the current one).

    Raises `TargetNotFound`, and `TargetNotRunnable` for an unreadable file or a directory without
    `__main__.py`.
    """
    local = os.path.normpath(os.path.join(cwd or os.getcwd(), path))
    if not os.path.lexists(local):
        hint = "name a script, -m MODULE, or -- COMMAND"
        near = _nearest(local)
        if near is not None:
            hint = f"did you mean {os.path.join(os.path.dirname(path), near)}? {hint}"
        raise TargetNotFound(f"no such file: {path}", hint=hint)
    if not os.path.exists(local):
        raise TargetNotFound(f"broken link: {path}", hint="name a script that exists")
    if os.path.isdir(local):
        mains = [os.path.join(local, main) for main in ("__main__.py", "__main__.pyc")]
        if not any(os.path.isfile(main) for main in mains):
            raise TargetNotRunnable(f"{path}: a directory without __main__.py", hint="name the script in it")
    elif not os.path.isfile(local):
        raise TargetNotRunnable(f"{path}: not a regular file", hint="save the program in a file")
    else:
        try:
            with open(local, "rb"):
                pass
        except OSError as error:
            raise TargetNotRunnable(
                f"cannot read {path} ({error.strerror})", hint="check its permissions"
            ) from error
    return ScriptEntrypoint(path, local, args, as_main)


def _nearest(local: str) -> str | None:
    """The name of the Python file or program directory beside `local` whose name is most like its own."""
    import difflib

    directory, wanted = os.path.split(local)
    try:
        names = os.listdir(directory)
    except OSError:
        return None
    programs = [
        name
        for name in names
        if name.endswith(".py") or os.path.exists(os.path.join(directory, name, "__main__.py"))
    ]
    return next(iter(difflib.get_close_matches(wanted, programs, 1)), None)
