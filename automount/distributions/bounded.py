"""Reads the files of installed distributions, which may be damaged; never blocks, and records the damage."""

from __future__ import annotations

import errno

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
