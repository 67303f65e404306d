"""A small project to ship, and a cache directory of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from shipments import write_project


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where automount's directory in the cache would be made."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")
