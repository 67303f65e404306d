"""Every editable layout, made by its real build backend, is recorded, placed, shipped and run."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled_layouts import COMPILED_CASES
from editable_layouts import PURE_CASES, SETUPTOOLS_CASES
from layout_checks import check
from layouts import LayoutCase
from mixed_layouts import MIXED_CASES


@pytest.mark.parametrize(
    "case", [*SETUPTOOLS_CASES, *PURE_CASES, *COMPILED_CASES, *MIXED_CASES], ids=lambda case: case.layout.name
)
def test_an_editable_layout_is_placed_right(case: LayoutCase, tmp_path: Path) -> None:
    check(case, tmp_path)
