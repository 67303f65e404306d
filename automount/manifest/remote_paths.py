"""Says what is wrong with a remote path. Nothing that fails here is ever written to, anywhere."""

from __future__ import annotations

from automount.paths import parts


def remote_problem(path: str) -> str | None:
    """What keeps `path` from being the remote path of a file, None where nothing does."""
    problem = directory_problem(path)
    if problem is None and path == "/":
        return "it is the root directory"
    return problem


def directory_problem(path: str) -> str | None:
    """What keeps `path` from being a remote directory (`/` is one), None where nothing does."""
    if not path.startswith("/"):
        return "it is not absolute"
    pieces = parts(path)
    if ".." in pieces:
        return "it has a .. part"
    if path != "/" + "/".join(pieces):
        return "it has an empty or . part"
    if "\0" in path:
        return "it has a NUL character"
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return "it cannot be a file name"
    return None
