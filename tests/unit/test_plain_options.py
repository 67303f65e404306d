"""Plain options have the same values as argparse gives them; all others are left to argparse."""

from __future__ import annotations

import pytest

from automount.cli import record
from automount.cli.parsers import make_parser
from automount.cli.plain_options import PlainOptions
from automount.errors import UsageError


@pytest.fixture
def options() -> PlainOptions:
    """Returns the options of a recording."""
    made = PlainOptions()
    record.configure(made)
    return made


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--quiet",
        "--quiet -o out.json --json --no-color",
        "-o a -o b",
        "--output=a=b --timeout 2.5",
        "--output= --trace strace",
        "--exclude a --include b --exclude=c --no-automount",
        "--add-file x:/y --add-file z --add-dir=d --add-package p.q",
        "--scope loaded --layout=flat --data mount --editable full --root . --remote-root /srv",
        "--python python3 --import-only",
    ],
)
def test_plain_lines_give_what_argparse_gives(options: PlainOptions, line: str) -> None:
    parsed = options.parse(line.split())
    assert parsed is not None
    assert vars(parsed) == vars(make_parser("record").parse_args(line.split()))


@pytest.mark.parametrize(
    "line",
    [
        "-h",
        "--quie",
        "--quiet=1",
        "-oout",
        "--output",
        "--output --quiet",
        "-o -",
        "--scope none",
        "--",
        "word",
    ],
)
def test_what_is_not_plain_is_left_to_argparse(options: PlainOptions, line: str) -> None:
    assert options.parse(line.split()) is None


def test_a_wrong_value_is_the_same_error(options: PlainOptions) -> None:
    for parse in (options.parse, make_parser("record").parse_args):
        with pytest.raises(UsageError, match="not a positive number of seconds"):
            parse(["--timeout", "x"])


def test_the_options_with_a_value_are_those_of_argparse(options: PlainOptions) -> None:
    assert options.with_value() == frozenset(make_parser("record").names(with_value=True))
