"""The reference lists the same rules, verbs, formats and codes as the program."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from automount.cli.main import VERBS, main
from automount.shipping.packing import FORMATS

DOCS = Path(__file__).parents[2] / "docs" / "reference"


def test_the_rules_are_those_that_why_prints() -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(["why", "--rules"]) == 0
    shown = re.search(
        r"<!-- rules -->\n```\n(.*?)```\n<!-- /rules -->", (DOCS / "origins.md").read_text(), re.DOTALL
    )
    assert shown is not None
    assert shown[1] == printed.getvalue()


def test_every_verb_has_its_row() -> None:
    rows = set(re.findall(r"^\| `([a-z]+)", (DOCS / "verbs.md").read_text(), re.MULTILINE))
    assert set(VERBS) - {"record"} <= rows


def test_every_bundle_format_is_named() -> None:
    row = re.search(r"^\| `pack FILE` .*$", (DOCS / "verbs.md").read_text(), re.MULTILINE)
    assert row is not None
    assert [form for form in FORMATS if f"`{form}`" not in row[0]] == []


def test_every_warning_has_its_row() -> None:
    section = (DOCS / "warnings.md").read_text().partition("## Warnings")[2].partition("\n## ")[0]
    explained = set(
        re.findall(r"`([a-z]+(?:-[a-z]+)*)`", "\n".join(re.findall(r"^\|([^|]*)\|", section, re.MULTILINE)))
    )
    package = Path(__file__).parents[2] / "automount"
    sources = "\n".join(path.read_text() for path in sorted(package.rglob("*.py")))
    given = set(re.findall(r'(?:Warning_\(|_warn\()\s*"([a-z-]+)"', sources))
    assert given
    assert given <= explained
