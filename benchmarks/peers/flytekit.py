"""flytekit: `pyflyte run --copy auto` (loaded modules) and `--copy all` (the whole source root).

As with pyflyte, the entry file is imported and its tasks are not run before the code is packaged.
"""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path

from peers.contract import Staged, Trial, by_tree, distribution_version, drive


@dataclass(frozen=True)
class Flytekit:
    name: str
    title: str
    copy: str
    venv: str | None = "flytekit"
    packages: tuple[str, ...] = ("flytekit",)

    def version(self, python: Path) -> str:
        return distribution_version(python, "flytekit")

    def capture(self, trial: Trial) -> Staged:
        answer = drive(trial, "flytekit_driver", copy=self.copy)
        assert isinstance(answer, dict)
        trial.stage.mkdir(parents=True, exist_ok=True)
        with tarfile.open(answer["archive"]) as archive:
            archive.extractall(trial.stage, filter="tar")
        source = Path(answer["source"])
        if trial.place.project.is_relative_to(source):
            return by_tree(trial, source)
        # The source root is below the project (a src layout): the stage is that root.
        return Staged((str(trial.target), *trial.layout.argv), trial.stage, (trial.stage,))


PEER = Flytekit("flytekit", "flytekit `--copy auto`", "auto")
ALL = Flytekit("flytekit-all", "flytekit `--copy all`", "all")
