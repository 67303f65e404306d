"""Writes the members of a tar bundle in their order, in several processes where it is not compressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import BinaryIO

from automount.forked import forked, slices
from automount.manifest import Manifest
from automount.model import FileEntry
from automount.shipping.bundled_manifest import bundled_manifest_bytes, bundled_manifest_size
from automount.shipping.local_files import local_pieces
from automount.shipping.shipped_places import BUNDLED_MANIFEST, directories, name_bytes, needed_directories
from automount.shipping.tar import PlacedSink, TarWriter, member_size
from automount.shipping.verified import OnBytes

_MANIFEST_NAME = name_bytes(BUNDLED_MANIFEST)
# Making the manifest takes about this part of the time for writing small files.
_MANIFEST_SHARE = 0.25


def write_tar(
    manifest: Manifest,
    files: tuple[FileEntry, ...],
    sink: Callable[[bytes], object],
    on_bytes: OnBytes,
    *,
    with_root: bool = False,
) -> None:
    """Writes the members of a tar, the manifest first.

    Directories are listed below the remote root only: unpacking over a live system must not change the
    mode of `/tmp`. `with_root` lists the root itself too, which an image needs to be readable by any user.
    """
    tar = TarWriter(sink)
    _add_manifest(tar, bundled_manifest_bytes(manifest))
    for name, entry in _tar_members(manifest, files, with_root):
        _add_member(tar, name, entry, on_bytes)
    tar.close()


_Member = tuple[bytes, "FileEntry | None"]
"""A name, and the file or the directory (None) of that name."""


def _tar_members(manifest: Manifest, files: tuple[FileEntry, ...], with_root: bool) -> list[_Member]:
    """The members after the manifest, in their order."""
    root = manifest.remote_root
    entries: list[tuple[str, FileEntry | None]] = [(row.remote, row) for row in files]
    for folder in directories([row.remote for row in files], root, needed_directories(manifest)):
        if with_root or folder != root:
            entries.append((folder, None))
    entries.sort(key=_order)
    return [(name_bytes(remote[1:] if entry else f"{remote[1:]}/"), entry) for remote, entry in entries]


def _order(entry: tuple[str, FileEntry | None]) -> str:
    # NUL sorts before every other character: this is the order of the parts, as in `checked_files`.
    return entry[0].replace("/", "\0")


def _add_manifest(tar: TarWriter, content: bytes) -> None:
    tar.file(_MANIFEST_NAME, len(content), False, (content,))


def _add_member(tar: TarWriter, name: bytes, entry: FileEntry | None, on_bytes: OnBytes) -> None:
    if entry is None:
        tar.directory(name)
    else:
        tar.file(name, entry.size, entry.executable, local_pieces(entry, on_bytes))


def write_plain_tar(
    manifest: Manifest, files: tuple[FileEntry, ...], file: BinaryIO, on_bytes: OnBytes, processes: int
) -> None:
    """As `write_tar`, into a file: each of the `processes` writes its members where they belong.

    The manifest is first, but it is made while other processes write: only its size must be known before.
    """
    size = bundled_manifest_size(manifest) if processes > 1 else None
    content = None if size is not None else bundled_manifest_bytes(manifest)
    start = end = member_size(_MANIFEST_NAME, len(content or b"") if size is None else size)
    placed: list[tuple[int, _Member]] = []
    for name, entry in _tar_members(manifest, files, with_root=False):
        placed.append((end, (name, entry)))
        end += member_size(name, entry.size if entry else 0)

    def write(part: Iterable[tuple[int, _Member]], on_bytes: OnBytes = lambda _n: None) -> None:
        sink: PlacedSink | None = None
        for offset, (name, entry) in part:
            if sink is None:
                sink = PlacedSink(file.fileno(), offset)
                tar = TarWriter(sink.add)
            _add_member(tar, name, entry, on_bytes)
        if sink is not None:
            sink.flush()

    first, *rest = slices(placed, processes, 0 if content else _MANIFEST_SHARE) or [()]
    with forked(write, rest) as results:
        _add_manifest(TarWriter(file.write), content or bundled_manifest_bytes(manifest))
        if file.tell() != start:
            raise AssertionError("the manifest has another size than was worked out for it")
        # What the others have done is about as much.
        write(first, lambda count: on_bytes(count * (1 + len(rest))))
        if results() is None:
            for part in rest:
                write(part)
    file.seek(end)
    TarWriter(file.write).close()
