"""Brings a manifest up to date with the files as they are now, without running the program again.

What was recorded is kept: modules and what requested them, data, mounts. The mounts are walked again, by the
rules they were made under: a changed file gets its new digest, a new file in a mounted directory is added, a
file that no longer exists is removed. If the recorded run used it, the program must be recorded again.
Only a run can show whether the program still loads the same modules.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from automount import paths
from automount.contents.digests import DigestIndex
from automount.contents.expand import expand
from automount.errors import StaleManifest
from automount.manifest import Manifest, MountRow, in_order, with_digest
from automount.model import MOUNTED_ORIGINS, FileEntry, Mount, MountKind, Warning_
from automount.shipping.freshness import Stale, StaleFiles
from automount.values import replace

LEFT_OUT = "no longer shipped, and not used by the recorded run"
_WALKED = frozenset({MountKind.PACKAGE, MountKind.NAMESPACE, MountKind.DIRECTORY})


def refresh(manifest: Manifest, index: DigestIndex | None = None) -> Manifest:
    """The manifest of the same run with the present files.

    Raises `StaleManifest` if the entrypoint, a whole mount, or a file that the run loaded or read no longer
    exists: the program must be recorded again.
    """
    gone = [row.local for row in manifest.mounts if not os.path.exists(row.local)]
    if gone:
        raise StaleManifest(f"a mount no longer exists: {', '.join(gone[:3])}", hint="record again")
    loaded = frozenset(row.file for row in manifest.modules if row.file and row.origin in MOUNTED_ORIGINS)
    read = frozenset(row.local for row in manifest.data)
    touched = loaded | read
    contents = expand(
        [_mount(manifest, number, row) for number, row in enumerate(manifest.mounts)],
        patterns=manifest.provenance.patterns,
        touched=touched,
        loaded=loaded,
        read=read,
        index=index,
    )
    lost = [row for row in _no_longer(manifest.files, contents.files) if row.local in touched]
    if lost:
        raise StaleFiles([Stale(row.local, row.remote, _absence(row.local)) for row in lost])
    walked = [row.local for row in manifest.mounts if row.kind in _WALKED]
    kept = {row for row in manifest.skipped if not any(paths.is_below(row.local, top) for top in walked)}
    return in_order(
        with_digest(
            replace(
                manifest,
                files=contents.files,
                skipped=tuple(kept | set(contents.skipped)),
                warnings=tuple({*_warnings_kept(manifest, contents.warnings), *contents.warnings}),
            )
        )
    )


def left_out(before: Manifest, after: Manifest) -> tuple[str, ...]:
    """The sorted local paths of the files that `before` ships and the refreshed `after` does not."""
    return tuple(sorted({row.local for row in _no_longer(before.files, after.files)}))


def _no_longer(before: Iterable[FileEntry], after: Iterable[FileEntry]) -> list[FileEntry]:
    present = {row.local for row in after}
    return [row for row in before if row.local not in present]


def _absence(local: str) -> str:
    return "cannot be shipped any more" if os.path.lexists(local) else "missing"


def _mount(manifest: Manifest, number: int, row: MountRow) -> Mount:
    """The planned mount of a row. `limited` and `suffixes` are how it was walked, where it was not whole."""
    tree = row.kind in _WALKED and os.path.isdir(row.local)
    recorded = frozenset(entry.local for entry in manifest.files if number in entry.mounts)
    return Mount(
        label=row.label,
        kind=row.kind,
        name=row.name,
        local=row.local,
        remote=row.remote,
        because=row.because,
        tree=tree,
        only=recorded if tree and row.limited else None,
        suffixes=row.suffixes,
        priority=number,
        by_hand=row.by_hand,
    )


# The warnings that each walk makes anew.
_OF_CONTENTS = frozenset({"large-mount", "remote-collision", "secret-suspected", "unreadable"})


def _warnings_kept(manifest: Manifest, fresh: tuple[Warning_, ...]) -> set[Warning_]:
    made_anew = _OF_CONTENTS | {row.code for row in fresh}
    # A secret without a path is in the arguments, which no walk reads.
    return {
        row
        for row in manifest.warnings
        if row.code not in made_anew or (row.code == "secret-suspected" and row.path is None)
    }
