"""Parses the plain options of a recording without argparse.

Importing argparse and declaring the options to it takes 5 ms, during which the program has not started.
`PlainOptions` takes the same declarations as `Parser`. Everything else (help, a misspelt or abbreviated
option, a wrong value) is left to `Parser`, which prints the help or the error.
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
    """Options, declared as for `Parser`; groups and help texts are ignored."""

    epilog: str | None = None
    usage: str | None = None

    def __init__(self) -> None:
        self._options: dict[str, dict[str, Any]] = {}
        self._defaults: dict[str, Any] = {}

    def group(self, _title: str) -> PlainOptions:
        """A group for the help, which is not shown from here."""
        return self

    def add_argument(self, *names: str, **settings: Any) -> None:
        """Declares one option, with argparse's parameters."""
        settings.setdefault("action", "store")
        first = next((name for name in names if name.startswith("--")), names[0])
        target = settings.setdefault("dest", first.lstrip("-").replace("-", "_"))
        default = settings.get("default", False if settings["action"] == "store_true" else None)
        self._defaults.setdefault(target, default)
        self._options.update(dict.fromkeys(names, settings))

    def with_value(self) -> frozenset[str]:
        """The option strings that take a value."""
        return frozenset(
            name for name, settings in self._options.items() if settings["action"] not in _WITHOUT_VALUE
        )

    def parse(self, words: Sequence[str]) -> SimpleNamespace | None:
        """The values of all options; None where the words are not plain options."""
        values = dict(self._defaults)
        rest = iter(words)
        for word in rest:
            name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
            settings = self._options.get(name)
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
        return SimpleNamespace(**values)
