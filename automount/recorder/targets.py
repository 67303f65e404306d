"""Checks what is to be recorded before it is run: whether a script exists, and what `record` was given."""

from __future__ import annotations

import os
from collections.abc import Iterable

from automount.errors import TargetNotFound, TargetNotRunnable, UsageError
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


def checked_words(name: str, value: object) -> tuple[str, ...]:
    """The words of an argument list. Raises `UsageError` for one string, which would be taken apart."""
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        words = tuple(value)
        if all(isinstance(word, (str, os.PathLike)) for word in words):
            return tuple(map(os.fspath, words))
    raise UsageError(
        f"{name} must be a sequence of strings, not {value!r}", hint=f'for example {name}=["--port", "80"]'
    )


def check_script_path(name: str, value: object) -> None:
    """Raises `UsageError` where `value` is neither None nor a path, such as a list or an option."""
    if value is None or isinstance(value, os.PathLike) or (isinstance(value, str) and value[:1] != "-"):
        return
    raise UsageError(
        f"{name} must be the path of a script, not {value!r}",
        hint="pass module=, code= or command=[…] instead",
    )


def check_seconds(name: str, value: object) -> None:
    """Raises `UsageError` where `value` is neither None nor a positive number."""
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0):
        return
    raise UsageError(
        f"{name} must be a positive number of seconds, not {value!r}", hint=f"for example {name}=60"
    )
