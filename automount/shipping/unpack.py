"""Returns a tree to run from: a stage as it is, or a bundle unpacked into the user's cache.

A bundle is examined from end to end before anything is written, each time. The content of one that is not
large is kept meanwhile, so that it is read only once. Trees in the cache are named by the manifest's digest
and looked through before each use: every file must still have its digest, and nothing else may be there (what
an earlier run left in its working directory could shadow a module, and byte code in `__pycache__` would run
instead of its source). A tree that was changed is created again, or, while another run still uses it, another
is created beside it. A run holds its tree by a shared lock for as long as it lives.

A stage runs where it is. Data that the program or the user wrote there is left alone; a file that
Python could import and that the manifest does not list is refused, and a link too. Byte code is not used.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping

from automount import kept, paths
from automount.contents.file_times import Signature, signature
from automount.errors import AutomountError, Refused
from automount.forked import forked, slices
from automount.manifest import Manifest
from automount.model import FileEntry
from automount.private_directories import cache_directory, make_private
from automount.shipping.bundle_members import refuse, shown
from automount.shipping.bundles import checked_bundled_manifest, examine
from automount.shipping.directory_sink import write_file
from automount.shipping.oci_layout import is_layout
from automount.shipping.safe_tree import SafeTree
from automount.shipping.shipped_places import (
    BUNDLED_MANIFEST,
    OWN_DIRECTORY,
    checked_files,
    directories,
    needed_directories,
)
from automount.shipping.verified import is_content
from automount.values import dataclass, replace
from automount.whole_file import full_disk

_COMPILED = "__pycache__"
_KEPT = 1 << 26  # bytes of content that are kept in memory between the examination and the writing
_IMPORTABLE = (".py", ".pyc", ".pyo", ".pyw", ".pyd", ".so", ".pth", ".zip", ".egg", ".whl", ".pyz")


@dataclass(frozen=True)
class Unpacked:
    """A tree whose files have been verified. `root` is the absolute local directory for the remote `/`.

    `lock` is a descriptor to keep open while the tree is in use, or None. `compiled` says
    that there is byte code below `root`, which nobody has verified.
    """

    manifest: Manifest
    root: str
    lock: int | None
    compiled: bool = False


def unpacked(path: str, processes: Callable[[int], int] = lambda _files: 1) -> Unpacked:
    """The verified tree for a stage directory, a bundle file, an OCI layout or `oci:DIR[:TAG]`.

    `processes` says how many processes write so many files.
    """
    if os.path.isdir(path) and not is_layout(path):
        return _stage(path)
    if not path.startswith("oci:") and not os.path.exists(path):
        raise AutomountError(
            f"no such bundle or stage: {path}", hint="make one with: automount pack", code="unreadable"
        )
    return _from_cache(path, processes)


def _stage(path: str) -> Unpacked:
    with SafeTree(path) as tree:
        try:
            source = tree.read(paths.parts(BUNDLED_MANIFEST))
        except FileNotFoundError:
            raise AutomountError(
                f"{path} is not a stage: it has no {BUNDLED_MANIFEST}",
                hint="make one with: automount stage",
                code="bad-bundle",
            ) from None
        with os.fdopen(source, "rb") as file:
            manifest = checked_bundled_manifest(file.read(), path)
        files = checked_files(manifest)
        for entry in files:
            problem = _problem(tree, entry)
            if problem is not None:
                raise Refused(f"{path}{entry.remote} {problem}", hint="stage again", code="bad-bundle")
        compiled = _only_data_besides(tree, path, {entry.remote for entry in files})
    return Unpacked(manifest, os.path.realpath(path), None, compiled)


def _only_data_besides(tree: SafeTree, path: str, files: set[str]) -> bool:
    """Whether the stage has a `__pycache__`. Raises `Refused` for a foreign file that Python could import."""
    compiled = False
    for parts, status in tree.walk(lambda parts: parts != (OWN_DIRECTORY,) and parts[-1] != _COMPILED):
        if stat.S_ISDIR(status.st_mode):
            compiled = compiled or parts[-1] == _COMPILED
        elif "/" + "/".join(parts) not in files and (
            stat.S_ISLNK(status.st_mode) or parts[-1].lower().endswith(_IMPORTABLE)
        ):
            raise Refused(
                f"{shown(os.path.join(path, *parts))} is not in the manifest of the stage",
                hint="remove it, or stage again into a new directory",
                code="bad-bundle",
            )
    return compiled


def _problem(tree: SafeTree, entry: FileEntry) -> str | None:
    try:
        staged = tree.read(paths.parts(entry.remote))
    except FileNotFoundError:
        return "is missing"
    try:
        return None if is_content(staged, entry) else "does not match the manifest"
    finally:
        os.close(staged)


def bundles_directory() -> str:
    """The directory for the trees of bundles: absolute, private to the user.

    Raises if there cannot be one.
    """
    return make_private(os.path.join(cache_directory(), "bundles"))


class _Content:
    """The verified files of a bundle, by remote path; empty where they are too large together."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._left = _KEPT

    def add(self, entry: FileEntry, chunks: Iterator[bytes]) -> None:
        """Keeps a file's content; drops everything as soon as it is too much."""
        self._left -= entry.size
        if self._left >= 0:
            self.files[entry.remote] = b"".join(chunks)
        else:
            self.files.clear()


