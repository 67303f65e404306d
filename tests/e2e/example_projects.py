"""Reads the example projects in fixtures/, copies and prepares them, runs them plain, recorded and staged.

fixtures/README.md says what case.json and expected.json hold. An unknown key is an error: a misspelt
expectation must not pass for a met one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from measured import ROOT, automount_command, coverage_everywhere
from preparing import prepare

FIXTURES = ROOT / "fixtures"
WITNESS = Path(__file__).resolve().parent / "witness"
CASE_KEYS = {"why", "run", "options", "cwd", "env", "stdin", "python", "setup", "plain", "ship", "loose"}
EXPECTED_KEYS = {
    "exit_status",
    "stdout",
    "entrypoint",
    "sys_path",
    "mounts",
    "files",
    "skipped",
    "warnings",
    "modules",
    "requirements",
    "data",
    "complete",
    "incomplete",
    "tree",
    "shipped",
    "verdict",
}
RUN_SECONDS = 120
# Variables of a developer's shell that an example must not depend on.
DROPPED_VARIABLES = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "VIRTUAL_ENV",
    "AUTOMOUNT_JOURNAL",
    "WITNESS",
)


@dataclass(frozen=True)
class Case:
    """One example project: `run` is the program as it is passed to automount, `options` are automount's own.

    `plain` False: the program has no meaning without automount (a time limit). `ship` says why it is
    not run from a stage, "" where it is. `loose` says why the reports of the witness are not compared.
    """

    name: str
    directory: Path
    why: str
    run: tuple[str, ...]
    options: tuple[str, ...] = ()
    cwd: str = "."
    env: Mapping[str, str | None] = field(default_factory=dict)
    stdin: str = ""
    python: str = ""
    setup: tuple[Mapping[str, Any], ...] = ()
    plain: bool = True
    ship: str = ""
    loose: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a run ended (as subprocess's returncode) and what it printed."""

    status: int | str
    stdout: str
    stderr: str


def load_cases() -> list[Case]:
    """Every example project, by name."""
    return [load_case(path.parent) for path in sorted(FIXTURES.glob("*/case.json"))]


def every_case(*, when: Callable[[Case], bool] = lambda _case: True) -> pytest.MarkDecorator:
    """Runs a test for each example project; those of one project share a worker (`--dist loadgroup`)."""
    chosen = [
        pytest.param(case, id=case.name, marks=pytest.mark.xdist_group(case.name))
        for case in load_cases()
        if when(case)
    ]
    return pytest.mark.parametrize("case", chosen)


def load_case(directory: Path) -> Case:
    content = json.loads((directory / "case.json").read_text("utf-8"))
    unknown = set(content) - CASE_KEYS
    assert not unknown, f"{directory.name}/case.json: unknown keys {sorted(unknown)}"
    for key in ("run", "options", "setup"):
        content[key] = tuple(content.get(key, ()))
    return Case(name=directory.name, directory=directory, **content)


def load_expected(case: Case) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads((case.directory / "expected.json").read_text("utf-8"))
    unknown = set(expected) - EXPECTED_KEYS
    assert not unknown, f"{case.name}/expected.json: unknown keys {sorted(unknown)}"
    return expected


