"""Finds the root of the project that a directory belongs to, and names projects outside the workspace.

Both are pure: they are given a function that looks up which paths exist.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from automount.paths import ancestors, is_below, join, name, normal, parent, parts

VERSION_CONTROL = (".git", ".hg", ".jj")
PROJECT_FILES = ("pyproject.toml", "setup.cfg", "setup.py")

Exists = Callable[[str], bool]


def marked_root(directory: str, exists: Exists, home: str) -> str | None:
    """The nearest directory at or above `directory` under version control, else with a project's file.

    None if no directory is marked. It is never `home` (the user's home directory) or `/`.
    """
    candidates = [above for above in (directory, *ancestors(directory)) if above not in ("/", home)]
    for marks in (VERSION_CONTROL, PROJECT_FILES):
        for candidate in candidates:
            if any(exists(join(candidate, mark)) for mark in marks):
                return candidate
    return None


def workspace_root(cwd: str, script: str | None, exists: Exists, home: str) -> str:
    """The directory that remote paths are relative to.

    `script` is the entry script (or the directory that was run), None for `-m`, `-c` and commands. The
    marked root of its directory; else the nearest directory that holds it and the cwd, unless that is `/`
    or the home directory; else its own directory. All paths are local and absolute, links kept.
    """
    own = cwd if script is None else parent(normal(script))
    found = marked_root(own, exists, home)
    if found is not None:
        return found
    common = next(above for above in (own, *ancestors(own)) if is_below(cwd, above))
    return own if common in ("/", home) else common


def outside_name(root: str, home: str, taken: Collection[str]) -> str:
    """The name that a project outside the workspace has below `_outside`, unlike those `taken`.

    Its directory's name; a number where that would be a user's (the name of a home directory).
    """
    private = root in ("/", home) or parent(root) in ("/home", "/Users") or not parts(root)
    wanted, count = ("1" if private else name(root)), 1
    found = wanted
    while found in taken:
        count += 1
        found = str(count) if private else f"{wanted}-{count}"
    return found
