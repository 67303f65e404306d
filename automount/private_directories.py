"""Finds private directories for what automount trusts later, which no other user can change.

A directory is private where each directory on the way to it belongs to root or to this user, and lets no
other user rename what is in it: not writable by others, or with the sticky bit, as `/tmp` has. The last
one must be the user's own. Links are resolved step by step, so the directory that holds a link counts too.

docs/design-decisions.md explains why platformdirs is not used.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator, Mapping

from automount import paths
from automount.errors import Refused

_STEPS = 1000  # through links; more is a loop


def cache_directory(environ: Mapping[str, str] | None = None) -> str:
    """The private directory, absolute and existing, below which all caches of automount are.

    `$XDG_CACHE_HOME/automount` where that variable is an absolute path. Else the first that can be used of
    `~/.cache/automount` (HOME, or the user database where HOME is not an absolute path) and `automount-UID`
    in the directory for temporary files. Raises `Refused` where none can be used.
    """
    reason = ""
    for candidate in _candidates(os.environ if environ is None else environ):
        try:
            return make_private(candidate)
        except (OSError, Refused) as error:
            text = error.message if isinstance(error, Refused) else f"{candidate}: {error.strerror}"
            reason = reason or text
    raise Refused(
        f"no private directory is available for automount's cache ({reason})",
        hint="set XDG_CACHE_HOME to a directory that only you can write to",
        code="no-cache",
    )


def _candidates(environ: Mapping[str, str]) -> Iterator[str]:
    base = environ.get("XDG_CACHE_HOME", "")
    if base.startswith("/"):
        yield os.path.join(base, "automount")
        return
    home = environ.get("HOME", "")
    if not home.startswith("/"):
        try:
            home = pwd.getpwuid(os.geteuid()).pw_dir
        except KeyError:
            home = ""
    if home.startswith("/"):
        yield os.path.join(home, ".cache", "automount")
    yield os.path.join(temporary_directory(), f"automount-{os.geteuid()}")


def temporary_directory() -> str:
    """The directory for temporary files, absolute, as `tempfile.gettempdir` finds it.

    That module takes 4 ms to import, so it is used only where the first choice cannot be.
    """
    given = [os.environ[name] for name in ("TMPDIR", "TEMP", "TMP") if os.environ.get(name)]
    first = os.path.abspath(given[0] if given else "/tmp")
    if os.path.isdir(first) and os.access(first, os.W_OK | os.X_OK):
        return first
    import tempfile

    return tempfile.gettempdir()


def make_private(directory: str) -> str:
    """`directory` (absolute), made with mode 0700 where it is missing.

    Raises `Refused` where another user could change what is in it, `OSError` where it cannot be made.
    """
    problem = _problem(paths.parent(directory))
    if problem is not None:
        raise _refused(directory, problem)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    problem = _problem(directory)
    if problem is not None:
        raise _refused(directory, problem)
    status = os.stat(directory)
    if not stat.S_ISDIR(status.st_mode):
        raise _refused(directory, "it is not a directory")
    if status.st_uid != os.geteuid():
        raise _refused(directory, f"it belongs to {_user(status.st_uid)}")
    if _others_write(status):
        raise _refused(directory, "other users can write to it")
    return directory


def _problem(directory: str) -> str | None:
    """Why other users could change what is below `directory`, or None; what is missing is not a problem."""
    for level in _levels(directory):
        try:
            status = os.stat(level)
        except FileNotFoundError:
            return None
        if status.st_uid not in (0, os.geteuid()):
            return f"{level} belongs to {_user(status.st_uid)}"
        if _others_write(status) and not status.st_mode & stat.S_ISVTX:
            return f"other users can write to {level}"
    return None


def _levels(directory: str) -> Iterator[str]:
    """Every directory on the way to `directory`, itself included, with the way of each link."""
    yield "/"
    here, rest = "/", list(reversed(paths.parts(directory)))
    for _ in range(_STEPS):
        if not rest:
            return
        name = rest.pop()
        if name == "..":
            here = paths.parent(here)
            continue
        child = paths.join(here, name)
        try:
            target = os.readlink(child)
        except OSError:
            here = child
            yield here
            continue
        here = "/" if target.startswith("/") else here
        rest.extend(reversed(paths.parts(target)))
    raise _refused(directory, "its links loop")


def _others_write(status: os.stat_result) -> bool:
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and not _is_own_group(status.st_gid)


def _is_own_group(group: int) -> bool:
    """Whether no one but this user (and root) is in the group, as in systems that give each user one."""
    if group == 0 and os.geteuid() == 0:
        return True
    try:
        user, row = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return row.gr_name == user.pw_name and set(row.gr_mem) <= {user.pw_name}


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _refused(directory: str, why: str) -> Refused:
    return Refused(
        f"{directory} is not private: {why}",
        hint="name a directory that only you can write to",
        code="not-private",
    )
