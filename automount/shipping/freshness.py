"""Compares the local files with the manifest: which of them are no longer what was recorded.

A look at the size and the executable bit comes first; only a file that passes is read and hashed, as
equal sizes prove nothing. With a digest index, a file whose status proves that it has not been touched
since it was last hashed is not read again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from automount.contents import reach
from automount.contents.file_times import Signature, signature
from automount.errors import StaleManifest
from automount.manifest import Manifest
from automount.model import FileEntry
from automount.shipping.local_files import change_in_stat, change_of_error, local_pieces
from automount.shipping.verified import NotAsRecorded, OnBytes, consume
from automount.values import dataclass

if TYPE_CHECKING:
    from automount.contents import DigestIndex

_NAMED = 3


@dataclass(frozen=True)
class Stale:
    """One local file that has changed since it was recorded. `change` says how, in a word or two."""

    local: str
    remote: str
    change: str


class StaleFiles(StaleManifest):
    """Raised with every stale file in `stale`, so that the whole list can be shown."""

    def __init__(self, stale: Sequence[Stale], hint: str = "record again") -> None:
        self.stale = tuple(stale)
        named = ", ".join(f"{row.local} ({row.change})" for row in self.stale[:_NAMED])
        more = f", and {len(self.stale) - _NAMED} more" if len(self.stale) > _NAMED else ""
        count = "1 file is" if len(self.stale) == 1 else f"{len(self.stale)} files are"
        super().__init__(f"{count} no longer what was recorded: {named}{more}", hint=hint)


def stale_files(
    manifest: Manifest,
    on_bytes: OnBytes | None = None,
    index: DigestIndex | None = None,
    known: dict[str, Signature] | None = None,
) -> tuple[Stale, ...]:
    """The files that changed since recording, in the manifest's order. `on_bytes` is called with progress.

    `known` gets the signature of each local file of which the index proves that it is as recorded.
    """
    found = []
    for entry in manifest.files:
        status = None if index is None else _proved(entry, index)
        if status is not None:
            if known is not None:
                known[entry.local] = signature(status)
            if on_bytes is not None:
                on_bytes(entry.size)
            continue
        change = change_of(entry, on_bytes)
        if change is not None:
            found.append(Stale(entry.local, entry.remote, change))
    return tuple(found)


def change_of(entry: FileEntry, on_bytes: OnBytes | None = None) -> str | None:
    """How the local file differs from its row; None if it does not."""
    try:
        consume(local_pieces(entry, on_bytes))
    except NotAsRecorded as error:
        return error.change
    except OSError as error:
        return change_of_error(error)
    return None


def _proved(entry: FileEntry, index: DigestIndex) -> os.stat_result | None:
    """The status of the file where, by the index, it proves that the file is as recorded."""
    try:
        status = reach.status(entry.local)
    except (OSError, ValueError):
        return None
    if change_in_stat(entry, status) is not None:
        return None
    known = index.known(entry.local, status)
    return status if known is not None and known.sha256 == entry.sha256 else None
