"""Reads one file from beginning to end: its size, its SHA-256, and what looks like a secret in it.

One thread: for the small files that programs consist of, threads only make it slower. The file is
stat'ed before and after; one that changed in between is read again. The holes of a sparse file are
hashed as the zeros they represent, without being read. Text is scanned for secrets while it is
in memory anyway.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from automount.contents import reach
from automount.contents.file_times import signature
from automount.sha256 import sha256
from automount.values import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from automount.contents.secrets import SecretFinding

TRIES = 3
CHUNK = 1 << 20
SCANNED = 1 << 26  # bytes of a text that are scanned for secrets
OVERLAP = 1 << 12  # bytes that two pieces share, so that a secret at the seam is seen whole
SPARSE_FROM = 1 << 24  # smaller files are read whole, holes or not
_ZEROS = bytes(CHUNK)

Progress = Callable[[str, int], None]
"""Called with the path and the number of bytes that were just hashed."""


@dataclass(frozen=True)
class FileDigest:
    """One file's content as it was read. `stable` is false where it changed each time it was read."""

    size: int
    sha256: str
    findings: tuple[str, ...] = ()
    stable: bool = True


def read_digest(path: str, progress: Progress | None = None) -> tuple[FileDigest, os.stat_result]:
    """The digest of the regular file at `path`, and the stat that it holds for.

    Raises `OSError` where it cannot be read, `reach.NotAFile` where it is not a regular file.
    """
    descriptor = reach.open_file(path)
    try:
        before = os.fstat(descriptor)
        kind = reach.kind_of(before.st_mode)
        if kind != "file":
            raise reach.NotAFile(kind)
        for _ in range(TRIES):
            digest = _read_once(descriptor, before, path, progress)
            after = os.fstat(descriptor)
            if signature(after) == signature(before) and digest.size == after.st_size:
                return digest, after
            before = after
            os.lseek(descriptor, 0, os.SEEK_SET)
        return FileDigest(digest.size, digest.sha256, digest.findings, stable=False), after
    finally:
        os.close(descriptor)


def _read_once(descriptor: int, status: os.stat_result, path: str, progress: Progress | None) -> FileDigest:
    sparse = status.st_size >= SPARSE_FROM and status.st_blocks * 512 < status.st_size
    if sparse and hasattr(os, "SEEK_DATA"):
        return _read_sparse(descriptor, status.st_size, path, progress)
    head = os.read(descriptor, min(status.st_size, CHUNK) + 1)
    hasher = sha256(head)
    if progress is not None:
        progress(path, len(head))
    size = len(head)
    # Only here: a run whose files are all in the digest index scans none.
    from automount.contents import secrets

    found = secrets.scan(path, head)
    if size == status.st_size:
        return FileDigest(size, hasher.hexdigest(), tuple(map(str, found)))
    scanner = _Scanner(path, head, found)
    for chunk in _chunks(descriptor):
        hasher.update(chunk)
        scanner.feed(chunk)
        size += len(chunk)
        if progress is not None:
            progress(path, len(chunk))
    return FileDigest(size, hasher.hexdigest(), scanner.findings())


class _Scanner:
    """Scans the pieces after the first; each kind of secret is reported once, with its first line."""

    def __init__(self, path: str, head: bytes, found: Iterable[SecretFinding]) -> None:
        self._path = path
        self._found = {row.code: row for row in found}
        self._tail = head[-OVERLAP:]
        self._line = head.count(b"\n", 0, len(head) - len(self._tail))
        # What the first piece shows to be binary is not scanned further.
        self._left = 0 if b"\x00" in head[:8192] else SCANNED - len(head)

    def feed(self, piece: bytes) -> None:
        """Scans the next piece."""
        if self._left <= 0:
            return
        from automount.contents import secrets

        self._left -= len(piece)
        text = self._tail + piece
        for row in secrets.scan(self._path, text, first=False):
            line = self._line + (row.line or 0)
            self._found.setdefault(row.code, secrets.SecretFinding(row.code, line))
        self._tail = text[-OVERLAP:]
        self._line += text.count(b"\n", 0, len(text) - len(self._tail))

    def findings(self) -> tuple[str, ...]:
        """The findings as text, in the order of their lines."""
        return tuple(
            str(row) for row in sorted(self._found.values(), key=lambda row: (row.line or 0, row.code))
        )


def _chunks(descriptor: int, limit: int | None = None) -> Iterator[bytes]:
    """The rest of the file in pieces, at most `limit` bytes."""
    total = 0
    while limit is None or total < limit:
        chunk = os.read(descriptor, CHUNK if limit is None else min(CHUNK, limit - total))
        if not chunk:
            break
        yield chunk
        total += len(chunk)


def _read_sparse(descriptor: int, size: int, path: str, progress: Progress | None) -> FileDigest:
    import hashlib  # not automount.sha256: there is much to hash

    hasher = hashlib.sha256()
    position = 0
    while position < size:
        try:
            data = os.lseek(descriptor, position, os.SEEK_DATA)
        except OSError:  # ENXIO: only a hole is left
            data = size
        while position < data:
            zeros = min(CHUNK, data - position)
            hasher.update(_ZEROS if zeros == CHUNK else _ZEROS[:zeros])
            position += zeros
            if progress is not None:
                progress(path, zeros)
        if position >= size:
            break
        hole = os.lseek(descriptor, position, os.SEEK_HOLE)
        os.lseek(descriptor, position, os.SEEK_SET)
        start = position
        for chunk in _chunks(descriptor, hole - position):
            hasher.update(chunk)
            position += len(chunk)
            if progress is not None:
                progress(path, len(chunk))
        if position == start:
            break
    from automount.contents import secrets

    # A sparse file is not text; only its name can count.
    return FileDigest(position, hasher.hexdigest(), tuple(str(row) for row in secrets.scan(path, b"\0")))
