"""Gives a Modal image exactly the files of a manifest: `add_to(image, "automount.json")`."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from automount import paths
from automount.bundling import Bundle, bundle
from automount.integrations.engine_import import engine
from automount.model import FileEntry

if TYPE_CHECKING:
    from modal import Image

    from automount import Manifest, Recording


def add_to(
    image: Image, manifest: str | os.PathLike[str] | Manifest | Recording | Bundle = "automount.json"
) -> Image:
    """A new image with the manifest's files at their remote paths, its `sys.path` and its working directory.

    Call it last: Modal allows no build step after files are added. Raises as `automount.bundle` does, and
    `AutomountError` where Modal is missing or older than 1.0.
    """
    engine("modal", "1.0", "modal")
    made = bundle(manifest).manifest
    result = image.env({"PYTHONPATH": ":".join(made.sys_path)}).workdir(made.entrypoint.remote_cwd)
    folders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in made.files:
        for number in row.mounts:
            top = made.mounts[number]
            inside = _inside(row, top.local, top.remote)
            if inside is not None:
                folders[top.local, top.remote].add(inside)
                break
        else:
            result = result.add_local_file(row.local, row.remote)
    for (local, remote), wanted in sorted(folders.items()):
        result = result.add_local_dir(local, remote, ignore=_all_but(wanted))
    return result


def _inside(row: FileEntry, local: str, remote: str) -> str | None:
    """The file's path in a mounted directory, the same on both sides; None where Modal's walk misses it."""
    inside = paths.relative(row.local, local)
    if not inside or inside != paths.relative(row.remote, remote):
        return None
    # Modal follows no link to a directory, and may leave out a file that is a link to elsewhere.
    here = ["/" + inside, *paths.ancestors("/" + inside)[:-1]]
    return None if any(os.path.islink(paths.join(local, place)) for place in here) else inside


def _all_but(wanted: set[str]) -> Callable[[Path], bool]:
    return lambda path: path.as_posix() not in wanted
