"""Lithops: the modules that its serializer would send along with the function `main`."""

from __future__ import annotations

from pathlib import Path

from peers.contract import Staged, Trial, by_import_name, distribution_version, drive


class Lithops:
    name = "lithops"
    title = "Lithops"
    venv: str | None = "lithops"
    packages: tuple[str, ...] = ("lithops",)

    def version(self, python: Path) -> str:
        return distribution_version(python, "lithops")

    def capture(self, trial: Trial) -> Staged:
        drive(trial, "lithops_driver")
        return by_import_name(trial)


PEER = Lithops()
