"""The data types of a layout: what is on disk, what is run, and the expected output. Everything of one trial
is below one root:

    work/            the originals; renamed away before the staged run
    work/project/    where the program is started
    site-editable/   goes into site-packages while the tool looks, and is gone on the other side
    site-installed/  goes into site-packages on both sides, as `pip install` would do there
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent


@dataclass(frozen=True)
class Place:
    """One built layout below `root` (absolute)."""

    root: Path

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def project(self) -> Path:
        return self.work / "project"

    @property
    def editable(self) -> Path:
        return self.root / "site-editable"

    @property
    def installed(self) -> Path:
        return self.root / "site-installed"

    def write(self, name: str, text: str) -> Path:
        """Write `text`, dedented, at `name` below the root; returns the path."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def link(self, name: str, target: str) -> None:
        """Make `name` below the root a symbolic link with the text `target`."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, path)


@dataclass(frozen=True)
class Layout:
    """One arrangement of a Python program on disk.

    `argv` follows the interpreter; it starts with a script below work/project or with `-m`. `module` is the
    entry's import name, for tools that import instead of run; the entry always has a `main()`. `import_root`
    and `pythonpath` are relative to work/. `expected` is the exact standard output of a run that ends with
    status 0. `files` are texts relative to the root. `finish` adds what is not text. `venv_inside`: the
    interpreter in use is a virtual environment at work/project/venv.
    """

    name: str
    words: str
    argv: tuple[str, ...]
    expected: str
    files: Mapping[str, str]
    module: str = "app"
    import_root: str = "project"
    pythonpath: tuple[str, ...] = ()
    finish: Callable[[Place], None] | None = None
    venv_inside: bool = False
    tags: tuple[str, ...] = field(default=())

    def build(self, root: Path) -> Place:
        """Write the layout below `root`, which must be empty or missing; returns the place."""
        place = Place(root)
        for name in sorted(self.files):
            place.write(name, self.files[name])
        if self.finish is not None:
            self.finish(place)
        place.project.mkdir(parents=True, exist_ok=True)
        return place

    @property
    def script(self) -> str | None:
        """The script's name in the project directory, None for a program that is run with `-m`."""
        return None if self.argv[0] == "-m" else self.argv[0]
