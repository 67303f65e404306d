"""Makes the manifest that is shipped inside a stage, a bundle or an image.

It is the recorded manifest as the other machine sees it: `local` is the remote path, since that is where
the file is now, and whatever describes the recording machine (its directories, users, times, process
numbers, and how the program ended there) is left out. So it depends on the content alone: two checkouts of
the same files, recorded by two people, give the same bytes. It keeps digest, entrypoint, `sys_path`,
files, and the requirements that the other machine has to install (without what names a local directory).
"""

from __future__ import annotations

from automount.manifest import EntrypointKind, EntrypointRow, Manifest, Provenance, dumps, portable_url
from automount.model import FileEntry, Requirement
from automount.values import replace

_NOWHERE = Provenance(
    created="", python="", platform="", argv=(), cwd="/", exit_code=None, processes=(), automount=""
)


def for_bundle(manifest: Manifest) -> Manifest:
    """The manifest as the other machine sees it."""
    return Manifest(
        digest=manifest.digest,
        complete=manifest.complete,
        entrypoint=_entrypoint(manifest.entrypoint),
        remote_root=manifest.remote_root,
        sys_path=manifest.sys_path,
        mounts=(),
        files=tuple(_file(row) for row in manifest.files),
        directories=manifest.directories,
        modules=(),
        provenance=_NOWHERE,
        requirements=tuple(_requirement(row) for row in manifest.requirements),
    )


def bundled_manifest_bytes(manifest: Manifest) -> bytes:
    """The shipped manifest as it is written."""
    return dumps(for_bundle(manifest))


def bundled_manifest_size(manifest: Manifest) -> int | None:
    """The length of `bundled_manifest_bytes`, in a tenth of its time; None where only the bytes show it.

    The rows of files have the same keys, and a path of plain characters is as long in JSON as it is.
    """
    files = manifest.files
    remotes = "".join([row.remote for row in files])
    if not (files and remotes.isascii() and remotes.isprintable()) or '"' in remotes or "\\" in remotes:
        return None
    first = files[:1]
    one, two = (len(bundled_manifest_bytes(replace(manifest, files=first * count))) for count in (1, 2))
    each = two - one - _values_size(first)
    return one + each * (len(files) - 1) + _values_size(files[1:])


def _values_size(files: tuple[FileEntry, ...]) -> int:
    """The length in JSON of the values that differ between the shipped rows of files, without quotes."""
    remotes = 2 * sum([len(row.remote) for row in files])
    sizes = len("".join([str(row.size) for row in files]))
    return remotes + sizes + sum([4 if row.executable else 5 for row in files])


def _entrypoint(row: EntrypointRow) -> EntrypointRow:
    if row.kind is EntrypointKind.SCRIPT and row.remote is not None:
        # The user's way of writing the script's path: `app.py`, `./app.py`, or all of `/home/…`.
        return replace(row, target=row.remote, extra={})
    return replace(row, extra={})


def _file(row: FileEntry) -> FileEntry:
    return FileEntry(row.remote, row.remote, row.size, row.sha256, row.executable, ())


def _requirement(row: Requirement) -> Requirement:
    return Requirement(row.name, row.version, portable_url(row))
