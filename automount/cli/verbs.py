"""The verbs of the command line; each is a module of this package, imported when it is used."""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any, Protocol

    from automount.cli.parsers import Parser
    from automount.cli.plain_options import PlainOptions

    class Verb(Protocol):
        """The interface of each module in `automount.cli` that is named after a verb."""

        HELP: str

        def configure(self, parser: Parser | PlainOptions) -> None: ...

        def run(self, args: argparse.Namespace) -> int: ...


VERBS = (
    "record",
    "show",
    "why",
    "diff",
    "merge",
    "check",
    "requirements",
    "report",
    "stage",
    "pack",
    "verify",
    "exec",
    "collect",
    "env",
    "cache",
    "completion",
)

WITHOUT_ARGPARSE = frozenset({"check", "pack", "stage", "verify"})
"""The verbs whose plain command lines are parsed by `PlainOptions`: those that must be quick."""


def load_verb(name: str) -> Verb:
    """The module that implements `name`; only that one is imported."""
    module: Any = importlib.import_module(
        f"automount.cli.{name}_" if name == "exec" else f"automount.cli.{name}"
    )
    return module  # type: ignore[no-any-return]
