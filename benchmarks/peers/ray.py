"""Ray: `ray job submit --working-dir .`, packaged by the function that the command itself uses.

Ray ships the working directory, without what .gitignore names, and starts the entrypoint in it.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from peers.contract import Staged, Trial, by_tree, distribution_version, drive


class Ray:
    name = "ray"
    title = "Ray `working_dir`"
    venv: str | None = "ray"
    packages: tuple[str, ...] = ("ray[default]",)

    def version(self, python: Path) -> str:
        return distribution_version(python, "ray")

    def capture(self, trial: Trial) -> Staged:
        answer = drive(trial, "ray_driver")
        assert isinstance(answer, dict)
        trial.stage.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(answer["package"]) as package:
            package.extractall(trial.stage)
        return by_tree(trial, trial.place.project)


PEER = Ray()
