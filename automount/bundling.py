"""What an engine needs from a manifest: one archive, the entries of `sys.path`, and the names to import.

The archive is made once for each content. It is in the user's cache, and the manifest's digest is its name.
Engines and their workers never need the manifest's file, nor automount.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from automount import paths
from automount.assembling import Recording
from automount.errors import AutomountError, Refused
from automount.manifest import Manifest
from automount.model import MountKind
from automount.private_directories import cache_directory, make_private
from automount.refreshing import LEFT_OUT, left_out
from automount.refreshing import refresh as refreshed
from automount.shipping.bundles import examine
from automount.shipping.freshness import StaleFiles, stale_files
from automount.shipping.manifest_file import DEFAULT_MANIFEST, load_manifest
from automount.shipping.packing import pack_archive, refuse_secrets
from automount.shipping.staging import stage
from automount.shipping.zips import zip_name
from automount.values import dataclass, field

_NAMED = 3
_IMPORTABLE = frozenset({MountKind.PACKAGE, MountKind.MODULE, MountKind.NAMESPACE})


@dataclass(frozen=True)
class Bundle:
    """The shipped files of one manifest, ready for an engine. Made by `automount.bundle`."""

    manifest: Manifest
    _made: list[str] = field(default_factory=list, repr=False, compare=False)

    @property
    def digest(self) -> str:
        """The manifest's digest, `sha256:` and 64 hex digits."""
        return self.manifest.digest

    @property
    def zip_path(self) -> str:
        """The absolute local path of the archive, made on first use; names are relative to the root.

        It has no `__main__.py` of automount's: engines import every top-level module of an archive.
        Raises `Refused` for a file outside the remote root, which no archive can place.
        """
        if not self._made or not os.path.isfile(self._made[0]):
            self._made[:] = [self._archive()]
        return self._made[0]

    @property
    def python_path(self) -> tuple[str, ...]:
        """The `sys.path` entries in their order, relative to the remote root; `"."` is the root itself."""
        found = [self._inside(entry) for entry in self.manifest.sys_path]
        return tuple(dict.fromkeys(entry for entry in found if entry is not None))

    @property
    def working_directory(self) -> str:
        """The program's working directory, relative to the remote root; `"."` also where it is outside."""
        return self._inside(self.manifest.entrypoint.remote_cwd) or "."

    @property
    def import_names(self) -> tuple[str, ...]:
        """The sorted top-level names by which the mounts can be imported; not scripts, not data."""
        mounts = self.manifest.mounts
        names = {row.name for row in mounts if row.kind in _IMPORTABLE}
        archives = {number for number, row in enumerate(mounts) if row.kind is MountKind.ARCHIVE}
        names |= {row.name for row in self.manifest.modules if row.mount in archives}
        return tuple(sorted({name.partition(".")[0] for name in names} - {"__main__", ""}))

    def stage(self, directory: str | os.PathLike[str]) -> Path:
        """Lays the files out below `directory` as `automount stage` does; gives the staged remote root."""
        stage(self.manifest, os.fspath(directory))
        return Path(os.path.abspath(directory), *paths.parts(self.manifest.remote_root))

    def _inside(self, remote: str) -> str | None:
        inside = paths.relative(remote, self.manifest.remote_root)
        return None if inside is None else inside or "."

    def _archive(self) -> str:
        root = self.manifest.remote_root
        for row in self.manifest.files:
            if zip_name(row.remote, root) != paths.relative(row.remote, root):
                raise Refused(
                    f"{row.remote} cannot be sent to an engine: it is not below {root} under a plain name",
                    hint="record again with the default layout, or with another --remote-root",
                    code="outside-root",
                )
        directory = make_private(posixpath.join(cache_directory(), "engines"))
        path = posixpath.join(directory, self.digest.removeprefix("sha256:") + ".zip")
        if not _is_good(path, self.digest):
            pack_archive(self.manifest, path)
        return path


def bundle(
    manifest: str | os.PathLike[str] | Manifest | Recording | Bundle = DEFAULT_MANIFEST,
    *,
    refresh: bool = False,
    allow_secrets: bool = False,
) -> Bundle:
    """The bundle of a manifest: its path, a `Manifest`, a `Recording`; a `Bundle` is given back as it is.

    `refresh` reads the mounts again and leaves the manifest's file as it is. Files that no longer exist are
    named in a Python warning. Raises `ManifestError` if the manifest cannot be read, `StaleManifest` if a
    local file has changed or, with `refresh`, one that the run used is missing, `Refused` for a suspected
    secret.
    """
    match manifest:
        case Bundle():
            return manifest
        case Manifest():
            read = manifest
        case Recording():
            read = manifest.manifest
        case _:
            read = load_manifest(os.fspath(manifest))
    if refresh:
        before, read = read, refreshed(read)
        _warn_of_left_out(left_out(before, read))
    if not allow_secrets:
        refuse_secrets(read, hint="leave it out with --exclude, or pass allow_secrets=True")
    stale = stale_files(read)
    if stale:
        raise StaleFiles(stale, hint="record again, or pass refresh=True")
    if read.incomplete:
        import warnings

        number = len(read.incomplete)
        warnings.warn(
            f"{number} of the program's commands could not be recorded: "
            f"files that only {'it needs' if number == 1 else 'they need'} are not shipped",
            stacklevel=2,
        )
    return Bundle(read)


def _warn_of_left_out(local_paths: tuple[str, ...]) -> None:
    """Issues a Python warning that names files which were recorded and are no longer shipped."""
    if local_paths:
        import warnings

        more = f", and {len(local_paths) - _NAMED} more" if len(local_paths) > _NAMED else ""
        named = ", ".join(local_paths[:_NAMED])
        warnings.warn(
            f"{LEFT_OUT}: {named}{more}",
            stacklevel=3,
        )


def _is_good(path: str, digest: str) -> bool:
    """Whether the archive at `path` is whole and of that digest."""
    try:
        return examine(path).digest == digest
    except (AutomountError, OSError):
        return False
