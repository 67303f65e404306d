"""The settings of a run, read from every place that may hold them, each with its source.

Later sources win: the defaults, `[automount]` in setup.cfg, `[tool.automount]` in pyproject.toml, the
`.automountignore` files, the command line. Lists (`add-dir`, `exclude`, …) add up instead. The
configuration is that of the nearest directory, from the start directory up to the repository's root,
whose files have such a section; its keys are the command line's options without the dashes, and the
paths in it are relative to it. Within one file the `exclude` patterns come before the `include` ones.

Misspelt names are refused with the nearest valid one, all of them in one error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from automount import paths
from automount.errors import ConfigError, UsageError
from automount.model import Pattern, Policy
from automount.patterns import RANK_COMMAND_LINE, RANK_CONFIG, parse_ignore_file
from automount.settings.files import read, read_pyproject, read_setup_cfg, upwards
from automount.settings.parsing import (
    COMMAND_LINE,
    LISTS,
    OPTIONS,
    ParsedSettings,
    SettingSource,
    given,
    parse_table,
    refuse,
)
from automount.settings.policy import policy_of
from automount.values import dataclass

__all__ = ["OPTIONS", "Setting", "Settings", "load"]

IGNORE_FILE = ".automountignore"
DEFAULT = "default"


@dataclass(frozen=True)
class Setting:
    """One setting: the option's name, its value as text, and where it was set."""

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class Settings:
    """The policy in force, and the settings that it was made from.

    `sources` gives for each option's name where its value was set ("default" where it was not; for
    lists all places, with commas); `rows` are single settings, options in a fixed order; `files` the
    absolute paths of the files that were parsed.
    """

    policy: Policy
    sources: Mapping[str, str]
    rows: tuple[Setting, ...]
    files: tuple[str, ...]


def load(start_dir: str, overrides: Mapping[str, object] | None = None) -> Settings:
    """The settings for a run from `start_dir` (absolute), with the command line's `overrides`.

    The names in `overrides` are the options', with dashes or underscores; None means not given.
    `patterns` is a sequence of ("exclude" or "include", text) in the order given. Raises `ConfigError`
    or `UsageError` that names each mistake, its place, and the nearest valid name.
    """
    start_dir = paths.normal(start_dir)
    parsed = ParsedSettings()
    files: list[str] = []
    for directory in upwards(start_dir):
        for name, reader, label in (
            ("setup.cfg", read_setup_cfg, "setup.cfg [automount]"),
            ("pyproject.toml", read_pyproject, "pyproject.toml [tool.automount]"),
        ):
            path = paths.join(directory, name)
            table = reader(path)
            if table is not None:
                where = label if directory == start_dir else paths.join(directory, label)
                files.append(path)
                parse_table(parsed, table, SettingSource(where, directory, ConfigError, RANK_CONFIG))
        if files:
            break
    command_line = SettingSource(COMMAND_LINE, start_dir, UsageError, RANK_COMMAND_LINE)
    parse_table(parsed, given(overrides or {}), command_line)
    ignored: list[Pattern] = []
    for directory in upwards(start_dir):
        path = paths.join(directory, IGNORE_FILE)
        content = read(path)
        if content is not None:
            files.append(path)
            source = IGNORE_FILE if directory == start_dir else path
            ignored.extend(parse_ignore_file(content, directory, source))
    policy = policy_of(parsed, ignored)
    refuse(parsed.wrong)
    return Settings(policy, _sources(parsed), _rows(parsed, policy, ignored), tuple(files))


def _sources(parsed: ParsedSettings) -> dict[str, str]:
    sources = dict.fromkeys(OPTIONS, DEFAULT)
    for name, (_, origin) in parsed.single.items():
        sources[name] = origin.label
    for name in LISTS:
        labels = dict.fromkeys(item.origin.label for item in parsed.listed if item.name == name)
        if labels:
            sources[name] = ", ".join(labels)
    return sources


def _rows(parsed: ParsedSettings, policy: Policy, ignored: Iterable[Pattern]) -> tuple[Setting, ...]:
    inherent: dict[str, str] = {
        "scope": policy.scope.value,
        "layout": policy.layout.value,
        "data": policy.data.value,
        "editable": policy.editable.value,
        "root": policy.root or "",
        "remote-root": policy.remote_root,
        "no-automount": "false" if policy.automount else "true",
    }
    rows: list[Setting] = []
    for name in OPTIONS:
        if name in LISTS:
            rows.extend(
                Setting(name, item.text, item.origin.label) for item in parsed.listed if item.name == name
            )
        else:
            source = parsed.single[name][1].label if name in parsed.single else DEFAULT
            rows.append(Setting(name, inherent[name], source))
    rows.extend(Setting("ignore", pattern.text, pattern.source) for pattern in ignored)
    return tuple(rows)
