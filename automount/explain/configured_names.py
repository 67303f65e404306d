"""The modules that a configuration file names, as registries of plugins do (pure).

The formats (JSON, TOML, YAML, INI) are not parsed: a name counts only if a local module has it, whatever it
is the value of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from automount.explain.source_imports import ImportStatement, Where

CONFIGURATION = (".json", ".toml", ".yaml", ".yml", ".ini", ".cfg")
# `package.module`, `package.module.Class`, `module:function`; no part of a path, an address or a number.
_NAME = re.compile(
    r"(?<![\w./@:+-])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(:[A-Za-z_][\w.]*)?(?![\w/@]|\.\w|:[\w/]|-\w)"
)
_LONGEST_LINE = 10_000


def configured_statements(text: bytes) -> list[ImportStatement]:
    """One statement for each dotted name and each `module:attribute`. ValueError: it is not UTF-8."""
    return list(dict.fromkeys(_named(text.decode("utf-8"))))


def _named(text: str) -> Iterator[ImportStatement]:
    for number, line in enumerate(text.splitlines(), 1):
        for found in _NAME.finditer(line[:_LONGEST_LINE]):
            name, attribute = found.groups()
            if attribute or "." in name:
                yield ImportStatement(name, "*" if attribute else None, number, Where.TABLE, "")
