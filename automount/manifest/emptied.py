"""Removes from a manifest the mounts that are empty because the user excluded all of their files."""

from __future__ import annotations

from automount.manifest.rows import Manifest
from automount.paths import is_below
from automount.values import replace


def without_excluded_mounts(manifest: Manifest) -> Manifest:
    """The manifest without the mounts that are empty because of a pattern, with adjusted indexes.

    A mount that is empty for another reason is kept, because the user should see it: its file is shipped by
    another mount, or a directory that the user added has no files.
    """
    not_empty = {index for row in manifest.files for index in row.mounts}
    excluded = [row.local for row in manifest.skipped if row.code == "excluded"]
    kept = [
        index
        for index, row in enumerate(manifest.mounts)
        if index in not_empty
        or not any(is_below(row.local, place) or is_below(place, row.local) for place in excluded)
    ]
    if len(kept) == len(manifest.mounts):
        return manifest
    moved = {old: new for new, old in enumerate(kept)}
    return replace(
        manifest,
        mounts=tuple(manifest.mounts[index] for index in kept),
        files=tuple(
            replace(row, mounts=tuple(moved[index] for index in row.mounts)) for row in manifest.files
        ),
        modules=tuple(
            row if row.mount is None else replace(row, mount=moved.get(row.mount)) for row in manifest.modules
        ),
    )
