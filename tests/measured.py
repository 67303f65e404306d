"""Starts automount's own process so that coverage sees it, and the program it records does not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def automount_command(*, python: str = sys.executable) -> list[str]:
    """The words that run automount; measured where the tests themselves are measured."""
    if os.environ.get("AUTOMOUNT_TESTS_MEASURED"):
        config, data = ROOT / ".coveragerc", ROOT / ".coverage"
        return [
            python,
            "-m",
            "coverage",
            "run",
            f"--rcfile={config}",
            f"--data-file={data}",
            "-m",
            "automount",
        ]
    return [python, "-m", "automount"]
