"""Writes below one directory and nowhere else, whatever links are in it.

Every step down is an `openat` with `O_NOFOLLOW` on a descriptor of the step before, so a link on the way,
even one that was created meanwhile, is an error and never leads outside.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType

from automount.errors import AutomountError, Refused
from automount.whole_file import full_disk, replace_bytes_in

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class SafeTree:
    """A directory that is written to by the parts of relative paths. `path` is for messages.

    `path` itself may be a link: the user named it. Links below it are refused.
    """

    def __init__(self, path: str, top: int | None = None) -> None:
        """`top` is a descriptor of the directory, closed with the tree; by default `path` is opened."""
        self.path = path
        self.made_itself = top is None and not os.path.isdir(path)
        # The descriptors of the directories last walked, so that neighbours cost one step.
        self._chain: list[tuple[str, int]] = []
        self._top = _opened(path) if top is None else top

    def __enter__(self) -> SafeTree:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the descriptors."""
        self._shorten(0)
        if self._top >= 0:
            os.close(self._top)
            self._top = -1

    def directory(self, parts: Sequence[str], make: bool = False, made: set[str] | None = None) -> int:
        """A descriptor of a directory below, valid until the next call. Notes in `made` what it had to make.

        Raises `FileNotFoundError` where it is missing and not to be made, `Refused` where a link or a
        file is in the way.
        """
        same = 0
        for (name, _), wanted in zip(self._chain, parts, strict=False):
            if name != wanted:
                break
            same += 1
        self._shorten(same)
        for place in range(same, len(parts)):
            above = self._chain[-1][1] if self._chain else self._top
            name = parts[place]
            try:
                below = os.open(name, _DIRECTORY, dir_fd=above)
            except FileNotFoundError:
                if not make:
                    raise
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=above)
                    if made is not None:
                        made.add("/" + "/".join(parts[: place + 1]))
                below = self._open_made(name, above, parts[: place + 1])
            except OSError as error:
                raise self._in_the_way(error, parts[: place + 1]) from error
            self._chain.append((name, below))
        return self._chain[-1][1] if self._chain else self._top

    def subtree(self, parts: Sequence[str]) -> SafeTree:
        """The directory below as a tree of its own; it is created where it is missing."""
        return SafeTree(self.place(parts), os.dup(self.directory(parts, make=True)))

    def status(self, parts: Sequence[str]) -> os.stat_result | None:
        """The status of a path below, links not followed; None where nothing is there."""
        try:
            return os.stat(parts[-1], dir_fd=self.directory(parts[:-1]), follow_symlinks=False)
        except FileNotFoundError:
            return None

    def walk(
        self, enter: Callable[[tuple[str, ...]], bool] = lambda _parts: True
    ) -> Iterator[tuple[tuple[str, ...], os.stat_result]]:
        """The parts and the status of everything below, each directory before its content.

        Links are not followed. A directory for which `enter` returns False is listed without its content.
        """
        waiting: list[tuple[str, ...]] = [()]
        while waiting:
            above = waiting.pop()
            found: list[tuple[str, os.stat_result]] = []
            folder = self.directory(above)
            for name in sorted(os.listdir(folder)):
                with contextlib.suppress(FileNotFoundError):
                    found.append((name, os.stat(name, dir_fd=folder, follow_symlinks=False)))
            for name, status in found:
                parts = (*above, name)
                yield parts, status
                if stat.S_ISDIR(status.st_mode) and enter(parts):
                    waiting.append(parts)

    def read(self, parts: Sequence[str]) -> int:
        """A descriptor for reading a regular file below. Raises `Refused` for a link."""
        above = self.directory(parts[:-1])
        try:
            found = os.open(
                parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=above
            )
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._in_the_way(error, parts) from error
        if not stat.S_ISREG(os.fstat(found).st_mode):
            os.close(found)
            raise Refused(f"{self.place(parts)} is not a regular file", hint="remove it")
        return found

    def write(self, parts: Sequence[str], data: bytes) -> None:
        """Puts a small file in place: written beside, then renamed. Equal content stays untouched."""
        with contextlib.suppress(FileNotFoundError), os.fdopen(self.read(parts), "rb") as present:
            if present.read(len(data) + 1) == data:
                return
        above = self.directory(parts[:-1], make=True)
        with full_disk(self.path):
            replace_bytes_in(above, parts[-1], data, 0o644, exactly=True)

    def remove(self, parts: Sequence[str]) -> bool:
        """Removes a regular file; returns whether it existed."""
        found = self.status(parts)
        if found is None or not stat.S_ISREG(found.st_mode):
            return False
        os.unlink(parts[-1], dir_fd=self.directory(parts[:-1]))
        return True

    def remove_directory(self, parts: Sequence[str]) -> bool:
        """Removes an empty directory; False where it is missing or not empty."""
        try:
            above = self.directory(parts[:-1])
            # The chain must not contain a directory that is about to be removed.
            os.rmdir(parts[-1], dir_fd=above)
        except (OSError, Refused):
            return False
        return True

    def remove_tree(self, parts: Sequence[str]) -> None:
        """Removes a directory of our own with everything in it; links are removed, not followed."""
        try:
            inside = os.listdir(self.directory(parts))
        except FileNotFoundError:
            return
        for name in inside:
            below = (*parts, name)
            found = self.status(below)
            if found is not None and stat.S_ISDIR(found.st_mode):
                self.remove_tree(below)
            elif found is not None:
                os.unlink(name, dir_fd=self.directory(parts))
        self.remove_directory(parts)

    def place(self, parts: Sequence[str]) -> str:
        """A path below, for messages."""
        return os.path.join(self.path, *parts)

    def _open_made(self, name: str, above: int, parts: Sequence[str]) -> int:
        try:
            return os.open(name, _DIRECTORY, dir_fd=above)
        except OSError as error:
            raise self._in_the_way(error, parts) from error

    def _in_the_way(self, error: OSError, parts: Sequence[str]) -> Exception:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
            above = self._chain[-1][1] if self._chain else self._top
            with contextlib.suppress(OSError):
                if stat.S_ISLNK(os.stat(parts[-1], dir_fd=above, follow_symlinks=False).st_mode):
                    return Refused(
                        f"{self.place(parts)} is a link", hint="remove it; links are never followed"
                    )
            return Refused(f"{self.place(parts)} exists and is not a directory", hint="remove it")
        return error

    def _shorten(self, length: int) -> None:
        while len(self._chain) > length:
            os.close(self._chain.pop()[1])


def _opened(path: str) -> int:
    try:
        os.makedirs(path, exist_ok=True)
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileExistsError, NotADirectoryError) as error:
        raise Refused(f"{path} is not a directory", hint="name a directory") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise AutomountError(
            f"cannot write in {path} ({error.strerror})", hint="choose another place", code="unwritable"
        ) from error
