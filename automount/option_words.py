"""Formats the options that messages suggest, as they are typed in a shell."""

from __future__ import annotations

import re

from automount.paths import name

# What to do about a command of an editable install: its code is shipped, the command is not.
COMMAND_REMEDY = (
    "install it on the other machine, or start its code with `python -m` or by the path of a project file"
)

# What to do about files that describe how an editable install is installed.
INSTALLATION_REMEDY = "install the distribution where the program runs"


def quoted(text: str) -> str:
    """`text` as one word of a shell; in double quotes where that is easier to read."""
    if "'" in text and not set(text) & set('"$`\\!'):
        return f'"{text}"'
    import shlex

    return shlex.quote(text)


def adding(local: str, remote: str | None = None, *, is_directory: bool = False) -> str:
    """The option that mounts a local path, at `remote` if that is given."""
    option = "--add-dir" if is_directory else "--add-file"
    return f"{option} {quoted(local if remote is None else f'{local}:{remote}')}"


def including(path: str) -> str:
    """The option that re-includes what a pattern left out at `path`: its name, wherever it is."""
    escaped = re.sub(r"([*?\[\\]|^[!#]| $)", r"\\\1", name(path))
    return f"--include {quoted(escaped)}"
