"""automount itself, through its two commands; the staged tree is run by plain Python, not by automount."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from peers.contract import Staged, Trial, distribution_version, run_tool


@dataclass(frozen=True)
class Automount:
    name: str
    title: str
    options: tuple[str, ...]
    venv: str | None = None
    packages: tuple[str, ...] = ()

    def version(self, python: Path) -> str:
        return distribution_version(Path(sys.executable), "automount")

    def capture(self, trial: Trial) -> Staged:
        manifest_path = trial.scratch / "automount.json"
        automount = [sys.executable, "-m", "automount"]
        here = {"XDG_CACHE_HOME": str(trial.scratch)}
        run_tool(
            trial,
            [
                *automount,
                "--python",
                str(trial.python),
                "-o",
                str(manifest_path),
                *self.options,
                *trial.layout.argv,
            ],
            here,
        )
        run_tool(trial, [*automount, "stage", "--manifest", str(manifest_path), str(trial.stage)], here)
        manifest = json.loads(manifest_path.read_text(encoding="utf-8", errors="surrogateescape"))
        entry = manifest["entrypoint"]
        program = (
            ("-m", entry["target"]) if entry["kind"] == "module" else (self._at(trial, entry["remote"]),)
        )
        cwd = Path(self._at(trial, entry["remote_cwd"]))
        cwd.mkdir(parents=True, exist_ok=True)
        search = tuple(Path(self._at(trial, row)) for row in manifest["sys_path"])
        return Staged((str(trial.target), *program, *entry["args"]), cwd, search)

    @staticmethod
    def _at(trial: Trial, remote: str) -> str:
        """Returns the place of an absolute remote path below the stage."""
        return str(trial.stage / remote.lstrip("/"))


DEFAULT = Automount("automount", "automount", ())
WITH_DATA = Automount("automount-data", "automount `--data mount`", ("--data", "mount"))
WITH_METADATA = Automount(
    "automount-full",
    "automount `--data mount --editable full`",
    ("--data", "mount", "--editable", "full"),
)