class Project:
    """A prepared copy of an example project, and the ways to run it. `tree` is the copy's root."""

    def __init__(self, case: Case, home: Path, bare_python: str) -> None:
        self.case = case
        self.tree = home / "tree"
        self.results = home / "results"
        self.results.mkdir(parents=True)
        source = case.directory / "tree"
        if source.is_dir():
            # The example may have been run in place, as the README's first command does.
            left_behind = shutil.ignore_patterns("__pycache__", "automount.json")
            shutil.copytree(source, self.tree, symlinks=True, ignore=left_behind)
        else:
            self.tree.mkdir()
        python = self.tree / case.python if case.python not in ("", "own") else None
        self.python = str(python) if python else sys.executable if case.python == "own" else bare_python
        self.venvs = prepare(self.tree, case.setup, self.python)
        self._recorded: Outcome | None = None

    @property
    def manifest_path(self) -> Path:
        return self.results / "automount.json"

    def manifest(self) -> dict[str, Any]:
        """The manifest of the recorded run, which is made once."""
        self.recorded()
        loaded: dict[str, Any] = json.loads(self.manifest_path.read_bytes())
        return loaded

    def fill(self, text: str) -> str:
        """`text` with what `{tree}` and `{python}` represent here."""
        return text.replace("{tree}", str(self.tree)).replace("{python}", self.python)

    def shorten(self, text: str) -> str:
        """`text` with this copy's place taken out: the opposite of `fill`."""
        text = text.replace(str(self.tree), "{tree}").replace(str(self.results), "{results}")
        return re.sub(r"/lib/python3\.\d+/", "/lib/{version}/", text)

    def environment(self, extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
        environ = {name: value for name, value in os.environ.items() if name not in DROPPED_VARIABLES}
        environ.update(PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", PYTHONUTF8="1", NO_COLOR="1")
        environ["XDG_CACHE_HOME"] = str(self.results / "cache")
        for name, value in {**self.case.env, **(extra or {})}.items():
            if value is None:
                environ.pop(name, None)
            else:
                environ[name] = self.fill(value)
        return environ

    def plain_command(self) -> list[str]:
        """The words that run the program without automount."""
        words = [self.fill(word) for word in self.case.run]
        if words[0] == "--":
            return words[1:]
        return [self.python, *words]

    def recording_command(self, *options: str) -> list[str]:
        """The words that record the program."""
        python = [] if self.case.python == "own" else ["--python", self.python]
        filled = [self.fill(option) for option in self.case.options]
        words = [self.fill(word) for word in self.case.run]
        return [*automount_command(), *python, *filled, *options, *words]

    def recorded(self) -> Outcome:
        """The outcome of the recorded run, its manifest in `manifest_path`; run once, kept after that."""
        if self._recorded is None:
            command = self.recording_command("-o", str(self.manifest_path))
            self._recorded = self.execute(command, self.environment())
        return self._recorded

    def measure_agent(self) -> None:
        """Records once more with coverage in the program too, for the agent's own figures.

        A tracer changes what the program loads, so nothing of this run is looked at.
        """
        if self.case.python in ("", "own"):
            words = [*self.case.options, "-o", str(self.results / "measured.json"), *self.case.run]
            command = [sys.executable, "-m", "automount", *map(self.fill, words)]
            environ, measuring = self.environment(), coverage_everywhere()
            if "PYTHONPATH" in environ:
                measuring["PYTHONPATH"] += os.pathsep + environ["PYTHONPATH"]
            self.execute(command, {**environ, **measuring})

    def execute(self, command: Sequence[str], environ: Mapping[str, str], cwd: Path | None = None) -> Outcome:
        """Runs `command` in the case's directory (or `cwd`) to its end."""
        done = subprocess.run(
            list(command),
            cwd=cwd or self.tree / self.case.cwd,
            env=dict(environ),
            input=os.fsencode(self.case.stdin),
            capture_output=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        return Outcome(status_of(done.returncode), _text(done.stdout), _text(done.stderr))

    def witnessed(self, *, recorded: bool) -> tuple[Outcome, list[str]]:
        """The outcome, and what the program's processes saw of their interpreters, sorted."""
        place = self.results / ("witness-recorded" if recorded else "witness-plain")
        place.mkdir()
        own = self.case.env.get("PYTHONPATH")
        path = f"{own}:{WITNESS}" if own else str(WITNESS)
        environ = self.environment({"PYTHONPATH": path, "WITNESS": str(place)})
        if recorded:
            command = self.recording_command("--quiet", "-o", str(self.results / "witnessed.json"))
        else:
            command = self.plain_command()
        outcome = self.execute(command, environ)
        return outcome, sorted(file.read_text("utf-8") for file in place.iterdir())


def repeated_lines(text: str) -> list[str]:
    """The lines that are printed more than once, apart from empty ones."""
    lines = [line for line in text.splitlines() if line.strip()]
    return sorted({line for line in lines if lines.count(line) > 1})


def status_of(returncode: int) -> int | str:
    """The exit status, or the name of the signal that ended the program."""
    return returncode if returncode >= 0 else signal.Signals(-returncode).name


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
