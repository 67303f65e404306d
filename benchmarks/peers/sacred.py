"""sacred: the sources an Experiment saves with `DISCOVER_SOURCES = "sys"`, after the program has run.

Its base directory is the import root: sacred considers a module local if its name matches its path there.
"""

from __future__ import annotations

from pathlib import Path

from peers.contract import Staged, Trial, by_import_name, distribution_version, drive


class Sacred:
    name = "sacred"
    title = "sacred, sources `sys`"
    venv: str | None = "sacred"
    packages: tuple[str, ...] = ("sacred", "setuptools<81")

    def version(self, python: Path) -> str:
        return distribution_version(python, "sacred")

    def capture(self, trial: Trial) -> Staged:
        drive(trial, "sacred_driver")
        return by_import_name(trial)


PEER = Sacred()
