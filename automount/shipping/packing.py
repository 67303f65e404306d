"""Packs a manifest's files into one bundle whose bytes depend on its content alone.

The manifest comes first, so that a reader knows what to expect of the rest; then the files,
sorted, with fixed times, owners and modes. Compressed bytes are those of the zlib and zstd at hand:
another version of these may compress the same content differently.

Every file is hashed while it is read. A stale one stops the work, and the bundle appears under its name only
when it is complete.
"""

from __future__ import annotations

import contextlib
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from automount import paths
from automount.errors import Refused, UsageError
from automount.manifest import Manifest
from automount.model import FileEntry
from automount.shipping.bundled_manifest import bundled_manifest_bytes
from automount.shipping.compression import COMPRESSIONS, GZIP_LEVEL, Compression
from automount.shipping.freshness import Stale, StaleFiles, stale_files
from automount.shipping.local_files import local_pieces
from automount.shipping.pyz import pyz_main
from automount.shipping.shipped_places import (
    BUNDLED_MANIFEST,
    checked_files,
    directories,
    name_bytes,
    needed_directories,
)
from automount.shipping.tar import TarWriter
from automount.shipping.verified import NotAsRecorded, OnBytes
from automount.shipping.zips import MAIN_NAME, main_source, whole_name, zip_name
from automount.values import dataclass
from automount.whole_file import whole_file

SECRET_CODE = "secret-suspected"
_SECRET_HINT = "leave it out with --exclude, or pass --allow-secrets"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_ZIP_UNIX = 3


@dataclass(frozen=True)
class Packed:
    """What was packed: the bundle's local path, files in it, their bytes, and the bundle's own."""

    path: str
    files: int
    content_size: int
    size: int


class SecretsSuspected(Refused):
    """Raised with the suspicious paths in `found`."""

    default_code = SECRET_CODE

    def __init__(self, found: Sequence[str], hint: str = _SECRET_HINT) -> None:
        self.found = tuple(found)
        named = ", ".join(self.found[:3]) + (f", and {len(found) - 3} more" if len(found) > 3 else "")
        super().__init__(f"looks like a secret: {named}", hint=hint)


def refuse_secrets(manifest: Manifest, hint: str = _SECRET_HINT) -> None:
    """Raises `SecretsSuspected` where recording found something that must not be shipped by accident."""
    found = sorted({row.path or row.message for row in manifest.warnings if row.code == SECRET_CODE})
    if found:
        raise SecretsSuspected(found, hint)


def pack(
    manifest: Manifest, path: str, *, allow_secrets: bool = False, on_bytes: OnBytes = lambda _n: None
) -> Packed:
    """Writes the bundle `path` in the format that its suffix names.

    Raises `UsageError` for another ending, `SecretsSuspected`, `StaleFiles`, and `Refused`.
    """
    write = writer_for(path)
    files = checked_files(manifest)
    if not allow_secrets:
        refuse_secrets(manifest)
    with stale_when_changed(manifest), whole_file(path) as file:
        write(manifest, files, file, on_bytes)
        file.flush()
        size = os.fstat(file.fileno()).st_size
    return Packed(path, len(files), sum(entry.size for entry in files), size)


def pack_archive(manifest: Manifest, path: str) -> None:
    """Writes the zip `path` for an engine: as `pack` does, but without a `__main__.py` of automount's.

    Raises `StaleFiles` and `Refused`; secrets are the caller's to refuse.
    """
    files = checked_files(manifest)
    with stale_when_changed(manifest), whole_file(path) as file:
        write_zip(manifest, files, file, lambda _n: None, main=None)


Writer = Callable[[Manifest, tuple[FileEntry, ...], BinaryIO, OnBytes], None]


def writer_for(path: str) -> Writer:
    """The writer for the suffix of the name."""
    for endings, writer in _WRITERS:
        if path.endswith(endings):
            return writer
    raise UsageError(
        f"{path}: no bundle format has that ending",
        hint=f"use {', '.join(FORMATS)}, or oci:DIR[:TAG]",
    )


