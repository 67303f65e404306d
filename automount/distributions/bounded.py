"""Reads the files of installed distributions, which may be damaged; never blocks, and records the damage."""

from __future__ import annotations

import errno
from pathlib import Path

import importlib_metadata

from automount.untrusted import regular_bytes

# The file is missing or private to its user: nothing to report.
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM})

# What is wrong with a file, by its path.
Damage = dict[str, str]


def text_of(path: str, damage: Damage, *, errors: str = "strict") -> str | None:
    """The UTF-8 text of the file at `path`, lines ending in a newline; None where it cannot be read.

    Where the file is there but is damaged, the reason goes into `damage`.
    """
    try:
        text = regular_bytes(path).decode("utf-8", errors)
    except OSError as error:
        if error.errno not in _ABSENT:
            damage[path] = f"cannot be read ({error.strerror})"
        return None
    except UnicodeDecodeError:
        damage[path] = "is not UTF-8 text"
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


class BoundedDistribution(importlib_metadata.PathDistribution):
    """The distribution whose metadata is at `path`, a directory or one file."""

    def __init__(self, path: str, damage: Damage) -> None:
        super().__init__(Path(path))
        self._place = path
        self._damage = damage

    def read_text(self, filename: str | Path) -> str | None:  # type: ignore[override]
        """The text of one file of the metadata; the metadata itself where the name is empty."""
        path = f"{self._place}/{filename}" if str(filename) else self._place
        return text_of(path, self._damage)
