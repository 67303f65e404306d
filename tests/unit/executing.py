"""Shipping a project and running it from there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from automount.manifest import Manifest
from automount.shipping.oci import pack_image
from automount.shipping.packing import pack
from automount.shipping.staging import stage


def ship(manifest: Manifest, form: str, tmp_path: Path) -> str:
    """Ships in any form; gives what `exec` takes."""
    if form == "stage":
        stage(manifest, str(tmp_path / "stage"))
        return str(tmp_path / "stage")
    if form == "oci":
        pack_image(manifest, f"oci:{tmp_path}/image:v1")
        return f"oci:{tmp_path}/image:v1"
    pack(manifest, str(tmp_path / f"b{form}"))
    return str(tmp_path / f"b{form}")


def execute(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What `automount exec` did with these words."""
    command = [sys.executable, "-P", "-m", "automount", "exec", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)
