"""Writes the members of a tar bundle in their order, in several processes where it is not compressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import BinaryIO

from automount.forked import forked, slices
from automount.manifest import Manifest
from automount.model import FileEntry
from automount.shipping.bundled_manifest import bundled_manifest_bytes
from automount.shipping.local_files import local_pieces
from automount.shipping.shipped_places import BUNDLED_MANIFEST, directories, name_bytes, needed_directories
from automount.shipping.tar import PlacedSink, TarWriter, member_size
from automount.shipping.verified import OnBytes


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
    for name, entry in _tar_members(manifest, files, with_root):
        _add_member(tar, name, entry, on_bytes)
    tar.close()


_Member = tuple[bytes, "FileEntry | bytes | None"]
"""A name, and the file, the bytes, or the directory (None) of that name."""


def _tar_members(manifest: Manifest, files: tuple[FileEntry, ...], with_root: bool) -> list[_Member]:
    """All members in their order."""
    root = manifest.remote_root
    entries: list[tuple[str, FileEntry | None]] = [(row.remote, row) for row in files]
    for folder in directories([row.remote for row in files], root, needed_directories(manifest)):
        if with_root or folder != root:
            entries.append((folder, None))
    entries.sort(key=_order)
    return [
        (name_bytes(BUNDLED_MANIFEST), bundled_manifest_bytes(manifest)),
        *((name_bytes(remote[1:] if entry else f"{remote[1:]}/"), entry) for remote, entry in entries),
    ]


def _order(entry: tuple[str, FileEntry | None]) -> str:
    # NUL sorts before every other character: this is the order of the parts, as in `checked_files`.
    return entry[0].replace("/", "\0")


def _add_member(tar: TarWriter, name: bytes, content: FileEntry | bytes | None, on_bytes: OnBytes) -> None:
    if content is None:
        tar.directory(name)
    elif isinstance(content, bytes):
        tar.file(name, len(content), False, (content,))
    else:
        tar.file(name, content.size, content.executable, local_pieces(content, on_bytes))


def write_plain_tar(
    manifest: Manifest, files: tuple[FileEntry, ...], file: BinaryIO, on_bytes: OnBytes, processes: int
) -> None:
    """As `write_tar`, into a file: each of the `processes` writes its members where they belong."""
    placed: list[tuple[int, _Member]] = []
    end = 0
    for name, content in _tar_members(manifest, files, with_root=False):
        placed.append((end, (name, content)))
        size = content.size if isinstance(content, FileEntry) else len(content or b"")
        end += member_size(name, size)

    def write(part: Iterable[tuple[int, _Member]], on_bytes: OnBytes = lambda _n: None) -> None:
        sink: PlacedSink | None = None
        for offset, (name, content) in part:
            if sink is None:
                sink = PlacedSink(file.fileno(), offset)
                tar = TarWriter(sink.add)
            _add_member(tar, name, content, on_bytes)
        if sink is not None:
            sink.flush()

    first, *rest = slices(placed, processes)
    with forked(write, rest) as results:
        # What the others have done is about as much.
        write(first, lambda count: on_bytes(count * (1 + len(rest))))
        if results() is None:
            for part in rest:
                write(part)
    file.seek(end)
    TarWriter(file.write).close()
