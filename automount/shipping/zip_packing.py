"""Writes the members of a zip bundle, or of a pyz, in their order."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from automount import paths
from automount.manifest import Manifest
from automount.model import FileEntry
from automount.shipping.bundled_manifest import bundled_manifest_bytes
from automount.shipping.compression import GZIP_LEVEL
from automount.shipping.local_files import local_pieces
from automount.shipping.pyz import pyz_main
from automount.shipping.shipped_places import BUNDLED_MANIFEST, directories, needed_directories
from automount.shipping.verified import OnBytes
from automount.shipping.zips import MAIN_NAME, whole_name, zip_name

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_ZIP_UNIX = 3


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


def write_pyz(manifest: Manifest, files: tuple[FileEntry, ...], file: BinaryIO, on_bytes: OnBytes) -> None:
    """Writes a zip that runs by itself; it holds the whole tree below `tree/`."""
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


def _add(packed: zipfile.ZipFile, name: str, mode: int, size: int, chunks: Iterable[bytes]) -> None:
    info = zipfile.ZipInfo(name, _ZIP_TIME)
    info.create_system = _ZIP_UNIX
    info.external_attr = mode << 16 | (0x10 if name.endswith("/") else 0)
    info.compress_type = zipfile.ZIP_STORED if name.endswith("/") else zipfile.ZIP_DEFLATED
    # Known beforehand, so that only a file which needs the large form gets it.
    info.file_size = size
    with packed.open(info, "w") as member:
        for chunk in chunks:
            member.write(chunk)
