"""Collects the settings of each source, and the mistakes in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

from automount.errors import ConfigError, UsageError
from automount.model import DataPolicy, EditablePolicy, Layout, Scope
from automount.values import dataclass, field

COMMAND_LINE = "command line"

CHOICES: Mapping[str, type[Enum]] = {
    "scope": Scope,
    "layout": Layout,
    "data": DataPolicy,
    "editable": EditablePolicy,
}
LISTS = ("add-package", "add-dir", "add-file", "exclude", "include")
OPTIONS = (*CHOICES, "root", "remote-root", "no-automount", *LISTS)
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


@dataclass(frozen=True)
class SettingSource:
    """A source of settings: its name for display, and the directory that its paths are relative to."""

    label: str
    directory: str
    error: type[ConfigError] | type[UsageError]
    rank: int


@dataclass(frozen=True)
class ListItem:
    """One item of an option that can be given several times."""

    name: str
    text: str
    origin: SettingSource


@dataclass
class ParsedSettings:
    """All settings so far, the last value of each option, and the mistakes."""

    single: dict[str, tuple[str, SettingSource]] = field(default_factory=dict)
    listed: list[ListItem] = field(default_factory=list)
    wrong: list[tuple[str, str, SettingSource]] = field(default_factory=list)

    def complain(self, message: str, hint: str, origin: SettingSource) -> None:
        self.wrong.append((message, hint, origin))


def given(overrides: Mapping[str, object]) -> dict[str, object]:
    """The overrides that are set; `automount=False` is given as the option `no-automount`."""
    given = {name: value for name, value in overrides.items() if value is not None}
    if "automount" in given:
        given["no-automount"] = not given.pop("automount")
    return given


def parse_table(parsed: ParsedSettings, table: Mapping[str, object], origin: SettingSource) -> None:
    """Adds all settings of one source."""
    ordered = sorted(table.items(), key=lambda item: item[0].replace("_", "-") == "include")
    for key, value in ordered:
        name = key.replace("_", "-")
        if name == "patterns" and origin.label == COMMAND_LINE and isinstance(value, Sequence):
            for kind, text in value:
                parsed.listed.append(ListItem(kind, text, origin))
        elif name in LISTS:
            _parse_list(parsed, name, value, origin)
        elif name == "no-automount":
            _parse_switch(parsed, name, value, origin)
        elif name in OPTIONS:
            text = value.value if isinstance(value, Enum) else value
            if isinstance(text, str):
                parsed.single[name] = (text, origin)
            else:
                problem = f"{name} must be a string, not {value!r}"
                parsed.complain(problem, f'for example {name} = "…"', origin)
        else:
            parsed.complain(f"unknown setting {key!r}", nearest(name, OPTIONS), origin)


def _parse_list(parsed: ParsedSettings, name: str, value: object, origin: SettingSource) -> None:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, Sequence) or not all(isinstance(item, str) for item in items):
        parsed.complain(
            f"{name} must be a list of strings, not {value!r}", f'for example {name} = ["…"]', origin
        )
        return
    parsed.listed.extend(ListItem(name, item, origin) for item in items)


def _parse_switch(parsed: ParsedSettings, name: str, value: object, origin: SettingSource) -> None:
    text = str(value).lower()
    if text in _TRUE:
        parsed.single[name] = ("true", origin)
    elif text in _FALSE:
        parsed.single[name] = ("false", origin)
    else:
        parsed.complain(f"{name} must be true or false, not {value!r}", f"for example {name} = true", origin)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint with the valid value that is nearest to `word`, else with all valid values."""
    names = sorted(known)
    import difflib

    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"valid values: {', '.join(names)}"


def refuse(wrong: Sequence[tuple[str, str, SettingSource]]) -> None:
    """Raises one error that lists all mistakes, if there are any."""
    if not wrong:
        return
    *others, (message, hint, last) = [
        (message if origin.label == COMMAND_LINE else f"{origin.label}: {message}", hint, origin)
        for message, hint, origin in wrong
    ]
    text = "; ".join([*(f"{other} ({advice})" for other, advice, _ in others), message])
    raise last.error(text, hint=hint)
