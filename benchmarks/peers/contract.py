"""The interface of an adapter: how its tool is installed, and what the tool would ship of one layout.
`capture` asks the tool, lays out exactly what the tool would ship below `trial.stage`, and returns how that
is started. It must leave the originals as they are. Tools with a Python API are driven by a script in
`drivers/` that runs in the tool's own virtual environment, so that no tool sees another.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from layouts import Layout, Place

DRIVERS = Path(__file__).parent / "drivers"
TIMEOUT_SECONDS = 600
ERROR_LINE = re.compile(r"[\w.]*(Error|Exception)\b")


class CaptureFailed(Exception):
    """The tool itself ended with an error; the text is the last line about it."""


@dataclass(frozen=True)
class Trial:
    """One layout for one tool.

    `python` is the interpreter of the program's environment (the tool's own one if the tool must run there),
    `target` that of the other machine. `stage` is empty and is all that is shipped; `scratch` is for the
    tool's own leftovers. `environment` is that of the program here.
    """

    layout: Layout
    place: Place
    python: Path
    target: Path
    stage: Path
    scratch: Path
    environment: Mapping[str, str]

    @property
    def import_root(self) -> Path:
        return self.place.work / self.layout.import_root

    @property
    def pythonpath(self) -> tuple[Path, ...]:
        return tuple(self.place.work / entry for entry in self.layout.pythonpath)


@dataclass(frozen=True)
class Staged:
    """How the staged program is started: the whole command, its cwd, and its PYTHONPATH."""

    argv: tuple[str, ...]
    cwd: Path
    pythonpath: tuple[Path, ...] = ()


class Peer(Protocol):
    """One row of the table. `venv` names the virtual environment that `packages` are installed in; None:
    the tool looks from outside (or is part of Python), and the bare environment runs the program."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def venv(self) -> str | None: ...

    @property
    def packages(self) -> tuple[str, ...]: ...

    def version(self, python: Path) -> str: ...

    def capture(self, trial: Trial) -> Staged: ...


def distribution_version(python: Path, distribution_name: str) -> str:
    """Returns the version of an installed distribution in the environment of `python`."""
    code = "import sys; from importlib.metadata import version; print(version(sys.argv[1]))"
    return subprocess.run(
        [str(python), "-c", code, distribution_name], capture_output=True, text=True, check=True
    ).stdout.strip()


def run_tool(
    trial: Trial, argv: list[str], variables: Mapping[str, str] | None = None, *, cwd: Path | None = None
) -> str:
    """Returns the standard output of the tool's command; raises CaptureFailed where it fails."""
    try:
        done = subprocess.run(
            argv,
            cwd=cwd or trial.place.project,
            env={**trial.environment, **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise CaptureFailed(f"no end after {TIMEOUT_SECONDS} s") from error
    if done.returncode != 0:
        raise CaptureFailed(last_words(done.stderr + done.stdout) or f"status {done.returncode}")
    return done.stdout


def last_words(text: str) -> str:
    """Returns the last line that names an error, else the last line that is not blank, else nothing."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [line for line in lines if ERROR_LINE.match(line)]
    return (named or lines or [""])[-1]


def drive(trial: Trial, driver: str, *, cwd: Path | None = None, **options: str) -> object:
    """Returns the JSON answer of `drivers/<driver>.py`, run in the tool's own environment."""
    request = trial.scratch / "request.json"
    answer = trial.scratch / "answer.json"
    request.write_text(
        json.dumps(
            {
                "project": str(trial.place.project),
                "import_root": str(trial.import_root),
                "module": trial.layout.module,
                "script": trial.layout.script,
                "scratch": str(trial.scratch),
                "stage": str(trial.stage),
                "answer": str(answer),
                **options,
            }
        )
    )
    search = f"{trial.python.parent}{os.pathsep}{trial.environment['PATH']}"
    run_tool(
        trial, [str(trial.python), str(DRIVERS / f"{driver}.py"), str(request)], {"PATH": search}, cwd=cwd
    )
    return json.loads(answer.read_text())


def by_tree(trial: Trial, source_root: Path) -> Staged:
    """Returns the start for tools that keep the tree below `source_root`: same command, same relative
    places; PYTHONPATH entries below the root are mapped, others are dropped."""
    moved = [
        trial.stage / entry.relative_to(source_root)
        for entry in trial.pythonpath
        if entry.is_relative_to(source_root)
    ]
    cwd = trial.stage / trial.place.project.relative_to(source_root)
    cwd.mkdir(parents=True, exist_ok=True)
    return Staged((str(trial.target), *trial.layout.argv), cwd, (*moved, cwd))


def by_import_name(trial: Trial) -> Staged:
    """Returns the start for tools that lay files out by import name: the stage is the import root."""
    trial.stage.mkdir(parents=True, exist_ok=True)
    return Staged((str(trial.target), *trial.layout.argv), trial.stage, (trial.stage,))
