"""What the tests of sandboxes share: each sandbox that this machine has, and verifying in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import needs

from automount.manifest import (
    Manifest,
    ModuleRow,
)
from automount.model import DataRow, Origin, Status
from automount.proving import landlock
from automount.proving.comparison import Finding
from automount.proving.verifying import Verdict

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
