"""modulefinder of the standard library: static, follows import statements in byte code."""

from __future__ import annotations

from pathlib import Path

from peers.contract import Staged, Trial, by_import_name, drive


class ModuleFinder:
    name = "modulefinder"
    title = "modulefinder (stdlib)"
    venv: str | None = None
    packages: tuple[str, ...] = ()

    def version(self, python: Path) -> str:
        return "of Python 3.11"

    def capture(self, trial: Trial) -> Staged:
        drive(trial, "modulefinder_driver")
        return by_import_name(trial)


PEER = ModuleFinder()
