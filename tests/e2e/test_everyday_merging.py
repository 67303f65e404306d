"""Runs of one project that were started in different ways become one manifest, which runs elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TREE = {
    "shop/__init__.py": "",
    "shop/__main__.py": "from shop.rates import RATE\nprint('module', RATE)\n",
    "shop/rates.py": "RATE = 2\n",
    "shop/words.py": "NAME = 'tea'\n",
    "scripts/report.py": (
        "import pathlib, sys\nsys.path.insert(0, str(pathlib.Path(__file__).parent.parent))\n"
        "import layout\nfrom shop.words import NAME\nprint('script', NAME, layout.WIDTH)\n"
    ),
    "scripts/layout.py": "WIDTH = 80\n",
    "tests/test_rates.py": "from shop.rates import RATE\n\ndef test_rate():\n    assert RATE == 2\n",
    "tests/test_words.py": "from shop.words import NAME\n\ndef test_name():\n    assert NAME == 'tea'\n",
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
}


class Runs:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.project = home / "project"
        for name, text in TREE.items():
            (self.project / name).parent.mkdir(parents=True, exist_ok=True)
            (self.project / name).write_text(text)

    def __call__(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=cwd or self.project,
            env={**os.environ, "XDG_CACHE_HOME": str(self.home / "cache"), "PYTEST_ADDOPTS": ""},
            capture_output=True,
            text=True,
            check=False,
        )

    def files(self, name: str) -> set[str]:
        manifest = json.loads((self.project / name).read_text())
        return {row["remote"].removeprefix("/root/") for row in manifest["files"]}


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_a_script_and_a_module(runs: Runs) -> None:
    assert runs("automount", "-o", "one.json", "scripts/report.py").returncode == 0
    assert runs("automount", "-o", "two.json", "-m", "shop").returncode == 0
    done = runs("automount", "merge", "one.json", "two.json", "-o", "automount.json")
    assert done.returncode == 0, done.stderr
    assert runs.files("automount.json") == runs.files("one.json") | runs.files("two.json")
    manifest = json.loads((runs.project / "automount.json").read_text())
    assert (manifest["entrypoint"]["kind"], manifest["entrypoint"]["target"]) == (
        "script",
        "scripts/report.py",
    )
    assert [row["entrypoint"]["target"] for row in manifest["provenance"]["runs"]] == [
        "scripts/report.py",
        "shop",
    ]
    assert "merged with the run of -m shop\n" in runs("automount", "show").stdout
    assert runs("automount", "pack", "../bundle.tar").returncode == 0
    assert runs("automount", "stage", "../stage").returncode == 0
    shutil.rmtree(runs.project)
    assert runs("automount", "exec", "bundle.tar", cwd=runs.home).stdout == "script tea 80\n"
    assert runs("shop", cwd=runs.home / "stage/root").stdout == "module 2\n"


def test_two_test_runs(runs: Runs) -> None:
    """One by the plugin, one as a command, each of another test."""
    one = runs("pytest", "-q", "tests/test_rates.py", "--automount=one.json")
    two = runs("automount", "-o", "two.json", "-m", "pytest", "-q", "tests/test_words.py")
    assert (one.returncode, two.returncode) == (0, 0), one.stdout + two.stderr
    done = runs("automount", "merge", "one.json", "two.json", "-o", "automount.json")
    assert done.returncode == 0, done.stderr
    assert {"tests/test_rates.py", "tests/test_words.py", "pyproject.toml"} <= runs.files("automount.json")
    manifest = json.loads((runs.project / "automount.json").read_text())
    assert manifest["entrypoint"]["args"] == ["-q", "tests/test_rates.py"]


def test_a_program_and_the_tests_of_it(runs: Runs) -> None:
    assert runs("automount", "-o", "one.json", "-m", "shop").returncode == 0
    assert runs("pytest", "-q", "--automount=two.json").returncode == 0
    done = runs("automount", "merge", "one.json", "two.json", "-o", "automount.json")
    assert done.returncode == 0, done.stderr
    assert runs.files("automount.json") == runs.files("one.json") | runs.files("two.json")


def test_two_projects_are_refused(runs: Runs, tmp_path: Path) -> None:
    other = Runs(tmp_path / "other")
    (other.project / "alone.py").write_text("print('alone')\n")
    assert runs("automount", "-o", "one.json", "scripts/report.py").returncode == 0
    assert other("automount", "-o", "../two.json", "alone.py").returncode == 0
    done = runs("automount", "merge", "one.json", str(other.home / "two.json"), "-o", "automount.json")
    assert (done.returncode, done.stdout) == (125, "")
    assert "are not runs of one project" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (runs.project / "automount.json").exists()
