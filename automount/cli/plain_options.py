"""Parses plain command lines without argparse.

Importing argparse and what it needs takes 10 ms, a tenth of `automount check` for 50,000 files, and the
program to record has not started meanwhile. `PlainOptions` takes the same declarations as `Parser`. All else
(help, a misspelt or abbreviated option, a wrong value) is left to it: it prints the help or the error.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WITHOUT_VALUE = frozenset({"store_true", "store_const"})
_WITH_VALUE = frozenset({"store", "append"})


class PlainOptions:
    """Options and arguments, declared as for `Parser`; groups and help texts are ignored."""

    epilog: str | None = None
    usage: str | None = None

    def __init__(self) -> None:
        self._options: dict[str, dict[str, Any]] = {}
        self._arguments: list[dict[str, Any]] = []
        self._defaults: dict[str, Any] = {}

    def group(self, _title: str) -> PlainOptions:
        """A group for the help, which is not shown from here."""
        return self

    def add_argument(self, *names: str, **settings: Any) -> None:
        """Declares one option or one argument, with argparse's parameters."""
        settings.setdefault("action", "store")
        first = next((name for name in names if name.startswith("--")), names[0])
        target = settings.setdefault("dest", first.lstrip("-").replace("-", "_"))
        default = settings.get("default", False if settings["action"] == "store_true" else None)
        self._defaults.setdefault(target, default)
        if first.startswith("-"):
            self._options.update(dict.fromkeys(names, settings))
        else:
            self._arguments.append(settings)

    def with_value(self) -> frozenset[str]:
        """The option strings that take a value."""
        return frozenset(
            name for name, settings in self._options.items() if settings["action"] not in _WITHOUT_VALUE
        )

    def parse(self, words: Sequence[str]) -> SimpleNamespace | None:
        """The values of all options and arguments; None where the words are not plain ones."""
        values = dict(self._defaults)
        arguments = iter(self._arguments)
        rest = iter(words)
        for word in rest:
            name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
            settings = self._options.get(name)
            if settings is None and (word == "-" or not word.startswith("-")):
                settings, equals, value = next(arguments, None), "=", word
            if settings is None:
                return None
            action, target = settings["action"], settings["dest"]
            if action in _WITHOUT_VALUE:
                if equals:
                    return None
                values[target] = settings.get("const", True)
                continue
            if not equals:
                value = next(rest, "-")
            if action not in _WITH_VALUE or (not equals and value.startswith("-")):
                return None
            try:
                given = settings.get("type", str)(value)
            except (TypeError, ValueError):
                return None
            if given not in settings.get("choices", (given,)):
                return None
            values[target] = given if action == "store" else [*(values[target] or ()), given]
        missing = next(arguments, None)
        # An optional argument is the last.
        return SimpleNamespace(**values) if missing is None or missing.get("nargs") == "?" else None
