"""Reads a bundle, which may come from anyone: the list of its files, then the files, one member at a time.

The first bytes decide the format, not the name. The manifest is the first member; every member after it
must be one that the manifest lists, with that size and digest, once, as a plain file. So what is
decompressed is bounded by what was announced, and nothing is written before all of it has been verified.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from automount import paths
from automount.errors import AutomountError
from automount.manifest import Manifest, content_digest, loads
from automount.model import FileEntry
from automount.shipping.bundle_members import BundleReader, Member, refuse, refusing, shown
from automount.shipping.compression import COMPRESSIONS, Errors, Read, gunzipped
from automount.shipping.oci_layout import ImageLayout, is_layout, split_reference
from automount.shipping.shipped_places import (
    BUNDLED_MANIFEST,
    checked_files,
    checked_parts,
    name_text,
    needed_directories,
)
from automount.shipping.tar import TarReader
from automount.shipping.verified import CHUNK, NotAsRecorded, consume, verified, verified_bytes
from automount.untrusted import open_regular

_MANIFEST_LIMIT = 1 << 28
# A manifest holds a digest for each file, which cannot be compressed; real ones shrink to a tenth.
_SMALL_MANIFEST = 1 << 20
_DENSEST = 100
_CHUNK = 1 << 20
_HEAD = max(each.offset + len(each.first) for each in COMPRESSIONS)


Visit = Callable[[FileEntry, Iterator[bytes]], None]


def examine(path: str, visit: Visit | None = None) -> Manifest:
    """The manifest of the bundle at `path`, after every member has been compared with it.

    `visit` gets each file with its content, which is checked while it is read; what has been visited must
    not be used before this returns. Raises `Refused` for a bundle that cannot be trusted.
    """
    with open_bundle(path) as bundle, refusing(path, bundle.damage):
        members = bundle.members()
        manifest = _bundled_manifest(path, next(members, None), bundle.stored)
        # Its files were checked when it was read.
        wanted = {bundle.name_of(row.remote, manifest): row for row in manifest.files}
        generated = bundle.generated(manifest)
        needed = [bundle.name_of(place, manifest) for place in needed_directories(manifest)]
        folders = {
            "/".join(parts[:length])
            for parts in {tuple(name.split("/")[:-1]) for name in wanted}
            | {tuple(name.split("/")) for name in needed if name}
            for length in range(1, len(parts) + 1)
        }
        folders.update("/".join(paths.parts(manifest.remote_root)[:length]) for length in range(9))
        met: set[str] = set()
        for member in members:
            _check_name(path, member, met)
            met.add(member.name)
            if member.is_directory:
                if member.name not in folders:
                    refuse(path, f"{shown(member.name)} is not in its manifest")
            elif member.name in generated:
                _compare(path, member, generated[member.name])
            elif member.name in wanted:
                _check_content(path, member, wanted[member.name], visit)
            else:
                refuse(path, f"{shown(member.name)} is not in its manifest")
        # Generated members may be missing: an archive for an engine has no `__main__.py`.
        missing = sorted(set(wanted) - met)
        if missing:
            refuse(path, f"{shown(missing[0])} is missing")
    return manifest


def checked_bundled_manifest(raw: bytes, place: str) -> Manifest:
    """The manifest of a bundle or stage, once its digest is found to be that of its own rows."""
    manifest = loads(raw, place)
    files = checked_files(manifest)
    for remote in (
        *manifest.sys_path,
        manifest.entrypoint.remote,
        manifest.entrypoint.remote_cwd,
        manifest.remote_root,
    ):
        if remote is not None and remote != "/":
            checked_parts(remote)
    if content_digest(manifest, files) != manifest.digest:
        refuse(place, "the digest in its manifest does not match the manifest")
    return manifest


@contextlib.contextmanager
def open_bundle(path: str) -> Iterator[BundleReader]:
    """The bundle at `path`: a file of any format we write, an OCI layout, or `oci:DIR[:TAG]`."""
    reference = split_reference(path)
    if reference is not None or is_layout(path):
        directory, tag = reference or (path, None)
        with (
            ImageLayout(directory).top_layer(tag) as blob,
            gunzipped(cast(BinaryIO, blob)) as (read, damage),  # it only reads
        ):
            yield _Tar(read, path, blob.stored, damage)
        return
    with _open(path) as file:
        stored = os.fstat(file.fileno()).st_size
        head = file.read(_HEAD)
        file.seek(0)
        if head.startswith(b"PK"):
            # Only here: what reads zips takes half of the imports.
            from automount.shipping.zip_reader import ZipReader, opened_zip

            with refusing(path, ZipReader.damage), opened_zip(file, path, stored) as packed:
                yield ZipReader(packed, path, stored)
            return
        for each in COMPRESSIONS:
            if head.startswith(each.first, each.offset):
                with each.decompress(file) as (read, damage):
                    yield _Tar(read, path, stored, damage)
                return
    raise AutomountError(f"{path} is not a bundle", hint="make one with: automount pack", code="bad-bundle")


def _open(path: str) -> BinaryIO:
    try:
        # Members are small and read one by one; a large buffer takes a tenth of the calls.
        return open_regular(path, _CHUNK)
    except OSError as error:
        raise AutomountError(
            f"cannot read {path} ({error.strerror})", hint="check the path", code="unreadable"
        ) from error


def _bundled_manifest(path: str, first: Member | None, stored: int) -> Manifest:
    if first is None or first.name != BUNDLED_MANIFEST or first.is_directory:
        raise AutomountError(
            f"{path}: the first member is not a manifest",
            hint="make a bundle with: automount pack",
            code="bad-bundle",
        )
    if first.size > min(_MANIFEST_LIMIT, _SMALL_MANIFEST + stored * _DENSEST):
        refuse(path, "its manifest is too large for a bundle of this size")
    return checked_bundled_manifest(b"".join(first.chunks()), path)


def _check_name(path: str, member: Member, met: set[str]) -> None:
    name = member.name
    if name.startswith("/"):
        refuse(path, f"{shown(name)} is an absolute name")
    if ".." in name and ".." in name.split("/"):
        refuse(path, f"{shown(name)} leads out of it")
    if name in met or name == BUNDLED_MANIFEST:
        refuse(path, f"{shown(name)} occurs twice")


def _check_content(path: str, member: Member, entry: FileEntry, visit: Visit | None) -> None:
    if member.size != entry.size:
        refuse(path, f"{shown(member.name)} has {member.size} bytes, but its manifest says {entry.size}")
    try:
        if entry.size <= CHUNK:
            content = verified_bytes(b"".join(member.chunks()), entry)
            if visit is not None:
                visit(entry, iter((content,)))
            return
        checked = verified(member.chunks(), entry)
        if visit is not None:
            visit(entry, checked)
        consume(checked)
    except NotAsRecorded:
        refuse(path, f"{shown(member.name)} does not match the digest in its manifest")


def _compare(path: str, member: Member, expected: bytes) -> None:
    if member.size != len(expected) or b"".join(member.chunks()) != expected:
        refuse(path, f"{shown(member.name)} does not match its manifest")


class _Tar:
    def __init__(self, read: Read, place: str, stored: int, damage: Errors) -> None:
        self.stored = stored
        self.damage = damage
        self._reader = TarReader(read, place)

    def members(self) -> Iterator[Member]:
        chunks = self._reader.chunks
        for name, size, is_directory in self._reader.members():
            yield Member(name_text(name), size, is_directory, chunks)

    def name_of(self, remote: str, manifest: Manifest) -> str:
        return remote[1:]

    def generated(self, manifest: Manifest) -> dict[str, bytes]:
        return {}
