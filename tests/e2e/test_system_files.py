"""A program that reads files of the operating system: recorded without a warning, and sufficient."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from measured import automount_command

PROGRAM = """
import os
places = ("/etc/hostname", "/etc/os-release", "/etc/passwd", "/proc/cpuinfo", "/sys/kernel/mm", "/usr/bin")
for place in places:
    if os.path.isdir(place):
        os.listdir(place)
    elif os.path.exists(place):
        with open(place, "rb") as file:
            file.read(10)
"""


def test_reading_files_of_the_system_needs_no_mount(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(PROGRAM)
    recorded = subprocess.run(
        [*automount_command(), "app.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "warning" not in recorded.stderr
    manifest = json.loads((tmp_path / "automount.json").read_text())
    assert [row["remote"] for row in manifest["files"]] == ["/root/app.py"]
    assert manifest["data"] == []
    proven = subprocess.run(
        [*automount_command(), "verify"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert proven.returncode == 0, proven.stdout + proven.stderr
