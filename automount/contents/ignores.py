"""Finds and reads the `.automountignore` files that count for a path."""

from __future__ import annotations

import os

from automount import paths
from automount.contents import reach
from automount.model import Pattern, Skipped
from automount.patterns import Decision, PatternSet, parse_ignore_file

IGNORE_FILE = ".automountignore"
LARGEST = (
    1 << 18
)  # bytes; compiling a pattern takes up to 12 microseconds and 500 bytes for each of its bytes
_BOUNDARIES = (".git", ".hg", "pyproject.toml", "setup.cfg", "setup.py")


def excluded_by(decision: Decision) -> Skipped:
    """The row of what a pattern leaves out, with the pattern and where it was written."""
    detail = f"{decision.pattern.text} ({decision.pattern.source})"
    return Skipped(decision.path, "excluded", detail)


class IgnoreFiles:
    """The `.automountignore` files of the directories that walks come through, each read once.

    `top` is the workspace root: no pattern is tested against directories above it.

    `unreadable` are those that could not be read or are too large, so that their patterns do not count.
    """

    def __init__(self, patterns: PatternSet, top: str | None = None) -> None:
        self._patterns = patterns
        self.top = top
        self._known = {pattern.base for pattern in patterns.patterns if pattern.base is not None}
        self._read: dict[str, tuple[Pattern, ...]] = {}
        self._boundary: dict[str, bool] = {}
        self.unreadable: list[str] = []

    def above(self, path: str) -> PatternSet:
        """The patterns for what is at `path`: those given, and the ignore files up to its project."""
        found: list[Pattern] = []
        for directory in paths.ancestors(path):
            found.extend(self.of(directory))
            if self._is_boundary(directory):
                break
        return self._patterns.extended(found)

    def of(self, directory: str) -> tuple[Pattern, ...]:
        """The patterns of the ignore file in `directory`, empty if it has none."""
        if directory not in self._read:
            self._read[directory] = () if directory in self._known else self._parsed(directory)
        return self._read[directory]

    def _is_boundary(self, directory: str) -> bool:
        if directory not in self._boundary:
            self._boundary[directory] = any(
                os.path.lexists(paths.join(directory, name)) for name in _BOUNDARIES
            )
        return self._boundary[directory]

    def _parsed(self, directory: str) -> tuple[Pattern, ...]:
        path = paths.join(directory, IGNORE_FILE)
        try:
            if reach.kind_of(reach.status(path).st_mode) != "file":
                self.unreadable.append(path)
                return ()
            with open(reach.open_file(path), "rb") as stream:
                content = stream.read(LARGEST + 1)
            if len(content) > LARGEST:
                self.unreadable.append(path)
                return ()
            return parse_ignore_file(content, directory, path)
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError:
            self.unreadable.append(path)
            return ()
