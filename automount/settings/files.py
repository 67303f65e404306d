"""Reads the files that hold settings, and decides only whether they are well formed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from automount import paths
from automount.errors import ConfigError
from automount.settings.parsing import LISTS
from automount.untrusted import regular_bytes

_ENDS = (".git", ".hg")


def upwards(directory: str) -> Iterable[str]:
    """`directory` and those above it, up to the root of its repository."""
    for candidate in (directory, *paths.ancestors(directory)):
        yield candidate
        if any(os.path.lexists(paths.join(candidate, name)) for name in _ENDS):
            return


def read(path: str) -> bytes | None:
    """The bytes of the file at `path`; None if the file does not exist."""
    try:
        if not os.path.isfile(path):
            return None
        return regular_bytes(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint="make it readable") from error


def read_setup_cfg(path: str) -> Mapping[str, object] | None:
    content = read(path)
    if content is None or b"automount" not in content:
        return None
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(content.decode("utf-8", "surrogateescape"), path)
    except configparser.Error as error:
        if b"[automount]" not in content:
            return None
        first = str(error).splitlines()[0]
        raise ConfigError(f"{path} is not a valid configuration file: {first}", hint="correct it") from error
    if not parser.has_section("automount"):
        return None
    return {name: _lines(name, value) for name, value in parser.items("automount")}


def _lines(name: str, value: str) -> object:
    """A setup.cfg value: for lists one item per line."""
    if name.replace("_", "-") in LISTS:
        return [line.strip() for line in value.splitlines() if line.strip()]
    return value.strip()


def read_pyproject(path: str) -> Mapping[str, object] | None:
    content = read(path)
    if content is None or b"automount" not in content:
        return None
    import tomllib  # 10 ms that most runs do not need

    try:
        document = tomllib.loads(content.decode("utf-8"))
    except RecursionError as error:
        raise ConfigError(f"{path} is nested too deeply to be read", hint="correct it") from error
    except ValueError as error:
        # Not TOML, not UTF-8, or a number of more digits than Python reads.
        first = str(error).splitlines()[0]
        raise ConfigError(f"{path} is not valid TOML: {first}", hint="correct it") from error
    tools = document.get("tool")
    table = tools.get("automount") if isinstance(tools, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.automount is not a table", hint="write [tool.automount]")
    return table
