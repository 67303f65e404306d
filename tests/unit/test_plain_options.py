"""Plain options have the same values as argparse gives them; all others are left to argparse."""

from __future__ import annotations

import pytest

from automount.cli import record
from automount.cli.parsers import make_parser
from automount.cli.plain_options import PlainOptions
from automount.cli.verbs import WITHOUT_ARGPARSE, load_verb
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


@pytest.mark.parametrize(
    "line",
    [
        "check",
        "check m.json --quiet",
        "check --json -",
        "pack a.tar",
        "pack --manifest=m.json --refresh a=b.zip --base oci:x",
        "stage dir --link --manifest m.json",
        "verify",
        "verify --sandbox audit --at original m.json --timeout 2 --python python3",
    ],
)
def test_plain_lines_of_a_verb_give_what_argparse_gives(line: str) -> None:
    name, *words = line.split()
    assert name in WITHOUT_ARGPARSE
    made = PlainOptions()
    load_verb(name).configure(made)
    parsed = made.parse(words)
    assert parsed is not None
    assert vars(parsed) == vars(make_parser(name).parse_args(words))


@pytest.mark.parametrize(
    "line",
    ["pack", "pack a.tar b.tar", "pack -- a.tar", "stage --link", "check a b", "check -x", "verify --at x"],
)
def test_missing_and_superfluous_arguments_are_left_to_argparse(line: str) -> None:
    name, *words = line.split()
    made = PlainOptions()
    load_verb(name).configure(made)
    assert made.parse(words) is None


@pytest.mark.parametrize("name", sorted(WITHOUT_ARGPARSE))
def test_arguments_are_declared_as_plain_options_know_them(name: str) -> None:
    known = {"action", "choices", "const", "default", "dest", "help", "metavar", "type"}
    declared: list[dict[str, object]] = []

    class Declared(PlainOptions):
        def add_argument(self, *names: str, **settings: object) -> None:
            declared.append(settings if names[0].startswith("-") else {**settings, "positional": True})

    load_verb(name).configure(Declared())
    arguments = [settings for settings in declared if settings.pop("positional", False)]
    assert len(arguments) == 1
    assert arguments[0].pop("nargs", "?") == "?"
    assert all(settings.keys() <= known for settings in declared)
