"""Compares the local files with the manifest, and finds those that have changed since the recording.

A look at the size and the executable bit comes first; only a file that passes is read and hashed, as
equal sizes prove nothing. With a digest index, a file whose status proves that it has not been touched
since it was last hashed is not read again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain

from automount.contents import reach
from automount.contents.file_times import Signature, signature
from automount.errors import StaleManifest
from automount.forked import forked, slices
from automount.manifest import Manifest
from automount.model import FileEntry
from automount.shipping.local_files import change_in_stat, change_of_error, open_local
from automount.shipping.verified import NotAsRecorded, OnBytes, consume, file_pieces
from automount.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from automount.contents import DigestIndex

_NAMED = 3


@dataclass(frozen=True)
class Stale:
    """One local file that has changed since it was recorded. `change` describes how, in a word or two."""

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
    known: dict[str, Signature | None] | None = None,
    processes: int = 1,
) -> tuple[Stale, ...]:
    """The files that changed since recording, in the manifest's order. `on_bytes` is called with progress.

    `known` gets the signature of each local file that is as recorded, None where that would prove nothing.
    """
    first, *rest = slices(manifest.files, processes) or [()]
    compare = partial(_changes, index, None)
    with forked(compare, rest) as results:
        # The others have done about as much.
        here = None if on_bytes is None else lambda count: on_bytes(count * (1 + len(rest)))
        looks = _changes(index, here, first)
        looks += chain.from_iterable(results() or map(compare, rest))
    if known is not None:
        known.update(
            (entry.local, proof)
            for entry, (change, proof) in zip(manifest.files, looks, strict=True)
            if change is None
        )
    return tuple(
        Stale(entry.local, entry.remote, change)
        for entry, (change, _) in zip(manifest.files, looks, strict=True)
        if change is not None
    )


def change_of(entry: FileEntry, on_bytes: OnBytes | None = None) -> str | None:
    """How the local file differs from its row; None if it does not."""
    return _look(entry, None, on_bytes)[0]


_Look = tuple["str | None", "Signature | None"]
"""How a file has changed, and otherwise its signature where it will prove later that it has not."""


def _changes(
    index: DigestIndex | None, on_bytes: OnBytes | None, entries: Iterable[FileEntry]
) -> list[_Look]:
    return [_look(entry, index, on_bytes) for entry in entries]


def _look(entry: FileEntry, index: DigestIndex | None, on_bytes: OnBytes | None) -> _Look:
    if index is not None and index.holds(entry.local):
        status = _proved(entry, index)
        if status is not None:
            if on_bytes is not None:
                on_bytes(entry.size)
            return None, signature(status)
    try:
        source, status = open_local(entry)
        try:
            proof = None if index is None else index.proof(entry.local, status)
            consume(file_pieces(source, entry, on_bytes))
        finally:
            os.close(source)
    except NotAsRecorded as error:
        return error.change, None
    except OSError as error:
        return change_of_error(error), None
    return None, proof


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
