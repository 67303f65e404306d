"""Reads content and compares it with a manifest: the only hashing loop of everything that is shipped.

A source gives the pieces of each file, a sink takes them. The sources are the local files of a manifest
(`local_pieces`), the members of a bundle (`bundles.examine`) and the files of a stage (`file_pieces`).
The sinks are a directory (`directory_sink`), the tar and zip writers in `packing`, and with them the OCI
layer and the pyz. A sink never sees the end of a file whose content is wrong: `verified` raises before.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator

from automount.model import FileEntry

CHUNK = 1 << 20
CHANGED = "changed"
OnBytes = Callable[[int], None]


class NotAsRecorded(Exception):
    """Raised for content that is not that of `entry`; `change` describes how it differs, in a word or two."""

    def __init__(self, entry: FileEntry, change: str = CHANGED) -> None:
        super().__init__(f"{entry.remote}: {change}")
        self.entry = entry
        self.change = change


class Hashed:
    """Adds up the bytes that pass through `add`: `size` is their number."""

    def __init__(self) -> None:
        self._summed = hashlib.sha256()
        self.size = 0

    def add(self, data: bytes) -> bytes:
        """`data`, once it has been added."""
        self._summed.update(data)
        self.size += len(data)
        return data

    @property
    def digest(self) -> str:
        """The SHA-256 of all bytes so far, as 64 hex digits."""
        return self._summed.hexdigest()


def verified(chunks: Iterable[bytes], entry: FileEntry) -> Iterator[bytes]:
    """The pieces as they come. Raises `NotAsRecorded` as soon as they are too long, or wrong at the end."""
    hashed = Hashed()
    for chunk in chunks:
        if hashed.size + len(chunk) > entry.size:
            raise NotAsRecorded(entry)
        yield hashed.add(chunk)
    if hashed.size != entry.size or hashed.digest != entry.sha256:
        raise NotAsRecorded(entry)


def verified_bytes(content: bytes, entry: FileEntry) -> bytes:
    """All of the content as it is. Raises `NotAsRecorded` where it is not the recorded one."""
    if len(content) != entry.size or hashlib.sha256(content).hexdigest() != entry.sha256:
        raise NotAsRecorded(entry)
    return content


def consume(chunks: Iterable[bytes]) -> None:
    """Reads the pieces and drops them: what is left is that they are verified."""
    for _ in chunks:
        pass


def is_content(descriptor: int, entry: FileEntry) -> bool:
    """Whether the file behind a descriptor, read from its present position, has the recorded content."""
    if os.fstat(descriptor).st_size != entry.size:
        return False
    try:
        consume(file_pieces(descriptor, entry))
    except NotAsRecorded:
        return False
    return True


def file_pieces(descriptor: int, entry: FileEntry, on_bytes: OnBytes | None = None) -> Iterable[bytes]:
    """The verified content of an open regular file from its present position, piece by piece.

    `on_bytes` is called with the length of each piece. One byte more than the file should have is asked for,
    so that a file that has grown is noticed. A small file is verified before this returns.
    """
    first = os.read(descriptor, min(entry.size, CHUNK) + 1)
    if on_bytes is not None:
        on_bytes(len(first))
    if len(first) == entry.size and hashlib.sha256(first).hexdigest() == entry.sha256:
        return (first,)
    return verified(_pieces(first, descriptor, on_bytes), entry)


def _pieces(first: bytes, descriptor: int, on_bytes: OnBytes | None) -> Iterator[bytes]:
    chunk = first
    while chunk:
        yield chunk
        chunk = os.read(descriptor, CHUNK)
        if on_bytes is not None:
            on_bytes(len(chunk))
