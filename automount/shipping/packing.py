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
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import BinaryIO

from automount.errors import AutomountError, Refused, UsageError
from automount.manifest import Manifest
from automount.model import FileEntry
from automount.shipping.bundle_members import refusing
from automount.shipping.bundles import open_bundle
from automount.shipping.compression import COMPRESSIONS, PLAIN_TAR, Compression
from automount.shipping.freshness import Stale, StaleFiles, stale_files
from automount.shipping.replaceable import foreign
from automount.shipping.shipped_places import BUNDLED_MANIFEST, checked_files
from automount.shipping.tar_packing import write_plain_tar, write_tar
from automount.shipping.verified import NotAsRecorded, OnBytes
from automount.values import dataclass
from automount.whole_file import whole_file

SECRET_CODE = "secret-suspected"
_SECRET_HINT = "leave it out with --exclude, or pass --allow-secrets"


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
    manifest: Manifest,
    path: str,
    *,
    allow_secrets: bool = False,
    on_bytes: OnBytes = lambda _n: None,
    processes: int = 1,
) -> Packed:
    """Writes the bundle `path` in the format that its suffix names.

    A tar that is not compressed is written by several `processes`, with the same bytes. Raises
    `UsageError` for another ending, `SecretsSuspected`, `StaleFiles`, and `Refused`.
    """
    write = writer_for(path, processes)
    files = checked_files(manifest)
    if not allow_secrets:
        refuse_secrets(manifest)
    with stale_when_changed(manifest), whole_file(path) as file:
        write(manifest, files, file, on_bytes)
        file.flush()
        size = os.fstat(file.fileno()).st_size
    return Packed(path, len(files), sum(entry.size for entry in files), size)


def refuse_foreign_file(path: str) -> None:
    """Raises `AutomountError` where `path` is a file, not empty, that is not a bundle.

    The first member of a bundle is its manifest.
    """
    if not os.path.isfile(path) or os.path.getsize(path) == 0:
        return
    try:
        with open_bundle(path) as bundle, refusing(path, bundle.damage):
            first = next(bundle.members(), None)
    except (AutomountError, OSError):
        first = None
    if first is None or first.name != BUNDLED_MANIFEST:
        raise foreign(path, "a bundle", "FILE")


def pack_archive(manifest: Manifest, path: str) -> None:
    """Writes the zip `path` for an engine: as `pack` does, but without a `__main__.py` of automount's.

    Raises `StaleFiles` and `Refused`; secrets are the caller's to refuse.
    """
    files = checked_files(manifest)
    with stale_when_changed(manifest), whole_file(path) as file:
        from automount.shipping.zip_packing import write_zip

        write_zip(manifest, files, file, lambda _n: None, main=None)


Writer = Callable[[Manifest, tuple[FileEntry, ...], BinaryIO, OnBytes], None]


def writer_for(path: str, processes: int = 1) -> Writer:
    """The writer for the suffix of the name."""
    for endings, writer in _WRITERS:
        if path.endswith(endings):
            return writer if endings != PLAIN_TAR.suffixes else partial(write_plain_tar, processes=processes)
    raise UsageError(
        f"{path}: unknown bundle format",
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


def _tar_writer(compression: Compression) -> Writer:
    def write(manifest: Manifest, files: tuple[FileEntry, ...], file: BinaryIO, on_bytes: OnBytes) -> None:
        with compression.compress(file) as sink:
            write_tar(manifest, files, sink, on_bytes)

    return write


# What zips need is imported for zips alone.
def _write_zip(manifest: Manifest, files: tuple[FileEntry, ...], file: BinaryIO, on_bytes: OnBytes) -> None:
    from automount.shipping.zip_packing import write_zip
    from automount.shipping.zips import main_source

    write_zip(manifest, files, file, on_bytes, main=main_source(manifest))


def _write_pyz(manifest: Manifest, files: tuple[FileEntry, ...], file: BinaryIO, on_bytes: OnBytes) -> None:
    from automount.shipping.zip_packing import write_pyz

    write_pyz(manifest, files, file, on_bytes)


_WRITERS: tuple[tuple[tuple[str, ...], Writer], ...] = (
    *((each.suffixes, _tar_writer(each)) for each in COMPRESSIONS),
    ((".zip",), _write_zip),
    ((".pyz",), _write_pyz),
)
# The first suffix of each format.
FORMATS = tuple(suffixes[0] for suffixes, _ in _WRITERS)
