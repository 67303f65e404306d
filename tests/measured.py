"""Starts automount's own process so that coverage sees it, and the program it records does not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def automount_command(*, python: str = sys.executable) -> list[str]:
    """The words that run automount; measured where the tests themselves are measured."""
    if is_measured():
        config, data = ROOT / ".coveragerc", ROOT / ".coverage"
        return [
            python,
            "-P",
            "-m",
            "coverage",
            "run",
            f"--rcfile={config}",
            f"--data-file={data}",
            "-m",
            "automount",
        ]
    return [python, "-m", "automount"]


def is_measured() -> bool:
    """Whether the tests run under coverage."""
    return "AUTOMOUNT_MEASURED_FROM" in os.environ


def coverage_everywhere() -> dict[str, str]:
    """The variables under which every Python of the tests' environment is measured, programs too."""
    config = ROOT / "tests" / "agent_coverage"
    return {
        "COVERAGE_PROCESS_START": str(config / "coveragerc"),
        "COVERAGE_FILE": str(ROOT / ".coverage"),
        "PYTHONPATH": str(config),
    }
