"""What the program touched, in the form that a walk needs."""

from __future__ import annotations

import os
from collections.abc import Iterable

from automount.values import dataclass


@dataclass(frozen=True)
class Touched:
    """What the program touched: `loaded` module files, and `used` files, loaded or read as data.

    `used_below` are all directories above used files, `below` those above everything that it touched.
    """

    loaded: frozenset[str]
    used: frozenset[str]
    used_below: frozenset[str]
    below: frozenset[str]

    @classmethod
    def of(cls, touched: Iterable[str], loaded: Iterable[str], read: Iterable[str] = ()) -> Touched:
        loaded = frozenset(map(_plain, loaded))
        used = loaded | frozenset(map(_plain, read))
        return cls(loaded, used, _directories_of(used), _directories_of(map(_plain, touched)))


def _plain(path: str) -> str:
    """`path` without doubled slashes and dots, where it has any."""
    if "//" in path or "/." in path:
        return os.path.normpath(path)
    return path


def _directories_of(files: Iterable[str]) -> frozenset[str]:
    """Every directory above any of `files`."""
    found: set[str] = set()
    for file in files:
        directory = file.rpartition("/")[0]
        while directory and directory not in found:
            found.add(directory)
            directory = directory.rpartition("/")[0]
    return frozenset(found)
