"""ReproZip: `reprozip trace` (ptrace) and `pack`; replayed in its chroot layout.

`reprounzip chroot` fetches a busybox from the network; bubblewrap enters the same tree here instead.
What it packs contains the interpreter and the system's libraries.
"""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from peers.contract import CaptureFailed, Staged, Trial, distribution_version, run_tool


class ReproZip:
    name = "reprozip"
    title = "ReproZip"
    venv: str | None = None
    packages: tuple[str, ...] = ("reprozip", "reprounzip")
    tool_venv = "reprozip"

    def __init__(self) -> None:
        self.command: Path | None = None

    def version(self, python: Path) -> str:
        self.command = python.parent / "reprozip"
        return distribution_version(python, "reprozip")

    def capture(self, trial: Trial) -> Staged:
        bwrap = shutil.which("bwrap")
        if bwrap is None or self.command is None:
            raise CaptureFailed("needs bwrap and reprozip")
        trace = trial.scratch / "trace"
        bundle = trial.scratch / "program.rpz"
        program = [str(trial.python), *trial.layout.argv]
        home = {"HOME": str(trial.scratch), "REPROZIP_USAGE_STATS": "off"}
        run_tool(trial, [str(self.command), "trace", "-d", str(trace), "--overwrite", *program], home)
        run_tool(trial, [str(self.command), "pack", "-d", str(trace), str(bundle)], home)
        with tarfile.open(bundle) as outer:
            outer.extract("DATA.tar.gz", trial.scratch, filter="tar")
        trial.stage.mkdir(parents=True)
        with tarfile.open(trial.scratch / "DATA.tar.gz") as data:
            for member in data:
                member.name = member.name.removeprefix("DATA/")
                if member.name != "DATA":
                    data.extract(member, trial.stage, filter="tar")
        sandbox = [bwrap, "--bind", str(trial.stage), "/", "--dev", "/dev", "--tmpfs", "/tmp"]
        mounted = [
            part for path in self._below_tmp(trial) for part in ("--bind", f"{trial.stage}{path}", path)
        ]
        sandbox += [*mounted, "--chdir", str(trial.place.project)]
        return Staged((*sandbox, *program), trial.scratch, trial.pythonpath)

    @staticmethod
    def _below_tmp(trial: Trial) -> list[str]:
        """Returns what was packed from /tmp, which the sandbox's own /tmp would hide."""
        packed = trial.stage / "tmp"
        return [f"/tmp/{path.name}" for path in sorted(packed.iterdir())] if packed.is_dir() else []


PEER = ReproZip()
