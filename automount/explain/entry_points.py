"""The modules that a project's own entry points name, read from its pyproject.toml and setup.cfg (pure)."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

from automount.explain.source_imports import ImportStatement, Where
from automount.paths import parent


def entry_point_files(roots: Iterable[str]) -> list[tuple[str, str]]:
    """The project files in or directly above the import roots, each with "" for the name of its module."""
    directories = dict.fromkeys(place for root in roots for place in (root, parent(root)))
    return [
        (f"{place.rstrip('/')}/{name}", "")
        for place in directories
        for name in ("pyproject.toml", "setup.cfg")
    ]


def entry_point_statements(path: str, text: bytes) -> list[ImportStatement]:
    """One statement for each entry point in the project file. Raises ValueError where it cannot be parsed."""
    decoded = text.decode("utf-8")
    try:
        targets = _in_toml(tomllib.loads(decoded)) if path.endswith(".toml") else _in_cfg(decoded)
        found = list(dict.fromkeys(targets))
    except configparser.Error as error:
        raise ValueError(str(error)) from None
    lines = decoded.splitlines()
    statements = []
    for target in found:
        module_name = target.partition(":")[0].strip()
        if all(part.isidentifier() for part in module_name.split(".")):
            line = next((number for number, line in enumerate(lines, 1) if target in line), 1)
            statements.append(ImportStatement(module_name, "*", line, Where.ENTRY_POINT, ""))
    return statements


def _in_toml(document: dict[str, Any]) -> Iterator[str]:
    project = _table(document.get("project"))
    poetry = _table(_table(document.get("tool")).get("poetry"))
    groups = [project.get("scripts"), project.get("gui-scripts"), poetry.get("scripts")]
    groups += _table(project.get("entry-points")).values()
    groups += _table(poetry.get("plugins")).values()
    for group in groups:
        yield from (target for target in _table(group).values() if isinstance(target, str))


def _in_cfg(text: str) -> Iterator[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    if parser.has_section("options.entry_points"):
        for group in parser["options.entry_points"].values():
            for line in group.splitlines():
                target = line.partition("=")[2].partition("[")[0].strip()
                if target:
                    yield target


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
