"""Help texts on a terminal: their prose and examples are fitted to its width."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from automount.cli.text import cells, wrapped

# Where the text of a line that has a column of its own begins: after `usage: automount`, or a verb's name.
_COLUMN = re.compile(r"usage: \S+ (?:\S+ (?=\[OPTIONS\]))?|  [a-z]+ {2,}")


def fitted_help(lines: Iterable[str], width: int) -> Iterator[str]:
    """The lines, those that are too long broken at blanks; the comment of a long example is put above it."""
    for line in lines:
        command, comment, explanation = line.partition("  # ")
        if cells(line) > width and comment:
            yield from wrapped(f"  # {explanation}", width, 4)
            line = command.rstrip()
        column = _COLUMN.match(line)
        yield from wrapped(line, width, column.end() if column else 4 if line.startswith(" ") else 0)
