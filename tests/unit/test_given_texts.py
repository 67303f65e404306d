"""Which paths a program was given, and which it computed."""

from __future__ import annotations

from pathlib import Path

import pytest

from automount.given_texts import GivenTexts


def given(*words: str, files: tuple[str, ...] = (), **environ: str) -> GivenTexts:
    return GivenTexts(words=words, environ=environ, files=files, workspace="/w/team/app")


@pytest.mark.parametrize(
    ("texts", "path", "expected"),
    [
        (given(), "/w/team/data/x.csv", False),
        (given("/w/team/data/x.csv"), "/w/team/data/x.csv", True),
        (given("--in=/w/team/data"), "/w/team/data/x.csv", True),
        (given("/w/team/database"), "/w/team/data/x.csv", False),
        (given("/w/team/app/app.py"), "/w/team/data/x.csv", False),
        (given(DATA="/w/team/data"), "/w/team/data/x.csv", True),
        (given(PWD="/w/team/data"), "/w/team/data/x.csv", False),
        (given(TMPDIR="/w/team"), "/w/team/data/x.csv", False),
        (given(), "/data/x.csv", None),
        (given(), "/w/x.csv", None),
        (given(), "/w/team/app/x.csv", None),
        (given("/w/team/app/x.csv"), "/w/team/app/x.csv", True),
        (given("--in=/w/team/app/x.csv"), "/w/team/app/x.csv", True),
    ],
)
def test_arguments_and_variables(texts: GivenTexts, path: str, expected: bool | None) -> None:
    assert texts.name(path) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("open('/w/team/data/x.csv')", True),
        ("BASE = '/w/team'", True),
        ("BASE = '/w/team/'", True),
        ("BASE = '/w/team/app'", False),
        ("open('../data/x.csv')", False),
    ],
)
def test_sources_and_configurations(source: str, expected: bool, tmp_path: Path) -> None:
    file = tmp_path / "settings.txt"
    file.write_text(source)
    texts = given(files=(str(file), str(tmp_path / "missing"), str(tmp_path)))
    assert texts.name("/w/team/data/x.csv") is expected


def test_the_directory_above_the_workspace_itself() -> None:
    """A program that starts in a subdirectory may list the directory above it."""
    assert given().name("/w/team") is None
