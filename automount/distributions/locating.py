"""Looks up paths in the file system, in each of their forms; directories are resolved once."""

from __future__ import annotations

import os
import stat

from automount.model import Located
from automount.paths import is_file_name, normal


class Locator:
    """Locates paths, and remembers the real directories of one classification.

    A path that may not be looked at counts as existing: the program, perhaps as another user, ran it.
    """

    def __init__(self) -> None:
        self._real_directories: dict[str, str] = {}
        self._located: dict[str, Located] = {}

    def __call__(self, path: str, /) -> Located:
        found = self._located.get(path)
        if found is None:
            found = self._located[path] = self._locate(path)
        return found

    def _locate(self, path: str) -> Located:
        if "\0" in path or not is_file_name(path):
            return Located(path, path, exists=False)
        written = self._written(path)
        if not written.startswith("/"):
            return Located(written, written, exists=False)
        entry_path = self._entry_path(written)
        try:
            status = os.lstat(written)
        except PermissionError:
            return Located(written, entry_path, exists=True, entry_path=entry_path)
        except OSError:
            return Located(
                written, entry_path, exists=False, archive=_archive_above(written), entry_path=entry_path
            )
        real = entry_path
        if stat.S_ISLNK(status.st_mode):
            real = os.path.realpath(written)
            try:
                status = os.stat(written)
            except OSError:
                return Located(written, real, exists=False, entry_path=entry_path)
        return Located(written, real, exists=True, is_dir=stat.S_ISDIR(status.st_mode), entry_path=entry_path)

    def _written(self, path: str) -> str:
        # `..` may only be folded where no link comes before it.
        if "/../" in path or path.endswith("/.."):
            folded = normal(path)
            if os.path.realpath(path) != os.path.realpath(folded):
                return os.path.realpath(path)
            return folded
        return normal(path) if path.startswith("/") else path

    def _entry_path(self, path: str) -> str:
        directory, _, last = path.rpartition("/")
        real = self._real_directories.get(directory)
        if real is None:
            real = self._real_directories[directory] = os.path.realpath(directory or "/")
        return f"{real.rstrip('/')}/{last}"


def _archive_above(path: str) -> str | None:
    """The regular file where the missing `path` needs a directory, if there is one."""
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        try:
            status = os.stat(path)
        except OSError:
            continue
        return path if stat.S_ISREG(status.st_mode) else None
    return None
