"""Decides where files are below a directory, a bundle or an image, and refuses what must not be there.

A manifest may come from anybody. Before a single byte is written, every remote path is checked: it must
be absolute and folded, occur once, and stay out of the directory that automount keeps for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise

from automount import paths
from automount.errors import Refused
from automount.manifest import Manifest, columns, remote_problem
from automount.model import FileEntry

# Beside the remote tree in a stage, a bundle and an image: the shipped manifest, and our notes.
OWN_DIRECTORY = ".automount"
_SHOWN = 200
BUNDLED_MANIFEST = f"{OWN_DIRECTORY}/manifest.json"


def name_bytes(text: str) -> bytes:
    """`text` as the bytes of a file name, in any locale."""
    return text.encode("utf-8", "surrogateescape")


def name_text(raw: bytes) -> str:
    """The bytes of a file name as text, in any locale."""
    return raw.decode("utf-8", "surrogateescape")


def checked_files(manifest: Manifest) -> tuple[FileEntry, ...]:
    """The manifest's files sorted by remote path, directory by directory. Raises `Refused` for unsafe ones.

    Unsafe is a path that is relative, has `.` or `..` in it, occurs twice, is both a file and a
    directory, is below `/.automount`, or cannot be a file name at all.
    """
    # A folded path has no NUL, which sorts before every other character: this is the order of the parts.
    rows = sorted(manifest.files, key=lambda row: row.remote.replace("/", "\0"))
    remotes = [row.remote for row in rows]
    check_remotes(remotes)
    if len(found := set(remotes)) < len(remotes) or not found.isdisjoint(directories(remotes)):
        for above, remote in pairwise(remotes):
            if above == remote:
                raise _unsafe(remote, "it is listed twice")
            if remote.startswith(f"{above}/"):
                raise _unsafe(above, f"it is a file and also the directory of {remote}")
    if not columns.counts([row.size for row in rows]) or not columns.hashes([row.sha256 for row in rows]):
        for row in rows:
            if not columns.counts([row.size]) or not columns.hashes([row.sha256]):
                raise _unsafe(row.remote, "invalid size or digest")
    return tuple(rows)


def needed_directories(manifest: Manifest) -> tuple[str, ...]:
    """The directories that must exist whatever files are shipped, the cwd among them. Sorted, without `/`.

    Raises `Refused` where one is unsafe, or is a file or below a file of the manifest.
    """
    files = {row.remote for row in manifest.files}
    wanted = {manifest.entrypoint.remote_cwd, *manifest.directories} - {"/"}
    for place in sorted(wanted):
        checked_parts(place)
        for above in (place, *paths.ancestors(place)):
            if above in files:
                raise _unsafe(above, f"it is a file and also the directory of {place}")
    return tuple(sorted(wanted, key=paths.parts))


def check_remotes(remotes: Sequence[str]) -> None:
    """Raises `Refused` where `checked_parts` does for one of the remote paths."""
    if not columns.remote_paths(remotes) or any(f"/{OWN_DIRECTORY}" in remote for remote in remotes):
        for remote in remotes:
            checked_parts(remote)


def checked_parts(remote: str) -> tuple[str, ...]:
    """The parts of one remote path. Raises `Refused` where it is not a folded absolute path of ours."""
    problem = remote_problem(remote)
    if problem is not None:
        raise _unsafe(remote, problem)
    here = paths.parts(remote)
    if here[0] == OWN_DIRECTORY:
        raise _unsafe(remote, "this directory is reserved for automount")
    return here


def directories(remotes: Sequence[str], top: str = "/", needed: Sequence[str] = ()) -> tuple[str, ...]:
    """The remote directories at or below `top` that hold the given remote files, parents first.

    Those `needed` are among them, with the directories above them.
    """
    nearest = {place.rpartition("/")[0] or "/" for place in chain(remotes, needed)}
    found = {above for folder in nearest for above in (folder, *paths.ancestors(folder))}
    found.update(needed)
    return tuple(sorted((d for d in found if d != "/" and paths.is_below(d, top)), key=paths.parts))


def _unsafe(remote: str, why: str) -> Refused:
    shown = remote.encode("utf-8", "backslashreplace").decode()
    shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "..."
    return Refused(
        f"the manifest has an unsafe remote path {shown!r}: {why}", hint="record again", code="unsafe-path"
    )
