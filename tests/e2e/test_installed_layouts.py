"""Ordinary installs of every kind are requirements, wherever they and their interpreter are."""

from __future__ import annotations

from pathlib import Path

import pytest
from installed_layouts import INSTALL_CASES, PLACE_CASES
from layout_checks import check
from layouts import LayoutCase


@pytest.mark.parametrize("case", [*INSTALL_CASES, *PLACE_CASES], ids=lambda case: case.layout.name)
def test_an_installed_layout_is_distinguished_from_the_users_own(case: LayoutCase, tmp_path: Path) -> None:
    check(case, tmp_path)
