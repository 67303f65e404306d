"""Operations on POSIX paths as text; no function accesses the file system.

Paths are compared by parts, never by text prefixes: `/x/venv` does not contain `/x/venv-project`.
Paths are absolute unless stated otherwise; links are neither resolved nor followed.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import lru_cache


# The rules ask for the parts of few paths, many times each: 36,500 calls for a program of 954 modules.
@lru_cache(maxsize=1 << 14)
def parts(path: str) -> tuple[str, ...]:
    """The parts of `path` without empty and `.` parts; `..` is kept."""
    return tuple([part for part in path.split("/") if part and part != "."])


def normal(path: str) -> str:
    """`path`, absolute, with empty, `.` and `..` parts folded, as `posixpath.normpath` folds them."""
    # Nearly all are normal already: 15,000 calls for a package of 5,000 files.
    if path[:1] == "/" and path[-1:] != "/" and "//" not in path and "/." not in path:
        return path
    folded: list[str] = []
    for part in parts(path):
        if part == "..":
            if folded:
                folded.pop()
        else:
            folded.append(part)
    return "/" + "/".join(folded)


def is_below(path: str, directory: str, *, strictly: bool = False) -> bool:
    """Whether `path` is `directory` (unless `strictly`) or is below it."""
    inner, outer = parts(path), parts(directory)
    if strictly and len(inner) == len(outer):
        return False
    return inner[: len(outer)] == outer


def is_within(path: str, places: AbstractSet[str]) -> bool:
    """Whether `path`, or a directory above it, is one of the `places` (both absolute and normal)."""
    return path in places or not places.isdisjoint(ancestors(path))


def relative(path: str, directory: str) -> str | None:
    """`path` relative to `directory` (`""` for itself), or None when it is not below it."""
    inner, outer = parts(path), parts(directory)
    if inner[: len(outer)] != outer:
        return None
    return "/".join(inner[len(outer) :])


def join(directory: str, *rest: str) -> str:
    """`directory` and the non-empty `rest`, joined with one slash each."""
    joined = directory.rstrip("/") or ""
    for piece in rest:
        stripped = piece.strip("/")
        if stripped:
            joined += "/" + stripped
    return joined or "/"


def parent(path: str) -> str:
    """The directory that holds `path`; `/` for `/`."""
    return path.rstrip("/").rpartition("/")[0] or "/"


def name(path: str) -> str:
    """The last part of `path`."""
    return path.rstrip("/").rpartition("/")[2]


def ancestors(path: str) -> tuple[str, ...]:
    """The directories that hold `path`, nearest first, down to `/`."""
    return () if path == "/" else _with_ancestors(parent(path))


# Files share their directories, so most answers are known.
@lru_cache(maxsize=1 << 14)
def _with_ancestors(directory: str) -> tuple[str, ...]:
    found = [directory]
    while directory != "/":
        directory = parent(directory)
        found.append(directory)
    return tuple(found)


# A directory nearer to `/` than this is shared by everything on a machine, and is not a project.
_SHALLOWEST = 2


def shared_directory(one: str, other: str) -> str | None:
    """The nearest directory that holds both, None where that is shared by everything on the machine."""
    found = next(directory for directory in (one, *ancestors(one)) if is_below(other, directory))
    return found if len(parts(found)) >= _SHALLOWEST else None


def is_file_name(path: str) -> bool:
    """Whether a file can have that path: only the lone surrogates that represent bytes can be encoded."""
    if path.isascii():
        return True
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
