"""Distinguishes paths that a program was given from paths that it computed: which texts name a path.

A path in an argument, a variable, the program's source or its configuration stays the same on another
machine. One that the program computed from `__file__` or its working directory moves with the program.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from automount.paths import is_below, normal, parts, relative, shared_directory

_MOST_BYTES = 1_000_000
# They name the directory that the shell is in, whatever the program does.
_OF_THE_SHELL = frozenset({"PWD", "OLDPWD", "_"})


class GivenTexts:
    """The texts that a program was given: its `words`, the `environ`, and the content of its `files`.

    `workspace` is the directory that computed paths move with. Files are read when first needed.
    """

    def __init__(
        self, *, words: Iterable[str], environ: Mapping[str, str], files: Iterable[str], workspace: str
    ) -> None:
        self._words = tuple(words)
        self._values = tuple(value for name, value in environ.items() if name not in _OF_THE_SHELL)
        self._files = tuple(files)
        self._workspace = normal(workspace)

    def name(self, path: str) -> bool | None:
        """Whether some text names `path` (absolute, normal), None where that does not matter.

        Below the workspace only an argument that is the whole path counts. Elsewhere it is enough that a
        text names the directory by which the path leaves the directories above the workspace.
        """
        if is_below(path, self._workspace):
            return True if path in self._words or f"={path}" in self._ends else None
        common = shared_directory(self._workspace, path)
        if common is None or path == common:
            return None
        first = parts(relative(path, common) or "")[0]
        leaving = re.escape(f"{common}/{first}") + r"(?![\w.-])"
        if any(re.search(leaving, text) for text in (*self._words, *self._values)):
            return True
        written = re.compile(rf"{leaving}|{re.escape(common)}/?[\"'\s]")
        return any(written.search(text) for text in self._contents)

    @cached_property
    def _ends(self) -> frozenset[str]:
        return frozenset("=" + word.partition("=")[2] for word in self._words if "=" in word)

    @cached_property
    def _contents(self) -> tuple[str, ...]:
        found = []
        for file in self._files:
            with contextlib.suppress(OSError, ValueError):
                if os.path.isfile(file) and os.path.getsize(file) <= _MOST_BYTES:
                    with open(file, encoding="utf-8", errors="replace") as stream:
                        found.append(stream.read())
        return tuple(found)
