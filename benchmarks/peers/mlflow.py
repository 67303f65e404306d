"""MLflow: a model from code, saved with `infer_code_paths=True`, whose `load_context` runs the program.

MLflow looks only below the current directory, so the model is saved from the program's import root.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from peers.contract import Staged, Trial, by_import_name, distribution_version, drive


class Mlflow:
    name = "mlflow"
    title = "MLflow `infer_code_paths`"
    venv: str | None = "mlflow"
    packages: tuple[str, ...] = ("mlflow",)

    def version(self, python: Path) -> str:
        return distribution_version(python, "mlflow")

    def capture(self, trial: Trial) -> Staged:
        answer = drive(trial, "mlflow_driver", cwd=trial.import_root)
        assert isinstance(answer, dict)
        code = Path(answer["model"]) / "code"
        if code.is_dir():
            shutil.copytree(code, trial.stage)
        return by_import_name(trial)


PEER = Mlflow()
