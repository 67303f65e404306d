"""Small projects that are recorded, shipped, run elsewhere and verified: they print the same everywhere."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measured import automount_command

MOUNT = ("--data", "mount")
# `HERE` is the directory of the file that begins with this.
HERE = "import os, sys\nHERE = os.path.dirname(os.path.abspath(__file__))\n"


@dataclass(frozen=True)
class Situation:
    """A project, what is run in it, and what it prints.

    `files` maps relative paths to texts (None: a directory; a text that begins with `#!` is executable).
    `program` are the words after automount's `options`, run in `cwd` below the project with `env` added.
    `prepare` makes what cannot be written as a text, given the project's directory.
    """

    files: Mapping[str, str | None]
    program: Sequence[str]
    prints: str
    options: Sequence[str] = MOUNT
    cwd: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Path], None] | None = None


class Placed:
    """A project below `top`, which also gets the stage and automount's cache."""

    def __init__(self, top: Path, name: str = "project") -> None:
        self.top = top
        self.root = top / name
        self.root.mkdir(parents=True)
        self.stdout = ""

    def write(self, files: Mapping[str, str | None]) -> None:
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            if text.startswith("#!"):
                path.chmod(0o755)

    def run(
        self, *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        unwanted = ("AUTOMOUNT_", "PYTHONPATH", "PYTEST_")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        environ |= {"PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": str(self.top / "cache"), **(env or {})}
        return subprocess.run(
            command, cwd=cwd or self.root, env=environ, capture_output=True, text=True, timeout=120
        )

    def automount(
        self, *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return self.run(*automount_command(), *words, cwd=cwd, env=env)

    def record(self, *words: str, cwd: str = "", env: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Records; the manifest. The program must end with status 0."""
        path = str(self.top / "automount.json")
        done = self.automount("-o", path, *words, cwd=self.root / cwd, env=env)
        assert done.returncode == 0, done.stderr
        self.stdout = done.stdout
        return self.manifest

    @property
    def manifest(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.top / "automount.json").read_bytes())
        return found

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """While it lasts, nothing is at the project's place."""
        hidden = self.root.with_name("hidden")
        self.root.rename(hidden)
        try:
            yield
        finally:
            hidden.rename(self.root)

    def shipped(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs the program from a new stage while the project is away."""
        stage = self.top / "stage"
        done = self.automount("stage", "--manifest", str(self.top / "automount.json"), str(stage))
        assert done.returncode == 0, done.stderr
        with self.away():
            return self.automount("exec", str(stage), *words, cwd=self.top)

    def verdict(self) -> tuple[str, str]:
        """The verdict's code and the text for display."""
        path = str(self.top / "automount.json")
        done = self.automount("verify", "--json", path)
        assert done.returncode in (0, 1), done.stderr
        answer = json.loads(done.stdout.splitlines()[-1])
        return str(answer["verdict"]), done.stdout + done.stderr

    def place(self, situation: Situation) -> dict[str, Any]:
        """Makes the project, and checks that it prints the same recorded, shipped and verified."""
        self.write(situation.files)
        if situation.prepare:
            situation.prepare(self.root)
        manifest = self.record(*situation.options, *situation.program, cwd=situation.cwd, env=situation.env)
        assert self.stdout.strip() == situation.prints
        done = self.shipped()
        assert (done.returncode, done.stdout.strip()) == (0, situation.prints), done.stderr
        verdict, output = self.verdict()
        assert verdict == "sufficient", output
        return manifest