@dataclass(frozen=True)
class _Examined:
    """A bundle that can be trusted, the content that was kept, and how many processes may write it."""

    path: str
    manifest: Manifest
    content: Mapping[str, bytes]
    processes: int


def _from_cache(path: str, processes: Callable[[int], int]) -> Unpacked:
    content = _Content()
    manifest = examine(path, content.add)
    bundle = _Examined(path, manifest, content.files, processes(len(manifest.files)))
    cache = bundles_directory()
    name = manifest.digest.removeprefix("sha256:")
    with full_disk(cache):
        number = 0
        while True:
            root = os.path.join(cache, f"{name}-{number}")
            lock = os.open(f"{root}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                ready = _ready(bundle, root, lock)
                current = kept.is_current(lock, f"{root}.lock")
                if ready and current:
                    os.utime(lock)
                    kept.remove_unused(os.path.dirname(cache))
                    return Unpacked(manifest, root, lock)
            except BaseException:
                os.close(lock)
                kept.remove_leftovers(os.path.dirname(cache))
                raise
            os.close(lock)
            # A lock that was removed meanwhile, with its tree, is made anew.
            number += 1 if current else 0


def _ready(bundle: _Examined, root: str, lock: int) -> bool:
    """Whether `root` contains the tree now and is locked; False where another run uses a changed one."""
    manifest = bundle.manifest
    written: dict[str, Signature] = {}
    while True:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if _is_clean(root, manifest, written):
            if written:
                size = sum(row.size for row in manifest.files)
                kept.shrink(os.path.dirname(os.path.dirname(root)), sizes={root: size})
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        # Between the two locks another process may have the tree: check again afterwards.
        if not _is_clean(root, manifest, {}):
            written = _make(bundle, root)


def _make(bundle: _Examined, root: str) -> dict[str, Signature]:
    """Unpacks the bundle to `root`; returns the signature of each file when it had been verified."""
    manifest, content = bundle.manifest, bundle.content
    incoming = f"{root}.{os.urandom(6).hex()}.new"
    written: dict[str, Signature] = {}
    try:
        with SafeTree(incoming) as tree:
            last, folder = "", -1

            def write(entry: FileEntry, chunks: Iterable[bytes]) -> None:
                nonlocal last, folder
                above, _, name = entry.remote.rpartition("/")
                if folder < 0 or above != last:
                    folder, last = tree.directory(paths.parts(above), make=True), above
                written[entry.remote] = signature(write_file(folder, name, entry.executable, chunks))

            def write_part(files: Iterable[FileEntry]) -> dict[str, Signature]:
                for entry in files:
                    write(entry, (content[entry.remote],))
                return written

            if content:
                first, *rest = slices(manifest.files, bundle.processes)
                with forked(write_part, rest) as results:
                    write_part(first)
                    found = results()
                if found is None:
                    # What they have written is in the way of a second try.
                    return _make(replace(bundle, processes=1), root)
                for part in found:
                    written.update(part)
            elif examine(bundle.path, write).digest != manifest.digest:
                refuse(bundle.path, "it was changed in the meantime")
            for directory in needed_directories(manifest):
                tree.directory(paths.parts(directory), make=True)
        if os.path.lexists(root):
            shutil.rmtree(root)
        os.rename(incoming, root)
    finally:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(incoming)
    # The lock is ours alone: whatever another run began to make was left by a run that was killed.
    cache, name = os.path.split(root)
    for left in os.listdir(cache):
        if left.startswith(f"{name}.") and left.endswith(".new"):
            shutil.rmtree(os.path.join(cache, left), ignore_errors=True)
    return written


def _is_clean(root: str, manifest: Manifest, written: Mapping[str, Signature]) -> bool:
    """Whether the tree holds exactly the manifest's files, each with its digest.

    A file that still looks as in `written`, by this very process a moment ago, is not read again.
    """
    if not os.path.isdir(root) or os.path.islink(root):
        return False
    # What each directory holds by name, None for a directory.
    expected: dict[str, dict[str, FileEntry | None]] = {"/": {}}
    for place in directories([row.remote for row in manifest.files], needed=needed_directories(manifest)):
        expected[paths.parent(place)][paths.name(place)] = None
        expected[place] = {}
    for row in manifest.files:
        above, _, name = row.remote.rpartition("/")
        expected[above or "/"][name] = row
    with SafeTree(root) as tree:
        for place, inside in expected.items():
            try:
                folder = tree.directory(paths.parts(place))
                if set(os.listdir(folder)) != inside.keys():
                    return False
                for name, entry in inside.items():
                    if entry is not None:
                        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                        if not _is_good(tree, entry, status, written.get(entry.remote)):
                            return False
            except (OSError, Refused):
                return False
    return True


def _is_good(tree: SafeTree, entry: FileEntry, status: os.stat_result, written: Signature | None) -> bool:
    if stat.S_IMODE(status.st_mode) != (0o755 if entry.executable else 0o644):
        return False
    try:
        return stat.S_ISREG(status.st_mode) and (
            signature(status) == written or _problem(tree, entry) is None
        )
    except (OSError, Refused):
        return False
