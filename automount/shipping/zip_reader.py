"""Reads a zip or pyz bundle, which may come from anyone."""

from __future__ import annotations

import functools
import stat
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from automount.manifest import Manifest
from automount.shipping.bundle_members import Member, refuse, shown
from automount.shipping.compression import Errors
from automount.shipping.pyz import is_pyz, pyz_main
from automount.shipping.shipped_places import BUNDLED_MANIFEST
from automount.shipping.zips import MAIN_NAME, ZIP_DAMAGE, main_source, whole_name, zip_name

_ZIP_END = 22
_CHUNK = 1 << 20


def opened_zip(file: BinaryIO, path: str, size: int) -> zipfile.ZipFile:
    """The zip in `file` of `size` bytes, which must end with the end of its list of members."""
    file.seek(max(size - _ZIP_END, 0))
    if not file.read().startswith(b"PK\5\6"):
        refuse(path, "it is truncated, or there is data after its end")
    file.seek(0)
    try:
        return zipfile.ZipFile(file)
    except ZIP_DAMAGE as error:
        refuse(path, f"it is damaged ({error})")


class ZipReader:
    """The members of a zip or pyz bundle."""

    # Narrower than ZIP_DAMAGE: while members are read, files are written too.
    damage: Errors = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)

    def __init__(self, packed: zipfile.ZipFile, place: str, stored: int) -> None:
        self.stored = stored
        self._packed = packed
        self._place = place
        self._unpacks_itself = is_pyz(packed)

    def members(self) -> Iterator[Member]:
        """The members, the manifest first."""
        rows = self._packed.infolist()
        # A zip has no order that matters: its list is at the end.
        rows.sort(key=lambda row: row.filename != BUNDLED_MANIFEST)
        for row in rows:
            if not row.filename:
                refuse(self._place, "a member has no name")
            kind = stat.S_IFMT(row.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                refuse(
                    self._place,
                    f"{shown(row.filename)} is {'a link' if kind == stat.S_IFLNK else 'a device'}",
                )
            if row.flag_bits & 0x1:
                refuse(self._place, f"{shown(row.filename)} is encrypted")
            if row.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                refuse(self._place, f"{shown(row.filename)} has an unsupported compression method")
            chunks = functools.partial(self._chunks, row)
            yield Member(row.filename.rstrip("/"), row.file_size, row.is_dir(), chunks)

    def _chunks(self, row: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            member = self._packed.open(row)
        except ZIP_DAMAGE as error:
            refuse(self._place, f"{shown(row.filename)} is damaged ({error})")
        with member:
            while chunk := member.read(_CHUNK):
                yield chunk

    def name_of(self, remote: str, manifest: Manifest) -> str:
        """The member name for a remote path."""
        return whole_name(remote) if self._unpacks_itself else zip_name(remote, manifest.remote_root)

    def generated(self, manifest: Manifest) -> dict[str, bytes]:
        """The `__main__.py`, if there is one."""
        source = pyz_main(manifest) if self._unpacks_itself else main_source(manifest)
        return {} if source is None else {MAIN_NAME: source}
