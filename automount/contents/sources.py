"""Reads Python sources for questions about them; they are never imported or run."""

from __future__ import annotations

import os
import stat

from automount.untrusted import read_at_most

# A larger file is data in the form of Python.
LARGEST_SOURCE = 4_000_000


def read_source(path: str) -> bytes | None:
    """The content of the regular file `path` (local, absolute); None where it is too large or unreadable."""
    if not is_source_file(path):
        return None
    try:
        # Not blocking: a FIFO can have taken the file's place since.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            content = read_at_most(file, LARGEST_SOURCE + 1)
    except OSError:
        return None
    return content if len(content) <= LARGEST_SOURCE else None


def is_source_file(path: str) -> bool:
    """Whether `path` is a regular file, links followed."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False
