"""What the tests of sandboxes share: each sandbox that this machine has, and verifying in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import needs
import pytest
from shipments import manifest_of, write_project

from automount.manifest import (
    Manifest,
    ModuleRow,
)
from automount.model import DataRow, Origin, Status
from automount.proving import landlock
from automount.proving.findings import Finding
from automount.proving.verifying import Verdict, verify

STRENGTHS = {"bwrap": "strong", "landlock": "medium", "audit": "weak"}
ALL = sorted(STRENGTHS)


def require(name: str) -> None:
    if name == "bwrap":
        needs.tool("bwrap")
    if name == "landlock" and landlock.abi() == 0:
        needs.missing("Landlock is not in this kernel")


def having_used(manifest: Manifest, path: Path) -> Manifest:
    """The manifest of a run that also loaded or read this file."""
    if path.suffix != ".py":
        return replace(manifest, data=(DataRow(str(path), "__main__", None),))
    name = path.parent.name if path.stem == "__init__" else path.stem
    row = ModuleRow(name, Origin.LOCAL, str(path), Status.EXECUTED, "__main__", 1, None, None)
    return replace(manifest, modules=(row,))


def unshipped(verdict: Verdict) -> list[str]:
    """The files that the verdict names as not shipped."""
    return [row.local for row in verdict.findings if row.finding is Finding.NOT_SHIPPED]


@pytest.fixture(params=ALL)
def sandbox(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    require(name)
    return name


def judged(
    tmp_path: Path, source: str, sandbox: str, *, exit_code: int = 0, used: str | None = None, **files: str
) -> Verdict:
    """The verdict on a program `app.py`; `files` are there too but are not shipped.

    `used` is the one of them that the recorded run loaded or read.
    """
    project = write_project(tmp_path / "project", {"app.py": source, "shipped.py": "VALUE = 1\n", **files})
    manifest = manifest_of(
        project, {"app.py": "/root/app.py", "shipped.py": "/root/shipped.py"}, exit_code=exit_code
    )
    return verify(manifest if used is None else having_used(manifest, project / used), sandbox=sandbox)
