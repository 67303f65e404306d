"""Finds the function behind a command that an editable distribution installed."""

from __future__ import annotations

from automount.distributions.index import InstalledIndex
from automount.late_patterns import late_pattern

_FUNCTION = late_pattern(r"([\w.]+)\s*:\s*([\w.]+)\s*(\[.*\])?$")


def console_function(command_name: str, index: InstalledIndex) -> str | None:
    """The `module:attribute` of the console script `command_name` of an editable distribution, else None."""
    for metadata in (*index.editable_metadata(), *index.linked_metadata()):
        found = _entry_points(metadata.read("entry_points.txt") or "").get(command_name)
        matched = _FUNCTION.match(found) if found else None
        if matched is not None:
            return f"{matched[1]}:{matched[2]}"
    return None


def _entry_points(text: str) -> dict[str, str]:
    """The `console_scripts` and `gui_scripts` of an `entry_points.txt`; nothing where it is damaged."""
    import configparser

    parser = configparser.RawConfigParser(delimiters=("=",), strict=False, interpolation=None)
    # Names of commands keep their case.
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    sections = [name for name in ("gui_scripts", "console_scripts") if parser.has_section(name)]
    return {name: value for section in sections for name, value in parser.items(section)}
