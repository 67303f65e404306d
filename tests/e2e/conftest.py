"""What the end-to-end tests share: a bare interpreter, and each example project prepared once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import layouts
import pytest
from example_projects import Case, Project


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with nothing installed: automount is not importable in it."""
    home = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    return str(home / "bin" / "python")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, bare_python: str) -> Callable[[Case], Project]:
    """Gives the prepared copy of an example project, the same for all tests of this worker."""
    made: dict[str, Project] = {}

    def get(case: Case) -> Project:
        if case.name not in made:
            made[case.name] = Project(case, tmp_path_factory.mktemp(case.name), bare_python)
        return made[case.name]

    return get


@pytest.fixture(autouse=True)
def _give_layouts_back() -> Iterator[None]:
    yield
    layouts.release()


@pytest.fixture
def automount_home(tmp_path: Path) -> Path:
    """An empty directory to run automount in."""
    home = tmp_path / "home"
    home.mkdir()
    return home
