"""Every verb with its options, as the parsers declare them: what completion scripts are made of."""

from __future__ import annotations

import argparse
from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """One option: its names, `value` what it takes ("" for nothing), its choices, its help."""

    names: tuple[str, ...]
    value: str
    choices: tuple[str, ...]
    help: str


@dataclass(frozen=True)
class VerbWords:
    """One verb: its options, and the choices of its first positional, if that has some."""

    name: str
    help: str
    options: tuple[Option, ...]
    choices: tuple[str, ...]


def vocabulary() -> tuple[VerbWords, ...]:
    """All verbs, in the order of `automount --help`."""
    from automount.cli.main import VERBS, load_verb, make_parser

    return tuple(_verb(name, load_verb(name).HELP, make_parser(name)) for name in VERBS)


def _verb(name: str, help_: str, parser: argparse.ArgumentParser) -> VerbWords:
    actions = parser._actions
    options = tuple(_option(action) for action in actions if action.option_strings)
    positionals = [action for action in actions if not action.option_strings and action.choices]
    choices = tuple(map(str, positionals[0].choices or ())) if positionals else ()
    return VerbWords(name, help_, options, choices)


def _option(action: argparse.Action) -> Option:
    choices = tuple(map(str, action.choices or ()))
    value = "" if action.nargs == 0 else str(action.metavar or action.dest).upper()
    help_ = "" if action.help in (None, argparse.SUPPRESS) else str(action.help)
    return Option(tuple(action.option_strings), value, choices, help_.replace("%%", "%"))