@contextlib.contextmanager
def stale_when_changed(manifest: Manifest) -> Iterator[None]:
    """Turns the first stale file inside the block into an error that names all of them."""
    try:
        yield
    except NotAsRecorded as error:
        # Where all are as recorded by now, the file changed while it was being read.
        seen = Stale(error.entry.local, error.entry.remote, error.change)
        stale = stale_files(manifest) or (seen,)
        raise StaleFiles(stale, hint="record again, or pack with --refresh") from None


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
    bundled = bundled_manifest_bytes(manifest)
    tar.file(name_bytes(BUNDLED_MANIFEST), len(bundled), False, iter([bundled]))
    entries: list[tuple[tuple[str, ...], FileEntry | None]] = [
        (paths.parts(row.remote), row) for row in files
    ]
    needed = needed_directories(manifest)
    for folder in directories([row.remote for row in files], manifest.remote_root, needed):
        if with_root or paths.is_below(folder, manifest.remote_root, strictly=True):
            entries.append((paths.parts(folder), None))
    for parts, entry in sorted(entries, key=lambda item: item[0]):
        name = name_bytes("/".join(parts))
        if entry is None:
            tar.directory(name)
        else:
            tar.file(name, entry.size, entry.executable, local_pieces(entry, on_bytes))
    tar.close()


def _tar_writer(compression: Compression) -> Writer:
    def write(manifest: Manifest, files: tuple[FileEntry, ...], file: BinaryIO, on_bytes: OnBytes) -> None:
        with compression.compress(file) as sink:
            write_tar(manifest, files, sink, on_bytes)

    return write


def _write_zip(manifest: Manifest, files: tuple[FileEntry, ...], file: BinaryIO, on_bytes: OnBytes) -> None:
    write_zip(manifest, files, file, on_bytes, main=main_source(manifest))


def write_zip(
    manifest: Manifest,
    files: tuple[FileEntry, ...],
    file: BinaryIO,
    on_bytes: OnBytes,
    *,
    main: bytes | None,
) -> None:
    """Writes a zip whose names are relative to the remote root, with `main` as its `__main__.py`, if any."""
    root = manifest.remote_root
    named: dict[str, FileEntry | None] = {zip_name(entry.remote, root): entry for entry in files}
    needed = [zip_name(place, root) for place in needed_directories(manifest)]
    folders = directories(["/" + name for name in named], needed=["/" + name for name in needed if name])
    members = {**{name[1:]: None for name in folders}, **named}
    _write_members(
        manifest, file, main, [(name, members[name]) for name in sorted(members, key=paths.parts)], on_bytes
    )


def _write_pyz(manifest: Manifest, files: tuple[FileEntry, ...], file: BinaryIO, on_bytes: OnBytes) -> None:
    members = [(whole_name(entry.remote), entry) for entry in files]
    _write_members(manifest, file, pyz_main(manifest), members, on_bytes)


def _write_members(
    manifest: Manifest,
    file: BinaryIO,
    main: bytes | None,
    members: Sequence[tuple[str, FileEntry | None]],
    on_bytes: OnBytes,
) -> None:
    """Writes a zip: the manifest, `main`, then `members` by name, where None is a directory."""
    with zipfile.ZipFile(
        file, "w", zipfile.ZIP_DEFLATED, compresslevel=GZIP_LEVEL, strict_timestamps=True
    ) as packed:
        bundled = bundled_manifest_bytes(manifest)
        _add(packed, BUNDLED_MANIFEST, 0o100644, len(bundled), iter([bundled]))
        if main is not None:
            _add(packed, MAIN_NAME, 0o100644, len(main), iter([main]))
        for name, entry in members:
            if entry is None:
                _add(packed, name + "/", 0o040755, 0, iter(()))
            else:
                mode = 0o100755 if entry.executable else 0o100644
                _add(packed, name, mode, entry.size, local_pieces(entry, on_bytes))


def _add(packed: zipfile.ZipFile, name: str, mode: int, size: int, chunks: Iterator[bytes]) -> None:
    info = zipfile.ZipInfo(name, _ZIP_TIME)
    info.create_system = _ZIP_UNIX
    info.external_attr = mode << 16 | (0x10 if name.endswith("/") else 0)
    info.compress_type = zipfile.ZIP_STORED if name.endswith("/") else zipfile.ZIP_DEFLATED
    # Known beforehand, so that only a file which needs the large form gets it.
    info.file_size = size
    with packed.open(info, "w") as member:
        for chunk in chunks:
            member.write(chunk)


_WRITERS: tuple[tuple[tuple[str, ...], Writer], ...] = (
    *((each.suffixes, _tar_writer(each)) for each in COMPRESSIONS),
    ((".zip",), _write_zip),
    ((".pyz",), _write_pyz),
)
# The first suffix of each format.
FORMATS = tuple(suffixes[0] for suffixes, _ in _WRITERS)
