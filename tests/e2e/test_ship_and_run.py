"""The decisive test: the manifest's files are laid out elsewhere, the project is hidden, the program runs
there.

The stager here is a second one, of twenty lines, written from the manifest's description alone: it must
not share a mistake with `automount stage`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from example_projects import Case, Outcome, Project, every_case, load_expected


@every_case(when=lambda case: not case.ship)
def test_runs_from_the_stage(case: Case, project: Callable[[Case], Project], tmp_path: Path) -> None:
    prepared = project(case)
    expected = load_expected(case)
    manifest = prepared.manifest()
    stage(manifest, tmp_path)
    with hidden(prepared, manifest):
        outcome = run_from(prepared, manifest, tmp_path)
    shipped = expected.get("shipped", expected)
    assert (outcome.status, outcome.stdout) == (shipped["exit_status"], shipped["stdout"]), outcome.stderr


def stage(manifest: dict[str, Any], directory: Path) -> None:
    """Lays the files out below `directory` at their full remote paths."""
    for place in (manifest["entrypoint"]["remote_cwd"], *manifest.get("directories", ())):
        (directory / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
    for row in manifest["files"]:
        place = os.fsencode(directory) + os.fsencode(row["remote"])
        os.makedirs(os.path.dirname(place), exist_ok=True)
        shutil.copy(os.fsencode(row["local"]), place)
        assert os.path.getsize(place) == row["size"]
        assert bool(os.stat(place).st_mode & 0o100) == row["executable"]


@contextlib.contextmanager
def hidden(prepared: Project, manifest: dict[str, Any]) -> Iterator[None]:
    """A context without the project; only its virtual environments are in their place."""
    away = prepared.results / "hidden"
    moved: list[tuple[Path, Path]] = []

    def move(source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(source, target)
        moved.append((source, target))

    move(prepared.tree, away)
    try:
        for venv in prepared.venvs:
            move(away / venv.relative_to(prepared.tree), venv)
        for number, row in enumerate(manifest["files"]):
            if os.path.lexists(row["local"]):
                move(Path(row["local"]), prepared.results / "hidden-files" / str(number))
        yield
    finally:
        for source, target in reversed(moved[1:]):
            os.rename(target, source)
        shutil.rmtree(prepared.tree, ignore_errors=True)
        os.rename(away, prepared.tree)


def run_from(prepared: Project, manifest: dict[str, Any], directory: Path) -> Outcome:
    """Runs the entrypoint below `directory`, at its remote path."""
    entry = manifest["entrypoint"]

    def place(remote: str) -> str:
        return f"{directory}{remote}"

    words = {
        "script": lambda: [prepared.python, place(entry["remote"])],
        "module": lambda: [prepared.python, "-m", entry["target"]],
        "command": lambda: (
            [prepared.python, "-c", entry["target"]] if entry["form"] == "string" else [entry["target"]]
        ),
    }[entry["kind"]]()
    path = os.pathsep.join(place(remote) for remote in manifest["sys_path"])
    environ = prepared.environment({"PYTHONPATH": path})
    return prepared.execute([*words, *entry["args"]], environ, cwd=Path(place(entry["remote_cwd"])))
