"""The report says for each warning what to do about it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import automount
from automount.report.advice import WARNINGS

PACKAGE = Path(automount.__file__).parent
CODE = re.compile(r"[a-z]+(?:-[a-z]+)*")


def warning_codes() -> Iterator[str]:
    """The codes that the package gives to `Warning_`, directly or through a function that makes one."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ("Warning_", "_warn"):
                    values = [node.args[0]]
                    if isinstance(values[0], ast.IfExp):
                        values = [values[0].body, values[0].orelse]
                    for value in values:
                        if isinstance(value, ast.Constant) and CODE.fullmatch(str(value.value)):
                            yield str(value.value)


def test_each_warning_has_its_own_advice() -> None:
    codes = set(warning_codes())
    assert len(codes) >= 15
    assert codes - set(WARNINGS) == set()


def test_each_documented_warning_has_its_own_advice() -> None:
    text = (PACKAGE.parent / "docs/reference/warnings.md").read_text().partition("## Reasons")[0]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    documented = {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)}
    assert documented == set(WARNINGS)
