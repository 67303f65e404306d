"""The parser of one verb, and the whole command line as one parser.

argparse keeps what was declared in private attributes. `Parser` notes every option as it is declared, so that
nothing here depends on them.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn, Protocol

from automount.cli.verbs import VERBS, load_verb
from automount.errors import UsageError


class Parser(argparse.ArgumentParser):
    """An argument parser that knows its options, and raises `UsageError` instead of printing its usage."""

    def __init__(self, **settings: Any) -> None:
        # argparse declares --help in its own constructor.
        self.options: list[argparse.Action] = []
        self.verbs: dict[str, Parser] = {}
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **settings)

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action:
        """Declares an option or a positional argument."""
        return self.note(super().add_argument(*names, **settings))

    def group(self, title: str) -> Group:
        """A new group of options with a title of its own in the help."""
        return Group(self, self.add_argument_group(title))

    def exclusive(self) -> Group:
        """A new group of options of which only one may be given."""
        return Group(self, self.add_mutually_exclusive_group())

    def format_help(self) -> str:
        """The help, its prose and examples fitted to the terminal. argparse itself fits only the options."""
        text = super().format_help()
        if sys.stdout is None or not sys.stdout.isatty():
            return text
        # Only here: a recording does not need it.
        from automount.cli.help_text import fitted_help
        from automount.cli.tree import columns

        return "".join(f"{line}\n" for line in fitted_help(text.splitlines(), columns(sys.stdout)))

    def note(self, action: argparse.Action) -> argparse.Action:
        """Keeps an argument that was declared; returns it."""
        self.options.append(action)
        return action

    def names(self, *, with_value: bool = False) -> tuple[str, ...]:
        """The option strings; `with_value`: only those of options that take a value."""
        return tuple(
            name
            for action in self.options
            if not with_value or action.nargs != 0
            for name in action.option_strings
        )

    def error(self, message: str) -> NoReturn:
        """Raises `UsageError`, with the nearest option where one is unknown."""
        hint = f"see {self.prog} --help"
        unknown = message.removeprefix("unrecognized arguments: ").split()
        if message.startswith("unrecognized arguments") and unknown[0].startswith("-"):
            import difflib

            # Without the dashes, which make short names alike.
            names = {name.lstrip("-"): name for name in self.names()}
            near = difflib.get_close_matches(unknown[0].partition("=")[0].lstrip("-"), names, 1)
            message = f"unknown option {unknown[0]}"
            if unknown[0].partition("=")[0] == "--manifest":
                hint = f"the manifest is an argument here: {self.prog} MANIFEST"
            elif near:
                hint = f"did you mean {names[near[0]]}? {hint}"
        elif message.startswith("unrecognized arguments") and "--manifest" in self.names():
            hint = f"name the manifest with --manifest; {hint}"
        # The arguments of the program can be left out.
        raise UsageError(message.removesuffix(", ARGS"), hint=hint)


class _Container(Protocol):
    def add_argument(self, *names: str, **settings: Any) -> argparse.Action: ...


class Group:
    """A group of options of a `Parser`."""

    def __init__(self, parser: Parser, group: _Container) -> None:
        self._parser = parser
        self._group = group

    def add_argument(self, *names: str, **settings: Any) -> argparse.Action:
        """Declares an option of this group."""
        return self._parser.note(self._group.add_argument(*names, **settings))


def make_parser(name: str) -> Parser:
    """The parser of one verb."""
    verb = load_verb(name)
    parser = Parser(prog=f"automount {name}", description=verb.HELP)
    verb.configure(parser)
    return parser


def whole_parser() -> Parser:
    """The command line as one parser: recording's options, then a verb with its own; for completion only."""
    parser = Parser(prog="automount", description="Record a program, or work with a manifest.")
    load_verb("record").configure(parser)
    for option, text in (("-m", "record a module"), ("-c", "record a command string")):
        parser.add_argument(option, nargs=argparse.REMAINDER, metavar="PROGRAM", help=text)
    verbs = parser.add_subparsers()
    for name in VERBS:
        verb = load_verb(name)
        parser.verbs[name] = verbs.add_parser(name, help=verb.HELP, description=verb.HELP)
        verb.configure(parser.verbs[name])
    return parser
