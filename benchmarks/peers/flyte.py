"""flyte 2: `flyte run` with `--copy-style loaded_modules` (its default) or `all`, ruff installed beside it.

The deployed entry module is imported, its tasks run on the other side only: so does the driver.
"""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path

from peers.contract import Staged, Trial, by_tree, distribution_version, drive


@dataclass(frozen=True)
class Flyte:
    name: str
    title: str
    copy_style: str
    venv: str | None = "flyte"
    packages: tuple[str, ...] = ("flyte", "ruff")

    def version(self, python: Path) -> str:
        return distribution_version(python, "flyte")

    def capture(self, trial: Trial) -> Staged:
        answer = drive(trial, "flyte_driver", copy_style=self.copy_style)
        assert isinstance(answer, dict)
        trial.stage.mkdir(parents=True, exist_ok=True)
        with tarfile.open(answer["bundle"]) as bundle:
            bundle.extractall(trial.stage, filter="tar")
        return by_tree(trial, trial.place.project)


PEER = Flyte("flyte", "flyte 2, loaded modules + ruff", "loaded_modules")
ALL = Flyte("flyte-all", "flyte 2, copy-style all", "all")
